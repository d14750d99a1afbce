"""Runs: records arrive, dead and hanging cases become verdicts, and nothing is lost."""

import pytest

from opcheck import running
from opcheck.cases import Case
from opcheck.known import DIES, KnownDefect
from opcheck.running import Run, RunError, run, workers_option
from opcheck.spec import Kind, Sample

HEAD = """
import os, time
import pytest
from opcheck.domains import normal
from opcheck.spec import sample

pytestmark = pytest.mark.family("mine")

def case(target):
    return pytest.mark.parametrize(
        ("sample", "dtype", "check"),
        [pytest.param(sample("2", x=normal(2)), "float64", "jacobian", id="2-float64-jacobian")],
    )
"""

TESTS = {
    "right": "    gradcheck.op('tf.raw_ops.Exp', sample, dtype, check)",
    "wrong": "    gradcheck.op('tf.raw_ops.Snapshot', sample, dtype, check)",
    "dying": "    os.abort()",
    "dying_once": "    p = __file__ + '.died'\n"
    "    if not os.path.exists(p):\n"
    "        open(p, 'w').close()\n"
    "        os.abort()\n"
    "    gradcheck.op('tf.raw_ops.Exp', sample, dtype, check)",
    "hanging": "    time.sleep(60)",
    "raising": "    raise ZeroDivisionError('inside the test')",
}


@pytest.fixture
def suite(tmp_path):
    """Writes a test file with the named tests and runs it."""

    def start(*names, **options):
        text = HEAD
        nodes = {}
        for name in names:
            text += f"\n@case('{name}')\ndef test_{name}(gradcheck, sample, dtype, check):\n"
            text += TESTS[name] + "\n"
            node = f"test_mine_gradients.py::test_{name}[2-float64-jacobian]"
            is_exp = name in ("right", "dying_once")
            target = "tf.raw_ops.Exp" if is_exp else f"mine.{name}"
            nodes[node] = Case(Kind.OP, target, Sample("2"), "float64", "jacobian", "mine")
        (tmp_path / "test_mine_gradients.py").write_text(text)
        return run(tmp_path, nodes, is_whole=True, workers="2", **options)

    return start


def outcomes(found):
    return {record["case"].split("/")[0]: record["outcome"] for record in found.results}


def test_a_record_holds_what_a_report_needs(suite):
    found = suite("right")
    (record,) = found.results
    assert record["case"] == "tf.raw_ops.Exp/2/float64/jacobian"
    assert record["outcome"] == "pass"
    assert record["family"] == "mine"
    assert record["known"] is None
    assert record["compared"] == 4
    assert record["seconds"] > 0
    assert "worst" not in record
    assert found.failures == {}
    assert found.environments[0]["tensorflow"].startswith("2.")
    assert found.environments[0]["device"] == "CPU"


def test_the_death_of_a_case_is_its_verdict_and_the_rest_goes_on(suite):
    found = suite("dying", "right")
    assert outcomes(found) == {"mine.dying": "crash", "tf.raw_ops.Exp": "pass"}
    text = found.failures["mine.dying/2/float64/jacobian"]
    assert "CRASH, the process died while checking it" in text
    assert "repeat     opcheck check mine.dying/2/float64/jacobian --seed 0" in text


def test_a_case_that_dies_of_what_ran_before_it_is_judged_when_it_is_tried_again(suite):
    found = suite("dying_once")
    assert outcomes(found) == {"tf.raw_ops.Exp": "pass"}
    assert found.failures == {}
    assert found.died_once == {"tf.raw_ops.Exp/2/float64/jacobian"}


def test_a_case_that_dies_again_is_at_fault_itself(suite):
    found = suite("dying")
    assert outcomes(found) == {"mine.dying": "crash"}
    assert found.died_once == set()


def test_a_hanging_case_is_stopped_and_named(suite):
    found = suite("hanging", "right", timeout=20.0)
    assert outcomes(found) == {"mine.hanging": "crash", "tf.raw_ops.Exp": "pass"}
    assert "did not finish within 20 s" in found.failures["mine.hanging/2/float64/jacobian"]


def test_an_error_in_a_test_is_a_crash_of_its_case(suite):
    found = suite("raising", "right")
    assert outcomes(found) == {"mine.raising": "crash", "tf.raw_ops.Exp": "pass"}
    assert "inside the test" in found.failures["mine.raising/2/float64/jacobian"]


def test_progress_is_told(suite):
    seen = []
    suite("right", on_progress=lambda done, failed: seen.append((done, failed)))
    assert seen == [(1, 0)]


def test_a_file_that_cannot_be_collected_is_an_error(tmp_path):
    (tmp_path / "test_mine_gradients.py").write_text("import no_such_module\n")
    case = Case(Kind.OP, "mine.op", Sample("2"), "float64", "jacobian", "mine")
    nodes = {"test_mine_gradients.py::test_op[2-float64-jacobian]": case}
    with pytest.raises(RunError, match="no_such_module"):
        run(tmp_path, nodes, is_whole=True, workers="1")


def test_a_worker_ends_after_so_many_cases_and_another_goes_on(tmp_path, monkeypatch):
    """What TensorFlow keeps of traces is freed by nothing else."""
    monkeypatch.setattr(running, "CASES_A_WORKER", 2)
    nodes = {}
    for name in ("one", "two", "three"):
        text = HEAD
        for number in range(2 if name == "one" else 1):
            text += f"\n@case('{name}')\ndef test_{number}(gradcheck, sample, dtype, check):\n"
            text += TESTS["right"] + "\n"
            node = f"test_{name}_gradients.py::test_{number}[2-float64-jacobian]"
            nodes[node] = Case(Kind.OP, "tf.raw_ops.Exp", Sample("2"), "float64", "jacobian", name)
        (tmp_path / f"test_{name}_gradients.py").write_text(text)
    assert [len(some) for some in running._stretches(nodes, "1")] == [2, 2]
    assert [len(some) for some in running._stretches(nodes, "2")] == [4]
    found = run(tmp_path, nodes, is_whole=True, workers="1")
    assert [record["outcome"] for record in found.results] == ["pass"] * 4
    assert len(found.environments) == 2
    assert found.workers == 1


def test_a_case_that_never_ran_is_an_error():
    from opcheck.running import _require_complete

    case = Case(Kind.OP, "mine.op", Sample("2"), "float64", "jacobian", "mine")
    with pytest.raises(RunError, match=r"1 of 1 cases never ran, mine\.op/2/float64/jacobian"):
        _require_complete(Run({"a": case}, 1.0))


@pytest.mark.parametrize("text", ["auto", "1", "16"])
def test_numbers_of_workers(text):
    assert workers_option(text) == text


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_what_is_no_number_of_workers(text):
    with pytest.raises(ValueError, match=text):
        workers_option(text)


@pytest.mark.parametrize("fingerprint", [DIES, "*"])
def test_a_death_that_is_a_known_defect_is_expected(suite, fingerprint):
    """The process that could have expected it is gone."""
    known = KnownDefect("dying", "mine.dying/*", "crash", fingerprint, reason="It aborts.")
    found = suite("right", "dying", defects=[known])
    assert outcomes(found) == {"tf.raw_ops.Exp": "pass", "mine.dying": "crash"}
    assert found.failures == {}
    assert {r["case"].split("/")[0]: r["known"] for r in found.results}["mine.dying"] == "dying"


def test_a_known_death_of_the_only_worker_is_expected(suite):
    known = KnownDefect("dying", "mine.dying/*", "crash", DIES, reason="It aborts.")
    assert suite("dying", defects=[known]).failures == {}


def test_a_death_that_is_known_of_another_tensorflow_is_news(suite):
    known = KnownDefect("d", "mine.dying/*", "crash", DIES, reason="It aborts.", versions=("1.0",))
    assert set(suite("right", "dying", defects=[known]).failures) == {
        "mine.dying/2/float64/jacobian"
    }
