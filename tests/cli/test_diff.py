"""`opcheck diff`: what changed between two runs, and what is no run."""

import json

import pytest

from opcheck import cli


def a_run(path, outcomes, known=None, **changes):
    """A run's JSON with these outcomes by case."""
    results = [
        {"case": case, "outcome": outcome, "known": (known or {}).get(case)}
        | ({} if outcome == "pass" else {"explanation": f"{case}: it is {outcome}\n  worst here"})
        for case, outcome in outcomes.items()
    ]
    versions = {"tensorflow": "2.21.0", "numpy": "2.4.0"} | changes.pop("versions", {})
    data = {"format_version": 1, "versions": versions, "device": "CPU", "seed": 0}
    path.write_text(json.dumps({**data, "results": results, **changes}), encoding="utf-8")
    return str(path)


def run(capsys, *arguments):
    code = cli.main(["diff", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def two(tmp_path):
    def write(old, new, known=None, **changes):
        return (
            a_run(tmp_path / "old.json", old),
            a_run(tmp_path / "new.json", new, known, **changes),
        )

    return write


def test_nothing_changed(capsys, two):
    code, out, _ = run(capsys, *two({"a": "pass", "b": "nan"}, {"a": "pass", "b": "nan"}))
    assert (code, out) == (0, "no change; 2 cases as before\n")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("pass", "wrong", 1, "new defects: 1\n  a: pass -> wrong\n    a: it is wrong"),
        ("kink", "inconclusive", 1, "new defects: 1\n  a: kink -> inconclusive"),
        ("wrong", "crash", 1, "defects that got worse: 1\n  a: wrong -> crash"),
        ("wrong", "pass", 0, "fixed: 1\n  a: wrong -> pass"),
        ("crash", "nan", 0, "other outcomes: 1\n  a: crash -> nan"),
        ("pass", "kink", 0, "other outcomes: 1\n  a: pass -> kink"),
    ],
)
def test_a_changed_outcome(capsys, two, old, new, code, line):
    found, out, _ = run(capsys, *two({"a": old}, {"a": new}))
    assert found == code
    assert line in out


def test_cases_that_one_run_has(capsys, two):
    new = {"b": "pass", "c": "wrong"}
    code, out, _ = run(capsys, *two({"a": "nan"}, new, known={"c": "c-slope"}))
    assert code == 0
    assert "cases added: 2\n  b: pass\n  c: wrong  (known: c-slope)" in out
    assert "cases removed: 1\n  a: nan" in out
    code, out, _ = run(capsys, *two({"a": "nan"}, new))
    assert code == 1
    assert "new defects: 1\n  c: wrong" in out


def test_a_check_that_no_longer_applies_says_why(capsys, two):
    absent = [{"case": "a", "reason": "XLA has no kernel"}]
    found = run(capsys, *two({"a": "pass", "b": "pass"}, {"b": "pass"}, not_applicable=absent))
    assert found[0] == 0
    assert "cases removed: 1\n  a: pass, not applicable now: XLA has no kernel\n" in found[1]


def test_of_many_removed_cases_the_first_are_shown(capsys, two):
    code, out, _ = run(capsys, *two({f"case-{n:02}": "pass" for n in range(25)}, {}))
    assert code == 0
    assert out.startswith("cases removed: 25\n  case-00: pass\n")
    assert "  case-19: pass\n  and 5 more\n" in out


def test_where_the_runs_differ(capsys, two):
    paths = two({}, {}, versions={"tensorflow": "2.22.0"}, seed=3)
    code, out, _ = run(capsys, *paths)
    assert code == 0
    assert out.splitlines()[:2] == ["tensorflow: 2.21.0 -> 2.22.0", "seed: 0 -> 3"]


def test_json(capsys, two):
    paths = two({"a": "pass", "b": "nan", "c": "pass"}, {"a": "nan", "b": "pass", "c": "pass"})
    code, out, _ = run(capsys, *paths, "--json")
    data = json.loads(out)
    assert code == 1
    assert data["is_worse"] is True
    assert data["new_defects"] == [{"case": "a", "old": "pass", "new": "nan", "known": None}]
    assert [change["case"] for change in data["fixed"]] == ["b"]
    assert data["same"] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot read"),
        ("not JSON", "is no JSON, expected what `opcheck run --json` writes"),
        ("[1]", "is no run, expected"),
        ('{"outcome": "pass"}', "is no run, expected"),
        ('{"format_version": 1, "subject": "f"}', "is no run, expected"),
        ('{"format_version": 1, "versions": {}, "results": [{"case": "a"}]}', "is no run"),
        ('{"format_version": 9}', "has the format_version 9, and this opcheck reads 1"),
    ],
)
def test_what_is_no_run_is_wrong_usage(capsys, tmp_path, text, message):
    good, other = a_run(tmp_path / "good.json", {}), tmp_path / "other.json"
    if text is not None:
        other.write_text(text, encoding="utf-8")
    for paths in ((good, other), (other, good)):
        code, out, err = run(capsys, *paths)
        assert (code, out) == (2, "")
        assert message in err
        assert "other.json" in err
