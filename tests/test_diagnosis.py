"""Hypotheses on a wrong Jacobian."""

import numpy as np
import pytest

from opcheck.diagnosis import diagnose

RIGHT = np.array([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0], [0.5, 0.25, 8.0]])


def cause(analytic, numeric=RIGHT, mixed=None):
    wrong = ~np.isclose(analytic, numeric, rtol=1e-12, atol=0)
    return diagnose(np.asarray(analytic), numeric, wrong, mixed)


def one_off():
    matrix = RIGHT.copy()
    matrix[1, 2] += 0.5
    return matrix


def a_zero_block():
    matrix = RIGHT.copy()
    matrix[:2] = 0.0
    return matrix


@pytest.mark.parametrize(
    ("analytic", "words"),
    [
        (RIGHT * 1.000001, "the gradient is scaled by 1.000001"),
        (RIGHT * 2, "the gradient is scaled by 2"),
        (-RIGHT, "the gradient is negated"),
        (RIGHT * 0, "the gradient is zero everywhere"),
        (RIGHT.T, "the Jacobian is transposed"),
        (RIGHT + 0.125, "a constant 0.125 is added to every entry"),
        (one_off(), "a single entry is off"),
        (a_zero_block(), "6 of 9 entries are zero that should not be"),
        (RIGHT * np.nan, ""),
        (np.sin(RIGHT), ""),
        (RIGHT, ""),
    ],
)
def test_the_simplest_hypothesis_is_named(analytic, words):
    assert cause(analytic) == words


def test_a_conjugate_negates_the_mixed_entries():
    mixed = np.array([[False, True], [True, False]])
    right = np.array([[0.3, -0.7], [0.7, 0.3]])
    assert cause(np.where(mixed, -right, right), right, mixed) == "the conjugate is missing"


def test_entries_without_a_slope_are_left_out():
    numeric = RIGHT.copy()
    numeric[0, 0] = np.nan
    assert diagnose(RIGHT * 3, numeric, np.isfinite(numeric)) == "the gradient is scaled by 3"
