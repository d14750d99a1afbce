"""What `opcheck coverage` says of public names, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich import box
from rich.table import Table

from opcheck.names import Names, Standing


def names_table(found: Names) -> Table:
    """One line a namespace."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("public names of")
    for heading in ("names", *map(str, Standing)):
        table.add_column(heading, justify="right")
    total: Counter[Standing] = Counter()
    for namespace, counts in found.by_namespace.items():
        total += counts
        table.add_row(namespace, *_numbers(counts))
    table.add_section()
    table.add_row("all", *_numbers(total))
    return table


def _numbers(counts: Counter[Standing]) -> list[str]:
    return [str(counts.total()), *(str(counts[standing]) for standing in Standing)]


def remarks(found: Names) -> Iterator[str]:
    """The counts of the reasons, then what is left open or is not true."""
    for why, count in found.by_reason.items():
        yield f"{count:>5} {why}"
    open_ones: dict[str, list[str]] = {}
    for name in found.unaccounted:
        # What has several names is told once.
        if name not in found.aliases:
            namespace, _, last = name.rpartition(".")
            open_ones.setdefault(namespace, []).append(last)
    for namespace, names in open_ones.items():
        yield f"{len(names):>5} unaccounted for in {namespace}"
        yield "      " + ", ".join(names)
    for heading, facts in (
        ("exclusions that are not true", found.false),
        ("claims of rows that do not hold", found.broken),
    ):
        if facts:
            yield f"{len(facts):>5} {heading}"
            yield from (f"      {name}: {why}" for name, why in facts.items())
    if found.stale:
        yield f"{len(found.stale):>5} exclusions of names that this TensorFlow lacks"
        yield "      " + ", ".join(found.stale)
