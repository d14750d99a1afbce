"""A run as people read it: outcomes by family, then the new defects in full."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from opcheck.cases import CHECKS
from opcheck.outcome import Outcome

Record = Mapping[str, Any]


def new_defects(data: Mapping[str, Any], failures: Mapping[str, str]) -> list[str]:
    """The explanation of each case that counts against the run, sorted by case."""
    by_case = {record["case"]: record for record in data["results"]}
    return [explanation(by_case.get(case), failures[case]) for case in sorted(failures)]


def outcome_table(results: Sequence[Record], failures: Mapping[str, str]) -> Table:
    """One line a family: how many cases ended how, known defects apart from new ones."""
    seen = {record["outcome"] for record in results if record["known"] is None}
    outcomes = [outcome for outcome in Outcome if str(outcome) in seen]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("family", no_wrap=True)
    for heading in ("cases", *map(str, outcomes), "known", "new", "compared", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for family in sorted({record["family"] for record in results}):
        chosen = [record for record in results if record["family"] == family]
        table.add_row(*_cells(family, chosen, outcomes, failures))
    table.add_section()
    table.add_row(*_cells("all", results, outcomes, failures))
    return table


def matrix_table(matrix: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Table:
    """Families by checks: how many cases are good, of how many if not all, and left out."""
    checks = [check for check in CHECKS if any(check in cells for cells in matrix.values())]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("good of applicable (not applicable)", no_wrap=True)
    for check in checks:
        table.add_column(check, justify="right", no_wrap=True)
    totals = {check: Counter[str]() for check in checks}
    for family, cells in matrix.items():
        table.add_row(family, *(_agreeing(cells.get(check, {})) for check in checks))
        for check, cell in cells.items():
            totals[check].update(cell)
    table.add_section()
    table.add_row("all", *map(_agreeing, totals.values()))
    return table


def _agreeing(cell: Mapping[str, int]) -> str:
    if not any(cell.values()):
        return ""
    text = f"{cell['good']:,}"
    text += "" if cell["good"] == cell["cases"] else f"/{cell['cases']:,}"
    return text + (f" ({cell['not_applicable']:,})" if cell["not_applicable"] else "")


def _cells(
    name: str, results: Sequence[Record], outcomes: Sequence[Outcome], failures: Mapping[str, str]
) -> list[str]:
    tally = Counter(record["outcome"] for record in results if record["known"] is None)
    new = sum(record["case"] in failures for record in results)
    known = sum(record["known"] is not None for record in results)
    counts = [tally[str(outcome)] for outcome in outcomes] + [known, new]
    return [
        name,
        f"{len(results):,}",
        *(f"{count:,}" if count else "" for count in counts),
        f"{sum(record['compared'] for record in results):,}",
        f"{sum(record['seconds'] for record in results):.1f}",
    ]


def totals_line(data: Mapping[str, Any], new: int) -> str:
    """One sentence on the whole run."""
    versions = data["versions"]
    deviations = [
        record["deviation"]
        for record in data["results"]
        if record["dtype"] == "float64" and record["outcome"] == "pass" and record["deviation"]
    ]
    median = f"{statistics.median(deviations):.1e}" if deviations else "none"
    verdict = counted(new, "new defect") if new else "no new defect"
    return (
        f"{len(data['results']):,} cases, {data['compared']:,} derivative entries compared, "
        f"{counted(data['known'], 'known defect')}, {verdict}; {data['seconds']:.0f} s on "
        f"{counted(data['workers'], 'worker')}, seed {data['seed']}. "
        f"TensorFlow {versions['tensorflow']} ({data['device']}), Keras {versions['keras']}, "
        f"Python {versions['python']}. Median deviation of analytic from numeric over float64 "
        f"rows: {median} relative; peak memory of a worker {data['peak_memory_mb']} MB."
    )


def counted(number: int, noun: str) -> str:
    """`1 worker`, `2 workers`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def died_once(data: Mapping[str, Any]) -> list[str]:
    """A sentence on each case whose process ended, but not when it was tried again."""
    return [
        f"{case_id}: its process died, and did not when it was tried again: what ran before it "
        "damages memory, or the system ended it"
        for case_id in data["died_once"]
    ]


def explanation(record: Record | None, failure: str) -> str:
    """The full text for one case that counts against the run."""
    text = str(record["explanation"]) if record and "explanation" in record else ""
    # A failed expectation of a known defect says more than the report alone.
    if not text or (record and record["known"]):
        return _assertion(failure)
    return text


def _assertion(failure: str) -> str:
    """What pytest marks as the error, without the traceback around it."""
    lines = [
        line[1:].removeprefix("   ").rstrip()
        for line in failure.splitlines()
        if line.startswith("E  ")
    ]
    return "\n".join(lines).removeprefix("AssertionError: ") or failure
