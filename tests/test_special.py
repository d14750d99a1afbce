"""What special points asked of the numeric side, each with a function that shows it."""

import numpy as np
import pytest
import tensorflow as tf

import opcheck
from opcheck import Outcome
from opcheck.cases import Case
from opcheck.domains import normal, positive
from opcheck.evaluation import evaluate
from opcheck.gradients import replaced as _replaced
from opcheck.jacobian.noise import noise_in_columns, rounds_inside
from opcheck.jacobian.sampling import Lines
from opcheck.jacobian.stencils import accelerate
from opcheck.matrix import check_case
from opcheck.spec import Kind, sample

raw = tf.raw_ops


def outcome(function, *xs, **options):
    return opcheck.check(function, list(map(np.asarray, xs)), **options).outcome


def special(target, point, **inputs):
    here = sample("a", **inputs).at(point)
    return Case(Kind.OP, f"tf.raw_ops.{target}", here, "float64", "special", "test")


# -- What is wrong at a special point alone is found there


def test_a_gradient_that_is_wrong_at_zero_alone_is_found_at_zero():
    def planted(op, grad):
        x = op.inputs[0]
        return tf.where(x == 0, 0.5 * grad, tf.cos(x) * grad)

    with _replaced({"Sin": planted}):
        assert check_case(special("Sin", "x=tie", x=normal(3))).outcome is Outcome.PASS
        report = check_case(special("Sin", "x=zero", x=normal(3)))
    assert report.outcome is Outcome.WRONG
    assert report.worst.input == "x[0]"


def test_a_gradient_that_is_wrong_where_two_zeros_meet_is_found_there():
    def planted(op, grad):
        x, y = op.inputs
        here = tf.where((x == 0) & (y == 0), tf.ones_like(x), y)
        return here * grad, x * grad

    with _replaced({"Mul": planted}):
        given = {"x": normal(3), "y": normal(3)}
        assert check_case(special("Mul", "x=zeros", **given)).outcome is Outcome.PASS
        assert check_case(special("Mul", "all=zeros", **given)).outcome is Outcome.WRONG


# -- Corners: order statistics where three tie


@pytest.mark.parametrize("shape", [(3,), (2, 4)])
def test_sorted_values_of_a_tie_of_three_have_generalised_gradients(shape):
    assert outcome(tf.sort, np.zeros(shape)) is Outcome.KINK
    assert outcome(lambda x: tf.math.top_k(x, 2).values, np.ones(shape)) is Outcome.KINK


def test_singular_values_of_the_zero_matrix():
    assert outcome(lambda a: tf.linalg.svd(a, compute_uv=False), np.zeros((2, 3))) is Outcome.KINK


def test_a_corner_excuses_no_gradient_beyond_the_slopes_around_it():
    @tf.custom_gradient
    def sort(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.sort(x)
        return y, lambda grad: 4.0 * tape.gradient(y, x, grad)

    assert outcome(sort, np.zeros(3)) is Outcome.WRONG


def test_a_smooth_function_has_no_corner_that_excuses():
    @tf.custom_gradient
    def cube(x):
        return x**3 + x, lambda grad: 1.1 * grad

    assert outcome(cube, np.zeros(3)) is Outcome.WRONG


# -- Noise, scales and edges


def test_an_output_that_nothing_moves_is_known_though_its_neighbour_jumps():
    def f(x):
        return tf.math.divide_no_nan(tf.constant([1.0, 2.0], tf.float64), x)

    report = opcheck.check(f, [np.array([0.0, 0.7])])
    assert report.outcome is Outcome.DISCONTINUITY
    assert report.parts[0].counts == {"pass": 3, "discontinuity": 1}


def test_a_point_between_two_infinities_has_no_derivative():
    # 0/0 is 0 here, but x/0 infinite on both sides.
    def f(x):
        return tf.where(x == 0, tf.zeros_like(x), x / 0.0)

    assert outcome(f, 0.0) is Outcome.DISCONTINUITY


@pytest.mark.parametrize("power", [1.2, 1.3, 1.5, 1.9])
def test_the_end_of_a_broken_power_has_slope_zero(power):
    case = special("Pow", "x=zeros", x=positive(2), y=[power])
    assert check_case(case).outcome is Outcome.PASS


def test_a_limit_approached_by_a_broken_power_is_accelerated():
    steps = 2.0 ** -np.arange(8.0)[:, None]
    slopes = 3.0 + 2.0 * steps**0.3
    found = accelerate(slopes, steps, np.full_like(slopes, 1e-15))
    assert abs(found.value[0] - 3.0) <= found.bound[0] < 1e-9


def test_what_is_no_power_is_not_accelerated():
    steps = 2.0 ** -np.arange(8.0)[:, None]
    slopes = np.sin(1 / steps)
    assert np.isinf(accelerate(slopes, steps, np.full_like(slopes, 1e-15)).bound).all()


@pytest.mark.parametrize("target", ["Log", "Sqrt", "Lgamma"])
def test_right_beside_a_singularity_the_distance_is_the_scale(target):
    assert check_case(special(target, "x=tiny", x=positive(3))).outcome is Outcome.PASS


def test_a_wrong_gradient_right_beside_a_singularity():
    def planted(op, grad):
        return grad * 1.01 / op.inputs[0]

    with _replaced({"Log": planted}):
        assert check_case(special("Log", "x=tiny", x=positive(3))).outcome is Outcome.WRONG


def test_next_to_zero_is_zero():
    assert outcome(tf.nn.relu, np.array([1e-30, -1e-30])) is Outcome.KINK


def test_products_of_huge_numbers():
    assert outcome(lambda x: tf.reduce_prod(x), np.full(5, 1.5e30)) is Outcome.PASS


def test_noise_that_vanishes_at_the_point_is_replayed():
    generator = np.array([0.0, 0.0])
    assert outcome(lambda s: s * tf.random.normal([2], dtype=tf.float64), generator) is Outcome.PASS
    assert outcome(lambda x: tf.nn.dropout(x, 0.5), np.zeros(4)) is Outcome.PASS


# -- Single precision inside of a function of doubles


def single(x):
    return tf.cast(tf.cast(x, tf.float32), tf.float64)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: single(tf.sin(x)), True),
        (lambda x: 0.3 * x + single(tf.sin(x)), True),
        (tf.sin, False),
        (lambda x: x * tf.sin(40 * x), False),
        (lambda x: tf.abs(x - 0.7) ** 1.3, False),
        (lambda x: tf.nn.relu(x - 0.7), False),
        (lambda x: 0.0 * x, False),
    ],
    ids=["whole", "part", "smooth", "wavy", "power", "kink", "nothing"],
)
def test_single_precision_inside_is_seen(function, expected):
    lines = Lines(evaluate(function, [np.array([0.7, -1.3])]), 0)
    assert rounds_inside(lines) is expected


def test_half_precision_inside_of_single_is_noise():
    def partly_half(x):
        return 0.3 * x * x + tf.cast(tf.cast(tf.sin(x) + 3, tf.float16), tf.float32)

    treads = []
    for x in np.random.default_rng(0).normal(size=20).astype(np.float32):
        lines = Lines(evaluate(partly_half, [np.array([x])]), 0)
        [[noise]] = noise_in_columns(lines, np.array([0]), np.zeros(1))
        treads.append(noise / np.spacing(np.float16(3)))
    # Four deviations, of a rounding that is even over a tread; a few points see too few treads.
    assert 0.8 < np.median(treads) < 1.5
    assert np.count_nonzero(np.array(treads) > 0.5) >= 14


@pytest.mark.parametrize("seed", range(3))
def test_a_staircase_that_a_straight_line_hides(seed):
    def f(x):
        return tf.reduce_sum(0.3 * x + single(tf.sin(x)))

    @tf.custom_gradient
    def wrong(x):
        return f(x), lambda grad: grad * 0.3 * tf.ones_like(x)

    x = np.random.default_rng(seed).normal(size=6)
    assert outcome(f, x) is Outcome.PASS
    assert outcome(wrong, x) is Outcome.WRONG


def normalized(x, wrong=1.0):
    """Divided by its own size in single precision, as layers of large models do."""

    @tf.custom_gradient
    def scaled(x):
        return tf.identity(x), lambda grad: wrong * grad

    x = scaled(tf.cast(x, tf.float32))
    x *= tf.math.rsqrt(tf.reduce_mean(x * x) + 1e-6)
    return tf.cast(x, tf.float64) * [0.656, -0.76]


@pytest.mark.parametrize("point", [np.zeros(2), np.array([-2.906e-31, 1.1e-31])])
def test_single_precision_inside_that_is_rounded_alike_at_every_step(point):
    assert outcome(normalized, point) is Outcome.PASS
    assert outcome(lambda x: normalized(x, wrong=1.0001), point) is Outcome.WRONG


def saturated(x, epsilon, wrong=1.0):
    """What batch normalisation is where nothing varies: steep over the root of epsilon alone."""

    @tf.custom_gradient
    def scaled(x):
        return tf.identity(x), lambda grad: wrong * grad

    away = scaled(x) - np.float32(2.0121)
    return away * tf.math.rsqrt(away**2 + epsilon)


@pytest.mark.parametrize("epsilon", [1e-3, 1e-4, 1e-5])
def test_a_scale_shorter_than_a_stride_is_no_staircase(epsilon):
    x = np.array([2.0121], np.float32)
    assert outcome(lambda x: saturated(x, epsilon), x) is Outcome.PASS
    assert outcome(lambda x: saturated(x, epsilon, wrong=1.01), x) is Outcome.WRONG


@pytest.mark.parametrize("value", [1.1917 - 0.2811j, 2.6 + 1.7j])
def test_a_deviation_from_a_mean_rounds_as_the_mean_does(value):
    def deviation(slope):
        @tf.custom_gradient
        def function(x):
            return tf.math.reduce_std(x), lambda dy: slope * tf.ones_like(x)

        return function

    # A cone: no slope is the gradient, and zero is one of those between.
    assert outcome(deviation(0.0), np.full(3, value)) is Outcome.KINK
    assert outcome(deviation(2.0), np.full(3, value)) is Outcome.WRONG
    assert outcome(tf.math.reduce_std, np.full(3, value)) is Outcome.NAN


def test_where_a_random_direction_stays_in_the_singular_ones_it_is_no_noise():
    # Along it the second column keeps to the first, and what is orthogonal to both is rounding.
    x = np.array([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]])
    for seed in (0, 6, 9, 18):
        report = opcheck.check(lambda a: tf.linalg.qr(a)[0], [x], seed=seed)
        assert report.outcome is Outcome.DISCONTINUITY


@pytest.mark.parametrize("function", [tf.math.reciprocal, tf.math.lgamma, tf.math.digamma])
@pytest.mark.parametrize("seed", range(4))
def test_a_pole_near_a_small_number_is_no_staircase(function, seed):
    x = 10 ** np.random.default_rng(seed).uniform(-9, 9, 5)
    assert outcome(function, x) is Outcome.PASS


# -- Narrow dtypes


def test_what_underflows_in_a_short_dtype_is_no_fault():
    x = tf.constant([-20.0, -1.0], tf.float16)
    assert opcheck.check(tf.nn.softplus, [x]).outcome is Outcome.PASS


def test_a_short_dtype_without_a_double_kernel_is_differenced_in_single_precision():
    x = tf.constant([1.0, -2.0, 0.5, 3.0], tf.bfloat16)
    report = opcheck.check(lambda x: raw.ApproxTopK(input=x, k=2).values, [x])
    assert report.outcome is Outcome.PASS


# -- A function that runs in graphs alone


def test_a_wrong_gradient_of_a_function_that_refuses_to_run_eagerly():
    @tf.custom_gradient
    def wrong(x):
        return tf.sin(x), lambda grad: grad

    @tf.function
    def f(x):
        assert not tf.executing_eagerly()
        return wrong(x)

    assert outcome(f, np.array([1.0, 2.0])) is Outcome.WRONG
