"""Hypotheses on a wrong Jacobian, on matrices made by hand."""

import itertools

import numpy as np
import pytest

from opcheck.diagnosis import HYPOTHESES, diagnose
from opcheck.diagnosis.disagreement import Disagreement
from opcheck.diagnosis.places import Coordinates

RIGHT = np.array([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0], [0.5, 0.25, 8.0]])
RNG = np.random.default_rng(5)
WIDE = RNG.normal(size=(4, 6))


def disagreement(analytic, numeric=RIGHT, *, rows=None, columns=None, bound=1e-12, **given):
    """The two matrices with tight bounds; rows and columns are vectors `out` and `x` by default."""
    analytic, numeric = np.asarray(analytic, float), np.asarray(numeric, float)
    allowed = np.broadcast_to(bound * np.fmax(np.abs(analytic), np.abs(numeric)), numeric.shape)
    kinks = given.pop("kinks", np.zeros(numeric.shape, bool))
    with np.errstate(invalid="ignore"):
        wrong = given.pop("wrong", np.abs(analytic - numeric) > allowed)
    return Disagreement(
        analytic,
        numeric,
        given.pop("allowed", allowed),
        wrong,
        kinks,
        rows or (Coordinates("out", numeric.shape[:1]),),
        columns or (Coordinates("x", numeric.shape[1:]),),
        **given,
    )


def damaged(where, change, right=RIGHT):
    """`right` with `change` applied to the part that the index `where` selects."""
    matrix = right.copy()
    matrix[where] = change(matrix[where])
    return matrix


def complex_pairs(matrix):
    """The real Jacobian of a holomorphic function with this complex one."""
    matrix = np.asarray(matrix)
    pairs = np.array([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]])
    rows, columns = matrix.shape
    return pairs.transpose(2, 0, 3, 1).reshape(2 * rows, 2 * columns)


SIX = (Coordinates("x", (2, 3)),)
PAIR = {"rows": (Coordinates("w", (2,), True),), "columns": (Coordinates("z", (2,), True),)}
TWO_OUTPUTS = (Coordinates("out[0]", (2,)), Coordinates("out[1]", (2,)))
HOLOMORPHIC = np.array([[0.3 + 0.7j, 1 - 0.2j], [2 + 1.5j, -0.4 + 0.1j]])
# Each of three inputs, broadcast along axis 0 of an output of shape (2, 3).
BROADCAST = np.concatenate([np.diag([2.0, 3.0, 5.0]), np.diag([7.0, 11.0, 13.0])])
GRID = (Coordinates("out", (2, 3)),)

CASES = {
    "zero everywhere": (disagreement(RIGHT * 0), "the gradient is zero everywhere"),
    "scaled": (disagreement(RIGHT * 2), "the gradient is scaled by 2"),
    "scaled a little": (disagreement(RIGHT * 1.000001), "the gradient is scaled by 1.000001"),
    "scaled by next to one": (
        disagreement(RIGHT * (1 - 2e-10)),
        "the gradient is scaled by 1 - 2e-10",
    ),
    "scaled by a third": (disagreement(RIGHT / 3), "the gradient is scaled by 0.333333333"),
    "a single slope": (disagreement([[3.0]], [[2.0]]), "the gradient is scaled by 1.5"),
    "negated": (disagreement(-RIGHT), "the gradient is negated"),
    "a mean": (
        disagreement(BROADCAST / 2, BROADCAST, rows=GRID),
        "the gradient is scaled by 1/2, like a mean instead of a sum over axis 0 of out",
    ),
    "a conjugate": (
        disagreement(complex_pairs(HOLOMORPHIC.conj()), complex_pairs(HOLOMORPHIC), **PAIR),
        "the conjugate is missing",
    ),
    "a conjugated gradient": (
        disagreement(
            complex_pairs(HOLOMORPHIC) * [1, -1, 1, -1], complex_pairs(HOLOMORPHIC), **PAIR
        ),
        "the gradient for z is conjugated",
    ),
    "a conjugated cotangent": (
        disagreement(
            complex_pairs(HOLOMORPHIC) * [[1], [-1], [1], [-1]], complex_pairs(HOLOMORPHIC), **PAIR
        ),
        "the cotangent of w is conjugated",
    ),
    "a conjugate in places": (
        disagreement(
            complex_pairs([[0.3 - 0.7j, 1 - 0.2j], [2 - 1.5j, -0.4 + 0.1j]]),
            complex_pairs(HOLOMORPHIC),
            **PAIR,
        ),
        "the conjugate is missing in the gradient for z[0]",
    ),
    "parts swapped": (
        disagreement(
            complex_pairs(HOLOMORPHIC)[:, [1, 0, 3, 2]], complex_pairs(HOLOMORPHIC), **PAIR
        ),
        "the gradient for z has its real and imaginary parts swapped",
    ),
    "transposed": (disagreement(RIGHT.T), "the Jacobian is transposed"),
    "transposed and conjugated": (
        disagreement(complex_pairs(HOLOMORPHIC.T), complex_pairs(HOLOMORPHIC), **PAIR),
        "the Jacobian is transposed, and the conjugate is missing",
    ),
    "offset": (disagreement(RIGHT + 0.125), "a constant 0.125 is added to every entry"),
    "offset in places": (
        disagreement(damaged(np.s_[:, 1], lambda g: g - 2)),
        "a constant -2 is added to the gradient for x[1]",
    ),
    "input transposed": (
        disagreement(WIDE[:, [0, 3, 1, 4, 2, 5]], WIDE, columns=SIX),
        "the gradient for x is transposed",
    ),
    "input reversed": (
        disagreement(WIDE[:, [3, 4, 5, 0, 1, 2]], WIDE, columns=SIX),
        "the gradient for x is reversed along axis 0",
    ),
    "input rolled": (
        disagreement(WIDE[:, [2, 0, 1, 5, 3, 4]], WIDE, columns=SIX),
        "the gradient for x is rolled by 1 along axis 1",
    ),
    "input rolled back": (
        disagreement(WIDE[:, [1, 2, 0, 4, 5, 3]], WIDE, columns=SIX),
        "the gradient for x is rolled by -1 along axis 1",
    ),
    "cotangent reversed": (
        disagreement(WIDE[::-1], WIDE, columns=SIX),
        "the cotangent of out is reversed along axis 0",
    ),
    "outputs swapped": (
        disagreement(WIDE[[2, 3, 0, 1]], WIDE, rows=TWO_OUTPUTS),
        "the gradients of out[0] and out[1] are swapped",
    ),
    "an output's copy": (
        disagreement(WIDE[[0, 1, 0, 1]], WIDE, rows=TWO_OUTPUTS),
        "the gradient of out[1] is that of out[0]",
    ),
    "one output's factor": (
        disagreement(WIDE * [[1], [1], [0.5], [0.5]], WIDE, rows=TWO_OUTPUTS),
        "the gradient of out[1] is scaled by 0.5",
    ),
    "first term": (
        disagreement(damaged(np.s_[3:], lambda g: 0 * g, BROADCAST), BROADCAST, rows=GRID),
        "the gradient keeps only out[0, :], the first term of the sum over axis 0 of out",
    ),
    "last term": (
        disagreement(damaged(np.s_[:3], lambda g: 0 * g, BROADCAST), BROADCAST, rows=GRID),
        "the gradient keeps only out[1, :], the last term of the sum over axis 0 of out",
    ),
    "zero columns": (
        disagreement(WIDE * [1, 1, 1, 0, 0, 0], WIDE, columns=SIX),
        "the gradient for x[1, :] is zero",
    ),
    "zero rows": (
        disagreement(damaged(np.s_[:2], lambda g: 0 * g)),
        "the gradient of out[0:2] is zero",
    ),
    "a zero block": (
        disagreement(damaged(np.s_[:2, 1:], lambda g: 0 * g)),
        "the gradient of out[0:2] for x[1:3] is zero",
    ),
    "tied": (
        disagreement(RIGHT * [0.5, 1, 0.5], tied=np.array([True, False, True])),
        "the gradient for x[[0, 2]] (tied) is scaled by 0.5",
    ),
    "many tied": (
        disagreement(WIDE * [1, 2, 1, 2, 2, 2], WIDE, tied=np.array([0, 1, 0, 1, 1, 1], bool)),
        "the gradient for the tied entries of x is scaled by 2",
    ),
    "two swapped": (
        disagreement(WIDE[:, [0, 4, 2, 3, 1, 5]], WIDE),
        "the gradients for x[1] and x[4] are swapped",
    ),
    "permuted": (
        disagreement(WIDE[:, [4, 0, 2, 3, 1, 5]], WIDE),
        "the gradients for 3 entries are permuted: x[0] has that for x[4], "
        "x[1] has that for x[0], x[4] has that for x[1]",
    ),
    "rows permuted": (
        disagreement(WIDE[[0, 3, 1, 2]], WIDE, rows=TWO_OUTPUTS),
        "the gradients of 3 entries are permuted: out[0][1] has that of out[1][1], "
        "out[1][0] has that of out[0][1], out[1][1] has that of out[1][0]",
    ),
    "copied": (
        disagreement(WIDE[:, [0, 1, 1, 3, 0, 5]], WIDE),
        "the gradient for x[2] is that for x[1] and the gradient for x[4] is that for x[0]",
    ),
    "copied slices": (
        disagreement(WIDE[:, [0, 1, 2, 0, 1, 2]], WIDE, columns=SIX),
        "the gradient for x[1, :] is that for x[0, :]",
    ),
    "overwritten": (
        disagreement([[3.0, 0, 0], [0, 5.0, 2.0]], [[3.0, 0, 0], [0, 0, 2.0]]),
        "the gradient should be zero for x[1], which x[2] overwrites",
    ),
    "should be zero": (
        disagreement(WIDE, WIDE * [0, 1, 1, 1, 1, 1]),
        "the gradient for x[0] should be zero",
    ),
    "imaginary parts that should be zero": (
        disagreement(
            complex_pairs(HOLOMORPHIC), complex_pairs(HOLOMORPHIC) * [[1], [0], [1], [0]], **PAIR
        ),
        "the gradient of w.imag should be zero",
    ),
    "a single entry": (
        disagreement(damaged(np.s_[1, 2], lambda g: g + 0.5)),
        "a single entry is off: d out[1] / d x[2]",
    ),
    "a single zero": (
        disagreement(damaged(np.s_[1, 2], lambda g: 0 * g)),
        "a single entry is zero that should not be: d out[1] / d x[2]",
    ),
    "a single one that is no zero": (
        disagreement(WIDE, damaged(np.s_[1, 2], lambda g: 0 * g, WIDE)),
        "a single entry should be zero: d out[1] / d x[2]",
    ),
    "two entries": (
        disagreement(WIDE + 0.1 * (WIDE[1, 2] == WIDE) + 0.2 * (WIDE[3, 4] == WIDE), WIDE),
        "2 of 24 entries are off: d out[1] / d x[2] and d out[3] / d x[4]",
    ),
    "one row": (
        disagreement(damaged(np.s_[1], np.sin, WIDE), WIDE),
        "6 of 24 entries are off, all in the gradient of out[1]",
    ),
    "scattered zeros": (
        disagreement(np.where(WIDE > 0, WIDE, 0), WIDE),
        f"{np.sum(WIDE <= 0)} of 24 entries are zero that should not be",
    ),
    "at a kink": (
        disagreement([[1.5]], [[0.5]], allowed=np.full((1, 1), 0.5), kinks=np.ones((1, 1), bool)),
        "the value at a kink lies outside of the one-sided slopes: d out[0] / d x[0]",
    ),
    "nothing fits": (disagreement(np.sin(RIGHT)), ""),
    "not finite": (disagreement(RIGHT * np.nan, wrong=np.ones((3, 3), bool)), ""),
    "nothing wrong": (disagreement(RIGHT), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_the_simplest_hypothesis_is_named(name):
    case, words = CASES[name]
    assert diagnose(case) == words


def test_every_hypothesis_has_a_case():
    def first(case):
        with np.errstate(all="ignore"):
            return next((position for position, h in enumerate(HYPOTHESES) if h(case)), None)

    cases = [case for case, words in CASES.values() if words]
    assert {first(case) for case in cases} == set(range(len(HYPOTHESES)))


def test_entries_without_a_slope_are_left_out():
    numeric = RIGHT.copy()
    numeric[0, 0] = np.nan
    assert diagnose(disagreement(RIGHT * 3, numeric)) == "the gradient is scaled by 3"


def test_entries_that_differ_by_design_are_left_out():
    analytic = RIGHT * 3
    analytic[2, 2] = 77.0
    wrong = np.ones((3, 3), bool)
    wrong[2, 2] = False
    assert diagnose(disagreement(analytic, wrong=wrong)) == "the gradient is scaled by 3"


@pytest.mark.parametrize("change", [lambda g: 2 * g, lambda g: -g, np.transpose, lambda g: g + 1])
def test_one_entry_that_does_not_fit_refutes(change):
    analytic = np.array(change(RIGHT))
    analytic[2, 1] += 1e-3
    assert diagnose(disagreement(analytic)) == ""


def test_a_small_entry_that_does_not_fit_refutes():
    numeric = np.array([[1e6, 2e6, 3e6], [1.0, 2.0, 3.0], [1.0, 5.0, 7.0]])
    analytic = numeric * [[2], [1.5], [3]]
    assert diagnose(disagreement(analytic, numeric)) == ""


def test_a_right_entry_that_the_factor_would_change_refutes():
    analytic = RIGHT * 2
    analytic[1, 1] = RIGHT[1, 1]
    assert "scaled" not in diagnose(disagreement(analytic))


def test_within_wide_bounds_nothing_is_claimed():
    numeric = 1 + RNG.random((5, 5))
    analytic = numeric + RNG.uniform(0.4, 0.8, (5, 5))
    case = disagreement(analytic, numeric, allowed=np.full((5, 5), 0.39))
    assert diagnose(case) == ""


def test_a_factor_has_no_more_digits_than_the_bounds():
    numeric = RIGHT * (1 + 1e-4 * RNG.uniform(-1, 1, (3, 3)))
    assert (
        diagnose(disagreement(RIGHT * 1.5, numeric, bound=2e-4)) == "the gradient is scaled by 1.5"
    )


def test_a_kink_does_not_hide_the_factor():
    numeric, allowed = np.diag([3.0, 0.5]), np.array([[1e-9, 0], [0, 0.5]])
    kinks = np.diag([False, True])
    numeric[0, 1] = numeric[1, 0] = 2.0
    case = disagreement(np.array([[6.0, 4.0], [4.0, 1.7]]), numeric, allowed=allowed, kinks=kinks)
    assert diagnose(case) == "the gradient is scaled by 2"


def test_directions_are_named_and_have_no_axes():
    labels = ("a[0, 0]", "a[0, 1] and a[1, 0]", "a[1, 1]")
    columns = (Coordinates("a", (3,), labels=labels),)
    scaled = disagreement(RIGHT * [1, 2, 1], columns=columns)
    assert diagnose(scaled) == "the gradient for a[0, 1] and a[1, 0] is scaled by 2"
    swapped = disagreement(RIGHT[:, [2, 1, 0]], columns=columns)
    assert diagnose(swapped) == "the gradients for a[0, 0] and a[1, 1] are swapped"


@pytest.mark.parametrize("order", [o for o in itertools.permutations(range(3)) if o != (0, 1, 2)])
def test_every_order_of_axes_is_found(order):
    right = RNG.normal(size=(3, 24))
    moved = np.arange(24).reshape(2, 3, 4).transpose(order).ravel()
    case = disagreement(right[:, moved], right, columns=(Coordinates("x", (2, 3, 4)),))
    swapped = [axis for axis in range(3) if order[axis] != axis]
    words = f"has its axes in the order {', '.join(map(str, order))}"
    if len(swapped) == 2:
        words = f"has axes {swapped[0]} and {swapped[1]} swapped"
    assert diagnose(case) == f"the gradient for x {words}"


def test_a_dense_output_is_no_sum_over_a_broadcast_axis():
    case = disagreement(RIGHT / 3)
    assert "mean" not in diagnose(case)
    case = disagreement(damaged(np.s_[1:], lambda g: 0 * g))
    assert diagnose(case) == "the gradient of out[1:3] is zero"


def test_one_entry_of_a_reduction_is_no_copy():
    numeric = np.array([[1.0, 2.0, 3.0, 5.0]])
    analytic = np.array([[3.0, 5.0, 3.0, 5.0]])
    assert diagnose(disagreement(analytic, numeric)) == (
        "2 of 4 entries are off: d out[0] / d x[0] and d out[0] / d x[1]"
    )


def test_what_is_large_is_judged_too():
    # Without loops over pairs: those of a thousand columns would take minutes.
    right = RNG.normal(size=(1000, 1000))
    order = RNG.permutation(1000)
    assert diagnose(disagreement(right[:, order], right)).startswith(
        f"the gradients for {np.sum(order != np.arange(1000)):,} entries are permuted: x["
    )
    assert diagnose(disagreement(np.sin(right), right)) == ""
