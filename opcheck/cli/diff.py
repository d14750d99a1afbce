"""`opcheck diff`: what changed between two runs."""

from __future__ import annotations

import click

from opcheck.cli import options
from opcheck.report.differences import KINDS, Differences, differences, read_run
from opcheck.report.json_report import dumps


@click.command(cls=options.JsonCommand)
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def diff(old: str, new: str, as_json: bool) -> int:
    """Show what changed from the run OLD to the run NEW, as `opcheck run --json` wrote them.

    New defects come first, in full; then defects that got worse, fixed ones, other changes of the
    outcome, cases that only one run has: the first of many, --json has all. Exits with 1 when there
    are new or worse defects.
    """
    found = differences(read_run(old), read_run(new))
    if as_json:
        click.echo(dumps(found.to_dict()), nl=False)
    else:
        for line in _lines(found):
            click.echo(line)
    return 1 if found.is_worse else 0


# Of another selection a run has thousands of cases less.
MOST_CASES = 20


def _lines(found: Differences) -> list[str]:
    lines = [f"{name}: {old} -> {new}" for name, (old, new) in found.environment.items()]
    for kind, words in KINDS.items():
        changes = found.of(kind)
        if changes:
            lines += [*([""] if lines else []), f"{words}: {len(changes):,}"]
        shown = changes[:MOST_CASES] if kind in ("added", "removed") else changes
        for change in shown:
            lines.append(f"  {change}")
            if kind == "new_defects" and change.explanation:
                lines += [f"    {line}" for line in change.explanation.splitlines()]
        if len(shown) < len(changes):
            lines.append(f"  and {len(changes) - len(shown):,} more")
    told = ", ".join(
        f"{len(found.of(kind)):,} {words}" for kind, words in KINDS.items() if found.of(kind)
    )
    return [
        *lines,
        *([""] if lines else []),
        f"{told or 'no change'}; {found.same:,} cases as before",
    ]
