"""`opcheck faults`: wrong gradients planted into TensorFlow, and the share that the rows catch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from opcheck import registry
from opcheck.cli import options
from opcheck.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from opcheck.faults.records import Finding
    from opcheck.faults.running import Job


@click.command()
@options.select
@click.option("-n", "workers", default="auto", show_default=True, help="Worker processes.")
@options.seed
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=900.0,
    show_default=True,
    help="Seconds after which an op counts as hanging.",
)
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    callback=options.require_writable,
    help="Write the records there; '-' for standard output and nothing else.",
)
def faults(
    select: tuple[str, ...], workers: str, seed: int, timeout: float, json_file: str | None
) -> int:
    """Plant wrong gradients and report the share that is caught, per op.

    SELECT is a family, a name, a pattern or the beginning of a case id; every op without it. A
    function or layer plants into each op whose gradient function it runs. Exits with 1 when a
    fault of 1e-3 or more survives that changes a gradient.
    """
    count = _count(workers)
    from rich.console import Console

    from opcheck.faults.running import run
    from opcheck.faults.summary import faults_data, kind_table, op_table, survivors, totals_line
    from opcheck.plugin import environment
    from opcheck.report.json_report import dumps

    jobs = _jobs(select, seed)
    console = Console(stderr=json_file == "-", highlight=False)
    started = time.monotonic()
    with _progress(console, len(jobs)) as on_progress:
        findings = run(jobs, min(count, len(jobs)), timeout, on_progress=on_progress)
    seconds = time.monotonic() - started
    console.print(op_table(findings))
    console.print(kind_table(findings))
    for line in survivors(findings):
        console.print(line, soft_wrap=True, markup=False)
    console.print(totals_line(findings, seconds, count, seed))
    if json_file:
        where = environment()
        versions = {name: where[name] for name in ("tensorflow", "keras", "numpy")}
        data = faults_data(findings, versions, seed=seed, seconds=seconds, workers=count)
        options.write_text(json_file, dumps(data))
    return 0 if all(finding.is_good for finding in findings) else 1


def _count(workers: str) -> int:
    if workers == "auto":
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if not (workers.isdecimal() and int(workers) >= 1):
        raise click.BadParameter(
            f"{workers!r} is neither 'auto' nor a whole number of at least 1", param_hint="-n"
        )
    return int(workers)


def _jobs(select: tuple[str, ...], seed: int) -> list[Job]:
    from opcheck.coverage import gradient_ops
    from opcheck.faults.running import jobs_for

    try:
        return jobs_for(registry.rows(), select, gradient_ops(), seed)
    except UnknownNameError as error:
        from opcheck.targets import is_raw_op

        if is_raw_op(error.name):
            raise UsageError(
                f"{error.name} is an op of this TensorFlow, but no row of the registry checks it"
            ) from error
        raise


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[int, Sequence[Finding]], None]]:
    """A bar on a terminal; elsewhere a line for every tenth of the way."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    if not console.is_terminal:
        shown = 0

        def tell(done: int, findings: Sequence[Finding]) -> None:
            nonlocal shown
            if done * 10 // total > shown:
                shown = done * 10 // total
                console.print(f"{done} of {total} ops, {_survived(findings)} survivors")

        yield tell
        return
    columns = (
        TextColumn("planting faults"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[survived]} survivors"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total, survived=0)
        yield lambda done, findings: bar.update(task, completed=done, survived=_survived(findings))


def _survived(findings: Sequence[Finding]) -> int:
    return sum(len(finding.survivors) for finding in findings)
