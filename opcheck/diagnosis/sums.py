"""Sums that a gradient needs over the axes of an output along which the input is broadcast."""

from __future__ import annotations

import math

import numpy as np

from opcheck.diagnosis.disagreement import Disagreement
from opcheck.diagnosis.places import (
    Coordinates,
    axes_in_words,
    runs,
)


def mean(case: Disagreement, factor: float, error: float) -> str:
    """`1/3, like a mean ...` for the reciprocal of how many entries a sum has."""
    count = round(1 / factor) if 0 < 1 / factor < 2 * case.wrong.shape[0] else 0
    if count < 2 or abs(factor * count - 1) > error * count:
        return ""
    for tensor, run in runs(case.rows):
        axes = _summed_axes(case, tensor, run)
        choices: dict[tuple[int, ...], int] = {(axis,): tensor.shape[axis] for axis in axes}
        choices[axes] = math.prod(tensor.shape[axis] for axis in axes)
        found = [taken for taken, length in choices.items() if length == count]
        if len(found) == 1:
            over = f"{axes_in_words(found[0])} of {tensor.name}"
            return f"1/{count}, like a mean instead of a sum over {over}"
    return ""


def one_term(case: Disagreement) -> str:
    """All rows but those at one index of summed axes are zero."""
    kept = np.any(case.analytic != 0, axis=1, where=case.known)
    for tensor, run in runs(case.rows):
        if not case.wrong_rows[run].any() or kept[run].all() or not kept[run].any():
            continue
        summed = _summed_axes(case, tensor, run)
        used = tensor.used(kept[run])
        axes = tuple(axis for axis in summed if len(used[axis]) == 1)
        rows = np.ones(len(kept), bool)
        rows[run] = kept[run]
        is_fit = axes and case.is_explained_by(rows[:, None] * case.numeric, case.allowed)
        place = tensor.place(kept[run])
        if is_fit and place and not case.wrong_rows[rows].any():
            ends = {_end(int(used[axis][0]), tensor.shape[axis]) for axis in axes}
            which = ends.pop() if len(ends) == 1 else "one"
            over = f"the sum over {axes_in_words(axes)} of {tensor.name}"
            return f"the gradient keeps only {place}, {which} term of {over}"
    return ""


def _summed_axes(case: Disagreement, tensor: Coordinates, run: slice) -> tuple[int, ...]:
    """The axes of an output along which each input entry is used at every index, and no other.

    Where all axes are such, and several inputs, the output is no broadcast of the input.
    """
    reach = (~case.is_zero & case.known)[run]
    reach = reach[:, reach.any(axis=0)]
    reach = reach.reshape(*tensor.grid, reach.shape[1])
    if tensor.is_complex:
        reach = np.any(reach, axis=-2)
    axes = range(len(tensor.shape))
    counts = [
        reach.any(axis=tuple(other for other in axes if other != axis)).sum(axis=0) for axis in axes
    ]
    lengths = tensor.shape
    summed = tuple(a for a in axes if lengths[a] > 1 and np.all(counts[a] == lengths[a]))
    is_single = all((counts[axis] == 1).all() for axis in axes if axis not in summed)
    entries = reach.shape[-1] // (2 if case.columns[0].is_complex else 1)
    is_broadcast = is_single and (len(summed) < len(tensor.shape) or entries <= 1)
    return summed if is_broadcast else ()


def _end(index: int, length: int) -> str:
    return {0: "the first", length - 1: "the last"}.get(index, "one")
