"""`opcheck check`: one op, case, function or layer, verdict and explanation now."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from opcheck import registry
from opcheck.cases import Case, select_cases
from opcheck.cli import options
from opcheck.errors import UnknownNameError, UsageError
from opcheck.known import matching
from opcheck.modes import MODES, ORDERS

if TYPE_CHECKING:
    from opcheck.verdict import Report


@click.command()
@click.argument("target")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="SHAPE",
    help="Shape of an input, such as 2x3 or 'scalar', with a dtype after a colon if it is not "
    "float64: 4:int32. Once per argument.",
)
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="reverse",
    show_default=True,
    help="How TensorFlow is asked for the derivative.",
)
@click.option(
    "--order",
    type=click.IntRange(ORDERS[0], ORDERS[-1]),
    default=1,
    show_default=True,
    help="Order of the derivative.",
)
@options.seed
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of explanations.")
def check(
    target: str, inputs: tuple[str, ...], mode: str, order: int, seed: int, as_json: bool
) -> int:
    """Check TARGET and explain the verdict.

    TARGET is an op or function of the registry (MatMul, tf.nn.gelu), a case id as a report prints
    it, or anything importable as package.module:name together with --input.
    """
    if inputs or ":" in target:
        reports = _of_target(target, inputs, seed, mode, order)
    else:
        reports = _of_rows(target, seed, mode, order)
    return _show(reports, as_json)


def _of_rows(target: str, seed: int, mode: str, order: int) -> Iterable[tuple[Case | None, Report]]:
    try:
        cases = select_cases(registry.rows(), [target], seed)
    except UnknownNameError as error:
        from opcheck.targets import is_raw_op

        if is_raw_op(target):
            raise UsageError(
                f"{target} is an op of this TensorFlow, but no row of the registry says how to "
                "call it; give shapes with --input to check it now"
            ) from error
        raise
    from opcheck.pipeline import check_case

    asked = _asked(mode, order)
    for case in cases:
        report = check_case(case, mode, order)
        # A known defect is one of the reverse Jacobian.
        yield None if asked else case, dataclasses.replace(report, repeat=case.repeat + asked)


def _asked(mode: str, order: int) -> str:
    """The options of the repeat command that are not the defaults."""
    words = f" --mode {mode}" if mode != "reverse" else ""
    return words + (f" --order {order}" if order != 1 else "")


def _of_target(
    target: str, inputs: tuple[str, ...], seed: int, mode: str, order: int
) -> Iterable[tuple[Case | None, Report]]:
    from opcheck.pipeline import check_target

    if not inputs:
        raise UsageError(f"{target} needs the shape of each input: --input 2x3")
    shapes = [options.parsed_input(text) for text in inputs]
    given = " ".join(f"--input {text}" for text in inputs)
    report = check_target(target, shapes, seed, mode, order)
    repeat = f"opcheck check {target} {given} --seed {seed}{_asked(mode, order)}"
    yield None, dataclasses.replace(report, repeat=repeat)


def _show(found: Iterable[tuple[Case | None, Report]], as_json: bool) -> int:
    from opcheck.report.json_report import dumps

    defects = registry.known_defects()
    version = ""
    is_bad, data = False, []
    for case, report in found:
        version = version or str(importlib.import_module("tensorflow").__version__)
        known = matching(case, defects, version) if case else None
        is_bad |= not report.passed
        data.append(report.to_dict() | {"known": known.id if known else None})
        if not as_json:
            click.echo(report.explain())
            if known:
                click.echo(f"  known      {known.id}: {known.reason}")
    if as_json:
        click.echo(dumps(data if len(data) != 1 else data[0]), nl=False)
    return 1 if is_bad else 0
