"""`opcheck list`: the registry, without importing TensorFlow."""

from __future__ import annotations

import json

import click

from opcheck import registry
from opcheck.cases import count_of, expand, select_rows
from opcheck.cli import options
from opcheck.spec import Row


@click.command("list", cls=options.JsonCommand)
@options.select
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def list_rows(select: tuple[str, ...], as_json: bool) -> int:
    """List what can be checked: families, ops, functions, layers and losses.

    SELECT is a family, a name or a pattern such as 'tf.raw_ops.*Grad'.
    """
    rows = select_rows(registry.rows(), select)
    if as_json:
        click.echo(json.dumps([_facts(row) for row in rows], indent=1))
        return 0
    first = max((len(row.family) for row in rows), default=0)
    width = max((len(row.target) for row in rows), default=0)
    for row in rows:
        variant = f"  ({row.variant})" if row.variant else ""
        click.echo(
            f"{row.family:<{first}}  {row.target:<{width}}  {len(row.samples):>3} samples  "
            f"{', '.join(row.dtypes)}{variant}"
        )
    cases = sum(map(count_of, rows))
    families = len({row.family for row in rows})
    targets = len({row.target for row in rows})
    click.echo(f"{len(rows)} rows for {targets} targets in {families} families, {cases} cases")
    return 0


def _facts(row: Row) -> dict[str, object]:
    return {
        "family": row.family,
        "kind": str(row.kind),
        "target": row.target,
        "variant": row.variant,
        "dtypes": list(row.dtypes),
        "covers": list(row.covers),
        "samples": [sample.id for sample in row.samples],
        "cases": [case.id for case in expand(row)],
    }
