"""From a case to a script that was run and showed the defect."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.errors import OpcheckError
from opcheck.evaluation import Evaluation
from opcheck.outcome import Outcome
from opcheck.pipeline import verify
from opcheck.precision import Precision
from opcheck.primals import Primal
from opcheck.report.text import sentence
from opcheck.reproducing.fixed import fixed
from opcheck.reproducing.script import identifier, script
from opcheck.reproducing.showing import Shown, Slope, Spot
from opcheck.reproducing.shrinking import TRIES, Likeness, shrunk
from opcheck.reproducing.spelling import subject
from opcheck.spec import Kind
from opcheck.targets import evaluate_case
from opcheck.vectors import from_real, to_real
from opcheck.verdict import Entry, Part, Report

# A script that only loads TensorFlow and runs one op takes seconds.
SECONDS_TO_RUN = 300.0

# What is subtracted in a script has this many units of rounding.
ULPS = 8

# A slope that is seen to this share of itself is seen well enough to be printed.
ENOUGH = 1e-8

Vector = NDArray[np.float64]


class NotReproducedError(OpcheckError):
    """No script shows the defect by itself."""

    exit_code = 1


@dataclass(frozen=True)
class Reproduction:
    """A case that fails, and the script that shows it; "" for a case that passes."""

    report: Report
    script: str = ""


@dataclass(frozen=True)
class _View:
    """One derivative entry in the numbers of an evaluation.

    Attributes:
        number: of the primal that moves along `direction`, whose real coordinates these are.
        row: of the flat output; None for the sum of an output without entries.
        is_joint: whether all that is tied moves, for which the report has no numbers.
    """

    number: int
    direction: Vector
    row: int | None
    spot: Spot
    is_joint: bool = False


def reproduce(
    case: Case,
    found: Any = None,
    *,
    reason: str = "",
    tries: int = TRIES,
    run: Callable[[str], int] | None = None,
) -> Reproduction:
    """Shrink a case, write a script for what is left of it, and see that it shows the defect.

    Args:
        found: the case's target, where it is not what its name stands for.
        reason: what is known of the defect, for the head of the script.
        tries: how many smaller cases are looked at.
        run: runs a script and returns its exit code.

    Raises:
        NotReproducedError: no script shows the defect; the message says why.
        RecipeError: the case itself cannot be run.
    """

    def judged(case: Case) -> Report:
        return verify(evaluate_case(case, found), case.id, case.repeat)

    report = judged(case)
    if report.passed:
        return Reproduction(report)
    drawn = evaluate_case(case, found)
    whole = fixed(case, [primal.point for primal in drawn.primals if primal.is_passed])
    is_like = Likeness(report)

    def holds(candidate: Case) -> bool:
        try:
            return is_like(judged(candidate))
        except Exception:
            # Most candidates are no calls that TensorFlow takes, and say so in many ways.
            return False

    small = shrunk(whole, holds, tries) if holds(whole) else whole
    why = "the report names no entry of the derivative"
    for chosen in (small, whole) if small != whole else (whole,):
        try:
            for text in _scripts(chosen, judged(chosen), evaluate_case(chosen, found), reason):
                code = (run or exit_code)(text)
                if code == 1:
                    return Reproduction(report, text)
                why = f"a script for it exits with {code}, not with 1:\n{text}"
        except OpcheckError as error:
            why = str(error)
    raise NotReproducedError(f"{case.id}: no script alone shows this defect: {why}")


def exit_code(text: str) -> int:
    """The exit code of a script, run by this Python in a directory of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.py"
        path.write_text(text, encoding="utf-8")
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        try:
            done = subprocess.run(
                [sys.executable, str(path)],
                cwd=folder,
                env=environment,
                capture_output=True,
                timeout=SECONDS_TO_RUN,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return -1
    # An error in the script ends it with 1 too, but prints a traceback and no values.
    is_told = b"numeric" in done.stdout
    return done.returncode if is_told else 3


def _scripts(case: Case, report: Report, evaluation: Evaluation, reason: str) -> Iterator[str]:
    """Scripts for a case, the likeliest to show its defect first."""
    weights = [primal.point for primal in evaluation.primals if not primal.is_passed]
    why = "the slope at its worst entry cannot be seen by differences of two steps"
    is_written = False
    for part, entry in _entries(report):
        shown = _shown(part)
        for view, slope in _seen(case, evaluation, part, entry, shown):
            title = _title(case, report, entry, view, reason)
            # What a layer adds to the loss, opcheck judges as a further output.
            has_losses = (False, True) if case.kind is Kind.LAYER else (False,)
            for losses in has_losses[: 2 if view.spot.output.startswith("[") else 1]:
                is_written = True
                yield script(
                    case,
                    view.spot,
                    slope,
                    shown,
                    title=title,
                    weights=weights,
                    raised=_exception(part.error),
                    has_losses=losses,
                    seeds=evaluation.needs_seed,
                    keeps_state=evaluation.keeps_state and case.kind is Kind.LAYER,
                )
    if not is_written:
        raise NotReproducedError(why)


def _entries(report: Report) -> Iterator[tuple[Part, Entry]]:
    """The worst entry of each input that fails, the worst outcome first."""
    bad = [part for part in report.parts if not part.outcome.is_good]
    for part in sorted(bad, key=lambda part: -part.outcome.severity):
        if part.worst is not None:
            yield part, part.worst
        elif part.outcome is Outcome.CRASH:
            # The derivative of an output without entries can raise all the same.
            yield part, _nowhere(part)


def _nowhere(part: Part) -> Entry:
    """An entry for a part that has none."""
    return Entry(
        outcome=part.outcome,
        output="",
        input=part.input,
        at=None,
        analytic=np.nan,
        numeric=np.nan,
        bound=np.nan,
        low=np.nan,
        high=np.nan,
        local="smooth",
    )


def _shown(part: Part) -> Shown:
    if part.error or part.missing.startswith("unregistered"):
        return Shown.RAISES
    if part.cause.startswith("the gradient has shape"):
        return Shown.SHAPE
    if part.missing.startswith(("disconnected", "declared")):
        return Shown.NONE
    return Shown.VALUE


def _exception(error: str) -> str:
    """Source of the type of an exception by its message; by none, of an op without a gradient."""
    name = error.partition(":")[0] or LookupError.__name__
    if isinstance(getattr(builtins, name, None), type):
        return name
    return f"tf.errors.{name}" if hasattr(tf.errors, name) else "Exception"


def _seen(
    case: Case, evaluation: Evaluation, part: Part, entry: Entry, shown: Shown
) -> Iterator[tuple[_View, Slope]]:
    """Entries whose slope can be seen; one of zero tells less of an exception than another."""
    later = []
    for view in _views(case, evaluation, part, entry, shown):
        slope = _slope(evaluation, view, part, entry)
        if slope is None:
            continue
        if slope.is_zero and shown is Shown.RAISES:
            later.append((view, slope))
        else:
            yield view, slope
    yield from later


def _views(
    case: Case, evaluation: Evaluation, part: Part, entry: Entry, shown: Shown
) -> Iterator[_View]:
    """The entry; after it, for a gradient that raises, entries of each output."""
    number = next(n for n, p in enumerate(evaluation.primals) if p.name == part.input)
    primal = evaluation.primals[number]
    rows = [r for r in range(evaluation.value.size) if evaluation.label(r) == entry.output]
    whole: list[tuple[int | None, str, str]] = []
    if shown is Shown.RAISES:
        first = 0
        for output in evaluation.outputs:
            within = range(first, first + output.size)
            rows += [*within[:2], *within[-2:]]
            first += output.size
        if len(evaluation.outputs) == 1 and not rows:
            whole = [(None, "", "tf.reduce_sum({})")]
        elif len(evaluation.outputs) == 1 and np.dtype(evaluation.outputs[0].dtype).kind != "c":
            # A graph that is wrong about the rank of what it makes does not let it be indexed.
            whole = [(rows[-1], "", f"tf.reshape({{}}, [-1])[{rows[-1]}]")]
    picks = [(r, evaluation.label(r)[len("out") :], "{}") for r in dict.fromkeys(rows)]
    passed = [n for n, p in enumerate(evaluation.primals) if p.is_passed]
    others = [n for n, p in enumerate(evaluation.primals) if not p.is_passed]
    directions = _directions(primal, entry.input)
    if shown is Shown.RAISES and primal.tangent is None:
        directions += [(unit, primal.label(n)) for n, unit in enumerate(np.eye(primal.size))]
    for direction, label in directions:
        for row, picked, around in [*picks, *whole]:
            is_weight = not primal.is_passed
            spot = Spot(
                identifier(primal.name),
                (others if is_weight else passed).index(number),
                primal.point,
                label[len(primal.name) :] if primal.tangent is None else "",
                picked,
                around,
                is_weight,
                direction=None
                if primal.tangent is None
                else from_real(direction, primal.point.shape, primal.point.dtype),
                is_variable=primal.variable is not None,
            )
            view = _View(number, direction, row, spot)
            yield view
        if shown is not Shown.RAISES:
            break
    if entry.local == "kink" and shown is Shown.VALUE and primal.tangent is None:
        # No share of a tie is wrong by itself: it shows where all that is tied moves together.
        point = to_real(primal.point)
        for direction, _ in directions[:1]:
            tied = np.where(point == point[np.argmax(direction)], 1.0, 0.0)
            step = from_real(tied, primal.point.shape, primal.point.dtype)
            yield replace(
                view,
                direction=tied,
                is_joint=True,
                spot=replace(view.spot, direction=step, index=""),
            )


def _directions(primal: Primal, label: str) -> list[tuple[Vector, str]]:
    """The direction in which an input moves along a coordinate or a direction in words."""
    rows = primal.directions()
    if rows is None:
        return [
            (unit, label) for n, unit in enumerate(np.eye(primal.size)) if primal.label(n) == label
        ]
    found = []
    for row in rows:
        name = " and ".join(primal.label(int(position)) for position in np.flatnonzero(row))
        if name == label:
            found.append((row, name))
    return found


def _slope(evaluation: Evaluation, view: _View, part: Part, entry: Entry) -> Slope | None:
    """Differences of two steps that see the slope well enough to show the defect, if there are."""
    primal = evaluation.primals[view.number]
    dtypes = [primal.point.dtype, *(output.dtype for output in evaluation.outputs)]
    rounding = float(f"{ULPS * Precision.coarsest(dtypes).unit:.0e}")
    point = to_real(primal.point)

    def value(h: float) -> float:
        values = evaluation(view.number, point + h * view.direction)
        return float(values.sum() if view.row is None else values[view.row])

    here = value(0.0)
    is_kink = entry.local == "kink" and not view.is_joint
    best: tuple[tuple[float, ...], Slope] | None = None
    with np.errstate(all="ignore"):
        for is_central, h, scale in _steps(point, view.direction, is_kink):

            def slope(h: float, is_central: bool = is_central) -> float:
                if is_central:
                    return (value(h) - value(-h)) / (2 * h)
                return (value(h) - here) / h

            sides = [(slope(h), slope(h / 2))]
            if is_kink:
                sides.append((slope(-h), slope(-h / 2)))
            bound = 4 * max(abs(coarse - fine) for coarse, fine in sides)
            bound += rounding * abs(here) / abs(h)
            low, high = min(fine for _, fine in sides), max(fine for _, fine in sides)
            is_small = bound < max(abs(low), abs(high))
            if not (is_small if view.is_joint else _tells(part, entry, low, high, bound)):
                continue
            # Of steps that see about as well, the one nearest to a thousandth of what moves.
            seen = max(bound, ENOUGH * max(abs(low), abs(high), abs(here) / scale))
            worth = (
                round(np.log10(seen + 1e-300)),
                not is_central,
                abs(np.log2(abs(h) / scale) + 10),
            )
            if best is None or worth < best[0]:
                is_zero = low - bound <= 0 <= high + bound
                best = worth, Slope(h, is_central, is_kink, rounding, is_zero)
    return best[1] if best else None


def _tells(part: Part, entry: Entry, low: float, high: float, bound: float) -> bool:
    """Whether the slopes are those of the report, and the defect lies outside of their bound."""
    if not np.isfinite(bound):
        return False
    if entry.local in ("smooth", "edge") and part.outcome is not Outcome.CRASH:
        if not abs(low - entry.numeric) <= bound + entry.bound:
            return False
    elif entry.local == "kink" and part.outcome is not Outcome.CRASH:
        far = max(abs(low - entry.low), abs(high - entry.high))
        if not far <= bound + entry.bound:
            return False
    if part.outcome in (Outcome.CRASH, Outcome.NAN) or part.cause.startswith("the gradient has"):
        return True
    analytic = 0.0 if part.missing else entry.analytic
    return not low - 2 * bound <= analytic <= high + 2 * bound


def _steps(point: Vector, direction: Vector, is_kink: bool) -> Iterator[tuple[bool, float, float]]:
    """Kinds of differences, their steps and the scale of what moves: powers of two."""
    sizes = np.abs(point[direction != 0])
    sizes = sizes[np.isfinite(sizes)]
    largest = float(np.max(sizes, initial=0.0))
    scales = dict.fromkeys(
        2.0 ** np.floor(np.log2(size)) for size in (max(1.0, largest), largest) if size > 0
    )
    for scale in scales:
        for exponent in range(2, 32, 2):
            h = float(scale * 2.0**-exponent)
            if not is_kink:
                yield True, h, scale
                yield False, -h, scale
            yield False, h, scale


def _title(case: Case, report: Report, entry: Entry, view: _View, reason: str) -> Sequence[str]:
    says = sentence(report.outcome)
    about = reason.replace("\\", "\\\\").replace('"', "'")
    where = f"d out{view.spot.output} / d {entry.input}".replace('"', "'")
    if view.spot.direction is not None:
        where = f"d out{view.spot.output} along `step`".replace('"', "'")
    return [
        f"{subject(case)}: {says}.",
        f"Shows {where}. Exits with 1 if that is wrong, as in TensorFlow {tf.__version__}, "
        "else with 0.",
        *([about] if about else []),
    ]
