"""The tables that users bring: modules that their pyproject.toml or an entry point names."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from opcheck import project
from opcheck.errors import UsageError
from opcheck.known import KnownDefect
from opcheck.spec import Row

GROUP = "opcheck.registry"


@dataclass(frozen=True)
class Table:
    """The rows of one module, and the defects that are known of what they check.

    Attributes:
        is_own: whether the project that opcheck is called in names it.
    """

    family: str
    rows: tuple[Row, ...]
    defects: tuple[KnownDefect, ...]
    is_own: bool


@lru_cache(maxsize=1)
def tables() -> tuple[Table, ...]:
    """All tables that are brought here.

    Raises:
        UsageError: a module cannot be imported, or holds no rows; who named it is told.
    """
    found: dict[str, Table] = {}
    for module, source, is_own in _named():
        if module not in found:
            found[module] = _table(module, source, is_own)
    return tuple(found.values())


def _named() -> Iterator[tuple[str, str, bool]]:
    """Names of modules, who names each, and whether that is the project one is in."""
    here = project.find()
    if here:
        here.make_importable()
        for name in here.rows:
            yield name, f"[tool.opcheck] in {here.file}", True
    for entry in metadata.entry_points(group=GROUP):
        owner = entry.dist.name if entry.dist else "an unknown distribution"
        yield entry.value, f"the entry point {entry.name!r} of {owner}", False


def _table(name: str, source: str, is_own: bool) -> Table:
    module = _imported(name, source)
    # The whole dotted name: the last part of it, `rows`, would be many a project's.
    family = name.replace(".", "_")
    rows = _members(module, "ROWS", Row, source)
    if not rows:
        raise UsageError(
            f"{source}: {name} has no rows; expected ROWS = (op(...), function(...), ...), "
            "made with opcheck.spec"
        )
    return Table(
        family,
        tuple(replace(row, family=family) for row in rows),
        tuple(_members(module, "KNOWN_DEFECTS", KnownDefect, source)),
        is_own,
    )


def _imported(name: str, source: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # A module that is there may lack another.
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(f"{source}: there is no module {name!r}") from error
        raise UsageError(f"{source}: {name} cannot be imported: {error}") from error
    except (Exception, SystemExit) as error:
        raise UsageError(
            f"{source}: {name} raises on import{_place(error)}: {type(error).__name__}: {error}"
        ) from error


def _place(error: BaseException) -> str:
    """Where a user's code raises: the innermost line that is not opcheck's."""
    package = Path(__file__).resolve().parent.parent
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if package not in Path(frame.filename).parents and "importlib" not in frame.filename
    ]
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def _members(module: ModuleType, name: str, kind: type, source: str) -> list[Any]:
    """What a tuple of the module holds; nothing where the module has no such tuple."""
    held = getattr(module, name, ())
    if not isinstance(held, (tuple, list)):
        raise UsageError(
            f"{source}: {name} of {module.__name__} is a {type(held).__name__}, expected a tuple"
            + (f"; write {name} = (...,) for a single one" if isinstance(held, kind) else "")
        )
    for place, item in enumerate(held):
        if not isinstance(item, kind):
            raise UsageError(
                f"{source}: {name}[{place}] of {module.__name__} is {item!r}, "
                f"expected a {kind.__name__} of opcheck.{kind.__module__.rpartition('.')[2]}"
            )
    return list(held)
