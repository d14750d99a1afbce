"""`method="probe"`: its time beside `tf.test.compute_gradient`, its cost by size, what it catches.

Three tables. The time of a whole `opcheck.check` and of TensorFlow's checker, in turn in one
process, medians. The evaluations, seconds and memory of a check of tanh at 100 to 10^6 entries,
each in a process of its own, memory above what TensorFlow holds after the function and its gradient
ran. And single entries of a right gradient of 10,000 that are off by a share of themselves, each at
another place and seed: whether the check calls the gradient wrong and names that entry; the same
seeds with nothing planted must pass. The exit code is 1 when a target is missed.

    python benchmarks/probe.py [--repeats N] [--tries N]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from timing import seconds

import opcheck
from opcheck.backend import tf

FASTER = 100.0
MEMORY_MB = 500
SIZES = (10**2, 10**3, 10**4, 10**5, 10**6)
SHARES = (1.0, 1e-2, 1e-3, 1e-4)
PLANTED_AMONG = 10_000

Function = Callable[..., Any]


def functions() -> dict[str, tuple[Function, list[np.ndarray]]]:
    """Functions of 300 to 1,000 entries, at smooth points."""
    g = np.random.default_rng(0)
    return {
        "tanh, 1,000": (tf.tanh, [g.normal(size=1000)]),
        "exp, 300": (tf.exp, [g.normal(size=300)]),
        "lgamma, 1,000": (tf.math.lgamma, [g.uniform(0.5, 4, 1000)]),
        "softmax, 10 x 100": (tf.nn.softmax, [g.normal(size=(10, 100))]),
        "matmul, 16 x 16": (tf.matmul, [g.normal(size=(16, 16)), g.normal(size=(16, 16))]),
        "conv2d, 8 x 8 x 4 by 3 x 3 x 4 x 4": (
            lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"),
            [g.normal(size=(1, 8, 8, 4)), g.normal(size=(3, 3, 4, 4))],
        ),
        "sum of squares, 1,000": (lambda x: tf.reduce_sum(x * x), [g.normal(size=1000)]),
        "cholesky, 20 x 20": (
            lambda a: tf.linalg.cholesky(tf.matmul(a, a, transpose_b=True)),
            [g.normal(size=(20, 20)) + 5 * np.eye(20)],
        ),
    }


def times(repeats: int) -> bool:
    """Print the table of times; whether all are as fast as is meant."""
    is_fast = True
    print(
        "| function | probe, ms | TensorFlow's, ms | times faster | evaluations |\n"
        + "|---" * 5
        + "|"
    )
    for name, (function, xs) in functions().items():
        report = opcheck.check(function, xs, method="probe")
        theirs = lambda f=function, x=xs: tf.test.compute_gradient(f, x)  # noqa: E731
        theirs()
        ours, its = [], []
        for _ in range(repeats):
            its.append(seconds(theirs))
            ours += [
                seconds(lambda f=function, x=xs: opcheck.check(f, x, method="probe"))
                for _ in range(20)
            ]
        mine, other = statistics.median(ours), statistics.median(its)
        is_fast &= report.passed and other >= FASTER * mine
        print(
            f"| {name} | {1e3 * mine:.2f} | {1e3 * other:.0f} | {other / mine:.0f} "
            f"| {report.evaluations} |",
            flush=True,
        )
    return is_fast


def peak_mb() -> float:
    """The most memory that this process has held."""
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def one_size(size: int) -> None:
    """Print the row of one size, in a process of its own."""
    x = np.random.default_rng(0).normal(size=size)
    opcheck.check(tf.tanh, [x[:100]], method="probe")  # What is loaded late is none of the check.
    with tf.GradientTape() as tape:
        point = tf.constant(x)
        tape.watch(point)
        y = tf.tanh(point)
    tape.gradient(y, point).numpy()
    before = peak_mb()
    started = time.perf_counter()
    report = opcheck.check(tf.tanh, [x], method="probe")
    taken = time.perf_counter() - started
    assert report.passed, report.explain()
    print(size, report.evaluations, taken, peak_mb() - before, report.resolution)


def sizes() -> bool:
    """Print the table of sizes; whether the evaluations stay and the memory suffices."""
    print("\n| entries | evaluations | seconds | memory, MB | resolution |\n" + "|---" * 5 + "|")
    counts, most = set(), 0.0
    for size in SIZES:
        command = [sys.executable, __file__, "--size", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        _, count, taken, memory, resolution = map(float, done.stdout.split())
        counts.add(count)
        most = max(most, memory)
        print(
            f"| {size:,} | {count:.0f} | {taken:.4f} | {memory:.0f} | {resolution:.0e} |",
            flush=True,
        )
    return len(counts) == 1 and most <= MEMORY_MB


def damaged(function: Function, place: int, share: float) -> Function:
    """The function with one entry of what its gradient gives off by a share of itself."""
    factors = np.ones(PLANTED_AMONG)
    factors[place] += share

    @tf.custom_gradient
    def planted(x: Any) -> Any:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = function(x)
        return tf.identity(y), lambda dy: factors * tape.gradient(y, x, output_gradients=dy)

    return planted


def planted(tries: int) -> bool:
    """Print the table of planted entries; whether all were caught, and nothing else."""
    among: dict[str, Function] = {
        "tanh": tf.tanh,
        "sum of sines": lambda x: tf.reduce_sum(tf.sin(x)),
        "softmax, 100 x 100": lambda x: tf.nn.softmax(tf.reshape(x, [100, 100])),
    }
    shares = " | ".join(f"off by {share:g}" for share in SHARES)
    print(f"\n| function | {shares} | named | false alarms |\n{'|---' * (len(SHARES) + 3)}|")
    is_good = True
    for name, function in among.items():
        caught, named, alarms = dict.fromkeys(SHARES, 0), 0, 0
        for seed in range(tries):
            g = np.random.default_rng(seed)
            x, place = g.normal(size=PLANTED_AMONG), int(g.integers(PLANTED_AMONG))
            alarms += not opcheck.check(function, [x], method="probe", seed=seed).passed
            for share in SHARES:
                report = opcheck.check(
                    damaged(function, place, share), [x], method="probe", seed=seed
                )
                caught[share] += report.outcome is opcheck.Outcome.WRONG
                named += report.worst is not None and report.worst.input == f"xs[0][{place}]"
        cells = " | ".join(f"{caught[share]} of {tries}" for share in SHARES)
        total = tries * len(SHARES)
        print(f"| {name} | {cells} | {named} of {total} | {alarms} |", flush=True)
        is_good &= sum(caught.values()) == total and not alarms
    return is_good


def main() -> None:
    parser = argparse.ArgumentParser(description="What method='probe' costs, and what it catches.")
    parser.add_argument("--repeats", type=int, default=3, help="timed rounds (default: 3)")
    parser.add_argument("--tries", type=int, default=40, help="planted entries (default: 40)")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        one_size(options.size)
        return
    met = [times(options.repeats), sizes(), planted(options.tries)]
    if not all(met):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
