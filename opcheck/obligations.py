"""What every gradient owes, whatever its values: rules that need no derivative to be seen broken.

A gradient is linear in its cotangent, so that of zero is zero; it is of the input's dtype; it is
the same the next time; and taking it leaves the inputs as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.evaluation import NOISE_OF_THREADS, Evaluation
from opcheck.jacobian.analytic import Tape
from opcheck.jacobian.pullback import signed_weights
from opcheck.vectors import from_real, gradient_to_real, to_real

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Breach:
    """A rule that the gradient of one input breaks.

    Attributes:
        words: what is wrong, in a sentence.
        position: the coordinate of the input where it shows.
        found, owed: the two values there.
    """

    number: int
    words: str
    position: int
    found: float
    owed: float


def breach(evaluation: Evaluation) -> Breach | None:
    """The first rule that a gradient breaks, or None.

    Raises:
        Exception: whatever the derivative raises.
    """
    numbers = evaluation.differentiated
    arguments = evaluation.arguments()
    sources = [arguments[number] for number in numbers]
    tape = Tape(evaluation, list(zip(numbers, sources)))
    weights = signed_weights(evaluation.value.size, np.random.default_rng([evaluation.seed, 5]))

    def pulled(scale: float) -> list[Any]:
        parts = np.split(scale * weights, np.cumsum([o.size for o in evaluation.outputs])[:-1])
        cotangents = [
            tf.constant(from_real(part, output.shape, output.dtype))
            for part, output in zip(parts, evaluation.outputs)
        ]
        return tape.pulled(range(len(cotangents)), cotangents)

    first, second, nothing = pulled(1.0), pulled(1.0), pulled(0.0)
    for place, number in enumerate(numbers):
        # An input that moved is also why the second pass gives something else.
        found = _moved(evaluation, number, sources[place])
        found = found or _of_one(evaluation, number, first[place], second[place], nothing[place])
        if found is not None:
            return found
    return None


def _of_one(
    evaluation: Evaluation, number: int, first: Any, second: Any, nothing: Any
) -> Breach | None:
    if first is None or second is None or nothing is None:
        return None
    dtype = evaluation.primals[number].point.dtype
    if first.dtype.as_numpy_dtype != dtype.type:
        words = f"the gradient is {first.dtype.name}, the input {dtype.name}"
        return Breach(number, words, 0, np.nan, np.nan)
    left = gradient_to_real(nothing)
    if np.any(left != 0):
        words = "the gradient of a cotangent that is all zeros is not zero"
        return _at(number, words, left != 0, left, np.zeros_like(left))
    values, again = gradient_to_real(first), gradient_to_real(second)
    # Sums that threads share come out in another order each time.
    size = NOISE_OF_THREADS * np.max(np.abs(values), initial=0.0, where=np.isfinite(values))
    is_other = ~(np.isclose(values, again, rtol=0.0, atol=size) | np.isnan(values))
    if is_other.any():
        return _at(number, "two backward passes give different gradients", is_other, values, again)
    return None


def _moved(evaluation: Evaluation, number: int, source: Any) -> Breach | None:
    point = evaluation.primals[number].point
    if evaluation.primals[number].variable is not None:
        return None  # What a call assigns to is put back.
    now, before = to_real(source.numpy()), to_real(point)
    is_other = ~((now == before) | np.isnan(before))
    if is_other.any():
        return _at(number, "taking the gradient changes the input itself", is_other, now, before)
    return None


def _at(number: int, words: str, where: NDArray[np.bool_], found: Array, owed: Array) -> Breach:
    position = int(np.argmax(where))
    return Breach(number, words, position, float(found[position]), float(owed[position]))
