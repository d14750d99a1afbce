"""Names for rows and columns of a Jacobian: entries, slices and parts of tensors, in few words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

# How many places a sentence lists before it only counts them.
FEW = 3


@dataclass(frozen=True)
class Coordinates:
    """The tensor that a run of rows or columns stands for; a complex entry takes two of them.

    Attributes:
        labels: names for coordinates that are no entries of the tensor, such as directions.
    """

    name: str
    shape: tuple[int, ...]
    is_complex: bool = False
    labels: tuple[str, ...] = ()

    @property
    def grid(self) -> tuple[int, ...]:
        """The shape, with a last axis for the real and the imaginary part of a complex tensor."""
        return (*self.shape, 2) if self.is_complex else self.shape

    @property
    def size(self) -> int:
        """The number of real coordinates."""
        return math.prod(self.grid)

    def label(self, position: int) -> str:
        """One coordinate's name: `x[1, 0]`, `z[2].imag`."""
        if self.labels:
            return self.labels[position]
        return self._written([str(int(i)) for i in np.unravel_index(position, self.grid)])

    def place(self, marked: Flags) -> str:
        """The marked coordinates: `x`, `x[1, :]`, `x[0] and x[2]`; "" if few words do not do."""
        if marked.all():
            return self.name
        positions = np.flatnonzero(marked)
        if len(positions) == 1:
            return self.label(int(positions[0]))
        slices = [] if self.labels else self.slices(marked)
        if slices:
            return self._written(slices)
        return listed([self.label(int(p)) for p in positions]) if len(positions) <= FEW else ""

    def slices(self, marked: Flags) -> list[str]:
        """One index or slice for each axis of the grid, if these together mark just the marked."""
        used = self.used(marked)
        words = [_slice(indices, length) for indices, length in zip(used, self.grid)]
        is_box = math.prod(map(len, used)) == np.count_nonzero(marked)
        return words if is_box and all(words) else []

    def used(self, marked: Flags) -> list[NDArray[np.intp]]:
        """The indices along each axis of the grid at which something is marked."""
        grid, axes = marked.reshape(self.grid), range(len(self.grid))
        return [
            np.flatnonzero(grid.any(axis=tuple(other for other in axes if other != axis)))
            for axis in axes
        ]

    def _written(self, indices: list[str]) -> str:
        part = ""
        if self.is_complex:
            *indices, last = indices
            part = {"0": ".real", "1": ".imag"}.get(last, "")
        is_whole = all(index == ":" for index in indices)
        return self.name + ("" if is_whole else f"[{', '.join(indices)}]") + part


def label_among(tensors: Sequence[Coordinates], position: int) -> str:
    """The name of a coordinate of several tensors in a row."""
    for tensor in tensors:
        if position < tensor.size:
            return tensor.label(position)
        position -= tensor.size
    raise IndexError(position)


def place_among(tensors: Sequence[Coordinates], marked: Flags) -> str:
    """The marked coordinates of several tensors in a row, or "" if few words do not do."""
    words = [tensor.place(marked[run]) for tensor, run in runs(tensors) if marked[run].any()]
    return listed(words) if len(words) <= FEW and all(words) else ""


def runs(tensors: Sequence[Coordinates]) -> list[tuple[Coordinates, slice]]:
    """Each tensor with the slice of coordinates that are its own."""
    found, start = [], 0
    for tensor in tensors:
        found.append((tensor, slice(start, start + tensor.size)))
        start += tensor.size
    return found


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _slice(indices: NDArray[np.intp], length: int) -> str:
    """Indices along one axis as Python writes them, or "" if that takes more than a few."""
    if len(indices) == length:
        return ":"
    if len(indices) == 1:
        return str(int(indices[0]))
    steps = np.diff(indices)
    if (len(indices) > 2 and (steps == steps[0]).all()) or (steps[0] == 1 and len(indices) == 2):
        stop, step = int(indices[-1]) + 1, int(steps[0])
        return f"{int(indices[0])}:{stop}" + (f":{step}" if step > 1 else "")
    return f"[{', '.join(str(int(i)) for i in indices)}]" if len(indices) <= FEW else ""


def axes_in_words(axes: Sequence[int]) -> str:
    """`axis 0`, `axes 0 and 1`."""
    return f"{'axis' if len(axes) == 1 else 'axes'} {listed([*map(str, axes)])}"
