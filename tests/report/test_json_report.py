"""A run as JSON: the fields of the contract, sorted, and numbers that JSON has."""

import json
import platform

import pytest

import opcheck
from opcheck.outcome import Outcome
from opcheck.report.json_report import FORMAT_VERSION, dumps, run_data
from tests.examples import a_record, an_entry

ENVIRONMENT = {
    "python": "3.11.7",
    "tensorflow": "2.21.0",
    "keras": "3.1.0",
    "numpy": "2.0.0",
    "device": "CPU",
    "peak_memory_mb": 512,
}


def made(*results, environments=(ENVIRONMENT,)):
    return run_data(results, environments, seed=3, seconds=1.23456, workers=2)


def test_a_run_says_what_the_contract_asks_for():
    data = made(a_record())
    assert data == {
        "format_version": FORMAT_VERSION,
        "versions": {
            "opcheck": opcheck.__version__,
            "python": platform.python_version(),
            "tensorflow": "2.21.0",
            "keras": "3.1.0",
            "numpy": "2.0.0",
        },
        "device": "CPU",
        "seed": 3,
        "workers": 2,
        "seconds": 1.235,
        "peak_memory_mb": 512,
        "totals": {str(outcome): int(outcome is Outcome.PASS) for outcome in Outcome},
        "known": 0,
        "compared": 4,
        "matrix": {"unary": {"jacobian": {"cases": 1, "good": 1, "not_applicable": 0}}},
        "ulps": {"tf.raw_ops.Exp": {"float64": 0.5}},
        "died_once": [],
        "results": [a_record()],
        "not_applicable": [],
    }


def test_the_matrix_counts_by_family_and_check_in_the_order_of_the_checks():
    results = [
        a_record("a/forward", check="forward"),
        a_record("b/forward", check="forward", outcome="mode_mismatch"),
        a_record("b/jacobian", check="jacobian", outcome="kink"),
        a_record("c/xla", check="xla", family="linalg"),
    ]
    absent = [{"case": "a/xla", "family": "unary", "check": "xla", "reason": "no kernel"}]
    data = run_data(results, [ENVIRONMENT], seed=0, seconds=1, workers=1, absent=absent)
    assert data["not_applicable"] == absent
    assert data["matrix"] == {
        "linalg": {"xla": {"cases": 1, "good": 1, "not_applicable": 0}},
        "unary": {
            "jacobian": {"cases": 1, "good": 1, "not_applicable": 0},
            "forward": {"cases": 2, "good": 1, "not_applicable": 0},
            "xla": {"cases": 0, "good": 0, "not_applicable": 1},
        },
    }
    assert list(data["matrix"]["unary"]) == ["jacobian", "forward", "xla"]


def test_totals_count_every_outcome_even_those_that_did_not_occur():
    data = made(a_record("a"), a_record("b"), a_record("c", outcome="nan", known="d"))
    assert list(data["totals"]) == [outcome.value for outcome in Outcome]
    assert {word: count for word, count in data["totals"].items() if count} == {
        "pass": 2,
        "nan": 1,
    }
    assert (data["known"], data["compared"]) == (1, 12)


def test_results_are_sorted_by_case_whatever_finished_first():
    data = made(a_record("b"), a_record("c"), a_record("a"))
    assert [record["case"] for record in data["results"]] == ["a", "b", "c"]


def test_the_worker_that_needed_most_memory_counts():
    environments = [ENVIRONMENT | {"peak_memory_mb": memory} for memory in (100, None, 900)]
    assert made(a_record(), environments=environments)["peak_memory_mb"] == 900


def test_a_run_without_workers_has_no_versions_of_tensorflow():
    data = made(environments=())
    assert (data["versions"]["tensorflow"], data["device"], data["peak_memory_mb"]) == (None,) * 3
    assert (data["results"], data["compared"]) == ([], 0)


def test_a_run_comes_back_from_its_text():
    data = made(a_record(), a_record("b", outcome="wrong", worst=an_entry().to_dict()))
    text = dumps(data)
    assert json.loads(text) == data
    assert text.endswith("}\n")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_are_refused(number):
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        dumps({"deviation": number})
