"""The parts of faults: which calls of a gradient function they are about, and what they do there.

All is written with TensorFlow's ops alone, so that it can be planted into a graph as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from opcheck.backend import tf
from opcheck.faults.planting import Call, is_number, is_symbolic, shape_of

Applies = Callable[[Call, int], bool]
Change = Callable[[Call, int], Any]

# ---------------------------------------------------------------------------------------------
# Where a fault applies


def always(call: Call, place: int) -> bool:
    return True


def where_shape(test: Callable[[tuple[int, ...]], bool]) -> Applies:
    def applies(call: Call, place: int) -> bool:
        shape = call.shape(place)
        return shape is not None and test(shape)

    return applies


def is_complex(call: Call, place: int) -> bool:
    return bool(call.values(place).dtype.is_complex)


def where_input(test: Callable[[Any], Any]) -> Applies:
    """Where an entry of the input passes a test; a graph does not know, so there it may."""

    def applies(call: Call, place: int) -> bool:
        given = call.input(place)
        if given is None:
            return False
        return is_symbolic(given) or bool(tf.reduce_any(test(given)))

    return applies


def has_empty(call: Call, place: int) -> bool:
    shapes = [call.shape(place), *map(shape_of, filter(tf.is_tensor, call.cotangents))]
    return any(shape is not None and 0 in shape for shape in shapes)


def partners(call: Call, place: int) -> Iterator[Any]:
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


def cotangent_axes(call: Call, place: int) -> list[tuple[int, ...]]:
    shape = call.shape(place)
    found = []
    for cotangent in call.cotangents:
        full = shape_of(cotangent) if is_number(cotangent) else None
        found.append(() if shape is None or full is None else _broadcast_axes(shape, full))
    return found


def where_attribute(name: str, word: str) -> Applies:
    return lambda call, place: printed(call.attribute(name)) == word


def printed(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def where_dtype(name: str) -> Applies:
    return lambda call, place: call.values(place).dtype.name == name


def where_output(which: int) -> Applies:
    """Where the cotangent of that output holds anything; a graph does not know, so it may."""

    def applies(call: Call, place: int) -> bool:
        if which >= len(call.cotangents) or not is_number(call.cotangents[which]):
            return False
        cotangent = call.cotangents[which]
        return is_symbolic(cotangent) or bool(tf.reduce_any(cotangent != 0))

    return applies


# ---------------------------------------------------------------------------------------------
# What a fault does


def entries(change: Callable[[Any], Any]) -> Change:
    """A change of the gradient's entries, in a `tf.IndexedSlices` those that it holds."""

    def changed(call: Call, place: int) -> Any:
        gradient = call.gradients[place]
        if isinstance(gradient, tf.IndexedSlices):
            return tf.IndexedSlices(change(gradient.values), gradient.indices, gradient.dense_shape)
        return change(gradient)

    return changed


def scaled(factor: float) -> Change:
    return entries(lambda g: g * tf.constant(factor, g.dtype))


def entry_off(is_last: bool) -> Change:
    def change(g: Any) -> Any:
        size = tf.size(g)
        mark = tf.one_hot(size - 1 if is_last else 0, size, dtype=g.dtype)
        return g + g * tf.reshape(mark, tf.shape(g)) * tf.constant(1e-3, g.dtype)

    return entries(change)


def transposed(g: Any) -> Any:
    """The last two axes in the wrong order; where their sizes differ, in the right shape."""
    return tf.reshape(tf.linalg.matrix_transpose(g), tf.shape(g))


def real_part(g: Any) -> Any:
    return tf.cast(tf.math.real(g), g.dtype)


def nan_where(test: Change) -> Change:
    def changed(call: Call, place: int) -> Any:
        is_there = test(call, place)
        return entries(lambda g: tf.where(is_there, tf.constant(np.nan, g.dtype), g))(call, place)

    return changed


def scaled_where(test: Callable[[Any], Any], factor: float) -> Change:
    def changed(call: Call, place: int) -> Any:
        is_there = test(call.input(place))
        return entries(lambda g: tf.where(is_there, g * tf.constant(factor, g.dtype), g))(
            call, place
        )

    return changed


def one_term(call: Call, place: int) -> Any:
    """The gradient of the first slice along each broadcast axis, instead of the sum of all."""
    cotangents = list(call.cotangents)
    for which, axes in enumerate(cotangent_axes(call, place)):
        for axis in axes:
            cotangent = cotangents[which]
            size = cotangent.shape[axis]
            sizes = [size if other == axis else 1 for other in range(cotangent.shape.rank)]
            cotangents[which] = cotangent * tf.reshape(
                tf.one_hot(0, size, dtype=cotangent.dtype), sizes
            )
    return call.again(cotangents, place)


def without_cotangent(call: Call, place: int) -> Any:
    ones = [tf.ones_like(c) if is_number(c) else c for c in call.cotangents]
    return call.again(ones, place)


def broken_if_empty(call: Call, place: int) -> Any:
    """One too much in each entry; without entries, an axis too many."""
    return entries(lambda g: tf.expand_dims(g, 0) if 0 in g.shape else g + 1)(call, place)


def is_negative(x: Any) -> Any:
    return tf.math.real(x) < 0 if x.dtype.is_complex else x < 0


def is_large(x: Any) -> Any:
    return tf.abs(x) > 1


def is_tied(x: Any) -> Any:
    """Which entries equal another one."""
    flat = tf.reshape(x, [-1])
    return tf.reshape(tf.reduce_sum(tf.cast(flat[:, None] == flat, tf.int32), 1) > 1, tf.shape(x))


def without_output(which: int) -> Change:
    def changed(call: Call, place: int) -> Any:
        cotangents = list(call.cotangents)
        cotangents[which] = tf.zeros_like(cotangents[which])
        return call.again(cotangents, place)

    return changed
