"""A likely cause for a wrong Jacobian: the simplest hypothesis that turns the right one into it.

A hypothesis is a function of the `Disagreement` that returns a phrase, or "" when it does not fit;
`HYPOTHESES` lists them, the simplest first. To fit, it must give every entry that is known, the
right ones included, to within the error bounds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from opcheck.diagnosis.changes import (
    conjugated,
    everywhere,
    offset,
    scaled,
    somewhere,
    zero_everywhere,
)
from opcheck.diagnosis.disagreement import Disagreement
from opcheck.diagnosis.facts import at_kinks, few_entries, should_be_zero, single_entry
from opcheck.diagnosis.moves import (
    copied,
    of_other_output,
    overwritten,
    permuted,
    rearranged,
    transposed,
)
from opcheck.diagnosis.sums import one_term

HYPOTHESES: tuple[Callable[[Disagreement], str], ...] = (
    zero_everywhere,
    at_kinks,
    overwritten,
    single_entry,
    everywhere(scaled),
    everywhere(conjugated),
    transposed,
    everywhere(offset),
    rearranged,
    of_other_output,
    one_term,
    somewhere(scaled),
    somewhere(conjugated),
    somewhere(offset),
    permuted,
    copied,
    should_be_zero,
    few_entries,
)


def diagnose(case: Disagreement) -> str:
    """One phrase, or "" when no hypothesis fits."""
    if not case.wrong.any() or not np.isfinite(case.analytic[case.wrong]).all():
        return ""
    # Infinities are data here: entries without a slope, bounds that nothing is known of.
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        return next(filter(None, (hypothesis(case) for hypothesis in HYPOTHESES)), "")
