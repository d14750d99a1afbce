"""Kinks of several coordinates at once, where one coordinate's slopes say too little.

At a tie of a maximum each coordinate has the slopes 0 and 1, so any share between them looks
right; but along the direction in which all tied coordinates move alike the function is smooth, and
there the shares must add up to its slope. At a tie of three the middle one of a sorted list has
the slope 0 along every coordinate, and yet its gradient beside the tie is a 1 for one of them: a
corner that no coordinate shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from opcheck.comparison import Comparison
from opcheck.evaluation import Evaluation
from opcheck.jacobian.locality import Local
from opcheck.outcome import Outcome
from opcheck.precision import Precision
from opcheck.primals import Primal
from opcheck.vectors import from_real, to_real

Array = NDArray[np.float64]

GROUPS = 8
SIGNED = 6
PAIRS = 12
NEIGHBOURS = 8
SHOWN = 4

# Corners are looked for in no more columns at once, at so many neighbours where a few show one,
# and closer too.
WIDEST = 64
AROUND = 96
FEW = 16
CLOSER = 1 / 64

# Of the kink's own width: by how much the slopes along a smooth direction may seem to differ.
FLAT = 0.05

# Of a corner's own width: how far beyond what the neighbours show its slopes may reach. Where so
# many neighbours share the extreme slope, to within a hundredth, none reaches farther.
UNSEEN = 0.5
SHARING, ALIKE = 3, 0.01


def judge_ties(evaluation: Evaluation, comparison: Comparison) -> Comparison:
    """The comparison with those kinked entries wrong that cannot be right together.

    A direction is judged where the function has one slope along it, at the point and at random
    points around it. There every generalised gradient gives this slope: it lies in the convex
    hull of the gradients nearby (Clarke 1983, theorem 2.5.1).
    """
    kinked = comparison.severity == Outcome.KINK.severity
    generator = np.random.default_rng([evaluation.seed, comparison.number])
    if comparison.directions is not None:
        return comparison
    found, cause = np.zeros(kinked.shape, bool), ""
    groups = {row.tobytes(): row for row in kinked if np.count_nonzero(row) > 1}
    for group in list(groups.values())[:GROUPS]:
        rows = np.flatnonzero((kinked == group).all(axis=1))
        columns = np.flatnonzero(group)
        # What a corner excuses lies beside the slopes that the coordinate itself shows.
        high = np.fmax(comparison.numeric.high, comparison.matrix)[np.ix_(rows, columns)]
        low = np.fmin(comparison.numeric.low, comparison.matrix)[np.ix_(rows, columns)]
        width = np.max(high - low, axis=1)
        for direction in _directions(columns, group.size, generator):
            slope, spread = _slopes(evaluation, comparison.number, direction, rows, generator)
            along = comparison.matrix[rows] @ direction
            is_smooth = spread <= FLAT * width
            is_off = np.abs(along - slope) > FLAT * width + spread
            off = rows[is_smooth & is_off]
            found[np.ix_(off, columns[direction[columns] != 0])] = True
            if off.size and not cause:
                place = int(np.flatnonzero(is_smooth & is_off)[0])
                primal = evaluation.primals[comparison.number]
                words = _words(direction, primal)
                cause = (
                    f"each entry at the tie is a valid slope, but along {words} "
                    f"they add up to {along[place]:.6g}, where the slope is {slope[place]:.6g}"
                )
    return replace(comparison.marked(found, Outcome.WRONG), cause=cause)


def judge_corners(evaluation: Evaluation, comparison: Comparison) -> Comparison:
    """The comparison with those wrong entries kinked that are slopes all around a corner.

    A generalised gradient lies between the gradients nearby (Clarke 1983, theorem 2.5.1), which are
    differenced here at random neighbours. Where these slopes draw together as the neighbours come
    closer there is no corner, and what is wrong stays wrong.
    """
    wrong = comparison.severity == Outcome.WRONG.severity
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    if not 0 < columns.size <= WIDEST or comparison.analytic.misshapen:
        return comparison
    generator = np.random.default_rng([evaluation.seed, comparison.number])
    directions = np.eye(evaluation.primals[comparison.number].size)
    if comparison.directions is not None:
        directions = comparison.directions

    # The same directions far and near: around a corner the slopes along each are the same.
    shape = (AROUND, evaluation.primals[comparison.number].size)
    shifts = generator.uniform(0.5, 1.0, shape) * generator.choice([-1, 1], shape)

    def around(away: float, neighbours: int) -> Array:
        return _slopes_around(
            evaluation, comparison.number, directions[columns], rows, away * shifts[:neighbours]
        )

    few = around(CLOSER, FEW)
    if not np.any(np.ptp(few, axis=0) > FLAT * np.max(np.abs(few), axis=0)):
        return comparison
    far, slopes = around(1.0, AROUND), around(CLOSER, AROUND)
    low, high = np.min(slopes, axis=0), np.max(slopes, axis=0)
    near, size = high - low, np.fmax(np.abs(low), np.abs(high))
    with np.errstate(invalid="ignore"):
        is_corner = (near > FLAT * size) & is_kept(far, slopes)
        matrix = comparison.matrix[np.ix_(rows, columns)]
        # So few neighbours rarely show the extremes of a range. But an entry with two slopes of its
        # own has them there, or a neighbour shows the one that it takes.
        has_two = comparison.numeric.local[np.ix_(rows, columns)] == Local.KINK
        below, above = (
            np.where(has_two | _is_shared(slopes, extreme, near), FLAT, UNSEEN) * near
            for extreme in (low, high)
        )
        is_between = (low - below <= matrix) & (matrix <= high + above)
    found = np.zeros_like(wrong)
    found[np.ix_(rows, columns)] = is_corner & is_between
    return comparison.marked(found & wrong, Outcome.KINK)


def is_kept(far: Array, near: Array) -> NDArray[np.bool_]:
    """Whether the slopes differ from neighbour to neighbour near as they do far off, or more.

    Around a corner each neighbour keeps its slope, and beside a pole they grow; where the function
    is smooth each comes closer to the others, and where rounding made a few of them differ these
    are others near. Ranges say less: where slopes have no bound, they are those of one neighbour.
    """
    far, near = far - np.median(far, axis=0), near - np.median(near, axis=0)
    size = np.fmax(np.abs(far), np.abs(near))
    differs = size > FLAT * np.sort(np.abs(near), axis=0)[-SHARING]
    is_left = differs & (near * np.sign(far) > np.abs(far) / 2)
    return np.asarray(np.count_nonzero(is_left, axis=0) > np.count_nonzero(differs, axis=0) / 2)


def _is_shared(slopes: Array, extreme: Array, width: Array) -> NDArray[np.bool_]:
    """Whether several neighbours have an extreme slope: it is one of a few, and not of a range."""
    alike = np.abs(slopes - extreme) <= ALIKE * width
    return np.asarray(np.count_nonzero(alike, axis=0) >= SHARING)


def _slopes_around(
    evaluation: Evaluation,
    number: int,
    directions: Array,
    rows: NDArray[np.intp],
    shifts: Array,
) -> Array:
    """The slopes of some outputs along some directions: (neighbours, rows, directions).

    Args:
        shifts: where the neighbours lie, one a row, in units of how far rounding lets them be.
    """
    primal = evaluation.primals[number]
    point = to_real(primal.point)
    unit = Precision.coarsest([primal.point.dtype, *(o.dtype for o in evaluation.outputs)]).unit
    scale = max(1.0, float(np.max(np.abs(point), initial=1.0)))
    distance, step = scale * unit**0.25, scale * CLOSER * unit**0.5
    near = [point + primal.allowed(distance * shift) for shift in shifts]
    points = np.repeat(near, len(directions), axis=0)
    steps = np.tile(step * directions, (len(shifts), 1))
    slopes = _quotients(evaluation, number, points, steps, rows) / step
    return np.swapaxes(slopes.reshape(len(shifts), len(directions), rows.size), 1, 2)


def _words(direction: Array, primal: Primal) -> str:
    """A direction as a sum of coordinates: `x[0] - x[2]`."""
    moved = np.flatnonzero(direction)[: SHOWN + 1]
    terms = [f"{'-' if direction[c] < 0 else '+'} {primal.label(int(c))}" for c in moved]
    shown = terms[:SHOWN] + (["..."] if len(terms) > SHOWN else [])
    return " ".join(shown).removeprefix("+ ")


def _directions(
    columns: NDArray[np.intp], size: int, generator: np.random.Generator
) -> Iterator[Array]:
    """All alike, signed at random, and pairs that move alike or against each other.

    And all entries of the input, since one that ties may have shown no kink: at an edge of the
    domain it moves to one side only.
    """
    for signs in _signs(columns.size, generator):
        direction = np.zeros(size)
        direction[columns] = signs
        yield direction
    if columns.size < size:
        yield np.ones(size)


def _signs(count: int, generator: np.random.Generator) -> Iterator[Array]:
    yield np.ones(count)
    for _ in range(SIGNED if count > 2 else 0):
        yield generator.choice([-1.0, 1.0], count)
    pairs = [(i, j) for i in range(count) for j in range(i)]
    if len(pairs) > PAIRS:
        pairs = [pairs[k] for k in generator.choice(len(pairs), PAIRS, replace=False)]
    for i, j in pairs:
        for sign in (1.0, -1.0):
            direction = np.zeros(count)
            direction[i], direction[j] = 1.0, sign
            yield direction


def _slopes(
    evaluation: Evaluation,
    number: int,
    direction: Array,
    rows: NDArray[np.intp],
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """The slope of some outputs along a direction, and how far those around the point differ.

    The neighbours lie at a distance at which rounding hides no part of a kink, and are moved by
    far less than that.
    """
    primal = evaluation.primals[number]
    point = to_real(primal.point)
    scale = max(1.0, float(np.max(np.abs(point[direction != 0]), initial=1.0)))
    unit = Precision.coarsest([primal.point.dtype, *(o.dtype for o in evaluation.outputs)]).unit
    away, step = scale * unit**0.25, scale * unit**0.5
    points, steps = [point, point], [step, away]
    # Where few entries move a kink between two of them shows for sure, where all do any kink may.
    for moved in [direction != 0, np.ones(point.size, bool)] * NEIGHBOURS:
        shift = generator.uniform(0.5, 1.0, point.size) * generator.choice([-1, 1], point.size)
        near = from_real(
            point + away * np.where(moved, shift, 0.0), primal.point.shape, primal.point.dtype
        )
        points.append(to_real(near))
        steps.append(step)
    along = np.array(steps)[:, None] * direction
    slopes = (
        _quotients(evaluation, number, np.array(points), along, rows) / np.array(steps)[:, None]
    )
    return slopes.mean(axis=0), np.nan_to_num(np.ptp(slopes, axis=0), nan=np.inf)


def _quotients(
    evaluation: Evaluation, number: int, points: Array, steps: Array, rows: NDArray[np.intp]
) -> Array:
    """Half of how much some outputs differ from a step behind each point to a step ahead."""
    ahead, behind = np.split(
        evaluation.values(number, np.concatenate([points + steps, points - steps])), 2
    )
    return np.asarray((ahead - behind)[:, rows] / 2)
