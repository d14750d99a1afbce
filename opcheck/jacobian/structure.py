"""Jacobians that fall into equal blocks: of elementwise functions, batches, products of matrices.

A column of one block moves none of the outputs of another, so one column of every block can move
in the same evaluation, and one row of every block be weighed by the same cotangent (Curtis, Powell
and Reid 1974). What is taken for a block is a guess until what lies outside is seen to be zero.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opcheck.evaluation import Evaluation
from opcheck.jacobian.pullback import ROUNDINGS, Pullback, signed_weights, unit_of
from opcheck.primals import Output, Primal

Array = NDArray[np.float64]
Positions = NDArray[np.intp]

# Up to so many outputs have their rows pulled back one by one: to look for blocks takes as long.
FEW = 3

# Which share of the outputs comes before the one whose row is looked at first: late in every axis,
# where a cumulative sum has reached it.
LATE = 0.9


@dataclass(frozen=True)
class Structure:
    """Which entries of a Jacobian lie in which block.

    Attributes:
        rows: coordinates of the outputs, (blocks, rows of each).
        columns: coordinates of the input, (blocks, columns of each).
    """

    rows: Positions
    columns: Positions

    @classmethod
    def whole(cls, rows: int, columns: int) -> Structure:
        """One block that holds everything."""
        return cls(np.arange(rows)[None], np.arange(columns)[None])

    @classmethod
    def guessed(cls, output: Output, primal: Primal, row: int, slopes: Array) -> Structure:
        """A block for each place along the axes that output and input seem to share.

        Args:
            row: a coordinate of the output.
            slopes: that row of the Jacobian; where it is zero tells which axes are shared.
        """
        made, taken = _real_shape(output), _real_shape(primal)
        if not slopes.any():
            return cls.whole(output.size, primal.size)
        here = np.unravel_index(row, made)
        there = np.unravel_index(np.flatnonzero(slopes), taken)
        shared: dict[int, int] = {}
        for axis_in, axis_out in _alike(output, primal):
            is_free = axis_in not in shared and axis_out not in shared.values()
            if is_free and np.all(there[axis_in] == here[axis_out]):
                shared[axis_in] = axis_out
        return cls(
            _split(made, tuple(shared.values())),
            _split(taken, tuple(shared)),
        )

    @property
    def is_whole(self) -> bool:
        return len(self.rows) == 1

    @property
    def width(self) -> int:
        """The columns of each block."""
        return int(self.columns.shape[1])


@dataclass(frozen=True)
class Blocks:
    """What TensorFlow derives for one input, block by block.

    Attributes:
        entries: (blocks, rows of each, columns of each).
    """

    structure: Structure
    entries: Array

    @classmethod
    def of(cls, matrix: Array) -> Blocks:
        """A whole Jacobian."""
        return cls(Structure.whole(*matrix.shape), matrix[None])

    def dense(self, rows: int, columns: int) -> Array:
        """The whole Jacobian."""
        if self.structure.is_whole:
            return np.asarray(self.entries[0])
        matrix = np.zeros((rows, columns))
        matrix[self.structure.rows[:, :, None], self.structure.columns[:, None]] = self.entries
        return matrix

    def pulled(self, cotangent: Array, columns: int) -> tuple[Array, Array]:
        """cotangentᵀ J, and the sum of the magnitudes that it is made of."""
        weights = cotangent[self.structure.rows]
        found, size = np.zeros(columns), np.zeros(columns)
        found[self.structure.columns] = np.einsum("bi,bij->bj", weights, self.entries)
        size[self.structure.columns] = np.einsum(
            "bi,bij->bj", np.abs(weights), np.abs(self.entries)
        )
        return found, size

    def pushed(self, tangent: Array, rows: int) -> tuple[Array, Array]:
        """J tangent, and the sum of the magnitudes that it is made of."""
        weights = tangent[self.structure.columns]
        found, size = np.zeros(rows), np.zeros(rows)
        found[self.structure.rows] = np.einsum("bij,bj->bi", self.entries, weights)
        size[self.structure.rows] = np.einsum("bij,bj->bi", np.abs(self.entries), np.abs(weights))
        return found, size


def analytic_blocks(evaluation: Evaluation) -> dict[int, Blocks]:
    """The Jacobian for each differentiated primal in as few backward passes as its blocks take.

    What lies outside of the blocks is seen to be zero by one more pass with random weights; where
    it is not, all of the Jacobian is one block.

    Raises:
        Exception: whatever the derivative raises.
    """
    pullback = Pullback(evaluation)
    size = evaluation.value.size
    # No place in the middle: a function that reverses an axis leaves that where it is.
    row = int(LATE * size)
    first = pullback(_axis(size, row))
    structures = _guessed(evaluation, row, first)
    if not all(structure.is_whole for structure in structures.values()):
        found = _pulled(evaluation, pullback, structures)
        if _is_all(evaluation, pullback, found):
            return found
    whole = {n: Structure.whole(size, evaluation.primals[n].size) for n in structures}
    return _pulled(evaluation, pullback, whole)


def _pulled(
    evaluation: Evaluation, pullback: Pullback, structures: dict[int, Structure]
) -> dict[int, Blocks]:
    """The entries in the blocks: a row of all blocks in each backward pass."""
    generator = np.random.default_rng(evaluation.seed)
    found = {}
    for numbers in _of_same_rows(structures):
        rows = structures[numbers[0]].rows
        signs = _signs(generator, rows.shape)
        cotangents = np.zeros((rows.shape[1], evaluation.value.size))
        cotangents[np.arange(rows.shape[1]), rows] = signs
        pulled = pullback.many(cotangents)
        for number in numbers:
            slopes = pulled[number][:, structures[number].columns].swapaxes(0, 1)
            found[number] = Blocks(structures[number], slopes * signs[:, :, None])
    return found


def _is_all(evaluation: Evaluation, pullback: Pullback, found: dict[int, Blocks]) -> bool:
    """Whether what lies outside of the blocks is zero, but for rounding."""
    generator = np.random.default_rng([evaluation.seed, 1])
    weights = signed_weights(evaluation.value.size, generator)
    pulled = pullback(weights)
    for number, blocks in found.items():
        meant, magnitude = blocks.pulled(weights, evaluation.primals[number].size)
        far = ROUNDINGS * unit_of(evaluation) * magnitude
        if not np.all(np.abs(pulled[number] - meant) <= far):
            return False
    return True


def _guessed(evaluation: Evaluation, row: int, slopes: dict[int, Array]) -> dict[int, Structure]:
    """The structure of each Jacobian, by what one row of it shows."""
    size = evaluation.value.size
    found = {}
    for number in evaluation.differentiated:
        primal = evaluation.primals[number]
        is_one = size <= FEW or len(evaluation.outputs) > 1 or primal.size <= 1
        found[number] = (
            Structure.whole(size, primal.size)
            if is_one or primal.tangent is not None
            else Structure.guessed(evaluation.outputs[0], primal, row, slopes[number])
        )
    return found


def _of_same_rows(structures: dict[int, Structure]) -> list[list[int]]:
    """The numbers of inputs whose blocks have the same rows, together."""
    found: dict[Hashable, list[int]] = {}
    for number, structure in structures.items():
        found.setdefault((structure.rows.shape, structure.rows.tobytes()), []).append(number)
    return list(found.values())


def _axis(size: int, position: int) -> Array:
    vector = np.zeros(size)
    vector[position] = 1.0
    return vector


def _signs(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.where(generator.random(shape) < 0.5, -1.0, 1.0)


def _real_shape(tensor: Output | Primal) -> tuple[int, ...]:
    """The shape of the real coordinates."""
    shape, dtype = (
        (tensor.shape, tensor.dtype)
        if isinstance(tensor, Output)
        else (tensor.point.shape, tensor.point.dtype)
    )
    return (*shape, 2) if np.dtype(dtype).kind == "c" else tuple(shape)


def _alike(output: Output, primal: Primal) -> Iterator[tuple[int, int]]:
    """Pairs of axes of one length, an input's and an output's, counted from the front or back."""
    made, taken = output.shape, primal.point.shape
    shorter = min(len(made), len(taken))
    pairs = [(axis, axis) for axis in range(shorter)]
    pairs += [(len(taken) - k, len(made) - k) for k in range(1, shorter + 1)]
    return (pair for pair in pairs if taken[pair[0]] == made[pair[1]] > 1)


def _split(shape: Sequence[int], axes: Sequence[int]) -> Positions:
    """The coordinates of an array of this shape, those of one place along `axes` in one row."""
    positions = np.arange(math.prod(shape)).reshape(tuple(shape))
    rest = [axis for axis in range(len(shape)) if axis not in axes]
    blocks = math.prod(shape[axis] for axis in axes)
    return np.asarray(positions.transpose(*axes, *rest).reshape(blocks, -1))
