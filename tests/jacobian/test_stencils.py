"""Extrapolation against series whose limit is known."""

import numpy as np
import pytest

from opcheck.jacobian.stencils import extrapolate

STEPS = 2.0 ** np.array([-3.0, -5.0, -7.0, -9.0])


def estimate(slopes, power, noise=0.0):
    slopes = np.asarray(slopes, float)[:, None]
    return extrapolate(slopes, STEPS[: len(slopes), None], np.full_like(slopes, noise), power)


@pytest.mark.parametrize("power", [1, 2])
def test_a_terminating_series_is_summed_exactly(power):
    found = estimate(3.0 + 2.0 * STEPS**power - 5.0 * STEPS ** (2 * power), power)
    assert found.value[0] == pytest.approx(3.0, abs=1e-14)


@pytest.mark.parametrize("power", [1, 2])
def test_the_bound_holds_for_an_analytic_function(power):
    x = 0.7
    forward = (np.exp(x + STEPS) - np.exp(x)) / STEPS
    central = (np.exp(x + STEPS) - np.exp(x - STEPS)) / (2 * STEPS)
    found = estimate(forward if power == 1 else central, power, noise=1e-13)
    assert abs(found.value[0] - np.exp(x)) <= found.bound[0]
    assert found.bound[0] < 1e-5


def test_noise_widens_the_bound():
    slopes = 1.0 + STEPS**2
    assert estimate(slopes, 2, noise=1e-6).bound[0] > 1e-6
    assert estimate(slopes, 2, noise=1e-12).bound[0] < 1e-9


def test_a_finer_quotient_far_off_voids_the_coarse_entries():
    # Three quotients agree perfectly, the finest says something else: a staircase was averaged.
    found = estimate([1.0, 1.0, 1.0, 0.0], 2)
    assert found.bound[0] >= 1.0


def test_quotients_that_do_not_converge_have_a_wide_bound():
    found = estimate([1.0, -1.0, 1.5, -0.5], 2)
    assert found.bound[0] > 0.5


def test_quotients_that_could_not_be_taken_are_left_out():
    slopes = 3.0 + 2.0 * STEPS**2
    slopes[0] = np.nan
    found = estimate(slopes, 2)
    assert found.value[0] == pytest.approx(3.0, abs=1e-13)
    assert np.isfinite(found.bound[0])


def test_one_quotient_alone_says_nothing():
    assert estimate([1.0], 2).bound[0] == np.inf


@pytest.mark.parametrize("ratios", [[4] * 8, [2, 8] * 5, [2, 4, 2, 16, 2, 16, 2, 16]])
def test_a_series_in_h_is_not_taken_for_one_in_its_square(ratios):
    # The second derivative jumps, as that of the Huber loss where its two pieces join: central
    # quotients then have an error in h, at steps of whatever spacing and under any rounding.
    steps = np.cumprod([1.0, *(1.0 / ratio for ratio in ratios)])[:, None]
    noise = 1e-16 / steps
    for sign in (1.0, -1.0):
        found = extrapolate(3.0 + steps / 4 + sign * noise / 2, steps, noise, 2)
        assert abs(found.value[0] - 3.0) <= found.bound[0]


def test_wide_steps_count_for_low_polynomials_alone():
    # The last correction, a fifteenth of the last difference, is within the noise by chance.
    slopes = np.array([4.0, 3.0 + 8e-9, 3.0])[:, None]
    noise = np.full_like(slopes, 1e-9)
    assert extrapolate(slopes, STEPS[:3, None], noise, 2, wide=2).bound[0] == np.inf
    flat = extrapolate(np.full_like(slopes, 3.0), STEPS[:3, None], noise, 2, wide=2)
    assert flat.value[0] == 3.0
    assert flat.bound[0] < 1e-8


def test_a_quotient_that_comes_no_nearer_voids_what_was_extrapolated():
    # A slope of 0.01 + h until a clip close by: three quotients see it, the finest lies beyond.
    found = estimate([*(0.01 + STEPS[:3]), 0.0], 1)
    assert abs(found.value[0]) <= found.bound[0]


def test_two_entries_alike_by_accident_are_no_low_polynomial():
    steps = 2.0 ** np.array([0.0, -2.0, -3.0, -4.0])[:, None]
    # Once extrapolated, 5, 3 + 1e-9, 3 and 3.001: the second and third agree by chance.
    slopes = np.array([[5.0], [5.0], [3.5], [3.12575]])
    found = extrapolate(slopes, steps, np.full_like(slopes, 1e-7), 2, wide=1)
    assert abs(found.value[0] - 3.001) <= found.bound[0]


def test_columns_are_extrapolated_by_themselves_however_many_there_are(monkeypatch):
    generator = np.random.default_rng(0)
    steps = 2.0 ** -np.arange(6)[:, None, None] * generator.uniform(0.5, 1.0, (1, 5, 1))
    x = np.linspace(0.2, 1.0, 15).reshape(5, 3)
    slopes = (np.exp(x + steps) - np.exp(x - steps)) / (2 * steps)
    noise = np.full_like(slopes, 1e-15) / steps
    together = extrapolate(slopes, steps, noise, 2)
    monkeypatch.setattr("opcheck.jacobian.stencils.AT_ONCE", 16)
    apart = extrapolate(slopes, steps, noise, 2)
    np.testing.assert_array_equal(apart.value, together.value)
    np.testing.assert_array_equal(apart.bound, together.bound)
    assert np.all(np.abs(together.value - np.exp(x)) <= together.bound)
    assert np.all(together.bound < 1e-6)
