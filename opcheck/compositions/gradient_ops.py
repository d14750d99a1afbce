"""Gradient ops, at results of the forward op that belong to its input."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_session

raw = tf.raw_ops


def batch_norm_grad(op: Any, dy: Any, x: Any, scale: Any) -> Any:
    """`FusedBatchNormGrad` and its later versions, at the mean and variance of x.

    The scale may be in another dtype than x: the statistics have that of the scale.
    """
    scale = tf.convert_to_tensor(scale)
    exact = tf.cast(x, scale.dtype)
    mean = tf.reduce_mean(exact, [0, 1, 2])
    variance = tf.reduce_mean((exact - mean) ** 2, [0, 1, 2])
    last = {"reserve_space_3": tf.constant([], scale.dtype)} if op.endswith("V3") else {}
    gradients = getattr(raw, op)(
        y_backprop=dy,
        x=x,
        scale=scale,
        reserve_space_1=mean,
        reserve_space_2=variance,
        **last,
    )
    return gradients[:3]


def max_pool_grad(op: Any, x: Any, grad: Any, **attributes: Any) -> Any:
    """`MaxPoolGrad` and its like, at the pooled x."""
    pool = raw.MaxPool3D if "3D" in op else raw.MaxPool
    pooled = pool(input=x, **attributes)
    return getattr(raw, op)(orig_input=x, orig_output=pooled, grad=grad, **attributes)


@in_session
def reshaped_rows(x: Any, shape: Any, indices: Any) -> Any:
    """`Reshape` whose gradient comes as a `tf.IndexedSlices` without its shape, as it may."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def rows(x: Any) -> Any:
        reshaped = tf.reshape(x, shape)

        def gradient(dy: Any) -> Any:
            return tf.gradients(reshaped, x, tf.IndexedSlices(dy, tf.constant(indices)))[0]

        return tf.gather(reshaped, indices), gradient

    return rows(x)


def times_mean(x: Any, numbers: Any) -> Any:
    """x times a mean that the gradient takes once more, as functions that users write may do."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def scaled(x: Any) -> Any:
        return x * tf.reduce_mean(numbers), lambda dy: dy * tf.reduce_mean(numbers)

    return scaled(x)
