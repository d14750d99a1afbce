"""Known defects: gradients of TensorFlow that are wrong, looked at and understood.

Generated tests carry them as strict expected failures: one that is fixed, or fails in another way,
is news. An entry that matches no case, or whose TensorFlow versions are all past, is stale.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from opcheck.cases import Case, expand
from opcheck.errors import UsageError
from opcheck.memory import is_filled
from opcheck.outcome import Outcome
from opcheck.spec import Row
from opcheck.verdict import Report

WILDCARD = re.compile(r"[*?[]")

# The fingerprint of the end of a process, which leaves no test to expect it.
DIES = "the process dies"

# The seed at whose points defects are recorded, and by what factor their size may differ there: on
# another machine a kernel rounds otherwise.
RECORDED_SEED = 0
SAME_SIZE = 30.0


@dataclass(frozen=True)
class KnownDefect:
    """One defect of TensorFlow.

    Attributes:
        id: short and unique; what the record of a run names.
        cases: pattern of case ids, shell wildcards allowed.
        outcome: what the check finds.
        fingerprint: what is wrong with which inputs, as `fingerprint` words it; "*" for any words,
            where it hangs on what ran before which error comes. "*" alone is the end of the
            process too.
        size: how wrong, as `size` measures it; None where there are no numbers to compare.
        reason: one sentence of mathematics.
        link: a public report, or "".
        versions: the TensorFlow versions that have it, by prefix.
        is_unwritten: whether the wrong entries hold what was in memory before. Where that is not
            filled they may be right by chance, and then modes wrong that are held against them.
    """

    id: str
    cases: str
    outcome: str
    fingerprint: str
    reason: str
    size: float | None = None
    link: str = ""
    versions: tuple[str, ...] = ("2.21",)
    is_unwritten: bool = False

    def matches(self, case_id: str) -> bool:
        if not case_id.startswith(self._literal):
            return False
        rest = self.cases[len(self._literal) :]
        if rest[:1] == "*" and not WILDCARD.search(rest[1:]):
            # Most have one star: to look at both ends takes less than to compile a pattern.
            return case_id.endswith(rest[1:], len(self._literal))
        return fnmatch.fnmatchcase(case_id, self.cases)

    def may_match(self, target: str) -> bool:
        """Whether a case of this target can match: the pattern's literal beginning tells."""
        start = f"{target}/"
        return start.startswith(self._literal) or self._literal.startswith(start)

    @cached_property
    def _literal(self) -> str:
        return WILDCARD.split(self.cases, maxsplit=1)[0]

    def holds_in(self, version: str) -> bool:
        """Whether this TensorFlow is known to have the defect."""
        return any((version + ".").startswith(prefix + ".") for prefix in self.versions)

    @property
    def may_die(self) -> bool:
        """Whether the end of the process is this defect."""
        return self.fingerprint in (DIES, "*")

    @property
    def is_by_chance(self) -> bool:
        """Whether what a case comes to hangs on what memory held."""
        return self.is_unwritten and not is_filled()

    def may_pass(self, seed: int) -> bool:
        """Whether a case may be right here, at the points of this seed."""
        return self.is_by_chance or seed != RECORDED_SEED

    def facts(self) -> dict[str, Any]:
        """What differs from the defaults, as the mark of a generated test holds it."""
        defaults = {"size": None, "link": "", "versions": ("2.21",), "is_unwritten": False}
        facts = {key: value for key, value in asdict(self).items() if defaults.get(key) != value}
        del facts["id"]
        return facts


def fingerprint(report: Report) -> str:
    """What is wrong with which inputs: `a: missing (unregistered); x: wrong (shape)`.

    It holds the pattern, not the numbers: those depend on the seed.
    """
    parts = []
    for part in report.parts:
        if part.outcome.is_good:
            continue
        cause = "shape" if part.cause.startswith("the gradient has shape") else ""
        words = part.missing.partition(" (")[0] or part.error.partition(":")[0] or cause
        parts.append(f"{part.input}: {part.outcome}" + (f" ({words})" if words else ""))
    return "; ".join(parts) or report.error.partition(":")[0]


def size(report: Report) -> float | None:
    """How wrong: the largest gap of all inputs, relative to the input's largest slope."""
    gaps = [part.gap for part in report.parts if not part.outcome.is_good]
    return max(gaps, default=0.0) or None


def disagreement(defect: KnownDefect, report: Report, seed: int = RECORDED_SEED) -> str:
    """How a report differs from what is recorded, in a sentence; "" when it is the known one.

    Args:
        seed: that drew the point. At another point than the recorded one a defect may not show, or
            be of any size; what it is must be the same.
    """
    found = fingerprint(report)
    if defect.is_by_chance or (report.passed and defect.may_pass(seed)):
        return ""
    if report.passed:
        return (
            f"the known defect {defect.id!r} no longer shows: the outcome is {report.outcome}, "
            f"recorded was {defect.outcome}. Take the entry out of the registry"
        )
    if report.outcome is not Outcome(defect.outcome) or not _is_same(found, defect.fingerprint):
        return (
            f"fails in another way than the known defect {defect.id!r}: found {report.outcome} "
            f"with {found!r}, recorded was {defect.outcome} with {defect.fingerprint!r}"
        )
    gap = size(report)
    expected = defect.size if seed == RECORDED_SEED else None
    if expected and not (gap and 1 / SAME_SIZE <= gap / expected <= SAME_SIZE):
        return (
            f"fails in another way than the known defect {defect.id!r}: the gap is now "
            f"{gap or 0.0:.1e} of the largest slope, recorded was {expected:.1e}"
        )
    return ""


def _is_same(found: str, recorded: str) -> bool:
    """Whether a fingerprint is the recorded one, which may leave open which error it is."""
    if "*" not in recorded:
        return found == recorded
    return bool(re.fullmatch(".*".join(map(re.escape, recorded.split("*"))), found))


def stale(defects: Iterable[KnownDefect], rows: Iterable[Row]) -> list[KnownDefect]:
    """The entries that match no case of these rows."""
    defects = list(defects)
    live: set[str] = set()
    for row in rows:
        asked = [d for d in defects if d.id not in live and d.may_match(row.target)]
        ids = [case.id for case in expand(row)] if asked else []
        live |= {defect.id for defect in asked if any(map(defect.matches, ids))}
    return [defect for defect in defects if defect.id not in live]


def matching(case: Case, defects: Sequence[KnownDefect], version: str) -> KnownDefect | None:
    """The entry for a case under this TensorFlow, if there is one.

    Raises:
        UsageError: two entries claim the case.
    """
    found = [d for d in defects if d.matches(case.id) and d.holds_in(version)]
    if len(found) > 1:
        raise UsageError(
            f"{case.id}: claimed by the known defects {', '.join(d.id for d in found)}"
        )
    return found[0] if found else None
