"""The arguments and results of a function at a point, and the state that a call changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.vectors import Vector, from_real, index_label, is_differentiable, real_size, to_real
from opcheck.watching import runs_eagerly

Array = NDArray[Any]


@dataclass(frozen=True)
class Places:
    """Some entries of an array, in order, that stand in an array of their own.

    Attributes:
        shape: of the array that they were taken from.
        entries: their positions in it, flat.
    """

    shape: tuple[int, ...]
    entries: tuple[int, ...]

    def label(self, dtype: Any, position: int) -> str:
        """Where a real coordinate of the chosen entries lies in the whole array: `[1, 0].imag`."""
        parts = real_size((), dtype)
        entry, part = divmod(position, parts)
        return index_label(self.shape, dtype, parts * self.entries[entry] + part)


@dataclass(frozen=True)
class Primal:
    """One argument at the point.

    Attributes:
        variable: the `tf.Variable` that carries the value, if one does.
        is_passed: False for a weight that the function holds itself.
        low, high: edges of the input's domain, which no stencil crosses.
        tangent: projection onto the allowed directions, or None for all of them.
        places: where the entries lie in a larger input that they were taken from.
    """

    name: str
    point: Array
    variable: Any = None
    is_passed: bool = True
    is_differentiated: bool = True
    low: float = -np.inf
    high: float = np.inf
    tangent: Callable[[Array], Array] | None = field(default=None, compare=False)
    places: Places | None = None

    @property
    def size(self) -> int:
        """The number of real coordinates."""
        return real_size(self.point.shape, self.point.dtype)

    @property
    def is_traced(self) -> bool:
        """Whether a trace can take it as an argument, so that it stands elsewhere in the next call.

        What is neither differentiated nor floating is a constant of the trace: an axis may have to
        be one.
        """
        return self.is_differentiated or (
            self.variable is None and is_differentiable(self.point.dtype)
        )

    def directions(self) -> NDArray[np.float64] | None:
        """A basis of the allowed directions, one a row, or None when every axis is allowed.

        Each axis is projected; what vanishes or was seen before (the mirrored entry of a
        symmetric matrix) is left out. Rows are scaled so that their largest entry is 1.
        """
        if self.tangent is None:
            return None
        basis: dict[bytes, Vector] = {}
        for axis in np.eye(self.size):
            wide = np.complex128 if self.point.dtype.kind == "c" else np.float64
            direction = to_real(self.tangent(from_real(axis, self.point.shape, wide))) + 0.0
            if direction.any():
                direction = direction / direction[np.argmax(np.abs(direction) > 0.25)]
                basis.setdefault((direction + 0.0).tobytes(), direction)
        return np.array(list(basis.values())).reshape(len(basis), self.size)

    def allowed(self, direction: Vector) -> Vector:
        """A direction in all coordinates, projected onto the ones that the input allows."""
        if self.tangent is None:
            return direction
        wide = np.complex128 if self.point.dtype.kind == "c" else np.float64
        return to_real(self.tangent(from_real(direction, self.point.shape, wide)))

    def beside(self, generator: np.random.Generator) -> Array:
        """A point a little away from this one, in a direction that the domain allows."""
        point = to_real(self.point)
        step = 2.0**-10 * np.fmax(1.0, np.abs(np.where(np.isfinite(point), point, 1.0)))
        step = step * generator.uniform(0.5, 1.0, step.size)
        step = self.allowed(np.where(point + step > self.high, -step, step))
        return from_real(point + step, self.point.shape, self.point.dtype)

    def label(self, position: int) -> str:
        """The coordinate's name: `x[1, 0]`."""
        if self.places is not None:
            return self.name + self.places.label(self.point.dtype, position)
        return self.name + index_label(self.point.shape, self.point.dtype, position)


@dataclass(frozen=True)
class Output:
    """One floating output of the function: its path, shape and dtype.

    Attributes:
        places: where the entries lie in a larger output that they were taken from.
    """

    name: str
    shape: tuple[int, ...]
    dtype: Any
    places: Places | None = None

    @property
    def size(self) -> int:
        """The number of real coordinates."""
        return real_size(self.shape, self.dtype)

    def label(self, position: int) -> str:
        """The coordinate's name: `out[1, 0]`."""
        if self.places is not None:
            return self.name + self.places.label(self.dtype, position)
        return self.name + index_label(self.shape, self.dtype, position)


@dataclass(frozen=True)
class State:
    """Variables that a call changes (moving statistics, seeds), with the values to go back to."""

    variables: tuple[Any, ...] = ()
    values: tuple[Array, ...] = ()

    @classmethod
    def of(cls, variables: Sequence[Any]) -> State:
        return cls(tuple(variables), tuple(variable.numpy() for variable in variables))

    @classmethod
    def changed_by(cls, call: Callable[[], Any]) -> State:
        """The variables that a call assigns to, whoever holds them, as they are after it."""
        handles: dict[int, _Handle] = {}

        def note(op_type: Any, inputs: Any, attrs: Any, outputs: Any, *rest: Any) -> None:
            name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
            if name.startswith(("Assign", "ResourceScatter", "RngSkip", "RngReadAndSkip")):
                handles.setdefault(id(inputs[0]), _Handle(inputs[0]))

        # A function that runs in graphs alone shows what it assigned to up to there.
        runs_eagerly(call, note)
        return cls.of(list(handles.values()))

    def restore(self) -> None:
        for variable, value in zip(self.variables, self.values):
            variable.assign(value)


@dataclass(frozen=True)
class _Handle:
    """A variable of which only the handle is known."""

    resource: Any

    def numpy(self) -> Array:
        dtype = self.resource._handle_data.shape_and_type[0].dtype
        value = tf.raw_ops.ReadVariableOp(resource=self.resource, dtype=tf.as_dtype(dtype))
        return np.asarray(value.numpy())

    def assign(self, value: Array) -> None:
        tf.raw_ops.AssignVariableOp(resource=self.resource, value=tf.constant(value))
