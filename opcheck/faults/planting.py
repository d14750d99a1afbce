"""A call of a gradient function, and a way for what it returns to be wrong.

A fault is in the gradient of one input of an op; everything else stays right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from opcheck.backend import tf
from opcheck.precision import Precision
from opcheck.vectors import is_differentiable

# How many units of the largest entry two gradients may differ by and be the same but for rounding.
ROUNDING_ULPS = 8

# A fault shows in a dtype whose unit it exceeds this many times; function values tell no less.
VISIBLE = 1e3


@dataclass(frozen=True)
class Call:
    """One call of the gradient function of an op.

    Attributes:
        op: what the function was given: the op itself in a graph, a stand-in for it eagerly.
        cotangents: the gradients of the op's outputs.
        gradients: what came back, one an input.
        right: the function itself.
    """

    op: Any
    cotangents: tuple[Any, ...]
    gradients: tuple[Any, ...]
    right: Callable[..., Any]

    @classmethod
    def of(cls, right: Callable[..., Any], op: Any, cotangents: Sequence[Any]) -> Call:
        """Call the function and keep all of it."""
        return cls(op, tuple(cotangents), as_tuple(right(op, *cotangents)), right)

    @property
    def is_symbolic(self) -> bool:
        """Whether the gradients are tensors of a graph, which have no values yet."""
        return any(is_symbolic(gradient) for gradient in self.gradients)

    def values(self, place: int) -> Any:
        """The entries of an input's gradient, or None where it is None or holds no numbers."""
        gradient: Any = self.gradients[place] if place < len(self.gradients) else None
        values: Any = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
        return values if tf.is_tensor(values) and is_differentiable(values.dtype) else None

    def shape(self, place: int) -> tuple[int, ...] | None:
        """The shape of an input's gradient, or None where it has none or is not known."""
        return shape_of(self.values(place))

    def input(self, place: int) -> Any:
        """The op's input where the tape has kept it and it is as large as its gradient."""
        inputs = self.op.inputs
        found: Any = inputs[place] if inputs is not None and place < len(inputs) else None
        is_alike = tf.is_tensor(found) and shape_of(found) == self.shape(place)
        return found if is_alike and is_differentiable(found.dtype) else None

    def attribute(self, name: str) -> Any:
        """The value of an attribute as plain data, or None where the op does not tell."""
        try:
            value = self.op.get_attr(name)
        except (KeyError, ValueError):
            return None
        return value.decode() if isinstance(value, bytes) else value

    def again(self, cotangents: Sequence[Any], place: int) -> Any:
        """The right gradient of one input for other cotangents."""
        return as_tuple(self.right(self.op, *cotangents))[place]


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    Attributes:
        kind: what is wrong, in words.
        size: how large the error is, relative to the gradient.
        applies: whether it does anything to an input's gradient in a call.
        change: the wrong gradient of that input.
        detail: for which attribute, dtype or output, where the kind leaves that open.
    """

    kind: str
    size: float
    applies: Callable[[Call, int], bool]
    change: Callable[[Call, int], Any]
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})" if self.detail else self.kind

    def plant(self, call: Call, place: int) -> tuple[Any, ...]:
        """The gradients of a call with that of one input made wrong."""
        gradients = list(call.gradients)
        if call.values(place) is not None and self.applies(call, place):
            gradients[place] = self.change(call, place)
        return tuple(gradients)

    def reaches(self, call: Call, place: int) -> bool:
        """Whether the call is one that the fault is about."""
        return call.values(place) is not None and self.applies(call, place)

    def is_visible(self, unit: float) -> bool:
        """Whether function values with this unit round-off can tell an error of this size."""
        return self.size >= VISIBLE * unit


def as_tuple(gradients: Any) -> tuple[Any, ...]:
    """What a gradient function returned, as one entry an input."""
    return tuple(gradients) if isinstance(gradients, (list, tuple)) else (gradients,)


def is_same(gradient: Any, other: Any) -> bool:
    """Whether two gradients are equal but for rounding; None is the same as zero everywhere."""
    if gradient is other:
        return True
    first, second = (
        None if g is None else tf.convert_to_tensor(g).numpy() for g in (gradient, other)
    )
    if first is None or second is None:
        there = second if first is None else first
        return there is None or not np.any(there)
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if not first.size:
        return True
    allowed = ROUNDING_ULPS * Precision.of(first.dtype).unit * _largest(first)
    with np.errstate(invalid="ignore"):
        apart = np.abs(first.astype(_wide(first)) - second.astype(_wide(second)))
    is_equal = (apart <= allowed) | (first == second) | (np.isnan(first) & np.isnan(second))
    return bool(np.all(is_equal))


def _largest(array: Any) -> float:
    sizes = np.abs(array.astype(_wide(array)))
    return float(np.max(sizes, initial=0.0, where=np.isfinite(sizes)))


def _wide(array: Any) -> type:
    return np.complex128 if array.dtype.kind == "c" else np.float64


def is_symbolic(gradient: Any) -> bool:
    values = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
    return tf.is_tensor(values) and not hasattr(values, "numpy")


def shape_of(tensor: Any) -> tuple[int, ...] | None:
    if tensor is None or tensor.shape.rank is None or None in tensor.shape.as_list():
        return None
    return tuple(tensor.shape.as_list())


def is_number(tensor: Any) -> bool:
    return tf.is_tensor(tensor) and is_differentiable(tensor.dtype)
