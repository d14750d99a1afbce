"""The gradient of a model's loss by differences and by the tape, and how far the two are apart.

The names and the call shape are those that tutorials on checking a model's gradient use:

    numerical = compute_numerical_gradient(model, loss_function, [x], [y], variables=[v])
    analytical = compute_analytical_gradient(model, loss_function, [x], [y], variables=[v])
    error = compute_gradient_error(numerical, analytical)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.errors import UsageError
from opcheck.evaluation import FunctionError
from opcheck.jacobian.numeric import numeric_jacobian
from opcheck.models import held, loss_evaluation, loss_on_batch
from opcheck.transforms import widened
from opcheck.vectors import from_real

Array = NDArray[Any]

# An array whose entries are all less than this share of the gradient's largest is measured by that
# share: where the slope is zero, what rounding leaves would be all of an error relative to itself.
LEAST_SHARE = 1e-3


def compute_numerical_gradient(
    model: Any,
    loss_function: Callable[[Any, Any], Any],
    x: Any,
    y: Any,
    variables: Sequence[Any] | None = None,
) -> list[Array]:
    """The gradient of the loss by differences of its own values, without TensorFlow's derivative.

    For each entry w of a variable the loss L is evaluated on both sides at several steps h, and
    the central differences

        D(h) = (L(w + h) - L(w - h)) / 2h = dL/dw + c₁ h² + c₂ h⁴ + …

    are extrapolated to h = 0 (Richardson; Ridders 1982). A Keras model in single precision is
    evaluated in double precision, where it can be made again from its configuration. At a kink
    the result is the middle of the two one-sided slopes.

    Args:
        model: takes a batch of inputs; a Keras model or any callable.
        loss_function: takes the targets and the outputs, in this order. Where it returns one value
            per example these are summed, as `tf.GradientTape.gradient` does.
        x: a list with one array per input of the model, or the one array.
        y: a list with one array per output, or the one array.
        variables: `tf.Variable`s or Keras variables; all trainable ones of the model when left out.

    Returns:
        One array per variable, in the variable's shape and dtype.

    Raises:
        ValueError: `x` and `y` differ in their number of examples, a variable is none, or the
            model has another number of outputs than `y`. The message names both.
    """
    xs, ys, chosen = _checked(model, x, y, variables)
    try:
        evaluation = loss_evaluation(model, loss_function, xs, ys, chosen)
    except FunctionError as error:
        raise error.__cause__ or error from None
    seen = widened(evaluation) or evaluation
    return [
        from_real(numeric_jacobian(seen, number).matrix[0], primal.point.shape, primal.point.dtype)
        for number, primal in enumerate(evaluation.primals)
    ]


def compute_analytical_gradient(
    model: Any,
    loss_function: Callable[[Any, Any], Any],
    x: Any,
    y: Any,
    variables: Sequence[Any] | None = None,
) -> list[Array]:
    """The gradient of the loss as `tf.GradientTape` takes it.

    The arguments, the result and the errors are those of `compute_numerical_gradient`. A variable
    for which the tape returns None has a gradient of zeros.
    """
    xs, ys, chosen = _checked(model, x, y, variables)
    sources = [held(variable) for variable in chosen]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(sources)
        total = loss_on_batch(model, loss_function, xs, ys)
    return [
        np.zeros(source.shape, source.dtype.as_numpy_dtype)
        if slope is None
        else tf.convert_to_tensor(slope).numpy()
        for source, slope in zip(sources, tape.gradient(total, sources))
    ]


def compute_gradient_error(numerical: Sequence[Any], analytical: Sequence[Any]) -> float:
    """The largest elementwise difference, relative to the gradient's scale.

    For arrays N_k and A_k with entries N_ki and A_ki it is

        max_k ( max_i |N_ki - A_ki| / s_k ),   s_k = max(max_i |N_ki|, max_i |A_ki|, S / 1000)

    where S is the largest magnitude in all arrays, so that a variable whose slope is zero but for
    rounding is measured beside the others. It is 0.0 where all entries are zero, and infinity where
    an entry of either is NaN or infinite.

    Args:
        numerical, analytical: lists of arrays of the same shapes, in the same order.

    Raises:
        ValueError: the lists differ in length or the arrays in shape; the message names both.
    """
    left, right = _arrays("numerical", numerical), _arrays("analytical", analytical)
    if len(left) != len(right):
        raise UsageError(
            f"numerical holds {len(left)} arrays and analytical {len(right)}; "
            "expected one per variable in both"
        )
    for place, (one, other) in enumerate(zip(left, right)):
        if one.shape != other.shape:
            raise UsageError(
                f"numerical[{place}] has shape {one.shape} and analytical[{place}] has shape "
                f"{other.shape}; expected the variable's shape in both"
            )
    if not all(np.isfinite(array).all() for array in (*left, *right)):
        return float("inf")
    sizes = [max(_largest(one), _largest(other)) for one, other in zip(left, right)]
    least = LEAST_SHARE * max(sizes, default=0.0)
    errors = [
        _largest(one - other) / max(size, least)
        for one, other, size in zip(left, right, sizes)
        if max(size, least) > 0
    ]
    return float(max(errors, default=0.0))


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0))


def _arrays(name: str, arrays: Sequence[Any]) -> list[Array]:
    if not isinstance(arrays, (list, tuple)):
        raise UsageError(
            f"{name} must be a list with one array per variable, but got {type(arrays).__name__}"
        )
    kinds = (np.asarray(array) for array in arrays)
    return [kind.astype(np.complex128 if kind.dtype.kind == "c" else np.float64) for kind in kinds]


def _checked(
    model: Any, x: Any, y: Any, variables: Sequence[Any] | None
) -> tuple[list[Any], list[Any], list[Any]]:
    """The inputs, the targets and the variables as lists, once they fit together."""
    if not callable(model):
        raise UsageError(f"model={model!r} must be callable: a Keras model or a function")
    xs, ys = _batch("x", x), _batch("y", y)
    counts = {
        f"{name}[{n}]": np.shape(a)[:1]
        for name, b in (("x", xs), ("y", ys))
        for n, a in enumerate(b)
    }
    first_name, first = next(iter(counts.items()))
    for name, count in counts.items():
        if count != first:
            raise UsageError(
                f"{first_name} holds {_examples(first)} and {name} {_examples(count)}; "
                "expected the same number in both"
            )
    if variables is None:
        if not getattr(model, "built", True):
            model(xs[0] if len(xs) == 1 else xs)
        variables = list(getattr(model, "trainable_variables", ()))
    elif not isinstance(variables, (list, tuple)):
        raise UsageError(
            f"variables must be a list of variables, but got {type(variables).__name__}"
        )
    if not variables:
        raise UsageError(
            "there are no variables to differentiate: the model has no trainable ones"
            if variables is not None and hasattr(model, "trainable_variables")
            else "there are no variables to differentiate; pass variables=[v]"
        )
    for variable in variables:
        held(variable)
    return xs, ys, list(variables)


def _batch(name: str, given: Any) -> list[Any]:
    batch = list(given) if isinstance(given, (list, tuple)) else [given]
    # Numbers in lists are data like any other.
    batch = [np.array(each) if isinstance(each, (list, tuple)) else each for each in batch]
    if not batch:
        raise UsageError(f"{name} is an empty list; expected one array per {_WHAT[name]}")
    return batch


_WHAT = {"x": "input of the model", "y": "output of the model"}


def _examples(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} examples" if shape else "a single number"
