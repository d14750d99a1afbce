"""Dotted names to the objects they name, and cases to evaluations."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import random
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.domains import Input, booleans, integers, normal
from opcheck.errors import RecipeError, UnknownNameError, UsageError, in_words
from opcheck.evaluation import Evaluation, FunctionError, keep
from opcheck.primals import Primal, State
from opcheck.spec import DTYPES, Built, DtypeOfCase, Exactly, Kind, Named, Sample, drawn_inputs

# Dtypes of sizes that kernels take and shape functions do not.
SHORT_INTEGERS = ("int8", "int16", "uint8", "uint16")


@dataclass(frozen=True)
class _Kept:
    """A layer for all points of its sample.

    Attributes:
        built: its variables as they were before its first call.
        is_stateless: whether a call changes none.
    """

    layer: Any
    built: State
    is_stateless: bool


# The layers of the last samples, in one dtype and in double: their checks come one after the other.
_LAYERS: dict[Hashable, _Kept] = {}


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
        except (Exception, SystemExit) as error:
            raise UsageError(
                f"{module_name!r} raises on import, for {target!r}: {type(error).__name__}: {error}"
            ) from error
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


def evaluate_case(case: Case, found: Any = None, *, is_watched: bool = True) -> Evaluation:
    """Draw the case's inputs from its seed and bind its target to them.

    Args:
        found: the target itself, where it is not what its name stands for.
        is_watched: as of an `Evaluation`; a layer, which keeps a state, is always watched.

    Raises:
        RecipeError: TensorFlow lacks the target, or rejects what the row gives it.
    """
    is_named = found is None
    found = resolve(case.target) if found is None else found
    if case.kind in (Kind.LAYER, Kind.INSTANCE) and not inspect.isclass(found):
        raise RecipeError(f"{case.target} is no class, so there is no {case.kind} of it")
    drawn = Drawing(case)
    try:
        key = case.function if is_named else None
        if case.kind is Kind.LAYER:
            return _layer_evaluation(case, found, drawn, key)
        if case.kind is Kind.INSTANCE:
            return _instance_evaluation(case, found, drawn, key, is_watched)
        return _function_evaluation(case, found, drawn, key, is_watched)
    except FunctionError as error:
        given = ", ".join(_summary(primal) for primal in drawn.primals)
        raise RecipeError(
            f"{case.target} rejects the inputs of its sample {case.sample.id!r} in {case.dtype} "
            f"({given or 'none'}): {error}"
        ) from error


class Drawing:
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
        if isinstance(value, (Built, Named)):
            return _given(value, self.case.dtype)
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


def filled(plan: Any, tensors: Sequence[Any]) -> Any:
    """A plan with its places filled by tensors."""
    if isinstance(plan, _Place):
        return tensors[plan.position]
    if isinstance(plan, (list, tuple)):
        return type(plan)(filled(item, tensors) for item in plan)
    if isinstance(plan, dict):
        return {key: filled(item, tensors) for key, item in plan.items()}
    return plan


def _function_evaluation(
    case: Case, found: Callable[..., Any], drawn: Drawing, key: Hashable, is_watched: bool
) -> Evaluation:
    plan = {name: drawn.plan(value, name) for name, value in case.sample.arguments}
    _require_known_wrt(case, plan)
    # In a graph TensorFlow gives keywords to no function of this kind.
    is_by_position = is_custom_gradient(found)

    def call(*tensors: Any) -> Any:
        given = filled(plan, tensors)
        if not is_by_position:
            return found(**given)
        bound = inspect.signature(found).bind(**given)
        return found(*bound.args, **bound.kwargs)

    return Evaluation(
        call,
        drawn.primals,
        outputs=case.sample.judged,
        seed=case.seed,
        compiles=False if _has_short_integers(case.sample) else None,
        key=key,
        is_watched=is_watched,
    )


def is_custom_gradient(value: Any) -> bool:
    """Whether a function is wrapped by `tf.custom_gradient`, beneath whatever else wraps it."""
    decorators = (getattr(inner, "_tf_decorator", None) for inner in unwrapped(value))
    return any(getattr(d, "decorator_name", "") == "custom_gradient" for d in decorators)


def unwrapped(value: Any) -> Iterator[Any]:
    """A function and what it wraps, from the outside in."""
    for _ in range(10):
        yield value
        inner = getattr(value, "__wrapped__", None) or getattr(value, "python_function", None)
        if inner is None:
            return
        value = inner


def _has_short_integers(sample: Sample) -> bool:
    """Whether there are sizes in dtypes at which an op's shape function can end the process.

    SplitV's kernel takes them as int8; in a graph its shape function reads int64 there.
    """
    values = (value for _, value in sample.arguments)
    return any(isinstance(value, Exactly) and value.dtype in SHORT_INTEGERS for value in values)


def _require_known_wrt(case: Case, known: Iterable[str]) -> None:
    for name in case.wrt or ():
        if name not in known:
            raise RecipeError(f"{case.target}: wrt={name!r} is none of its inputs {sorted(known)}")


def _instance_evaluation(
    case: Case, found: Any, drawn: Drawing, key: Hashable, is_watched: bool
) -> Evaluation:
    """An instance of a class, called with the sample's inputs under the names that it gives them.

    Numbers become tensors of the case's dtype, since an instance is made for tensors.
    """
    names = list(inspect.signature(found.__call__).parameters)[1:]
    inputs = [
        drawn.plan(value, name)
        if list(drawn_inputs([value]))
        else tf.constant(value, case.dtype if _has_floats(value) else None)
        for value, name in zip(case.sample.inputs, names)
    ]
    _require_known_wrt(case, names)
    instance = _built(case, found)

    def call(*tensors: Any) -> Any:
        return instance(*filled(inputs, tensors))

    return Evaluation(
        call,
        drawn.primals,
        outputs=case.sample.judged,
        seed=case.seed,
        key=key,
        is_watched=is_watched,
    )


def _has_floats(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"


def _layer_evaluation(
    case: Case,
    found: Callable[..., Any],
    drawn: Drawing,
    key: Hashable = None,
    at: Sequence[Primal] = (),
) -> Evaluation:
    """A layer, unless what it gives hangs on more than its inputs and variables.

    Args:
        key: what names the layer: one without a state is the same at all points of its sample.
        at: the primals, weights included, of the same layer in a narrower dtype: where this one is
            to stand. Empty to draw all of them.

    Raises:
        RecipeError: the layer keeps a state that cannot be restored.
    """

    def place(variable: Any, value: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
        # A weight whose initializer the row names (`alpha_initializer` for `alpha`) starts there.
        is_given = f"{variable.name}_initializer" in dict(case.sample.arguments)
        away = away_from_start(variable, value, generator)
        return value if is_given else away

    kept = _LAYERS.get(key) if key else None
    evaluation = layer_evaluation(
        case,
        kept.layer if kept else _built(case, found),
        drawn,
        at,
        place=place,
        # The glance and the closer look see the same one.
        wide=functools.cache(lambda: _wider_layer(case, found, evaluation.primals, bool(key))),
        key=key,
    )
    if not evaluation.repeats_eagerly():
        raise RecipeError(
            f"{case.target} gives something else at each call of its sample {case.sample.id!r}, "
            "even with its variables put back: it keeps a state that is no variable of its own"
        )
    return evaluation


# Takes a Keras variable, its value and a generator, and gives the value to differentiate at.
Placing = Callable[[Any, NDArray[Any], np.random.Generator], NDArray[Any]]


def away_from_start(
    variable: Any, value: NDArray[Any], generator: np.random.Generator
) -> NDArray[Any]:
    """A random value for a weight: the zeros and ones that it starts at would hide faults."""
    del variable
    return np.asarray(np.round(generator.normal(0.25, 0.5, value.shape), 3))


def layer_evaluation(
    case: Case,
    layer: Any,
    drawn: Drawing,
    at: Sequence[Primal] = (),
    *,
    place: Placing = away_from_start,
    wide: Callable[[], Evaluation] | None = None,
    compiles: bool = True,
    key: Hashable = None,
    within: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Evaluation:
    """A layer with its weights among the primals and its state restored before each call.

    What the layer adds to the loss, as a regularizer does, is judged as a further output.

    Args:
        drawn: a new drawing of the case.
        at: where the primals, weights included, are to stand. Empty to draw all of them.
        place: where each trainable weight stands otherwise.
        wide: the same layer at the same point in double precision.
        compiles: whether differencing calls the layer compiled.
        key: what names the layer: one without a state is the same at all points of its sample.
        within: makes the context of each call.
    """
    sample = case.sample
    plans = [
        drawn.plan(value, "input" if len(sample.inputs) == 1 else f"input[{number}]")
        for number, value in enumerate(sample.inputs)
    ]
    options = {name: drawn.plan(value, name) for name, value in sample.call}
    if sample.training is not None:
        options["training"] = sample.training

    def call(*tensors: Any) -> Any:
        # Some layers leave to Python's dice which ops they run: always the same ones.
        random.seed(0)
        with within():
            result = layer(*filled(plans, tensors), **filled(options, tensors))
        return [result, *layer.losses] if layer.losses else result

    for number, primal in enumerate(at[: len(drawn.primals)]):
        dtype = drawn.primals[number].point.dtype
        drawn.primals[number] = replace(drawn.primals[number], point=primal.point.astype(dtype))
    points = [tf.constant(primal.point) for primal in drawn.primals]
    kept = _LAYERS.get(key) if key else None
    if kept is not None and kept.layer is layer:
        built, is_stateless = kept.built, kept.is_stateless
        built.restore()
    else:
        kept, is_stateless = None, False
        built = _as_built(layer) if key else State()
    if not is_stateless:
        try:
            call(*points)
        except Exception as error:
            raise FunctionError(in_words(error)) from error
    weights = _placed_weights(layer, drawn.generator, at[len(drawn.primals) :], place)
    run, state = call, State()
    if not is_stateless:
        # Keras does not track all that a layer assigns to: the states of a stateful cell, say.
        assigned = State.changed_by(lambda: call(*points)).variables
        run, state = _with_state(call, assigned, weights)
        # A state that was made by the first call is one of that call's point.
        if key and {id(v.resource) for v in assigned} <= {id(v.handle) for v in built.variables}:
            kept = kept or _Kept(layer, built, not assigned)
    if key and kept is not None:
        keep(_LAYERS, key, kept)
    return Evaluation(
        run,
        [*drawn.primals, *weights],
        outputs=sample.judged,
        state=state,
        seed=case.seed,
        wide=wide,
        compiles=compiles,
        key=(key, id(layer)) if key and kept is not None else None,
    )


def _with_state(
    call: Callable[..., Any], assigned: Sequence[Any], weights: Sequence[Primal]
) -> tuple[Callable[..., Any], State]:
    """The call with the weights that it assigns to put back, and the rest that it assigns to."""
    handles = {id(variable.resource) for variable in assigned}
    changed = [w.variable for w in weights if id(w.variable.handle) in handles]
    for weight in weights:
        weight.variable.assign(weight.point)
    own = {id(variable.handle) for variable in changed}
    state = State.of([variable for variable in assigned if id(variable.resource) not in own])
    return (_putting_back(call, changed) if changed else call), state


def _as_built(layer: Any) -> State:
    """The variables of a layer, and their values before its first call."""
    return State.of([getattr(variable, "value", variable) for variable in layer.variables])


def _wider_layer(
    case: Case, found: Callable[..., Any], at: Sequence[Primal], is_named: bool
) -> Evaluation:
    """The same layer at the same point in double precision."""
    arguments = tuple((name, v) for name, v in case.sample.arguments if name != "dtype")
    wide = replace(case, dtype="float64", sample=replace(case.sample, arguments=arguments))
    return _layer_evaluation(wide, found, Drawing(wide), wide.function if is_named else None, at)


def _putting_back(call: Callable[..., Any], variables: Sequence[Any]) -> Callable[..., Any]:
    """The call, after which the weights that it assigns to have the values from before it."""

    def restored(*tensors: Any) -> Any:
        values = [variable.read_value() for variable in variables]
        result = call(*tensors)
        for variable, value in zip(variables, values):
            variable.assign(value)
        return result

    return restored


def _placed_weights(
    layer: Any, generator: np.random.Generator, at: Sequence[Primal], place: Placing
) -> list[Primal]:
    """Every trainable weight where it is to stand, or `at` those values."""
    weights = []
    names = weight_names([weight.path for weight in layer.trainable_variables])
    for number, (weight, name) in enumerate(zip(layer.trainable_variables, names)):
        variable = weight.value
        value = at[number].point if at else place(weight, variable.numpy(), generator)
        variable.assign(value.astype(variable.dtype.as_numpy_dtype))
        weights.append(Primal(name, variable.numpy(), variable, is_passed=False))
    return weights


def weight_names(paths: Sequence[str]) -> list[str]:
    """The paths of weights, numbered from the first one of this layer.

    Keras counts all layers of a process, but a weight has one name whatever was built before.
    """
    numbered: dict[str, str] = {}
    tally = Counter[str]()
    for part in (part for path in paths for part in path.split("/")):
        if part not in numbered:
            base = re.sub(r"_\d+$", "", part)
            numbered[part] = f"{base}_{tally[base]}" if tally[base] else base
            tally[base] += 1
    return ["/".join(numbered[part] for part in path.split("/")) for path in paths]


def _built(case: Case, found: Callable[..., Any]) -> Any:
    """An instance of the case's class, with replayable initial state."""
    tf.keras.utils.set_random_seed(case.seed)
    try:
        return built_instance(found, case.sample.arguments, case.dtype)
    except Exception as error:
        given = ", ".join(f"{name}={value!r}" for name, value in case.sample.arguments)
        raise RecipeError(
            f"{case.target} cannot be built with {given or 'no arguments'}: "
            f"{type(error).__name__}: {error}"
        ) from error


def built_instance(
    found: Callable[..., Any], arguments: Iterable[tuple[str, Any]], dtype: str
) -> Any:
    """An instance of a class, and of the classes that its arguments name, in one dtype.

    Args:
        found: the class, or a function, which is called with no more than the arguments.
        dtype: of the case; an argument `dtype` (a policy of mixed precision) takes its place.
    """
    plan = dict(arguments)
    if inspect.isclass(found) and takes_dtype(found):
        plan = {"dtype": dtype, **plan}
    policy = plan.get("dtype", dtype)
    return found(**{name: _given(value, policy, dtype) for name, value in plan.items()})


def takes_dtype(found: type) -> bool:
    try:
        takes = inspect.signature(found).parameters
    except ValueError:  # A class written in C shows none.
        return False
    return "dtype" in takes or any(p.kind is p.VAR_KEYWORD for p in takes.values())


def _given(value: Any, policy: str, dtype: str = "") -> Any:
    """A constructor argument as the class takes it."""
    if isinstance(value, DtypeOfCase):
        return dtype or policy
    if isinstance(value, Exactly):
        return np.array(value.values, value.dtype)
    if isinstance(value, Named):
        return resolve(value.target)
    if isinstance(value, Built):
        return built_instance(resolve(value.target), value.arguments, policy)
    if isinstance(value, (list, tuple)):
        return type(value)(_given(item, policy, dtype) for item in value)
    if isinstance(value, dict):
        return {key: _given(item, policy, dtype) for key, item in value.items()}
    return value


def _summary(primal: Primal) -> str:
    shape: NDArray[Any] | tuple[int, ...] = primal.point.shape
    return f"{primal.name}: {primal.point.dtype} {list(shape)}"


def given_by(case: Case) -> tuple[list[Any], dict[str, Any]]:
    """What a case's inputs and arguments are, each drawn input as a tensor."""
    drawn = Drawing(case)
    inputs = [drawn.plan(value, str(place)) for place, value in enumerate(case.sample.inputs)]
    arguments = {name: drawn.plan(value, name) for name, value in case.sample.arguments}
    tensors = [
        tf.constant(primal.point) if primal.variable is None else primal.variable
        for primal in drawn.primals
    ]
    return filled(inputs, tensors), filled(arguments, tensors)


def is_raw_op(name: str) -> bool:
    """Whether `name`, with or without `tf.raw_ops.`, is an op of this TensorFlow."""
    return hasattr(tf.raw_ops, name.removeprefix("tf.raw_ops."))


def input_of(shape: tuple[int, ...], dtype: str) -> Input:
    """An input to draw for a shape and a dtype in words."""
    if dtype in DTYPES:
        return normal(*shape)
    if dtype == "bool":
        return booleans(*shape)
    if dtype in ("int32", "int64"):
        return integers(0, 2, dtype)(*shape)
    raise UnknownNameError("dtype", dtype, [*DTYPES, "bool", "int32", "int64"])
