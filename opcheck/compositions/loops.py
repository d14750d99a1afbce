"""Loops as functions, whose gradients need more of the forward loop than its results.

The gradient of `While` runs the body backwards: what that needs of each step the forward loop must
keep, hand on as it is, or find again. What is kept depends on the op that asks for it.
"""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.gradient_ops import times_mean
from opcheck.compositions.graphs import in_graph, taped_within

raw = tf.raw_ops


def _repeated(body: Any, state: Any, steps: Any) -> Any:
    """The state, a tensor or several, after so many steps."""
    states = state if isinstance(state, tuple) else (state,)

    def counted(step: Any, *states: Any) -> Any:
        found = body(step, *states)
        return step + 1, *(found if isinstance(found, tuple) else (found,))

    found = tf.while_loop(lambda step, *_: step < steps, counted, (tf.constant(0), *states))[1:]
    return found if isinstance(state, tuple) else found[0]


@in_graph
def while_constant(x: Any, steps: Any) -> Any:
    """A body with constants, and with one value by two names: these are not kept."""

    def body(_: Any, state: Any) -> Any:
        half = tf.constant(0.5, x.dtype)
        once = tf.sin(state)
        return half * once * tf.identity(once) + half * tf.identity(state)

    return _repeated(body, x, steps)


@in_graph
def while_gather(x: Any, indices: Any, steps: Any) -> Any:
    """A loop that takes rows of its state, whose gradient is a `tf.IndexedSlices` in each step."""
    return _repeated(lambda _, state: tf.gather(state, indices), x, steps)


@in_graph
def while_gather_of_variable(x: Any, indices: Any) -> Any:
    """A loop that takes rows of a variable, of which only some rows have a gradient."""
    rows = tf.constant(indices)

    def body(step: Any, state: Any) -> Any:
        return state * tf.sin(
            raw.ResourceGather(resource=x.handle, indices=rows[step], dtype=x.dtype)
        )

    return _repeated(body, tf.ones(x.shape[1:], x.dtype), len(indices))


@in_graph
def while_rows(x: Any, steps: Any, rows: Any) -> Any:
    """Rows of what a loop leaves: its gradient comes as a `tf.IndexedSlices`."""
    return tf.gather(_repeated(lambda _, state: tf.sin(state) * x, x, steps), rows)


@taped_within
def while_pop(x: Any) -> Any:
    """A loop that takes the rows of a tensor from a list, the last first."""
    shape = tf.constant(x.shape[1:].as_list(), tf.int32)

    def body(_: Any, rows: Any, state: Any) -> Any:
        popped = raw.TensorListPopBack(
            input_handle=rows, element_shape=shape, element_dtype=x.dtype
        )
        return popped.output_handle, state * popped.tensor + tf.sin(popped.tensor)

    rows = raw.TensorListFromTensor(tensor=x, element_shape=shape)
    return _repeated(body, (rows, tf.ones(x.shape[1:], x.dtype)), x.shape[0])[1]


@in_graph
def while_slope(x: Any, y: Any, steps: Any) -> Any:
    """The gradient of a loop by the tape, and the gradient of that: a loop over lists."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = _repeated(lambda _, state: tf.sin(state) * x, y, steps)
    return tape.gradient(value, x)


@taped_within(on_variables=True)
def while_taped_of_variables(x: Any, y: Any, steps: Any) -> Any:
    """A loop that reads variables, within a tape in the same graph."""
    return _repeated(lambda _, state: tf.sin(state) * x, tf.identity(y), steps)


@taped_within(on_variables=True)
def while_taped_rows(x: Any, indices: Any) -> Any:
    """A loop that takes rows of a variable, within a tape in the same graph."""
    rows = tf.constant(indices)

    def body(step: Any, state: Any) -> Any:
        return state * tf.sin(tf.gather(x, rows[step]))

    return _repeated(body, tf.ones(x.shape[1:], x.dtype), len(indices))


@taped_within(by_xla=True)
def while_compiled(x: Any, y: Any, steps: Any) -> Any:
    """A loop and its gradient, both compiled by XLA."""
    return tf.while_loop(
        lambda step, *_: step < steps,
        lambda step, state: (step + 1, tf.sin(state) * x),
        (tf.constant(0), y),
        maximum_iterations=steps,
    )[1]


@in_graph
def while_outer_tensor(x: Any, steps: Any) -> Any:
    """A gradient within a loop that needs a tensor of the graph around it."""
    half = tf.fill(tf.shape(x), tf.constant(0.5, x.dtype))
    return _repeated(lambda _, state: tf.sin(times_mean(state, half)), x, steps)


@in_graph
def while_eager_tensor(x: Any, size: Any, steps: Any) -> Any:
    """A gradient within a loop that needs a tensor from outside of any graph."""
    with tf.init_scope():
        half = tf.fill([size], tf.constant(0.5, x.dtype))
    return _repeated(lambda _, state: tf.sin(times_mean(state, half)), x, steps)


@in_graph
def while_size(x: Any, steps: Any) -> Any:
    """A gradient within a loop that asks for a size by an op made by hand."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def mean(state: Any) -> Any:
        def gradient(cotangent: Any) -> Any:
            graph = tf.compat.v1.get_default_graph()
            size = graph.create_op("Size", [state], [tf.int32], name="counted").outputs[0]
            return tf.ones_like(state) * cotangent / tf.cast(size, state.dtype)

        return tf.reduce_mean(state), gradient

    return _repeated(lambda _, state: tf.sin(state) + mean(tf.exp(state)), x, steps)


@in_graph
def while_handle(x: Any, indices: Any, steps: Any) -> Any:
    """A loop that gets the handle of a variable from a `tf.cond`."""

    def body(step: Any, state: Any) -> Any:
        handle = tf.cond(step > 0, lambda: x.handle, lambda: x.handle)
        rows = raw.ResourceGather(resource=handle, indices=indices, dtype=x.dtype)
        return tf.ensure_shape(tf.sin(state) * rows, state.shape)

    return _repeated(body, tf.ones((len(indices), *x.shape[1:]), x.dtype), steps)


@in_graph
def while_swapped(x: Any, y: Any, indices: Any, steps: Any) -> Any:
    """A loop that takes rows of two variables in turn, by swapping their handles."""

    def body(step: Any, own: Any, other: Any, state: Any) -> Any:
        handle = tf.cond(step > 0, lambda: own, lambda: own)
        rows = raw.ResourceGather(resource=handle, indices=indices, dtype=x.dtype)
        return other, own, tf.ensure_shape(tf.sin(state) * rows, state.shape)

    start = tf.ones((len(indices), *x.shape[1:]), x.dtype)
    return _repeated(body, (x.handle, y.handle, start), steps)[2]


@in_graph
def while_raw(x: Any, steps: Any) -> Any:
    """`StatelessWhile` by its own name, with no state beside what it computes."""
    spec = tf.TensorSpec(x.shape, x.dtype)
    count = tf.TensorSpec((), tf.int32)
    body = tf.function(lambda state, step: (tf.sin(state) * 2, step + 1), autograph=False)
    cond = tf.function(lambda state, step: step < steps, autograph=False)
    return raw.StatelessWhile(
        input=[x, tf.constant(0)],
        cond=cond.get_concrete_function(spec, count),
        body=body.get_concrete_function(spec, count),
    )[0]


@in_graph
def while_raw_counted(x: Any, steps: Any) -> Any:
    """`StatelessWhile` by its own name, with the counters that `tf.while_loop` gives it."""
    spec = tf.TensorSpec(x.shape, x.dtype)
    count = tf.TensorSpec((), tf.int32)
    body = tf.function(
        lambda step, most, state: (step + 1, most, tf.sin(state) * 2), autograph=False
    )
    cond = tf.function(lambda step, most, _: step < most, autograph=False)
    return raw.StatelessWhile(
        input=[tf.constant(0), tf.constant(steps), x],
        cond=cond.get_concrete_function(count, count, spec),
        body=body.get_concrete_function(count, count, spec),
    )[2]
