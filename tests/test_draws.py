"""Numbers drawn at one call and given again at others."""

import numpy as np
import pytest
import tensorflow as tf

from opcheck import Outcome, check
from opcheck.draws import Draws, is_drawn
from opcheck.evaluation import evaluate

X = np.array([0.3, -1.2, 0.8])


def noisy(x):
    return x * tf.random.normal([3], dtype=x.dtype) + tf.random.uniform([3], dtype=x.dtype)


def drawn():
    return tf.random.normal([2]).numpy().tolist() + tf.random.uniform([1]).numpy().tolist()


def test_what_was_drawn_comes_again():
    draws = Draws()
    with draws.noted():
        first = drawn()
    assert drawn() != first
    for _ in range(2):
        with draws.given():
            assert drawn() == first


@pytest.mark.parametrize(
    "other",
    [
        lambda: [drawn(), drawn()],
        lambda: tf.random.normal([3]),
        lambda: tf.random.normal([2], dtype=tf.float64),
    ],
    ids=["more", "another shape", "another dtype"],
)
def test_another_draw_is_an_error(other):
    draws = Draws()
    with draws.noted():
        drawn()
    with draws.given(), pytest.raises(ArithmeticError, match="another draw"):
        other()


def test_a_random_function_is_called_without_setting_the_seed(monkeypatch):
    evaluation = evaluate(noisy, [X], seed=3)
    assert evaluation.needs_seed
    assert evaluation.is_deterministic
    tf.random.set_seed(3)
    np.testing.assert_array_equal(evaluation.value, noisy(tf.constant(X)).numpy())
    monkeypatch.setattr(tf.random, "set_seed", None)
    np.testing.assert_array_equal(evaluation(0, X), evaluation.value)
    assert (evaluation(0, 2 * X) != evaluation.value).all()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: tf.random.shuffle(x),
        lambda x: x * tf.random.gamma([], 2.0, dtype=x.dtype),
        tf.function(noisy),
    ],
    ids=["shuffle", "gamma", "graph"],
)
def test_where_other_ops_draw_the_seed_is_set_before_each_call(f):
    evaluation = evaluate(f, [X])
    assert evaluation.needs_seed
    assert evaluation.is_deterministic
    np.testing.assert_array_equal(evaluation(0, X), evaluation.value)


def test_a_wrong_gradient_of_a_random_function_is_found():
    @tf.custom_gradient
    def damaged(x):
        factor = tf.random.normal([3], dtype=x.dtype)
        return x * factor, lambda dy: 1.01 * dy * factor

    assert check(noisy, [X]).outcome is Outcome.PASS
    assert check(damaged, [X]).outcome is Outcome.WRONG


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (noisy, True),
        (tf.function(noisy), True),
        (lambda x: x * tf.random.stateless_gamma([], (1, 2), 0.7, dtype=x.dtype), True),
        (tf.sin, False),
    ],
    ids=["drawn", "in a graph", "of a given seed", "none"],
)
def test_drawing_is_seen(function, expected):
    assert is_drawn(lambda: function(tf.constant(X))) is expected


def test_a_derivative_that_is_right_on_average_is_explained():
    def sample(alpha):
        return tf.random.stateless_gamma([2], (1, 2), alpha, dtype=alpha.dtype)

    @tf.custom_gradient
    def halved(x):
        return tf.identity(x), lambda grad: grad / 2

    report = check(sample, [np.array([0.7, 2.5])])
    assert report.outcome is Outcome.WRONG
    assert "right on average over seeds" in report.explain()
    assert "average" not in check(halved, [X]).explain()
