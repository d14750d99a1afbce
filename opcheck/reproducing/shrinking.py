"""Smaller cases that fail the same way: delta debugging over shapes, values and attributes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.cases import Case
from opcheck.domains import Input
from opcheck.known import KnownDefect, disagreement, fingerprint, size
from opcheck.reproducing.fixed import Fixed, changed, fixed_inputs
from opcheck.spec import Sample
from opcheck.verdict import Report

Array = NDArray[Any]

# Words by which a diagnosis says what is wrong; the rest of it says where, which shrinking moves.
_WHAT = [
    "zero",
    "negated",
    "scaled",
    "conjugate",
    "transposed",
    "constant",
    "swapped",
    "reversed",
    "rolled",
    "permuted",
    "overwrites",
    "kink",
    "mean",
    "sum",
    "order",
]

# More than these are not worth the wait: a script is small enough before.
TRIES = 80
SECONDS = 10.0


class Likeness:
    """Whether another report tells of the same defect, as the registry tells defects apart."""

    def __init__(self, report: Report) -> None:
        self._defect = KnownDefect(
            "", "", str(report.outcome), fingerprint(report), "", size(report)
        )
        self._said = _said(report)

    def __call__(self, report: Report) -> bool:
        return not disagreement(self._defect, report) and _said(report) == self._said


def _said(report: Report) -> list[set[str]]:
    """Of each input that fails, what the diagnosis or the error says, without places and sizes."""
    said = []
    for part in report.parts:
        if not part.outcome.is_good:
            first = part.error.partition("\n")[0]
            words = re.findall(r"[a-z]{3,}", f"{part.cause} {first}".lower())
            said.append({word for word in words if part.error or word in _WHAT})
    return said


def shrunk(
    case: Case,
    holds: Callable[[Case], bool],
    tries: int = TRIES,
    seconds: float = SECONDS,
) -> Case:
    """The smallest case that was found for which `holds`, as it does for `case`.

    Args:
        case: its inputs are fixed.
        tries: how often `holds` may be asked.
        seconds: after which nothing more is tried.
    """
    until = time.monotonic() + seconds
    found = True
    while found:
        found = False
        for move in MOVES:
            while (smaller := _first(move, case, holds, tries, until))[0] is not None:
                case, tries, found = smaller[0], smaller[1], True
            tries = smaller[1]
    return case


def _first(
    move: Callable[[Case], Iterator[Case]],
    case: Case,
    holds: Callable[[Case], bool],
    tries: int,
    until: float,
) -> tuple[Case | None, int]:
    """The first case of a move for which `holds`, and how many tries are left."""
    for candidate in move(case):
        if tries == 0 or time.monotonic() > until:
            break
        tries -= 1
        if holds(candidate):
            return candidate, tries
    return None, tries


# ---------------------------------------------------------------------------------------------
# Moves: cases that are smaller in one way


def _without_arguments(case: Case) -> Iterator[Case]:
    """One argument less each, which then has its default."""
    sample = case.sample
    for place in range(len(sample.arguments)):
        yield replace(case, sample=replace(sample, arguments=_cut(sample.arguments, place)))
    for place in range(len(sample.call)):
        yield replace(case, sample=replace(sample, call=_cut(sample.call, place)))
    if sample.training is not None:
        yield replace(case, sample=replace(sample, training=None))


def _without_items(case: Case) -> Iterator[Case]:
    """One item less in a list of inputs, or in all lists of that length."""
    arguments = case.sample.arguments
    lists = {name: len(value) for name, value in arguments if _is_list_of_inputs(value)}
    for length in {length for length in lists.values() if length > 1}:
        for place in reversed(range(length)):
            yield _with(case, {n: _cut(v, place) for n, v in arguments if lists.get(n) == length})
    for name, value in arguments:
        if lists.get(name, 0) > 1:
            yield from (_with(case, {name: _cut(value, n)}) for n in range(len(value)))


def _is_list_of_inputs(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, Input) for item in value)


def _cut(items: Any, place: int) -> Any:
    return items[:place] + items[place + 1 :]


def _shorter_axes(case: Case) -> Iterator[Case]:
    """All axes of one length shorter, the numbers among the attributes with them; then one axis."""
    shapes = [value.shape for value in fixed_inputs(case.sample)]
    for length in sorted({n for shape in shapes for n in shape if n > 1}, reverse=True):
        for wanted in sorted({1, length // 2, length - 1}):
            every = [(n, k) for n, s in enumerate(shapes) for k in range(len(s)) if s[k] == length]
            for is_end in (False, True):
                cut = _at_axes(case, every, wanted, is_end)
                yield cut
                yield _with_numbers(cut, length, wanted)
            yield _with_indices(_with_numbers(cut, length, wanted), wanted)
            if len(every) > 1:
                for axis in every:
                    yield _at_axes(case, [axis], wanted, False)


def _at_axes(case: Case, axes: list[tuple[int, int]], length: int, is_end: bool) -> Case:
    def cut(place: int, array: Array) -> Array:
        for _, axis in (pair for pair in axes if pair[0] == place):
            first = array.shape[axis] - length if is_end else 0
            array = array.take(range(first, first + length), axis)
        return array

    return _with_arrays(case, cut)


def _with_numbers(case: Case, old: int, new: int) -> Case:
    """Whole numbers among the attributes that are the old length become the new one."""

    def other(value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, (list, tuple)):
            return type(value)(other(item) for item in value)
        return new if value == old and isinstance(value, int) else value

    return _with(case, {name: other(value) for name, value in case.sample.arguments})


def _with_indices(case: Case, length: int) -> Case:
    """Whole numbers among the inputs stay below a length."""
    return _with_arrays(
        case, lambda _, array: np.minimum(array, length - 1) if array.dtype.kind in "iu" else array
    )


def _fewer_axes(case: Case) -> Iterator[Case]:
    """Without an axis of length 1: the first or the last of all inputs, or of one."""
    inputs = list(fixed_inputs(case.sample))
    for axis in (0, -1):
        those = [n for n, value in enumerate(inputs) if value.shape and value.shape[axis] == 1]
        for chosen in [those, *([n] for n in those if len(those) > 1)]:
            if chosen:
                squeezed = {n: inputs[n].array.squeeze(axis) for n in chosen}
                yield _with_arrays(case, _put(squeezed))


def _rounder_values(case: Case) -> Iterator[Case]:
    """Values with fewer decimals, where that makes no new zeros or ties."""
    for decimals in (0, 1, 2):
        rounded = {}
        for place, value in enumerate(fixed_inputs(case.sample)):
            if value.array.dtype.kind not in "iub":
                array = np.round(_wide(value.array), decimals)
                if not np.array_equal(array, _wide(value.array)) and _is_alike(array, value.array):
                    rounded[place] = array
        for chosen in [rounded, *({place: rounded[place]} for place in rounded)]:
            if chosen:
                yield _with_arrays(case, _put(chosen))


def _put(arrays: Mapping[int, Array]) -> Callable[[int, Array], Array]:
    """Other arrays in some places."""
    return lambda place, array: arrays.get(place, array)


def _wide(array: Array) -> Array:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _is_alike(array: Array, other: Array) -> bool:
    """Whether the zeros and the ties of two arrays lie in the same places."""
    return np.array_equal(array == 0, other == 0) and np.array_equal(_ties(array), _ties(other))


def _ties(array: Array) -> Array:
    """A number for each entry, the same for equal entries."""
    return np.unique(array.reshape(-1), return_inverse=True)[1].reshape(-1)


def _plainer_dtype(case: Case) -> Iterator[Case]:
    """In real numbers; in double precision, in which differences see more."""
    if case.dtype == "float64":
        return
    real = _with_arrays(case, lambda _, array: array.real if array.dtype.kind == "c" else array)
    yield replace(real, dtype="float64")
    if case.dtype == "complex64":
        yield replace(case, dtype="complex128")


def _with_arrays(case: Case, change: Callable[[int, Array], Array]) -> Case:
    places = iter(range(len(list(fixed_inputs(case.sample)))))

    def held(value: Input) -> Input:
        assert isinstance(value, Fixed)
        return value.holding(change(next(places), value.array))

    return replace(case, sample=changed(case.sample, held))


def _with(case: Case, values: dict[str, Any]) -> Case:
    """The case with other values of some arguments."""
    arguments = tuple((name, values.get(name, value)) for name, value in case.sample.arguments)
    sample: Sample = replace(case.sample, arguments=arguments)
    return replace(case, sample=sample)


MOVES = (
    _plainer_dtype,
    _rounder_values,
    _shorter_axes,
    _fewer_axes,
    _without_arguments,
    _without_items,
)
