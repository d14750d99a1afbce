"""TensorFlow's table of gradient functions: read, and with entries replaced for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

Gradient = Callable[..., Any]


def gradient_ops() -> tuple[str, ...]:
    """The ops that have a gradient function, sorted."""
    from tensorflow.python.framework import op_def_registry
    from tensorflow.python.framework.ops import gradient_registry

    return tuple(
        sorted(
            name
            for name in gradient_registry.list()
            if op_def_registry.get(name) is not None and gradient_registry.lookup(name) is not None
        )
    )


def registered(names: Iterable[str]) -> list[tuple[str, Gradient]]:
    """The gradient functions of these ops, beside their names."""
    from tensorflow.python.framework import ops

    return [(name, ops.gradient_registry.lookup(name)) for name in names]


def all_registered() -> tuple[Gradient, ...]:
    """Every gradient function that there is: traces are alike as long as these are the same."""
    from tensorflow.python.framework import ops

    return tuple(entry["type"] for entry in ops.gradient_registry._registry.values())


@contextmanager
def replaced(functions: Mapping[str, Gradient]) -> Iterator[None]:
    """Every gradient is looked up when it is taken, eagerly and in graphs, so this reaches all."""
    from tensorflow.python.framework import ops

    # The entries are changed in place: functions that register meanwhile must stay registered.
    table = ops.gradient_registry._registry
    before = {name: table[name]["type"] for name in functions}
    try:
        for name, function in functions.items():
            table[name]["type"] = function
        yield
    finally:
        for name, function in before.items():
            table[name]["type"] = function


@contextmanager
def none_stopped() -> Iterator[None]:
    """Meanwhile a tape passes on every gradient that it comes to at a StopGradient.

    Its entry in the table is not all: `tf.stop_gradient` hides the op from the tapes.
    """
    from tensorflow.python.ops import array_ops

    record = array_ops.record
    array_ops.record = SimpleNamespace(stop_recording=nullcontext)
    try:
        with replaced({"StopGradient": lambda op, gradient: gradient}):
            yield
    finally:
        array_ops.record = record
