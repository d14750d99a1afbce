"""Output that nobody reads, or that cannot be written: told in a word, never with a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

OPCHECK = [sys.executable, "-m", "opcheck"]
FULL = Path("/dev/full")


def left_early(*arguments):
    """The exit code and the errors of a command whose reader leaves before it writes."""
    process = subprocess.Popen(
        [*OPCHECK, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    errors = process.stderr.read()
    return process.wait(), errors


@pytest.mark.parametrize(
    ("arguments", "code"), [(["list"], 0), (["generate", "--check", "Exp", "--out", "none"], 1)]
)
def test_a_reader_who_leaves_changes_no_verdict(arguments, code):
    found, errors = left_early(*arguments)
    assert found == code
    assert "Traceback" not in errors
    assert "Broken" not in errors


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told():
    with FULL.open("w") as full:
        done = subprocess.run(
            [*OPCHECK, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "opcheck: cannot write the output: No space left on device\n"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_errors_that_cannot_be_told_change_no_code():
    with FULL.open("w") as full:
        done = subprocess.run([*OPCHECK, "list", "nosuch"], stderr=full, check=False)
    assert done.returncode == 2
