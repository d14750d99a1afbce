"""Functional control flow, nested calls and Python functions, inside of graphs."""

from __future__ import annotations

from opcheck.domains import as_variable, between, normal
from opcheck.spec import COMPLEX128, DOUBLES, choices, function

ROWS = (
    function(
        "opcheck.compositions.call_in_graph",
        x=choices(normal(2), as_variable(normal(2, 2))),
        y=choices(normal(1, 2), as_variable(normal(2))),
        covers=("PartitionedCall", "StatefulPartitionedCall"),
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.case_by_index",
        x=choices(normal(2), as_variable(normal(2, 2))),
        index=choices(0, 1, 2, -1),
        covers=("Case", "StatelessCase"),
    ),
    function(
        "opcheck.compositions.cond_of_flag",
        x=choices(normal(2), as_variable(normal(2, 2))),
        y=choices(normal(2), as_variable(normal(2, 1))),
        flag=choices(False, True),
        covers=("If", "StatelessIf"),
    ),
    function(
        "opcheck.compositions.cond_of_value",
        x=choices(between(0.0, 1.0)(2), between(-1.0, 0.0)(3)),
        covers=("StatelessIf",),
    ),
    function(
        "opcheck.compositions.fold_left",
        x=choices(normal(3), normal(3, 2), normal(1, 2)),
        covers=("StatelessWhile",),
    ),
    function(
        "opcheck.compositions.fold_right",
        x=choices(normal(3), normal(3, 2), normal(1, 2)),
        covers=("StatelessWhile",),
    ),
    function(
        "opcheck.compositions.map_rows",
        x=normal(3, 2),
        y=choices(normal(3, 2), normal(3)),
        covers=("StatelessWhile",),
    ),
    function(
        "opcheck.compositions.python_function",
        x=normal(),
        y=normal(),
        covers=("EagerPyFunc",),
    ),
    # Its gradient forgets the forward pass once taken, so that a tape gives one row and no second.
    function(
        "opcheck.compositions.python_function",
        x=normal(2),
        y=normal(2, 1),
        covers=("EagerPyFunc",),
        variant="second_row",
    ),
    function("opcheck.compositions.recomputed", x=normal(2, 2), y=normal(2)),
    function(
        "opcheck.compositions.recomputed",
        x=normal(2),
        y=normal(2),
        dtypes=COMPLEX128,
        variant="complex",
    ),
    function(
        "opcheck.compositions.scan_rows",
        x=normal(3, 2),
        start=normal(2),
        reverse=choices(False, True),
        covers=("StatelessWhile",),
    ),
    function(
        "opcheck.compositions.while_counted",
        x=choices(normal(2), as_variable(normal(2, 2))),
        y=normal(2, 2),
        steps=choices(0, 1, 3),
        covers=("StatelessWhile", "While"),
    ),
    function(
        "opcheck.compositions.while_nested",
        x=normal(2),
        steps=choices(1, 4),
        covers=("StatelessIf", "StatelessWhile"),
    ),
    function(
        "opcheck.compositions.while_until_large",
        x=between(1.0, 2.0)(3),
        covers=("StatelessWhile",),
    ),
)
