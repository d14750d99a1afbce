"""`opcheck check`: verdicts now, and clear words for what cannot be checked."""

import json

import pytest

from opcheck import cli


def run(capsys, *arguments):
    code = cli.main(["check", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_an_op_by_its_short_name_is_checked_at_all_samples(capsys):
    code, out, _ = run(capsys, "exp")
    assert code == 0
    assert "tf.raw_ops.Exp/2x3/float64/jacobian: PASS" in out
    assert "tf.raw_ops.Exp/scalar/complex128/jacobian: PASS" in out
    assert "tf.raw_ops.Exp/2x3-x=zeros/float64/special: PASS" in out
    assert "tf.raw_ops.Exp/2x3/float32/precision: PASS" in out


@pytest.mark.parametrize("target", ["tf.raw_ops.Exp/2x3/float64/jacobian", "Exp/2x3/float64"])
def test_a_case_by_its_id(capsys, target):
    code, out, _ = run(capsys, target)
    assert code == 0
    assert out.splitlines()[0] == (
        "tf.raw_ops.Exp/2x3/float64/jacobian: PASS, the gradient agrees with differences"
    )
    assert len([line for line in out.splitlines() if ": PASS" in line]) == 1


def test_a_case_at_a_special_point_by_its_id(capsys):
    code, out, _ = run(capsys, "Exp/2x3-x=two-zeros/float64")
    assert code == 0
    assert out.startswith("tf.raw_ops.Exp/2x3-x=two-zeros/float64/special: PASS")
    assert len([line for line in out.splitlines() if ": PASS" in line]) == 1
    code, _, err = run(capsys, "Exp/2x3-x=three-zeros")
    assert code == 2
    assert "unknown case 'Exp/2x3-x=three-zeros'; did you mean Exp/2x3-x=two-zeros" in err


def test_a_known_defect_is_named_with_its_reason(capsys):
    code, out, _ = run(capsys, "Snapshot/2x3")
    assert code == 1
    assert "MISSING, there is no gradient" in out
    assert "known      Snapshot: The op is the identity, slope 1" in out


def test_json_is_all_that_is_printed(capsys):
    code, out, _ = run(capsys, "Exp/2x3/float64", "--json", "--seed", "3")
    data = json.loads(out)
    assert code == 0
    assert data["outcome"] == "pass"
    assert data["seed"] == 3
    assert data["known"] is None


def test_any_callable_is_checked_at_given_shapes(capsys):
    code, out, _ = run(capsys, "tf.math:atan2", "--input", "2x3", "--input", "2x3")
    assert code == 0
    assert "compared   72 derivative entries" in out
    assert "repeat     opcheck check tf.math:atan2 --input 2x3 --input 2x3 --seed 0" in out


def test_a_raw_op_without_a_row_is_checked_at_given_shapes(capsys):
    code, out, _ = run(capsys, "tf.raw_ops.TanhGrad", "--input", "3", "--input", "3")
    assert code == 0, out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["MatMull"], "unknown op, family or case 'MatMull'; did you mean tf.raw_ops.MatMul"),
        (
            ["StringLower"],
            "StringLower is an op of this TensorFlow, but no row of the registry says",
        ),
        (["tf.math:sinn", "--input", "3"], "unknown name in tf.math 'sinn'; did you mean"),
        (["tf.math:sin"], "tf.math:sin needs the shape of each input: --input 2x3"),
        (["tf.math:sin", "--input", "2xx"], "'2xx' is no shape; expected sizes such as 2x3"),
        (["tf.math:sin", "--input", "3:float46"], "unknown dtype 'float46'; did you mean"),
        (["tf.math:sin", "--input", "3:int32"], "nothing to differentiate"),
        (["tf.linalg:matmul", "--input", "2x3", "--input", "2x3"], "rejects the inputs"),
        (["no_such.module:f", "--input", "3"], "cannot import 'no_such.module'"),
        (["Exp", "--seed", "-1"], "Invalid value for '--seed'"),
    ],
)
def test_what_cannot_be_checked_is_wrong_usage(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert message in err
    assert out == ""


def test_a_mode_and_an_order_are_asked_for_and_repeated(capsys):
    code, out, _ = run(capsys, "Exp/2x3/float64", "--mode", "forward", "--order", "2", "--json")
    data = json.loads(out)
    assert code == 0
    assert (data["mode"], data["order"], data["outcome"]) == ("forward", 2, "pass")
    assert data["repeat"].endswith("--seed 0 --mode forward --order 2")


def test_an_unknown_mode_is_wrong_usage(capsys):
    code, _, err = run(capsys, "Exp", "--mode", "forwards")
    assert code == 2
    assert "'forwards' is not one of 'reverse', 'forward'" in err


def test_a_method_is_asked_for_and_repeated(capsys):
    code, out, _ = run(capsys, "Exp/2x3/float64", "--method", "probe", "--json")
    data = json.loads(out)
    assert code == 0
    assert (data["method"], data["outcome"]) == ("probe", "pass")
    assert data["repeat"].endswith("--seed 0 --method probe")


def test_a_method_that_a_mode_lacks_is_wrong_usage(capsys):
    code, _, err = run(capsys, "Exp/2x3/float64", "--method", "probe", "--mode", "forward")
    assert code == 2
    assert "method='probe' looks at the first derivative in reverse mode" in err


def test_large_inputs_are_probed(capsys):
    code, out, _ = run(capsys, "tf.math:tanh", "--input", "500", "--json")
    assert code == 0
    assert json.loads(out)["method"] == "probe"
