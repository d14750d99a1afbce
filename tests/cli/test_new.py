"""`opcheck new`: a row on standard output, everything else beside it."""

from opcheck import cli
from opcheck.proposing.source import parse


def run(capsys, *arguments):
    code = cli.main(["new", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_row_is_all_that_is_printed(capsys):
    code, out, err = run(capsys, "tf.raw_ops.Tanh")
    assert code == 0
    assert out == '    op("Tanh", x=normal, dtypes=DOUBLES),\n'
    assert "rows for Tanh in the registry already: 1" in err
    assert "1 calls tried" in err
    assert "tf.raw_ops.Tanh/2x3/float64/jacobian: pass" in err


def test_an_op_with_a_defect_has_a_row_and_the_code_of_a_defect(capsys):
    code, out, err = run(capsys, "Snapshot")
    assert code == 1
    assert parse(out.strip().rstrip(",")).name == "Snapshot"
    assert "missing, input: missing (unregistered)" in err


def test_an_unknown_op_is_wrong_usage(capsys):
    code, out, err = run(capsys, "Tanhh")
    assert (code, out) == (2, "")
    assert "unknown op 'Tanhh'; did you mean Tanh" in err
    assert err.endswith("calls it: package.module:function)\n")


def test_an_op_that_cannot_be_called_is_told(capsys):
    code, out, err = run(capsys, "StackPushV2")
    assert (code, out) == (2, "")
    assert "StackPushV2 cannot be tried" in err


def test_the_number_of_calls_is_limited(capsys):
    code, _, err = run(capsys, "CheckPinned", "--limit", "3")
    assert code == 2
    assert "none of 3 calls of CheckPinned runs" in err
