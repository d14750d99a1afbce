"""The true error of the numeric Jacobian, and whether its bounds tell the truth.

More than a hundred functions are differenced by opcheck and exactly, with 60 digits (see `exact`).
An error is relative to the entry's scale, which is the greatest of

- the size of the entry itself, |J_ij|, and
- the size of its output over that of its input, |f_i| / max(1, |x_j|), where |f_i| is the sum of
  the magnitudes of the terms if these cancel (Problem.terms): a difference of function values sees
  no more of a slope than what is left beside the rounding of f;
- a thousandth of the largest |J_ik| in its row, which stands for the terms of an entry that is zero
  or next to it because they cancel.

The targets are those of `TARGETS`; the exit code is 1 if one is missed.

    python benchmarks/accuracy.py [--all] [--size N] [--seeds N]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import exact
import numpy as np
from problems import Problem, all_problems, single_precision

from opcheck.evaluation import Evaluation
from opcheck.jacobian.numeric import numeric_jacobian
from opcheck.primals import Primal
from opcheck.vectors import to_real

Array = np.ndarray


@dataclass(frozen=True)
class Entries:
    """What was found at the entries of one function, flat.

    Attributes:
        error: |numeric - exact|; infinite where nothing was decided.
        bound: what opcheck says that the error can be at most.
        slope: |exact|.
        scale: see above.
    """

    group: str
    name: str
    error: Array
    bound: Array
    slope: Array
    scale: Array
    is_decided: Array
    seconds: float

    @property
    def relative(self) -> Array:
        """An entry without any scale (the imaginary part of a real number) must be exact."""
        scale = np.where(self.scale == 0, 2.0**-1022, self.scale)
        return self.error / scale

    @property
    def looseness(self) -> Array:
        """The bound beside the scale."""
        return self.bound / np.where(self.scale == 0, 2.0**-1022, self.scale)

    @property
    def holds(self) -> Array:
        """Rounding the exact slope to a float is no error of the estimate."""
        return self.error <= self.bound + 2.0**-53 * self.slope

    @classmethod
    def joined(cls, parts: list[Entries], name: str) -> Entries:
        arrays = [
            np.concatenate([getattr(part, field) for part in parts])
            for field in ("error", "bound", "slope", "scale", "is_decided")
        ]
        return cls(parts[0].group, name, *arrays, sum(part.seconds for part in parts))


def measure(problem: Problem, size: int, seed: int, dtype: str) -> Entries:
    """Difference the function at one point, and compare."""
    generator = np.random.default_rng([seed, *map(ord, problem.name)])
    point = np.asarray(problem.draw(generator, size))
    if dtype == "float32":
        point = point.astype(np.complex64 if np.iscomplexobj(point) else np.float32)
    primal = Primal("x", point, low=problem.low, high=problem.high, tangent=problem.tangent)
    started = time.perf_counter()
    evaluation = Evaluation(problem.function, [primal], seed=seed)
    found = numeric_jacobian(evaluation, 0)
    seconds = time.perf_counter() - started
    if problem.is_elementwise:
        truth, chosen = _blocks(problem, point)
    else:
        truth = exact.jacobian(problem.exact, point, primal.directions())
        chosen = np.ones(truth.shape, bool)
    # What differencing with 60 digits leaves of a zero.
    truth[np.abs(truth) < 1e-30 * np.max(np.abs(truth), axis=1, keepdims=True)] = 0.0
    value = evaluation.value
    if problem.terms is not None:
        value = problem.terms(to_real(point))
    moved = np.abs(to_real(point))
    if problem.tangent is not None:
        moved = np.array([np.max(moved[axis != 0]) for axis in primal.directions()])
    natural = np.abs(value)[:, None] / np.fmax(1.0, moved)
    largest = 1e-3 * np.max(np.abs(truth), axis=1, keepdims=True)
    error = np.abs(found.matrix - truth)
    # Zeros by structure (between the rows of a softmax) would only flatter.
    chosen &= (truth != 0) | (error != 0)
    is_decided = (found.bound <= found.limit) & np.isfinite(error)
    return Entries(
        problem.group,
        problem.name,
        np.where(is_decided, error, np.inf)[chosen],
        found.bound[chosen],
        np.abs(truth)[chosen],
        np.fmax(np.abs(truth), np.fmax(natural, largest))[chosen],
        is_decided[chosen],
        seconds,
    )


def _blocks(problem: Problem, point: Array) -> tuple[Array, Array]:
    """The exact Jacobian of an elementwise function, and where its blocks are."""
    blocks = exact.elementwise(problem.exact, point)
    count, outs, ins = blocks.shape
    truth, chosen = np.zeros((count * outs, count * ins)), np.zeros((count * outs, count * ins))
    for k, block in enumerate(blocks):
        where = slice(k * outs, (k + 1) * outs), slice(k * ins, (k + 1) * ins)
        truth[where], chosen[where] = block, 1
    return truth, chosen.astype(bool)


HEADINGS = (
    "entries|error, median|worst|worst of the entry|within bound|bound, median|bound / error|s"
)


def row(label: str, found: Entries) -> str:
    """One line of the table."""
    with np.errstate(divide="ignore", invalid="ignore"):
        own = found.error / found.slope
    own = own[found.slope > 0]
    return (
        f"| {label} | {found.error.size:,} | {np.median(found.relative):.1e} "
        f"| {found.relative.max():.1e} | {own.max():.1e} | {found.holds.mean():.2%} "
        f"| {np.median(found.looseness):.1e} | {width(found):.0f} "
        f"| {found.seconds:.1f} |"
    )


def width(found: Entries) -> float:
    """How many times wider than the error the bound is, by the medians over inexact entries."""
    inexact = found.error > 0
    if not inexact.any():
        return 0.0
    return float(np.median(found.looseness[inexact]) / np.median(found.relative[inexact]))


@dataclass(frozen=True)
class Target:
    """What a figure must be."""

    words: str
    value: float
    is_met: bool

    def __str__(self) -> str:
        return f"{'met   ' if self.is_met else 'MISSED'} {self.words}: {self.value:.3g}"


def targets(found: Entries) -> list[Target]:
    """The targets of float64."""
    median, worst = float(np.median(found.relative)), float(found.relative.max())
    holds, wide = float(found.holds.mean()), width(found)
    return [
        Target("at least 20,000 entries", found.error.size, found.error.size >= 20_000),
        Target("median error at most 1e-12", median, median <= 1e-12),
        Target("worst error at most 1e-8", worst, worst <= 1e-8),
        Target("share within the bound at least 99.9 %", 100 * holds, holds >= 0.999),
        Target("bound at most 100 times as wide as the error", wide, wide <= 100),
    ]


def block(problems: list[Problem], size: int, seeds: int, dtype: str, is_all: bool) -> Entries:
    """Measure and print one table."""
    print(f"\n{dtype}\n\n| function |", " | ".join(HEADINGS.split("|")), "|")
    print("|---" * 9 + "|")
    found = []
    for problem in problems:
        parts = [measure(problem, size, seed, dtype) for seed in range(seeds)]
        found.append(Entries.joined(parts, problem.name))
        if is_all:
            print(row(f"{problem.group}: {problem.name}", found[-1]), flush=True)
    for group in dict.fromkeys(entries.group for entries in found):
        of_group = [entries for entries in found if entries.group == group]
        print(row(f"{group} ({len(of_group)})", Entries.joined(of_group, group)))
    whole = Entries.joined(found, "all")
    print(row(f"all ({len(found)})", whole))
    print("\nThe worst errors, the loosest bounds that failed, and what was left undecided:\n")
    for entries in sorted(found, key=lambda e: -e.relative.max())[:8]:
        print(f"  {entries.group}: {entries.name}: {entries.relative.max():.1e}")
    for entries in found:
        if not entries.holds.all():
            excess = np.max(entries.error / entries.bound, where=entries.is_decided, initial=0)
            print(
                f"  {entries.group}: {entries.name}: {np.sum(~entries.holds)} of "
                f"{entries.error.size} outside the bound, up to {excess:.1f} times"
            )
        if not entries.is_decided.all():
            print(
                f"  {entries.group}: {entries.name}: {np.sum(~entries.is_decided)} of "
                f"{entries.error.size} undecided"
            )
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description="True errors of the numeric Jacobian.")
    parser.add_argument("--all", action="store_true", help="a line for every function")
    parser.add_argument("--size", type=int, default=100, help="points a function (default: 100)")
    parser.add_argument("--seeds", type=int, default=2, help="draws of each (default: 2)")
    parser.add_argument("--only", default="", help="functions whose names hold this")
    options = parser.parse_args()
    chosen = [p for p in all_problems() if options.only in f"{p.group}: {p.name}"]
    found = block(chosen, options.size, options.seeds, "float64", options.all)
    if not options.only:
        block(single_precision(), options.size // 2, 1, "float32", options.all)
        judged = targets(found)
        print("\nfloat64:", *judged, sep="\n  ")
        if not all(target.is_met for target in judged):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
