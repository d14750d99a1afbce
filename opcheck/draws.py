"""The random numbers of one call, given again at every other.

To set TensorFlow's seed makes it build each of its kernels anew, which takes a hundred times as
long as to run them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from opcheck.watching import runs_eagerly

# Ops whose numbers hang on their shape and seed alone. Of others, a shuffle or a gamma, the
# inputs have a part in what comes out.
DRAWS = ("RandomStandardNormal", "RandomUniform", "RandomUniformInt", "TruncatedNormal")

RANDOM = re.compile("Random|TruncatedNormal|Multinomial|Rng")


class Draws:
    """What the drawing ops of a function gave at one call, in their order."""

    def __init__(self) -> None:
        self._noted: list[Any] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Meanwhile what is drawn is remembered."""

        def note(outputs: Any) -> None:
            self._noted.append(outputs[0])

        with _at_draws(note):
            yield

    @contextmanager
    def given(self) -> Iterator[None]:
        """Meanwhile the same comes out, in the same order.

        Raises:
            ArithmeticError: in the context, where more is drawn, or of another shape or dtype.
        """
        rest = iter(self._noted)

        def give(outputs: Any) -> list[Any]:
            drawn, found = outputs[0], next(rest, None)
            if found is None or (found.shape, found.dtype) != (drawn.shape, drawn.dtype):
                raise ArithmeticError("another draw than at the point")
            if isinstance(outputs, list):
                # An eager op gives this very list on, and does not look at what comes back.
                outputs[0] = found
            return [found]

        with _at_draws(give):
            yield


@contextmanager
def _at_draws(act: Callable[[Any], Any]) -> Iterator[None]:
    from tensorflow.python.framework import op_callbacks

    def callback(
        op_type: Any, inputs: Any, attrs: Any, outputs: Any, op_name: Any = None, graph: Any = None
    ) -> Any:
        name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
        return act(outputs) if name in DRAWS else None

    op_callbacks.add_op_callback(callback)
    try:
        yield
    finally:
        op_callbacks.remove_op_callback(callback)


def is_drawn(call: Callable[[], Any]) -> bool:
    """Whether what is called draws random numbers, of a given seed too."""
    found = False

    def note(op_type: Any, *rest: Any) -> None:
        nonlocal found
        del rest
        name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
        found |= bool(RANDOM.search(name))

    runs_eagerly(call, note)
    return found
