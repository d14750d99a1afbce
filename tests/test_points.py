"""Special points: each domain's stay in it, and rows go to each of them once."""

import numpy as np
import pytest

from opcheck import domains
from opcheck.cases import expand, plans
from opcheck.domains import (
    Domain,
    between,
    booleans,
    complex_between,
    indices,
    integers,
    normal,
    positive,
)
from opcheck.errors import UnknownNameError, UsageError
from opcheck.generate.literals import literal
from opcheck.spec import function, op, sample

DOMAINS = [value for value in vars(domains).values() if isinstance(value, Domain)]
DOMAINS += [between(-1.0, 2.5), complex_between(0.5, 2.0), indices(3), integers(1, 4, "int64")]
PLACES = [(domain(3, 3), point) for domain in DOMAINS for point in domain(3, 3).special_points()]


def generator():
    return np.random.default_rng(0)


@pytest.mark.parametrize(("drawn", "point"), PLACES, ids=lambda value: str(value))
def test_a_special_point_lies_in_its_domain(drawn, point):
    plain = drawn.draw(generator(), "float64")
    there = drawn.at(point).draw(generator(), "float64")
    assert there.shape == plain.shape
    assert there.dtype == plain.dtype
    if there.dtype.kind in "fi":
        assert np.all(there >= drawn.domain.low)
        assert np.all(there <= drawn.domain.high)
    if drawn.domain.tangent is not None and "triangular" not in drawn.domain.name:
        assert np.isfinite(there).all()


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_the_names_of_a_domain_are_its_own(domain):
    names = [special.name for special in domain.special]
    assert len(names) == len(set(names))


def test_what_the_points_of_the_reals_are():
    def at(point):
        return normal(2, 3).at(point).draw(generator(), "float64")

    plain = normal(2, 3).draw(generator(), "float64")
    assert np.count_nonzero(at("zeros")) == 0
    assert np.count_nonzero(at("zero")) == 5
    assert np.count_nonzero(at("two-zeros")) == 4
    assert len(np.unique(at("tie"))) == 5
    assert np.sort(at("tie").ravel())[-1] == plain.max()
    assert len(np.unique(at("equal"))) == 1
    np.testing.assert_array_equal(at("whole"), [[1, -1, 2], [-2, 3, -3]])
    np.testing.assert_allclose(at("tiny"), plain * 1e-30)
    np.testing.assert_allclose(at("huge"), plain * 1e30)


def test_ends_of_an_interval_and_duplicate_indices():
    assert np.all(between(-1, 2)(4).at("low").draw(generator(), "float64") == -1)
    assert np.all(between(-1, 2)(4).at("high").draw(generator(), "float64") == 2)
    np.testing.assert_array_equal(
        between(-1, 2)(3).at("whole").draw(generator(), "float64"), [0, 1, 0]
    )
    assert np.all(indices(3)(4).at("all-last").draw(generator(), "float64") == 2)
    assert booleans(3).at("true").draw(generator(), "float64").all()


def test_equal_eigenvalues_and_equal_singular_values():
    def at(domain, point):
        return domain(3, 3).at(point).draw(generator(), "float64")

    np.testing.assert_array_equal(np.linalg.eigvalsh(at(domains.symmetric, "pair")), [1, 1, 2])
    opposite = at(domains.well_conditioned, "opposite")
    np.testing.assert_allclose(np.linalg.svd(opposite, compute_uv=False), [3, 1, 1])
    singular = at(domains.well_conditioned, "singular")
    assert np.linalg.matrix_rank(singular) == 2


def test_one_entry_has_no_tie():
    assert "tie" not in normal().special_points()
    assert "zero" not in normal().special_points()
    assert "zeros" in normal().special_points()


def test_no_entries_have_no_special_points():
    assert normal(0, 2).special_points() == ()


def test_an_unknown_point_is_told_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"zeros"):
        normal(2).at("zeroes")
    with pytest.raises(UnknownNameError, match=r"x=zeros"):
        sample("a", x=normal(2)).at("x=zeroes")


def test_a_special_point_is_written_out_and_read_back():
    assert literal(normal(2, 3).at("two-zeros"), "here") == 'normal(2, 3).at("two-zeros")'


def test_a_row_goes_to_points_apart_and_together():
    row = op("Atan2", sample("a", y=normal(2), x=normal(2)), sample("b", y=normal(3), x=normal(3)))
    ids = [case.id for case in expand(row) if case.check == "special"]
    assert "tf.raw_ops.Atan2/b-y=zeros/float64/special" in ids
    assert "tf.raw_ops.Atan2/b-all=zeros/float64/special" in ids
    assert not any("/a-" in id for id in ids)
    here = row.roomiest.at("all=zeros")
    assert all(value.point == "zeros" for _, value in here.named_inputs())
    there = row.roomiest.at("y=zeros")
    assert dict(there.arguments)["x"].point == ""


def test_inputs_in_lists_have_points_of_their_own():
    row = op("AddN", sample("a", inputs=[normal(2), normal(3)]))
    assert "inputs.1=zeros" in row.special_points
    assert row.roomiest.at("inputs.1=zeros").arguments[0][1][1].point == "zeros"


@pytest.mark.parametrize("key", ["a b", "a/b", "a=b", 'a"b', "a\nb", "é"])
def test_a_key_in_the_name_of_a_point_is_spelled_as_ids_allow(key):
    row = function("pkg.f", sample("s", x={key: normal(2)}))
    case = next(case for case in expand(row) if case.check == "special")
    assert (
        sample(case.sample.id, x=1).id == case.sample.id
    )  # `sample` refuses what ids may not hold
    assert case.sample.arguments[0][1][key].point == "zeros"


def test_inputs_whose_keys_are_spelled_alike_move_together():
    row = function("pkg.f", sample("s", x={"a b": normal(2), "a/b": normal(2)}))
    here = row.roomiest.at("x.a_b=zeros")
    assert [value.point for _, value in here.named_inputs()] == ["zeros", "zeros"]


def test_points_without_a_verdict_are_left_out_and_must_exist():
    row = op("Log", x=positive(2), unjudged_at=("x=zeros",))
    assert "x=zeros" not in row.special_points
    assert "x=tiny" in row.special_points
    with pytest.raises(UsageError, match=r"unjudged_at='x=nought'"):
        op("Log", x=positive(2), unjudged_at=("x=nought",))


def test_special_points_in_double_precision_and_narrow_dtypes_at_one_sample():
    row = op("Tanh", x=normal, dtypes=("bfloat16", "complex128", "float32", "float64"))
    found = {plan.checks[0]: plan for plan in plans(row)}
    assert found["jacobian"].dtypes == ("complex128", "float64")
    assert found["special"].dtypes == ("complex128", "float64")
    assert found["precision"].dtypes == ("bfloat16", "float32")
    assert found["precision"].samples == (row.roomiest,)


def test_a_row_of_narrow_dtypes_is_sharpest_in_the_widest():
    row = op("AvgPool3D", x=normal(2), dtypes=("bfloat16", "float32"))
    found = {plan.checks[0]: plan for plan in plans(row)}
    assert found["jacobian"].dtypes == ("float32",)
    assert found["precision"].dtypes == ("bfloat16",)
