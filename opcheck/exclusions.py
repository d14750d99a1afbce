"""Public names of TensorFlow and Keras that need no row, each with the reason.

An exclusion is one line of facts, and what it says is proved whenever `opcheck coverage` runs:

    exclude(Why.VALUE, "tf.newaxis")
    exclude(Why.NO_FLOATING_RESULT, ("tf.argsort", "tf.nn.top_k"), normal(3))
    exclude(Why.NO_FLOATING_INPUT, "tf.linalg.band_part", ...)

What follows the names is one way to call them: positional and keyword arguments as in a row. A
class is built with the keyword arguments and then called with the positional ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from opcheck.errors import UsageError
from opcheck.spec import Sample, function


class Why(str, Enum):
    """Why a public name needs no row; `opcheck.names.proofs` holds the proof of each."""

    VALUE = "no function: a constant or a dtype"
    CLASS = "a class whose instances are neither called nor tensors"
    TYPE = "the type of all tensors, which is not called"
    SWITCH = "switches settings: each parameter is a flag or a word"
    ABSTRACT = "abstract: its call raises NotImplementedError"
    NO_TENSOR = "returns no tensor"
    NO_FLOATING_RESULT = "integer, boolean or string results alone"
    NO_FLOATING_INPUT = "takes no floating tensor"
    FILE = "needs a file"
    BUILD = "needs another build of TensorFlow"
    BACKEND = "needs another backend of Keras"

    def __str__(self) -> str:
        return self.value

    @property
    def is_seen_by_calling(self) -> bool:
        """Whether the proof needs a way to call the name."""
        return self not in (Why.VALUE, Why.CLASS, Why.TYPE, Why.SWITCH)


@dataclass(frozen=True)
class Named:
    """Stands for what a dotted name names, or for what it gives when called; write `named`."""

    target: str
    arguments: tuple[tuple[str, Any], ...] | None = None

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in self.arguments or ())
        return f"named({self.target!r}{given})"


def named(target: str, /, **arguments: Any) -> Named:
    """A function or a class among the arguments; with arguments, what it gives or makes."""
    return Named(target, tuple(arguments.items()) if arguments else None)


@dataclass(frozen=True)
class Exclusion:
    """Public names that need no row for one reason.

    Attributes:
        names: dotted, `tf.argsort`; one of an object's names stands for all of them.
        samples: ways to call each of them, none where the proof only looks.
    """

    why: Why
    names: tuple[str, ...]
    samples: tuple[Sample, ...] = ()


def exclude(why: Why, names: str | tuple[str, ...], /, *inputs: Any, **arguments: Any) -> Exclusion:
    """One line of the table.

    Raises:
        UsageError: a name is written twice or has no dots, or a domain has no shape.
    """
    listed = (names,) if isinstance(names, str) else names
    for name in listed:
        if "." not in name or listed.count(name) > 1:
            raise UsageError(f"exclude: {name!r} must be a dotted name, written once")
    if not why.is_seen_by_calling:
        if inputs or arguments:
            raise UsageError(f"exclude: {listed[0]}: {why.name} is seen without a call")
        return Exclusion(why, listed)
    samples = [Sample("call", tuple(inputs), ())]
    if arguments:
        samples = [
            Sample(sample.id, tuple(inputs), sample.arguments)
            for sample in function(listed[0], **arguments).samples
        ]
    return Exclusion(why, listed, tuple(samples))
