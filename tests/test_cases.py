"""Cases: their ids, their seeds, and how patterns select them."""

import shlex
import zlib

import numpy as np
import pytest

from opcheck import registry
from opcheck.cases import (
    AGREEMENT,
    CHECKS,
    NUMERIC,
    cases_matching,
    count_of,
    expand,
    row_matches,
    select_cases,
    select_rows,
    sharpest,
)
from opcheck.domains import filled, normal
from opcheck.errors import UnknownNameError
from opcheck.spec import DOUBLES, DTYPES, HALVES, TOGETHER, WIDE, choices, function, op
from tests.examples import in_family

EXP, EXP_FAR, MATMUL = in_family(
    "unary",
    op("Exp", x=normal, shapes=((), (2, 3)), dtypes=WIDE),
    op("Exp", x=normal(4), variant="far"),
    op("MatMul", a=normal(2, 2), b=normal(2, 2)),
)
(GELU,) = in_family("activations", function("tf.nn.gelu", features=normal(2)))
ROWS = (EXP, EXP_FAR, MATMUL, GELU)
REALS_POINTS = ("zeros", "zero", "two-zeros", "tie", "equal", "whole", "tiny", "huge")


def ids(cases):
    return [case.id for case in cases]


def test_a_row_makes_a_case_of_each_sample_and_dtype_that_a_check_looks_at():
    random = [f"{sample}/{dtype}/jacobian" for sample in ("scalar", "2x3") for dtype in DOUBLES]
    special = [f"2x3-x={point}/{dtype}/special" for point in REALS_POINTS for dtype in DOUBLES]
    narrow = [f"2x3/{dtype}/precision" for dtype in ("complex64", "float32")]
    agreement = [f"2x3/float64/{check}" for check in AGREEMENT]
    rests = random + special + narrow + agreement
    assert ids(expand(EXP)) == [f"tf.raw_ops.Exp/{rest}" for rest in rests]


def test_a_row_without_special_points_in_one_precision_has_one_check_and_the_matrix():
    row = op("Exp", x=filled(2.0)(3))
    assert ids(expand(row)) == [
        f"tf.raw_ops.Exp/3/float64/{check}" for check in ("jacobian", *AGREEMENT)
    ]


def test_the_matrix_looks_at_the_roomiest_sample_in_the_plainest_of_the_sharp_dtypes():
    cells = [case for case in expand(EXP) if case.check in AGREEMENT]
    assert {(case.sample.id, case.dtype) for case in cells} == {("2x3", "float64")}
    row = op("Exp", x=normal(2), dtypes=("complex128", "complex64"))
    assert {c.dtype for c in expand(row) if c.check in AGREEMENT} == {"complex128"}


def test_the_checks_have_an_order():
    assert list(dict.fromkeys(case.check for case in expand(EXP))) == list(CHECKS)


@pytest.mark.parametrize(
    ("dtypes", "sharp"),
    [
        (DTYPES, DOUBLES),
        (WIDE, DOUBLES),
        (HALVES, ("float64",)),
        (("complex64", "complex128"), ("complex128",)),
        (("bfloat16", "complex64", "float32"), ("complex64", "float32")),
        (("bfloat16", "float16"), ("bfloat16", "float16")),
    ],
)
def test_the_sharpest_dtypes_are_the_widest_of_each_kind(dtypes, sharp):
    assert sharpest(dtypes) == sharp
    row = op("Exp", x=normal(2), dtypes=dtypes)
    rest = {dtype for dtype in dtypes if dtype not in sharp}
    found = {check: {c.dtype for c in expand(row) if c.check == check} for check in NUMERIC}
    assert found == {"jacobian": set(sharp), "special": set(sharp), "precision": rest}


def test_a_case_knows_what_its_row_knows():
    (case,) = (c for c in expand(GELU, seed=7) if c.check == "jacobian")
    assert (case.kind, case.target, case.family) == (GELU.kind, GELU.target, "activations")
    assert (case.sample, case.dtype, case.wrt, case.seed) == (GELU.samples[0], "float64", None, 7)


def test_ids_do_not_depend_on_the_order_of_rows():
    assert sorted(ids(select_cases(ROWS, []))) == sorted(ids(select_cases(ROWS[::-1], [])))


def test_the_command_that_repeats_a_case_survives_the_shell():
    (row,) = in_family("f", function("pkg.f", x=normal(2), axis=choices([0, 1], "a b")))
    for case in expand(row, seed=3):
        assert shlex.split(case.repeat) == ["opcheck", "check", case.id, "--seed", "3"]


def test_all_dtypes_and_checks_of_a_sample_look_at_the_same_point():
    cases = [case for case in expand(EXP) if case.sample.id == "2x3"]
    assert {case.dtype for case in cases} == set(WIDE)
    assert {case.check for case in cases} == {"jacobian", "precision", *AGREEMENT}
    assert len({case.generator().random() for case in cases}) == 1


def test_other_samples_targets_and_seeds_look_at_other_points():
    cases = [*expand(EXP), *expand(EXP_FAR), *expand(GELU), *expand(GELU, seed=1)]
    named = {(c.target, c.sample.id, c.seed) for c in cases}
    assert len({c.generator().random() for c in cases}) == len(named)
    drawn = {(c.target, c.sample.id, c.seed) for c in cases if c.check != "special"}
    assert len(drawn) == 5


def test_the_source_of_randomness_is_the_seed_and_the_name():
    case = next(expand(GELU, seed=5))
    expected = np.random.default_rng([5, zlib.crc32(b"tf.nn.gelu/2")])
    assert case.generator().integers(2**40) == expected.integers(2**40)


# -- Selection --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([], ROWS),
        (["unary"], (EXP, EXP_FAR, MATMUL)),
        (["UNARY"], (EXP, EXP_FAR, MATMUL)),
        (["tf.raw_ops.Exp"], (EXP, EXP_FAR)),
        (["exp"], (EXP, EXP_FAR)),
        (["matmul"], (MATMUL,)),
        (["gelu", "matmul"], (MATMUL, GELU)),
        (["tf.nn.*"], (GELU,)),
        (["*"], ROWS),
        (["tf.raw_ops.Exp/far-4/float64/jacobian"], (EXP_FAR,)),
        (["Exp/2x3"], (EXP,)),
        (["Exp/2x3/"], (EXP,)),
        (["*/2x3/complex128/*"], (EXP,)),
        (["Exp/2x3-x=tie"], (EXP,)),
        (["*/special"], ROWS),
        (["*/precision"], (EXP,)),
    ],
)
def test_patterns_select_rows_in_their_own_order(patterns, expected):
    assert select_rows(ROWS, patterns) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (
            "tf.raw_ops.Exp/2x3",
            {
                "Exp/2x3/complex128/jacobian",
                "Exp/2x3/float64/jacobian",
                "Exp/2x3/complex64/precision",
                "Exp/2x3/float32/precision",
                *(f"Exp/2x3/float64/{check}" for check in AGREEMENT),
            },
        ),
        ("Exp/2x3/float64", {f"Exp/2x3/float64/{check}" for check in ("jacobian", *AGREEMENT)}),
        ("Exp/*/forward", {"Exp/2x3/float64/forward", "Exp/far-4/float64/forward"}),
        ("Exp/2x3/float32", {"Exp/2x3/float32/precision"}),
        (
            "Exp/*/complex128/*",
            {"Exp/scalar/complex128/jacobian", "Exp/2x3/complex128/jacobian"}
            | {f"Exp/2x3-x={point}/complex128/special" for point in REALS_POINTS},
        ),
        (
            "Exp/2x3-x=tie",
            {"Exp/2x3-x=tie/complex128/special", "Exp/2x3-x=tie/float64/special"},
        ),
        ("*-all=*/*", {f"MatMul/2x2_2x2-all={point}/float64/special" for point in TOGETHER}),
        (
            "gelu",
            {f"gelu/2/float64/{check}" for check in ("jacobian", *AGREEMENT)}
            | {
                f"gelu/2-features={point}/float64/special"
                for point in REALS_POINTS
                if point not in ("two-zeros", "tie")  # of two entries they are none of their own
            },
        ),
    ],
)
def test_patterns_select_cases(pattern, expected):
    found = select_cases(ROWS, [pattern])
    names = [f"{c.target.rpartition('.')[2]}/{c.sample.id}/{c.dtype}/{c.check}" for c in found]
    assert set(names) == expected
    assert len(names) == len(expected)


def test_the_beginning_of_an_id_ends_at_a_slash():
    assert list(cases_matching(ROWS, "Exp/2x")) == []
    assert list(cases_matching(ROWS, "Exp/2x3-x=ti")) == []
    assert len(list(cases_matching(ROWS, "Exp/2x3"))) == len(WIDE) + len(AGREEMENT)


def test_patterns_that_overlap_select_a_case_once():
    found = ids(select_cases(ROWS, ["exp", "unary", "Exp/2x3"]))
    assert len(found) == len(set(found)) == len(ids(select_cases(ROWS, ["unary"])))


def test_the_seed_reaches_selected_cases():
    assert {case.seed for case in select_cases(ROWS, ["exp", "Exp/2x3"], seed=9)} == {9}
    assert {case.seed for case in select_cases(ROWS, [], seed=9)} == {9}


@pytest.mark.parametrize("pattern", ["xp", "raw_ops", "exp ", "tf.raw_ops"])
def test_a_part_of_a_name_is_no_match(pattern):
    assert not row_matches(EXP, pattern)


@pytest.mark.parametrize("select", [select_rows, select_cases])
@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("MatMull", "unknown op, family or case 'MatMull'; did you mean tf.raw_ops.MatMul?"),
        ("tf.nn.gelo", "unknown op, family or case 'tf.nn.gelo'; did you mean tf.nn.gelu?"),
        ("unari", "unknown op, family or case 'unari'; did you mean unary?"),
        ("zzzz", "unknown op, family or case 'zzzz'"),
        ("", "unknown op, family or case ''"),
    ],
)
def test_a_pattern_without_a_match_suggests_the_nearest(select, pattern, message):
    with pytest.raises(UnknownNameError) as caught:
        select(ROWS, ["exp", pattern])
    assert str(caught.value) == message


@pytest.mark.parametrize("select", [select_rows, select_cases])
def test_a_mistyped_sample_or_dtype_suggests_the_nearest_case(select):
    with pytest.raises(UnknownNameError, match=r"unknown case 'Exp/2x4'; did you mean Exp/2x3\b"):
        select(ROWS, ["Exp/2x4"])
    with pytest.raises(UnknownNameError, match=r"did you mean Exp/2x3/complex128/jacobian\b"):
        select(ROWS, ["Exp/2x3/complex12/jacobian"])


@pytest.mark.parametrize("select", [select_rows, select_cases])
@pytest.mark.parametrize("pattern", ["MatMull/2x2_2x2/float64/jacobian", "tf.raw_ops.MatMull/2x2"])
def test_a_mistyped_case_id_suggests_the_nearest_op(select, pattern):
    with pytest.raises(UnknownNameError, match=r"did you mean tf\.raw_ops\.MatMul\?"):
        select(ROWS, [pattern])


def test_cases_are_counted_without_making_them():
    for row in registry.rows():
        assert count_of(row) == sum(1 for _ in expand(row)), row.target
