"""Planted wrong gradients are caught, and the same functions without them pass."""

import itertools

import numpy as np
import pytest

import opcheck
from opcheck import Outcome
from opcheck.backend import tf
from tests.planted import DAMAGES, planted

RNG = np.random.default_rng(11)
SPD = np.array([[2.0, 0.5], [0.5, 1.5]])

# One function of each kind of structure, at a smooth point.
FUNCTIONS = {
    "unary": (tf.exp, [RNG.normal(size=(2, 3))]),
    "binary with broadcasting": (tf.multiply, [RNG.normal(size=3), RNG.normal(size=(2, 3))]),
    "reduction": (lambda x: tf.reduce_prod(x, axis=1), [RNG.normal(size=(2, 3))]),
    "shaping": (lambda x, y: tf.concat([x, y], 0), [RNG.normal(size=2), RNG.normal(size=3)]),
    "gather": (lambda x: tf.gather(x, [2, 0, 2]), [RNG.normal(size=(3, 2))]),
    "segments": (lambda x: tf.math.segment_sum(x, [0, 0, 1]), [RNG.normal(size=(3, 2))]),
    "linear algebra": (tf.linalg.inv, [SPD]),
    "convolution": (
        lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        [RNG.normal(size=(1, 3, 3, 1)), RNG.normal(size=(2, 2, 1, 1))],
    ),
    "complex": (lambda z: z * z, [RNG.normal(size=3) + 1j * RNG.normal(size=3)]),
    "float32": (tf.tanh, [RNG.normal(size=4).astype(np.float32)]),
}

EXPECTED = {
    "nan": {Outcome.NAN},
    "inf": {Outcome.NAN},
    "none": {Outcome.MISSING},
    "raising": {Outcome.CRASH},
}

# A part in a million is below what float32 values can show.
TOO_FINE = {("float32", "scaled a little"), ("float32", "one entry off a little")}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_right_gradient_passes(name):
    function, xs = FUNCTIONS[name]
    report = opcheck.check(planted(function, lambda gradients, xs: gradients), xs)
    assert report.outcome is Outcome.PASS, report.explain()
    assert report.compared > 0


@pytest.mark.parametrize(
    ("name", "damage"), sorted(set(itertools.product(FUNCTIONS, DAMAGES)) - TOO_FINE)
)
def test_a_wrong_gradient_is_caught(name, damage):
    function, xs = FUNCTIONS[name]
    report = opcheck.check(planted(function, DAMAGES[damage]), xs)
    assert report.outcome in EXPECTED.get(damage, {Outcome.WRONG}), report.explain()
    assert not report.passed


def test_float32_shows_a_part_in_a_thousand():
    function, xs = FUNCTIONS["float32"]
    report = opcheck.check(planted(function, DAMAGES["one entry off"]), xs)
    assert report.outcome is Outcome.WRONG


def test_a_transposed_gradient_is_caught_and_named():
    @tf.custom_gradient
    def f(a):
        return tf.matmul(a, a), lambda dy: tf.matmul(dy, a) + tf.matmul(a, dy)

    report = opcheck.check(f, [np.array([[1.0, 2.0], [3.0, 5.0]])])
    assert report.outcome is Outcome.WRONG


def test_a_missing_sum_over_a_broadcast_axis_is_caught_and_named():
    @tf.custom_gradient
    def f(x, y):
        return x * y, lambda dy: (dy * y, dy * x)

    report = opcheck.check(f, [np.array([1.0, 2.0, 3.0]), np.array([[1.0, 5.0, 4.0]] * 2)])
    assert report.outcome is Outcome.WRONG
    assert "the gradient has shape [2, 3], the input [3]: a sum over the broadcast" in (
        report.explain()
    )


def test_swapped_inputs_are_caught():
    @tf.custom_gradient
    def f(x, y):
        return tf.sin(x) * y, lambda dy: (dy * tf.sin(x), dy * y * tf.cos(x))

    report = opcheck.check(f, [RNG.normal(size=3), RNG.normal(size=3)])
    assert [part.outcome for part in report.parts] == [Outcome.WRONG, Outcome.WRONG]


def test_a_dropped_conjugate_is_caught():
    @tf.custom_gradient
    def f(z):
        return tf.exp(z), lambda dy: dy * tf.exp(z)

    report = opcheck.check(f, [np.array([0.3 + 0.7j])])
    assert report.outcome is Outcome.WRONG


def test_an_error_in_one_of_many_outputs_is_caught():
    @tf.custom_gradient
    def f(x):
        return (tf.sin(x), x * x), lambda da, db: da * tf.cos(x) + db * 2.01 * x

    report = opcheck.check(f, [RNG.normal(size=3)])
    assert report.outcome is Outcome.WRONG
    assert report.worst.output.startswith("out[1]")


def test_a_wrong_gradient_of_a_softmax_is_seen_though_its_sum_is_constant():
    # Summed outputs have a zero gradient here, so a gradient of zeros would look right.
    damaged = planted(tf.nn.softmax, DAMAGES["zeroed"])
    assert opcheck.check(damaged, [RNG.normal(size=4)]).outcome is Outcome.WRONG


def test_a_wrong_slope_at_a_kink_is_no_subgradient():
    @tf.custom_gradient
    def f(x):
        return tf.nn.relu(x), lambda dy: dy * 1.5

    report = opcheck.check(f, [np.zeros(1)])
    assert report.outcome is Outcome.WRONG
    assert "slopes" in report.explain()


@pytest.mark.parametrize("seed", range(5))
def test_no_false_alarm_over_seeds(seed):
    rng = np.random.default_rng(seed)

    def f(x, w):
        hidden = tf.nn.gelu(tf.matmul(x, w))
        return tf.nn.log_softmax(hidden / tf.norm(hidden))

    report = opcheck.check(f, [rng.normal(size=(2, 3)), rng.normal(size=(3, 3))])
    assert report.outcome is Outcome.PASS, report.explain()


def test_a_gradient_that_is_random_is_not_excused_as_rounding():
    @tf.custom_gradient
    def f(x):
        return tf.sin(x), lambda dy: dy * tf.cos(x) * tf.random.uniform([], dtype=x.dtype)

    assert not opcheck.check(f, [np.array([0.5, 1.0])]).passed


def test_the_shape_of_an_empty_gradient_counts():
    @tf.custom_gradient
    def f(x):
        return tf.reduce_sum(x), lambda dy: tf.zeros([0, 3], x.dtype)

    report = opcheck.check(f, [np.zeros((0, 2))])
    assert report.outcome is Outcome.WRONG
    assert "the gradient has shape [0, 3], the input [0, 2]" in report.explain()
