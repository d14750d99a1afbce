"""Accuracy and time of the numeric Jacobian, beside `tf.test.compute_gradient`, in one process.

The true slopes come from mpmath with 40 digits or are known in closed form. For each function:
the median and the worst relative error of both checkers, the share of entries whose true error
lies within opcheck's bound, the median width of the bound, and the median time of a whole check
over repeats, taken in turn.

    python benchmarks/accuracy.py [--repeats N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

import opcheck
from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.jacobian.numeric import numeric_jacobian


@dataclass(frozen=True)
class Problem:
    """An elementwise function, its exact counterpart, and where to look."""

    name: str
    function: Callable[[Any], Any]
    exact: Callable[[Any], Any]
    points: np.ndarray

    def slopes(self) -> np.ndarray:
        """The exact derivative at each point."""
        with mpmath.workdps(40):
            return np.array(
                [float(mpmath.diff(self.exact, mpmath.mpf(float(x)))) for x in self.points]
            )


def problems(size: int) -> list[Problem]:
    """Twelve functions over magnitudes, tails and special functions."""
    rng = np.random.default_rng(0)
    normal, unit = rng.normal(size=size), rng.uniform(0.05, 0.95, size)
    return [
        Problem("exp", tf.exp, mpmath.exp, 3 * normal),
        Problem("log", tf.math.log, mpmath.log, rng.uniform(0.01, 3, size)),
        Problem("sin", tf.sin, mpmath.sin, 3 * normal),
        Problem("tanh", tf.tanh, mpmath.tanh, 2 * normal),
        Problem("sqrt, 1e-9 to 1e9", tf.sqrt, mpmath.sqrt, 10.0 ** rng.uniform(-9, 9, size)),
        Problem(
            "reciprocal", tf.math.reciprocal, lambda x: 1 / x, 10.0 ** rng.uniform(-6, 6, size)
        ),
        Problem("lgamma", tf.math.lgamma, mpmath.loggamma, rng.uniform(0.1, 5, size)),
        Problem("digamma", tf.math.digamma, mpmath.digamma, rng.uniform(0.1, 5, size)),
        Problem("erf", tf.math.erf, mpmath.erf, normal),
        Problem("acos", tf.acos, mpmath.acos, 2 * unit - 1),
        Problem("softplus", tf.nn.softplus, lambda x: mpmath.log1p(mpmath.exp(x)), 5 * normal),
        Problem("ndtri", tf.math.ndtri, lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1), unit),
    ]


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy and time of the numeric Jacobian.")
    parser.add_argument("--repeats", type=int, default=5, help="timed rounds (default: 5)")
    parser.add_argument("--size", type=int, default=30, help="points a function (default: 30)")
    options = parser.parse_args()
    headings = "error, median|worst|within bound|bound, median|theirs, median|worst|time, ratio"
    print("| function |", " | ".join(headings.split("|")), "|")
    print("|---|---|---|---|---|---|---|---|")
    for problem in problems(options.size):
        xs, exact = [problem.points], problem.slopes()
        ours = numeric_jacobian(evaluate(problem.function, xs), 0)
        theirs = np.diag(tf.test.compute_gradient(problem.function, xs)[1][0])
        error = np.abs(np.diag(ours.matrix) - exact)
        bound = np.diag(ours.bound)
        relative, their_relative = error / np.abs(exact), np.abs(theirs - exact) / np.abs(exact)
        rounds = [
            (
                seconds(lambda p=problem, x=xs: opcheck.check(p.function, x)),
                seconds(lambda p=problem, x=xs: tf.test.compute_gradient(p.function, x)),
            )
            for _ in range(options.repeats)
        ]
        ratio = statistics.median(mine / its for mine, its in rounds)
        held = np.mean(error <= bound + 2e-16 * np.abs(exact))
        print(
            f"| {problem.name} | {np.median(relative):.1e} | {relative.max():.1e} | {held:.1%} "
            f"| {np.median(bound / np.abs(exact)):.1e} | {np.nanmedian(their_relative):.1e} "
            f"| {np.nanmax(their_relative):.1e} | {ratio:.2f} |"
        )


if __name__ == "__main__":
    main()
