"""`opcheck repro`: a standalone script that shows a defect."""

from __future__ import annotations

import shlex

import click

from opcheck.cases import NUMERIC
from opcheck.cli import options
from opcheck.cli.check import named_cases
from opcheck.errors import UsageError


@click.command()
@click.argument("case")
@options.inputs
@options.seed
@click.option(
    "--out",
    "destination",
    metavar="FILE",
    default="-",
    callback=options.require_writable,
    help="Write the script there; standard output without it.",
)
def repro(case: str, inputs: tuple[str, ...], seed: int, destination: str) -> int:
    """Write a script that shows the defect of CASE with TensorFlow and NumPy alone.

    CASE is a case id as a report prints it; an op or function of the registry, of which the first
    case that fails is taken; or anything importable as package.module:name together with --input.
    Shapes, values and attributes are made smaller for as long as the same defect shows. The
    script prints the analytic and the numeric value at the worst entry, and exits with 1 if the
    defect shows and with 0 if it does not; it has been run.

    Exits with 0 when there is a script, and with 1 when nothing fails or no script of at most 40
    lines shows it.
    """
    from opcheck.reproducing.request import Request, answered

    cases = () if inputs else named_cases(case, seed)
    ids = tuple(found.id for found in cases if found.check in NUMERIC)
    if cases and not ids:
        raise UsageError(
            f"case={case!r} is a cell of the agreement matrix, and scripts show defects of reverse "
            f"mode alone: `opcheck check {shlex.quote(case)}` explains it"
        )
    shapes = tuple(options.parsed_input(text) for text in inputs)
    answer = answered(Request(case, ids, shapes, seed))
    if answer.script:
        options.write_text(destination, answer.script)
    else:
        click.echo(f"opcheck: {answer.message}", err=True)
    return answer.exit_code
