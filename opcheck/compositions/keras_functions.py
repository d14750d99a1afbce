"""Functions of `keras.ops` that take other functions, or tensors by their places alone."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf


def keras_associative_scan(x: Any, reverse: Any, axis: Any) -> Any:
    """`keras.ops.associative_scan` with the product."""
    if x.shape[axis] is None:
        raise ValueError("keras.ops.associative_scan does not end where a size is not known")
    return tf.keras.ops.associative_scan(lambda a, b: a * b, x, reverse=reverse, axis=axis)


def keras_associative_scan_of_nest(a: Any, b: Any) -> Any:
    """`keras.ops.associative_scan` of a dict: the steps of x -> a x + b, one after the other."""

    def then(first: Any, second: Any) -> Any:
        slope = second["a"] * first["a"]
        return {"a": slope, "b": second["a"] * first["b"] + second["b"]}

    return tf.keras.ops.associative_scan(then, {"a": a, "b": b})


def keras_cond(x: Any, y: Any, takes_first: Any) -> Any:
    """`keras.ops.cond` of a tensor that says which branch."""
    ops = tf.keras.ops
    return ops.cond(tf.constant(takes_first), lambda: ops.tanh(x) * y, lambda: x - y * y)


def keras_custom_gradient(x: Any, y: Any) -> Any:
    """`keras.ops.custom_gradient` with the right gradient of a product."""
    ops = tf.keras.ops

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def product(a: Any, b: Any) -> Any:
        def gradient(*args: Any, upstream: Any = None) -> Any:
            if upstream is None:
                (upstream,) = args
            return upstream * b, upstream * a

        return a * b, gradient

    return product(x, ops.tanh(y))


def keras_einsum(a: Any, b: Any, subscripts: Any) -> Any:
    """`keras.ops.einsum` of two tensors, which it takes by their places."""
    return tf.keras.ops.einsum(subscripts, a, b)


def keras_einsum_of_three(a: Any, b: Any, c: Any) -> Any:
    """`keras.ops.einsum` of three tensors: a bilinear form."""
    return tf.keras.ops.einsum("i,ij,j->", a, b, c)


def keras_fori_loop(x: Any, y: Any, steps: Any) -> Any:
    """`keras.ops.fori_loop` over a pair: what a step multiplies depends on its number."""
    ops = tf.keras.ops

    def step(number: Any, state: Any) -> Any:
        a, b = state
        return a * ops.tanh(b), b + ops.cast(number, b.dtype) * a

    return ops.fori_loop(0, steps, step, (x, y))
