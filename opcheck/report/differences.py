"""What changed between two runs, as plain data: for another TensorFlow, device or build."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opcheck.errors import UsageError
from opcheck.outcome import Outcome
from opcheck.report.json_report import FORMAT_VERSION

Record = Mapping[str, Any]

# What a run says of where it ran, beside the versions.
_WHERE = ("device", "seed")


@dataclass(frozen=True)
class Change:
    """One case whose outcome is another, or that only one of the runs has.

    Attributes:
        old, new: the outcomes, or None where the run lacks the case.
        known: the id of the known defect that the new run, or else the old one, takes it for.
        explanation: what the new run says of a case that is not a plain pass, or of a check that
            no longer applies.
    """

    case: str
    old: Outcome | None
    new: Outcome | None
    known: str | None = None
    explanation: str = ""

    @property
    def kind(self) -> str:
        """`new_defects`, `worse`, `fixed`, `changed`, `added` or `removed`."""
        if self.new is None:
            return "removed"
        if self.old is None:
            return "added" if self.new.is_good or self.known else "new_defects"
        if self.old.is_good and not self.new.is_good:
            return "new_defects"
        if self.new.is_good and not self.old.is_good:
            return "fixed"
        is_worse = not self.new.is_good and self.new.severity > self.old.severity
        return "worse" if is_worse else "changed"

    def __str__(self) -> str:
        known = f"  (known: {self.known})" if self.known else ""
        if self.old is None or self.new is None:
            is_told = self.new is None and self.explanation
            why = f", not applicable now: {self.explanation}" if is_told else ""
            return f"{self.case}: {self.new or self.old}{known}{why}"
        return f"{self.case}: {self.old} -> {self.new}{known}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "case": self.case,
            "old": None if self.old is None else str(self.old),
            "new": None if self.new is None else str(self.new),
            "known": self.known,
        }


# What kinds of change are called for people, the most important first.
KINDS = {
    "new_defects": "new defects",
    "worse": "defects that got worse",
    "fixed": "fixed",
    "changed": "other outcomes",
    "added": "cases added",
    "removed": "cases removed",
}
_WORSE = ("new_defects", "worse")


@dataclass(frozen=True)
class Differences:
    """All changes, sorted by case.

    Attributes:
        environment: the old and new value of each version or fact of the run that differs.
        same: how many cases ended as before.
    """

    changes: tuple[Change, ...]
    environment: Mapping[str, tuple[Any, Any]]
    same: int

    @property
    def is_worse(self) -> bool:
        """Whether something is a defect that was none, or a worse one than before."""
        return any(change.kind in _WORSE for change in self.changes)

    def of(self, kind: str) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind == kind]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "format_version": FORMAT_VERSION,
            "is_worse": self.is_worse,
            "environment": {
                name: {"old": old, "new": new} for name, (old, new) in self.environment.items()
            },
            "same": self.same,
            **{kind: [change.to_dict() for change in self.of(kind)] for kind in KINDS},
        }


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Differences:
    """What changed from one run's data to another's."""
    before = {record["case"]: record for record in old["results"]}
    after = {record["case"]: record for record in new["results"]}
    absent = {record["case"]: record["reason"] for record in new.get("not_applicable", ())}
    found = [
        _change(case, before.get(case), after.get(case), absent.get(case, ""))
        for case in {**before, **after}
    ]
    changes = sorted((c for c in found if c.old is not c.new), key=lambda change: change.case)
    environment = {
        name: (first, second) for name, first, second in _facts(old, new) if first != second
    }
    return Differences(tuple(changes), environment, len(found) - len(changes))


def _change(case: str, old: Record | None, new: Record | None, reason: str) -> Change:
    latest = new or old or {}
    return Change(
        case,
        Outcome(old["outcome"]) if old else None,
        Outcome(new["outcome"]) if new else None,
        latest["known"],
        str(new.get("explanation", "")) if new else reason,
    )


def _facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in sorted({*old["versions"], *new["versions"]}):
        yield name, old["versions"].get(name), new["versions"].get(name)
    for name in _WHERE:
        yield name, old.get(name), new.get(name)


def read_run(path: str) -> dict[str, Any]:
    """The data that `opcheck run --json` wrote.

    Raises:
        UsageError: there is no such file, or it is something else.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is no JSON, expected what `opcheck run --json` writes") from error
    if not isinstance(data, dict) or "format_version" not in data:
        raise UsageError(f"{path} is no run, expected what `opcheck run --json` writes")
    if data["format_version"] != FORMAT_VERSION:
        raise UsageError(
            f"{path} has the format_version {data['format_version']!r}, and this opcheck reads "
            f"{FORMAT_VERSION}: write it again with `opcheck run --json`"
        )
    results = data.get("results")
    is_run = isinstance(results, list) and isinstance(data.get("versions"), dict)
    if not (is_run and all(map(_is_record, results or ()))):
        raise UsageError(f"{path} is no run, expected what `opcheck run --json` writes")
    return data


def _is_record(record: Any) -> bool:
    outcomes = [str(outcome) for outcome in Outcome]
    return isinstance(record, dict) and (
        {"case", "known"} <= set(record) and record.get("outcome") in outcomes
    )
