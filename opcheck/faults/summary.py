"""Planted faults as people read them: a line an op, a line a kind, the survivors in full."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

import opcheck
from opcheck.faults.records import LEAST_SIZE, Fate, Finding, Trial, share, trials_of

# 1: the first.
FORMAT_VERSION = 1

_FATES = tuple(Fate)


def op_table(findings: Sequence[Finding]) -> Table:
    """One line an op, and one for all."""
    table = _table("op", "cases", "planted", *map(str, _FATES), "share")
    for finding in findings:
        name = finding.op if _is_own(finding) else f"{finding.op} in {_targets(finding)}"
        table.add_row(name, str(finding.cases), *_cells(finding.trials))
    table.add_section()
    cases = sum(finding.cases for finding in findings)
    table.add_row("all", f"{cases:,}", *_cells(list(trials_of(findings))))
    return table


def kind_table(findings: Sequence[Finding]) -> Table:
    """One line a kind of fault, in the order in which they are planted."""
    table = _table("fault", "planted", *map(str, _FATES), "share")
    kinds: dict[str, list[Trial]] = {}
    for trial in trials_of(findings):
        kinds.setdefault(trial.kind, []).append(trial)
    for kind, trials in kinds.items():
        table.add_row(kind, *_cells(trials))
    return table


def _table(first: str, *headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(first, overflow="fold")
    for heading in headings:
        words = heading.split()
        width = max(map(len, words))
        table.add_column("\n".join(words), justify="right", no_wrap=True, min_width=width)
    return table


def _cells(trials: Sequence[Trial]) -> list[str]:
    counts = [sum(trial.fate is fate for trial in trials) for fate in _FATES]
    return [f"{len(trials):,}", *(f"{n:,}" if n else "" for n in counts), percent(share(trials))]


def percent(part: float | None) -> str:
    """A share in words, never rounded up to all of it; "" for None."""
    if part is None:
        return ""
    return "100%" if part == 1 else f"{min(100 * part, 99.99):.2f}%"


def _is_own(finding: Finding) -> bool:
    return finding.targets == (f"tf.raw_ops.{finding.op}",)


def _targets(finding: Finding) -> str:
    return ", ".join(target.rpartition(".")[2] for target in finding.targets)


def survivors(findings: Sequence[Finding]) -> list[str]:
    """Each fault that nothing caught, in a line, the large ones first; and each op that failed."""
    lines = [f"{f.op}: {f.error or f.note}" for f in findings if f.error or f.note]
    found = [(finding, trial) for finding in findings for trial in finding.survivors]
    found.sort(key=lambda pair: not pair[1].counts)
    for finding, trial in found:
        lines.append(
            f"{finding.op}, gradient of {trial.input} {trial.fault}: "
            f"survived {trial.cases} cases; {trial.reason}"
        )
    return lines


def totals_line(findings: Sequence[Finding], seconds: float, workers: int, seed: int) -> str:
    """One sentence on the whole run."""
    large = [trial for trial in trials_of(findings) if trial.counts]
    small = [trial for trial in trials_of(findings) if not trial.counts]
    parts = [f"{len(findings):,} ops, {len(large) + len(small):,} faults"]
    for trials, words in ((large, f"of size {LEAST_SIZE:g} or more"), (small, "smaller")):
        told = percent(share(trials))
        if told:
            parts.append(f"of those that change a gradient and are {words} {told} were caught")
    return (
        f"{'; '.join(parts)}. Smaller faults are planted in cases of float64 and complex128 alone, "
        f"since shorter dtypes cannot show them. {seconds:.0f} s on {workers} workers, seed {seed}."
    )


def faults_data(
    findings: Sequence[Finding],
    versions: Mapping[str, str | None],
    *,
    seed: int,
    seconds: float,
    workers: int,
) -> dict[str, Any]:
    """The object that `opcheck faults --json` writes."""
    trials = list(trials_of(findings))
    kinds = dict.fromkeys(trial.kind for trial in trials)
    return {
        "format_version": FORMAT_VERSION,
        "versions": {
            "opcheck": opcheck.__version__,
            "python": platform.python_version(),
            **versions,
        },
        "seed": seed,
        "workers": workers,
        "seconds": round(seconds, 3),
        "totals": _tally(trials),
        "totals_of_size_1e-3_or_more": _tally([trial for trial in trials if trial.counts]),
        "by_fault": {kind: _tally([t for t in trials if t.kind == kind]) for kind in kinds},
        "results": [finding.to_dict() for finding in findings],
    }


def _tally(trials: Sequence[Trial]) -> dict[str, Any]:
    counts = {str(fate).replace(" ", "_"): sum(t.fate is fate for t in trials) for fate in _FATES}
    return {"planted": len(trials), **counts, "share": share(trials)}
