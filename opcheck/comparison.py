"""Two Jacobians to a comparison: an outcome for each entry, decided by the numeric error bound."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from opcheck.jacobian.analytic import AnalyticJacobian, Connection
from opcheck.jacobian.locality import Local
from opcheck.jacobian.numeric import NumericJacobian
from opcheck.outcome import Outcome
from opcheck.precision import Precision

Array = NDArray[np.float64]

# The analytic entry is itself the result of a few roundings.
ANALYTIC_ULPS = 16

# Rounding noise that was measured on few neighbours can be several times as large at the point.
NOISE_MARGIN = 4


@dataclass(frozen=True)
class Comparison:
    """The entries of one input's two Jacobians, side by side. It measures; the verdict speaks.

    Attributes:
        severity: the severity of each entry's `Outcome`.
        gap: |analytic - numeric|, or the distance to the nearest valid slope at a kink.
        allowed: the numeric bound and the analytic side's own rounding.
        ulp: a unit in the last place of what each analytic entry is computed from.
        directions: None, or the directions that the columns stand for, one a row.
        documented: what is documented of the ops whose gradient differs by design, in words.
        cause: why entries are wrong that look right each by itself, in words.
    """

    analytic: AnalyticJacobian
    numeric: NumericJacobian
    matrix: Array
    severity: NDArray[np.int8]
    gap: Array
    allowed: Array
    ulp: Array
    directions: Array | None
    documented: str = ""
    cause: str = ""

    @property
    def number(self) -> int:
        """Which primal the Jacobians are for."""
        return self.analytic.number

    @property
    def compared(self) -> int:
        """How many derivative entries were judged.

        An output without entries has a gradient of zeros, each of which was looked at; of an
        input without entries, the gradient's shape was, and counts as one.
        """
        return int(self.severity.size) or max(self.severity.shape[1], 1)

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of the entries; a pass where there is nothing to differ."""
        if self.analytic.error:
            return Outcome.CRASH
        if self.analytic.misshapen:
            return Outcome.WRONG
        if not self.severity.size:
            return Outcome.PASS
        return list(Outcome)[int(self.severity.max())]

    @property
    def disputed(self) -> NDArray[np.bool_]:
        """The columns with an entry that is not plainly good."""
        return np.asarray(np.any(self.severity > Outcome.PASS.severity, axis=0))

    def marked(self, where: NDArray[np.bool_], outcome: Outcome) -> Comparison:
        """The same with another outcome for some entries."""
        severity = np.where(where, np.int8(outcome.severity), self.severity)
        return replace(self, severity=severity)

    def as_documented(self, other: Comparison, words: str) -> Comparison:
        """Entries that agree with differences of the documented functions are so by design."""
        bad = self.severity >= Outcome.DISCONTINUITY.severity
        kinked = bad & (other.severity == Outcome.KINK.severity)
        designed = bad & (other.severity == Outcome.PASS.severity)
        if not np.any(kinked | designed):
            return self
        found = self.marked(kinked, Outcome.KINK).marked(designed, Outcome.BY_DESIGN)
        return replace(found, documented=words)

    def beside_reverse(self, reverse: Comparison) -> Comparison:
        """Of another mode: the bad entries that plain reverse mode has right are the mode's own.

        A mode that raises is left a crash, or missing where a gradient is unregistered: these say
        more.
        """
        if self.analytic.error or Connection.UNREGISTERED in self.analytic.connections:
            return self
        bad = self.severity >= Outcome.WRONG.severity
        is_right = reverse.severity <= Outcome.DISCONTINUITY.severity
        return self.marked(bad & is_right, Outcome.MODE_MISMATCH)


def compare(
    analytic: AnalyticJacobian,
    numeric: NumericJacobian,
    *,
    precision: Precision,
    row_links: list[Connection],
    directions: Array | None,
    noise: Array | float = 0.0,
    natural: Array | float = 0.0,
) -> Comparison:
    """Judge every entry.

    Args:
        precision: that of the dtype in which the analytic side was computed.
        row_links: the connection of each row's output.
        directions: rows to multiply the analytic Jacobian by, where only some are allowed.
        noise: how far rounding was seen to move the analytic entries.
        natural: the size of what each entry is computed from: a slope of 1 - y² that is next to
            nothing still has the rounding of 1.
    """
    unit = precision.unit
    matrix = analytic.matrix if directions is None else analytic.matrix @ directions.T
    size = np.fmax(np.fmax(np.abs(matrix), np.abs(np.nan_to_num(numeric.matrix))), natural)
    if directions is not None:
        # A directional derivative is a sum; its rounding goes with the sum of magnitudes.
        size = np.fmax(size, np.abs(analytic.matrix) @ np.abs(directions).T)
        noise = noise @ np.abs(directions).T if isinstance(noise, np.ndarray) else noise
    # Where the derivative is zero, its terms may have cancelled (the cosine of π/2 in a Fourier
    # matrix), and their rounding goes with the other entries of the same output or input.
    is_zero = np.abs(np.nan_to_num(numeric.matrix)) <= numeric.bound
    known = np.where(np.isfinite(matrix), np.abs(matrix), 0.0)
    of_output = np.max(known, axis=1, initial=0.0, keepdims=True)
    of_input = np.max(known, axis=0, initial=0.0, keepdims=True)
    beside = np.fmax(of_output, of_input)
    size = np.where(is_zero, np.fmax(size, beside), size)
    # A small entry may be a difference of large ones, as 1 - p is: once rounded each.
    rounding = ANALYTIC_ULPS * unit * size + NOISE_MARGIN * noise
    rounding = rounding + 2 * unit * np.fmax(beside, numeric.scale) + 2 * precision.least
    with np.errstate(invalid="ignore"):
        allowed = numeric.bound + rounding
        below, above = numeric.low - matrix, matrix - numeric.high
        at_kink = numeric.local == Local.KINK
        gap = np.where(
            at_kink, np.maximum(0.0, np.maximum(below, above)), np.abs(matrix - numeric.matrix)
        )
        agrees = np.where(at_kink, gap <= rounding, gap <= allowed)
        resolved = numeric.bound <= numeric.limit
    is_finite = np.isfinite(matrix)
    local = numeric.local
    has_slope = (local == Local.SMOOTH) | (local == Local.EDGE)
    severity = np.full(matrix.shape, Outcome.INCONCLUSIVE.severity, np.int8)

    def mark(where: NDArray[np.bool_], outcome: Outcome) -> None:
        severity[where] = outcome.severity

    mark(has_slope & is_finite & agrees & resolved, Outcome.PASS)
    mark(at_kink & is_finite & agrees, Outcome.KINK)
    mark((has_slope | at_kink) & is_finite & ~agrees, Outcome.WRONG)
    mark((has_slope | at_kink) & ~is_finite, Outcome.NAN)
    mark(local == Local.JUMP, Outcome.DISCONTINUITY)
    steep = local == Local.VERTICAL
    mark(steep, Outcome.DISCONTINUITY)
    mark(steep & (matrix == numeric.matrix), Outcome.PASS)
    # A function that jumps along a line has no derivative along it, whatever else moves there.
    jumps = np.any(local == Local.JUMP, axis=0) & (np.nan_to_num(numeric.matrix) != 0)
    mark(jumps & (severity >= Outcome.INCONCLUSIVE.severity), Outcome.DISCONTINUITY)
    if analytic.misshapen:
        mark(np.ones(matrix.shape, bool), Outcome.WRONG)
    absent = np.array([link is not Connection.CONNECTED for link in row_links], bool)
    mark(absent[:, None] & (severity == Outcome.WRONG.severity), Outcome.MISSING)
    ulp = 2 * unit * np.fmax(size, beside)
    return Comparison(analytic, numeric, matrix, severity, gap, allowed, ulp, directions)
