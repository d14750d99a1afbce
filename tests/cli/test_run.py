"""`opcheck run`: from the registry to a summary, JSON and a page, in worker processes."""

import json
import subprocess
import sys

import pytest

from opcheck import cli, registry, running
from opcheck.cases import AGREEMENT, CHECKS, select_cases


def cases_of(pattern):
    """The cases that a pattern selects, each with its check."""
    return {case.id: case.check for case in select_cases(registry.rows(), [pattern])}


def test_a_case_whose_process_died_once_is_named(tmp_path, capsys, monkeypatch):
    case = "tf.raw_ops.Exp/2x3/float64/jacobian"
    run = running.run

    def disturbed(*arguments, **options):
        found = run(*arguments, **options)
        found.died_once.add(case)
        return found

    monkeypatch.setattr(running, "run", disturbed)
    json_file, page = tmp_path / "run.json", tmp_path / "run.html"
    written = ["--out", str(tmp_path), "--json", str(json_file), "--html", str(page)]
    assert cli.main(["run", case, "-n", "1", *written]) == 0
    out = " ".join(capsys.readouterr().out.split())
    words = f"{case}: its process died, and did not when it was tried again: what ran before"
    assert words in out
    assert f"<p>{words}" in page.read_text()
    assert json.loads(json_file.read_text())["died_once"] == [case]


def test_a_selection_runs_and_is_summarised(tmp_path, capsys):
    json_file, page = tmp_path / "run.json", tmp_path / "run.html"
    arguments = ["run", "tf.raw_ops.Exp", "Snapshot", "-n", "2", "--seed", "1"]
    exp, snapshot = cases_of("tf.raw_ops.Exp"), cases_of("Snapshot")
    # Where reverse mode is wrong, other modes have nothing to be held against.
    absent = {case for case, check in snapshot.items() if check in AGREEMENT}
    snapshot = {case: check for case, check in snapshot.items() if case not in absent}
    code = cli.main(
        [*arguments, "--out", str(tmp_path), "--json", str(json_file), "--html", str(page)]
    )
    out = capsys.readouterr().out
    assert code == 0, out
    assert "family" in out
    assert "unary" in out
    assert f"{len(exp) + len(snapshot)} cases, " in " ".join(out.split())
    data = json.loads(json_file.read_text())
    assert data["format_version"] == 1
    assert data["seed"] == 1
    assert data["versions"]["tensorflow"].startswith("2.")
    assert data["device"] == "CPU"
    assert data["totals"]["pass"] == len(exp)
    assert data["totals"]["missing"] == len(snapshot)
    assert data["known"] == len(snapshot)
    records = {record["case"]: record for record in data["results"]}
    assert {case: record["check"] for case, record in records.items()} == exp | snapshot
    assert set(exp.values()) == set(CHECKS)
    assert {record["case"] for record in data["not_applicable"]} == absent
    assert all("reverse mode itself" in record["reason"] for record in data["not_applicable"])
    assert data["matrix"]["unary"]["forward"] == {"cases": 1, "good": 1, "not_applicable": 1}
    known = records["tf.raw_ops.Snapshot/scalar/float64/jacobian"]
    assert known["known"] == "Snapshot"
    assert known["worst"]["analytic"] == 0.0
    assert known["worst"]["numeric"] == pytest.approx(1.0)
    assert set(records["tf.raw_ops.Exp/2x3/float64/jacobian"]) >= {
        "case",
        "op",
        "family",
        "check",
        "dtype",
        "outcome",
        "known",
        "compared",
        "seconds",
    }
    assert "No new defect" in page.read_text()


def test_the_quick_tier_runs_one_sample_of_each_check(tmp_path, capsys):
    json_file = tmp_path / "run.json"
    arguments = ["run", "tf.raw_ops.Exp", "--quick", "-n", "1", "--out", str(tmp_path)]
    assert cli.main([*arguments, "--json", str(json_file)]) == 0, capsys.readouterr().out
    found = {record["case"] for record in json.loads(json_file.read_text())["results"]}
    rows = registry.rows()
    assert found == {case.id for case in select_cases(rows, ["tf.raw_ops.Exp"], is_quick=True)}
    every = cases_of("tf.raw_ops.Exp")
    points = {case.split("/")[1] for case in every if every[case] == "special"}
    assert {case.split("/")[1] for case in found if case.endswith("float64/special")} == points
    assert found < set(every)


def test_a_case_named_by_its_id_runs_in_the_quick_tier_too():
    (case,) = select_cases(
        registry.rows(), ["tf.raw_ops.Exp/scalar/float64/jacobian"], is_quick=True
    )
    assert case.sample.id == "scalar"


def test_json_on_standard_output_is_alone_there(tmp_path):
    command = [sys.executable, "-m", "opcheck", "run", "tf.raw_ops.Exp", "-n", "1"]
    result = subprocess.run(
        [*command, "--out", str(tmp_path), "--json", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["totals"]["pass"] == len(cases_of("tf.raw_ops.Exp"))
    assert "unary" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuchop"], "unknown op, family or case 'nosuchop'"),
        (["-n", "0"], "'0' is neither 'auto' nor a whole number of at least 1"),
        (["-n", "many"], "'many' is neither 'auto' nor a whole number of at least 1"),
        (["--timeout", "0"], "Invalid value for '--timeout'"),
        (["--json", "/no/such/dir/run.json"], "the directory /no/such/dir does not exist"),
        (["--json", "/"], "'/' is a directory, expected a file"),
        (["--sed", "1"], "No such option"),
    ],
)
def test_wrong_usage_is_told_before_any_work(tmp_path, capsys, arguments, message):
    code = cli.main(["run", *arguments, "--out", str(tmp_path / "out")])
    assert code == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_a_hand_edited_file_stops_the_run(tmp_path, capsys):
    assert cli.main(["generate", "--out", str(tmp_path)]) == 0
    file = tmp_path / "test_unary_gradients.py"
    file.write_text(file.read_text() + "# mine\n")
    assert cli.main(["run", "Exp", "--out", str(tmp_path)]) == 1
    assert "was edited by hand since it was generated" in capsys.readouterr().err
    assert file.read_text().endswith("# mine\n")
