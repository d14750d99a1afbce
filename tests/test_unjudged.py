"""Every special point that a row leaves out has no derivative, or none that differences tell.

One seed at which it cannot be judged is enough, as the suite has to come out alike at all. What is
left out without need fails here: the day that TensorFlow or opcheck can, it is judged.
"""

import numpy as np
import pytest

from opcheck import Outcome, registry
from opcheck.cases import Case, sharpest
from opcheck.errors import RecipeError
from opcheck.matrix import check_case
from opcheck.precision import Precision
from opcheck.targets import evaluate_case
from opcheck.vectors import to_real

DIRECTIONS = 4

UNJUDGED = [(row, point) for row in registry.rows() for point in row.unjudged_at]
SEEDS = range(5)


def jumps(evaluation):
    """Whether some output stays away from its value however close an input comes to the point.

    Beside the change a hundred thousand times as far away, what a continuous function does is less
    by much.
    """
    generator = np.random.default_rng(0)
    for number in list(evaluation.differentiated) * DIRECTIONS:
        primal = evaluation.primals[number]
        point, unit = to_real(primal.point), Precision.of(primal.point.dtype).unit
        step = np.maximum(1.0, np.abs(point)) * generator.choice([-1.0, 1.0], point.size)
        step = np.where(point <= primal.low, np.abs(step), step)
        step = primal.allowed(np.where(point >= primal.high, -np.abs(step), step))
        close, far = (
            np.abs(evaluation(number, point + power * step) - evaluation.value)
            for power in (unit**0.75, unit**0.25)
        )
        if not np.all(close <= 0.1 * np.nanmax(np.fmin(far, 1e300), initial=0.0)):
            return True
    return False


def why_unjudged(row, point, dtype, seed):
    here = row.roomiest.at(point)
    case = Case(row.kind, row.target, here, dtype, "special", row.family, row.wrt, seed)
    try:
        evaluation = evaluate_case(case)
    except RecipeError:
        return "raises"
    if not np.isfinite(evaluation.value).all():
        return "not finite"
    if jumps(evaluation):
        return "jumps"
    report = check_case(case)
    if report.outcome is Outcome.INCONCLUSIVE:
        return "undecided"
    if not report.passed and is_coarse(evaluation):
        return "numbers too far apart"
    return ""


def is_coarse(evaluation):
    """Whether neighbouring numbers lie farther apart than 1, so that waves of a unit's length are
    between them, and the gradient is that of a number which another one was rounded to."""
    return all(
        2 * Precision.of(primal.point.dtype).unit * np.max(np.abs(primal.point)) > 1
        for primal in evaluation.primals
        if primal.is_differentiated
    )


@pytest.mark.parametrize(
    ("row", "point"),
    UNJUDGED,
    ids=[f"{row.target}-{row.variant}-{point}" for row, point in UNJUDGED],
)
def test_a_point_left_out_cannot_be_judged_in_some_dtype(row, point):
    dtypes = sharpest(row.dtypes)
    assert any(why_unjudged(row, point, dtype, seed) for seed in SEEDS for dtype in dtypes)
