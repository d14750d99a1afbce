"""From a target to one that can be called: arguments guessed, shapes of inputs found by trying."""

from __future__ import annotations

import functools
import inspect
import math
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from opcheck import targets
from opcheck.auditing.finding import is_layer
from opcheck.auditing.recipe import recipe_of
from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.domains import Domain, Input, indices, normal
from opcheck.errors import OpcheckError, UsageError, in_words
from opcheck.evaluation import Evaluation, FunctionError
from opcheck.models import remade
from opcheck.modes import POLICIES
from opcheck.spec import Built, Kind, Named, Row, Sample, drawn_inputs
from opcheck.targets import Drawing, built_instance, filled, input_of
from opcheck.vectors import is_differentiable, labelled_tensors

# Sizes to try: of the last axis, of the batch, of the axes between, and of what is built. The last
# can be halved, for heads and groups.
CHANNELS, BATCH, TIME, SPACE, UNITS = 3, 2, 3, 4, 4

# Numbers that a constructor most likely takes, by what its argument is called.
SMALL = ("head", "kernel", "pool", "stride", "window", "block", "depth", "layers", "order", "group")
SIZES = frozenset(
    [
        *("unit", "dim", "size", "feature", "filter", "channel", "hidden", "rank", "num", "width"),
        *("height", "length", "class", "classe", "expert", "vocab", "token", "slot", "bin"),
        *("n", "k", "d", "m"),
    ]
)
RATES = ("rate", "drop", "alpha", "beta", "gamma", "scale", "factor", "temperature", "momentum")
LEAST = ("eps", "epsilon")

# Integers that index something with this many places.
PLACES = 3

UNTOLD = inspect.Parameter.empty

# How many of the errors that inputs met are told.
MOST_ERRORS = 3


@dataclass(frozen=True)
class Subject:
    """What can be audited: how it is made and called.

    Attributes:
        name: of the target.
        sample: the inputs, the arguments of the constructor, those of the call.
        make: gives it in a dtype or under a policy; a class anew each time.
        is_layer: whether it has weights and takes `training`.
        is_class: whether the sample's arguments are those of a constructor, not of the call.
        keeps_weights: whether the present values of its weights are where it is to be audited.
    """

    name: str
    sample: Sample
    make: Callable[[str], Any]
    is_layer: bool = True
    is_class: bool = False
    keeps_weights: bool = False

    @property
    def options(self) -> tuple[tuple[str, Any], ...]:
        """Further arguments of the call."""
        is_function = not (self.is_layer or self.is_class)
        return self.sample.arguments if is_function else self.sample.call

    def case(self, dtype: str, seed: int = 0, **changes: Any) -> Case:
        """One way to call it."""
        kind = Kind.LAYER if self.is_layer else Kind.FUNCTION
        sample = replace(self.sample, **changes)
        return Case(kind, self.name, sample, dtype, "jacobian", "", None, seed)

    def words(self) -> str:
        """How it is built and called, as source."""
        short = self.name.rpartition(":")[2].rpartition(".")[2]
        inputs = ", ".join(repr(value) for value in self.sample.inputs)
        given = ", ".join(f"{key}={value!r}" for key, value in self.sample.arguments)
        is_made = self.is_layer or self.is_class
        return f"{short}({given}) called with {inputs}" if is_made else f"{short}({inputs})"


@contextmanager
def made_under(dtype: str) -> Iterator[None]:
    """Layers that are made meanwhile compute in this dtype unless they are told otherwise.

    Args:
        dtype: or a policy of mixed precision.
    """
    before = tf.keras.config.dtype_policy(), tf.keras.config.floatx()
    tf.keras.config.set_dtype_policy(dtype)
    tf.keras.config.set_floatx("float32" if dtype in POLICIES else dtype)
    try:
        yield
    finally:
        tf.keras.config.set_dtype_policy(before[0])
        tf.keras.config.set_floatx(before[1])


def subject_of(
    found: Any,
    name: str,
    inputs: Sequence[Any] | None = None,
    given: Sample | None = None,
    rows: Sequence[Row] = (),
) -> Subject:
    """The subject that a target makes.

    Args:
        found: a Keras layer or model, a class of these, or a function of tensors.
        inputs: what to call it with; None to find that out by trying.
        given: how to build and call it; None for its own recipe, or the row of its name.

    Raises:
        UsageError: it cannot be built, or called with any of the inputs that were tried. The
            message says what a recipe must give.
    """
    recipe = given or recipe_of(found, name, rows)
    if inspect.isclass(found):
        subject = _of_class(found, name, recipe)
    elif is_layer(found):
        subject = _of_instance(found, name, recipe)
    elif callable(found):
        empty = Sample("audit")
        subject = Subject(name, recipe or empty, lambda dtype: found, is_layer=False)
    else:
        raise UsageError(
            f"{name} is neither a Keras layer or model, nor a class of these, nor a function, "
            f"but {type(found).__name__}"
        )
    if inputs is not None:
        subject = replace(subject, sample=replace(subject.sample, inputs=tuple(inputs)))
        _require_call(subject)
        return subject
    if subject.sample.inputs:
        _require_call(subject)
        return subject
    return _with_inputs_found(subject, found)


def _of_class(found: Any, name: str, recipe: Sample | None) -> Subject:
    sample = recipe or Sample("audit", arguments=tuple(_guessed_arguments(found, name)))

    def make(dtype: str) -> Any:
        tf.keras.utils.set_random_seed(0)
        with made_under(dtype):
            return built_instance(found, sample.arguments, dtype)

    is_layer_class = issubclass(found, tf.keras.layers.Layer)
    try:
        make("float64")
    except Exception as error:
        try:
            make("float32")
        except Exception:
            given = ", ".join(f"{key}={value!r}" for key, value in sample.arguments)
            raise UsageError(
                f"{name} cannot be built with {given or 'no arguments'}: {first_line(error)}; "
                f"give a recipe, {_example(name, given or 'units=3')}"
            ) from error
    return Subject(name, sample, make, is_layer=is_layer_class, is_class=True)


def _of_instance(layer: Any, name: str, recipe: Sample | None) -> Subject:
    def make(dtype: str) -> Any:
        if dtype == "float64" and layer.built and layer.dtype == dtype:
            return layer
        if dtype == "float64" or dtype in POLICIES:
            return remade(layer, dtype)
        return layer

    inputs = tuple(_model_inputs(layer))
    sample = recipe or Sample("audit", inputs)
    is_model = isinstance(layer, tf.keras.Model)
    return Subject(name, sample, make, keeps_weights=is_model and layer.built)


def _model_inputs(layer: Any) -> list[Any]:
    """The inputs of a model that knows their shapes."""
    try:
        known = layer.inputs if isinstance(layer, tf.keras.Model) else None
    except (AttributeError, ValueError):
        known = None
    if not known:
        return []
    inputs = []
    for place, tensor in enumerate(known):
        sizes = [
            size or (BATCH if axis == 0 else TIME + place) for axis, size in enumerate(tensor.shape)
        ]
        is_float = is_differentiable(tensor.dtype)
        inputs.append(normal(*sizes) if is_float else indices(PLACES)(*sizes))
    return inputs if len(inputs) == 1 else [inputs]


# ---------------------------------------------------------------------------------------------
# Arguments of the constructor


def _guessed_arguments(found: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What a class needs and gives no default for.

    Raises:
        UsageError: for one of these nothing can be guessed.
    """
    try:
        parameters = list(inspect.signature(found).parameters.values())
    except ValueError:
        return
    try:
        hints = typing.get_type_hints(found.__init__)
    except Exception:
        hints = {}
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is not UNTOLD:
            continue
        value = _guess(parameter.name.lower(), hints.get(parameter.name, UNTOLD))
        if value is UNTOLD:
            raise UsageError(
                f"{name} needs `{parameter.name}`: no default, and nothing tells what it may be; "
                f"give a recipe, {_example(name, f'{parameter.name}=...')}"
            )
        yield parameter.name, value


def _example(name: str, given: str) -> str:
    return f"such as @opcheck.recipe((2, 4), {given}) above its class"


def _guess(name: str, hint: Any) -> Any:
    """A likely value for an argument, by its type hint, or else by its name."""
    origin = typing.get_origin(hint)
    choices = typing.get_args(hint)
    if type(None) in choices:
        return None
    if origin is typing.Literal:
        return choices[0]
    if origin is typing.Union or type(hint).__name__ == "UnionType":
        return _guess(name, choices[0])
    if hint is bool:
        return False
    if hint is int:
        return _size(name)
    if hint is float:
        return _rate(name)
    if hint is str:
        return "tanh" if "activation" in name else UNTOLD
    if origin in (list, tuple) or getattr(origin, "__name__", "") == "Sequence":
        inner = _guess(name, choices[0] if choices else int)
        return UNTOLD if inner is UNTOLD else (inner,) * (len(choices) if origin is tuple else 2)
    if inspect.isclass(hint) and issubclass(hint, tf.keras.layers.Layer):
        return Built("keras.layers.Dense", (("units", UNITS),))
    if getattr(origin or hint, "__name__", "") == "Callable":
        return Named("tf.math.tanh")
    return _guess_by_name(name) if hint is UNTOLD else UNTOLD


def _guess_by_name(name: str) -> Any:
    words = name.strip("_").split("_")
    if "activation" in name:
        return "tanh"
    if name.startswith(("use_", "is_", "has_", "return_")):
        return False
    if any(word in name for word in (*LEAST, *RATES)):
        return _rate(name)
    if any(word.rstrip("s") in SIZES for word in words) or any(word in name for word in SMALL):
        return _size(name)
    return UNTOLD


def _size(name: str) -> int:
    return 2 if any(word in name for word in SMALL) else UNITS


def _rate(name: str) -> float:
    return 1e-3 if any(word in name for word in LEAST) else 0.5


# ---------------------------------------------------------------------------------------------
# Inputs of the call


def _with_inputs_found(subject: Subject, found: Any) -> Subject:
    """The subject with the first inputs that suit it, or else the first that it takes."""
    call = found.call if hasattr(found, "call") else found
    second: Subject | None = None
    errors: dict[str, None] = {}
    tried = 0
    for inputs in _candidates(subject, call):
        tried += 1
        wanted = replace(subject, sample=replace(subject.sample, inputs=inputs))
        try:
            is_suited = called(wanted)
        except FunctionError as error:
            errors[first_line(error)] = None
            continue
        if is_suited:
            return wanted
        second = second or wanted
    if second is not None:
        return second
    raise UsageError(
        f"{subject.name} takes none of the {tried} kinds of inputs that were tried "
        f"({'; '.join([*errors][:MOST_ERRORS])}); say what it takes with --input or with a recipe, "
        f"{_example(subject.name, '...')}"
    )


def _candidates(subject: Subject, call: Any) -> Iterator[tuple[Any, ...]]:
    """Inputs to try, the likeliest first: floats before integers, few axes before many."""
    count = max(_required(call, subject.is_layer), 1)
    sizes = dict.fromkeys([CHANNELS, *_integers(subject), UNITS, 1])
    # A mask is one of steps.
    least = 3 if subject.is_layer and "mask" in _names(call) else 0
    for size in sizes:
        for shape in sorted(_shapes(size), key=lambda shape: len(shape) < least):
            yield (normal(*shape),) * count
    for shape in _shapes(CHANNELS):
        for length in (2, 3):
            yield ([normal(*shape)] * length,) + (normal(*shape),) * (count - 1)
    # Nodes, and a matrix that couples them, for layers of graphs.
    for batch in ((), (BATCH,)):
        pair = [normal(*batch, SPACE, CHANNELS), normal(*batch, SPACE, SPACE)]
        if count <= 2:
            yield (pair,) if count == 1 else tuple(pair)
    for shape in ((BATCH, TIME), (BATCH,), (BATCH, TIME, CHANNELS)):
        yield (indices(PLACES)(*shape),) * count
    if count == 2:
        for size in sizes:
            for shape in _shapes(size):
                yield normal(*shape), indices(PLACES)(*shape[:-1])
                yield normal(*shape), normal(*shape[:-1])
        yield normal(TIME, CHANNELS), normal(CHANNELS, TIME)


def _shapes(channels: int) -> tuple[tuple[int, ...], ...]:
    return (
        (BATCH, channels),
        (BATCH, TIME, channels),
        (BATCH, SPACE, SPACE, channels),
        (BATCH, TIME, TIME, TIME, channels),
        (channels,),
        (),
    )


def _integers(subject: Subject) -> list[int]:
    """Small sizes that it was built with: the last axis may have to be one of them."""
    layer = None
    try:
        layer = subject.make("float64")
    except Exception:
        return []
    held = [value for _, value in subject.sample.arguments]
    held += list(getattr(layer, "__dict__", {}).values()) if subject.is_layer else []
    sizes = (value for value in held if isinstance(value, int) and not isinstance(value, bool))
    return sorted({size for size in sizes if 1 <= size <= 64})


def _names(call: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(call).parameters)
    except (TypeError, ValueError):
        return ()


def _required(call: Any, is_layer_call: bool) -> int:
    """How many inputs a call needs."""
    try:
        parameters = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        return 1
    if is_layer_call and parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    return sum(
        p.default is UNTOLD
        and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        and p.name not in ("training", "mask")
        for p in parameters
    )


def _require_call(subject: Subject) -> None:
    try:
        called(subject)
    except FunctionError as error:
        inputs = ", ".join(map(repr, subject.sample.inputs))
        integer = ""
        if any(i.domain.is_drawn_in_case_dtype for i in drawn_inputs(subject.sample.inputs)):
            integer = "; integer inputs are written 2x3:int32"
        raise UsageError(
            f"{subject.name} rejects its inputs {inputs}: {first_line(error)}{integer}"
        ) from error


def called(subject: Subject) -> bool:
    """Make the target and call it once; whether the inputs suit it.

    They do where all numbers that come back are finite, and it goes through none of them as
    through a list, which a tensor can be for an eager call.

    Raises:
        FunctionError: it raises, or gives back no floating tensor that has entries.
    """
    error: Exception = FunctionError("")
    for dtype in ("float64", "float32"):
        try:
            return _called(subject, dtype)
        except Exception as failure:
            error = failure
    if isinstance(error, FunctionError):
        raise error
    raise FunctionError(in_words(error)) from error


def _called(subject: Subject, dtype: str) -> bool:
    drawing = Drawing(subject.case(dtype))
    plans = [drawing.plan(value, "input") for value in subject.sample.inputs]
    options = {name: drawing.plan(value, name) for name, value in subject.options}
    tensors = [tf.constant(primal.point) for primal in drawing.primals]
    with made_under(dtype):
        made = subject.make(dtype)

    def call(*passed: Any) -> Any:
        with made_under(dtype):
            return made(*filled(plans, passed), **filled(options, passed))

    outputs = [t for _, t in labelled_tensors(call(*tensors)) if is_differentiable(t.dtype)]
    if not any(math.prod(tensor.shape.as_list()) for tensor in outputs):
        raise FunctionError("it returns no floating tensor with entries")
    is_finite = all(bool(tf.reduce_all(tf.math.is_finite(tf.abs(tensor)))) for tensor in outputs)
    return is_finite and not _is_gone_through(call, tensors)


def _is_gone_through(call: Callable[..., Any], tensors: Sequence[Any]) -> bool:
    """Whether a call goes through a tensor entry by entry, as no graph can."""
    try:
        tf.function(call, autograph=False).get_concrete_function(*tensors)
    except tf.errors.OperatorNotAllowedInGraphError as error:
        return "Iterating" in str(error)
    except Exception:
        return False  # What else keeps it from running in a graph is found by the audit.
    return False


def layer_evaluation(case: Case, layer: Any, *given: Any, **options: Any) -> Evaluation:
    """As that of `targets`, with each call under the policy of the case's dtype.

    A layer may ask Keras for it when it is called, or make others then.
    """
    within = functools.partial(made_under, case.dtype)
    return targets.layer_evaluation(case, layer, *given, within=within, **options)


def inputs_from(given: Sequence[Any]) -> list[Any]:
    """Inputs as a user gives them: shapes, arrays, or inputs of `opcheck.domains`."""
    inputs: list[Any] = []
    for value in given:
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str):
            inputs.append(input_of(*value))
        elif isinstance(value, tuple) and all(isinstance(size, int) for size in value):
            inputs.append(normal(*value))
        elif isinstance(value, Input):
            inputs.append(value)
        elif isinstance(value, list) and value and not isinstance(value[0], (int, float, list)):
            inputs.append(inputs_from(value))
        else:
            inputs.append(exact_input(value))
    return inputs


def exact_input(value: Any) -> Any:
    """An array as an input that is drawn at these very numbers; an integer one as it is."""
    array = np.asarray(value)
    if array.dtype.kind not in "fc":
        return tf.constant(array)
    # Special points are those of any real numbers.
    domain = Domain(
        "given",
        lambda generator, shape, is_complex: array.copy(),
        kind="complex" if array.dtype.kind == "c" else "real",
        special=normal.special,
    )
    return Input(domain, array.shape)


def first_line(error: BaseException) -> str:
    """What a person needs to know of an error; an error of opcheck names the type by itself."""
    is_own = isinstance(error, (FunctionError, OpcheckError))
    text = str(error) if is_own else in_words(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or [""])[0][:300]
