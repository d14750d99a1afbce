"""Dotted names to the objects they name, and cases to evaluations."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.domains import Input
from opcheck.errors import RecipeError, UnknownNameError, UsageError
from opcheck.evaluation import Evaluation, FunctionError, Primal, State
from opcheck.spec import DtypeOfCase, Exactly, Kind, drawn_inputs


def resolve(target: str) -> Any:
    """The object behind `tf.nn.gelu`, `keras.layers.Dense`, `package.module.name` or `module:name`.

    Raises:
        RecipeError: this TensorFlow lacks it; the nearest names that it has are suggested.
        UsageError: the module cannot be imported.
    """
    module_name, path = _split(target)
    if module_name == "tf":
        found: Any = tf
    else:
        try:
            found = importlib.import_module(module_name)
        except ImportError as error:
            raise UsageError(f"cannot import {module_name!r} for {target!r}: {error}") from error
    for position, name in enumerate(path):
        if not hasattr(found, name):
            where = ".".join([module_name, *path[:position]])
            lacking = UnknownNameError(f"name in {where}", name, dir(found))
            if module_name in ("tf", "keras"):
                raise RecipeError(f"TensorFlow {tf.__version__} lacks {target}: {lacking}")
            raise lacking
        found = getattr(found, name)
    return found


def _split(target: str) -> tuple[str, list[str]]:
    """The module of a dotted name, to its colon or the longest that there is, and the rest."""
    module, _, attribute = target.partition(":")
    parts = target.replace(":", ".").split(".")
    if parts[0] in ("tf", "keras"):
        return parts[0], parts[1:]
    if attribute:
        return module, attribute.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            if importlib.util.find_spec(".".join(parts[:cut])):
                return ".".join(parts[:cut]), parts[cut:]
        except ModuleNotFoundError:
            continue
    return parts[0], parts[1:]


def evaluate_case(case: Case, found: Any = None) -> Evaluation:
    """Draw the case's inputs from its seed and bind its target to them.

    Args:
        found: the target itself, where it is not what its name stands for.

    Raises:
        RecipeError: TensorFlow lacks the target, or rejects what the row gives it.
    """
    found = resolve(case.target) if found is None else found
    if case.kind in (Kind.LAYER, Kind.LOSS) and not inspect.isclass(found):
        raise RecipeError(f"{case.target} is no class, so it cannot be a {case.kind}")
    drawn = _Drawing(case)
    try:
        if case.kind is Kind.LAYER:
            return _layer_evaluation(case, found, drawn)
        if case.kind is Kind.LOSS:
            return _loss_evaluation(case, found, drawn)
        return _function_evaluation(case, found, drawn)
    except FunctionError as error:
        given = ", ".join(_summary(primal) for primal in drawn.primals)
        raise RecipeError(
            f"{case.target} rejects the inputs of its sample {case.sample.id!r} in {case.dtype} "
            f"({given or 'none'}): {error}"
        ) from error


class _Drawing:
    """Draws the inputs of one case in order, and remembers where they go."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.generator = case.generator()
        self.primals: list[Primal] = []

    def plan(self, value: Any, name: str) -> Any:
        """`value` with its inputs drawn and replaced by their positions among the primals."""
        if isinstance(value, Input):
            return self._drawn(value, name)
        if isinstance(value, DtypeOfCase):
            return self.case.dtype
        if isinstance(value, Exactly):
            # An op converts an array to the dtype that it takes by default, but no tensor.
            array = np.array(value.values, value.dtype)
            return tf.constant(array) if self.case.kind is Kind.OP else array
        if isinstance(value, (list, tuple)):
            planned = [self.plan(item, f"{name}[{place}]") for place, item in enumerate(value)]
            return planned if isinstance(value, list) else tuple(planned)
        if isinstance(value, dict):
            return {key: self.plan(item, f"{name}[{key!r}]") for key, item in value.items()}
        return value

    def _drawn(self, wanted: Input, name: str) -> _Place:
        dtype = tf.as_dtype(wanted.dtype_in(self.case.dtype)).as_numpy_dtype
        array = np.asarray(wanted.draw(self.generator, self.case.dtype)).astype(dtype)
        wrt = self.case.wrt
        is_float = wanted.domain.is_drawn_in_case_dtype
        low, high = wanted.domain.low, wanted.domain.high
        if array.dtype.kind not in "biuc":
            # An end of the interval, rounded to the dtype, can lie a little outside of it.
            low = min(low, float(np.array(low).astype(dtype)))
            high = max(high, float(np.array(high).astype(dtype)))
        self.primals.append(
            Primal(
                name,
                array,
                tf.Variable(array) if wanted.is_variable else None,
                is_differentiated=is_float and (wrt is None or name.partition("[")[0] in wrt),
                low=low,
                high=high,
                tangent=wanted.domain.tangent,
            )
        )
        return _Place(len(self.primals) - 1)


class _Place:
    """Stands for the tensor of one primal inside a plan of arguments."""

    def __init__(self, position: int) -> None:
        self.position = position


def _filled(plan: Any, tensors: Sequence[Any]) -> Any:
    """A plan with its places filled by tensors."""
    if isinstance(plan, _Place):
        return tensors[plan.position]
    if isinstance(plan, (list, tuple)):
        return type(plan)(_filled(item, tensors) for item in plan)
    if isinstance(plan, dict):
        return {key: _filled(item, tensors) for key, item in plan.items()}
    return plan


def _function_evaluation(case: Case, found: Callable[..., Any], drawn: _Drawing) -> Evaluation:
    plan = {name: drawn.plan(value, name) for name, value in case.sample.arguments}
    _require_known_wrt(case, plan)

    def call(*tensors: Any) -> Any:
        return found(**_filled(plan, tensors))

    return Evaluation(call, drawn.primals, outputs=case.sample.judged, seed=case.seed)


def _require_known_wrt(case: Case, plan: dict[str, Any]) -> None:
    for name in case.wrt or ():
        if name not in plan:
            raise RecipeError(f"{case.target}: wrt={name!r} is none of its inputs {sorted(plan)}")


def _loss_evaluation(case: Case, found: Callable[..., Any], drawn: _Drawing) -> Evaluation:
    inputs = [
        drawn.plan(value, name)
        if list(drawn_inputs([value]))
        else tf.constant(value, case.dtype if _has_floats(value) else None)
        for value, name in zip(case.sample.inputs, _LOSS_INPUTS)
    ]
    drawn.primals[:] = [
        primal
        if primal.name == "y_pred"
        else Primal(primal.name, primal.point, is_differentiated=False)
        for primal in drawn.primals
    ]
    instance = _built(case, found)

    def call(*tensors: Any) -> Any:
        return instance(*_filled(inputs, tensors))

    return Evaluation(call, drawn.primals, outputs=case.sample.judged, seed=case.seed)


def _has_floats(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"


_LOSS_INPUTS = ("y_true", "y_pred", "sample_weight")


def _layer_evaluation(case: Case, found: Callable[..., Any], drawn: _Drawing) -> Evaluation:
    """A layer with its weights among the primals and its state restored before each call."""
    sample = case.sample
    plans = [
        drawn.plan(value, "input" if len(sample.inputs) == 1 else f"input[{place}]")
        for place, value in enumerate(sample.inputs)
    ]
    options = {} if sample.training is None else {"training": sample.training}
    instance = _built(case, found)

    def call(*tensors: Any) -> Any:
        return instance(*_filled(plans, tensors), **options)

    points = [tf.constant(primal.point) for primal in drawn.primals]
    try:
        call(*points)
    except Exception as error:
        raise FunctionError(f"{type(error).__name__}: {error}") from error
    weights = _draw_weights(case, instance, drawn.generator)
    state = State.of([weight.value for weight in instance.non_trainable_variables])
    # A layer runs many ops, each with its own Python; compiled, the same kernels run in a tenth.
    compiled = tf.function(call, autograph=False)
    return Evaluation(
        call,
        [*drawn.primals, *weights],
        outputs=sample.judged,
        fast=compiled,
        state=state,
        seed=case.seed,
    )


def _draw_weights(case: Case, instance: Any, generator: np.random.Generator) -> list[Primal]:
    """Every trainable weight at a random value: initial zeros and ones would hide faults.

    A weight whose initializer the row names (`alpha_initializer` for `alpha`) starts there.
    """
    weights, given = [], dict(case.sample.arguments)
    for weight in instance.trainable_variables:
        variable = weight.value
        value = np.round(generator.normal(0.25, 0.5, variable.shape), 3)
        if f"{weight.name}_initializer" not in given:
            variable.assign(value.astype(variable.dtype.as_numpy_dtype))
        weights.append(Primal(weight.path, variable.numpy(), variable, is_passed=False))
    return weights


def _built(case: Case, found: Callable[..., Any]) -> Any:
    """An instance of a layer or loss class in the case's dtype, with replayable initial state."""
    plan = {
        name: case.dtype if isinstance(value, DtypeOfCase) else value
        for name, value in case.sample.arguments
    }
    tf.keras.utils.set_random_seed(case.seed)
    try:
        return found(**{"dtype": case.dtype, **plan})
    except Exception as error:
        given = ", ".join(f"{name}={value!r}" for name, value in plan.items())
        raise RecipeError(
            f"{case.target} cannot be built with {given or 'no arguments'}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _summary(primal: Primal) -> str:
    shape: NDArray[Any] | tuple[int, ...] = primal.point.shape
    return f"{primal.name}: {primal.point.dtype} {list(shape)}"


def given_by(case: Case) -> tuple[list[Any], dict[str, Any]]:
    """What a case's inputs and arguments are, each drawn input as a tensor."""
    drawn = _Drawing(case)
    inputs = [drawn.plan(value, str(place)) for place, value in enumerate(case.sample.inputs)]
    arguments = {name: drawn.plan(value, name) for name, value in case.sample.arguments}
    tensors = [
        tf.constant(primal.point) if primal.variable is None else primal.variable
        for primal in drawn.primals
    ]
    return _filled(inputs, tensors), _filled(arguments, tensors)


def is_raw_op(name: str) -> bool:
    """Whether `name`, with or without `tf.raw_ops.`, is an op of this TensorFlow."""
    return hasattr(tf.raw_ops, name.removeprefix("tf.raw_ops."))
