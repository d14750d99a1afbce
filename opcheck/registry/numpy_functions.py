"""Functions of `tf.experimental.numpy`: NumPy's names and conventions over TensorFlow's ops."""

from __future__ import annotations

from typing import Any

from opcheck.domains import (
    Input,
    between,
    booleans,
    complex_between,
    complex_normal,
    distinct,
    filled,
    nonzero,
    normal,
    positive,
)
from opcheck.spec import COMPLEX128, DOUBLES, DTYPE, Row, choices, function, sample

# Linear functions have one derivative: a single point of no interest tells all of it.
flat = filled(0.5)
# Bilinear ones, of numbers that differ.
factor = between(0.5, 1.0)

_BROADCAST = (((2,), ()),)


def _of(name: str, *samples: Any, **facts: Any) -> Row:
    return function(f"tf.experimental.numpy.{name}", *samples, **facts)


def _composed(name: str, covers: tuple[str, ...], **facts: Any) -> Row:
    names = tuple(f"tf.experimental.numpy.{covered}" for covered in covers)
    return function(f"opcheck.compositions.numpy_arrays.{name}", covers=names, **facts)


# Where the value is infinite, or the argument so large that its rounding turns the wave.
_HUGE = ("x=huge",)

_ELEMENTWISE: tuple[tuple[str, Input, tuple[str, ...]], ...] = (
    ("abs", normal(), ()),
    ("absolute", normal(), ()),
    ("arccos", between(-1.0, 1.0)(2), ()),
    ("arccosh", between(1.0, 3.0)(2), ()),
    ("arcsin", between(-1.0, 1.0)(2), ()),
    ("arcsinh", normal(), ()),
    ("arctan", normal(), ()),
    ("arctanh", between(-1.0, 1.0)(), ("x=high", "x=low")),
    ("cbrt", nonzero(2), ()),
    ("cos", normal(), _HUGE),
    ("cosh", normal(), _HUGE),
    ("exp", normal(), _HUGE),
    ("exp2", normal(), _HUGE),
    ("expm1", normal(), _HUGE),
    ("fabs", normal(), ()),
    ("log", positive(), ("x=zeros",)),
    ("log10", positive(), ("x=zeros",)),
    ("log1p", between(-1.0, 2.0)(), ("x=low",)),
    ("log2", positive(), ("x=zeros",)),
    ("reciprocal", nonzero(), ("x=zeros",)),
    ("sign", nonzero(), ()),
    ("sin", normal(), _HUGE),
    ("sinc", normal(), _HUGE),
    ("sinh", normal(), _HUGE),
    ("sqrt", positive(2), ()),
    ("square", normal(), ()),
    ("tan", normal(), _HUGE),
    ("tanh", normal(), ()),
)

# Steps, on either side of zero.
_BETWEEN_STEPS = choices(between(1.0, 2.0)(), between(-2.0, -1.0)(1))
# Quotients that stay between two whole numbers.
_DIVIDENDS = choices(between(5.2, 5.8)(2), between(-5.8, -5.2)(1))
_DIVISOR = between(0.98, 1.02)()
_NEGATIVE = between(-2.0, -1.0)()
_EXPONENT = between(1.2, 2.0)()

ROWS = (
    *(_of(name, x=x, unjudged_at=unjudged) for name, x, unjudged in _ELEMENTWISE),
    *(_of(name, x=_BETWEEN_STEPS) for name in ("ceil", "fix", "floor")),
    *(_of(name, x=flat(2)) for name in ("deg2rad", "positive", "negative", "rad2deg")),
    _composed("rounded", ("around", "round"), x=between(1.06, 1.14)(2), decimals=choices(0, 1)),
    # Of complex numbers.
    *(
        _of(name, x=complex_normal(1), dtypes=COMPLEX128, variant="complex")
        for name in ("abs", "exp2", "sign", "sinc")
    ),
    *(
        _of(
            name,
            x=complex_normal(1),
            dtypes=COMPLEX128,
            variant="complex",
            unjudged_at=("x=zeros",),
        )
        for name in ("log10", "log2")
    ),
    # Functions of two arrays.
    *(_of(name, x1=flat(2), x2=flat()) for name in ("add", "subtract")),
    *(
        _of(name, x1=normal, x2=normal, shapes=_BROADCAST)
        for name in (
            "arctan2",
            "heaviside",
            "hypot",
            "logaddexp",
            "logaddexp2",
            "maximum",
            "minimum",
            "multiply",
        )
    ),
    *(
        _of(name, x1=normal, x2=nonzero, shapes=_BROADCAST, unjudged_at=("all=zeros", "x2=zeros"))
        for name in ("divide", "true_divide")
    ),
    *(
        _of(name, x1=_DIVIDENDS, x2=_DIVISOR)
        for name in ("divmod", "floor_divide", "mod", "remainder")
    ),
    *(
        _of(name, x1=positive(2), x2=choices(between(1.2, 2.0)(2), between(-2.0, -1.0)()))
        for name in ("float_power", "power")
    ),
    _of("maximum", x1=normal(2), x2=0, variant="rectified"),
    _of("nextafter", x1=flat(2), x2=filled(1.5)()),
    _of("power", x1=normal(2), x2=choices(2, 3.0), variant="constant"),
    # Parts of complex numbers.
    _of("angle", z=complex_normal(2), deg=choices(False, True), dtypes=COMPLEX128),
    _of("angle", z=nonzero(2), variant="real"),
    *(_of(name, val=flat(2), dtypes=DOUBLES) for name in ("imag", "real")),
    *(_of(name, x=flat(2), dtypes=DOUBLES) for name in ("conj", "conjugate")),
    # Bounds and choices.
    _of(
        "clip",
        sample("below", a=normal(2), a_min=-0.5, a_max=None),
        sample("above", a=normal(2), a_min=None, a_max=0.5),
        a=normal(3),
        a_min=normal(),
        a_max=positive(3),
    ),
    _of("compress", condition=[False, True], a=flat(2, 3), axis=choices(None, 0, 1)),
    _of(
        "select", condlist=[booleans(2), booleans(2)], choicelist=[flat(2), flat(2)], default=flat()
    ),
    _of("where", condition=booleans(2, 2), x=flat(2, 2), y=flat(2)),
    # Sums, products and their like.
    *(
        _of(
            name,
            sample("kept", a=flat(2, 2), axis=1, keepdims=True),
            sample("axes", a=flat(2, 1, 2), axis=(0, 2)),
            a=flat(2, 2),
        )
        for name in ("mean", "sum")
    ),
    _of(
        "average",
        sample("returned", a=flat(2, 3), axis=1, weights=positive(2, 3), returned=True),
        sample("vector", a=normal(2, 3), axis=1, weights=positive(3)),
        a=normal(2),
        weights=choices(None, positive(2)),
        unjudged_at=("weights=zeros",),
    ),
    *(
        _of(name, sample("kept", a=distinct(2, 2), axis=1, keepdims=True), a=distinct(3))
        for name in ("amax", "amin", "max", "min", "ptp")
    ),
    _of("cumprod", a=normal(3)),
    _of("cumprod", a=normal(2, 2), axis=choices(0, -1), variant="axis"),
    _of("cumsum", a=flat(2, 2), axis=choices(None, 0, -1)),
    *(
        _of(name, sample("axis", a=flat(2, 2), axis=0, keepdims=True), a=flat(3))
        for name in ("nanmean", "nansum")
    ),
    _of("nanprod", sample("axis", a=normal(1, 2), axis=1, keepdims=True), a=normal(3)),
    _composed(
        "without_holes",
        (),
        a=flat(2, 2),
        function=choices("nanmean", "nanprod", "nansum"),
        axis=choices(None, 1),
        keepdims=False,
    ),
    _of("prod", sample("axis", a=normal(2, 1), axis=0, keepdims=True), a=normal(3)),
    # Of two numbers, whose mean is exact.
    _of("std", sample("axis", a=normal(2, 1), axis=0, keepdims=True), a=normal(2)),
    _of("std", a=complex_normal(2), dtypes=COMPLEX128, variant="complex"),
    _of("trace", sample("offset", a=flat(2, 2, 2), offset=1, axis1=2, axis2=0), a=flat(2, 2)),
    _of(
        "var",
        sample("axis", a=normal(2, 1), axis=0, keepdims=True),
        sample("ddof", a=normal(1, 2), axis=1, ddof=1, dtype=DTYPE),
        a=normal(3),
    ),
    _of(
        "var",
        sample("ddof", a=complex_normal(1, 2), axis=1, ddof=1, dtype=DTYPE),
        a=complex_normal(3),
        dtypes=COMPLEX128,
        variant="complex",
    ),
    # Products of arrays.
    _of(
        "cross",
        sample("axes", a=factor(2, 1), b=factor(1, 3), axisa=0, axisb=1),
        sample("plane", a=factor(2), b=factor(2)),
        a=factor(3),
        b=factor(3),
    ),
    _of(
        "dot",
        sample("scalar", a=factor(), b=factor(2)),
        sample("matrix", a=factor(1, 2), b=factor(2, 1)),
        a=factor(2),
        b=factor(2),
    ),
    _composed(
        "einsum_pair",
        ("einsum",),
        a=factor(2, 2),
        b=factor(2),
        subscripts=choices("ij,j->i", "ii,i", "ij,k->kij"),
    ),
    _of("inner", sample("scalar", a=factor(), b=factor(2)), a=factor(1, 2), b=factor(2)),
    _of("kron", sample("ranks", a=factor(2), b=factor(1, 2)), a=factor(2), b=factor(2)),
    _of(
        "matmul",
        sample("vector", x1=factor(2), x2=factor(2)),
        sample("batch", x1=factor(2), x2=factor(2, 2, 1)),
        x1=factor(2, 2),
        x2=factor(2, 2),
    ),
    _of("outer", a=factor(2), b=factor(1, 2)),
    _of("polyval", sample("constant", p=normal(1), x=normal(2)), p=normal(3), x=normal(1)),
    _of(
        "tensordot",
        sample("axes", a=factor(2, 1), b=factor(1, 2), axes=[[0], [1]]),
        a=factor(1, 2),
        b=factor(1, 2),
    ),
    _of("vander", sample("increasing", x=normal(2), N=3, increasing=True), x=normal(3)),
    _of("vdot", a=factor(1, 2), b=factor(2)),
    _of(
        "vdot",
        a=complex_between(0.5, 2.0)(2),
        b=complex_between(0.5, 2.0)(2),
        dtypes=COMPLEX128,
        variant="complex",
    ),
    # Ranges.
    _of("arange", start=between(0.1, 0.4)(), stop=between(2.6, 2.9)(), step=between(0.95, 1.0)()),
    _of("diag_indices", n=between(1.2, 1.8)()),
    _of(
        "geomspace",
        sample("alone", start=positive(), stop=positive(), num=1),
        sample("open", start=positive(), stop=positive(), num=3, endpoint=False),
        start=positive(2),
        stop=positive(2),
        num=3,
        axis=1,
        unjudged_at=("all=zeros", "start=zeros"),
    ),
    _of("geomspace", start=_NEGATIVE, stop=_NEGATIVE, num=3, variant="negative"),
    _of(
        "linspace",
        sample("open", start=flat(), stop=flat(), num=3, endpoint=False, retstep=True),
        sample("axis", start=flat(2), stop=flat(2), num=3, axis=1),
        sample("alone", start=flat(), stop=flat(), num=1, endpoint=False),
        start=flat(2),
        stop=flat(2),
        num=3,
        retstep=True,
    ),
    _of(
        "logspace",
        sample("base", start=_EXPONENT, stop=_EXPONENT, num=3, base=positive()),
        sample("alone", start=_EXPONENT, stop=_EXPONENT, num=1),
        sample("open", start=_EXPONENT, stop=_EXPONENT, num=3, endpoint=False, base=2.0),
        start=between(1.2, 2.0)(1),
        stop=between(1.2, 2.0)(1),
        num=3,
        axis=1,
    ),
    _of(
        "random.uniform",
        sample("size", low=flat(), high=filled(1.5)(), size=[2]),
        low=flat(2),
        high=filled(1.5)(2),
    ),
    # Arrays made of values.
    *(
        _of(name, a=flat(2), dtype=choices(None, DTYPE, "float32"))
        for name in ("asanyarray", "asarray", "ascontiguousarray")
    ),
    *(_of(name, a=flat(2)) for name in ("copy", "empty_like", "ones_like", "zeros_like")),
    _of(
        "array",
        sample("nested", val=[flat(2), flat(2)], ndmin=3),
        val=flat(2),
        ndmin=choices(0, 2),
        copy=choices(False, True),
    ),
    _of("full", shape=[2, 2], fill_value=choices(flat(), flat(2)), dtype=choices(None, DTYPE)),
    _of("full_like", a=flat(2, 2), fill_value=choices(flat(), flat(2))),
    # Entries moved, repeated, joined and taken.
    _of("append", arr=flat(1, 2), values=flat(1, 2), axis=choices(None, 0, 1)),
    *(
        _composed(
            f"at_least_{rank}d",
            (f"atleast_{rank}d",),
            x=choices(flat(), flat(2), flat(1, 2)),
            y=flat(),
        )
        for rank in (1, 2, 3)
    ),
    _composed("broadcast_pair", ("broadcast_arrays",), x=flat(2, 1), y=flat(2)),
    _of("broadcast_to", array=choices(flat(), flat(2, 1)), shape=[2, 2]),
    _of("concatenate", arys=[flat(1, 2), flat(1, 2)], axis=choices(0, 1)),
    _of(
        "diag",
        sample("part", v=flat(2, 3), k=1),
        sample("beyond", v=flat(2, 2), k=3),
        v=flat(2),
        k=choices(0, -1),
    ),
    _of("diagflat", v=flat(1, 2), k=choices(0, 1)),
    _of(
        "diagonal",
        sample("last", a=flat(2, 2), axis1=-2, axis2=-1),
        sample("beyond", a=flat(2, 2), offset=2),
        a=flat(2, 2, 2),
        offset=choices(0, 1),
        axis1=0,
        axis2=2,
    ),
    _of("diff", a=flat(2, 3), n=choices(0, 1, 2), axis=-1),
    _of("dsplit", ary=flat(1, 1, 2), indices_or_sections=2),
    _of("expand_dims", a=flat(2), axis=choices(0, -1)),
    _of("flatten", a=flat(2, 2), order=choices("C", "F")),
    _of("flip", m=flat(2, 2), axis=choices(None, 1)),
    *(_of(name, m=flat(2, 2)) for name in ("fliplr", "flipud")),
    _composed("grid_pair", ("meshgrid",), x=flat(2), y=flat(1), indexing=choices("ij", "xy")),
    _of("hsplit", ary=choices(flat(2), flat(2, 3)), indices_or_sections=[1]),
    *(
        _of(name, tup=choices([flat(), flat()], [flat(2), flat(2)], [flat(1, 2), flat(1, 2)]))
        for name in ("dstack", "hstack", "vstack")
    ),
    _of(
        "moveaxis",
        sample("two", a=flat(1, 2, 3), source=(0, 1), destination=(1, -1)),
        a=flat(2, 2),
        source=0,
        destination=-1,
    ),
    _of(
        "pad",
        sample("value", array=flat(2), pad_width=[[1, 0]], mode="constant", constant_values=flat()),
        array=flat(3),
        pad_width=[[1, 2]],
        mode=choices("constant", "reflect", "symmetric"),
    ),
    _of("ravel", a=flat(2, 2)),
    _of(
        "repeat",
        sample("each", a=flat(2, 2), repeats=[1, 2], axis=0),
        a=flat(2, 2),
        repeats=2,
        axis=choices(None, 1),
    ),
    _of("reshape", a=flat(2, 3), newshape=choices(-1, (3, 2)), order=choices("C", "F")),
    _of("roll", a=flat(2, 2), shift=1, axis=choices(None, 1)),
    _of("rot90", m=flat(2, 2), k=choices(0, 1, 2, 3)),
    _of(
        "sort",
        sample("axis", a=distinct(2, 2), axis=0),
        sample("all", a=distinct(2, 2), axis=None),
        a=distinct(4),
    ),
    _of("split", ary=flat(2, 3), indices_or_sections=choices([1], 3), axis=1),
    _of("squeeze", a=flat(1, 2, 1), axis=choices(None, 0)),
    _of(
        "stack",
        sample("array", arrays=flat(2, 2), axis=1),
        arrays=[flat(2), flat(2)],
        axis=choices(0, 1),
    ),
    _of("swapaxes", a=flat(2, 1, 2), axis1=0, axis2=-1),
    _of(
        "take", a=flat(2, 3), indices=[0, 2, 4], axis=choices(None, 1), mode=choices("clip", "wrap")
    ),
    _of(
        "take_along_axis",
        sample("broadcast", arr=flat(1, 2), indices=[[0, -1], [1, 1]], axis=-1),
        arr=flat(2, 2),
        indices=[[0, -1], [1, 1]],
        axis=0,
    ),
    _of("tile", a=flat(2), reps=choices(2, [2, 1])),
    _of("transpose", a=flat(1, 2, 2), axes=choices(None, [2, 0, 1])),
    *(_of(name, m=flat(2, 2), k=choices(0, -1)) for name in ("tril", "triu")),
    _of("vsplit", ary=flat(2, 2), indices_or_sections=2),
)
