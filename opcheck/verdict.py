"""The verdict as plain records: one outcome, its parts, the worst entry. Needs no TensorFlow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from opcheck.outcome import Outcome

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Entry:
    """One derivative entry in words and numbers.

    Attributes:
        output, input: coordinates, such as `out[1, 0]` and `x[1, 0]`; the input is a direction
            in words where only some directions are allowed.
        at: the value of the input's coordinate, or None for a direction.
    """

    outcome: Outcome
    output: str
    input: str
    at: float | None
    analytic: float
    numeric: float
    bound: float
    low: float
    high: float
    local: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data; numbers that JSON lacks become the words "nan", "inf" and "-inf"."""
        return {
            "outcome": str(self.outcome),
            "output": self.output,
            "input": self.input,
            "at": _plain(self.at),
            "analytic": _plain(self.analytic),
            "numeric": _plain(self.numeric),
            "bound": _plain(self.bound),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "local": self.local,
        }


@dataclass(frozen=True)
class Part:
    """What was found for one input.

    Attributes:
        counts: how many entries ended how.
        cause: a likely cause of wrong entries, in words.
        missing: which of the four spellings of no gradient was seen, and where.
        error: what the derivative raised.
        deviation: the median relative distance of analytic from numeric over passed entries.
        ulps: by how many units in the last place of the entry's own size the two are apart at
            least, beyond what the differences can tell, at most over passed entries.
        gap: the largest distance of a bad entry, relative to the largest slope of this input.
    """

    input: str
    shape: tuple[int, ...]
    dtype: str
    outcome: Outcome
    compared: int
    counts: dict[str, int]
    worst: Entry | None
    cause: str = ""
    missing: str = ""
    error: str = ""
    deviation: float = 0.0
    ulps: float = 0.0
    gap: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        return {
            "input": self.input,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "outcome": str(self.outcome),
            "compared": self.compared,
            "counts": dict(self.counts),
            "worst": self.worst.to_dict() if self.worst else None,
            "cause": self.cause,
            "missing": self.missing,
            "error": self.error,
            "deviation": _plain(self.deviation),
            "ulps": _plain(self.ulps),
            "gap": _plain(self.gap),
        }


@dataclass(frozen=True)
class Report:
    """The verdict of one check.

    Attributes:
        subject: what was checked: a case id or the function's name.
        point: the primals in print, one line each.
        repeat: a command or call that gives this report again.
        note: a sentence on the whole check, such as why it could not be decided.
        method: "dense" for whole Jacobians, entry by entry, or "probe".
        directions: how many random directions in each input a probe took; 0 without.
        resolution: the share of itself by which a single entry of typical size has to be off for
            the probes to show it; 0 where each entry was judged by itself.
    """

    subject: str
    outcome: Outcome
    parts: tuple[Part, ...]
    point: tuple[str, ...] = ()
    repeat: str = ""
    note: str = ""
    error: str = ""
    mode: str = "reverse"
    order: int = 1
    method: str = "dense"
    directions: int = 0
    resolution: float = 0.0
    seed: int = 0
    evaluations: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def passed(self) -> bool:
        """Whether the outcome counts as good."""
        return self.outcome.is_good

    @property
    def compared(self) -> int:
        """How many derivative entries were judged."""
        return sum(part.compared for part in self.parts)

    @property
    def worst(self) -> Entry | None:
        """The worst entry of all inputs, or None after a plain pass or a crash."""
        for part in self.parts:
            if part.outcome is self.outcome and part.worst is not None:
                return part.worst
        return None

    def explain(self) -> str:
        """The message a person reads: where, how much, at which point, likely cause, repeat."""
        from opcheck.report.text import explain

        return explain(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "format_version": FORMAT_VERSION,
            "subject": self.subject,
            "outcome": str(self.outcome),
            "passed": self.passed,
            "mode": self.mode,
            "order": self.order,
            "method": self.method,
            "directions": self.directions,
            "resolution": _plain(self.resolution),
            "seed": self.seed,
            "compared": self.compared,
            "evaluations": self.evaluations,
            "seconds": round(self.seconds, 6),
            "worst": self.worst.to_dict() if self.worst else None,
            "parts": [part.to_dict() for part in self.parts],
            "point": list(self.point),
            "repeat": self.repeat,
            "note": self.note,
            "error": self.error,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """The inverse of `to_dict`, for reports that come from another process."""
        fields = {
            key: data[key]
            for key in (
                *("subject", "repeat", "note", "error", "mode", "order", "seed"),
                *("method", "directions"),
            )
        }
        return cls(
            outcome=Outcome(data["outcome"]),
            parts=tuple(_part_from(part) for part in data["parts"]),
            point=tuple(data["point"]),
            evaluations=data["evaluations"],
            seconds=data["seconds"],
            resolution=float(data["resolution"]),
            **fields,
        )

    def named(self, subject: str, repeat: str) -> Report:
        """The same report under another name."""
        return replace(self, subject=subject, repeat=repeat)


def _plain(number: float | None) -> float | str | None:
    if number is None or math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else ("inf" if number > 0 else "-inf")


def _part_from(data: dict[str, Any]) -> Part:
    worst = data["worst"]
    if worst is not None:
        numbers = {
            key: None if worst[key] is None else float(worst[key])
            for key in ("at", "analytic", "numeric", "bound", "low", "high")
        }
        worst = Entry(**{**worst, **numbers, "outcome": Outcome(worst["outcome"])})
    return Part(
        **{
            **data,
            "shape": tuple(data["shape"]),
            "outcome": Outcome(data["outcome"]),
            "worst": worst,
            "deviation": float(data["deviation"]),
            "ulps": float(data["ulps"]),
            "gap": float(data["gap"]),
        }
    )
