"""Faults planted into one op, one at a time, while its cases are judged."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.evaluation import Evaluation
from opcheck.faults.injection import planted, recorded
from opcheck.faults.planting import Call, Fault, is_same
from opcheck.faults.records import Fate, Finding, Trial
from opcheck.faults.table import faults_of
from opcheck.jacobian.analytic import analytic_jacobians
from opcheck.jacobian.numeric import NumericJacobian, numeric_jacobian
from opcheck.known import KnownDefect, disagreement, fingerprint, matching
from opcheck.pipeline import verify
from opcheck.precision import Precision
from opcheck.targets import evaluate_case, resolve
from opcheck.verdict import Report

Array = NDArray[np.float64]
Memory = dict[tuple[str, int, bool], NumericJacobian]

# How far two Jacobians may differ, in units of their largest entry, and be the same.
ROUNDING_ULPS = 64


@dataclass
class Subject:
    """A case that calls an op's gradient function, and what it shows without a fault.

    Attributes:
        known: the recorded defect that the case has, if any.
        calls: the calls of the gradient function at the case's point, by op.
        matrices: the analytic Jacobians, along the allowed directions and along all axes.
        memory: the differences, which no fault changes.
    """

    case: Case
    evaluation: Evaluation
    report: Report
    known: KnownDefect | None
    calls: dict[str, list[Call]]
    matrices: list[tuple[Array, Array]]
    memory: Memory = field(default_factory=dict)

    @property
    def cost(self) -> tuple[bool, bool, int]:
        """What to sort by: sound cases first, then float64, then the smallest."""
        return (not self.report.passed, self.case.dtype != "float64", self.report.compared)

    @property
    def unit(self) -> float:
        """The unit round-off of the shortest dtype that the case's values pass through."""
        points = [self.evaluation.primals[n].point.dtype for n in self.evaluation.differentiated]
        outputs = [output.dtype for output in self.evaluation.outputs]
        return Precision.coarsest([*points, *outputs]).unit

    @property
    def is_traced(self) -> bool:
        """Whether gradients are taken in a graph, which keeps them once they are traced."""
        return any(call.is_symbolic for calls in self.calls.values() for call in calls)

    def fresh(self) -> Evaluation:
        """The evaluation, made anew where a graph would remember the gradient without a fault."""
        return _evaluated(self.case) if self.is_traced else self.evaluation

    def tells(self, report: Report) -> bool:
        """Whether a verdict shows that something is wrong that was not so before."""
        if self.known:
            return bool(disagreement(self.known, report))
        if self.report.passed:
            return not report.passed
        return (report.outcome, fingerprint(report)) != (
            self.report.outcome,
            fingerprint(self.report),
        )


def judge_ops(
    ops: Sequence[str],
    cases: Sequence[Case],
    defects: Sequence[KnownDefect],
    targets: Sequence[str],
    *,
    is_own: bool = True,
) -> Iterator[Finding]:
    """Plant every fault into each op, one at a time, and judge the cases until one of them tells.

    Args:
        is_own: the cases are there for these ops. If not, ops that no case runs are left out, and
            so are inputs that a function gives its ops and has no gradient by.
    """
    started = time.perf_counter()
    subjects = [subject(case, ops, defects) for case in cases]
    for name in ops:
        own = sorted((s for s in subjects if s.calls.get(name)), key=lambda s: s.cost)
        trials = tuple(_Op(name, own, is_own).trials()) if own else ()
        note = error = ""
        if not own and any(name in subject.calls for subject in subjects):
            note = "its gradient function raises without a fault"
        elif not own and all(subject.known for subject in subjects):
            names = sorted({subject.known.id for subject in subjects if subject.known})
            note = f"no case gets as far as its gradient function: {', '.join(names)}"
        elif not own:
            error = "no case calls its gradient function"
        seconds, started = time.perf_counter() - started, time.perf_counter()
        if own or is_own:
            yield Finding(name, tuple(targets), len(own), trials, note, error, seconds)


def subject(case: Case, ops: Sequence[str], defects: Sequence[KnownDefect]) -> Subject:
    """A case as it is without a fault."""
    evaluation = _evaluated(case)
    with recorded(ops) as calls:
        matrices = _matrices(evaluation)
    memory: Memory = {}
    report = _judged(case, evaluation, memory)
    known = matching(case, defects, tf.__version__)
    return Subject(case, evaluation, report, known, calls, matrices, memory)


@dataclass(frozen=True)
class _Op:
    """An op and the cases that call its gradient function, the cheapest first."""

    name: str
    subjects: Sequence[Subject]
    is_own: bool

    def trials(self) -> Iterator[Trial]:
        calls = [call for subject in self.subjects for call in subject.calls[self.name]]
        faults = faults_of(self.name, calls)
        for place in range(max(len(call.gradients) for call in calls)):
            if any(call.values(place) is not None for call in calls):
                input = _input_name(self.name, place, calls)
                for fault in faults:
                    fate, cases, told = self._fate(fault, place)
                    caught_by, reason = (told, "") if fate is Fate.CAUGHT else ("", told)
                    yield Trial(
                        fault.kind, fault.detail, fault.size, input, fate, cases, caught_by, reason
                    )

    def _fate(self, fault: Fault, place: int) -> tuple[Fate, int, str]:
        """What becomes of a fault, after how many cases, and the case that told or the reason."""
        able = [subject for subject in self.subjects if fault.is_visible(subject.unit)]
        if not able:
            return Fate.NOT_REACHED, 0, "no case has a dtype that shows so little"
        reached = [s for s in able if any(fault.reaches(c, place) for c in s.calls[self.name])]
        if not reached:
            return Fate.NOT_REACHED, 0, "no case has such inputs"
        changed = [s for s in reached if any(_changes(fault, c, place) for c in s.calls[self.name])]
        if not changed:
            return Fate.EQUIVALENT, 0, "every gradient that any case asks for is the same"
        was_called = False
        for count, subject in enumerate(changed, start=1):
            with planted(self.name, fault, place) as found:
                is_caught = _is_caught(subject)
            was_called |= bool(found.calls)
            if is_caught:
                return Fate.CAUGHT, count, subject.case.id
        if not was_called:
            return Fate.NOT_REACHED, 0, "its gradient was traced before, inside of a function"
        fate, reason = self._excuse(fault, place, changed)
        return fate, len(changed), reason

    def _excuse(self, fault: Fault, place: int, subjects: Sequence[Subject]) -> tuple[Fate, str]:
        """Why no verdict told of a fault: nothing that is judged has changed, or it was missed."""
        is_moved = False
        seen: list[Subject] = []
        for subject in subjects:
            with planted(self.name, fault, place):
                matrices = _matrices(subject.fresh())
            pairs = list(zip(matrices, subject.matrices))
            if not all(_is_close(now, then, subject.unit) for (now, _), (then, _) in pairs):
                seen.append(subject)
            is_moved |= not all(_is_close(now, then, subject.unit) for (_, now), (_, then) in pairs)
        if any(subject.report.passed for subject in seen):
            return Fate.SURVIVED, "a Jacobian changes, but no verdict"
        if seen:
            names = sorted({s.known.id if s.known else s.case.id for s in seen})
            return Fate.MASKED, f"what it changes is wrong already: {', '.join(names)}"
        if is_moved:
            return Fate.EQUIVALENT, "it lies outside of the directions in which the input may move"
        if not self.is_own or any(subject.is_traced for subject in subjects):
            return Fate.EQUIVALENT, "no Jacobian changes"
        return Fate.SURVIVED, "no Jacobian changes: no case differentiates this input there"


def _is_caught(subject: Subject) -> bool:
    """Whether the verdict tells of what is planted; an exception that it lets through does too."""
    try:
        return subject.tells(_judged(subject.case, subject.fresh(), subject.memory))
    except Exception:
        return True


def _changes(fault: Fault, call: Call, place: int) -> bool:
    """Whether the planted gradient differs; in a graph that shows only when it has run."""
    if not fault.reaches(call, place):
        return False
    if call.is_symbolic:
        return True
    try:
        return not is_same(fault.plant(call, place)[place], call.gradients[place])
    except Exception:
        # What cannot be computed or is no gradient at all is not the same.
        return True


def _is_close(matrix: Array, other: Array, unit: float) -> bool:
    size = np.max(np.abs(other), initial=0.0, where=np.isfinite(other))
    return bool(
        np.allclose(matrix, other, rtol=0, atol=ROUNDING_ULPS * unit * size, equal_nan=True)
    )


def _matrices(evaluation: Evaluation) -> list[tuple[Array, Array]]:
    """The Jacobian of each input along its allowed directions, and along every axis."""
    found = []
    for number, jacobian in analytic_jacobians(evaluation).items():
        directions = evaluation.primals[number].directions()
        full = jacobian.matrix
        found.append((full if directions is None else full @ directions.T, full))
    return found


def _evaluated(case: Case) -> Evaluation:
    """The case's evaluation; a target that is a `tf.function` is traced anew."""
    found: Any = resolve(case.target)
    if isinstance(found, tf.types.experimental.PolymorphicFunction):
        found = tf.function(found.python_function, autograph=False)
    return evaluate_case(case, found)


def _judged(case: Case, evaluation: Evaluation, memory: Memory) -> Report:
    """The verdict; nothing is differenced that has been differenced before."""

    def remembered(
        evaluation: Evaluation, number: int, doubted: NDArray[np.bool_] | None = None
    ) -> NumericJacobian:
        key = (_name(evaluation), number, doubted is not None)
        if key not in memory:
            # Faults bring other columns into doubt; all of them looked at once serve every fault.
            every = None if doubted is None else np.ones_like(doubted)
            memory[key] = numeric_jacobian(evaluation, number, every)
        return memory[key]

    return verify(evaluation, case.id, case.repeat, difference=remembered)


def _name(evaluation: Evaluation) -> str:
    """What tells functions of one case apart that the pipeline makes anew for each verdict.

    It makes them of the case's own: with ops replaced, or in double precision.
    """
    dtypes = [str(primal.point.dtype) for primal in evaluation.primals]
    return " ".join([getattr(evaluation.function, "__qualname__", ""), *dtypes])


def _input_name(op: str, place: int, calls: Sequence[Call]) -> str:
    """The input's name in the op's definition; with its position where an input is a list."""
    from tensorflow.python.framework import op_def_registry

    arguments = op_def_registry.get(op).input_arg
    if len(arguments) == max(len(call.gradients) for call in calls):
        return str(arguments[place].name)
    return f"input {place}"
