"""A measurement as people read it: shares first, then what never ran; and all of it as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.table import Table

from opcheck.coverage.lines import Place
from opcheck.coverage.running import Measured, Tally
from opcheck.coverage.trials import Trial

# 1: the first.
FORMAT_VERSION = 1

# So many lines of a list are shown.
SHOWN = 12


def share_table(measured: Measured) -> Table:
    """One line for each thing that is counted."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("what ran")
    for heading in ("run", "of", "share"):
        table.add_column(heading, justify="right")
    table.add_column("left out")
    for name, (run, total, note) in _shares(measured).items():
        table.add_row(name, f"{run:,}", f"{total:,}", percent(run, total), note)
    return table


def _shares(measured: Measured) -> dict[str, tuple[int, int, str]]:
    total, lines = len(measured.ops), measured.lines
    found = {"gradient functions": (total - len(measured.never), total, "")}
    for what, tally in measured.tallies.items():
        name = {"attribute": "attribute values", "dtype": "dtypes", "input": "inputs"}[what.value]
        refused = f"{len(tally.refused)} that TensorFlow refuses" if tally.refused else ""
        without = f"{len(tally.without)} that get None" if tally.without else ""
        raising = f"{len(tally.raising)} that raise" if tally.raising else ""
        notes = [note for note in (refused, without, raising) if note]
        found[name] = (tally.run, tally.total, ", ".join(notes))
    branches = sum(bool(place.to) for place, _ in lines.unreachable)
    notes = [
        f"{count} out of reach" if count else ""
        for count in (len(lines.unreachable) - branches, branches)
    ]
    found["lines"] = (lines.lines_run, lines.lines, notes[0])
    found["branches"] = (lines.branches_run, lines.branches, notes[1])
    return found


def percent(run: int, total: int) -> str:
    """A share in words, never rounded up to all of it."""
    if not total:
        return ""
    return "100%" if run == total else f"{min(100 * run / total, 99.9):.1f}%"


def left(measured: Measured, shown: int = SHOWN) -> Iterator[str]:
    """What never ran, a line an op or a file, no more than `shown` lines of each kind."""
    kinds = {
        "gradient functions": [", ".join(measured.never)] if measured.never else [],
        "cases that could not run": [f"{id}: {why}" for id, why in measured.failed.items()],
        **{f"{what}s": _by_op(tally.never) for what, tally in measured.tallies.items()},
        "lines": _by_file(_runs(measured.lines.missing_lines)),
        "branches": _by_file(
            (place.file, f"{place.line}->{place.to}") for place in measured.lines.missing_branches
        ),
    }
    kinds["entries of OUT_OF_REACH that are stale"] = [
        f"{entry.module}: {entry.text}" for entry in measured.lines.stale
    ]
    for kind, entries in kinds.items():
        if entries:
            yield kind if " that " in kind else f"{kind} never run"
            yield from (f"  {entry}" for entry in entries[:shown])
            if len(entries) > shown:
                yield f"  and {len(entries) - shown} lines more, which --json shows"


def _by_op(trials: Sequence[Trial]) -> list[str]:
    found: dict[str, dict[str, list[str]]] = {}
    for trial in trials:
        own = found.setdefault(trial.pair.op, {}).setdefault(trial.pair.name, [])
        own += [trial.pair.value] if trial.pair.value else []
    return [
        f"{op}: " + "; ".join(f"{n}={', '.join(v)}" if v else n for n, v in names.items())
        for op, names in found.items()
    ]


def _runs(places: Sequence[Place]) -> Iterator[tuple[str, str]]:
    """Lines that follow one another as one entry."""
    first = last = 0
    for place, after in zip(places, [*places[1:], None]):
        first, last = first or place.line, place.line
        if after is None or (after.file, after.line) != (place.file, last + 1):
            yield place.file, str(first) if first == last else f"{first}-{last}"
            first = 0


def _by_file(places: Iterable[tuple[str, str]]) -> list[str]:
    found: dict[str, list[str]] = {}
    for file, place in places:
        found.setdefault(file, []).append(place)
    return [f"{file.rpartition('/')[2]}: {', '.join(own)}" for file, own in found.items()]


def measured_data(measured: Measured) -> dict[str, Any]:
    """Plain data, every list in full."""
    lines = measured.lines
    return {
        "format_version": FORMAT_VERSION,
        "tensorflow": measured.tensorflow,
        "device": measured.device,
        "seed": measured.seed,
        "cases": measured.cases,
        "failed": measured.failed,
        "ops": {
            "run": len(measured.ops) - len(measured.never),
            "total": len(measured.ops),
            "never_run": list(measured.never),
        },
        **{f"{what}s": _tally_data(tally) for what, tally in measured.tallies.items()},
        "lines": {
            "run": lines.lines_run,
            "total": lines.lines,
            "never_run": [str(place) for place in lines.missing_lines],
        },
        "branches": {
            "run": lines.branches_run,
            "total": lines.branches,
            "never_run": [str(place) for place in lines.missing_branches],
        },
        "out_of_reach": [{"place": str(place), "reason": why} for place, why in lines.unreachable],
        "stale": [f"{entry.module}: {entry.text}" for entry in lines.stale],
    }


def _tally_data(tally: Tally) -> dict[str, Any]:
    def listed(trials: Sequence[Trial]) -> list[dict[str, str]]:
        return [
            {
                "op": trial.pair.op,
                "name": trial.pair.name,
                "value": trial.pair.value,
                "fate": str(trial.fate),
                "message": trial.message,
            }
            for trial in trials
        ]

    return {
        "run": tally.run,
        "total": tally.total,
        "never_run": listed(tally.never),
        "refused": listed(tally.refused),
        "without_gradient": [str(pair) for pair in tally.without],
        "raising": listed(tally.raising),
    }
