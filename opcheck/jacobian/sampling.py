"""Values of a function along the columns of its Jacobian, at exact steps inside of its domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opcheck.evaluation import Evaluation
from opcheck.precision import Precision
from opcheck.primals import Primal
from opcheck.vectors import to_real

Array = NDArray[np.float64]
Columns = NDArray[np.intp]

# What a function does nearer to zero than this it does at zero: no step tells the two apart.
NEXT_TO_ZERO = 2.0**-64

# How many numbers all points evaluated together hold.
TOGETHER = 2**20


@dataclass(frozen=True)
class Samples:
    """Values on both sides of the point: arrays of (rungs, columns, outputs), coarsest rung first.

    Attributes:
        columns: which ones, in order.
        exponents: the steps meant as powers of two of what is typical for a column, (rungs,).
        steps: the same as numbers, (rungs, columns).
        plus, minus: the function there; NaN where it has no value.
        ahead, behind: the steps really taken, (rungs, columns).
    """

    columns: Columns
    exponents: NDArray[np.intp]
    steps: Array
    plus: Array
    minus: Array
    ahead: Array
    behind: Array

    def of(self, columns: Columns) -> Samples:
        """Some of the columns, in order."""
        places = np.searchsorted(self.columns, columns)
        return Samples(columns, self.exponents, *(array[:, places] for array in self._arrays()))

    def joined(self, other: Samples) -> Samples:
        """The rungs of both, for the same columns."""
        exponents = np.concatenate([self.exponents, other.exponents])
        order = np.argsort(-exponents)
        pairs = zip(self._arrays(), other._arrays())
        arrays = (np.concatenate(pair)[order] for pair in pairs)
        return Samples(self.columns, exponents[order], *arrays)

    def finest(self, values: Array) -> Array:
        """Of (rungs, columns, outputs), what each column has at the finest step that moved it.

        Finer steps than half an ulp of the point leave it where it is.
        """
        is_taken = np.isfinite(self.ahead) & np.isfinite(self.behind)
        last = len(is_taken) - 1 - np.argmax(is_taken[::-1], axis=0)
        return np.asarray(values[last, np.arange(values.shape[1])])

    def _arrays(self) -> tuple[Array, ...]:
        return (self.steps, self.plus, self.minus, self.ahead, self.behind)


class Lines:
    """The lines through the point along which one input is differenced.

    Attributes:
        basis: the directions, one a row, or None when they are the coordinate axes.
        is_given: whether they are other ones than the input's own.
        count: how many there are: the columns of the Jacobian.
        scales: what changes of each entry are measured in.
        typical: what a step is measured in, for each line.
        point_unit: the unit of rounding of the points.
        value: the function at the point, where infinite taken as zero.
        is_infinite: where that is.
        evaluations: how often the function was called.
    """

    def __init__(self, evaluation: Evaluation, number: int, basis: Array | None = None) -> None:
        self.evaluation = evaluation
        self.number = number
        self.primal: Primal = evaluation.primals[number]
        self.point = to_real(self.primal.point)
        # An infinity that every neighbour shares (the logarithm of an empty sum) is a constant.
        self.is_infinite = np.isinf(evaluation.value)
        self._has_infinite = bool(self.is_infinite.any())
        self.value = np.where(self.is_infinite, 0.0, evaluation.value)
        self._is_bounded = self.primal.low > -np.inf or self.primal.high < np.inf
        self.precision = Precision.coarsest(
            [self.primal.point.dtype, *(output.dtype for output in evaluation.outputs)]
        )
        self.is_given = basis is not None
        self.point_unit = Precision.of(self.primal.point.dtype).unit
        self.basis = self.primal.directions() if basis is None else basis
        self.count = self.point.size if self.basis is None else len(self.basis)
        self.scales = self._scales()
        self.typical = self._typical()
        self.evaluations = 0

    def direction(self, column: int) -> Array:
        """The vector that a column stands for."""
        if self.basis is not None:
            return np.asarray(self.basis[column])
        axis = np.zeros(self.point.size)
        axis[column] = 1.0
        return axis

    def relative(self, column: int) -> Array:
        """The same in the scale of each entry, where the directions were given."""
        direction = self.direction(column)
        return direction * self.typical[column] / self.scales if self.is_given else direction

    def signs(self, generator: np.random.Generator) -> Array:
        """A signed direction in all entries, into the domain for those that lie on its edge."""
        signs = generator.choice([-1.0, 1.0], self.point.size)
        signs = np.where(self.point <= self.primal.low, 1.0, signs)
        return self.primal.allowed(np.where(self.point >= self.primal.high, -1.0, signs))

    def values_at(self, vectors: Array) -> Array:
        """The function at flat real vectors, one a row; NaN outside of the input's domain."""
        if self._is_bounded:
            is_outside = (vectors < self.primal.low) | (vectors > self.primal.high)
            is_inside = ~is_outside.any(axis=1)
            found = np.full((len(vectors), self.value.size), np.nan)
            found[is_inside] = self.evaluation.values(self.number, vectors[is_inside])
            self.evaluations += int(np.count_nonzero(is_inside))
        else:
            found = self.evaluation.values(self.number, vectors)
            self.evaluations += len(vectors)
        if self._has_infinite:
            is_same = found == self.evaluation.value
            found = np.where(self.is_infinite, np.where(is_same, 0.0, np.nan), found)
        return found

    def sample(self, columns: Columns, exponents: Sequence[int], stretch: float = 1.0) -> Samples:
        """Values on both sides at steps 2^exponent times what is typical for each column.

        Args:
            stretch: a factor for all steps, so that no value is one of another ladder's.
        """
        powers = np.array(sorted(exponents, reverse=True))
        steps = stretch * 2.0 ** powers[:, None].astype(float) * self.typical[columns]
        taken = np.full((2, *steps.shape), np.nan)
        values = np.full((*taken.shape, self.value.size), np.nan)
        together = max(1, TOGETHER // max(1, 2 * len(powers) * self.point.size))
        for first in range(0, columns.size, together):
            some = slice(first, first + together)
            signed = np.stack([steps[:, some], -steps[:, some]])
            moved, taken[:, :, some] = self._moved(columns[some], signed)
            is_taken = np.isfinite(taken[:, :, some])
            values[:, :, some][is_taken] = self.values_at(moved[is_taken])
        return Samples(columns, powers, steps, *values, *taken)

    def finer_steps(self, columns: Columns) -> list[int]:
        """Exponents at every scale below the first steps.

        The finest is 32 ulp of the smallest entry that moves, and at an entry that is zero, or as
        good as zero, 2^-64, far below any scale that functions of a unit argument show.
        """
        precision = self.precision
        relative = np.abs(self.point) / self.scales
        moved = relative[columns] if self.basis is None else relative
        is_zero = moved < NEXT_TO_ZERO
        smallest = float(np.min(moved[~is_zero & np.isfinite(moved)], initial=1.0))
        low = int(np.log2(precision.unit)) + 6 + min(0, int(np.floor(np.log2(smallest))))
        if is_zero.any():
            low = min(low, int(np.log2(NEXT_TO_ZERO)))
        stride = 2 * precision.ratio
        return list(range(precision.finest - stride, low - 1, -stride))

    def _scales(self) -> Array:
        """The size of each entry, or 1 where it is smaller, as a power of two.

        Right beside an edge of the domain, where a logarithm or a power has a singularity, it is
        the distance to it.
        """
        size = np.where(np.isfinite(self.point), np.fmax(np.abs(self.point), 1.0), 1.0)
        scale = 2.0 ** np.ceil(np.log2(size))
        for edge in filter(np.isfinite, (self.primal.low, self.primal.high)):
            distance = np.abs(self.point - edge)
            is_beside = (distance > 0) & (distance < NEXT_TO_ZERO)
            scale[is_beside] = 2.0 ** np.ceil(np.log2(distance[is_beside]))
        return np.asarray(scale)

    def _typical(self) -> Array:
        """For each line the largest scale of the entries that move."""
        if self.basis is None:
            return self.scales
        largest = np.max(np.where(self.basis != 0, self.scales, 0.0), axis=1, initial=0.0)
        return np.where(largest > 0, largest, 1.0)

    def _moved(self, columns: Columns, steps: Array) -> tuple[Array, Array]:
        """Where signed steps along lines lead, (..., columns, n), and how far each is.

        x + h is rounded to the input's dtype; the distance that results is exact, and dividing
        by it, not by h, keeps the rounding out of the quotient. NaN is no distance at all.
        """
        if self.basis is None:
            places = np.arange(columns.size)
            moved = np.broadcast_to(self.point, (*steps.shape, self.point.size)).copy()
            moved[..., places, columns] += steps
            moved = self.rounded(moved)
            taken = np.abs(moved[..., places, columns] - self.point[columns])
        else:
            basis = self.basis[columns]
            moved = self.rounded(self.point + steps[..., None] * basis)
            lengths = np.einsum("ij,ij->i", basis, basis)
            taken = np.abs(np.einsum("...ij,ij->...i", moved - self.point, basis) / lengths)
        taken = np.where((taken == 0.0) | ~np.isfinite(taken), np.nan, taken)
        if self.basis is None:
            for place in np.flatnonzero(np.isinf(self.point[columns])):
                taken[..., place] = self._from_infinity(
                    moved[..., place, columns[place]],
                    float(self.point[columns[place]]),
                    steps[..., place],
                )
        return moved, taken

    def _from_infinity(self, moved: Array, point: float, steps: Array) -> Array:
        """Move to finite numbers far out, on the one side that there is; how far each is.

        No distance from an infinity is finite; the number's own size is the least that it can be
        taken for, and shows that a function which has settled there has the slope zero.
        """
        sizes = np.abs(steps) * float(np.finfo(self.primal.point.dtype).max)
        moved[...] = np.copysign(sizes, point)
        return np.where((steps * point > 0) | ~np.isfinite(sizes), np.nan, sizes)

    def rounded(self, vectors: Array) -> Array:
        """Flat real vectors as the input's dtype holds them."""
        dtype = self.primal.point.dtype
        if dtype.kind == "c":
            dtype = np.dtype(np.float32 if dtype == np.complex64 else np.float64)
        return vectors.astype(dtype).astype(np.float64)
