"""Functional control flow: an op holds its branches or its body as functions.

Ops that read a variable inside of these make the op one that has state, with a gradient function
of its own.
"""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_graph


@in_graph
def case_by_index(x: Any, index: Any) -> Any:
    """`StatelessCase`, or `Case` on a variable: one of three branches; the last one by default."""
    branches = [lambda: tf.sin(x), lambda: x * x, lambda: tf.exp(x)]
    return tf.switch_case(tf.convert_to_tensor(index), branches)


@in_graph
def case_of_variable(x: Any, y: Any, index: Any) -> Any:
    """`Case` on a tensor and a variable: a branch reads both, so each is an input of the op."""
    branches = [lambda: tf.sin(x) * y, lambda: x + y * y]
    return tf.switch_case(tf.convert_to_tensor(index), branches)


@in_graph
def cond_of_flag(x: Any, y: Any, flag: Any) -> Any:
    """`StatelessIf`, or `If` on variables: branches that use the inputs differently."""
    return tf.cond(tf.convert_to_tensor(flag), lambda: x * y, lambda: tf.sin(x))


@in_graph
def cond_of_number(op: Any, x: Any, number: Any) -> Any:
    """`StatelessIf` or `If` as it is, where a number stands for whether it is not zero."""
    like = tf.TensorSpec(x.shape, x.dtype)
    square, sine = (tf.function(f).get_concrete_function(like) for f in (tf.square, tf.sin))
    return getattr(tf.raw_ops, op)(
        cond=number, input=[x], Tout=[x.dtype], then_branch=square, else_branch=sine
    )[0]


@in_graph
def cond_of_value(x: Any) -> Any:
    """`StatelessIf` with a predicate that depends on the input."""
    is_positive = tf.reduce_sum(x) > 0
    return tf.cond(is_positive, lambda: (x * x, 3.0 * x), lambda: (tf.exp(x), tf.sin(x)))


@in_graph
def fold_left(x: Any) -> Any:
    """`StatelessWhile` by `tf.foldl` over the rows of a tensor."""
    return tf.foldl(lambda total, row: total * row + tf.sin(row), x)


@in_graph
def fold_right(x: Any) -> Any:
    """`StatelessWhile` by `tf.foldr` over the rows of a tensor."""
    return tf.foldr(lambda total, row: total * row + tf.sin(row), x)


@in_graph
def map_rows(x: Any, y: Any) -> Any:
    """`StatelessWhile` by `tf.map_fn` over the rows of two tensors."""
    return tf.map_fn(lambda rows: rows[0] * tf.exp(rows[1]), (x, y), fn_output_signature=x.dtype)


def python_function(x: Any, y: Any) -> Any:
    """`EagerPyFunc` by `tf.py_function`: Python code that TensorFlow differentiates by a tape."""
    return tf.py_function(lambda a, b: a * tf.sin(b), [x, y], x.dtype)


def python_function_later(x: Any, y: Any) -> Any:
    """`EagerPyFunc` made where Python does not wait for ops: `is_async`. It runs where it does."""
    is_synchronous = tf.config.experimental.get_synchronous_execution()
    tf.config.experimental.set_synchronous_execution(False)
    try:
        like = (tf.TensorSpec(value.shape, value.dtype) for value in (x, y))
        traced = tf.function(python_function, autograph=False).get_concrete_function(*like)
    finally:
        tf.config.experimental.set_synchronous_execution(is_synchronous)
    return traced(x, y)


def python_function_of_index(x: Any, index: Any) -> Any:
    """`EagerPyFunc` with an integer among its inputs."""
    return tf.py_function(lambda a, i: tf.sin(a[i]), [x, tf.constant(index)], x.dtype)


@in_graph
def recomputed(x: Any, y: Any) -> Any:
    """`tf.recompute_grad`: the forward values are computed once more for the gradient."""
    return tf.recompute_grad(lambda a, b: tf.sin(a * b) * b)(x, y)


@in_graph
def scan_rows(x: Any, start: Any, reverse: Any = False) -> Any:
    """`StatelessWhile` by `tf.scan` over the rows of a tensor."""
    return tf.scan(lambda state, row: state * row + row, x, initializer=start, reverse=reverse)


_called = in_graph(lambda x, y: (x * tf.sin(y), x - y))


@in_graph
def call_in_graph(x: Any, y: Any) -> Any:
    """`PartitionedCall`, or `StatefulPartitionedCall` on variables: one function in another."""
    product, difference = _called(x, y)
    return product * difference


@in_graph
def while_counted(x: Any, y: Any, steps: Any) -> Any:
    """`StatelessWhile`, or `While` on variables: y <- sin(y) x, `steps` times."""
    return tf.while_loop(
        lambda step, _: step < steps,
        lambda step, state: (step + 1, tf.sin(state) * x),
        (tf.constant(0), tf.convert_to_tensor(y)),
    )[1]


@in_graph
def while_nested(x: Any, steps: Any) -> Any:
    """`StatelessWhile` around `StatelessIf`: odd steps multiply, even ones add a sine."""

    def body(step: Any, state: Any) -> Any:
        return step + 1, tf.cond(step % 2 == 1, lambda: state * x, lambda: state + tf.sin(state))

    return tf.while_loop(lambda step, _: step < steps, body, (tf.constant(0), x))[1]


@in_graph
def while_until_large(x: Any) -> Any:
    """`StatelessWhile` whose number of steps depends on the values: doubled until past 10."""
    return tf.while_loop(
        lambda state: tf.reduce_sum(state * state) < 100.0, lambda state: (state * x + state,), (x,)
    )[0]
