"""Exact Jacobians: a function's counterpart in mpmath, differenced with 60 digits.

At a relative step of 2^-60 the central difference is off by 1e-36 of the function's own variation,
and 60 digits leave more than float64 has of what the subtraction cancels. Arrays hold mpmath
numbers as objects, so that NumPy's own operators and products serve.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

Array = np.ndarray

DIGITS = 60
STEP = mpmath.mpf(2) ** -60


def each(function: Callable[..., Any]) -> Callable[[Array], Array]:
    """A function of one number, for arrays of them."""
    return np.frompyfunc(function, 1, 1)


def lifted(array: Array) -> Array:
    """The same numbers as objects of mpmath."""
    convert = mpmath.mpc if np.iscomplexobj(array) else mpmath.mpf
    wide = np.asarray(array, complex if np.iscomplexobj(array) else float)
    return np.frompyfunc(lambda number: convert(number), 1, 1)(wide)


def jacobian(exact: Callable[[Array], Any], point: Array, directions: Array | None) -> Array:
    """Every entry along the directions, rows of real coordinates, or along all axes if None."""
    size = point.size * (2 if np.iscomplexobj(point) else 1)
    basis = np.eye(size) if directions is None else directions
    with mpmath.workdps(DIGITS):
        columns = [_slope(exact, point, direction) for direction in basis]
    return np.array(columns).T


def elementwise(exact: Callable[[Array], Any], point: Array) -> Array:
    """The diagonal blocks alone, all points at once: (points, out parts, in parts)."""
    is_complex = np.iscomplexobj(point)
    units = [np.tile(unit, point.size) for unit in (([1, 0], [0, 1]) if is_complex else ([1],))]
    with mpmath.workdps(DIGITS):
        columns = [_slope(exact, point, unit, each_own=True) for unit in units]
    return np.stack([column.reshape(point.size, -1) for column in columns], axis=-1)


def _slope(
    exact: Callable[[Array], Any], point: Array, direction: Array, each_own: bool = False
) -> Array:
    """The directional derivative; with `each_own`, of an elementwise function, a step a point."""
    wide = np.ascontiguousarray(direction, float)
    wide = wide.view(complex) if np.iscomplexobj(point) else wide
    magnitude = np.abs(point.reshape(-1))
    if not each_own:
        magnitude = np.full(magnitude.shape, np.max(magnitude[wide != 0], initial=0.0))
    magnitude = np.where(magnitude == 0, 1.0, magnitude).reshape(point.shape)
    step = lifted(magnitude) * STEP
    move = lifted(wide.reshape(point.shape)) * step
    at = lifted(point)
    ahead, behind = _coordinates(exact(at + move)), _coordinates(exact(at - move))
    # The steps are powers of two times float64 numbers, so that x ± h loses nothing.
    own = step.reshape(-1) if each_own else step.reshape(-1)[0]
    if each_own and ahead.size != own.size:
        own = np.repeat(own, ahead.size // own.size)
    return ((ahead - behind) / (2 * own)).astype(float)


def _coordinates(result: Any) -> Array:
    """Flat real numbers of one array or a tuple of arrays, complex ones as pairs."""
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([_flat(np.asarray(part, object)) for part in parts])


def _flat(array: Array) -> Array:
    flat = array.reshape(-1)
    if any(isinstance(number, mpmath.mpc) for number in flat):
        flat = np.array([part for z in flat for part in (mpmath.re(z), mpmath.im(z))], object)
    return flat


# ---------------------------------------------------------------------------------------------
# Matrix functions of object arrays


def inverse(a: Array) -> Array:
    """By Gauss and Jordan with pivots of greatest magnitude."""
    size = len(a)
    work = np.concatenate([a, lifted(np.eye(size))], axis=1)
    for k in range(size):
        pivot = k + int(np.argmax([float(abs(x)) for x in work[k:, k]]))
        work[[k, pivot]] = work[[pivot, k]]
        work[k] = work[k] / work[k, k]
        for row in range(size):
            if row != k:
                work[row] = work[row] - work[row, k] * work[k]
    return work[:, size:]


def determinant(a: Array) -> Any:
    """By elimination."""
    work, product = a.copy(), mpmath.mpf(1)
    for k in range(len(a)):
        pivot = k + int(np.argmax([float(abs(x)) for x in work[k:, k]]))
        if pivot != k:
            work[[k, pivot]] = work[[pivot, k]]
            product = -product
        product = product * work[k, k]
        for row in range(k + 1, len(a)):
            work[row] = work[row] - work[row, k] / work[k, k] * work[k]
    return product


def cholesky(a: Array) -> Array:
    """The lower factor, from the lower triangle alone."""
    size = len(a)
    lower = lifted(np.zeros((size, size)))
    for j in range(size):
        row = lower[j, :j]
        lower[j, j] = mpmath.sqrt(
            mpmath.re(a[j, j]) - sum((abs(x) ** 2 for x in row), mpmath.mpf(0))
        )
        for i in range(j + 1, size):
            lower[i, j] = (a[i, j] - sum(lower[i, :j] * conjugate(row))) / lower[j, j]
    return lower


def qr(a: Array) -> tuple[Array, Array]:
    """The factors with a positive diagonal of R, by Gram and Schmidt."""
    rows, columns = a.shape
    q, r = lifted(np.zeros((rows, columns))), lifted(np.zeros((columns, columns)))
    for j in range(columns):
        v = a[:, j].copy()
        for i in range(j):
            r[i, j] = sum(q[:, i] * a[:, j])
            v = v - r[i, j] * q[:, i]
        r[j, j] = mpmath.sqrt(sum(v * v))
        q[:, j] = v / r[j, j]
    return q, r


def conjugate(a: Array) -> Array:
    """Entry by entry."""
    return each(mpmath.conj)(a)


def eigh(a: Array) -> tuple[Array, Array]:
    """Eigenvalues, ascending, and vectors whose first entries are positive, of the lower half."""
    lower = np.tril(a.astype(object))
    whole = lower + np.tril(a, -1).T
    values, vectors = mpmath.eigsy(mpmath.matrix(whole.tolist()))
    vectors = np.array(vectors.tolist(), object).reshape(a.shape)
    return np.array(list(values), object), vectors * each(mpmath.sign)(vectors[0])


def singular_values(a: Array) -> Array:
    """Descending."""
    gram = a.T @ a if a.shape[0] >= a.shape[1] else a @ a.T
    return each(mpmath.sqrt)(eigh(gram)[0])[::-1]


def by_mpmath(function: Callable[[Any], Any]) -> Callable[[Array], Array]:
    """A function of mpmath's own matrices, for object arrays."""

    def call(a: Array) -> Array:
        return np.array(function(mpmath.matrix(a.tolist())).tolist(), object).reshape(a.shape)

    return call
