"""The project that opcheck is called in, as `[tool.opcheck]` of its pyproject.toml describes it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opcheck.errors import UnknownNameError, UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "pyproject.toml"
KEYS = ("rows",)


@dataclass(frozen=True)
class Project:
    """A directory whose pyproject.toml has a table `[tool.opcheck]`.

    Attributes:
        rows: the names of the modules that hold its rows.
    """

    root: Path
    rows: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        return self.root / FILE

    def make_importable(self) -> None:
        """Let its modules be found as `python -m` would find them in its root."""
        if str(self.root) not in sys.path:
            sys.path.insert(0, str(self.root))


def find(start: Path | None = None) -> Project | None:
    """The project that a directory lies in, or None.

    Args:
        start: the directory; the current one when left out.

    Raises:
        UsageError: its pyproject.toml cannot be read, or `[tool.opcheck]` in it is wrong.
    """
    try:
        here = (start or Path.cwd()).resolve()
    except FileNotFoundError:  # Somebody removed the current directory.
        return None
    for place in (here, *here.parents):
        table = _table(place / FILE)
        if table is not None:
            return Project(place, _rows(place / FILE, table))
    return None


def _table(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    # Projects around this one are none of opcheck's business, be they ever so broken.
    if "opcheck" not in text:
        return None
    try:
        tools = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}") from error
    table = tools.get("opcheck")
    if table is None or isinstance(table, dict):
        return table
    raise UsageError(f"{path}: opcheck={table!r} under [tool] must be a table: [tool.opcheck]")


def _rows(path: Path, table: dict[str, Any]) -> tuple[str, ...]:
    for key in table:
        if key not in KEYS:
            raise UnknownNameError(f"key of [tool.opcheck] in {path}:", key, KEYS)
    given = table.get("rows", [])
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise UsageError(
            f"{path}: rows={given!r} under [tool.opcheck] must be the name of a module that holds "
            "ROWS, or a list of such names"
        )
    return tuple(names)
