"""What several commands share: values that none takes, each told with its option."""

import json

import pytest

from opcheck import cli


def run(capsys, *arguments):
    code = cli.main([*map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, " ".join(captured.err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--seed", "x"], "'--seed': 'x' is not a valid whole number"),
        (["run", "--seed", "1.5"], "'--seed': '1.5' is not a valid whole number"),
        (["check", "Exp", "--order", "two"], "'--order': 'two' is not a valid whole number"),
        (["new", "Exp", "--limit", "0"], "'--limit': 0 is not in the range x>=1"),
        (["run", "--timeout", "nan"], "'--timeout': 'nan' is not a valid number of seconds"),
        (["run", "--timeout", "soon"], "'--timeout': 'soon' is not a valid number of seconds"),
        (["run", "--timeout", "inf"], "'--timeout': inf is not in the range 1<=x<=86400"),
        (["generate", "--out", ""], "'--out': '' is no directory; write . for this one"),
        (["audit", "a", "--emit-tests", ""], "'--emit-tests': '' is no directory"),
        (["check", "Exp", "--input", "2xq"], "--input: '2xq' is no shape; expected sizes such as"),
    ],
)
def test_a_wrong_value_is_told_with_its_option(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_a_file_that_may_not_be_written_is_told_first(capsys, tmp_path, monkeypatch):
    # Whoever runs tests may be allowed everything.
    monkeypatch.setattr("opcheck.cli.options.os.access", lambda path, mode: False)
    code, out, err = run(capsys, "run", "Exp", "--json", tmp_path / "run.json")
    assert (code, out) == (2, "")
    assert f"'--json': '{tmp_path / 'run.json'}' cannot be written: no permission" in err


def test_json_to_standard_output_may_be_asked_for_by_a_dash(capsys):
    plain, dashed = (
        run(capsys, "list", "tf.raw_ops.Exp", "--json"),
        run(capsys, "list", "--json", "-", "tf.raw_ops.Exp"),
    )
    assert dashed == plain
    assert json.loads(dashed[1])[0]["target"] == "tf.raw_ops.Exp"
    assert run(capsys, "list", "-")[0] == 2
