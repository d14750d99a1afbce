"""Functions of `keras.ops`, by name from a to h."""

from __future__ import annotations

from opcheck.domains import (
    between,
    complex_normal,
    distinct,
    filled,
    lower_triangular,
    nonzero,
    normal,
    positive,
    simplex,
    spd,
    symmetric,
    upper_triangular,
    well_conditioned,
)
from opcheck.spec import COMPLEX128, DTYPE, FLOAT32, choices, exactly, function, sample

_ALONE = ((2, 3),)
_PAIR = (((2,), (2,)), ((2, 1), (2,)))
# For functions that move, add or select entries, to which zeros and huge numbers are like others:
# it has fewer special points than all numbers have.
_any = between(-2.5, 2.5)

ROWS = (
    # -- a -------------------------------------------------------------------------------------
    function("keras.ops.abs", x=nonzero, shapes=_ALONE),
    function("keras.ops.absolute", x=nonzero, shapes=_ALONE),
    function("keras.ops.absolute", x=complex_normal(3), variant="complex", dtypes=COMPLEX128),
    function(
        "keras.ops.adaptive_average_pool",
        inputs=_any(1, 3, 1),
        output_size=choices(1, 2),
        data_format="channels_last",
    ),
    function(
        "keras.ops.adaptive_average_pool",
        inputs=_any(1, 1, 2, 3),
        output_size=choices([1, 2], 1),
        data_format="channels_first",
        variant="planes",
    ),
    function(
        "keras.ops.adaptive_average_pool",
        inputs=_any(1, 1, 3, 2, 1),
        output_size=[1, 2, 1],
        data_format="channels_last",
        dtypes=FLOAT32,
        variant="volumes",
    ),
    # Sizes of 1 are left out: the gradient is then what the memory happened to hold. The function
    # pools with one entry more than it needs, the result of that is empty where the input has no
    # more, and MaxPoolGrad leaves its result unwritten for an empty one. No verdict is the same
    # twice, so none can be expected.
    function(
        "keras.ops.adaptive_max_pool",
        inputs=distinct(1, 3, 1),
        output_size=choices(2, 3),
        data_format="channels_last",
    ),
    function(
        "keras.ops.adaptive_max_pool",
        inputs=distinct(1, 1, 2, 3),
        output_size=choices(2, [2, 3]),
        data_format="channels_first",
        variant="planes",
    ),
    function(
        "keras.ops.adaptive_max_pool",
        inputs=distinct,
        shapes=((2, 2, 2, 2, 1), (1, 2, 2, 3, 1)),
        output_size=2,
        data_format="channels_last",
        dtypes=FLOAT32,
        variant="volumes",
    ),
    # The second pair of shapes is taken for a bias.
    function("keras.ops.add", x1=_any, x2=_any, shapes=(*_PAIR, ((2, 3), (3,)))),
    *(
        function(
            f"keras.ops.{name}",
            x=distinct(2, 3),
            axis=choices(None, 1, [0, 1]),
            keepdims=choices(False, True),
        )
        for name in ("amax", "amin")
    ),
    function("keras.ops.angle", x=nonzero, shapes=_ALONE),
    function("keras.ops.append", x1=_any(2, 2), x2=_any(2, 1), axis=choices(None, 1)),
    function(
        "keras.ops.arange",
        start=between(0.1, 0.4)(),
        stop=between(2.6, 2.9)(),
        step=between(0.95, 1.0)(),
    ),
    function("keras.ops.arccos", x=between(-1.0, 1.0), shapes=_ALONE),
    function("keras.ops.arccosh", x=between(1.0, 3.0), shapes=_ALONE),
    function("keras.ops.arcsin", x=between(-1.0, 1.0), shapes=_ALONE),
    function("keras.ops.arcsinh", x=normal, shapes=_ALONE),
    function("keras.ops.arctan", x=normal, shapes=_ALONE),
    function("keras.ops.arctan2", x1=nonzero, x2=nonzero, shapes=_PAIR),
    function(
        "keras.ops.arctanh",
        x=between(-1.0, 1.0),
        shapes=_ALONE,
        unjudged_at=("x=high", "x=low"),
    ),
    function("keras.ops.array", x=_any(2), dtype=choices(None, "float32")),
    function("keras.ops.array", x=[_any(), _any()], variant="list"),
    function(
        "keras.ops.array_split", x=_any(3, 2), indices_or_sections=choices(2, 3), axis=choices(0, 1)
    ),
    function(
        "opcheck.compositions.keras_associative_scan",
        x=normal(2, 5),
        reverse=choices(False, True),
        axis=choices(0, 1),
        covers=("keras.ops.associative_scan",),
    ),
    function(
        "opcheck.compositions.keras_associative_scan_of_nest",
        a=normal(4, 1),
        b=normal(4, 1),
    ),
    function("keras.ops.average", x=_any(2, 3), axis=choices(None, 0)),
    function(
        "keras.ops.average",
        x=_any(2, 3),
        weights=positive(2, 3),
        axis=choices(None, 1),
        variant="weights",
        unjudged_at=("weights=zeros",),
    ),
    function(
        "keras.ops.average",
        x=_any(2, 3),
        weights=positive(3),
        axis=1,
        variant="weights-of-axis",
    ),
    function(
        "keras.ops.average_pool",
        inputs=_any(1, 4, 1),
        pool_size=2,
        strides=choices(None, 1),
        padding=choices("valid", "same"),
        data_format="channels_last",
    ),
    function(
        "keras.ops.average_pool",
        inputs=_any(1, 1, 3, 2),
        pool_size=[2, 1],
        strides=[2, 1],
        padding=choices("valid", "same"),
        data_format="channels_first",
        variant="planes",
    ),
    # -- b -------------------------------------------------------------------------------------
    # The window of a size that is no whole number; it is computed in the dtype of `floatx`.
    function("keras.ops.bartlett", x=between(3.1, 3.9)(), dtypes=FLOAT32),
    function(
        "keras.ops.batch_normalization",
        x=normal(2, 2),
        mean=normal(2),
        variance=positive(2),
        axis=choices(-1, 0),
    ),
    function(
        "keras.ops.batch_normalization",
        x=normal(2, 2),
        mean=normal(2),
        variance=positive(2),
        axis=1,
        offset=normal(2),
        scale=normal(2),
        epsilon=0.1,
        variant="scale",
    ),
    function(
        "keras.ops.binary_crossentropy",
        target=between(0.0, 1.0)(2, 2),
        output=between(0.0, 1.0)(2, 2),
    ),
    function(
        "keras.ops.binary_crossentropy",
        target=between(0.0, 1.0)(2, 2),
        output=normal(2, 2),
        from_logits=True,
        variant="logits",
    ),
    function("keras.ops.bincount", x=[0, 2, 2], weights=_any(3), minlength=choices(0, 4)),
    function("keras.ops.blackman", x=between(3.1, 3.9)(), dtypes=FLOAT32),
    function("keras.ops.broadcast_to", x=_any(2, 1), shape=choices([2, 3], [2, 2, 2])),
    # -- c -------------------------------------------------------------------------------------
    function("keras.ops.cast", x=_any(2, 3), dtype=choices("float32", "float64")),
    function(
        "keras.ops.categorical_crossentropy",
        target=simplex(2, 2),
        output=positive(2, 2),
        axis=choices(-1, 0),
        unjudged_at=("output=zeros",),
    ),
    function(
        "keras.ops.categorical_crossentropy",
        target=simplex(2, 2),
        output=normal(2, 2),
        from_logits=True,
        variant="logits",
    ),
    # Targets have to add up to 1 along the axis, which those of `simplex` do along the last.
    function(
        "keras.ops.categorical_crossentropy",
        target=filled(0.5)(2, 2),
        output=normal(2, 2),
        from_logits=True,
        axis=0,
        variant="logits-axis",
    ),
    function("keras.ops.cbrt", x=nonzero, shapes=_ALONE),
    function("keras.ops.cdist", x=normal(2, 2), y=normal(1, 2)),
    function("keras.ops.ceil", x=_any, shapes=_ALONE),
    function("keras.ops.celu", x=nonzero(2, 3), alpha=choices(0.5, 1.0)),
    function("keras.ops.cholesky", x=spd(2, 2), upper=choices(False, True)),
    function("keras.ops.cholesky_inverse", x=lower_triangular(2, 2)),
    function("keras.ops.cholesky_inverse", x=upper_triangular(2, 2), upper=True, variant="upper"),
    function("keras.ops.clip", x=_any(2, 3), x_min=-0.5, x_max=0.5),
    function(
        "keras.ops.clip",
        x=_any(2, 3),
        x_min=between(-1.0, -0.5)(3),
        x_max=between(0.5, 1.0)(3),
        variant="tensors",
    ),
    function("keras.ops.concatenate", xs=[_any(2, 1), _any(2, 2)], axis=choices(1, -1)),
    function(
        "opcheck.compositions.keras_cond",
        x=normal(2),
        y=normal(2),
        takes_first=choices(False, True),
        covers=("keras.ops.cond",),
    ),
    *(function(f"keras.ops.{name}", x=_any, shapes=((2,),)) for name in ("conj", "conjugate")),
    *(
        function(f"keras.ops.{name}", x=complex_normal(2), variant="complex", dtypes=COMPLEX128)
        for name in ("conj", "conjugate")
    ),
    function(
        "keras.ops.conv",
        inputs=_any(1, 4, 2),
        kernel=_any(2, 2, 1),
        strides=choices(1, 2),
        padding=choices("valid", "same"),
        data_format="channels_last",
    ),
    function(
        "keras.ops.conv",
        inputs=_any(1, 3, 3, 1),
        kernel=_any(2, 2, 1, 1),
        padding="same",
        dilation_rate=choices(1, 2),
        data_format="channels_last",
        variant="planes",
    ),
    function(
        "keras.ops.conv",
        inputs=_any(1, 1, 1, 2),
        kernel=_any(1, 1, 1, 2),
        data_format="channels_last",
        variant="groups",
    ),
    function(
        "keras.ops.conv",
        inputs=_any(1, 2, 2, 3, 1),
        kernel=_any(1, 2, 2, 1, 1),
        padding=choices("valid", "same"),
        data_format="channels_last",
        variant="volumes",
    ),
    function(
        "keras.ops.conv_transpose",
        inputs=_any(1, 2, 2),
        kernel=_any(2, 1, 2),
        strides=choices(1, 2),
        padding=choices("valid", "same"),
        data_format="channels_last",
    ),
    function(
        "keras.ops.conv_transpose",
        inputs=_any(1, 2, 2, 1),
        kernel=_any(2, 2, 1, 1),
        strides=2,
        output_padding=choices(None, 1),
        data_format="channels_last",
        variant="planes",
    ),
    function("keras.ops.convert_to_tensor", x=_any(2), dtype=choices(None, "float32")),
    function("keras.ops.convert_to_tensor", x=[_any(), _any()], variant="list"),
    function("keras.ops.copy", x=_any(2, 3)),
    function("keras.ops.corrcoef", x=normal(2, 3), unjudged_at=("x=equal", "x=zeros")),
    function("keras.ops.correlate", x1=_any(4), x2=_any(2), mode=choices("valid", "same", "full")),
    function("keras.ops.correlate", x1=_any(2), x2=_any(3), variant="longer-second"),
    *(
        function(f"keras.ops.{name}", x=normal, shapes=_ALONE, unjudged_at=("x=huge",))
        for name in ("cos", "cosh")
    ),
    function("keras.ops.cross", x1=_any(3), x2=_any(2, 3)),
    function("keras.ops.cross", x1=_any(3, 2), x2=_any(3, 2), axis=0, variant="columns"),
    function("keras.ops.cross", x1=_any(2), x2=_any(2), variant="plane"),
    function("keras.ops.cross", x1=_any(2), x2=_any(3), variant="mixed"),
    function(
        "keras.ops.ctc_decode",
        inputs=distinct(1, 2, 3),
        sequence_lengths=[2],
        strategy=choices("greedy", "beam_search"),
        beam_width=4,
    ),
    function(
        "keras.ops.ctc_loss",
        target=[[1]],
        output=between(-2.0, 2.0)(1, 2, 3),
        target_length=[1],
        output_length=choices([2], [1]),
        dtypes=FLOAT32,
    ),
    function("keras.ops.cumprod", x=nonzero(2, 2), axis=choices(None, 0, 1)),
    function("keras.ops.cumsum", x=_any(2, 2), axis=choices(None, 0, 1)),
    function(
        "opcheck.compositions.keras_custom_gradient",
        x=normal(2),
        y=normal(2),
        covers=("keras.ops.custom_gradient",),
    ),
    # -- d -------------------------------------------------------------------------------------
    function("keras.ops.deg2rad", x=_any, shapes=_ALONE),
    function("keras.ops.depth_to_space", x=_any(1, 1, 2, 4), block_size=2),
    function(
        "keras.ops.depth_to_space",
        x=_any(1, 4, 1, 2),
        block_size=2,
        data_format="channels_first",
        variant="channels_first",
    ),
    function(
        "keras.ops.depthwise_conv",
        inputs=_any(1, 4, 2),
        kernel=_any(2, 2, 1),
        strides=choices(1, 2),
        padding=choices("valid", "same"),
        data_format="channels_last",
    ),
    function(
        "keras.ops.depthwise_conv",
        inputs=_any(1, 3, 3, 1),
        kernel=_any(2, 2, 1, 2),
        padding="same",
        strides=choices(1, 2),
        dilation_rate=choices(1, 2),
        data_format="channels_last",
        variant="planes",
    ),
    function(
        "keras.ops.depthwise_conv",
        inputs=_any(1, 1, 3, 3),
        kernel=_any(2, 2, 1, 1),
        data_format="channels_first",
        variant="channels_first",
    ),
    function("keras.ops.det", x=well_conditioned(2, 2)),
    function("keras.ops.diag", x=_any(2), k=choices(0, -1, 1)),
    function("keras.ops.diag", x=_any(2, 3), k=choices(0, -1, 1), variant="matrix"),
    function("keras.ops.diagflat", x=_any(1, 2), k=choices(0, 1)),
    function("keras.ops.diagonal", x=_any(2, 3), offset=choices(0, 1, -1)),
    function(
        "keras.ops.diagonal",
        x=_any(2, 2, 2),
        offset=choices(0, 1),
        axis1=choices(0, -2),
        axis2=-1,
        variant="axes",
    ),
    function("keras.ops.diff", a=_any(2, 3), n=choices(0, 1, 2), axis=choices(-1, 0)),
    function(
        "keras.ops.divide",
        x1=normal,
        x2=nonzero,
        shapes=_PAIR,
        unjudged_at=("all=zeros", "x2=zero", "x2=zeros"),
    ),
    function("keras.ops.divide_no_nan", x1=normal, x2=nonzero, shapes=_PAIR),
    *(
        function("keras.ops.dot", x1=_any(*first), x2=_any(*second), variant=variant)
        for first, second, variant in (
            ((2, 3), (3, 2), ""),
            ((2,), (2,), "vectors"),
            ((), (2,), "scalar"),
            ((2, 2), (2,), "vector"),
            ((2, 2), (1, 2, 2), "batch"),
        )
    ),
    function(
        "keras.ops.dot_product_attention",
        query=normal(1, 2, 1, 2),
        key=normal(1, 2, 1, 2),
        value=normal(1, 2, 1, 2),
        scale=choices(None, 0.7),
        is_causal=choices(False, True),
    ),
    function(
        "keras.ops.dot_product_attention",
        query=normal(1, 2, 1, 1),
        key=normal(1, 2, 1, 1),
        value=normal(1, 2, 1, 1),
        bias=normal(1, 1, 2, 2),
        mask=exactly([[[[True, False], [True, True]]]], "bool"),
        variant="bias-mask",
    ),
    function(
        "keras.ops.dot_product_attention",
        query=normal(1, 1, 4, 1),
        key=normal(1, 2, 2, 1),
        value=normal(1, 2, 2, 1),
        variant="grouped",
    ),
    function("keras.ops.dsplit", x=_any(1, 2, 3), indices_or_sections=choices(3, [1])),
    function("keras.ops.dstack", xs=[_any(2), _any(2)]),
    function("keras.ops.dstack", xs=[_any(), _any()], variant="scalars"),
    function("keras.ops.dstack", xs=[_any(1, 2), _any(1, 2)], variant="matrices"),
    # -- e -------------------------------------------------------------------------------------
    function("keras.ops.eig", x=well_conditioned(2, 2), judged=(0,)),
    function("keras.ops.eigh", x=symmetric(2, 2), judged=(0,)),
    function(
        "keras.ops.eigh",
        x=symmetric(3, 3),
        variant="vectors",
        unjudged_at=("x=identity", "x=opposite", "x=pair"),
    ),
    function(
        "opcheck.compositions.keras_einsum",
        a=normal(2, 2),
        b=normal(2, 2),
        subscripts=choices("ab,bc->ac", "ab,cb->ac", "ij,ij->", "ij,kj->jik"),
        covers=("keras.ops.einsum",),
    ),
    *(
        function(
            "opcheck.compositions.keras_einsum",
            a=normal(*first),
            b=normal(*second),
            subscripts=subscripts,
            variant=subscripts.replace("->", "-to-").replace(",", "-"),
        )
        for first, second, subscripts in (
            ((2,), (2,), "a,b->ab"),
            ((2, 2), (2,), "ab,b->a"),
            ((1, 2, 2), (2, 3), "abc,cd->abd"),
            ((1, 2, 2), (2, 2, 1), "abc,cde->abde"),
            ((1, 2, 2), (3, 2), "abc,dc->abd"),
            ((1, 2, 2), (2, 2, 1), "abc,dce->abde"),
            ((1, 2, 2), (2, 1, 2), "abc,dec->abde"),
            ((1, 2, 2, 1), (1, 2, 1, 2), "abcd,abde->abce"),
            ((1, 2, 2, 1), (1, 2, 2, 1), "abcd,abed->abce"),
            ((1, 2, 2, 1), (1, 2, 1, 2), "abcd,acbe->adbe"),
            ((1, 2, 2, 1), (1, 1, 2, 2), "abcd,adbe->acbe"),
            ((1, 2, 2, 1), (1, 2, 2, 1), "abcd,aecd->acbe"),
            ((1, 2, 2, 1), (1, 2, 2, 1), "abcd,aecd->aceb"),
            ((1, 2, 2, 1), (2, 1, 2), "abcd,cde->abe"),
            ((1, 2, 2, 1), (2, 2, 1), "abcd,ced->abe"),
            ((1, 2, 2, 1), (2, 2, 1), "abcd,ecd->abe"),
            ((1, 2, 1, 2, 1), (1, 1, 2, 1), "abcde,aebf->adbcf"),
            ((1, 2, 1, 2, 1), (1, 2, 1, 1), "abcde,afce->acdbf"),
        )
    ),
    function(
        "opcheck.compositions.keras_einsum_of_three", a=normal(2), b=normal(2, 2), c=normal(2)
    ),
    function("keras.ops.elu", x=nonzero(2, 3), alpha=choices(0.5, 1.0)),
    function("keras.ops.empty_like", x=_any(2)),
    *(function(f"keras.ops.{name}", x=normal, shapes=_ALONE) for name in ("erf", "erfc")),
    function(
        "keras.ops.erfinv", x=between(-1.0, 1.0), shapes=_ALONE, unjudged_at=("x=high", "x=low")
    ),
    *(
        function(f"keras.ops.{name}", x=normal, shapes=_ALONE, unjudged_at=("x=huge",))
        for name in ("exp", "exp2", "expm1")
    ),
    function("keras.ops.expand_dims", x=_any(2), axis=choices(0, -1, [0, 2])),
    function(
        "keras.ops.extract_sequences",
        x=_any(5),
        sequence_length=choices(2, 3),
        sequence_stride=choices(1, 2),
    ),
    # -- f -------------------------------------------------------------------------------------
    function("keras.ops.fabs", x=nonzero, shapes=_ALONE),
    function("keras.ops.fft", x=(_any(4), _any(4))),
    function("keras.ops.fft2", x=(_any(2, 2), _any(2, 2))),
    function("keras.ops.flip", x=_any(2, 3), axis=choices(None, 0, [0, -1])),
    function("keras.ops.fliplr", x=_any(2, 3)),
    function("keras.ops.flipud", x=_any(2, 3)),
    function("keras.ops.floor", x=_any, shapes=_ALONE),
    function(
        "keras.ops.floor_divide",
        x1=between(1.2, 1.8)(2),
        x2=between(0.9, 1.1)(2),
    ),
    *(
        function(f"keras.ops.{name}", x1=nonzero, x2=nonzero, shapes=_PAIR)
        for name in ("fmax", "fmin")
    ),
    function("keras.ops.fmod", x1=normal(2), x2=between(3.0, 4.0)(2), unjudged_at=("x1=huge",)),
    function(
        "keras.ops.fmod", x1=between(4.2, 5.8)(2), x2=between(-4.0, -3.0)(2), variant="negative"
    ),
    function(
        "keras.ops.fold",
        sample("overlapping", x=_any(1, 2, 2), output_size=[1, 3], kernel_size=[1, 2]),
        sample("apart", x=_any(1, 1, 2), output_size=[1, 3], kernel_size=1, stride=2),
        sample(
            "dilated",
            x=_any(1, 2, 2),
            output_size=[1, 2],
            kernel_size=[1, 2],
            dilation=2,
            padding=[0, 1],
        ),
    ),
    function(
        "opcheck.compositions.keras_fori_loop",
        x=normal(2),
        y=normal(2),
        steps=choices(1, 3),
        covers=("keras.ops.fori_loop",),
    ),
    function("keras.ops.full", shape=[2, 3], fill_value=choices(_any(), _any(3)), dtype=DTYPE),
    function("keras.ops.full_like", x=_any(2, 3), fill_value=choices(_any(), _any(3))),
    # -- g -------------------------------------------------------------------------------------
    function("keras.ops.gelu", x=normal(2, 3), approximate=choices(False, True)),
    function(
        "keras.ops.geomspace",
        start=positive(2),
        stop=positive(2),
        num=3,
        endpoint=choices(False, True),
        dtype=DTYPE,
    ),
    function(
        "keras.ops.get_item", x=_any(3, 2), key=choices(1, slice(0, 2), (slice(None, None, -1), 1))
    ),
    function("keras.ops.glu", x=normal(2, 2), axis=choices(-1, 0)),
    # -- h -------------------------------------------------------------------------------------
    function("keras.ops.hard_shrink", x=_any(2, 3), threshold=choices(0.5, 1.0)),
    *(
        function(f"keras.ops.{name}", x=domain(2, 3))
        for name, domain in (
            ("hard_sigmoid", between(-3.0, 3.0)),
            ("hard_silu", between(-3.0, 3.0)),
            ("hard_tanh", between(-1.0, 1.0)),
        )
    ),
    *(
        function(f"keras.ops.{name}", x=between(low, high)(2), variant=variant)
        for name, edge in (("hard_sigmoid", 3.0), ("hard_silu", 3.0), ("hard_tanh", 1.0))
        for low, high, variant in (
            (edge, edge + 2.0, "above"),
            (-edge - 2.0, -edge, "below"),
        )
    ),
    function("keras.ops.heaviside", x1=nonzero, x2=normal, shapes=_PAIR),
    function("keras.ops.histogram", x=distinct(2), bins=2),
    function("keras.ops.histogram", x=distinct(2), bins=3, range=(-2.0, 2.0), variant="range"),
    function("keras.ops.hsplit", x=_any(2, 3), indices_or_sections=choices(3, [1])),
    function("keras.ops.hsplit", x=_any(4), indices_or_sections=2, variant="vector"),
    function("keras.ops.hstack", xs=[_any(2), _any(1)]),
    function("keras.ops.hstack", xs=[_any(2, 1), _any(2, 2)], variant="matrices"),
    function("keras.ops.hypot", x1=nonzero, x2=nonzero, shapes=_PAIR),
    # -- Images --------------------------------------------------------------------------------
    function(
        "keras.ops.image.affine_transform",
        images=_any(2, 2, 1),
        transform=exactly([1.0, 0.0, 1.0, 0.0, 1.0, -1.0, 0.0, 0.0], "float32"),
        interpolation="nearest",
        fill_mode=choices("constant", "wrap"),
        data_format="channels_last",
    ),
    function(
        "keras.ops.image.affine_transform",
        images=_any(1, 1, 2, 2),
        transform=exactly([[1.0, 0.0, 0.25, 0.0, 1.0, -0.5, 0.0, 0.0]], "float32"),
        fill_value=0.5,
        data_format="channels_first",
        variant="channels_first",
    ),
    # The gradient samples with the inverse transform, which is the transpose for moves alone, and
    # away from the edges.
    function(
        "keras.ops.image.affine_transform",
        images=_any(3, 3, 1),
        transform=exactly([1.0, 0.0, 1.0, 0.0, 1.0, -1.0, 0.0, 0.0], "float32"),
        interpolation="nearest",
        fill_mode=choices("reflect", "nearest"),
        data_format="channels_last",
        dtypes=FLOAT32,
        variant="edges",
    ),
    function(
        "keras.ops.image.affine_transform",
        images=_any(3, 3, 1),
        transform=exactly([0.75, 0.0, 0.5, 0.0, 0.75, 0.5, 0.0, 0.0], "float32"),
        data_format="channels_last",
        dtypes=FLOAT32,
        variant="scale",
    ),
    function(
        "keras.ops.image.affine_transform",
        images=_any(2, 2, 1),
        transform=between(0.1, 0.3)(8),
        data_format="channels_last",
        dtypes=FLOAT32,
        wrt=("transform",),
        variant="transform",
    ),
    function(
        "keras.ops.image.crop_images",
        images=_any(3, 3, 1),
        top_cropping=choices(0, 1),
        left_cropping=1,
        target_height=2,
        target_width=2,
        data_format="channels_last",
    ),
    function(
        "keras.ops.image.crop_images",
        images=_any(1, 1, 2, 3),
        top_cropping=0,
        left_cropping=0,
        bottom_cropping=1,
        right_cropping=1,
        data_format="channels_first",
        variant="channels_first",
    ),
    function(
        "keras.ops.image.elastic_transform",
        sample(
            "nearest",
            images=_any(2, 2, 1),
            alpha=2.0,
            sigma=1.0,
            seed=7,
            interpolation="nearest",
            fill_mode="reflect",
            data_format="channels_last",
        ),
        sample(
            "bilinear",
            images=_any(2, 2, 1),
            alpha=2.0,
            sigma=1.0,
            seed=7,
            fill_mode="constant",
            fill_value=0.5,
            data_format="channels_last",
        ),
    ),
    # The field of displacements, at one image: far fewer entries than both together.
    function(
        "keras.ops.image.elastic_transform",
        images=exactly([[[0.5, -1.0], [2.0, 0.25]]], "float64"),
        alpha=between(1.2, 1.4)(),
        sigma=between(1.2, 1.4)(),
        seed=7,
        fill_mode="reflect",
        data_format="channels_first",
        variant="field",
    ),
    function(
        "keras.ops.image.extract_patches",
        images=_any(3, 3, 1),
        size=2,
        strides=choices(None, 1),
        padding=choices("valid", "same"),
        data_format="channels_last",
    ),
    function(
        "keras.ops.image.extract_patches",
        images=_any(1, 3, 3, 1),
        size=[2, 1],
        strides=1,
        dilation_rate=2,
        data_format="channels_last",
        variant="dilated",
    ),
    function(
        "keras.ops.image.extract_patches",
        images=_any(2, 2, 2, 1),
        size=[1, 2, 2],
        data_format="channels_last",
        variant="volume",
    ),
    function(
        "keras.ops.image.extract_patches_3d",
        volumes=_any(2, 2, 3, 1),
        size=[1, 2, 2],
        strides=choices(None, 1),
        padding=choices("valid", "same"),
        data_format="channels_last",
    ),
    function(
        "keras.ops.image.gaussian_blur",
        images=_any(2, 2, 1),
        kernel_size=choices([3, 3], [3, 1]),
        data_format="channels_last",
    ),
    function(
        "keras.ops.image.gaussian_blur",
        images=_any(1, 1, 2, 2),
        sigma=between(0.5, 1.5)(2),
        data_format="channels_first",
        variant="sigma",
    ),
    function("keras.ops.image.hsv_to_rgb", images=between(0.0, 1.0)(1, 2, 3)),
    function(
        "keras.ops.image.hsv_to_rgb",
        images=between(0.0, 1.0)(1, 3, 2, 1),
        data_format="channels_first",
        variant="channels_first",
    ),
)
