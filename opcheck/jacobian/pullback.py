"""cotangentᵀ J for any cotangent, by TensorFlow's reverse mode over one call of the function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.evaluation import Evaluation
from opcheck.jacobian.analytic import Tape, misfit
from opcheck.vectors import from_real, gradient_to_real

Array = NDArray[np.float64]


class MisshapenError(Exception):
    """The gradient of an input has another shape than the input."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(words)
        self.number = number


class Pullback:
    """cotangentᵀ J for every differentiated input, by one tape over the function."""

    def __init__(self, evaluation: Evaluation, is_fresh: bool = False) -> None:
        """
        Args:
            is_fresh: whether to run the function anew for each cotangent.
        """
        arguments = evaluation.arguments()
        self._evaluation = evaluation
        sources = [(number, arguments[number]) for number in evaluation.differentiated]
        self._tape = Tape(evaluation, sources, is_fresh)

    def __call__(self, cotangent: Array) -> dict[int, Array]:
        """By the number of each input; zeros where the tape returns None.

        Raises:
            MisshapenError: a gradient has another shape than its input.
            Exception: whatever the derivative raises.
        """
        places, parts, start = [], [], 0
        for place, output in enumerate(self._evaluation.outputs):
            part = cotangent[start : start + output.size]
            start += output.size
            # An output that is not weighed is left out, as whoever differentiates another one does.
            if part.any():
                places.append(place)
                parts.append(tf.constant(from_real(part, output.shape, output.dtype)))
        found = {}
        gradients = self._tape.pulled(places, parts)
        for number, gradient in zip(self._evaluation.differentiated, gradients):
            primal = self._evaluation.primals[number]
            if gradient is None:
                found[number] = np.zeros(primal.size)
                continue
            words = misfit(gradient, primal.point.shape)
            if words:
                raise MisshapenError(number, words)
            found[number] = gradient_to_real(gradient)
        return found
