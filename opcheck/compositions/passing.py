"""Ops that hand a value on as it is, each for a purpose of its own, and ops with whole numbers."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import add_op, compiled, in_session, on_references


def _debugged(x: Any) -> Any:
    # The gradient function asks the debugger that has made the op, and nothing public makes one.
    from tensorflow.python.debug.lib.debug_gradients import GradientsDebugger

    return tf.sin(GradientsDebugger().identify_gradient(x))


@in_session
def debug_gradient(x: Any) -> Any:
    """`DebugGradientIdentity`: a debugger keeps the gradient that passes."""
    return _debugged(x)


@in_session
def debug_gradient_twice(x: Any) -> Any:
    """Two `DebugGradientIdentity` of one tensor: the graph gives the second another name."""
    from tensorflow.python.debug.lib.debug_gradients import GradientsDebugger

    debugger = GradientsDebugger()
    first = debugger.identify_gradient(x)
    second = tf.raw_ops.DebugGradientIdentity(input=x, name=first.op.name)
    return tf.sin(second)


@on_references
def debug_gradient_of_reference(x: Any) -> Any:
    """`DebugGradientRefIdentity`: the same for the reference to a variable."""
    return _debugged(x)


@in_session
def eager_const(x: Any) -> Any:
    """`_EagerConst`: the op that marks a value as known."""
    return add_op("_EagerConst", [x])


# ---------------------------------------------------------------------------------------------
# Ops of XLA


@compiled
def xla_einsum(a: Any, b: Any, equation: Any) -> Any:
    """`XlaEinsum`: a product of two arrays by names of their axes."""
    return add_op("XlaEinsum", [a, b], equation={"s": equation.encode()})


@compiled
def xla_shard_to_full_shape(x: Any) -> Any:
    """`XlaSpmdShardToFullShape` with one shard, which is the whole."""
    shape = {"shape": x.shape.as_proto()}
    return tf.sin(
        add_op("XlaSpmdShardToFullShape", [x], manual_sharding={"s": b""}, full_shape=shape)
    )


@in_session
def xla_sharding(x: Any) -> Any:
    """`XlaSharding`: the op that marks how a value is spread over devices."""
    return tf.sin(add_op("XlaSharding", [x]))


# ---------------------------------------------------------------------------------------------
# Whole numbers, whose gradient is None


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _entry(x: Any, index: Any) -> Any:
    """x[index], answering the index with a zero, as functions that users write may do."""

    place = tf.cast(index, tf.int32)

    def gradient(cotangent: Any) -> Any:
        return cotangent * tf.one_hot(place, tf.shape(x)[0], dtype=x.dtype), tf.zeros_like(index)

    return tf.gather(x, place), gradient


def entry_at(x: Any, op: Any, dimension: Any = 0, output_type: Any = "int64") -> Any:
    """`ArgMax` or `ArgMin`, reached by a gradient that is not None: the largest or least entry."""
    found = getattr(tf.raw_ops, op)(
        input=x,
        dimension=tf.convert_to_tensor(dimension),
        output_type=tf.as_dtype(output_type),
    )
    return _entry(x, found)


def entry_below(x: Any, place: Any) -> Any:
    """`Cast` to a whole number, reached by a gradient that is not None: the entry below a place."""
    return _entry(x, tf.cast(place, tf.int32))


def isotonic_regression(x: Any) -> Any:
    """`IsotonicRegression` in the dtype of its input, whatever that is."""
    return tf.raw_ops.IsotonicRegression(input=x, output_dtype=x.dtype).output
