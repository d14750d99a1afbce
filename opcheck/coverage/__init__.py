"""The registry held against TensorFlow's own list of gradient functions and kernels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from opcheck.backend import tf
from opcheck.gradients import gradient_ops
from opcheck.spec import Kind, Row


class Reason(str, Enum):
    """Why no row has to name an op; each is asked of TensorFlow, never written down."""

    NO_KERNEL = "no kernel on this device"
    REMOVED = "removed: refused in graphs of this version"
    BOOLEAN = "boolean inputs alone, through which no derivative passes"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Coverage:
    """Every op with a gradient function in the installed TensorFlow: names, sorted.

    Attributes:
        covered: a row names it.
        excluded: no row has to, and why.
        unaccounted: the rest.
        by_family: how many rows each family has.
    """

    tensorflow: str
    device: str
    covered: tuple[str, ...]
    excluded: dict[str, Reason]
    unaccounted: tuple[str, ...]
    by_family: dict[str, int]

    @property
    def differentiable(self) -> tuple[str, ...]:
        return tuple(sorted((*self.covered, *self.excluded, *self.unaccounted)))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "tensorflow": self.tensorflow,
            "device": self.device,
            "differentiable": list(self.differentiable),
            "covered": list(self.covered),
            "excluded": {name: str(reason) for name, reason in self.excluded.items()},
            "unaccounted": list(self.unaccounted),
            "rows_by_family": self.by_family,
        }


def account(rows: Iterable[Row]) -> Coverage:
    """Say of each op that TensorFlow can differentiate whether a row names it, or why none does."""
    rows = tuple(rows)
    names = named(rows)
    device = device_kind()
    rest = [name for name in gradient_ops() if name not in names]
    reasons = {name: reason_of(name, device) for name in rest}
    without = {name: reason for name, reason in reasons.items() if reason is not None}
    return Coverage(
        tensorflow=tf.__version__,
        device=device,
        covered=tuple(name for name in gradient_ops() if name in names),
        excluded=without,
        unaccounted=tuple(name for name in rest if name not in without),
        by_family=dict(sorted(Counter(row.family for row in rows).items())),
    )


def reason_of(name: str, device: str) -> Reason | None:
    """Why no row has to name an op, or None where one has to."""
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(name)
    if not has_kernel(name, device):
        return Reason.NO_KERNEL
    if 0 < definition.deprecation.version <= tf.version.GRAPH_DEF_VERSION:
        return Reason.REMOVED
    if all(argument.type == tf.bool.as_datatype_enum for argument in definition.input_arg):
        return Reason.BOOLEAN
    return None


def named(rows: Iterable[Row]) -> set[str]:
    """The ops that rows are about: their own, and those that they say they cover."""
    rows = tuple(rows)
    return {op for row in rows for op in row.covered_ops} | {
        row.name for row in rows if row.kind is Kind.OP
    }


def device_kind() -> str:
    """What ops run on here, as kernels are registered for it."""
    return "GPU" if tf.config.list_physical_devices("GPU") else "CPU"


def has_kernel(name: str, device: str) -> bool:
    """Whether an op can run on a kind of device; kernels of the kind DEFAULT run on any.

    Control flow and calls of functions have no kernel of their own where the runtime lowers them;
    TensorFlow lists these for the CPU all the same.
    """
    return bool(kernels(name, device))


def kernels(name: str, device: str) -> list[Any]:
    """The kernels of an op that serve a kind of device, as TensorFlow describes them."""
    from tensorflow.python.framework.kernels import get_registered_kernels_for_op

    found = get_registered_kernels_for_op(name).kernel
    return [kernel for kernel in found if kernel.device_type in (device, "DEFAULT")]
