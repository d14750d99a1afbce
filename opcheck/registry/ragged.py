"""Ops on ragged tensors, given by their row splits or by the rows of their values."""

from __future__ import annotations

from opcheck.domains import between, normal
from opcheck.spec import DTYPES, choices, exactly, function, op, sample

# Rows of 2, 0, 1 and 1 values.
SPLITS = exactly([0, 2, 2, 3, 4], "int64")
SHORT_SPLITS = exactly([0, 2, 2, 3, 4], "int32")

ROWS = (
    function("opcheck.compositions.ragged_rows", x=normal(3), covers=("tf.RaggedTensor",)),
    function(
        "opcheck.compositions.of_composites",
        function="tf.ragged.boolean_mask",
        data=choices(normal(2, 2), {"values": normal(4), "row_lengths": [2, 2]}),
        mask=[[True, False], [True, True]],
        covers=("tf.ragged.boolean_mask",),
        variant="boolean_mask",
    ),
    function(
        "opcheck.compositions.mapped",
        function="tf.ragged.map_flat_values",
        tensors=[
            {"values": normal(3), "row_lengths": [1, 0, 2]},
            {"values": normal(3), "row_lengths": [1, 0, 2]},
        ],
        covers=("tf.ragged.map_flat_values",),
        variant="ragged",
    ),
    function(
        "opcheck.compositions.of_composites",
        function="tf.ragged.range",
        starts=between(0.0, 0.5)(2),
        limits=exactly([2.25, 1.25], "float64"),
        deltas=between(0.5, 0.7)(2),
        covers=("tf.ragged.range",),
        variant="range",
    ),
    function(
        "opcheck.compositions.of_composites",
        function="tf.ragged.stack",
        values=[{"values": normal(3), "row_lengths": [1, 2]}, normal(2, 2)],
        axis=choices(0, 1),
        covers=("tf.ragged.stack",),
        variant="stack",
    ),
    function(
        "opcheck.compositions.of_composites",
        function="tf.ragged.stack_dynamic_partitions",
        data=normal(4, 2),
        partitions=[2, 0, 2, 1],
        num_partitions=4,
        covers=("tf.ragged.stack_dynamic_partitions",),
        variant="stack_dynamic_partitions",
    ),
    op(
        "RaggedFillEmptyRows",
        value_rowids=choices(
            exactly([0, 0, 2, 4], "int64"),
            exactly([1, 1, 1, 3], "int64"),
            exactly([0, 1, 2, 3], "int64"),
        ),
        values=normal(4),
        nrows=exactly(5, "int64"),
        default_value=normal(),
        dtypes=DTYPES,
    ),
    op(
        "RaggedFillEmptyRows",
        value_rowids=exactly([], "int64"),
        values=normal(0),
        nrows=exactly(2, "int64"),
        default_value=normal(),
        variant="nothing",
    ),
    op(
        "RaggedFillEmptyRows",
        value_rowids=exactly([0, 1, 1], "int64"),
        values=normal(3),
        nrows=exactly(2, "int64"),
        default_value=normal(),
        variant="full",
    ),
    op(
        "RaggedGather",
        sample(
            "two-levels",
            params_nested_splits=[exactly([0, 2, 2, 3], "int64"), exactly([0, 1, 3, 3], "int64")],
            params_dense_values=normal(3, 2),
            indices=[2, 0, 2],
            OUTPUT_RAGGED_RANK=2,
        ),
        sample(
            "splits-int32",
            params_nested_splits=[SHORT_SPLITS],
            params_dense_values=normal(4),
            indices=[2, 0],
            OUTPUT_RAGGED_RANK=1,
        ),
        params_nested_splits=[SPLITS],
        params_dense_values=choices(normal(4), normal(4, 2)),
        indices=choices([2, 0], [0, 0, 1], [1], exactly([], "int32"), exactly([3, 2], "int64")),
        OUTPUT_RAGGED_RANK=1,
        dtypes=DTYPES,
    ),
    # One more level of rows for each axis of the indices.
    op(
        "RaggedGather",
        params_nested_splits=[SPLITS],
        params_dense_values=normal(4),
        indices=[[2, 0], [0, 1]],
        OUTPUT_RAGGED_RANK=2,
        variant="matrix",
    ),
    op(
        "RaggedTensorToSparse",
        sample("one", rt_nested_splits=[SPLITS], rt_dense_values=normal(4)),
        sample("inner-axis", rt_nested_splits=[SPLITS], rt_dense_values=normal(4, 2)),
        sample("splits-int32", rt_nested_splits=[SHORT_SPLITS], rt_dense_values=normal(4)),
        sample("nothing", rt_nested_splits=[exactly([0, 0], "int64")], rt_dense_values=normal(0)),
        sample(
            "two-levels",
            rt_nested_splits=[exactly([0, 2, 2, 3], "int64"), exactly([0, 1, 3, 3], "int64")],
            rt_dense_values=normal(3),
        ),
        dtypes=DTYPES,
    ),
    op(
        "RaggedTensorToTensor",
        sample(
            "row-ids",
            shape=[-1, -1],
            values=normal(4),
            default_value=normal(),
            row_partition_tensors=[exactly(4, "int64"), exactly([0, 0, 2, 3], "int64")],
            row_partition_types=["FIRST_DIM_SIZE", "VALUE_ROWIDS"],
        ),
        sample(
            "default-vector",
            shape=[4, 3, 2],
            values=normal(4, 2),
            default_value=normal(2),
            row_partition_tensors=[SPLITS],
            row_partition_types=["ROW_SPLITS"],
        ),
        sample(
            "default-scalar",
            shape=[4, 3, 2],
            values=normal(4, 2),
            default_value=normal(),
            row_partition_tensors=[SPLITS],
            row_partition_types=["ROW_SPLITS"],
        ),
        sample(
            "default-one",
            shape=[4, 3, 2],
            values=normal(4, 2),
            default_value=normal(1),
            row_partition_tensors=[SPLITS],
            row_partition_types=["ROW_SPLITS"],
        ),
        sample(
            "two-levels",
            shape=[-1, -1, -1],
            values=normal(3),
            default_value=normal(),
            row_partition_tensors=[
                exactly([0, 2, 2, 3], "int64"),
                exactly([0, 1, 3, 3], "int64"),
            ],
            row_partition_types=["ROW_SPLITS", "ROW_SPLITS"],
        ),
        sample(
            "shape-int64",
            shape=exactly([4, 2], "int64"),
            values=normal(4),
            default_value=normal(),
            row_partition_tensors=[SHORT_SPLITS],
            row_partition_types=["ROW_SPLITS"],
        ),
        # Cut, padded, or as long as the rows are.
        shape=choices([4, 1], [6, 4], [2, -1], [-1, -1]),
        values=normal(4),
        default_value=normal(),
        row_partition_tensors=[SPLITS],
        row_partition_types=["ROW_SPLITS"],
        dtypes=DTYPES,
    ),
)
