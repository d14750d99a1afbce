"""What an audit found, as plain records. Needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from opcheck.outcome import Outcome
from opcheck.verdict import Report

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Check:
    """One look at a target.

    Attributes:
        name: "inference", "training", "forward", "float32", "input=zeros", "state", …
        report: the gradient's verdict, or None where the check is of something else.
        words: what was found, for a person; "" for nothing.
    """

    name: str
    outcome: Outcome
    report: Report | None = None
    words: str = ""

    @classmethod
    def of(cls, name: str, report: Report) -> Check:
        return cls(name, report.outcome, report)

    @property
    def diagnosis(self) -> str:
        """One line that says what is wrong."""
        if self.words or self.report is None:
            return self.words
        parts = [part for part in self.report.parts if part.outcome is self.outcome]
        if not parts:
            return (self.report.error or self.report.note).partition("\n")[0]
        part = parts[0]
        others = ", ".join(other.input for other in parts[1:])
        what = part.cause or part.missing or part.error or self.report.note
        if not what and part.worst is not None:
            worst = part.worst
            analytic, numeric = told_apart(worst.analytic, worst.numeric)
            what = (
                f"d {worst.output} / d {worst.input} is {analytic} where differences say {numeric}"
            )
        if self.outcome is Outcome.NAN and part.worst is not None:
            what = f"d {part.worst.output} / d {part.worst.input} is {part.worst.analytic}"
        line = f"{part.input}: {what.strip().splitlines()[0] if what.strip() else self.outcome}"
        return line + (f" (and {others})" if others else "")

    def to_dict(self) -> dict[str, Any]:
        return {
            "check": self.name,
            "outcome": str(self.outcome),
            "passed": self.outcome.is_good,
            "diagnosis": self.diagnosis if not self.outcome.is_good else self.words,
            "report": self.report.to_dict() if self.report else None,
        }


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers in as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12):
        texts = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return f"{one:.17g}", f"{other:.17g}"


@dataclass(frozen=True)
class AuditReport:
    """The verdict on a layer, a model or a function.

    Attributes:
        subject: its name.
        checks: in the order in which they were made.
        built: how it was built and called.
        notes: what is worth knowing and is no defect.
        repeat: a command or call that gives this report again.
    """

    subject: str
    checks: tuple[Check, ...]
    built: str = ""
    notes: tuple[str, ...] = ()
    repeat: str = ""
    seed: int = 0
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        """The worst of the checks."""
        return Outcome.worst(check.outcome for check in self.checks)

    @property
    def passed(self) -> bool:
        """Whether the outcome counts as good."""
        return self.outcome.is_good

    @property
    def defects(self) -> tuple[Check, ...]:
        """The checks that did not end well."""
        return tuple(check for check in self.checks if not check.outcome.is_good)

    @property
    def compared(self) -> int:
        """How many derivative entries were judged."""
        return sum(check.report.compared for check in self.checks if check.report)

    @property
    def line(self) -> str:
        """The verdict in one line."""
        if self.passed:
            return f"{self.subject}: PASS, {len(self.checks)} checks"
        first = self.defects[0]
        return f"{self.subject}: {first.outcome.value.upper()}, {first.name}: {first.diagnosis}"

    def explain(self) -> str:
        """The message a person reads: the line, how it was built, and each defect in full."""
        lines = [self.line]
        if self.built:
            lines.append(f"  built      {self.built}")
        names = ", ".join(check.name for check in self.checks if check.outcome.is_good)
        if names:
            lines.append(f"  good       {names}")
        lines += [f"  note       {note}" for note in self.notes]
        for check in self.defects:
            lines.append(f"  {check.name}")
            if check.words:
                lines.append(f"    {check.outcome}: {check.words}")
            if check.report is not None:
                text = replace(check.report, repeat="").explain()
                lines += [f"    {line}" for line in text.splitlines()]
        lines.append(f"  compared   {self.compared:,} derivative entries")
        if self.repeat:
            lines.append(f"  repeat     {self.repeat}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "format_version": FORMAT_VERSION,
            "subject": self.subject,
            "outcome": str(self.outcome),
            "passed": self.passed,
            "diagnosis": "" if self.passed else self.defects[0].diagnosis,
            "built": self.built,
            "notes": list(self.notes),
            "compared": self.compared,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "repeat": self.repeat,
            "checks": [check.to_dict() for check in self.checks],
        }


@dataclass(frozen=True)
class Unaudited:
    """A target that could not be looked at, and what would help."""

    subject: str
    reason: str

    @property
    def line(self) -> str:
        return f"{self.subject}: NOT AUDITED, {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        return {"subject": self.subject, "reason": self.reason}


Result = AuditReport | Unaudited


def audit_data(results: Sequence[Result], versions: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The object that `opcheck audit --json` writes."""
    reports = [result for result in results if isinstance(result, AuditReport)]
    tally = [str(report.outcome) for report in reports]
    return {
        "format_version": FORMAT_VERSION,
        "versions": dict(versions),
        "seed": seed,
        "totals": {str(outcome): tally.count(str(outcome)) for outcome in Outcome},
        "compared": sum(report.compared for report in reports),
        "results": [report.to_dict() for report in reports],
        "not_audited": [r.to_dict() for r in results if isinstance(r, Unaudited)],
    }
