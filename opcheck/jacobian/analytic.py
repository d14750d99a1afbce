"""Evaluation to Jacobian by TensorFlow's own reverse mode, one tape for all rows.

A gradient that is not there is a fact of its own and never turned into a zero silently: the
matrix holds zeros for it, and `connections` says which spelling of "no gradient" was seen.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.errors import in_words
from opcheck.evaluation import NOISE_OF_THREADS, Evaluation
from opcheck.precision import Precision
from opcheck.primals import Primal
from opcheck.vectors import from_real, gradient_to_real, is_differentiable, to_real

Array = NDArray[np.float64]

NEIGHBOURS = 6

# A share of the largest entry beside that no rounding moves another by, and the units of rounding
# that slopes of one leave where they cancel: a gradient of nothing else has no largest entry.
GROSS = 0.05
LEFT = 2.0**12

# What an eager tape and a graph say of an op without a gradient.
_UNREGISTERED = ("gradient registry has no entry", "No gradient defined for operation")


class Connection(str, Enum):
    """Whether the gradient of an output reaches an input, and if not, how that is spelt."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected (the tape returns None)"
    DECLARED = "declared non-differentiable (the tape returns None)"
    UNREGISTERED = "unregistered (the tape raises LookupError)"
    EXPLICIT_ZERO = "an explicit zero (the gradient does not depend on the cotangent)"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class AnalyticJacobian:
    """What TensorFlow derives for one input: rows are output coordinates, columns its entries.

    Attributes:
        number: of the primal.
        connections: one for each output tensor.
        detail: the op that stops the gradient, or the words of the error; "" without either.
        error: the message of what the derivative raised; the matrix is NaN then.
        misshapen: how the gradient's shape differs from the input's; the matrix is NaN then.
    """

    number: int
    matrix: Array
    connections: tuple[Connection, ...]
    detail: str = ""
    error: str = ""
    misshapen: str = ""


def analytic_jacobians(evaluation: Evaluation) -> dict[int, AnalyticJacobian]:
    """The Jacobian for each differentiated primal, by its number."""
    numbers = evaluation.differentiated
    try:
        return _taped(evaluation, numbers)
    except Exception:
        # One input's missing gradient must not hide the others': each gets a tape of its own.
        return {number: _alone(evaluation, number) for number in numbers}


def _alone(evaluation: Evaluation, number: int) -> AnalyticJacobian:
    # Some gradients work once only (a Python function's saved tape): then a tape for each row.
    for is_fresh in (False, True):
        try:
            return _taped(evaluation, (number,), is_fresh)[number]
        except Exception as error:
            failure = failed(evaluation, number, error)
    return failure


def failed(evaluation: Evaluation, number: int, error: Exception) -> AnalyticJacobian:
    """The Jacobian that an exception leaves: unregistered, or a crash."""
    shape = (evaluation.value.size, evaluation.primals[number].size)
    count = len(evaluation.outputs)
    if isinstance(error, LookupError) and any(words in str(error) for words in _UNREGISTERED):
        connections = (Connection.UNREGISTERED,) * count
        return AnalyticJacobian(number, np.zeros(shape), connections, detail=_first_line(error))
    connections = (Connection.CONNECTED,) * count
    nothing = np.full(shape, np.nan)
    return AnalyticJacobian(number, nothing, connections, error=in_words(error))


class Tape:
    """The outputs and one tape over them; or, if fresh, a new tape for each gradient.

    A tape is fresh as well where the function calls traced ones. For a tape that may be asked
    again TensorFlow makes their gradients differentiable too: that takes several times as long, and
    fails for what has a first derivative alone.

    Attributes:
        tensors: the outputs.
    """

    tensors: list[Any]

    def __init__(
        self, evaluation: Evaluation, sources: Sequence[Any], is_fresh: bool = False
    ) -> None:
        """
        Args:
            sources: pairs of an input's number and the tensor or variable to differentiate by.
        """
        self._evaluation = evaluation
        self._sources = sources
        self._is_used = False
        self.is_fresh = is_fresh or evaluation.calls_functions
        self._record()

    def _record(self) -> None:
        arguments = self._evaluation.arguments()
        for number, source in self._sources:
            arguments[number] = source
        self._tape = tf.GradientTape(persistent=not self.is_fresh, watch_accessed_variables=False)
        with self._tape:
            for _, source in self._sources:
                self._tape.watch(source)
            self.tensors = self._evaluation.judged(arguments)

    def gradient(self, place: int, cotangent: Any) -> list[Any]:
        """The gradients of one output tensor by all sources."""
        return self.pulled([place], [cotangent])

    def pulled(self, places: Sequence[int], cotangents: Sequence[Any]) -> list[Any]:
        """The gradients of several output tensors together, a cotangent each, by all sources."""
        if self.is_fresh and self._is_used:
            self._record()
        self._is_used = True
        sources = [source for _, source in self._sources]
        tensors = [self.tensors[place] for place in places]
        return gradients(self._tape, tensors, sources, list(cotangents))


def gradients(
    tape: Any, tensors: Sequence[Any], sources: Sequence[Any], cotangents: Sequence[Any]
) -> list[Any]:
    """What `tape.gradient` gives, by the call at its heart where that can be had.

    Around it TensorFlow looks for nests and composite tensors, of which there are none here: that
    takes several times as long as the gradient of one op.

    Args:
        tape: one that no longer records.
        tensors, cotangents: one cotangent a tensor.
        sources: tensors and variables that it watched.
    """
    pull, inner = _imperative_grad(), getattr(tape, "_tape", None)
    are_plain = all(isinstance(one, tf.Tensor) for one in (*tensors, *cotangents))
    if pull is None or inner is None or not are_plain:
        return list(tape.gradient(tensors, sources, output_gradients=cotangents))
    return list(
        pull(
            inner,
            tensors,
            [source.handle if isinstance(source, tf.Variable) else source for source in sources],
            output_gradients=cotangents,
            sources_raw=sources,
            unconnected_gradients=tf.UnconnectedGradients.NONE,
        )
    )


@functools.cache
def _imperative_grad() -> Callable[..., Any] | None:
    """The call at the heart of `tape.gradient`: no public name, so not for ever in every build."""
    try:
        from tensorflow.python.eager.imperative_grad import imperative_grad
    except ImportError:
        return None
    known = {"output_gradients", "sources_raw", "unconnected_gradients"}
    is_known = known <= set(inspect.signature(imperative_grad).parameters)
    return imperative_grad if is_known else None


def _taped(
    evaluation: Evaluation, numbers: Sequence[int], is_fresh: bool = False
) -> dict[int, AnalyticJacobian]:
    arguments = evaluation.arguments()
    matrices = [
        np.zeros((evaluation.value.size, evaluation.primals[number].size)) for number in numbers
    ]
    connections: list[list[Connection]] = [[] for _ in numbers]
    misshapen = [""] * len(numbers)
    tape = Tape(evaluation, [(number, arguments[number]) for number in numbers], is_fresh)
    row = 0
    for which, output in enumerate(evaluation.outputs):
        is_none = [False] * len(numbers)
        # An output without entries still has a gradient: zeros of the input's shape.
        for position in range(max(output.size, 1)):
            cotangent = one_hot(output.shape, output.dtype, position)
            for place, gradient in enumerate(tape.gradient(which, cotangent)):
                if gradient is None:
                    is_none[place] = True
                    continue
                shape = evaluation.primals[numbers[place]].point.shape
                misshapen[place] = misshapen[place] or misfit(gradient, shape)
                if misshapen[place]:
                    matrices[place][:] = np.nan
                elif output.size:
                    matrices[place][row] = gradient_to_real(gradient)
                else:
                    _require_zero(gradient_to_real(gradient))
            row += 1 if output.size else 0
        for place, absent in enumerate(is_none):
            connections[place].append(Connection.DISCONNECTED if absent else Connection.CONNECTED)
    return {
        number: AnalyticJacobian(number, matrix, tuple(links), misshapen=words)
        for number, matrix, links, words in zip(numbers, matrices, connections, misshapen)
    }


def rounding_noise(
    evaluation: Evaluation,
    jacobian: AnalyticJacobian,
    differentiate: Callable[[Evaluation], AnalyticJacobian],
    inside: Sequence[Any] = (),
) -> Array:
    """How far rounding moves each analytic entry, measured, like the function's own noise.

    The same derivative is taken at neighbours a few ulp away in all inputs, those included that are
    not differentiated (where the others are zeros they alone show rounding), where the true one
    differs by no more than the problem's own condition. What is a sum of terms that cancel, such as
    the zeros of a unitary factor's derivative, shows there by how much its terms are rounded.

    Where it differs grossly there, and by as much at neighbours far beyond all rounding, it takes
    several values around the point, a tie say: that is none of rounding.

    Args:
        inside: dtypes that the function rounds to on its way, whose ulps count if they are longer.
    """
    number = jacobian.number
    generator = np.random.default_rng([evaluation.seed, number])
    nothing = np.zeros_like(jacobian.matrix)
    again = differentiate(evaluation).matrix
    if not np.allclose(again, jacobian.matrix, rtol=NOISE_OF_THREADS, equal_nan=True):
        return nothing  # A gradient that is random has no rounding to excuse it.

    floating = [
        other
        for other, primal in enumerate(evaluation.primals)
        if primal.point is not None and is_differentiable(primal.point.dtype)
    ]

    def spread(neighbour: Callable[[Primal], Array]) -> Array:
        """How far the entries at neighbours are from those at the point, at most."""
        farthest = nothing
        for _ in range(NEIGHBOURS):
            with ExitStack() as stack:
                elsewhere = evaluation
                for other in floating:
                    near = neighbour(evaluation.primals[other])
                    elsewhere = stack.enter_context(elsewhere.moved(other, near))
                there = differentiate(elsewhere)
            if there.error or there.misshapen:
                return nothing
            farthest = np.fmax(farthest, np.abs(there.matrix - jacobian.matrix))
        return farthest

    noise = spread(lambda primal: _ulps_away(primal, generator, inside))
    known = np.where(np.isfinite(jacobian.matrix), np.abs(jacobian.matrix), 0.0)
    largest = np.fmax(
        np.max(known, axis=1, initial=0.0, keepdims=True),
        np.max(known, axis=0, initial=0.0, keepdims=True),
    )
    unit = Precision.of(evaluation.primals[number].point.dtype).unit
    is_gross = noise > np.fmax(GROSS * largest, LEFT * unit)
    if is_gross.any():
        far = spread(lambda primal: primal.beside(generator))
        noise = np.where(is_gross & (far >= noise / 2), 0.0, noise)
    return noise


def _ulps_away(primal: Primal, generator: np.random.Generator, inside: Sequence[Any]) -> Array:
    """The point with each coordinate one to three ulp up or down; zeros stay."""
    point = to_real(primal.point)
    size = np.where(np.isfinite(point), np.abs(point), 0.0)
    ulp = 2 * Precision.coarsest([primal.point.dtype, *inside]).unit * size
    signs = generator.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], primal.size)
    return from_real(point + signs * ulp, primal.point.shape, primal.point.dtype)


def one_hot(shape: Sequence[int], dtype: Any, position: int) -> Any:
    """The cotangent with a 1 (or i) at one real coordinate and 0 elsewhere, as a tensor."""
    count = int(np.prod(shape, dtype=np.int64)) * (2 if np.dtype(dtype).kind == "c" else 1)
    vector = np.zeros(count)
    if count:
        vector[position] = 1.0
    return tf.constant(from_real(vector, shape, dtype))


def misfit(gradient: Any, shape: tuple[int, ...]) -> str:
    """What is wrong with the shape of a gradient, or "" when it is the input's."""
    found = tuple(gradient.shape.as_list())
    if found == shape:
        return ""
    words = f"the gradient has shape {list(found)}, the input {list(shape)}"
    padded = (1,) * (len(found) - len(shape)) + shape
    if len(padded) == len(found) and all(p in (1, f) for p, f in zip(padded, found)):
        words += ": a sum over the broadcast axes is missing"
    return words


def _require_zero(gradient: Array) -> None:
    if gradient.any():
        raise ArithmeticError(
            "the gradient of an output without entries must be zero, but "
            f"{np.count_nonzero(gradient)} of its {gradient.size} entries are not"
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip("\"'")


def why_missing(
    evaluation: Evaluation, number: int, jacobian: AnalyticJacobian
) -> AnalyticJacobian:
    """The same Jacobian with its plain `DISCONNECTED` and zero blocks told apart more finely.

    Called only when a derivative that is not zero has none, as it traces the function once.
    """
    if jacobian.misshapen:
        return jacobian
    stops = _declared_stops(evaluation, number)
    links = []
    row = 0
    for place, (output, link) in enumerate(zip(evaluation.outputs, jacobian.connections)):
        block = jacobian.matrix[row : row + output.size]
        if link is Connection.DISCONNECTED and stops:
            link = Connection.DECLARED
        is_zero = link is Connection.CONNECTED and not block.any()
        if is_zero and _ignores_cotangent(evaluation, number, place):
            link = Connection.EXPLICIT_ZERO
        links.append(link)
        row += output.size
    detail = jacobian.detail
    if Connection.DECLARED in links:
        detail = f"at the op {' or '.join(stops)}"
    return replace(jacobian, connections=tuple(links), detail=detail)


def _ignores_cotangent(evaluation: Evaluation, number: int, place: int) -> bool:
    """Whether a zero gradient is a constant of its function and no result of computing."""
    arguments = evaluation.arguments()
    source = arguments[number]
    output = evaluation.outputs[place]
    cotangent = tf.ones(output.shape, output.dtype)
    try:
        with tf.GradientTape() as outer:
            outer.watch(cotangent)
            with tf.GradientTape(watch_accessed_variables=False) as inner:
                inner.watch(source)
                tensor = evaluation.judged(arguments)[place]
            gradient = inner.gradient(tensor, source, output_gradients=cotangent)
            if gradient is None:
                return False
            gradient = tf.convert_to_tensor(gradient)
        return outer.gradient(gradient, cotangent) is None
    except Exception:
        # The gradient's own ops have no gradient: it is computed from the cotangent.
        return False


def _declared_stops(evaluation: Evaluation, number: int) -> list[str]:
    """The ops declared non-differentiable that the input's value flows through, by name."""
    from tensorflow.python.framework import ops

    try:
        graph, source = _traced(evaluation, number)
    except Exception:
        return []
    reached, stops, queue = set(), set(), [source]
    while queue:
        for consumer in queue.pop().consumers():
            if consumer.name in reached:
                continue
            reached.add(consumer.name)
            # Through integers nothing could flow; a variant holds tensors, lists of them say.
            carries = any(
                tensor.dtype.is_floating or tensor.dtype.is_complex or tensor.dtype == tf.variant
                for tensor in consumer.outputs
            )
            if carries and _is_declared(ops, consumer.type):
                stops.add(consumer.type)
            queue.extend(consumer.outputs)
    del graph
    return sorted(stops)


def _is_declared(ops: Any, kind: str) -> bool:
    try:
        return ops.gradient_registry.lookup(kind) is None
    except LookupError:
        return False


def _traced(evaluation: Evaluation, number: int) -> tuple[Any, Any]:
    """The function's graph and the tensor in it that carries one primal."""
    positions = [i for i, p in enumerate(evaluation.primals) if p.variable is None]
    arguments = evaluation.arguments()

    def run(*tensors: Any) -> list[Any]:
        filled = list(arguments)
        for position, tensor in zip(positions, tensors):
            filled[position] = tensor
        return evaluation.judged(filled)

    traced = tf.function(run, autograph=False).get_concrete_function(
        *(tf.TensorSpec.from_tensor(arguments[i]) for i in positions)
    )
    return traced.graph, traced.inputs[positions.index(number)]
