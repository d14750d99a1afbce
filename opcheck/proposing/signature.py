"""What the definition of an op, or the parameters of a function, say of its arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from opcheck.errors import UnknownNameError
from opcheck.spec import DTYPES

# Every dtype that a tensor argument may have where neither definition nor kernel says less.
ANY = (*DTYPES, "bool", "int32", "int64", "int8", "int16", "uint8", "string")
_DEVICES = ("CPU", "DEFAULT")

# Parameters of a function that are whole numbers where it does not say what they are.
_WHOLE_NUMBERS = re.compile(r"(^|_)(ax[ei]s|dims?|perm|ind(ices|ex))$")


class Role(str, Enum):
    """What an argument stands for."""

    QUANTITY = "quantity"
    COMPLEX = "complex"
    WHOLE = "whole"
    FLAG = "flag"
    TEXT = "text"
    TYPE = "type"
    HANDLE = "handle"
    OTHER = "other"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Argument:
    """One argument of an op, an input or an attribute, as `tf.raw_ops` names it.

    Attributes:
        dtypes: those that some kernel takes; empty for attributes.
        is_input: False for an attribute.
        is_list: whether it takes a list of tensors, or of values.
        length: the least length of a list.
        allowed: the values that the definition allows; empty where it does not say.
        default: the default value of an attribute; None where it has none.
    """

    name: str
    role: Role
    dtypes: tuple[str, ...] = ()
    is_input: bool = True
    is_list: bool = False
    length: int = 0
    allowed: tuple[Any, ...] = ()
    default: Any = None

    @property
    def is_quantity(self) -> bool:
        """Whether it is drawn in the dtype of the case."""
        return self.role in (Role.QUANTITY, Role.COMPLEX)


@dataclass(frozen=True)
class Signature:
    """A raw op or a function, its arguments, and why no call can be tried ("" when one can).

    Attributes:
        name: of the raw op, or the function's dotted name.
    """

    name: str
    arguments: tuple[Argument, ...]
    obstacle: str = ""

    @property
    def quantities(self) -> tuple[Argument, ...]:
        return tuple(argument for argument in self.arguments if argument.is_quantity)

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that every quantity takes; a complex one counts by its real counterpart."""
        shared = set(DTYPES)
        for argument in self.quantities:
            if argument.role is Role.QUANTITY:
                shared &= set(argument.dtypes)
        return tuple(dtype for dtype in DTYPES if dtype in shared)


def is_function(name: str) -> bool:
    """Whether a name is that of a function, which has a module, and not of a raw op."""
    return "." in name or ":" in name


def read(name: str) -> Signature:
    """The signature of a raw op, or of a function by its dotted name.

    A function that `tf.load_op_library` made is described by the definition of its op, any other
    one by its parameters.

    Raises:
        UnknownNameError: there is no such op or function; the nearest names are suggested.
    """
    from tensorflow.python.framework import op_def_registry

    from opcheck.backend import tf
    from opcheck.targets import is_raw_op, resolve

    name = name.removeprefix("tf.raw_ops.")
    if is_function(name):
        found = resolve(name)
        definition = _definition_behind(found)
        return _of_parameters(name, found) if definition is None else _of(name, definition, found)
    definition = op_def_registry.get(name)
    if definition is None:
        raise UnknownNameError("op", name, _raw_ops())
    if not is_raw_op(name):
        return Signature(name, (), "it is internal: tf.raw_ops does not offer it")
    return _of(name, definition, getattr(tf.raw_ops, name))


def _of(name: str, definition: Any, function: Callable[..., Any]) -> Signature:
    """The signature of an op that a function calls."""
    from tensorflow.python.framework.kernels import get_registered_kernels_for_op

    kernels = [
        {c.name: frozenset(c.allowed_values.list.type) for c in kernel.constraint}
        for kernel in get_registered_kernels_for_op(definition.name).kernel
        if kernel.device_type in _DEVICES
    ]
    attributes = {attribute.name: attribute for attribute in definition.attr}
    inputs = [_input(argument, attributes, kernels) for argument in definition.input_arg]
    # Types and lengths follow from the tensors that are given.
    implied = {
        getattr(argument, attribute)
        for argument in definition.input_arg
        for attribute in ("type_attr", "number_attr", "type_list_attr")
    }
    given = [_attribute(a) for a in definition.attr if a.name not in implied]
    obstacle = _obstacle(definition, inputs, bool(kernels))
    arguments = [*inputs, *given]
    return Signature(
        name, tuple(arguments if obstacle else _renamed(function, arguments)), obstacle
    )


def _definition_behind(found: Any) -> Any:
    """The definition of the op that a function of `tf.load_op_library` calls; None for any other.

    Its module holds the same code a second time, under the name of the op.
    """
    from tensorflow.python.framework import op_def_registry

    function = inspect.unwrap(found) if inspect.isfunction(found) else None
    if function is None:
        return None
    for name, value in function.__globals__.items():
        if inspect.isfunction(value):
            other = inspect.unwrap(value)
            is_raw = other is not function and other.__code__ is function.__code__
            if is_raw and (definition := op_def_registry.get(name)) is not None:
                return definition
    return None


def _of_parameters(name: str, found: Any) -> Signature:
    """The signature of a function of Python: what has no default is given, and mostly drawn."""
    if inspect.isclass(found):
        return Signature(name, (), "it is a class; `opcheck audit` looks at layers and models")
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return Signature(name, (), "it is no function, or one that shows no parameters")
    arguments = []
    for each in parameters:
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            continue
        if each.kind is each.POSITIONAL_ONLY:
            return Signature(name, (), f"it takes {each.name} by position alone, rows give names")
        if each.default is each.empty and _is_whole(each):
            arguments.append(Argument(each.name, Role.WHOLE, is_input=False))
        elif each.default is each.empty:
            arguments.append(Argument(each.name, Role.QUANTITY, DTYPES))
        elif isinstance(each.default, bool):
            arguments.append(Argument(each.name, Role.FLAG, is_input=False, default=each.default))
    obstacle = "" if any(a.is_quantity for a in arguments) else "it needs no argument to draw"
    return Signature(name, tuple(arguments), obstacle)


def _is_whole(parameter: inspect.Parameter) -> bool:
    is_told = parameter.annotation in (int, "int")
    return is_told or bool(_WHOLE_NUMBERS.search(parameter.name))


def _renamed(function: Callable[..., Any], arguments: list[Argument]) -> list[Argument]:
    """The arguments under the names of the function, which calls some otherwise, in order.

    What the definition calls `reduction_indices` is `axis` in `tf.raw_ops`.
    """
    known = [key for key in inspect.signature(function).parameters if key != "name"]
    own = {argument.name for argument in arguments}
    free = iter([key for key in known if key not in own])
    return [a if a.name in known else replace(a, name=next(free, a.name)) for a in arguments]


def _raw_ops() -> list[str]:
    from opcheck.backend import tf

    return [name for name in dir(tf.raw_ops) if not name.startswith("_")]


def _obstacle(definition: Any, inputs: Iterable[Argument], has_kernel: bool) -> str:
    if definition.HasField("deprecation"):
        return f"it was removed from TensorFlow: {definition.deprecation.explanation}"
    if not has_kernel:
        return "it has no kernel for the CPU"
    handles = [argument.name for argument in inputs if argument.role is Role.HANDLE]
    if handles:
        return f"{handles[0]} is a handle that another op must make"
    if not any(argument.is_quantity for argument in inputs):
        return "none of its inputs is floating or complex, so there is nothing to differentiate"
    return ""


def _names(types: Iterable[int]) -> tuple[str, ...]:
    from opcheck.backend import tf

    return tuple(str(tf.as_dtype(number).name) for number in sorted(types))


def _input(argument: Any, attributes: Any, kernels: Any) -> Argument:
    attribute = attributes.get(argument.type_attr or argument.type_list_attr)
    if argument.type:
        dtypes = _names([argument.type])
    else:
        allowed = frozenset(attribute.allowed_values.list.type)
        taken = [kernel[attribute.name] for kernel in kernels if kernel.get(attribute.name)]
        if len(taken) == len(kernels) and taken:
            everywhere = frozenset[int]().union(*taken)
            allowed = everywhere & allowed if allowed else everywhere
        # Where nothing limits the type, a default does: shapes and indices default to integers.
        default = attribute.default_value.type
        dtypes = _names(allowed) or (_names([default]) if default else ANY)
    is_list = bool(argument.number_attr or argument.type_list_attr)
    least = attributes[argument.number_attr].minimum if argument.number_attr else 0
    role = Role.HANDLE if argument.is_ref else _role(dtypes)
    return Argument(argument.name, role, dtypes, is_list=is_list, length=int(least))


def _role(dtypes: tuple[str, ...]) -> Role:
    """What a tensor of these dtypes is."""
    floats = [dtype for dtype in dtypes if dtype in DTYPES]
    if floats:
        is_complex = all(dtype.startswith("complex") for dtype in floats)
        return Role.COMPLEX if is_complex else Role.QUANTITY
    if set(dtypes) & {"resource", "variant"}:
        return Role.HANDLE
    if "bool" in dtypes and not set(dtypes) & {"int32", "int64"}:
        return Role.FLAG
    return Role.TEXT if dtypes == ("string",) else Role.WHOLE


_ROLES = {
    "bool": Role.FLAG,
    "float": Role.OTHER,
    "int": Role.WHOLE,
    "shape": Role.OTHER,
    "string": Role.TEXT,
    "type": Role.TYPE,
}


def _attribute(attribute: Any) -> Argument:
    kind = attribute.type
    is_list = kind.startswith("list(")
    inner = kind.removeprefix("list(").removesuffix(")")
    role = _ROLES.get(inner, Role.HANDLE)
    allowed: tuple[Any, ...] = ()
    if role is Role.TYPE:
        allowed = _names(attribute.allowed_values.list.type)
    elif role is Role.TEXT:
        allowed = tuple(text.decode() for text in attribute.allowed_values.list.s)
    return Argument(
        attribute.name,
        role,
        is_input=False,
        is_list=is_list,
        length=int(attribute.minimum),
        allowed=allowed,
        default=_default(attribute, inner, is_list),
    )


_FIELDS = {"bool": "b", "float": "f", "int": "i", "string": "s", "type": "type"}


def _default(attribute: Any, inner: str, is_list: bool) -> Any:
    """The default value in Python's terms; None for none, "default" for one of another kind."""
    if not attribute.HasField("default_value"):
        return None
    if inner not in _FIELDS:
        return "default"
    held = attribute.default_value
    value = getattr(held.list if is_list else held, _FIELDS[inner])
    values = list(value) if is_list else [value]
    if inner == "string":
        values = [text.decode() for text in values]
    elif inner == "type":
        values = [_names([number])[0] for number in values]
    return values if is_list else values[0]
