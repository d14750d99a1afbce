"""Gradients of scalars by many variables, along a few directions."""

import numpy as np
import pytest

from opcheck import Outcome
from opcheck.backend import tf
from opcheck.directions import check_directions
from opcheck.rays import Rays


def variables(*shapes, dtype="float64"):
    generator = np.random.default_rng(0)
    return [tf.Variable(generator.normal(size=shape), dtype=dtype) for shape in shapes]


def checked(function, held, **options):
    rays = Rays(function, held, **options)
    return check_directions(rays, [f"v{n}" for n in range(len(held))], "scalar")


def outcomes(report):
    return {part.input: str(part.outcome) for part in report.parts}


@tf.custom_gradient
def scaled(x):
    return tf.identity(x), lambda dy: 1.01 * dy


@tf.custom_gradient
def turned(x):
    return tf.identity(x), lambda dy: tf.transpose(dy)


def energy(*parts):
    return tf.add_n([tf.reduce_sum(tf.sin(part)) for part in parts])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_right_gradient_passes_in_few_evaluations(dtype):
    held = variables(*[(50, 40)] * 30, dtype=dtype)
    report = checked(lambda: energy(*held), held)
    assert report.outcome is Outcome.PASS
    assert report.compared == 30
    assert report.evaluations < 10


@pytest.mark.parametrize(
    ("damage", "outcome", "words"),
    [
        (scaled, "wrong", "scaled by about 1.01"),
        (turned, "wrong", "transposed"),
        (tf.stop_gradient, "missing", "disconnected"),
        (lambda x: x * float("nan"), "inconclusive", ""),
    ],
)
def test_the_one_wrong_variable_among_many_is_named(damage, outcome, words):
    held = variables(*[(20, 20)] * 9)
    report = checked(lambda: energy(*held[:4], damage(held[4]), *held[5:]), held)
    assert str(report.outcome) == outcome
    if outcome != "inconclusive":
        assert [name for name, found in outcomes(report).items() if found != "pass"] == ["v4"]
        [part] = [part for part in report.parts if part.input == "v4"]
        assert words in part.cause + part.missing


def test_a_small_slope_is_looked_at_beside_others_like_it():
    large, small = variables((30, 30), (30,))

    def function():
        return 1e3 * energy(large) + 1e-4 * energy(tf.stop_gradient(small))

    assert outcomes(checked(function, [large, small])) == {"v0": "pass", "v1": "missing"}


def rectified(damage, rows=64, width=64):
    """The loss of a network of rectifiers in float32, and its kernels, of which one is damaged."""
    generator = np.random.default_rng(1)
    held = [
        tf.Variable(generator.normal(size=(width, width)) * (2 / width) ** 0.5, dtype="float32")
        for _ in range(4)
    ]
    x = tf.constant(generator.normal(size=(rows, width)), "float32")

    def loss():
        y = x
        for place, kernel in enumerate(held):
            y = tf.nn.relu(y @ (damage(kernel.value()) if place == 2 else kernel))
        return tf.reduce_mean(y**2)

    return loss, held


@pytest.mark.parametrize("seed", range(6))
def test_kinks_everywhere_are_no_defect(seed):
    loss, held = rectified(lambda kernel: kernel)
    report = checked(loss, held, seed=seed)
    assert report.outcome is Outcome.PASS
    assert report.evaluations < 40


@tf.custom_gradient
def half_lost(x):
    rows = x.shape[0] // 2
    return tf.identity(x), lambda dy: tf.concat([dy[:rows], tf.zeros_like(dy[rows:])], 0)


@pytest.mark.parametrize(
    ("damage", "words"),
    [(scaled, "scaled by about 1.01"), (turned, ""), (half_lost, "")],
)
def test_a_wrong_kernel_is_named_among_kinks(damage, words):
    loss, held = rectified(damage)
    report = checked(loss, held)
    assert [name for name, found in outcomes(report).items() if found != "pass"] == ["v2"]
    [part] = [part for part in report.parts if part.input == "v2"]
    assert words in part.cause


def test_calls_of_one_seed_are_steady():
    [held] = variables((3, 3))
    report = checked(lambda: energy(held * tf.random.normal((3, 3), dtype="float64")), [held])
    assert report.outcome is Outcome.PASS


def test_values_that_differ_from_call_to_call_decide_nothing():
    dice = np.random.default_rng(1)
    [held] = variables((3,))
    report = checked(lambda: energy(held) + dice.normal(), [held])
    assert report.outcome is Outcome.INCONCLUSIVE
    assert "two calls at the same values differ" in report.note


def test_all_is_put_back():
    held = variables((4, 4), (3,))
    count = tf.Variable(0)
    before = [variable.numpy() for variable in held]

    def function():
        count.assign_add(1)
        return energy(*held)

    checked(function, held)
    for old, variable in zip(before, held):
        np.testing.assert_array_equal(old, variable.numpy())
    assert count.numpy() <= 2


def test_a_variable_at_zeros_is_moved_too():
    held = [tf.Variable(np.zeros(8))]
    assert checked(lambda: energy(*held), held).outcome is Outcome.PASS
    assert checked(lambda: energy(scaled(held[0])), held).outcome is Outcome.WRONG
