"""Defects of functions of `keras.ops`, by name from a to h."""

from __future__ import annotations

from opcheck.known import KnownDefect

_ENDS = "The slope at the ends of [-1, 1] is infinite, and 0 for every other output; the gradient multiplies the infinite one by their cotangents of 0, which gives NaN."

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "keras.ops.arange",
        "keras.ops.arange/*",
        "missing",
        "start: missing (declared non-differentiable); step: missing (declared non-differentiable)",
        reason="start + i step is linear in both, but the op is declared non-differentiable.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.arccos-ends",
        "keras.ops.arccos/*-x=[lh]*/float64/special",
        "nan",
        "x: nan",
        reason=_ENDS,
    ),
    KnownDefect(
        "keras.ops.arccosh-end",
        "keras.ops.arccosh/*-x=low/float64/special",
        "nan",
        "x: nan",
        reason="The slope at 1 is infinite, and 0 for every other output; the gradient multiplies the infinite one by their cotangents of 0, which gives NaN.",
    ),
    KnownDefect(
        "keras.ops.arcsin-ends",
        "keras.ops.arcsin/*-x=[lh]*/float64/special",
        "nan",
        "x: nan",
        reason=_ENDS,
    ),
    KnownDefect(
        "keras.ops.arctan2-origin",
        "keras.ops.arctan2/*-all=zeros/float64/special",
        "nan",
        "x1: nan; x2: nan",
        reason="An angle does not depend on the other points, but at the origin the gradient divides their cotangents of 0 by x1^2 + x2^2 = 0.",
    ),
    KnownDefect(
        "keras.ops.bincount",
        "keras.ops.bincount/*",
        "missing",
        "weights: missing (unregistered)",
        reason="Each bin is the sum of its weights, slope 1, but no gradient is registered.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.cbrt-zero",
        "keras.ops.cbrt/*-x=zero*/float64/special",
        "nan",
        "x: nan",
        reason="The slope at 0 is infinite, and 0 for every other output; the gradient multiplies the infinite one of the power by their cotangents of 0, which gives NaN.",
    ),
    KnownDefect(
        "keras.ops.cdist-all-whole",
        "keras.ops.cdist/*-all=whole/float64/special",
        "nan",
        "x: nan; y: nan",
        reason="Every vector of length up to 1 is a subgradient of the distance of a point from itself, 0 among them, but the gradient of the root of a sum of squares is infinity times 0.",
    ),
    KnownDefect(
        "keras.ops.cdist-all-zeros",
        "keras.ops.cdist/*-all=zeros/float64/special",
        "nan",
        "x: nan; y: nan",
        reason="Every vector of length up to 1 is a subgradient of the distance of a point from itself, 0 among them, but the gradient of the root of a sum of squares is infinity times 0.",
    ),
    KnownDefect(
        "keras.ops.celu-zero",
        "keras.ops.celu/*-x=*zero*/float64/special",
        "wrong",
        "x: wrong",
        reason="The slope at 0 is 1 from both sides, but the function is the sum of a maximum and a minimum with 0, each of which passes a slope of 1 on where they are equal: 2 in all.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.ctc_decode",
        "keras.ops.ctc_decode/*",
        "missing",
        "inputs: missing (declared non-differentiable)",
        reason="The score of a path is piecewise smooth in the inputs, with slopes of -1 or those of a log-sum-exp, but both decoders are declared non-differentiable.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.det-singular",
        "keras.ops.det/*-x=singular/float64/special",
        "crash",
        "x: crash (InvalidArgumentError)",
        reason="The determinant is a polynomial and its gradient the matrix of cofactors, but it is computed from the inverse, which a singular matrix lacks.",
    ),
    KnownDefect(
        "keras.ops.det-zeros",
        "keras.ops.det/*-x=zeros/float64/special",
        "crash",
        "x: crash (InvalidArgumentError)",
        reason="The determinant is a polynomial and its gradient the matrix of cofactors, but it is computed from the inverse, which a singular matrix lacks.",
    ),
    KnownDefect(
        "keras.ops.fmod-zero",
        "keras.ops.fmod/*-x1=zero*/float64/special",
        "wrong",
        "x1: wrong",
        reason="Near 0 the remainder of x is x itself, slope 1, but it is computed as the sign of x times the remainder of |x|, whose gradients at 0 are both 0.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.geomspace-zeros",
        "keras.ops.geomspace/*=zeros/float64/special",
        "nan",
        "start: nan; stop: nan",
        reason="Where one end is 0 the numbers do not change with the other, slope 0, but the gradient multiplies that by the infinite slope of the logarithm at 0.",
    ),
    KnownDefect(
        "keras.ops.hypot-equal-sides",
        "keras.ops.hypot/*-all=whole/float64/special",
        "wrong",
        "x1: wrong; x2: wrong",
        reason="The length is smooth where |x1| = |x2|, with equal slopes up to sign, but it is computed from the larger and the smaller of the two, which both pass everything on to x1 where they are equal.",
        size=1.0,
    ),
)
