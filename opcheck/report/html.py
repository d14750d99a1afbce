"""A run as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opcheck.generate.render import templates_directory
from opcheck.report.summary import (
    counted,
    died_once,
    matrix_table,
    new_defects,
    outcome_table,
    totals_line,
)

if TYPE_CHECKING:
    from rich.table import Table

TEMPLATE = "run.html.j2"


def page(data: Mapping[str, Any], failures: Mapping[str, str]) -> str:
    """The page for what `json_report.run_data` makes."""
    tables = {
        "Outcomes by family": outcome_table(data["results"], failures),
        "Agreement by family and check": matrix_table(data["matrix"]),
    }
    count = len(failures)
    rendered = (
        environment()
        .get_template(TEMPLATE)
        .render(
            verdict=counted(count, "new defect") if count else "No new defect",
            line=totals_line(data, count),
            tables={title: _plain(table) for title, table in tables.items()},
            failures=new_defects(data, failures),
            died_once=died_once(data),
            noted=[
                record
                for record in data["results"]
                if record["outcome"] != "pass" and record["case"] not in failures
            ],
            absent=data["not_applicable"],
        )
    )
    return str(rendered)


def _plain(table: Table) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The headings and the rows of a table."""
    headings = [str(column.header) for column in table.columns]
    return headings, list(zip(*(column.cells for column in table.columns)))


def environment() -> Any:
    """Where pages are rendered: what they show of names and errors is no markup."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_directory()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
