"""Processes that do jobs."""

import os
import subprocess
import sys
import time

import pytest

PROGRAM = """
import sys
from opcheck.workers import done
from tests.jobs import beat

if __name__ == "__main__":
    list(done([sys.argv[1]], 1, 600.0, beat))
"""

# Seconds in which a worker that is alive writes for sure.
SURE = 3.0


def is_beating(path):
    before = path.stat().st_mtime_ns if path.exists() else 0
    time.sleep(SURE)
    return path.exists() and path.stat().st_mtime_ns != before


@pytest.mark.parametrize("stop", ["terminate", "kill"])
def test_a_worker_ends_with_whoever_started_it(stop, tmp_path):
    script, told = tmp_path / "starts.py", tmp_path / "told"
    script.write_text(PROGRAM)
    starter = subprocess.Popen(
        [sys.executable, str(script), str(told)], env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    try:
        end = time.monotonic() + 60
        while not told.exists():
            assert time.monotonic() < end
            time.sleep(0.1)
        assert is_beating(told)
    finally:
        getattr(starter, stop)()
        starter.wait()
    end = time.monotonic() + 60
    while is_beating(told):
        assert time.monotonic() < end
