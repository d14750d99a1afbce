"""What rows say they cover, watched: a claim holds when the row's own call reaches the name."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opcheck.backend import tf
from opcheck.cases import Case, expand
from opcheck.errors import OpcheckError
from opcheck.spec import Kind, Row
from opcheck.targets import evaluate_case, resolve


def unkept(row: Row) -> dict[str, str]:
    """The public names that a row says it covers and never calls, each with what was seen."""
    wanted, lacking = {}, {}
    for name in row.covered_names:
        try:
            wanted[name] = resolve(name)
        except OpcheckError as error:
            lacking[name] = str(error)
    said = "it is never called"
    # Functions that are compiled once show their Python when they run eagerly; but some of what is
    # for graphs alone does not run so.
    for is_eager in (True, False):
        for case in expand(row):
            if not wanted:
                return lacking
            if case.check != "jacobian":
                continue
            seen: set[str] = set()
            try:
                _run(case, is_eager, _Watch(wanted, seen))
            except OpcheckError as error:
                said = str(error)
            wanted = {name: found for name, found in wanted.items() if name not in seen}
    return {**lacking, **dict.fromkeys(wanted, said)}


def _run(case: Case, is_eager: bool, watch: _Watch) -> None:
    found = resolve(case.target)
    # A graph that was built before would show no Python again.
    getattr(found, "forget", lambda: None)()
    was_eager = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(is_eager)
    try:
        if case.kind in (Kind.OP, Kind.FUNCTION):
            # What surrounds the call makes tensors too, and must not count.
            evaluate_case(case, watch.around(found))
        else:
            with watch.on():
                evaluate_case(case)
    finally:
        tf.config.run_functions_eagerly(was_eager)


class _Watch:
    """Notes which of some functions and classes Python enters."""

    def __init__(self, wanted: dict[str, Any], seen: set[str]) -> None:
        self.seen = seen
        self._classes = {n: found for n, found in wanted.items() if inspect.isclass(found)}
        self._codes: dict[Any, list[str]] = {}
        self._builtins: dict[int, list[str]] = {}
        for name, found in wanted.items():
            if name in self._classes:
                continue
            self._codes.setdefault(_code(found), []).append(name)
            self._builtins.setdefault(id(found), []).append(name)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(**arguments: Any) -> Any:
            with self.on():
                return function(**arguments)

        return watched

    @contextmanager
    def on(self) -> Iterator[None]:
        before = sys.getprofile()
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _note(self, frame: Any, event: str, argument: Any) -> None:
        if event == "c_call":
            self.seen.update(self._builtins.get(id(argument), ()))
        elif event == "call":
            self.seen.update(self._codes.get(frame.f_code, ()))
            if self._classes and frame.f_code.co_name in ("__init__", "__new__", "__call__"):
                self._note_class(frame)

    def _note_class(self, frame: Any) -> None:
        names = frame.f_code.co_varnames
        first = frame.f_locals.get(names[0]) if names else None
        own = first if inspect.isclass(first) else type(first)
        self.seen.update(name for name, found in self._classes.items() if issubclass(own, found))


def _code(found: Any) -> Any:
    """The code of a function behind its decorators, whose own code others share."""
    from tensorflow.python.util import tf_decorator

    inner = inspect.unwrap(tf_decorator.unwrap(found)[1])
    return getattr(inner, "__code__", None)


def broken(rows: Sequence[Row]) -> dict[str, str]:
    """Every claim of these rows that does not hold: `row: name` and why."""
    return {
        f"{row.target} covers {name}": why
        for row in rows
        if row.covered_names
        for name, why in unkept(row).items()
    }
