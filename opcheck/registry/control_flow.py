"""Control flow as functions and as frames, nested calls, Python functions, what only passes on."""

from __future__ import annotations

from opcheck.domains import as_variable, between, distinct, normal, positive
from opcheck.spec import COMPLEX, DTYPES, FLOATS, REALS, choices, exactly, function, op

_BRANCHES = ("Merge", "Switch")
_FRAMES = ("Enter", "Exit", "Merge", "NextIteration", "Switch")
_SINGLES = ("bfloat16", "complex64", "float32")

ROWS = (
    function(
        "opcheck.compositions.call_in_graph",
        x=choices(normal(2), as_variable(normal(2, 2))),
        y=choices(normal(1, 2), as_variable(normal(2))),
        covers=("PartitionedCall", "StatefulPartitionedCall"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.case_by_index",
        x=choices(normal(2), as_variable(normal(2, 2))),
        index=choices(0, 1, 2, -1),
        covers=("Case", "StatelessCase"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.case_of_variable",
        x=normal(2),
        y=as_variable(normal(2)),
        index=choices(0, 1),
        covers=("Case",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.cond_of_flag",
        x=choices(normal(2), as_variable(normal(2, 2))),
        y=choices(normal(2), as_variable(normal(2, 1))),
        flag=choices(False, True),
        covers=("If", "StatelessIf"),
        dtypes=DTYPES,
    ),
    # In the other floating dtypes a number for a flag stops the process.
    function(
        "opcheck.compositions.cond_of_number",
        op=choices("If", "StatelessIf"),
        x=normal(2),
        number=choices(False, True, 3),
        covers=("If", "StatelessIf"),
    ),
    *(
        function(
            "opcheck.compositions.cond_of_number",
            op=op_name,
            x=normal(2),
            number=positive(),
            covers=(op_name,),
            dtypes=FLOATS,
            variant=f"floating-{op_name}",
        )
        for op_name in ("If", "StatelessIf")
    ),
    function(
        "opcheck.compositions.cond_of_value",
        x=choices(between(0.0, 1.0)(2), between(-1.0, 0.0)(3)),
        covers=("StatelessIf",),
        dtypes=REALS,
    ),
    function(
        "opcheck.compositions.debug_gradient",
        x=normal(2, 2),
        covers=("DebugGradientIdentity",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.debug_gradient_of_reference",
        x=normal(2, 2),
        covers=("DebugGradientRefIdentity",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.eager_const", x=normal(2), covers=("_EagerConst",), dtypes=DTYPES
    ),
    function(
        "opcheck.compositions.entry_at",
        x=distinct(4),
        op=choices("ArgMax", "ArgMin"),
        covers=("ArgMax", "ArgMin"),
        dtypes=REALS,
    ),
    # The row above goes to narrow dtypes at its first op alone.
    function(
        "opcheck.compositions.entry_at",
        x=distinct(4),
        op="ArgMin",
        covers=("ArgMin",),
        dtypes=("bfloat16", "float16", "float32"),
        variant="ArgMin",
    ),
    function(
        "opcheck.compositions.entry_at",
        x=distinct(4),
        op="ArgMax",
        dimension=exactly(0, "int64"),
        output_type=choices("int16", "int32", "uint16"),
        covers=("ArgMax",),
        variant="index-dtypes",
    ),
    function(
        "opcheck.compositions.entry_at",
        x=distinct(4),
        op="ArgMin",
        dimension=exactly(0, "int64"),
        output_type="int32",
        covers=("ArgMin",),
        variant="index-dtypes-ArgMin",
    ),
    function(
        "opcheck.compositions.fold_left",
        x=choices(normal(3), normal(3, 2), normal(1, 2)),
        covers=("StatelessWhile",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.fold_right",
        x=choices(normal(3), normal(3, 2), normal(1, 2)),
        covers=("StatelessWhile",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.frame_cond",
        x=choices(normal(2), normal(2, 2)),
        y=choices(normal(2), normal(2, 1)),
        flag=choices(False, True),
        covers=_BRANCHES,
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.frame_cond_of_value",
        x=choices(between(0.0, 1.0)(2), between(-1.0, 0.0)(3)),
        covers=_BRANCHES,
        dtypes=REALS,
    ),
    function(
        "opcheck.compositions.frame_switch",
        x=normal(2, 2),
        flag=choices(False, True),
        covers=_BRANCHES,
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.frame_while",
        x=choices(normal(2), normal(2, 2)),
        y=normal(2, 2),
        steps=choices(0, 1, 3),
        covers=_FRAMES,
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.frame_while_gather",
        x=choices(normal(3), normal(3, 2)),
        indices=[2, 0, 2],
        covers=_FRAMES,
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.frame_while_nested",
        x=normal(2),
        y=normal(2),
        steps=choices(1, 4),
        covers=_FRAMES,
        dtypes=REALS,
    ),
    function(
        "opcheck.compositions.frame_while_until_large",
        x=between(1.0, 2.0)(3),
        covers=_FRAMES,
        dtypes=REALS,
    ),
    function(
        "opcheck.compositions.map_rows",
        x=normal(3, 2),
        y=choices(normal(3, 2), normal(3)),
        covers=("StatelessWhile",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.python_function",
        x=normal(),
        y=normal(),
        covers=("EagerPyFunc",),
        dtypes=DTYPES,
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
        "opcheck.compositions.python_function_later",
        x=normal(),
        y=normal(),
        covers=("EagerPyFunc",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.python_function_of_index",
        x=normal(3),
        index=1,
        covers=("EagerPyFunc",),
        dtypes=DTYPES,
    ),
    function("opcheck.compositions.recomputed", x=normal(2, 2), y=normal(2), dtypes=REALS),
    function(
        "opcheck.compositions.recomputed",
        x=normal(2),
        y=normal(2),
        dtypes=COMPLEX,
        variant="complex",
    ),
    function(
        "opcheck.compositions.reference_cond",
        x=normal(2, 2),
        flag=choices(False, True),
        covers=("RefIdentity", "RefMerge", "RefSwitch"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.reference_identity",
        x=choices(normal(), normal(2, 2)),
        covers=("RefIdentity",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.reference_of_loop",
        x=normal(2),
        y=normal(2, 2),
        steps=choices(1, 3),
        covers=("RefEnter",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.reference_while",
        x=normal(2),
        y=normal(2, 2),
        steps=choices(0, 1, 3),
        covers=("RefEnter", "RefExit", "RefIdentity", "RefMerge", "RefNextIteration", "RefSwitch"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.scan_rows",
        x=normal(3, 2),
        start=normal(2),
        reverse=choices(False, True),
        covers=("StatelessWhile",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.while_counted",
        x=choices(normal(2), as_variable(normal(2, 2))),
        y=normal(2, 2),
        steps=choices(0, 1, 3),
        covers=("StatelessWhile", "While"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.while_nested",
        x=normal(2),
        steps=choices(1, 4),
        covers=("StatelessIf", "StatelessWhile"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.while_until_large",
        x=between(1.0, 2.0)(3),
        covers=("StatelessWhile",),
        dtypes=REALS,
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
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.xla_sharding",
        x=normal(2, 2),
        covers=("XlaSharding",),
        dtypes=DTYPES,
    ),
    op("DebugIdentityV2", input=normal(2, 2), tensor_debug_mode=1, dtypes=DTYPES),
    op("PreventGradient", input=normal(2), message="none", dtypes=DTYPES),
)
