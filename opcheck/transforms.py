"""Evaluations made of evaluations: the gradient as a function, and the function compiled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from opcheck.backend import tf
from opcheck.errors import OpcheckError, UsageError
from opcheck.evaluation import Evaluation, FunctionError
from opcheck.precision import Precision
from opcheck.primals import Primal

# By dtype, those that hold its numbers with digits to spare, the widest first.
_WIDER: dict[str, tuple[type[np.generic], ...]] = {
    "float16": (np.float64, np.float32),
    "bfloat16": (np.float64, np.float32),
    "float32": (np.float64,),
    "complex64": (np.complex128,),
}

# So many units of rounding apart, two values of a function can be one in two precisions.
SAME = 64


def gradient_of(
    evaluation: Evaluation, times: int = 1, *, is_differenced: bool = True
) -> Evaluation:
    """The gradient of the sum of all outputs, by the tape, as a function of the same primals.

    Its outputs are named `grad x`, one for each differentiated primal. Where the tape returns
    `None` they are zero, as a derivative of next order sees it.

    Args:
        times: how often to differentiate; 0 gives the evaluation itself.
        is_differenced: whether its values are asked for at many points. Otherwise it is neither
            traced nor, where calls of the function are known to repeat, called to see that.
    """
    if times == 0:
        return evaluation
    inner = gradient_of(evaluation, times - 1, is_differenced=False)

    names = [f"grad {inner.primals[number].name}" for number in inner.differentiated]

    def gradient(*passed: Any) -> list[Any]:
        arguments = _with_variables(inner, passed)
        sources = [arguments[number] for number in inner.differentiated]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for source in sources:
                tape.watch(source)
            tensors = inner.run(passed)
        found = tape.gradient(tensors, sources)
        return [
            tf.zeros_like(source) if slope is None else tf.convert_to_tensor(slope)
            for source, slope in zip(sources, found)
        ]

    # A gradient that is zero by cancellation, of a sum of softmax say, is a sum of terms that are
    # as large as the function over its point.
    sizes = [np.max(np.abs(p.point), initial=1.0) for p in _moving(inner)]
    least_size = max(inner.least_size, float(np.max(np.abs(inner.value), initial=0.0))) / max(sizes)
    return evaluation.of_another(
        gradient,
        names=names,
        least_size=least_size if np.isfinite(least_size) else 0.0,
        compiles=None if is_differenced else False,
        is_watched=None if is_differenced or evaluation.needs_seed else False,
    )


def weighed(evaluation: Evaluation) -> Evaluation:
    """The same outputs, each entry times a number of its own.

    The gradient of their sum is that of no sum which is constant, as a softmax's is.
    """
    generator = np.random.default_rng([evaluation.seed, 4])
    # Numbers that the shortest dtype holds, since the outputs may come in a wider one too.
    weights = [generator.integers(64, 192, output.shape) / 128 for output in evaluation.outputs]

    def function(*passed: Any) -> list[Any]:
        return [
            tensor * tf.constant(weight, tensor.dtype)
            for tensor, weight in zip(evaluation.run(passed), weights)
        ]

    return evaluation.of_another(
        function,
        names=[output.name for output in evaluation.outputs],
        least_size=evaluation.least_size,
    )


def compiled(evaluation: Evaluation, mode: str) -> Evaluation:
    """The same function as `tf.function` runs it: with static or unknown shapes, or by XLA.

    Raises:
        FunctionError: the function cannot be traced, compiled or run so.
    """
    return evaluation.of_another(_compiled(evaluation, mode), is_same=True, compiles=False)


def uncalled(evaluation: Evaluation, mode: str) -> Evaluation:
    """The same as `compiled`, without a call to see that it gives the same.

    To trace and to compile takes much longer than to run, and what a tape records is compiled anew,
    with what its gradient needs.
    """
    found = copy.copy(evaluation)
    found.function = _compiled(evaluation, mode)
    found.calls_functions = True
    return found


def _compiled(evaluation: Evaluation, mode: str) -> Callable[..., Any]:
    function = evaluation.function
    if mode != "graph_dynamic":
        traced: Callable[..., Any] = tf.function(
            function, jit_compile=True if mode == "xla" else None
        )
        return traced
    passed = [primal for primal in evaluation.primals if primal.is_passed]
    variables = {place: p.variable for place, p in enumerate(passed) if p.variable is not None}
    signature = [
        tf.TensorSpec([None] * primal.point.ndim, primal.point.dtype)
        for primal in passed
        if primal.variable is None
    ]

    # A variable has no signature, so it is closed over.
    def on_tensors(*tensors: Any) -> Any:
        arguments = list(tensors)
        for place in sorted(variables):
            arguments.insert(place, variables[place])
        return function(*arguments)

    without_shapes = tf.function(on_tensors, input_signature=signature)

    def call(*arguments: Any) -> Any:
        return without_shapes(*(a for place, a in enumerate(arguments) if place not in variables))

    return call


def widened(evaluation: Evaluation) -> Evaluation | None:
    """The same function of the same inputs held in the widest precision that it takes, or None.

    None where it is double already, where it takes no such inputs, and where it gives something
    else with them: a function that rounds by itself, or draws random numbers by dtype.
    """
    narrow = [p for p in evaluation.primals if np.dtype(p.point.dtype).name in _WIDER]
    if evaluation.wide is not None and narrow:
        try:
            return _if_same(evaluation.wide(), evaluation)
        except (FunctionError, OpcheckError):
            return None
    if not narrow or not all(primal.is_passed for primal in narrow):
        return None
    choices = max(len(_WIDER[np.dtype(primal.point.dtype).name]) for primal in narrow)
    tried = (_held_wider(evaluation, narrow, choice) for choice in range(choices))
    return next((found for found in tried if found is not None), None)


def _held_wider(evaluation: Evaluation, narrow: Sequence[Primal], choice: int) -> Evaluation | None:
    """The same function with its narrow inputs in one of their wider dtypes, if it takes them."""
    primals = []
    for primal in evaluation.primals:
        wider = _WIDER.get(np.dtype(primal.point.dtype).name, (primal.point.dtype.type,))
        wide = primal.point.astype(wider[min(choice, len(wider) - 1)])
        variable = None if primal.variable is None else tf.Variable(wide)
        primals.append(replace(primal, point=wide, variable=variable))
    try:
        found = evaluation.of_another(evaluation.function, is_same=True, primals=primals)
    except (FunctionError, UsageError):
        return None
    return _if_same(found, evaluation)


def _if_same(found: Evaluation, evaluation: Evaluation) -> Evaluation | None:
    """The wider evaluation, if it gives the same as the narrow one but for rounding."""
    if [output.shape for output in found.outputs] != [o.shape for o in evaluation.outputs]:
        return None
    dtypes = [evaluation.primals[number].point.dtype for number in evaluation.differentiated]
    dtypes += [output.dtype for output in evaluation.outputs]
    unit = Precision.coarsest(dtypes).unit
    size = np.fmax(1.0, np.max(np.abs(found.value), initial=0.0, where=np.isfinite(found.value)))
    is_same = np.isclose(found.value, evaluation.value, rtol=0, atol=SAME * unit * size)
    is_same |= ~np.isfinite(evaluation.value)
    return found if is_same.all() else None


def _moving(evaluation: Evaluation) -> list[Primal]:
    return [evaluation.primals[number] for number in evaluation.differentiated]


def _with_variables(evaluation: Evaluation, passed: Sequence[Any]) -> list[Any]:
    """An argument for each primal: those passed, and the variables that the function holds."""
    rest = iter(passed)
    return [next(rest) if primal.is_passed else primal.variable for primal in evaluation.primals]
