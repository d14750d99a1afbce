"""The gradient of a scalar by many variables, judged along a few directions through all of them.

A whole gradient takes a number of evaluations that grows with the variables' entries. Along one
signed random direction, with no entry near zero, the slope takes a few, and no wrong entry can
hide: each weighs as much as its own slope. Of millions of slopes such a sum leaves no more than
their root; along the gradient itself all of them add up, so that an error in scale shows that much
better.

Where the two sides disagree, the variables are halved until the wrong ones stand alone; those of
which an error could have hidden beside the others are looked at again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from opcheck.outcome import Outcome
from opcheck.rays import WIDEST, Rays, Slope, inner
from opcheck.verdict import Entry, Part, Report

# A variable has been seen when an error as large as its whole slope would have hidden from all
# looks together with no more than this chance; a look that leaves more of it than that is no use.
HIDDEN = 1 / 6
USELESS = 0.75

# Where the two sides differ, they must do so along one of as many further directions too.
AGAIN = 2

# How closely two directions must show the same factor for it to be named.
SAME_FACTOR = 1e-2


def check_directions(
    rays: Rays, names: Sequence[str], subject: str, repeat: str = "", output: str = "loss"
) -> Report:
    """Judge the gradient by every variable, in a number of evaluations that hardly grows with them.

    Args:
        names: one for each variable.
        output: what the scalar is called.
    """
    found: dict[int, tuple[Slope, Outcome]] = {}
    try:
        _judge(rays, list(range(len(names))), found)
        parts = tuple(_part(rays, n, names[n], output, *found[n]) for n in sorted(found))
    finally:
        rays.restore()
    outcome = Outcome.worst(part.outcome for part in parts)
    return Report(
        subject=subject,
        outcome=outcome,
        parts=parts,
        repeat=repeat,
        note=_note(rays, output) if outcome is Outcome.INCONCLUSIVE else "",
        seed=rays.seed,
        evaluations=rays.evaluations,
    )


def _note(rays: Rays, output: str) -> str:
    if not np.isfinite(rays.value):
        return f"the {output} is {rays.value}"
    if not rays.is_steady:
        return "two calls at the same values differ, even with one seed"
    return "the error bound of the differences is too wide to decide"


def _judge(rays: Rays, places: list[int], found: dict[int, tuple[Slope, Outcome]]) -> None:
    """Write the slope and the outcome of each of some variables into `found`."""
    if len(places) == 1:
        slope = _alone(rays, places)
        found[places[0]] = slope, _outcome(rays, places[0], slope)
        return
    hidden = dict.fromkeys(places, 1.0)
    left = places
    while left:
        slopes = _at_random(rays, left)
        if left is places and slopes[0].agrees:
            slopes.append(rays.slope(left, rays.aligned(left)))
        if not all(slope.agrees and (slope.is_telling or slope.is_sharpest) for slope in slopes):
            _halve(rays, left, found)
            return
        before = dict(hidden)
        for place in left:
            hidden[place] *= math.prod(slope.hides(place) for slope in slopes)
        seen = [place for place in left if hidden[place] <= HIDDEN]
        if all(hidden[place] > USELESS * before[place] for place in left):
            if not slopes[0].is_sharpest:
                _halve(rays, left, found)
                return
            seen = left
        for place in seen:
            found[place] = slopes[0], _outcome(rays, place, slopes[0])
        left = [place for place in left if place not in found]


def _halve(rays: Rays, places: list[int], found: dict[int, tuple[Slope, Outcome]]) -> None:
    middle = len(places) // 2
    for half in (places[:middle], places[middle:]):
        if half:
            _judge(rays, half, found)


def _alone(rays: Rays, place: list[int]) -> Slope:
    """The slope of one variable, along the gradient where that alone shows a difference."""
    slope = _at_random(rays, place)[0]
    if not (slope.agrees and slope.is_telling and slope.size):
        return slope
    other = rays.slope(place, rays.aligned(place))
    return slope if other.agrees else other


def _at_random(rays: Rays, places: list[int]) -> list[Slope]:
    """Slopes along random signs that agree, or one that does not, and is not alone in it."""
    first = rays.slope(places, rays.at_random(places))
    if first.agrees:
        return [first]
    others: list[Slope] = []
    while len(others) < AGAIN:
        others.append(rays.slope(places, rays.at_random(places)))
        if not others[-1].agrees:
            return [first]
    return others


def _outcome(rays: Rays, place: int, slope: Slope) -> Outcome:
    """The verdict on a variable, by a slope of itself alone unless the two sides agree."""
    gradient = rays.gradients[place]
    is_finite = np.isfinite([rays.value, slope.numeric, slope.bound]).all()
    if not (is_finite and rays.is_steady):
        return Outcome.INCONCLUSIVE
    if gradient is not None and not np.isfinite(gradient).all():
        return Outcome.NAN
    if not slope.agrees:
        return Outcome.WRONG if slope.size else Outcome.MISSING
    # That a slope is zero is seen where its bound is next to nothing beside the function itself.
    is_known = slope.is_telling or slope.bound <= WIDEST * abs(rays.value)
    return Outcome.PASS if is_known else Outcome.INCONCLUSIVE


def _cause(rays: Rays, place: int, slope: Slope) -> str:
    """What turns the right gradient into this one, if it is seen along other directions too."""
    gradient = rays.gradients[place]
    assert gradient is not None
    slopes = [slope]
    slopes += [rays.slope([place], look([place])) for look in (rays.at_random, rays.aligned)]
    if all(each.numeric for each in slopes):
        factors = [each.analytic / each.numeric for each in slopes]
        spreads = [each.bound / abs(each.numeric) for each in slopes]
        spread, factor = min(zip(spreads, factors))
        if all(
            abs(one - factor) <= (SAME_FACTOR + spread + own) * abs(factor)
            for one, own in zip(factors, spreads)
        ):
            return f"the gradient is scaled by about {factor:.3g}"
    if gradient.ndim == 2 and gradient.shape[0] == gradient.shape[1]:
        turned = [
            each.direction.factors[0] * inner(gradient.T, np.asarray(each.direction.tensors[0]))
            for each in slopes
        ]
        if all(abs(value - each.numeric) <= each.bound for value, each in zip(turned, slopes)):
            return "the gradient is transposed"
    return ""


def _part(rays: Rays, place: int, name: str, output: str, slope: Slope, outcome: Outcome) -> Part:
    variable = rays.variables[place]
    worst = None
    if outcome is not Outcome.PASS:
        worst = Entry(
            outcome=outcome,
            output=output,
            input=f"{name} along {slope.direction.words}",
            at=None,
            analytic=slope.analytic,
            numeric=slope.numeric,
            bound=slope.bound,
            low=slope.numeric - slope.bound,
            high=slope.numeric + slope.bound,
            local="smooth",
        )
    gap = abs(slope.analytic - slope.numeric) / max(abs(slope.numeric), slope.size, 1e-300)
    return Part(
        input=name,
        shape=tuple(variable.shape),
        dtype=variable.dtype.name,
        outcome=outcome,
        compared=1,
        counts={str(outcome): 1},
        worst=worst,
        cause=_cause(rays, place, slope) if outcome is Outcome.WRONG else "",
        missing=_spelling(rays, place) if outcome is Outcome.MISSING else "",
        gap=gap if np.isfinite(gap) else 0.0,
    )


def _spelling(rays: Rays, place: int) -> str:
    if rays.gradients[place] is None:
        return "disconnected (the tape returns None)"
    return "a gradient of zeros alone"
