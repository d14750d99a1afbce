"""Defects of `tf.experimental.numpy`."""

from __future__ import annotations

from opcheck.known import KnownDefect

_INFINITE_SLOPE = "The slope is infinite there, and 0 for every other output; the gradient multiplies the infinite one by their cotangents of 0, which gives NaN."
_EQUAL = "Where both are equal the slope is 1/2 in each, but the gradient is put together from that of the maximum, 1 and 0, and that of the distance, 0."
_DEVIATION = "The function is a norm of what is left without the mean, and 0 is a subgradient where nothing is left, but the gradient of the root of the variance is infinity times 0."

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "tf.experimental.numpy.angle-zeros",
        "tf.experimental.numpy.angle/*-z=zeros/complex128/special",
        "nan",
        "z: nan",
        reason="An angle does not depend on the other numbers, but at 0 the gradient divides their cotangents of 0 by 0.",
    ),
    KnownDefect(
        "tf.experimental.numpy.arange",
        "tf.experimental.numpy.arange/*",
        "missing",
        "start: missing (disconnected); step: missing (disconnected)",
        reason="start + i step is linear in both, but the op beneath is declared non-differentiable.",
        size=1.0,
    ),
    KnownDefect(
        "tf.experimental.numpy.arccos-ends",
        "tf.experimental.numpy.arccos/*-x=[lh]*/float64/special",
        "nan",
        "x: nan",
        reason=_INFINITE_SLOPE,
    ),
    KnownDefect(
        "tf.experimental.numpy.arccosh-end",
        "tf.experimental.numpy.arccosh/*-x=low/float64/special",
        "nan",
        "x: nan",
        reason=_INFINITE_SLOPE,
    ),
    KnownDefect(
        "tf.experimental.numpy.arcsin-ends",
        "tf.experimental.numpy.arcsin/*-x=[lh]*/float64/special",
        "nan",
        "x: nan",
        reason=_INFINITE_SLOPE,
    ),
    KnownDefect(
        "tf.experimental.numpy.arctan2-origin",
        "tf.experimental.numpy.arctan2/*-all=zeros/float64/special",
        "nan",
        "x1: nan",
        reason="An angle does not depend on the other points, but at the origin the gradient divides their cotangents of 0 by x^2 + y^2 = 0.",
    ),
    KnownDefect(
        "tf.experimental.numpy.cbrt-zero",
        "tf.experimental.numpy.cbrt/*-x=zero*/float64/special",
        "nan",
        "x: nan",
        reason="The slope is infinite at 0, and 0 for every other output; the gradient multiplies the infinite slope of |x|^(1/3) by their cotangents of 0 and by the sign of x, which is 0 too.",
    ),
    KnownDefect(
        "tf.experimental.numpy.cumprod-zero",
        "tf.experimental.numpy.cumprod/*-a=*zero*/float64/special",
        "wrong",
        "a: wrong",
        reason="At a_i = 0 the slope is the product of the other factors; the gradient divides the product by a_i without NaN and gives 0.",
        size=1.0,
    ),
    KnownDefect(
        "tf.experimental.numpy.geomspace-stop",
        "tf.experimental.numpy.geomspace/*-stop=zeros/float64/special",
        "nan",
        "stop: nan",
        reason="The last number is the stop itself, slope 1, but the gradient goes through its logarithm, and at 0 multiplies an infinite slope by 0.",
    ),
    KnownDefect(
        "tf.experimental.numpy.hypot-zeros",
        "tf.experimental.numpy.hypot/*-all=zeros/float64/special",
        "nan",
        "x1: nan; x2: nan",
        reason="Every vector of length up to 1 is a subgradient of the norm at 0, 0 among them, but the gradient of the root of a sum of squares is infinity times 0.",
    ),
    *(
        KnownDefect(
            f"tf.experimental.numpy.{name}-equal",
            f"tf.experimental.numpy.{name}/*-all=[wz]*/float64/special",
            "wrong",
            "x1: wrong; x2: wrong",
            reason=_EQUAL,
            size=1.0,
        )
        for name in ("logaddexp", "logaddexp2")
    ),
    KnownDefect(
        "tf.experimental.numpy.pad-constant",
        "tf.experimental.numpy.pad/value/*",
        "missing",
        "constant_values: missing (disconnected)",
        reason="A padded place has slope 1 in the constant, but the gradient function returns None.",
        size=1.0,
    ),
    KnownDefect(
        "tf.experimental.numpy.sinc-zero",
        "tf.experimental.numpy.sinc/*-x=zeros/*/special",
        "nan",
        "x: nan",
        reason="The slope at 0 is 0, but the quotient that `where` leaves out is 0/0 there, and its NaN times 0 reaches the argument.",
    ),
    *(
        KnownDefect(
            f"tf.experimental.numpy.std-{point}",
            f"tf.experimental.numpy.std/*-a={point}/*/special",
            "nan",
            "a: nan",
            reason=_DEVIATION,
        )
        for point in ("equal", "zeros")
    ),
    KnownDefect(
        "tf.experimental.numpy.vander-zero",
        "tf.experimental.numpy.vander/*-x=*zero*/float64/special",
        "nan",
        "x: nan",
        reason="x^0 is 1 whatever x, slope 0, but the gradient of the power multiplies the exponent 0 by 0^(-1), which is infinite.",
    ),
    KnownDefect(
        "tf.experimental.numpy.clip-closed",
        "tf.experimental.numpy.clip/3_scalar_3-all=[wz]*/float64/special",
        "wrong",
        "a: wrong",
        reason="Between two ends that are equal the result is that number whatever a is, but at the end itself the minimum and the maximum both pass the cotangent on to a.",
    ),
)
