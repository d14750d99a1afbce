"""`opcheck repro`: a script, or clear words why there is none."""

import subprocess
import sys

import pytest

from opcheck import cli


def run(capsys, *arguments):
    code = cli.main(["repro", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_script_is_written_and_runs_by_itself(capsys, tmp_path):
    path = tmp_path / "bug.py"
    code, out, err = run(capsys, "Snapshot/2x3/float64", "--out", str(path))
    assert (code, out, err) == (0, "", "")
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""tf.raw_ops.Snapshot: there is no gradient')
    assert "slope 1, but no gradient is registered" in text
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "analytic LookupError" in done.stdout
    assert "numeric  1.0" in done.stdout


def test_a_case_that_passes(capsys):
    code, out, err = run(capsys, "Exp/2x3/float64/jacobian")
    assert (code, out) == (1, "")
    assert err == "opcheck: Exp/2x3/float64/jacobian: this case passes, nothing to reproduce\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["MatMull"], "unknown op, family or case 'MatMull'; did you mean tf.raw_ops.MatMul"),
        (["tf.math:sin"], "tf.math:sin needs the shape of each input: --input 2x3"),
        (["tf.math:sin", "--input", "2xx"], "'2xx' is no shape; expected sizes such as 2x3"),
        (["Exp", "--out", "no/such/place/bug.py"], "does not exist"),
        (["Exp", "--seed", "-1"], "Invalid value for '--seed'"),
    ],
)
def test_what_cannot_be_reproduced_is_wrong_usage(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert message in err
    assert out == ""
