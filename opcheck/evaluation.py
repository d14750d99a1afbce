"""A function at a point: its primals, its labelled outputs, and the map of real vectors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.draws import Draws
from opcheck.errors import UsageError, in_words
from opcheck.loops import Loop
from opcheck.precision import Precision
from opcheck.primals import Output, Places, Primal, State
from opcheck.vectors import Vector, from_real, is_differentiable, labelled_tensors, to_real
from opcheck.watching import counted_ops, is_function

Array = NDArray[Any]

# Microseconds that calls take, which only weigh one way of calling against the other: the Python
# around a call and around each of its ops; and to trace a function, and each of its ops.
CALL, OP = 45, 90
TRACING, TRACING_OP = 12_000, 1_200

# How many calls differencing takes at least, and for each coordinate; and how many evaluations
# share the trace of a function that has a name: a row looks at several special points.
CALLS, CALLS_EACH = 30, 8
SHARED = 3

# How many traces and layers are kept: the checks of one sample come one after the other.
RECENT = 4
_LOOPS: dict[Hashable, Loop] = {}

_SINGLE = (tf.float32, tf.complex64)

# What a call raises that has no value at a point.
CALL_ERRORS = (tf.errors.OpError, ValueError, ArithmeticError)

# Sums that threads share come out in another order each time; more than that is randomness.
NOISE_OF_THREADS = 1e-3

# Of a unit round-off: how far a graph's values may lie from those of the same ops one by one.
ROUNDING = 2.0**12

# The same where a function in double precision computes in single inside, of the latter's unit:
# what it is to be is no more exact than that, and so is what differences of it bound.
ROUNDING_INSIDE = 64


class FunctionError(Exception):
    """The function itself raised at the point, before any derivative."""


class Evaluation:
    """A function bound to its primals.

    Calling it with the number of a primal and a flat real vector evaluates the function with that
    primal replaced: the map of real vectors that both Jacobians describe. `value` is what it gives
    at the point itself.

    Attributes:
        calls_functions: whether a call runs traced functions.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        primals: Sequence[Primal],
        *,
        outputs: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
        state: State | None = None,
        seed: int = 0,
        least_size: float = 0.0,
        wide: Callable[[], Evaluation] | None = None,
        compiles: bool | None = None,
        key: Hashable = None,
        is_watched: bool = True,
        places: Sequence[Places] | None = None,
    ) -> None:
        """
        Args:
            function: takes one tensor a passed primal, returns a tensor or a nest of them.
            outputs: positions of the tensors to judge among all that come back; None for all.
            names: what to call the judged tensors; None for their paths in the nest.
            state: what to restore before each call.
            seed: set before each call when the function is random.
            least_size: of the terms that the outputs are sums of, where that is known: what
                cancels to zero still has their rounding.
            wide: the same function in double precision, where that is another object: a layer.
            compiles: whether differencing calls it compiled; None for once that pays.
            key: what names the function: evaluations of one key share their trace.
            is_watched: whether to `watch` at once; until then calls are taken to repeat, and none
                is compiled.
            places: of the entries of each output in larger ones, if they were taken from such.

        Raises:
            FunctionError: the function raises at the point.
            UsageError: nothing to differentiate, or no floating output.
        """
        self.function = function
        self.primals = tuple(primals)
        self.seed = seed
        self.least_size = least_size
        self.wide = wide
        self._loop: Loop | None = None
        self._key = key
        self._chosen = outputs
        self._names = names
        self._places = places
        self._compiles = compiles
        self._is_watched = False
        self._is_restored = state is not None
        self._state = state or State()
        self._reseeds = False
        self._draws: Draws | None = None
        self.differentiated = tuple(i for i, p in enumerate(primals) if p.is_differentiated)
        if not self.differentiated:
            dtypes = ", ".join(f"{p.name}: {p.point.dtype}" for p in primals) or "no inputs"
            raise UsageError(
                f"nothing to differentiate: no input is floating or complex ({dtypes})"
            )
        self.outputs: tuple[Output, ...] = ()
        self.value = np.empty(0)
        self.calls_functions = False
        self._unit_inside = 0.0
        self._ops, self.value = self._look_at_outputs()
        self._calls_before_tracing: float = np.inf
        self.is_deterministic = True
        if is_watched:
            self.watch()

    def watch(self) -> bool:
        """Call often enough to see whether calls repeat, and make them as far as that can be.

        Returns:
            False if that was done before.
        """
        if self._is_watched:
            return False
        self._is_watched = True
        # What the first call of all leaves behind must not reach those that are watched.
        try:
            self.value = self._value_here()
        except Exception as error:
            raise FunctionError(in_words(error)) from error
        worth = (TRACING + TRACING_OP * self._ops) / (CALL + OP * self._ops)
        calls = CALLS + CALLS_EACH * sum(self.primals[n].size for n in self.differentiated)
        if self._key is not None and not self._passes_variables():
            calls *= SHARED
        # Many more calls than these go where the function is not smooth.
        self._calls_before_tracing = np.inf if self._compiles is False else worth
        if self._compiles or (self._compiles is None and worth < calls):
            self._trace(max(ROUNDING * self._unit(), ROUNDING_INSIDE * self._unit_inside))
        # The noise of an unseeded function is no round-off; replaying its seed makes it a function.
        # Three calls: a shuffle of four can come out the same twice.
        # A function that keeps a state is one of its input once that is put back before each call.
        is_steady = self._is_steady()
        if not is_steady and not self._is_restored:
            self._state = State.changed_by(lambda: self.judged(self.arguments()))
            self.value = self._value_here()
            is_steady = self._is_steady()
        self._reseeds = not is_steady
        if self._reseeds:
            self._draws = self._noted_draws()
            self.value = self._value_here()
        self.is_deterministic = not self._reseeds or self._repeats(NOISE_OF_THREADS)
        if self._reseeds:
            self._calls_before_tracing = np.inf
        return True

    def expect(self, calls: int) -> None:
        """Watch at once if so many calls are to come that a trace pays."""
        if calls * (CALL + OP * self._ops) > TRACING + TRACING_OP * self._ops:
            self.watch()

    @property
    def is_looped(self) -> bool:
        """Whether differencing runs a trace of the function."""
        return self._loop is not None

    @property
    def is_for_graphs(self) -> bool:
        """False where a graph of it can end the process."""
        return self._compiles is not False

    @property
    def needs_seed(self) -> bool:
        """Whether calls repeat only with the seed set before each."""
        return self._reseeds

    @property
    def keeps_state(self) -> bool:
        """Whether a call changes variables, which are put back before each."""
        return bool(self._state.variables)

    def arguments(self, without: int | None = None) -> list[Any]:
        """Tensors and variables to call the function with.

        Args:
            without: the primal whose tensor is left out, as None.
        """
        given = []
        for position, primal in enumerate(self.primals):
            if primal.variable is not None:
                given.append(primal.variable)
            elif position == without or primal.point is None:
                given.append(None)
            else:
                given.append(tf.constant(primal.point))
        return given

    def judged(self, arguments: Sequence[Any]) -> list[Any]:
        """The judged output tensors for these arguments, under the current tape."""
        passed = self._passed(arguments)
        if self._draws is None:
            return self.run(passed)
        with self._draws.given():
            return self.run(passed)

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
        compiles: bool | None = None,
        is_watched: bool | None = None,
        places: Sequence[Places] | None = None,
    ) -> Evaluation:
        """Another function at the same point, with the same state and seed.

        Args:
            is_same: it returns the same nest as this one's, by another way.
            primals: of the same number and shapes; None for these.
            names, least_size, compiles, places: as of an `Evaluation`.
            is_watched: the same; None for as this one is.
        """
        return Evaluation(
            function,
            self.primals if primals is None else primals,
            outputs=self._chosen if is_same else None,
            names=names,
            state=self._state,
            seed=self.seed,
            least_size=max(least_size, self.least_size if is_same else 0.0),
            compiles=False if self._compiles is False else compiles,
            is_watched=self._is_watched if is_watched is None else is_watched,
            places=places or (self._places if is_same else None),
        )

    def by(self, number: int) -> Evaluation:
        """The same, to be differentiated by one of its primals alone."""
        only = copy.copy(self)
        only.differentiated = (number,)
        return only

    def restore(self) -> None:
        """Put back what calls have changed."""
        self._state.restore()

    def settle(self) -> None:
        """Put back what calls, and evaluations of the same layer elsewhere, have changed."""
        for primal in self.primals:
            if primal.variable is not None:
                primal.variable.assign(primal.point)
        self.restore()

    def elsewhere(self, primals: Sequence[Primal], compiles: bool | None = None) -> Evaluation:
        """The same function at another point; a variable must hold its primal's value there.

        Args:
            compiles: as of an `Evaluation`; None for as this one.
        """
        return Evaluation(
            self.function,
            primals,
            outputs=self._chosen,
            names=self._names,
            state=self._state,
            seed=self.seed,
            compiles=self._compiles if compiles is None else compiles,
        )

    def __call__(self, number: int, vector: Vector) -> Vector:
        """The flat real outputs with primal `number` at `vector`; NaN where the function raises."""
        return np.asarray(self.values(number, vector[None])[0])

    def values(self, number: int, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """The flat real outputs with primal `number` at each of `vectors`, one a row.

        A kernel that rejects a neighbouring point (a matrix that is no longer positive definite,
        a check that fires) says the same as one that returns NaN: the domain ends before it.
        """
        if self._loop is None:
            self._calls_before_tracing -= len(vectors)
            if self._calls_before_tracing < 0:
                self._trace()
        primal = self.primals[number]
        points = from_real(vectors, (len(vectors), *primal.point.shape), primal.point.dtype)
        if self._loop is not None:
            try:
                with self.placed(number, primal.point):
                    found = self._loop.values(self.primals, number, points)
                if found.shape[1:] == self.value.shape:
                    return found
            except CALL_ERRORS:
                pass  # One point of many raises: which one is told by calls of their own.
        return self._one_by_one(number, points)

    def _one_by_one(self, number: int, points: Array) -> NDArray[np.float64]:
        found = np.full((len(points), self.value.size), np.nan)
        arguments = self.arguments(number)
        for _, row in zip(self._placed_in_turn(number, points, arguments), found):
            try:
                value = self.flat(self.judged(arguments))
            except CALL_ERRORS:
                continue
            if value.size == row.size:
                row[:] = value
        return found

    def _placed_in_turn(self, number: int, points: Array, arguments: list[Any]) -> Iterator[None]:
        """Put each point where the function finds it: among the arguments, or in a variable."""
        if self.primals[number].variable is None:
            # One tensor taken apart costs less than one for each point.
            for arguments[number] in tf.raw_ops.Unpack(value=tf.constant(points), num=len(points)):
                yield
            return
        for point in points:
            with self.placed(number, point):
                yield

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

    def _passed(self, arguments: Sequence[Any]) -> list[Any]:
        """The arguments to call the function with, now that all is as it was at the first call."""
        self._state.restore()
        if self._reseeds and self._draws is None:
            tf.random.set_seed(self.seed)
        return [argument for argument, primal in zip(arguments, self.primals) if primal.is_passed]

    def _noted_draws(self) -> Draws | None:
        """What one seeded call draws, if calls that draw it again repeat; else None."""
        draws, alike = Draws(), copy.copy(self)
        try:
            with draws.noted():
                alike.value = self.flat(self.judged(self.arguments()))
            alike._draws = draws
            return draws if alike._is_steady() else None
        except CALL_ERRORS:
            return None

    def _trace(self, tolerance: float = 0.0) -> None:
        """Let differencing run a trace of the function, if that gives the same at two points.

        Args:
            tolerance: as of `repeats_eagerly`. Once differencing is under way the values must be
                the same to the last bit.
        """
        self._calls_before_tracing = np.inf
        eager = self.value
        if self._key is None and self._passes_variables():
            return  # The caller's own variables may come and go; a trace holds them.
        try:
            self._loop = self._traced()
            self.value = self._value_here()
            if self.repeats_eagerly(tolerance) and self._repeats_eagerly_beside(tolerance):
                return
        except Exception:  # Whatever a function for eager tensors does with others.
            pass
        self._loop, self.value = None, eager

    def _traced(self) -> Loop:
        """The function in a loop, from an evaluation of the same at another point if there is one.

        It is the same where all that is a constant of the trace is.
        """
        key = (self._key, *map(_role, self.primals))
        if self._key is None or self._passes_variables():
            key = ()  # Each evaluation has variables of its own.
        loop = _LOOPS.get(key) if key else None
        if loop is None:
            passed = self._passed(self.arguments())
            loop = Loop(self.run, self.primals, passed, self._state.restore, bool(key))
        if key:
            keep(_LOOPS, key, loop)
        return loop

    def _passes_variables(self) -> bool:
        return any(primal.variable is not None and primal.is_passed for primal in self.primals)

    def _repeats_eagerly_beside(self, tolerance: float) -> bool:
        with self._beside() as beside:
            beside.value = beside._value_here()
            return beside.repeats_eagerly(tolerance)

    @contextmanager
    def _beside(self) -> Iterator[Evaluation]:
        """The same function with every input a little away from the point."""
        generator = np.random.default_rng(self.seed)
        with ExitStack() as stack:
            beside = self
            for number in self.differentiated:
                point = self.primals[number].beside(generator)
                beside = stack.enter_context(beside.moved(number, point))
            yield beside

    def _floating(self, result: Any) -> list[tuple[str, Any]]:
        tensors = list(labelled_tensors(result))
        if self._chosen is not None:
            tensors = [tensors[position] for position in self._chosen]
        return [(name, tensor) for name, tensor in tensors if is_differentiable(tensor.dtype)]

    def _look_at_outputs(self) -> tuple[int, Vector]:
        """Call the function once, as it is, to learn what it returns.

        Returns:
            The number of its ops, and the flat outputs.
        """
        passed = self._passed(self.arguments())
        try:
            with counted_ops() as ops:
                result = self.function(*passed)
            self.calls_functions = any(is_function(op.type) for op in ops)
            named = self._floating(result)
        except Exception as error:
            raise FunctionError(in_words(error)) from error
        if not named:
            dtypes = sorted({str(t.dtype.name) for _, t in labelled_tensors(result)})
            raise UsageError(
                "the function returns no floating or complex tensor "
                f"(it returns {', '.join(dtypes) or 'nothing'}), so it has no derivative to check"
            )
        names = self._names or [name for name, _ in named]
        places = self._places or (None,) * len(named)
        self.outputs = tuple(
            Output(name, tuple(tensor.shape.as_list()), tensor.dtype.as_numpy_dtype, taken)
            for name, (_, tensor), taken in zip(names, named, places)
        )
        if any(dtype in _SINGLE for op in ops for dtype in op.dtypes):
            self._unit_inside = Precision.of(np.float32).unit
        try:
            return len(ops), self.flat([tensor for _, tensor in named])
        except Exception as error:
            raise FunctionError(in_words(error)) from error

    @staticmethod
    def flat(tensors: Sequence[Any]) -> Vector:
        """Output tensors as one real vector."""
        if len(tensors) == 1:
            return to_real(tensors[0].numpy())
        return np.concatenate([to_real(tensor.numpy()) for tensor in tensors])

    def _value_here(self) -> Vector:
        """The outputs at the point, by the same code that differencing calls."""
        # More than one point: what a call leaves behind must not reach the next one.
        return np.asarray(self._values_here(1 if self._loop is None else 2)[-1])

    def _values_here(self, calls: int) -> NDArray[np.float64]:
        if self._loop is None:
            return np.stack([self.flat(self.judged(self.arguments())) for _ in range(calls)])
        number = self.differentiated[0]
        points = np.stack([self.primals[number].point] * calls)
        return self._loop.values(self.primals, number, points)

    def _is_steady(self) -> bool:
        """Whether calls repeat, at the point and beside it: noise times zero shows beside it."""
        if not self._repeats(calls=3):
            return False
        with self._beside() as beside:
            try:
                beside.value = beside._value_here()
                return beside._repeats(calls=3)
            except CALL_ERRORS:
                return True  # There is nothing beside it.

    def repeats_eagerly(self, tolerance: float = NOISE_OF_THREADS) -> bool:
        """Whether the function as it is gives what its trace does, to `tolerance` and rounding."""
        value = self.flat(self.judged(self.arguments()))
        if tolerance == 0:
            return np.array_equal(value, self.value, equal_nan=True)
        return self.is_alike(value, tolerance)

    def _unit(self) -> float:
        return Precision.coarsest(output.dtype for output in self.outputs).unit

    def is_alike(self, value: Vector, tolerance: float = NOISE_OF_THREADS) -> bool:
        """Whether flat outputs are the value at the point, to `tolerance` and rounding."""
        largest = float(np.max(np.abs(value), initial=0.0, where=np.isfinite(value)))
        far = max(tolerance, 64 * self._unit())
        return bool(np.allclose(value, self.value, rtol=far, atol=far * largest, equal_nan=True))

    def is_same(self, value: Vector) -> bool:
        """Whether flat outputs are the value at the point, but for the rounding of a graph."""
        return self.is_alike(value, ROUNDING * self._unit())

    def _repeats(self, tolerance: float = 0.0, calls: int = 1) -> bool:
        """Whether more calls give the same, or no more than `tolerance` of it another."""
        again = self._values_here(calls)
        largest = np.max(np.abs(again), initial=0.0, where=np.isfinite(again))
        least = tolerance**2 * float(largest)
        return bool(np.allclose(again, self.value, rtol=tolerance, atol=least, equal_nan=True))


def keep(table: dict[Hashable, Any], key: Hashable, value: Any) -> None:
    """Hold on to it as the last of a few."""
    table.pop(key, None)
    table[key] = value
    while len(table) > RECENT:
        del table[next(iter(table))]


def _role(primal: Primal) -> Hashable:
    """What a trace knows of a primal: its shape and dtype, or its value."""
    point = primal.point
    value = None if primal.is_traced else point.tobytes()
    return point.shape, str(point.dtype), primal.is_passed, value


def evaluate(
    function: Callable[..., Any],
    xs: Sequence[Any],
    wrt: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    seed: int = 0,
    is_watched: bool = True,
) -> Evaluation:
    """A user's function at a user's point.

    Args:
        xs: arrays, tensors, `tf.Variable`s or Python numbers; integers are passed through.
        wrt: positions of `xs` to differentiate; None for every floating or complex one.
        is_watched: as of an `Evaluation`.

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
    return Evaluation(function, primals, seed=seed, is_watched=is_watched)


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
