"""How long something takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """The seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
