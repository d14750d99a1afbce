"""What a run keeps of each case: one record of plain data, the same from worker to report."""

from __future__ import annotations

from typing import Any

from opcheck.cases import Case
from opcheck.verdict import Report

# The name under which a record travels with pytest's report of its test.
RECORD = "opcheck"


def record(case: Case, report: Report, known: str | None) -> dict[str, Any]:
    """One entry of a run's `results`."""
    data = _facts(case)
    data |= {
        "outcome": str(report.outcome),
        "known": known,
        "compared": report.compared,
        "inputs": {part.input: part.compared for part in report.parts},
        "seconds": round(report.seconds, 6),
        "deviation": max((part.deviation for part in report.parts), default=0.0),
        "ulps": round(max((part.ulps for part in report.parts), default=0.0), 3),
    }
    if report.outcome.value != "pass":
        data["worst"] = report.worst.to_dict() if report.worst else None
        data["explanation"] = report.explain()
    return data


def record_of_failure(case: Case, message: str, seconds: float) -> dict[str, Any]:
    """The entry of a case that came to no report: its inputs were rejected or its process died."""
    return _facts(case) | {
        "outcome": "crash",
        "known": None,
        "compared": 0,
        "inputs": {},
        "seconds": round(seconds, 6),
        "deviation": 0.0,
        "ulps": 0.0,
        "worst": None,
        "explanation": message,
    }


def record_of_absence(case: Case, reason: str) -> dict[str, Any]:
    """One entry of a run's `not_applicable`: a check that says nothing about a case."""
    return _facts(case) | {"reason": reason}


def _facts(case: Case) -> dict[str, Any]:
    return {
        "case": case.id,
        "op": case.target,
        "family": case.family,
        "check": case.check,
        "dtype": case.dtype,
    }
