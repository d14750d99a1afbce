"""The table of everything that opcheck knows how to check: one module a family, merged here.

Beside opcheck's own families there are those that users bring.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from opcheck.cases import NUMERIC, cases_of, plans, sharpest
from opcheck.errors import UsageError
from opcheck.exclusions import Exclusion
from opcheck.garbage import lasting
from opcheck.known import KnownDefect
from opcheck.registry import _brought
from opcheck.spec import Row


@lru_cache(maxsize=1)
@lasting()
def rows() -> tuple[Row, ...]:
    """Every row, sorted by family and target.

    A family is a module of this package that holds a tuple `ROWS`, or one that a user brings.

    Raises:
        UsageError: two rows would make cases of the same id, or a user's table is wrong.
    """
    table = [
        replace(row, family=family)
        for family in families()
        for row in importlib.import_module(f"{__name__}.{family}").ROWS
    ]
    brought = [row for each in _brought.tables() for row in each.rows]
    if shared := set(families()) & {row.family for row in brought}:
        raise UsageError(
            f"{min(shared)} is a table of opcheck's own; give your module another name"
        )
    refuse_duplicates([*table, *brought])
    # Whatever is brought, opcheck's own rows stay as they are.
    rows = [
        *_each_point_once(table, known_defects()),
        *_each_point_once(brought, known_defects()),
    ]
    return tuple(sorted(rows, key=lambda row: (row.family, row.target, row.variant)))


def default_selection() -> tuple[str, ...]:
    """What a command without a selection is about: a project's own families; () for everything."""
    return tuple(table.family for table in _brought.tables() if table.is_own)


def _each_point_once(table: list[Row], defects: Sequence[KnownDefect]) -> Iterator[Row]:
    """The rows, each with those special points that no row of the same target has had before it.

    Where the gradient is known to be wrong at a random point, special ones would tell nothing more.
    What opcheck composes is about the way to an op: it goes there where one of its ops does not in
    another row.
    """
    # Few patterns have a wildcard in the target, and matching is what takes time here.
    wild = [defect for defect in defects if "*" in defect.cases.partition("/")[0]]
    by_target: dict[str, list[KnownDefect]] = {}
    for defect in defects:
        by_target.setdefault(defect.cases.partition("/")[0], []).append(defect)
    seen: set[tuple[str, str, str]] = set()
    visited: set[str] = set()
    for row in sorted(table, key=lambda row: (is_composed(row), len(row.variant))):
        dtypes = sharpest(row.dtypes)
        wrong = _is_recorded(row, (*by_target.get(row.target, ()), *wild))
        is_told = is_composed(row) and bool(row.covers) and visited.issuperset(row.covers)
        points = () if wrong or is_told else row.special_points
        if is_composed(row):
            # It is made of sines and products, which have no digits left there.
            points = tuple(point for point in points if not point.endswith("=huge"))
        own = {(row.target, point, dtype) for point in points for dtype in dtypes}
        new = {point for _, point, _ in own - seen}
        seen |= own
        seen |= {(row.target, point, dtype) for point in row.unjudged_at for dtype in dtypes}
        if new:
            visited.update((row.target.removeprefix("tf.raw_ops."), *row.covers))
        yield replace(row, special_points=tuple(p for p in points if p in new))


def _is_recorded(row: Row, defects: Sequence[KnownDefect]) -> bool:
    """Whether the gradient is known to be wrong where the row's special sample is drawn."""
    asked = [defect for defect in defects if defect.may_match(row.target)]
    if not asked:
        return False
    generic = replace(row, samples=(row.roomiest,), special_points=())
    numeric = [plan for plan in plans(generic) if plan.checks[0] in NUMERIC]
    ids = [case.id for plan in numeric for case in cases_of(generic, plan)]
    return any(defect.matches(id) for defect in asked for id in ids)


def is_composed(row: Row) -> bool:
    """Whether a row's target is a function of opcheck's own, made to reach the ops it covers."""
    return row.target.startswith("opcheck.")


def families() -> tuple[str, ...]:
    """The names of opcheck's own tables, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


def known_defects() -> tuple[KnownDefect, ...]:
    """The recorded defects, sorted by id."""
    from opcheck.registry._defects import KNOWN_DEFECTS

    brought = (defect for table in _brought.tables() for defect in table.defects)
    return tuple(sorted((*KNOWN_DEFECTS, *brought), key=lambda defect: defect.id))


def exclusions() -> tuple[Exclusion, ...]:
    """The public names that need no row, and why."""
    from opcheck.registry._exclusions import EXCLUSIONS

    return EXCLUSIONS


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
