"""The gradient of a scalar by many variables, judged along a few directions through all of them.

A whole gradient takes a number of evaluations that grows with the variables' entries. Along one
signed random direction d, with no entry near zero, the slope of the scalar L,

    lim (L(w + h d) - L(w - h d)) / 2h  =  Σₖ ⟨∂L/∂wₖ, dₖ⟩,

takes a few, and no wrong entry can hide: each weighs as much as its own slope. Variables are moved
in proportion to their own size. Where the two sides disagree, the variables are halved until the
wrong ones stand alone; those whose slope is too small to show beside the others are looked at
again by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.outcome import Outcome
from opcheck.precision import Precision
from opcheck.primals import State
from opcheck.verdict import Entry, Part, Report

# The two steps are powers of two of a variable's own size: the finest of the first ones of its
# precision, and a quarter of it. Neighbours for the noise lie far below them.
RUNGS = (-2, -4)
NEIGHBOURS = 3
NEIGHBOURLY = -7

# Along a line through many variables a function of rectifiers has kinks everywhere, so that the
# quotients approach their limit like h, not h², with some scatter; an eighth of what the two sides
# of the point differ by has always been more than their mean's error.
SAFETY = 2.0
ONE_SIDED = 1 / 8

# A variable that starts at zeros is moved as one of this size would be.
LEAST_SIZE = 2.0**-4

# Entries of a gradient carry some ulp of rounding each; their errors add up like their squares.
ULPS = 32.0

# A variable can be told apart beside others when all of its slope is so many bounds.
TELLING = 4.0

# Bounds above this share of what the slope would be decide nothing.
WIDEST = 0.25

# How closely two directions must show the same factor for it to be named.
SAME_FACTOR = 1e-2


@dataclass(frozen=True)
class Slope:
    """Both sides along one direction.

    Attributes:
        bound: how far they can be apart by the differences' error and by rounding.
        sizes: for each variable that moves what its slope typically is: √Σ(gᵢdᵢ)².
    """

    analytic: float
    numeric: float
    bound: float
    sizes: dict[int, float]

    @property
    def size(self) -> float:
        """What a slope of all these variables typically is."""
        return float(np.linalg.norm(list(self.sizes.values())))

    @property
    def agrees(self) -> bool:
        return bool(abs(self.analytic - self.numeric) <= self.bound)

    @property
    def is_telling(self) -> bool:
        """Whether the bound is narrow beside the slopes that are seen."""
        return self.bound <= WIDEST * max(self.size, abs(self.numeric))

    def shows(self, place: int) -> bool:
        """Whether losing this variable's whole slope would have been seen beside the others'."""
        return self.sizes[place] >= TELLING * self.bound


class Rays:
    """A scalar function of variables, on lines through their values.

    Attributes:
        value: the function at the point.
        gradients: what the tape says, one for each variable, as arrays; or None.
        is_steady: whether a second call at the point gives the same.
        evaluations: how often the function was called.
    """

    def __init__(
        self, function: Callable[[], Any], variables: Sequence[Any], seed: int = 0
    ) -> None:
        """
        Args:
            function: takes nothing and returns a scalar tensor; reads the variables.
        """
        self.variables = tuple(variables)
        self.points = [tf.identity(variable) for variable in variables]
        self.seed = seed
        self.evaluations = 0
        self.precision = Precision.coarsest(v.dtype.as_numpy_dtype for v in variables)
        self._function = function
        self._generator = np.random.default_rng(seed)
        self._noise: float | None = None
        handles = {id(variable.handle) for variable in variables}
        changed = State.changed_by(function)
        pairs = zip(changed.variables, changed.values)
        own = [(one, value) for one, value in pairs if id(one.resource) not in handles]
        self._assigns_own = len(own) < len(changed.variables)
        self._state = State(tuple(one for one, _ in own), tuple(value for _, value in own))
        self.restore()
        self.gradients = self._taped()
        self.value = self._value()
        self.is_steady = self._value() == self.value

    def restore(self) -> None:
        """Put the variables, and all that a call assigns to, back."""
        for variable, point in zip(self.variables, self.points):
            variable.assign(point)
        self._state.restore()

    def direction(self, places: Sequence[int]) -> list[NDArray[Any]]:
        """A signed random direction through some of the variables, each in its own size."""
        found = []
        for place in places:
            point = self.points[place].numpy()
            size = float(np.linalg.norm(point.reshape(-1))) / max(point.size, 1) ** 0.5
            scale = size if np.isfinite(size) and size > 0 else LEAST_SIZE
            bits = np.frombuffer(self._generator.bytes(point.size // 8 + 1), np.uint8)
            signed = np.unpackbits(bits, count=point.size).astype(point.dtype)
            signed *= point.dtype.type(2 * scale)
            signed -= point.dtype.type(scale)
            found.append(signed.reshape(point.shape))
        return found

    def slope(self, places: Sequence[int], direction: Sequence[NDArray[Any]]) -> Slope:
        """The two sides along a direction through the variables at these places."""
        analytic, sizes = 0.0, dict.fromkeys(places, 0.0)
        for place, along in zip(places, direction):
            gradient = self.gradients[place]
            if gradient is not None and gradient.size:
                analytic += _inner(gradient, along)
                # All entries of a direction are of one size.
                size = float(np.abs(along.reshape(-1)[0]))
                sizes[place] = size * float(np.linalg.norm(gradient.reshape(-1)))
        steps = [2.0 ** (self.precision.finest + rung) for rung in RUNGS]
        least = 2.0 ** (self.precision.finest + NEIGHBOURLY)
        near = [] if self._noise is not None else [k * least for k in range(1, NEIGHBOURS + 1)]
        values = self._values(places, direction, [*near, *steps, *(-step for step in steps)])
        if near:
            self._noise = self._noise_of(values[: len(near)])
        wide, fine, wide_behind, fine_behind = values[len(near) :]
        coarser = (wide - wide_behind) / (2 * steps[0])
        numeric = (fine - fine_behind) / (2 * steps[1])
        parting = (fine - 2 * self.value + fine_behind) / steps[1]
        size = float(np.linalg.norm(list(sizes.values())))
        # What each entry is rounded to on the way scatters around the line, each by itself.
        rounding = (self._noise or 0.0) / steps[1]
        rounding += self.precision.unit * size * (ULPS + len(values) ** 0.5 / steps[1])
        truncation = max(SAFETY * abs(coarser - numeric), ONE_SIDED * abs(parting))
        return Slope(analytic, numeric, truncation + rounding, sizes)

    def _noise_of(self, neighbours: Sequence[float]) -> float:
        """Four times the noise of the values, from a third difference of neighbours.

        White noise gives it √20 times its own size (Moré and Wild 2011).
        """
        [third] = np.diff([self.value, *neighbours], 3)
        least = 2 * self.precision.unit * abs(self.value)
        return float(max(4.0 * abs(third) / 20.0**0.5, least))

    def _values(
        self, places: Sequence[int], direction: Sequence[NDArray[Any]], steps: Sequence[float]
    ) -> list[float]:
        """The function at several distances along a direction.

        The variables move on from one to the next in place: of millions of entries no copy is made.
        """
        # As `tf.raw_ops` has it, which takes more than a second to load.
        from tensorflow.python.ops.gen_training_ops import resource_apply_gradient_descent

        found, here = [], 0.0
        moves = [(self.variables[place], tf.constant(a)) for place, a in zip(places, direction)]
        for step in steps:
            for variable, along in moves:
                resource_apply_gradient_descent(
                    variable.handle, tf.constant(here - step, along.dtype), along
                )
            found.append(self._value())
            here = 0.0 if self._assigns_own else step
        for place in places:
            self.variables[place].assign(self.points[place])
        return found

    def _value(self) -> float:
        self._state.restore()
        tf.random.set_seed(self.seed)
        self.evaluations += 1
        value = float(self._function())
        if self._assigns_own:
            self.restore()
        return value

    def _taped(self) -> list[NDArray[Any] | None]:
        tf.random.set_seed(self.seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.variables)
            value = self._function()
        found = tape.gradient(value, self.variables)
        self.restore()
        return [None if slope is None else tf.convert_to_tensor(slope).numpy() for slope in found]


def _inner(left: NDArray[Any], right: NDArray[Any]) -> float:
    """The inner product, rows in the arrays' own precision and their sum in double."""
    wide = left.reshape(-1, left.shape[-1]) if left.ndim else left.reshape(1, 1)
    rows = np.einsum("ij,ij->i", wide, right.reshape(wide.shape))
    return float(np.sum(np.real(rows), dtype=np.float64))


def check_directions(
    rays: Rays, names: Sequence[str], subject: str, repeat: str = "", output: str = "loss"
) -> Report:
    """Judge the gradient by every variable, in a number of evaluations that hardly grows with them.

    Args:
        names: one for each variable.
        output: what the scalar is called.
    """
    found: dict[int, Part] = {}
    try:
        _judge(rays, list(range(len(names))), names, output, found)
    finally:
        rays.restore()
    parts = tuple(found[place] for place in sorted(found))
    outcome = Outcome.worst(part.outcome for part in parts)
    return Report(
        subject=subject,
        outcome=outcome,
        parts=parts,
        repeat=repeat,
        note=_note(rays, output) if outcome is Outcome.INCONCLUSIVE else "",
        seed=rays.seed,
        evaluations=rays.evaluations,
    )


def _note(rays: Rays, output: str) -> str:
    if not np.isfinite(rays.value):
        return f"the {output} is {rays.value}"
    if not rays.is_steady:
        return "two calls at the same values differ, even with one seed"
    return "the error bound of the differences is too wide to decide"


def _judge(
    rays: Rays, places: list[int], names: Sequence[str], output: str, found: dict[int, Part]
) -> None:
    """Write the part of each of some variables into `found`."""
    direction = rays.direction(places)
    slope = rays.slope(places, direction)
    if len(places) == 1:
        [place] = places
        part = _part(rays, place, names[place], output, slope, _outcome(rays, place, slope))
        if part.outcome is Outcome.WRONG:
            part = replace(part, cause=_cause(rays, place, slope, direction[0]))
        found[place] = part
        return
    if not (slope.agrees and slope.is_telling):
        middle = len(places) // 2
        for half in (places[:middle], places[middle:]):
            _judge(rays, half, names, output, found)
        return
    small = [place for place in places if not slope.shows(place)]
    for place in set(places).difference(small):
        found[place] = _part(rays, place, names[place], output, slope, Outcome.PASS)
    if small:
        _judge(rays, small, names, output, found)


def _outcome(rays: Rays, place: int, slope: Slope) -> Outcome:
    """The verdict on a variable that was moved alone."""
    gradient = rays.gradients[place]
    is_finite = np.isfinite([rays.value, slope.numeric, slope.bound]).all()
    if not (is_finite and rays.is_steady):
        return Outcome.INCONCLUSIVE
    if gradient is not None and not np.isfinite(gradient).all():
        return Outcome.NAN
    if not slope.agrees:
        return Outcome.WRONG if slope.size else Outcome.MISSING
    # That a slope is zero is seen where its bound is next to nothing beside the function itself.
    is_known = slope.is_telling or slope.bound <= WIDEST * abs(rays.value)
    return Outcome.PASS if is_known else Outcome.INCONCLUSIVE


def _cause(rays: Rays, place: int, slope: Slope, direction: NDArray[Any]) -> str:
    """What turns the right gradient into this one, if it is seen along a second direction too."""
    gradient = rays.gradients[place]
    assert gradient is not None
    second = rays.direction([place])
    other = rays.slope([place], second)
    if slope.numeric and other.numeric:
        factors = [side.analytic / side.numeric for side in (slope, other)]
        spread = SAME_FACTOR + sum(s.bound / abs(s.numeric) for s in (slope, other))
        if abs(factors[0] - factors[1]) <= spread * abs(factors[0]):
            return f"the gradient is scaled by about {factors[0]:.3g}"
    if gradient.ndim == 2 and gradient.shape[0] == gradient.shape[1]:
        turned = [float(np.sum(gradient.T * d, dtype=np.float64)) for d in (direction, *second)]
        sides = zip(turned, (slope, other))
        if all(abs(value - side.numeric) <= side.bound for value, side in sides):
            return "the gradient is transposed"
    return ""


def _part(rays: Rays, place: int, name: str, output: str, slope: Slope, outcome: Outcome) -> Part:
    variable = rays.variables[place]
    worst = None
    if outcome is not Outcome.PASS:
        worst = Entry(
            outcome=outcome,
            output=output,
            input=f"{name} along a signed random direction",
            at=None,
            analytic=slope.analytic,
            numeric=slope.numeric,
            bound=slope.bound,
            low=slope.numeric - slope.bound,
            high=slope.numeric + slope.bound,
            local="smooth",
        )
    gap = abs(slope.analytic - slope.numeric) / max(abs(slope.numeric), slope.size, 1e-300)
    return Part(
        input=name,
        shape=tuple(variable.shape),
        dtype=variable.dtype.name,
        outcome=outcome,
        compared=1,
        counts={str(outcome): 1},
        worst=worst,
        missing=_spelling(rays, place) if outcome is Outcome.MISSING else "",
        gap=gap if np.isfinite(gap) else 0.0,
    )


def _spelling(rays: Rays, place: int) -> str:
    if rays.gradients[place] is None:
        return "disconnected (the tape returns None)"
    return "a gradient of zeros alone"
