"""What goes into which file: one file a family, one test a check of a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from opcheck.cases import AGREEMENT, CHECKS, Case, Plan, cases_of, plans
from opcheck.errors import UsageError
from opcheck.generate.literals import checked_name, checked_target
from opcheck.known import KnownDefect
from opcheck.spec import Kind, Row

# What follows a row's name in those of its tests, where it is not their check.
_SUFFIXES = {CHECKS[:1]: "", AGREEMENT: "_agreement"}


@dataclass(frozen=True)
class TestPlan:
    """One test function: a row, what it looks at, and the known defects among its cases."""

    __test__ = False

    name: str
    row: Row
    plan: Plan
    defects: tuple[KnownDefect, ...]


@dataclass(frozen=True)
class FilePlan:
    """One test file."""

    name: str
    family: str
    tests: tuple[TestPlan, ...]

    def nodes(self, seed: int = 0) -> Iterator[tuple[str, Case]]:
        """The pytest node ids in this file, each with its case."""
        for test in self.tests:
            plan = test.plan
            labels = (label for label in plan.labels for _ in plan.dtypes for _ in plan.checks)
            for label, case in zip(labels, cases_of(test.row, plan, seed)):
                yield f"{self.name}::{test.name}[{label}-{case.dtype}-{case.check}]", case


def plan_files(rows: Sequence[Row], defects: Sequence[KnownDefect]) -> tuple[FilePlan, ...]:
    """The files for these rows, sorted by family and target.

    Raises:
        UsageError: a name is unfit for Python source, or two rows would make one test.
    """
    ordered = sorted(rows, key=lambda row: (row.family, row.target, row.variant))
    return tuple(
        _file(family, list(group), defects)
        for family, group in groupby(ordered, key=lambda row: row.family)
    )


def _file(family: str, rows: list[Row], defects: Sequence[KnownDefect]) -> FilePlan:
    checked_name("family", family)
    tests: dict[str, TestPlan] = {}
    plain = Counter(function_name(row) for row in rows)
    for row in rows:
        checked_target(row.target)
        name = function_name(row)
        if plain[name] > 1 and row.kind is Kind.FUNCTION:
            # A raw op or class of the same name keeps it; a function brings its module along.
            name = function_name(row, parts=2)
        asked = [defect for defect in defects if defect.may_match(row.target)]
        for plan in plans(row):
            own = name + _SUFFIXES.get(plan.checks, f"_{plan.checks[0]}")
            if own in tests:
                raise UsageError(
                    f"{row.target} and {tests[own].row.target} would both make {own} in {family}; "
                    "give one of the rows a variant"
                )
            ids = [case.id for case in cases_of(row, plan)] if asked else []
            known = tuple(d for d in asked if any(map(d.matches, ids)))
            tests[own] = TestPlan(own, row, plan, known)
    return FilePlan(f"test_{family}_gradients.py", family, tuple(tests.values()))


def function_name(row: Row, parts: int = 1) -> str:
    """`test_batch_mat_mul_v2`: the target's last name in snake case, and the row's variant.

    Args:
        parts: how many of the target's last names to take: two make `test_linalg_svd`.
    """
    names = "_".join(re.split(r"[.:]", row.target)[-parts:])
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", names).lower()
    variant = f"_{checked_name('variant', row.variant.replace('-', '_'))}" if row.variant else ""
    return f"test_{words}{variant}"
