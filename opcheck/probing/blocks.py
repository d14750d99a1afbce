"""A function of some entries of one input to some entries of the outputs: a block of a Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.evaluation import Evaluation
from opcheck.primals import Places, Primal
from opcheck.vectors import real_size

Positions = NDArray[np.intp]


def whole_rows(evaluation: Evaluation, rows: Positions) -> Positions:
    """The real coordinates of the output entries that hold these ones: of a complex one, both."""
    found, start = [], 0
    for output in evaluation.outputs:
        mine = rows[(rows >= start) & (rows < start + output.size)] - start
        found.append(start + _coordinates(_entries(mine, output.dtype), output.dtype))
        start += output.size
    return np.concatenate(found)


def block(
    evaluation: Evaluation, number: int, rows: Positions, columns: Positions | None = None
) -> Evaluation:
    """The same function of the entries of one input, to the entries of the outputs, that are named.

    Both keep the names that they have in the whole, and other inputs are held where they are.

    Args:
        rows, columns: real coordinates; a complex entry is taken whole. None for all columns.
    """
    primals = [replace(p, is_differentiated=i == number) for i, p in enumerate(evaluation.primals)]
    primal = primals[number]
    entries = None if columns is None else _entries(columns, primal.point.dtype)
    if entries is not None:
        primals[number] = _part_of(primal, entries)
    chosen, start = [], 0
    for place, output in enumerate(evaluation.outputs):
        mine = rows[(rows >= start) & (rows < start + output.size)] - start
        start += output.size
        if mine.size:
            chosen.append((place, _entries(mine, output.dtype)))
    position = sum(p.is_passed for p in evaluation.primals[:number])

    def function(*passed: Any) -> list[Any]:
        before, after = passed[:position], passed[position:]
        if entries is None:
            tensors = evaluation.run(passed)
        elif primal.variable is None:
            whole = _filled(primal, entries, after[0])
            tensors = evaluation.run([*before, whole, *after[1:]])
        else:
            own = [primal.variable] if primal.is_passed else []
            given = [*before, *own, *after[1:]]
            tensors = _by_variable(evaluation, primal, entries, given, after[0])
        return [tf.gather(tf.reshape(tensors[place], [-1]), kept) for place, kept in chosen]

    return evaluation.of_another(
        function,
        primals=primals,
        names=[evaluation.outputs[place].name for place, _ in chosen],
        places=[
            Places(evaluation.outputs[place].shape, tuple(kept.tolist())) for place, kept in chosen
        ],
        least_size=evaluation.least_size,
    )


def _part_of(primal: Primal, entries: Positions) -> Primal:
    places = Places(primal.point.shape, tuple(entries.tolist()))
    point = primal.point.reshape(-1)[entries]
    return replace(primal, point=point, places=places, variable=None, is_passed=True)


def _filled(primal: Primal, entries: Positions, part: Any) -> Any:
    """The whole input with some entries replaced, in the precision of these."""
    flat = tf.cast(tf.constant(primal.point.reshape(-1)), part.dtype)
    whole = tf.tensor_scatter_nd_update(flat, entries[:, None], part)
    return tf.reshape(whole, primal.point.shape)


def _by_variable(
    evaluation: Evaluation, primal: Primal, entries: Positions, given: Sequence[Any], part: Any
) -> Any:
    """The outputs with some entries of a variable replaced, and its gradient by these alone."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def moved(part: Any) -> Any:
        primal.variable.assign(_filled(primal, entries, part))
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(primal.variable)
            tensors = evaluation.run(given)
        primal.variable.assign(primal.point)

        def backward(*cotangents: Any, variables: Any = None) -> Any:
            whole = tape.gradient(tensors, primal.variable, output_gradients=list(cotangents))
            if whole is not None:
                whole = tf.gather(tf.reshape(tf.convert_to_tensor(whole), [-1]), entries)
            return whole if variables is None else (whole, [None] * len(variables))

        return tensors, backward

    return moved(part)


def _entries(coordinates: Positions, dtype: Any) -> Positions:
    """The entries, complex ones say, that real coordinates belong to."""
    return np.unique(coordinates // real_size((), dtype))


def _coordinates(entries: Positions, dtype: Any) -> Positions:
    parts = real_size((), dtype)
    return (parts * entries[:, None] + np.arange(parts)).reshape(-1)
