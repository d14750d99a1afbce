"""What each argument of an op may be: short lists, the plausible first, by role and by name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opcheck.domains import (
    Domain,
    between,
    booleans,
    complex_normal,
    distinct,
    lower_triangular,
    nonzero,
    normal,
    positive,
    spd,
    well_conditioned,
)
from opcheck.proposing.signature import Argument, Role, Signature
from opcheck.spec import DTYPE

Shape = tuple[int, ...]
Call = dict[str, Any]

# Rank 2 first: it shows axes and matrices, and most ops take it. Equal sizes where ops want
# squares, unequal ones elsewhere, so that axes cannot be confused.
SHAPES: tuple[Shape, ...] = (
    (2, 3),
    (),
    (3, 3),
    (3,),
    (2, 3, 3),
    (1, 4, 4, 2),
    (1, 4, 4, 4, 1),
    (2,),
    (1,),
    (3, 2),
    (4,),
    (6,),
    (2, 4),
    (2, 2, 3),
    (2, 2, 2, 1),
    (2, 2, 2, 1, 1),
    (2, 2, 2),
    (1, 2, 4),
    (1, 2),
    (1, 2, 2, 4),
    (4, 2, 2, 1),
)

# The most entries along an axis; a Jacobian has as many columns.
LARGEST = 16

# From all numbers to narrower sets; an op is shown on the widest that it takes.
DOMAINS: tuple[Domain, ...] = (
    normal,
    nonzero,
    positive,
    between(0.0, 1.0),
    between(-1.0, 1.0),
    between(1.0, 3.0),
    distinct,
)
MATRICES: tuple[Domain, ...] = (spd, well_conditioned, lower_triangular)

_WHOLE: tuple[Any, ...] = (
    0,
    1,
    2,
    3,
    [0],
    [1],
    [2],
    [0, 1],
    [1, 0],
    [1, 2],
    [2, 3],
    [2, 2],
    [0, 1, 1],
    [[0, 1], [1, 0]],
    [[0], [1]],
    [[0, 0], [1, 1]],
    [[1, 0]],
    [1, 4, 4, 2],
    [2, 2, 2],
    [],
)

_SIZES = ([1, 4, 4, 2], [2, 2, 2, 1], [1, 4, 4, 4, 1], [2, 2, 2, 1, 1], [2, 2], [2, 3])

# By what a name ends or begins with, in this order.
_BY_NAME: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (r"pad(ding)?s?$", ([[1, 0], [0, 2]], [[0, 1]], [[0, 0], [1, 1], [1, 1], [0, 0]])),
    (r"^ksizes?$", ([1, 2, 2, 1], [1, 2, 2, 2, 1])),
    (r"crops$", ([[0, 0], [0, 0]], [[0, 0]])),
    (r"seed", ([1, 2], 1)),
    (r"num_segments|depth$|dim0$", (3, 2, 4)),
    (r"segment_ids$", ([0, 1], [0, 0, 1], [0, 1, 1])),
    (r"perm", ([1, 0], [0], [0, 2, 1])),
    (r"(input|filter|orig_input|out_backprop)_sizes?$", _SIZES),
    (r"input_shape$", _SIZES),
    (r"multiples", ([2, 1], [2])),
    (r"begin|start", ([0, 1], [0], [1, 0])),
    (r"(sizes?|shape|dims|length|rows|cols)$", ([2, 2], [3, 2], [6], [4, 3], [2, 3], 2, [2], 3, 6)),
    (r"end|limit", ([2, 2], [2], [2, 3])),
    (r"strides$", ([1, 1], [1])),
    (
        r"ind(ices|ex)$|^i$|_ind$",
        ([0, 1], [[0], [1]], [[0, 0], [1, 2]], 0, [1, 0], [[0, 1], [1, 0]]),
    ),
    (r"ax[ei]s|dim(ension)?s?$|reduction", (0, 1, [0], [1], [0, 1])),
    (r"^k$|num|count", (2, 1, 3)),
)

_WINDOWS = ([1, 2, 2, 1], [1, 1, 1, 1], [1, 2, 2, 2, 1], [1, 1, 1, 1, 1], [1], [2], [1, 1])
_FRACTIONS = (0.5, 0.25, 1.0, [1.0, 1.5, 1.5, 1.0], [1.0, 1.5, 1.5, 1.5, 1.0])
_TEXTS = ("", "a", "ab,bc->ac")


@dataclass(frozen=True)
class Slot:
    """One argument that a call gives, and the values to try for it, the plausible first.

    Attributes:
        shapes, domains: of a quantity, whose values are inputs to draw.
    """

    argument: Argument
    values: tuple[Any, ...] = ()
    shapes: tuple[Shape, ...] = ()
    domains: tuple[Domain, ...] = ()

    @property
    def name(self) -> str:
        return self.argument.name


def slots(signature: Signature) -> tuple[Slot, ...]:
    """One slot for each argument that a call must give."""
    return tuple(
        _slot(argument, signature)
        for argument in signature.arguments
        if argument.is_input or argument.default is None or _is_tied(argument)
    )


def _is_tied(argument: Argument) -> bool:
    """Whether a type has a default that fits single precision alone: `Tout` of `Complex`."""
    return argument.role is Role.TYPE and argument.default in ("complex64", "float32")


def _slot(argument: Argument, signature: Signature) -> Slot:
    if argument.is_quantity:
        domains = DOMAINS + MATRICES if argument.role is Role.QUANTITY else (complex_normal,)
        return Slot(argument, shapes=SHAPES, domains=domains)
    return Slot(argument, tuple(_distinct(_values(argument, signature))))


def _distinct(values: Iterator[Any]) -> Iterator[Any]:
    seen: set[str] = set()
    for value in values:
        if repr(value) not in seen:
            seen.add(repr(value))
            yield value


def _values(argument: Argument, signature: Signature) -> Iterator[Any]:
    if argument.role is Role.FLAG:
        drawn = (booleans(2, 3), booleans(), booleans(3), booleans(2))
        yield from (False, True, *(drawn if argument.is_input else ()))
    elif argument.role is Role.TYPE:
        yield from _types(argument, signature)
    elif argument.role is Role.TEXT:
        texts = argument.allowed or _TEXTS
        yield from ([text] for text in texts) if argument.is_list else texts
    elif argument.role is Role.OTHER:
        yield from (*_FRACTIONS, [], [2, 3], [3], [2, 2])
    elif argument.role is Role.HANDLE:
        yield None
    elif not argument.is_input and argument.is_list:
        ones = [1] * max(argument.length, 1)
        listed = [each for each in _named(argument.name) if isinstance(each, list)]
        for each in (*listed, ones, *_WINDOWS):
            if len(each) >= argument.length:
                yield each
    elif not argument.is_input:
        yield from (*_named(argument.name), 2, 1, 0)
    else:
        values = (*_named(argument.name), *_WHOLE)
        yield from ([value, value] for value in values) if argument.is_list else values


def _types(argument: Argument, signature: Signature) -> Iterator[Any]:
    kept = [dtype for dtype in argument.allowed if dtype in signature.dtypes]
    first = [DTYPE] if kept or not argument.allowed else []
    wide = [dtype for dtype in ("float64", "complex128") if dtype in argument.allowed]
    values = [*first, *wide, *argument.allowed, "int32"]
    yield from ([[value] for value in values] if argument.is_list else values)


def _named(name: str) -> tuple[Any, ...]:
    for pattern, values in _BY_NAME:
        if re.search(pattern, name):
            return values
    return ()


# ---------------------------------------------------------------------------------------------
# Calls and the steps between them


def drawn(slot: Slot, domain: Domain, shape: Shape) -> Any:
    """The value of a quantity: an input, or a list of two."""
    wanted = domain(*shape)
    return [wanted, wanted] if slot.argument.is_list else wanted


def shape_of(value: Any) -> Shape:
    """The shape of a quantity's value."""
    return tuple((value[0] if isinstance(value, list) else value).shape)


def domain_of(value: Any) -> Domain:
    """The domain of a quantity's value."""
    found: Domain = (value[0] if isinstance(value, list) else value).domain
    return found


def fits(domain: Domain, shape: Shape) -> bool:
    """Whether a domain has arrays of this shape: those of matrices are square."""
    return domain not in MATRICES or (len(shape) >= 2 and shape[-1] == shape[-2])


def first_calls(table: tuple[Slot, ...]) -> Iterator[Call]:
    """Calls to begin with: one shape for all quantities, the first value of everything else."""
    for shape in SHAPES[:7]:
        yield {
            slot.name: drawn(slot, slot.domains[0], shape) if slot.shapes else slot.values[0]
            for slot in table
        }


def steps_from(call: Call, table: tuple[Slot, ...], message: str = "") -> Iterator[Call]:
    """Calls that differ in one argument, or in the shape or domain of all quantities.

    Arguments that the message names come first, with sizes that it names (`3 vs. 2`).
    """
    quantities = [slot for slot in table if slot.shapes]
    if message:
        words = set(re.findall(r"[A-Za-z]\w*", message))
        # `filter_sizes` is called the filter.
        named = [slot for slot in table if words & {slot.name, slot.name.partition("_")[0]}]
    else:
        named = [slot for slot in table if not slot.shapes]
    rest = [slot for slot in table if slot not in named]
    for slot in named or quantities:
        yield from _resized(call, slot, message)
    for slot in named:
        yield from _changes(call, slot)
    if len(quantities) > 1:
        for shape in SHAPES:
            yield call | {
                slot.name: drawn(slot, _kept(domain_of(call[slot.name]), shape, slot), shape)
                for slot in quantities
            }
    for domain in quantities[0].domains if quantities else ():
        if all(fits(domain, shape_of(call[slot.name])) for slot in quantities):
            yield call | {
                slot.name: drawn(slot, domain, shape_of(call[slot.name]))
                for slot in quantities
                if domain in slot.domains
            }
    windows = [slot for slot in table if slot.argument.is_list and not slot.argument.is_input]
    for window in _WINDOWS if len(windows) > 1 else ():
        yield call | {slot.name: window for slot in windows}
    iterators = [_changes(call, slot) for slot in rest]
    while iterators:
        for iterator in list(iterators):
            step = next(iterator, None)
            if step is None:
                iterators.remove(iterator)
            else:
                yield step


def _resized(call: Call, slot: Slot, message: str) -> Iterator[Call]:
    """The quantity with one axis of a size that the message holds."""
    if not slot.shapes:
        return
    domain, shape = domain_of(call[slot.name]), shape_of(call[slot.name])
    sizes = sorted({int(text) for text in re.findall(r"(?<!\w)\d+\b", message)}, reverse=True)
    for axis, size in itertools.product(range(len(shape)), sizes):
        if 0 < size <= LARGEST and size != shape[axis]:
            other = (*shape[:axis], size, *shape[axis + 1 :])
            yield call | {slot.name: drawn(slot, _kept(domain, other, slot), other)}


def _kept(domain: Domain, shape: Shape, slot: Slot) -> Domain:
    return domain if fits(domain, shape) else slot.domains[0]


def _changes(call: Call, slot: Slot) -> Iterator[Call]:
    if not slot.shapes:
        for value in slot.values:
            yield call | {slot.name: value}
        return
    domain, shape = domain_of(call[slot.name]), shape_of(call[slot.name])
    for other in slot.shapes:
        yield call | {slot.name: drawn(slot, _kept(domain, other, slot), other)}
    for narrower in slot.domains:
        if fits(narrower, shape):
            yield call | {slot.name: drawn(slot, narrower, shape)}
