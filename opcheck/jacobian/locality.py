"""What a function looks like at a point: smooth, kinked, jumping, or at the edge of its domain."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# How a difference of slopes goes with the step h, as the exponent of h: a smooth function's 1, a
# kink's 0, a square root's -1/2, a jump's -1. These are as far as rounding and curvature blur them.
SMOOTH_BEND = 0.5
KINK_BEND = 0.2
JUMP_BEND = -0.8


class Local(IntEnum):
    """What the function looks like at the point, along one direction and for one output."""

    SMOOTH = 0
    EDGE = 1  # defined on one side only; the slope is that side's
    KINK = 2  # two one-sided slopes that differ at every scale
    JUMP = 3
    VERTICAL = 4  # the slopes grow without bound: a vertical tangent or a cusp
    UNDEFINED = 5  # the function is not finite at the point
    UNSETTLED = 6  # no step gives a bound


def bend(slopes: Array, errors: Array, steps: Array, wide: int = 0) -> Array:
    """The exponent a in slopes ~ h^a; infinite where nothing stands out of the rounding.

    It is read off the finest steps at which the slopes (or differences of slopes) are well above
    their errors. Where a still finer step would have shown them and does not, they have gone: what
    was seen is not at the point but near it.

    Args:
        slopes: not negative, (rungs, ...), coarsest first; NaN where not known.
        errors: how far rounding can move each.
        steps: broadcastable to `slopes`.
        wide: how many of the coarsest steps are so wide that what is seen at them alone is how the
            function runs on, not how it is at the point.
    """
    shape = slopes.shape[1:]
    exponent, is_visible = np.full(shape, np.inf), np.zeros(shape, bool)
    last = np.full(shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponents = np.log(slopes[1:] / slopes[:-1]) / np.log(steps[1:] / steps[:-1])
    for k in range(max(wide, 1), len(slopes)):
        shows = (slopes[k] > 8 * errors[k]) & (slopes[k - 1] > 8 * errors[k - 1])
        # Growing towards finer steps is also what noise does that was measured too small.
        shows &= (exponents[k - 1] > -KINK_BEND) | (slopes[k] > 256 * errors[k])
        # Two pairs of steps must tell the same; the smoother of them counts.
        steadier = np.fmax(exponents[k - 1], exponents[k - 2]) if k > 1 else exponents[k - 1]
        exponent = np.where(shows, steadier, exponent)
        has_gone = is_visible & (slopes[k] <= 8 * errors[k]) & (last > 16 * errors[k])
        is_visible = (is_visible & ~has_gone) | shows
        last = np.where(shows, slopes[k], last)
    return np.where(is_visible, exponent, np.inf)


def classify(
    parting: Array,
    rising_f: Array,
    rising_b: Array,
    *,
    has_f: Flags,
    has_b: Flags,
    is_one: Flags,
    is_settled: Flags,
    is_settled_f: Flags,
    is_settled_b: Flags,
) -> NDArray[np.int8]:
    """A `Local` for each entry, from samples at every scale.

    Args:
        parting: the bend of the difference between forward and backward slopes.
        rising_f, rising_b: the bends of the forward and of the backward slopes themselves, which
            alone show a jump or vertical tangent that is odd about the point.
        has_f, has_b: whether the function has values ahead and behind at the finest steps.
        is_one: whether the two one-sided estimates agree within their bounds.
        is_settled, is_settled_f, is_settled_b: whether the central and the one-sided estimates
            have useful bounds.
    """
    local = np.full(parting.shape, Local.UNSETTLED, np.int8)
    steepest = np.fmin(np.where(has_f, rising_f, np.inf), np.where(has_b, rising_b, np.inf))
    both, one = has_f & has_b, has_f ^ has_b
    steepest = np.where(both, np.fmin(steepest, parting), steepest)
    # A bend of less, |h|^1.3 say, or one that noise has blurred, is smooth if the sides do meet.
    is_smooth = (parting >= SMOOTH_BEND) | ((parting > KINK_BEND) & is_one)
    local[both & is_settled & is_smooth] = Local.SMOOTH
    local[both & (np.abs(parting) <= KINK_BEND) & is_settled_f & is_settled_b] = Local.KINK
    local[one & np.where(has_f, is_settled_f, is_settled_b)] = Local.EDGE
    local[steepest < -KINK_BEND] = Local.VERTICAL
    local[steepest < JUMP_BEND] = Local.JUMP
    return local


def pole(forward: Array, backward: Array) -> Array:
    """Plus or minus infinity where the slopes grow to one side, NaN at a cusp."""
    sign_f, sign_b = np.sign(forward), np.sign(backward)
    sign_f = np.where(np.isnan(sign_f), sign_b, sign_f)
    sign_b = np.where(np.isnan(sign_b), sign_f, sign_b)
    with np.errstate(invalid="ignore"):
        return np.where(sign_f == sign_b, np.inf * sign_f, np.nan)
