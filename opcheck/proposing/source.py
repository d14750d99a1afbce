"""Rows as Python source, and back: what is printed is what was tried."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from opcheck import domains, spec
from opcheck.domains import Domain
from opcheck.errors import UsageError
from opcheck.generate.literals import call, checked_name, checked_target, literal
from opcheck.proposing.signature import is_function
from opcheck.spec import Choices, Row

# Keywords that mean something to a row, so that no argument of an op may bear them in its line.
FACTS = frozenset(
    ("covers", "dtypes", "judged", "shapes", "training", "unjudged_at", "variant", "wrt")
)

_NAMES = {
    name: value
    for module in (domains, spec)
    for name, value in vars(module).items()
    if not name.startswith("_")
}


def source_of(
    name: str,
    arguments: Mapping[str, Any],
    dtypes: tuple[str, ...],
    unjudged_at: tuple[str, ...] = (),
) -> str:
    """The line of a table that makes this row.

    Args:
        name: of a raw op, or the dotted name of a function.
        arguments: values, inputs, bare domains and choices by argument name.
        unjudged_at: special points that the row leaves out.
    """
    checked_target(name)
    parts = [f'"{name}"']
    parts += [
        f"{checked_name('argument', key)}={_value(value, key)}" for key, value in arguments.items()
    ]
    if dtypes != spec.FLOAT64:
        parts.append(f"dtypes={_dtypes(dtypes)}")
    if unjudged_at:
        parts.append(f"unjudged_at={literal(unjudged_at, name)}")
    return call("function" if is_function(name) else "op", parts, 4)


def parse(source: str) -> Row:
    """The row that a line of source makes.

    Raises:
        UsageError: it makes none.
    """
    try:
        made = eval(source, {"__builtins__": {}}, dict(_NAMES))
    except Exception as error:
        raise UsageError(f"{source!r} makes no row: {error}") from error
    if not isinstance(made, Row):
        raise UsageError(f"{source!r} makes a {type(made).__name__}, expected a row")
    return made


def _value(value: Any, where: str) -> str:
    if isinstance(value, Domain):
        return repr(value)
    if isinstance(value, Choices):
        return f"choices({', '.join(literal(item, where) for item in value.values)})"
    if where == "shapes":
        return re.sub(r"\s+", " ", literal(value, where))
    return literal(value, where)


def _dtypes(dtypes: tuple[str, ...]) -> str:
    for name in ("FLOAT64", "FLOAT32", "FLOATS", "COMPLEX128", "DOUBLES", "WIDE"):
        if getattr(spec, name) == dtypes:
            return name
    return literal(dtypes, "dtypes")
