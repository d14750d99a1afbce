"""Control flow by frames and switches, and references to variables, as in TensorFlow 1."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_session, on_references

raw = tf.raw_ops


# ---------------------------------------------------------------------------------------------
# Frames


def _while_counted(x: Any, y: Any, steps: Any) -> Any:
    return tf.while_loop(
        lambda step, *_: step < steps,
        lambda step, state: (step + 1, tf.sin(state) * x),
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
    """`Enter`, `Merge`, `Switch`, `NextIteration` and `Exit` of a loop: y <- sin(y) x."""
    return _while_counted(x, y, steps)


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
