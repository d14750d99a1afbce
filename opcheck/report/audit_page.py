"""An audit as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opcheck.report.html import environment
from opcheck.report.summary import counted

TEMPLATE = "audit.html.j2"


def page(reports: Sequence[Any], left: Sequence[Any]) -> str:
    """The page for audits and for what could not be audited."""
    defects = [report for report in reports if not report.passed]
    count = len(defects)
    return str(
        environment()
        .get_template(TEMPLATE)
        .render(
            verdict=f"{counted(count, 'target')} with defects" if count else "No defect",
            reports=reports,
            defects=defects,
            left=left,
        )
    )
