"""`opcheck faults`: wrong gradients planted into TensorFlow, and the share that the rows catch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from opcheck import registry
from opcheck.cli import options, progress, tables
from opcheck.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from opcheck.faults.records import Finding
    from opcheck.faults.running import Job


@click.command()
@options.select
@options.workers
@options.seed
@options.timeout(900.0, "an op")
@options.json_file
def faults(
    select: tuple[str, ...], workers: str, seed: int, timeout: float, json_file: str | None
) -> int:
    """Plant wrong gradients and report the share that is caught, per op.

    SELECT is a family, a name, a pattern or the beginning of a case id. Without it these are the
    rows that the [tool.opcheck] of your pyproject.toml names, and all where there is none. A
    function or layer plants into each op whose gradient function it runs. Exits with 1 when a
    fault of 1e-3 or more survives that changes a gradient.
    """
    count = options.worker_count(workers)
    from rich.console import Console

    from opcheck.faults.running import run
    from opcheck.faults.summary import faults_data, kind_table, op_table, survivors, totals_line
    from opcheck.plugin import environment
    from opcheck.report.json_report import dumps

    jobs = _jobs(select, seed)
    console = Console(stderr=json_file == "-", highlight=False)
    started = time.monotonic()
    with progress.shown(console, "ops") as tell:
        findings = run(
            jobs,
            min(count, len(jobs)),
            timeout,
            on_progress=lambda done, found: tell(
                "planting faults", done, len(jobs), _survived(found)
            ),
        )
    seconds = time.monotonic() - started
    tables.show(console, op_table(findings))
    tables.show(console, kind_table(findings))
    for line in survivors(findings):
        console.print(line, soft_wrap=True, markup=False)
    console.print(totals_line(findings, seconds, count, seed))
    if json_file:
        where = environment()
        versions = {name: where[name] for name in ("tensorflow", "keras", "numpy")}
        data = faults_data(findings, versions, seed=seed, seconds=seconds, workers=count)
        options.write_text(json_file, dumps(data))
    return 0 if all(finding.is_good for finding in findings) else 1


def _jobs(select: tuple[str, ...], seed: int) -> list[Job]:
    from opcheck.faults.running import jobs_for
    from opcheck.gradients import gradient_ops

    try:
        chosen = select or registry.default_selection()
        return jobs_for(registry.rows(), chosen, gradient_ops(), seed)
    except UnknownNameError as error:
        from opcheck.targets import is_raw_op

        if is_raw_op(error.name):
            raise UsageError(
                f"{error.name} is an op of this TensorFlow, but no row of the registry checks it"
            ) from error
        raise


def _survived(findings: Sequence[Finding]) -> str:
    return f"{sum(len(finding.survivors) for finding in findings)} survivors"
