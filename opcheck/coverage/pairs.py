"""Pairs of an op and one thing that it can be called with: an attribute's value, a dtype, an input.

Those that there are come from the op's definition and the kernels of this device; those that were
run come from the calls of the op's gradient function.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from opcheck.backend import tf
from opcheck.coverage import device_kind, kernels
from opcheck.spec import DTYPES

# How definitions name a type, and that of its real part.
_COMPLEX, _REAL = "T", "Treal"


class What(str, Enum):
    """What of a call a pair is about."""

    ATTRIBUTE = "attribute"
    DTYPE = "dtype"
    INPUT = "input"

    def __str__(self) -> str:
        return self.value


class Pair(NamedTuple):
    """An op and one value of one of its attributes, or one of its inputs."""

    op: str
    what: What
    name: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.op} {self.name}={self.value}" if self.value else f"{self.op} {self.name}"


# ---------------------------------------------------------------------------------------------
# What there is


@cache
def pairs_of(op: str) -> tuple[Pair, ...]:
    """Every pair of an op that its definition and the kernels of this device allow.

    A type that can be floating counts in its floating and complex values, the others have no
    derivative. Strings count where the definition lists their values.
    """
    return (*_attributes(op), *_inputs(op))


def _attributes(op: str) -> Iterator[Pair]:
    definition = definition_of(op)
    typing = {argument.type_attr for argument in definition.input_arg}
    for attribute in definition.attr:
        name = attribute.name
        if attribute.type == "bool":
            yield from (Pair(op, What.ATTRIBUTE, name, value) for value in ("False", "True"))
        elif attribute.type == "string":
            for listed in attribute.allowed_values.list.s:
                yield Pair(op, What.ATTRIBUTE, name, listed.decode())
        elif attribute.type == "type":
            values = _types(op, attribute)
            floating = [value for value in values if value in DTYPES]
            what = What.DTYPE if floating and name in typing else What.ATTRIBUTE
            yield from (Pair(op, what, name, value) for value in floating or values)


def _types(op: str, attribute: Any) -> list[str]:
    """The values of a type that the definition lists and some kernel takes, sorted."""
    listed = {tf.as_dtype(number).name for number in attribute.allowed_values.list.type}
    taken: set[str] = set()
    for kernel in kernels(op, device_kind()):
        constraints = [c for c in kernel.constraint if c.name == attribute.name]
        if not constraints and attribute.name == _REAL:
            # Kernels do not look at this one: they read what they get as the real part of T.
            complexes = [c for c in kernel.constraint if c.name == _COMPLEX]
            taken |= {
                tf.as_dtype(n).real_dtype.name
                for c in complexes
                for n in c.allowed_values.list.type
            }
            continue
        if not constraints:
            return sorted(listed or DTYPES)
        taken |= {tf.as_dtype(n).name for c in constraints for n in c.allowed_values.list.type}
    return sorted(taken & listed if listed else taken)


def _inputs(op: str) -> Iterator[Pair]:
    """The inputs that can be floating. A list of them is one."""
    definition = definition_of(op)
    types = {attribute.name: attribute for attribute in definition.attr}
    for argument in definition.input_arg:
        if argument.type_list_attr:
            is_floating = True
        elif argument.type_attr:
            values = _types(op, types[argument.type_attr])
            is_floating = any(value in DTYPES for value in values)
        else:
            is_floating = tf.as_dtype(argument.type).base_dtype.name in DTYPES
        if is_floating:
            yield Pair(op, What.INPUT, argument.name)


@cache
def definition_of(op: str) -> Any:
    """The op's definition, as TensorFlow registers it."""
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(op)


# ---------------------------------------------------------------------------------------------
# What a call ran


def pairs_run(name: str, op: Any) -> Iterator[Pair]:
    """The attributes that a gradient function was called with.

    Args:
        op: what the function was given: the op itself in a graph, a stand-in for it eagerly.
    """
    values = _values(name, op)
    for pair in pairs_of(name):
        if pair.what is not What.INPUT and values.get(pair.name) == pair.value:
            yield pair


def inputs_of(name: str, op: Any, gradients: tuple[Any, ...]) -> Iterator[tuple[Pair, bool]]:
    """The floating inputs that a gradient function was asked for, and whether it gave a gradient.

    The tape names those that it does not ask for.
    """
    values = _values(name, op)
    skipped = getattr(op, "skip_input_indices", None) or ()
    place = 0
    for argument in definition_of(name).input_arg:
        types = _types_of(argument, values)
        own = range(place, place + len(types))
        place = own.stop
        asked = [n for n, type in zip(own, types) if type in DTYPES and n not in skipped]
        if asked:
            is_given = any(n < len(gradients) and gradients[n] is not None for n in asked)
            yield Pair(name, What.INPUT, argument.name), is_given


def _types_of(argument: Any, values: dict[str, Any]) -> list[str]:
    """The dtype of each tensor of an argument."""
    if argument.type_list_attr:
        return list(values.get(argument.type_list_attr, ()))
    if argument.type_attr:
        own = values.get(argument.type_attr, "")
    else:
        own = tf.as_dtype(argument.type).base_dtype.name
    return [own] * (values.get(argument.number_attr, 0) if argument.number_attr else 1)


def _values(name: str, op: Any) -> dict[str, Any]:
    """The op's attributes in words; those that the call left out have their defaults."""
    return {
        attribute.name: value
        for attribute in definition_of(name).attr
        if (value := _value(op, attribute)) is not None
    }


def _value(op: Any, attribute: Any) -> Any:
    try:
        return _printed(op.get_attr(attribute.name))
    except (KeyError, ValueError):
        default = attribute.default_value
        field = default.WhichOneof("value")
        found = tf.as_dtype(default.type) if field == "type" else getattr(default, field or "s")
        return _printed(found) if field else None


def _printed(value: Any) -> Any:
    if isinstance(value, tf.DType):
        return value.base_dtype.name
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, bool):
        return str(value)
    return [_printed(item) for item in value] if isinstance(value, (list, tuple)) else value
