"""TensorFlow's table of gradient functions, watched and tampered with, and put back after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opcheck.faults.planting import Call, Fault

Gradient = Callable[..., Any]


@contextmanager
def recorded(names: Iterable[str]) -> Iterator[dict[str, list[Call]]]:
    """The calls of the gradient functions of these ops, as they happen, by op.

    One that raises has no calls to show, but its op is there.
    """
    calls: dict[str, list[Call]] = {}

    def watched(name: str, right: Gradient) -> Gradient:
        def gradient(op: Any, *cotangents: Any) -> Any:
            own = calls.setdefault(name, [])
            call = Call.of(right, op, cotangents)
            own.append(call)
            return list(call.gradients)

        return gradient

    with _replaced({name: watched(name, right) for name, right in _registered(names)}):
        yield calls


@dataclass
class Planted:
    """How often a planted gradient function was called."""

    calls: int = 0


@contextmanager
def planted(name: str, fault: Fault, place: int) -> Iterator[Planted]:
    """The gradient function of an op with a fault in the gradient of one input."""
    ((_, right),) = _registered([name])
    count = Planted()

    def gradient(op: Any, *cotangents: Any) -> Any:
        count.calls += 1
        return list(fault.plant(Call.of(right, op, cotangents), place))

    with _replaced({name: gradient}):
        yield count


def _registered(names: Iterable[str]) -> list[tuple[str, Gradient]]:
    from tensorflow.python.framework import ops

    return [(name, ops.gradient_registry.lookup(name)) for name in names]


@contextmanager
def _replaced(functions: Mapping[str, Gradient]) -> Iterator[None]:
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
