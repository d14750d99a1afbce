"""The gradient defects of TensorFlow and Keras that the suite has found and that were understood.

One module a kind of target; each holds a tuple `KNOWN_DEFECTS`.
"""

from __future__ import annotations

import importlib
import pkgutil

from opcheck.known import KnownDefect

KNOWN_DEFECTS: tuple[KnownDefect, ...] = tuple(
    defect
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__))
    for defect in importlib.import_module(f"{__name__}.{module}").KNOWN_DEFECTS
)
