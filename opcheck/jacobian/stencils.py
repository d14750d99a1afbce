"""Difference quotients at a ladder of steps, and their extrapolation to step zero.

A central difference of a smooth function has an error series in h², a one-sided one in h:

    D(h) = f' + c₁ h^p + c₂ h^2p + ...          p = 2 central, p = 1 one-sided

Neville's scheme removes one term after the other (Richardson extrapolation; Ridders 1982 chooses
the best entry of the tableau by its own error estimate). With q = (h_coarse / h_fine)^p:

    T[k, l] = T[k, l-1] + (T[k, l-1] - T[k-1, l-1]) / (q - 1)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAX_COLUMN = 4

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

    def split(self) -> list[Estimate]:
        """One for each place of the first axis."""
        return [Estimate(*parts) for parts in zip(self.value, self.bound, self.roundoff)]

    def put(self, columns: NDArray[np.intp], other: Estimate) -> None:
        """Write the other's in place of those of some columns."""
        self.value[columns], self.bound[columns] = other.value, other.bound
        self.roundoff[columns] = other.roundoff

    def agrees(self, other: Estimate) -> NDArray[np.bool_]:
        """Entry by entry, whether the two can be of the same number."""
        return np.asarray(np.abs(self.value - other.value) <= self.bound + other.bound)

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
    best = Estimate.unknown(slopes.shape[1:])
    is_flat = [np.ones(slopes.shape[1:], bool) for _ in range(MAX_COLUMN)]
    tableau: list[list[Array]] = []
    errors: list[list[Array]] = []
    has_begun = [np.ones(slopes.shape[1:], bool) for _ in range(MAX_COLUMN)]
    for k in range(len(slopes)):
        row, noise = [slopes[k]], [roundoff[k]]
        tableau.append(row)
        errors.append(noise)
        is_regular = np.ones(slopes.shape[1:], bool)
        for column in range(1, min(k, MAX_COLUMN) + 1):
            rate = (steps[k - column] / steps[k]) ** power
            distance = row[-1] - tableau[k - 1][column - 1]
            row.append(row[-1] + distance / (rate - 1.0))
            noise.append((noise[-1] * rate + errors[k - 1][column - 1]) / (rate - 1.0))
            keeps_rate, is_seen = _keeps_rate(tableau, errors, steps, power, k, column - 1)
            if k > column:
                # What rounding hides goes on as it was seen before: a series in h^p if it began as
                # one, and none where the second derivative jumps, with an error in h.
                has_begun[column - 1] = keeps_rate & (is_seen | has_begun[column - 1])
                keeps_rate = has_begun[column - 1]
            slow = np.where(
                is_regular if column > 1 else False,
                np.abs(distance) / ((steps[k - 1] / steps[k]) ** power - 1.0),
                np.abs(row[-1] - tableau[k - 1][column - 1]),
            )
            truncation = np.where(is_regular & keeps_rate, np.abs(row[-1] - row[-2]), slow)
            is_regular = is_regular & keeps_rate
            bound = SAFETY * truncation + noise[-1]
            # Two entries alone can be alike by accident.
            was_flat = is_flat[column - 1]
            is_flat[column - 1] = np.abs(distance) <= noise[-2] + errors[k - 1][column - 1]
            if k - column < wide:
                bound = np.where(was_flat & is_flat[column - 1] & (k >= wide), bound, np.inf)
            bound = _unless_contradicted(row[-1], bound, slopes, steps, roundoff, k)
            best = best.better(Estimate(row[-1], bound, noise[-1]))
    return best


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
    tableau: list[list[Array]],
    errors: list[list[Array]],
    steps: Array,
    power: int | Array,
    k: int,
    column: int,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the last two differences in a column shrink as its leading error term must.

    A quarter more is allowed, and what rounding does; and whether it is so without the latter.
    With H = h^p, the leading term of T[k, c] is proportional to H[k] H[k-1] ... H[k-c], and so the
    ratio of two differences in column c is

        H[k-1] / H[k-c-1] (H[k-c-1] - H[k]) / (H[k-c-2] - H[k-1])
    """
    if k < column + 2:
        # Two quotients alone have no history; two are all that a linear function needs.
        has_two = np.full(tableau[k][column].shape, column == 0 and k == 1)
        return has_two, has_two
    last = np.abs(tableau[k][column] - tableau[k - 1][column])
    before = np.abs(tableau[k - 1][column] - tableau[k - 2][column])
    # Relative to the finest, as the power of a tiny step could vanish.
    terms = [(steps[k - back] / steps[k]) ** power for back in range(column + 3)]
    ratio = terms[1] / terms[column + 1] * (terms[column + 1] - 1.0)
    ratio = ratio / (terms[column + 2] - terms[1])
    rounding = errors[k][column] + errors[k - 1][column]
    shrunk = 1.25 * ratio * before
    return np.asarray(last <= shrunk + 2 * rounding), np.asarray(last <= shrunk)


def _unless_contradicted(
    value: Array, bound: Array, slopes: Array, steps: Array, roundoff: Array, k: int
) -> Array:
    """The bound of an entry of row k, or inf where a finer quotient lies too far off.

    Its error falls at least with the step, or the entry says nothing; twice as much is allowed. It
    must lie clearly farther: the noise was measured on few values and can be several times as large
    at others.
    """
    distance = np.abs(slopes[k] - value)
    finer = slice(k + 1, None)
    reach = bound + distance * np.fmin(1.0, 2.0 * steps[finer] / steps[k])
    contradicts = np.abs(slopes[finer] - value) > reach + 8 * roundoff[finer]
    is_void = contradicts.any(axis=0) | ~np.isfinite(value)
    return np.where(is_void | ~np.isfinite(bound), np.inf, bound)
