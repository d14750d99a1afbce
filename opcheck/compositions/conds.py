"""Branches as functions, whose gradients need more of the forward branch than its results.

The gradient of `If` and `Case` runs the branch that was taken backwards. What it needs of that the
forward op must put out too: wrapped, as the other branches have nothing to put there.
"""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.gradient_ops import times_mean
from opcheck.compositions.graphs import in_graph, taped_within

raw = tf.raw_ops


@in_graph
def cond_constant(x: Any, y: Any, flag: Any) -> Any:
    """Branches whose gradients ask twice for one constant and for one value of the branch."""

    def above() -> Any:
        half, once = tf.constant(0.5, x.dtype), tf.sin(x * y)
        return half * x + half * y + once * once * once

    return tf.cond(tf.convert_to_tensor(flag), above, lambda: x - y)


@in_graph
def cond_eager_tensor(x: Any, size: Any, flag: Any) -> Any:
    """A gradient within a branch that needs a tensor from outside of any graph."""
    with tf.init_scope():
        half = tf.fill([size], tf.constant(0.5, x.dtype))
    return tf.cond(
        tf.convert_to_tensor(flag), lambda: tf.sin(times_mean(x, half)), lambda: tf.sin(x)
    )


@in_graph
def cond_index(x: Any, flag: Any) -> Any:
    """Branches that return a whole number beside what depends on the input."""
    index, value = tf.cond(
        tf.convert_to_tensor(flag),
        lambda: (tf.size(x), tf.sin(x)),
        lambda: (tf.constant(2), x * x),
    )
    return value * tf.cast(index, x.dtype)


@in_graph
def cond_rows(x: Any, rows: Any, flag: Any) -> Any:
    """One branch takes rows, which makes its gradient a `tf.IndexedSlices`, the other does not."""
    return tf.cond(
        tf.convert_to_tensor(flag), lambda: tf.gather(x, rows), lambda: tf.sin(x[: len(rows)])
    )


@in_graph
def cond_handle(x: Any, indices: Any, flag: Any) -> Any:
    """A branch that gets the handle of a variable from another `tf.cond`."""

    def rows_of(handle: Any) -> Any:
        rows = raw.ResourceGather(resource=handle, indices=indices, dtype=x.dtype)
        return tf.ensure_shape(rows, (len(indices), *x.shape[1:]))

    def above() -> Any:
        has_rows = tf.size(indices) > 0
        return tf.sin(rows_of(tf.cond(has_rows, lambda: x.handle, lambda: x.handle)))

    return tf.cond(tf.convert_to_tensor(flag), above, lambda: 2 * rows_of(x.handle))


@taped_within(by_xla=True)
def cond_compiled(x: Any, y: Any, flag: Any) -> Any:
    """Branches and their gradients, both compiled by XLA."""
    return tf.cond(
        (tf.reduce_sum(x * x) + 1) * flag > 0,
        lambda: tf.sin(x * y) * tf.exp(x),
        lambda: tf.sin(tf.slice(x, [1], [1]) * y),
    )


@taped_within(by_xla=True)
def case_compiled(x: Any, index: Any) -> Any:
    """One branch of three and its gradient, both compiled by XLA."""
    chosen = tf.cast(tf.size(x), tf.int32) * 0 + index
    return tf.switch_case(
        chosen, [lambda: tf.sin(tf.exp(x)), lambda: x * x, lambda: tf.exp(tf.sin(x * x))]
    )
