"""Public functions of `tf` itself that Python wraps around ops: arithmetic, reductions, shapes."""

from __future__ import annotations

from opcheck.domains import (
    between,
    complex_normal,
    distinct,
    nonzero,
    normal,
    positive,
    well_conditioned,
)
from opcheck.spec import COMPLEX128, DOUBLES, DTYPE, choices, function

_PAIR = (((2, 3), (2, 3)), ((2, 1), (3,)), ((), (2,)))
_ALONE = ((2, 3),)

ROWS = (
    # -- Arithmetic ----------------------------------------------------------------------------
    function("tf.abs", x=nonzero, shapes=_ALONE),
    function("tf.abs", x=complex_normal(3), variant="complex", dtypes=COMPLEX128),
    function("tf.acos", x=between(-1.0, 1.0), shapes=_ALONE),
    function("tf.add", x=normal, y=normal, shapes=_PAIR),
    function("tf.add_n", inputs=[normal(2, 2), normal(2, 2), normal(2, 2)]),
    function(
        "tf.divide",
        x=normal,
        y=nonzero,
        shapes=_PAIR,
        unjudged_at=("all=zeros", "y=two-zeros", "y=zero", "y=zeros"),
    ),
    function("tf.exp", x=normal, shapes=_ALONE, dtypes=DOUBLES, unjudged_at=("x=huge",)),
    function("tf.floor", x=between(-2.5, 2.5), shapes=_ALONE),
    function("tf.multiply", x=normal, y=normal, shapes=_PAIR, dtypes=DOUBLES),
    function("tf.pow", x=positive, y=between(1.5, 3.0), shapes=_PAIR),
    function(
        "tf.pow",
        x=positive(2, 3),
        y=between(-2.0, -0.5)(2, 3),
        variant="negative",
        unjudged_at=("x=zeros",),
    ),
    function("tf.round", x=between(-2.5, 2.5), shapes=_ALONE),
    function("tf.scalar_mul", scalar=normal(), x=normal(2, 3)),
    function("tf.sigmoid", x=normal, shapes=_ALONE, dtypes=DOUBLES),
    function("tf.sign", x=nonzero, shapes=_ALONE),
    function("tf.sqrt", x=positive, shapes=_ALONE),
    function("tf.subtract", x=normal, y=normal, shapes=_PAIR),
    function(
        "tf.truediv",
        x=normal,
        y=nonzero,
        shapes=_PAIR,
        unjudged_at=("all=zeros", "y=two-zeros", "y=zero", "y=zeros"),
    ),
    function("tf.complex", real=normal(2, 2), imag=normal(2, 2)),
    # -- Clipping ------------------------------------------------------------------------------
    function(
        "tf.clip_by_global_norm", t_list=[normal(2), normal(2, 2)], clip_norm=choices(0.5, 9.0)
    ),
    function(
        "tf.clip_by_norm", t=normal(2, 3), clip_norm=choices(0.5, 9.0), axes=choices(None, [1])
    ),
    function("tf.clip_by_value", t=normal(2, 3), clip_value_min=-0.5, clip_value_max=0.5),
    function(
        "tf.clip_by_value",
        t=normal(2, 3),
        clip_value_min=normal(3),
        clip_value_max=between(3.0, 4.0)(3),
        variant="tensors",
    ),
    # -- Products of matrices ------------------------------------------------------------------
    function(
        "tf.matmul",
        a=normal(2, 2),
        b=normal(2, 2),
        transpose_a=choices(False, True),
        transpose_b=choices(False, True),
        dtypes=DOUBLES,
    ),
    function("tf.matmul", a=normal(2, 1, 3), b=normal(3, 2), variant="batch"),
    function(
        "opcheck.compositions.einsum_of_two",
        a=normal(2, 2),
        b=normal(2, 2),
        equation=choices("ij,jk->ik", "ij,ij->", "ij,kj->jik"),
        covers=("tf.einsum",),
    ),
    function("tf.eig", tensor=well_conditioned(2, 2), judged=(0,)),
    function("tf.eigvals", tensor=well_conditioned(2, 2)),
    # -- Reductions ----------------------------------------------------------------------------
    *(
        function(
            f"tf.reduce_{name}",
            input_tensor=domain(2, 3),
            axis=choices(None, 1, [0, 1]),
            keepdims=choices(False, True),
        )
        for name, domain in (
            ("logsumexp", normal),
            ("max", distinct),
            ("mean", normal),
            ("min", distinct),
            ("prod", normal),
            ("sum", normal),
        )
    ),
    function(
        "tf.cumsum",
        x=normal(2, 3),
        axis=choices(0, 1),
        exclusive=choices(False, True),
        reverse=choices(False, True),
    ),
    # -- Shapes --------------------------------------------------------------------------------
    function(
        "tf.batch_to_space",
        input=normal(4, 1, 2, 1),
        block_shape=[2, 2],
        crops=choices([[0, 0], [0, 0]], [[0, 0], [1, 0]]),
    ),
    function(
        "tf.space_to_batch", input=normal(1, 2, 3, 1), block_shape=[2, 2], paddings=[[0, 0], [1, 0]]
    ),
    function("tf.concat", values=[normal(2, 1), normal(2, 2)], axis=choices(1, -1)),
    function("tf.ensure_shape", x=normal(2, 3), shape=[2, None]),
    function("tf.expand_dims", input=normal(2, 3), axis=choices(0, -1)),
    function("tf.fill", dims=[2, 3], value=normal()),
    function("tf.identity", input=normal(2, 3)),
    function("tf.guarantee_const", input=normal(2, 3)),
    function(
        "opcheck.compositions.parallel_stack",
        x=normal(2),
        y=normal(2),
        covers=("tf.parallel_stack",),
    ),
    function(
        "opcheck.compositions.grid",
        x=normal(2),
        y=normal(3),
        indexing=choices("xy", "ij"),
        covers=("tf.meshgrid",),
    ),
    function("tf.pad", tensor=normal(2, 3), paddings=[[1, 0], [1, 2]], mode="CONSTANT"),
    function(
        "tf.pad",
        tensor=normal(2, 3),
        paddings=[[1, 0], [1, 2]],
        constant_values=normal(),
        variant="constant",
    ),
    function(
        "tf.pad",
        tensor=normal(2, 3),
        paddings=[[1, 0], [1, 2]],
        mode=choices("REFLECT", "SYMMETRIC"),
        variant="mirrored",
    ),
    function("tf.repeat", input=normal(2, 2), repeats=choices(2, [1, 2]), axis=0),
    function("tf.repeat", input=normal(2, 2), repeats=2, variant="flat"),
    function("tf.reshape", tensor=normal(2, 3), shape=choices([3, 2], [-1])),
    function(
        "tf.reverse_sequence", input=normal(2, 3), seq_lengths=[2, 3], seq_axis=1, batch_axis=0
    ),
    function("tf.roll", input=normal(2, 3), shift=choices(1, -2), axis=1),
    function("tf.slice", input_=normal(2, 3), begin=[0, 1], size=choices([2, 1], [-1, -1])),
    function(
        "tf.sort",
        values=distinct(2, 3),
        axis=choices(-1, 0),
        direction=choices("ASCENDING", "DESCENDING"),
    ),
    function("tf.split", value=normal(2, 4), num_or_size_splits=choices(2, [1, 3]), axis=1),
    function("tf.squeeze", input=normal(1, 2, 1), axis=choices(None, [0])),
    function("tf.stack", values=[normal(2), normal(2)], axis=choices(0, -1)),
    function("tf.strided_slice", input_=normal(3, 4), begin=[0, 3], end=[3, 0], strides=[2, -1]),
    function("tf.transpose", a=normal(1, 2, 3), perm=choices(None, [1, 0, 2])),
    function(
        "tf.transpose",
        a=normal(2, 3),
        conjugate=choices(False, True),
        variant="conjugate",
        dtypes=COMPLEX128,
    ),
    function("tf.tuple", tensors=[normal(2), normal()]),
    function("tf.unstack", value=normal(2, 3), axis=choices(0, 1)),
    # -- Entries -------------------------------------------------------------------------------
    function("tf.boolean_mask", tensor=normal(3, 2), mask=[True, False, True]),
    function(
        "tf.boolean_mask",
        tensor=normal(2, 2),
        mask=[[True, False], [False, True]],
        axis=choices(None, 0),
        variant="matrix",
    ),
    function("tf.gather", params=normal(3, 3), indices=[2, 0, 2], axis=choices(0, -1)),
    function(
        "tf.gather",
        params=normal(2, 3),
        indices=[[0, 2], [1, 1]],
        axis=1,
        batch_dims=1,
        variant="batch",
    ),
    function(
        "tf.gather_nd", params=normal(3, 2), indices=choices([[0, 1], [2, 0], [0, 1]], [[1], [1]])
    ),
    function(
        "tf.gather_nd",
        params=normal(2, 3),
        indices=[[[0], [2]], [[1], [1]]],
        batch_dims=1,
        variant="batch",
    ),
    function(
        "tf.one_hot",
        indices=[0, 2, -1],
        depth=3,
        on_value=normal(),
        off_value=normal(),
        axis=choices(-1, 0),
    ),
    function(
        "tf.tensor_scatter_nd_update", tensor=normal(3, 2), indices=[[0], [2]], updates=normal(2, 2)
    ),
    function(
        "opcheck.compositions.edit_distance_of_values",
        x=distinct(3),
        y=distinct(3),
        covers=("tf.edit_distance",),
    ),
    function("tf.unique", x=distinct(4)),
    function("tf.unique_with_counts", x=distinct(4)),
    function("tf.where", condition=[[True, False, True]], x=normal(2, 3), y=normal(2, 1)),
    # -- Constants, conversions ----------------------------------------------------------------
    function("tf.cast", x=normal(2, 3), dtype=choices("float32", "float64", "complex128")),
    function(
        "tf.cast",
        x=normal(2),
        dtype=choices("complex128", "float64"),
        variant="complex",
        dtypes=COMPLEX128,
    ),
    function("tf.constant", value=normal(2)),
    function("tf.convert_to_tensor", value=[normal(), normal()]),
    function("tf.linspace", start=normal(), stop=normal(), num=choices(1, 4)),
    function(
        "tf.linspace",
        start=normal(2),
        stop=normal(2),
        num=3,
        axis=choices(0, -1),
        variant="vectors",
    ),
    function("tf.ones_like", input=normal(2, 3)),
    function("tf.zeros_like", input=normal(2, 3)),
    function(
        "tf.range", start=between(0.1, 0.4)(), limit=between(2.6, 2.9)(), delta=between(0.95, 1.0)()
    ),
    function(
        "tf.saturate_cast", value=between(-4.0, 4.0)(2, 3), dtype=choices("float32", "float64")
    ),
    function("tf.sequence_mask", lengths=between(0.1, 2.9)(3), maxlen=3, dtype=DTYPE),
    function("tf.stop_gradient", input=normal(2, 3)),
    function(
        "opcheck.compositions.batched",
        x=normal(2, 2),
        covers=("tf.nondifferentiable_batch_function",),
    ),
    function("opcheck.compositions.numpy_function", x=normal(2), covers=("tf.numpy_function",)),
    # -- Convolutions' gradients, transforms ---------------------------------------------------
)
