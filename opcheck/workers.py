"""Jobs done in processes of their own: one that dies or hangs costs its job alone."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True)
class Failure:
    """A job without a result: why, and after how long."""

    error: str
    seconds: float


def done(
    jobs: Sequence[J], workers: int, timeout: float, work: Callable[[J], R]
) -> Iterator[tuple[J, R | Failure]]:
    """Each job with its result, as they end.

    Args:
        timeout: seconds after which a job counts as hanging.
        work: what a process does with a job; jobs and results travel, so they must pickle.
    """
    left: SimpleQueue[J] = SimpleQueue()
    for job in jobs:
        left.put(job)
    ended: SimpleQueue[tuple[J, R | Failure]] = SimpleQueue()
    with ThreadPoolExecutor(workers) as threads:
        try:
            for _ in range(workers):
                threads.submit(_serve, left, ended, timeout, work)
            for _ in jobs:
                yield ended.get()
        finally:
            # Whoever stops the run waits for the jobs under way, not for all that are left.
            for _ in _taken(left):
                pass


def _serve(
    left: SimpleQueue[J],
    ended: SimpleQueue[tuple[J, R | Failure]],
    timeout: float,
    work: Callable[[J], R],
) -> None:
    """Take jobs until there are none, in a process that is replaced when it fails."""
    process: ProcessPoolExecutor | None = None
    for job in _taken(left):
        process = process or _process()
        started = time.monotonic()
        try:
            ended.put((job, process.submit(work, job).result(timeout)))
            continue
        except BrokenProcessPool:
            error = "the process died (a fatal error inside a kernel)"
        except futures.TimeoutError:
            error = f"did not finish within {timeout:.0f} s and was stopped"
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
        _end(process)
        process = None
        ended.put((job, Failure(error, time.monotonic() - started)))
    if process:
        process.shutdown()


def _taken(left: SimpleQueue[J]) -> Iterator[J]:
    while True:
        try:
            yield left.get_nowait()
        except Empty:
            return


def _end(process: ProcessPoolExecutor) -> None:
    for child in (process._processes or {}).values():
        child.kill()
    process.shutdown(wait=False)


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _prepare)


def _prepare() -> None:
    """A worker has one core, and what kernels print about faults is of no use.

    It ends with whoever started it: nobody else stops it in the middle of a job.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
