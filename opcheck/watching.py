"""Every op that runs, shown to a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from opcheck.backend import tf


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
