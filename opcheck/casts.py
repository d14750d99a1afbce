"""Casts inside of a function to shorter dtypes than it is called with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from opcheck.evaluation import Evaluation
from opcheck.precision import Precision
from opcheck.spec import DTYPES
from opcheck.watching import runs_eagerly


def casts_to_shorter(evaluation: Evaluation) -> list[np.dtype[Any]]:
    """The dtypes to which the function casts longer ones on its way, each once.

    A layer that normalizes in single precision whatever its own is rounds there, and so does its
    gradient. At zero no difference shows that: a product is rounded alike at every power of two.

    Empty where it runs in graphs alone: its ops cannot be seen.
    """
    found: dict[np.dtype[Any], None] = {}

    def note(
        op_type: Any, inputs: Sequence[Any], attrs: Any, outputs: Sequence[Any], *rest: Any
    ) -> None:
        del attrs, rest
        if op_type not in (b"Cast", "Cast"):
            return
        long, short = (np.dtype(tensor.dtype.as_numpy_dtype) for tensor in (inputs[0], outputs[0]))
        is_known = long.name in DTYPES and short.name in DTYPES
        if is_known and Precision.of(short).unit > Precision.of(long).unit:
            found[short] = None

    runs_eagerly(lambda: evaluation.judged(evaluation.arguments()), note)
    return list(found)
