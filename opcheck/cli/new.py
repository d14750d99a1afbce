"""`opcheck new`: a registry row for an op that has none."""

from __future__ import annotations

import click

from opcheck import registry


@click.command()
@click.argument("op")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1500,
    show_default=True,
    help="The most calls to try.",
)
def new(op: str, limit: int) -> int:
    """Write a registry row for the raw op OP.

    The row is found by reading the op's definition and by trying inputs in a process of its own,
    since a bad call may end it. The row goes to standard output; notes and the verdict of each of
    its cases go to standard error.
    """
    from opcheck.proposing.proposal import propose
    from opcheck.proposing.trying import Elsewhere

    name = op.removeprefix("tf.raw_ops.")
    with Elsewhere() as trier:
        found = propose(name, trier, limit)
        deaths = trier.deaths
    click.echo(f"    {found.source},")
    rows = [row for row in registry.rows() if row.target == f"tf.raw_ops.{name}"]
    if rows:
        _note(f"rows for {name} in the registry already: {len(rows)}; give this one a variant")
    _note(f"{found.tries} calls tried" + (f", {deaths} of them fatal" if deaths else ""))
    for note in found.notes:
        _note(note)
    for verdict in found.verdicts:
        _note(str(verdict))
    return 0 if found.passed else 1


def _note(text: str) -> None:
    click.echo(text, err=True)
