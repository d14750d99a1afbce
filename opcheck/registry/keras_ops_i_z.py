"""Public functions of `keras.ops` from `i` to `z`, with those of `keras.ops.image`."""

from __future__ import annotations

import math
from typing import Any

from opcheck.domains import (
    between,
    complex_normal,
    distinct,
    lower_triangular,
    near,
    nonzero,
    normal,
    positive,
    simplex,
    spd,
    upper_triangular,
    well_conditioned,
)
from opcheck.spec import COMPLEX128, DTYPE, FLOAT32, choices, exactly, function, sample

_ALONE = ((2, 3),)
_PAIR = (((2, 2), (2, 2)), ((2, 1), (3,)))
_NO_QUOTIENT = ("all=zeros", "x2=two-zeros", "x2=zero", "x2=zeros")

# Of functions that move or add up entries, whatever these are.
_entries = between(0.25, 0.75)

_FROM: dict[str, Any] = {"start_points": [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]]}
_MOVED = [[0.25, 0.75], [2.25, 0.75], [0.25, 2.75], [2.25, 2.75]]
_TURNED = [[0.2, 0.1], [2.1, 0.2], [0.1, 1.8], [1.9, 2.2]]

ROWS = (
    # -- Elementwise ---------------------------------------------------------------------------
    *(
        function(f"keras.ops.{name}", x=normal, shapes=_ALONE)
        for name in (
            "log_sigmoid",
            "nan_to_num",
            "relu",
            "relu6",
            "selu",
            "sigmoid",
            "silu",
            "softplus",
            "softsign",
            "sparse_plus",
            "sparse_sigmoid",
            "square",
            "tanh",
            "tanh_shrink",
        )
    ),
    *(
        function(f"keras.ops.{name}", x=_entries, shapes=_ALONE)
        for name in (
            "imag",
            "negative",
            "ones_like",
            "rad2deg",
            "ravel",
            "real",
            "transpose",
            "zeros_like",
        )
    ),
    *(
        function(f"keras.ops.{name}", x=complex_normal(2), variant="complex", dtypes=COMPLEX128)
        for name in ("imag", "negative", "real", "sin", "square", "tanh", "view_as_real")
    ),
    *(
        function(f"keras.ops.{name}", x=normal, shapes=_ALONE, unjudged_at=("x=huge",))
        for name in ("i0", "sin", "sinc", "sinh")
    ),
    *(
        function(f"keras.ops.{name}", x=positive, shapes=_ALONE, unjudged_at=("x=zeros",))
        for name in ("log", "log10", "log2", "reciprocal", "rsqrt")
    ),
    *(
        function(f"keras.ops.{name}", x=between(-2.5, 2.5), shapes=_ALONE)
        for name in ("sign", "tan", "trunc")
    ),
    function("keras.ops.leaky_relu", x=normal(2, 3), negative_slope=choices(0.2, 0.5)),
    function("keras.ops.log1p", x=between(-1.0, 2.0), shapes=_ALONE, unjudged_at=("x=low",)),
    function("keras.ops.round", x=between(-2.5, 2.5)(2, 3), decimals=choices(0, 1)),
    function(
        "keras.ops.saturate_cast", x=between(-4.0, 4.0)(2, 3), dtype=choices("float32", DTYPE)
    ),
    function("keras.ops.soft_shrink", x=between(-2.0, 2.0)(2, 3), threshold=choices(0.5, 0.75)),
    function("keras.ops.sqrt", x=positive, shapes=_ALONE),
    # Of negative numbers the slope is a difference of two halves; where they are huge, or b is
    # nothing beside them, only its rounding is left.
    function(
        "keras.ops.squareplus",
        sample("signed", x=normal(3), b=4),
        x=positive(2, 3),
        b=choices(4, 1),
    ),
    function(
        "keras.ops.squareplus",
        sample("signed", x=normal(2), b=positive(2)),
        x=positive(3),
        b=positive(3),
        variant="tensor",
    ),
    function("keras.ops.stop_gradient", variable=_entries(2, 3)),
    function("keras.ops.threshold", x=between(-2.0, 2.0)(2, 3), threshold=0.5, default_value=0.0),
    function(
        "keras.ops.threshold",
        x=between(1.0, 2.0)(3),
        threshold=between(1.25, 1.75)(3),
        default_value=normal(3),
        variant="tensors",
    ),
    # -- Of two --------------------------------------------------------------------------------
    *(
        function(f"keras.ops.{name}", x1=normal, x2=normal, shapes=_PAIR)
        for name in (
            "logaddexp",
            "logaddexp2",
            "maximum",
            "minimum",
        )
    ),
    *(
        function(f"keras.ops.{name}", x1=_entries, x2=_entries, shapes=_PAIR)
        for name in ("multiply", "subtract")
    ),
    function(
        "keras.ops.multiply",
        x1=complex_normal(2),
        x2=complex_normal(2),
        variant="complex",
        dtypes=COMPLEX128,
    ),
    function("keras.ops.ldexp", x1=normal(2, 2), x2=exactly([1, -2], "int32")),
    function("keras.ops.mod", x1=between(0.2, 0.8)(2, 2), x2=between(1.0, 2.0)(2, 2)),
    function("keras.ops.mod", x1=between(-1.8, -1.2)(3), x2=between(-1.0, -0.7)(3), variant="down"),
    function("keras.ops.nextafter", x1=_entries(3), x2=_entries(3)),
    function(
        "keras.ops.polar",
        abs_=positive(2, 2),
        angle=normal(2, 2),
        unjudged_at=("all=huge", "angle=huge"),
    ),
    function("keras.ops.power", x1=positive(2, 2), x2=between(1.5, 3.0)(2)),
    function(
        "keras.ops.power",
        x1=nonzero(4),
        x2=exactly([0.0, 1.0, 2.0, 3.0], "float64"),
        variant="whole",
        wrt=("x1",),
    ),
    function(
        "keras.ops.true_divide", x1=normal, x2=nonzero, shapes=_PAIR, unjudged_at=_NO_QUOTIENT
    ),
    function(
        "keras.ops.psnr",
        x1=between(0.5, 0.9)(2, 2),
        x2=between(0.1, 0.4)(2, 2),
        max_val=choices(1.0, 2.0),
    ),
    # -- Products ------------------------------------------------------------------------------
    function("keras.ops.inner", x1=_entries, x2=_entries, shapes=(((2, 3), (2, 3)), ((), (2,)))),
    function("keras.ops.kron", x1=_entries, x2=_entries, shapes=(((2, 1), (1, 2)), ((2,), (2, 2)))),
    function(
        "keras.ops.matmul",
        x1=_entries,
        x2=_entries,
        shapes=(((2, 3), (3, 2)), ((3,), (3,)), ((2, 2), (2,)), ((2, 1, 2), (2, 2))),
    ),
    function(
        "keras.ops.matmul",
        x1=complex_normal(2, 2),
        x2=complex_normal(2, 1),
        variant="complex",
        dtypes=COMPLEX128,
    ),
    function("keras.ops.outer", x1=_entries(2), x2=_entries(2, 2)),
    function(
        "keras.ops.tensordot",
        x1=_entries(2, 3),
        x2=_entries(3, 2),
        axes=choices(0, 1, [[0, 1], [1, 0]]),
    ),
    function("keras.ops.vdot", x1=_entries(2, 2), x2=_entries(2, 2)),
    function(
        "keras.ops.vdot",
        x1=complex_normal(3),
        x2=complex_normal(3),
        variant="complex",
        dtypes=COMPLEX128,
    ),
    # -- Reductions ----------------------------------------------------------------------------
    *(
        function(
            f"keras.ops.{name}",
            sample("all", x=domain(2, 2)),
            sample("axis", x=domain(2, 2), axis=1),
            sample("axes", x=domain(2, 2), axis=[0, 1], keepdims=True),
        )
        for name, domain in (
            ("logsumexp", normal),
            ("max", distinct),
            ("mean", _entries),
            ("median", distinct),
            ("min", distinct),
            ("nanmax", distinct),
            ("nanmean", _entries),
            ("nanmin", distinct),
            ("nanprod", normal),
            ("nanstd", normal),
            ("nansum", _entries),
            ("nanvar", normal),
            ("prod", normal),
            ("ptp", distinct),
            ("std", normal),
            ("sum", _entries),
            ("var", normal),
        )
    ),
    *(
        function(f"keras.ops.{name}", x=distinct(3), initial=choices(-9.0, 9.0), variant="initial")
        for name in ("max", "min")
    ),
    *(
        function(f"keras.ops.{name}", x=complex_normal(3), variant="complex", dtypes=COMPLEX128)
        for name in ("mean", "norm", "prod", "std", "sum", "var")
    ),
    *(
        function(
            "opcheck.compositions.keras_without_nan",
            x=distinct(2, 2),
            name=name,
            axis=choices(None, 1),
            variant=name,
        )
        for name in (
            "nanmax",
            "nanmean",
            "nanmedian",
            "nanmin",
            "nanprod",
            "nanstd",
            "nansum",
            "nanvar",
        )
    ),
    *(
        function(
            "opcheck.compositions.keras_without_nan",
            x=distinct(2, 2),
            name=name,
            axis=1,
            variant=name,
        )
        for name in ("nancumprod", "nancumsum")
    ),
    function(
        "keras.ops.nanmedian",
        sample("all", x=distinct(2)),
        sample("axis", x=distinct(1, 2), axis=1, keepdims=True),
    ),
    *(
        function(
            f"keras.ops.{prefix}{name}",
            sample("all", x=distinct(size), q=0.3 * scale),
            *(
                sample(method, x=distinct(1, size), q=0.3 * scale, axis=1, method=method)
                for method in ("linear", "lower", "higher", "midpoint", "nearest")
            ),
            sample(
                "several", x=distinct(size, 1), q=[0.3 * scale, 0.9 * scale], axis=0, keepdims=True
            ),
        )
        # Those that pass over NaN take some milliseconds a call.
        for prefix, size in (("", 3), ("nan", 2))
        for name, scale in (("percentile", 100.0), ("quantile", 1.0))
    ),
    *(
        function(
            f"keras.ops.{name}",
            x=distinct(4),
            q=between(0.4 * scale, 0.6 * scale)(2),
            variant="tensor",
        )
        for name, scale in (("percentile", 100.0), ("quantile", 1.0))
    ),
    *(
        function(f"keras.ops.{name}", x=normal(2, 3), axis=choices(None, 0, -1))
        for name in ("nancumprod", "nancumsum")
    ),
    function(
        "keras.ops.moments",
        x=normal(2, 3),
        axes=choices([0], [0, 1]),
        keepdims=choices(False, True),
    ),
    function(
        "keras.ops.norm",
        *(
            sample(f"vector-{order}", x=normal(2, 3), ord=order, axis=1)
            for order in (None, 0, 1, 2, 3, math.inf, -math.inf)
        ),
        *(
            sample(f"matrix-{order}", x=normal(2, 2), ord=order, axis=[0, 1], keepdims=order == 1)
            for order in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
        ),
    ),
    function("keras.ops.trace", x=_entries(2, 3), offset=choices(0, 1)),
    function("keras.ops.trace", x=_entries(2, 1, 2), axis1=2, axis2=0, variant="axes"),
    function("keras.ops.trapezoid", y=_entries(2, 3), dx=choices(1.0, 0.5), axis=choices(-1, 0)),
    function("keras.ops.trapezoid", y=_entries(3), x=_entries(3), variant="places"),
    *(
        function(
            f"keras.ops.segment_{name}",
            sample(
                "sorted", data=domain(4, 2), segment_ids=exactly([0, 0, 1, 2], "int32"), sorted=True
            ),
            sample("unsorted", data=domain(4, 2), segment_ids=exactly([2, 0, 1, 0], "int32")),
            sample(
                "number", data=domain(3), segment_ids=exactly([1, 0, 1], "int32"), num_segments=2
            ),
        )
        for name, domain in (
            ("max", distinct),
            ("min", distinct),
            ("prod", normal),
            ("sum", _entries),
        )
    ),
    # -- Normalizations, activations of several ------------------------------------------------
    function("keras.ops.layer_normalization", x=normal(2, 3), gamma=_entries(3), beta=_entries(3)),
    function(
        "keras.ops.layer_normalization",
        x=normal(2, 2, 2),
        axis=choices(1, [1, 2]),
        epsilon=0.1,
        variant="axes",
    ),
    function(
        "keras.ops.layer_normalization",
        x=normal(2, 3),
        gamma=_entries(3),
        rms_scaling=True,
        variant="rms",
    ),
    function(
        "keras.ops.log_softmax",
        x=normal(2, 3),
        axis=choices(-1, 0, (0, 1)),
    ),
    function("keras.ops.normalize", x=normal(2, 3), axis=choices(-1, 0), order=choices(1, 2, 3)),
    function("keras.ops.rms_normalization", x=normal(2, 3), scale=_entries(3)),
    function(
        "keras.ops.rms_normalization",
        x=normal(2, 3),
        axis=choices(0, [0, 1]),
        epsilon=0.1,
        variant="axes",
    ),
    function("keras.ops.softmax", x=normal(2, 3), axis=choices(-1, 0, (0, 1))),
    function(
        "keras.ops.sparsemax",
        sample("near", x=between(-0.1, 0.1)(3)),
        sample("far", x=between(-2.0, 2.0)(3)),
        sample("columns", x=between(-2.0, 2.0)(2, 1), axis=0),
    ),
    function(
        "keras.ops.sparse_categorical_crossentropy",
        target=[0, 2],
        output=simplex(2, 3),
        unjudged_at=("output=vertex",),
        variant="shares",
    ),
    function(
        "keras.ops.sparse_categorical_crossentropy",
        target=[[0], [2]],
        output=normal(2, 3),
        from_logits=True,
    ),
    # -- Linear algebra, transforms ------------------------------------------------------------
    function("keras.ops.inv", x=well_conditioned(2, 2), unjudged_at=("x=singular", "x=zeros")),
    function("keras.ops.logdet", x=spd(2, 2)),
    function(
        "keras.ops.lstsq",
        a=well_conditioned(2, 2),
        b=normal(2, 1),
        unjudged_at=("a=singular", "a=zeros", "all=zeros"),
    ),
    # Special points of a single column keep its rank.
    function(
        "keras.ops.lstsq",
        sample("3x2", a=normal(3, 2), b=normal(3)),
        sample("column", a=_entries(3, 1), b=_entries(3, 3)),
        variant="tall",
    ),
    function(
        "keras.ops.lu_factor", x=well_conditioned(2, 2), unjudged_at=("x=singular", "x=zeros")
    ),
    function("keras.ops.pinv", x=well_conditioned(2, 2), unjudged_at=("x=singular", "x=zeros")),
    function(
        "keras.ops.pinv",
        *(sample(f"{m}x{n}", x=normal(m, n)) for m, n in ((3, 2), (2, 3))),
        sample("column", x=_entries(7, 1)),
        variant="oblong",
    ),
    function("keras.ops.qr", x=well_conditioned(2, 2), unjudged_at=("x=zeros",)),
    function(
        "keras.ops.qr",
        sample("3x2", x=normal(3, 2)),
        sample("column", x=_entries(7, 1)),
        variant="tall",
    ),
    function("keras.ops.qr", x=normal(3, 2), mode="complete", variant="complete"),
    function("keras.ops.slogdet", x=well_conditioned(2, 2), unjudged_at=("x=singular", "x=zeros")),
    function(
        "keras.ops.solve",
        a=well_conditioned,
        b=normal,
        shapes=(((2, 2), (2, 1)), ((2, 2), (2,))),
        unjudged_at=("all=zeros", "a=singular", "a=zeros"),
    ),
    function(
        "keras.ops.solve_triangular",
        a=lower_triangular,
        b=normal,
        shapes=(((2, 2), (2, 1)), ((2, 2), (2,))),
        lower=True,
    ),
    function(
        "keras.ops.solve_triangular",
        a=upper_triangular(2, 2),
        b=normal(2, 1),
        lower=False,
        variant="upper",
    ),
    function("keras.ops.svd", x=well_conditioned(2, 2), compute_uv=False),
    function("keras.ops.svd", x=well_conditioned(2, 2), judged=(1,), variant="vectors"),
    function("keras.ops.ifft2", x=[_entries(2, 3), _entries(2, 3)]),
    function("keras.ops.irfft", x=[_entries(2, 3), _entries(2, 3)], fft_length=choices(None, 5)),
    function("keras.ops.irfft", x=[_entries(3), _entries(3)], fft_length=3, variant="cropped"),
    function(
        "keras.ops.istft",
        x=[_entries(2, 3), _entries(2, 3)],
        sequence_length=4,
        sequence_stride=2,
        fft_length=4,
        length=choices(None, 3),
    ),
    function(
        "keras.ops.istft",
        x=[_entries(2, 3), _entries(2, 3)],
        sequence_length=3,
        sequence_stride=2,
        fft_length=4,
        window=choices("hamming", None),
        center=False,
        variant="plain",
    ),
    function("keras.ops.rfft", x=_entries(2, 4), fft_length=choices(None, 5)),
    function("keras.ops.rfft", x=_entries(4), fft_length=3, variant="cropped"),
    function(
        "keras.ops.stft",
        x=_entries(6),
        sequence_length=4,
        sequence_stride=2,
        fft_length=4,
        window=choices("hann", "hamming", None),
    ),
    function(
        "keras.ops.stft",
        x=_entries(6),
        sequence_length=3,
        sequence_stride=2,
        fft_length=4,
        center=False,
        variant="plain",
    ),
    function(
        "keras.ops.stft",
        x=_entries(4),
        sequence_length=3,
        sequence_stride=2,
        fft_length=4,
        window=_entries(3),
        variant="window",
    ),
    # -- Shapes --------------------------------------------------------------------------------
    function(
        "opcheck.compositions.keras_grid",
        x=_entries(2),
        y=_entries(3),
        indexing=choices("xy", "ij"),
        covers=("keras.ops.meshgrid",),
    ),
    function(
        "keras.ops.moveaxis",
        sample("one", x=_entries(1, 2, 3), source=0, destination=-1),
        sample("two", x=_entries(1, 2, 3), source=[0, 1], destination=[2, 0]),
    ),
    function(
        "keras.ops.pad",
        x=_entries(2, 3),
        pad_width=choices([[1, 0], [0, 1]], [[1, 1], [1, 1]]),
        mode=choices("constant", "reflect", "symmetric"),
    ),
    function(
        "keras.ops.pad",
        x=_entries(2, 2),
        pad_width=[[1, 0], [0, 1]],
        constant_values=_entries(),
        variant="value",
    ),
    function("keras.ops.rearrange", tensor=_entries(2, 6), pattern="b (h w) -> w b h", h=2),
    function("keras.ops.repeat", x=_entries(2, 2), repeats=choices(2, [1, 2]), axis=0),
    function("keras.ops.repeat", x=_entries(2, 2), repeats=2, variant="flat"),
    function("keras.ops.reshape", x=_entries(2, 3), newshape=choices([3, 2], [-1])),
    function("keras.ops.roll", x=_entries(2, 3), shift=choices(1, -2), axis=choices(None, 1)),
    function("keras.ops.rot90", array=_entries(2, 3), k=choices(1, 2, -1)),
    function("keras.ops.slice", inputs=_entries(3, 3), start_indices=[0, 1], shape=[2, 2]),
    function(
        "keras.ops.slice_update",
        inputs=_entries(3, 2),
        start_indices=[1, 0],
        updates=_entries(2, 1),
    ),
    function("keras.ops.sort", x=distinct(2, 3), axis=choices(-1, 0, None)),
    function(
        "keras.ops.space_to_depth",
        x=_entries(1, 2, 2, 2),
        block_size=2,
        data_format=choices("channels_last", "channels_first"),
    ),
    function("keras.ops.split", x=_entries(2, 4), indices_or_sections=choices(2, [1, 3]), axis=1),
    function("keras.ops.squeeze", x=_entries(1, 2, 1), axis=choices(None, 0)),
    function("keras.ops.stack", x=[_entries(2), _entries(2)], axis=choices(0, -1)),
    function("keras.ops.swapaxes", x=_entries(1, 2, 3), axis1=0, axis2=-1),
    function("keras.ops.tile", x=_entries(2, 2), repeats=choices([2, 1], 2)),
    function("keras.ops.transpose", x=_entries(1, 2, 3), axes=[1, 0, 2], variant="axes"),
    *(
        function(f"keras.ops.{name}", x=_entries(2, 3), k=choices(0, 1, -1))
        for name in ("tril", "triu")
    ),
    function(
        "keras.ops.unfold",
        x=_entries(1, 1, 3, 3),
        kernel_size=2,
        stride=choices(1, 2),
        padding=choices(0, 1),
    ),
    function(
        "keras.ops.unfold",
        x=_entries(1, 2, 3, 3),
        kernel_size=[2, 1],
        dilation=2,
        variant="dilated",
    ),
    function("keras.ops.unstack", x=_entries(2, 3), axis=choices(0, 1)),
    function("keras.ops.vander", x=nonzero(3), N=choices(None, 2), increasing=choices(False, True)),
    function("keras.ops.vsplit", x=_entries(3, 2), indices_or_sections=choices(3, [1])),
    function(
        "keras.ops.vstack",
        sample("vectors", xs=[_entries(2), _entries(2)]),
        sample("matrices", xs=[_entries(1, 2), _entries(2, 2)]),
    ),
    # -- Entries -------------------------------------------------------------------------------
    function("keras.ops.scatter", indices=[[0], [2], [0]], values=_entries(3, 2), shape=[3, 2]),
    function(
        "keras.ops.scatter_update",
        inputs=_entries(3, 2),
        indices=[[0], [2]],
        updates=_entries(2, 2),
        reduction=choices(None, "add", "max", "min", "mul"),
    ),
    function(
        "keras.ops.scatter_update",
        inputs=_entries(3),
        indices=[[1], [1]],
        updates=_entries(2),
        reduction=choices("add", "mul"),
        variant="twice",
    ),
    function(
        "keras.ops.select",
        condlist=[[True, False, False], [True, True, False]],
        choicelist=[_entries(3), _entries(3)],
        default=0.5,
    ),
    function(
        "keras.ops.select",
        condlist=[[True, False, False], [False, True, False]],
        choicelist=[_entries(3), _entries(3)],
        default=_entries(),
        variant="default",
    ),
    function("keras.ops.take", x=_entries(2, 3), indices=[1, 0, -1], axis=choices(None, 0, -1)),
    function(
        "keras.ops.take_along_axis",
        sample("flat", x=_entries(2, 2), indices=[3, 0, 3]),
        sample("columns", x=_entries(2, 3), indices=[[1, 0, -1]], axis=0),
        sample("rows", x=_entries(2, 3), indices=[[1, 0], [2, -1]], axis=1),
    ),
    function("keras.ops.top_k", x=distinct(2, 3), k=2, sorted=choices(True, False)),
    function("keras.ops.unique", x=distinct(4)),
    function(
        "keras.ops.where", condition=[[True, False, True]], x1=_entries(2, 3), x2=_entries(2, 1)
    ),
    # -- Constants, conversions ----------------------------------------------------------------
    function("keras.ops.kaiser", x=4, beta=positive()),
    function(
        "keras.ops.linspace",
        start=normal(),
        stop=normal(),
        num=choices(1, 3),
        endpoint=choices(True, False),
    ),
    # Of one number there is no step.
    function(
        "keras.ops.linspace",
        start=normal(),
        stop=normal(),
        num=3,
        endpoint=choices(True, False),
        retstep=True,
        variant="step",
    ),
    function(
        "keras.ops.linspace",
        start=normal(2),
        stop=normal(2),
        num=3,
        axis=choices(0, -1),
        variant="vectors",
    ),
    function(
        "keras.ops.logspace",
        start=between(-1.0, 1.0)(),
        stop=between(-1.0, 1.0)(),
        num=3,
        base=choices(10, 2),
        endpoint=choices(True, False),
    ),
    function("keras.ops.unravel_index", indices=between(3.1, 3.9)(3), shape=[2, 3]),
    function("keras.ops.view", x=normal(2), dtype=None),
    function("keras.ops.view_as_complex", x=normal(2, 2)),
    # -- Pooling, convolutions -----------------------------------------------------------------
    function(
        "keras.ops.max_pool",
        sample("line", inputs=distinct(1, 4, 1), pool_size=2),
        sample("plane", inputs=distinct(1, 3, 3, 1), pool_size=2, strides=1, padding="same"),
        sample("first", inputs=distinct(1, 1, 4), pool_size=2, data_format="channels_first"),
        sample("overlap", inputs=distinct(1, 4, 1), pool_size=3, strides=1),
    ),
    function(
        "keras.ops.separable_conv",
        sample(
            "line",
            inputs=_entries(1, 4, 1),
            depthwise_kernel=_entries(2, 1, 2),
            pointwise_kernel=_entries(1, 2, 1),
        ),
        sample(
            "plane",
            inputs=_entries(1, 3, 3, 1),
            depthwise_kernel=_entries(2, 2, 1, 1),
            pointwise_kernel=_entries(1, 1, 1, 2),
            padding="same",
            strides=2,
        ),
        sample(
            "dilated",
            inputs=_entries(1, 3, 3, 1),
            depthwise_kernel=_entries(2, 2, 1, 1),
            pointwise_kernel=_entries(1, 1, 1, 1),
            dilation_rate=2,
        ),
        sample(
            "first",
            inputs=_entries(1, 1, 3, 2),
            depthwise_kernel=_entries(2, 2, 1, 1),
            pointwise_kernel=_entries(1, 1, 1, 1),
            data_format="channels_first",
        ),
        sample(
            "both",
            inputs=_entries(1, 5, 5, 1),
            depthwise_kernel=_entries(2, 2, 1, 1),
            pointwise_kernel=_entries(1, 1, 1, 1),
            strides=2,
            dilation_rate=2,
        ),
    ),
    # -- Images --------------------------------------------------------------------------------
    function(
        "keras.ops.image.map_coordinates",
        inputs=_entries(3, 3),
        coordinates=between(0.1, 0.9)(2, 2),
        order=choices(0, 1),
        fill_mode=choices("constant", "nearest", "wrap", "mirror", "reflect"),
    ),
    function(
        "keras.ops.image.map_coordinates",
        inputs=_entries(3),
        coordinates=between(2.1, 2.9)(1, 2),
        order=1,
        fill_mode=choices("constant", "nearest", "wrap", "reflect"),
        fill_value=0.5,
        variant="outside",
    ),
    function(
        "keras.ops.image.map_coordinates",
        inputs=_entries(3),
        coordinates=between(2.1, 2.9)(1, 2),
        order=1,
        fill_value=normal(),
        variant="fill",
    ),
    function(
        "keras.ops.image.pad_images",
        sample(
            "sides",
            images=_entries(2, 2, 1),
            top_padding=1,
            left_padding=0,
            bottom_padding=1,
            right_padding=2,
        ),
        sample(
            "target",
            images=_entries(1, 1, 2, 2),
            top_padding=1,
            left_padding=1,
            target_height=3,
            target_width=4,
            data_format="channels_first",
        ),
    ),
    function(
        "keras.ops.image.perspective_transform",
        sample(
            "moved", images=_entries(2, 3, 1), interpolation="bilinear", end_points=_MOVED, **_FROM
        ),
        sample(
            "nearest", images=_entries(2, 3, 1), interpolation="nearest", end_points=_MOVED, **_FROM
        ),
        sample("filled", images=_entries(1, 2, 2, 1), fill_value=0.5, end_points=_MOVED, **_FROM),
        sample(
            "first",
            images=_entries(1, 2, 2),
            data_format="channels_first",
            end_points=_MOVED,
            **_FROM,
        ),
    ),
    function(
        "keras.ops.image.perspective_transform",
        images=_entries(2, 2, 1),
        end_points=_TURNED,
        variant="turned",
        **_FROM,
    ),
    function(
        "keras.ops.image.perspective_transform",
        images=_entries(3, 3, 1),
        end_points=near(_MOVED, 0.1)(4, 2),
        dtypes=FLOAT32,
        wrt=("end_points",),
        variant="points",
        **_FROM,
    ),
    # Resampling is in single precision, whatever the dtype of the image.
    function(
        "keras.ops.image.resize",
        *(
            sample(name, images=_entries(2, 3, 1), size=[3, 2], interpolation=name)
            for name in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
        ),
        sample("antialias", images=_entries(2, 3, 1), size=[1, 2], antialias=True),
        sample("crop", images=_entries(2, 3, 1), size=[2, 2], crop_to_aspect_ratio=True),
        sample(
            "pad", images=_entries(2, 3, 1), size=[2, 2], pad_to_aspect_ratio=True, fill_value=0.5
        ),
        sample("first", images=_entries(1, 1, 2, 2), size=[3, 3], data_format="channels_first"),
        dtypes=FLOAT32,
    ),
    function(
        "keras.ops.image.resize",
        images=_entries(2, 2, 1),
        size=[3, 2],
        interpolation=choices("bilinear", "lanczos3"),
        antialias=True,
        variant="double",
    ),
    function("keras.ops.image.rgb_to_grayscale", images=_entries(1, 2, 3)),
    function("keras.ops.image.rgb_to_hsv", images=between(0.0, 1.0)(2, 1, 3)),
    function(
        "keras.ops.image.scale_and_translate",
        *(
            sample(
                method,
                images=_entries(2, 3),
                output_shape=[3, 2],
                scale=between(1.2, 1.4)(2),
                translation=between(0.1, 0.3)(2),
                spatial_dims=[0, 1],
                method=method,
            )
            for method in ("linear", "cubic", "lanczos3", "lanczos5")
        ),
        sample(
            "plain",
            images=_entries(2, 3),
            output_shape=[2, 2],
            scale=between(0.5, 0.7)(1),
            translation=between(0.1, 0.3)(1),
            spatial_dims=[1],
            method="linear",
            antialias=False,
        ),
    ),
    function("keras.ops.image.sobel_edges", images=_entries(1, 2, 3, 1)),
    function(
        "keras.ops.image.sobel_edges",
        images=_entries(1, 1, 2, 3),
        data_format="channels_first",
        variant="first",
    ),
    function(
        "keras.ops.image.ssim",
        image1=between(0.0, 1.0)(3, 3, 1),
        image2=between(0.0, 1.0)(3, 3, 1),
        filter_size=3,
        max_val=choices(1.0, 2.0),
    ),
    # -- Functions of functions ----------------------------------------------------------------
    function(
        "opcheck.compositions.keras_jvp", x=normal(3), tangent=normal(3), covers=("keras.ops.jvp",)
    ),
    function(
        "opcheck.compositions.keras_jvp_value",
        x=normal(3),
        tangent=normal(3),
        wrt=("x",),
        covers=("keras.ops.jvp",),
    ),
    function(
        "opcheck.compositions.keras_map", x=normal(2, 2), y=normal(2), covers=("keras.ops.map",)
    ),
    function(
        "opcheck.compositions.keras_scan",
        x=normal(3, 2),
        start=normal(2),
        reverse=choices(False, True),
        covers=("keras.ops.scan",),
    ),
    function(
        "opcheck.compositions.keras_switch",
        x=normal(3),
        index=choices(0, 1, 5),
        covers=("keras.ops.switch",),
    ),
    function(
        "opcheck.compositions.keras_vectorize",
        x=normal(1, 3),
        covers=("keras.ops.vectorize",),
    ),
    function(
        "opcheck.compositions.keras_vectorized_map",
        x=normal(2, 2),
        y=normal(2),
        covers=("keras.ops.vectorized_map",),
    ),
    function(
        "opcheck.compositions.keras_while_loop",
        x=normal(2),
        steps=choices(0, 3),
        covers=("keras.ops.while_loop",),
    ),
)
