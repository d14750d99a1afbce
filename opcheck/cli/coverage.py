"""`opcheck coverage`: whether every op and public name of the installed TensorFlow is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from opcheck import registry
from opcheck.cli import options, progress, tables
from opcheck.report.json_report import dumps

if TYPE_CHECKING:
    from opcheck.names import Names


@click.command(cls=options.JsonCommand)
@options.select
@click.option("--measure", "is_measured", is_flag=True, help="Run the cases and see what runs.")
@options.workers
@options.seed
@click.option("--json", "as_json", is_flag=True, help="Print JSON, every list in full.")
def coverage(
    select: tuple[str, ...], is_measured: bool, workers: str, seed: int, as_json: bool
) -> int:
    """Account for every op with a gradient function and every public name of TensorFlow and Keras.

    Each has a row, is another name of what has one, or needs none for a reason that is proved.
    SELECT names namespaces to look at alone: `tf.math`, `keras.ops`.

    With --measure the cases run, and what is reported is what really ran: gradient functions,
    values of attributes, dtypes, inputs, and lines and branches of TensorFlow's gradient modules.
    SELECT is then a family, a name, a pattern or the beginning of a case id; everything without it.
    Exits with 1 when anything is unaccounted for or never ran.
    """
    if is_measured:
        return _measure(select, options.worker_count(workers), seed, as_json)
    return _account_names(select, as_json) if select else _account(as_json)


def _account_names(select: tuple[str, ...], as_json: bool) -> int:
    from opcheck import names
    from opcheck.names.walk import chosen

    found = names.account(registry.rows(), registry.exclusions(), chosen(select))
    if as_json:
        click.echo(dumps(found.to_dict()), nl=False)
    else:
        _show_names(found)
    return 0 if found.is_complete else 1


def _show_names(found: Names) -> None:
    from rich.console import Console

    from opcheck.names.summary import names_table, remarks

    console = Console(highlight=False)
    console.print(f"TensorFlow {found.tensorflow}, Keras {found.keras}")
    tables.show(console, names_table(found))
    for line in remarks(found):
        console.print(line, soft_wrap=True, markup=False)


def _account(as_json: bool) -> int:
    from opcheck import names, undifferentiated
    from opcheck.coverage import account

    found, others = account(registry.rows()), undifferentiated.survey(registry.rows())
    public = names.account(registry.rows(), registry.exclusions())
    is_complete = not (found.unaccounted or others.unaccounted) and public.is_complete
    code = 0 if is_complete else 1
    if as_json:
        data = {
            **found.to_dict(),
            "without_gradient": others.to_dict(),
            "public_names": public.to_dict(),
        }
        click.echo(dumps(data), nl=False)
        return code
    click.echo(f"TensorFlow {found.tensorflow} on {found.device}")
    click.echo(f"{len(found.differentiable):>5} ops with a gradient function")
    click.echo(f"{len(found.covered):>5} named by a row")
    for reason in dict.fromkeys(found.excluded.values()):
        own = [name for name, why in found.excluded.items() if why is reason]
        click.echo(f"{len(own):>5} {reason}: {', '.join(own)}")
    click.echo(f"{len(found.unaccounted):>5} unaccounted for")
    if found.unaccounted:
        click.echo("      " + ", ".join(found.unaccounted))
    without = sum(others.counts.values()) - others.counts[undifferentiated.Reason.DIFFERENTIABLE]
    click.echo(f"{without:>5} ops without a gradient function")
    for other, count in others.counts.items():
        if not other.has_row:
            click.echo(f"{count:>7} {other.value}")
    click.echo(f"{len(others.accounted):>7} map floating inputs to floating outputs, with a row")
    click.echo(f"{len(others.unaccounted):>7} do and are unaccounted for")
    if others.unaccounted:
        click.echo("        " + ", ".join(others.unaccounted))
    for family, count in found.by_family.items():
        click.echo(f"{count:>5} rows in {family}")
    _show_names(public)
    return code


def _measure(select: tuple[str, ...], workers: int, seed: int, as_json: bool) -> int:
    from rich.console import Console

    from opcheck.cases import select_rows

    # A name that is wrong is told before TensorFlow loads.
    select_rows(registry.rows(), select)
    from opcheck.coverage.running import measure
    from opcheck.coverage.summary import left, measured_data, share_table

    console = Console(stderr=as_json, highlight=False)
    with progress.shown(console, "done") as tell:
        found = measure(
            select, seed, workers, on_progress=lambda doing, n, total: tell(doing, n, total, "")
        )
    if as_json:
        click.echo(dumps(measured_data(found)), nl=False)
    else:
        console.print(
            f"TensorFlow {found.tensorflow} on {found.device}, {found.cases:,} cases, seed {seed}"
        )
        tables.show(console, share_table(found))
        for line in left(found):
            console.print(line, soft_wrap=True, markup=False)
    return 0 if found.is_complete else 1
