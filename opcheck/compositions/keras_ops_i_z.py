"""Functions of `keras.ops` that take functions, or tensors by their places alone."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf


def keras_grid(x: Any, y: Any, indexing: Any) -> Any:
    """`keras.ops.meshgrid` of two vectors, which it takes by their places."""
    return tf.keras.ops.meshgrid(x, y, indexing=indexing)


def keras_jvp(x: Any, tangent: Any) -> Any:
    """`keras.ops.jvp`: a function's values and its derivative along a direction."""
    return tf.keras.ops.jvp(lambda place: tf.keras.ops.sin(place) * place, (x,), (tangent,))


def keras_jvp_value(x: Any, tangent: Any) -> Any:
    """The values of `keras.ops.jvp` alone: its derivative is thrown away."""
    return keras_jvp(x, tangent)[0]


def keras_map(x: Any, y: Any) -> Any:
    """`keras.ops.map` over the rows of a nest of tensors."""
    return tf.keras.ops.map(
        lambda rows: {"out": rows["x"] * tf.keras.ops.tanh(rows["y"])}, {"x": x, "y": y}
    )


def keras_scan(x: Any, start: Any, reverse: Any) -> Any:
    """`keras.ops.scan`: what is carried from row to row, and what each gives."""

    def step(carried: Any, row: Any) -> Any:
        following = carried * tf.keras.ops.tanh(row)
        return following, following + row

    return tf.keras.ops.scan(step, start, x, reverse=reverse)


def keras_switch(x: Any, index: Any) -> Any:
    """`keras.ops.switch`, which clips the index to the branches that there are."""
    return tf.keras.ops.switch(
        index, [tf.keras.ops.tanh, tf.keras.ops.square, lambda place: place * place * place], x
    )


def keras_vectorize(x: Any) -> Any:
    """`keras.ops.vectorize` of a function of rows; TensorFlow's backend takes a single row."""

    def turned(row: Any) -> Any:
        return row * tf.keras.ops.tanh(row[0])

    return tf.keras.ops.vectorize(turned, signature="(n)->(n)")(x)


def keras_vectorized_map(x: Any, y: Any) -> Any:
    """`keras.ops.vectorized_map` over the rows of two tensors."""
    return tf.keras.ops.vectorized_map(lambda rows: rows[0] * tf.keras.ops.tanh(rows[1]), (x, y))


def keras_while_loop(x: Any, steps: Any) -> Any:
    """`keras.ops.while_loop` over a tensor and a counter."""
    _, value = tf.keras.ops.while_loop(
        lambda count, _: count < steps,
        lambda count, value: (count + 1, tf.keras.ops.tanh(value) * x),
        (0, x),
    )
    return value


def keras_without_nan(x: Any, name: Any, axis: Any) -> Any:
    """A function that passes over NaN, of a tensor whose last column is NaN."""
    missing = tf.keras.ops.full((x.shape[0], 1), float("nan"), dtype=x.dtype)
    return getattr(tf.keras.ops, name)(tf.keras.ops.concatenate([x, missing], axis=1), axis=axis)
