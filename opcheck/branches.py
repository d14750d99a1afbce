"""Calls that take gradient functions through branches of theirs that no plain call takes.

Rows name these functions by their dotted names, and generated tests show them.
"""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf

raw = tf.raw_ops


@tf.function(autograph=False)  # type: ignore[untyped-decorator]
def in_graph(op: Any, known: Any, **arguments: Any) -> Any:
    """A raw op in a graph.

    Args:
        known: of its tensors: "shapes", "columns" (the last size), "ranks" alone, or "nothing".
        arguments: the op's.
    """
    return _called(op, known, arguments)


def _called(op: Any, known: Any, arguments: Any) -> Any:
    if known != "shapes":
        arguments = tf.nest.map_structure(lambda value: _veiled(value, known), arguments)
    return getattr(raw, op)(**arguments)


def _veiled(value: Any, known: str) -> Any:
    """A tensor whose shape the graph does not know until it runs."""
    if not tf.is_tensor(value):
        return value
    rank = None if known == "nothing" else value.shape.rank
    shape = raw.PlaceholderWithDefault(input=tf.shape(value), shape=[rank])
    veiled = tf.reshape(value, shape)
    if known == "columns":
        return tf.ensure_shape(veiled, [*[None] * len(value.shape[:-1]), value.shape[-1]])
    return veiled


def rows_of(op: Any, rows: Any, **arguments: Any) -> Any:
    """Some rows of what a raw op returns: their gradient comes to it as `tf.IndexedSlices`."""
    return tf.gather(getattr(raw, op)(**arguments), rows)


@tf.function(autograph=False)  # type: ignore[untyped-decorator]
def rows_in_graph(op: Any, known: Any, rows: Any, **arguments: Any) -> Any:
    """The same in a graph, of whose tensors so much is known."""
    return tf.gather(_called(op, known, arguments), rows)


@tf.function(autograph=False)  # type: ignore[untyped-decorator]
def python_function_in_graph(x: Any, y: Any) -> Any:
    """`EagerPyFunc` in a graph, which calls Python when it runs."""
    return tf.py_function(lambda a, b: a * tf.sin(b), [x, y], x.dtype)


def svd_product(x: Any) -> Any:
    """U S^2 V^H, which turning the phases of singular vectors leaves as it is."""
    s, u, v = tf.linalg.svd(x)
    return tf.matmul(u * tf.cast(s**2, x.dtype)[..., None, :], v, adjoint_b=True)


def batch_norm_grad(
    op: Any, dy: Any, x: Any, scale: Any, data_format: Any, is_training: Any = True
) -> Any:
    """`FusedBatchNormGrad` and its later versions, at the mean and variance of x.

    Args:
        is_training: if not, mean and variance are those of other numbers.
    """
    axes = [axis for axis, letter in enumerate(data_format) if letter != "C"]
    wide = tf.cast(x if is_training else tf.ones_like(x), scale.dtype)
    mean = tf.reduce_mean(wide, axes)
    variance = tf.reduce_mean(wide**2, axes) - (mean**2 if is_training else 0)
    last = {"reserve_space_3": tf.constant([], scale.dtype)} if op.endswith("V3") else {}
    gradients = getattr(raw, op)(
        y_backprop=dy,
        x=x,
        scale=scale,
        reserve_space_1=mean,
        reserve_space_2=variance,
        data_format=data_format,
        is_training=is_training,
        **last,
    )
    return gradients[:3]
