"""The numeric Jacobian against exact references: the true error lies within the bound."""

import mpmath
import numpy as np
import pytest

from opcheck.backend import tf
from opcheck.domains import between, lower_triangular, spd, symmetric
from opcheck.errors import TooLargeError
from opcheck.evaluation import Evaluation, evaluate
from opcheck.jacobian import numeric
from opcheck.jacobian.locality import Local
from opcheck.jacobian.numeric import numeric_jacobian
from opcheck.precision import Precision
from opcheck.primals import Primal

RNG = np.random.default_rng(7)

# Function, its reference, points. Magnitudes, tails and a fast oscillation are among them.
SMOOTH = {
    "exp": (tf.exp, mpmath.exp, RNG.normal(size=20) * 3),
    "log": (tf.math.log, mpmath.log, RNG.uniform(0.01, 3, 20)),
    "sqrt": (tf.sqrt, mpmath.sqrt, 10.0 ** RNG.uniform(-9, 9, 20)),
    "reciprocal": (tf.math.reciprocal, lambda x: 1 / x, 10.0 ** RNG.uniform(-6, 6, 20)),
    "lgamma": (tf.math.lgamma, mpmath.loggamma, RNG.uniform(0.1, 5, 20)),
    "digamma": (tf.math.digamma, mpmath.digamma, RNG.uniform(0.1, 5, 20)),
    "erf": (tf.math.erf, mpmath.erf, RNG.normal(size=20)),
    "tanh": (tf.tanh, mpmath.tanh, RNG.normal(size=20) * 2),
    "acos": (tf.acos, mpmath.acos, RNG.uniform(-0.99, 0.99, 20)),
    "fast sine": (lambda x: tf.sin(50.0 * x), lambda x: mpmath.sin(50 * x), RNG.normal(size=20)),
}


def exact_slopes(reference, points):
    with mpmath.workdps(40):
        return np.array([float(mpmath.diff(reference, mpmath.mpf(float(x)))) for x in points])


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_the_true_error_lies_within_the_bound(name):
    function, reference, points = SMOOTH[name]
    found = numeric_jacobian(evaluate(function, [points]), 0)
    exact = exact_slopes(reference, points)
    error = np.abs(np.diag(found.matrix) - exact)
    # Rounding the exact slope to a float is no error of the estimate.
    assert np.all(error <= np.diag(found.bound) + 2e-16 * np.abs(exact))
    assert np.median(error / np.abs(exact)) < 1e-12
    assert np.all(np.diag(found.bound) <= np.diag(found.limit))


def test_the_rest_of_an_elementwise_jacobian_is_zero():
    found = numeric_jacobian(evaluate(tf.exp, [np.array([0.5, 1.5, -2.0])]), 0)
    off = ~np.eye(3, dtype=bool)
    assert not found.matrix[off].any()
    assert np.all(found.local == Local.SMOOTH)


def local_at(function, point, dtype=np.float64):
    found = numeric_jacobian(evaluate(function, [np.array([point], dtype)]), 0)
    return found, Local(int(found.local[0, 0]))


@pytest.mark.parametrize(
    ("function", "point", "slopes"),
    [
        (tf.abs, 0.0, (-1.0, 1.0)),
        (tf.nn.relu, 0.0, (0.0, 1.0)),
        (lambda x: tf.maximum(x, 3.0 * x - 2.0), 1.0, (1.0, 3.0)),
        (lambda x: tf.minimum(x, 2.0 * x), 0.0, (1.0, 2.0)),
    ],
)
def test_a_kink_has_two_slopes(function, point, slopes):
    found, local = local_at(function, point)
    assert local is Local.KINK
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx(slopes, abs=1e-9)


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7, 1e-9])
def test_a_kink_close_by_is_none_at_the_point(distance):
    found, local = local_at(tf.abs, distance)
    assert local is Local.SMOOTH
    assert found.matrix[0, 0] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("function", "point", "dtype"),
    [
        (tf.floor, 4.0, np.float64),
        (tf.floor, 4.0, np.float32),
        (tf.sign, 0.0, np.float64),
        (lambda x: tf.where(x > 0.0, x + 1e-6, x), 0.0, np.float64),
    ],
)
def test_a_jump_is_told_from_a_steep_slope(function, point, dtype):
    _, local = local_at(function, point, dtype)
    assert local is Local.JUMP


def test_a_steep_slope_is_none_of_these():
    found, local = local_at(lambda x: tf.tanh(1e6 * x), 0.0)
    assert local is Local.SMOOTH
    assert found.matrix[0, 0] == pytest.approx(1e6, rel=1e-6)


@pytest.mark.parametrize("function", [tf.sqrt, lambda x: tf.sign(x) * tf.sqrt(tf.abs(x))])
def test_a_vertical_tangent_is_infinite(function):
    found, local = local_at(function, 0.0)
    assert local is Local.VERTICAL
    assert found.matrix[0, 0] == np.inf


def test_a_cusp_has_no_slope():
    found, local = local_at(lambda x: tf.sqrt(tf.abs(x)), 0.0)
    assert local is Local.VERTICAL
    assert np.isnan(found.matrix[0, 0])


def test_at_the_edge_of_a_domain_one_side_is_enough():
    # x^1.5 has no values below 0 and the slope 0 there; acosh starts vertically at 1.
    found, local = local_at(lambda x: x * tf.sqrt(1.0 + x) + 0.0 * tf.sqrt(x), 0.0)
    assert local is Local.VERTICAL or found.matrix[0, 0] == pytest.approx(1.0, abs=1e-6)


def test_a_slope_at_the_edge_of_a_function_that_raises_beyond():
    def f(x):
        tf.debugging.assert_non_negative(x)
        return 3.0 * x + x * x

    found, local = local_at(f, 0.0)
    assert local is Local.EDGE
    assert found.matrix[0, 0] == pytest.approx(3.0, abs=1e-7)


def test_a_function_that_is_not_finite_is_undefined():
    _, local = local_at(tf.math.log, 0.0)
    assert local is Local.UNDEFINED


def test_no_point_outside_the_domain_is_evaluated():
    seen = []

    def f(x):
        seen.append(x.numpy().copy())
        return x * x

    primal = Primal("x", np.array([0.5, 0.001]), low=0.0, high=0.5)
    numeric_jacobian(Evaluation(f, [primal]), 0)
    assert len(seen) > 8
    assert np.min(seen) >= 0.0
    assert np.max(seen) <= 0.5


def test_the_noise_of_a_float32_detour_is_measured():
    def f(x):
        return tf.cast(tf.sin(tf.cast(x, tf.float32)), tf.float64)

    found = numeric_jacobian(evaluate(f, [np.array([0.7])]), 0)
    assert abs(found.matrix[0, 0] - np.cos(0.7)) <= found.bound[0, 0]
    assert 1e-7 < found.bound[0, 0] < 1e-2


@pytest.mark.parametrize("domain", [spd, symmetric, lower_triangular])
def test_columns_are_the_allowed_directions(domain):
    point = domain(3, 3).draw(np.random.default_rng(0), "float64")
    primal = Primal("a", point, tangent=domain.tangent)
    found = numeric_jacobian(Evaluation(lambda a: 2.0 * a, [primal]), 0)
    directions = primal.directions()
    assert len(directions) == 6
    np.testing.assert_allclose(found.matrix, 2.0 * directions.T, atol=1e-12)


def test_a_hermitian_matrix_has_as_many_directions_as_entries():
    point = spd(2, 2).draw(np.random.default_rng(0), "complex128")
    directions = Primal("a", point, tangent=spd.tangent).directions()
    # Two real diagonal entries and one complex entry below them.
    assert len(directions) == 4
    assert np.linalg.matrix_rank(directions) == 4


@pytest.mark.parametrize(
    ("function", "point", "slope"),
    [
        (lambda x: x - tf.sin(x), 0.014516052680486221, lambda x: 1 - mpmath.cos(x)),
        (
            lambda x: tf.sqrt(x + 1.0) - tf.sqrt(x),
            728660.5747299342,
            lambda x: (1 / mpmath.sqrt(x + 1) - 1 / mpmath.sqrt(x)) / 2,
        ),
        (lambda x: (1.0 + x) - 1.0, 8.16826950e-09, lambda x: 1),
    ],
)
def test_noise_is_seen_where_neighbours_round_alike(function, point, slope):
    found, local = local_at(function, point)
    with mpmath.workdps(40):
        exact = float(slope(mpmath.mpf(point)))
    assert local is Local.SMOOTH
    assert abs(found.matrix[0, 0] - exact) <= found.bound[0, 0] <= found.limit[0, 0]


def test_a_slope_tiny_beside_its_secants_is_differenced_more_finely():
    point = 5.9e-8
    found, _ = local_at(lambda x: x * x * x, point)
    assert found.matrix[0, 0] == pytest.approx(3 * point**2, rel=1e-12)


def test_a_steep_step_is_refined_until_its_tail_is_known():
    point = 0.0061
    found, _ = local_at(lambda x: tf.tanh(1e3 * x), point)
    exact = 1e3 / np.cosh(1e3 * point) ** 2
    assert abs(found.matrix[0, 0] - exact) <= found.bound[0, 0] < 1e-9


def test_where_rounding_rules_longer_steps_are_tried_and_no_shorter_ones():
    weights = np.random.default_rng(0).normal(size=(2, 400))
    point = np.random.default_rng(1).normal(size=400)
    found = numeric_jacobian(evaluate(lambda x: tf.linalg.matvec(weights, tf.sin(x)), [point]), 0)
    exact = weights * np.cos(point)
    assert np.all(np.abs(found.matrix - exact) <= found.bound)
    assert found.evaluations <= 10 * 400 + 100


def test_a_small_entry_has_a_bound_that_tells():
    found = numeric_jacobian(
        evaluate(lambda x: tf.exp(x[0]) + 1e-5 * tf.sin(x[1]), [np.array([1.0, 0.5])]), 0
    )
    assert abs(found.matrix[0, 1] - 1e-5 * np.cos(0.5)) <= found.bound[0, 1]
    assert found.bound[0, 1] < 1e-6 * found.matrix[0, 1]


def test_a_kink_that_only_long_steps_reach_is_none_at_the_point():
    found, local = local_at(lambda x: 1e3 + 1e-3 * x + tf.nn.relu(x - 0.9), 0.5, np.float32)
    assert local is Local.SMOOTH
    assert abs(found.matrix[0, 0] - 1e-3) <= found.bound[0, 0]


def test_a_jacobian_too_large_for_memory_is_refused(monkeypatch):
    monkeypatch.setattr(numeric, "MEMORY_LIMIT", 10**4)
    with pytest.raises(
        TooLargeError, match=r"100 outputs by the 100 entries of xs\[0\] would need"
    ):
        numeric_jacobian(evaluate(tf.exp, [np.zeros(100)]), 0)


def test_a_linear_function_takes_two_steps_a_side():
    found = numeric_jacobian(evaluate(lambda x: 3.0 * x, [RNG.normal(size=10)]), 0)
    assert found.evaluations <= 4 * 10 + 16


@pytest.mark.parametrize(
    ("dtype", "unit"),
    [
        (np.float64, 2.0**-53),
        (np.float32, 2.0**-24),
        (np.float16, 2.0**-11),
        (tf.bfloat16.as_numpy_dtype, 2.0**-8),
    ],
)
def test_the_precision_follows_from_the_unit(dtype, unit):
    found = Precision.of(dtype)
    assert found.unit == unit
    assert found.unit < found.goal < 1


def test_the_coarsest_dtype_rules():
    assert Precision.coarsest([np.complex128, np.float32]).unit == 2.0**-24
    assert Precision.coarsest([np.complex64]).unit == 2.0**-24


def test_between_keeps_the_stencil_inside():
    domain = between(-1.0, 1.0)
    point = domain(50).draw(np.random.default_rng(3), "float64")
    found = numeric_jacobian(
        Evaluation(tf.acos, [Primal("x", point, low=domain.low, high=domain.high)]), 0
    )
    exact = -1 / np.sqrt(1 - point**2)
    assert np.all(np.abs(np.diag(found.matrix) - exact) <= np.diag(found.bound) + 1e-14)


@pytest.mark.parametrize("function", [tf.tanh, lambda x: tf.reduce_sum(x) + 1.0])
def test_an_input_without_entries_has_no_columns(function):
    found = numeric_jacobian(evaluate(function, [np.zeros([0, 3])]), 0)
    assert found.matrix.shape[1] == 0
