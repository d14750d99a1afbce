"""Where inputs may lie: named domains that draw arrays and know their allowed directions.

A domain is called with a shape to make an `Input`: `normal(2, 3)`, `between(-0.9, 0.9)(4)`.
Registry rows and generated tests are written with these values; nothing is drawn until a case
runs, and then only from the case's seed. Real values are rounded to four decimals, so that a
report can print the point of a failure in full.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from opcheck import points
from opcheck.errors import UnknownNameError, UsageError
from opcheck.late import np
from opcheck.points import SpecialPoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Draw = Callable[[np.random.Generator, tuple[int, ...], bool], Array]

DECIMALS = 4

# The bits of each dtype of whole numbers.
INTEGERS = {f"{sign}int{bits}": bits for sign in ("", "u") for bits in (8, 16, 32, 64)}


@dataclass(frozen=True)
class Domain:
    """A named set of arrays.

    Attributes:
        name: the Python expression that makes the domain, as generated tests spell it.
        draw: (generator, shape, complex) -> float64, complex128 or integer array.
        kind: "real" values take the case's dtype, "complex" ones its complex counterpart, and
            "integer" and "boolean" ones keep `dtype`.
        dtype: the fixed dtype of integer and boolean domains.
        low, high: edges that a difference stencil must not cross.
        tangent: projects an array onto the allowed directions; None allows every direction.
        special: points that random draws never visit.
    """

    name: str
    draw: Draw = field(compare=False, repr=False)
    kind: str = "real"
    dtype: str = ""
    low: float = -math.inf
    high: float = math.inf
    tangent: Callable[[Array], Array] | None = field(default=None, compare=False, repr=False)
    special: tuple[SpecialPoint, ...] = field(default=(), compare=False, repr=False)

    def __call__(self, *shape: int) -> Input:
        """An input of this domain with the given shape; no numbers make a scalar."""
        for size in shape:
            if not isinstance(size, int) or size < 0:
                raise UsageError(f"{self.name}: shape={shape!r} must hold whole numbers >= 0")
        return Input(self, shape)

    def __repr__(self) -> str:
        return self.name

    @property
    def is_drawn_in_case_dtype(self) -> bool:
        """Whether arrays of this domain take the dtype of the case."""
        return self.kind in ("real", "complex")


@dataclass(frozen=True)
class Input:
    """One tensor argument to draw: a domain and a shape.

    Attributes:
        is_variable: whether the function receives a `tf.Variable` with the drawn value.
        point: the name of the special point that it lies at, or "" for where it is drawn.
    """

    domain: Domain
    shape: tuple[int, ...]
    is_variable: bool = False
    point: str = ""

    def at(self, point: str) -> Input:
        """The same input at a special point of its domain: `normal(2, 3).at("zeros")`.

        Args:
            point: its name, or "" for a random one.

        Raises:
            UnknownNameError: the domain has no such point.
        """
        if point and point not in (special.name for special in self.domain.special):
            known = [special.name for special in self.domain.special]
            raise UnknownNameError(f"special point of {self.domain.name}", point, known)
        return replace(self, point=point)

    def special_points(self) -> tuple[str, ...]:
        """The names of the special points that an array of this shape can lie at."""
        size = math.prod(self.shape)
        return tuple(s.name for s in self.domain.special if 1 <= s.least <= size)

    def __repr__(self) -> str:
        call = f"{self.domain.name}({', '.join(map(str, self.shape))})"
        call += f".at({self.point!r})" if self.point else ""
        return f"as_variable({call})" if self.is_variable else call

    def dtype_in(self, case_dtype: str) -> str:
        """The dtype of this input in a case of `case_dtype`."""
        if self.domain.kind == "complex":
            return complex_counterpart(case_dtype)
        return case_dtype if self.domain.kind == "real" else self.domain.dtype

    def draw(self, generator: np.random.Generator, case_dtype: str) -> Array:
        """A float64, complex128, integer or boolean array of this input's shape.

        Rounding to a lower precision is the caller's, so that one seed gives the same point in
        every dtype.
        """
        is_complex = self.dtype_in(case_dtype).startswith("complex")
        array = self.domain.draw(generator, self.shape, is_complex)
        for special in self.domain.special:
            if special.name == self.point:
                array = special.place(array)
        return np.asarray(array, self.domain.dtype or None)


def as_variable(drawn: Input) -> Input:
    """The same input, handed over as a `tf.Variable` and differentiated as one."""
    return replace(drawn, is_variable=True)


def complex_counterpart(dtype: str) -> str:
    """The complex dtype whose parts have the precision of `dtype`."""
    return "complex128" if dtype in ("float64", "complex128") else "complex64"


def real_counterpart(dtype: str) -> str:
    """The real dtype of the parts of `dtype`."""
    return {"complex128": "float64", "complex64": "float32"}.get(dtype, dtype)


# ---------------------------------------------------------------------------------------------
# Elementwise domains


def _readable(array: Array) -> Array:
    return np.round(array, DECIMALS)


def _or_complex(real: Callable[[np.random.Generator, tuple[int, ...]], Array]) -> Draw:
    """Draws real parts, and imaginary parts of the same law where a complex array is asked for."""

    def draw(generator: np.random.Generator, shape: tuple[int, ...], is_complex: bool) -> Array:
        array = _readable(real(generator, shape))
        return array + 1j * _readable(real(generator, shape)) if is_complex else array

    return draw


def _real_only(
    name: str,
    real: Callable[[np.random.Generator, tuple[int, ...]], Array],
    decimals: int = DECIMALS,
) -> Draw:
    def draw(generator: np.random.Generator, shape: tuple[int, ...], is_complex: bool) -> Array:
        if is_complex:
            raise UsageError(f"the domain {name} is ordered and has no complex numbers")
        return np.round(real(generator, shape), decimals)

    return draw


def _away_from_zero(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    magnitude = generator.uniform(0.25, 2.0, shape)
    return np.asarray(magnitude * generator.choice([-1.0, 1.0], shape))


def _distinct(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Values no two of which are closer than half a step of 1/4, in random order."""
    size = int(np.prod(shape))
    steps = generator.permutation(size) - size / 2
    return np.asarray((steps + generator.uniform(-0.25, 0.25, size)) / 4).reshape(shape)


normal = Domain("normal", _or_complex(lambda g, shape: g.normal(size=shape)), special=points.REAL)
# The reals with both infinities, for ops that have a limit there and are documented to accept it.
extended = Domain(
    "extended",
    _or_complex(lambda g, shape: g.normal(size=shape)),
    special=points.REAL + points.INFINITE,
)
nonzero = Domain("nonzero", _or_complex(_away_from_zero), special=points.REAL)
distinct = Domain("distinct", _or_complex(_distinct), special=points.REAL)
complex_normal = Domain(
    "complex_normal",
    _or_complex(lambda g, shape: g.normal(size=shape)),
    kind="complex",
    special=(points.ZEROS, *points.COMPLEX),
)
positive = Domain(
    "positive",
    _real_only("positive", lambda g, shape: g.uniform(0.25, 2.0, shape)),
    low=0.0,
    special=(points.ZEROS, *points.POSITIVE),
)


def between(low: float, high: float) -> Domain:
    """Real numbers in the open interval; draws keep a sixteenth of its width from either end."""
    low, high = float(low), float(high)
    if not -math.inf < low < high < math.inf:
        raise UsageError(f"between: low={low!r} must be less than high={high!r}, both finite")
    margin = (high - low) / 16
    # Rounding to decimals must not carry a draw of a narrow interval out of it.
    decimals = max(DECIMALS, math.ceil(-math.log10(margin)))
    name = f"between({low!r}, {high!r})"
    return Domain(
        name,
        _real_only(name, lambda g, shape: g.uniform(low + margin, high - margin, shape), decimals),
        low=low,
        high=high,
        special=points.interval(low, high),
    )


def near(values: Any, spread: float) -> Domain:
    """Numbers within `spread` of given ones, in their shape: clear of kinks at known places."""
    if not (spread > 0 and all(map(math.isfinite, numbers_in(values)))):
        raise UsageError(
            f"near: values={values!r} must be finite, and spread={spread!r} above zero"
        )
    name = f"near({values!r}, {spread!r})"

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        around = np.array(values, float)
        if shape != around.shape:
            raise UsageError(f"{name} has the shape {around.shape}, not {shape}")
        return np.asarray(around + generator.uniform(-spread, spread, shape))

    return Domain(name, _real_only(name, draw), special=points.REAL)


def numbers_in(values: Any) -> Iterator[Any]:
    """All numbers in nested lists, or in an array."""
    values = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from numbers_in(value)
    else:
        yield values


def filled(value: float) -> Domain:
    """One number in every place: a point that no random draw visits."""
    value = float(value)
    if not math.isfinite(value):
        raise UsageError(f"filled: value={value!r} must be finite")
    return Domain(
        f"filled({value!r})",
        lambda g, shape, is_complex: np.full(shape, value, complex if is_complex else float),
    )


def complex_between(low: float, high: float) -> Domain:
    """Complex numbers whose modulus lies in the interval, with any argument off the real axis."""
    if not 0 <= low < high < math.inf:
        raise UsageError(f"complex_between: need 0 <= low={low!r} < high={high!r}, both finite")
    low, high = float(low), float(high)

    def draw(generator: np.random.Generator, shape: tuple[int, ...], is_complex: bool) -> Array:
        modulus = generator.uniform(low, high, shape)
        angle = generator.uniform(0.1, 0.9, shape) * np.pi * generator.choice([-1, 1], shape)
        value = modulus * np.exp(1j * angle)
        return np.asarray(_readable(value.real) + 1j * _readable(value.imag))

    name = f"complex_between({low!r}, {high!r})"
    return Domain(name, draw, kind="complex", special=points.COMPLEX)


# ---------------------------------------------------------------------------------------------
# Integers and booleans: never differentiated


def _rows_of_one(array: Array) -> Array:
    """The part of a change that leaves the sum over the last axis as it is."""
    return np.asarray(array - array.mean(axis=-1, keepdims=True))


# Enough that the last share still takes up what rounding the others has left over.
SHARE_DECIMALS = 15


def _simplex(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    weights = generator.uniform(0.5, 1.5, shape)
    share = _readable(weights / weights.sum(axis=-1, keepdims=True))
    share[..., -1] += 1.0 - share.sum(axis=-1)
    return share


simplex = Domain(
    "simplex",
    _real_only("simplex", _simplex, SHARE_DECIMALS),
    low=0.0,
    tangent=_rows_of_one,
    special=points.SHARES,
)


def is_within(number: int, dtype: str) -> bool:
    """Whether an integer dtype holds a whole number."""
    bits = INTEGERS[dtype]
    low = 0 if dtype.startswith("u") else -(1 << (bits - 1))
    return low <= number < low + (1 << bits)


def integers(low: int, high: int, dtype: str = "int32") -> Domain:
    """Whole numbers from `low` up to, but without, `high`."""
    if not low < high:
        raise UsageError(f"integers: low={low!r} must be less than high={high!r}")
    if dtype not in INTEGERS:
        raise UsageError(f"integers: dtype={dtype!r} is none of {', '.join(INTEGERS)}")
    if not all(is_within(number, dtype) for number in (low, high - 1)):
        raise UsageError(f"integers: low={low!r} to high={high!r} do not fit into {dtype}")
    kind = "" if dtype == "int32" else f", {dtype!r}"
    return Domain(
        f"integers({low!r}, {high!r}{kind})",
        lambda g, shape, _: g.integers(low, high, shape),
        kind="integer",
        dtype=dtype,
        special=points.integer_range(low, high),
    )


def indices(size: int, dtype: str = "int32") -> Domain:
    """Positions along an axis of length `size`; repeated positions may occur."""
    if size < 1:
        raise UsageError(f"indices: size={size!r} must be at least 1")
    kind = "" if dtype == "int32" else f", {dtype!r}"
    return Domain(
        f"indices({size!r}{kind})",
        lambda g, shape, _: g.integers(0, size, shape),
        kind="integer",
        dtype=dtype,
        special=points.integer_range(0, size),
    )


booleans = Domain(
    "booleans",
    lambda g, shape, _: g.integers(0, 2, shape),
    kind="boolean",
    dtype="bool",
    special=points.BOOLEAN,
)


# ---------------------------------------------------------------------------------------------
# Matrices in the last two axes


def _adjoint(array: Array) -> Array:
    return np.conj(np.swapaxes(array, -1, -2))


def _symmetrized(array: Array) -> Array:
    return (array + _adjoint(array)) / 2


def _gaussian(generator: np.random.Generator, shape: tuple[int, ...], is_complex: bool) -> Array:
    _require_square(shape)
    return _or_complex(lambda g, s: g.normal(size=s))(generator, shape, is_complex)


def _require_square(shape: tuple[int, ...]) -> None:
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise UsageError(f"shape={shape!r} must end in two equal sizes for a square matrix")


def _diagonal(shape: tuple[int, ...], values: Array) -> Array:
    return np.asarray(np.eye(shape[-1]) * values)


def _spd(generator: np.random.Generator, shape: tuple[int, ...], is_complex: bool) -> Array:
    factor = _gaussian(generator, shape, is_complex)
    # The diagonal keeps the condition number of a 3x3 draw near 10, far from singular.
    return _readable(factor @ _adjoint(factor) / shape[-1] + _diagonal(shape, np.ones(shape[-1])))


def _separated(generator: np.random.Generator, shape: tuple[int, ...], is_complex: bool) -> Array:
    """A Gaussian part on a dominant, well separated diagonal: distinct eigen- and singular values.

    By Gershgorin's theorem no two eigenvalues meet while off-diagonal rows sum to less than half
    of the spacing of the diagonal.
    """
    _require_square(shape)
    spread = _diagonal(shape, 1.0 + 2.0 * np.arange(shape[-1]))
    return _readable(spread + 0.25 * _gaussian(generator, shape, is_complex))


def _lower(generator: np.random.Generator, shape: tuple[int, ...], is_complex: bool) -> Array:
    lower = np.tril(_gaussian(generator, shape, is_complex), -1) / 2
    diagonal = _readable(generator.uniform(1.0, 2.0, (*shape[:-2], 1, shape[-1])))
    return np.asarray(lower + np.eye(shape[-1]) * diagonal)


spd = Domain("spd", _spd, tangent=_symmetrized, special=points.DEFINITE)
symmetric = Domain(
    "symmetric",
    lambda g, shape, c: _symmetrized(_separated(g, shape, c)),
    tangent=_symmetrized,
    special=points.SYMMETRIC,
)
well_conditioned = Domain("well_conditioned", _separated, special=points.SQUARE)
lower_triangular = Domain(
    "lower_triangular", _lower, tangent=lambda array: np.tril(array), special=points.TRIANGULAR
)
upper_triangular = Domain(
    "upper_triangular",
    lambda g, shape, c: np.swapaxes(_lower(g, shape, c), -1, -2),
    tangent=lambda array: np.triu(array),
    special=points.TRIANGULAR,
)
