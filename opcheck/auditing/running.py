"""Many targets, each in a process of its own: one that raises or dies costs itself alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opcheck.auditing.records import Result, Unaudited
from opcheck.errors import OpcheckError
from opcheck.modes import AUDITED
from opcheck.workers import Failure, done


@dataclass(frozen=True)
class Job:
    """One thing to do in another process: to find what a target holds, or to audit it.

    Attributes:
        path: the directories that its modules are found in.
        inputs: shapes and dtypes in words, or None to find them by trying.
        rows: names of modules that hold rows for what cannot be guessed.
    """

    target: str
    is_search: bool
    path: tuple[str, ...]
    inputs: tuple[tuple[tuple[int, ...], str], ...] | None = None
    rows: tuple[str, ...] = ()
    order: int = 1
    modes: tuple[str, ...] = AUDITED
    policies: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Answer:
    """What a job gives: names to audit, or a result, and the recipe that was found, as source."""

    found: tuple[str | Unaudited, ...] = ()
    result: Result | None = None
    source: str = ""
    environment: tuple[tuple[str, Any], ...] = ()


def do(job: Job) -> Answer:
    """Carry out a job in this process."""
    for place in reversed(job.path):
        if place not in sys.path:
            sys.path.insert(0, place)
    if job.is_search:
        from opcheck.auditing.finding import find_targets

        return Answer(found=tuple(find_targets(job.target)))
    return _audited(job)


def _audited(job: Job) -> Answer:
    import importlib
    import time
    from dataclasses import replace

    from opcheck.auditing.audit import Looks, audit_subject
    from opcheck.auditing.building import inputs_from, subject_of
    from opcheck.auditing.finding import found_object
    from opcheck.auditing.writing import recipe_source
    from opcheck.plugin import environment

    started = time.perf_counter()
    try:
        rows = [row for name in job.rows for row in importlib.import_module(name).ROWS]
        found = found_object(job.target)
        inputs = None if job.inputs is None else inputs_from(job.inputs)
        subject = subject_of(found, job.target, inputs, rows=rows)
        looks = Looks(job.modes, job.policies, job.order, job.seed)
        report = audit_subject(found, subject, looks)
    except OpcheckError as error:
        words = str(error).removeprefix(f"{job.target} ")
        return Answer(result=Unaudited(job.target, words))
    except Exception as error:
        words = (
            f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
        )
        return Answer(result=Unaudited(job.target, words))
    repeat = f"opcheck audit {job.target}{_given(job)} --seed {job.seed}"
    seconds = time.perf_counter() - started
    return Answer(
        result=replace(report, repeat=repeat, seconds=seconds),
        source=recipe_source(subject.sample),
        environment=tuple(environment().items()),
    )


def _given(job: Job) -> str:
    words = "".join(
        f" --input {'x'.join(map(str, shape)) or 'scalar'}:{dtype}"
        for shape, dtype in job.inputs or ()
    )
    words += "".join(f" --policy {policy}" for policy in job.policies)
    return words + (f" --order {job.order}" if job.order != 1 else "")


def run(
    jobs: Sequence[Job],
    workers: int,
    timeout: float,
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[tuple[Job, Answer]]:
    """Each job with its answer, as they end.

    Args:
        workers: processes; with 0 the jobs are done in this one.
    """
    in_this_process = ((job, do(job)) for job in jobs)
    answers = done(jobs, workers, timeout, do) if workers else in_this_process
    for count, (job, answer) in enumerate(answers, start=1):
        on_done(count, len(jobs))
        if isinstance(answer, Failure):
            answer = Answer(result=Unaudited(job.target, answer.error))
        yield job, answer


def here() -> tuple[str, ...]:
    """Where the modules of a command's targets are found: the directory that it is called in."""
    return (str(Path.cwd()), *(place for place in sys.path if place))
