"""Special points: where gradients go wrong that are right at every random point.

A special point is a change of an array that was drawn at random. What it does not name stays as
drawn, so that an exact zero, say, stands among generic neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opcheck.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

# Far beyond where squares and sums with other numbers lose them, within the range of float32.
TINY, HUGE = 1e-30, 1e30


@dataclass(frozen=True)
class SpecialPoint:
    """A named change of a drawn array.

    Attributes:
        name: what case ids and `Input.at` call it.
        place: takes the drawn array, returns one of the same shape.
        least: how many entries the array must have for the point to be one of its own.
    """

    name: str
    place: Callable[[Array], Array] = field(compare=False, repr=False)
    least: int = 1


def _first(count: int, value: float) -> Callable[[Array], Array]:
    """The first entries at a value, in the order of rows."""

    def place(array: Array) -> Array:
        changed: Array = array.copy()
        changed.reshape(-1)[:count] = value
        return changed

    return place


def _everywhere(value: float) -> Callable[[Array], Array]:
    return lambda array: np.full_like(array, value)


def _times(factor: float) -> Callable[[Array], Array]:
    return lambda array: np.asarray(array * factor)


def _tied(array: Array) -> Array:
    """The largest entry twice."""
    flat = array.copy().reshape(-1)
    order = np.argsort(flat.real, kind="stable")
    flat[order[-2]] = flat[order[-1]]
    return np.asarray(flat.reshape(array.shape))


def _equal(array: Array) -> Array:
    return np.full_like(array, array.reshape(-1)[0])


def _whole(numbers: Callable[[int], Array]) -> Callable[[Array], Array]:
    return lambda array: np.asarray(numbers(array.size).reshape(array.shape), array.dtype)


def _signed(size: int) -> Array:
    """1, -1, 2, -2, ..."""
    count = np.arange(2, size + 2)
    return np.asarray(np.where(count % 2, -1, 1) * (count // 2))


ZEROS = SpecialPoint("zeros", _everywhere(0.0))
TIES = (SpecialPoint("tie", _tied, least=3), SpecialPoint("equal", _equal, least=2))
SCALES = (SpecialPoint("tiny", _times(TINY)), SpecialPoint("huge", _times(HUGE)))

# Of arrays that may hold any number.
REAL = (
    ZEROS,
    SpecialPoint("zero", _first(1, 0.0), least=2),
    SpecialPoint("two-zeros", _first(2, 0.0), least=3),
    *TIES,
    SpecialPoint("whole", _whole(_signed)),
    *SCALES,
)

# Of arrays of positive numbers.
POSITIVE = (
    *TIES,
    SpecialPoint("whole", _whole(lambda size: np.arange(1, size + 1))),
    *SCALES,
)

INFINITE = (
    SpecialPoint("inf", _first(1, math.inf)),
    SpecialPoint("minus-inf", _first(1, -math.inf)),
)

COMPLEX = (
    SpecialPoint("real", lambda array: np.abs(array) + 0j),
    SpecialPoint("negative", lambda array: -np.abs(array) + 0j),
    SpecialPoint("imaginary", lambda array: 1j * np.abs(array)),
    TIES[1],
)

BOOLEAN = (
    SpecialPoint("true", lambda array: np.ones_like(array)),
    SpecialPoint("false", lambda array: np.zeros_like(array)),
)

SHARES = (
    SpecialPoint("uniform", lambda array: np.full_like(array, 1 / array.shape[-1])),
    SpecialPoint("vertex", lambda array: _vertices(array)),
)


def _vertices(array: Array) -> Array:
    """All of each row's weight on one entry, another one each row."""
    rows = int(array.size / array.shape[-1])
    chosen = np.eye(array.shape[-1])[np.arange(rows) % array.shape[-1]]
    return np.asarray(chosen.reshape(array.shape))


def interval(low: float, high: float) -> tuple[SpecialPoint, ...]:
    """Of arrays of numbers in an interval: its ends, its whole numbers, ties."""
    ends = (SpecialPoint("low", _everywhere(low)), SpecialPoint("high", _everywhere(high)))
    numbers = range(math.floor(low) + 1, math.ceil(high))
    if not numbers:
        return ends + TIES
    return (*ends, *TIES, SpecialPoint("whole", _whole(lambda size: np.resize(numbers, size))))


def integer_range(low: int, high: int) -> tuple[SpecialPoint, ...]:
    """Of arrays of whole numbers: all of them the first, or the last, that is allowed."""
    if high - low == 1:
        return ()
    return (
        SpecialPoint("all-first", _everywhere(low), least=2),
        SpecialPoint("all-last", _everywhere(high - 1), least=2),
    )


# ---------------------------------------------------------------------------------------------
# Matrices in the last two axes


def _diagonal(values: Callable[[int], Array]) -> Callable[[Array], Array]:
    def place(array: Array) -> Array:
        matrix = np.diag(values(array.shape[-1]).astype(array.dtype))
        return np.array(np.broadcast_to(matrix, array.shape))

    return place


def _pair(size: int) -> Array:
    """1, 1, 2, 3, ...: two equal, the others apart."""
    return np.asarray(np.fmax(np.arange(size), 1))


def _opposite(size: int) -> Array:
    """1, -1, 3, 4, ...: distinct eigenvalues with two equal singular values."""
    values = np.arange(1, size + 1)
    values[1:2] = -1
    return values


def _singular(array: Array) -> Array:
    """The last column zero: a rank of one less, which no rounding makes up for."""
    changed: Array = array.copy()
    changed[..., -1] = 0.0
    return changed


IDENTITY = SpecialPoint("identity", _diagonal(lambda size: np.ones(size)))
PAIR = SpecialPoint("pair", _diagonal(_pair), least=9)
OPPOSITE = SpecialPoint("opposite", _diagonal(_opposite), least=4)

SQUARE = (ZEROS, IDENTITY, PAIR, OPPOSITE, SpecialPoint("singular", _singular))
SYMMETRIC = (ZEROS, IDENTITY, PAIR, OPPOSITE)
DEFINITE = (IDENTITY, PAIR)
TRIANGULAR = (IDENTITY, PAIR)
