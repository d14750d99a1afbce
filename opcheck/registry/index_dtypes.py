"""Indices, axes, shapes and counts in other integer dtypes than int32.

The other tables write integers as Python has them, which TensorFlow takes for int32.
"""

from __future__ import annotations

from opcheck.domains import distinct, nonzero, normal
from opcheck.spec import choices, exactly, op

# Where an op knows two integer dtypes at once, every combination with int32 is checked.
NO_PADDINGS = choices([[0, 0], [0, 0]], exactly([[0, 0], [0, 0]], "int64"))
BLOCK = choices([2, 2], exactly([2, 2], "int64"))
SHIFT = choices(1, exactly(1, "int64"))
AXIS = choices(0, exactly(0, "int64"))
PLACES = exactly([[0, 1], [1, 2]], "int64")
SORTED = exactly([0, 0, 1, 1, 1], "int64")
UNSORTED = choices([1, 0, 1, 0, 1], exactly([1, 0, 1, 0, 1], "int64"))
COUNT = choices(4, exactly(4, "int64"))

ROWS = (
    op(
        "BatchToSpace",
        input=normal(4, 1, 2, 1),
        crops=exactly([[0, 0], [0, 0]], "int64"),
        block_size=2,
        variant="int64",
    ),
    op(
        "BatchToSpaceND",
        input=normal(4, 1, 2, 2),
        block_shape=BLOCK,
        crops=NO_PADDINGS,
        variant="int64",
    ),
    op("BroadcastTo", input=normal(3), shape=exactly([2, 3], "int64"), variant="int64"),
    op("ConcatV2", values=[normal(1, 2), normal(3, 2)], axis=exactly(0, "int64"), variant="int64"),
    op("ConjugateTranspose", x=normal(2, 3, 2), perm=exactly([2, 0, 1], "int64"), variant="int64"),
    op(
        "Conv3DBackpropInputV2",
        input_sizes=exactly([1, 2, 3, 2, 1], "int64"),
        filter=normal(2, 2, 1, 1, 2),
        out_backprop=normal(1, 2, 3, 2, 2),
        strides=[1, 1, 1, 1, 1],
        padding="SAME",
        variant="int64",
    ),
    op("Cumprod", x=nonzero(2, 3), axis=exactly(-1, "int64"), variant="int64"),
    op("Cumsum", x=normal(2, 3), axis=exactly(-1, "int64"), variant="int64"),
    op("CumulativeLogsumexp", x=normal(2, 3), axis=exactly(-1, "int64"), variant="int64"),
    op("EuclideanNorm", input=nonzero(2, 3), axis=exactly([-1], "int64"), variant="int64"),
    op("ExpandDims", input=normal(2, 3), axis=exactly(-1, "int64"), variant="int64"),
    op("Fill", dims=exactly([3], "int64"), value=normal(), variant="int64"),
    op("Gather", params=normal(3, 2), indices=exactly([2, 0, 2], "int64"), variant="int64"),
    # The gradient is ScatterNd, whose kernels know int32 and int64 only.
    op(
        "GatherNd", params=normal(2, 3), indices=exactly([[0, 1], [1, 2]], "int16"), variant="int16"
    ),
    op("GatherNd", params=normal(2, 3), indices=PLACES, variant="int64"),
    op(
        "GatherV2",
        params=normal(3, 2),
        indices=choices([2, 0, 2], exactly([2, 0, 2], "int16"), exactly([2, 0, 2], "int64")),
        axis=AXIS,
        variant="int64",
    ),
    op(
        "MatrixBandPart",
        input=normal(3, 4),
        num_lower=exactly(-1, "int64"),
        num_upper=exactly(1, "int64"),
        variant="int64",
    ),
    op("Max", input=distinct(2, 3), axis=exactly([-1], "int64"), variant="int64"),
    op("Mean", input=normal(2, 3), axis=exactly([-1], "int64"), variant="int64"),
    op("Min", input=distinct(2, 3), axis=exactly([-1], "int64"), variant="int64"),
    op(
        "MirrorPad",
        input=normal(3),
        paddings=exactly([[2, 1]], "int64"),
        mode="REFLECT",
        variant="int64",
    ),
    op(
        "MirrorPadGrad",
        input=normal(4, 5),
        paddings=exactly([[1, 1], [0, 2]], "int64"),
        mode="SYMMETRIC",
        variant="int64",
    ),
    op("Pad", input=normal(2, 3), paddings=exactly([[0, 0], [1, 2]], "int64"), variant="int64"),
    op(
        "PadV2",
        input=normal(2, 3),
        paddings=exactly([[1, 0], [1, 2]], "int64"),
        constant_values=0.5,
        variant="int64",
    ),
    op("Prod", input=nonzero(2, 3), axis=exactly([-1], "int64"), variant="int64"),
    op("Reshape", tensor=normal(2, 3), shape=exactly([3, 2], "int64"), variant="int64"),
    op(
        "ReverseSequence",
        input=normal(2, 4),
        seq_lengths=exactly([3, 2], "int64"),
        seq_dim=1,
        variant="int64",
    ),
    op("ReverseV2", tensor=normal(2, 3), axis=exactly([0], "int64"), variant="int64"),
    op("Roll", input=normal(2, 3), shift=SHIFT, axis=AXIS, variant="int64"),
    op(
        "ScatterNd",
        indices=PLACES,
        updates=normal(2),
        shape=exactly([2, 3], "int64"),
        variant="int64",
    ),
    op(
        "ScatterNdNonAliasingAdd",
        input=normal(2, 3),
        indices=PLACES,
        updates=normal(2),
        variant="int64",
    ),
    op("SegmentMax", data=distinct(5), segment_ids=SORTED, variant="int64"),
    op("SegmentMean", data=normal(5), segment_ids=SORTED, variant="int64"),
    op("SegmentMin", data=distinct(5), segment_ids=SORTED, variant="int64"),
    op("SegmentProd", data=nonzero(5), segment_ids=SORTED, variant="int64"),
    op("SegmentSum", data=normal(5), segment_ids=SORTED, variant="int64"),
    op(
        "Slice",
        input=normal(5),
        begin=exactly([1], "int64"),
        size=exactly([3], "int64"),
        variant="int64",
    ),
    op(
        "SpaceToBatch",
        input=normal(1, 2, 4, 1),
        paddings=exactly([[0, 0], [0, 0]], "int64"),
        block_size=2,
        variant="int64",
    ),
    op(
        "SpaceToBatchND",
        input=normal(1, 2, 4, 2),
        block_shape=BLOCK,
        paddings=NO_PADDINGS,
        variant="int64",
    ),
    *(
        op(
            f"SparseSegment{kind}",
            data=normal(4, 2),
            indices=choices([3, 0, 3], exactly([3, 0, 3], "int64")),
            segment_ids=choices([0, 0, 2], exactly([0, 0, 2], "int64")),
            sparse_gradient=choices(False, True),
            variant="int64",
        )
        for kind in ("Mean", "SqrtN", "Sum")
    ),
    *(
        op(
            f"SparseSegment{kind}WithNumSegments",
            data=normal(4, 2),
            indices=choices([3, 0, 3], exactly([3, 0, 3], "int64")),
            segment_ids=choices([0, 0, 2], exactly([0, 0, 2], "int64")),
            num_segments=COUNT,
            variant="int64",
        )
        for kind in ("Mean", "SqrtN", "Sum")
    ),
    op(
        "SparseTensorDenseAdd",
        a_indices=PLACES,
        a_values=normal(2),
        a_shape=exactly([2, 3], "int64"),
        b=normal(2, 3),
        variant="int64",
    ),
    op(
        "SparseTensorDenseMatMul",
        a_indices=PLACES,
        a_values=normal(2),
        a_shape=[2, 3],
        b=normal(3, 2),
        variant="int64",
    ),
    op(
        "SparseToDense",
        sparse_indices=PLACES,
        output_shape=exactly([2, 3], "int64"),
        sparse_values=normal(2),
        default_value=normal(),
        variant="int64",
    ),
    op(
        "SplitV",
        value=normal(4, 2),
        size_splits=choices(exactly([1, 3], "int8"), exactly([1, 3], "int64")),
        axis=0,
        num_split=2,
        variant="int64",
    ),
    # The gradient is StridedSliceGrad, which knows int32 and int64 only.
    *(
        op(
            "StridedSlice",
            input=normal(5),
            begin=exactly([1], dtype),
            end=exactly([4], dtype),
            strides=exactly([1], dtype),
            variant=dtype,
        )
        for dtype in ("int16", "int64")
    ),
    op(
        "StridedSliceGrad",
        shape=exactly([6], "int64"),
        begin=exactly([1], "int64"),
        end=exactly([6], "int64"),
        strides=exactly([2], "int64"),
        dy=normal(3),
        variant="int64",
    ),
    op("Sum", input=normal(2, 3), axis=exactly([-1], "int64"), variant="int64"),
    *(
        op(
            f"TensorScatter{kind}",
            tensor=normal(2, 3),
            indices=PLACES,
            updates=distinct(2),
            variant="int64",
        )
        for kind in ("Add", "Max", "Min", "Sub", "Update")
    ),
    op(
        "TensorStridedSliceUpdate",
        input=normal(5),
        begin=exactly([1], "int64"),
        end=exactly([4], "int64"),
        strides=exactly([1], "int64"),
        value=normal(3),
        variant="int64",
    ),
    op("Tile", input=normal(3), multiples=exactly([2], "int64"), variant="int64"),
    op(
        "TopKV2",
        input=distinct(5),
        k=choices(exactly(2, "int16"), exactly(2, "int64")),
        variant="int64",
    ),
    op("Transpose", x=normal(2, 3), perm=exactly([1, 0], "int64"), variant="int64"),
    *(
        op(
            f"UnsortedSegment{kind}",
            data=distinct(5),
            segment_ids=UNSORTED,
            num_segments=COUNT,
            variant="int64",
        )
        for kind in ("Max", "Min", "Prod", "Sum")
    ),
    op(
        "UnsortedSegmentSum",
        data=normal(5),
        segment_ids=exactly([1, 0, 1, 0, 1], "int16"),
        num_segments=2,
        variant="int16",
    ),
)
