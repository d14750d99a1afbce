"""One change of every entry, or of those in one place: scaled, negated, conjugated, offset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from opcheck.diagnosis.disagreement import Array, Disagreement, Flags
from opcheck.diagnosis.places import place_among
from opcheck.diagnosis.sums import mean

# A factor can be read off a slope that exceeds its error bound this many times.
CLEAR = 10.0


@dataclass(frozen=True)
class Place:
    """Entries of the Jacobian: a mask that broadcasts to it, and the words for it."""

    marked: Flags
    words: str


EVERYWHERE = Place(np.ones((1, 1), bool), "")


def zero_everywhere(case: Disagreement) -> str:
    is_zero = not np.any(case.analytic, where=case.known) and case.sharp.any()
    return "the gradient is zero everywhere" if is_zero else ""


def scaled(case: Disagreement, place: Place) -> str:
    clearest = _clearest(case, place, case.numeric)
    if clearest is None:
        return ""
    factor = float(case.analytic[clearest] / case.numeric[clearest])
    error = float(case.allowed[clearest] / np.abs(case.numeric[clearest]))
    factors = np.where(place.marked, factor, 1.0)
    if not case.is_explained_by(factors * case.numeric, (1 + np.abs(factors)) * case.allowed):
        return ""
    if abs(factor) <= error:
        return f"the gradient{place.words} is zero"
    if abs(factor + 1) <= error:
        return _conjugated_whole(case, place) or f"the gradient{place.words} is negated"
    fraction = mean(case, factor, error) if place is EVERYWHERE else ""
    return f"the gradient{place.words} is scaled by {fraction or _factor(factor, error)}"


def offset(case: Disagreement, place: Place) -> str:
    clearest = _clearest(case, place, case.misfit)
    if clearest is None or np.count_nonzero(case.wrong) < 2:
        return ""
    offset = float(case.analytic[clearest] - case.numeric[clearest])
    error = float(case.allowed[clearest])
    model = np.where(place.marked, case.numeric + offset, case.numeric)
    if not case.is_explained_by(model, case.allowed + error):
        return ""
    return f"a constant {_shortest(offset, error)} is added to " + (
        f"the gradient{place.words}" if place.words else "every entry"
    )


def _clearest(case: Disagreement, place: Place, sizes: Array) -> tuple[int, int] | None:
    """The wrong entry at a place where a size is largest beside its bound, if that is clear."""
    ratios = np.where(case.sharp & place.marked, np.abs(sizes) / case.allowed, 0.0)
    ratios = np.nan_to_num(ratios, nan=0.0)
    row, column = divmod(int(np.argmax(ratios)), ratios.shape[1])
    return (row, column) if ratios[row, column] > CLEAR else None


def conjugated(case: Disagreement, place: Place) -> str:
    mixed = case.is_mixed & place.marked
    if not mixed.any():
        return ""
    model = np.where(mixed, -case.numeric, case.numeric)
    if not case.is_explained_by(model, 2 * case.allowed):
        return ""
    return "the conjugate is missing" + (f" in the gradient{place.words}" if place.words else "")


def _conjugated_whole(case: Disagreement, place: Place) -> str:
    """The words for negated imaginary parts of all columns or of all rows."""
    if case.columns[0].is_complex and place.words == f" for {case.columns[0].name}.imag":
        return f"the gradient for {case.columns[0].name} is conjugated"
    if case.rows[0].is_complex and place.words == f" of {case.rows[0].name}.imag":
        return f"the cotangent of {case.rows[0].name} is conjugated"
    return ""


def everywhere(hypothesis: Callable[[Disagreement, Place], str]) -> Callable[[Disagreement], str]:
    """The hypothesis for all entries."""
    return lambda case: hypothesis(case, EVERYWHERE)


def somewhere(hypothesis: Callable[[Disagreement, Place], str]) -> Callable[[Disagreement], str]:
    """The hypothesis for the columns, the rows, or the block where something is wrong."""

    def find(case: Disagreement) -> str:
        if np.count_nonzero(case.wrong) < 2:
            return ""
        return next(filter(None, (hypothesis(case, place) for place in places(case))), "")

    return find


def places(case: Disagreement) -> Iterator[Place]:
    """The smallest of these that hold all wrong entries, where few words say which they are."""
    rows, columns = case.wrong_rows, case.wrong_columns
    of, into = place_among(case.rows, rows), _input_place(case)
    if into and not columns.all():
        yield Place(columns[None, :], f" for {into}")
    if of and not rows.all():
        yield Place(rows[:, None], f" of {of}")
    if of and into and not rows.all() and not columns.all():
        yield Place(rows[:, None] & columns, f" of {of} for {into}")


def _input_place(case: Disagreement) -> str:
    """The wrong columns in words; those at equal entries of the input are said to be so."""
    words = place_among(case.columns, case.wrong_columns)
    if case.tied is None or case.tied.all() or np.any(case.wrong_columns & ~case.tied):
        return words
    if words:
        return f"{words} (tied)"
    is_every_tie = np.array_equal(case.wrong_columns, case.tied)
    return f"the tied entries of {case.columns[0].name}" if is_every_tie else ""


def _factor(factor: float, error: float) -> str:
    """The factor; one that nine digits do not tell from 1 by how far it is from that."""
    text = _shortest(factor, error)
    if text != "1":
        return text
    return f"1 {'+' if factor > 1 else '-'} {_shortest(abs(factor - 1), error)}"


def _shortest(number: float, error: float) -> str:
    """The fewest digits that lie within the error, at most nine."""
    texts = (f"{number:.{digits}g}" for digits in range(1, 9))
    return next((t for t in texts if abs(float(t) - number) <= error), f"{number:.9g}")
