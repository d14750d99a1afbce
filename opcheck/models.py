"""A model's loss on a batch as a function of its variables, and the model in double precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from opcheck.backend import tf
from opcheck.errors import UsageError
from opcheck.evaluation import Evaluation
from opcheck.primals import Primal
from opcheck.vectors import is_differentiable

Loss = Callable[[Any, Any], Any]


def loss_on_batch(model: Any, loss: Loss, xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    """The sum of what the loss returns for each output and example, as a scalar tensor.

    Raises:
        UsageError: the model has more or fewer outputs than there are targets.
    """
    outputs = tf.nest.flatten(model(xs[0] if len(xs) == 1 else list(xs)))
    if len(outputs) != len(ys):
        raise UsageError(
            f"the model returns {len(outputs)} outputs, but y holds {len(ys)} targets; "
            "each output needs its own"
        )
    values = [tf.reduce_sum(loss(target, output)) for target, output in zip(ys, outputs)]
    return values[0] if len(values) == 1 else tf.add_n(values)


def loss_evaluation(
    model: Any,
    loss: Loss,
    xs: Sequence[Any],
    ys: Sequence[Any],
    variables: Sequence[Any],
    seed: int = 0,
) -> Evaluation:
    """The loss on a batch at the variables' present values, which are the primals.

    A model of Keras in single precision brings itself in double precision along, so that
    differences see more.

    Args:
        variables: `tf.Variable`s or Keras variables of floating dtype.

    Raises:
        FunctionError: the model or the loss raises.
    """
    primals = [
        Primal(name_of(variable), held(variable).numpy(), held(variable), is_passed=False)
        for variable in variables
    ]

    def call() -> Any:
        return loss_on_batch(model, loss, xs, ys)

    def wide() -> Evaluation:
        twin = doubled(model)
        own = [held(variable) for variable in model.weights]
        places = [_place(held(variable), own) for variable in variables]
        chosen = [twin.weights[place] for place in places]
        return loss_evaluation(twin, loss, xs, ys, chosen, seed)

    return Evaluation(call, primals, seed=seed, wide=wide)


def doubled(model: Any) -> Any:
    """The same Keras model or layer in float64, with the same weights once it has some.

    Raises:
        UsageError: it cannot be made again from its own configuration.
    """
    return remade(model, "float64")


def remade(model: Any, policy: str) -> Any:
    """The same Keras model or layer under another dtype policy, with the same weights.

    Raises:
        UsageError: it cannot be made again from its own configuration.
    """

    def under_policy(layer: Any) -> Any:
        return type(layer).from_config({**layer.get_config(), "dtype": policy})

    is_graph = isinstance(model, tf.keras.Sequential) or hasattr(model, "operations")
    try:
        if is_graph:
            twin = tf.keras.models.clone_model(model, clone_function=under_policy)
        else:
            twin = under_policy(model)
        if model.built:
            if is_graph and not twin.built:
                twin.build(model.input_shape)
            elif not twin.built:
                twin.build_from_config(model.get_build_config())
            twin.set_weights(model.get_weights())
    except Exception as error:
        raise UsageError(f"{model!r} cannot be made again in {policy}: {error}") from error
    return twin


def _place(variable: Any, among: Sequence[Any]) -> int:
    """The position of a variable, by identity."""
    return next(place for place, other in enumerate(among) if other is variable)


def held(variable: Any) -> Any:
    """The `tf.Variable` itself, also of a Keras variable.

    Raises:
        UsageError: it is no variable, or not of a floating or complex dtype.
    """
    inner = variable if isinstance(variable, tf.Variable) else getattr(variable, "value", None)
    if not isinstance(inner, tf.Variable):
        raise UsageError(f"variables holds {variable!r}, which is no tf.Variable or Keras variable")
    if not is_differentiable(inner.dtype):
        raise UsageError(
            f"variables holds {name_of(variable)!r} of dtype {inner.dtype.name}, "
            "which has no derivative"
        )
    return inner


def name_of(variable: Any) -> str:
    """What a report calls a variable: its path in the model, or its name."""
    return str(getattr(variable, "path", None) or variable.name).removesuffix(":0")
