"""Branches of TensorFlow's gradient functions that no plain call takes.

Gradient functions ask what they can know: the shapes of their inputs, which gradients the tape
wants, and whether the gradient that comes is sparse.
"""

from __future__ import annotations

from opcheck.domains import (
    complex_normal,
    distinct,
    indices,
    integers,
    nonzero,
    normal,
    positive,
    well_conditioned,
)
from opcheck.spec import DTYPES, FLOAT32, WIDE, choices, exactly, function, op, sample

# What a graph knows of shapes.
KNOWN = choices("shapes", "ranks", "nothing")
COMPLEX64 = ("complex64",)
IN_GRAPH = "opcheck.branches.in_graph"
ROWS_OF = "opcheck.branches.rows_of"
ROWS_IN_GRAPH = "opcheck.branches.rows_in_graph"

ROWS = (
    # -- Shapes that a graph does not know until it runs
    *(
        function(IN_GRAPH, op=name, known=KNOWN, covers=(name,), variant=name, **arguments)
        for name, arguments in (
            ("AddV2", {"x": normal(2, 3), "y": normal(3)}),
            ("BroadcastTo", {"input": normal(1, 3), "shape": [2, 3]}),
            ("ConcatV2", {"values": [normal(2, 2), normal(2, 3)], "axis": choices(1, -1)}),
            ("Cumprod", {"x": nonzero(2, 3), "axis": 1}),
            ("Einsum", {"inputs": [normal(2, 1, 3), normal(3, 2)], "equation": "...ij,jk->...ik"}),
            ("ExpandDims", {"input": normal(2, 3), "axis": 1}),
            ("GatherV2", {"params": normal(3, 2), "indices": [1, 0, 1], "axis": choices(0, 1)}),
            ("MatMul", {"a": normal(2, 3), "b": normal(3, 2)}),
            ("MatrixDiagPart", {"input": normal(2, 3)}),
            ("MatrixSolveLs", {"matrix": normal(3, 2), "rhs": normal(3, 1), "l2_regularizer": 0.5}),
            ("MatrixDiagPartV2", {"input": normal(3, 4), "k": [-1, 1], "padding_value": 0.5}),
            ("MatrixDiagPartV3", {"input": normal(3, 4), "k": [-1, 1], "padding_value": 0.5}),
            ("Maximum", {"x": nonzero(2, 3), "y": nonzero(3)}),
            ("Max", {"input": normal(2, 3), "axis": [1]}),
            ("Mean", {"input": normal(2, 3), "axis": choices([1], [0, 1])}),
            ("Mul", {"x": normal(2, 3), "y": normal(2, 1)}),
            ("Pow", {"x": positive(2, 3), "y": normal(3)}),
            ("Prod", {"input": nonzero(2, 3), "axis": [1]}),
            ("RealDiv", {"x": normal(2, 3), "y": nonzero(3)}),
            ("Reshape", {"tensor": normal(2, 3), "shape": [3, 2]}),
            ("SquaredDifference", {"x": normal(2, 3), "y": normal(3)}),
            ("Sum", {"input": normal(2, 3), "axis": choices([1], [0, 1], [])}),
            ("Tile", {"input": normal(2, 2), "multiples": [2, 3]}),
            (
                "ExtractVolumePatches",
                {
                    "input": normal(1, 2, 3, 3, 1),
                    "ksizes": [1, 1, 2, 2, 1],
                    "strides": [1] * 5,
                    "padding": "VALID",
                },
            ),
            (
                "TridiagonalMatMul",
                {
                    "superdiag": normal(1, 3),
                    "maindiag": normal(1, 3),
                    "subdiag": normal(1, 3),
                    "rhs": normal(3, 2),
                },
            ),
            ("TridiagonalSolve", {"diagonals": nonzero(3, 3), "rhs": normal(3, 2)}),
            ("MatrixSetDiag", {"input": normal(2, 3), "diagonal": normal(2)}),
            ("MatrixSetDiagV2", {"input": normal(3, 4), "diagonal": normal(3), "k": 0}),
            ("MatrixSetDiagV3", {"input": normal(3, 4), "diagonal": normal(3), "k": 0}),
            ("ResizeNearestNeighbor", {"images": normal(1, 3, 4, 1), "size": [2, 3]}),
        )
    ),
    # -- One gradient wanted of two
    *(
        op(
            "MatMul",
            a=normal(2, 2),
            b=normal(2, 2),
            wrt=(name,),
            variant=f"wrt-{name}",
            transpose_a=choices(False, True),
            transpose_b=choices(False, True),
        )
        for name in "ab"
    ),
    *(
        op(name, x=nonzero(2, 3), y=nonzero(2, 3), wrt=(wrt,), variant=f"wrt-{wrt}")
        for name in ("Maximum", "Minimum")
        for wrt in "xy"
    ),
    op("Pow", x=positive(2, 3), y=normal(2, 3), wrt=("x",), variant="wrt-x"),
    op("Pow", x=positive(2, 3), y=normal(2, 3), wrt=("y",), variant="wrt-y"),
    # -- Gradients that come as rows
    function(
        ROWS_OF,
        op="ConcatV2",
        rows=choices([1], [3, 0, 3]),
        values=[normal(2, 2), normal(2, 2)],
        axis=choices(0, -2),
        covers=("ConcatV2",),
        variant="ConcatV2-0",
    ),
    function(
        ROWS_OF,
        op="ConcatV2",
        rows=[1, 0, 1],
        values=[normal(2, 1), normal(2, 2)],
        axis=1,
        covers=("ConcatV2",),
        variant="ConcatV2-1",
    ),
    function(
        ROWS_OF,
        op="Tile",
        rows=[3, 0, 2],
        input=normal(2, 2),
        multiples=[2, 2],
        covers=("Tile",),
        variant="Tile",
        dtypes=DTYPES,
    ),
    function(
        ROWS_OF,
        op="DynamicStitch",
        rows=[3, 0, 3],
        indices=[[0, 2], [1, 3]],
        data=[normal(2, 2), normal(2, 2)],
        covers=("DynamicStitch",),
        variant="DynamicStitch",
    ),
    function(
        ROWS_IN_GRAPH,
        op="ConcatV2",
        known="shapes",
        rows=[1, 0],
        values=[normal(2, 1), normal(2, 2)],
        axis=integers(1, 2)(),
        covers=("ConcatV2",),
        variant="ConcatV2-drawn-axis",
    ),
    function(
        ROWS_IN_GRAPH,
        op="ConcatV2",
        known=choices("shapes", "ranks", "nothing"),
        rows=[1, 0],
        values=[normal(2, 1), normal(2, 2)],
        axis=-1,
        covers=("ConcatV2",),
        variant="ConcatV2-from-behind",
    ),
    function(
        "opcheck.compositions.reshaped_rows",
        x=normal(2, 3),
        shape=[3, 2],
        indices=[2, 0, 2],
        covers=("Reshape",),
    ),
    # -- Numbers that a graph does not know until it runs
    function(
        IN_GRAPH,
        op="ConcatV2",
        known=choices("shapes", "nothing"),
        values=[normal(2, 2), normal(2, 2)],
        axis=integers(0, 2)(),
        covers=("ConcatV2",),
        variant="ConcatV2-drawn-axis",
    ),
    function(
        IN_GRAPH,
        op="BroadcastTo",
        known="shapes",
        input=normal(1),
        shape=integers(2, 4)(2),
        covers=("BroadcastTo",),
        variant="BroadcastTo-drawn-shape",
    ),
    function(
        IN_GRAPH,
        op="IRFFT",
        known="shapes",
        input=complex_normal(3),
        fft_length=integers(4, 6)(1),
        Treal="float64",
        covers=("IRFFT",),
        variant="IRFFT-drawn-length",
    ),
    function(
        IN_GRAPH,
        op="GatherV2",
        known=choices("ranks", "nothing"),
        params=normal(2, 3),
        indices=indices(3)(2, 2),
        axis=1,
        batch_dims=-1,
        covers=("GatherV2",),
        variant="GatherV2-batch-from-behind",
    ),
    function(
        IN_GRAPH,
        op="Reshape",
        known="columns",
        tensor=normal(2, 0),
        shape=[0, 2],
        covers=("Reshape",),
        variant="Reshape-no-columns",
    ),
    function(
        IN_GRAPH,
        op="RaggedTensorToTensor",
        known=KNOWN,
        shape=[4, 3, 2, 2],
        values=normal(4, 2, 2),
        default_value=choices(normal(2, 2), normal(1, 2)),
        row_partition_tensors=[exactly([0, 2, 2, 3, 4], "int64")],
        row_partition_types=["ROW_SPLITS"],
        covers=("RaggedTensorToTensor",),
        variant="RaggedTensorToTensor",
    ),
    # -- Ellipses on one side, and labels behind them
    op(
        "Einsum",
        sample(
            "ij_...jk-...ik", inputs=[normal(2, 3), normal(2, 3, 2)], equation="ij,...jk->...ik"
        ),
        sample(
            "...ij_jk-...ik", inputs=[normal(2, 2, 3), normal(3, 2)], equation="...ij,jk->...ik"
        ),
        sample("behind", inputs=[normal(2, 3, 2)], equation="a...b->a..."),
        sample(
            "both",
            inputs=[normal(2, 2, 3), normal(2, 3, 1)],
            equation="...ij,...jk->...ik",
        ),
        variant="ellipsis",
    ),
    # -- The rest
    op("Concat", concat_dim=1, values=[normal(2, 1), normal(2, 2)], variant="two"),
    op("ConcatV2", values=[normal(1, 1)] * 18, axis=0, variant="many"),
    function(
        "opcheck.compositions.csr_matmul",
        a=normal(3),
        b=normal(2, 2, 2),
        indices=[[0, 0, 1], [0, 1, 0], [1, 1, 1]],
        shape=[2, 2, 2],
        covers=("SparseMatrixMatMul",),
        variant="batch",
    ),
    # -- Formats of images: the gradient of a gradient is written in Python for each
    function(
        "opcheck.branches.batch_norm_grad",
        sample(
            "NCHW",
            op="FusedBatchNormGrad",
            dy=normal(2, 2, 1, 2),
            x=normal(2, 2, 1, 2),
            scale=nonzero(2),
            data_format="NCHW",
        ),
        sample(
            "NCHW-V3",
            op="FusedBatchNormGradV3",
            dy=normal(2, 2, 1, 2),
            x=normal(2, 2, 1, 2),
            scale=nonzero(2),
            data_format="NCHW",
        ),
        sample(
            "NDHWC",
            op="FusedBatchNormGradV3",
            dy=normal(2, 1, 1, 2, 2),
            x=normal(2, 1, 1, 2, 2),
            scale=nonzero(2),
            data_format="NDHWC",
        ),
        sample(
            "NCDHW",
            op="FusedBatchNormGradV3",
            dy=normal(2, 2, 1, 1, 2),
            x=normal(2, 2, 1, 1, 2),
            scale=nonzero(2),
            data_format="NCDHW",
        ),
        sample(
            "NCHW-one-channel",
            op="FusedBatchNormGradV3",
            dy=normal(2, 1, 1, 2),
            x=normal(2, 1, 1, 2),
            scale=nonzero(1),
            data_format="NCHW",
        ),
        dtypes=FLOAT32,
        covers=("FusedBatchNormGrad", "FusedBatchNormGradV3"),
    ),
    function(
        "opcheck.branches.batch_norm_grad",
        op=choices("FusedBatchNormGradV2", "FusedBatchNormGradV3"),
        dy=normal(2, 2, 1, 2),
        x=normal(2, 2, 1, 2),
        scale=exactly([0.75, -1.5], "float32"),
        data_format="NHWC",
        dtypes=("bfloat16", "float16"),
        covers=("FusedBatchNormGradV2", "FusedBatchNormGradV3"),
        variant="short",
    ),
    function(
        "opcheck.branches.batch_norm_grad",
        sample(
            "NDHWC",
            op="FusedBatchNormGradV3",
            dy=normal(2, 1, 1, 2, 2),
            x=normal(2, 1, 1, 2, 2),
            scale=nonzero(2),
            data_format="NDHWC",
            is_training=False,
        ),
        sample(
            "NCHW",
            op="FusedBatchNormGradV3",
            dy=normal(2, 2, 1, 2),
            x=normal(2, 2, 1, 2),
            scale=nonzero(2),
            data_format="NCHW",
            is_training=False,
        ),
        dtypes=FLOAT32,
        covers=("FusedBatchNormGradV3",),
        variant="inference",
    ),
    *(
        op(
            "FusedBatchNormV3",
            x=normal(*shape),
            scale=nonzero(2),
            offset=normal(2),
            mean=[0.25, -0.5],
            variance=[0.75, 1.5],
            is_training=False,
            data_format=data_format,
            judged=(0,),
            dtypes=FLOAT32,
            variant=data_format,
        )
        for data_format, shape in (("NDHWC", (2, 1, 1, 2, 2)), ("NCDHW", (2, 2, 1, 1, 2)))
    ),
    # -- Short and complex dtypes
    op(
        "SparseMatMul",
        a=normal(2, 3),
        b=normal(3, 2),
        dtypes=("bfloat16",),
        variant="short",
        unjudged_at=("all=huge",),
    ),
    function(
        "opcheck.branches.svd_product",
        x=normal,
        shapes=((2, 2), (3, 2), (2, 3)),
        covers=("Svd",),
        dtypes=WIDE,
    ),
    function(
        "opcheck.branches.python_function_in_graph",
        x=normal(2),
        y=normal(2),
        covers=("EagerPyFunc",),
        dtypes=DTYPES,
    ),
    function(
        IN_GRAPH,
        op="Reshape",
        known="columns",
        tensor=normal(2, 3),
        shape=[3, 2],
        covers=("Reshape",),
        variant="Reshape-one-unknown",
    ),
    function(
        IN_GRAPH,
        op="ConcatV2",
        known="shapes",
        values=[normal(1)] * 18,
        axis=0,
        covers=("ConcatV2",),
        variant="ConcatV2-many",
    ),
    function(
        IN_GRAPH,
        op="Sum",
        known="ranks",
        input=normal(2, 3),
        axis=indices(2)(1),
        covers=("Sum",),
        variant="Sum-drawn-axis",
    ),
    function(
        ROWS_OF,
        op="ConcatV2",
        rows=indices(4, "int64")(3),
        values=[normal(2, 2), normal(2, 2)],
        axis=0,
        covers=("ConcatV2",),
        variant="ConcatV2-int64",
    ),
    function(
        IN_GRAPH,
        op="CropAndResize",
        known=choices("shapes", "ranks"),
        image=normal(1, 3, 4, 1),
        boxes=[[0.1, 0.2, 0.7, 0.9]],
        box_ind=[0],
        crop_size=[2, 3],
        dtypes=FLOAT32,
        covers=("CropAndResize",),
        variant="CropAndResize",
    ),
    op(
        "IRFFT",
        input=complex_normal(3),
        fft_length=[4],
        Treal="float32",
        dtypes=COMPLEX64,
        variant="single",
    ),
    # -- Refused by the gradient function
    op("Svd", input=normal(4, 2), full_matrices=True, judged=(0,), variant="taller-full"),
    function(
        IN_GRAPH, op="Qr", known="ranks", input=well_conditioned(2, 2), covers=("Qr",), variant="Qr"
    ),
    function(
        IN_GRAPH,
        op="Svd",
        known="ranks",
        input=well_conditioned(2, 2),
        covers=("Svd",),
        variant="Svd",
    ),
    # -- Values of attributes
    op("Angle", input=complex_normal(3), Tout="float32", dtypes=COMPLEX64, variant="single"),
    op("ComplexAbs", x=complex_normal(3), Tout="float32", dtypes=COMPLEX64, variant="single"),
    op("Imag", input=complex_normal(3), Tout="float32", dtypes=COMPLEX64, variant="single"),
    op("Real", input=complex_normal(3), Tout="float32", dtypes=COMPLEX64, variant="single"),
    op(
        "Complex",
        real=normal(3),
        imag=normal(3),
        Tout="complex64",
        dtypes=FLOAT32,
        variant="single",
    ),
    op(
        "RFFT",
        input=normal(4),
        fft_length=[4],
        Tcomplex="complex64",
        dtypes=FLOAT32,
        variant="single",
    ),
    op(
        "RFFT2D",
        input=normal(2, 4),
        fft_length=[2, 4],
        Tcomplex="complex64",
        dtypes=FLOAT32,
        variant="single",
    ),
    op(
        "IRFFT2D",
        input=complex_normal(2, 3),
        fft_length=[2, 4],
        Treal="float32",
        dtypes=COMPLEX64,
        variant="single",
    ),
    op(
        "MatMul",
        a=normal(2, 3),
        b=normal(3, 2),
        grad_a=choices(False, True),
        grad_b=choices(False, True),
        variant="hints",
    ),
    *(
        op(
            name,
            x=normal(2, 2, 3),
            y=normal(2, 3, 1),
            grad_x=choices(False, True),
            grad_y=choices(False, True),
            variant="hints",
        )
        for name in ("BatchMatMul", "BatchMatMulV2")
    ),
    op(
        "BatchMatMulV3",
        x=normal(2, 2, 3),
        y=normal(2, 3, 1),
        Tout="float32",
        grad_x=choices(False, True),
        grad_y=choices(False, True),
        dtypes=FLOAT32,
        variant="hints",
        unjudged_at=("all=huge",),
    ),
    op(
        "Conv2D",
        input=normal(1, 3, 3, 1),
        filter=normal(2, 2, 1, 1),
        strides=[1, 1, 1, 1],
        padding="VALID",
        use_cudnn_on_gpu=False,
        variant="no-cudnn",
    ),
    op(
        "Conv2DBackpropFilter",
        input=normal(1, 3, 3, 1),
        filter_sizes=[2, 2, 1, 1],
        out_backprop=normal(1, 2, 2, 1),
        strides=[1, 1, 1, 1],
        padding="VALID",
        use_cudnn_on_gpu=False,
        variant="no-cudnn",
    ),
    op(
        "Conv2DBackpropInput",
        input_sizes=[1, 3, 3, 1],
        filter=normal(2, 2, 1, 1),
        out_backprop=normal(1, 2, 2, 1),
        strides=[1, 1, 1, 1],
        padding="VALID",
        use_cudnn_on_gpu=False,
        variant="no-cudnn",
    ),
    # The image in a short dtype, its statistics in single precision.
    *(
        op(
            name,
            x=normal(2, 1, 2, 2),
            scale=exactly([0.75, -1.5], "float32"),
            offset=exactly([0.25, 0.5], "float32"),
            mean=exactly([], "float32"),
            variance=exactly([], "float32"),
            judged=(0,),
            dtypes=("bfloat16", "float16"),
            variant="short",
            unjudged_at=("x=huge",),
        )
        for name in ("FusedBatchNormV2", "FusedBatchNormV3")
    ),
    function(
        "opcheck.branches.batch_norm_grad",
        op="FusedBatchNormGradV2",
        dy=normal(2, 2, 1, 2),
        x=normal(2, 2, 1, 2),
        scale=nonzero(2),
        data_format="NCHW",
        dtypes=FLOAT32,
        covers=("FusedBatchNormGradV2",),
        variant="V2",
    ),
    *(
        op("TopKV2", input=distinct(2, 4), k=integers(2, 3, dtype)(), variant=f"k-{dtype}")
        for dtype in ("int16", "int64")
    ),
)
