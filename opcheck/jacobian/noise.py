"""How much rounding moves the values of a function, measured (Moré and Wild 2011).

Values at equally spaced neighbours are differenced: what is smooth vanishes from the higher
differences, and noise remains, √((2k)!)/k! times its size. Special functions and decompositions
carry 10 to 10⁴ ulp of it, sums with cancellation any number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from opcheck.jacobian.sampling import NEXT_TO_ZERO, TOGETHER, Columns, Lines

Array = NDArray[np.float64]

# At how many neighbours noise is measured for one column. Where many share an estimate it rests on
# more: one that is a little too small would show in some entry of thousands.
NEIGHBOURS = 10
MANY_NEIGHBOURS = 40

# The orders of difference that estimate noise, and by how much one must fall short of the one
# before it to show that this still held some of the smooth function.
ORDERS = (3, 4, 5)
CLEARLY = 4.0

# By how much the last order may fall short of the first for noise to be white. One jump falls by 3,
# what is smooth on a scale that is shorter than the stride by 4 and more.
WHITE = 2.5

# Strides as powers of the ulp: fine enough that smooth functions vanish from the differences; and
# coarse enough to see rounding to a shorter dtype inside of the function, a staircase on which
# neighbours of the fine kind have the same value.
FINE, LESS_COARSE, COARSE = 0.77, 0.425, 0.385

# Unit round-off of single precision, and in how many directions it is looked for, or rounding where
# one shows something else.
SINGLE = 2.0**-24
DIRECTIONS = 4

# The unit of rounding of bfloat16: no function rounds a part of itself more coarsely.
COARSEST = 2.0**-8

# A part of a function that is so much smaller than the whole still counts.
PART = 2.0**-21


def noise_near(lines: Lines) -> tuple[Array, Array]:
    """The noise of each output near the point, and its steepest secant there.

    Both along one signed direction over all entries, unless what it shows is more than rounding.
    """
    generator = np.random.default_rng([lines.evaluation.seed, lines.number])
    direction = lines.signs(generator)[None]
    count = int(np.clip(lines.count // 4, NEIGHBOURS, MANY_NEIGHBOURS))
    noise, is_stepped, secant = _noise_along(lines, direction, count)
    if is_stepped.any() or not np.isfinite(noise).all():
        other, is_stepped_too, other_secant = _noise_along(lines, -direction, count)
        is_less = (is_stepped & is_stepped_too) | ~np.isfinite(noise)
        noise, secant = (
            np.where(is_less, np.fmin(noise, other), noise),
            np.fmax(secant, other_secant),
        )
    noise = _no_more_than_rounding(lines, noise, count, generator)
    return _at_least_rounding(lines, noise[0]), secant[0]


def _no_more_than_rounding(
    lines: Lines, noise: Array, count: int, generator: np.random.Generator
) -> Array:
    """The same, or where no dtype rounds so coarsely the least that a few other directions show.

    A direction can stay among points where the function has no one value, as of a matrix without
    full rank. Another one leaves them.
    """
    largest = np.max(np.abs(lines.value), initial=lines.evaluation.least_size)
    for _ in range(DIRECTIONS):
        is_more = noise > COARSEST * largest
        if not largest or not is_more.any():
            break
        other, _, _ = _noise_along(lines, lines.signs(generator)[None], count)
        noise = np.where(is_more & (other > 0), np.fmin(noise, other), noise)
    return noise


def noise_in_columns(lines: Lines, columns: Columns, least: Array) -> Array:
    """The noise along each of these columns by itself, the greater of its two sides.

    A function can be noisier on an axis than beside it: a complex one with an exact zero part
    takes other branches there. A staircase rises on both sides alike: where both are stepped the
    lesser counts, as a kink at some distance lies on one of them.
    """
    noise = np.tile(least, (columns.size, 1))
    together = max(1, TOGETHER // (2 * NEIGHBOURS * max(1, lines.point.size)))
    for first in range(0, columns.size, together):
        some = slice(first, first + together)
        directions = np.stack([lines.relative(int(column)) for column in columns[some]])
        both = np.concatenate([directions, -directions])
        along, steps, _ = _noise_along(lines, both, NEIGHBOURS)
        ahead, behind = np.split(along, 2)
        is_stepped = np.logical_and(*np.split(steps, 2))
        found = np.where(is_stepped, np.fmin(ahead, behind), np.fmax(ahead, behind))
        inside = np.split(_rounding_inside(lines, both), 2)
        found = np.fmax(found, np.fmin(*inside))
        noise[some] = np.maximum(noise[some], _at_least_rounding(lines, found))
    return noise


def rounds_inside(lines: Lines) -> bool:
    """Whether a function of doubles computes a part of itself in single precision."""
    if lines.precision.unit >= SINGLE:
        return False
    size = np.max(np.abs(lines.value), initial=0.0, where=np.isfinite(lines.value))
    if size == 0:
        return False
    generator = np.random.default_rng([lines.evaluation.seed, lines.number])
    for _ in range(DIRECTIONS):
        direction = lines.signs(generator)
        inside = np.fmin(*_rounding_inside(lines, np.stack([direction, -direction])))
        if np.any(inside > SINGLE * PART * size):
            return True
    return False


def _noise_along(
    lines: Lines, directions: Array, count: int
) -> tuple[Array, NDArray[np.bool_], Array]:
    """The standard deviation of the noise on one side of the point, NaN where it is unknown.

    With it, whether neighbours share a value there, in which case coarser ones were asked; and the
    secant to the farthest. They lie on one side, so that a kink or jump at the point itself is not
    taken for noise.

    Args:
        directions: one a row, as are what comes back: arrays of (directions, outputs).
    """
    table, reach = _neighbours(lines, directions, count, FINE)
    is_stepped = np.any(np.diff(table, axis=0) == 0, axis=0)
    # Neighbours that round alike lie on one line to the last digit and seem free of noise; that
    # their values have digits to spare tells how coarsely the terms were rounded. An eighth of
    # the last digit, as four deviations make half of it.
    noise = np.fmax(_deviation(table), np.where(is_stepped, 0.0, _last_digit(table) / 8))
    again = is_stepped.any(axis=1)
    if again.any():
        coarse = _deviation(_neighbours(lines, directions[again], count, COARSE)[0])
        noise[again] = np.where(is_stepped[again], np.fmax(noise[again], coarse), noise[again])
    rise = np.abs(table[-1] - lines.value)
    rise = np.where(np.isfinite(rise), rise, 0.0)
    secant = np.divide(rise, reach[:, None], out=np.zeros_like(rise), where=reach[:, None] > 0)
    return noise, np.asarray(is_stepped), secant


def _rounding_inside(lines: Lines, directions: Array) -> Array:
    """The noise on one side of a function that rounds a part of itself to a shorter dtype.

    Fine neighbours lie on one tread of that part's staircase, where only the rest moves. Coarser
    ones see it rise, by as much at either of two strides; of what is merely not smooth, a broken
    power say, they see less at the finer one. And it is white.

    Args:
        directions: one a row, as is what comes back: (directions, outputs).
    """
    # In units of the entries themselves: a pole near a small one must not be stepped over.
    size = np.abs(lines.point)
    size = np.where((size > NEXT_TO_ZERO) & np.isfinite(size), size, lines.scales)
    size = 2.0 ** np.ceil(np.log2(size))
    coarse, less_coarse = (
        _white(_neighbours(lines, directions, NEIGHBOURS, power, size)[0])
        for power in (COARSE, LESS_COARSE)
    )
    return np.asarray(np.where(4 * less_coarse >= coarse, coarse, 0.0))


def _last_digit(table: Array) -> Array:
    """The largest power of two that divides all the values of each column, which are not zero."""
    mantissa, exponent = np.frexp(table)
    whole = np.where(np.isfinite(mantissa), mantissa * 2.0**53, 0.0).astype(np.int64)
    lowest = (whole & -whole).astype(float)
    return np.asarray(np.min(np.ldexp(lowest, exponent - 53), axis=0))


def _neighbours(
    lines: Lines, directions: Array, count: int, power: float, size: Array | None = None
) -> tuple[Array, Array]:
    """Values at equal distances along directions, and how far the last one of each is.

    Args:
        directions: one a row.
        size: what the distances of each entry are measured in; None for its scale.

    Returns:
        Arrays of (count, directions, outputs), the nearest first, and of (directions,).
    """
    ulp = 2 * lines.precision.unit
    point = np.where(np.isfinite(lines.point), np.abs(lines.point), 1.0)
    size = lines.scales if size is None else size
    # Odd in the last place of the point itself, another number on either side: at strides of a
    # short binary number, or of an unlucky long one, sums and products inside of the function
    # round alike at every neighbour, and their noise would not show.
    padded = np.pad(directions, ((0, 0), (0, 1)), constant_values=1.0)
    first = np.argmax(padded != 0, axis=1)
    is_ahead = padded[np.arange(len(padded)), first] > 0
    wanted = np.where(is_ahead, 1.34, 1.73)[:, None] * ulp**power * size
    grid = ulp * 2.0 ** np.floor(np.log2(np.maximum(point, wanted)))
    stride = (2 * np.floor(wanted / grid / 2) + 1) * grid * directions
    reach = count * np.max(np.abs(stride), axis=1, initial=0.0)
    steps = np.arange(1.0, count + 1)
    points = lines.point + steps[:, None, None] * stride
    values = lines.values_at(points.reshape(count * len(directions), lines.point.size))
    return values.reshape(count, len(directions), lines.value.size), reach


def _deviation(table: Array) -> Array:
    """The noise in equally spaced values, rows in order; NaN where one is not finite."""
    return _least(table, _estimates(table))


def _white(table: Array) -> Array:
    """The same where every order of differences shows as much of it, and zero elsewhere."""
    estimates = list(_estimates(table))
    is_white = WHITE * estimates[-1] >= estimates[0]
    return np.asarray(np.where(is_white, _least(table, estimates), 0.0))


def _least(table: Array, estimates: Iterable[Array]) -> Array:
    """The noise in values, by what each order of their differences says of it.

    An order too low still holds some of the smooth function, which then falls off clearly at the
    next one; but the least of several estimates from so few values can be zero by chance.
    """
    noise = np.full(table.shape[1:], np.inf)
    for estimate in estimates:
        noise = np.where(CLEARLY * estimate < noise, estimate, noise)
    return np.asarray(np.where(np.isfinite(table).all(axis=0), noise, np.nan))


def _estimates(table: Array) -> Iterator[Array]:
    """How much noise each order of differences would have of equally spaced values."""
    differences = table
    normalisation = 1.0
    for order in range(1, max(ORDERS) + 1):
        differences = np.diff(differences, axis=0)
        # Σ binomial(k, i)² = (2k)! / (k!)², the variance that a k-th difference gives white noise.
        normalisation *= (2 * order) * (2 * order - 1) / order**2
        if order in ORDERS:
            size = np.max(np.abs(differences), axis=0, initial=np.finfo(float).tiny)
            mean = np.mean((differences / size) ** 2, axis=0)  # The square of 1e180 has no number.
            yield size * np.sqrt(mean / normalisation)


def _at_least_rounding(lines: Lines, noise: Array) -> Array:
    """Four standard deviations, which hold nearly all that rounding gives, or half an ulp."""
    return np.asarray(np.fmax(lines.precision.unit * np.abs(lines.value), 4 * noise))
