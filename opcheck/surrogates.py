"""Ops whose documented gradient is not their literal derivative, and what it is the derivative of.

Each is replaced by a function of which the documented gradient is the literal derivative. Whether
a function runs such an op is seen by watching its ops, not by its name; whether its gradient is
the documented one is decided by differences of the function with the ops replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.evaluation import Evaluation
from opcheck.gradients import none_stopped
from opcheck.watching import runs_eagerly, watched

Array = NDArray[np.float64]

# By how many units of rounding two ways of taking one derivative may differ.
ROUNDINGS = 64


@dataclass(frozen=True)
class Surrogate:
    """One documented gradient.

    Attributes:
        words: what the documentation says, to follow the name of the op.
        function: inputs and attributes of the op to the outputs whose derivative it is.
    """

    words: str
    function: Callable[[Sequence[Any], dict[str, Any]], Any] = field(compare=False)


def _clip(x: Any, lowest: Any, highest: Any, low: Any, high: Any) -> Any:
    """x from `lowest` to `highest`, and the ends low and high, not x, outside."""
    return tf.where(x < lowest, low + 0 * x, tf.where(x > highest, high + 0 * x, x))


def _fake_quant(inputs: Sequence[Any], attributes: dict[str, Any]) -> Any:
    """Straight through in the range that the grid covers once zero is on it; its ends outside.

    The range is nudged as the kernel does it: min and max move so that zero is a grid point.
    """
    x, *ends = inputs
    low, high = ends or (attributes.get("min", -6.0), attributes.get("max", 6.0))
    first = 1.0 if attributes.get("narrow_range") else 0.0
    last = 2.0 ** attributes.get("num_bits", 8) - 1.0
    scale = (high - low) / (last - first)
    zero = tf.clip_by_value(tf.round(first - low / scale), first, last)
    return _clip(x, (first - zero) * scale, (last - zero) * scale, low, high)


def _quantize_v4(inputs: Sequence[Any], attributes: dict[str, Any]) -> Any:
    x, low, high = inputs[:3]
    if not attributes.get("range_given"):
        return tf.identity(x)  # The range is that of the input, so nothing lies outside.
    axis = attributes.get("axis", -1)
    if axis >= 0:
        shape = [-1 if place == axis else 1 for place in range(len(x.shape))]
        low, high = tf.reshape(low, shape), tf.reshape(high, shape)
    return _clip(x, low, high, low, high)


def _symmetric(inputs: Sequence[Any], _: dict[str, Any]) -> Any:
    return tf.linalg.cholesky((inputs[0] + tf.linalg.adjoint(inputs[0])) / 2)


_THROUGH = "passes the gradient straight through inside of its range"

SURROGATES = {
    "FakeQuantWithMinMaxArgs": Surrogate(_THROUGH, _fake_quant),
    "FakeQuantWithMinMaxVars": Surrogate(_THROUGH, _fake_quant),
    "FakeQuantWithMinMaxVarsPerChannel": Surrogate(_THROUGH, _fake_quant),
    "QuantizeAndDequantize": Surrogate(
        "passes the gradient straight through", lambda inputs, _: tf.identity(inputs[0])
    ),
    "QuantizeAndDequantizeV2": Surrogate(
        "passes the gradient straight through", lambda inputs, _: tf.identity(inputs[0])
    ),
    "QuantizeAndDequantizeV3": Surrogate(
        "passes the gradient straight through", lambda inputs, _: tf.identity(inputs[0])
    ),
    "QuantizeAndDequantizeV4": Surrogate(_THROUGH, _quantize_v4),
    "Cholesky": Surrogate("shares the gradient between the two mirrored entries", _symmetric),
}

# A stopped gradient is that of a constant: the value that the op has at the point.
STOPPED = "StopGradient"
STOPPED_WORDS = "holds its input constant"


@contextmanager
def passed_on() -> Iterator[None]:
    """Meanwhile no gradient is stopped, inside of `tf.function` neither."""
    was_eager = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        with none_stopped():
            yield
    finally:
        tf.config.run_functions_eagerly(was_eager)


def is_moved(derivative: Array, other: Array, unit: float) -> bool:
    """Whether two ways of taking a derivative differ by more than the unit of rounding explains."""
    largest = float(np.max(np.abs(derivative), initial=0.0, where=np.isfinite(derivative)))
    far = ROUNDINGS * unit
    return not np.allclose(other, derivative, rtol=far, atol=far * largest, equal_nan=True)


@dataclass
class _Watch:
    """Replaces ops as they run.

    What an op gives at the point is right as it is; only how it changes from there is replaced.
    So the first run, at the point, notes the output and the replacement's for each call, and later
    runs, with the same calls in the same order, add the replacement's change to the output.
    """

    first: _Watch | None = None
    names: set[str] = field(default_factory=set)
    at_point: list[tuple[Any, Any]] = field(default_factory=list)
    is_inside: bool = False

    def __call__(
        self,
        op_type: Any,
        inputs: Sequence[Any],
        attrs: Sequence[Any],
        outputs: Sequence[Any],
        op_name: Any = None,
        graph: Any = None,
    ) -> Sequence[Any] | None:
        name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
        if self.is_inside or not (name == STOPPED or name in SURROGATES):
            return None
        self.names.add(name)
        # The replacement's own ops are not to be replaced.
        self.is_inside = True
        try:
            found = self._changed(name, inputs, dict(zip(attrs[::2], attrs[1::2])), outputs[0])
        finally:
            self.is_inside = False
        if isinstance(outputs, list):
            # An eager op gives this very list on, and does not look at what comes back.
            outputs[0] = found
        return [found]

    def _changed(
        self, name: str, inputs: Sequence[Any], attributes: dict[str, Any], output: Any
    ) -> Any:
        is_stopped = name == STOPPED
        replaced = 0 if is_stopped else SURROGATES[name].function(inputs, attributes)
        self.at_point.append((output, replaced))
        if self.first is None:
            return output
        if len(self.at_point) > len(self.first.at_point):
            raise ArithmeticError("another number of calls than at the point")
        value, reference = self.first.at_point[len(self.at_point) - 1]
        return value if is_stopped else value + (replaced - reference)


def documented(
    evaluation: Evaluation, is_moved_by_stops: Callable[[], bool] = lambda: True
) -> tuple[Evaluation | None, str]:
    """The function with its surrogate ops replaced, and what is documented of them, in words.

    Args:
        is_moved_by_stops: whether the derivative is another where no gradient is stopped. It is
            asked of a function that only stops gradients: if not, that is documented of nothing.
            (A sum of exponentials stops that of its largest term, by which it divides.)

    Returns None and "" where the function runs none of these ops, or runs in graphs alone, where
    they cannot be seen.
    """
    first = _Watch()
    is_seen = runs_eagerly(lambda: evaluation.judged(evaluation.arguments()), first)
    if not (is_seen and first.names) or (first.names == {STOPPED} and not is_moved_by_stops()):
        return None, ""

    def changed(*passed: Any) -> Any:
        with watched(_Watch(first)):
            return evaluation.run(passed)

    names = [output.name for output in evaluation.outputs]
    words = [
        f"{name} {SURROGATES[name].words if name in SURROGATES else STOPPED_WORDS}"
        for name in sorted(first.names)
    ]
    return evaluation.of_another(changed, names=names), f"{'; '.join(words)}, as documented"
