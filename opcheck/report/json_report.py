"""A run as JSON data."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import opcheck
from opcheck.outcome import Outcome

# 1: the first.
FORMAT_VERSION = 1


def run_data(
    results: Sequence[Mapping[str, Any]],
    environments: Sequence[Mapping[str, Any]],
    *,
    seed: int,
    seconds: float,
    workers: int,
) -> dict[str, Any]:
    """The object that `opcheck run --json` writes. Results are sorted by case."""
    where: Mapping[str, Any] = environments[0] if environments else {}
    memory = [e["peak_memory_mb"] for e in environments if e["peak_memory_mb"] is not None]
    ordered = sorted(results, key=lambda data: str(data["case"]))
    tally = Counter(data["outcome"] for data in ordered)
    return {
        "format_version": FORMAT_VERSION,
        "versions": {
            "opcheck": opcheck.__version__,
            "python": platform.python_version(),
            "tensorflow": where.get("tensorflow"),
            "keras": where.get("keras"),
            "numpy": where.get("numpy"),
        },
        "device": where.get("device"),
        "seed": seed,
        "workers": workers,
        "seconds": round(seconds, 3),
        "peak_memory_mb": max(memory, default=None),
        "totals": {str(outcome): tally.get(str(outcome), 0) for outcome in Outcome},
        "known": sum(data["known"] is not None for data in ordered),
        "compared": sum(data["compared"] for data in ordered),
        "results": ordered,
    }


def dumps(data: Any) -> str:
    """JSON text with a line end; numbers that JSON lacks are refused, not written as NaN."""
    return json.dumps(data, indent=1, allow_nan=False) + "\n"
