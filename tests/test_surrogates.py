"""Documented gradients are recognised by the ops that run, and still judged."""

from __future__ import annotations

import numpy as np
import pytest

import opcheck
from opcheck import Outcome
from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.surrogates import documented, passed_on

X = np.array([-0.6, 0.05, 0.44, 1.7, -2.3], np.float32)
SPD = np.array([[2.0, 0.3], [0.3, 1.0]])


def quantized(x):
    return tf.quantization.fake_quant_with_min_max_args(x, -1.0, 1.0, num_bits=3)


def per_channel(x, low, high):
    return tf.quantization.fake_quant_with_min_max_vars_per_channel(x, low, high, num_bits=4)


LOW, HIGH = np.array([-1.0, -0.7], np.float32), np.array([1.0, 0.8], np.float32)


@pytest.mark.parametrize(
    ("f", "xs", "op"),
    [
        (quantized, [X], "FakeQuantWithMinMaxArgs"),
        (
            lambda x, a, b: tf.quantization.fake_quant_with_min_max_vars(x, a, b, 3),
            [X, np.float32(-1), np.float32(1)],
            "FakeQuantWithMinMaxVars",
        ),
        (per_channel, [np.stack([X, X], 1), LOW, HIGH], "FakeQuantWithMinMaxVarsPerChannel"),
        (
            lambda x: tf.quantization.quantize_and_dequantize_v2(
                x, -1.0, 1.0, num_bits=4, range_given=True
            ),
            [X],
            "QuantizeAndDequantizeV4",
        ),
        (
            lambda x: tf.raw_ops.QuantizeAndDequantizeV2(
                input=x, input_min=-1.0, input_max=1.0, num_bits=4, range_given=True
            ),
            [X],
            "QuantizeAndDequantizeV2",
        ),
        (
            lambda x: tf.raw_ops.QuantizeAndDequantizeV3(
                input=x, input_min=-1.0, input_max=1.0, num_bits=4, range_given=True
            ),
            [X],
            "QuantizeAndDequantizeV3",
        ),
        (lambda x: x + tf.stop_gradient(tf.round(x) - x), [X], "StopGradient"),
        (lambda x: tf.stop_gradient(x) * 2.0, [X], "StopGradient"),
        (tf.function(lambda x: tf.stop_gradient(x) * x), [X], "StopGradient"),
        (tf.linalg.cholesky, [SPD], "Cholesky"),
        (tf.linalg.logdet, [SPD], "Cholesky"),
        (tf.linalg.cholesky, [SPD + np.array([[0, 0.2j], [-0.2j, 0]])], "Cholesky"),
    ],
)
def test_the_documented_gradient_is_by_design(f, xs, op):
    report = opcheck.check(f, xs)
    assert report.outcome is Outcome.BY_DESIGN, report.explain()
    assert f"{op} " in report.note
    assert "as documented" in report.explain()


def test_the_values_at_the_point_stay_those_of_the_op():
    # d (q²) = 2 q · 1 with the quantized value q, not with x.
    report = opcheck.check(lambda x: quantized(x) ** 2, [X])
    assert report.outcome is Outcome.BY_DESIGN, report.explain()


@pytest.mark.parametrize(
    ("factor", "f"), [(1.1, quantized), (0.5, tf.linalg.cholesky)], ids=["quantized", "cholesky"]
)
def test_another_gradient_than_the_documented_one_is_wrong(factor, f):
    @tf.custom_gradient
    def damaged(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return y, lambda dy: factor * tape.gradient(y, x, output_gradients=dy)

    x = X if f is quantized else SPD
    damaged = once_per_row(f, factor) if f is not quantized else damaged
    assert opcheck.check(damaged, [x]).outcome is Outcome.WRONG


def once_per_row(f, factor):
    @tf.custom_gradient
    def damaged(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = f(x)
        return y, lambda dy: factor * tape.gradient(y, x, output_gradients=dy)

    return damaged


def test_a_stopped_gradient_elsewhere_excuses_nothing():
    @tf.custom_gradient
    def f(x):
        return tf.stop_gradient(tf.exp(x)), lambda dy: dy * 1.1

    assert opcheck.check(f, [X]).outcome is Outcome.WRONG


def test_a_function_without_such_ops_has_nothing_documented():
    assert documented(evaluate(tf.exp, [X])) == (None, "")


def test_watching_ends_with_the_look():
    documented(evaluate(quantized, [X]))
    np.testing.assert_array_equal(quantized(X), quantized(tf.constant(X)))
    assert not tf.config.functions_run_eagerly()
    assert opcheck.check(tf.round, [X]).outcome is Outcome.PASS


def test_a_stop_that_moves_no_derivative_excuses_none():
    """The largest term is divided out and put back: to hold it constant changes no slope."""

    @tf.custom_gradient
    def halved(x):
        largest = tf.stop_gradient(tf.reduce_max(x))
        y = tf.math.log(tf.reduce_sum(tf.exp(x - largest))) + largest
        return y, lambda dy: 0.5 * dy * tf.nn.softmax(x)

    def whole(x):
        largest = tf.stop_gradient(tf.reduce_max(x))
        return tf.math.log(tf.reduce_sum(tf.exp(x - largest))) + largest

    evaluation = evaluate(whole, [X])
    assert documented(evaluation)[0] is not None
    assert documented(evaluation, lambda: False) == (None, "")
    assert opcheck.check(whole, [X]).outcome is Outcome.PASS
    assert opcheck.check(halved, [X]).outcome is Outcome.WRONG


def test_gradients_are_passed_on_for_a_while():
    x = tf.constant([1.0, 2.0])

    def slope():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * tf.stop_gradient(x)
        return tape.gradient(y, x).numpy().tolist()

    with passed_on():
        assert slope() == [2.0, 4.0]
    assert slope() == [1.0, 2.0]
