"""Defects of functions of `keras.ops` from `i` to `z`."""

from __future__ import annotations

from opcheck.known import KnownDefect

_EQUAL = "Next to a regular matrix the solution is smooth, but it is put together from a singular value decomposition, whose gradient leaves out the terms of equal singular values."
_POWER = "x^0 is 1 everywhere, slope 0, but at x = 0 the gradient 0 x^(0 - 1) is 0 times infinity."
_ROOT = "Every vector of length up to 1 is a subgradient of the norm at 0, 0 among them, but the gradient of the root of a sum of squares is infinity times 0."
_SPREAD = "The spread of equal numbers has a kink with 0 among its subgradients, but the gradient of the root of the variance is infinity times 0."
_LOGADDEXP = "Where both are equal the slopes are 1/2 each, but max(x, y) + log(1 + exp(-|x - y|)) is differentiated with slope 0 of |x - y| at 0 and slope 1 of max in one of them alone."

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "keras.ops.image.perspective_transform-points",
        "keras.ops.image.perspective_transform/points-*",
        "missing",
        "end_points: missing (disconnected)",
        reason="Where a pixel is sampled moves with the corners, and bilinear values with it, but the gradient of ImageProjectiveTransformV3 has none for its transforms.",
    ),
    KnownDefect(
        "keras.ops.image.perspective_transform-turned",
        "keras.ops.image.perspective_transform/turned-*",
        "wrong",
        "images: wrong",
        reason="The transpose of sampling spreads each output over the pixels it was sampled from; sampling with the inverse transform equals it for translations alone.",
        size=0.2,
    ),
    KnownDefect(
        "keras.ops.image.resize-double",
        "keras.ops.image.resize/double-*",
        "crash",
        "images: crash (InvalidArgumentError)",
        reason="Resampling is linear in the image, but its gradient kernel takes cotangents in float32 alone, whatever the dtype of the image.",
    ),
    KnownDefect(
        "keras.ops.irfft-cropped",
        "keras.ops.irfft/cropped-*",
        "crash",
        "x[0]: crash (InvalidArgumentError); x[1]: crash (InvalidArgumentError)",
        reason="A transform of the first entries is linear with slope 0 in the rest; the gradient has the cropped shape.",
    ),
    KnownDefect(
        "keras.ops.ldexp-zero",
        "keras.ops.ldexp/*-x1=*zero*/float64/special",
        "wrong",
        "x1: wrong",
        reason="The slope of x 2^n is 2^n, at 0 too, but `where` replaces the product by x itself there, with slope 1.",
        size=0.5,
    ),
    KnownDefect(
        "keras.ops.logaddexp-zeros",
        "keras.ops.logaddexp/*-all=zeros/float64/special",
        "wrong",
        "x1: wrong; x2: wrong",
        reason=_LOGADDEXP,
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.logaddexp2-zeros",
        "keras.ops.logaddexp2/*-all=zeros/float64/special",
        "wrong",
        "x1: wrong; x2: wrong",
        reason=_LOGADDEXP,
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.lstsq-identity",
        "keras.ops.lstsq/2x2_2x1-a=identity/float64/special",
        "wrong",
        "a: wrong",
        reason=_EQUAL,
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.lstsq-opposite",
        "keras.ops.lstsq/2x2_2x1-a=opposite/float64/special",
        "wrong",
        "a: wrong",
        reason=_EQUAL,
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.nancumprod-zero",
        "keras.ops.nancumprod/*-x=*zero*/float64/special",
        "wrong",
        "x: wrong",
        reason="At x_i = 0 the slope is the product of the other factors; the gradient divides the product by x_i without NaN and gives 0.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.nanstd-equal",
        "keras.ops.nanstd/*-x=equal/*/special",
        "nan",
        "x: nan",
        reason=_SPREAD,
    ),
    KnownDefect(
        "keras.ops.nanstd-zeros",
        "keras.ops.nanstd/*-x=zeros/*/special",
        "nan",
        "x: nan",
        reason=_SPREAD,
    ),
    KnownDefect(
        "keras.ops.norm-zeros",
        "keras.ops.norm/*-x=zeros/*/special",
        "nan",
        "x: nan",
        reason=_ROOT,
    ),
    KnownDefect(
        "keras.ops.power-zero",
        "keras.ops.power/whole-*-x1=*zero*/float64/special",
        "nan",
        "x1: nan",
        reason=_POWER,
    ),
    KnownDefect(
        "keras.ops.qr-complete",
        "keras.ops.qr/complete-*",
        "crash",
        "x: crash (NotImplementedError)",
        reason="The triangular factor and the first columns are smooth, but the gradient is not implemented for more rows than columns.",
    ),
    KnownDefect(
        "keras.ops.rfft-cropped",
        "keras.ops.rfft/cropped-*",
        "crash",
        "x: crash (InvalidArgumentError)",
        reason="A transform of the first entries is linear with slope 0 in the rest; the gradient has the cropped shape.",
    ),
    KnownDefect(
        "keras.ops.sinc-zero",
        "keras.ops.sinc/*-x=*zero*/float64/special",
        "nan",
        "x: nan",
        reason="The slope of sin(pi x) / (pi x) at 0 is 0, but the quotient of the branch that `where` does not take is 0 / 0 there, and its gradient NaN times 0.",
    ),
    KnownDefect(
        "keras.ops.slice_update",
        "keras.ops.slice_update/*",
        "missing",
        "inputs: missing (unregistered); updates: missing (unregistered)",
        reason="Each entry is copied from one of the two, slope 1, but no gradient is registered for XlaDynamicUpdateSlice.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.std-equal",
        "keras.ops.std/*-x=equal/*/special",
        "nan",
        "x: nan",
        reason=_SPREAD,
    ),
    KnownDefect(
        "keras.ops.std-zeros",
        "keras.ops.std/*-x=zeros/*/special",
        "nan",
        "x: nan",
        reason=_SPREAD,
    ),
    KnownDefect(
        "keras.ops.unique",
        "keras.ops.unique/*",
        "missing",
        "x: missing (unregistered)",
        reason="With distinct values each is copied once, slope 1, but no gradient is registered.",
        size=1.0,
    ),
    KnownDefect(
        "keras.ops.vander-zero",
        "keras.ops.vander/*-x=*zero*/float64/special",
        "nan",
        "x: nan",
        reason=_POWER,
    ),
    KnownDefect(
        "keras.ops.view",
        "keras.ops.view/*",
        "missing",
        "x: missing (unregistered)",
        reason="Bits read as the type that they have are the same number, slope 1, but no gradient is registered.",
        size=1.0,
    ),
)
