"""A function at a point: its primals, its labelled outputs, and the map of real vectors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.errors import UsageError
from opcheck.precision import Precision
from opcheck.vectors import (
    Vector,
    from_real,
    index_label,
    is_differentiable,
    labelled_tensors,
    real_size,
    to_real,
)
from opcheck.watching import runs_eagerly

Array = NDArray[Any]


# Sums that threads share come out in another order each time; more than that is randomness.
NOISE_OF_THREADS = 1e-3


@dataclass(frozen=True)
class Primal:
    """One argument at the point.

    Attributes:
        variable: the `tf.Variable` that carries the value, if one does.
        is_passed: False for a weight that the function holds itself.
        low, high: edges of the input's domain, which no stencil crosses.
        tangent: projection onto the allowed directions, or None for all of them.
    """

    name: str
    point: Array
    variable: Any = None
    is_passed: bool = True
    is_differentiated: bool = True
    low: float = -np.inf
    high: float = np.inf
    tangent: Callable[[Array], Array] | None = field(default=None, compare=False)

    @property
    def size(self) -> int:
        """The number of real coordinates."""
        return real_size(self.point.shape, self.point.dtype)

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
        return self.name + index_label(self.point.shape, self.point.dtype, position)


@dataclass(frozen=True)
class Output:
    """One floating output of the function: its path, shape and dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: Any

    @property
    def size(self) -> int:
        """The number of real coordinates."""
        return real_size(self.shape, self.dtype)

    def label(self, position: int) -> str:
        """The coordinate's name: `out[1, 0]`."""
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


class FunctionError(Exception):
    """The function itself raised at the point, before any derivative."""


class Evaluation:
    """A function bound to its primals.

    Calling it with the number of a primal and a flat real vector evaluates the function with that
    primal replaced: the map of real vectors that both Jacobians describe. `value` is what it gives
    at the point itself.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        primals: Sequence[Primal],
        *,
        outputs: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
        fast: Callable[..., Any] | None = None,
        state: State | None = None,
        seed: int = 0,
        least_size: float = 0.0,
        wide: Callable[[], Evaluation] | None = None,
    ) -> None:
        """
        Args:
            function: takes one tensor a passed primal, returns a tensor or a nest of them.
            outputs: positions of the tensors to judge among all that come back; None for all.
            names: what to call the judged tensors; None for their paths in the nest.
            fast: the same function compiled, for the many evaluations of differencing.
            state: what to restore before each call.
            seed: set before each call when the function is random.
            least_size: of the terms that the outputs are sums of, where that is known: what
                cancels to zero still has their rounding.
            wide: the same function in double precision, where that is another object: a layer.

        Raises:
            FunctionError: the function raises at the point.
            UsageError: nothing to differentiate, or no floating output.
        """
        self.function = function
        self.primals = tuple(primals)
        self.seed = seed
        self.least_size = least_size
        self.wide = wide
        self._fast = fast or function
        self._chosen = outputs
        self._names = names
        self._state = state or State()
        self._reseeds = False
        self.differentiated = tuple(i for i, p in enumerate(primals) if p.is_differentiated)
        if not self.differentiated:
            dtypes = ", ".join(f"{p.name}: {p.point.dtype}" for p in primals) or "no inputs"
            raise UsageError(
                f"nothing to differentiate: no input is floating or complex ({dtypes})"
            )
        self.outputs: tuple[Output, ...] = ()
        self.value = np.empty(0)
        self._look_at_outputs()
        try:
            self.value = self._value_here()
        except Exception as error:
            raise FunctionError(f"{type(error).__name__}: {error}") from error
        # The noise of an unseeded function is no round-off; replaying its seed makes it a function.
        # Three calls: a shuffle of four can come out the same twice.
        # A function that keeps a state is one of its input once that is put back before each call.
        is_steady = self._is_steady()
        if not is_steady and state is None:
            self._state = State.changed_by(lambda: self.judged(self.arguments()))
            self.value = self._value_here()
            is_steady = self._is_steady()
        self._reseeds = not is_steady
        if self._reseeds:
            self.value = self._value_here()
        self.is_deterministic = not self._reseeds or self._repeats(NOISE_OF_THREADS)

    def arguments(self, replaced: int | None = None, point: Array | None = None) -> list[Any]:
        """Tensors and variables to call the function with, one primal's value replaced."""
        given = []
        for position, primal in enumerate(self.primals):
            value = point if position == replaced else primal.point
            if primal.variable is not None:
                given.append(primal.variable)
            else:
                given.append(tf.constant(value) if value is not None else None)
        return given

    def judged(self, arguments: Sequence[Any]) -> list[Any]:
        """The judged output tensors for these arguments, under the current tape."""
        return self._run(self.function, arguments)

    def run(self, passed: Sequence[Any]) -> list[Any]:
        """The judged output tensors for the passed arguments, as a part of another function.

        That function's evaluation restores the state and replays the seed.
        """
        return [tensor for _, tensor in self._floating(self.function(*passed))]

    def of_another(
        self,
        function: Callable[..., Any],
        *,
        is_same: bool = False,
        primals: Sequence[Primal] | None = None,
        names: Sequence[str] | None = None,
        least_size: float = 0.0,
    ) -> Evaluation:
        """Another function at the same point, with the same state and seed.

        Args:
            is_same: it returns the same nest as this one's, by another way.
            primals: of the same number and shapes; None for these.
            names, least_size: as of an `Evaluation`.
        """
        return Evaluation(
            function,
            self.primals if primals is None else primals,
            outputs=self._chosen if is_same else None,
            names=names,
            state=self._state,
            seed=self.seed,
            least_size=max(least_size, self.least_size if is_same else 0.0),
        )

    @property
    def is_random(self) -> bool:
        """Whether it gives the same twice only because its seed is set before each call."""
        return self._reseeds

    def restore(self) -> None:
        """Put back what calls have changed."""
        self._state.restore()

    def elsewhere(
        self, primals: Sequence[Primal], fast: Callable[..., Any] | None = None
    ) -> Evaluation:
        """The same function at another point; a variable must hold its primal's value there.

        Args:
            fast: the function compiled, where it is not yet.
        """
        return Evaluation(
            self.function,
            primals,
            outputs=self._chosen,
            names=self._names,
            fast=fast or self._fast,
            state=self._state,
            seed=self.seed,
        )

    def __call__(self, number: int, vector: Vector) -> Vector:
        """The flat real outputs with primal `number` at `vector`; NaN where the function raises.

        A kernel that rejects a neighbouring point (a matrix that is no longer positive definite,
        a check that fires) says the same as one that returns NaN: the domain ends before it.
        """
        primal = self.primals[number]
        point = from_real(vector, primal.point.shape, primal.point.dtype)
        try:
            with self.placed(number, point):
                value = self._flat(self._run(self._fast, self.arguments(number, point)))
        except (tf.errors.OpError, ValueError, ArithmeticError):
            return np.full_like(self.value, np.nan)
        return value if value.size == self.value.size else np.full_like(self.value, np.nan)

    @contextmanager
    def placed(self, number: int, point: Array) -> Iterator[None]:
        """Put `point` into the variable of a primal, if it has one, and the old value back after.

        The saved value is assigned, since x + h - h need not be x.
        """
        variable = self.primals[number].variable
        if variable is None:
            yield
            return
        variable.assign(point)
        try:
            yield
        finally:
            variable.assign(self.primals[number].point)

    @contextmanager
    def moved(self, number: int, point: Array) -> Iterator[Evaluation]:
        """The same function with one primal elsewhere, for as long as the context lasts."""
        elsewhere = copy.copy(self)
        primals = list(self.primals)
        primals[number] = replace(primals[number], point=point)
        elsewhere.primals = tuple(primals)
        with self.placed(number, point):
            yield elsewhere

    def label(self, position: int) -> str:
        """The name of a coordinate of the flat output."""
        for output in self.outputs:
            if position < output.size:
                return output.label(position)
            position -= output.size
        raise IndexError(position)

    def _run(self, function: Callable[..., Any], arguments: Sequence[Any]) -> list[Any]:
        self._state.restore()
        if self._reseeds:
            tf.random.set_seed(self.seed)
        passed = [argument for argument, primal in zip(arguments, self.primals) if primal.is_passed]
        return [tensor for _, tensor in self._floating(function(*passed))]

    def _floating(self, result: Any) -> list[tuple[str, Any]]:
        tensors = list(labelled_tensors(result))
        if self._chosen is not None:
            tensors = [tensors[position] for position in self._chosen]
        return [(name, tensor) for name, tensor in tensors if is_differentiable(tensor.dtype)]

    def _look_at_outputs(self) -> None:
        """Call the function once, as it is, to learn what it returns."""
        self._state.restore()
        passed = [
            argument for argument, primal in zip(self.arguments(), self.primals) if primal.is_passed
        ]
        try:
            result = self.function(*passed)
            named = self._floating(result)
        except Exception as error:
            raise FunctionError(f"{type(error).__name__}: {error}") from error
        if not named:
            dtypes = sorted({str(t.dtype.name) for _, t in labelled_tensors(result)})
            raise UsageError(
                "the function returns no floating or complex tensor "
                f"(it returns {', '.join(dtypes) or 'nothing'}), so it has no derivative to check"
            )
        names = self._names or [name for name, _ in named]
        self.outputs = tuple(
            Output(name, tuple(tensor.shape.as_list()), tensor.dtype.as_numpy_dtype)
            for name, (_, tensor) in zip(names, named)
        )

    def _flat(self, tensors: Sequence[Any]) -> Vector:
        if len(tensors) == 1:
            return to_real(tensors[0].numpy())
        return np.concatenate([to_real(tensor.numpy()) for tensor in tensors])

    def _value_here(self) -> Vector:
        """The outputs at the point, by the same code that differencing calls."""
        return self._flat(self._run(self._fast, self.arguments()))

    def _is_steady(self) -> bool:
        """Whether calls repeat, at the point and beside it: noise times zero shows beside it."""
        if not all(self._repeats() for _ in range(3)):
            return False
        generator = np.random.default_rng(self.seed)
        with ExitStack() as stack:
            beside = self
            for number in self.differentiated:
                point = self.primals[number].beside(generator)
                beside = stack.enter_context(beside.moved(number, point))
            try:
                beside.value = beside._value_here()
                return all(beside._repeats() for _ in range(3))
            except (tf.errors.OpError, ValueError, ArithmeticError):
                return True  # There is nothing beside it.

    def repeats_eagerly(self) -> bool:
        """Whether the function as it is gives what the compiled one does, but for rounding."""
        value = self._flat(self.judged(self.arguments()))
        largest = float(np.max(np.abs(value), initial=0.0, where=np.isfinite(value)))
        unit = Precision.coarsest(output.dtype for output in self.outputs).unit
        far = max(NOISE_OF_THREADS, 64 * unit)
        return bool(np.allclose(value, self.value, rtol=far, atol=far * largest, equal_nan=True))

    def _repeats(self, tolerance: float = 0.0) -> bool:
        """Whether one more call gives the same, or no more than `tolerance` of it another."""
        again = self._value_here()
        largest = np.max(np.abs(again), initial=0.0, where=np.isfinite(again))
        least = tolerance**2 * float(largest)
        return bool(np.allclose(again, self.value, rtol=tolerance, atol=least, equal_nan=True))


def evaluate(
    function: Callable[..., Any],
    xs: Sequence[Any],
    wrt: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    seed: int = 0,
) -> Evaluation:
    """A user's function at a user's point.

    Args:
        xs: arrays, tensors, `tf.Variable`s or Python numbers; integers are passed through.
        wrt: positions of `xs` to differentiate; None for every floating or complex one.

    Raises:
        UsageError: `xs` is no list, or `wrt` names what cannot be differentiated.
        FunctionError: the function raises at the point.
    """
    if not isinstance(xs, (list, tuple)):
        raise UsageError(
            f"xs must be a list with one entry per argument of f, but got {type(xs).__name__}"
        )
    chosen = None if wrt is None else _checked_wrt(wrt, xs)
    primals = [
        _primal(x, names[i] if names else f"xs[{i}]", chosen is None or i in chosen)
        for i, x in enumerate(xs)
    ]
    return Evaluation(function, primals, seed=seed)


def _checked_wrt(wrt: Sequence[int], xs: Sequence[Any]) -> set[int]:
    for number in wrt:
        if not isinstance(number, (int, np.integer)) or not 0 <= number < len(xs):
            raise UsageError(
                f"wrt={list(wrt)!r}: {number!r} is no position in xs (0 to {len(xs) - 1})"
            )
        dtype = tf.convert_to_tensor(xs[number]).dtype
        if not is_differentiable(dtype):
            raise UsageError(
                f"wrt={list(wrt)!r}: xs[{number}] is {dtype.name}, which has no derivative"
            )
    return {int(number) for number in wrt}


def _primal(x: Any, name: str, is_wanted: bool) -> Primal:
    if isinstance(getattr(x, "value", None), tf.Variable):  # a Keras variable
        x = x.value
    if isinstance(x, tf.Variable):
        return Primal(
            name, x.numpy(), x, is_differentiated=is_wanted and is_differentiable(x.dtype)
        )
    if isinstance(x, float):
        x = np.float64(x)
    try:
        tensor = tf.convert_to_tensor(x)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} = {x!r} cannot become a tensor: {error}") from error
    return Primal(
        name, tensor.numpy(), is_differentiated=is_wanted and is_differentiable(tensor.dtype)
    )
