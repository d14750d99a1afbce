"""Probes that disagree to the entries that are to blame, which the dense method then judges.

Outputs first: J tangent is known for each of them by differences, and any part of them can be
weighed by a backward pass, so bisecting them calls the function no more. Then, for the few outputs
that are left, the entries of the input, by differences along parts of the tangent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from opcheck.comparison import compare
from opcheck.evaluation import Evaluation
from opcheck.jacobian.analytic import AnalyticJacobian, Connection
from opcheck.jacobian.locality import Local
from opcheck.jacobian.noise import noise_near
from opcheck.jacobian.numeric import numeric_jacobian
from opcheck.jacobian.pullback import Pullback
from opcheck.jacobian.sampling import Lines
from opcheck.jacobian.stencils import extrapolate
from opcheck.outcome import Outcome
from opcheck.probing.blocks import block, whole_rows
from opcheck.probing.probe import ANALYTIC_UNITS, Probe, limit, median
from opcheck.probing.survey import Survey
from opcheck.surrogates import documented, is_moved, passed_on
from opcheck.verdict import Entry, Part, Report

Array = NDArray[np.float64]
Positions = NDArray[np.intp]
Settle = Callable[[Evaluation], Report]

# Jacobians up to this size are judged entry by entry: by the method "auto", and in every doubt.
DENSE_COLUMNS = 256
DENSE_ENTRIES = 10_000

# And up to this size where all else has not decided.
WHOLE_ENTRIES = 2**20

# How many wrong entries are named, how many outputs that are not smooth are looked at one by one,
# and how many entries of the input for these.
NAMED = 4
KINKED = 24
COLUMNS = 64

# How often the outputs to blame are looked for anew, once some were found to be differenced badly,
# and how many backward passes show parts of the outputs that together are too many.
ROUNDS = 8
PASSES = 1024

# In units of the limit of a bound, the resolution that is enough of several outputs, and of one.
NARROW, ALONE = 4, 16

# Entries that are right, judged beside those that are not: what is wrong shows against them.
CONTEXT = 3

# Outputs that are differenced at every scale at once, and numbers in rows that are held at once.
AT_ONCE = 2**16
HELD = 2**22

# The powers of two by which outputs of different size are made alike.
ALIKE = 20

# Weights beyond this have no numbers in dtypes with units of rounding above it.
SHORT = 2.0**-20


def is_small(evaluation: Evaluation) -> bool:
    """Whether every whole Jacobian is cheap enough to look at entry by entry."""
    columns = [evaluation.primals[number].size for number in evaluation.differentiated]
    entries = evaluation.value.size * max(columns)
    return max(columns) <= DENSE_COLUMNS and entries <= DENSE_ENTRIES


@dataclass(frozen=True)
class Found:
    """What was found for one input: its part of the report, and how.

    Attributes:
        note: a sentence, or "".
        evaluations: how often the function was called.
        resolution: as of a `Report`.
    """

    part: Part
    note: str = ""
    evaluations: int = 0
    resolution: float = 0.0


def search(survey: Survey, number: int, settle: Settle) -> Found:
    """Look into what the probes of one input doubt.

    Args:
        settle: judges all entries of an evaluation, by whole Jacobians.
    """
    evaluation = survey.evaluation.by(number)
    primal = evaluation.primals[number]
    if is_small(evaluation) or primal.tangent is not None:
        report = settle(evaluation)
        return Found(report.parts[0], report.note, report.evaluations)
    if not survey.probes:
        survey = Survey.of(evaluation)  # What another input's gradient raises is none of this one.
    found = _Search(survey, number, settle).found()
    is_open = found.part.outcome is Outcome.INCONCLUSIVE and evaluation.is_deterministic
    if is_open and evaluation.value.size * primal.size <= WHOLE_ENTRIES:
        report = settle(evaluation)
        calls = found.evaluations + report.evaluations
        note = "the probes could not decide, so every entry was judged by itself"
        return Found(report.parts[0], "; ".join(filter(None, (note, report.note))), calls)
    return found


class _Search:
    """The search for one input; it counts what it looks at."""

    def __init__(self, survey: Survey, number: int, settle: Settle) -> None:
        self.survey = survey
        self.evaluation = survey.evaluation.by(number)
        self.seen = survey.seen
        self.number = number
        self.primal = self.evaluation.primals[number]
        self.settle = settle
        self.limit = limit(survey.precision)
        self.unit = survey.precision.unit
        self.evaluations = sum(p.evaluations for p in survey.probes.get(number, ()))
        self.parts: list[Part] = []
        self.notes: list[str] = []
        self.resolution = 0.0

    def found(self) -> Found:
        """The worst of what the search comes to."""
        self._look()
        worst = max(self.parts, key=lambda part: part.outcome.severity)
        counts: Counter[str] = Counter()
        for part in self.parts:
            counts.update(part.counts)
        part = replace(
            worst,
            shape=self.primal.point.shape,
            compared=sum(part.compared for part in self.parts),
            counts=dict(counts),
        )
        notes = dict.fromkeys(note for note in self.notes if note)
        return Found(part, "; ".join(notes), self.evaluations, self.resolution)

    @property
    def is_bad(self) -> bool:
        return any(not part.outcome.is_good for part in self.parts)

    def _look(self) -> None:
        survey = self.survey
        everything = np.arange(self.evaluation.value.size)
        if not self.evaluation.is_deterministic:
            self._settle_block(everything[:NAMED], np.arange(self.primal.size)[:NAMED])
        elif survey.misshapen and self.number in survey.misshapen:
            self._add(Outcome.WRONG, cause=survey.misshapen[self.number])
        elif survey.pullback is None:
            self._settle_block(everything[:NAMED], np.arange(self.primal.size)[:NAMED])
            if not self.is_bad:
                self._add(Outcome.CRASH, error=survey.error)
        elif not self._is_documented():
            doubted = [p for p in survey.probes[self.number] if not p.is_sound]
            for probe in doubted:
                if not self.is_bad:
                    self._look_along(probe)
            if not self.parts:
                self._add(Outcome.PASS)

    def _is_documented(self) -> bool:
        """Whether the probes agree with differences of what ops are documented to stand for."""
        designed, words = documented(self.seen, self._is_moved_by_stops)
        if designed is None or not Survey.of(self.evaluation, designed).passes(self.number):
            return False
        self._add(Outcome.BY_DESIGN)
        self.notes.append(words)
        return True

    def _is_moved_by_stops(self) -> bool:
        """Whether cotangentᵀ J is another, by more than rounding, where no gradient stops."""
        probe = self.survey.probes[self.number][0]
        with passed_on():
            row = Pullback(self.evaluation)(probe.cotangent)[self.number]
        return is_moved(probe.row, row, self.survey.precision.unit)

    def _look_along(self, probe: Probe) -> None:
        is_known = np.isfinite(probe.row)
        if not is_known.all():
            self._look_at_columns(probe, np.flatnonzero(~is_known))
            if self.is_bad:
                return
            probe = probe.without(~is_known)
        slopes = _Slopes.of(self, probe)
        regular, odd = np.flatnonzero(slopes.is_known), np.flatnonzero(~slopes.is_known)
        wrong, more = self._wrong_rows(slopes, regular)
        if wrong.size:
            self._look_at_rows(probe, wrong, more)
            if not self.is_bad:
                self._add(Outcome.INCONCLUSIVE, probe=probe)
                self.notes.append("the probe disagrees, and no single entry that it names is wrong")
            return
        odd = np.union1d(odd, self._unresolved(slopes, regular[slopes.is_known[regular]]))
        if odd.size:
            few = int(np.clip(HELD // self.primal.size, 1, KINKED))
            chosen = odd[np.linspace(0, odd.size - 1, min(few, odd.size)).astype(int)]
            is_whole = self._look_at_rows(probe, chosen, odd.size > few)
            passed = all(part.outcome is Outcome.PASS for part in self.parts)
            if passed and not (is_whole and odd.size <= few):
                self._add(Outcome.INCONCLUSIVE, probe=probe)
            if odd.size > few:
                self.notes.append(
                    f"{odd.size:,} outputs are not smooth along the probe, or hide a single entry; "
                    f"{few:,} of them were looked at one by one"
                )

    def _wrong_rows(self, slopes: _Slopes, rows: Positions) -> tuple[Positions, bool]:
        """Of some outputs, those whose slope is not TensorFlow's, and whether there are more."""
        nothing = rows[:0]
        for _ in range(ROUNDS):
            if not slopes.is_off(rows):
                break
            leaves, apart, left = bisected(rows, slopes.is_off, NAMED, 1)
            # Roundings that lean one way add up to more than they do at random.
            apart = [part[:NAMED] for part in apart if slopes.is_off(part, is_sum=True)]
            found = np.sort(np.concatenate([nothing, *leaves, *apart]))
            # Three steps can mislead where all scales do not.
            slopes.look_closer(found)
            rows = rows[slopes.is_known[rows]]
            found = found[slopes.is_known[found]]
            if found.size and slopes.is_off(found):
                return found, bool(left)
        return nothing, False

    def _unresolved(self, slopes: _Slopes, rows: Positions) -> Positions:
        """Halve outputs that agree until their sums are so narrow that agreement says something.

        Returns:
            Outputs of which even one by itself hides a single entry that is wrong.
        """
        # Those with wide bounds apart from those with narrow ones.
        parts = [rows[np.argsort(slopes.bound[rows] * np.abs(slopes.weights[rows]))]]
        found = [rows[:0]]
        for _ in range(PASSES):
            if not parts:
                break
            part = parts.pop()
            resolution = slopes.resolution(part)
            if resolution <= (NARROW if part.size > 1 else ALONE) * self.limit:
                self.resolution = max(self.resolution, resolution)
            elif part.size == 1:
                found.append(part)
            else:
                parts += np.array_split(part, 2)
        return np.concatenate([*found, *parts])

    def _look_at_rows(self, probe: Probe, rows: Positions, more: bool) -> bool:
        """Find the entries of the input to blame for some outputs, and judge them.

        Returns:
            Whether these are all that the outputs depend on.
        """
        columns, is_all, is_whole = self._wrong_columns(probe, rows)
        self._settle_block(rows, columns)
        if self.is_bad:
            others = "more are not named" if more or not is_all else "no others were found"
            self.notes.append(f"the probe was traced to the entries counted here; {others}")
        return is_whole

    def _wrong_columns(self, probe: Probe, rows: Positions) -> tuple[Positions, bool, bool]:
        """The entries of the input along which some outputs are not plainly right.

        Returns:
            With these, whether they are all of that kind, and whether all that the outputs depend
            on.
        """
        rows = whole_rows(self.seen, rows)
        view = block(self.seen, self.number, rows)
        matrix = np.array([self._row(int(row), probe) for row in rows])
        links = (Connection.CONNECTED,) * len(view.outputs)
        analytic = AnalyticJacobian(self.number, matrix, links)

        def is_off(columns: Positions) -> bool:
            basis = np.zeros((1, self.primal.size))
            basis[0, columns] = probe.tangent[columns]
            basis /= np.max(np.abs(basis))
            for doubted in (None, np.ones(1, bool)):
                numeric = numeric_jacobian(view, self.number, doubted, basis)
                self.evaluations += numeric.evaluations
                found = compare(
                    analytic,
                    numeric,
                    precision=self.survey.precision,
                    row_links=[Connection.CONNECTED] * len(rows),
                    directions=basis,
                )
                if found.outcome is Outcome.PASS:
                    return False
                if np.all((numeric.local == Local.SMOOTH) & (numeric.bound <= numeric.limit)):
                    return True  # No closer look moves what is as plainly off as this.
            return True

        moved = np.flatnonzero(probe.tangent)
        reached = np.flatnonzero(np.any(matrix != 0, axis=0) & (probe.tangent != 0))
        if reached.size <= COLUMNS:
            reached = np.union1d(reached, self._moving_columns(view, probe))
        if reached.size <= COLUMNS:
            return reached, True, True
        leaves, apart, left = bisected(moved, is_off, NAMED, NAMED)
        return np.concatenate([moved[:0], *leaves, *(a[:COLUMNS] for a in apart)]), not left, False

    def _moving_columns(self, view: Evaluation, probe: Probe) -> Positions:
        """The entries of the input that change the outputs at all; no more than are looked at."""
        lines = probe.lines

        def moves(columns: Positions) -> bool:
            step = np.zeros(lines.point.size)
            step[columns] = probe.step * probe.tangent[columns]
            self.evaluations += 2
            values = [view(self.number, lines.point + side * step) for side in (1, -1)]
            return any(not np.array_equal(value, view.value, equal_nan=True) for value in values)

        leaves, apart, _ = bisected(np.flatnonzero(probe.tangent), moves, COLUMNS + 1, 1)
        return np.concatenate([np.empty(0, np.intp), *leaves, *apart])

    def _row(self, row: int, probe: Probe) -> Array:
        weights = np.zeros(self.evaluation.value.size)
        weights[row] = 1.0
        return self.pulled(weights, probe)

    def pulled(self, weights: Array, probe: Probe) -> Array:
        """weightsᵀ J, by TensorFlow; zero for the entries that a probe leaves where they are."""
        assert self.survey.pullback is not None
        return np.where(probe.tangent != 0, self.survey.pullback(weights)[self.number], 0.0)

    def _look_at_columns(self, probe: Probe, columns: Positions) -> None:
        """Find the outputs whose gradient by some entries of the input is not finite."""

        def is_off(rows: Positions) -> bool:
            weights = np.zeros_like(probe.cotangent)
            weights[rows] = probe.cotangent[rows]
            return not np.isfinite(self.pulled(weights, probe)[columns]).all()

        rows = np.arange(probe.cotangent.size)
        leaves, apart, _ = bisected(rows, is_off, NAMED, 1)
        self._settle_block(np.concatenate([*leaves, *(a[:NAMED] for a in apart)]), columns[:NAMED])
        self.notes.append(
            f"the gradient by {columns.size:,} of {self.primal.size:,} entries is not finite"
        )

    def _settle_block(self, rows: Positions, columns: Positions) -> None:
        """Judge some entries one by one, and a few others beside them."""
        generator = np.random.default_rng([self.evaluation.seed, self.number])
        beside = [
            generator.choice(size, min(CONTEXT, size), replace=False)
            for size in (self.evaluation.value.size, self.primal.size)
        ]
        rows = np.unique(np.concatenate([rows, self._moved_by(columns[:NAMED]), beside[0]]))
        part = block(self.evaluation, self.number, rows, np.union1d(columns, beside[1]))
        report = self.settle(part)
        self.parts.append(report.parts[0])
        self.notes.append(report.note)
        self.evaluations += report.evaluations

    def _moved_by(self, columns: Positions) -> Positions:
        """For each of some entries of the input, the output that it moves the most."""
        lines = Lines(self.seen, self.number, np.ones((1, self.primal.size)))
        rows = []
        for column in columns:
            step = np.zeros_like(lines.point)
            step[column] = 2.0**lines.precision.finest * lines.scales[column]
            rise = np.abs(lines.values_at((lines.point + step)[None])[0] - lines.value)
            rows.append(int(np.argmax(np.nan_to_num(rise))))
        self.evaluations += lines.evaluations
        return np.array(rows, np.intp)

    def _add(
        self, outcome: Outcome, *, probe: Probe | None = None, cause: str = "", error: str = ""
    ) -> None:
        """What is said of the probes themselves."""
        part = of_probes(self.survey, self.number, outcome)
        worst = _entry(self.primal.name, outcome, probe) if probe else None
        self.parts.append(replace(part, worst=worst, cause=cause, error=error))


def of_probes(survey: Survey, number: int, outcome: Outcome) -> Part:
    """The part of the report that rests on the probes of one input."""
    primal = survey.evaluation.primals[number]
    probes = survey.probes.get(number, ())
    count = max(len(probes), 1)
    deviations = [abs(p.analytic - p.numeric) / abs(p.analytic) for p in probes if p.analytic]
    return Part(
        input=primal.name,
        shape=primal.point.shape,
        dtype=str(primal.point.dtype),
        outcome=outcome,
        compared=count,
        counts={str(outcome): count},
        worst=None,
        deviation=float(np.median(deviations)) if deviations else 0.0,
    )


def _entry(name: str, outcome: Outcome, probe: Probe) -> Entry:
    return Entry(
        outcome=outcome,
        output="weighed outputs",
        input=f"a direction in {name}",
        at=None,
        analytic=probe.analytic,
        numeric=probe.numeric,
        bound=probe.allowed,
        low=probe.numeric - probe.allowed,
        high=probe.numeric + probe.allowed,
        local=Local.UNSETTLED.name.lower(),
    )


@dataclass(frozen=True)
class _Slopes:
    """The slope of each output along a probe, and backward passes to hold against them.

    Attributes:
        value, bound: by differences.
        is_known: where the function is smooth and the bound narrow.
        weights: of the outputs, which make their slopes alike in size.
    """

    search: _Search
    probe: Probe
    value: Array
    bound: Array
    is_known: NDArray[np.bool_]
    weights: Array

    @classmethod
    def of(cls, search: _Search, probe: Probe) -> _Slopes:
        lines = probe.lines
        before = lines.evaluations
        with np.errstate(all="ignore"):
            noise, _ = noise_near(lines)
            noise = noise + lines.precision.unit * np.abs(lines.value)
            value, bound = _extrapolated(probe, noise)
            size = np.fmax(np.abs(value), np.abs(lines.value) / probe.typical_scale)
            is_known = np.isfinite(value) & ~probe.kinked & (bound <= search.limit * size)
        search.evaluations += lines.evaluations - before
        slopes = cls(search, probe, value, bound, is_known, _alike(search, probe, value))
        slopes.look_closer(np.flatnonzero(~is_known)[:AT_ONCE])
        return slopes

    def look_closer(self, rows: Positions) -> None:
        """Difference some outputs at every scale."""
        if not rows.size:
            return
        rows = whole_rows(self.search.seen, rows)
        view = block(self.search.seen, self.search.number, rows)
        tangent = self.probe.tangent[None]
        numeric = numeric_jacobian(view, self.search.number, np.ones(1, bool), tangent)
        self.search.evaluations += numeric.evaluations
        is_smooth = np.isin(numeric.local[:, 0], (Local.SMOOTH, Local.EDGE))
        self.is_known[rows] = is_smooth & (numeric.bound <= numeric.limit)[:, 0]
        self.value[rows], self.bound[rows] = numeric.matrix[:, 0], numeric.bound[:, 0]

    def is_off(self, rows: Positions, is_sum: bool = False) -> bool:
        """Whether TensorFlow's slope of these outputs together is not that of differences.

        Args:
            is_sum: whether errors count as if they all leaned one way.
        """
        gap, loose, tight, _ = self._compared(rows)
        return not gap <= (loose if is_sum else tight)

    def resolution(self, rows: Positions) -> float:
        """The share by which a typical entry has to be off to show in the sum of these outputs."""
        _, _, tight, typical = self._compared(rows)
        return 4 * tight / typical if typical > 0 else 0.0

    def _compared(self, rows: Positions) -> tuple[float, float, float, float]:
        weights = np.zeros_like(self.weights)
        weights[rows] = self.weights[rows]
        row = self.search.pulled(weights, self.probe)
        by_column = np.abs(row * self.probe.tangent)
        by_row = np.abs(weights[rows] * self.value[rows])
        lines = self.probe.lines
        natural = np.abs(weights[rows] * lines.value[rows]) / self.probe.typical_scale
        bounds = np.abs(weights[rows]) * self.bound[rows]
        gap = abs(float(row @ self.probe.tangent) - float(weights[rows] @ self.value[rows]))
        rounding = ANALYTIC_UNITS * self.search.unit
        loose = np.sum(bounds) + rounding * sum(map(np.sum, (by_column, by_row, natural)))
        norms = sum(map(np.linalg.norm, (by_column, by_row, natural)))
        tight = 2 * np.linalg.norm(bounds) + rounding * norms
        return gap, float(loose), float(tight), min(median(by_column), median(by_row))


def _extrapolated(probe: Probe, noise: Array) -> tuple[Array, Array]:
    """The slope of each output and its bound, a run of outputs at a time to save memory."""
    value, bound = np.empty_like(noise), np.empty_like(noise)
    count = len(probe.quotients)
    powers = probe.lines.precision.ratio * np.arange(count)[::-1, None]
    steps = np.asarray(probe.step * 2.0**powers, np.float64)
    for start in range(0, noise.size, AT_ONCE):
        run = slice(start, start + AT_ONCE)
        slopes = np.array([quotient[run] for quotient in probe.quotients])
        found = extrapolate(slopes, steps, noise[run] / steps, power=2)
        value[run], bound[run] = found.value, found.bound
    return value, bound


def _alike(search: _Search, probe: Probe, value: Array) -> Array:
    """The cotangent, divided by the size of each output's slope."""
    size = np.abs(np.nan_to_num(value, posinf=0.0, neginf=0.0))
    middle = median(size)
    if search.unit > SHORT or middle == 0:
        return probe.cotangent
    with np.errstate(divide="ignore"):
        powers = np.clip(np.round(np.log2(size / middle)), -ALIKE, ALIKE)
    return np.asarray(probe.cotangent * 2.0 ** -np.where(size > 0, powers, 0.0))


def bisected(
    whole: Positions, is_off: Callable[[Positions], bool], few: int, least: int
) -> tuple[Sequence[Positions], Sequence[Positions], Sequence[Positions]]:
    """Halve what is off until a few parts of `least` positions or less are found to be.

    Returns:
        Those parts; the parts of which neither half is off; and what was off and was left.
    """
    leaves: list[Positions] = []
    apart: list[Positions] = []
    left = [whole]
    while left and len(leaves) + len(apart) < few:
        part = left.pop()
        if part.size <= least:
            leaves.append(part)
            continue
        halves = [half for half in np.array_split(part, 2) if is_off(half)]
        left += halves
        if not halves:
            apart.append(part)
    return leaves, apart, left
