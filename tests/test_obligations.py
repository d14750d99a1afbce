"""What every gradient owes: each rule broken by a gradient whose values are right."""

import numpy as np
import pytest
import tensorflow as tf

import opcheck
from opcheck import Outcome
from opcheck.evaluation import evaluate
from opcheck.obligations import breach

X = np.array([0.5, -1.25, 2.0])


def with_gradient(gradient):
    @tf.custom_gradient
    def function(x):
        return tf.sin(x), lambda dy: gradient(x, dy)

    return function


def right(x, dy):
    return dy * tf.cos(x)


def test_a_right_gradient_breaks_no_rule():
    assert breach(evaluate(with_gradient(right), [X])) is None
    assert breach(evaluate(lambda x: (tf.sin(x), tf.cumsum(x)), [X + 1j])) is None
    assert breach(evaluate(lambda x: tf.stop_gradient(x) * 2, [X])) is None


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_an_infinite_gradient_is_the_same_in_two_passes():
    assert breach(evaluate(tf.sqrt, [np.array([0.0, 4.0])])) is None


def zero_over_zero(x, dy):
    # Right for every cotangent but zero, where it divides by its size.
    size = tf.reduce_max(tf.abs(dy))
    return size * (dy / size) * tf.cos(x)


def test_a_zero_cotangent_must_give_zero():
    report = opcheck.check(with_gradient(zero_over_zero), [X])
    assert report.outcome is Outcome.NAN
    assert "a cotangent that is all zeros" in report.explain()
    assert np.isnan(report.worst.analytic)
    assert report.worst.numeric == 0.0


def test_a_gradient_that_ignores_a_zero_cotangent_is_wrong():
    def gradient(x, dy):
        return tf.where(tf.reduce_all(dy == 0), tf.ones_like(x), dy * tf.cos(x))

    report = opcheck.check(with_gradient(gradient), [X])
    assert report.outcome is Outcome.WRONG
    assert report.worst.analytic == 1.0


def test_a_gradient_must_have_the_dtype_of_its_input():
    function = with_gradient(lambda x, dy: tf.cast(dy * tf.cos(x), tf.float64))
    found = breach(evaluate(function, [X.astype(np.float32)]))
    assert found.words == "the gradient is float64, the input float32"


def test_two_passes_must_agree():
    calls = []

    def gradient(x, dy):
        calls.append(dy)
        return dy * tf.cos(x) * (1.5 if len(calls) == 2 else 1.0)

    found = breach(evaluate(with_gradient(gradient), [X]))
    assert found.words == "two backward passes give different gradients"
    assert found.found == pytest.approx(found.owed / 1.5)


def test_a_gradient_must_leave_its_input_as_it_was():
    def gradient(x, dy):
        slope = dy * tf.cos(x)
        # As a kernel does that writes into a buffer which was lent to it.
        x._numpy()[1] += 1.0
        return slope

    found = breach(evaluate(with_gradient(gradient), [X]))
    assert found.words == "taking the gradient changes the input itself"
    assert (found.number, found.position) == (0, 1)
    # Three passes have each added one.
    assert (found.found, found.owed) == (X[1] + 3.0, X[1])


def test_special_points_are_not_asked_twice():
    evaluation = evaluate(with_gradient(zero_over_zero), [X])
    assert opcheck.pipeline.by_method(evaluation, "a", "", "reverse", 1, "dense").outcome == "nan"
    found = opcheck.pipeline.by_method(evaluation, "a", "", "reverse", 1, "dense", owes=False)
    assert found.outcome is Outcome.PASS
