"""Comparisons to the parts of a verdict: the words for what the numbers say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.comparison import Comparison
from opcheck.diagnosis import diagnose
from opcheck.diagnosis.disagreement import Disagreement
from opcheck.diagnosis.places import Coordinates
from opcheck.evaluation import Evaluation
from opcheck.jacobian.analytic import Connection
from opcheck.jacobian.locality import Local
from opcheck.outcome import Outcome
from opcheck.primals import Output, Primal
from opcheck.vectors import to_real
from opcheck.verdict import Entry, Part


def judge(evaluation: Evaluation, comparisons: Sequence[Comparison]) -> tuple[Part, ...]:
    """What each comparison amounts to."""
    return tuple(_part(evaluation, comparison) for comparison in comparisons)


def _part(evaluation: Evaluation, comparison: Comparison) -> Part:
    primal = evaluation.primals[comparison.number]
    severities, tally = np.unique(comparison.severity, return_counts=True)
    counts = {str(list(Outcome)[int(s)]): int(n) for s, n in zip(severities, tally)}
    outcome = comparison.outcome
    missing = ""
    if outcome is Outcome.MISSING:
        missing = _spelling(evaluation, comparison)
    cause = ""
    if outcome in (Outcome.WRONG, Outcome.MODE_MISMATCH):
        wrong = comparison.severity == outcome.severity
        cause = (
            comparison.cause
            or comparison.analytic.misshapen
            or diagnose(_disagreement(evaluation, comparison, wrong))
        )
    return Part(
        input=primal.name,
        shape=primal.point.shape,
        dtype=str(primal.point.dtype),
        outcome=outcome,
        compared=comparison.compared,
        counts=counts,
        worst=_worst(evaluation, comparison) if outcome is not Outcome.PASS else None,
        cause=cause,
        missing=missing,
        error=comparison.analytic.error,
        deviation=_deviation(comparison),
        ulps=_ulps(comparison),
        gap=_gap(comparison),
    )


def _disagreement(
    evaluation: Evaluation, comparison: Comparison, wrong: NDArray[np.bool_]
) -> Disagreement:
    """The comparison as the diagnosis takes it."""
    numeric, primal = comparison.numeric, evaluation.primals[comparison.number]
    kinks = numeric.local == Local.KINK
    half = np.where(kinks, (numeric.high - numeric.low) / 2, 0.0)
    outputs = tuple(
        _coordinates(output, output.shape, output.dtype) for output in evaluation.outputs
    )
    columns = _coordinates(primal, primal.point.shape, primal.point.dtype)
    if comparison.directions is not None:
        labels = tuple(_direction(primal, row) for row in comparison.directions)
        columns = Coordinates(primal.name, (len(labels),), labels=labels)
    return Disagreement(
        analytic=comparison.matrix,
        numeric=numeric.matrix,
        allowed=comparison.allowed + half,
        wrong=wrong,
        kinks=kinks,
        rows=outputs,
        columns=(columns,),
        tied=_tied(primal) if comparison.directions is None else None,
    )


def _coordinates(tensor: Primal | Output, shape: tuple[int, ...], dtype: Any) -> Coordinates:
    if tensor.places is None:
        return Coordinates(tensor.name, shape, np.dtype(dtype).kind == "c")
    labels = tuple(map(tensor.label, range(tensor.size)))
    return Coordinates(tensor.name, (len(labels),), labels=labels)


def _tied(primal: Primal) -> NDArray[np.bool_]:
    """The coordinates of entries that are equal to another entry."""
    parts = to_real(primal.point).reshape(primal.point.size, -1)
    _, inverse, counts = np.unique(parts, axis=0, return_inverse=True, return_counts=True)
    return np.repeat(counts[inverse.reshape(-1)] > 1, parts.shape[1])


def _direction(primal: Primal, direction: NDArray[np.float64]) -> str:
    """The entries that move along a direction, by name."""
    return " and ".join(primal.label(int(position)) for position in np.flatnonzero(direction))


def _spelling(evaluation: Evaluation, comparison: Comparison) -> str:
    """Which of the four ways of having no gradient the worst entry's output shows."""
    rows = np.flatnonzero(np.any(comparison.severity == Outcome.MISSING.severity, axis=1))
    position = int(rows[0])
    for output, link in zip(evaluation.outputs, comparison.analytic.connections):
        if position < output.size:
            detail = comparison.analytic.detail
            is_explained = detail and link in (Connection.DECLARED, Connection.UNREGISTERED)
            return f"{link}: {detail}" if is_explained else str(link)
        position -= output.size
    raise IndexError(position)


def _worst(evaluation: Evaluation, comparison: Comparison) -> Entry | None:
    """The entry with the worst outcome, and among these the one farthest outside its bound."""
    severity, numeric = comparison.severity, comparison.numeric
    if not severity.size:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        excess = np.nan_to_num(comparison.gap / comparison.allowed, nan=0.0)
    excess = np.where(severity == severity.max(), excess, -1.0)
    row, column = (int(i) for i in np.unravel_index(int(np.argmax(excess)), severity.shape))
    primal = evaluation.primals[comparison.number]
    at: float | None
    if comparison.directions is None:
        label, at = primal.label(column), float(to_real(primal.point)[column])
    else:
        label, at = _direction(primal, comparison.directions[column]), None
    return Entry(
        outcome=list(Outcome)[int(severity[row, column])],
        output=evaluation.label(row),
        input=label,
        at=at,
        analytic=float(comparison.matrix[row, column]),
        numeric=float(numeric.matrix[row, column]),
        bound=float(numeric.bound[row, column]),
        low=float(numeric.low[row, column]),
        high=float(numeric.high[row, column]),
        local=Local(int(numeric.local[row, column])).name.lower(),
    )


def _gap(comparison: Comparison) -> float:
    """The largest finite distance of an entry that is bad, relative to the largest slope."""
    bad = comparison.severity >= Outcome.MODE_MISMATCH.severity
    gaps = comparison.gap[bad & np.isfinite(comparison.gap)]
    slopes = np.abs(comparison.numeric.matrix[np.isfinite(comparison.numeric.matrix)])
    largest = float(np.max(slopes, initial=0.0))
    return float(np.max(gaps, initial=0.0)) / largest if largest > 0 else 0.0


def _ulps(comparison: Comparison) -> float:
    """How far apart the two sides are beyond the bound, in ulp, over passed entries."""
    passed = (comparison.severity == Outcome.PASS.severity) & (comparison.ulp > 0)
    beyond = np.fmax(comparison.gap - comparison.numeric.bound, 0.0)[passed]
    return float(np.max(beyond / comparison.ulp[passed], initial=0.0))


def _deviation(comparison: Comparison) -> float:
    """The median of |analytic - numeric| / |analytic| over passed entries clear of zero."""
    # What differs from zero by less than the bound may well be zero, and relative to nothing.
    is_seen = np.abs(comparison.matrix) > comparison.numeric.bound
    judged = (comparison.severity == Outcome.PASS.severity) & is_seen
    judged &= np.isfinite(comparison.matrix)
    if not judged.any():
        return 0.0
    return float(np.median(comparison.gap[judged] / np.abs(comparison.matrix[judged])))
