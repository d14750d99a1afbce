"""A measurement: the cases run in several processes, and what all of them have run together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from opcheck import registry
from opcheck.backend import tf
from opcheck.cases import Case, select_cases, select_rows
from opcheck.coverage import device_kind, has_kernel, named, reason_of
from opcheck.coverage.calls import Calls, noted
from opcheck.coverage.lines import Arcs, Lines, functions_of, lines_of, traced
from opcheck.coverage.pairs import Pair, What, pairs_of
from opcheck.coverage.trials import Fate, Trial, tried
from opcheck.gradients import gradient_ops
from opcheck.matrix import check_case
from opcheck.spec import Row
from opcheck.workers import Failure, done

# Special points and other modes are other numbers on the same way through the gradient functions.
WHOLE = ("jacobian", "precision")

# So many cases go to a process at a time.
SHARE = 16

# Why there is nothing to try.
NO_CALL = "no case runs the op's gradient function"


@dataclass(frozen=True)
class Share:
    """Cases by their ids, which travel where a case does not."""

    ids: tuple[str, ...]
    seed: int

    def cases(self) -> list[Case]:
        wanted = set(self.ids)
        return [c for c in select_cases(registry.rows(), (), self.seed) if c.id in wanted]


@dataclass(frozen=True)
class Wanted:
    """Values of one op to try, and cases that run the op."""

    pairs: tuple[Pair, ...]
    share: Share


@dataclass
class Run:
    """What cases have run.

    Attributes:
        failed: what stopped a case before it was judged, by its id.
    """

    calls: Calls = field(default_factory=Calls)
    arcs: Arcs = field(default_factory=dict)
    cases: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: Run) -> None:
        self.calls.add(other.calls)
        for file, steps in other.arcs.items():
            self.arcs.setdefault(file, set()).update(steps)
        self.cases += other.cases
        self.failed |= other.failed


@dataclass(frozen=True)
class Tally:
    """The pairs of one kind.

    Attributes:
        run: how many some case ran.
        never: those that no case ran, with what became of a trial.
        refused: those that TensorFlow refuses.
        without: inputs whose gradient TensorFlow was asked for and gives as None.
        raising: inputs whose gradient cases asked for, where the gradient function raises.
    """

    run: int
    never: tuple[Trial, ...]
    refused: tuple[Trial, ...] = ()
    without: tuple[Pair, ...] = ()
    raising: tuple[Trial, ...] = ()

    @property
    def total(self) -> int:
        """How many there are to run."""
        return self.run + len(self.never)


@dataclass(frozen=True)
class Measured:
    """What really ran of TensorFlow's gradient functions, and what never did.

    Attributes:
        ops: what was to be run: all that have a kernel here, or those that the selection names.
        never: those of them whose gradient function no case ran.
    """

    tensorflow: str
    device: str
    seed: int
    cases: int
    failed: dict[str, str]
    ops: tuple[str, ...]
    never: tuple[str, ...]
    tallies: dict[What, Tally]
    lines: Lines

    @property
    def is_complete(self) -> bool:
        """Whether everything ran that can, and nothing kept a case from running."""
        pairs_left = any(tally.never for tally in self.tallies.values())
        return not (
            self.never or self.failed or pairs_left or self.lines.missing or self.lines.stale
        )


Progress = Callable[[str, int, int], None]


def measure(
    patterns: Sequence[str],
    seed: int = 0,
    workers: int = 1,
    timeout: float = 600.0,
    on_progress: Progress = lambda doing, count, total: None,
) -> Measured:
    """Run the cases that a user has selected, all without patterns, and see what runs.

    Args:
        timeout: seconds after which a share of the cases counts as hanging; it is halved then.
        on_progress: told what is being done, how much of it is done, and of how much.

    Raises:
        UnknownNameError: a pattern matches nothing.
    """
    rows = select_rows(registry.rows(), patterns)
    cases = [c for c in select_cases(registry.rows(), patterns, seed) if c.check in WHOLE]
    run = run_in_processes(cases, seed, workers, timeout, on_progress)
    return _measured(run, rows, bool(patterns), seed, workers, timeout, on_progress)


def run_in_processes(
    cases: Sequence[Case], seed: int, workers: int, timeout: float, on_progress: Progress
) -> Run:
    """Run cases; what kills a process is sought by halves, so that it costs one case."""
    ids = [case.id for case in cases]
    shares = [Share(tuple(ids[n : n + SHARE]), seed) for n in range(0, len(ids), SHARE)]
    whole = Run()
    while shares:
        again: list[Share] = []
        for share, end in done(shares, min(workers, len(shares)), timeout, run_share):
            if isinstance(end, Run):
                whole.add(end)
            elif len(share.ids) == 1:
                whole.failed[share.ids[0]] = end.error
            else:
                middle = len(share.ids) // 2
                again += [Share(share.ids[:middle], seed), Share(share.ids[middle:], seed)]
            on_progress("running cases", whole.cases + len(whole.failed), len(ids))
        shares = again
    return whole


def run_share(share: Share) -> Run:
    """Run cases in this process."""
    return run_cases(share.cases())


def run_cases(cases: Sequence[Case]) -> Run:
    """Check cases, whatever the outcome, and keep what they ran."""
    run = Run()
    ops = gradient_ops()
    files = functions_of(ops, (), is_whole=True)
    current = ""
    with noted(ops, run.calls, lambda: current), traced(files, run.arcs):
        for case in cases:
            current = case.id
            try:
                check_case(case)
                run.cases += 1
            except Exception as error:
                run.failed[case.id] = f"{type(error).__name__}: {error}"
    return run


def _measured(
    run: Run,
    rows: Sequence[Row],
    is_part: bool,
    seed: int,
    workers: int,
    timeout: float,
    on_progress: Progress,
) -> Measured:
    """Hold what ran against what there is."""
    device = device_kind()
    every = gradient_ops()
    able = [op for op in every if op in named(rows) or reason_of(op, device) is None]
    able = [op for op in able if has_kernel(op, device)]
    if is_part:
        # A function that names no op is about those that it runs.
        about = named(rows).intersection(able) or run.calls.ops
        able = [op for op in able if op in about]
    ran = run.calls.ops
    pairs = {pair for op in able for pair in pairs_of(op)}
    asked = run.calls.pairs | run.calls.without | set(run.calls.raised)
    unseen = sorted(pairs - asked)
    trials = _try_in_processes(unseen, run.calls.cases, seed, workers, timeout, on_progress)
    functions = functions_of(able, set(every).difference(able), is_whole=not is_part)
    lines = lines_of(run.arcs, functions)
    return Measured(
        tensorflow=tf.__version__,
        device=device,
        seed=seed,
        cases=run.cases,
        failed=run.failed,
        ops=tuple(able),
        never=tuple(op for op in able if op not in ran),
        tallies={
            what: _tally(
                [pair for pair in pairs if pair.what is what],
                run.calls,
                [trial for trial in trials if trial.pair.what is what],
            )
            for what in What
        },
        # A part does not show whether an entry speaks of nothing.
        lines=replace(lines, stale=()) if is_part else lines,
    )


def _tally(pairs: Sequence[Pair], calls: Calls, trials: Sequence[Trial]) -> Tally:
    unseen = sorted(set(pairs) - calls.pairs)
    without = [pair for pair in unseen if pair in calls.without]
    raising = [pair for pair in unseen if pair in calls.raised and pair not in calls.without]
    by_fate = {fate: [trial for trial in trials if trial.fate is fate] for fate in Fate}
    # What raises in a trial alone has been judged by no case.
    never = (*by_fate[Fate.ACCEPTED], *by_fate[Fate.RAISES], *by_fate[Fate.UNTRIED])
    return Tally(
        run=sum(pair in calls.pairs for pair in pairs),
        never=tuple(sorted(never)),
        refused=tuple(by_fate[Fate.REFUSED]),
        without=tuple(sorted((*without, *(trial.pair for trial in by_fate[Fate.NONE])))),
        raising=tuple(Trial(pair, Fate.RAISES, calls.raised[pair]) for pair in raising),
    )


def _try_in_processes(
    pairs: Sequence[Pair],
    cases: dict[str, list[str]],
    seed: int,
    workers: int,
    timeout: float,
    on_progress: Progress,
) -> list[Trial]:
    """Try each value on calls that ran; a value that kills the process is refused by that."""
    jobs = list(_wanted(pairs, cases, seed))
    trials = [Trial(pair, Fate.UNTRIED, NO_CALL) for pair in pairs if pair.op not in cases]
    total = sum(len(job.pairs) for job in jobs)
    tried_ones = 0
    while jobs:
        again: list[Wanted] = []
        for job, end in done(jobs, min(workers, len(jobs)), timeout, try_values):
            if not isinstance(end, Failure):
                trials += end
                tried_ones += len(end)
            elif len(job.pairs) == 1:
                fate = Fate.REFUSED if "died" in end.error else Fate.UNTRIED
                trials.append(Trial(job.pairs[0], fate, end.error))
                tried_ones += 1
            else:
                again += [Wanted((pair,), job.share) for pair in job.pairs]
            on_progress("trying what never ran", tried_ones, total)
        jobs = again
    return sorted(trials, key=lambda trial: trial.pair)


def _wanted(pairs: Sequence[Pair], cases: dict[str, list[str]], seed: int) -> Iterator[Wanted]:
    by_op: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_op.setdefault(pair.op, []).append(pair)
    for op, own in by_op.items():
        if op in cases:
            yield Wanted(tuple(own), Share(tuple(cases[op]), seed))


def try_values(job: Wanted) -> list[Trial]:
    """Try values in this process."""
    return tried(job.pairs, job.share.cases())
