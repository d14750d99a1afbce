"""Public functions of `tf.math` that Python wraps around ops; what `tf` has too is in `core`."""

from __future__ import annotations

from opcheck.domains import between, complex_normal, distinct, nonzero, normal, positive
from opcheck.spec import COMPLEX128, DOUBLES, DTYPE, FLOAT32, choices, function, sample

_ALONE = ((2, 3),)
_PAIR = (((2, 3), (2, 3)), ((2, 1), (3,)))
_KEPT = choices(False, True)

ROWS = (
    # The least are found by compiled code alone.
    function(
        "opcheck.compositions.least_compiled",
        x=distinct(2, 5),
        count=2,
        axis=choices(-1, 1),
        dtypes=FLOAT32,
        covers=("tf.math.approx_min_k",),
    ),
    function("tf.math.accumulate_n", inputs=[normal(2), normal(2)]),
    function(
        "tf.math.approx_max_k",
        operand=distinct(2, 5),
        k=2,
        aggregate_to_topk=choices(False, True),
        dtypes=FLOAT32,
    ),
    function(
        "tf.math.bessel_i0",
        sample("large", x=between(8.0, 12.0)(3)),
        x=normal(2, 3),
        unjudged_at=("x=huge",),
    ),
    function(
        "tf.math.bessel_i1",
        sample("large", x=between(8.0, 12.0)(3)),
        x=nonzero(2, 3),
        unjudged_at=("x=huge",),
    ),
    # The scaled functions carry exp(-|x|), which has a kink at 0.
    *(
        function(f"tf.math.{name}", sample("large", x=between(8.0, 12.0)(3)), x=nonzero(2, 3))
        for name in ("bessel_i0e", "bessel_i1e")
    ),
    # Weights that are counted keep their dtype; along an axis another op counts.
    function(
        "tf.math.bincount",
        sample("flat", arr=[1, 3, 1, 0], weights=normal(4)),
        sample("axis", arr=[[1, 3, 1, 0]], weights=normal(1, 4), axis=-1),
    ),
    function("tf.math.ceil", x=choices(between(1.0, 2.0)(3), between(-2.0, -1.0)(2, 3))),
    function(
        "tf.math.confusion_matrix",
        labels=[0, 1, 1, 2],
        predictions=[0, 1, 1, 0],
        weights=normal(4),
        dtype=DTYPE,
    ),
    function("tf.math.conj", x=complex_normal(2, 3)),
    function("tf.math.count_nonzero", input=nonzero(2, 3), axis=choices(None, 1), dtype=DTYPE),
    function(
        "tf.math.cumprod",
        x=nonzero(2, 3),
        axis=choices(0, 1),
        exclusive=choices(False, True),
        reverse=choices(False, True),
    ),
    function(
        "tf.math.cumulative_logsumexp",
        x=normal(2, 3),
        axis=choices(0, 1),
        exclusive=choices(False, True),
        reverse=choices(False, True),
    ),
    function("tf.math.divide_no_nan", x=normal, y=nonzero, shapes=_PAIR),
    function(
        "tf.math.erfcinv", x=between(0.0, 2.0), shapes=_ALONE, unjudged_at=("x=high", "x=low")
    ),
    function(
        "tf.math.erfinv", x=between(-1.0, 1.0), shapes=_ALONE, unjudged_at=("x=high", "x=low")
    ),
    # Quotients away from whole numbers, in ranges that never meet one.
    function(
        "tf.math.floordiv",
        x=choices(between(5.2, 5.8)(2, 3), between(-5.8, -5.2)(3)),
        y=between(0.98, 1.02)(3),
    ),
    function("tf.math.imag", input=complex_normal(2, 3)),
    function("tf.math.imag", input=normal(3), variant="real"),
    function("tf.math.lbeta", x=choices(positive(3), positive(2, 2)), unjudged_at=("x=zeros",)),
    function("tf.math.log_sigmoid", x=normal, shapes=_ALONE),
    *(
        function(f"tf.math.{name}", logits=normal(2, 3), axis=choices(None, 0))
        for name in ("log_softmax", "softmax")
    ),
    function("tf.math.multiply_no_nan", x=normal, y=nonzero, shapes=_PAIR),
    function("tf.math.ndtri", x=between(0.0, 1.0), shapes=_ALONE, unjudged_at=("x=high", "x=low")),
    function(
        "tf.math.polyval",
        sample("cubic", coeffs=[normal(), normal(), normal(), normal()], x=normal(3)),
        sample("shapes", coeffs=[normal(2, 1), normal(2)], x=normal(2, 2)),
        sample("constant", coeffs=[normal(2)], x=normal(2)),
        sample("none", coeffs=[], x=normal(2)),
    ),
    function("tf.math.real", input=complex_normal(2, 3)),
    function("tf.math.real", input=normal(3), variant="real"),
    function("tf.math.reciprocal_no_nan", x=nonzero, shapes=_ALONE, dtypes=DOUBLES),
    function(
        "tf.math.reduce_euclidean_norm",
        input_tensor=nonzero(2, 3),
        axis=choices(None, 1),
        keepdims=_KEPT,
    ),
    *(
        function(
            # The mean of four equal numbers is the same number, that of six is rounded.
            f"tf.math.reduce_{name}",
            input_tensor=normal(2, 2),
            axis=choices(None, 1, [0, 1]),
            keepdims=_KEPT,
        )
        for name in ("std", "variance")
    ),
    *(
        function(
            f"tf.math.reduce_{name}",
            input_tensor=complex_normal(2, 2),
            axis=choices(None, 1),
            variant="complex",
            dtypes=COMPLEX128,
        )
        for name in ("std", "variance")
    ),
    # Of one number: it deviates by 0 from itself, whatever it is.
    *(
        function(f"tf.math.reduce_{name}", input_tensor=normal(3, 1), axis=1, variant="single")
        for name in ("std", "variance")
    ),
    function("tf.math.rsqrt", x=positive, shapes=_ALONE, unjudged_at=("x=zeros",)),
    function(
        "tf.math.softplus",
        sample("tails", features=between(-40.0, 40.0)(2, 3)),
        features=normal(2, 3),
    ),
    *(
        function(
            f"tf.math.special.{name}",
            sample("large", x=between(5.0, 20.0)(3)),
            x=nonzero(2, 3),
            unjudged_at=("x=huge",),
        )
        for name in ("bessel_j0", "bessel_j1")
    ),
    *(
        function(
            f"tf.math.special.{name}",
            sample("large", x=between(2.0, 8.0)(3)),
            x=positive(2, 3),
            unjudged_at=("x=zeros",),
        )
        for name in ("bessel_k0", "bessel_k0e", "bessel_k1", "bessel_k1e")
    ),
    *(
        function(
            f"tf.math.special.{name}",
            sample("large", x=between(5.0, 20.0)(3)),
            x=positive(2, 3),
            unjudged_at=("x=huge", "x=zeros"),
        )
        for name in ("bessel_y0", "bessel_y1")
    ),
    function("tf.math.special.dawsn", sample("large", x=between(4.0, 12.0)(3)), x=normal(2, 3)),
    function(
        "tf.math.special.expint",
        sample("large", x=between(3.0, 12.0)(3)),
        x=positive(2, 3),
        unjudged_at=("x=huge", "x=zeros"),
    ),
    # Far out the slope changes its sign between neighbouring floats.
    *(
        function(
            f"tf.math.special.{name}",
            sample("large", x=between(2.0, 6.0)(3)),
            x=between(-3.0, 3.0)(2, 3),
        )
        for name in ("fresnel_cos", "fresnel_sin")
    ),
    function("tf.math.special.spence", sample("large", x=between(2.0, 12.0)(3)), x=positive(2, 3)),
    function("tf.math.top_k", input=distinct(2, 4), k=choices(1, 3), sorted=choices(True, False)),
    # A negative id drops its entries, and a segment may have none.
    *(
        function(
            f"tf.math.unsorted_segment_{name}",
            sample("vector", data=normal(5), segment_ids=[1, 0, 1, 3, 1], num_segments=4),
            sample("dropped", data=normal(4, 2), segment_ids=[2, -1, 0, 2], num_segments=3),
            sample("matrix", data=normal(2, 3), segment_ids=[[0, 1, 0], [1, 1, 0]], num_segments=2),
        )
        for name in ("mean", "sqrt_n")
    ),
    function(
        "tf.math.xdivy",
        x=nonzero,
        y=nonzero,
        shapes=_PAIR,
        unjudged_at=("y=two-zeros", "y=zero", "y=zeros"),
    ),
    function(
        "tf.math.xlog1py", x=nonzero, y=between(-1.0, 1.0), shapes=_PAIR, unjudged_at=("y=low",)
    ),
    function("tf.math.zero_fraction", value=nonzero(2, 3)),
)
