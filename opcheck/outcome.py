"""The ten words for how a check ends."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Outcome(str, Enum):
    """How a check, or one derivative entry of it, ended. Members stand from good to bad."""

    PASS = "pass"
    BY_DESIGN = "by_design"
    KINK = "kink"
    DISCONTINUITY = "discontinuity"
    INCONCLUSIVE = "inconclusive"
    MODE_MISMATCH = "mode_mismatch"
    WRONG = "wrong"
    NAN = "nan"
    MISSING = "missing"
    CRASH = "crash"

    def __str__(self) -> str:
        return self.value

    @property
    def severity(self) -> int:
        """0 for `pass`, growing with each worse outcome."""
        return _SEVERITY[self]

    @property
    def is_good(self) -> bool:
        """Whether a report with this outcome counts as passed."""
        return self.severity <= Outcome.DISCONTINUITY.severity

    @classmethod
    def worst(cls, outcomes: Iterable[Outcome]) -> Outcome:
        """The worst of `outcomes`.

        Raises:
            ValueError: there are none: a check that judged nothing has no outcome.
        """
        return max(outcomes, key=lambda outcome: outcome.severity)


_SEVERITY = {outcome: severity for severity, outcome in enumerate(Outcome)}
