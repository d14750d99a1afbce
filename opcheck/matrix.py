"""From a case to its report: its function at its point, or a cell of the agreement matrix.

The matrix holds another mode, or the next order, against what reverse mode gives at the same point,
once that is found to be right.
"""

from __future__ import annotations

import re
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from opcheck.agreement import agrees
from opcheck.cases import AGREEMENT, Case
from opcheck.casts import casts_to_shorter
from opcheck.errors import InapplicableError
from opcheck.evaluation import Evaluation, FunctionError, keep
from opcheck.jacobian.modes import forget_forward_rules
from opcheck.jacobian.structure import Blocks, analytic_blocks
from opcheck.modes import COMPILED
from opcheck.outcome import Outcome
from opcheck.pipeline import SHORT, SINGLE, by_method, glimpsed, require_probeable, verified, verify
from opcheck.precision import Precision
from opcheck.targets import evaluate_case, resolve
from opcheck.transforms import compiled, gradient_of, weighed, widened
from opcheck.verdict import Report

# What TensorFlow calls the graphs of a process, which another run calls otherwise.
_NUMBERED = re.compile(r"(graph )?__inference_\w+(\[[^\]]*\])?")

# How often a compiled function is called again to see whether it is the same one.
CALLS = 4

# Up to so many inputs, all together, every entry of a second derivative is differenced.
FEW = 8


@dataclass(frozen=True)
class _Reverse:
    """What reverse mode gives of one order, and the verdict on it.

    Attributes:
        evaluation: the function itself, whatever the order.
        blocks: the derivative by the number of each input; None where there is none to hold
            another against.
    """

    evaluation: Evaluation
    report: Report
    blocks: Mapping[int, Blocks] | None

    @classmethod
    def of(cls, evaluation: Evaluation, report: Report) -> _Reverse:
        try:
            last = gradient_of(evaluation, report.order - 1, is_differenced=False)
            found = analytic_blocks(last)
        except Exception:
            return cls(evaluation, report, None)
        return cls(evaluation, report, found)

    def beside(self, mode: str) -> Report:
        """The verdict on another mode.

        Raises:
            InapplicableError: the function cannot be compiled for the mode, or is another then.
        """
        order = self.report.order
        if self.blocks and agrees(self.evaluation, self.blocks, mode, order):
            # What is the same but for rounding is as right as it is.
            return replace(self.report, mode=mode)
        if mode in COMPILED:
            _require_compiled(self.evaluation, mode)
        report = self.report
        return verified(self.evaluation, report.subject, report.repeat, mode, order)


# Reverse mode at the points of the last cases: the cells of a row come one after the other.
_REVERSE: dict[Hashable, _Reverse] = {}


def check_case(case: Case, mode: str = "reverse", order: int = 1, method: str = "dense") -> Report:
    """Judge one case of the registry.

    Args:
        mode, order: how to look at the function at the case's point. A case of the agreement
            matrix says so itself, and is looked at so where these are the defaults.

    Raises:
        InapplicableError: the check says nothing about the case.
        UsageError: the method cannot be had in this mode or order.
        RecipeError: this TensorFlow lacks the target, or rejects the row's inputs.
    """
    started = time.perf_counter()
    require_probeable(method, mode, order)
    if case.check in AGREEMENT and (mode, order) == ("reverse", 1):
        report = _cell(case).named(case.id, case.repeat)
    else:
        evaluation = evaluate_case(case, is_watched=False)
        # At special points one-hot cotangents, zero elsewhere, have shown what a zero one would.
        owes = case.check == "jacobian"
        report = by_method(evaluation, case.id, case.repeat, mode, order, method, owes)
    return replace(report, seconds=time.perf_counter() - started)


def _cell(case: Case) -> Report:
    reverse = _reverse(case)
    if not reverse.report.passed:
        raise InapplicableError(
            f"reverse mode itself is {reverse.report.outcome} at this point, as the check "
            "jacobian or precision says: nothing follows from another mode's agreement"
        )
    if case.check not in ("graph", "xla") and getattr(resolve(case.target), "is_bridge", False):
        raise InapplicableError(
            "its values and gradients go by hand from one graph to another, so its gradient has no "
            "derivative, no rule in forward mode, and the shapes of one trace"
        )
    if case.check == "second_order":
        return _second_order(reverse)
    return reverse.beside(case.check)


def _reverse(case: Case) -> _Reverse:
    """Reverse mode at the point of a case, from its last cell if there was one."""
    if anew := getattr(resolve(case.target), "anew", None):
        forget_forward_rules()
        # What one mode adds to a trace must not reach the next.
        evaluation = evaluate_case(case, anew(), is_watched=False)
        return _Reverse.of(evaluation, verify(evaluation, case.id, case.repeat))
    key = (case.function, case.sample.id, case.seed)
    found = _REVERSE.get(key)
    if found is None:
        forget_forward_rules()
        evaluation = evaluate_case(case, is_watched=False)
        found = _Reverse.of(evaluation, verify(evaluation, case.id, case.repeat))
    else:
        found.evaluation.settle()
    keep(_REVERSE, key, found)
    return found


def _second_order(reverse: _Reverse) -> Report:
    """The worse of reverse over reverse and forward over reverse."""
    casts = casts_to_shorter(reverse.evaluation)
    if shorter := [dtype for dtype in casts if Precision.of(dtype).unit > SHORT]:
        raise InapplicableError(
            f"the function rounds to {shorter[0].name} on its way, so differences of its gradient "
            "tell nothing of the next"
        )
    evaluation = weighed(reverse.evaluation)
    subject, repeat = reverse.report.subject, reverse.report.repeat
    size = sum(evaluation.primals[number].size for number in evaluation.differentiated)
    # Each entry takes several gradients, and of many entries the probes tell as much.
    second = glimpsed(evaluation, subject, repeat, 2) if size > FEW else None
    second = second or verified(evaluation, subject, repeat, "reverse", 2)
    if second.outcome is Outcome.INCONCLUSIVE and _is_single(evaluation):
        bound = max(part.worst.bound for part in second.parts if part.worst)
        raise InapplicableError(
            "TensorFlow computes it in single precision alone, and the differences of its gradient "
            f"are known to {bound:.0e} only, which decides nothing"
        )
    if not second.passed:
        return second
    return _Reverse.of(evaluation, second).beside("forward_over_reverse")


def _is_single(evaluation: Evaluation) -> bool:
    """Whether the gradient is to be had in no more than single precision."""
    seen = widened(gradient_of(evaluation)) or evaluation
    return Precision.coarsest(output.dtype for output in seen.outputs).unit > SINGLE


def _is_same(found: Evaluation, evaluation: Evaluation) -> bool:
    """Whether each of a few calls gives what the function as it is gives.

    Other random numbers can be the same once: a shuffle of two comes out so every other time.
    """
    try:
        calls = [found.flat(found.judged(found.arguments())) for _ in range(CALLS)]
    except Exception:  # It ran once, and what runs so is another function.
        return False
    values = (found.value, *calls)
    return all(v.shape == found.value.shape and evaluation.is_same(v) for v in values)


def _require_compiled(evaluation: Evaluation, mode: str) -> None:
    """The function itself must run in the mode, and be the same there.

    Raises:
        InapplicableError: it raises, or gives something else.
    """
    how = {"xla": "by XLA", "graph": "in a graph"}.get(mode, "in a graph of unknown shapes")
    if not evaluation.is_for_graphs:
        raise InapplicableError(
            "sizes in short integers, which its kernel takes, end the process where a graph is "
            "made: its shape function reads 64 bits of each"
        )
    try:
        found = compiled(evaluation, mode)
    except FunctionError as error:
        reason = _NUMBERED.sub("it", str(error).strip().splitlines()[0])
        raise InapplicableError(f"the function itself does not run {how}: {reason}") from None
    shapes = [[output.shape for output in each.outputs] for each in (found, evaluation)]
    if shapes[0] != shapes[1] or not _is_same(found, evaluation):
        raise InapplicableError(
            f"the function itself is another {how}: it draws other random numbers, say, or "
            "approximates in another way"
        )
