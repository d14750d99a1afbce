"""Elementwise ops of two or more arguments, with broadcasting."""

from __future__ import annotations

from opcheck.domains import (
    between,
    booleans,
    complex_between,
    complex_normal,
    distinct,
    nonzero,
    normal,
    positive,
)
from opcheck.spec import COMPLEX, DTYPES, FLOATS, REALS, choices, op, sample

# Three arguments that broadcast together, each once the smallest.
TRIPLES = (
    ((2, 3), (2, 3), (2, 3)),
    ((), (2, 1), (3,)),
    ((2, 3), (), (1, 3)),
    ((1,), (2, 2), ()),
    ((0, 1), (2,), (1, 2)),
)

# Ops that are the gradients of others take two arguments of one shape.
EQUAL = (((), ()), ((2, 3), (2, 3)), ((0,), (0,)))

ROWS = (
    op("Add", x=normal, y=normal, dtypes=DTYPES),
    op(
        "AddN",
        sample("one", inputs=[normal(2, 3)]),
        sample("three", inputs=[normal(2, 3), normal(2, 3), normal(2, 3)]),
        sample("scalars", inputs=[normal(), normal()]),
        dtypes=DTYPES,
    ),
    op("AddV2", x=normal, y=normal, dtypes=DTYPES),
    op("Atan2", y=nonzero, x=nonzero, dtypes=REALS),
    # At 0 the slope is zero where a is more than 1, and infinite where it is less; at 1 so for b.
    op(
        "Betainc",
        sample(
            "flat-ends",
            a=between(1.25, 3.0)(3, 3),
            b=between(1.25, 3.0)(3, 3),
            x=between(0.0, 1.0)(3, 3),
        ),
        a=positive,
        b=positive,
        x=between(0.0, 1.0),
        shapes=(((2, 3), (2, 3), (2, 3)), ((), (), (3,)), ((3,), (3,), ())),
        wrt=("x",),
        dtypes=FLOATS,
        unjudged_at=("x=high",),
    ),
    op(
        "Betainc",
        a=positive(3),
        b=positive(3),
        x=between(0.0, 1.0)(3),
        wrt=("a", "b"),
        variant="shape-parameters",
    ),
    op(
        "Betainc",
        *(
            sample(
                f"x={end}",
                a=between(0.25, 0.75)(3),
                b=between(0.25, 0.75)(3),
                x=between(0.0, 1.0)(3).at(end),
            )
            for end in ("low", "high")
        ),
        a=between(0.25, 0.75)(3),
        b=between(0.25, 0.75)(3),
        x=between(0.0, 1.0)(3),
        wrt=("x",),
        variant="steep",
    ),
    op(
        "BiasAdd",
        sample("rank2", value=normal(2, 3), bias=normal(3)),
        sample("rank3", value=normal(2, 2, 3), bias=normal(3)),
        sample("rank4", value=normal(2, 2, 1, 3), bias=normal(3)),
        sample("rank5", value=normal(2, 1, 2, 1, 3), bias=normal(3)),
        sample("rank3-NCHW", value=normal(2, 3, 2), bias=normal(3), data_format="NCHW"),
        sample("rank4-NCHW", value=normal(2, 3, 1, 2), bias=normal(3), data_format="NCHW"),
        sample("rank5-NCHW", value=normal(2, 3, 1, 2, 1), bias=normal(3), data_format="NCHW"),
        dtypes=DTYPES,
    ),
    op(
        "BiasAddGrad",
        sample("rank2", out_backprop=normal(2, 3)),
        sample("rank4", out_backprop=normal(2, 2, 1, 3)),
        sample("rank5", out_backprop=normal(1, 2, 1, 2, 3)),
        sample("rank3-NCHW", out_backprop=normal(2, 3, 2), data_format="NCHW"),
        sample("rank4-NCHW", out_backprop=normal(2, 3, 1, 2), data_format="NCHW"),
        sample("rank5-NCHW", out_backprop=normal(1, 3, 1, 2, 2), data_format="NCHW"),
        dtypes=DTYPES,
    ),
    op(
        "BiasAddV1",
        sample("rank2", value=normal(2, 3), bias=normal(3)),
        sample("rank4", value=normal(2, 2, 1, 3), bias=normal(3)),
        dtypes=DTYPES,
    ),
    # Twelve distinct numbers fill a grid of step 1/4; the limits lie in its gaps.
    op(
        "ClipByValue",
        t=distinct(3, 4),
        clip_value_min=choices(between(-0.93, -0.82)(), between(-0.93, -0.82)(3, 4)),
        clip_value_max=choices(between(0.82, 0.93)(), between(0.82, 0.93)(3, 4)),
        dtypes=REALS,
    ),
    # Real and imaginary parts are clipped each for itself.
    op(
        "ClipByValue",
        t=complex_between(0.25, 0.75)(3),
        clip_value_min=complex_between(0.05, 0.2)(),
        clip_value_max=complex_between(0.8, 0.95)(),
        dtypes=COMPLEX,
        variant="complex",
    ),
    op(
        "Div",
        x=normal,
        y=nonzero,
        dtypes=DTYPES,
        unjudged_at=(
            "all=zeros",
            "y=two-zeros",
            "y=zero",
            "y=zeros",
        ),
    ),
    op("DivNoNan", x=normal, y=nonzero, dtypes=DTYPES),
    # Quotients away from whole numbers, in ranges that never meet one.
    op(
        "FloorDiv",
        x=choices(between(5.2, 5.8)(2, 3), between(-5.8, -5.2)(3)),
        y=between(0.98, 1.02)(3),
        dtypes=REALS,
    ),
    op(
        "FloorMod",
        x=choices(between(5.2, 5.8)(2, 3), between(-5.8, -5.2)(3)),
        y=between(0.98, 1.02)(3),
        dtypes=REALS,
    ),
    op("EluGrad", gradients=normal, outputs=between(-0.9, 0.9), shapes=EQUAL, dtypes=REALS),
    op(
        "Igamma",
        a=positive,
        x=positive,
        dtypes=FLOATS,
        unjudged_at=(
            "a=zeros",
            "all=zeros",
        ),
    ),
    op(
        "Igammac",
        a=positive,
        x=positive,
        dtypes=FLOATS,
        unjudged_at=(
            "a=tiny",
            "a=zeros",
            "all=tiny",
            "all=zeros",
        ),
    ),
    op("InvGrad", y=nonzero, dy=normal, shapes=EQUAL, dtypes=DTYPES),
    op(
        "LeakyReluGrad",
        gradients=normal(2, 3),
        features=distinct(2, 3),
        alpha=choices(0.0, 0.2),
        dtypes=REALS,
    ),
    # No distance between the two arguments is below 0.15, and either wins somewhere.
    op("Maximum", x=nonzero, y=between(-0.1, 0.1), dtypes=REALS),
    op("Maximum", x=between(-1.0, 1.0)(), y=between(-3.0, -2.0)(2), variant="negative"),
    op("Minimum", x=nonzero, y=between(-0.1, 0.1), dtypes=REALS),
    op("Minimum", x=between(-1.0, 1.0)(), y=between(2.0, 3.0)(2), variant="positive"),
    op(
        "Mod",
        x=choices(between(5.2, 5.8)(2, 3), between(-5.8, -5.2)(3)),
        y=between(0.98, 1.02)(3),
        dtypes=FLOATS,
    ),
    op("Mul", x=normal, y=normal, dtypes=DTYPES),
    op("MulNoNan", x=normal, y=nonzero, dtypes=REALS),
    # The gradient lacks the conjugate of the other factor.
    op("MulNoNan", x=normal(2, 3), y=nonzero(3), dtypes=COMPLEX, variant="complex"),
    op("NextAfter", x1=normal, x2=normal, dtypes=FLOATS),
    # The order of the polygamma function is a whole number, so it has no derivative.
    op(
        "Polygamma",
        sample("orders", a=[0.0, 1.0, 2.0, 5.0], x=positive(3, 1)),
        a=choices(0.0, 1.0, 3.0),
        x=positive,
        dtypes=FLOATS,
        unjudged_at=("x=zeros",),
    ),
    op(
        "Pow",
        # Exponents of both signs, so that a huge one always overflows.
        sample("both-signs", x=positive(3, 3), y=distinct(3, 3)),
        x=positive,
        y=normal,
        dtypes=REALS,
        unjudged_at=(
            "all=huge",
            "all=zeros",
            "x=zeros",
            "y=huge",
        ),
    ),
    op("Pow", x=complex_between(0.5, 2.0), y=complex_normal, dtypes=COMPLEX, variant="complex"),
    # A power of zero has a second derivative too: tensorflow/tensorflow#35011.
    op("Pow", x=normal(1).at("zeros"), y=[1.0, 2.0, 3.0, 4.0], wrt=("x",), variant="zero-base"),
    # A negative base has real powers for whole exponents alone.
    op(
        "Pow",
        x=nonzero(2, 3),
        y=choices(-1.0, 2.0, 3.0),
        variant="whole-exponent",
        unjudged_at=(
            "x=two-zeros",
            "x=zero",
        ),
    ),
    op(
        "RealDiv",
        x=normal,
        y=nonzero,
        dtypes=DTYPES,
        unjudged_at=(
            "all=zeros",
            "y=two-zeros",
            "y=zero",
            "y=zeros",
        ),
    ),
    op("ReciprocalGrad", y=nonzero, dy=normal, shapes=EQUAL, dtypes=DTYPES),
    op(
        "Relu6Grad",
        sample("around-0", gradients=normal(2, 3), features=distinct(2, 3)),
        sample("around-6", gradients=normal(4), features=[5.5, 6.5, 3.0, -1.0]),
        dtypes=REALS,
    ),
    op("ReluGrad", gradients=normal(2, 3), features=distinct(2, 3), dtypes=REALS),
    op("RsqrtGrad", y=nonzero, dy=normal, shapes=EQUAL, dtypes=DTYPES),
    op(
        "Select",
        sample("same", condition=booleans(2, 3), x=normal(2, 3), y=normal(2, 3)),
        sample("rows", condition=booleans(3), x=normal(3, 2), y=normal(3, 2)),
        sample("scalar", condition=booleans(), x=normal(2, 3), y=normal(2, 3)),
        dtypes=DTYPES,
    ),
    op("SelectV2", condition=booleans, t=normal, e=normal, shapes=TRIPLES, dtypes=DTYPES),
    op("SeluGrad", gradients=normal, outputs=between(-0.9, 0.9), shapes=EQUAL, dtypes=REALS),
    op("SigmoidGrad", y=normal, dy=normal, shapes=EQUAL, dtypes=DTYPES),
    op("SoftplusGrad", gradients=normal(2, 3), features=normal(2, 3), dtypes=REALS),
    op(
        "SqrtGrad",
        y=nonzero,
        dy=normal,
        shapes=EQUAL,
        dtypes=DTYPES,
        unjudged_at=(
            "y=two-zeros",
            "y=zero",
            "y=zeros",
        ),
    ),
    op("SquaredDifference", x=normal, y=normal, dtypes=REALS),
    # |x - y|^2 is real, yet cotangents of its imaginary part are let through.
    op("SquaredDifference", x=normal(2, 3), y=normal(3), dtypes=COMPLEX, variant="complex"),
    op("Sub", x=normal, y=normal, dtypes=DTYPES),
    op("TanhGrad", y=normal, dy=normal, shapes=EQUAL, dtypes=DTYPES),
    op(
        "TruncateDiv",
        x=choices(between(5.2, 5.8)(2, 3), between(-5.8, -5.2)(3)),
        y=between(0.98, 1.02)(3),
        dtypes=REALS,
    ),
    op(
        "TruncateMod",
        x=choices(between(5.2, 5.8)(2, 3), between(-5.8, -5.2)(3)),
        y=between(0.98, 1.02)(3),
        dtypes=FLOATS,
    ),
    op(
        "Xdivy",
        x=nonzero,
        y=nonzero,
        dtypes=REALS,
        unjudged_at=(
            "y=two-zeros",
            "y=zero",
            "y=zeros",
        ),
    ),
    # In complex numbers the gradients of the three lack the conjugates.
    op("Xdivy", x=nonzero(2, 3), y=nonzero(3), dtypes=COMPLEX, variant="complex"),
    op("Xlog1py", x=nonzero, y=between(-1.0, 1.0), dtypes=REALS, unjudged_at=("y=low",)),
    op(
        "Xlog1py",
        x=nonzero(2, 3),
        y=complex_between(0.5, 2.0)(3),
        dtypes=COMPLEX,
        variant="complex",
    ),
    op("Xlogy", x=nonzero, y=positive, dtypes=REALS, unjudged_at=("y=zeros",)),
    op(
        "Xlogy",
        x=nonzero(2, 3),
        y=complex_between(0.5, 2.0)(3),
        dtypes=COMPLEX,
        variant="complex",
    ),
    op(
        "Zeta", x=between(1.5, 4.0), q=positive, wrt=("q",), dtypes=FLOATS, unjudged_at=("q=zeros",)
    ),
    op("Zeta", x=between(1.5, 4.0)(3), q=positive(3), wrt=("x",), variant="exponent"),
)
