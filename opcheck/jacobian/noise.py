"""How much rounding moves the values of a function, measured (Moré and Wild 2011).

Values at equally spaced neighbours are differenced: what is smooth vanishes from the higher
differences, and noise remains, √((2k)!)/k! times its size. Special functions and decompositions
carry 10 to 10⁴ ulp of it, sums with cancellation any number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from opcheck.jacobian.sampling import Columns, Lines

Array = NDArray[np.float64]

NEIGHBOURS = 8

# Strides as powers of the ulp: fine enough that smooth functions vanish from the differences; and
# coarse enough to see rounding to a shorter dtype inside of the function, a staircase on which
# neighbours of the fine kind have the same value.
FINE, COARSE = 0.77, 0.385


def noise_near(lines: Lines) -> Array:
    """The noise of each output near the point, along one signed direction over all entries."""
    generator = np.random.default_rng([lines.evaluation.seed, lines.number])
    direction = lines.allowed(generator.choice([-1.0, 1.0], lines.point.size))
    noise, is_stepped = _noise_along(lines, direction)
    if is_stepped.any() or not np.isfinite(noise).all():
        other, is_stepped_too = _noise_along(lines, -direction)
        is_less = (is_stepped & is_stepped_too) | ~np.isfinite(noise)
        noise = np.where(is_less, np.fmin(noise, other), noise)
    return _at_least_rounding(lines, noise)


def noise_in_columns(lines: Lines, columns: Columns, least: Array) -> Array:
    """The noise along each of these columns by itself, the greater of its two sides.

    A function can be noisier on an axis than beside it: a complex one with an exact zero part
    takes other branches there. A staircase rises on both sides alike: where both are stepped the
    lesser counts, as a kink at some distance lies on one of them.
    """
    noise = np.tile(least, (columns.size, 1))
    for place, column in enumerate(columns):
        direction = lines.direction(int(column))
        ahead, is_stepped_f = _noise_along(lines, direction)
        behind, is_stepped_b = _noise_along(lines, -direction)
        is_stepped = is_stepped_f & is_stepped_b
        found = np.where(is_stepped, np.fmin(ahead, behind), np.fmax(ahead, behind))
        noise[place] = np.maximum(noise[place], _at_least_rounding(lines, found))
    return noise


def _noise_along(lines: Lines, direction: Array) -> tuple[Array, NDArray[np.bool_]]:
    """The standard deviation of the noise on one side of the point, NaN where it is unknown.

    With it, whether neighbours share a value there, in which case coarser ones were asked. They
    lie on one side, so that a kink or jump at the point itself is not taken for noise.
    """
    table = _neighbours(lines, direction, FINE)
    noise = _deviation(table)
    is_stepped = np.any(np.diff(table, axis=0) == 0, axis=0)
    if is_stepped.any():
        noise = np.where(is_stepped, _deviation(_neighbours(lines, direction, COARSE)), noise)
    return noise, np.asarray(is_stepped)


def _neighbours(lines: Lines, direction: Array, power: float) -> Array:
    ulp = 2 * lines.precision.unit
    # An odd number of ulp, another on either side: at strides of a short binary number, or of an
    # unlucky long one, the products inside of the function round alike at every neighbour, and
    # their noise would not show.
    is_ahead = direction[np.argmax(direction != 0)] > 0 if direction.size else True
    count = int((1.34 if is_ahead else 1.73) * ulp ** (power - 1)) | 1
    size = np.maximum(np.abs(lines.point), 1.0)
    size = 2.0 ** np.ceil(np.log2(np.where(np.isfinite(size), size, 1.0)))
    stride = count * ulp * size * direction
    return np.array([lines.value_at(lines.point + k * stride) for k in range(1, NEIGHBOURS + 1)])


def _deviation(table: Array) -> Array:
    """The noise in equally spaced values, rows in order.

    The least over the orders 3 to 6: an order too low still holds some of the smooth function.
    """
    estimates = []
    differences = table
    normalisation = 1.0
    for order in range(1, 7):
        differences = np.diff(differences, axis=0)
        # Σ binomial(k, i)² = (2k)! / (k!)², the variance that a k-th difference gives white noise.
        normalisation *= (2 * order) * (2 * order - 1) / order**2
        if order >= 3:
            estimates.append(np.sqrt(np.mean(differences**2, axis=0) / normalisation))
    return np.asarray(np.min(estimates, axis=0))


def _at_least_rounding(lines: Lines, noise: Array) -> Array:
    """Four standard deviations, which hold nearly all that rounding gives, or half an ulp."""
    return np.asarray(np.fmax(lines.precision.unit * np.abs(lines.value), 4 * noise))
