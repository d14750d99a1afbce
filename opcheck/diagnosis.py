"""A likely cause for a wrong Jacobian: the simplest hypothesis that turns it into the right one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A cause is named when it explains this share of the wrong entries' misfit.
EXPLAINED = 1e-4


def diagnose(
    analytic: Array,
    numeric: Array,
    wrong: NDArray[np.bool_],
    mixed: NDArray[np.bool_] | None = None,
) -> str:
    """One phrase, or "" when no hypothesis fits.

    Args:
        analytic: what TensorFlow says; rows outputs, columns inputs.
        numeric: the estimate; NaN where there is none.
        wrong: which entries disagree.
        mixed: for a complex input, which entries belong to a real and an imaginary part: those
            that a conjugate negates.
    """
    if not wrong.any() or not np.isfinite(analytic[wrong]).all():
        return ""
    known = np.isfinite(numeric) & np.isfinite(analytic)
    if not np.any(analytic[known]) and np.any(numeric[known]):
        return "the gradient is zero everywhere"
    if np.count_nonzero(wrong) == 1 and known.sum() > 1:
        return "a single entry is off"
    factor = _best_factor(analytic[known], numeric[known])
    if _explains(factor * numeric[known], analytic[known], numeric[known]):
        if np.isclose(factor, -1.0, atol=1e-6):
            return "the gradient is negated"
        return f"the gradient is scaled by {factor:.9g}"
    if mixed is not None and _explains(
        np.where(mixed, -numeric, numeric)[known], analytic[known], numeric[known]
    ):
        return "the conjugate is missing"
    is_square = analytic.shape[0] == analytic.shape[1] and known.all()
    if is_square and _explains(numeric.T, analytic, numeric):
        return "the Jacobian is transposed"
    offset = analytic[known] - numeric[known]
    if np.ptp(offset) <= EXPLAINED * np.max(np.abs(offset)):
        return f"a constant {offset.mean():.6g} is added to every entry"
    zeroed = wrong & (analytic == 0)
    if np.array_equal(zeroed, wrong):
        return f"{np.count_nonzero(wrong)} of {wrong.size} entries are zero that should not be"
    if np.count_nonzero(wrong) <= max(3, wrong.size // 20):
        return f"{np.count_nonzero(wrong)} of {wrong.size} entries are off"
    return ""


def _best_factor(analytic: Array, numeric: Array) -> float:
    """The k of least squares for analytic = k · numeric."""
    power = float(numeric @ numeric)
    return float(analytic @ numeric) / power if power > 0 else 0.0


def _explains(model: Array, analytic: Array, numeric: Array) -> bool:
    """Whether `model` leaves next to nothing of the distance between the two Jacobians."""
    misfit = float(np.max(np.abs(analytic - numeric)))
    return float(np.max(np.abs(analytic - model))) <= EXPLAINED * misfit
