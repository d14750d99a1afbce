"""A first look, which settles with few evaluations what is plainly right.

Whoever agrees to within a bound that is too small, if anything, is right a fortiori. So the noise
of a function is taken for no more than the rounding of its values, no randomness is looked for, and
blocks of a Jacobian are differenced together: where any of that does not hold the two sides part,
and what a glance leaves open is left to the closer look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from opcheck.comparison import ANALYTIC_ULPS
from opcheck.evaluation import Evaluation
from opcheck.jacobian.locality import KINK_BEND, SMOOTH_BEND
from opcheck.jacobian.noise import noise_near
from opcheck.jacobian.numeric import EPSILON, PICKED
from opcheck.jacobian.sampling import Lines
from opcheck.jacobian.stencils import SAFETY
from opcheck.jacobian.structure import Blocks, Structure, analytic_blocks
from opcheck.outcome import Outcome
from opcheck.precision import Precision
from opcheck.verdict import Part

Array = NDArray[np.float64]

# Calls for each column: three steps to both sides.
CALLS = 6

# Differences that stand so far out of their rounding are seen.
SEEN = 8.0

# Two sides that are apart by so much more than is allowed are so for another reason than noise.
NEAR = 2.0**12


@dataclass(frozen=True)
class Glance:
    """What a first look has found right.

    Attributes:
        analytic, numeric: the two Jacobians for each input, by its number; along the directions
            that it allows, where only some are.
        evaluations: how often the function was called.
    """

    parts: tuple[Part, ...]
    analytic: dict[int, Blocks]
    numeric: dict[int, Blocks]
    evaluations: int

    @classmethod
    def at(cls, evaluation: Evaluation, seen: Evaluation) -> Glance | None:
        """The parts of a report that is a plain pass, or None where anything is left open.

        Args:
            seen: the function to difference: the same, or the same in double precision.
        """
        moving = [evaluation.primals[number].point for number in evaluation.differentiated]
        known = [evaluation.value, seen.value, *moving]
        if not all(array.size and np.isfinite(array).all() for array in known):
            return None
        parts, numeric, calls = [], {}, 0
        with np.errstate(all="ignore"):
            try:
                found = analytic_blocks(evaluation)
            except Exception:
                return None  # Whatever the derivative raises is looked at closer.
            seen.expect(CALLS * sum(blocks.structure.width for blocks in found.values()))
            for number, blocks in found.items():
                lines = Lines(seen, number)
                sight = _Sight.of(evaluation, lines, blocks)
                slopes = _agreed(sight, lines, blocks.structure)
                if slopes is None:
                    return None
                parts.append(_part(evaluation, lines, sight, slopes))
                numeric[number] = Blocks(blocks.structure, slopes.value.transpose(1, 2, 0))
                calls += lines.evaluations
        return cls(tuple(parts), found, numeric, calls)


def _agreed(sight: _Sight, lines: Lines, structure: Structure) -> _Slopes | None:
    """The slopes by differences, if both sides agree on all of them."""
    # Two steps a side settle what is linear, a third what is merely smooth.
    steps = lines.precision.first_steps()
    rungs = [_Rung.at(lines, structure, step) for step in steps[:2]]
    if not all(map(_Rung.is_known, rungs)):
        return None
    rounding = lines.precision.unit * np.abs(sight.value)
    slopes = sight.agreed(rungs, rounding)
    if slopes is None:
        rungs.append(_Rung.at(lines, structure, steps[2]))
        slopes = sight.agreed(rungs, rounding)
    if slopes is None and sight.is_near(rungs, NEAR * rounding):
        slopes = sight.agreed(rungs, noise_near(lines)[0][structure.rows])
    return slopes


def _part(evaluation: Evaluation, lines: Lines, sight: _Sight, slopes: _Slopes) -> Part:
    """What a report says of an input whose entries are all right."""
    primal = evaluation.primals[lines.number]
    compared = evaluation.value.size * lines.count
    return Part(
        input=primal.name,
        shape=primal.point.shape,
        dtype=str(primal.point.dtype),
        outcome=Outcome.PASS,
        compared=compared,
        counts={str(Outcome.PASS): compared},
        worst=None,
        deviation=sight.deviation(slopes),
        ulps=sight.ulps(slopes),
    )


@dataclass(frozen=True)
class _Rung:
    """The function at one step to both sides: arrays of (columns, blocks, rows of each).

    Attributes:
        ahead, behind: the steps really taken, with the sign of their direction.
    """

    plus: Array
    minus: Array
    ahead: Array
    behind: Array

    @classmethod
    def at(cls, lines: Lines, structure: Structure, exponent: int) -> _Rung:
        if structure.is_whole:
            samples = lines.sample(np.arange(lines.count), [exponent])
            return cls(
                samples.plus[0][:, None],
                samples.minus[0][:, None],
                samples.ahead[0][:, None, None],
                samples.behind[0][:, None, None],
            )
        # Each entry moves by a step of its own: a column in the place of another shows.
        generator = np.random.default_rng([lines.evaluation.seed, lines.number])
        weights = lines.signs(generator) * generator.uniform(0.5, 1.0, lines.count)
        step = 2.0**exponent * lines.typical * weights
        sides = lines.rounded(lines.point + np.stack([step, -step]))
        columns = structure.columns.T
        width = len(columns)
        vectors = np.tile(lines.point, (2, width, 1))
        places = np.arange(width)[:, None]
        vectors[:, places, columns] = sides[:, columns]
        values = lines.values_at(vectors.reshape(2 * width, -1)).reshape(2, width, -1)
        plus, minus = values[:, :, structure.rows]
        taken = (sides - lines.point)[:, columns, None]
        return cls(plus, minus, taken[0], -taken[1])

    def is_known(self) -> bool:
        return bool(np.isfinite(self.plus).all() and np.isfinite(self.minus).all())


class _Quotients:
    """The slopes at one step, and how far rounding can move them."""

    def __init__(self, rung: _Rung, value: Array, noise: Array, unit: float) -> None:
        size = np.fmax(np.abs(value), np.fmax(np.abs(rung.plus), np.abs(rung.minus)))
        rounding = 2 * (noise + unit * size)
        both = rung.ahead + rung.behind
        self.central = (rung.plus - rung.minus) / both
        self.error = rounding / np.abs(both) + EPSILON * np.abs(self.central)
        ahead, behind = (rung.plus - value) / rung.ahead, (value - rung.minus) / rung.behind
        self.parting = np.abs(ahead - behind)
        self.parting_error = rounding / np.abs(rung.ahead) + rounding / np.abs(rung.behind)


@dataclass(frozen=True)
class _Slopes:
    """Estimates by differences and how far they can be from the truth.

    Attributes:
        is_rounding: where that is for rounding alone.
    """

    value: Array
    bound: Array
    is_rounding: NDArray[np.bool_]


@dataclass(frozen=True)
class _Sight:
    """Both sides of one input's Jacobian: arrays of (columns, blocks, rows of each).

    Attributes:
        value: the function at the point.
        analytic: the entries to judge.
        size: what their rounding goes with, and `beside` what of the entries around them does.
        natural: the slope natural to each entry: its value over its point.
        precision, seen: of the dtype in which the analytic side was computed, and the values.
    """

    value: Array
    analytic: Array
    size: Array
    beside: Array
    natural: Array
    precision: Precision
    seen: Precision

    @classmethod
    def of(cls, evaluation: Evaluation, lines: Lines, blocks: Blocks) -> _Sight:
        primal = evaluation.primals[lines.number]
        structure = blocks.structure
        value = lines.value[structure.rows][None]
        analytic = blocks.entries.transpose(2, 0, 1)
        size = np.abs(analytic)
        typical = np.fmax(1.0, np.abs(lines.point))[structure.columns].T[:, :, None]
        if lines.basis is not None:
            analytic = np.tensordot(lines.basis, analytic, 1)
            size = np.tensordot(np.abs(lines.basis), size, 1)
            typical = lines.typical[:, None, None]
        natural = np.fmax(np.abs(value), lines.evaluation.least_size) / typical
        known = np.abs(analytic)
        beside = np.fmax(known.max(axis=0, keepdims=True), known.max(axis=2, keepdims=True))
        dtypes = [primal.point.dtype, *(output.dtype for output in evaluation.outputs)]
        return cls(
            value=value,
            analytic=analytic,
            size=np.fmax(size, natural) if lines.basis is None else size,
            beside=np.fmax(beside, natural),
            natural=natural,
            precision=Precision.coarsest(dtypes),
            seen=lines.precision,
        )

    def deviation(self, slopes: _Slopes) -> float:
        """The median relative distance of the two sides, over entries that are clear of zero."""
        size = np.abs(self.analytic)
        shows = size > slopes.bound
        gap = np.abs(self.analytic - slopes.value)[shows]
        return float(np.median(gap / size[shows])) if shows.any() else 0.0

    def ulps(self, slopes: _Slopes) -> float:
        """How far apart the two sides are beyond the bound, at most, in ulp of an entry's size."""
        beyond = np.fmax(np.abs(self.analytic - slopes.value) - slopes.bound, 0.0)
        ulp = 2 * self.precision.unit * np.fmax(self.size, self.beside)
        shows = ulp > 0
        return float(np.max(beyond[shows] / ulp[shows], initial=0.0))

    def agreed(self, rungs: Sequence[_Rung], noise: Array) -> _Slopes | None:
        """The slopes by differences where the two sides agree on all of them, or else None.

        Args:
            noise: of the function's values, (blocks, rows of each).
        """
        estimate = self._estimate([_Quotients(r, self.value, noise, self.seen.unit) for r in rungs])
        if estimate is None:
            return None
        slopes, bound = estimate.value, estimate.bound
        largest = np.abs(slopes)
        is_telling = (bound <= self.seen.telling * largest) | (slopes == 0)
        # What is zero because its terms cancel is as small as rounding on both sides.
        is_zero = (largest <= bound) & (np.abs(self.analytic) <= bound)
        is_telling |= is_zero & (bound <= self.seen.goal * self.natural)
        # And of many entries some are small beside those around them.
        is_telling |= estimate.is_rounding & (bound <= self.seen.goal * self.beside)
        is_narrow = bound <= self.seen.unit ** (1 / 3) * np.fmax(largest, self.natural)
        size = np.fmax(self.size, largest)
        size = np.where(largest <= bound, np.fmax(size, self.beside), size)
        unit = self.precision.unit
        rounding = ANALYTIC_ULPS * unit * size + 2 * unit * self.beside + 2 * self.precision.least
        gap = np.abs(self.analytic - slopes)
        # The bound counts twice, as that of an entry does that is looked at closer; and an infinite
        # entry would have an infinite rounding.
        agrees = np.isfinite(self.analytic) & (gap <= PICKED * bound + rounding)
        return estimate if np.all(is_telling & is_narrow & agrees) else None

    def is_near(self, rungs: Sequence[_Rung], noise: Array) -> bool:
        """Whether the finest quotients differ from the analytic side by no more than such noise."""
        last = _Quotients(rungs[-1], self.value, noise, self.seen.unit)
        before = _Quotients(rungs[-2], self.value, noise, self.seen.unit)
        far = np.abs(last.central - before.central) + last.error + NEAR * self.size * EPSILON
        return bool(np.all(np.abs(self.analytic - last.central) <= far))

    def _estimate(self, quotients: Sequence[_Quotients]) -> _Slopes | None:
        """The slopes and their bounds, by Richardson's extrapolation, where all of it is smooth.

        The terms and their bounds are those of `extrapolate`, for as many steps as there are here.
        """
        *_, before, last = quotients
        ratio = 2.0**self.seen.ratio
        if _bends(before, last, ratio).any():
            return None
        rate = ratio**2
        first, error = _next(quotients[0], quotients[1], rate)
        bound = SAFETY * np.abs(first - quotients[1].central) + error
        is_linear = bound <= 4 * error
        if len(quotients) == 2:
            return _Slopes(first, bound, is_linear) if is_linear.all() else None
        finer, finer_error = _next(quotients[1], quotients[2], rate)
        moves = [np.abs(b.central - a.central) for a, b in pairwise(quotients)]
        rounding = 2 * (quotients[1].error + quotients[2].error)
        keeps_rate = moves[1] <= 1.25 / rate * moves[0] + rounding
        distance = finer - first
        best = finer + distance / (rate**2 - 1)
        best_error = (rate**2 * finer_error + error) / (rate**2 - 1)
        best_bound = SAFETY * np.abs(distance) / (rate - 1) + best_error
        is_linear &= (bound < best_bound) & (
            np.abs(first - quotients[2].central) <= bound + quotients[2].error
        )
        if not np.all(keeps_rate | is_linear):
            return None
        return _Slopes(
            np.where(is_linear, first, best),
            np.where(is_linear, bound, best_bound),
            is_linear | (best_bound <= 4 * best_error),
        )


def _bends(coarse: _Quotients, fine: _Quotients, ratio: float) -> NDArray[np.bool_]:
    """Where the one-sided slopes do not meet as the step shrinks: what `bend` sees of two steps."""
    before, last = coarse.parting, fine.parting
    is_seen = (last > SEEN * fine.parting_error) & (before > SEEN * coarse.parting_error)
    # Growing is also what noise does that is taken for too small.
    is_slope = (last <= before * ratio**KINK_BEND) | (last > SEEN * 32 * fine.parting_error)
    return np.asarray(is_seen & is_slope & (last > before / ratio**SMOOTH_BEND))


def _next(coarse: _Quotients, fine: _Quotients, rate: float) -> tuple[Array, Array]:
    """Two quotients without the leading term of their error, and what rounding moves that by."""
    value = fine.central + (fine.central - coarse.central) / (rate - 1)
    return value, (rate * fine.error + coarse.error) / (rate - 1)
