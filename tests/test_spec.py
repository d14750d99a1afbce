"""Rows: how one line becomes samples, and what a row refuses."""

import pytest

from opcheck.domains import Domain, between, indices, nonzero, normal, positive
from opcheck.errors import UsageError
from opcheck.spec import (
    BROADCAST,
    DTYPE,
    ELEMENTWISE,
    Choices,
    Kind,
    Sample,
    choices,
    drawn_inputs,
    exactly,
    function,
    layer,
    loss,
    op,
    sample,
)


def ids(row):
    return [s.id for s in row.samples]


def arguments(row):
    return [dict(s.arguments) for s in row.samples]


# -- Kinds of rows ----------------------------------------------------------------------------


def test_an_op_is_found_among_the_raw_ops():
    row = op("MatMul", a=normal(2, 3), b=normal(3, 4))
    assert (row.kind, row.target, row.name) == (Kind.OP, "tf.raw_ops.MatMul", "MatMul")
    assert (row.dtypes, row.wrt, row.covers, row.variant) == (("float64",), None, (), "")


def test_a_function_keeps_its_dotted_name():
    row = function("tf.nn.gelu", features=normal(2))
    assert (row.kind, row.target, row.name) == (Kind.FUNCTION, "tf.nn.gelu", "gelu")


@pytest.mark.parametrize("target", ["pkg.module:gelu", "pkg:gelu", "pkg.module:Holder.gelu"])
def test_the_name_behind_a_colon_is_the_last_part_too(target):
    assert function(target, x=normal(2)).name == "gelu"


@pytest.mark.parametrize(("make", "kind"), [(layer, Kind.LAYER), (loss, Kind.INSTANCE)])
def test_classes_take_inputs_by_position_and_build_from_the_rest(make, kind):
    row = make("pkg.Thing", normal(2, 4), positive(2), units=3)
    assert row.kind is kind
    (only,) = row.samples
    assert only.inputs == (normal(2, 4), positive(2))
    assert only.arguments == (("units", 3),)
    assert only.id == "2x4_2"


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_prints_as_its_word(kind):
    assert f"{kind}" == kind.value


# -- Samples ----------------------------------------------------------------------------------


def test_a_bare_domain_takes_a_scalar_a_matrix_and_nothing():
    row = op("Exp", x=normal)
    assert ids(row) == ["scalar", "2x3", "0"]
    assert arguments(row) == [{"x": normal(*shape)} for shape in ELEMENTWISE]


def test_two_bare_domains_take_pairs_that_broadcast():
    row = op("Mul", x=normal, y=nonzero)
    assert ids(row) == [
        "2x3_2x3",
        "2x3_3",
        "2x1_1x3",
        "scalar_2x2",
        "1x2x1_2x1x2",
        "0x2_1x2",
    ]
    assert arguments(row) == [{"x": normal(*a), "y": nonzero(*b)} for a, b in BROADCAST]


def test_a_row_may_name_shapes_of_its_own():
    row = op("Softmax", logits=normal, shapes=((4,), (2, 2)))
    assert arguments(row) == [{"logits": normal(4)}, {"logits": normal(2, 2)}]


def test_choices_make_every_combination_in_order():
    row = op("Sum", input=normal(2, 3), axis=choices([0], []), keep_dims=choices(False, True))
    assert ids(row) == [
        "2x3-axis=0-keep_dims=False",
        "2x3-axis=0-keep_dims=True",
        "2x3-axis=none-keep_dims=False",
        "2x3-axis=none-keep_dims=True",
    ]
    assert arguments(row)[1] == {"input": normal(2, 3), "axis": [0], "keep_dims": True}


def test_choices_of_inputs_are_told_apart_by_their_shapes():
    assert ids(op("Exp", x=choices(normal(), normal(3, 1)))) == ["scalar", "3x1"]


def test_shapes_and_choices_multiply():
    assert len(op("Exp", x=normal, flag=choices(1, 2, 3)).samples) == 9


def test_samples_by_hand_come_first():
    assert ids(op("Exp", sample("tail", x=normal(2)), x=normal)) == ["tail", "scalar", "2x3", "0"]


def test_a_row_without_inputs_has_a_default_sample():
    assert ids(function("pkg.constant", value=3)) == ["default"]


def test_a_variant_stands_in_front_of_every_sample_id():
    row = op("Exp", sample("tail", x=normal(2)), x=normal, variant="far")
    assert ids(row) == ["far-tail", "far-scalar", "far-2x3", "far-0"]


def test_outputs_and_training_reach_every_sample():
    row = layer("pkg.Thing", normal(2), judged=[0], training=choices(False, True))
    assert [(s.id, s.judged, s.training) for s in row.samples] == [
        ("2-training=False", (0,), False),
        ("2-training=True", (0,), True),
    ]


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("a b/c", "a_b_c"),
        ([[0, 1], [2]], "0,1,2"),
        ([], "none"),
        (-0.5, "-0.5"),
        (1e-7, "1e-07"),
        ({"k": 1}, "_k_1_"),
        (DTYPE, "DTYPE"),
        (exactly([0, -1], "int64"), "int64.0,-1"),
        (None, "None"),
    ],
)
def test_the_value_of_a_choice_is_spelt_with_safe_characters(value, slug):
    assert ids(function("pkg.f", v=choices(value)))[0] == f"v={slug}"


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0.5], "int64"),
        ([300], "int8"),
        ([-1], "uint8"),
        (["a"], "int32"),
        ([[1], [2, 3]], "int32"),
        ([[[1]], [[2, 3]]], "int32"),
        ([2**31], "int32"),
        ([-(2**63) - 1], "int64"),
        ([0.1], "float32"),
        ([1e39], "float32"),
        ([2], "bool"),
    ],
)
def test_exact_numbers_that_their_dtype_cannot_hold_are_refused(values, dtype):
    with pytest.raises(UsageError, match=f"cannot be held in '{dtype}'"):
        exactly(values, dtype)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([[0, -128], [127, 5]], "int8"),
        (2**64 - 1, "uint64"),
        ([], "int32"),
        ([0.5, -1.25], "float32"),
        ([2.0**100], "float32"),
        ([0.1], "float64"),
        ([1, 2], "float64"),
        ([[True], [False]], "bool"),
    ],
)
def test_exact_numbers_that_their_dtype_can_hold(values, dtype):
    held = exactly(values, dtype)
    assert (held.values, held.dtype) == (values, dtype)


def test_a_sample_prints_as_its_id_and_shows_its_source():
    made = sample("a", normal(2), judged=[1], training=True, axis=0, out=DTYPE)
    assert str(made) == "a"
    expected = "sample('a', normal(2), axis=0, out=DTYPE, judged=(1,), training=True)"
    assert repr(made) == expected
    scope = {"sample": sample, "normal": normal, "DTYPE": DTYPE}
    assert eval(expected, scope) == made


def test_an_argument_may_be_called_id():
    assert sample("a", id=3).arguments == (("id", 3),)


def test_drawn_inputs_are_found_in_lists_tuples_and_dicts_in_order():
    values = [1, [normal(2), (positive(),)], {"k": indices(3)(1)}, "text", normal]
    assert list(drawn_inputs(values)) == [normal(2), positive(), indices(3)(1)]


@pytest.mark.parametrize("value", [choices(normal, positive), [normal, normal], {"k": normal}])
def test_no_bare_domain_is_left_where_nothing_gives_it_a_shape(value):
    try:
        row = function("pkg.f", x=value)
    except UsageError as error:
        assert "normal" in str(error)  # noqa: PT017  either is right: a shape or a refusal
        return
    left = [v for given in arguments(row) for v in flat(given["x"]) if isinstance(v, Domain)]
    assert left == []


def flat(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for item in value for leaf in flat(item)]
    return [value]


# -- What a row refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "id", ["", "a/b", "a b", "a\n", "é", 'a"b', "a'b", "a[b", "{{a}}", "{a}", "a\\b", "a:b", "a*"]
)
def test_a_sample_id_holds_no_character_that_means_something_elsewhere(id):
    with pytest.raises(UsageError) as caught:
        sample(id)
    expected = "may only hold letters, digits and the characters _ . , = + -"
    assert str(caught.value) == f"sample id {id!r} {expected}"


@pytest.mark.parametrize("variant", ["a/b", "a b", "a\n", '"', "{{a}}"])
def test_a_variant_is_refused_by_the_same_rule_as_the_ids_it_begins(variant):
    with pytest.raises(UsageError, match="variant"):
        op("Exp", x=normal, variant=variant)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: op("Exp"), "tf.raw_ops.Exp: the row has no samples, so nothing would be checked"),
        (
            lambda: op("Exp", x=choices()),
            "tf.raw_ops.Exp: the row has no samples, so nothing would be checked",
        ),
        (
            lambda: op("Exp", x=normal, dtypes=("float",)),
            "tf.raw_ops.Exp: dtype 'float' is none of bfloat16, complex128, complex64, float16, "
            "float32, float64",
        ),
        (
            lambda: op("Exp", sample("a", x=normal(2)), sample("a", x=normal(3))),
            "tf.raw_ops.Exp: two samples have the id 'a'; name one by hand",
        ),
        (
            lambda: op("Exp", x=choices(normal(2), positive(2))),
            "tf.raw_ops.Exp: two samples have the id '2'; name one by hand",
        ),
        (
            lambda: op("Mul", x=normal, y=normal, shapes=(((2,),),)),
            "shapes=((2,),) must name 2 shapes, one a domain",
        ),
    ],
)
def test_a_row_that_checks_nothing_or_the_same_twice_is_refused(make, message):
    with pytest.raises(UsageError) as caught:
        make()
    assert str(caught.value) == message


def test_a_row_without_dtypes_would_check_nothing():
    with pytest.raises(UsageError, match="dtypes"):
        op("Exp", x=normal, dtypes=())


def test_shapes_that_are_no_shapes_are_named():
    with pytest.raises(UsageError, match="shapes"):
        op("Softmax", logits=normal, shapes=(4,))


@pytest.mark.parametrize("fact", ["wrt", "covers"])
def test_one_name_where_several_may_stand_is_not_taken_for_its_letters(fact):
    try:
        row = op("Relu", features=normal, **{fact: "features"})
    except UsageError as error:
        assert fact in str(error)  # noqa: PT017  either is right: one name, or a refusal
        return
    assert getattr(row, fact) == ("features",)


def test_choices_hold_their_values():
    assert choices(1, None) == Choices((1, None))


def test_equal_rows_are_equal():
    make = lambda: op("Exp", x=between(0.0, 1.0)(2), flag=choices(1, 2))  # noqa: E731
    assert make() == make()
    assert isinstance(make().samples[0], Sample)
