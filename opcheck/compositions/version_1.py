"""Control flow by frames and switches, and references to variables, as in TensorFlow 1."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_session, on_references

raw = tf.raw_ops


# ---------------------------------------------------------------------------------------------
# Frames


def _while_counted(x: Any, y: Any, steps: Any, turn: Any = tf.sin) -> Any:
    return tf.while_loop(
        lambda step, *_: step < steps,
        lambda step, state: (step + 1, turn(state) * x),
        (tf.constant(0), y),
    )[1]


@in_session
def frame_cond(x: Any, y: Any, flag: Any) -> Any:
    """`Switch` and `Merge` of a `tf.cond`: branches that use the inputs differently."""
    return tf.cond(tf.constant(flag), lambda: x * y, lambda: tf.sin(x))


@in_session
def frame_cond_of_value(x: Any) -> Any:
    """`Switch` and `Merge` with a predicate that depends on the input."""
    return list(tf.cond(tf.reduce_sum(x) > 0, lambda: (x * x, 3 * x), lambda: (tf.exp(x), x)))


@in_session
def frame_switch(x: Any, flag: Any) -> Any:
    """`Switch` and `Merge` alone, outside of any `tf.cond`."""
    below, above = raw.Switch(data=x, pred=tf.constant(flag))
    return raw.Merge(inputs=[tf.sin(below), above * above]).output


@in_session
def frame_while(x: Any, y: Any, steps: Any) -> Any:
    """`Enter`, `Merge`, `Switch`, `NextIteration` and `Exit` of a loop: y <- y² x."""
    return _while_counted(x, y, steps, tf.square)


@in_session
def frame_while_gather(x: Any, indices: Any) -> Any:
    """`Enter` of a loop's constant whose gradient is a `tf.IndexedSlices`: rows are summed."""
    rows = tf.constant(indices)

    def body(step: Any, state: Any) -> Any:
        return step + 1, state * tf.sin(tf.gather(x, rows[step]))

    start = tf.ones(x.shape[1:], x.dtype)
    return tf.while_loop(lambda step, _: step < len(indices), body, (tf.constant(0), start))[1]


@in_session
def frame_while_nested(x: Any, y: Any, steps: Any) -> Any:
    """A loop around a loop and a `tf.cond`: odd steps loop, even ones add a sine."""

    def body(step: Any, state: Any) -> Any:
        odd = tf.equal(step % 2, 1)
        return step + 1, tf.cond(
            odd, lambda: _while_counted(x, state, step), lambda: state + tf.sin(state)
        )

    return tf.while_loop(lambda step, _: step < steps, body, (tf.constant(0), y))[1]


@in_session
def frame_while_until_large(x: Any) -> Any:
    """A loop whose number of steps depends on the values: until past 10."""
    return tf.while_loop(
        lambda state: tf.reduce_sum(state * state) < 100.0, lambda state: state * x + state, (x,)
    )


@in_session
def frame_while_cond(x: Any, y: Any, steps: Any) -> Any:
    """A loop around a `tf.cond` whose branches hand on what comes in."""

    def body(step: Any, state: Any) -> Any:
        return step + 1, tf.cond(tf.equal(step % 2, 1), lambda: x, lambda: y) * tf.sin(state)

    return tf.while_loop(lambda step, _: step < steps, body, (tf.constant(0), x + y))[1]


@in_session
def frame_while_concat(x: Any, y: Any, steps: Any) -> Any:
    """A loop that joins its state and a constant of the loop, the axis being a constant in it."""

    def body(step: Any, state: Any) -> Any:
        joined = tf.concat([state, x], axis=0)
        return step + 1, tf.sin(joined[1:]) * joined[:-1]

    return tf.while_loop(lambda step, _: step < steps, body, (tf.constant(0), y))[1]


@in_session
def frame_while_rows(x: Any, steps: Any, rows: Any) -> Any:
    """Rows of what a loop leaves: the gradient that comes to `Exit` is a `tf.IndexedSlices`."""
    return tf.gather(_while_counted(x, x, steps), rows)


@in_session
def frame_while_forward(x: Any, steps: Any) -> Any:
    """A loop that is told to have no gradient, of what has none."""
    signs = tf.compat.v1.while_loop(
        lambda step, *_: step < steps,
        lambda step, state: (step + 1, state + tf.sign(x)),
        (tf.constant(0), tf.zeros_like(x)),
        back_prop=False,
    )[1]
    return x * signs


@in_session
def frame_while_second(x: Any, y: Any, steps: Any) -> Any:
    """The gradient of a loop, whose own gradient is asked for."""
    return tf.gradients(_while_counted(x, y, steps), x)[0]


@in_session
def frame_while_floor(x: Any, steps: Any) -> Any:
    """A loop whose state goes through an op that has no slope."""
    return tf.while_loop(
        lambda step, *_: step < steps,
        lambda step, state: (step + 1, tf.floor(state) * x + tf.sin(x)),
        (tf.constant(0), x),
    )[1]


@in_session
def frame_while_slices(x: Any, y: Any, indices: Any, steps: Any) -> Any:
    """Rows of what a loop leaves, whose gradient comes in slices that do not tell the shape."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def rows(x: Any, y: Any) -> Any:
        looped = _while_counted(x, y, steps)

        def gradient(dy: Any) -> Any:
            slices = tf.IndexedSlices(dy, tf.constant(indices))
            return tf.gradients(looped, [x, y], slices)

        return tf.gather(looped, indices), gradient

    return rows(x, y)


def _slope(x: Any, dy: Any) -> Any:
    return tf.gradients(tf.sin(x), x, dy)[0]


def _slope_in_loop(x: Any, dy: Any, back_prop: Any) -> Any:
    return tf.compat.v1.while_loop(
        lambda step, _: step < 1,
        lambda step, _: (step + 1, _slope(x, dy)),
        (tf.constant(0), tf.zeros_like(x)),
        back_prop=back_prop,
    )[1]


def _slope_in_frame(x: Any, dy: Any) -> Any:
    inside = raw.Enter(data=x, frame_name="frame", is_constant=True)
    slopes = tf.gradients(tf.sin(inside), x, raw.Enter(data=dy, frame_name="frame"))
    return raw.Exit(data=slopes[0])


@in_session
def frame_slope(x: Any, within: Any) -> Any:
    """A sine whose slope is taken within a loop, within one without gradient, or in a frame."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def sine(x: Any) -> Any:
        def gradient(dy: Any) -> Any:
            if within == "frame":
                return _slope_in_frame(x, dy)
            return _slope_in_loop(x, dy, back_prop=within == "loop")

        return tf.sin(x), gradient

    return sine(x)


# ---------------------------------------------------------------------------------------------
# References


@on_references
def reference_cond(x: Any, flag: Any) -> Any:
    """`RefSwitch` and `RefMerge`: a reference goes one of two ways."""
    below, above = raw.RefSwitch(data=x, pred=tf.constant(flag))
    return tf.sin(raw.RefMerge(inputs=[below, raw.RefIdentity(input=above)]).output)


@on_references
def reference_identity(x: Any) -> Any:
    """`RefIdentity`: the reference to a variable."""
    return tf.sin(raw.RefIdentity(input=x))


@on_references
def reference_of_loop(x: Any, y: Any, steps: Any) -> Any:
    """`RefEnter` of a loop's constant: y <- sin(y) x, where x comes from outside of the loop."""
    return _while_counted(x, tf.identity(y), steps)


@on_references
def reference_while(x: Any, y: Any, steps: Any) -> Any:
    """`RefEnter`, `RefNextIteration` and `RefExit`: y <- sin(y) x, where the loop carries x."""
    _, carried, state = tf.while_loop(
        lambda step, *_: step < steps,
        lambda step, x, state: (step + 1, x, tf.sin(state) * x),
        (tf.constant(0), x, tf.identity(y)),
    )
    return carried * state
