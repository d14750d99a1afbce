"""How far a long command is: a bar on a terminal; elsewhere a line for every tenth of the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# Takes what is being done, how much of it is, of how much, and a note.
Tell = Callable[[str, int, int, str], None]


@contextmanager
def shown(console: Console, unit: str) -> Iterator[Tell]:
    """Show what is told meanwhile; `unit` is what is counted where there is no terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    if not console.is_terminal:
        tenths: dict[str, int] = {}

        def tell(doing: str, done: int, total: int, note: str) -> None:
            if done * 10 // total > tenths.get(doing, 0):
                tenths[doing] = done * 10 // total
                console.print(f"{doing}: {done} of {total} {unit}" + (f", {note}" if note else ""))

        yield tell
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, note="")
        yield lambda doing, done, total, note: bar.update(
            task, description=doing, completed=done, total=total, note=note
        )
