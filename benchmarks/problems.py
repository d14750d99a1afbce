"""Functions whose derivatives are known exactly, and where to look at them.

Each is a TensorFlow function beside its counterpart for arrays of mpmath numbers (see `exact`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from exact import (
    Array,
    by_mpmath,
    cholesky,
    conjugate,
    determinant,
    each,
    eigh,
    inverse,
    lifted,
    qr,
    singular_values,
)
from mpmath import mpf

from opcheck.backend import tf

Draw = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True)
class Problem:
    """A function, its exact counterpart, and where to look.

    Attributes:
        group: what it is an example of.
        draw: (generator, size) -> a point; whole arrays of fixed shape ignore the size.
        is_elementwise: whether the Jacobian is block diagonal, a block for each entry.
        terms: the sum of the magnitudes of the terms that cancel in each output, if they do.
        low, high, tangent: of the input's domain, as `opcheck.evaluation.Primal` has them.
    """

    group: str
    name: str
    function: Callable[[Any], Any]
    exact: Callable[[Array], Any]
    draw: Draw
    is_elementwise: bool = True
    terms: Callable[[Array], Array] | None = None
    low: float = -np.inf
    high: float = np.inf
    tangent: Callable[[Array], Array] | None = None


def normal(scale: float = 1.0) -> Draw:
    return lambda g, size: scale * g.normal(size=size)


def between(low: float, high: float) -> Draw:
    return lambda g, size: g.uniform(low, high, size)


def magnitudes(low: float, high: float, is_signed: bool = False) -> Draw:
    """Powers of ten with exponents drawn evenly."""

    def draw(g: np.random.Generator, size: int) -> Array:
        magnitude = 10.0 ** g.uniform(low, high, size)
        return magnitude * g.choice([-1.0, 1.0], size) if is_signed else magnitude

    return draw


def below_one(g: np.random.Generator, size: int) -> Array:
    """Numbers that close in on 1."""
    return 1.0 - 10.0 ** g.uniform(-6, -1, size)


def complex_normal(g: np.random.Generator, size: int) -> Array:
    return g.normal(size=size) + 1j * g.normal(size=size)


def shaped(*shape: int) -> Draw:
    return lambda g, size: g.normal(size=shape)


def complex_shaped(*shape: int) -> Draw:
    return lambda g, size: g.normal(size=shape) + 1j * g.normal(size=shape)


def separated(n: int) -> Draw:
    """A matrix whose eigenvalues and singular values lie apart."""
    return lambda g, size: np.diag(1.0 + 2.0 * np.arange(n)) + 0.25 * g.normal(size=(n, n))


def symmetric(n: int) -> Draw:
    def draw(g: np.random.Generator, size: int) -> Array:
        a = separated(n)(g, size)
        return (a + a.T) / 2

    return draw


def definite(n: int, is_complex: bool = False) -> Draw:
    def draw(g: np.random.Generator, size: int) -> Array:
        a = (complex_shaped if is_complex else shaped)(n, n)(g, size)
        return a @ a.conj().T / n + np.eye(n)

    return draw


def symmetrized(a: Array) -> Array:
    return (a + a.conj().T) / 2


# ---------------------------------------------------------------------------------------------
# Elementwise functions of a real number

exp, log, sqrt, erf = mpmath.exp, mpmath.log, mpmath.sqrt, mpmath.erf
special = tf.math.special


# What tf.nn.gelu multiplies by in every dtype: the root of 1/2 as float32 has it.
ROOT_OF_HALF = mpf(float(np.float32(0.5**0.5)))


def gelu(x: Any) -> Any:
    return x * mpmath.erfc(-x * ROOT_OF_HALF) / 2


def _elementwise(group: str, *rows: tuple[str, Any, Any, Draw]) -> list[Problem]:
    return [Problem(group, name, f, each(exact), draw) for name, f, exact, draw in rows]


def elementary() -> list[Problem]:
    return _elementwise(
        "elementary",
        ("exp", tf.exp, exp, normal(3)),
        ("expm1", tf.math.expm1, mpmath.expm1, normal()),
        ("log", tf.math.log, log, between(0.01, 3)),
        ("log1p", tf.math.log1p, mpmath.log1p, between(-0.9, 3)),
        ("sin", tf.sin, mpmath.sin, normal(3)),
        ("cos", tf.cos, mpmath.cos, normal(3)),
        ("tan", tf.tan, mpmath.tan, between(-1.4, 1.4)),
        ("asin", tf.asin, mpmath.asin, between(-0.95, 0.95)),
        ("acos", tf.acos, mpmath.acos, between(-0.95, 0.95)),
        ("atan", tf.atan, mpmath.atan, normal(3)),
        ("sinh", tf.sinh, mpmath.sinh, normal(2)),
        ("cosh", tf.cosh, mpmath.cosh, normal(2)),
        ("tanh", tf.tanh, mpmath.tanh, normal(2)),
        ("asinh", tf.asinh, mpmath.asinh, normal(3)),
        ("acosh", tf.acosh, mpmath.acosh, between(1.1, 5)),
        ("atanh", tf.atanh, mpmath.atanh, between(-0.95, 0.95)),
        ("sigmoid", tf.sigmoid, lambda x: 1 / (1 + exp(-x)), normal(5)),
        ("softplus", tf.nn.softplus, lambda x: mpmath.log1p(exp(x)), normal(5)),
        ("silu", tf.nn.silu, lambda x: x / (1 + exp(-x)), normal(3)),
        ("gelu", tf.nn.gelu, gelu, normal(2)),
        ("x^2.5", lambda x: x**2.5, lambda x: x ** mpf(2.5), between(0.1, 3)),
        ("x^x", lambda x: x**x, lambda x: x**x, between(0.1, 3)),
        ("x log x", lambda x: tf.math.xlogy(x, x), lambda x: x * log(x), between(0.05, 3)),
        ("atan2(x, 2)", lambda x: tf.atan2(x, 2.0), lambda x: mpmath.atan2(x, 2), normal(3)),
    )


def of_large_and_small_numbers() -> list[Problem]:
    return _elementwise(
        "magnitudes 1e-9 to 1e9",
        ("sqrt", tf.sqrt, sqrt, magnitudes(-9, 9)),
        ("rsqrt", tf.math.rsqrt, lambda x: 1 / sqrt(x), magnitudes(-9, 9)),
        ("log", tf.math.log, log, magnitudes(-9, 9)),
        ("reciprocal", tf.math.reciprocal, lambda x: 1 / x, magnitudes(-9, 9, True)),
        ("square", tf.square, lambda x: x * x, magnitudes(-9, 9, True)),
        ("x^3", lambda x: x * x * x, lambda x: x**3, magnitudes(-9, 9, True)),
        ("asinh", tf.asinh, mpmath.asinh, magnitudes(-9, 9, True)),
        ("softsign", tf.nn.softsign, lambda x: x / (1 + abs(x)), magnitudes(-9, 3, True)),
        ("lgamma", tf.math.lgamma, lambda x: mpmath.loggamma(x).real, magnitudes(-9, 6)),
        ("digamma", tf.math.digamma, mpmath.digamma, magnitudes(-6, 6)),
        ("exp", tf.exp, exp, magnitudes(-9, 2, True)),
        ("tanh", tf.tanh, mpmath.tanh, magnitudes(-9, 1, True)),
        (
            "1e-200 sin",
            lambda x: 1e-200 * tf.sin(x),
            lambda x: mpf(1e-200) * mpmath.sin(x),
            normal(),
        ),
    )


def special_functions() -> list[Problem]:
    return _elementwise(
        "special functions",
        ("lgamma", tf.math.lgamma, lambda x: mpmath.loggamma(x).real, between(0.1, 5)),
        ("digamma", tf.math.digamma, mpmath.digamma, between(0.1, 5)),
        ("trigamma", _with(tf.math.polygamma, 1.0), lambda x: mpmath.psi(1, x), between(0.3, 5)),
        ("polygamma 3", _with(tf.math.polygamma, 3.0), lambda x: mpmath.psi(3, x), between(0.3, 5)),
        (
            "zeta(s, 1.5)",
            lambda s: tf.math.zeta(s, tf.constant(1.5, s.dtype)),
            lambda s: mpmath.zeta(s, mpf(1.5)),
            between(1.5, 6),
        ),
        (
            "zeta(2.5, q)",
            _with(tf.math.zeta, 2.5),
            lambda q: mpmath.zeta(mpf(2.5), q),
            between(0.3, 5),
        ),
        ("erf", tf.math.erf, erf, normal()),
        ("erfc", tf.math.erfc, mpmath.erfc, normal()),
        ("erfinv", tf.math.erfinv, mpmath.erfinv, between(-0.95, 0.95)),
        ("erfcinv", tf.math.erfcinv, lambda x: mpmath.erfinv(1 - x), between(0.05, 1.95)),
        ("ndtri", tf.math.ndtri, lambda p: sqrt(2) * mpmath.erfinv(2 * p - 1), between(0.05, 0.95)),
        (
            "igamma(2.5, x)",
            _with(tf.math.igamma, 2.5),
            lambda x: gamma_p(mpf(2.5), x),
            between(0.2, 6),
        ),
        (
            "igamma(a, 2)",
            lambda a: tf.math.igamma(a, tf.constant(2.0, a.dtype)),
            lambda a: gamma_p(a, mpf(2)),
            between(0.3, 5),
        ),
        (
            "igammac(2.5, x)",
            _with(tf.math.igammac, 2.5),
            lambda x: 1 - gamma_p(mpf(2.5), x),
            between(0.2, 6),
        ),
        (
            "betainc(2, 3, x)",
            lambda x: tf.math.betainc(tf.constant(2.0, x.dtype), tf.constant(3.0, x.dtype), x),
            lambda x: x**2 * (6 - 8 * x + 3 * x**2),
            between(0.05, 0.95),
        ),
        (
            "betainc(a, 1.5, 0.4)",
            lambda a: tf.math.betainc(a, tf.constant(1.5, a.dtype), tf.constant(0.4, a.dtype)),
            lambda a: mpmath.betainc(a, mpf(1.5), 0, mpf(0.4), regularized=True),
            between(0.5, 4),
        ),
        (
            "lbeta(x, 1.5)",
            lambda x: tf.math.lbeta(tf.stack([x, 1.5 + 0 * x], axis=-1)),
            lambda x: (mpmath.loggamma(x) + mpmath.loggamma(1.5) - mpmath.loggamma(x + 1.5)).real,
            between(0.2, 5),
        ),
        (
            "dawsn",
            special.dawsn,
            lambda x: sqrt(mpmath.pi) / 2 * exp(-x * x) * mpmath.erfi(x),
            normal(2),
        ),
        ("expint", special.expint, mpmath.ei, between(0.1, 5)),
        ("fresnel_sin", special.fresnel_sin, mpmath.fresnels, normal()),
        ("fresnel_cos", special.fresnel_cos, mpmath.fresnelc, normal()),
        ("spence", special.spence, lambda x: mpmath.polylog(2, 1 - x).real, between(0.1, 3)),
        ("bessel_i0", special.bessel_i0, lambda x: mpmath.besseli(0, x), normal(2)),
        (
            "bessel_i0e",
            special.bessel_i0e,
            lambda x: mpmath.besseli(0, x) * exp(-abs(x)),
            between(0.1, 6),
        ),
        ("bessel_i1", special.bessel_i1, lambda x: mpmath.besseli(1, x), normal(2)),
        (
            "bessel_i1e",
            special.bessel_i1e,
            lambda x: mpmath.besseli(1, x) * exp(-abs(x)),
            between(0.1, 6),
        ),
        ("bessel_j0", special.bessel_j0, lambda x: mpmath.besselj(0, x), between(0.1, 12)),
        ("bessel_j1", special.bessel_j1, lambda x: mpmath.besselj(1, x), between(0.1, 12)),
        ("bessel_k0", special.bessel_k0, lambda x: mpmath.besselk(0, x), between(0.1, 6)),
        (
            "bessel_k0e",
            special.bessel_k0e,
            lambda x: mpmath.besselk(0, x) * exp(x),
            between(0.1, 6),
        ),
        ("bessel_k1", special.bessel_k1, lambda x: mpmath.besselk(1, x), between(0.1, 6)),
        (
            "bessel_k1e",
            special.bessel_k1e,
            lambda x: mpmath.besselk(1, x) * exp(x),
            between(0.1, 6),
        ),
        ("bessel_y0", special.bessel_y0, lambda x: mpmath.bessely(0, x), between(0.2, 12)),
        ("bessel_y1", special.bessel_y1, lambda x: mpmath.bessely(1, x), between(0.2, 12)),
    )


def _with(function: Callable[[Any, Any], Any], first: float) -> Callable[[Any], Any]:
    """A function of two arguments with the first one fixed."""
    return lambda x: function(tf.constant(first, x.dtype), x)


def gamma_p(a: Any, x: Any) -> Any:
    return mpmath.gammainc(a, 0, x, regularized=True)


def oscillating() -> list[Problem]:
    return _elementwise(
        "fast oscillation",
        ("sin(1e4 x)", lambda x: tf.sin(1e4 * x), lambda x: mpmath.sin(10000 * x), normal()),
        ("sin(1/x)", lambda x: tf.sin(1.0 / x), lambda x: mpmath.sin(1 / x), between(0.01, 0.3)),
        ("cos(x^2)", lambda x: tf.cos(x * x), lambda x: mpmath.cos(x * x), between(5, 50)),
        (
            "exp(sin(100 x))",
            lambda x: tf.exp(tf.sin(100.0 * x)),
            lambda x: exp(mpmath.sin(100 * x)),
            normal(),
        ),
        (
            "x + 1e-3 sin(1e3 x)",
            lambda x: x + 1e-3 * tf.sin(1e3 * x),
            lambda x: x + mpf(1e-3) * mpmath.sin(1000 * x),
            normal(),
        ),
        ("tanh(1e3 x)", lambda x: tf.tanh(1e3 * x), lambda x: mpmath.tanh(1000 * x), normal(3e-3)),
    )


def cancelling() -> list[Problem]:
    """Differences of terms much larger than they are; `terms` says how large."""
    rows = [
        (
            "1 - cos x",
            lambda x: 1.0 - tf.cos(x),
            lambda x: 1 - mpmath.cos(x),
            magnitudes(-4, 0, True),
            lambda x: 1 + np.abs(np.cos(x)),
        ),
        (
            "x - sin x",
            lambda x: x - tf.sin(x),
            lambda x: x - mpmath.sin(x),
            magnitudes(-3, 0, True),
            lambda x: np.abs(x) + np.abs(np.sin(x)),
        ),
        (
            "(1 + x) - 1",
            lambda x: (1.0 + x) - 1.0,
            lambda x: x,
            magnitudes(-9, 0, True),
            lambda x: 2 + np.abs(x),
        ),
        (
            "sqrt(x + 1) - sqrt x",
            lambda x: tf.sqrt(x + 1.0) - tf.sqrt(x),
            lambda x: sqrt(x + 1) - sqrt(x),
            magnitudes(2, 6),
            lambda x: 2 * np.sqrt(x + 1),
        ),
        (
            "exp x - exp 2",
            lambda x: tf.exp(x) - np.exp(2.0),
            lambda x: exp(x) - mpf(np.exp(2.0)),
            lambda g, size: 2.0 + 1e-6 * g.normal(size=size),
            lambda x: 2 * np.exp(x),
        ),
        (
            "x^2 - 1e6 x",
            lambda x: x * x - 1e6 * x,
            lambda x: x * x - 1000000 * x,
            between(4e5, 6e5),
            lambda x: x * x + 1e6 * x,
        ),
    ]
    return [
        Problem("cancellation", name, f, each(exact), draw, terms=terms)
        for name, f, exact, draw, terms in rows
    ]


def at_edges() -> list[Problem]:
    """Points close to the end of a domain or on it, where one side alone can be asked."""

    def at_zero(g: np.random.Generator, size: int) -> Array:
        return np.zeros(size)

    def one_sided(exact: Callable[[Any], Any]) -> Callable[[Array], Array]:
        # The counterpart continues beyond the edge as its own Taylor polynomial of degree one.
        return each(exact)

    rows: list[tuple[str, Any, Any, Draw, float, float]] = [
        ("sqrt near 0", tf.sqrt, sqrt, magnitudes(-9, -1), 0.0, np.inf),
        (
            "x log x near 0",
            lambda x: tf.math.xlogy(x, x),
            lambda x: x * log(x),
            magnitudes(-9, -1),
            0.0,
            np.inf,
        ),
        ("acos near 1", tf.acos, mpmath.acos, below_one, -1.0, 1.0),
        (
            "sqrt(1 - x^2) near 1",
            lambda x: tf.sqrt((1.0 - x) * (1.0 + x)),
            lambda x: sqrt(1 - x * x),
            below_one,
            -1.0,
            1.0,
        ),
        (
            "log(1 - x) near 1",
            lambda x: tf.math.log1p(-x),
            lambda x: mpmath.log1p(-x),
            below_one,
            -1.0,
            1.0,
        ),
        ("atanh near 1", tf.atanh, mpmath.atanh, below_one, -1.0, 1.0),
        (
            "x^1.5 near 0",
            lambda x: x**1.5,
            lambda x: x ** mpf(1.5),
            magnitudes(-9, -1),
            0.0,
            np.inf,
        ),
        ("exp at the edge 0", tf.exp, exp, at_zero, 0.0, np.inf),
        ("sin at the edge 0", tf.sin, mpmath.sin, at_zero, -np.inf, 0.0),
        (
            "1/(1 + 3x) at the edge 0",
            lambda x: 1.0 / (1.0 + 3.0 * x),
            lambda x: 1 / (1 + 3 * x),
            at_zero,
            0.0,
            np.inf,
        ),
        (
            "asin at the edge 0.5",
            tf.asin,
            mpmath.asin,
            lambda g, size: np.full(size, 0.5),
            0.5,
            1.0,
        ),
    ]
    return [
        Problem("domain edges", name, f, one_sided(exact), draw, low=low, high=high)
        for name, f, exact, draw, low, high in rows
    ]


# ---------------------------------------------------------------------------------------------
# Complex numbers


def of_complex_numbers() -> list[Problem]:
    def away_from_cuts(g: np.random.Generator, size: int) -> Array:
        angle = g.uniform(-0.9, 0.9, size) * np.pi
        return g.uniform(0.3, 2, size) * np.exp(1j * angle)

    rows = [
        ("exp", tf.exp, exp, complex_normal),
        ("log", tf.math.log, log, away_from_cuts),
        ("sin", tf.sin, mpmath.sin, complex_normal),
        ("tanh", tf.tanh, mpmath.tanh, complex_normal),
        ("sqrt", tf.sqrt, sqrt, away_from_cuts),
        ("reciprocal", tf.math.reciprocal, lambda z: 1 / z, away_from_cuts),
        ("z^3", lambda z: z * z * z, lambda z: z**3, complex_normal),
        (
            "z^1.5",
            lambda z: z ** tf.constant(1.5, z.dtype),
            lambda z: z ** mpf(1.5),
            away_from_cuts,
        ),
        ("abs", tf.abs, abs, complex_normal),
        ("angle", tf.math.angle, mpmath.arg, away_from_cuts),
        ("conj", tf.math.conj, mpmath.conj, complex_normal),
        (
            "z conj z",
            lambda z: z * tf.math.conj(z),
            lambda z: mpmath.mpc(mpmath.re(z * mpmath.conj(z)), 0),
            complex_normal,
        ),
        (
            "re z im z",
            lambda z: tf.math.real(z) * tf.math.imag(z),
            lambda z: mpmath.re(z) * mpmath.im(z),
            complex_normal,
        ),
        ("sigmoid", tf.sigmoid, lambda z: 1 / (1 + exp(-z)), complex_normal),
    ]
    return [Problem("complex", name, f, each(exact), draw) for name, f, exact, draw in rows]


# ---------------------------------------------------------------------------------------------
# Whole arrays


def _whole(group: str, *rows: tuple[str, Any, Any, Draw]) -> list[Problem]:
    return [Problem(group, name, f, exact, draw, False) for name, f, exact, draw in rows]


def _softmax(x: Array) -> Array:
    powers = each(exp)(x)
    return powers / powers.sum(axis=-1, keepdims=True)


def _norm(x: Array) -> Any:
    return sqrt((x * x).sum())


WEIGHTS = 10.0 ** np.linspace(-9, 9, 12)


def reductions() -> list[Problem]:
    return _whole(
        "reductions and softmax",
        ("softmax", tf.nn.softmax, _softmax, shaped(6, 8)),
        (
            "softmax, wide",
            lambda x: tf.nn.softmax(8.0 * x),
            lambda x: _softmax(8 * x),
            shaped(6, 8),
        ),
        ("log_softmax", tf.nn.log_softmax, lambda x: each(log)(_softmax(x)), shaped(6, 8)),
        (
            "logsumexp",
            lambda x: tf.reduce_logsumexp(x, -1),
            lambda x: each(log)(each(exp)(x).sum(axis=-1)),
            shaped(12, 12),
        ),
        (
            "logsumexp of 1e3",
            lambda x: tf.reduce_logsumexp(1e3 + x, -1),
            lambda x: 1000 + each(log)(each(exp)(x).sum(axis=-1)),
            shaped(12, 12),
        ),
        (
            "reduce_prod",
            lambda x: tf.reduce_prod(x, -1),
            lambda x: np.prod(x, axis=-1),
            shaped(8, 6),
        ),
        ("cumprod", tf.math.cumprod, lambda x: np.cumprod(x), shaped(12)),
        ("norm", tf.norm, _norm, shaped(40)),
        ("l2_normalize", tf.math.l2_normalize, lambda x: x / _norm(x), shaped(12)),
        ("variance", tf.math.reduce_variance, lambda x: ((x - x.mean()) ** 2).mean(), shaped(40)),
        (
            "std of 1e6 + x",
            lambda x: tf.math.reduce_std(1e6 + x),
            lambda x: sqrt(((x - x.mean()) ** 2).mean()),
            shaped(40),
        ),
        (
            "huge beside tiny",
            lambda x: tf.concat([1e9 * tf.sin(x), 1e-9 * tf.cos(x)], 0),
            lambda x: np.concatenate(
                [mpf(1e9) * each(mpmath.sin)(x), mpf(1e-9) * each(mpmath.cos)(x)]
            ),
            shaped(20),
        ),
        (
            "a sum of 1e-9 to 1e9",
            lambda x: tf.reduce_sum(WEIGHTS * tf.sin(x)),
            lambda x: (lifted(WEIGHTS) * each(mpmath.sin)(x)).sum(),
            shaped(12),
        ),
        (
            "rows of 1e-9 to 1e9",
            lambda x: WEIGHTS * tf.tanh(x),
            lambda x: lifted(WEIGHTS) * each(mpmath.tanh)(x),
            shaped(12),
        ),
        (
            "cross entropy",
            lambda x: tf.nn.softmax_cross_entropy_with_logits(np.eye(6, 8), x),
            lambda x: np.array([-log(p[i]) for i, p in enumerate(_softmax(x))], object),
            shaped(6, 8),
        ),
    )


_RNG = np.random.default_rng(2024)
FILTER = _RNG.normal(size=(3, 3, 2, 2))
RIGHT = _RNG.normal(size=(5, 5))


def _convolution(image: Array) -> Array:
    rows, columns = image.shape[1] - 2, image.shape[2] - 2
    result = lifted(np.zeros((1, rows, columns, 2)))
    for i in range(rows):
        for j in range(columns):
            patch = image[0, i : i + 3, j : j + 3]
            result[0, i, j] = np.tensordot(patch, lifted(FILTER), 3)
    return result


def _fourier(size: int) -> Array:
    with mpmath.workdps(60):
        root = [mpmath.expjpi(mpf(-2 * k) / size) for k in range(size)]
    return np.array([[root[i * j % size] for j in range(size)] for i in range(size)], object)


FOURIER = _fourier(12)


def transforms() -> list[Problem]:
    return _whole(
        "convolution and fft",
        ("conv2d", lambda x: tf.nn.conv2d(x, FILTER, 1, "VALID"), _convolution, shaped(1, 6, 6, 2)),
        (
            "tanh of conv2d",
            lambda x: tf.tanh(0.3 * tf.nn.conv2d(x, FILTER, 1, "VALID")),
            lambda x: each(mpmath.tanh)(mpf(0.3) * _convolution(x)),
            shaped(1, 6, 6, 2),
        ),
        ("fft", tf.signal.fft, lambda z: FOURIER @ z, complex_shaped(12)),
        ("ifft", tf.signal.ifft, lambda z: conjugate(FOURIER) @ z / 12, complex_shaped(12)),
        (
            "|fft|^2",
            lambda z: tf.abs(tf.signal.fft(z)) ** 2,
            lambda z: each(lambda w: abs(w) ** 2)(FOURIER @ z),
            complex_shaped(12),
        ),
        ("rfft", tf.signal.rfft, lambda x: (FOURIER @ x)[:7], shaped(12)),
    )


def _signed(vectors: Any) -> Any:
    return vectors * tf.sign(vectors[:1])


def _tf_qr(a: Any) -> tuple[Any, Any]:
    q, r = tf.linalg.qr(a)
    signs = tf.sign(tf.linalg.diag_part(r))
    return q * signs, r * signs[:, None]


def matrices() -> list[Problem]:
    group = "matrices"
    free = _whole(
        group,
        ("matmul", lambda a: tf.linalg.matmul(a, RIGHT), lambda a: a @ lifted(RIGHT), shaped(4, 5)),
        ("a a a", lambda a: a @ a @ a, lambda a: a @ a @ a, shaped(5, 5)),
        ("inv", tf.linalg.inv, inverse, separated(5)),
        ("inv, Gaussian", tf.linalg.inv, inverse, shaped(5, 5)),
        ("det", tf.linalg.det, determinant, shaped(8, 8)),
        (
            "log |det|",
            lambda a: tf.linalg.slogdet(a)[1],
            lambda a: log(abs(determinant(a))),
            shaped(7, 7),
        ),
        (
            "solve",
            lambda a: tf.linalg.solve(a, RIGHT),
            lambda a: inverse(a) @ lifted(RIGHT),
            separated(5),
        ),
        (
            "triangular_solve",
            lambda a: tf.linalg.triangular_solve(a, RIGHT),
            lambda a: inverse(np.tril(a)) @ lifted(RIGHT),
            separated(5),
        ),
        ("pinv", tf.linalg.pinv, lambda a: inverse(a.T @ a) @ a.T, shaped(6, 4)),
        ("qr", _tf_qr, qr, shaped(5, 4)),
        ("svd values", lambda a: tf.linalg.svd(a, compute_uv=False), singular_values, separated(5)),
        ("cholesky, lower reading", tf.linalg.cholesky, cholesky, definite(5)),
        ("expm", tf.linalg.expm, by_mpmath(mpmath.expm), shaped(4, 4)),
        ("sqrtm", tf.linalg.sqrtm, by_mpmath(mpmath.sqrtm), definite(3)),
        ("logm", tf.linalg.logm, lambda z: inverse_exponential(z), definite(3, True)),
        ("complex inv", tf.linalg.inv, inverse, complex_shaped(4, 4)),
        ("complex det", tf.linalg.det, determinant, complex_shaped(4, 4)),
        (
            "complex solve",
            lambda a: tf.linalg.solve(a, tf.constant(RIGHT[:4, :2] + 0j, a.dtype)),
            lambda a: inverse(a) @ lifted(RIGHT[:4, :2]),
            complex_shaped(4, 4),
        ),
    )
    structured = [
        ("cholesky, symmetric", tf.linalg.cholesky, cholesky, definite(5)),
        ("complex cholesky", tf.linalg.cholesky, cholesky, definite(4, True)),
        ("eigh values", tf.linalg.eigvalsh, lambda a: eigh(a)[0], symmetric(5)),
        ("eigh", lambda a: _signed(tf.linalg.eigh(a)[1]), lambda a: eigh(a)[1], symmetric(4)),
    ]
    return free + [
        Problem(group, name, f, exact, draw, False, tangent=symmetrized)
        for name, f, exact, draw in structured
    ]


def inverse_exponential(z: Array) -> Array:
    """The principal logarithm: square roots until the matrix is close to one, then its series."""
    one = lifted(np.eye(len(z)))
    halvings, a = 0, z
    while max(float(abs(x)) for x in (a - one).reshape(-1)) > 0.25:
        a, halvings = by_mpmath(mpmath.sqrtm)(a), halvings + 1
    # log a = 2 artanh((a - 1) (a + 1)^-1)
    u = (a - one) @ inverse(a + one)
    term, total = u, u
    for k in range(3, 81, 2):
        term = term @ u @ u
        total = total + term / k
    return total * 2 ** (halvings + 1)


def all_problems() -> list[Problem]:
    return [
        *elementary(),
        *of_large_and_small_numbers(),
        *special_functions(),
        *oscillating(),
        *cancelling(),
        *at_edges(),
        *of_complex_numbers(),
        *reductions(),
        *transforms(),
        *matrices(),
    ]


def single_precision() -> list[Problem]:
    """Those that float32 can be asked: its numbers are exact in float64, and so is the truth."""
    names = {"logsumexp of 1e3", "std of 1e6 + x", "1e-200 sin", "huge beside tiny"}
    chosen = [*elementary(), *special_functions(), *reductions(), *matrices()]
    return [p for p in chosen if p.name not in names]
