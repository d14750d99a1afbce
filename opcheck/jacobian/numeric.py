"""Evaluation to Jacobian by finite differences, with an error bound for every entry.

TensorFlow's derivative is never used here. Each column is differenced at a ladder of steps, first
few and coarse, then further ones for those columns alone that need them: where the bound is too
wide, where the two one-sided slopes part, or where a caller asks to look again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from opcheck.errors import TooLargeError
from opcheck.evaluation import Evaluation
from opcheck.jacobian.locality import SMOOTH_BEND, Local, bend, classify, pole
from opcheck.jacobian.noise import SINGLE, noise_in_columns, noise_near, rounds_inside
from opcheck.jacobian.sampling import Columns, Lines, Samples
from opcheck.jacobian.stencils import Estimate, accelerate, extrapolate
from opcheck.precision import Precision

Array = NDArray[np.float64]

MEMORY_LIMIT = 4 * 2**30

# Arrays of the Jacobian's size that are alive at once: two sides of three rungs, and the tableau.
ARRAYS_AT_ONCE = 18

EPSILON = 2.0**-52

# Of central, forward and backward quotients, the power of the step that their error goes with.
POWERS = (2, 1, 1)

# How many of the finest steps show scatter, and by how much measured noise can be too small.
SCATTERED = 2
LUCK = 1024.0

# How many times the bound of a doubted entry counts: of three million entries, the worst few of
# those that the first look had doubted were off by just under twice the second look's bound.
PICKED = 2.0

# The further ladders of a doubted entry, by what their steps are stretched: halfway between those
# of the first, and in single precision, where few steps are clear of noise, two more elsewhere.
LADDERS = (1.0, 0.75, 1.3125)

# The coarsest noise that a limit follows, float16's unit round-off.
LARGEST_UNIT = 2.0**-11


@dataclass(frozen=True)
class NumericJacobian:
    """Slopes by differences, one row an output coordinate, one column a direction.

    Attributes:
        matrix: the estimates; the middle of the one-sided slopes at a kink, an infinity at a
            vertical tangent, NaN where there is no slope.
        bound: how far each estimate can be from the truth.
        low, high: the one-sided slopes in order of size, widened by their bounds; at smooth
            entries the estimate less and plus its bound.
        local: a `Local` for each entry.
        limit: the widest bound at which an entry can still be decided.
        scale: the slopes that are natural to each entry; its secants at the first steps.
        evaluations: how often the function was called.
    """

    matrix: Array
    bound: Array
    low: Array
    high: Array
    local: NDArray[np.int8]
    limit: Array
    scale: Array
    evaluations: int

    def known_to(self, bound: Array | float) -> NumericJacobian:
        """The same, no better known than to this bound."""
        wider = np.fmax(self.bound, bound)
        # At smooth entries alone do the ends follow from the bound.
        is_smooth = self.local == Local.SMOOTH
        low = np.where(is_smooth, self.matrix - wider, self.low)
        high = np.where(is_smooth, self.matrix + wider, self.high)
        return replace(self, bound=wider, low=low, high=high)


def numeric_jacobian(
    evaluation: Evaluation,
    number: int,
    doubted: NDArray[np.bool_] | None = None,
    basis: Array | None = None,
) -> NumericJacobian:
    """Differentiate the outputs by primal `number` along its allowed directions.

    Args:
        doubted: columns to difference at every scale, whatever their first bounds say.
        basis: directions to take instead, one a row.

    Raises:
        TooLargeError: the arrays would need more than `MEMORY_LIMIT` bytes.
    """
    refuse_too_large(evaluation, number, None if basis is None else len(basis))
    lines = Lines(evaluation, number, basis)
    with np.errstate(all="ignore"):
        if doubted is not None and rounds_inside(lines):
            # No finer than the shorter dtype: its steps are the ones that see past the staircase.
            lines.precision = Precision.of(np.float32)
        return _differenced(lines, doubted)


def unknown_jacobian(evaluation: Evaluation, number: int) -> NumericJacobian:
    """Of a function that two calls at one point give two values of: nothing is known."""
    directions = evaluation.primals[number].directions()
    columns = evaluation.primals[number].size if directions is None else len(directions)
    shape = (evaluation.value.size, columns)
    nothing, endless = np.full(shape, np.nan), np.full(shape, np.inf)
    local = np.full(shape, Local.UNSETTLED, np.int8)
    none = np.zeros(shape)
    return NumericJacobian(nothing, endless, nothing, nothing, local, none, none, 0)


def refuse_too_large(evaluation: Evaluation, number: int, columns: int | None = None) -> None:
    """Raise `TooLargeError` when whole Jacobians of this input, or so many columns, do not fit."""
    primal = evaluation.primals[number]
    rows, columns = evaluation.value.size, primal.size if columns is None else columns
    needed = rows * columns * 8 * ARRAYS_AT_ONCE
    if needed > MEMORY_LIMIT:
        raise TooLargeError(
            f"the Jacobian of {rows:,} outputs by the {columns:,} entries of {primal.name} would "
            f"need about {needed / 2**30:,.1f} GiB (the limit is {MEMORY_LIMIT / 2**30:.0f} GiB); "
            "check a smaller input, fewer outputs or fewer of the inputs (`wrt=`); the first "
            "derivative in reverse mode can be checked by method='probe'"
        )


def _differenced(lines: Lines, doubted: NDArray[np.bool_] | None) -> NumericJacobian:
    found = _Found.nothing(lines.count, lines.value.size)
    steps = lines.precision.first_steps()
    noise, secant = noise_near(lines)
    limit = _relative_limit(lines, noise)
    # Two steps a side settle what is linear in a direction, a third what is merely smooth, and two
    # longer ones what rounding rules.
    active = np.arange(lines.count)
    samples = lines.sample(active, steps[:2])
    _settle(found, lines, active, samples, noise)
    active = np.flatnonzero(~found.is_linear())
    if active.size:
        samples = samples.of(active).joined(lines.sample(active, steps[2:]))
        _settle(found, lines, active, samples, noise)
        is_done = found.is_settled(lines, active, noise, limit) & found.is_telling(lines, active)
        active = active[~found.are(is_done, active)]
    if active.size:
        samples = samples.of(active).joined(lines.sample(active, lines.precision.longer_steps()))
        _settle(found, lines, active, samples, noise)
        active = active[~found.are(found.is_settled(lines, active, noise, limit), active)]
    if doubted is not None:
        active = np.union1d(active, np.flatnonzero(doubted))
        samples = lines.sample(active, steps + lines.precision.longer_steps())
    if active.size:
        samples = samples.of(active).joined(lines.sample(active, lines.finer_steps(active)))
        noise = noise_in_columns(lines, active, noise)
        noise = np.fmax(noise, _scatter(samples, noise))
        _settle(found, lines, active, samples, noise)
        _classify(found, lines, active, samples, noise, limit)
        _settle_by_point(found, lines, samples, noise, limit)
        _refine(found, lines, samples, noise, limit)
        if doubted is not None:
            _ask_again(found, lines, active, samples, noise, limit)
        _mark_constant(found, lines, samples)
    return found.jacobian(limit, _least_limit(lines, found, secant), lines.evaluations)


@dataclass(frozen=True)
class _Found:
    """What is known of each entry so far, transposed: (columns, outputs)."""

    central: Estimate
    forward: Estimate
    backward: Estimate
    scale: Array
    local: NDArray[np.int8]

    @classmethod
    def nothing(cls, columns: int, outputs: int) -> _Found:
        shape = (columns, outputs)
        central, forward, backward = (Estimate.unknown(shape) for _ in range(3))
        local = np.full(shape, Local.UNSETTLED, np.int8)
        return cls(central, forward, backward, np.zeros(shape), local)

    @property
    def estimates(self) -> tuple[Estimate, Estimate, Estimate]:
        """All three."""
        return self.central, self.forward, self.backward

    def is_linear(self) -> NDArray[np.bool_]:
        """Columns where rounding is all that bounds the estimates."""
        columns = np.arange(len(self.scale))
        return self.are(self.central.bound <= 4 * self.central.roundoff, columns)

    def is_telling(self, lines: Lines, columns: Columns) -> NDArray[np.bool_]:
        """Of `columns`, the entries whose bound is small beside themselves, or that are zero."""
        value = np.abs(self.central.value[columns])
        is_small = self.central.bound[columns] <= lines.precision.telling * value
        return np.asarray(is_small | (value == 0))

    def is_settled(
        self, lines: Lines, columns: Columns, noise: Array, limit: Array
    ) -> NDArray[np.bool_]:
        """Of `columns`, the entries that shorter steps need not or cannot better.

        The bound tells and is narrow beside what is natural to the entry; or rounding is all of
        it, and would be more at any shorter step. (It can be less where the values beside the
        point are much greater than at it.)
        """
        bound, value = self.central.bound[columns], np.abs(self.central.value[columns])
        is_narrow = bound <= lines.precision.goal * np.fmax(value, _natural(lines)[columns])
        shortest = 2.0**lines.precision.finest * lines.typical[columns][:, None]
        at_shortest = (noise + lines.precision.unit * np.abs(lines.value)) / shortest
        is_rounding = bound <= 4 * np.fmin(self.central.roundoff[columns], 2 * at_shortest)
        is_useful = bound <= limit * np.fmax(value, self.scale[columns])
        is_telling = self.is_telling(lines, columns)
        return np.asarray((is_narrow & is_telling) | (is_rounding & is_useful))

    def are(self, enough: NDArray[np.bool_], columns: Columns) -> NDArray[np.bool_]:
        """The columns all of whose entries are smooth and enough, or cannot be differenced."""
        local = self.local[columns]
        is_done = (local == Local.SMOOTH) & enough | (local == Local.UNDEFINED)
        return np.asarray(np.all(is_done, axis=1))

    def jacobian(
        self, relative_limit: Array, least_limit: Array, evaluations: int
    ) -> NumericJacobian:
        """The records of all columns in the layout that users know."""
        value, bound = self.central.value.copy(), self.central.bound.copy()
        low, high = value - bound, value + bound
        edge, kink = self.local == Local.EDGE, self.local == Local.KINK
        is_ahead = self.forward.bound <= self.backward.bound
        for side, slope in ((is_ahead, self.forward), (~is_ahead, self.backward)):
            here = edge & side
            value[here], bound[here] = slope.value[here], slope.bound[here]
            low[here] = (slope.value - slope.bound)[here]
            high[here] = (slope.value + slope.bound)[here]
        ends = np.stack([self.forward.value, self.backward.value])
        errors = np.stack([self.forward.bound, self.backward.bound])
        value[kink], bound[kink] = ends.mean(axis=0)[kink], errors.max(axis=0)[kink]
        low[kink] = (ends - errors).min(axis=0)[kink]
        high[kink] = (ends + errors).max(axis=0)[kink]
        nowhere = self.local >= Local.JUMP
        low[nowhere], high[nowhere], bound[nowhere] = np.nan, np.nan, np.inf
        value[nowhere & (self.local != Local.VERTICAL)] = np.nan
        limit = np.fmax(relative_limit * np.fmax(self.scale, np.abs(value)), least_limit)
        return NumericJacobian(
            value.T,
            bound.T,
            low.T,
            high.T,
            self.local.T,
            limit.T,
            np.nan_to_num(self.scale.T),
            evaluations,
        )


@dataclass(frozen=True)
class _Slopes:
    """Difference quotients at each step and how far rounding can move them.

    Attributes:
        wide: how many of the steps are longer than the first ones.
    """

    forward: Array
    backward: Array
    central: Array
    forward_errors: Array
    backward_errors: Array
    central_errors: Array
    steps: Array
    wide: int

    @classmethod
    def of(cls, samples: Samples, lines: Lines, noise: Array) -> _Slopes:
        unit, value = lines.precision.unit, lines.value
        step_f, step_b = samples.ahead[..., None], samples.behind[..., None]
        rounding_f = noise + unit * np.fmax(np.abs(samples.plus), np.abs(value))
        rounding_b = noise + unit * np.fmax(np.abs(samples.minus), np.abs(value))
        forward = (samples.plus - value) / step_f
        backward = (value - samples.minus) / step_b
        central = (samples.plus - samples.minus) / (step_f + step_b)
        # The quotients are rounded themselves, in float64 whatever the function's dtype is.
        return cls(
            forward=forward,
            backward=backward,
            central=central,
            forward_errors=2 * rounding_f / step_f + EPSILON * np.abs(forward),
            backward_errors=2 * rounding_b / step_b + EPSILON * np.abs(backward),
            central_errors=(rounding_f + rounding_b) / (step_f + step_b)
            + EPSILON * np.abs(central),
            steps=samples.steps[..., None],
            wide=int(np.count_nonzero(samples.exponents > lines.precision.first_steps()[0])),
        )

    def parting(self) -> Array:
        """How the forward and backward slopes part as the step shrinks: see `bend`."""
        errors = self.forward_errors + self.backward_errors
        return self._bend(self.forward - self.backward, errors)

    def rising(self) -> tuple[Array, Array]:
        """How the forward and the backward slopes themselves grow as the step shrinks."""
        return (
            self._bend(self.forward, self.forward_errors),
            self._bend(self.backward, self.backward_errors),
        )

    def _bend(self, slopes: Array, errors: Array) -> Array:
        return bend(np.abs(slopes), errors, self.steps, self.wide)


def _settle(found: _Found, lines: Lines, columns: Columns, samples: Samples, noise: Array) -> None:
    """Write what `samples` say of `columns` into `found`; what is not smooth stays unsettled."""
    slopes = _Slopes.of(samples, lines, noise)
    # All three together: the work is in the number of arrays, not in their size.
    central, forward, backward = extrapolate(
        np.stack([slopes.central, slopes.forward, slopes.backward], axis=1),
        slopes.steps[:, None],
        np.stack([slopes.central_errors, slopes.forward_errors, slopes.backward_errors], axis=1),
        np.array(POWERS)[:, None, None],
        slopes.wide,
    ).split()
    found.central.put(columns, central)
    found.forward.put(columns, forward)
    found.backward.put(columns, backward)
    found.scale[columns] = np.fmax(found.scale[columns], _scale(lines, columns, samples))
    is_smooth = np.isfinite(central.bound) & (slopes.parting() >= SMOOTH_BEND)
    found.local[columns] = np.where(is_smooth, Local.SMOOTH, Local.UNSETTLED)
    _mark_undefined(found, lines, columns)


def _scatter(samples: Samples, noise: Array) -> Array:
    """The noise that central quotients show along the line itself, at the finest steps.

    There two quotients differ by rounding over the step alone. A few neighbours can show too
    little of it (rounding errors that run parallel), but no more than LUCK times too little:
    beyond, it is the function that moves, in a jump.
    """
    steps = (samples.ahead + samples.behind)[..., None]
    slopes = (samples.plus - samples.minus) / steps
    moved = np.abs(np.diff(slopes, axis=0)) * steps[1:]
    finest = np.where(np.isfinite(moved), moved, 0.0)[-SCATTERED:]
    return np.asarray(np.minimum(np.max(finest, axis=0, initial=0.0), LUCK * noise))


def _refine(found: _Found, lines: Lines, samples: Samples, noise: Array, limit: Array) -> None:
    """Try one more step beside each where a smooth entry could still be better known.

    The best step of an entry can lie between two of the ladder; the pairs are unevenly spaced, so
    that an oscillation which looks regular at one spacing does not at the other.
    """
    columns = samples.columns
    is_settled = found.is_settled(lines, columns, noise, limit)
    is_open = np.any(~is_settled & (found.local[columns] == Local.SMOOTH), axis=1)
    columns = columns[is_open]
    beside = lines.sample(columns, [int(exponent) - 1 for exponent in samples.exponents])
    denser = samples.of(columns).joined(beside)
    slopes = _Slopes.of(denser, lines, noise[is_open])
    closer = extrapolate(slopes.central, slopes.steps, slopes.central_errors, 2, slopes.wide)
    found.central.put(columns, found.central.of(columns).better(closer))


def _ask_again(
    found: _Found, lines: Lines, columns: Columns, samples: Samples, noise: Array, limit: Array
) -> None:
    """Estimate again from other steps, and let the distance count.

    The bound of the best of many estimates is by selection a little too small; the distance
    between two that share no value is a measure of its own, as far as the second is as good as
    the first or the two contradict each other. And who doubts one entry of very many has picked
    the one whose bound is the most too small, so it counts twice, as far as it stays
    narrow enough to decide by.
    """
    bound = found.central.bound[columns]
    widened = bound
    for stretch in LADDERS if lines.precision.unit >= SINGLE else LADDERS[:1]:
        between = lines.sample(columns, [int(e) - 1 for e in samples.exponents], stretch)
        other = _Found.nothing(lines.count, lines.value.size)
        _settle(other, lines, columns, between, noise)
        other_bound = other.central.bound[columns]
        apart = np.abs(found.central.value[columns] - other.central.value[columns])
        counts = (other_bound <= 4 * bound) | (apart > bound + other_bound)
        widened = np.where(counts, np.fmax(widened, 2 * apart), widened)
    enough = limit * np.fmax(found.scale[columns], np.abs(found.central.value[columns]))
    found.central.bound[columns] = np.fmax(widened, np.fmin(PICKED * widened, enough))


def _classify(
    found: _Found, lines: Lines, columns: Columns, samples: Samples, noise: Array, limit: Array
) -> None:
    """Tell smooth points, kinks, jumps and edges apart; `samples` must cover every scale."""
    slopes = _Slopes.of(samples, lines, noise)
    for side, quotients, errors in (
        (found.forward, slopes.forward, slopes.forward_errors),
        (found.backward, slopes.backward, slopes.backward_errors),
    ):
        here = side.of(columns)
        side.put(columns, here.better(accelerate(quotients, slopes.steps, errors)))
    forward, backward = found.forward.of(columns), found.backward.of(columns)
    finest_f, finest_b = samples.finest(samples.plus), samples.finest(samples.minus)
    scale = found.scale[columns]
    local = classify(
        slopes.parting(),
        *slopes.rising(),
        has_f=np.isfinite(finest_f),
        has_b=np.isfinite(finest_b),
        is_one=forward.agrees(backward),
        is_settled=np.isfinite(found.central.bound[columns]),
        is_settled_f=forward.bound <= limit * np.fmax(scale, np.abs(forward.value)),
        is_settled_b=backward.bound <= limit * np.fmax(scale, np.abs(backward.value)),
    )
    local[np.isinf(finest_f) & np.isinf(finest_b) & np.isfinite(lines.value)] = Local.JUMP
    infinite = pole(samples.finest(slopes.forward), samples.finest(slopes.backward))
    is_steep = local == Local.VERTICAL
    found.central.value[columns] = np.where(is_steep, infinite, found.central.value[columns])
    found.local[columns] = local
    _mark_undefined(found, lines, columns)


def _settle_by_point(
    found: _Found, lines: Lines, samples: Samples, noise: Array, limit: Array
) -> None:
    """Look anew at what is not settled, with the rounding of a function that rounds its point.

    A deviation from a mean is nothing where all are equal, and rounds as their mean does. That
    grows as the step shrinks, so that neighbours, which are many steps away, do not show it.
    """
    is_open = found.local[samples.columns] == Local.UNSETTLED
    some = is_open.any(axis=1)
    if not some.any():
        return
    columns, is_open = samples.columns[some], is_open[some]
    point = np.array(
        [np.abs(lines.direction(int(column))) @ np.abs(lines.point) for column in columns]
    )
    noise = np.fmax(noise[some], lines.precision.unit * point[:, None] * found.scale[columns])
    other, samples = _Found.nothing(lines.count, lines.value.size), samples.of(columns)
    _settle(other, lines, columns, samples, noise)
    _classify(other, lines, columns, samples, noise, limit)
    for mine, its in zip(found.estimates, other.estimates):
        mine.put(columns, mine.of(columns).replaced(is_open, its.of(columns)))
    found.local[columns] = np.where(is_open, other.local[columns], found.local[columns])


def _mark_undefined(found: _Found, lines: Lines, columns: Columns) -> None:
    is_undefined = lines.is_infinite | np.isnan(lines.value)
    local = found.local[columns]
    found.local[columns] = np.where(is_undefined & (local != Local.SMOOTH), Local.UNDEFINED, local)


def _mark_constant(found: _Found, lines: Lines, samples: Samples) -> None:
    """Where no step at any scale has moved an output, its slope is zero.

    Noise that was measured beside the line, across a jump in another entry say, is none of it.
    """
    columns = samples.columns
    is_same = [
        np.all((values == lines.value) | np.isnan(values), axis=0)
        for values in (samples.plus, samples.minus)
    ]
    is_seen = np.isfinite(samples.finest(samples.plus)) | np.isfinite(samples.finest(samples.minus))
    still = is_same[0] & is_same[1] & is_seen & (found.local[columns] != Local.EDGE)
    reach = np.fmax(
        _reach(samples.ahead, samples.plus),
        _reach(samples.behind, samples.minus),
    )
    # A slope that rounding hides moves the value by half an ulp at the longest step.
    bound = 2 * lines.precision.unit * np.abs(lines.value) / reach
    still &= bound < found.central.bound[columns]
    nothing = np.zeros_like(bound)
    known = Estimate(nothing, bound, bound)
    found.central.put(columns, found.central.of(columns).replaced(still, known))
    found.local[columns] = np.where(still, Local.SMOOTH, found.local[columns])


def _reach(taken: Array, values: Array) -> Array:
    """The longest step on one side that has a value, for each column and output."""
    steps = np.where(np.isfinite(values), taken[..., None], 0.0)
    return np.asarray(np.max(np.nan_to_num(steps), axis=0))


def _relative_limit(lines: Lines, noise: Array) -> Array:
    """How wide a bound may be, relative to the slope's scale, for each output.

    A function that rounds to a shorter dtype inside cannot be judged more finely than one of that
    dtype: its noise, relative to its output tensor, is the unit that counts, up to float16's.
    """
    size = _by_tensor(lines, np.abs(lines.value))
    with np.errstate(divide="ignore", invalid="ignore"):
        units = np.where(size > 0, noise / size, 0.0)
    return np.asarray(np.clip(units, lines.precision.unit, LARGEST_UNIT) ** (1 / 3))


def _least_limit(lines: Lines, found: _Found, secant: Array) -> Array:
    """A bound that is narrow for any entry of an output tensor, also for zeros by cancellation.

    x - x has no scale of its own; its slope is known once the bound is next to nothing beside the
    slopes in the same tensor, or beside the secant to where all entries have moved.
    """
    sizes = np.fmax(np.max(found.scale, axis=0, initial=0.0), secant)
    typical = float(np.max(lines.typical, initial=1.0))
    natural = lines.evaluation.least_size / typical
    # Less than the rounding of the largest output is next to nothing in any of them.
    rounding = lines.precision.unit * float(np.max(np.abs(lines.value), initial=0.0)) / typical
    limit = lines.precision.goal * np.fmax(_by_tensor(lines, sizes), natural)
    return np.asarray(np.fmax(limit, rounding))


def _by_tensor(lines: Lines, sizes: Array) -> Array:
    """For each output coordinate, the largest of `sizes` in its tensor."""
    result, start = np.zeros_like(sizes), 0
    for output in lines.evaluation.outputs:
        part = slice(start, start + output.size)
        result[part] = np.max(sizes[part], initial=0.0, where=np.isfinite(sizes[part]))
        start += output.size
    return result


def _natural(lines: Lines) -> Array:
    """The slope natural to each entry: its value over its point."""
    return np.asarray(np.abs(lines.value) / lines.typical[:, None])


def _scale(lines: Lines, columns: Columns, samples: Samples) -> Array:
    """The slope natural to an entry, or a secant of the first steps."""
    # Of those taken so far: what further steps show is no measure for the first ones' bounds.
    rung = int(np.count_nonzero(samples.exponents >= lines.precision.finest)) - 1
    rise_f = np.abs(samples.plus[rung] - lines.value) / samples.ahead[rung][:, None]
    rise_b = np.abs(samples.minus[rung] - lines.value) / samples.behind[rung][:, None]
    rises = [np.where(np.isfinite(rise), rise, 0.0) for rise in (rise_f, rise_b)]
    return np.asarray(np.fmax(_natural(lines)[columns], np.fmax(*rises)))
