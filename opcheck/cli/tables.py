"""Tables on any width: whole in files and pipes, as lines on a terminal that is too narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Wider than any table.
_WIDE = 10_000


def show(console: Console, table: Table) -> None:
    """Print a table so that no number is cut off."""
    from rich.measure import Measurement

    options = console.options.update(width=_WIDE, max_width=_WIDE)
    needed, there = Measurement.get(console, options, table).maximum, console.width
    if needed <= there:
        console.print(table)
    elif console.is_terminal:
        for line in _lines(table):
            console.print(line, markup=False)
    else:
        console.width = needed
        console.print(table)
        console.width = there


def _lines(table: Table) -> list[str]:
    """Each row in words: what is in its first column, then every cell with its heading."""
    headings = [" ".join(str(column.header).split()) for column in table.columns]
    rows = zip(*(column.cells for column in table.columns))
    return [
        f"{name}: " + ", ".join(f"{cell} {head}" for cell, head in zip(cells, headings[1:]) if cell)
        for name, *cells in rows
    ]
