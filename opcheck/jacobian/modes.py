"""Evaluation to Jacobian by every road that TensorFlow has beside one tape for all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.evaluation import Evaluation
from opcheck.jacobian.analytic import (
    AnalyticJacobian,
    Connection,
    analytic_jacobians,
    failed,
    one_hot,
)
from opcheck.modes import COMPILED
from opcheck.transforms import compiled, gradient_of
from opcheck.vectors import from_real, gradient_to_real, to_real

Array = NDArray[np.float64]
Jacobians = dict[int, AnalyticJacobian]


def differentiate(
    evaluation: Evaluation, mode: str = "reverse", order: int = 1, number: int | None = None
) -> Jacobians:
    """The analytic Jacobians of the derivative before the last, by the number of each primal.

    Of order 1 that is the function itself; of order k its gradient, taken k - 1 times in reverse.
    The last derivative, or the last two of a nested mode, are taken in `mode`.

    Args:
        number: the only primal by which the last derivative is taken; None for all of them.

    Raises:
        FunctionError: the function cannot be compiled for the mode.
    """
    if mode == "forward_over_forward":
        inner = gradient_of(evaluation, order - 2, is_differenced=False)
        numbers = inner.differentiated if number is None else (number,)
        found = _each(inner, numbers, _nested_forward)
        return {other: _of_shape(evaluation, jacobian) for other, jacobian in found.items()}
    run = compiled(evaluation, mode) if mode in COMPILED else evaluation
    last = gradient_of(run, order - 1, is_differenced=False)
    if number is not None:
        last = last.by(number)
    if mode in ("forward", "forward_over_reverse"):
        return _each(last, last.differentiated, _forward)
    return _vectorised(last) if mode == "pfor" else analytic_jacobians(last)


def forget_forward_rules() -> None:
    """Let forward mode derive the rule of each op anew.

    TensorFlow traces the rule of an op once for the life of the process: one that is registered
    later is not seen. Of an op that has 32 traces it makes one of unknown shapes, so that what is
    found would hang on what ran before.
    """
    from tensorflow.python.eager import forwardprop

    # Other releases may keep them elsewhere, and then they stay.
    for name in ("_jvp_function_cache", "_TRACE_COUNT"):
        getattr(forwardprop, name, {}).clear()


def _each(
    evaluation: Evaluation,
    numbers: Sequence[int],
    derive: Callable[[Evaluation, int], AnalyticJacobian],
) -> Jacobians:
    found = {}
    for number in numbers:
        try:
            found[number] = derive(evaluation, number)
        except Exception as error:
            found[number] = failed(evaluation, number, error)
    return found


def _of_shape(evaluation: Evaluation, jacobian: AnalyticJacobian) -> AnalyticJacobian:
    """A nested mode's Jacobian in the shape of the gradient's, which what failed has not."""
    rows = sum(evaluation.primals[number].size for number in evaluation.differentiated)
    columns = jacobian.matrix.shape[1]
    if jacobian.matrix.shape[0] == rows:
        return jacobian
    links = (jacobian.connections[0],) * len(evaluation.differentiated)
    filling = 0.0 if jacobian.connections[0] is Connection.UNREGISTERED else np.nan
    return replace(jacobian, matrix=np.full((rows, columns), filling), connections=links)


def _forward(evaluation: Evaluation, number: int) -> AnalyticJacobian:
    """One column a tangent, by `tf.autodiff.ForwardAccumulator`."""
    columns = []
    reached = np.zeros(len(evaluation.outputs), bool)
    for tangent in _tangents(evaluation, number):
        slopes, column = _push(evaluation, {number: tangent})
        reached |= [slope is not None for slope in slopes]
        columns.append(column)
    return _of_columns(evaluation, number, columns, reached)


def _push(evaluation: Evaluation, tangents: Mapping[int, Any]) -> tuple[list[Any], Array]:
    """J tangent for each output tensor, None for forward mode's symbolic zero, and all as one."""
    arguments = evaluation.arguments()
    primals = [arguments[number] for number in tangents]
    with tf.autodiff.ForwardAccumulator(primals, [*tangents.values()]) as accumulator:
        tensors = evaluation.judged(arguments)
    slopes = [accumulator.jvp(tensor) for tensor in tensors]
    return slopes, _flat(slopes, tensors)


def pushed(evaluation: Evaluation, tangents: Mapping[int, Array]) -> Array:
    """J tangent in forward mode, flat and real as the tangents of some of the inputs are.

    Raises:
        Exception: whatever the derivative raises.
    """
    points = {number: evaluation.primals[number].point for number in tangents}
    held = {
        number: tf.constant(from_real(tangent, points[number].shape, points[number].dtype))
        for number, tangent in tangents.items()
    }
    return _push(evaluation, held)[1]


def _nested_forward(evaluation: Evaluation, number: int) -> AnalyticJacobian:
    """The derivative of the gradient of the outputs' sum, by two accumulators.

    A complex sum counts by its real part, whose gradient is what the tape gives.
    """
    arguments = evaluation.arguments()
    columns = []
    is_reached = False
    for outer_tangent in _tangents(evaluation, number):
        column = []
        for row in evaluation.differentiated:
            for inner_tangent in _tangents(evaluation, row):
                with tf.autodiff.ForwardAccumulator(arguments[number], outer_tangent) as outer:
                    with tf.autodiff.ForwardAccumulator(arguments[row], inner_tangent) as inner:
                        tensors = evaluation.judged(arguments)
                    first = [inner.jvp(tensor) for tensor in tensors]
                slopes = [outer.jvp(slope) for slope in first if slope is not None]
                found = [slope for slope in slopes if slope is not None]
                is_reached |= bool(found)
                parts = [np.real(tf.convert_to_tensor(slope).numpy()) for slope in found]
                column.append(sum(float(np.sum(part)) for part in parts))
        columns.append(np.array(column))
    reached = np.full(len(evaluation.differentiated), is_reached)
    return _of_columns(evaluation, number, columns, reached)


def _vectorised(evaluation: Evaluation) -> Jacobians:
    """All rows of an output at once, by `tf.GradientTape.jacobian` and its parallel for."""
    numbers = evaluation.differentiated
    if len(numbers) > 1:
        try:
            return _in_parallel(evaluation, numbers)
        except Exception:
            pass  # One input's failure must not hide the others.
    return _each(evaluation, numbers, lambda alone, number: _in_parallel(alone, (number,))[number])


def _in_parallel(evaluation: Evaluation, numbers: Sequence[int]) -> Jacobians:
    rows: dict[int, list[Array]] = {number: [] for number in numbers}
    links: dict[int, list[Connection]] = {number: [] for number in numbers}
    for place, output in enumerate(evaluation.outputs):
        arguments = evaluation.arguments()
        sources = [arguments[number] for number in numbers]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for source in sources:
                tape.watch(source)
            # All are held: what `keras.ops.jvp` gives loses its gradient with its tangent.
            tensors = evaluation.judged(arguments)
            tensor = tensors[place]
            if tensor.dtype.is_complex:
                # The rows of a complex output are those of its two parts.
                tensor = tf.stack([tf.math.real(tensor), tf.math.imag(tensor)], -1)
        try:
            blocks = tape.jacobian(tensor, sources)
        except ValueError as error:
            # TensorFlow says that it could not, and hides why.
            raise (error.__cause__ or error) from None
        for number, block in zip(numbers, blocks):
            shape = (output.size, evaluation.primals[number].size)
            is_none = block is None
            links[number].append(Connection.DISCONNECTED if is_none else Connection.CONNECTED)
            flat = np.zeros(shape) if is_none else to_real(block.numpy())
            rows[number].append(flat.reshape(shape))
    return {n: AnalyticJacobian(n, np.concatenate(rows[n]), tuple(links[n])) for n in numbers}


def _tangents(evaluation: Evaluation, number: int) -> list[Any]:
    primal = evaluation.primals[number]
    return [one_hot(primal.point.shape, primal.point.dtype, k) for k in range(primal.size)]


def _flat(slopes: Sequence[Any], tensors: Sequence[Any]) -> Array:
    """The slopes as one vector; forward mode's symbolic zero, None, is zero."""
    return np.concatenate(
        [
            to_real(tf.zeros_like(tensor)) if slope is None else gradient_to_real(slope)
            for slope, tensor in zip(slopes, tensors)
        ]
    )


def _of_columns(
    evaluation: Evaluation, number: int, columns: Sequence[Array], reached: NDArray[np.bool_]
) -> AnalyticJacobian:
    shape = (evaluation.primals[number].size, -1 if columns else evaluation.value.size)
    links = [Connection.CONNECTED if is_on else Connection.DISCONNECTED for is_on in reached]
    return AnalyticJacobian(number, np.array(columns).reshape(shape).T, tuple(links))
