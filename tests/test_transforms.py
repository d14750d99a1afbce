"""Gradients, compiled functions and wide twins as functions of their own."""

from __future__ import annotations

import numpy as np
import pytest

import opcheck
from opcheck import Outcome
from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.transforms import compiled, gradient_of, widened


def test_the_gradient_of_a_sum_of_outputs():
    x, y = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    first = gradient_of(evaluate(lambda x, y: [x * y, x * x], [x, y]))
    np.testing.assert_allclose(first.value, [*(y + 2 * x), *x])
    assert [output.name for output in first.outputs] == ["grad xs[0]", "grad xs[1]"]
    second = gradient_of(evaluate(lambda x: x**3, [x]), 2)
    np.testing.assert_allclose(second.value, 6 * x)


def test_a_gradient_that_is_not_there_is_zero():
    first = gradient_of(evaluate(lambda x, y: x * 2.0, [np.array([1.0]), np.array([5.0])]))
    np.testing.assert_array_equal(first.value, [2, 0])


def test_a_weight_that_the_function_holds_has_a_gradient():
    variable = tf.Variable(2.0)
    first = gradient_of(evaluate(lambda v: v * v, [variable]))
    np.testing.assert_array_equal(first.value, [4])


@pytest.mark.parametrize("mode", ["graph", "graph_dynamic", "xla"])
def test_a_compiled_function_is_the_same_function(mode):
    xs = [np.array([[0.5, 1.0]]), tf.Variable([2.0, 3.0], dtype=tf.float64)]
    plain = evaluate(lambda x, v: {"sum": x + v, "count": tf.size(x)}, xs)
    found = compiled(plain, mode)
    np.testing.assert_array_equal(found.value, plain.value)
    assert found.outputs == plain.outputs


def test_shapes_are_unknown_in_graph_dynamic():
    seen = []

    def f(x):
        seen.append(x.shape.as_list())
        return x * 2.0

    compiled(evaluate(f, [np.ones((2, 3))]), "graph_dynamic")
    assert [None, None] in seen


def test_a_wide_twin_takes_the_same_numbers():
    narrow = evaluate(tf.sin, [np.array([0.1, 0.7], np.float16)])
    wide = widened(narrow)
    np.testing.assert_array_equal(wide.value, np.sin(narrow.primals[0].point.astype(float)))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * tf.constant(0.3, x.dtype.base_dtype) if x.dtype == tf.float16 else x * 9.0,
        lambda x: x * tf.constant([2.0, 3.0], tf.float16),
        lambda x: x if x.dtype == tf.float16 else tf.concat([x, x], 0),
    ],
    ids=["another function", "no such kernel", "another shape"],
)
def test_no_twin_where_the_function_is_another_one(f):
    assert widened(evaluate(f, [np.array([0.5, 1.0], np.float16)])) is None


def test_a_twin_in_single_precision_where_double_gives_something_else():
    def f(x):
        return tf.concat([x, x], 0) if x.dtype == tf.float64 else tf.sin(x)

    wide = widened(evaluate(f, [np.array([0.5, 1.0], np.float16)]))
    assert wide.primals[0].point.dtype == np.float32


def test_no_twin_of_what_is_double_already():
    assert widened(evaluate(tf.sin, [np.array([0.5])])) is None


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize(
    "f",
    [
        tf.exp,
        tf.nn.softmax,
        tf.nn.log_softmax,
        tf.tanh,
        tf.math.cumprod,
        lambda x: tf.reduce_max(x, keepdims=True),
        lambda x: tf.nn.relu(x) + tf.round(x),
    ],
)
def test_short_dtypes_are_judged_against_double_precision(f, dtype):
    x = tf.cast([0.31, -1.7, 2.2, 0.9], dtype)
    report = opcheck.check(f, [x])
    assert report.outcome is Outcome.PASS, report.explain()


@pytest.mark.parametrize(
    ("dtype", "factor"), [("float16", 1.02), ("bfloat16", 1.2), ("float32", 1.0001)]
)
def test_a_fault_in_one_dtype_alone(dtype, factor):
    @tf.custom_gradient
    def f(x):
        wrong = factor if x.dtype == dtype else 1.0
        return tf.exp(x), lambda dy: dy * tf.exp(x) * wrong

    x = np.array([0.31, -1.7])
    assert opcheck.check(f, [x]).passed
    report = opcheck.check(f, [tf.cast(x, dtype)])
    assert report.outcome is Outcome.WRONG, report.explain()
