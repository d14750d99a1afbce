"""A run of fault injection: which ops, in which processes; one that dies costs its op alone."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from opcheck import registry
from opcheck.cases import expand, row_matches, select_cases, select_rows
from opcheck.errors import UsageError
from opcheck.faults.records import Finding
from opcheck.spec import Kind, Row
from opcheck.workers import Failure, done


@dataclass(frozen=True)
class Job:
    """What one process does at a time.

    Attributes:
        ops: whose gradient functions to make wrong; () for all that the cases call.
        targets: what to check meanwhile.
        patterns: which cases of these, as a user selects them.
    """

    ops: tuple[str, ...]
    targets: tuple[str, ...]
    patterns: tuple[str, ...]
    seed: int = 0

    @property
    def name(self) -> str:
        return ", ".join(self.ops or self.targets)


Work = Callable[[Job], list[Finding]]


def jobs_for(
    rows: Sequence[Row], patterns: Sequence[str], differentiable: Iterable[str], seed: int = 0
) -> list[Job]:
    """The jobs for what a user has selected, long ones first; for everything without patterns.

    An op is checked by its own rows and by those that cover it. A function or layer that was asked
    for checks each op that it runs.

    Raises:
        UnknownNameError: a pattern matches nothing.
        UsageError: none of the rows runs an op that has a gradient function.
    """
    able = set(differentiable)
    covered = {op for row in rows for op in able.intersection(row.covers)}
    covered -= {row.name for row in rows if row.kind is Kind.OP}
    named = {pattern: _matching(covered, pattern) for pattern in patterns}
    others = [p for p in patterns if not named[p] or any(row_matches(row, p) for row in rows)]
    chosen = select_rows(rows, others) if others or not patterns else ()
    own = {row.name: row.target for row in chosen if row.kind is Kind.OP}
    tested = {op: {target: None} for op, target in own.items() if op in able}
    tested |= {op: {} for op in sorted(set().union(*named.values()) if patterns else covered)}
    # Whoever names cases means these alone.
    if not any("/" in pattern for pattern in patterns):
        for row in rows:
            for op in tested.keys() & row.covers:
                tested[op][row.target] = None
    jobs = []
    for op, targets in tested.items():
        covering = [target for target in targets if target != own.get(op)]
        cases = (*others, *covering) if patterns else tuple(targets)
        jobs.append(Job((op,), tuple(targets), cases, seed))
    if patterns:
        asked = dict.fromkeys(row.target for row in chosen if row.kind is not Kind.OP)
        jobs += [Job((), (target,), tuple(others), seed) for target in asked]
    if not jobs:
        names = ", ".join(sorted(own)) or "the selection"
        raise UsageError(
            f"{names}: TensorFlow has no gradient function to make wrong here "
            "(none is registered, or the op is declared non-differentiable)"
        )
    counts = {target: 0 for job in jobs for target in job.targets}
    for row in rows:
        if row.target in counts:
            counts[row.target] += sum(1 for _ in expand(row))
    return sorted(jobs, key=lambda job: -sum(counts[target] for target in job.targets))


def _matching(ops: Iterable[str], pattern: str) -> set[str]:
    wanted = pattern.lower().removeprefix("tf.raw_ops.")
    return {op for op in ops if fnmatch.fnmatchcase(op.lower(), wanted)}


def run(
    jobs: Sequence[Job],
    workers: int,
    timeout: float,
    work: Work | None = None,
    on_progress: Callable[[int, Sequence[Finding]], None] = lambda done, findings: None,
) -> list[Finding]:
    """Do the jobs in several processes; findings come sorted by op.

    Args:
        timeout: seconds after which a job counts as hanging.
        work: what a process does with a job; `do` unless given.
        on_progress: told how many jobs are done and what all of them have found.
    """
    findings: list[Finding] = []
    for count, (job, end) in enumerate(done(jobs, workers, timeout, work or do), start=1):
        if isinstance(end, Failure):
            findings.append(Finding(job.name, job.targets, error=end.error, seconds=end.seconds))
        else:
            findings += end
        on_progress(count, findings)
    return sorted(findings, key=lambda finding: (finding.op, finding.targets))


def do(job: Job) -> list[Finding]:
    """One job, in this process."""
    from opcheck.faults.trial import judge_ops
    from opcheck.gradients import gradient_ops

    cases = [
        case
        for case in select_cases(registry.rows(), job.patterns, job.seed)
        if case.target in job.targets and case.check == "jacobian"
    ]
    defects = registry.known_defects()
    ops = job.ops or gradient_ops()
    return list(judge_ops(ops, cases, defects, job.targets, is_own=bool(job.ops)))
