"""`opcheck check`: one op, case, function or layer, verdict and explanation now."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Union

import click

from opcheck import registry
from opcheck.cases import NUMERIC, Case, select_cases
from opcheck.cli import options
from opcheck.errors import InapplicableError, UnknownNameError, UsageError
from opcheck.known import matching
from opcheck.modes import METHODS, MODES, ORDERS

if TYPE_CHECKING:
    from opcheck.verdict import Report


@click.command(cls=options.JsonCommand)
@click.argument("target")
@options.inputs
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="reverse",
    show_default=True,
    help="How TensorFlow is asked for the derivative.",
)
@click.option(
    "--order",
    type=options.WholeNumber(ORDERS[0], ORDERS[-1]),
    default=1,
    show_default=True,
    help="Order of the derivative.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="auto",
    show_default=True,
    help="Whole Jacobians (dense), or sums of all their entries along random directions (probe).",
)
@options.seed
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of explanations.")
def check(
    target: str,
    inputs: tuple[str, ...],
    mode: str,
    order: int,
    method: str,
    seed: int,
    as_json: bool,
) -> int:
    """Check TARGET and explain the verdict.

    TARGET is an op or function of the registry (MatMul, tf.nn.gelu), a case id as a report prints
    it, or anything importable as package.module:name together with --input.
    """
    if inputs:
        reports = _of_target(target, inputs, seed, Asked(mode, order, method))
    else:
        reports = _of_rows(target, seed, Asked(mode, order, method))
    return _show(reports, as_json)


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is asked of a check, as its functions take it."""

    mode: str
    order: int
    method: str

    @property
    def words(self) -> str:
        """The options of the repeat command that are not the defaults."""
        defaults = {"mode": "reverse", "order": 1, "method": "auto"}
        given = dataclasses.asdict(self)
        return "".join(f" --{k} {given[k]}" for k, v in defaults.items() if given[k] != v)


# A case, unless what is asked of it is not what its records are about; and what was found, or why
# its check says nothing about it.
Found = tuple[Union["Case", None], Union["Report", str]]


def _of_rows(target: str, seed: int, asked: Asked) -> Iterable[Found]:
    cases = named_cases(target, seed)
    from opcheck.matrix import check_case

    # Cells of the matrix are other modes and orders themselves: each is asked for by its id.
    points = tuple(case for case in cases if case.check in NUMERIC)
    if asked.words and not points:
        raise UsageError(
            f"{target} says itself how to look at its function, so{asked.words} cannot be asked of "
            f"it: name the case that ends in {' or '.join(NUMERIC)}"
        )
    # A registry row is judged entry by entry unless it is asked otherwise, as its tests are.
    method = "dense" if asked.method == "auto" else asked.method
    for case in points or cases:
        try:
            report = check_case(case, asked.mode, asked.order, method)
        except InapplicableError as error:
            yield case, str(error)
            continue
        # A known defect is one of the reverse Jacobian.
        repeat = case.repeat + asked.words
        yield None if asked.words else case, dataclasses.replace(report, repeat=repeat)


def named_cases(target: str, seed: int) -> tuple[Case, ...]:
    """The cases of the registry that a name or the beginning of a case id selects.

    Raises:
        UnknownNameError: none; the nearest names are suggested.
        UsageError: there is no row for it, so it needs the shapes of its inputs.
    """
    try:
        return select_cases(registry.rows(), [target], seed)
    except UnknownNameError as error:
        if ":" in target and "/" not in target:
            raise UsageError(f"{target} needs the shape of each input: --input 2x3") from error
        from opcheck.targets import is_raw_op

        if is_raw_op(target):
            raise UsageError(
                f"{target} is an op of this TensorFlow, but no row of the registry says how to "
                "call it; give shapes with --input to check it now"
            ) from error
        raise


def _of_target(target: str, inputs: tuple[str, ...], seed: int, asked: Asked) -> Iterable[Found]:
    from opcheck.pipeline import check_target

    shapes = [options.parsed_input(text) for text in inputs]
    given = " ".join(f"--input {text}" for text in inputs)
    report = check_target(target, shapes, seed, **dataclasses.asdict(asked))
    repeat = f"opcheck check {target} {given} --seed {seed}{asked.words}"
    yield None, dataclasses.replace(report, repeat=repeat)


def _show(found: Iterable[Found], as_json: bool) -> int:
    from opcheck.report.json_report import dumps

    defects = registry.known_defects()
    version = ""
    is_bad = False
    data: list[dict[str, Any]] = []
    for case, report in found:
        if isinstance(report, str):
            subject = case.id if case else ""
            data.append({"subject": subject, "not_applicable": report})
            if not as_json:
                click.echo(f"{subject}: not applicable, {report}")
            continue
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
