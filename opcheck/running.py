"""A run of generated tests: pytest with xdist workers, records gathered, deaths as verdicts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from opcheck.cases import Case
from opcheck.errors import OpcheckError
from opcheck.known import KnownDefect, matching
from opcheck.records import RECORD, record_of_failure

# Nothing but its end frees what a process keeps of each function that TensorFlow traced and of each
# program that XLA compiled, some 0.2 MB a case: so a worker gets this many and a new one goes on.
CASES_A_WORKER = 9_000


class RunError(OpcheckError):
    """pytest itself could not do its work."""

    exit_code = 3


@dataclass
class Run:
    """What a run has found so far; the object that listens to pytest.

    Attributes:
        nodes: the node ids that will run, each with its case.
        results: one record a finished case, in order of arrival.
        absent: one record a case that its check says nothing about, and why.
        failures: ids of the cases that count against the run, with what pytest says of them.
        environments: versions, device and peak memory, one a worker process.
        workers: how many worked side by side.
        defects: the known ones, some of which end their process, so that no test is left to expect
            them.
        died_once: ids of the cases whose process ended, but did not when they were tried again.
    """

    nodes: Mapping[str, Case]
    timeout: float
    on_progress: Callable[[int, int], None] = lambda done, failed: None
    results: list[dict[str, Any]] = field(default_factory=list)
    absent: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    environments: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    defects: Sequence[KnownDefect] = ()
    died_once: set[str] = field(default_factory=set)
    workers: int = 0
    seconds: float = 0.0
    _is_again: bool = False
    _started: dict[str, float] = field(default_factory=dict)

    # -- pytest's hooks -------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """The run has a report of its own; pytest's would only be in the way."""
        config.pluginmanager.unregister(name="terminalreporter")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._started[nodeid] = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        records: list[Any] = [data for name, data in report.user_properties if name == RECORD]
        if report.when == "call" and report.skipped and records and "reason" in records[0]:
            self.absent += records
            self._tell()
        elif report.when == "call" and records:
            self.results += records
            if report.failed:
                self.failures[records[0]["case"]] = str(report.longrepr)
            self._tell()
        elif report.failed:
            self._count_death_or_error(report)
            self._tell()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(f"{report.nodeid} cannot be collected:\n{report.longrepr}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        found = getattr(node, "workeroutput", {}).get(RECORD)
        if found:
            self.environments.append(found)

    # -------------------------------------------------------------------------------------------

    def try_again(self, start: Callable[[Iterable[str]], None]) -> None:
        """Run the tests whose process ended in new ones: what ended it may have run before them.

        Memory that one kernel overwrites is found so by another, and a system that is short of it
        ends whom it likes. Whoever ends a new process is at fault.

        Args:
            start: runs the tests of these names.
        """
        if self.died_once:
            self._is_again = True
            start([node for node, case in self.nodes.items() if case.id in self.died_once])

    def _count_death_or_error(self, report: pytest.TestReport) -> None:
        case = self._case(report.nodeid)
        if case is None:
            self.problems.append(f"{report.nodeid}:\n{report.longrepr}")
            return
        seconds = time.monotonic() - self._started.get(report.nodeid, time.monotonic())
        text, known = str(report.longrepr), None
        if "crashed while running" in text:
            # The worker's clock starts before its word of that arrives here.
            if seconds >= 0.9 * self.timeout:
                text = f"did not finish within {self.timeout:.0f} s and was stopped"
            else:
                text = "the process died while checking it (a fatal error inside a kernel)"
                deadly = [defect for defect in self.defects if defect.may_die]
                known = matching(case, deadly, _installed("tensorflow"))
                if known is None and not self._is_again:
                    self.died_once.add(case.id)
                    return
        self.died_once.discard(case.id)
        data = record_of_failure(case, _death_notice(case, text), seconds)
        self.results.append(data)
        if known is None:
            self.failures[case.id] = data["explanation"]
        else:
            data["known"] = known.id

    def _case(self, nodeid: str) -> Case | None:
        name, _, rest = nodeid.partition("::")
        return self.nodes.get(f"{Path(name).name}::{rest}")

    def _tell(self) -> None:
        self.on_progress(len(self.results) + len(self.absent), len(self.failures))


def _installed(module: str) -> str:
    """The version of the distribution that brings a module, which several do; "" for none."""
    found = metadata.packages_distributions().get(module, [])
    return metadata.version(found[0]) if found else ""


def _death_notice(case: Case, text: str) -> str:
    return f"{case.id}: CRASH, {text}\n  repeat     {case.repeat}"


def run(
    directory: Path,
    nodes: Mapping[str, Case],
    *,
    is_whole: bool,
    workers: str = "auto",
    seed: int = 0,
    timeout: float = 120.0,
    is_quick: bool = False,
    checks: Sequence[str] = (),
    defects: Sequence[KnownDefect] = (),
    on_progress: Callable[[int, int], None] = lambda done, failed: None,
) -> Run:
    """Run the tests `nodes` that lie in `directory`, each in one of several worker processes.

    A case that kills its worker or runs longer than `timeout` seconds gets the verdict `crash`,
    and a new worker goes on with the rest.

    Args:
        nodes: pytest node ids relative to `directory`, with their cases.
        is_whole: whether `nodes` is all that the files hold, of these checks.
        is_quick: whether `nodes` is the quick tier of all that the files hold.
        checks: those alone whose tests `nodes` holds; none for all.
        defects: the known ones, some of which end their process.
        workers: a number, or "auto" for one a core.

    Raises:
        RunError: pytest failed, or did not run every test.
    """
    found = Run(nodes, timeout, on_progress, defects=defects)
    some = ["--opcheck-quick"] if is_quick else []
    some += [f"--opcheck-checks={','.join(checks)}"] if checks else []
    options = [
        f"-n{workers}",
        f"--rootdir={directory}",
        f"-c{os.devnull}",
        "-pno:cacheprovider",
        "--dist=worksteal",
        f"--max-worker-restart={len(nodes) + 1}",
        f"--timeout={timeout}",
        "--timeout-method=thread",
        "--tb=short",
        f"--opcheck-seed={seed}",
    ]

    def start(names: Iterable[str], *more: str) -> None:
        ended = len(found.environments)
        paths = [str(directory / name) for name in sorted(names)]
        _require_ended(found, int(pytest.main([*paths, *options, *more], plugins=[found])))
        found.workers = max(found.workers, len(found.environments) - ended)

    started = time.monotonic()
    for stretch in _stretches(nodes, workers):
        files = {node.partition("::")[0] for node in stretch}
        start(files if is_whole or is_quick else stretch, *some)
    found.try_again(start)
    found.seconds = time.monotonic() - started
    _require_complete(found)
    return found


def _stretches(nodes: Mapping[str, Case], workers: str) -> list[list[str]]:
    """The nodes in stretches of whole files, each of which gets workers of its own."""
    room = CASES_A_WORKER * (os.cpu_count() or 1 if workers == "auto" else int(workers))
    by_file: dict[str, list[str]] = {}
    for node in nodes:
        by_file.setdefault(node.partition("::")[0], []).append(node)
    stretches: list[list[str]] = [[]]
    for name in sorted(by_file):
        if stretches[-1] and len(stretches[-1]) + len(by_file[name]) > room:
            stretches.append([])
        stretches[-1] += by_file[name]
    return stretches


def _require_ended(found: Run, code: int) -> None:
    if code == pytest.ExitCode.INTERRUPTED and not found.problems:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        detail = "\n".join(found.problems) or f"pytest ended with {pytest.ExitCode(code).name}"
        raise RunError(f"the tests could not be run: {detail}")
    if found.problems:
        raise RunError("\n".join(found.problems))


def _require_complete(found: Run) -> None:
    """A test that never ran must not look like one that passed."""
    told = {data["case"] for data in (*found.results, *found.absent)}
    missing = {case.id for case in found.nodes.values()} - told
    if missing:
        raise RunError(
            f"{len(missing)} of {len(found.nodes)} cases never ran, {sorted(missing)[0]} among them"
        )


def workers_option(text: str) -> str:
    """`auto` or a whole number of at least 1, as `-n` takes it.

    Raises:
        ValueError: it is neither.
    """
    if text == "auto" or (text.isdecimal() and int(text) >= 1):
        return text
    raise ValueError(text)
