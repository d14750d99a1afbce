"""Filled memory: a kernel that leaves entries unwritten gives the same wrong numbers each time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opcheck.memory import FILLED, TUNABLES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a facility of glibc")

# Its filter is longer than its input: no outputs, and a gradient that no kernel writes.
UNWRITTEN = "keras.ops.correlate/longer-second-2_3/float64/jacobian"


def run(*command, **variables):
    rest = {name: value for name, value in os.environ.items() if name != TUNABLES}
    return subprocess.run(
        [sys.executable, *command], env={**rest, **variables}, capture_output=True, text=True
    )


def is_filled(**variables):
    return run("-c", "from opcheck.memory import *; print(is_filled())", **variables).stdout


def test_a_process_knows_whether_its_memory_is_filled():
    assert is_filled() == "False\n"
    assert is_filled(**{TUNABLES: "glibc.malloc.arena_max=1"}) == "False\n"
    assert is_filled(**{TUNABLES: FILLED}) == "True\n"


def test_what_is_unwritten_shows_each_time():
    found = [run("-m", "opcheck", "check", UNWRITTEN) for _ in range(3)]
    assert {one.returncode for one in found} == {1}
    assert len({one.stdout for one in found}) == 1
    assert "3 of its 3 entries are not" in found[0].stdout


def test_the_arguments_stay_the_same():
    found = run("-m", "opcheck", "check", "no such case")
    assert found.returncode == 2
    assert "'no such case'" in found.stderr


def test_what_is_documented_is_what_is_set():
    text = (Path(__file__).parents[1] / "docs" / "verdicts.md").read_text(encoding="utf-8")
    assert f"`{TUNABLES}={FILLED}`" in text


def test_what_the_user_says_of_memory_is_kept():
    script = "from opcheck.memory import *; fill(); print('the same process')"
    found = run("-c", script, **{TUNABLES: "glibc.malloc.arena_max=1"})
    assert found.stdout == "the same process\n"
