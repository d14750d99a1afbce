"""Every op that runs, shown to a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from opcheck.backend import tf

# What TensorFlow raises, in its kernels and in its Python, of a function for graphs that is run
# eagerly: its tensors lack attributes, have values where there should be none, or none of its ops
# is there. And the function may assert that it is in a graph.
REFUSALS = (
    tf.errors.OpError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def runs_eagerly(call: Callable[[], Any], callback: Callable[..., Any]) -> bool:
    """Run something eagerly, show every op to a callback, and tell whether it came to its end.

    Args:
        callback: as of `watched`. What it raises is raised; it is no fault of what runs.
    """
    failures: list[Exception] = []

    def shown(*op: Any) -> Any:
        try:
            return callback(*op)
        except Exception as error:
            failures.append(error)
            raise

    try:
        with watched(shown):
            call()
    except REFUSALS:
        if failures:
            raise failures[0] from None
        return False
    return True


class Op(NamedTuple):
    """One op that ran: its type and the dtypes of its outputs."""

    type: str
    dtypes: tuple[Any, ...]


@contextmanager
def counted_ops() -> Iterator[list[Op]]:
    """The ops that run meanwhile, or are traced."""
    from tensorflow.python.framework import op_callbacks

    found: list[Op] = []

    def note(op: Any, inputs: Any, attributes: Any, outputs: Any, *rest: Any, **named: Any) -> None:
        found.append(Op(op, tuple(output.dtype for output in outputs)))

    op_callbacks.add_op_callback(note)
    try:
        yield found
    finally:
        op_callbacks.remove_op_callback(note)


def is_function(op_type: str) -> bool:
    """Whether what runs under the name of an op is a traced function, which may be gone by now."""
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(op_type) is None


@contextmanager
def watched(callback: Callable[..., Any]) -> Iterator[None]:
    """Show every op that runs meanwhile, those inside of `tf.function` too.

    Args:
        callback: takes the op's type, inputs, attributes (names and values in turn) and outputs,
            and optionally its name and graph.
    """
    from tensorflow.python.framework import op_callbacks

    was_eager = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    op_callbacks.add_op_callback(callback)
    try:
        yield
    finally:
        op_callbacks.remove_op_callback(callback)
        tf.config.run_functions_eagerly(was_eager)
