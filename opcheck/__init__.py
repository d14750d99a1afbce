"""opcheck tells whether TensorFlow's gradients are right.

Importing it does not import TensorFlow; the first check does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from opcheck.errors import (
    GeneratedFileError,
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
    from opcheck import gradient_checker
    from opcheck.pipeline import assert_gradients, check, compute_gradient

__version__ = "0.1.0"

__all__ = [
    "GeneratedFileError",
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
    "check",
    "compute_gradient",
    "gradient_checker",
]

_NEEDS_TENSORFLOW = ("assert_gradients", "check", "compute_gradient")


def __getattr__(name: str) -> Any:
    """What needs TensorFlow is loaded when first asked for (PEP 562)."""
    if name in _NEEDS_TENSORFLOW:
        from opcheck import pipeline

        return getattr(pipeline, name)
    if name == "gradient_checker":
        return importlib.import_module("opcheck.gradient_checker")
    raise AttributeError(f"module 'opcheck' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
