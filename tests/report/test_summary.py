"""A run in a terminal: outcomes by family, one sentence, and new defects in full."""

import io

import pytest
from rich.console import Console

from opcheck.report.json_report import run_data
from opcheck.report.summary import explanation, new_defects, outcome_table, totals_line
from tests.examples import a_record

EXPLAINED = a_record("c/wrong", outcome="wrong", explanation="c/wrong: WRONG, in full")
RESULTS = [
    a_record("a/pass", family="unary"),
    a_record("b/pass", family="linalg", compared=1200, seconds=2.5, deviation=3e-9),
    EXPLAINED | {"family": "linalg"},
    a_record("d/known", outcome="nan", known="d", family="linalg", explanation="d/known: NAN"),
]
FAILURES = {"c/wrong": "E   AssertionError: c/wrong: WRONG"}
ENVIRONMENT = {
    "tensorflow": "2.21.0",
    "keras": "3.1.0",
    "numpy": "2.0.0",
    "device": "CPU",
    "peak_memory_mb": 512,
}


def run_of(results):
    return run_data(results, [ENVIRONMENT], seed=3, seconds=61.2, workers=2)


def cells(table):
    return [[str(cell) for cell in row] for row in zip(*(column.cells for column in table.columns))]


def headings(table):
    return [str(column.header) for column in table.columns]


# -- Table ------------------------------------------------------------------------------------


def test_the_table_counts_by_family_and_keeps_known_defects_apart():
    table = outcome_table(RESULTS, FAILURES)
    assert headings(table) == [
        "family", "cases", "pass", "wrong", "known", "new", "compared", "seconds",
    ]  # fmt: skip
    assert cells(table) == [
        ["linalg", "3", "1", "1", "1", "1", "1,208", "3.0"],
        ["unary", "1", "1", "", "", "", "4", "0.2"],
        ["all", "4", "2", "1", "1", "1", "1,212", "3.2"],
    ]


def test_outcomes_stand_from_good_to_bad_and_only_those_that_occurred():
    results = [a_record(word, outcome=word) for word in ("crash", "kink", "pass", "wrong")]
    assert headings(outcome_table(results, {}))[2:6] == ["pass", "kink", "wrong", "crash"]


def test_an_outcome_of_known_defects_alone_has_no_column():
    assert "nan" not in headings(outcome_table(RESULTS, FAILURES))


def test_the_table_prints():
    console = Console(file=io.StringIO(), width=120)
    console.print(outcome_table(RESULTS, FAILURES))
    text = console.file.getvalue()
    assert text.split()[:3] == ["family", "cases", "pass"]
    assert "1,208" in text


# -- One sentence -----------------------------------------------------------------------------


def test_one_sentence_says_what_the_run_was():
    assert totals_line(run_of(RESULTS), 0) == (
        "4 cases, 1,212 derivative entries compared, 1 known defect, no new defect; 61 s on "
        "2 workers, seed 3. TensorFlow 2.21.0 (CPU), Keras 3.1.0, "
        f"Python {run_of([])['versions']['python']}. Median deviation of analytic from numeric "
        "over float64 rows: 2.0e-09 relative; peak memory of a worker 512 MB."
    )


def test_new_defects_are_counted_in_the_sentence():
    assert ", 1,234 new defects;" in totals_line(run_of(RESULTS), 1234)


@pytest.mark.parametrize(
    "record",
    [
        a_record(dtype="float32"),
        a_record(outcome="kink"),
        a_record(deviation=0.0),
    ],
    ids=["other precision", "no plain pass", "exact"],
)
def test_the_median_deviation_is_over_plain_passes_in_float64(record):
    assert "over float64 rows: none relative" in totals_line(run_of([record]), 0)


# -- New defects ------------------------------------------------------------------------------


def test_new_defects_are_explained_in_the_order_of_their_cases():
    data = run_of([a_record("b", explanation="of b"), a_record("a", explanation="of a")])
    assert new_defects(data, {"b": "", "a": ""}) == ["of a", "of b"]


def test_the_report_explains_an_ordinary_failure():
    assert explanation(EXPLAINED, "E   AssertionError: short") == "c/wrong: WRONG, in full"


def test_the_failed_expectation_explains_a_known_defect():
    failure = (
        "tests/test_x.py:3: in test_x\n"
        "    gradcheck.op()\n"
        "E   AssertionError: c: the known defect 'd' no longer shows\n"
        "E   second line\n"
    )
    record = EXPLAINED | {"known": "d"}
    assert explanation(record, failure) == (
        "c: the known defect 'd' no longer shows\nsecond line"
    )  # fmt: skip


def test_the_columns_of_an_explanation_survive_pytest():
    # As `gradcheck` raises it: the difference, then the report, whose lines are indented by two.
    failure = "E   AssertionError: c: fails\nE     input      x\nE     worst      d y / d x"
    expected = "c: fails\n  input      x\n  worst      d y / d x"
    assert explanation(EXPLAINED | {"known": "d"}, failure) == expected


@pytest.mark.parametrize("record", [None, a_record()])
def test_what_has_no_record_is_explained_by_what_pytest_says(record):
    assert explanation(record, "worker gw0 crashed") == "worker gw0 crashed"
