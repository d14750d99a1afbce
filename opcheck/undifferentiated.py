"""The ops without a gradient function: which of them need a row, and why the others do not.

All of it is read from TensorFlow's tables of op definitions, kernels and gradients; no op is run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from opcheck.backend import tf
from opcheck.spec import DTYPES, Kind, Row

_DEVICES = ("CPU", "DEFAULT")
_HANDLES = frozenset(("resource", "variant"))
_QUANTIZED = frozenset(("qint8", "quint8", "qint16", "quint16", "qint32"))
_SEEDS = frozenset(("seed", "seed2", "key", "rng"))
# What only an op that waits for others takes: for their tensors, or for their time.
_MEETING = frozenset(("group_key", "communicator", "batch_timeout_micros", "timeout_micros"))
# The one op whose kernel says at each call that it was built without CUDA.
_OF_CUDA = frozenset(("CheckPinned",))


class Reason(str, Enum):
    """What a table says of an op. Members stand in the order in which they are looked for."""

    DIFFERENTIABLE = "has a gradient function"
    INTERNAL = "not in tf.raw_ops: made by a rewriting of graphs, a compiler, a tool or a test"
    REMOVED = "removed: TensorFlow refuses to run it in graphs of its own version"
    NO_KERNEL = "no kernel for the CPU"
    NO_FLOATING_INPUT = "no input that is floating or complex in a kernel for the CPU"
    NO_FLOATING_OUTPUT = "no output that is floating or complex in a kernel for the CPU"
    REFERENCE = "takes or gives a reference to a variable, of which eager TensorFlow has none"
    MEETING = "waits for other devices or for other calls"
    FUNCTION = "holds a function, whose derivative would be meant"
    HANDLE = "takes a resource or variant that another op must make"
    QUANTIZED = "takes or gives quantized numbers, which make no small steps"
    RANDOM = "takes a seed or the key of a generator: its values are drawn"
    TEXT = "reads strings: the name of a file, or records to parse"
    CUDA = "its kernel for the CPU refuses to run in a build without CUDA"
    DIFFERENTIATES_NOT = "maps floating inputs to floating outputs without a gradient function"

    @property
    def has_row(self) -> bool:
        """Whether an op of this kind is for a row to judge."""
        return self in (Reason.DIFFERENTIABLE, Reason.DIFFERENTIATES_NOT)

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Survey:
    """Every op definition of TensorFlow, sorted by what the tables say of it.

    Attributes:
        reasons: one for each op, by name.
        declared: the ops declared non-differentiable.
        accounted: the ops without a gradient that need a row and have one.
        unaccounted: those that need one and have none.
    """

    tensorflow: str
    reasons: dict[str, Reason]
    declared: tuple[str, ...]
    accounted: tuple[str, ...]
    unaccounted: tuple[str, ...]

    @property
    def counts(self) -> dict[Reason, int]:
        """How many ops each reason has, in the order of the reasons."""
        tally = Counter(self.reasons.values())
        return {reason: tally[reason] for reason in Reason}

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "tensorflow": self.tensorflow,
            "counts": {str(reason): count for reason, count in self.counts.items()},
            "reasons": {str(reason): reason.value for reason in Reason},
            "ops": {name: str(reason) for name, reason in self.reasons.items()},
            "declared_non_differentiable": list(self.declared),
            "accounted": list(self.accounted),
            "unaccounted": list(self.unaccounted),
        }


def survey(rows: Iterable[Row]) -> Survey:
    """Hold the rows against every op that has no gradient function and could have one."""
    rows = tuple(rows)
    named = {op for row in rows for op in row.covered_ops}
    named |= {row.name for row in rows if row.kind is Kind.OP}
    reasons = {name: reason_of(name) for name in definitions()}
    needed = [name for name, reason in reasons.items() if reason is Reason.DIFFERENTIATES_NOT]
    return Survey(
        tensorflow=tf.__version__,
        reasons=reasons,
        declared=tuple(name for name in reasons if is_declared(name)),
        accounted=tuple(name for name in needed if name in named),
        unaccounted=tuple(name for name in needed if name not in named),
    )


def definitions() -> tuple[str, ...]:
    """The names of all op definitions, sorted."""
    from tensorflow.python.framework.c_api_util import ApiDefMap

    return tuple(sorted(ApiDefMap().op_names()))


def is_declared(name: str) -> bool:
    """Whether an op is declared non-differentiable: registered, with no function."""
    from tensorflow.python.framework.ops import gradient_registry

    try:
        return gradient_registry.lookup(name) is None
    except LookupError:
        return False


def reason_of(name: str) -> Reason:
    """What TensorFlow's tables say of one op."""
    return next(reason for reason, holds in _FACTS if holds(_Op(name)))


class _Op:
    """The definition of one op, with what its kernels for the CPU take."""

    def __init__(self, name: str) -> None:
        from tensorflow.python.framework import op_def_registry
        from tensorflow.python.framework.kernels import get_registered_kernels_for_op
        from tensorflow.python.framework.ops import gradient_registry

        definition = op_def_registry.get(name)
        self.name = name
        self.inputs = tuple(definition.input_arg)
        self.outputs = tuple(definition.output_arg)
        self.attributes = {attribute.name: attribute for attribute in definition.attr}
        self.has_gradient = name in gradient_registry.list() and not is_declared(name)
        removed_in = definition.deprecation.version
        self.is_removed = 0 < removed_in <= tf.version.GRAPH_DEF_VERSION
        self._kernels = [
            {entry.name: frozenset(entry.allowed_values.list.type) for entry in kernel.constraint}
            for kernel in get_registered_kernels_for_op(name).kernel
            if kernel.device_type in _DEVICES
        ]

    @property
    def has_kernel(self) -> bool:
        return bool(self._kernels)

    @property
    def names(self) -> frozenset[str]:
        """Those of inputs and attributes."""
        return frozenset(argument.name for argument in self.inputs) | frozenset(self.attributes)

    def dtypes(self, argument: Any) -> frozenset[str]:
        """What a kernel takes, or gives, for one argument; empty where nothing limits it."""
        if argument.type:
            return _names((argument.type,))
        attribute = argument.type_attr or argument.type_list_attr
        allowed = frozenset(self.attributes[attribute].allowed_values.list.type)
        taken = [kernel.get(attribute, frozenset()) for kernel in self._kernels]
        if not all(taken):
            return _names(allowed)
        everywhere = frozenset[int]().union(*taken)
        return _names(everywhere & allowed if allowed else everywhere)

    def any_floating(self, arguments: Iterable[Any]) -> bool:
        found = [self.dtypes(argument) for argument in arguments]
        return any(not dtypes or dtypes & set(DTYPES) for dtypes in found)

    def any_within(self, arguments: Iterable[Any], wanted: frozenset[str]) -> bool:
        """Whether some argument has no dtype but the wanted ones."""
        return any(frozenset() < self.dtypes(argument) <= wanted for argument in arguments)


def _names(numbers: Iterable[int]) -> frozenset[str]:
    return frozenset(str(tf.as_dtype(number).name) for number in numbers)


_FACTS: tuple[tuple[Reason, Any], ...] = (
    (Reason.DIFFERENTIABLE, lambda op: op.has_gradient),
    (Reason.INTERNAL, lambda op: not hasattr(tf.raw_ops, op.name)),
    (Reason.REMOVED, lambda op: op.is_removed),
    (Reason.NO_KERNEL, lambda op: not op.has_kernel),
    (Reason.NO_FLOATING_INPUT, lambda op: not op.any_floating(op.inputs)),
    (Reason.NO_FLOATING_OUTPUT, lambda op: not op.any_floating(op.outputs)),
    (Reason.REFERENCE, lambda op: any(a.is_ref for a in (*op.inputs, *op.outputs))),
    (Reason.MEETING, lambda op: bool(op.names & _MEETING)),
    # `token` names a Python function, which other languages cannot hold.
    (
        Reason.FUNCTION,
        lambda op: (
            "token" in op.names
            or any(a.type in ("func", "list(func)") for a in op.attributes.values())
        ),
    ),
    (Reason.HANDLE, lambda op: op.any_within(op.inputs, _HANDLES)),
    (
        Reason.QUANTIZED,
        lambda op: op.any_within((*op.inputs, *op.outputs), _QUANTIZED),
    ),
    (Reason.RANDOM, lambda op: bool(op.names & _SEEDS)),
    (Reason.TEXT, lambda op: op.any_within(op.inputs, frozenset(("string",)))),
    (Reason.CUDA, lambda op: op.name in _OF_CUDA and not tf.test.is_built_with_cuda()),
    (Reason.DIFFERENTIATES_NOT, lambda op: True),
)
