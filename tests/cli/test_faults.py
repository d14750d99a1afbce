"""`opcheck faults`: planted faults in worker processes, their share as a table and as JSON."""

import json
import subprocess
import sys

import pytest

from opcheck import cli, registry
from opcheck.cases import select_cases


def test_an_op_and_where_its_figures_go(tmp_path, capsys):
    json_file = tmp_path / "faults.json"
    code = cli.main(
        ["faults", "tf.raw_ops.Exp", "-n", "1", "--seed", "1", "--json", str(json_file)]
    )
    out = capsys.readouterr().out
    assert code == 0, out
    words = " ".join(out.split())
    assert "op cases planted caught survived masked equivalent reached share" in words
    # Faults are planted where points are random.
    cases = select_cases(registry.rows(), ["tf.raw_ops.Exp"])
    random = [case for case in cases if case.check == "jacobian"]
    assert 0 < len(random) < len(cases)
    assert f"Exp {len(random)} 29 " in words
    assert "negated 1 1 100%" in words
    assert "100% were caught" in words
    data = json.loads(json_file.read_text())
    assert data["format_version"] == 1
    assert data["seed"] == 1
    assert data["versions"]["tensorflow"].startswith("2.")
    assert data["totals"]["survived"] == 0
    assert data["totals"]["share"] == 1.0
    (result,) = data["results"]
    assert result["op"] == "Exp"
    assert result["targets"] == ["tf.raw_ops.Exp"]
    assert result["planted"] == len(result["faults"]) == data["totals"]["planted"]
    fault = result["faults"][0]
    assert fault["fault"] == "scaled by 1 + 1e-3"
    assert fault["fate"] == "caught"
    assert fault["caught_by"].startswith("tf.raw_ops.Exp/")
    assert {"inf"} == {f["size"] for f in result["faults"] if f["fault"].startswith("NaN")}


def test_json_on_standard_output_is_alone_there():
    command = [sys.executable, "-m", "opcheck", "faults", "Neg", "-n", "1", "--json", "-"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["totals"]["survived"] == 0
    assert "planted" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuchop"], "unknown op, family or case 'nosuchop'"),
        (["matmull"], "did you mean"),
        (["AdjustHue"], "AdjustHue: TensorFlow has no gradient function to make wrong here"),
        (
            ["InvertPermutation"],
            "InvertPermutation is an op of this TensorFlow, but no row of the registry checks it",
        ),
        (["-n", "0"], "'0' is neither 'auto' nor a whole number of at least 1"),
        (["--json", "/no/such/dir/run.json"], "the directory /no/such/dir does not exist"),
    ],
)
def test_wrong_usage_is_told(capsys, arguments, message):
    assert cli.main(["faults", *arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
