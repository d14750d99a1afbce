"""`opcheck list`, and what all commands share: exit codes and messages."""

import json

import pytest

import opcheck
from opcheck import registry
from opcheck.cases import expand
from opcheck.cli import main
from tests.examples import ROWS


@pytest.fixture(autouse=True)
def _few_rows(monkeypatch):
    monkeypatch.setattr(registry, "rows", lambda: ROWS)


def test_every_row_is_a_line(capsys):
    assert main(["list"]) == 0
    *lines, total = capsys.readouterr().out.splitlines()
    assert len(lines) == len(ROWS)
    assert [line.split()[:2] for line in lines] == [["example", row.target] for row in ROWS]
    assert lines[2].split(maxsplit=2)[2] == "3 samples  complex128, float64"
    assert len({line.index(" samples") for line in lines}) == 1
    cases = sum(1 for row in ROWS for _ in expand(row))
    assert total == f"{len(ROWS)} rows for 6 targets in 1 families, {cases} cases"


def test_a_variant_is_told(capsys):
    main(["list", "exp"])
    assert "  (positive-half)" in capsys.readouterr().out


def test_a_selection_lists_these_rows_alone(capsys):
    assert main(["list", "cholesky", "tf.raw_ops.BatchMatMul*"]) == 0
    lines = capsys.readouterr().out.splitlines()[:-1]
    assert [line.split()[1] for line in lines] == [
        "tf.raw_ops.BatchMatMulV2",
        "tf.raw_ops.Cholesky",
    ]


def test_json_is_all_that_goes_to_standard_output(capsys):
    assert main(["list", "cholesky", "--json"]) == 0
    captured = capsys.readouterr()
    (facts,) = json.loads(captured.out)
    assert captured.err == ""
    assert facts == {
        "family": "example",
        "kind": "op",
        "target": "tf.raw_ops.Cholesky",
        "variant": "",
        "dtypes": ["complex128", "float64"],
        "covers": [],
        "samples": ["3x3"],
        "cases": [case.id for case in expand(ROWS[1])],
    }


def test_an_unknown_name_suggests_the_nearest(capsys):
    assert main(["list", "Choleski"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "opcheck: unknown op, family or case 'Choleski'; did you mean tf.raw_ops.Cholesky?\n"
    )


def test_an_unknown_option_is_wrong_usage(capsys):
    assert main(["list", "--jsn"]) == 2
    err = capsys.readouterr().err
    assert "No such option" in err
    assert "--jsn" in err
    assert "--json" in err


def test_an_unknown_command_is_wrong_usage(capsys):
    assert main(["lst"]) == 2
    assert "unknown command 'lst'; did you mean list?" in capsys.readouterr().err


def test_no_command_shows_the_help_and_is_wrong_usage(capsys):
    assert main([]) == 2
    assert "Usage: opcheck" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_good(capsys, option):
    assert main([option]) == 0
    out = capsys.readouterr().out
    assert "Exit codes: 0 good, 1 defects or stale files, 2 wrong usage" in out
    assert {"check", "coverage", "generate", "list", "run"} <= set(out.split())


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"opcheck, version {opcheck.__version__}\n"


def test_an_error_that_nobody_foresaw_is_internal(capsys, monkeypatch):
    def fail():
        raise RuntimeError("no table")

    monkeypatch.setattr(registry, "rows", fail)
    assert main(["list"]) == 3
    err = capsys.readouterr().err
    assert "RuntimeError: no table" in err
    assert err.endswith("opcheck: this is an internal error; please report it\n")


def test_an_interrupt_ends_without_a_traceback(capsys, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(registry, "rows", interrupt)
    assert main(["list"]) == 3
    err = capsys.readouterr().err
    assert "opcheck: stopped" in err
    assert "Traceback" not in err


def test_an_empty_registry_is_no_internal_error(capsys, monkeypatch):
    monkeypatch.setattr(registry, "rows", lambda: ())
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "0 rows for 0 targets in 0 families, 0 cases\n"
