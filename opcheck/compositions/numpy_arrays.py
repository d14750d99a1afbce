"""Functions of `tf.experimental.numpy` that take their arrays by place, or arrays with holes."""

from __future__ import annotations

from typing import Any
from unittest import mock

from opcheck.backend import tf


def at_least_1d(x: Any, y: Any) -> Any:
    """`atleast_1d` of two arrays."""
    return tf.experimental.numpy.atleast_1d(x, y)


def at_least_2d(x: Any, y: Any) -> Any:
    """`atleast_2d` of two arrays."""
    return tf.experimental.numpy.atleast_2d(x, y)


def at_least_3d(x: Any, y: Any) -> Any:
    """`atleast_3d` of two arrays."""
    return tf.experimental.numpy.atleast_3d(x, y)


def broadcast_pair(x: Any, y: Any) -> Any:
    """`broadcast_arrays` of two arrays."""
    return tf.experimental.numpy.broadcast_arrays(x, y)


def einsum_pair(a: Any, b: Any, subscripts: str) -> Any:
    """`einsum` of two arrays."""
    return tf.experimental.numpy.einsum(subscripts, a, b)


def grid_pair(x: Any, y: Any, indexing: str) -> Any:
    """`meshgrid` of two vectors."""
    return tf.experimental.numpy.meshgrid(x, y, indexing=indexing)


def rounded(x: Any, decimals: int) -> Any:
    """`around` and `round`, which ask tensors for the `astype` that NumPy behaviour gives them."""
    with mock.patch.object(tf.Tensor, "astype", tf.cast, create=True):
        around = tf.experimental.numpy.around(x, decimals)
        return around, tf.experimental.numpy.round(x, decimals)


def without_holes(a: Any, function: str, axis: Any, keepdims: bool) -> Any:
    """A reduction that passes over NaN, with one in place of the first entry."""
    hole = tf.reshape(tf.range(tf.size(a)) < 1, a.shape)
    holed = tf.where(hole, tf.constant(float("nan"), a.dtype), a)
    return getattr(tf.experimental.numpy, function)(holed, axis=axis, keepdims=keepdims)
