"""A scalar function of many variables on lines through their values, and its slopes along these.

The slope of the scalar L along a direction d of its variables w,

    lim (L(w + h d) - L(w - h d)) / 2h  =  Σₖ ⟨∂L/∂wₖ, dₖ⟩,

takes two values, or a few more: two are enough where the two sides agree to within the least error
that differences have, and elsewhere that error is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.precision import Precision
from opcheck.primals import State

# Steps are powers of two of a variable's own size. The first is a sixteenth of the finest of the
# first ones of its precision; others are four times as long or short. Neighbours for the noise lie
# far below.
FIRST = -4
RATIO = 4
NEIGHBOURS = 3
NEIGHBOURLY = -7

# Two sides that agree to less than this share of what the one-sided quotients differ by are not
# looked at again: of what is smooth, that is a multiple of the truncation.
ONE_SIDED = 1 / 8

# Along a line through many variables a function of rectifiers has kinks everywhere. By how much the
# central quotients of two steps differ, so often, is more than the truncation of what is smooth.
# One-sided quotients of the same differ by a fourth as much at a fourth of the step; by how much
# else they do is due to kinks, and so much of it no less than the error that any one kink leaves
# and the central quotients do not show.
SAFETY = 2.0
KINKED = 3 / 4

# What kinks leave grows like the root of the step: steps go down where it is so much more than what
# rounding leaves at the least, and no more than so often.
ROUGH = 64.0
FINER = 2

# A variable that starts at zeros is moved as one of this size would be; and one whose slope would
# hardly show beside the others' is moved farther than its own size, by so much at most.
LEAST_SIZE = 2.0**-4
FARTHEST = 2.0**5

# The eight signs that each byte stands for, one byte a row.
SIGNS = 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1) - 1.0

# Entries of a gradient carry some ulp of rounding each; their errors add up like their squares.
ULPS = 32.0

# Bounds above this share of what the slope would be decide nothing.
WIDEST = 0.25


@dataclass(frozen=True)
class Direction:
    """How some variables move: for each a tensor, times a factor.

    Attributes:
        words: what it is called in a report.
        adds_up: whether it is the gradient's own, so that no slope cancels another.
    """

    words: str
    tensors: tuple[Any, ...]
    factors: tuple[float, ...]
    adds_up: bool = False


@dataclass(frozen=True)
class Slope:
    """Both sides along one direction.

    Attributes:
        bound: how far they can be apart by the differences' error and by rounding.
        rounding: the bound's part that is no less with fewer variables.
        sizes: for each variable that moves what its slope typically is: √Σ(gᵢdᵢ)².
    """

    direction: Direction
    analytic: float
    numeric: float
    bound: float
    rounding: float
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

    @property
    def is_sharpest(self) -> bool:
        """Whether fewer variables would show no more."""
        return self.bound <= 2 * self.rounding

    def hides(self, place: int) -> float:
        """How likely an error as large as this variable's whole slope would not have been seen."""
        size = self.sizes[place]
        return math.erf(self.bound / size / 2**0.5) if size else 1.0


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
        self.value: float = 0.0
        self.gradients: list[NDArray[Any] | None] = []
        self._slopes: list[Any] = []
        # Seeding makes TensorFlow forget its kernels, so it is done only where calls need it.
        self._reseeds = False
        self.is_steady = self._is_steady()
        if not self.is_steady:
            self._reseeds = True
            self.is_steady = self._is_steady()
        self._norms = [0.0 if g is None else _norm(g) for g in self.gradients]
        self._steps = self._steps_of_own_size()

    def restore(self) -> None:
        """Put the variables, and all that a call assigns to, back."""
        for variable, point in zip(self.variables, self.points):
            variable.assign(point)
        self._state.restore()

    def at_random(self, places: Sequence[int]) -> Direction:
        """A direction of random signs through some of the variables."""
        signs = tuple(self._signs(self.points[place]) for place in places)
        steps = tuple(self._steps[place] for place in places)
        return Direction("a signed random direction", signs, steps)

    def _signs(self, point: Any) -> Any:
        count = int(np.prod(point.shape))
        drawn = np.frombuffer(self._generator.bytes(-(-count // 8)), np.uint8)
        signs = tf.gather(tf.constant(SIGNS, point.dtype), drawn.astype(np.int32))
        return tf.reshape(tf.reshape(signs, [-1])[:count], point.shape)

    def aligned(self, places: Sequence[int]) -> Direction:
        """The direction of the gradient itself through some of the variables."""
        tensors, factors = [], []
        for place in places:
            point, slopes, norm = self.points[place], self._slopes[place], self._norms[place]
            is_moved = slopes is not None and norm > 0
            tensors.append(tf.cast(tf.math.real(slopes), point.dtype) if is_moved else point)
            size = norm / max(int(np.prod(point.shape)), 1) ** 0.5
            factors.append(self._steps[place] / size if is_moved else 0.0)
        return Direction("the gradient", tuple(tensors), tuple(factors), adds_up=True)

    def slope(self, places: Sequence[int], direction: Direction) -> Slope:
        """The two sides along a direction through the variables at these places."""
        analytic = 0.0
        for place, tensor, factor in zip(places, direction.tensors, direction.factors):
            gradient = self.gradients[place]
            if gradient is not None and gradient.size:
                analytic += factor * inner(gradient, np.asarray(tensor))
        sizes = {place: self._steps[place] * self._norms[place] for place in places}
        size = float(np.linalg.norm(list(sizes.values())))
        # Where the slopes add up, the function is to change by no more than a share of itself.
        share = min(1.0, abs(self.value / analytic)) if direction.adds_up and analytic else 1.0
        unit = (_power_of_two(share) or 1.0) * 2.0**self.precision.finest

        def judged(fine: _Quotients, truncation: float) -> Slope:
            # What entries are rounded to on the way scatters around the line, each by itself.
            scatter = self.precision.unit * size * (ULPS + 2**0.5 / fine.step)
            rounding = self._least_noise() / fine.step + scatter
            bound = truncation + rounding
            return Slope(direction, analytic, fine.central, bound, rounding, sizes)

        fine = self._quotients(places, direction, unit * 2.0**FIRST)
        found = judged(fine, ONE_SIDED * abs(fine.parting))
        if found.agrees:
            return found
        wide = self._quotients(places, direction, RATIO * fine.step)
        truncation = _truncation(wide, fine)
        if not judged(fine, truncation).agrees and self._noise is None:
            near = [unit * 2.0**NEIGHBOURLY * k for k in range(1, NEIGHBOURS + 1)]
            self._noise = self._noise_of(self._values(places, direction, near))
        for _ in range(FINER):
            if not truncation > ROUGH * self._least_noise() / fine.step:
                break
            wide, fine = fine, self._quotients(places, direction, fine.step / RATIO)
            truncation = max(_truncation(wide, fine), truncation / RATIO)
        return judged(fine, truncation)

    def _quotients(self, places: Sequence[int], direction: Direction, step: float) -> _Quotients:
        ahead, behind = self._values(places, direction, [step, -step])
        parting = (ahead - 2 * self.value + behind) / step
        return _Quotients(step, (ahead - behind) / (2 * step), parting)

    def _least_noise(self) -> float:
        """The noise of the values as far as it is known: no less than what rounds them."""
        return max(self._noise or 0.0, 2 * self.precision.unit * abs(self.value))

    def _noise_of(self, neighbours: Sequence[float]) -> float:
        """Four times the noise of the values, from a third difference of neighbours.

        White noise gives it √20 times its own size (Moré and Wild 2011).
        """
        [third] = np.diff([self.value, *neighbours], 3)
        return float(4.0 * abs(third) / 20.0**0.5)

    def _values(
        self, places: Sequence[int], direction: Direction, steps: Sequence[float]
    ) -> list[float]:
        """The function at several distances along a direction.

        The variables move on from one to the next in place: of millions of entries no copy is made.
        """
        # As `tf.raw_ops` has it, which takes more than a second to load.
        from tensorflow.python.ops.gen_training_ops import resource_apply_gradient_descent

        found, here = [], 0.0
        handles = [self.variables[place].handle for place in places]
        for step in steps:
            for handle, tensor, factor in zip(handles, direction.tensors, direction.factors):
                back = tf.constant((here - step) * factor, tensor.dtype)
                resource_apply_gradient_descent(handle, back, tensor)
            found.append(self._value())
            here = 0.0 if self._assigns_own else step
        for place in places:
            self.variables[place].assign(self.points[place])
        return found

    def _is_steady(self) -> bool:
        """Take the gradient and the value; whether the next call gives the same."""
        value = self._taped()
        self.value = self._value()
        # A tape may have a graph run by other kernels, whose rounding is no randomness.
        return self.value == value or self.value == self._value()

    def _value(self) -> float:
        self._state.restore()
        if self._reseeds:
            tf.random.set_seed(self.seed)
        self.evaluations += 1
        value = float(self._function())
        if self._assigns_own:
            self.restore()
        return value

    def _taped(self) -> float:
        """Take the gradient; the function's value on the way."""
        self._state.restore()
        if self._reseeds:
            tf.random.set_seed(self.seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.variables)
            value = self._function()
        found = tape.gradient(value, self.variables)
        if self._assigns_own:
            self.restore()
        self._slopes = [s if s is None else tf.convert_to_tensor(s) for s in found]
        self.gradients = [s if s is None else np.asarray(s) for s in self._slopes]
        return float(value)

    def _steps_of_own_size(self) -> list[float]:
        """How far each entry of a variable moves for a step of one: a power of two.

        That is added without rounding, unless it is less than the last digits.
        """
        steps = [_step_of(point) for point in self.points]
        sizes = [step * norm for step, norm in zip(steps, self._norms)]
        largest = max(sizes, default=0.0)
        factors = [min(FARTHEST, _power_of_two(largest / s)) if s else 1.0 for s in sizes]
        return [(factor or 1.0) * step for factor, step in zip(factors, steps)]


@dataclass(frozen=True)
class _Quotients:
    """The central difference quotient, and by how much the two one-sided ones differ."""

    step: float
    central: float
    parting: float


def _truncation(wide: _Quotients, fine: _Quotients) -> float:
    """How far a central quotient is from the slope, by another at a longer step."""
    smooth = wide.parting * fine.step / wide.step
    return SAFETY * abs(wide.central - fine.central) + KINKED * abs(fine.parting - smooth)


def _step_of(point: Any) -> float:
    """A power of two near to the size that the entries of a variable typically have."""
    entries = np.asarray(point)
    return _power_of_two(_norm(entries) / max(entries.size, 1) ** 0.5) or LEAST_SIZE


def _norm(array: NDArray[Any]) -> float:
    return float(np.linalg.norm(array.reshape(-1)))


def _power_of_two(number: float) -> float:
    """The nearest one, or zero where there is none."""
    return 2.0 ** round(math.log2(number)) if math.isfinite(number) and number > 0 else 0.0


def inner(left: NDArray[Any], right: NDArray[Any]) -> float:
    """The inner product, rows in the arrays' own precision and their sum in double."""
    wide = left.reshape(-1, left.shape[-1]) if left.ndim else left.reshape(1, 1)
    rows = np.einsum("ij,ij->i", wide, right.reshape(wide.shape))
    return float(np.sum(np.real(rows), dtype=np.float64))
