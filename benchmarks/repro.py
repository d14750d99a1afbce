"""Scripts for every known defect of the registry: how many show their defect alone.

For one case of each record (`--all`: for each case) `opcheck repro` shrinks and writes a script.
Each runs by itself in a process that has TensorFlow and NumPy loaded and nothing else; it counts
if it exits with 1 and prints both values. The exit code is 1 unless all do.

    python benchmarks/repro.py [PATTERN] [-n WORKERS] [--out DIR] [--all] [--tries N]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from opcheck import registry
from opcheck.cases import Case, expand
from opcheck.known import KnownDefect
from opcheck.reproducing.shrinking import TRIES
from opcheck.workers import Failure, done

# Loads what scripts import, once; then each script it is told of runs in a fork of its own.
SERVER = """
import os, runpy, signal, sys
import numpy, tensorflow
for line in sys.stdin:
    path = line.strip()
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        out = os.open(path + ".out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1), os.dup2(out, 2)
        code = 3
        try:
            runpy.run_path(path, run_name="__main__")
            code = 0
        except SystemExit as end:
            code = end.code
        except BaseException:
            import traceback
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Job:
    """A case by its id, and where its script is to be written."""

    record: str
    case: str
    reason: str
    folder: str
    tries: int


@dataclass(frozen=True)
class Result:
    """How a job ended: the script's lines, or what stood in its way."""

    lines: int
    seconds: float
    problem: str = ""


@lru_cache(maxsize=1)
def server() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def exit_code(text: str, path: Path) -> int:
    """The exit code of a script that runs alone."""
    path.write_text(text, encoding="utf-8")
    pipe = server()
    print(path, file=pipe.stdin, flush=True)
    code = int(pipe.stdout.readline())
    return code if "numeric" in Path(f"{path}.out").read_text(encoding="utf-8") else 3


@lru_cache(maxsize=1)
def cases() -> dict[str, Case]:
    return {case.id: case for row in registry.rows() for case in expand(row)}


def work(job: Job) -> Result:
    from opcheck.reproducing.reproduction import reproduce

    started = time.perf_counter()
    path = Path(job.folder) / (re.sub(r"\W+", "_", job.record) + ".py")
    try:
        found = reproduce(
            cases()[job.case],
            reason=job.reason,
            tries=job.tries,
            run=lambda text: exit_code(text, path),
        )
        lines, problem = found.script.count("\n"), "" if found.script else "the case passes"
    except Exception as error:
        lines, problem = 0, f"{type(error).__name__}: {error}"
    return Result(lines, time.perf_counter() - started, problem)


def chosen(pattern: str, is_all: bool) -> list[tuple[KnownDefect, Case]]:
    """The cases to reproduce, each with its record."""
    found = []
    for defect in registry.known_defects():
        matching = [case for case in cases().values() if defect.matches(case.id)]
        if re.search(pattern, defect.id):
            found += [(defect, case) for case in matching[: None if is_all else 1]]
    return found


def worked(jobs: Sequence[Job], count: int) -> Iterator[tuple[Job, Result]]:
    """Jobs with their results; one whose smaller cases end the process is done without them."""
    again = []
    for job, result in done(jobs, count, 300.0, work):
        if not isinstance(result, Failure):
            yield job, result
        elif job.tries:
            again.append(replace(job, tries=0))
        else:
            yield job, Result(0, result.seconds, result.error)
    if again:
        yield from worked(again, count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pattern", nargs="?", default="", help="of ids of records")
    parser.add_argument("-n", type=int, default=1, help="processes")
    parser.add_argument("--out", help="where the scripts are kept")
    parser.add_argument("--all", action="store_true", help="every case of each record")
    parser.add_argument("--tries", type=int, default=TRIES, help="smaller cases that are looked at")
    options = parser.parse_args()
    folder = options.out or tempfile.mkdtemp()
    Path(folder).mkdir(parents=True, exist_ok=True)
    jobs = [
        Job(
            defect.id if not options.all else case.id, case.id, defect.reason, folder, options.tries
        )
        for defect, case in chosen(options.pattern, options.all)
    ]
    results: dict[Job, Result] = {}
    for job, result in worked(jobs, options.n):
        results[job] = result
        first = result.problem.partition("\n")[0]
        print(
            f"{job.record}: {first or f'{result.lines} lines'}, {result.seconds:.1f} s", flush=True
        )
    shown = [result for result in results.values() if not result.problem]
    print(f"\n{len(shown)} of {len(results)} records have a script that shows the defect alone")
    print(f"scripts in {folder}")
    if shown:
        lines = sorted(result.lines for result in shown)
        seconds = sorted(result.seconds for result in results.values())
        print(f"lines: median {lines[len(lines) // 2]}, most {lines[-1]}")
        print(f"seconds: median {seconds[len(seconds) // 2]:.1f}, most {seconds[-1]:.1f}")
    why = Counter(
        re.sub(r"needs \d+", "needs N", result.problem.rpartition("defect: ")[2][:90])
        for result in results.values()
        if result.problem
    )
    for problem, count in why.most_common():
        print(f"{count:4} {problem.splitlines()[0]}")
    return 0 if len(shown) == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
