"""Ways for a gradient function to be wrong, each made from what a right one returns.

A fault is in the gradient of one input of an op; everything else stays right. What it does is
written with TensorFlow's ops alone, so that it can be planted into a graph as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from opcheck.backend import tf
from opcheck.precision import Precision
from opcheck.vectors import is_differentiable

# How many units of the largest entry two gradients may differ by and be the same but for rounding.
ROUNDING_ULPS = 8

# Types of attributes whose values change what an op does, and attributes that only name things.
VALUES = ("bool", "int", "float", "string", "list(int)", "list(float)", "list(string)")
NAMES = ("container", "message", "shared_name", "token")

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
        return any(_is_symbolic(gradient) for gradient in self.gradients)

    def values(self, place: int) -> Any:
        """The entries of an input's gradient, or None where it is None or holds no numbers."""
        gradient: Any = self.gradients[place] if place < len(self.gradients) else None
        values: Any = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
        return values if tf.is_tensor(values) and is_differentiable(values.dtype) else None

    def shape(self, place: int) -> tuple[int, ...] | None:
        """The shape of an input's gradient, or None where it has none or is not known."""
        return _shape(self.values(place))

    def input(self, place: int) -> Any:
        """The op's input where the tape has kept it and it is as large as its gradient."""
        inputs = self.op.inputs
        found: Any = inputs[place] if inputs is not None and place < len(inputs) else None
        is_alike = tf.is_tensor(found) and _shape(found) == self.shape(place)
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


def _is_symbolic(gradient: Any) -> bool:
    values = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
    return tf.is_tensor(values) and not hasattr(values, "numpy")


def _shape(tensor: Any) -> tuple[int, ...] | None:
    if tensor is None or tensor.shape.rank is None or None in tensor.shape.as_list():
        return None
    return tuple(tensor.shape.as_list())


# ---------------------------------------------------------------------------------------------
# Where a fault applies


def _always(call: Call, place: int) -> bool:
    return True


def _where_shape(test: Callable[[tuple[int, ...]], bool]) -> Callable[[Call, int], bool]:
    def applies(call: Call, place: int) -> bool:
        shape = call.shape(place)
        return shape is not None and test(shape)

    return applies


def _is_complex(call: Call, place: int) -> bool:
    return bool(call.values(place).dtype.is_complex)


def _where_input(test: Callable[[Any], Any]) -> Callable[[Call, int], bool]:
    """Where an entry of the input passes a test; a graph does not know, so there it may."""

    def applies(call: Call, place: int) -> bool:
        given = call.input(place)
        if given is None:
            return False
        return _is_symbolic(given) or bool(tf.reduce_any(test(given)))

    return applies


def _has_empty(call: Call, place: int) -> bool:
    shapes = [call.shape(place), *map(_shape, filter(tf.is_tensor, call.cotangents))]
    return any(shape is not None and 0 in shape for shape in shapes)


def _partners(call: Call, place: int) -> Iterator[Any]:
    """The gradients of other inputs, the next first, that could be taken for this one's."""
    shape, dtype = call.shape(place), call.values(place).dtype
    for step in range(1, len(call.gradients)):
        other = (place + step) % len(call.gradients)
        values = call.values(other)
        if values is not None and shape == call.shape(other) and values.dtype == dtype:
            yield call.gradients[other]


def _broadcast_axes(shape: tuple[int, ...], cotangent: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of a cotangent over which the gradient of a broadcast input is a sum."""
    missing = len(cotangent) - len(shape)
    if missing < 0:
        return ()
    padded = (1,) * missing + shape
    if any(own not in (1, full) for own, full in zip(padded, cotangent)):
        return ()
    return tuple(axis for axis, (own, full) in enumerate(zip(padded, cotangent)) if own < full)


def _cotangent_axes(call: Call, place: int) -> list[tuple[int, ...]]:
    shape = call.shape(place)
    found = []
    for cotangent in call.cotangents:
        full = _shape(cotangent) if _is_number(cotangent) else None
        found.append(() if shape is None or full is None else _broadcast_axes(shape, full))
    return found


def _is_number(tensor: Any) -> bool:
    return tf.is_tensor(tensor) and is_differentiable(tensor.dtype)


# ---------------------------------------------------------------------------------------------
# What a fault does


def _entries(change: Callable[[Any], Any]) -> Callable[[Call, int], Any]:
    """A change of the gradient's entries, in a `tf.IndexedSlices` those that it holds."""

    def changed(call: Call, place: int) -> Any:
        gradient = call.gradients[place]
        if isinstance(gradient, tf.IndexedSlices):
            return tf.IndexedSlices(change(gradient.values), gradient.indices, gradient.dense_shape)
        return change(gradient)

    return changed


def _scaled(factor: float) -> Callable[[Call, int], Any]:
    return _entries(lambda g: g * tf.constant(factor, g.dtype))


def _entry_off(is_last: bool) -> Callable[[Call, int], Any]:
    def change(g: Any) -> Any:
        size = tf.size(g)
        mark = tf.one_hot(size - 1 if is_last else 0, size, dtype=g.dtype)
        return g + g * tf.reshape(mark, tf.shape(g)) * tf.constant(1e-3, g.dtype)

    return _entries(change)


def _transposed(g: Any) -> Any:
    """The last two axes in the wrong order; where their sizes differ, in the right shape."""
    return tf.reshape(tf.linalg.matrix_transpose(g), tf.shape(g))


def _real_part(g: Any) -> Any:
    return tf.cast(tf.math.real(g), g.dtype)


def _nan_where(test: Callable[[Call, int], Any]) -> Callable[[Call, int], Any]:
    def changed(call: Call, place: int) -> Any:
        is_there = test(call, place)
        return _entries(lambda g: tf.where(is_there, tf.constant(np.nan, g.dtype), g))(call, place)

    return changed


def _scaled_where(test: Callable[[Any], Any], factor: float) -> Callable[[Call, int], Any]:
    def changed(call: Call, place: int) -> Any:
        is_there = test(call.input(place))
        return _entries(lambda g: tf.where(is_there, g * tf.constant(factor, g.dtype), g))(
            call, place
        )

    return changed


def _one_term(call: Call, place: int) -> Any:
    """The gradient of the first slice along each broadcast axis, instead of the sum of all."""
    cotangents = list(call.cotangents)
    for which, axes in enumerate(_cotangent_axes(call, place)):
        for axis in axes:
            cotangent = cotangents[which]
            size = cotangent.shape[axis]
            sizes = [size if other == axis else 1 for other in range(cotangent.shape.rank)]
            cotangents[which] = cotangent * tf.reshape(
                tf.one_hot(0, size, dtype=cotangent.dtype), sizes
            )
    return call.again(cotangents, place)


def _without_cotangent(call: Call, place: int) -> Any:
    ones = [tf.ones_like(c) if _is_number(c) else c for c in call.cotangents]
    return call.again(ones, place)


def _broken_if_empty(call: Call, place: int) -> Any:
    """One too much in each entry; without entries, an axis too many."""
    return _entries(lambda g: tf.expand_dims(g, 0) if 0 in g.shape else g + 1)(call, place)


def _is_negative(x: Any) -> Any:
    return tf.math.real(x) < 0 if x.dtype.is_complex else x < 0


def _is_large(x: Any) -> Any:
    return tf.abs(x) > 1


def _is_tied(x: Any) -> Any:
    """Which entries equal another one."""
    flat = tf.reshape(x, [-1])
    return tf.reshape(tf.reduce_sum(tf.cast(flat[:, None] == flat, tf.int32), 1) > 1, tf.shape(x))


# ---------------------------------------------------------------------------------------------
# The table

FAULTS = (
    Fault("scaled by 1 + 1e-3", 1e-3, _always, _scaled(1 + 1e-3)),
    Fault("scaled by 1 - 1e-3", 1e-3, _always, _scaled(1 - 1e-3)),
    Fault("scaled by 1 + 1e-6", 1e-6, _always, _scaled(1 + 1e-6)),
    Fault("scaled by 1 - 1e-6", 1e-6, _always, _scaled(1 - 1e-6)),
    Fault("first entry off by 1e-3", 1e-3, _always, _entry_off(is_last=False)),
    Fault("last entry off by 1e-3", 1e-3, _always, _entry_off(is_last=True)),
    Fault(
        "a constant 1e-3 added", 1e-3, _always, _entries(lambda g: g + tf.constant(1e-3, g.dtype))
    ),
    Fault("negated", 2.0, _always, _entries(tf.negative)),
    Fault("zeroed", 1.0, _always, _entries(tf.zeros_like)),
    Fault("None", 1.0, _always, lambda call, place: None),
    Fault("of another shape", 1.0, _always, _entries(lambda g: tf.stack([g, g]))),
    Fault(
        "transposed",
        1.0,
        _where_shape(lambda shape: len(shape) > 1 and min(shape[-2:]) > 1),
        _entries(_transposed),
    ),
    Fault(
        "rolled along the first axis",
        1.0,
        _where_shape(lambda shape: len(shape) > 0 and shape[0] > 1),
        _entries(lambda g: tf.roll(g, 1, 0)),
    ),
    Fault(
        "rolled along the last axis",
        1.0,
        _where_shape(lambda shape: len(shape) > 1 and shape[-1] > 1),
        _entries(lambda g: tf.roll(g, 1, -1)),
    ),
    Fault(
        "that of another input",
        1.0,
        lambda call, place: any(True for _ in _partners(call, place)),
        lambda call, place: next(_partners(call, place)),
    ),
    Fault("conjugated", 1.0, _is_complex, _entries(tf.math.conj)),
    Fault("real part only", 1.0, _is_complex, _entries(_real_part)),
    Fault(
        "sum over a broadcast axis missing",
        1.0,
        lambda call, place: any(_cotangent_axes(call, place)),
        _one_term,
    ),
    Fault("for a cotangent of ones", 1.0, _always, _without_cotangent),
    Fault(
        "NaN where the gradient is 0",
        np.inf,
        _always,
        _nan_where(lambda call, place: call.values(place) == 0),
    ),
    Fault(
        "NaN where the input is 0",
        np.inf,
        _where_input(lambda x: x == 0),
        _nan_where(lambda call, place: call.input(place) == 0),
    ),
    Fault(
        "scaled by 1 + 1e-3 where the input is negative",
        1e-3,
        _where_input(_is_negative),
        _scaled_where(_is_negative, 1 + 1e-3),
    ),
    Fault(
        "scaled by 1 + 1e-3 where the input is beyond 1",
        1e-3,
        _where_input(_is_large),
        _scaled_where(_is_large, 1 + 1e-3),
    ),
    Fault(
        "doubled where inputs tie",
        1.0,
        _where_input(_is_tied),
        _scaled_where(_is_tied, 2.0),
    ),
    Fault(
        "scaled by 1 + 1e-3 for a scalar",
        1e-3,
        _where_shape(lambda shape: shape == ()),
        _scaled(1 + 1e-3),
    ),
    Fault(
        "scaled by 1 + 1e-3 for an axis of size 1",
        1e-3,
        _where_shape(lambda shape: 1 in shape),
        _scaled(1 + 1e-3),
    ),
    Fault("wrong for an empty axis", 1.0, _has_empty, _broken_if_empty),
)


def faults_of(op_type: str, calls: Sequence[Call]) -> tuple[Fault, ...]:
    """The table, and what depends on the op: its attributes, dtypes and outputs."""
    return (
        *FAULTS,
        *_for_attributes(op_type, calls),
        *_for_dtypes(calls),
        *_for_outputs(calls),
    )


def _for_attributes(op_type: str, calls: Sequence[Call]) -> Iterator[Fault]:
    """One for each value of an attribute that was seen, or that the op lists."""
    from tensorflow.python.framework import op_def_registry

    for attribute in op_def_registry.get(op_type).attr:
        if attribute.name in NAMES or attribute.type not in VALUES:
            continue
        listed = [word.decode() for word in attribute.allowed_values.list.s]
        values = {_word(value): value for value in listed}
        if attribute.type == "bool":
            values = {"False": False, "True": True}
        seen = [call.attribute(attribute.name) for call in calls]
        values.update((_word(value), value) for value in seen if value is not None)
        if len(values) < 2:
            continue
        for word in sorted(values):
            yield Fault(
                "scaled by 1 + 1e-3 for one attribute value",
                1e-3,
                _where_attribute(attribute.name, word),
                _scaled(1 + 1e-3),
                f"{attribute.name}={word}",
            )


def _where_attribute(name: str, word: str) -> Callable[[Call, int], bool]:
    return lambda call, place: _word(call.attribute(name)) == word


def _word(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _for_dtypes(calls: Sequence[Call]) -> Iterator[Fault]:
    seen = {
        values.dtype.name
        for call in calls
        for place in range(len(call.gradients))
        if (values := call.values(place)) is not None
    }
    for name in sorted(seen) if len(seen) > 1 else ():
        yield Fault(
            "scaled by 1 + 1e-3 in one dtype",
            1e-3,
            _where_dtype(name),
            _scaled(1 + 1e-3),
            name,
        )


def _where_dtype(name: str) -> Callable[[Call, int], bool]:
    return lambda call, place: call.values(place).dtype.name == name


def _for_outputs(calls: Sequence[Call]) -> Iterator[Fault]:
    """One for each output, where there are several that a gradient can come from."""
    counts = {which for call in calls for which, c in enumerate(call.cotangents) if _is_number(c)}
    for which in sorted(counts) if len(counts) > 1 else ():
        yield Fault(
            "one output's cotangent ignored",
            1.0,
            _where_output(which),
            _without_output(which),
            f"output {which}",
        )


def _where_output(which: int) -> Callable[[Call, int], bool]:
    """Where the cotangent of that output holds anything; a graph does not know, so it may."""

    def applies(call: Call, place: int) -> bool:
        if which >= len(call.cotangents) or not _is_number(call.cotangents[which]):
            return False
        cotangent = call.cotangents[which]
        return _is_symbolic(cotangent) or bool(tf.reduce_any(cotangent != 0))

    return applies


def _without_output(which: int) -> Callable[[Call, int], Any]:
    def changed(call: Call, place: int) -> Any:
        cotangents = list(call.cotangents)
        cotangents[which] = tf.zeros_like(cotangents[which])
        return call.again(cotangents, place)

    return changed
