"""A run as JSON data."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import opcheck
from opcheck.cases import CHECKS
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
    absent: Sequence[Mapping[str, Any]] = (),
    died_once: Collection[str] = (),
) -> dict[str, Any]:
    """The object that `opcheck run --json` writes. Results are sorted by case.

    Args:
        absent: the cases that their check says nothing about, each with the reason.
        died_once: ids of those whose process died, but not when they were tried again.
    """
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
        "matrix": matrix(ordered, absent),
        "ulps": ulps(ordered),
        "died_once": sorted(died_once),
        "results": ordered,
        "not_applicable": sorted(absent, key=lambda data: str(data["case"])),
    }


def matrix(
    results: Sequence[Mapping[str, Any]], absent: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, dict[str, int]]]:
    """By family and check: how many cases it applies to, are good, and it says nothing about."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for data in (*results, *absent):
        checks = found.setdefault(data["family"], {})
        cell = checks.setdefault(data["check"], {"cases": 0, "good": 0, "not_applicable": 0})
        if "reason" in data:
            cell["not_applicable"] += 1
        else:
            cell["cases"] += 1
            cell["good"] += Outcome(data["outcome"]).is_good
    return {
        family: {check: checks[check] for check in CHECKS if check in checks}
        for family, checks in sorted(found.items())
    }


def ulps(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """The worst `ulps` of each op in each dtype, over the points that its samples draw."""
    found: dict[str, dict[str, float]] = {}
    for data in results:
        if data["check"] in ("jacobian", "precision") and data["outcome"] == "pass":
            own = found.setdefault(data["op"], {})
            own[data["dtype"]] = max(own.get(data["dtype"], 0.0), data["ulps"])
    return found


def dumps(data: Any) -> str:
    """JSON text with a line end; numbers that JSON lacks are refused, not written as NaN."""
    return json.dumps(data, indent=1, allow_nan=False) + "\n"
