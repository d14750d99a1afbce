"""`opcheck coverage`: which differentiable ops of the installed TensorFlow have a row."""

from __future__ import annotations

import click

from opcheck import registry
from opcheck.report.json_report import dumps


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def coverage(as_json: bool) -> int:
    """Count the ops with a gradient function that rows of the registry run."""
    from opcheck.coverage import measure

    found = measure(registry.rows())
    if as_json:
        click.echo(dumps(found.to_dict()), nl=False)
        return 0
    click.echo(f"TensorFlow {found.tensorflow}")
    click.echo(f"{len(found.differentiable):>5} ops with a gradient function")
    click.echo(f"{len(found.with_kernel):>5} of these with a kernel for {found.device}")
    click.echo(f"{len(found.covered):>5} of these with a row")
    click.echo(f"{len(found.uncovered):>5} without:")
    click.echo("      " + ", ".join(found.uncovered))
    for family, count in found.by_family.items():
        click.echo(f"{count:>5} rows in {family}")
    return 0
