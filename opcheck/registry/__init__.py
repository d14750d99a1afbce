"""The table of everything that opcheck knows how to check: one module a family, merged here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from opcheck.cases import expand
from opcheck.errors import UsageError
from opcheck.known import KnownDefect
from opcheck.spec import Row


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Every row, sorted by family and target.

    A family is a module of this package that holds a tuple `ROWS`. Where a gradient is known to be
    wrong at a random point, special ones would tell nothing more.

    Raises:
        UsageError: two rows would make cases of the same id.
    """
    defects = known_defects()
    table = [
        replace(row, family=family, goes_to_special_points=not _is_wrong_anywhere(row, defects))
        for family in families()
        for row in importlib.import_module(f"{__name__}.{family}").ROWS
    ]
    refuse_duplicates(table)
    return tuple(sorted(table, key=lambda row: (row.family, row.target, row.variant)))


def families() -> tuple[str, ...]:
    """The names of the tables, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


def known_defects() -> tuple[KnownDefect, ...]:
    """The recorded defects, sorted by id."""
    from opcheck.registry._defects import KNOWN_DEFECTS

    return tuple(sorted(KNOWN_DEFECTS, key=lambda defect: defect.id))


def _is_wrong_anywhere(row: Row, defects: Iterable[KnownDefect]) -> bool:
    own = [case.id for case in expand(row) if case.sample is row.roomiest]
    return any(defect.matches(id) for defect in defects for id in own)


def refuse_duplicates(table: list[Row]) -> None:
    """Two rows of one target must differ in their variant, or their case ids would collide."""
    seen: dict[tuple[str, str], str] = {}
    cases: set[str] = set()
    for row in table:
        key = (row.target, row.variant)
        if key in seen:
            raise UsageError(
                f"{row.target} has two rows (in {seen[key]} and {row.family}); "
                "join them or give one a variant"
            )
        ids = {f"{row.target}/{sample.id}" for sample in row.samples}
        if shared := ids & cases:
            raise UsageError(
                f"{row.target}: another row already has the case {min(shared)}; rename a sample"
            )
        cases |= ids
        seen[key] = row.family
