"""Rows, reports and records that several tests look at. Made by hand, apart from the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from opcheck.domains import as_variable, between, indices, integers, normal, positive, spd
from opcheck.generate.plan import FilePlan, plan_files
from opcheck.known import KnownDefect
from opcheck.outcome import Outcome
from opcheck.spec import DOUBLES, DTYPE, HALVES, Row, choices, function, layer, loss, op, sample
from opcheck.verdict import Entry, Part, Report


def in_family(family: str, *rows: Row) -> tuple[Row, ...]:
    """The rows as the registry would hand them out."""
    return tuple(replace(row, family=family) for row in rows)


ROWS = in_family(
    "example",
    op(
        "BatchMatMulV2",
        x=normal(2, 3),
        y=normal(3, 2),
        adj_x=choices(False, True),
        dtypes=HALVES,
    ),
    op("Cholesky", input=spd(3, 3), dtypes=DOUBLES),
    op(
        "Exp",
        sample("tail", x=between(-40.0, -30.0)(2)),
        x=normal,
        shapes=((), (2, 3)),
        dtypes=DOUBLES,
    ),
    op("Exp", x=positive(2), variant="positive-half"),
    function(
        "pkg.quoted.text",
        x=as_variable(normal(2)),
        ids=[indices(3)(4), integers(0, 5, "int64")(2)],
        equation='a"b',
        note="it's {{ braces }} {0} \\ and\na line",
        limits=(float("-inf"), float("nan"), 1e-30),
        table={"deep": [None, True, (1,)]},
        output_dtype=DTYPE,
        wrt=("x",),
    ),
    layer("tf.keras.layers.Dropout", normal(2, 4), rate=0.5, training=choices(False, True)),
    loss("tf.keras.losses.MeanSquaredError", normal(2, 3), normal(2, 3)),
)

DEFECTS = (
    KnownDefect(
        id="cholesky-lower",
        cases="tf.raw_ops.Cholesky/*/float64/*",
        outcome="wrong",
        fingerprint="input: wrong 3/9",
        reason='The adjoint of A = LL^T is "symmetrised" only in part.',
        link="https://example.org/1",
        versions=("2.20", "2.21"),
    ),
    KnownDefect(
        id="exp-tail",
        cases="tf.raw_ops.Exp/tail/*",
        outcome="nan",
        fingerprint="x: nan 2/2",
        reason="exp(x) is positive everywhere.",
    ),
)


def example_plan() -> FilePlan:
    """The one file that these rows make."""
    (plan,) = plan_files(ROWS, DEFECTS)
    return plan


def an_entry(**changes: Any) -> Entry:
    """A derivative entry that is 1 where 2 is right."""
    entry = Entry(
        outcome=Outcome.WRONG,
        output="out[1]",
        input="x[0]",
        at=0.5,
        analytic=1.0,
        numeric=2.0,
        bound=1e-9,
        low=2.0,
        high=2.0,
        local="smooth",
    )
    return replace(entry, **changes)


def a_part(outcome: Outcome = Outcome.WRONG, **changes: Any) -> Part:
    """What was found for an input `x` of two entries, one of which ended as `outcome`."""
    counts = {"pass": 2} if outcome is Outcome.PASS else {"pass": 1, str(outcome): 1}
    worst = None if outcome is Outcome.PASS else an_entry(outcome=outcome)
    part = Part("x", (2,), "float64", outcome, 2, counts, worst)
    return replace(part, **changes)


def a_report(outcome: Outcome = Outcome.WRONG, *parts: Part, **changes: Any) -> Report:
    """A report with these parts, or with one of the outcome."""
    report = Report(
        subject="tf.raw_ops.Exp/2/float64/jacobian",
        outcome=outcome,
        parts=parts or (a_part(outcome),),
        point=("x = [0.5, -1.25]",),
        repeat="opcheck check tf.raw_ops.Exp/2/float64/jacobian --seed 0",
    )
    return replace(report, **changes)


def a_record(case: str = "tf.raw_ops.Exp/2/float64/jacobian", **changes: Any) -> dict[str, Any]:
    """One entry of a run's results: a plain pass."""
    return {
        "case": case,
        "op": case.partition("/")[0],
        "family": "unary",
        "check": "jacobian",
        "dtype": "float64",
        "outcome": "pass",
        "known": None,
        "compared": 4,
        "seconds": 0.25,
        "deviation": 1e-9,
        "ulps": 0.5,
        **changes,
    }
