"""Difference quotients at a ladder of steps, and their extrapolation to step zero.

A central difference of a smooth function has an error series in h², a one-sided one in h:

    D(h) = f' + c₁ h^p + c₂ h^2p + ...          p = 2 central, p = 1 one-sided

Neville's scheme removes one term after the other (Richardson extrapolation; Ridders 1982 chooses
the best entry of the tableau by its own error estimate). With q = (h_coarse / h_fine)^p:

    T[k, l] = T[k, l-1] + (T[k, l-1] - T[k-1, l-1]) / (q - 1)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAX_COLUMN = 4

# Of quotients, so many that all that is made of them stays in a processor's cache.
AT_ONCE = 2**15

# A last correction can come out small by chance; twice its size has held in every calibration.
SAFETY = 2.0

# For quotients that approach their limit as a broken power of the step: how far the ratios of
# steps and the rates of approach may differ, and the slowest rate at which a limit is seen.
RATIO_TOLERANCE = 1e-3
RATE_TOLERANCE = 0.02
SLOWEST = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value and how far from the truth it can be.

    Attributes:
        value: the extrapolated slopes.
        bound: truncation and round-off error together; inf where nothing can be said.
        roundoff: the part of the bound that only a larger step would lessen.
    """

    value: Array
    bound: Array
    roundoff: Array

    @classmethod
    def unknown(cls, shape: tuple[int, ...]) -> Estimate:
        return cls(np.full(shape, np.nan), np.full(shape, np.inf), np.full(shape, np.inf))

    def of(self, columns: NDArray[np.intp]) -> Estimate:
        """Those of some columns."""
        return Estimate(self.value[columns], self.bound[columns], self.roundoff[columns])

    @classmethod
    def joined(cls, several: Sequence[Estimate]) -> Estimate:
        """All of several, side by side along their last axis but one."""
        parts = zip(*((each.value, each.bound, each.roundoff) for each in several))
        return cls(*(np.concatenate(arrays, axis=-2) for arrays in parts))

    def split(self) -> list[Estimate]:
        """One for each place of the first axis."""
        return [Estimate(*parts) for parts in zip(self.value, self.bound, self.roundoff)]

    def put(self, columns: NDArray[np.intp], other: Estimate) -> None:
        """Write the other's in place of those of some columns."""
        self.value[columns], self.bound[columns] = other.value, other.bound
        self.roundoff[columns] = other.roundoff

    def replaced(self, is_other: NDArray[np.bool_], other: Estimate) -> Estimate:
        """The other's where that is wanted."""
        return Estimate(
            np.where(is_other, other.value, self.value),
            np.where(is_other, other.bound, self.bound),
            np.where(is_other, other.roundoff, self.roundoff),
        )

    def agrees(self, other: Estimate) -> NDArray[np.bool_]:
        """Entry by entry, whether the two can be of the same number."""
        return np.asarray(np.abs(self.value - other.value) <= self.bound + other.bound)

    def best(self) -> Estimate:
        """Of those along the first axis, wherever one has the smallest bound."""
        first = np.argmin(self.bound, axis=0)[None]
        bound = np.take_along_axis(self.bound, first, 0)[0]
        is_none = np.isinf(bound)
        value, roundoff = (
            np.where(is_none, nothing, np.take_along_axis(array, first, 0)[0])
            for array, nothing in ((self.value, np.nan), (self.roundoff, np.inf))
        )
        return Estimate(value, bound, roundoff)

    def better(self, other: Estimate) -> Estimate:
        """Entry by entry, whichever of the two has the smaller bound."""
        wins = other.bound < self.bound
        return Estimate(
            np.where(wins, other.value, self.value),
            np.where(wins, other.bound, self.bound),
            np.where(wins, other.roundoff, self.roundoff),
        )


def extrapolate(
    slopes: Array, steps: Array, roundoff: Array, power: int | Array, wide: int = 0
) -> Estimate:
    """The best entry of the Neville tableau, for each column of `slopes` by itself.

    Args:
        slopes: difference quotients, shape (rungs, ...), coarsest step first; NaN where a point
            could not be evaluated.
        steps: the steps, broadcastable to `slopes`.
        roundoff: how far rounding alone can have moved each quotient, like `slopes`.
        power: 2 for central quotients, 1 for one-sided ones; an array for some of both.
        wide: how many of the coarsest steps span so much of the function that entries resting on
            them count only where it is a low polynomial, so that of the column before them the last
            three entries, or all there are, differ by rounding alone, and where they rest on a step
            that is not wide too.

    The error of T[k, l] is at most about that of T[k, l-1], the size of the last correction, once
    the column l-1 approaches its limit at its own rate q^l. Where it is not seen to (this takes
    three of its entries), a rate of q is assumed if the column before it keeps its rate, and no
    approach at all otherwise: at coarse steps a series can look regular by accident.

    An entry is void when a quotient of a finer step lies farther from it than its own coarser one
    did, less what the finer step must bring it nearer: then something smaller than the coarse step
    was stepped over (a kink close by, a staircase, an oscillation).
    """
    if slopes.size > AT_ONCE and slopes.ndim > 2 and slopes.shape[-2] > 1:
        halves = zip(*(_halves(array) for array in (slopes, steps, roundoff)))
        found = [extrapolate(part, along, noise, power, wide) for part, along, noise in halves]
        return Estimate.joined(found)
    columns = list(_tableau(slopes, steps, roundoff, power, wide))
    if not columns:
        return Estimate.unknown(slopes.shape[1:])
    # In the order of their rows, so that those that a step is finer than come first.
    rungs = np.concatenate([np.arange(len(slopes) - len(c.value), len(slopes)) for c in columns])
    order = np.argsort(rungs, kind="stable")
    entries = Estimate(
        *(
            np.concatenate([getattr(column, name) for column in columns])[order]
            for name in ("value", "bound", "roundoff")
        )
    )
    entries.bound[_contradicted(entries, rungs[order], slopes, steps, roundoff)] = np.inf
    return entries.best()


def _halves(array: Array) -> list[Array]:
    """The array in two along its last axis but one, or twice where that has no length."""
    width = array.shape[-2]
    return np.array_split(array, 2, axis=-2) if width > 1 else [array, array]


def _tableau(
    slopes: Array, steps: Array, roundoff: Array, power: int | Array, wide: int
) -> Iterator[Estimate]:
    """The columns of the tableau from the second on, all their rows at once."""
    value, noise = slopes, roundoff
    is_regular = np.ones(slopes.shape, bool)
    for column in range(1, min(len(slopes) - 1, MAX_COLUMN) + 1):
        rate = (steps[:-column] / steps[column:]) ** power
        distance = value[1:] - value[:-1]
        size = np.abs(distance)
        next_value = value[1:] + distance / (rate - 1.0)
        next_noise = (noise[1:] * rate + noise[:-1]) / (rate - 1.0)
        rounding = noise[1:] + noise[:-1]
        keeps_rate = _keeps_rate(size, rounding, steps, power, column - 1)
        is_regular = is_regular[1:]
        slow = np.abs(next_value - value[:-1])
        if column > 1:
            last_rate = (steps[column - 1 : -1] / steps[column:]) ** power
            slow = np.where(is_regular, size / (last_rate - 1.0), slow)
        is_regular = is_regular & keeps_rate
        truncation = np.where(is_regular, np.abs(next_value - value[1:]), slow)
        bound = SAFETY * truncation + next_noise
        # Two entries alone can be alike by accident.
        is_flat = size <= rounding
        is_flat[1:] &= is_flat[:-1].copy()
        is_flat[: max(wide - column, 0)] = False
        bound[:wide][~is_flat[:wide]] = np.inf
        bound[~(np.isfinite(bound) & np.isfinite(next_value))] = np.inf
        yield Estimate(next_value, bound, next_noise)
        value, noise = next_value, next_noise


def accelerate(slopes: Array, steps: Array, roundoff: Array) -> Estimate:
    """The limit of one-sided quotients whose error goes with a broken power of the step.

    Where D(h) = f' + c h^a with an unknown a > 0, as beside the end of x^(1+a), the differences of
    quotients at steps of one ratio shrink by one factor r, and (Aitken 1926)

        f' = D_k + (D_k - D_{k-1}) r / (1 - r)

    It is taken from two triples that agree in r; arguments are those of `extrapolate`.
    """
    best = Estimate.unknown(slopes.shape[1:])
    moves = np.diff(slopes, axis=0)
    rates = moves[1:] / moves[:-1]
    for k in range(3, len(slopes)):
        before, rate = rates[k - 3], rates[k - 2]
        ratios = steps[k - 3 : k] / steps[k - 2 : k + 1]
        is_even = np.ptp(ratios, axis=0) <= RATIO_TOLERANCE * ratios[0]
        is_steady = (np.abs(rate - before) <= RATE_TOLERANCE) & (rate > 0) & (rate < SLOWEST)
        value = slopes[k] + moves[k - 1] * rate / (1 - rate)
        earlier = slopes[k - 1] + moves[k - 2] * before / (1 - before)
        noise = np.max(roundoff[k - 2 : k + 1], axis=0) * (2 / (1 - rate)) ** 2
        bound = SAFETY * np.abs(value - earlier) + noise
        found = Estimate(value, np.where(is_even & is_steady, bound, np.inf), noise)
        best = best.better(found)
    return best


def _keeps_rate(
    distance: Array, rounding: Array, steps: Array, power: int | Array, column: int
) -> NDArray[np.bool_]:
    """Whether the last two differences in a column shrink as its leading error term must.

    A quarter more is allowed, and what rounding does; but what rounding hides goes on as it was
    seen before: a series in h^p if it began as one, and none where the second derivative jumps,
    with an error in h.

    Args:
        distance: the sizes of the differences of each entry and the one above, rung by rung.
        rounding: how far rounding alone can have moved them.
        column: counted from 0.

    With H = h^p, the leading term of T[k, c] is proportional to H[k] H[k-1] ... H[k-c], and so the
    ratio of two differences in column c is

        H[k-1] / H[k-c-1] (H[k-c-1] - H[k]) / (H[k-c-2] - H[k-1])
    """
    # Two quotients alone have no history; two are all that a linear function needs.
    keeps = np.full(distance.shape, column == 0)
    if len(distance) == 1:
        return keeps
    finest = steps[column + 2 :]
    # Relative to the finest, as the power of a tiny step could vanish.
    nearest, last, before = (
        (steps[column + 2 - back : len(steps) - back] / finest) ** power
        for back in (1, column + 1, column + 2)
    )
    ratio = nearest / last * (last - 1.0) / (before - nearest)
    shrunk = 1.25 * ratio * distance[:-1]
    is_seen = distance[1:] <= shrunk
    keeps[1:] = distance[1:] <= shrunk + 2 * rounding[1:]
    has_begun = True
    for within, seen in zip(keeps[1:], is_seen):
        within &= seen | has_begun
        has_begun = within
    return keeps


def _contradicted(
    entries: Estimate, rungs: NDArray[np.intp], slopes: Array, steps: Array, roundoff: Array
) -> NDArray[np.bool_]:
    """Where the quotient of a step finer than an entry's own lies too far from it.

    Its error falls at least with the step, or the entry says nothing; twice as much is allowed. It
    must lie clearly farther: the noise was measured on few values and can be several times as large
    at others.

    Args:
        rungs: the finest step of each entry, in order.
    """
    found = np.zeros(entries.value.shape, bool)
    own = steps[rungs]
    distance = np.abs(slopes[rungs] - entries.value)
    for finer in range(1, len(slopes)):
        above = slice(np.searchsorted(rungs, finer))
        reach = distance[above] * np.fmin(1.0, 2.0 * steps[finer] / own[above])
        reach += entries.bound[above]
        reach += 8 * roundoff[finer]
        found[above] |= np.abs(slopes[finer] - entries.value[above]) > reach
    return found
