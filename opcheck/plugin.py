"""The pytest plugin: the fixture `gradcheck`, options to choose, and records for a run's report.

Loading it must not import TensorFlow: pytest loads it for every project where opcheck is installed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from opcheck import project
from opcheck.cases import CHECKS, Case, plainest
from opcheck.errors import InapplicableError, OpcheckError, UnknownNameError, names_in
from opcheck.garbage import lasting
from opcheck.known import KnownDefect, disagreement, matching
from opcheck.records import RECORD, record, record_of_absence, record_of_failure
from opcheck.spec import DTYPES, Kind, Sample, roomiest

if TYPE_CHECKING:
    from opcheck.auditing.records import AuditReport
    from opcheck.verdict import Report


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("opcheck", "gradient checks")
    group.addoption(
        "--opcheck-seed",
        type=_whole_number,
        default=0,
        metavar="N",
        help="seed of everything random in gradient checks (default: 0)",
    )
    group.addoption(
        "--opcheck-dtypes",
        type=_choice_of("dtype", DTYPES),
        metavar="NAMES",
        help=f"run only these dtypes, separated by commas: {', '.join(DTYPES)}",
    )
    group.addoption(
        "--opcheck-checks",
        type=_choice_of("check", CHECKS),
        metavar="NAMES",
        help=f"run only these checks, separated by commas: {', '.join(CHECKS)}",
    )
    group.addoption(
        "--opcheck-quick",
        action="store_true",
        help="run one sample, or all special points, of each test; but for Jacobians in one dtype",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "family(name): the family that a generated test belongs to")
    config.addinivalue_line(
        "markers",
        "known_defect(id, *, cases, outcome, fingerprint, reason, link='', versions=..., "
        "is_unwritten=False): a gradient defect of TensorFlow that has been looked at; "
        "a strict expected failure",
    )
    if hasattr(config, "workerinput"):
        # Each worker has a core; TensorFlow's own pools would only make them wait for another.
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
        os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without looking for cycles, which takes half of the time for 40,000."""
    with lasting():
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the dtypes, checks and samples that were not asked for."""
    chosen = {
        name: config.getoption(option)
        for name, option in (("dtype", "--opcheck-dtypes"), ("check", "--opcheck-checks"))
    }
    stand_ins = _stand_ins(items) if config.getoption("--opcheck-quick") else {}
    if not stand_ins and not any(chosen.values()):
        return
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        parameters = _parameters(item)
        is_out = any(
            names and name in parameters and parameters[name] not in names
            for name, names in chosen.items()
        )
        wanted = stand_ins.get(_test_of(item), {})
        is_out = is_out or any(parameters[name] != value for name, value in wanted.items())
        (dropped if is_out else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _parameters(item: pytest.Item) -> dict[str, Any]:
    """What a gradient check is parametrized with; nothing for other tests."""
    if "gradcheck" not in getattr(item, "fixturenames", ()):
        return {}
    return dict(getattr(getattr(item, "callspec", None), "params", {}))


def _test_of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _stand_ins(items: Sequence[pytest.Item]) -> dict[str, dict[str, Any]]:
    """For each test the parameters' values that stand for others: as `Plan.quick` chooses."""
    given: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        if parameters := _parameters(item):
            given.setdefault(_test_of(item), []).append(parameters)
    found: dict[str, dict[str, Any]] = {test: {} for test in given}
    for test, several in given.items():
        if all(isinstance(one.get("sample"), Sample) for one in several):
            found[test]["sample"] = roomiest(one["sample"] for one in several)
        if all(one.get("check") in CHECKS[1:] and "dtype" in one for one in several):
            found[test]["dtype"] = plainest([one["dtype"] for one in several])
    return found


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker that used TensorFlow tells the controller which one."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None and "tensorflow" in sys.modules:
        output[RECORD] = environment()


def environment() -> dict[str, Any]:
    """Versions and device of this process, as a run's JSON holds them."""
    import numpy as np

    from opcheck.backend import tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "tensorflow": tf.__version__,
        "keras": _version("keras"),
        "numpy": np.__version__,
        "device": devices[0].device_type,
        "peak_memory_mb": _peak_memory(),
    }


def _peak_memory() -> int | None:
    """The most memory that this process has held, in MB; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


@pytest.fixture(scope="session")
def _opcheck_project(request: pytest.FixtureRequest) -> None:
    """Makes what the project of the tests brings importable, once a process."""
    if here := project.find(request.config.rootpath):
        here.make_importable()


@pytest.fixture
def gradcheck(request: pytest.FixtureRequest, _opcheck_project: None) -> Iterator[GradCheck]:
    """Checks gradients in a test: `gradcheck(f, xs)` asserts that they are right.

    Arguments are those of `opcheck.check`, and the report comes back; layers and models are
    audited, and so is what `gradcheck.audit` is given. Generated tests use its methods `op`,
    `function`, `layer` and `instance`. A test that asks for the fixture and compares nothing fails.
    """
    checker = GradCheck(request.node, request.config.getoption("--opcheck-seed"))
    failed_before = request.session.testsfailed
    yield checker
    has_failed = request.session.testsfailed > failed_before
    if not checker.was_used and not has_failed:
        pytest.fail("the test asked for `gradcheck` and checked nothing with it", pytrace=False)


class GradCheck:
    """The value of the fixture `gradcheck`."""

    def __init__(self, node: Any, seed: int) -> None:
        self._node = node
        self._seed = seed
        self.was_used = False

    def __call__(
        self, f: Callable[..., Any], xs: Sequence[Any], **options: Any
    ) -> Report | AuditReport:
        """Check a function of one's own, or a layer or model in its inputs and weights.

        See `opcheck.check` for functions, `opcheck.audit` for layers and models.

        Raises:
            AssertionError: the outcome is not good, or nothing was compared.
        """
        __tracebackhide__ = True
        import opcheck

        self.was_used = True
        if _is_layer(f):
            return self.audit(f, xs, **options)
        report = opcheck.check(f, xs, **{"seed": self._seed, **options})
        _require(report)
        return report

    def audit(
        self, target: Any, inputs: Sequence[Any] | None = None, **options: Any
    ) -> AuditReport:
        """Look at a layer, model or function, or what is named so, from all sides.

        See `opcheck.audit`.

        Raises:
            AssertionError: a defect was found; its text is the report's explanation.
        """
        __tracebackhide__ = True
        import opcheck

        self.was_used = True
        try:
            report: AuditReport = opcheck.audit(target, inputs, **{"seed": self._seed, **options})
        except OpcheckError as error:
            raise AssertionError(str(error)) from None
        _require(report)
        return report

    def op(
        self,
        target: str,
        sample: Sample,
        dtype: str,
        check: str,
        wrt: Sequence[str] | None = None,
    ) -> None:
        """Check a raw op at one sample."""
        __tracebackhide__ = True
        self._run(Kind.OP, target, sample, dtype, check, wrt)

    def function(
        self,
        target: str,
        sample: Sample,
        dtype: str,
        check: str,
        wrt: Sequence[str] | None = None,
    ) -> None:
        """Check a function by its dotted name at one sample."""
        __tracebackhide__ = True
        self._run(Kind.FUNCTION, target, sample, dtype, check, wrt)

    def layer(self, target: str, sample: Sample, dtype: str, check: str) -> None:
        """Check a Keras layer, inputs and trainable weights, at one sample."""
        __tracebackhide__ = True
        self._run(Kind.LAYER, target, sample, dtype, check, None)

    def instance(
        self,
        target: str,
        sample: Sample,
        dtype: str,
        check: str,
        wrt: Sequence[str] | None = None,
    ) -> None:
        """Check an instance of a class, such as a Keras loss, at one sample."""
        __tracebackhide__ = True
        self._run(Kind.INSTANCE, target, sample, dtype, check, wrt)

    def _run(
        self,
        kind: Kind,
        target: str,
        sample: Sample,
        dtype: str,
        check: str,
        wrt: Sequence[str] | None,
    ) -> None:
        __tracebackhide__ = True
        from opcheck.backend import tf
        from opcheck.matrix import check_case

        self.was_used = True
        mark = self._node.get_closest_marker("family")
        family = mark.args[0] if mark else ""
        chosen = None if wrt is None else tuple(wrt)
        case = Case(kind, target, sample, dtype, check, family, chosen, self._seed)
        known = matching(case, self._known(), tf.__version__)
        started = time.perf_counter()
        try:
            report = check_case(case)
        except InapplicableError as error:
            self._record(record_of_absence(case, str(error)))
            pytest.skip(f"not applicable: {error}")
        except OpcheckError as error:
            self._record(record_of_failure(case, str(error), time.perf_counter() - started))
            raise AssertionError(str(error)) from None
        if known and report.passed and known.may_pass(self._seed):
            known = None
        self._record(record(case, report, known.id if known else None))
        if known is None:
            _require(report)
            return
        difference = disagreement(known, report, self._seed)
        if difference:
            raise AssertionError(f"{case.id}: {difference}\n{report.explain()}")
        # With a traceback pytest would parse the whole file of generated tests to show one line.
        raise pytest.xfail.Exception(f"{known.id}: {known.reason}", pytrace=False)

    def _known(self) -> list[KnownDefect]:
        return [KnownDefect(*m.args, **m.kwargs) for m in self._node.iter_markers("known_defect")]

    def _record(self, data: dict[str, Any]) -> None:
        self._node.user_properties.append((RECORD, data))


def _is_layer(f: Any) -> bool:
    """Whether `f` is a Keras layer or model; whoever has one has loaded Keras."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(f, keras.layers.Layer)


def _require(report: Report | AuditReport) -> None:
    __tracebackhide__ = True
    if not report.passed:
        raise AssertionError(report.explain())
    if not report.compared:
        raise AssertionError(f"{report.subject}: the check compared nothing, so it shows nothing")


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise pytest.UsageError(f"--opcheck-seed: {text!r} is no whole number of 0 or more")
    return int(text)


def _choice_of(what: str, allowed: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        try:
            return names_in(text, what, allowed)
        except UnknownNameError as error:
            raise pytest.UsageError(str(error)) from None

    return parse
