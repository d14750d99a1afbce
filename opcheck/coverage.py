"""The registry held against TensorFlow's own list of gradient functions and kernels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from opcheck.backend import tf
from opcheck.spec import Kind, Row


@dataclass(frozen=True)
class Coverage:
    """Names of ops, sorted.

    Attributes:
        differentiable: ops with a gradient function in the installed TensorFlow.
        with_kernel: those that can run on this device.
        covered, uncovered: those with a kernel, by whether a row names them.
        by_family: how many rows each family has.
    """

    tensorflow: str
    device: str
    differentiable: tuple[str, ...]
    with_kernel: tuple[str, ...]
    covered: tuple[str, ...]
    uncovered: tuple[str, ...]
    by_family: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "tensorflow": self.tensorflow,
            "device": self.device,
            "differentiable": list(self.differentiable),
            "with_kernel": list(self.with_kernel),
            "covered": list(self.covered),
            "uncovered": list(self.uncovered),
            "rows_by_family": self.by_family,
        }


def measure(rows: Iterable[Row]) -> Coverage:
    """Count what the rows name among the ops that TensorFlow can differentiate here."""
    rows = tuple(rows)
    device = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    named = {op for row in rows for op in row.covers}
    named |= {row.name for row in rows if row.kind is Kind.OP}
    differentiable = gradient_ops()
    with_kernel = tuple(name for name in differentiable if has_kernel(name, device))
    return Coverage(
        tensorflow=tf.__version__,
        device=device,
        differentiable=differentiable,
        with_kernel=with_kernel,
        covered=tuple(name for name in with_kernel if name in named),
        uncovered=tuple(name for name in with_kernel if name not in named),
        by_family=dict(sorted(Counter(row.family for row in rows).items())),
    )


def gradient_ops() -> tuple[str, ...]:
    """The ops that have a gradient function, as TensorFlow's registry says."""
    from tensorflow.python.framework import op_def_registry
    from tensorflow.python.framework.ops import gradient_registry

    return tuple(
        sorted(
            name
            for name in gradient_registry.list()
            if op_def_registry.get(name) is not None and gradient_registry.lookup(name) is not None
        )
    )


def has_kernel(name: str, device: str) -> bool:
    """Whether an op can run on a kind of device.

    Control flow and calls of functions have no kernel of their own where the runtime lowers them;
    TensorFlow lists these for the CPU all the same. What it lists as DEFAULT serves every device.
    """
    from tensorflow.python.framework.kernels import get_registered_kernels_for_op

    kernels = get_registered_kernels_for_op(name).kernel
    return any(kernel.device_type in (device, "DEFAULT") for kernel in kernels)
