"""Every mode and order against closed forms, and faults that one mode alone has."""

from __future__ import annotations

import numpy as np
import pytest

import opcheck
from opcheck import Outcome
from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.jacobian.analytic import analytic_jacobians
from opcheck.jacobian.modes import differentiate
from opcheck.modes import MODES, NESTED
from opcheck.transforms import gradient_of

FIRST = [mode for mode in MODES if mode not in NESTED]


def eager_only(right, wrong):
    """A product with a gradient that is right where ops run at once and wrong in a graph."""

    @tf.custom_gradient
    def f(x):
        return x * 3.0, lambda dy: dy * (right if tf.executing_eagerly() else wrong)

    return f


@pytest.mark.parametrize("mode", FIRST)
def test_a_product_of_matrices(mode):
    a, b = np.arange(4.0).reshape(2, 2), np.array([[1.0, -1.0, 2.0], [0.5, 0.0, 3.0]])
    found = differentiate(evaluate(tf.matmul, [a, b]), mode)
    np.testing.assert_allclose(found[0].matrix, np.kron(np.eye(2), b.T), atol=1e-15)
    np.testing.assert_allclose(found[1].matrix, np.kron(a, np.eye(3)), atol=1e-15)


@pytest.mark.parametrize("mode", FIRST)
def test_a_complex_function_is_a_pair_of_real_ones(mode):
    z = np.array([0.3 - 0.4j])
    found = differentiate(evaluate(lambda x: x * x, [z]), mode)[0].matrix
    slope = 2 * z[0]
    expected = [[slope.real, -slope.imag], [slope.imag, slope.real]]
    np.testing.assert_allclose(found, expected, atol=1e-15)


@pytest.mark.parametrize("mode", FIRST)
def test_a_complex_function_of_a_real_input_and_back(mode):
    to_complex = evaluate(lambda x: tf.complex(x, 2 * x), [np.array([0.5])])
    np.testing.assert_allclose(differentiate(to_complex, mode)[0].matrix, [[1], [2]])
    modulus = evaluate(tf.abs, [np.array([3.0 + 4.0j])])
    np.testing.assert_allclose(differentiate(modulus, mode)[0].matrix, [[0.6, 0.8]])


@pytest.mark.parametrize("mode", FIRST)
def test_several_outputs_variables_and_an_unused_input(mode):
    variable = tf.Variable([1.0, 2.0])

    def f(v, x, unused):
        return {"a": v * x, "b": [tf.reduce_sum(x)]}

    xs = [variable, np.array([3.0, 4.0], np.float32), np.float32(1.0)]
    found = differentiate(evaluate(f, xs), mode)
    np.testing.assert_allclose(found[0].matrix, [[3, 0], [0, 4], [0, 0]])
    np.testing.assert_allclose(found[1].matrix, [[1, 0], [0, 2], [1, 1]])
    np.testing.assert_allclose(found[2].matrix, np.zeros((3, 1)))


@pytest.mark.parametrize("mode", FIRST)
def test_an_output_without_entries(mode):
    report = opcheck.check(lambda x: x[:0], [np.ones(2)], mode=mode)
    assert report.outcome is Outcome.PASS
    assert report.compared


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", [2, 3])
def test_orders_two_and_three_of_a_quartic_with_mixed_terms(mode, order):
    x, y = np.array([0.7, -1.2]), np.array([0.4, 2.0])

    def f(x, y):
        return x**4 * y

    found = differentiate(evaluate(f, [x, y]), mode, order)
    if order == 2:
        by_x = np.concatenate([np.diag(12 * x**2 * y), np.diag(4 * x**3)])
        by_y = np.concatenate([np.diag(4 * x**3), np.zeros((2, 2))])
    else:
        # The gradient of the sum of both first gradients' gradients: 12x²y + 4x³ and 4x³.
        by_x = np.concatenate([np.diag(24 * x * y + 12 * x**2), np.diag(12 * x**2)])
        by_y = np.concatenate([np.diag(12 * x**2), np.zeros((2, 2))])
    np.testing.assert_allclose(found[0].matrix, by_x, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[1].matrix, by_y, rtol=1e-12, atol=1e-15)
    (alone,) = differentiate(evaluate(f, [x, y]), mode, order, number=1).values()
    np.testing.assert_array_equal(alone.matrix, found[1].matrix)


def test_what_is_derived_alone_is_neither_traced_nor_watched():
    calls = 0

    def f(x):
        nonlocal calls
        calls += 1
        return x**3

    evaluation = evaluate(f, [np.linspace(1.0, 2.0, 40)])
    calls = 0
    last = gradient_of(evaluation, is_differenced=False)
    assert calls == 1
    assert not last.is_looped
    np.testing.assert_allclose(analytic_jacobians(last)[0].matrix.sum(), 6 * 1.5 * 40)


def test_the_gradient_of_what_is_drawn_is_watched():
    evaluation = evaluate(lambda x: x * tf.random.normal([3], dtype=tf.float64) * x, [np.ones(3)])
    assert evaluation.needs_seed
    last = gradient_of(evaluation, is_differenced=False)
    assert last.needs_seed
    first, second = (analytic_jacobians(last)[0].matrix for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("mode", MODES)
def test_right_functions_pass_in_every_mode(mode):
    order = 2 if mode in NESTED else 1
    for f, xs in (
        (tf.nn.softmax, [np.array([[0.1, 0.5, -0.3]])]),
        (lambda a: tf.linalg.inv(a), [np.array([[2.0, 0.3], [0.1, 1.5]])]),
        (lambda x, i: tf.gather(x, i), [np.array([1.0, 2.0, 3.0]), np.array([0, 0, 2])]),
    ):
        report = opcheck.check(f, xs, mode=mode, order=order)
        assert report.outcome is Outcome.PASS, report.explain()
        assert report.mode == mode
        assert report.compared


def test_nested_modes_are_of_second_order_at_least():
    report = opcheck.check(lambda x: x**3, [np.array(2.0)], mode="forward_over_reverse")
    assert (report.order, report.outcome) == (2, Outcome.PASS)


@tf.custom_gradient
def once(x):
    """A double whose first derivative is there, and no second."""

    @tf.custom_gradient
    def slope(dy):
        def never(dy):
            raise ArithmeticError("asked for a second derivative")

        return 2.0 * dy, never

    return 2.0 * x, slope


@pytest.mark.parametrize("mode", ["graph", "graph_dynamic", "xla", "pfor"])
def test_a_traced_function_is_asked_for_its_first_derivative_alone(mode):
    report = opcheck.check(once, [np.ones(2)], mode=mode)
    assert report.outcome is Outcome.PASS, report.explain()


@pytest.mark.parametrize("method", ["dense", "probe"])
@pytest.mark.parametrize("count", [2, 40])
def test_a_function_that_is_traced_by_its_author_is_so_too(method, count):
    report = opcheck.check(tf.function(once), [np.ones(count)], method=method)
    assert report.outcome is Outcome.PASS, report.explain()
    assert evaluate(lambda x: tf.sin(tf.function(once)(x)), [np.ones(2)]).calls_functions
    assert not evaluate(lambda x: tf.sin(once(x)), [np.ones(2)]).calls_functions


def test_one_inputs_failure_in_pfor_hides_no_others():
    @tf.custom_gradient
    def eager(x):
        return x * 3.0, lambda dy: tf.constant(dy.numpy() * 3.0)

    found = differentiate(
        evaluate(lambda x, y: x * 2.0 + eager(y), [np.ones(2), np.ones(2)]), "pfor"
    )
    np.testing.assert_array_equal(found[0].matrix, 2 * np.eye(2))
    assert "numpy" in found[1].error


@pytest.mark.parametrize("mode", ["graph", "graph_dynamic", "pfor"])
def test_a_gradient_that_is_wrong_in_a_graph_alone(mode):
    report = opcheck.check(eager_only(3.0, 2.0), [np.array([0.5, 1.0])], mode=mode)
    assert report.outcome is Outcome.MODE_MISMATCH
    words = report.explain()
    assert "MODE_MISMATCH, reverse mode is right, the mode under test is not" in words
    assert f"mode       {mode}" in words
    assert f"mode='{mode}'" in words
    assert "2.000000000000e+00" in words
    assert "3.000000000000e+00" in words


def test_a_gradient_that_is_wrong_under_unknown_shapes_alone():
    @tf.custom_gradient
    def mean(x):
        def backward(dy):
            return dy * tf.ones_like(x) / (x.shape[0] or 1)

        return tf.reduce_mean(x), backward

    assert opcheck.check(mean, [np.array([0.5, 1.0])], mode="graph").passed
    report = opcheck.check(mean, [np.array([0.5, 1.0])], mode="graph_dynamic")
    assert report.outcome is Outcome.MODE_MISMATCH


def test_a_forward_rule_that_is_wrong_alone(monkeypatch):
    # Forward mode traces an op's gradient function, where eager reverse mode calls it.
    from tensorflow.python.framework import ops

    entry = ops.gradient_registry._registry["Asinh"]
    right = entry["type"]

    def wrong_in_a_graph(op, dy):
        return right(op, dy) * (1.0 if tf.executing_eagerly() else 1.5)

    x = [np.array([0.5])]
    # TensorFlow keeps the rule that this traces.
    assert opcheck.check(tf.asinh, x, mode="forward").passed
    monkeypatch.setitem(entry, "type", wrong_in_a_graph)
    assert opcheck.check(tf.asinh, x).passed
    assert opcheck.check(tf.asinh, x, mode="forward").outcome is Outcome.MODE_MISMATCH
    monkeypatch.setitem(entry, "type", right)
    assert opcheck.check(tf.asinh, x, mode="forward").passed


def test_forward_mode_knows_its_shapes_whatever_ran_before(monkeypatch):
    from tensorflow.python.framework import ops

    entry = ops.gradient_registry._registry["Acosh"]
    right = entry["type"]

    def of_known_shapes(op, dy):
        return right(op, dy) * (1.0 if dy.shape.is_fully_defined() else 2.0)

    monkeypatch.setitem(entry, "type", of_known_shapes)
    for size in range(1, 40):
        x = tf.fill([size], 1.5)
        with tf.autodiff.ForwardAccumulator(x, x) as accumulator:
            slope = accumulator.jvp(tf.acosh(x))
    # After so many shapes TensorFlow traces for unknown ones.
    np.testing.assert_allclose(slope, 2 * 1.5 / np.sqrt(1.25), rtol=1e-6)
    assert opcheck.check(tf.acosh, [np.full(50, 1.5)], mode="forward").passed


def test_a_mode_that_agrees_with_a_wrong_reverse_is_wrong():
    report = opcheck.check(eager_only(2.0, 2.0), [np.array([0.5])], mode="graph")
    assert report.outcome is Outcome.WRONG


def test_a_mode_that_is_right_where_reverse_is_wrong_passes():
    assert opcheck.check(eager_only(2.0, 3.0), [np.array([0.5])], mode="graph").passed


def test_what_cannot_be_compiled_is_a_crash_of_its_own():
    def f(x):
        return tf.py_function(lambda y: y * 2, [x], tf.float64)

    report = opcheck.check(f, [np.array([0.5])], mode="xla")
    assert report.outcome is Outcome.CRASH
    assert "EagerPyFunc" in report.explain()


def test_an_unregistered_gradient_is_missing_in_a_graph_too():
    report = opcheck.check(lambda x: tf.unique(x).y, [np.array([0.5, 2.0])], mode="graph")
    assert report.outcome is Outcome.MISSING
    assert "unregistered" in report.explain()


def test_the_symbolic_zero_of_forward_mode_is_zero():
    assert opcheck.check(tf.sign, [np.array([0.7])], mode="forward").outcome is Outcome.PASS


def test_a_wrong_second_derivative_behind_a_right_first():
    @tf.custom_gradient
    def slope(x):
        return 3 * x**2, lambda dy: dy * 5 * x

    @tf.custom_gradient
    def cube(x):
        return x**3, lambda dy: dy * slope(x)

    assert opcheck.check(cube, [np.array([0.5])]).passed
    report = opcheck.check(cube, [np.array([0.5])], order=2)
    assert report.outcome is Outcome.WRONG
    assert "d grad xs[0][0] / d xs[0][0]" in report.explain()
    assert "order      2" in report.explain()
    assert "order=2" in report.explain()


def test_a_bad_first_derivative_is_reported_in_place_of_the_second():
    report = opcheck.check(eager_only(2.0, 2.0), [np.array([0.5])], order=2)
    assert report.outcome is Outcome.WRONG
    assert "judged is order 1" in report.explain()


def test_a_second_derivative_without_a_gradient_is_missing():
    @tf.custom_gradient
    def square(x):
        return x * x, lambda dy: dy * 2 * tf.unique(x).y

    report = opcheck.check(square, [np.array([0.5, 0.7])], order=2)
    assert report.outcome is Outcome.MISSING


def test_a_kink_of_the_gradient_is_a_kink_of_second_order():
    report = opcheck.check(tf.nn.elu, [np.zeros(1)], order=2)
    assert report.outcome is Outcome.KINK


@pytest.mark.parametrize("mode", ["forward", "forward_over_reverse", "forward_over_forward"])
def test_what_fails_in_forward_mode_is_a_crash_of_the_right_shape(mode):
    @tf.custom_gradient
    def f(x):
        return x * x, lambda dy: tf.py_function(lambda d: d * 2.0, [dy], tf.float64)

    def g(x):
        return tf.gather_nd(x, [[0], [0]]) * f(x)[:2]

    report = opcheck.check(g, [np.array([0.5, 1.0, 2.0])], mode=mode)
    assert report.outcome is not Outcome.PASS
    assert report.compared in (6, 9)


def test_second_order_zeros_have_the_rounding_of_their_terms():
    def normalized(x):
        return tf.compat.v1.nn.fused_batch_norm(x, tf.constant([1.3]), tf.constant([0.3]))[0]

    x = np.random.default_rng(0).normal(size=(2, 2, 2, 1)).astype(np.float32)
    for mode in ("reverse", "forward_over_forward"):
        report = opcheck.check(normalized, [x], order=2, mode=mode)
        assert report.outcome is Outcome.PASS, report.explain()
