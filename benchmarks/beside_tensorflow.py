"""opcheck beside `tf.test.compute_gradient`: the errors of both numeric sides, and the time.

Two tables. Twelve elementwise functions at a few points, with the errors against exact slopes. And
ten functions of all kinds, with whole Jacobians: the errors against the Jacobian by the tape, which
has no more than rounding. The time is that of a whole `opcheck.check`, verdict included, or of
`opcheck.compute_gradient`, beside that of TensorFlow's checker, which differences with one fixed
step: the median of rounds in which all run in turn. The exit code is 1 when a target is missed.

    python benchmarks/beside_tensorflow.py [--repeats N] [--size N]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from typing import Any

import exact
import numpy as np
from probe import functions
from problems import Problem, elementary, of_large_and_small_numbers, special_functions
from timing import seconds

import opcheck
from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.jacobian.numeric import numeric_jacobian

NAMES = ("exp", "log", "sin", "tanh", "acos", "softplus", "lgamma", "digamma", "erf", "ndtri")
OVER_MAGNITUDES = ("sqrt", "reciprocal")

# The targets, and the error below which a double cannot show one.
FASTER, SMALLER = 2.0, 1e3
EXACT = 2.0**-53


def chosen() -> list[Problem]:
    """Twelve functions that anyone knows."""
    known = {problem.name: problem for problem in (*special_functions(), *elementary())}
    wide = {problem.name: problem for problem in of_large_and_small_numbers()}
    return [*(known[name] for name in NAMES), *(wide[name] for name in OVER_MAGNITUDES)]


def of_all_kinds() -> dict[str, tuple[Callable[..., Any], list[np.ndarray]]]:
    """Ten functions, small and large: those of the probes, and two small ones."""
    g = np.random.default_rng(1)
    return {
        "tanh, 30": (tf.tanh, [g.normal(size=30)]),
        "matmul, 4 x 4": (tf.matmul, [g.normal(size=(4, 4)), g.normal(size=(4, 4))]),
        **functions(),
    }


def whole_jacobians(repeats: int) -> bool:
    """Print the table of the ten functions; whether the targets are met."""
    print(
        "\n| function | check, ms | compute_gradient, ms | TensorFlow's, ms | check, times faster "
        "| error, median | theirs | times smaller |\n" + "|---" * 8 + "|"
    )
    faster, smaller = [], []
    for name, (function, xs) in of_all_kinds().items():
        works: tuple[Callable[[], Any], ...] = (
            lambda f=function, x=xs: opcheck.check(f, x, method="dense"),
            lambda f=function, x=xs: opcheck.compute_gradient(f, x),
            lambda f=function, x=xs: tf.test.compute_gradient(f, x),
        )
        report, ours, theirs = (work() for work in works)
        if not report.passed:
            raise SystemExit(report.explain())
        errors = [median_error(found) for found in (ours, theirs)]
        rounds = [[seconds(work) for work in works] for _ in range(repeats)]
        check, gradient, other = (1e3 * statistics.median(times) for times in zip(*rounds))
        faster.append(statistics.median(times[2] / times[0] for times in rounds))
        smaller.append(errors[1] / max(errors[0], EXACT))
        print(
            f"| {name} | {check:.1f} | {gradient:.1f} | {other:.1f} | {faster[-1]:.1f} "
            f"| {errors[0]:.1e} | {errors[1]:.1e} | {smaller[-1]:.0e} |",
            flush=True,
        )
    print(
        f"\nmedian: {statistics.median(faster):.1f} times faster, the least {min(faster):.1f}; "
        f"errors {statistics.median(smaller):.0e} times smaller"
    )
    return (
        statistics.median(faster) >= FASTER
        and min(faster) >= 1
        and statistics.median(smaller) >= SMALLER
    )


def median_error(jacobians: tuple[list[np.ndarray], list[np.ndarray]]) -> float:
    """The median relative distance of a numeric side from the tape's, over what is not zero."""
    errors = [
        np.abs(numeric[analytic != 0] / analytic[analytic != 0] - 1)
        for analytic, numeric in zip(*jacobians)
    ]
    return float(np.median(np.concatenate(errors)))


def main() -> None:
    parser = argparse.ArgumentParser(description="opcheck beside tf.test.compute_gradient.")
    parser.add_argument("--repeats", type=int, default=5, help="timed rounds (default: 5)")
    parser.add_argument("--size", type=int, default=30, help="points a function (default: 30)")
    options = parser.parse_args()
    print("| function | error, median | worst | theirs, median | worst | time, ratio |")
    print("|---" * 6 + "|")
    for problem in chosen():
        point = problem.draw(np.random.default_rng(0), options.size)
        truth = exact.elementwise(problem.exact, point)[:, 0, 0]
        ours = np.diag(numeric_jacobian(evaluate(problem.function, [point]), 0).matrix)
        theirs = np.diag(tf.test.compute_gradient(problem.function, [point])[1][0])
        mine, its = (np.abs(found - truth) / np.abs(truth) for found in (ours, theirs))
        ratios = [
            seconds(lambda p=problem, x=point: opcheck.check(p.function, [x]))
            / seconds(lambda p=problem, x=point: tf.test.compute_gradient(p.function, [x]))
            for _ in range(options.repeats)
        ]
        where = ", 1e-9 to 1e9" if problem.name in OVER_MAGNITUDES else ""
        print(
            f"| {problem.name}{where} | {np.median(mine):.1e} | {mine.max():.1e} "
            f"| {np.nanmedian(its):.1e} | {np.nanmax(its):.1e} | {statistics.median(ratios):.2f} |"
        )
    if not whole_jacobians(options.repeats):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
