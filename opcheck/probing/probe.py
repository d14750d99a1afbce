"""One probe: a tangent, a cotangent, and the number cotangentᵀ J tangent from both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.evaluation import Evaluation
from opcheck.jacobian.sampling import Lines
from opcheck.jacobian.stencils import SAFETY
from opcheck.precision import Precision

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Two tangents: a combination of wrong entries that cancels along one does not along the other.
DIRECTIONS = 2

# Units of rounding of the analytic side, whose entries are rounded each by itself; of values of the
# function, two in a quotient; and of what is a kink and no rounding.
ANALYTIC_UNITS = 8
VALUE_UNITS = 4
KINK_UNITS = 16


@dataclass(frozen=True)
class Probe:
    """Both sides of cotangentᵀ J tangent for one input.

    Attributes:
        lines, column: the line along the tangent.
        row: cotangentᵀ J, by TensorFlow.
        precision: of the dtype in which that was computed.
        quotients: central quotients of all outputs along the tangent, coarsest step first.
        step: the finest step.
        kinked: the outputs whose one-sided slopes keep their distance as the step shrinks.
        analytic, numeric: the two numbers.
        allowed: how far they may be apart.
        typical: what one entry of the Jacobian contributes, in the median of those that do.
        natural: what the outputs over the point would contribute.
        evaluations: how often the function was called.
    """

    lines: Lines
    column: int
    cotangent: Array
    row: Array
    precision: Precision
    quotients: tuple[Array, ...]
    step: float
    kinked: Flags
    analytic: float
    numeric: float
    allowed: float
    typical: float
    natural: float
    evaluations: int

    @property
    def tangent(self) -> Array:
        """The direction, as a vector."""
        return self.lines.direction(self.column)

    @property
    def typical_scale(self) -> float:
        """What steps along the line are measured in."""
        return float(self.lines.typical[self.column])

    def without(self, columns: Flags) -> Probe:
        """The same along a tangent that leaves some entries of the input where they are."""
        tangent = np.where(columns, 0.0, self.tangent)
        lines = Lines(self.lines.evaluation, self.lines.number, tangent[None])
        row = np.where(columns, 0.0, self.row)
        return probe(lines, 0, self.cotangent, row, self.precision)

    @property
    def agrees(self) -> bool:
        """Whether the two numbers are one, and the function is smooth along the line."""
        return abs(self.analytic - self.numeric) <= self.allowed and not self.kinked.any()

    @property
    def resolution(self) -> float:
        """The share of itself by which a typical entry has to be off to show for sure.

        Its weight can be half the typical one, and either side can lie on the far end of its bound.
        """
        return 4 * self.allowed / (self.typical or self.natural or 1.0)

    @property
    def decides(self) -> bool:
        """Whether the bound is so narrow beside a single entry that agreement says something."""
        return self.resolution <= 4 * limit(self.precision)

    @property
    def is_sound(self) -> bool:
        """Whether it shows that no single entry is wrong."""
        return self.agrees and self.decides


def lines_through(evaluation: Evaluation, number: int, generator: np.random.Generator) -> Lines:
    """Lines through the point along signed directions in all entries of an input.

    Each moves by half its scale at least; a direction is measured in the largest scale.
    """
    size = evaluation.primals[number].size
    basis = np.ones((DIRECTIONS, size))
    lines = Lines(evaluation, number, basis)
    for place, largest in enumerate(lines.typical):
        weights = generator.uniform(0.5, 1.0, size) * lines.scales / largest
        basis[place] = lines.primal.allowed(lines.signs(generator) * weights)
    return lines


def cotangent(size: int, precision: Precision, generator: np.random.Generator) -> Array:
    """A signed weight of a half to one for each real coordinate of the outputs.

    Args:
        precision: of the coarsest output, which must hold the weights.
    """
    weights = generator.uniform(0.5, 1.0, size) * np.where(generator.random(size) < 0.5, -1.0, 1.0)
    grid = 2 * precision.unit
    return np.asarray(np.round(weights / grid) * grid)


def probe(lines: Lines, column: int, cotangent: Array, row: Array, precision: Precision) -> Probe:
    """Look along one of the lines, at the steps that the dense method takes first.

    Args:
        row: cotangentᵀ J, by TensorFlow.
        precision: of the dtype in which `row` was computed.
    """
    tangent, typical, value = lines.direction(column), lines.typical[column], lines.value
    unit, ratio = lines.precision.unit, 2.0**lines.precision.ratio
    weighed = cotangent * value
    natural, middle = float(np.linalg.norm(weighed) / typical), 2 * float(weighed.sum())
    moving = natural * typical * unit + np.linalg.norm(row * lines.point) * lines.point_unit
    quotients: list[Array] = []
    means: list[Array] = []
    sums: list[float] = []
    before = lines.evaluations
    steps = typical * 2.0 ** np.array(lines.precision.first_steps(), float)
    # Two steps settle what is linear along the line, and a third what is merely smooth.
    for some in (steps[:2], steps[2:]):
        shifts = np.concatenate([some, -some])[:, None] * tangent
        ahead, behind = np.split(lines.values_at(lines.point + shifts), 2)
        quotients.extend((ahead - behind) / (2 * some[:, None]))
        means.extend(ahead + behind)
        sums.extend(float(cotangent @ quotient) for quotient in quotients[len(sums) :])
        step = float(some[-1])
        noise = VALUE_UNITS * moving / step
        bend = abs(float(cotangent @ means[-1]) - middle) / step
        if abs(sums[-1] - sums[-2]) <= noise and bend <= noise:
            break
    numeric, correction = richardson(sums, ratio**2)
    by_column, by_row = np.abs(row * tangent), np.abs(cotangent * quotients[-1])
    sizes = np.linalg.norm(by_column) + np.linalg.norm(by_row) + natural
    return Probe(
        lines=lines,
        column=column,
        cotangent=cotangent,
        row=row,
        precision=precision,
        quotients=tuple(quotients),
        step=step,
        kinked=_kinked(lines, typical, quotients[-1], means[-2:], step),
        analytic=float(row @ tangent),
        numeric=numeric,
        allowed=float(SAFETY * abs(correction) + noise + ANALYTIC_UNITS * precision.unit * sizes),
        typical=min(median(by_column), median(by_row)),
        natural=natural,
        evaluations=lines.evaluations - before,
    )


def _kinked(
    lines: Lines, typical: float, quotient: Array, means: Sequence[Array], step: float
) -> Flags:
    """The outputs that bend as at a kink: with the step, and not with its square.

    Args:
        quotient: at the finest step.
        means: twice those of the values ahead and behind, at the last two steps.
    """
    value = lines.value
    coarse, fine = (np.abs(mean - 2 * value) for mean in means)
    size = np.fmax(np.abs(quotient), np.abs(value) / typical)
    rounding = KINK_UNITS * lines.precision.unit * np.abs(value)
    is_seen = fine > rounding + limit(lines.precision) * step * size
    return np.asarray(is_seen & (fine > coarse / 2.0 ** (1.5 * lines.precision.ratio)))


def limit(precision: Precision) -> float:
    """The widest bound that decides, relative to what one typical entry contributes."""
    return float(precision.unit ** (1 / 3))


def median(sizes: Array) -> float:
    """Of those that are not zero; 0 if all are."""
    known = sizes[sizes > 0]
    return float(np.partition(known, known.size // 2)[known.size // 2]) if known.size else 0.0


def richardson(quotients: Sequence[Any], rate: float) -> tuple[Any, Any]:
    """The limit of central quotients at steps of one ratio, and how far the last term moved it.

    Args:
        quotients: numbers or arrays, coarsest step first.
        rate: the square of the ratio of the steps.
    """
    row, before, power = list(quotients), quotients[-1], 1
    while len(row) > 1:
        before = row[-1]
        row = [fine + (fine - coarse) / (rate**power - 1) for coarse, fine in pairwise(row)]
        power += 1
    return row[0], row[0] - before
