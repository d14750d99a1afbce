"""Two Jacobians that differ, and whether a third explains one by the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from opcheck.diagnosis.places import Coordinates, label_among

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]

# What a hypothesis may leave of an entry's misfit beside the error bounds, and of the sum of all
# misfits in any case: where the bounds are as wide as the misfit, anything lies within them.
EXPLAINED = 1e-4
LEFT = 0.1

ALL = slice(None)


@dataclass(frozen=True)
class Disagreement:
    """Two Jacobians that differ, of shape (rows, columns), and what rows and columns stand for.

    Attributes:
        analytic: what TensorFlow says.
        numeric: the estimate, at a kink the middle of the slopes; not finite where there is none.
        allowed: how far the two may be apart; at a kink half the distance of the slopes more.
        wrong: the entries to explain.
        kinks: the entries without a single slope.
        rows, columns: the tensors that they are the coordinates of, in order.
        tied: columns of input entries that are equal to another entry; None when not known.
    """

    analytic: Array
    numeric: Array
    allowed: Array
    wrong: Flags
    kinks: Flags
    rows: tuple[Coordinates, ...]
    columns: tuple[Coordinates, ...]
    tied: Flags | None = None

    @cached_property
    def misfit(self) -> Array:
        return np.abs(self.analytic - self.numeric)

    @cached_property
    def known(self) -> Flags:
        """Entries to hold a hypothesis against: not those that differ for a reason of their own."""
        is_finite = np.isfinite(self.misfit)
        return np.asarray(is_finite & (self.wrong | ~(self.misfit > self.allowed)))

    @cached_property
    def sharp(self) -> Flags:
        """The wrong entries whose right value is a number."""
        return np.asarray(self.wrong & self.known & ~self.kinks)

    @cached_property
    def is_zero(self) -> Flags:
        """Where the right slope is zero, as far as its bound tells."""
        return np.asarray(np.abs(self.numeric) <= self.allowed)

    @property
    def is_mixed(self) -> Flags:
        """The entries between a real and an imaginary part: those that a conjugate negates."""
        return np.asarray(_is_imaginary(self.rows)[:, None] ^ _is_imaginary(self.columns))

    @cached_property
    def wrong_rows(self) -> Flags:
        return np.asarray(self.wrong.any(axis=1))

    @cached_property
    def wrong_columns(self) -> Flags:
        return np.asarray(self.wrong.any(axis=0))

    @cached_property
    def turned(self) -> Disagreement:
        """Rows for columns."""
        matrices = (self.analytic.T, self.numeric.T, self.allowed.T, self.wrong.T, self.kinks.T)
        return Disagreement(*matrices, rows=self.columns, columns=self.rows)

    def name(self, row: int) -> str:
        """The name of the coordinate that a row stands for."""
        return label_among(self.rows, row)

    def is_explained_by(self, model: Array, slack: Array, rows: slice = ALL) -> bool:
        """Whether `model` gives all known entries to within `slack`, and the wrong ones well.

        Args:
            rows: the rows that the two stand for, and that alone count.
        """
        compared = self.known[rows] & np.isfinite(model)
        misfit = self.misfit[rows]
        left = np.abs(self.analytic[rows] - model)
        if np.any(compared & (left > slack + EXPLAINED * misfit)):
            return False
        seen = compared & self.sharp[rows]
        total = float(np.sum(misfit, where=seen))
        return total > 0 and float(np.sum(left, where=seen)) <= LEFT * total

    def is_explained_by_rows(self, source: Positions, rows: slice = ALL) -> bool:
        """Whether each analytic row is the numeric row at the position in `source`."""
        analytic, numeric, slack = self.signatures
        apart = np.abs(analytic[rows] - numeric[source])
        if not np.all(apart <= slack[rows] + slack[source]):
            return False
        allowed = self.allowed[rows] + self.allowed[source]
        return self.is_explained_by(self.numeric[source], allowed, rows)

    @cached_property
    def signatures(self) -> tuple[Array, Array, Array]:
        """One random combination of the columns: rows that differ in it are no copies.

        Returns:
            That of the analytic rows, that of the numeric rows, and the slack of either.
        """
        used = self.known.any(axis=1)
        whole = self.known[used].all(axis=0) & np.isfinite(self.allowed[used]).all(axis=0)
        weights = np.random.default_rng(0).normal(size=whole.size)[whole]
        slack = np.where(used, 0.0, np.inf)
        slack += np.where(
            used, (self.allowed + EXPLAINED * self.misfit)[:, whole] @ np.abs(weights), 0
        )
        analytic, numeric = self.analytic[:, whole] @ weights, self.numeric[:, whole] @ weights
        return np.where(used, analytic, 0.0), np.where(used, numeric, 0.0), slack


def _is_imaginary(tensors: tuple[Coordinates, ...]) -> Flags:
    """Which coordinates are imaginary parts."""
    flags = [np.arange(tensor.size) % 2 * tensor.is_complex > 0 for tensor in tensors]
    return np.concatenate(flags)
