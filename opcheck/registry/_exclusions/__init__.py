"""Public names that need no row: one table a namespace, merged here."""

from __future__ import annotations

import importlib
import pkgutil

from opcheck.exclusions import Exclusion

EXCLUSIONS: tuple[Exclusion, ...] = tuple(
    entry
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__))
    for entry in importlib.import_module(f"{__name__}.{module}").EXCLUSIONS
)
