"""`opcheck run`: the main job, from the registry to verdicts, in parallel."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from opcheck import registry
from opcheck.cases import CHECKS, Case, select_cases
from opcheck.cli import options, tables
from opcheck.generate.plan import FilePlan, plan_files
from opcheck.generate.write import apply, changes
from opcheck.known import stale


@click.command()
@options.select
@options.workers
@options.seed
@options.out
@options.timeout(120.0, "a case")
@click.option(
    "--quick",
    "is_quick",
    is_flag=True,
    help="One sample, or all special points, for each check of a row.",
)
@click.option(
    "--checks",
    metavar="NAMES",
    callback=options.checks,
    help=f"Only these checks, separated by commas: {', '.join(CHECKS)}.",
)
@options.json_file
@options.html_file
def run(
    select: tuple[str, ...],
    workers: str,
    seed: int,
    out: Path,
    timeout: float,
    is_quick: bool,
    checks: tuple[str, ...],
    json_file: str | None,
    html_file: str | None,
) -> int:
    """Regenerate what is stale, run the tests in parallel, and summarise the outcomes.

    SELECT is a family, a name, a pattern or the beginning of a case id. Without it these are the
    rows that the [tool.opcheck] of your pyproject.toml names, and all where there is none.
    """
    from rich.console import Console

    from opcheck import running
    from opcheck.report.html import page
    from opcheck.report.json_report import dumps, run_data
    from opcheck.report.summary import (
        died_once,
        matrix_table,
        new_defects,
        outcome_table,
        totals_line,
    )

    _require_tensorflow()
    try:
        running.workers_option(workers)
    except ValueError:
        raise click.BadParameter(
            f"{workers!r} is neither 'auto' nor a whole number of at least 1", param_hint="-n"
        ) from None
    rows, defects = registry.rows(), registry.known_defects()
    own = registry.default_selection()
    selected = select_cases(rows, select or own, seed, is_quick)
    cases = {case.id: case for case in selected if not checks or case.check in checks}
    # A project keeps tests of its own, and of what is asked for beside it.
    kept = {*own, *(case.family for case in cases.values())} if own else None
    plans = plan_files([row for row in rows if kept is None or row.family in kept], defects)
    apply(changes(plans, out, is_whole=True))
    nodes = _nodes(plans, cases, seed)
    is_whole = not is_quick and set(nodes) == set(_nodes_of_files(plans, nodes, checks))
    # Standard output is for data alone when JSON goes there.
    console = Console(stderr=json_file == "-", highlight=False, soft_wrap=False)
    with _quiet_stdout(json_file == "-"), _progress(console, len(nodes)) as on_progress:
        found = running.run(
            out.resolve(),
            nodes,
            is_whole=is_whole,
            is_quick=is_quick and not select,
            checks=checks,
            defects=defects,
            workers=workers,
            seed=seed,
            timeout=timeout,
            on_progress=on_progress,
        )
    data = run_data(
        found.results,
        found.environments,
        seed=seed,
        seconds=found.seconds,
        workers=found.workers,
        absent=found.absent,
        died_once=found.died_once,
    )
    tables.show(console, outcome_table(found.results, found.failures))
    tables.show(console, matrix_table(data["matrix"]))
    console.print(totals_line(data, len(found.failures)))
    for text in new_defects(data, found.failures):
        # Explanations are aligned by hand and copied from: the terminal must not fold them.
        console.print(f"\n{text}", soft_wrap=True, markup=False)
    for text in died_once(data):
        console.print(text, markup=False)
    old = [] if select else stale(defects, rows)
    for defect in old:
        console.print(f"stale: the known defect {defect.id!r} matches no case")
    if json_file:
        options.write_text(json_file, dumps(data))
    if html_file:
        options.write_text(html_file, page(data, found.failures))
    return 1 if found.failures or old else 0


def _nodes(plans: tuple[FilePlan, ...], wanted: Container[str], seed: int) -> dict[str, Case]:
    return {node: case for plan in plans for node, case in plan.nodes(seed) if case.id in wanted}


def _nodes_of_files(
    plans: tuple[FilePlan, ...], nodes: Iterable[str], checks: Sequence[str]
) -> Iterator[str]:
    """All that the files of some nodes hold of some checks, or of all for none."""
    names = {node.partition("::")[0] for node in nodes}
    for plan in plans:
        if plan.name in names:
            yield from (node for node, case in plan.nodes() if not checks or case.check in checks)


def _require_tensorflow() -> None:
    """Say at once what is missing, not once per worker; finding it takes no import."""
    from importlib.util import find_spec

    if find_spec("tensorflow") is None:
        import opcheck.backend  # noqa: F401  raises with the advice


@contextmanager
def _progress(console: object, total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; elsewhere a line for every tenth of the way."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    assert isinstance(console, Console)
    if not console.is_terminal:
        shown = 0

        def tell(done: int, failed: int) -> None:
            nonlocal shown
            if done * 10 // total > shown:
                shown = done * 10 // total
                console.print(f"{done} of {total} cases, {failed} new defects")

        yield tell
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} new defects"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("checking gradients", total=total, failed=0)
        yield lambda done, failed: bar.update(task, completed=done, failed=failed)


@contextmanager
def _quiet_stdout(is_wanted: bool) -> Iterator[None]:
    """Keep what pytest or its plugins print off standard output, at the file descriptor."""
    if not is_wanted:
        yield
        return
    sys.stdout.flush()
    saved = os.dup(1)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(saved, 1)
            os.close(saved)
