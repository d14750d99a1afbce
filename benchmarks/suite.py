"""Where the suite's time goes, and what a second worker gains.

The quick tier of every Nth row in one process: the seconds inside TensorFlow and Keras (calls of
what is judged, backward passes, traces and their runs), and those of opcheck itself. Then the same
rows by `opcheck run` on one worker and on two, in turn, with what pytest and the start of the
workers take beside the checks. The exit code is 1 when TensorFlow has less than 70 % of the time,
or two workers are less than 1.7 times as fast as one.

    python benchmarks/suite.py [--every N] [--rounds N]
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from opcheck import registry
from opcheck.cases import NUMERIC, expand
from opcheck.spec import Row

# One thread of its own for each worker, as a run has it.
for pool in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(pool, "1")

WITHIN, FASTER = 0.7, 1.7
TENSORFLOW = ("calls of the function", "backward passes", "tracing", "runs of traces")


class Clock:
    """The seconds of each stage, without those of the stages inside it."""

    def __init__(self) -> None:
        self.seconds = Counter[str]()
        self._inner: list[float] = []
        self._is_tracing = False

    def timed(self, stage: str, work: Callable[[], Any]) -> Any:
        if self._is_tracing:
            return work()  # What is traced is no call of its own.
        started = time.perf_counter()
        self._inner.append(0.0)
        self._is_tracing = stage == "tracing"
        try:
            return work()
        finally:
            self._is_tracing = False
            taken = time.perf_counter() - started
            self.seconds[stage] += taken - self._inner.pop()
            if self._inner:
                self._inner[-1] += taken

    def watch(self, owner: Any, name: str, stage: str) -> None:
        """Time every call of a function or method from now on."""
        function = getattr(owner, name)

        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            return self.timed(stage, lambda: function(*arguments, **named))

        setattr(owner, name, timed)


def chosen(every: int) -> list[Row]:
    """Every Nth row, by its name, so that all families are among them."""
    return [row for row in registry.rows() if zlib.crc32(row.target.encode()) % every == 0]


def split(rows: Sequence[Row]) -> bool:
    """Print the seconds of each stage; whether TensorFlow has its share."""
    started = time.perf_counter()
    from opcheck import evaluation, glance, loops, matrix, pipeline, targets
    from opcheck.jacobian import analytic

    imports = time.perf_counter() - started
    clock = Clock()
    for method in ("run", "_look_at_outputs"):
        clock.watch(evaluation.Evaluation, method, TENSORFLOW[0])
    clock.watch(analytic, "gradients", TENSORFLOW[1])
    clock.watch(loops.Map, "__init__", TENSORFLOW[2])
    clock.watch(loops.Map, "__call__", TENSORFLOW[3])
    clock.watch(targets, "layer_evaluation", "building layers")
    clock.watch(glance, "_agreed", "differencing")
    numeric_jacobian = pipeline.numeric_jacobian

    def difference(*arguments: Any, **named: Any) -> Any:
        return clock.timed("differencing", lambda: numeric_jacobian(*arguments, **named))

    pipeline.verify = functools.partial(pipeline.verify, difference=difference)
    cases = 0
    for row in rows:
        for case in (case for case in expand(row, is_quick=True) if case.check in NUMERIC):
            clock.timed("judging and the rest", lambda case=case: matrix.check_case(case))
            cases += 1
    total = sum(clock.seconds.values())
    print(f"{cases:,} cases, {total:.0f} s; TensorFlow's import took {imports:.1f} s\n")
    print("| stage | seconds | share |\n|---|---|---|")
    for stage, seconds in clock.seconds.most_common():
        print(f"| {stage} | {seconds:.1f} | {seconds / total:.0%} |")
    within = sum(clock.seconds[stage] for stage in TENSORFLOW) / total
    print(f"\nin TensorFlow: {within:.0%}")
    return within >= WITHIN


def run(rows: Sequence[Row], workers: int) -> tuple[float, float]:
    """The seconds of `opcheck run` as a whole process, and the sum of those of its checks."""
    names = list(dict.fromkeys(row.target for row in rows))
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "run.json"
        command = [sys.executable, "-m", "opcheck", "run", *names, "--quick", f"-n{workers}"]
        command += ["--checks", ",".join(NUMERIC)]
        started = time.perf_counter()
        subprocess.run([*command, "--json", str(found)], check=True, capture_output=True)
        taken = time.perf_counter() - started
        results = json.loads(found.read_text(encoding="utf-8"))["results"]
    return taken, sum(result["seconds"] for result in results)


def workers(rows: Sequence[Row], rounds: int) -> bool:
    """Print the seconds by the number of workers; whether the second one gains enough."""
    taken: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    for _ in range(rounds):
        for count in taken:
            taken[count].append(run(rows, count))
    print("\n| workers | seconds | checks | the rest, of each worker |\n|---|---|---|---|")
    wall = {}
    for count, runs in taken.items():
        wall[count] = statistics.median(seconds for seconds, _ in runs)
        checks = statistics.median(seconds for _, seconds in runs)
        print(
            f"| {count} | {wall[count]:.0f} | {checks:.0f} | {wall[count] - checks / count:.0f} |"
        )
    print(f"\ntwo workers: {wall[1] / wall[2]:.2f} times as fast")
    return wall[1] >= FASTER * wall[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=16, help="of so many rows one (default: 16)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind (default: 3)")
    options = parser.parse_args()
    rows = chosen(options.every)
    # The runs first: after them nothing is watched that a run would start with.
    met = [workers(rows, options.rounds), split(rows)]
    if not all(met):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
