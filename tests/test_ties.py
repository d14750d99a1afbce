"""Kinks of several coordinates: shares of a tie must add up."""

from __future__ import annotations

import numpy as np
import pytest

import opcheck
from opcheck import Outcome, ties
from opcheck.backend import tf


def maximum_with(shares):
    """The maximum of all entries with the given gradient."""

    @tf.custom_gradient
    def f(x):
        return tf.reduce_max(x), lambda dy: dy * tf.constant(shares, x.dtype)

    return f


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shares", [[0.25] * 4, [1.0, 0, 0, 0], [0.5, 0.0, 0.2, 0.3]])
def test_shares_that_add_up_to_one_are_valid(shares, dtype):
    report = opcheck.check(maximum_with(shares), [np.zeros(4, dtype)])
    assert report.outcome is Outcome.KINK, report.explain()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shares", [[0.0] * 4, [1.0] * 4, [0.5] * 4, [0.5, 0.2, 0.0, 0.0]])
def test_shares_that_do_not_are_wrong(shares, dtype):
    report = opcheck.check(maximum_with(shares), [np.zeros(4, dtype)])
    assert report.outcome is Outcome.WRONG
    assert "each entry at the tie is a valid slope, but along xs[0][0] + xs[0][1]" in (
        report.explain()
    )
    assert f"add up to {sum(shares):g}, where the slope is 1" in report.explain()


def test_a_tie_against_the_sign():
    @tf.custom_gradient
    def f(x):
        return tf.abs(x[0] + x[1]), lambda dy: dy * tf.constant([1.0, -1.0], x.dtype)

    report = opcheck.check(f, [np.zeros(2)])
    assert report.outcome is Outcome.WRONG
    assert "along xs[0][1] - xs[0][0]" in report.explain() or "- xs[0]" in report.explain()


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: tf.maximum(x[0], 1.0) + tf.minimum(x[1], 1.0), np.ones(2)),
        (lambda x: tf.reduce_sum(tf.abs(x)) - tf.nn.relu(x[0]), np.zeros(3)),
        (lambda x: tf.abs(x[0] - x[1]), np.ones(2)),
        (lambda x: tf.nn.max_pool2d(x, 2, 1, "VALID"), np.zeros((1, 3, 3, 1))),
        (lambda x: tf.math.top_k(x, 2).values, np.array([1.0, 1.0, 0.0, 1.0])),
        (lambda x: tf.nn.relu(x[:2]) * tf.nn.relu(x[1:]) + tf.abs(x[:2]), np.zeros(3)),
    ],
)
def test_independent_kinks_may_choose_each_for_itself(f, x):
    report = opcheck.check(f, [x])
    assert report.outcome is Outcome.KINK, report.explain()


def middle_of_three(change):
    """The middle one of three numbers, with its gradient put through `change`."""

    @tf.custom_gradient
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = tf.sort(x)[1]
        return tf.identity(y), lambda dy: change(tape.gradient(y, x, dy))

    return f


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(5))
def test_the_middle_of_three_equal_numbers_takes_one_of_them(dtype, seed):
    report = opcheck.check(middle_of_three(lambda g: g), [np.ones(3, dtype)], seed=seed)
    assert report.outcome is Outcome.KINK, report.explain()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "change",
    [lambda g: -g, lambda g: 1.1 * g, lambda g: g - 0.1, lambda g: -g / 3],
    ids=["negated", "scaled", "shifted", "a third, negated"],
)
def test_no_corner_excuses_a_slope_outside_of_those_around_it(change, dtype, seed):
    report = opcheck.check(middle_of_three(change), [np.ones(3, dtype)], seed=seed)
    assert report.outcome is Outcome.WRONG, report.explain()


@pytest.mark.parametrize("seed", range(8))
def test_slopes_without_a_bound_around_a_corner_do_not_hide_it(seed):
    # Eigenvalues near the zero matrix have every slope, and extreme ones in few directions.
    report = opcheck.check(
        lambda a: tf.raw_ops.Eig(input=a, compute_v=False, Tout=tf.complex128)[0],
        [np.zeros((2, 2, 2), np.complex128)],
        seed=seed,
    )
    assert report.outcome is Outcome.KINK, report.explain()


def test_a_corner_is_one_where_each_neighbour_keeps_its_slope():
    generator = np.random.default_rng(0)
    slopes = generator.normal(size=(96, 1))
    heavy = generator.standard_cauchy((96, 1))
    rare, rare_elsewhere = np.zeros((2, 96, 1))
    rare[[3, 50]], rare_elsewhere[[7, 12, 80]] = 1.0, 1.0
    moved = heavy.copy()
    moved[np.argmax(np.abs(heavy))] *= -1
    kept = [(slopes, slopes), (heavy, heavy), (heavy, moved), (rare, rare), (slopes, 64 * slopes)]
    not_kept = [
        (slopes, slopes / 64),
        (slopes, generator.normal(size=(96, 1))),
        (rare, rare_elsewhere),
        (np.zeros((96, 1)), rare),
        (np.ones((96, 1)), np.ones((96, 1))),
    ]
    assert all(ties.is_kept(far, near)[0] for far, near in kept)
    assert not any(ties.is_kept(far, near)[0] for far, near in not_kept)
