"""What became of planted faults, as plain records. Needs no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

# A fault smaller than this may be missed without the run being bad for it.
LEAST_SIZE = 1e-3


class Fate(str, Enum):
    """How a planted fault ended.

    Masked is one that changes only gradients that are wrong without it: known defects. Equivalent
    is one that changes no gradient that any case asks for, and not reached one that is about
    inputs, attributes or dtypes that no case has. None of these three tells of the cases.
    """

    CAUGHT = "caught"
    SURVIVED = "survived"
    MASKED = "masked"
    EQUIVALENT = "equivalent"
    NOT_REACHED = "not reached"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Trial:
    """One fault in the gradient of one input of an op.

    Attributes:
        kind, detail, size: of the fault.
        input: the input whose gradient was wrong.
        cases: how many cases were judged with the fault.
        caught_by: the case whose verdict told, or "".
        reason: why it was not caught, in words.
    """

    kind: str
    detail: str
    size: float
    input: str
    fate: Fate
    cases: int = 0
    caught_by: str = ""
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether the run is bad if the fault survives."""
        return self.size >= LEAST_SIZE

    @property
    def fault(self) -> str:
        """The fault in words."""
        return f"{self.kind} ({self.detail})" if self.detail else self.kind

    def to_dict(self) -> dict[str, Any]:
        """Plain data; an infinite size becomes the word "inf"."""
        return {
            "fault": self.kind,
            "detail": self.detail,
            "size": self.size if math.isfinite(self.size) else "inf",
            "input": self.input,
            "fate": str(self.fate),
            "cases": self.cases,
            "caught_by": self.caught_by,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Finding:
    """The faults planted into one op.

    Attributes:
        op: whose gradient function was made wrong.
        targets: what was checked meanwhile: the op itself, or functions and layers that run it.
        cases: how many cases call its gradient function.
        note: why there was nothing to plant into, where that is no fault of the cases.
        error: why there are no trials: no case calls the function, or the process died.
    """

    op: str
    targets: tuple[str, ...]
    cases: int = 0
    trials: tuple[Trial, ...] = ()
    note: str = ""
    error: str = ""
    seconds: float = 0.0

    @property
    def survivors(self) -> tuple[Trial, ...]:
        """The faults that no case caught."""
        return tuple(trial for trial in self.trials if trial.fate is Fate.SURVIVED)

    @property
    def is_good(self) -> bool:
        """Whether every fault that counts was caught, if it was one."""
        return not self.error and not any(trial.counts for trial in self.survivors)

    def count(self, fate: Fate) -> int:
        return sum(trial.fate is fate for trial in self.trials)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "op": self.op,
            "targets": list(self.targets),
            "cases": self.cases,
            "planted": len(self.trials),
            **{str(fate).replace(" ", "_"): self.count(fate) for fate in Fate},
            "note": self.note,
            "error": self.error,
            "seconds": round(self.seconds, 3),
            "faults": [trial.to_dict() for trial in self.trials],
        }


def trials_of(findings: Iterable[Finding]) -> Iterator[Trial]:
    """All of them, op by op."""
    for finding in findings:
        yield from finding.trials


def share(trials: Iterable[Trial]) -> float | None:
    """The caught among those that made a difference, or None where none did."""
    told = [t.fate for t in trials if t.fate in (Fate.CAUGHT, Fate.SURVIVED)]
    return told.count(Fate.CAUGHT) / len(told) if told else None
