"""`opcheck audit`: the layers, models and custom gradients of a module or package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from opcheck.cli import options, progress
from opcheck.modes import ORDERS, POLICIES

if TYPE_CHECKING:
    from opcheck.auditing.records import Result
    from opcheck.auditing.running import Answer, Job


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="SHAPE",
    help="Shape of an input, such as 2x3, with a dtype after a colon if it is not float64: "
    "4:int32. Once per argument; found by trying where it is left out.",
)
@click.option(
    "--rows",
    multiple=True,
    metavar="MODULE",
    help="A module whose ROWS say how to build what cannot be guessed.",
)
@click.option(
    "--order",
    type=options.WholeNumber(ORDERS[0], ORDERS[-1]),
    default=1,
    show_default=True,
    help="2 to judge the derivative of the gradient too.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice(POLICIES),
    help="Make layers under this policy of mixed precision too. Can be given twice.",
)
@options.workers
@options.seed
@options.timeout(300.0, "a target")
@click.option(
    "--emit-tests",
    "tests",
    type=options.Directory(),
    metavar="DIR",
    help="Write a pytest file of these audits there.",
)
@options.json_file
@options.html_file
def audit(
    targets: tuple[str, ...],
    inputs: tuple[str, ...],
    rows: tuple[str, ...],
    order: int,
    policies: tuple[str, ...],
    workers: str,
    seed: int,
    timeout: float,
    tests: Path | None,
    json_file: str | None,
    html_file: str | None,
) -> int:
    """Find the Keras layers, models and custom gradients in each TARGET and audit them.

    TARGET is package.module:name, a module, a package, or the path of a Python file or directory.
    Exits with 1 when a defect is found, and with 2 when there is none but something could not be
    audited. With -n 0 everything runs in this process.
    """
    from rich.console import Console

    from opcheck.auditing.records import AuditReport, Unaudited, audit_data
    from opcheck.auditing.running import Job, here
    from opcheck.report.audit_page import page
    from opcheck.report.json_report import dumps

    count = 0 if workers == "0" else options.worker_count(workers)
    shapes = tuple(options.parsed_input(text) for text in inputs) or None
    console = Console(stderr=json_file == "-", highlight=False, soft_wrap=True)

    def job(target: str, is_search: bool) -> Job:
        return Job(target, is_search, here(), shapes, rows, order, policies=policies, seed=seed)

    with progress.shown(console, "targets") as tell:
        found = _found([job(target, True) for target in targets], count, timeout)
        jobs = [job(name, False) for name in dict.fromkeys(n for n in found if isinstance(n, str))]
        answers = _audited(jobs, count, timeout, tell)
    results: list[tuple[Result, str]] = []
    for name in dict.fromkeys(found):
        if isinstance(name, Unaudited):
            results.append((name, ""))
        elif isinstance(name, str) and (answer := answers[name]).result is not None:
            results.append((answer.result, answer.source))
    reports = [result for result, _ in results if isinstance(result, AuditReport)]
    left = [result for result, _ in results if isinstance(result, Unaudited)]
    for result, _ in results:
        console.print(result.line, markup=False)
    for report in reports:
        if not report.passed:
            console.print(f"\n{report.explain()}", markup=False)
    defects = sum(not report.passed for report in reports)
    console.print(
        f"{len(reports)} audited, {defects} with defects, {len(left)} not audited; "
        f"{sum(report.compared for report in reports):,} derivative entries compared"
    )
    where = next((dict(a.environment) for a in answers.values() if a.environment), {})
    data = audit_data([result for result, _ in results], where, seed)
    if tests is not None:
        from opcheck.auditing.writing import write_tests

        written = write_tests(tests, results, order, policies)
        console.print(f"tests written to {written}", markup=False)
    if json_file:
        options.write_text(json_file, dumps(data))
    if html_file:
        options.write_text(html_file, page(reports, left))
    return 1 if defects else 2 if left else 0


def _found(jobs: list[Job], workers: int, timeout: float) -> list[object]:
    """The names of all targets, in the order in which they were asked for."""
    from opcheck.auditing.running import run

    by_target: dict[str, tuple[object, ...]] = {}
    for job, answer in run(jobs, min(workers, 1), timeout):
        by_target[job.target] = (*answer.found, *([answer.result] if answer.result else []))
    return [name for job in jobs for name in by_target[job.target]]


def _audited(
    jobs: list[Job], workers: int, timeout: float, tell: progress.Tell
) -> dict[str, Answer]:
    from opcheck.auditing.running import run

    def told(done: int, total: int) -> None:
        tell("auditing", done, total, "")

    answers = run(jobs, min(workers, len(jobs)), timeout, told) if jobs else ()
    return {job.target: answer for job, answer in answers}
