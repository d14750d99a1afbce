"""What a person reads: the whole text for every outcome."""

import pytest

from opcheck.outcome import Outcome
from opcheck.report.text import explain, headline
from tests.examples import a_part, a_report, an_entry

SUBJECT = "tf.raw_ops.Exp/2/float64/jacobian"
COMPARED = "  compared   2 derivative entries\n"
POINT = "  point      x = [0.5, -1.25]\n"
REPEAT = f"  repeat     opcheck check {SUBJECT} --seed 0"
END = COMPARED + POINT + REPEAT
GAP = (
    "  analytic   1.000000000000e+00\n"
    "  numeric    2.000000000000e+00   error below 1.0e-09\n"
    "  gap        1.000e+00 absolute, 5.000e-01 relative\n"
)
AT = "  worst      d out[1] / d x[0]   at x[0] = 0.5\n"
NAN = float("nan")


def with_part(outcome, **changes):
    return a_report(outcome, a_part(outcome, **changes))


TEXTS = {
    Outcome.PASS: (
        with_part(Outcome.PASS),
        f"{SUBJECT}: PASS, the gradient agrees with differences\n{COMPARED}{REPEAT}",
    ),
    Outcome.BY_DESIGN: (
        with_part(Outcome.BY_DESIGN),
        f"{SUBJECT}: BY_DESIGN, the gradient differs from the literal derivative, as documented\n"
        f"  input      x (float64, 2): by_design (1 pass, 1 by_design)\n{AT}{GAP}{END}",
    ),
    Outcome.KINK: (
        with_part(Outcome.KINK, worst=an_entry(local="kink", low=-1.0, high=1.0)),
        f"{SUBJECT}: KINK, the point is a kink; the gradient is one of its valid slopes\n"
        f"  input      x (float64, 2): kink (1 pass, 1 kink)\n{AT}"
        "  analytic   1.000000000000e+00\n"
        "  slopes     -1 to 1, one-sided   error below 1.0e-09\n"
        f"{END}",
    ),
    Outcome.DISCONTINUITY: (
        with_part(Outcome.DISCONTINUITY, worst=an_entry(local="jump")),
        f"{SUBJECT}: DISCONTINUITY, the function has no finite derivative here; "
        "nothing was judged\n"
        f"  input      x (float64, 2): discontinuity (1 pass, 1 discontinuity)\n{AT}"
        "  analytic   1.000000000000e+00\n"
        "  numeric    the function jumps here, or the point lies on a branch cut\n"
        f"{END}",
    ),
    Outcome.INCONCLUSIVE: (
        with_part(Outcome.INCONCLUSIVE, worst=an_entry(local="undefined")),
        f"{SUBJECT}: INCONCLUSIVE, differences cannot decide whether the gradient is right\n"
        f"  input      x (float64, 2): inconclusive (1 pass, 1 inconclusive)\n{AT}"
        "  analytic   1.000000000000e+00\n"
        "  numeric    the function is not finite here\n"
        f"{END}",
    ),
    Outcome.MODE_MISMATCH: (
        with_part(Outcome.MODE_MISMATCH),
        f"{SUBJECT}: MODE_MISMATCH, reverse mode is right, the mode under test is not\n"
        f"  input      x (float64, 2): mode_mismatch (1 pass, 1 mode_mismatch)\n{AT}{GAP}{END}",
    ),
    Outcome.WRONG: (
        with_part(Outcome.WRONG, cause="the factor is 0.5"),
        f"{SUBJECT}: WRONG, the gradient is wrong\n"
        f"  input      x (float64, 2): wrong (1 pass, 1 wrong)\n{AT}{GAP}"
        f"  cause      the factor is 0.5\n{END}",
    ),
    Outcome.NAN: (
        with_part(Outcome.NAN, worst=an_entry(analytic=NAN)),
        f"{SUBJECT}: NAN, the gradient is not finite where a finite one exists\n"
        f"  input      x (float64, 2): nan (1 pass, 1 nan)\n{AT}"
        "  analytic   nan\n"
        "  numeric    2.000000000000e+00   error below 1.0e-09\n"
        f"{END}",
    ),
    Outcome.MISSING: (
        with_part(Outcome.MISSING, missing="disconnected (the tape returns None)"),
        f"{SUBJECT}: MISSING, there is no gradient, yet the derivative is not zero\n"
        "  input      x (float64, 2): missing (1 pass, 1 missing)\n"
        f"  missing    disconnected (the tape returns None)\n{AT}{GAP}{END}",
    ),
    Outcome.CRASH: (
        with_part(Outcome.CRASH, counts={"crash": 2}, error="ValueError: no\n\n  in op Exp"),
        f"{SUBJECT}: CRASH, the derivative crashes\n"
        "  input      x (float64, 2): crash\n"
        f"  error      ValueError: no\n               in op Exp\n{END}",
    ),
}


def lines(report, word):
    """The lines of the explanation that begin with a word of the left column."""
    return [line for line in explain(report).splitlines() if line.split()[0] == word]


def test_every_outcome_has_a_text():
    assert set(TEXTS) == set(Outcome)


@pytest.mark.parametrize(("report", "text"), TEXTS.values(), ids=map(str, TEXTS))
def test_the_text_of_each_outcome_is_as_read_by_eye(report, text):
    assert explain(report) == text


def test_a_scalar_input_and_large_counts_are_spelt_out():
    report = with_part(Outcome.WRONG, shape=(), counts={"wrong": 12345}, compared=12345)
    assert "  input      x (float64, scalar): wrong (12,345 wrong)" in explain(report)
    assert "  compared   12,345 derivative entries" in explain(report)


def test_inputs_that_pass_are_left_out():
    report = a_report(Outcome.WRONG, a_part(Outcome.PASS, input="a"), a_part(), a_part(input="y"))
    assert [line.split()[1] for line in lines(report, "input")] == ["x", "y"]


def test_a_direction_has_no_value_of_its_own():
    report = with_part(Outcome.WRONG, worst=an_entry(at=None, input="x[0, 1] and x[1, 0]"))
    assert lines(report, "worst") == ["  worst      d out[1] / d x[0, 1] and x[1, 0]"]


def test_the_value_at_the_failing_coordinate_is_printed_in_full():
    report = with_part(Outcome.WRONG, worst=an_entry(at=0.1 + 0.2))
    assert lines(report, "worst")[0].endswith("at x[0] = 0.30000000000000004")


@pytest.mark.parametrize(
    ("local", "line"),
    [
        ("smooth", "  numeric    2.000000000000e+00   error below 1.0e-09"),
        (
            "edge",
            "  numeric    2.000000000000e+00   error below 1.0e-09"
            "   one-sided, at the edge of the domain",
        ),
        ("vertical", "  numeric    the slopes grow without bound: a vertical tangent or a cusp"),
        ("jump", "  numeric    the function jumps here, or the point lies on a branch cut"),
        ("undefined", "  numeric    the function is not finite here"),
    ],
)
def test_the_numeric_side_says_what_the_function_is_like(local, line):
    assert lines(with_part(Outcome.WRONG, worst=an_entry(local=local)), "numeric") == [line]


def test_a_gap_from_zero_is_relative_to_nothing():
    report = with_part(Outcome.WRONG, worst=an_entry(numeric=0.0))
    assert lines(report, "gap") == ["  gap        1.000e+00 absolute"]


def test_a_gap_that_is_not_finite_is_not_shown():
    report = with_part(Outcome.NAN, worst=an_entry(analytic=float("nan")))
    assert lines(report, "gap") == []


def test_a_slope_within_its_error_of_zero_is_zero():
    entry = an_entry(local="kink", low=-1e-13, high=1.0, bound=1e-12)
    shown = lines(with_part(Outcome.KINK, worst=entry), "slopes")
    assert shown == ["  slopes     0 to 1, one-sided   error below 1.0e-12"]


def test_a_crash_before_any_part_is_the_checks_own():
    report = a_report(Outcome.CRASH, error="InternalError: died")
    bare = type(report)(SUBJECT, Outcome.CRASH, (), error="InternalError: died")
    assert explain(bare) == (
        f"{SUBJECT}: CRASH, the check crashes\n"
        "  error      InternalError: died\n"
        "  compared   0 derivative entries"
    )
    assert headline(report) == "CRASH, the derivative crashes"


def test_a_long_error_is_cut_to_its_first_lines():
    error = "\n\n".join(["a" * 400, "second", "third", "fourth", "fifth"])
    text = explain(a_report(Outcome.CRASH, error=error))
    assert "fourth" in text
    assert "fifth" not in text
    assert "a" * 300 in text
    assert "a" * 301 not in text


def test_a_note_stands_beside_the_verdict():
    report = a_report(Outcome.INCONCLUSIVE, note="the function is random")
    assert lines(report, "note") == ["  note       the function is random"]


def test_every_line_of_the_point_is_printed():
    report = a_report(Outcome.WRONG, point=("x = 1", "y = 2"))
    assert lines(report, "point") == ["  point      x = 1", "  point      y = 2"]


def test_without_a_command_there_is_no_repeat_line():
    assert lines(a_report(repeat=""), "repeat") == []
