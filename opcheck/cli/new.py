"""`opcheck new`: a registry row for an op that has none."""

from __future__ import annotations

import click

from opcheck import project, registry
from opcheck.cli import options
from opcheck.errors import UnknownNameError, UsageError


@click.command()
@click.argument("op")
@click.option(
    "--limit",
    type=options.WholeNumber(min=1),
    default=1500,
    show_default=True,
    help="The most calls to try.",
)
def new(op: str, limit: int) -> int:
    """Write a registry row for OP, a raw op or package.module:function.

    A function that tf.load_op_library made is known by the definition of its op, any other one by
    its parameters. The row is found by trying inputs in a process of its own, since a bad call may
    end it. The row goes to standard output; notes and the verdict of each of its cases go to
    standard error.
    """
    from opcheck.proposing.proposal import propose
    from opcheck.proposing.signature import is_function
    from opcheck.proposing.trying import Elsewhere

    name = op.removeprefix("tf.raw_ops.")
    target = name if is_function(name) else f"tf.raw_ops.{name}"
    rows = [
        row for row in registry.rows() if row.target.replace(":", ".") == target.replace(":", ".")
    ]
    with Elsewhere() as trier:
        try:
            found = propose(name, trier, limit)
        except UnknownNameError as error:
            raise UsageError(f"{error}{_HINT}" if error.what == "op" else str(error)) from error
        deaths = trier.deaths
    click.echo(f"    {found.source},")
    if rows:
        _note(f"rows for {name} in the registry already: {len(rows)}; give this one a variant")
    _note(f"{found.tries} calls tried" + (f", {deaths} of them fatal" if deaths else ""))
    if is_function(name) and not project.find():
        _note("it belongs into a module of ROWS that [tool.opcheck] in your pyproject.toml names")
    for note in found.notes:
        _note(note)
    for verdict in found.verdicts:
        _note(str(verdict))
    return 0 if found.passed else 1


_HINT = " (an op of your own goes by the function that calls it: package.module:function)"


def _note(text: str) -> None:
    click.echo(text, err=True)
