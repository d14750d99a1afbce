"""The registry as a whole. What single rows say is for TensorFlow to judge."""

from collections import Counter

import pytest

from opcheck import registry
from opcheck.cases import expand
from opcheck.domains import normal
from opcheck.errors import UsageError
from opcheck.known import stale
from opcheck.spec import DTYPES, Kind, drawn_inputs, op
from tests.examples import in_family


@pytest.fixture(scope="module")
def rows():
    return registry.rows()


def test_rows_stand_sorted_by_family_and_target(rows):
    assert list(rows) == sorted(rows, key=lambda row: (row.family, row.target, row.variant))


def test_no_two_rows_make_a_case_of_one_id(rows):
    tally = Counter(case.id for row in rows for case in expand(row))
    assert [id for id, count in tally.items() if count > 1] == []


def test_every_family_has_rows(rows):
    assert Counter(row.family for row in rows).keys() == set(registry.families())
    assert len(registry.families()) >= 10


def test_families_are_sorted_and_hold_no_table_of_defects():
    assert list(registry.families()) == sorted(registry.families())
    assert {"unary", "linalg"} <= set(registry.families())
    assert "known_defects" not in registry.families()


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_target_is_there(rows, kind):
    assert [row.target for row in rows if row.kind is kind] != []


def test_raw_ops_are_what_op_rows_name(rows):
    others = [r.target for r in rows if r.target.startswith("tf.raw_ops.") != (r.kind is Kind.OP)]
    assert others == []


def test_every_row_has_dtypes_without_repeats(rows):
    odd = [r.target for r in rows if not r.dtypes or len(set(r.dtypes)) != len(r.dtypes)]
    assert odd == []
    assert {dtype for row in rows for dtype in row.dtypes} <= set(DTYPES)


def test_every_sample_draws_something_to_differentiate(rows):
    # A layer has its weights.
    nothing = [
        f"{row.target}/{sample.id}"
        for row in rows
        for sample in row.samples
        if row.kind is not Kind.LAYER
        and not any(
            drawn.domain.is_drawn_in_case_dtype
            for drawn in drawn_inputs([*sample.inputs, *(v for _, v in sample.arguments)])
        )
    ]
    assert nothing == []


def test_every_name_in_wrt_is_an_argument_of_each_sample(rows):
    unknown = [
        f"{row.target}/{sample.id}: {name}"
        for row in rows
        for sample in row.samples
        for name in row.wrt or ()
        if row.kind is not Kind.INSTANCE and name not in dict(sample.arguments)
    ]
    assert unknown == []


def test_every_input_draws_at_every_dtype_of_its_row(rows):
    refused = []
    for case in (case for row in rows for case in expand(row)):
        values = [*case.sample.inputs, *(value for _, value in case.sample.arguments)]
        for drawn in drawn_inputs(values):
            try:
                drawn.draw(case.generator(), case.dtype)
            except Exception as error:
                refused.append(f"{case.id}: {error}")
    assert refused == []


def test_the_rows_are_made_once(rows):
    assert registry.rows() is rows


def test_ids_are_stable_across_imports(rows):
    # Fixed by hand: recorded defects, repeat commands and saved runs name cases by these.
    ids = {case.id for row in rows for case in expand(row)}
    assert {
        "tf.raw_ops.Exp/2x3/float64/jacobian",
        "tf.raw_ops.Exp/scalar/complex128/jacobian",
        "tf.raw_ops.Digamma/large/float64/jacobian",
        "tf.raw_ops.Log/complex-2x3/complex128/jacobian",
        "tf.raw_ops.LeakyRelu/2x3-alpha=0.2/float64/jacobian",
    } <= ids


def test_two_rows_of_one_target_need_variants():
    (first,) = in_family("one", op("Exp", x=normal))
    (second,) = in_family("two", op("Exp", x=normal(2)))
    with pytest.raises(UsageError) as caught:
        registry.refuse_duplicates([first, second])
    assert str(caught.value) == (
        "tf.raw_ops.Exp has two rows (in one and two); join them or give one a variant"
    )


def test_rows_of_one_target_with_variants_are_accepted():
    table = in_family("one", op("Exp", x=normal), op("Exp", x=normal, variant="a"))
    assert registry.refuse_duplicates(list(table)) is None


def test_a_variant_and_a_hand_written_id_must_not_make_one_case_id():
    from opcheck.spec import sample

    plain, far = in_family(
        "one",
        op("Exp", sample("far-2", x=normal(2))),
        op("Exp", x=normal(2), variant="far"),
    )
    assert next(expand(plain)).id == next(expand(far)).id
    with pytest.raises(UsageError, match=r"tf\.raw_ops\.Exp"):
        registry.refuse_duplicates([plain, far])


def test_known_defects_are_sorted_with_ids_of_their_own():
    ids = [defect.id for defect in registry.known_defects()]
    assert ids == sorted(set(ids))


def test_known_defects_can_be_asked_for_twice():
    # The table's module must not take the place of the function of its name.
    assert registry.known_defects() == registry.known_defects()


def test_no_known_defect_is_stale(rows):
    assert [defect.id for defect in stale(registry.known_defects(), rows)] == []
