"""TensorFlow's table of gradient functions, watched and tampered with, and put back after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opcheck.faults.planting import Call, Fault
from opcheck.gradients import Gradient, registered, replaced


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

    with replaced({name: watched(name, right) for name, right in registered(names)}):
        yield calls


@dataclass
class Planted:
    """How often a planted gradient function was called."""

    calls: int = 0


@contextmanager
def planted(name: str, fault: Fault, place: int) -> Iterator[Planted]:
    """The gradient function of an op with a fault in the gradient of one input."""
    ((_, right),) = registered([name])
    count = Planted()

    def gradient(op: Any, *cotangents: Any) -> Any:
        count.calls += 1
        return list(fault.plant(Call.of(right, op, cotangents), place))

    with replaced({name: gradient}):
        yield count
