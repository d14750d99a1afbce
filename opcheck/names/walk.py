"""The public names of the installed TensorFlow and Keras, and which of them are one object."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from opcheck.backend import tf
from opcheck.errors import UnknownNameError
from opcheck.targets import resolve

# Below `tf` itself each namespace is named; below the others every one that there is counts too.
ROOT = "tf"
NAMESPACES = (
    ROOT,
    "tf.math",
    "tf.linalg",
    "tf.nn",
    "tf.signal",
    "tf.image",
    "tf.sparse",
    "tf.ragged",
    "tf.random",
    "tf.quantization",
    "tf.experimental.numpy",
    "keras.layers",
    "keras.losses",
    "keras.activations",
    "keras.regularizers",
    "keras.constraints",
    "keras.initializers",
    "keras.ops",
    # The same once more, but for what Keras keeps for older programs.
    "tf.keras.layers",
    "tf.keras.losses",
    "tf.keras.activations",
    "tf.keras.regularizers",
    "tf.keras.constraints",
    "tf.keras.initializers",
    "tf.keras.ops",
)


@dataclass(frozen=True)
class PublicName:
    """One name and what it names.

    Attributes:
        name: dotted: `tf.math.sin`.
        namespace: the part before the last dot.
    """

    name: str
    namespace: str
    found: Any = field(compare=False, repr=False)


def public_names(namespaces: Sequence[str] = NAMESPACES) -> list[PublicName]:
    """Every public name of these namespaces: no underscore before it, and no module."""
    return [
        PublicName(f"{namespace}.{name}", namespace, found)
        for namespace in namespaces
        for namespace, module in _walked(namespace)
        for name, found in _public(module)
        if not isinstance(found, types.ModuleType)
    ]


def chosen(patterns: Sequence[str]) -> tuple[str, ...]:
    """The namespaces that a user names, with those below them; all for none.

    Raises:
        UnknownNameError: a pattern is no namespace that is walked.
    """
    known = [inner for outer in NAMESPACES for inner, _ in _walked(outer)]
    for pattern in patterns:
        if pattern not in known:
            raise UnknownNameError("namespace", pattern, known)
    return tuple(patterns) or NAMESPACES


def _walked(namespace: str) -> Iterator[tuple[str, Any]]:
    module = resolve(namespace)
    yield namespace, module
    if namespace != ROOT:
        for name, found in _public(module):
            if isinstance(found, types.ModuleType):
                yield from _walked(f"{namespace}.{name}")


def _public(module: Any) -> Iterator[tuple[str, Any]]:
    for name in sorted(dir(module)):
        if not name.startswith("_"):
            yield name, getattr(module, name)


def identity(found: Any) -> Any:
    """What two names of one thing share: the object behind decorators that keep its behaviour.

    A raw op and the function that is generated with it are two wrappers of one piece of code.
    """
    from tensorflow.python.util import tf_decorator

    inner = tf_decorator.unwrap(found)[1] if callable(found) else found
    code = getattr(inner, "__code__", None)
    if code is not None and ".gen_" in str(getattr(inner, "__module__", "")):
        return code
    # What equals something else by value (0 and False, 1.0 and 1) is another object.
    return id(inner)


def raw_op(name: str) -> Any:
    """The identity of a raw op, or None where this TensorFlow lacks it."""
    found = getattr(tf.raw_ops, name, None)
    return None if found is None else identity(found)
