"""Control flow as functions and as frames, nested calls, Python functions, what only passes on."""

from __future__ import annotations

from opcheck.domains import as_variable, between, distinct, normal
from opcheck.spec import COMPLEX128, DOUBLES, choices, function, op

_BRANCHES = ("Merge", "Switch")
_FRAMES = ("Enter", "Exit", "Merge", "NextIteration", "Switch")
_SINGLES = ("complex64", "float32")

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
        "opcheck.compositions.debug_gradient",
        x=normal(2, 2),
        covers=("DebugGradientIdentity",),
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.debug_gradient_of_reference",
        x=normal(2, 2),
        covers=("DebugGradientRefIdentity",),
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.eager_const",
        x=normal(2),
        covers=("_EagerConst",),
    ),
    function(
        "opcheck.compositions.entry_at",
        x=distinct(4),
        op=choices("ArgMax", "ArgMin"),
        covers=("ArgMax", "ArgMin"),
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
        "opcheck.compositions.frame_cond",
        x=choices(normal(2), normal(2, 2)),
        y=choices(normal(2), normal(2, 1)),
        flag=choices(False, True),
        covers=_BRANCHES,
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.frame_cond_of_value",
        x=choices(between(0.0, 1.0)(2), between(-1.0, 0.0)(3)),
        covers=_BRANCHES,
    ),
    function(
        "opcheck.compositions.frame_switch",
        x=normal(2, 2),
        flag=choices(False, True),
        covers=_BRANCHES,
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.frame_while",
        x=choices(normal(2), normal(2, 2)),
        y=normal(2, 2),
        steps=choices(0, 1, 3),
        covers=_FRAMES,
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.frame_while_gather",
        x=choices(normal(3), normal(3, 2)),
        indices=[2, 0, 2],
        covers=_FRAMES,
    ),
    function(
        "opcheck.compositions.frame_while_nested",
        x=normal(2),
        y=normal(2),
        steps=choices(1, 4),
        covers=_FRAMES,
    ),
    function(
        "opcheck.compositions.frame_while_until_large",
        x=between(1.0, 2.0)(3),
        covers=_FRAMES,
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
    function(
        "opcheck.compositions.python_function_of_index",
        x=normal(3),
        index=1,
        covers=("EagerPyFunc",),
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
        "opcheck.compositions.reference_cond",
        x=normal(2, 2),
        flag=choices(False, True),
        covers=("RefIdentity", "RefMerge", "RefSwitch"),
    ),
    function(
        "opcheck.compositions.reference_identity",
        x=choices(normal(), normal(2, 2)),
        covers=("RefIdentity",),
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.reference_while",
        x=normal(2),
        y=normal(2, 2),
        steps=choices(0, 1, 3),
        covers=("RefEnter", "RefExit", "RefIdentity", "RefMerge", "RefNextIteration", "RefSwitch"),
        dtypes=DOUBLES,
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
    # A product that sums over what one side alone has is no product for its gradient.
    *(
        function(
            "opcheck.compositions.xla_einsum",
            a=normal(*a),
            b=normal(*b),
            equation=equation,
            covers=("XlaEinsum",),
            dtypes=_SINGLES,
            variant=variant,
        )
        for variant, equation, a, b in (
            ("matmul", "ij,jk->ik", (2, 3), (3, 2)),
            ("batch", "bij,bkj->bik", (2, 1, 2), (2, 2, 2)),
            ("outer", "i,j->ji", (2,), (3,)),
            ("sum", "ij,j->", (2, 2), (2,)),
        )
    ),
    function(
        "opcheck.compositions.xla_shard_to_full_shape",
        x=normal(2, 2),
        covers=("XlaSpmdShardToFullShape",),
        dtypes=DOUBLES,
    ),
    function(
        "opcheck.compositions.xla_sharding",
        x=normal(2, 2),
        covers=("XlaSharding",),
        dtypes=DOUBLES,
    ),
    op("DebugIdentityV2", input=normal(2, 2), tensor_debug_mode=1, dtypes=DOUBLES),
    op("PreventGradient", input=normal(2), message="none"),
)
