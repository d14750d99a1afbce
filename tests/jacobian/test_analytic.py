"""The analytic Jacobian: layout, missing gradients told apart, rounding measured."""

import numpy as np
import pytest

from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.jacobian import analytic
from opcheck.jacobian.analytic import (
    Connection,
    analytic_jacobians,
    one_hot,
    rounding_noise,
    why_missing,
)


def jacobian(function, *xs):
    return analytic_jacobians(evaluate(function, list(xs)))[0]


def test_rows_are_outputs_and_columns_inputs():
    matrix = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], tf.float64)
    found = jacobian(lambda x: tf.linalg.matvec(matrix, x), np.ones(3))
    np.testing.assert_array_equal(found.matrix, matrix.numpy())
    assert found.connections == (Connection.CONNECTED,)


def test_complex_blocks_follow_cauchy_and_riemann():
    z = 0.3 + 0.7j
    found = jacobian(lambda t: t * t, np.array([z]))
    slope = 2 * z
    expected = [[slope.real, -slope.imag], [slope.imag, slope.real]]
    np.testing.assert_allclose(found.matrix, expected)


def test_outputs_are_stacked():
    found = jacobian(lambda x: (2.0 * x, tf.reduce_sum(x)), np.ones(2))
    np.testing.assert_array_equal(found.matrix, [[2, 0], [0, 2], [1, 1]])


def test_one_input_without_gradient_does_not_hide_the_other():
    def f(x, y):
        return tf.raw_ops.Snapshot(input=x) + y

    found = analytic_jacobians(evaluate(f, [np.ones(2), np.ones(2)]))
    assert found[0].connections == (Connection.UNREGISTERED,)
    assert "Snapshot" in found[0].detail
    assert found[1].connections == (Connection.CONNECTED,)
    np.testing.assert_array_equal(found[1].matrix, np.eye(2))


def test_a_gradient_that_works_once_is_taken_from_fresh_tapes():
    def f(x):
        return tf.py_function(lambda t: t * t, [x], tf.float64)

    found = jacobian(f, np.array([1.0, 3.0]))
    np.testing.assert_allclose(found.matrix, np.diag([2.0, 6.0]))


def test_a_derivative_that_raises_keeps_its_words():
    @tf.custom_gradient
    def f(x):
        def backward(dy):
            raise ArithmeticError("not today")

        return x * 1.0, backward

    found = jacobian(f, np.ones(2))
    assert found.error == "ArithmeticError: not today"
    assert np.isnan(found.matrix).all()


def test_the_shape_of_a_gradient_is_looked_at():
    @tf.custom_gradient
    def f(x):
        return tf.reduce_sum(x), lambda dy: dy * tf.ones([1])

    found = jacobian(f, np.ones(3, np.float32))
    assert found.misshapen == "the gradient has shape [1], the input [3]"


def connection(function, *xs):
    evaluation = evaluate(function, list(xs))
    return why_missing(evaluation, 0, analytic_jacobians(evaluation)[0])


def test_the_spellings_of_no_gradient():
    def linspace(x):
        return tf.raw_ops.LinSpace(start=x, stop=tf.constant(2.0, tf.float64), num=3)

    @tf.custom_gradient
    def zero(x):
        return x * 2.0, lambda dy: tf.zeros_like(x)

    @tf.custom_gradient
    def computed_zero(x):
        return x * 2.0, lambda dy: dy * 0.0

    point = np.array(0.5)
    assert connection(linspace, point).connections == (Connection.DECLARED,)
    assert connection(linspace, point).detail == "at the op LinSpace"
    assert connection(lambda x: tf.constant(x.numpy()), point).connections == (
        Connection.DISCONNECTED,
    )
    assert connection(zero, point).connections == (Connection.EXPLICIT_ZERO,)
    assert connection(computed_zero, point).connections == (Connection.CONNECTED,)


def test_one_hot_covers_complex_coordinates():
    np.testing.assert_array_equal(one_hot((2,), np.complex128, 3).numpy(), [0, 1j])
    np.testing.assert_array_equal(one_hot((0,), np.float32, 0).numpy(), [])


def test_rounding_noise_is_that_of_rounding():
    def f(x):
        return tf.sin(1e6 * x)

    evaluation = evaluate(f, [np.array([0.7])])
    found = analytic_jacobians(evaluation)[0]
    noise = rounding_noise(evaluation, found, lambda elsewhere: analytic_jacobians(elsewhere)[0])
    assert 0 < noise[0, 0] < 1e-3
    assert evaluation.primals[0].point[0] == 0.7


@pytest.mark.parametrize("has_call", [True, False])
def test_gradients_are_those_that_the_tape_returns(monkeypatch, has_call):
    if not has_call:
        monkeypatch.setattr(analytic, "_imperative_grad", lambda: None)
    x, unused = tf.constant([1.0, 2.0, 3.0]), tf.constant([1.0])
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    sources = [x, unused, table]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, unused])
        tensors = [x**2, tf.gather(table, [1, 1]) * x[0]]
    cotangents = [tf.constant([1.0, -1.0, 0.5]), tf.constant([[1.0, 2.0], [3.0, 4.0]])]
    wanted = tape.gradient(tensors, sources, output_gradients=cotangents)
    found = analytic.gradients(tape, tensors, sources, cotangents)
    assert found[1] is None
    assert type(found[2]) is type(wanted[2])
    for place in (0, 2):
        dense = tf.convert_to_tensor(wanted[place])
        np.testing.assert_array_equal(tf.convert_to_tensor(found[place]), dense)
