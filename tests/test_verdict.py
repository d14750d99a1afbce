"""Verdicts as data: what a report says of itself, to JSON and back."""

import json
from dataclasses import replace

import pytest

from opcheck.outcome import Outcome
from opcheck.verdict import FORMAT_VERSION, Report
from tests.examples import a_part, a_report, an_entry

INF, NAN = float("inf"), float("nan")

REPORTS = {
    "pass": a_report(Outcome.PASS),
    "wrong": a_report(Outcome.WRONG),
    "direction": a_report(Outcome.WRONG, a_part(worst=an_entry(at=None))),
    "infinite": a_report(
        Outcome.NAN, a_part(Outcome.NAN, worst=an_entry(analytic=INF, low=-INF, bound=INF))
    ),
    "crash": replace(a_report(Outcome.CRASH), parts=(), error="ValueError: no"),
    "full": a_report(
        Outcome.MISSING,
        a_part(Outcome.PASS, input="a", shape=(), deviation=1e-12),
        a_part(Outcome.MISSING, missing="disconnected", cause="c", error="e", deviation=INF),
        note="a note",
        error="an error",
        mode="forward",
        order=2,
        seed=7,
        evaluations=33,
        seconds=0.125,
    ),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_report_comes_back_from_json_as_it_was(report):
    text = json.dumps(report.to_dict(), allow_nan=False)
    again = Report.from_dict(json.loads(text))
    assert again == report
    assert again.to_dict() == report.to_dict()


def test_nan_comes_back_as_nan():
    report = a_report(Outcome.NAN, a_part(Outcome.NAN, worst=an_entry(analytic=NAN, numeric=NAN)))
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["worst"]["analytic"] == data["parts"][0]["worst"]["numeric"] == "nan"
    entry = Report.from_dict(data).worst
    assert entry.analytic != entry.analytic
    assert entry.numeric != entry.numeric
    assert entry.bound == 1e-9


@pytest.mark.parametrize(
    ("number", "plain"), [(INF, "inf"), (-INF, "-inf"), (NAN, "nan"), (0.5, 0.5), (None, None)]
)
def test_numbers_that_json_lacks_become_words(number, plain):
    assert an_entry(at=number).to_dict()["at"] == plain


def test_a_report_as_data_says_everything():
    assert REPORTS["full"].to_dict() == {
        "format_version": FORMAT_VERSION,
        "subject": "tf.raw_ops.Exp/2/float64/jacobian",
        "outcome": "missing",
        "passed": False,
        "mode": "forward",
        "order": 2,
        "method": "dense",
        "directions": 0,
        "resolution": 0.0,
        "seed": 7,
        "compared": 4,
        "evaluations": 33,
        "seconds": 0.125,
        "worst": an_entry(outcome=Outcome.MISSING).to_dict(),
        "parts": [part.to_dict() for part in REPORTS["full"].parts],
        "point": ["x = [0.5, -1.25]"],
        "repeat": "opcheck check tf.raw_ops.Exp/2/float64/jacobian --seed 0",
        "note": "a note",
        "error": "an error",
    }


def test_a_part_as_data_says_everything():
    assert REPORTS["full"].parts[1].to_dict() == {
        "input": "x",
        "shape": [2],
        "dtype": "float64",
        "outcome": "missing",
        "compared": 2,
        "counts": {"pass": 1, "missing": 1},
        "worst": an_entry(outcome=Outcome.MISSING).to_dict(),
        "cause": "c",
        "missing": "disconnected",
        "error": "e",
        "deviation": "inf",
        "ulps": 0.0,
        "gap": 0.0,
    }


def test_changing_the_data_does_not_change_the_report():
    report = a_report()
    data = report.to_dict()
    data["parts"][0]["counts"]["wrong"] = 99
    assert report.parts[0].counts == {"pass": 1, "wrong": 1}


@pytest.mark.parametrize("outcome", Outcome)
def test_a_report_passed_when_its_outcome_is_good(outcome):
    assert a_report(outcome).passed is outcome.is_good


def test_compared_is_the_sum_over_the_parts():
    assert a_report(Outcome.WRONG, a_part(compared=3), a_part(compared=39)).compared == 42


def test_the_worst_entry_is_that_of_the_part_with_the_reports_outcome():
    kink, wrong = a_part(Outcome.KINK), a_part(Outcome.WRONG, worst=an_entry(output="out[7]"))
    assert a_report(Outcome.WRONG, kink, wrong).worst.output == "out[7]"


@pytest.mark.parametrize("name", ["pass", "crash"])
def test_there_is_no_worst_entry_after_a_plain_pass_or_a_crash(name):
    assert REPORTS[name].worst is None
    assert REPORTS[name].to_dict()["worst"] is None


def test_a_report_under_another_name_is_the_same_otherwise():
    named = a_report().named("mine", "again()")
    assert (named.subject, named.repeat) == ("mine", "again()")
    assert named.named(a_report().subject, a_report().repeat) == a_report()


def test_two_runs_of_one_check_are_equal_however_long_they_took():
    assert a_report(seconds=1.0) == a_report(seconds=2.0)


def test_a_report_explains_itself():
    assert a_report().explain().startswith("tf.raw_ops.Exp/2/float64/jacobian: WRONG, ")
