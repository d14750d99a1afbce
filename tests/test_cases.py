"""Cases: their ids, their seeds, and how patterns select them."""

import shlex
import zlib

import numpy as np
import pytest

from opcheck.cases import (
    CHECKS,
    cases_matching,
    expand,
    row_matches,
    select_cases,
    select_rows,
)
from opcheck.domains import normal
from opcheck.errors import UnknownNameError
from opcheck.spec import DOUBLES, choices, function, op
from tests.examples import in_family

EXP, EXP_FAR, MATMUL = in_family(
    "unary",
    op("Exp", x=normal, shapes=((), (2, 3)), dtypes=DOUBLES),
    op("Exp", x=normal(4), variant="far"),
    op("MatMul", a=normal(2, 2), b=normal(2, 2)),
)
(GELU,) = in_family("activations", function("tf.nn.gelu", features=normal(2)))
ROWS = (EXP, EXP_FAR, MATMUL, GELU)


def ids(cases):
    return [case.id for case in cases]


def test_a_row_makes_a_case_of_each_sample_dtype_and_check():
    assert ids(expand(EXP))[: 2 * len(CHECKS) : len(CHECKS)] == [
        "tf.raw_ops.Exp/scalar/complex128/jacobian",
        "tf.raw_ops.Exp/scalar/float64/jacobian",
    ]
    assert len(ids(expand(EXP))) == len(set(ids(expand(EXP)))) == 2 * 2 * len(CHECKS)


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


def test_all_dtypes_of_a_sample_look_at_the_same_point():
    cases = [case for case in expand(EXP) if case.sample.id == "2x3"]
    assert {case.dtype for case in cases} == set(DOUBLES)
    assert len({case.generator().random() for case in cases}) == 1


def test_other_samples_targets_and_seeds_look_at_other_points():
    cases = [*expand(EXP), *expand(EXP_FAR), *expand(GELU), *expand(GELU, seed=1)]
    named = {(c.target, c.sample.id, c.seed) for c in cases}
    assert len({c.generator().random() for c in cases}) == len(named) == 5


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
    ],
)
def test_patterns_select_rows_in_their_own_order(patterns, expected):
    assert select_rows(ROWS, patterns) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("tf.raw_ops.Exp/2x3", {"Exp/2x3/complex128", "Exp/2x3/float64"}),
        ("Exp/2x3/float64", {"Exp/2x3/float64"}),
        ("Exp/*/complex128/*", {"Exp/scalar/complex128", "Exp/2x3/complex128"}),
        ("gelu", {"gelu/2/float64"}),
    ],
)
def test_patterns_select_cases(pattern, expected):
    found = select_cases(ROWS, [pattern])
    names = {f"{c.target.rpartition('.')[2]}/{c.sample.id}/{c.dtype}" for c in found}
    assert names == expected
    assert len(found) == len(expected) * len(CHECKS)


def test_the_beginning_of_an_id_ends_at_a_slash():
    assert list(cases_matching(ROWS, "Exp/2x")) == []
    assert len(list(cases_matching(ROWS, "Exp/2x3"))) == 2 * len(CHECKS)


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
@pytest.mark.parametrize("pattern", ["MatMull/2x2_2x2/float64/jacobian", "tf.raw_ops.MatMull/2x2"])
def test_a_mistyped_case_id_suggests_the_nearest_op(select, pattern):
    with pytest.raises(UnknownNameError, match=r"did you mean tf\.raw_ops\.MatMul\?"):
        select(ROWS, [pattern])
