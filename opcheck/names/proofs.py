"""Whether the reason of an exclusion is true: the name is looked at, called, and called otherwise.

That a function takes no floating tensor, or gives none, is shown at the arguments of its sample
and at variants of them: one number, or tensor of whole numbers, at a time becomes a floating
tensor, and what chooses the dtype of a result asks for a floating one.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.exclusions import Exclusion, Why
from opcheck.spec import Exactly, Kind, Sample
from opcheck.targets import given_by, resolve
from opcheck.watching import watched

# What chooses the dtype of a result, as TensorFlow and Keras spell it.
DTYPE_NAMES = ("dtype", "out_type", "output_type", "out_dtype", "output_dtype", "index_type")

DTYPE = "float32"


@dataclass(frozen=True)
class Call:
    """One way to call a name; a class is built with the keyword arguments first."""

    found: Any
    inputs: tuple[Any, ...]
    arguments: dict[str, Any]

    def result(self) -> Any:
        if inspect.isclass(self.found):
            made: Any = self.found
            return made(**self.arguments)(*self.inputs)
        return self.found(*self.inputs, **self.arguments)

    def has_floats(self) -> bool:
        return any(map(_is_floating, _tensors((self.inputs, self.arguments))))


def falsehood(exclusion: Exclusion, name: str) -> str:
    """Why the reason is not true of a name, or "" where it is.

    Raises:
        RecipeError: this TensorFlow lacks the name.
    """
    found = resolve(name)
    if exclusion.why is Why.VALUE:
        return "" if is_value(found) else "it can be called"
    if exclusion.why is Why.CLASS:
        return _called_or_tensor(found)
    if exclusion.why is Why.TYPE:
        return "" if found is tf.Tensor else "it is another type"
    if exclusion.why is Why.SWITCH:
        return _no_flag(found)
    generator = tf.random.get_global_generator()
    try:
        for sample in exclusion.samples:
            if said := _PROOFS[exclusion.why](_call(found, name, sample)):
                return said
    except Exception as error:  # whatever TensorFlow says to the arguments themselves
        return _raised(error)
    finally:
        tf.random.set_global_generator(generator)
    return ""


def is_value(found: Any) -> bool:
    """Whether it is no function: nothing to call, or a dtype of NumPy's."""
    if inspect.isclass(found):
        return issubclass(found, np.generic)
    return not callable(found)


def _called_or_tensor(found: Any) -> str:
    if not inspect.isclass(found):
        return "it is no class"
    if any("__call__" in vars(base) for base in found.__mro__):
        return "its instances can be called"
    from tensorflow.python.framework.composite_tensor import CompositeTensor

    tensors = (CompositeTensor, tf.Tensor, tf.Variable)
    if issubclass(found, tensors):
        return "its instances are tensors, or convert to them"
    return ""


def _no_flag(found: Any) -> str:
    """Such a function is not called: what it changes stays changed."""
    others = [
        parameter.name
        for parameter in _parameters(found).values()
        if not isinstance(parameter.default, (bool, str))
    ]
    if not others and inspect.isfunction(found):
        return ""
    return f"it takes {', '.join(others) or 'what nobody can tell'}"


def _call(found: Any, name: str, sample: Sample) -> Call:
    case = Case(Kind.FUNCTION, name, sample, DTYPE, "call", "")
    inputs, arguments = given_by(case)
    return Call(
        found,
        tuple(map(_resolved, inputs)),
        {key: _resolved(value) for key, value in arguments.items()},
    )


def _resolved(value: Any) -> Any:
    if isinstance(value, Exactly):
        return np.array(value.values, value.dtype)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_resolved, value))
    if isinstance(value, dict):
        return {key: _resolved(inner) for key, inner in value.items()}
    return value


# ---------------------------------------------------------------------------------------------
# One proof a reason


def _no_tensor(call: Call) -> str:
    result, error = _outcome(call)
    if error is not None:
        return _raised(error)
    if any(True for _ in _tensors(result)):
        return "it returns a tensor"
    given = (*call.inputs, *call.arguments.values())
    is_function = callable(result) and not isinstance(result, AbstractContextManager)
    if is_function and any(map(callable, given)) and not any(result is one for one in given):
        return "it makes a function of a function, which may be differentiated"
    return ""


def _no_floating_result(call: Call) -> str:
    result, error = _outcome(call)
    if error is not None:
        return _raised(error)
    if not any(True for _ in _tensors(result)):
        return "it returns no tensor"
    if any(map(_is_floating, _tensors(result))):
        return "it returns a floating tensor"
    return _floating_otherwise(call)


def _no_floating_input(call: Call) -> str:
    if call.has_floats():
        return "its own sample gives it a floating tensor"
    result, error = _outcome(call)
    if error is not None:
        return _raised(error)
    if not any(True for _ in _tensors(result)):
        return "it returns no tensor"
    return _floating_otherwise(call)


def _floating_otherwise(call: Call) -> str:
    """Whether a variant maps floating tensors to floating tensors; none that raises does."""
    for what, variant in _variants(call):
        if not variant.has_floats():
            continue
        result, error = _outcome(variant)
        is_floating = error is None and any(map(_is_floating, _tensors(result)))
        if is_floating and not _takes_whole_numbers(variant):
            return f"it returns a floating tensor when {what}"
    return ""


def _takes_whole_numbers(call: Call) -> bool:
    """Whether no floating tensor leads to the result by floating tensors alone.

    Sizes and positions may come as floating tensors and become integers on the way, by an op, by
    Python or by NumPy.
    """
    given = list(filter(_is_floating, _tensors((call.inputs, call.arguments))))
    # Tensors are kept alive, so that no other takes the place of one.
    reached = {id(tensor): tensor for tensor in given}
    is_read = False

    def note(op_type: Any, inputs: Any, attributes: Any, outputs: Any, *rest: Any) -> None:
        nonlocal is_read
        if any(id(tensor) in reached for tensor in inputs):
            is_read = True
            reached.update({id(x): x for x in outputs if _is_floating(x)})

    with watched(note):
        result = _seeded(call)
    if any(id(tensor) in reached for tensor in _tensors(result)):
        return False
    return is_read or _is_same(result, _seeded(_moved(call)))


def _seeded(call: Call) -> Any:
    tf.random.set_seed(0)
    return _outcome(call)[0]


def _moved(call: Call) -> Call:
    """The call with its floating tensors a quarter further from zero."""

    def moved(value: Any) -> Any:
        is_moved = tf.is_tensor(value) and _is_floating(value)
        return value + tf.where(value < 0, -0.25, 0.25) if is_moved else value

    inputs, arguments = tf.nest.map_structure(moved, (call.inputs, call.arguments))
    return replace(call, inputs=inputs, arguments=arguments)


def _is_same(one: Any, other: Any) -> bool:
    pairs = list(itertools.zip_longest(_tensors(one), _tensors(other)))
    return all(None not in pair and np.array_equal(*pair, equal_nan=True) for pair in pairs)


def _abstract(call: Call) -> str:
    layer = tf.keras.layers.Layer
    if inspect.isclass(call.found) and issubclass(call.found, layer):
        # What a layer without a call of its own raises depends on what looks at it first.
        is_own = getattr(call.found, "call", None) is not layer.call
        return "it has a call of its own" if is_own else ""
    _, error = _outcome(call)
    if isinstance(error, NotImplementedError):
        return ""
    return "it can be called" if error is None else _raised(error)


def _needs_file(call: Call) -> str:
    _, error = _outcome(call)
    if error is None:
        return "it can be called without a file"
    paths = [value for value in (*call.inputs, *call.arguments.values()) if isinstance(value, str)]
    is_about_file = isinstance(error, (OSError, tf.errors.NotFoundError))
    return "" if is_about_file or any(path in str(error) for path in paths) else _raised(error)


def _needs_build(call: Call) -> str:
    _, error = _outcome(call)
    if error is None:
        return "it can be called with this build"
    words = (
        "must be built with",
        "No OpKernel",
        "no registered kernels",
        "is not supported on this platform",
    )
    return "" if any(word in str(error) for word in words) else _raised(error)


def _needs_backend(call: Call) -> str:
    _, error = _outcome(call)
    if error is None:
        return "it can be called with this backend"
    is_about_backend = isinstance(error, ImportError) or "backend" in str(error)
    return "" if is_about_backend else _raised(error)


_PROOFS: dict[Why, Callable[[Call], str]] = {
    Why.ABSTRACT: _abstract,
    Why.NO_TENSOR: _no_tensor,
    Why.NO_FLOATING_RESULT: _no_floating_result,
    Why.NO_FLOATING_INPUT: _no_floating_input,
    Why.FILE: _needs_file,
    Why.BUILD: _needs_build,
    Why.BACKEND: _needs_backend,
}


def _raised(error: Exception) -> str:
    words = " ".join(str(error).split())[:200]
    return f"its sample cannot be called: {type(error).__name__}: {words}"


def _outcome(call: Call) -> tuple[Any, Exception | None]:
    """What a call returns, or what it raises."""
    try:
        return call.result(), None
    except Exception as error:  # whatever TensorFlow says no with
        return None, error


# ---------------------------------------------------------------------------------------------
# Tensors, and other arguments to try


def _tensors(value: Any) -> Iterator[Any]:
    for leaf in tf.nest.flatten(value, expand_composites=True):
        if tf.is_tensor(leaf):
            yield leaf


def _is_floating(tensor: Any) -> bool:
    return bool(tensor.dtype.is_floating or tensor.dtype.is_complex)


def _variants(call: Call) -> Iterator[tuple[str, Call]]:
    """The call itself and those with one argument floating, for each dtype of a result."""
    single = [("", call), *_with_floats(call)]
    for what, variant in single:
        if variant is not call:
            yield what, variant
        for name in _dtype_parameters(call):
            yield (
                " and ".join(filter(None, (what, f"{name}={DTYPE!r}"))),
                _with(variant, name, DTYPE),
            )


def _with_floats(call: Call) -> Iterator[tuple[str, Call]]:
    for place, value in enumerate(call.inputs):
        for floating in _floating(value):
            changed = (*call.inputs[:place], floating, *call.inputs[place + 1 :])
            yield f"argument {place} is a floating tensor", replace(call, inputs=changed)
    # What a class is built with is configuration: Python numbers.
    if inspect.isclass(call.found):
        return
    for name, value in {**_defaults(call), **call.arguments}.items():
        for floating in _floating(value):
            changed_ones = {**call.arguments, name: floating}
            yield f"{name} is a floating tensor", replace(call, arguments=changed_ones)


def _floating(value: Any) -> Iterator[Any]:
    """A floating tensor, or a nest of them, in the place of numbers."""
    if isinstance(value, (bool, str)) or value is None:
        return
    if isinstance(value, (list, tuple)) and any(map(tf.is_tensor, value)):
        yield type(value)(tf.cast(x, DTYPE) if _is_whole(x) else x for x in value)
        return
    if tf.is_tensor(value):
        if _is_whole(value):
            yield tf.cast(value, DTYPE)
        return
    if isinstance(value, (int, float, list, tuple, np.ndarray)):
        try:
            numbers = np.asarray(value)
        except ValueError:  # rows of different lengths
            return
        if numbers.dtype.kind in "iuf":
            yield tf.constant(numbers, DTYPE)


def _is_whole(value: Any) -> bool:
    return isinstance(value, tf.Tensor) and (value.dtype.is_integer or value.dtype.is_bool)


def _parameters(found: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(found).parameters)
    except (TypeError, ValueError):  # built in
        return {}


def _with(call: Call, name: str, value: Any) -> Call:
    """The call with another value of a parameter, which may have been given by its place."""
    place = list(_parameters(call.found)).index(name)
    if place < len(call.inputs):
        inputs = (*call.inputs[:place], value, *call.inputs[place + 1 :])
        return replace(call, inputs=inputs)
    return replace(call, arguments={**call.arguments, name: value})


def _defaults(call: Call) -> dict[str, Any]:
    """The other parameters' default values, where these are numbers."""
    parameters = list(_parameters(call.found).values())[len(call.inputs) :]
    return {
        parameter.name: parameter.default
        for parameter in parameters
        if isinstance(parameter.default, (int, float)) and not isinstance(parameter.default, bool)
    }


def _dtype_parameters(call: Call) -> list[str]:
    if inspect.isclass(call.found):
        return []
    return [name for name in _parameters(call.found) if name in DTYPE_NAMES]
