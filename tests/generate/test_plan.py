"""Plans: which tests go into which files, under which names."""

import subprocess
import sys
from dataclasses import replace

import pytest

from opcheck.cases import AGREEMENT, CHECKS, expand
from opcheck.domains import normal
from opcheck.errors import UsageError
from opcheck.generate import plan as planning
from opcheck.generate.plan import plan_files
from opcheck.generate.render import render
from opcheck.spec import FLOATS, choices, function, op
from tests.examples import DEFECTS, ROWS, example_plan, in_family

EXP = op("Exp", x=normal(2))


@pytest.mark.parametrize(
    ("target", "variant", "name"),
    [
        ("tf.raw_ops.Exp", "", "test_exp"),
        ("tf.raw_ops.MatMul", "", "test_mat_mul"),
        ("tf.raw_ops.BatchMatMulV2", "", "test_batch_mat_mul_v2"),
        ("tf.raw_ops.Conv2DBackpropInput", "", "test_conv2d_backprop_input"),
        ("tf.raw_ops.FFT2D", "", "test_fft2d"),
        ("tf.nn.gelu", "", "test_gelu"),
        ("tf.keras.layers.LSTM", "", "test_lstm"),
        ("tf.raw_ops.Exp", "far", "test_exp_far"),
        ("tf.raw_ops.Exp", "far-away", "test_exp_far_away"),
        ("pkg.module:my_op", "", "test_my_op"),
        ("pkg.module:Holder.call", "", "test_call"),
    ],
)
def test_a_test_is_named_after_the_last_part_and_the_variant(target, variant, name):
    row = function(target, x=normal(2), variant=variant)
    assert planning.function_name(row) == name


def test_a_family_is_a_file_and_each_check_of_a_row_a_test():
    table = [*in_family("b", op("Log", x=normal, dtypes=FLOATS), EXP), *in_family("a", EXP)]
    plans = plan_files(table, [])
    assert [(plan.name, plan.family) for plan in plans] == [
        ("test_a_gradients.py", "a"),
        ("test_b_gradients.py", "b"),
    ]
    found = [(test.name, test.row.target, test.plan.checks) for test in plans[1].tests]
    assert found == [
        ("test_exp", "tf.raw_ops.Exp", ("jacobian",)),
        ("test_exp_special", "tf.raw_ops.Exp", ("special",)),
        ("test_exp_agreement", "tf.raw_ops.Exp", AGREEMENT),
        ("test_log", "tf.raw_ops.Log", ("jacobian",)),
        ("test_log_special", "tf.raw_ops.Log", ("special",)),
        ("test_log_precision", "tf.raw_ops.Log", ("precision",)),
        ("test_log_agreement", "tf.raw_ops.Log", AGREEMENT),
    ]
    assert {check for test in plans[1].tests for check in test.plan.checks} == set(CHECKS)


def test_the_plan_does_not_depend_on_the_order_of_the_rows():
    assert plan_files(ROWS, DEFECTS) == plan_files(ROWS[::-1], DEFECTS)


def test_known_defects_go_with_the_tests_that_hold_their_cases():
    found = {test.name: [d.id for d in test.defects] for test in example_plan().tests}
    assert found.pop("test_exp") == ["exp-tail"]  # special points are of another sample
    assert found.pop("test_cholesky") == ["cholesky-lower"]
    assert found.pop("test_cholesky_special") == ["cholesky-lower"]
    assert found.pop("test_cholesky_agreement") == ["cholesky-lower"]
    assert set(map(tuple, found.values())) == {()}


@pytest.mark.parametrize(
    ("case", "test"),
    [
        ("3x3/float64/jacobian", "test_cholesky"),
        ("3x3-input=pair/float64/special", "test_cholesky_special"),
    ],
)
def test_a_known_defect_of_one_case_is_found(case, test):
    one = replace(DEFECTS[0], cases=f"tf.raw_ops.Cholesky/{case}")
    (plan,) = plan_files(ROWS, [one])
    assert [found.name for found in plan.tests if found.defects] == [test]


@pytest.mark.parametrize("family", ["", "a b", "a/b", "a\n", '"', "{{a}}", "{a}", "class", "é"])
def test_a_family_that_is_no_identifier_is_refused(family):
    with pytest.raises(UsageError) as caught:
        plan_files(in_family(family, EXP), [])
    assert str(caught.value).startswith(f"family {family!r} is ")


@pytest.mark.parametrize("target", ['tf.Exp"', "tf.Exp\n", "tf.Exp; x", "{{ tf }}.Exp", "tf.É"])
def test_a_target_that_is_no_dotted_name_is_refused(target):
    with pytest.raises(UsageError) as caught:
        plan_files(in_family("unary", function(target, x=normal(2))), [])
    expected = f"target {target!r} is no dotted name such as tf.raw_ops.MatMul"
    assert str(caught.value) == expected


@pytest.mark.parametrize("variant", ["a b", "a/b", "a\nb", '"', "'", "\\", "{{a}}", "{a}", "é"])
def test_a_variant_that_is_no_identifier_is_refused(variant):
    row = replace(in_family("unary", EXP)[0], variant=variant)
    with pytest.raises(UsageError, match=r"^variant .* is no Python identifier$"):
        plan_files([row], [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (op("Exp", x=normal, variant="a-b"), op("Exp", x=normal, variant="a_b")),
    ],
)
def test_two_rows_must_not_make_one_test(first, second):
    with pytest.raises(UsageError) as caught:
        plan_files(in_family("unary", first, second), [])
    name = planning.function_name(first)
    assert f" would both make {name} in unary; give one of the rows a variant" in str(caught.value)
    assert first.target in str(caught.value)
    assert second.target in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (function("a.exp_special", x=normal(2)), function("b.exp", x=normal(2)), "special"),
        (EXP, op("Exp", x=normal(3), variant="special"), "special"),
        (op("Exp", x=normal, dtypes=FLOATS), op("ExpPrecision", x=normal), "precision"),
    ],
)
def test_a_row_named_like_another_rows_check_is_refused(first, second, name):
    """Else one of the two would be left out without a word."""
    with pytest.raises(UsageError) as caught:
        plan_files(in_family("unary", first, second), [])
    assert str(caught.value) == (
        f"{second.target} and {first.target} would both make test_exp_{name} in unary; "
        "give one of the rows a variant"
    )


def test_two_functions_of_one_name_and_module_name_are_refused():
    first, second = (function(f"{top}.maths.exp", x=normal(2)) for top in ("a", "b"))
    with pytest.raises(UsageError, match="would both make test_maths_exp in unary"):
        plan_files(in_family("unary", first, second), [])


def test_a_function_named_like_an_op_brings_its_module_along():
    (plan,) = plan_files(in_family("a", function("pkg.maths.exp", x=normal(2)), EXP), [])
    assert [test.name for test in plan.tests] == [
        "test_maths_exp",
        "test_maths_exp_special",
        "test_maths_exp_agreement",
        "test_exp",
        "test_exp_special",
        "test_exp_agreement",
    ]


def test_one_test_name_in_two_families_is_fine():
    table = [*in_family("a", function("pkg.exp", x=normal(2))), *in_family("b", EXP)]
    assert len(plan_files(table, [])) == 2


def test_no_rows_make_no_files():
    assert plan_files([], []) == ()


def test_nodes_hand_on_the_seed_and_cover_every_case():
    nodes = dict(example_plan().nodes(seed=4))
    assert {case.seed for case in nodes.values()} == {4}
    expected = {case.id for row in ROWS for case in expand(row)}
    assert {case.id for case in nodes.values()} == expected
    assert len(nodes) == len(expected)


def test_nodes_are_what_pytest_collects(tmp_path):
    (extra,) = plan_files(
        in_family("other", op("Sum", x=normal(2), axis=choices([0], [], None, -0.5))), []
    )
    plans = (example_plan(), extra)
    for plan in plans:
        (tmp_path / plan.name).write_text(render(plan), encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider",
         "-c", "/dev/null", "--rootdir", ".", "--strict-markers", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    collected = {line for line in found.stdout.splitlines() if "::" in line}
    assert collected == {node for plan in plans for node, _ in plan.nodes()}
