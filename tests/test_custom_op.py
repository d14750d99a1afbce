"""A custom op in C++ from its compilation to tests in its own repository: examples/custom_op."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from opcheck.proposing.source import parse

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "custom_op"
PAGE = (ROOT / "docs" / "custom_ops.md").read_text(encoding="utf-8")
COMPILER = os.environ.get("CXX", "g++")

pytestmark = pytest.mark.skipif(
    shutil.which(COMPILER) is None, reason=f"there is no C++ compiler here: {COMPILER}"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The example, copied outside of this project and compiled."""
    place = tmp_path_factory.mktemp("somewhere") / "custom_op"
    shutil.copytree(EXAMPLE, place, ignore=shutil.ignore_patterns("*.so", "__pycache__", "tests"))
    done = called(place, "-m", "soft_cap.build")
    assert done.returncode == 0, done.stderr
    return place


def called(place, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=place, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def outcomes(project):
    """The outcome of every case of the project by its id, from a run of all that it names."""
    done = called(project, "-m", "opcheck", "run", "-n", "1", "--json", "run.json")
    assert done.returncode == 1, done.stderr
    records = json.loads((project / "run.json").read_text())["results"]
    return {record["case"]: record["outcome"] for record in records}


@pytest.mark.parametrize("target", ["soft_cap.ops:soft_cap_v2", "soft_cap.unit:unit"])
def test_a_right_gradient_passes(outcomes, target):
    own = {case: outcome for case, outcome in outcomes.items() if case.startswith(f"{target}/")}
    assert set(own.values()) <= {"pass", "discontinuity"}
    assert "pass" in {outcome for case, outcome in own.items() if "/float64/jacobian" in case}
    assert "pass" in {outcome for case, outcome in own.items() if "/float32/precision" in case}


@pytest.mark.parametrize("target", ["soft_cap.ops:soft_cap", "soft_cap.unit:unit_of_fixed_length"])
def test_a_wrong_gradient_is_found_in_both_precisions(outcomes, target):
    for end in ("float64/jacobian", "float32/precision"):
        (outcome,) = (
            outcome
            for case, outcome in outcomes.items()
            if case.startswith(f"{target}/") and case.endswith(end)
        )
        assert outcome == "wrong"


def test_the_explanation_names_the_input_whose_gradient_is_wrong(project):
    arguments = ("soft_cap.ops:soft_cap", "--input", "2x3", "--input", "scalar")
    done = called(project, "-m", "opcheck", "check", *arguments)
    assert done.returncode == 1
    assert "WRONG" in done.stdout
    assert "input      arguments[1] (float64, scalar): wrong (6 wrong)" in done.stdout
    assert "arguments[0]:" not in done.stdout


def test_a_case_id_with_a_colon_repeats_that_case(project):
    # From inside of the project its modules are found too.
    case = "soft_cap.ops:soft_cap_v2/2x3_scalar/float64/jacobian"
    done = called(project / "soft_cap", "-m", "opcheck", "check", case)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{case}: PASS")


def test_a_row_is_proposed_from_the_definition_of_the_op(project):
    done = called(project, "-m", "opcheck", "new", "soft_cap.ops:soft_cap_v2")
    # With a cap of zero the op gives zeros, and its gradient NaN: the row in the project avoids it.
    assert done.returncode == 1, done.stderr
    assert "-cap=zeros/float64/special: nan" in done.stderr
    assert "/float64/jacobian: pass" in done.stderr
    row = parse(done.stdout.strip().rstrip(","))
    assert row.target == "soft_cap.ops:soft_cap_v2"
    assert row.dtypes == ("float32", "float64")
    names = [name for name, _ in row.roomiest.named_inputs()]
    assert names == ["x", "cap"]
    assert dict(row.roomiest.named_inputs())["cap"].shape == ()


def test_tests_in_its_repository_need_only_opcheck(project):
    done = called(project, "-m", "opcheck", "generate", "--out", "tests/gradients")
    assert done.returncode == 0, done.stderr
    (file,) = (project / "tests" / "gradients").iterdir()
    # As the command `pytest` does, which does not look for modules where it is called.
    pytest_alone = "import sys; sys.path.remove(''); import pytest; sys.exit(pytest.main())"
    done = called(
        project,
        "-c",
        pytest_alone,
        str(file),
        "-q",
        "-k",
        "not special and not unit and not agreement",
    )
    assert "2 failed, 2 passed" in done.stdout
    assert "soft_cap.ops:soft_cap/2x3_scalar/float64/jacobian: WRONG" in done.stdout


def test_a_known_defect_as_the_page_has_it_is_an_expected_failure(project, tmp_path):
    (source,) = re.findall(r"```python\n(from opcheck\.known .*?)```", PAGE, re.DOTALL)
    place = tmp_path / "copy"
    shutil.copytree(project, place, ignore=shutil.ignore_patterns("tests", "generated_tests"))
    rows = place / "soft_cap" / "gradient_rows.py"
    rows.write_text(rows.read_text() + source.replace("mypackage", "soft_cap"))
    done = called(place, "-m", "opcheck", "generate", "--out", "tests/gradients")
    assert done.returncode == 0, done.stderr
    done = called(place, "-m", "pytest", "tests/gradients", "-q", "-k", "not v2 and not unit")
    assert "2 xfailed" in done.stdout
    assert "failed," not in done.stdout
