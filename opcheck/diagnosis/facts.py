"""Where and how much, when there is no explanation."""

from __future__ import annotations

import numpy as np

from opcheck.diagnosis.changes import places
from opcheck.diagnosis.disagreement import Disagreement
from opcheck.diagnosis.places import FEW, listed

# Wrong entries are a few up to this share of all.
FEW_OF = 20


def at_kinks(case: Disagreement) -> str:
    if np.any(case.wrong & ~case.kinks):
        return ""
    count = np.count_nonzero(case.wrong)
    where = f": {_entries(case)}" if count <= FEW else ""
    what = "the value at a kink lies" if count == 1 else f"the values at {count:,} kinks lie"
    return f"{what} outside of the one-sided slopes{where}"


def single_entry(case: Disagreement) -> str:
    if np.count_nonzero(case.wrong) != 1 or case.known.sum() == 1:
        return ""
    what = "is off"
    if not case.analytic[case.wrong].any():
        what = "is zero that should not be"
    elif case.is_zero[case.wrong].all():
        what = "should be zero"
    return f"a single entry {what}: {_entries(case)}"


def should_be_zero(case: Disagreement) -> str:
    if not case.is_zero[case.wrong].all():
        return ""
    for place in places(case):
        if np.all(case.is_zero | ~case.known | ~place.marked):
            return f"the gradient{place.words} should be zero"
    return _counted(case, "should be zero")


def few_entries(case: Disagreement) -> str:
    """How many are wrong, and where: all there is to say when they are few or in one place."""
    if case.wrong.all():
        return ""
    if not case.analytic[case.wrong].any():
        return _counted(case, "are zero that should not be")
    if np.count_nonzero(case.wrong) <= max(FEW, case.wrong.size // FEW_OF):
        return _counted(case, "are off")
    return _counted(case, "are off") if next(places(case), None) else ""


def _counted(case: Disagreement, what: str) -> str:
    count = np.count_nonzero(case.wrong)
    words = f"{count:,} of {case.wrong.size:,} entries {what}"
    if count <= FEW:
        return f"{words}: {_entries(case)}"
    place = next(places(case), None)
    return f"{words}, all in the gradient{place.words}" if place else words


def _entries(case: Disagreement) -> str:
    return listed(
        [
            f"d {case.name(int(row))} / d {case.turned.name(int(column))}"
            for row, column in np.argwhere(case.wrong)
        ]
    )
