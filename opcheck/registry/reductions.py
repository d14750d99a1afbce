"""Reductions and scans along axes."""

from __future__ import annotations

from opcheck.domains import distinct, filled, nonzero, normal
from opcheck.spec import COMPLEX, DTYPE, DTYPES, FLOATS, REALS, choices, function, op, sample

ROWS = (
    op(
        "Cumprod",
        sample("rank1", x=nonzero(4), axis=0),
        sample("rank3-middle", x=nonzero(2, 3, 2), axis=1),
        sample("single", x=nonzero(3, 1), axis=1, exclusive=True),
        x=nonzero(2, 3),
        axis=choices(0, -1),
        exclusive=choices(False, True),
        reverse=choices(False, True),
        dtypes=REALS,
    ),
    # The gradient lacks the conjugate of the product of the other factors.
    op("Cumprod", x=nonzero(3), axis=0, dtypes=COMPLEX, variant="complex"),
    # The gradient divides the products that hold an entry by the entry.
    op("Cumprod", x=filled(0.0)(3), axis=0, variant="zero"),
    op(
        "Cumsum",
        sample("rank1", x=normal(4), axis=0),
        sample("rank3-middle", x=normal(2, 3, 2), axis=1),
        sample("single", x=normal(3, 1), axis=1, exclusive=True),
        x=normal(2, 3),
        axis=choices(0, -1),
        exclusive=choices(False, True),
        reverse=choices(False, True),
        dtypes=DTYPES,
    ),
    op(
        "CumulativeLogsumexp",
        sample("rank1", x=normal(4), axis=0),
        sample("rank3-middle", x=normal(2, 3, 2), axis=1),
        x=normal(2, 3),
        axis=choices(0, -1),
        reverse=choices(False, True),
        dtypes=REALS,
    ),
    # The first sum is empty and its logarithm -inf, where nothing can be differenced.
    op(
        "CumulativeLogsumexp",
        x=normal(4),
        axis=0,
        exclusive=True,
        reverse=choices(False, True),
        variant="exclusive",
    ),
    op(
        "EuclideanNorm",
        sample("rank3", input=nonzero(2, 2, 3), axis=[0, -1]),
        sample("single", input=nonzero(3, 1), axis=1),
        input=nonzero(2, 3),
        axis=choices(0, [-1], [0, 1]),
        keep_dims=choices(False, True),
        dtypes=REALS,
    ),
    # The norm is real, yet cotangents of its imaginary part are let through; zero ones give 0/0.
    op("EuclideanNorm", input=nonzero(2, 3), axis=1, dtypes=COMPLEX, variant="complex"),
    # The outputs are means over runs of neighbours, which stay put near a point.
    op(
        "IsotonicRegression",
        input=distinct,
        output_dtype=DTYPE,
        shapes=((3, 1), (2, 3), (1, 5), (3, 4)),
        dtypes=FLOATS,
    ),
    function(
        "opcheck.compositions.isotonic_regression",
        x=distinct(2, 3),
        covers=("IsotonicRegression",),
        dtypes=("bfloat16", "float16"),
    ),
    op("L2Loss", t=normal, shapes=((), (4,), (2, 3), (2, 1, 2)), dtypes=REALS),
    op(
        "Max",
        sample("rank3", input=distinct(2, 2, 3), axis=[0, -1]),
        sample("single", input=distinct(3, 1), axis=1),
        sample("scalar", input=distinct(), axis=[]),
        input=distinct(2, 3),
        axis=choices(0, [-1], [0, 1], []),
        keep_dims=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "Mean",
        sample("rank3", input=normal(2, 2, 3), axis=[0, -1]),
        sample("single", input=normal(3, 1), axis=1),
        sample("scalar", input=normal(), axis=[]),
        input=normal(2, 3),
        axis=choices(0, [-1], [0, 1], []),
        keep_dims=choices(False, True),
        dtypes=DTYPES,
    ),
    op(
        "Min",
        sample("rank3", input=distinct(2, 2, 3), axis=[0, -1]),
        sample("single", input=distinct(3, 1), axis=1),
        sample("scalar", input=distinct(), axis=[]),
        input=distinct(2, 3),
        axis=choices(0, [-1], [0, 1], []),
        keep_dims=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "NthElement",
        sample("rank1", input=distinct(4), n=1),
        sample("rank3", input=distinct(2, 2, 3), n=1),
        input=distinct(2, 4),
        n=choices(0, 2),
        reverse=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "Prod",
        sample("rank3", input=nonzero(2, 2, 3), axis=[0, -1]),
        sample("single", input=nonzero(3, 1), axis=1),
        sample("scalar", input=nonzero(), axis=[]),
        input=nonzero(2, 3),
        axis=choices(0, [-1], [0, 1], []),
        keep_dims=choices(False, True),
        dtypes=DTYPES,
    ),
    # Where a factor is zero the second derivative is not: tensorflow/tensorflow#61117.
    op("Prod", input=normal(3).at("zero"), axis=[0], variant="zero-factor"),
    op(
        "Sum",
        sample("rank3", input=normal(2, 2, 3), axis=[0, -1]),
        sample("single", input=normal(3, 1), axis=1),
        sample("scalar", input=normal(), axis=[]),
        input=normal(2, 3),
        axis=choices(0, [-1], [0, 1], []),
        keep_dims=choices(False, True),
        dtypes=DTYPES,
    ),
)
