"""A run as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opcheck.generate.render import templates_directory
from opcheck.report.summary import counted, new_defects, outcome_table, totals_line

TEMPLATE = "run.html.j2"


def page(data: Mapping[str, Any], failures: Mapping[str, str]) -> str:
    """The page for what `json_report.run_data` makes."""
    table = outcome_table(data["results"], failures)
    columns = [list(column.cells) for column in table.columns]
    count = len(failures)
    rendered = (
        environment()
        .get_template(TEMPLATE)
        .render(
            verdict=counted(count, "new defect") if count else "No new defect",
            line=totals_line(data, count),
            headings=[str(column.header) for column in table.columns],
            rows=list(zip(*columns)),
            failures=new_defects(data, failures),
            noted=[
                record
                for record in data["results"]
                if record["outcome"] != "pass" and record["case"] not in failures
            ],
        )
    )
    return str(rendered)


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
