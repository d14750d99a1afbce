"""The ten words, from good to bad."""

import itertools
import json

import pytest

from opcheck.outcome import Outcome

# The contract's table: value, and what it counts as.
TABLE = [
    ("pass", "good"),
    ("by_design", "good"),
    ("kink", "good"),
    ("discontinuity", "good"),
    ("inconclusive", "bad"),
    ("mode_mismatch", "bad"),
    ("wrong", "bad"),
    ("nan", "bad"),
    ("missing", "bad"),
    ("crash", "bad"),
]


def test_the_words_stand_in_the_order_of_the_contract():
    assert [outcome.value for outcome in Outcome] == [word for word, _ in TABLE]


@pytest.mark.parametrize(("word", "counts_as"), TABLE)
def test_a_word_counts_as_the_contract_says(word, counts_as):
    assert Outcome(word).is_good is (counts_as == "good")


def test_severity_counts_up_from_pass():
    assert [outcome.severity for outcome in Outcome] == list(range(len(TABLE)))


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_is_its_word_in_print_and_in_json(outcome):
    assert str(outcome) == f"{outcome}" == outcome.value == outcome
    assert json.loads(json.dumps(outcome)) == outcome.value


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(Outcome, 2)))
def test_the_worse_of_two_wins_in_either_order(first, second):
    assert Outcome.worst([first, second]) is Outcome.worst([second, first]) is second


def test_worst_takes_an_iterator():
    assert Outcome.worst(iter([Outcome.PASS, Outcome.NAN, Outcome.KINK])) is Outcome.NAN


def test_nothing_judged_has_no_outcome():
    with pytest.raises(ValueError, match="empty"):
        Outcome.worst([])


def test_an_unknown_word_is_no_outcome():
    with pytest.raises(ValueError, match="'passed' is not a valid Outcome"):
        Outcome("passed")
