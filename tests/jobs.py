"""What a process may do with a job of fault injection. Light, as each process imports it."""

from __future__ import annotations

import os
import time

from opcheck.faults.records import Finding


def die(job):
    os._exit(3)


def hang(job):
    time.sleep(600)


def fail(job):
    raise ValueError(job.name)


def succeed(job):
    return [Finding(job.name, job.targets)]


def beat(path):
    """Write the time into a file again and again, for long."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        with open(path, "w") as file:
            file.write(str(time.monotonic()))
        time.sleep(0.05)
