"""Domains: what they draw, what they promise of it, and how they are written down."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcheck import domains
from opcheck.domains import (
    Domain,
    as_variable,
    between,
    booleans,
    complex_between,
    complex_counterpart,
    complex_normal,
    distinct,
    indices,
    integers,
    lower_triangular,
    near,
    nonzero,
    normal,
    positive,
    real_counterpart,
    spd,
    symmetric,
    upper_triangular,
    well_conditioned,
)
from opcheck.errors import UsageError

# Derandomized, without a database: the same examples on every machine.
checked = settings(derandomize=True, deadline=None, database=None, max_examples=60)

UNORDERED = (normal, nonzero, distinct)
MATRICES = (spd, symmetric, well_conditioned, lower_triangular, upper_triangular)
SUBSPACES = (spd, symmetric, lower_triangular, upper_triangular)

seeds = st.integers(0, 2**32)
shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
squares = st.tuples(st.lists(st.integers(0, 3), max_size=1), st.integers(1, 5)).map(
    lambda drawn: (*drawn[0], drawn[1], drawn[1])
)
intervals = st.tuples(st.floats(-1e4, 1e4), st.floats(0.01, 1e4)).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1])
)
moduli = st.tuples(st.floats(0, 10), st.floats(0.01, 10)).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1])
)
int_intervals = st.tuples(st.integers(-100, 100), st.integers(1, 100)).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1])
)
elementwise = st.one_of(
    st.sampled_from([*UNORDERED, positive, complex_normal, booleans]),
    intervals.map(lambda ends: between(*ends)),
    moduli.map(lambda ends: complex_between(*ends)),
    int_intervals.map(lambda ends: integers(*ends)),
    int_intervals.map(lambda ends: integers(*ends, "int64")),
    st.integers(1, 9).map(indices),
    st.integers(1, 9).map(lambda size: indices(size, "int64")),
)
inputs = st.one_of(
    st.tuples(elementwise, shapes), st.tuples(st.sampled_from(MATRICES), squares)
).map(lambda drawn: drawn[0](*drawn[1]))


def draw(drawn, seed, dtype="float64"):
    return drawn.draw(np.random.default_rng(seed), dtype)


# -- Every domain -----------------------------------------------------------------------------


@checked
@given(inputs, seeds)
def test_a_draw_has_the_shape_and_the_dtype_of_its_input(drawn, seed):
    array = draw(drawn, seed)
    assert array.shape == drawn.shape
    assert str(array.dtype) == drawn.dtype_in("float64")


@checked
@given(inputs, seeds)
def test_the_same_seed_draws_the_same_array_in_every_precision(drawn, seed):
    array = draw(drawn, seed)
    for dtype in ("float64", "float32", "float16", "bfloat16"):
        np.testing.assert_array_equal(draw(drawn, seed, dtype), array)


@checked
@given(inputs, seeds)
def test_the_source_of_an_input_evaluates_to_an_equal_input(drawn, seed):
    again = eval(repr(drawn), vars(domains))
    assert again == drawn
    np.testing.assert_array_equal(draw(again, seed), draw(drawn, seed))


@checked
@given(inputs)
def test_the_source_of_a_variable_evaluates_to_an_equal_variable(drawn):
    again = eval(repr(as_variable(drawn)), vars(domains))
    assert again == as_variable(drawn) != drawn


@checked
@given(inputs, seeds)
def test_every_draw_is_finite(drawn, seed):
    assert np.isfinite(draw(drawn, seed)).all()


@pytest.mark.parametrize("domain", [*UNORDERED, complex_normal, positive, between(-9.0, 9.0)])
def test_other_seeds_draw_other_arrays(domain):
    assert not np.array_equal(draw(domain(2, 3), 0), draw(domain(2, 3), 1))


@checked
@given(elementwise, seeds)
def test_elementwise_draws_print_in_full_with_four_decimals(domain, seed):
    array = draw(domain(20), seed)
    np.testing.assert_array_equal(np.round(array, domains.DECIMALS), array)


def test_a_point_is_stable_across_versions_of_opcheck():
    # A changed draw would move every recorded case: this must be a decision, not an accident.
    array = draw(normal(2, 3), 0)
    assert array.tolist() == [[0.1257, -0.1321, 0.6404], [0.1049, -0.5357, 0.3616]]


# -- Real and complex -------------------------------------------------------------------------


@pytest.mark.parametrize("domain", [*UNORDERED, *MATRICES])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_unordered_domains_draw_complex_numbers_for_complex_cases(domain, dtype):
    array = draw(domain(3, 3), 0, dtype)
    assert array.dtype == np.complex128
    assert np.abs(array.imag).max() > 0


@pytest.mark.parametrize("domain", [positive, between(0.0, 1.0)])
def test_ordered_domains_refuse_complex_cases(domain):
    with pytest.raises(UsageError) as caught:
        draw(domain(2), 0, "complex64")
    assert str(caught.value) == f"the domain {domain.name} is ordered and has no complex numbers"


@pytest.mark.parametrize(
    ("domain", "case_dtype", "expected"),
    [
        (normal, "bfloat16", "bfloat16"),
        (normal, "complex64", "complex64"),
        (complex_normal, "float32", "complex64"),
        (complex_normal, "float64", "complex128"),
        (complex_normal, "complex128", "complex128"),
        (complex_between(0.5, 1.0), "float16", "complex64"),
        (integers(0, 3), "float64", "int32"),
        (integers(0, 3, "int64"), "complex64", "int64"),
        (indices(3, "int64"), "float64", "int64"),
        (booleans, "float64", "bool"),
    ],
)
def test_an_input_has_its_own_dtype_in_each_case(domain, case_dtype, expected):
    assert domain(2).dtype_in(case_dtype) == expected


@pytest.mark.parametrize(
    ("real", "complex_dtype"), [("float64", "complex128"), ("float32", "complex64")]
)
def test_real_and_complex_counterparts_are_inverse(real, complex_dtype):
    assert complex_counterpart(real) == complex_counterpart(complex_dtype) == complex_dtype
    assert real_counterpart(complex_dtype) == real_counterpart(real) == real


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_half_precision_has_the_smallest_complex_counterpart(half):
    assert complex_counterpart(half) == "complex64"


@pytest.mark.parametrize(
    ("domain", "is_drawn"),
    [(normal, True), (complex_normal, True), (integers(0, 2), False), (booleans, False)],
)
def test_integers_and_booleans_keep_their_dtype(domain, is_drawn):
    assert domain.is_drawn_in_case_dtype is is_drawn


# -- Bounds -----------------------------------------------------------------------------------


@checked
@given(intervals, seeds)
def test_between_draws_keep_clear_of_both_ends(ends, seed):
    low, high = ends
    domain = between(low, high)
    array = draw(domain(50), seed)
    # A sixteenth is kept; the rounding to four decimals may take 5e-5 of it.
    margin = (high - low) / 16 - 5.1e-5
    assert (array >= low + margin).all()
    assert (array <= high - margin).all()
    assert (domain.low, domain.high) == (low, high)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1e-4), (1e-6, 2e-6), (1.00001, 1.00002)])
def test_between_draws_stay_inside_narrow_intervals(low, high):
    array = draw(between(low, high)(20), 0)
    assert (low < array).all()
    assert (array < high).all()


@checked
@given(seeds)
def test_positive_draws_are_far_from_zero(seed):
    array = draw(positive(50), seed)
    assert (array >= 0.25).all()
    assert (array <= 2.0).all()
    assert positive.low == 0.0


@checked
@given(seeds)
def test_nonzero_draws_have_both_signs_and_are_far_from_zero(seed):
    array = draw(nonzero(60), seed)
    assert (np.abs(array) >= 0.25).all()
    assert set(np.sign(array)) == {-1.0, 1.0}


@checked
@given(st.integers(0, 60), seeds)
def test_distinct_values_are_half_a_step_apart(size, seed):
    array = draw(distinct(size), seed)
    assert (np.diff(np.sort(array)) > 0.125 - 2e-4).all()


@checked
@given(moduli, seeds)
def test_complex_between_keeps_modulus_and_half_planes(ends, seed):
    array = draw(complex_between(*ends)(40), seed)
    assert (np.abs(array) >= ends[0] - 1e-4).all()
    assert (np.abs(array) <= ends[1] + 1e-4).all()


@checked
@given(seeds)
def test_complex_between_stays_off_the_real_axis(seed):
    array = draw(complex_between(0.5, 2.0)(60), seed)
    assert (np.abs(array.imag) > 0.1).all()
    assert set(np.sign(array.imag)) == {-1.0, 1.0}


@checked
@given(int_intervals, seeds)
def test_integers_lie_in_the_half_open_interval(ends, seed):
    array = draw(integers(*ends)(80), seed)
    assert array.min() >= ends[0]
    assert array.max() < ends[1]


def test_integers_reach_both_ends():
    assert set(draw(integers(-1, 2)(60), 0)) == {-1, 0, 1}


def test_indices_reach_every_position():
    assert set(draw(indices(3)(60), 0)) == {0, 1, 2}


def test_booleans_are_both():
    assert set(draw(booleans(60), 0)) == {False, True}


# -- Matrices ---------------------------------------------------------------------------------


@checked
@given(st.sampled_from([spd, symmetric]), squares, st.sampled_from(["float64", "complex128"]))
def test_symmetric_draws_equal_their_adjoint(domain, shape, dtype):
    array = draw(domain(*shape), 3, dtype)
    np.testing.assert_array_equal(array, np.conj(np.swapaxes(array, -1, -2)))


@checked
@given(squares, seeds, st.sampled_from(["float64", "complex128"]))
def test_spd_draws_are_positive_definite(shape, seed, dtype):
    assert (np.linalg.eigvalsh(draw(spd(*shape), seed, dtype)) > 0.5).all()


@checked
@given(squares, seeds)
def test_symmetric_draws_have_separate_eigenvalues(shape, seed):
    values = np.linalg.eigvalsh(draw(symmetric(*shape), seed))
    assert (np.diff(values) > 0.05).all()


@checked
@given(squares, seeds)
def test_triangular_draws_are_triangular_with_a_diagonal_far_from_zero(shape, seed):
    lower, upper = draw(lower_triangular(*shape), seed), draw(upper_triangular(*shape), seed)
    np.testing.assert_array_equal(np.triu(lower, 1), 0)
    np.testing.assert_array_equal(np.tril(upper, -1), 0)
    for array in (lower, upper):
        assert (np.diagonal(array, axis1=-2, axis2=-1) >= 1.0).all()


@checked
@given(st.sampled_from(SUBSPACES), squares, seeds, st.sampled_from(["float64", "complex128"]))
def test_projecting_onto_allowed_directions_twice_is_projecting_once(domain, shape, seed, dtype):
    once = domain.tangent(draw(normal(*shape), seed, dtype))
    np.testing.assert_array_equal(domain.tangent(once), once)


@checked
@given(st.sampled_from(SUBSPACES), squares, seeds, st.sampled_from(["float64", "complex128"]))
def test_a_draw_lies_in_its_own_allowed_directions(domain, shape, seed, dtype):
    array = draw(domain(*shape), seed, dtype)
    np.testing.assert_array_equal(domain.tangent(array), array)


@pytest.mark.parametrize("domain", SUBSPACES)
def test_the_allowed_directions_are_fewer_than_all(domain):
    array = draw(normal(3, 3), 0)
    assert not np.array_equal(domain.tangent(array), array)


@pytest.mark.parametrize("domain", MATRICES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (3, 3, 2)])
def test_a_matrix_domain_refuses_shapes_that_are_not_square(domain, shape):
    with pytest.raises(UsageError) as caught:
        draw(domain(*shape), 0)
    expected = "must end in two equal sizes for a square matrix"
    assert str(caught.value) == f"shape={shape!r} {expected}"


# -- Wrong arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: normal(-1), r"normal: shape=\(-1,\) must hold whole numbers >= 0"),
        (lambda: normal((2, 3)), r"normal: shape=\(\(2, 3\),\) must hold whole numbers >= 0"),
        (lambda: spd(2.0, 2), r"spd: shape=\(2\.0, 2\) must hold whole numbers >= 0"),
        (lambda: between(2.0, 1.0), r"between: low=2\.0 must be less than high=1\.0"),
        (lambda: between(1.0, 1.0), r"between: low=1\.0 must be less than high=1\.0"),
        (lambda: between(float("nan"), 1.0), r"between: low=nan must be less than high=1\.0"),
        (lambda: complex_between(-1, 1), r"complex_between: need 0 <= low=-1 < high=1"),
        (lambda: complex_between(2, 1), r"complex_between: need 0 <= low=2 < high=1"),
        (lambda: integers(3, 3), r"integers: low=3 must be less than high=3"),
    ],
)
def test_wrong_arguments_are_named_with_their_values(make, message):
    with pytest.raises(UsageError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: between(float("-inf"), 0.0), "between: low=-inf"),
        (lambda: complex_between(0.0, float("inf")), "complex_between: .*high=inf"),
        (lambda: indices(0), "indices: size=0"),
        (lambda: integers(0, 300, "int8"), "integers: .*300.*int8"),
        (lambda: integers(0, 3, "int3"), "dtype='int3' is none of int8"),
        (lambda: integers(-1, 3, "uint8"), "do not fit into uint8"),
    ],
)
def test_domains_that_could_not_be_drawn_are_refused_when_made(make, message):
    with pytest.raises(UsageError, match=message):
        make()


def test_a_domain_prints_as_its_name():
    assert repr(Domain("mine", lambda g, shape, c: g.normal(size=shape))) == "mine"


def test_near_keeps_to_its_places_and_names_its_shape():
    domain = near([[0.25, 0.75]], 0.02)
    drawn = domain(1, 2).draw(np.random.default_rng(0), "float64")
    assert np.all(np.abs(drawn - [[0.25, 0.75]]) <= 0.02 + 1e-4)
    assert repr(domain(1, 2)) == "near([[0.25, 0.75]], 0.02)(1, 2)"
    with pytest.raises(UsageError, match=r"has the shape \(1, 2\), not \(2,\)"):
        domain(2).draw(np.random.default_rng(0), "float64")
    with pytest.raises(UsageError, match="spread=0 above zero"):
        near([0.25], 0)


def test_numbers_may_come_in_an_array():
    drawn = near(np.array([[1.0, -2.0]]), 0.25)(1, 2).draw(np.random.default_rng(0), "float64")
    np.testing.assert_allclose(drawn, [[1.0, -2.0]], atol=0.25)
    with pytest.raises(UsageError, match=r"near: .*must be finite"):
        near(np.array([1.0, np.nan]), 0.25)
