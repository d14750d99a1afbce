"""cotangentᵀ J for any cotangent, by TensorFlow's reverse mode over one call of the function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.evaluation import CALL, OP, TRACING, TRACING_OP, Evaluation
from opcheck.jacobian.analytic import Tape, misfit
from opcheck.loops import Map, from_real_tensor, to_real_tensor
from opcheck.precision import Precision
from opcheck.vectors import from_real, gradient_to_real
from opcheck.watching import counted_ops

Array = NDArray[np.float64]

# In units of rounding, how far passes that must be the same may be apart.
ROUNDINGS = 64


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

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Those of the outputs that the tape recorded."""
        return [tuple(tensor.shape) for tensor in self._tape.tensors]

    @property
    def value(self) -> Array:
        """The outputs that the tape recorded, flat."""
        return Evaluation.flat(self._tape.tensors)

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

    def many(self, cotangents: Array) -> dict[int, Array]:
        """The same for many cotangents, one a row.

        Where that pays, the gradient is traced once and run for all of them, if a random sum of
        them all is the same as the tape gives it.

        Raises:
            MisshapenError, Exception: as above.
        """
        is_single = len(self._evaluation.outputs) == 1 and not self._tape.is_fresh
        if is_single and len(cotangents) > TRACING_OP / OP:
            with counted_ops() as ops:
                self(cotangents[0])
            if len(cotangents) * (CALL + OP * len(ops)) > TRACING + TRACING_OP * len(ops):
                mapped = self._mapped(cotangents)
                if mapped is not None:
                    return mapped
        pulled = [self(cotangent) for cotangent in cotangents]
        return {n: np.stack([row[n] for row in pulled]) for n in pulled[0]}

    def _mapped(self, cotangents: Array) -> dict[int, Array] | None:
        """The passes by one trace, or None where that cannot be had or gives something else."""
        evaluation = self._evaluation
        [output] = evaluation.outputs
        sizes = [evaluation.primals[number].size for number in evaluation.differentiated]

        def pull(row: Any) -> Any:
            cotangent = from_real_tensor(row, output.shape, output.dtype)
            gradients = self._tape.pulled([0], [cotangent])
            flat = [
                tf.zeros([size], tf.float64) if gradient is None else to_real_tensor(gradient)
                for gradient, size in zip(gradients, sizes)
            ]
            return tf.concat(flat, 0)

        try:
            rows = Map(pull, cotangents.shape[1])(cotangents)
        except Exception:  # Whatever a gradient for eager tensors does with others.
            return None
        pulled = np.split(rows, np.cumsum(sizes)[:-1], axis=1)
        found = dict(zip(evaluation.differentiated, pulled))
        return found if self._repeats(cotangents, found) else None

    def _repeats(self, cotangents: Array, found: dict[int, Array]) -> bool:
        """Whether a random sum of passes is what the tape gives for that sum of cotangents."""
        generator = np.random.default_rng([self._evaluation.seed, 2])
        weights = signed_weights(len(cotangents), generator)
        wanted = self(weights @ cotangents)
        unit = unit_of(self._evaluation)
        return all(
            np.all(
                np.abs(wanted[number] - weights @ rows)
                <= ROUNDINGS * unit * (np.abs(weights) @ np.abs(rows))
            )
            for number, rows in found.items()
        )


def signed_weights(count: int, generator: np.random.Generator) -> Array:
    """Random numbers of a half to one, with random signs, that the shortest dtype holds."""
    signs = np.where(generator.random(count) < 0.5, -1.0, 1.0)
    return np.asarray(signs * generator.integers(64, 128, count) / 128)


def unit_of(evaluation: Evaluation) -> float:
    """The unit of rounding of the coarsest dtype that the derivative is computed in."""
    dtypes: Sequence[Any] = [
        *(evaluation.primals[number].point.dtype for number in evaluation.differentiated),
        *(output.dtype for output in evaluation.outputs),
    ]
    return Precision.coarsest(dtypes).unit
