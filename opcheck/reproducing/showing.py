"""What a script looks at, and the lines in which it shows both sides of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.reproducing.inlining import Runs

Array = NDArray[Any]


class Shown(Enum):
    """How a defect shows in what a tape returns."""

    VALUE = "a number that is not the slope"
    NONE = "None"
    RAISES = "an exception"
    SHAPE = "a gradient of another shape"


@dataclass(frozen=True)
class Spot:
    """The derivative that the script looks at: of one output entry along one direction.

    Attributes:
        place: which of the fixed inputs moves, or of the weights if `is_weight`.
        array: the input there.
        index: source of the index of the entry that moves, with `.imag` or `.real` of a complex
            one; "" where `direction` says what moves.
        direction: the change of the whole input, where only some changes are allowed.
        output: source behind the call that picks the output: `[0].values[1, 2].imag`.
        around: source around `{}`, what was picked.
        is_variable: whether the input is a `tf.Variable`.
    """

    name: str
    place: int
    array: Array
    index: str
    output: str
    around: str = "{}"
    is_weight: bool = False
    direction: Array | None = None
    is_variable: bool = False


@dataclass(frozen=True)
class Slope:
    """How the script takes differences.

    Attributes:
        step: a power of two; negative for differences to the other side.
        is_central: whether both sides of the point are looked at in one difference.
        is_kink: whether the slopes of both sides count, each by itself.
        rounding: relative, of the values that are subtracted.
        is_zero: whether no difference from zero is seen.
    """

    step: float
    is_central: bool = True
    is_kink: bool = False
    rounding: float = 2e-15
    is_zero: bool = False


@dataclass(frozen=True)
class Way:
    """How a script asks its function `y` for values and for the gradient.

    Attributes:
        setup: lines that make what the others name.
        make: source around `{}`, an array, of what the function is called with.
        value: source around `{}` of the function there.
        gradient: lines that find `gradient`.
        dense: source of `gradient` as an array.
    """

    setup: tuple[str, ...]
    make: str
    value: str
    gradient: tuple[str, ...]
    dense: str = "np.array(tf.convert_to_tensor(gradient))"


def _eagerly(spot: Spot) -> Way:
    if spot.is_weight:
        at = f"layer.trainable_variables[{spot.place}].value"
        return Way((), "{}", "y({})", _taped(at, f"y({spot.name})"))
    make = "tf.Variable({})" if spot.is_variable else "tf.constant({})"
    return Way((f"at = {make.format(spot.name)}",), make, "y({})", _taped("at", "y(at)"))


def _in_session(spot: Spot) -> Way:
    run = f"session.run(tf.convert_to_tensor(gradient), {{at: {spot.name}}})"
    gradient = (
        "with graph.as_default():",
        "    gradient = tf.gradients(value, at)[0]",
        f"    gradient = None if gradient is None else {run}",
    )
    return Way((), "{}", "session.run(value, {{at: {}}})", gradient, "gradient")


def _taped_within(spot: Spot) -> Way:
    *body, gradient = _taped("at", "y.python_function(at)")
    setup = (
        f"at = tf.constant({spot.name})",
        IN_GRAPH,
        "def taped(at):",
        *(f"    {line}" for line in body),
        f"    return {gradient.removeprefix('gradient = ')}",
    )
    return Way(setup, "tf.constant({})", "y({})", ("gradient = taped(at)",))


def _taped(at: str, call: str) -> tuple[str, ...]:
    return (
        "with tf.GradientTape() as tape:",
        f"    tape.watch({at})",
        f"    value = {call}",
        f"gradient = tape.gradient(value, {at})",
    )


# How a function is compiled to a graph.
IN_GRAPH = "@tf.function(autograph=False)"

_WAYS: dict[Runs, Callable[[Spot], Way]] = {
    Runs.EAGERLY: _eagerly,
    Runs.IN_SESSION: _in_session,
    Runs.TAPED_WITHIN: _taped_within,
}


def lines_that_show(
    spot: Spot, slope: Slope, shown: Shown, runs: Runs, raised: str, is_tight: bool
) -> tuple[list[str], list[str]]:
    """The function that takes differences, and what prints both sides and ends the script.

    Args:
        raised: source of the type of the exception, where one is shown.
        is_tight: whether a line holds as much as it can.
    """
    way = _WAYS[runs](spot)
    return _differences(way, spot, slope, is_tight), [
        *way.setup,
        *_analytic(way, spot, shown, raised),
        *_numeric(way, spot, slope, is_tight),
        *_exit(slope, shown),
    ]


def _differences(way: Way, spot: Spot, slope: Slope, is_tight: bool) -> list[str]:
    ahead = f"{spot.name} + h * step"
    behind, width = (f"{spot.name} - h * step", "(2 * h)") if slope.is_central else (spot.name, "h")
    if is_tight:
        first, last = (f"float({_at(way, array)})" for array in (ahead, behind))
        return ["def slope(h):", f"    return ({first} - {last}) / {width}"]
    return [
        "def slope(h):",
        f"    ahead, behind = (float({_at(way, 'v')}) for v in ({ahead}, {behind}))",
        f"    return (ahead - behind) / {width}",
    ]


def _at(way: Way, array: str) -> str:
    """Source of the function at an array."""
    return way.value.format(way.make.format(array))


def _analytic(way: Way, spot: Spot, shown: Shown, raised: str) -> list[str]:
    entry = f"float({_entry(way.dense, spot)})"
    if shown is Shown.NONE:
        entry = f"None if gradient is None else {entry}"
    elif shown is Shown.SHAPE:
        entry = f"{entry} if gradient.shape == at.shape else None"
    lines = [*way.gradient, f"analytic = {entry}"]
    if shown is Shown.SHAPE:
        words = '"the gradient has shape", gradient.shape, "and the input", at.shape'
        lines.insert(-1, f"print({words})")
    if shown is Shown.RAISES:
        return [
            "try:",
            *(f"    {line}" for line in lines),
            f"except {raised} as error:",
            '    analytic = f"{type(error).__name__}: {error}"[:300]',
        ]
    return lines


def _entry(dense: str, spot: Spot) -> str:
    """Source of the derivative along the step."""
    if spot.direction is not None:
        return f"np.vdot(step, {dense}).real"
    part = next((p for p in (".imag", ".real") if spot.index.endswith(p)), "")
    index = spot.index.removesuffix(part) if part else spot.index
    return f"{dense}{index}{part}"


def _numeric(way: Way, spot: Spot, slope: Slope, is_tight: bool) -> list[str]:
    rounding = f"{slope.rounding:g} * abs(float({_at(way, spot.name)})) / abs(h)"
    step = _power(slope.step)
    if slope.is_kink:
        return [
            f"h = {step}",
            "sides = [(slope(h), slope(h / 2)), (slope(-h), slope(-h / 2))]",
            "low, high = sorted(fine for _, fine in sides)",
            f"bound = 4 * max(abs(coarse - fine) for coarse, fine in sides) + {rounding}",
            r'print("analytic", analytic, "\nnumeric ", low, "to", high, "by both sides, '
            'error below", bound)',
        ]
    return [
        *(
            [f"coarse, fine = slope(h := {step}), slope(h / 2)"]
            if is_tight
            else [f"h = {step}", "coarse, fine = slope(h), slope(h / 2)"]
        ),
        f"bound = 4 * abs(coarse - fine) + {rounding}",
        r'print("analytic", analytic, "\nnumeric ", fine, "with twice the step", coarse, '
        '"error below", bound)',
    ]


def _exit(slope: Slope, shown: Shown) -> list[str]:
    is_right = "abs(analytic - fine) <= bound"
    if slope.is_kink:
        is_right = "low - bound <= analytic <= high + bound"
    shows = f"not {is_right}"
    if shown is Shown.RAISES:
        shows = f"isinstance(analytic, str) or {shows}"
    elif shown in (Shown.NONE, Shown.SHAPE):
        shows = f"analytic is None or {shows}"
    return [f"raise SystemExit(int({shows}))"]


def _power(step: float) -> str:
    """Source of a power of two, which steps are so that they are exact."""
    exponent = int(np.log2(abs(step)))
    return f"{'-' if step < 0 else ''}2.0**{exponent}"
