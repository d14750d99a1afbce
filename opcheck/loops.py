"""A function traced once, and run at many points by one call.

Around each op that runs eagerly there is a lot of Python, and differencing calls a function some
hundred times. The kernels that run in the loop are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.primals import Primal
from opcheck.vectors import to_real

Array = NDArray[Any]


class Loop:
    """The values of a function at points given as rows of the coordinates that are traced."""

    def __init__(
        self,
        run: Callable[[Sequence[Any]], list[Any]],
        primals: Sequence[Primal],
        passed: Sequence[Any],
        restore: Callable[[], None],
        is_shared: bool = False,
    ) -> None:
        """
        Args:
            run: takes the passed arguments, returns the tensors to judge.
            passed: what is passed at the point.
            is_shared: whether it is run at other points too. Otherwise what is not differentiated
                is a constant of the trace: each row would hold all of it.
            restore: puts back what a call changes.

        Raises:
            Exception: whatever a function raises that cannot be traced.
        """
        self._moving = [
            number
            for number, primal in enumerate(primals)
            if primal.is_differentiated or (is_shared and primal.is_traced)
        ]
        sizes = [primals[number].size for number in self._moving]
        self._slices = dict(zip(self._moving, _slices(sizes)))
        places = {number: place for place, number in enumerate(_passed(primals))}

        def at(row: Any) -> Any:
            restore()
            given = list(passed)
            for number in self._moving:
                point = primals[number].point
                tensor = from_real_tensor(row[self._slices[number]], point.shape, point.dtype)
                if primals[number].variable is None:
                    given[places[number]] = tensor
                else:
                    primals[number].variable.assign(tensor)
            return tf.concat([to_real_tensor(tensor) for tensor in run(given)], 0)

        self._run = Map(at, sum(sizes), is_ordered=True)

    def values(self, primals: Sequence[Primal], number: int, points: Array) -> NDArray[np.float64]:
        """The flat real outputs, one row a point of primal `number`, the others where they are."""
        here = np.concatenate([to_real(primals[other].point) for other in self._moving])
        rows = np.tile(here, (len(points), 1))
        rows[:, self._slices[number]] = to_real(points).reshape(len(points), -1)
        return self._run(rows)


class Map:
    """A function of a real vector, traced once and run for many, one a row."""

    def __init__(self, at: Callable[[Any], Any], size: int, *, is_ordered: bool = False) -> None:
        """
        Args:
            at: takes a vector of `size` entries, returns one.
            is_ordered: whether a trace with a state is run too, for one row after the other.

        Raises:
            ValueError: the trace has a state that does not repeat.
            Exception: whatever a function raises that cannot be traced.
        """
        one = [tf.TensorSpec([size], tf.float64)]
        self._at = tf.function(at, one, autograph=False).get_concrete_function()
        ops = self._at.graph.get_operations()
        if not any(op.op_def.is_stateful and op.type != "Placeholder" for op in ops):
            self._run: Callable[[Any], Any] = self._mapped
            return
        if not is_ordered:
            raise ValueError("a graph with a state is run for one row after the other")
        if _draws(self._at.graph.as_graph_def()):
            raise ValueError("a graph draws other numbers than the same ops one by one")
        self._run = self._in_turn()

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self._run(tf.constant(rows)).numpy())

    def _mapped(self, rows: Any) -> Any:
        """The rows in any order. To trace this takes a sixth of the time that a loop takes."""
        return tf.raw_ops.MapDefun(
            arguments=[rows],
            captured_inputs=self._at.captured_inputs,
            output_types=[tf.float64],
            output_shapes=[self._at.outputs[0].shape],
            f=self._at,
            max_intra_op_parallelism=1,
        )[0]

    def _in_turn(self) -> Callable[[Any], Any]:
        """One row after the other: each finds what it reads as the call before it left that."""
        many = [tf.TensorSpec([None, *self._at.inputs[0].shape], tf.float64)]
        traced: Callable[[Any], Any] = tf.function(
            lambda rows: tf.map_fn(self._at, rows, parallel_iterations=1), many, autograph=False
        ).get_concrete_function()
        return traced


def _draws(graph: Any) -> bool:
    """Whether an op of a graph, or of a function in it, is one with a seed and a state."""
    functions = (function.node_def for function in graph.library.function)
    return any("seed" in node.attr for nodes in (graph.node, *functions) for node in nodes)


def _slices(sizes: Sequence[int]) -> list[slice]:
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for size, end in zip(sizes, ends)]


def _passed(primals: Sequence[Primal]) -> list[int]:
    return [number for number, primal in enumerate(primals) if primal.is_passed]


def from_real_tensor(vector: Any, shape: Sequence[int], dtype: Any) -> Any:
    """What `from_real` does, in a graph."""
    shape, dtype = tuple(shape), tf.as_dtype(dtype)
    if dtype.is_complex:
        pairs = tf.reshape(vector, (*shape, 2))
        return tf.cast(tf.complex(pairs[..., 0], pairs[..., 1]), dtype)
    return tf.cast(tf.reshape(vector, shape), dtype)


def to_real_tensor(tensor: Any) -> Any:
    """What `to_real` does, in a graph."""
    tensor = tf.convert_to_tensor(tensor)
    if tensor.dtype.is_complex:
        tensor = tf.stack([tf.math.real(tensor), tf.math.imag(tensor)], -1)
    return tf.reshape(tf.cast(tensor, tf.float64), [-1])
