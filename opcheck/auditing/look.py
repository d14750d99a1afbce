"""A layer or function at one point, in training or in inference, and what differences say of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from opcheck.auditing.building import layer_evaluation
from opcheck.auditing.records import Check
from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.draws import is_drawn
from opcheck.errors import OpcheckError
from opcheck.evaluation import Evaluation, FunctionError
from opcheck.jacobian.numeric import NumericJacobian, numeric_jacobian
from opcheck.outcome import Outcome
from opcheck.pipeline import verify
from opcheck.targets import Drawing
from opcheck.vectors import is_differentiable

# Every number of it is one of float16 and of float32 too.
SHORTEST = tf.bfloat16.as_numpy_dtype


class Remembered:
    """Numeric Jacobians, each taken once: several modes are judged by the same differences."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, bytes | None], tuple[Evaluation, NumericJacobian]] = {}

    def __call__(self, evaluation: Evaluation, number: int, doubted: Any = None) -> NumericJacobian:
        key = (id(evaluation), number, None if doubted is None else doubted.tobytes())
        if key not in self._found:
            # The evaluation is kept too, so that its id is no other's.
            self._found[key] = evaluation, numeric_jacobian(evaluation, number, doubted)
        return self._found[key][1]


@dataclass
class Look:
    """What the checks of one point share.

    Attributes:
        suffix: what sets the names of checks in training apart.
        layer: whose variables the evaluation's primals are, or None for a function.
    """

    suffix: str
    evaluation: Evaluation
    case: Case
    layer: Any = None
    seen: Remembered = field(default_factory=Remembered)
    _rounded: Evaluation | None = None

    def checked(self, name: str, evaluation: Evaluation | None = None, **options: Any) -> Check:
        """A check of the gradient here, or of the same in another precision."""
        evaluation = evaluation or self.evaluation
        return checked(name, evaluation, self.case.target, self.seen, **options)

    def rounded(self) -> Evaluation:
        """The layer, and its variables, where all numbers are those of a short dtype."""
        if self._rounded is None:
            points = [
                replace(primal, point=primal.point.astype(SHORTEST).astype(primal.point.dtype))
                if is_differentiable(primal.point.dtype)
                else primal
                for primal in self.evaluation.primals
            ]
            self._rounded = layer_evaluation(self.case, self.layer, Drawing(self.case), points)
        return placed(self._rounded)


def checked(
    name: str, evaluation: Evaluation, subject: str, seen: Remembered, **options: Any
) -> Check:
    """The check of a gradient, which is undecided where it cannot be made."""
    try:
        return Check.of(name, verify(evaluation, subject, "", difference=seen, **options))
    except OpcheckError as error:
        return Check(name, Outcome.INCONCLUSIVE, words=str(error))


def placed(evaluation: Evaluation) -> Evaluation:
    """The evaluation, with its variables at its point."""
    for primal in evaluation.primals:
        if primal.variable is not None:
            primal.variable.assign(primal.point)
    return evaluation


def draws_numbers(evaluation: Evaluation) -> bool:
    """Whether a call draws random numbers: another compiler or dtype makes others of a seed."""
    return is_drawn(lambda: evaluation.judged(evaluation.arguments()))


def slopes_of(evaluation: Evaluation) -> list[Any]:
    """The gradient of the sum of the outputs by all that is differentiated, as the tape has it."""
    arguments = evaluation.arguments()
    sources = [arguments[number] for number in evaluation.differentiated]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for source in sources:
            tape.watch(source)
        outputs = evaluation.judged(arguments)
    return list(tape.gradient(outputs, sources))


def has_finite_slopes(evaluation: Evaluation) -> bool:
    """Whether the sum of the outputs has finite slopes by all that is differentiated, or none."""
    slopes = [tf.convert_to_tensor(slope) for slope in slopes_of(evaluation) if slope is not None]
    return all(bool(np.isfinite(np.asarray(slope)).all()) for slope in slopes)


def first_line(error: Exception) -> str:
    """What an error says first, and its type unless that is said already."""
    line = (str(error).strip().splitlines() or [""])[0]
    is_told = isinstance(error, (FunctionError, OpcheckError))
    return line if is_told else f"{type(error).__name__}: {line}"
