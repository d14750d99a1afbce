"""One probe: a tangent, a cotangent, and the number cotangentᵀ J tangent from both sides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
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

# Numbers in points along lines that are evaluated together.
AT_ONCE = 2**17

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
        evaluations: at how many points it looks.
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
        return probes(lines, self.cotangent, row, self.precision)[0]

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


def probes(lines: Lines, cotangent: Array, row: Array, precision: Precision) -> tuple[Probe, ...]:
    """Look along the lines, at the steps that the dense method takes first.

    Args:
        row: cotangentᵀ J, by TensorFlow.
        precision: of the dtype in which `row` was computed.
    """
    together = max(1, AT_ONCE // max(1, lines.point.size))
    found: list[Probe] = []
    for first in range(0, lines.count, together):
        columns = range(first, min(first + together, lines.count))
        found += _probes(lines, columns, cotangent, row, precision)
    return tuple(found)


def _probes(
    lines: Lines, columns: Sequence[int], cotangent: Array, row: Array, precision: Precision
) -> Iterator[Probe]:
    """The same for some of the lines, evaluated together."""
    unit, ratio = lines.precision.unit, 2.0**lines.precision.ratio
    tangents = np.stack([lines.direction(column) for column in columns])
    typical = lines.typical[list(columns)]
    steps = typical[:, None] * 2.0 ** np.array(lines.precision.first_steps(), float)
    weighed = cotangent * lines.value
    size, middle = norm(weighed), 2 * float(weighed.sum())
    noise = VALUE_UNITS * (size * unit + norm(row * lines.point) * lines.point_unit)
    # Two steps settle what is linear along a line, and a third what is merely smooth.
    looked = _Looked.along(lines, tangents, steps[:, :2])
    sums = looked.quotients @ cotangent
    moves = np.abs(sums[:, 1] - sums[:, 0])
    bends = np.abs(looked.means[:, 1] @ cotangent - middle) / steps[:, 1]
    is_open = ~((moves <= noise / steps[:, 1]) & (bends <= noise / steps[:, 1]))
    third = _Looked.along(lines, tangents[is_open], steps[is_open, 2:])
    places = iter(range(len(columns)))
    for place, column in enumerate(columns):
        quotients, means = list(looked.quotients[place]), list(looked.means[place])
        if is_open[place]:
            further = next(places)
            quotients += list(third.quotients[further])
            means += list(third.means[further])
        step = float(steps[place, len(quotients) - 1])
        numeric, correction = richardson([float(cotangent @ q) for q in quotients], ratio**2)
        by_column, by_row = np.abs(row * tangents[place]), np.abs(cotangent * quotients[-1])
        natural = float(size / typical[place])
        sizes = norm(by_column) + norm(by_row) + natural
        rounding = noise / step + ANALYTIC_UNITS * precision.unit * sizes
        yield Probe(
            lines=lines,
            column=column,
            cotangent=cotangent,
            row=row,
            precision=precision,
            quotients=tuple(quotients),
            step=step,
            kinked=_kinked(lines, float(typical[place]), quotients[-1], means[-2:], step),
            analytic=float(row @ tangents[place]),
            numeric=numeric,
            allowed=float(SAFETY * abs(correction) + rounding),
            typical=min(median(by_column), median(by_row)),
            natural=natural,
            evaluations=2 * len(quotients),
        )


@dataclass(frozen=True)
class _Looked:
    """Values of all outputs on both sides of the point: (lines, steps, outputs).

    Attributes:
        quotients: central ones.
        means: twice those of the values ahead and behind.
    """

    quotients: Array
    means: Array

    @classmethod
    def along(cls, lines: Lines, tangents: Array, steps: Array) -> _Looked:
        """
        Args:
            tangents: one a line.
            steps: (lines, steps).
        """
        shifts = steps[:, :, None] * tangents[:, None, :]
        points = lines.point + np.stack([shifts, -shifts])
        values = lines.values_at(points.reshape(2 * steps.size, lines.point.size))
        ahead, behind = values.reshape(2, *steps.shape, lines.value.size)
        return cls((ahead - behind) / (2 * steps[:, :, None]), ahead + behind)


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


def norm(vector: Array) -> float:
    """The Euclidean one."""
    return math.sqrt(vector @ vector)


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
