"""The right slopes in wrong places: transposed, reversed, permuted, copied."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from opcheck.diagnosis.disagreement import Array, Disagreement, Positions
from opcheck.diagnosis.places import (
    FEW,
    Coordinates,
    axes_in_words,
    listed,
    place_among,
    runs,
)

# Beyond these, axes are neither permuted in every way nor rolled by every shift.
MOST_AXES = 5
LONGEST_ROLL = 64


def transposed(case: Disagreement) -> str:
    if case.analytic.shape[0] != case.analytic.shape[1]:
        return ""
    model, slack = case.numeric.T, case.allowed + case.allowed.T
    if case.is_explained_by(model, slack):
        return "the Jacobian is transposed"
    mixed = case.is_mixed
    if mixed.any() and case.is_explained_by(np.where(mixed, -model, model), slack):
        return "the Jacobian is transposed, and the conjugate is missing"
    return ""


def rearranged(case: Disagreement) -> str:
    """The entries of a tensor turned, flipped or rolled as a whole."""
    for side, subject in ((case.turned, "gradient for"), (case, "cotangent of")):
        source, found = np.arange(side.wrong.shape[0]), []
        for tensor, run in runs(side.rows):
            if not side.wrong_rows[run].any() or tensor.labels:
                continue
            for moved, words in _arrangements(tensor):
                if side.is_explained_by_rows(run.start + moved, run):
                    source[run] = run.start + moved
                    found.append(f"the {subject} {tensor.name} {words}")
                    break
        if found and side.is_explained_by_rows(source):
            return listed(found)
    return ""


def _arrangements(tensor: Coordinates) -> Iterator[tuple[Positions, str]]:
    """Where each entry of a rearranged tensor comes from, the simplest rearrangement first."""
    entries = np.arange(tensor.size).reshape(tensor.grid)
    rank = len(tensor.shape)
    long = [axis for axis in range(rank) if tensor.shape[axis] > 1]
    if rank == 2 and len(long) == 2:
        yield entries.swapaxes(0, 1).ravel(), "is transposed"
    for first, second in itertools.combinations(long, 2):
        yield entries.swapaxes(first, second).ravel(), f"has axes {first} and {second} swapped"
    for count in range(1, min(len(long), MOST_AXES) + 1):
        for axes in itertools.combinations(long, count):
            yield np.flip(entries, axes).ravel(), f"is reversed along {axes_in_words(axes)}"
    for axis in long:
        length = tensor.shape[axis]
        for shift in range(1, length) if length <= LONGEST_ROLL else (1, length - 1, length // 2):
            # The shorter way round.
            by = shift if 2 * shift <= length else shift - length
            yield np.roll(entries, by, axis).ravel(), f"is rolled by {by} along axis {axis}"
    if len(long) > 2 and rank <= MOST_AXES:
        rest = range(rank, entries.ndim)
        for order in itertools.permutations(range(rank)):
            words = f"has its axes in the order {', '.join(map(str, order))}"
            yield entries.transpose(*order, *rest).ravel(), words
    if tensor.is_complex:
        yield entries[..., ::-1].ravel(), "has its real and imaginary parts swapped"


def of_other_output(case: Disagreement) -> str:
    """Whole output tensors with the gradients of others."""
    tensors = runs(case.rows)
    source, found = np.arange(case.wrong.shape[0]), {}
    for tensor, run in tensors:
        if not case.wrong_rows[run].any():
            continue
        for other, taken in tensors:
            if other is not tensor and other.grid == tensor.grid:
                theirs = np.arange(taken.start, taken.stop)
                if case.is_explained_by_rows(theirs, run):
                    source[run] = theirs
                    found[tensor.name] = other.name
                    break
    if not found or not case.is_explained_by_rows(source):
        return ""
    if len(found) == 2 and all(found.get(other) == name for name, other in found.items()):
        return f"the gradients of {listed([*found])} are swapped"
    return listed([f"the gradient of {name} is that of {other}" for name, other in found.items()])


def permuted(case: Disagreement) -> str:
    """The wrong rows or columns are each other's."""
    for side, word in ((case.turned, "for"), (case, "of")):
        taken = np.flatnonzero(side.wrong_rows)
        analytic, numeric, _ = side.signatures
        source = np.arange(side.wrong.shape[0])
        # Equal signatures in order: what is a permutation of the other matches entry by entry.
        source[taken[np.argsort(analytic[taken])]] = taken[np.argsort(numeric[taken])]
        if len(taken) < 2 or not side.is_explained_by_rows(source):
            continue
        if len(taken) == 2:
            return f"the gradients {word} {listed([side.name(int(i)) for i in taken])} are swapped"
        pairs = [
            f"{side.name(int(i))} has that {word} {side.name(int(source[i]))}" for i in taken[:FEW]
        ]
        more = ", and so on" if len(taken) > FEW else ""
        return f"the gradients {word} {len(taken):,} entries are permuted: {', '.join(pairs)}{more}"
    return ""


def copied(case: Disagreement) -> str:
    """The wrong rows or columns are copies of others, which are right."""
    for side, word in ((case.turned, "for"), (case, "of")):
        # Where a row is one number, every equal number would be a copy.
        if min(side.wrong.shape) < 2:
            continue
        taken = np.flatnonzero(side.wrong_rows)
        analytic, numeric, _ = side.signatures
        source = np.arange(side.wrong.shape[0])
        source[taken] = _nearest(numeric, analytic[taken])
        if not side.is_explained_by_rows(source):
            continue
        pairs = _pairs(side, source)
        if pairs:
            return listed([f"the gradient {word} {a} is that {word} {b}" for a, b in pairs])
    return ""


def overwritten(case: Disagreement) -> str:
    """Columns that should be zero, and reach the very outputs that one other entry determines."""
    side = case.turned
    taken = np.flatnonzero(side.wrong_rows)
    if not np.all(side.is_zero[taken] | ~side.known[taken]):
        return ""
    weights = np.random.default_rng(0).normal(size=side.wrong.shape[1])
    reach = ~side.is_zero & side.known
    claimed = (np.abs(side.analytic[taken]) > side.allowed[taken]) & side.known[taken]
    # An entry that determines every output would match by chance; so would one of several.
    reaches, owners, counts = np.unique(reach @ weights, return_index=True, return_counts=True)
    found = np.minimum(np.searchsorted(reaches, claimed @ weights), len(reaches) - 1)
    source = np.arange(side.wrong.shape[0])
    source[taken] = owners[found]
    is_match = np.all(reach[source[taken]] == claimed, axis=1) & (counts[found] == 1)
    if not is_match.all() or claimed.all(axis=1).any():
        return ""
    pairs = _pairs(side, source)
    words = [f"{name}, which {other} overwrites" for name, other in pairs]
    return f"the gradient should be zero for {listed(words)}" if words else ""


def _pairs(case: Disagreement, source: Positions) -> list[tuple[str, str]]:
    """The wrong rows and those in `source` by name: slices of each in the same order, or a few."""
    taken = np.flatnonzero(case.wrong_rows)
    if np.all(np.diff(source[taken]) > 0):
        marked = np.zeros(source.size, bool)
        marked[source[taken]] = True
        place, others = place_among(case.rows, case.wrong_rows), place_among(case.rows, marked)
        if place and others:
            return [(place, others)]
    if len(taken) > FEW:
        return []
    return [(case.name(int(i)), case.name(int(source[i]))) for i in taken]


def _nearest(values: Array, wanted: Array) -> Positions:
    """For each wanted number, the position of the nearest value."""
    order = np.argsort(values)
    after = np.clip(np.searchsorted(values[order], wanted), 1, len(values) - 1)
    is_before = wanted - values[order][after - 1] <= values[order][after] - wanted
    return np.asarray(order[np.where(is_before, after - 1, after)])
