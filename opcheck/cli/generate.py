"""`opcheck generate`: writes the test files, or with --check says whether they are current."""

from __future__ import annotations

from pathlib import Path

import click

from opcheck import registry
from opcheck.cases import select_rows
from opcheck.cli import options
from opcheck.generate.plan import plan_files
from opcheck.generate.write import apply, changes
from opcheck.known import stale


@click.command()
@options.select
@options.out
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 when stale.")
def generate(select: tuple[str, ...], out: Path, only_check: bool) -> int:
    """Write the test files from the registry and the templates.

    Without SELECT these are the rows that the [tool.opcheck] of your pyproject.toml names, and all
    where there is none. Files that were edited by hand are refused, never overwritten.
    """
    defects = registry.known_defects()
    rows = select_rows(registry.rows(), select or registry.default_selection())
    plans = plan_files(rows, defects)
    found = changes(plans, out, is_whole=not select)
    old = [] if select else stale(defects, registry.rows())
    for defect in old:
        click.echo(f"known defect {defect.id!r} matches no case: {defect.cases}", err=True)
    if only_check:
        for change in found:
            click.echo(change.diff(), nl=False)
        if found:
            click.echo(
                f"{len(found)} of {len(plans)} files are stale: run `opcheck generate`", err=True
            )
        return 1 if found or old else 0
    apply(found)
    tests = sum(len(plan.tests) for plan in plans)
    click.echo(f"{out}: {tests} tests in {len(plans)} files, {len(found)} files changed")
    return 1 if old else 0
