"""Known defects: which cases they claim, and what counts as the same failure."""

import ast
from dataclasses import replace

import pytest

from opcheck import known
from opcheck.cases import expand
from opcheck.domains import normal
from opcheck.errors import UsageError
from opcheck.known import KnownDefect, disagreement, fingerprint, matching, stale
from opcheck.outcome import Outcome
from opcheck.spec import op
from tests.examples import a_part, a_report, in_family

DEFECT = KnownDefect("exp", "tf.raw_ops.Exp/*/float64/*", "wrong", "x: wrong", "Because.")
ROWS = in_family("unary", op("Exp", x=normal), op("Log", x=normal))


# -- Fingerprints -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (a_report(Outcome.PASS), ""),
        (a_report(Outcome.KINK), ""),
        (a_report(Outcome.WRONG), "x: wrong"),
        (
            a_report(
                Outcome.WRONG,
                a_part(Outcome.PASS, input="a"),
                a_part(Outcome.WRONG),
                a_part(Outcome.NAN, input="y", compared=6),
            ),
            "x: wrong; y: nan",
        ),
        (
            a_report(
                Outcome.MISSING,
                a_part(Outcome.MISSING, missing="unregistered (the tape raises LookupError): op F"),
            ),
            "x: missing (unregistered)",
        ),
        (
            a_report(
                Outcome.CRASH, a_part(Outcome.CRASH, counts={}, error="InvalidArgumentError: x")
            ),
            "x: crash (InvalidArgumentError)",
        ),
        (replace(a_report(Outcome.CRASH), parts=(), error="ValueError: no"), "ValueError"),
    ],
)
def test_a_fingerprint_names_inputs_and_outcomes(report, expected):
    assert fingerprint(report) == expected


def test_a_report_as_recorded_does_not_disagree():
    assert disagreement(DEFECT, a_report(Outcome.WRONG)) == ""


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.BY_DESIGN, Outcome.DISCONTINUITY])
def test_a_defect_that_is_fixed_is_news(outcome):
    assert disagreement(DEFECT, a_report(outcome)) == (
        f"the known defect 'exp' no longer shows: the outcome is {outcome}, recorded was wrong. "
        "Take the entry out of the registry"
    )


@pytest.mark.parametrize(
    ("report", "found"),
    [
        (a_report(Outcome.NAN), "nan with 'x: nan'"),
        (
            a_report(Outcome.WRONG, a_part(cause="the gradient has shape [2], the input [1]")),
            "wrong with 'x: wrong (shape)'",
        ),
        (a_report(Outcome.INCONCLUSIVE), "inconclusive with 'x: inconclusive'"),
    ],
)
def test_a_defect_that_fails_in_another_way_is_news(report, found):
    assert disagreement(DEFECT, report) == (
        f"fails in another way than the known defect 'exp': found {found}, "
        "recorded was wrong with 'x: wrong'"
    )


@pytest.mark.parametrize(
    ("gap", "is_news"), [(0.5, False), (2.0, False), (1e-4, True), (90.0, True)]
)
def test_a_defect_of_another_size_is_news(gap, is_news):
    defect = replace(DEFECT, size=0.9)
    found = disagreement(defect, a_report(Outcome.WRONG, a_part(gap=gap)))
    assert bool(found) is is_news
    if is_news:
        assert f"the gap is now {gap:.1e} of the largest slope, recorded was 9.0e-01" in found


def test_at_another_point_a_defect_may_be_of_any_size_and_not_show():
    defect = replace(DEFECT, size=0.9)
    for gap in (1e-4, 90.0):
        assert disagreement(defect, a_report(Outcome.WRONG, a_part(gap=gap)), seed=1) == ""
    assert disagreement(defect, a_report(Outcome.PASS), seed=1) == ""
    assert "in another way" in disagreement(defect, a_report(Outcome.NAN), seed=1)


@pytest.mark.parametrize("is_filled", [True, False])
def test_what_is_unwritten_may_be_right_by_chance_where_memory_is_not_filled(
    monkeypatch, is_filled
):
    monkeypatch.setattr(known, "is_filled", lambda: is_filled)
    defect = replace(DEFECT, is_unwritten=True)
    assert disagreement(defect, a_report(Outcome.WRONG)) == ""
    assert bool(disagreement(defect, a_report(Outcome.PASS))) is is_filled
    assert bool(disagreement(defect, a_report(Outcome.NAN))) is is_filled


# -- Which cases, which versions --------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "is_match"),
    [
        ("tf.raw_ops.Exp/2x3/float64/jacobian", True),
        ("tf.raw_ops.Exp/2x3/float32/jacobian", False),
        ("tf.raw_ops.exp/2x3/float64/jacobian", False),
        ("tf.raw_ops.Expm1/2x3/float64/jacobian", False),
    ],
)
def test_a_pattern_claims_case_ids_letter_by_letter(case, is_match):
    assert DEFECT.matches(case) is is_match


@pytest.mark.parametrize(
    ("version", "holds"),
    [("2.21", True), ("2.21.0", True), ("2.21.1rc0", True), ("2.210.0", False), ("2.2", False)],
)
def test_versions_are_prefixes_up_to_a_dot(version, holds):
    assert DEFECT.holds_in(version) is holds


def test_any_of_several_versions_will_do():
    defect = replace(DEFECT, versions=("2.19", "2.20.1"))
    assert [defect.holds_in(v) for v in ("2.19.5", "2.20.1", "2.20.2")] == [True, True, False]


def test_facts_leave_out_the_id_and_what_is_by_default():
    assert list(DEFECT.facts()) == ["cases", "outcome", "fingerprint", "reason"]
    full = replace(DEFECT, link="https://example.org", versions=("2.20",))
    assert {"link": "https://example.org", "versions": ("2.20",)}.items() <= full.facts().items()


@pytest.mark.parametrize("defect", [DEFECT, replace(DEFECT, link="l", versions=("2.20",))])
def test_the_facts_make_the_defect_again(defect):
    assert KnownDefect(defect.id, **ast.literal_eval(repr(defect.facts()))) == defect


def test_a_case_is_matched_by_the_one_entry_that_claims_it():
    exp, log = (next(expand(row)) for row in ROWS)
    assert matching(exp, [DEFECT], "2.21.0") is DEFECT
    assert matching(exp, [DEFECT], "2.22.0") is None
    assert matching(log, [DEFECT], "2.21.0") is None


def test_two_entries_must_not_claim_one_case():
    other = replace(DEFECT, id="other", cases="*")
    with pytest.raises(UsageError) as caught:
        matching(next(expand(ROWS[0])), [DEFECT, other], "2.21.0")
    assert str(caught.value) == (
        "tf.raw_ops.Exp/scalar/float64/jacobian: claimed by the known defects exp, other"
    )


def test_entries_that_match_no_case_are_stale():
    gone = replace(DEFECT, id="gone", cases="tf.raw_ops.Gone/*")
    assert stale([DEFECT, gone], ROWS) == [gone]
    assert stale([DEFECT], ROWS[1:]) == [DEFECT]


@pytest.mark.parametrize(
    ("cases", "target", "may"),
    [
        ("tf.raw_ops.Exp/*", "tf.raw_ops.Exp", True),
        ("tf.raw_ops.Exp/*", "tf.raw_ops.Expm1", False),
        ("tf.raw_ops.Exp*/float64/*", "tf.raw_ops.Expm1", True),
        ("tf.raw_ops.[EL]*", "tf.raw_ops.Exp", True),
        ("tf.nn.relu/2x3/float64/jacobian", "tf.nn.relu", True),
        ("tf.nn.relu/2x3/float64/jacobian", "tf.nn.relu6", False),
        ("*/float64/special", "tf.nn.relu", True),
    ],
)
def test_the_beginning_of_a_pattern_leaves_out_targets(cases, target, may):
    defect = KnownDefect("d", cases, "wrong", "x: wrong", reason="")
    assert defect.may_match(target) is may
