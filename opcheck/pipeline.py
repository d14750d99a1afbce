"""The path of one check: evaluation, two Jacobians, comparison, verdict, report."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.agreement import agrees
from opcheck.cases import Case
from opcheck.casts import casts_to_shorter
from opcheck.comparison import Comparison, compare
from opcheck.draws import is_drawn
from opcheck.errors import UnknownNameError, UsageError
from opcheck.evaluation import Evaluation, FunctionError, evaluate
from opcheck.glance import Glance
from opcheck.jacobian.analytic import (
    AnalyticJacobian,
    Connection,
    analytic_jacobians,
    rounding_noise,
    why_missing,
)
from opcheck.jacobian.modes import differentiate, forget_forward_rules
from opcheck.jacobian.numeric import (
    NumericJacobian,
    numeric_jacobian,
    refuse_too_large,
    unknown_jacobian,
)
from opcheck.judgement import judge
from opcheck.modes import FORWARD, METHODS, MODES, NESTED, ORDERS
from opcheck.obligations import breach
from opcheck.outcome import Outcome
from opcheck.precision import Precision
from opcheck.primals import Primal
from opcheck.probing.probe import DIRECTIONS
from opcheck.probing.search import Found, is_small, of_probes, search
from opcheck.probing.survey import Survey
from opcheck.spec import DTYPES, Kind, Sample
from opcheck.surrogates import documented, is_moved, passed_on
from opcheck.targets import evaluate_case, input_of, resolve
from opcheck.ties import judge_corners, judge_ties
from opcheck.transforms import gradient_of, widened
from opcheck.vectors import to_real
from opcheck.verdict import Entry, Report

Difference = Callable[..., NumericJacobian]
Matrix = NDArray[np.float64]

# Units of rounding above this belong to dtypes in which differences see next to nothing.
SHORT = 2.0**-20

# Above this they are those of single precision.
SINGLE = 2.0**-40


def check(
    f: Callable[..., Any],
    xs: Sequence[Any],
    *,
    wrt: Sequence[int] | None = None,
    order: int = 1,
    mode: str = "reverse",
    method: str = "auto",
    seed: int = 0,
) -> Report:
    """Judge the gradient of `f` at `xs` against differences of its own values.

    Args:
        f: takes one tensor per entry of `xs`, returns a tensor or a nest of tensors.
        xs: arrays, tensors, `tf.Variable`s or numbers; integers are passed through.
        wrt: positions of `xs` to differentiate; None for every floating or complex one.
        order: 1 for the derivative of `f`; 2 for that of the gradient of the sum of `f`'s outputs,
            3 likewise. Lower orders are judged first, since differences of a wrong gradient say
            nothing of the next.
        mode: how TensorFlow is asked for the last derivative: "reverse" by its tape, "forward" by
            its accumulator, "graph", "graph_dynamic" (unknown static shapes) and "xla" by the
            tape through a `tf.function` of `f`, "pfor" by the vectorised `tape.jacobian`;
            "forward_over_forward" and "forward_over_reverse" differentiate twice, so their order
            is at least 2.
        method: "dense" for whole Jacobians, each entry by itself; "probe" for weighed sums of all
            entries along a few random directions, in a number of evaluations that does not grow
            with the input, and for entries only where these disagree; "auto" for "dense" up to 256
            entries of an input and 10,000 of a Jacobian, and "probe" above, where it can.
        seed: of everything random, random ops in `f` included.

    Returns:
        A report with the outcome, and with an explanation for a person.

    Raises:
        UsageError: an argument is wrong, no input is floating, or `f` returns no floating tensor.
        TooLargeError: the Jacobian that the method needs would not fit into memory.
    """
    _require_choice("mode", mode, MODES)
    _require_choice("method", method, METHODS)
    require_probeable(method, mode, order)
    if isinstance(order, bool) or order not in ORDERS:
        raise UsageError(f"order={order!r} must be one of {', '.join(map(str, ORDERS))}")
    if not callable(f):
        raise UsageError(f"f={f!r} must be callable: a function of tensors")
    name = getattr(f, "__name__", type(f).__name__)
    options = "".join(
        f"{key}={value!r}, "
        for key, value, default in (
            ("wrt", None if wrt is None else list(wrt), None),
            ("order", order, 1),
            ("mode", mode, "reverse"),
            ("method", method, "auto"),
        )
        if value != default
    )
    call = f"opcheck.check({name}, xs, {options}seed={seed})"
    started = time.perf_counter()
    try:
        evaluation = evaluate(f, xs, wrt, seed=seed, is_watched=False)
    except FunctionError as error:
        report = _crashed(name, str(error), call, seed)
    else:
        report = by_method(evaluation, name, call, mode, order, method)
    return replace(report, seconds=time.perf_counter() - started)


def check_target(
    target: str,
    inputs: Sequence[tuple[tuple[int, ...], str]],
    seed: int = 0,
    mode: str = "reverse",
    order: int = 1,
    method: str = "auto",
) -> Report:
    """Judge anything importable at inputs drawn for the given shapes and dtypes.

    A Keras layer class is built without arguments and differentiated in its weights too; any
    other callable takes the inputs in order.

    Raises:
        RecipeError: the target rejects the inputs, or cannot be built.
    """
    require_probeable(method, mode, order)
    started = time.perf_counter()
    case, found = target_case(target, inputs, seed)
    evaluation = evaluate_case(case, found, is_watched=False)
    report = by_method(evaluation, target, "", mode, order, method)
    return replace(report, seconds=time.perf_counter() - started)


def target_case(
    target: str, inputs: Sequence[tuple[tuple[int, ...], str]], seed: int = 0
) -> tuple[Case, Any]:
    """The case of anything importable, and what to call for it.

    Raises:
        UsageError: there are more inputs than a raw op has arguments.
    """
    is_raw = target.startswith("tf.raw_ops.")
    found = resolve(target)
    kind = Kind.LAYER if inspect.isclass(found) else Kind.FUNCTION
    drawn = [input_of(shape, dtype) for shape, dtype in inputs]
    dtypes = [dtype for _, dtype in inputs if dtype in DTYPES]
    names = list(inspect.signature(found).parameters) if kind is Kind.FUNCTION else []
    if is_raw and len(drawn) > len(names):
        raise UsageError(f"{target} takes {len(names)} arguments, but {len(drawn)} were given")
    if kind is Kind.LAYER:
        wanted = Sample("given", tuple(drawn))
    elif is_raw:
        wanted = Sample("given", arguments=tuple(zip(names, drawn)))
    else:
        wanted = Sample("given", arguments=(("arguments", drawn),))
        found = _by_list(found)
    dtype = dtypes[0] if dtypes else "float64"
    return Case(kind, target, wanted, dtype, "jacobian", "", None, seed), found


def _by_list(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its positional arguments in one list."""

    def call(arguments: list[Any]) -> Any:
        return function(*arguments)

    return call


def by_method(
    evaluation: Evaluation,
    subject: str,
    repeat: str,
    mode: str,
    order: int,
    method: str,
    owes: bool = True,
) -> Report:
    """From an evaluation to its report, by whole Jacobians or by probes.

    Args:
        owes: whether a gradient that passes is held to what every gradient owes.
    """
    if method == "auto":
        is_dense = (mode, order) != ("reverse", 1) or is_small(evaluation)
        method = "dense" if is_dense else "probe"
    if method == "probe":
        try:
            return _probed(evaluation, subject, repeat)
        except FunctionError as error:  # Not the first call, but the second raises.
            return _crashed(subject, str(error), repeat, evaluation.seed)
    report = verify(evaluation, subject, repeat, mode, order)
    is_asked = owes and (mode, order) == ("reverse", 1)
    return _with_obligations(report, evaluation) if is_asked else report


def _probed(evaluation: Evaluation, subject: str, repeat: str) -> Report:
    """The verdict of the probes, and of whole Jacobians on the entries that these doubt."""
    survey = Survey.of(evaluation)
    # Of a function that never gives the same twice the two sides do not agree: so this is asked
    # only where they do not.
    if not survey.passed and evaluation.watch():
        survey = Survey.of(evaluation)
    found = [
        _agreed(survey, number)
        if survey.passes(number)
        else search(survey, number, lambda part: verify(part, subject, repeat))
        for number in evaluation.differentiated
    ]
    return _of_found(evaluation, subject, repeat, found)


def glimpsed(evaluation: Evaluation, subject: str, repeat: str, order: int) -> Report | None:
    """A plain pass by probes of the gradient taken `order - 1` times, or None for none."""
    last = gradient_of(evaluation, order - 1)
    survey = Survey.of(last)
    if not survey.passed:
        return None
    found = [_agreed(survey, number) for number in last.differentiated]
    return replace(_of_found(evaluation, subject, repeat, found), order=order)


def _of_found(evaluation: Evaluation, subject: str, repeat: str, found: Sequence[Found]) -> Report:
    parts = tuple(each.part for each in found)
    return Report(
        subject=subject,
        outcome=Outcome.worst(part.outcome for part in parts),
        parts=parts,
        point=tuple(_printed(primal) for primal in evaluation.primals),
        repeat=repeat,
        note="; ".join(dict.fromkeys(each.note for each in found if each.note)),
        method="probe",
        directions=DIRECTIONS,
        resolution=max(each.resolution for each in found),
        seed=evaluation.seed,
        evaluations=sum(each.evaluations for each in found),
    )


def _agreed(survey: Survey, number: int) -> Found:
    probes = survey.probes[number]
    return Found(
        of_probes(survey, number, Outcome.PASS),
        evaluations=sum(probe.evaluations for probe in probes),
        resolution=max(probe.resolution for probe in probes),
    )


def _with_obligations(report: Report, evaluation: Evaluation) -> Report:
    """The same report, but for a gradient that is right where it was judged and breaks a rule."""
    if report.outcome is not Outcome.PASS:
        return report
    try:
        found = breach(evaluation)
    except Exception:  # Some gradients work once only.
        return report
    if found is None:
        return report
    primal = evaluation.primals[found.number]
    outcome = Outcome.WRONG if np.isfinite(found.found) else Outcome.NAN
    worst = Entry(
        outcome=outcome,
        output="all outputs",
        input=primal.label(found.position),
        at=float(to_real(primal.point)[found.position]) if primal.size else None,
        analytic=found.found,
        numeric=found.owed,
        bound=0.0,
        low=found.owed,
        high=found.owed,
        local="smooth",
    )
    parts = tuple(
        replace(part, outcome=outcome, worst=worst, cause=found.words)
        if part.input == primal.name
        else part
        for part in report.parts
    )
    return replace(report, outcome=outcome, parts=parts)


def verify(
    evaluation: Evaluation,
    subject: str,
    repeat: str,
    mode: str = "reverse",
    order: int = 1,
    difference: Difference = numeric_jacobian,
) -> Report:
    """From an evaluation to its report, the lower orders first.

    Args:
        difference: what takes the numeric Jacobians; another remembers them, say.
    """
    order = max(order, 2) if mode in NESTED else order
    if mode in FORWARD:
        forget_forward_rules()
    for lower in range(1, order):
        report = verified(evaluation, subject, repeat, "reverse", lower, difference)
        if not report.passed:
            note = f"judged is order {lower}: nothing of a higher order follows from a bad one"
            return replace(report, mode=mode, order=order, note=report.note or note)
    return verified(evaluation, subject, repeat, mode, order, difference)


def verified(
    evaluation: Evaluation,
    subject: str,
    repeat: str,
    mode: str,
    order: int,
    difference: Difference = numeric_jacobian,
) -> Report:
    """The verdict on one order in one mode, whatever the lower orders are."""

    for number in evaluation.differentiated:
        refuse_too_large(evaluation, number)
    try:
        last, wide = _judged(evaluation, order)
        glance = _glance(evaluation, last, wide or last, mode, order)
        if glance is not None:
            return Report(
                subject=subject,
                outcome=Outcome.PASS,
                parts=glance.parts,
                point=tuple(_printed(primal) for primal in evaluation.primals),
                repeat=repeat,
                mode=mode,
                order=order,
                seed=evaluation.seed,
                evaluations=glance.evaluations,
            )
        if evaluation.watch():
            last, wide = _judged(evaluation, order)
        analytic = differentiate(evaluation, mode, order)
    except FunctionError as error:
        return replace(
            _crashed(subject, str(error), repeat, evaluation.seed), mode=mode, order=order
        )
    check = _Check.of(evaluation, last, wide, mode, order, difference)
    comparisons = [check.compared(number, analytic[number]) for number in last.differentiated]
    parts = judge(last, comparisons)
    outcome = Outcome.worst(part.outcome for part in parts)
    return Report(
        subject=subject,
        outcome=outcome,
        parts=parts,
        point=tuple(_printed(primal) for primal in evaluation.primals),
        repeat=repeat,
        note=_note(last, outcome, comparisons),
        mode=mode,
        order=order,
        seed=evaluation.seed,
        evaluations=sum(comparison.numeric.evaluations for comparison in comparisons),
    )


def _judged(evaluation: Evaluation, order: int) -> tuple[Evaluation, Evaluation | None]:
    """The function whose derivative is judged, and the same in double precision if it is not."""
    last = gradient_of(evaluation, order - 1)
    return last, widened(last)


def _glance(
    evaluation: Evaluation, last: Evaluation, seen: Evaluation, mode: str, order: int
) -> Glance | None:
    """A first look at one order in one mode."""
    glance = Glance.at(last, seen)
    if glance is None or mode == "reverse":
        return glance
    return glance if agrees(evaluation, glance.analytic, mode, order) else None


@dataclass(frozen=True)
class _Check:
    """Both sides of one check: how the derivative is taken, and what differences see.

    Attributes:
        base: the function itself.
        last: the function whose derivative is judged: `base`, or its gradient of the order before.
        mode, order: of the analytic derivative.
        seen: the functions to difference, the sharpest first: `last`, or the same in double
            precision, since differences in a short dtype see little.
    """

    base: Evaluation
    last: Evaluation
    mode: str
    order: int
    difference: Difference
    seen: tuple[Evaluation, ...]

    @classmethod
    def of(
        cls,
        base: Evaluation,
        last: Evaluation,
        wide: Evaluation | None,
        mode: str,
        order: int,
        difference: Difference,
    ) -> _Check:
        seen = (last,) if wide is None else (wide, last)
        dtypes = [last.primals[number].point.dtype for number in last.differentiated]
        unit = Precision.coarsest([*dtypes, *(output.dtype for output in last.outputs)]).unit
        return cls(base, last, mode, order, difference, seen[:1] if unit > SHORT else seen)

    def compared(self, number: int, analytic: AnalyticJacobian) -> Comparison:
        """The comparison for one input, by the sharpest sight that finds it good, or the best."""
        found: list[Comparison] = []
        for seen in self.seen:
            found.append(self._compared(seen, number, analytic))
            if found[-1].outcome.is_good:
                return found[-1]
        return min(found, key=lambda comparison: comparison.outcome.severity)

    def _compared(self, seen: Evaluation, number: int, analytic: AnalyticJacobian) -> Comparison:
        """Where the comparison is no plain pass, both sides look again."""
        if not seen.is_deterministic:
            return self._side_by_side(seen, analytic, unknown_jacobian(seen, number))
        comparison = self._side_by_side(seen, analytic, self.difference(seen, number))
        if comparison.outcome in (Outcome.PASS, Outcome.CRASH):
            return comparison
        closer = self.difference(seen, number, doubted=comparison.disputed)
        comparison = self._doubted(seen, analytic, closer)
        if self.mode != "reverse" and not comparison.outcome.is_good:
            reverse = analytic_jacobians(self.last)[number]
            comparison = comparison.beside_reverse(self._doubted(seen, reverse, closer))
        return comparison

    def _doubted(
        self, seen: Evaluation, analytic: AnalyticJacobian, numeric: NumericJacobian
    ) -> Comparison:
        """The comparison with all that can excuse or explain an entry that is no plain pass."""
        last, number = self.last, analytic.number
        comparison = self._side_by_side(seen, analytic, numeric)
        if comparison.outcome in (Outcome.PASS, Outcome.CRASH):
            return comparison
        if comparison.outcome is Outcome.WRONG and not analytic.misshapen:
            inside = casts_to_shorter(self.base)
            unit = Precision.coarsest([*(out.dtype for out in seen.outputs), *inside]).unit
            if last is not self.base and unit > SINGLE:
                numeric = numeric.known_to(_asymmetry(seen, number, self.difference))
            derive = functools.partial(self._derived, number)
            noise = rounding_noise(self.base, analytic, derive, inside)
            comparison = self._side_by_side(seen, analytic, numeric, noise, inside)
        comparison = judge_ties(seen, judge_corners(seen, comparison))
        if comparison.outcome.severity > Outcome.KINK.severity:
            comparison = self._as_documented(seen, comparison)
        if comparison.outcome in (Outcome.WRONG, Outcome.MISSING):
            finer = why_missing(last, number, analytic)
            links = [link is not Connection.CONNECTED for link in row_links(last, finer)]
            absent = np.array(links)[:, None] & (comparison.severity == Outcome.WRONG.severity)
            comparison = replace(comparison.marked(absent, Outcome.MISSING), analytic=finer)
        return comparison

    def _as_documented(self, seen: Evaluation, comparison: Comparison) -> Comparison:
        designed, words = documented(seen, lambda: self._is_moved_by_stops(comparison.analytic))
        if designed is None:
            return comparison
        # As for the function itself, one look is enough where the two sides agree.
        for doubted in (None, comparison.disputed):
            numeric = self.difference(designed, comparison.number, doubted=doubted)
            other = self._side_by_side(designed, comparison.analytic, numeric)
            found = comparison.as_documented(other, words)
            if found.outcome.is_good:
                break
        return found

    def _derived(self, number: int, base: Evaluation) -> AnalyticJacobian:
        """The analytic Jacobian of `last` by one input, as `base` is here or elsewhere."""
        return differentiate(base, self.mode, self.order, number)[number]

    def _is_moved_by_stops(self, analytic: AnalyticJacobian) -> bool:
        """Whether the derivative is another, by more than rounding, where no gradient stops."""
        with passed_on():
            other = self._derived(analytic.number, self.base).matrix
        unit = Precision.coarsest(output.dtype for output in self.last.outputs).unit
        return is_moved(analytic.matrix, other, unit)

    def _side_by_side(
        self,
        seen: Evaluation,
        analytic: AnalyticJacobian,
        numeric: NumericJacobian,
        noise: NDArray[np.float64] | float = 0.0,
        inside: Sequence[Any] = (),
    ) -> Comparison:
        last = self.last
        primal = last.primals[analytic.number]
        dtypes = [primal.point.dtype, *(output.dtype for output in last.outputs), *inside]
        directions = primal.directions()
        return compare(
            analytic,
            numeric,
            precision=Precision.coarsest(dtypes),
            row_links=row_links(last, analytic),
            directions=directions,
            noise=noise,
            natural=_natural(seen, analytic.number) if directions is None else 0.0,
        )


def _asymmetry(gradient: Evaluation, number: int, difference: Difference) -> Matrix | float:
    """How far the differences of a gradient can be off, by how far they are from symmetric.

    A second derivative is symmetric (Schwarz), so that entries which mirror each other are two
    differences of the same number. Rounding that a gradient keeps from one neighbour to the next,
    as one does that exists in single precision alone, shows nowhere else.

    Returns:
        Twice the most that any entry of the same row, or of the row of its column, is off from the
        one that mirrors it; 0 where not all directions in all inputs are taken.
    """
    places: dict[int, slice] = {}
    parts: list[Matrix] = []
    for each in gradient.differentiated:
        primal = gradient.primals[each]
        if primal.directions() is not None or primal.point.dtype.kind == "c":
            return 0.0
        start = sum(part.shape[1] for part in parts)
        places[each] = slice(start, start + primal.size)
        parts.append(difference(gradient, each).matrix)
    whole = np.hstack(parts)
    if whole.shape[0] != whole.shape[1]:
        return 0.0
    with np.errstate(invalid="ignore"):
        gaps = np.abs(whole - whole.T)
    farthest = np.max(gaps, axis=1, initial=0.0, where=np.isfinite(gaps))
    return np.asarray(2 * np.fmax(farthest[:, None], farthest[None, places[number]]))


def _natural(evaluation: Evaluation, number: int) -> NDArray[np.float64]:
    """The slope natural to each entry: its value, or that of its terms, over its point."""
    point = to_real(evaluation.primals[number].point)
    value = np.where(np.isfinite(evaluation.value), np.abs(evaluation.value), 0.0)
    size = np.fmax(value, evaluation.least_size)
    return np.asarray(size[:, None] / np.fmax(1.0, np.abs(point))[None, :])


def row_links(evaluation: Evaluation, analytic: AnalyticJacobian) -> list[Connection]:
    """The connection of each row's output."""
    return [
        link
        for output, link in zip(evaluation.outputs, analytic.connections)
        for _ in range(output.size)
    ]


def _crashed(subject: str, error: str, repeat: str, seed: int) -> Report:
    return Report(
        subject=subject,
        outcome=Outcome.CRASH,
        parts=(),
        repeat=repeat,
        note="the function itself raises here, before any derivative is taken",
        error=error,
        seed=seed,
    )


def _note(evaluation: Evaluation, outcome: Outcome, comparisons: Sequence[Comparison]) -> str:
    for comparison in comparisons:
        if comparison.documented:
            return comparison.documented
    if outcome is Outcome.WRONG and is_drawn(lambda: evaluation.judged(evaluation.arguments())):
        return (
            "it draws random numbers: a derivative by implicit reparametrization is right on "
            "average over seeds, and not for the numbers of one seed"
        )
    if outcome is not Outcome.INCONCLUSIVE:
        return ""
    if not np.isfinite(evaluation.value).all():
        return "the function is not finite at this point"
    if not evaluation.is_deterministic:
        return "the function is random: two calls at the same point differ, even with one seed"
    return "the error bound of the differences is too wide to decide"


def _printed(primal: Primal) -> str:
    """`x = [[0.5, -1.25]]  float64, 1x2`: the digits of its dtype, the middle of many left out."""
    shape = "x".join(map(str, primal.point.shape)) or "scalar"
    text = np.array2string(
        primal.point,
        separator=", ",
        threshold=24,
        edgeitems=2,
        formatter={"float_kind": str, "complex_kind": str},
    )
    return f"{primal.name} = {' '.join(text.split())}  {primal.point.dtype}, {shape}"


def _require_choice(argument: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise UnknownNameError(
            f"{argument} (expected one of {', '.join(allowed)})", str(value), allowed
        )


def require_probeable(method: str, mode: str, order: int) -> None:
    if method == "probe" and (mode != "reverse" or order != 1):
        raise UsageError(
            f"method='probe' looks at the first derivative in reverse mode, and not at "
            f"mode={mode!r}, order={order!r}: take method='dense' or 'auto' for these"
        )


def assert_gradients(f: Callable[..., Any], xs: Sequence[Any], **options: Any) -> None:
    """Like `check`, for tests.

    Raises:
        AssertionError: the outcome is not good; its text is the report's explanation.
    """
    __tracebackhide__ = True
    report = check(f, xs, **options)
    if not report.passed:
        raise AssertionError(report.explain())


def compute_gradient(
    f: Callable[..., Any], x: Sequence[Any], delta: float | None = None
) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """A drop-in for `tf.test.compute_gradient`, with a better numeric side.

    Args:
        f: takes one tensor per entry of `x`.
        x: the arguments; each must be floating or complex, or an integer that is passed through.
        delta: ignored unless given; then the step of a plain central difference, as there.

    Returns:
        Two lists with one array per differentiated argument, of shape (outputs, inputs): the
        Jacobians by the tape and by differences. Complex numbers count as two, interleaved.
    """
    if delta is not None and not (np.isfinite(delta) and delta > 0):
        raise UsageError(f"delta={delta!r} must be a positive number, or None to choose the steps")
    try:
        evaluation = evaluate(f, x, is_watched=False)
        analytic, numeric = _jacobians(evaluation)
    except FunctionError as error:
        raise error.__cause__ or error from None
    if delta is not None:
        numeric = [_plain_central(evaluation, n, delta) for n in evaluation.differentiated]
    kinds = [evaluation.primals[n].point.dtype for n in evaluation.differentiated]
    real = [np.float32 if k in (np.float32, np.complex64) else np.float64 for k in kinds]
    return (
        [matrix.astype(kind, copy=False) for matrix, kind in zip(analytic, real)],
        [matrix.astype(kind, copy=False) for matrix, kind in zip(numeric, real)],
    )


def _jacobians(evaluation: Evaluation) -> tuple[list[Matrix], list[Matrix]]:
    """Both Jacobians for each differentiated input: a glance's where that settles them.

    Raises:
        RuntimeError: the derivative raised.
    """
    glance = Glance.at(evaluation, evaluation)
    if glance is not None:
        shapes = [(evaluation.value.size, evaluation.primals[n].size) for n in glance.analytic]
        return (
            [blocks.dense(*shape) for blocks, shape in zip(glance.analytic.values(), shapes)],
            [blocks.dense(*shape) for blocks, shape in zip(glance.numeric.values(), shapes)],
        )
    evaluation.watch()
    analytic = analytic_jacobians(evaluation)
    for jacobian in analytic.values():
        if jacobian.error:
            raise RuntimeError(jacobian.error)
    numeric = [numeric_jacobian(evaluation, number).matrix for number in analytic]
    return [jacobian.matrix for jacobian in analytic.values()], numeric


def _plain_central(evaluation: Evaluation, number: int, delta: float) -> NDArray[np.float64]:
    point = to_real(evaluation.primals[number].point)
    columns = []
    for axis in np.eye(point.size):
        ahead = evaluation(number, point + delta * axis)
        columns.append((ahead - evaluation(number, point - delta * axis)) / (2 * delta))
    return np.asarray(np.array(columns).reshape(point.size, evaluation.value.size).T)
