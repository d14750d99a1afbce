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
