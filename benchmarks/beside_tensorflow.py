"""opcheck beside `tf.test.compute_gradient`: the errors of both numeric sides, and the time.

The time is that of a whole `opcheck.check`, verdict included, over that of TensorFlow's checker,
which differences with one fixed step: the median of rounds in which both run in turn.

    python benchmarks/beside_tensorflow.py [--repeats N] [--size N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import exact
import numpy as np
from problems import Problem, elementary, of_large_and_small_numbers, special_functions

import opcheck
from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.jacobian.numeric import numeric_jacobian

NAMES = ("exp", "log", "sin", "tanh", "acos", "softplus", "lgamma", "digamma", "erf", "ndtri")
OVER_MAGNITUDES = ("sqrt", "reciprocal")


def chosen() -> list[Problem]:
    """Twelve functions that anyone knows."""
    known = {problem.name: problem for problem in (*special_functions(), *elementary())}
    wide = {problem.name: problem for problem in of_large_and_small_numbers()}
    return [*(known[name] for name in NAMES), *(wide[name] for name in OVER_MAGNITUDES)]


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


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


if __name__ == "__main__":
    main()
