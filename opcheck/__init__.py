"""opcheck tells whether TensorFlow's gradients are right.

Importing it does not import TensorFlow; the first check does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from opcheck.errors import (
    GeneratedFileError,
    InapplicableError,
    MissingTensorFlowError,
    OpcheckError,
    RecipeError,
    TooLargeError,
    UnknownNameError,
    UsageError,
)
from opcheck.outcome import Outcome
from opcheck.verdict import Report

if TYPE_CHECKING:
    from opcheck import gradient_checker, keras
    from opcheck.auditing.audit import audit
    from opcheck.auditing.recipe import recipe
    from opcheck.auditing.records import AuditReport
    from opcheck.pipeline import assert_gradients, check, compute_gradient

__version__ = "0.1.0"

__all__ = [
    "AuditReport",
    "GeneratedFileError",
    "InapplicableError",
    "MissingTensorFlowError",
    "OpcheckError",
    "Outcome",
    "RecipeError",
    "Report",
    "TooLargeError",
    "UnknownNameError",
    "UsageError",
    "__version__",
    "assert_gradients",
    "audit",
    "check",
    "compute_gradient",
    "gradient_checker",
    "keras",
    "recipe",
]

# By the module that holds them: these are loaded when first asked for (PEP 562).
_LATE = {
    "AuditReport": "opcheck.auditing.records",
    "assert_gradients": "opcheck.pipeline",
    "audit": "opcheck.auditing.audit",
    "check": "opcheck.pipeline",
    "compute_gradient": "opcheck.pipeline",
    "recipe": "opcheck.auditing.recipe",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(importlib.import_module(_LATE[name]), name)
    if name in ("gradient_checker", "keras"):
        return importlib.import_module(f"opcheck.{name}")
    raise AttributeError(f"module 'opcheck' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
