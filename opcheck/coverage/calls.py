"""The calls of TensorFlow's gradient functions while cases run, and what they ran with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opcheck.coverage.pairs import Pair, inputs_of, pairs_run
from opcheck.gradients import Gradient, registered, replaced

# So many cases at least are kept of each op, to try on them what no case has run.
EXAMPLES = 4

# A message of TensorFlow's is cut after so many characters.
MESSAGE = 240


@dataclass
class Calls:
    """What calls of gradient functions ran, or those of several processes together.

    Attributes:
        pairs: pairs that were run; for an input, that it got a gradient.
        without: inputs that a gradient function was asked for and gave None.
        raised: inputs that a gradient function was asked for and raised, with what it said.
        cases: some of the cases that call each op's function, by id: a few, and each that runs a
            pair that those before it do not.
    """

    pairs: set[Pair] = field(default_factory=set)
    without: set[Pair] = field(default_factory=set)
    raised: dict[Pair, str] = field(default_factory=dict)
    cases: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ops(self) -> set[str]:
        """The ops whose gradient functions were called."""
        return set(self.cases)

    def note(self, case: str, name: str, op: Any) -> None:
        """One call, before it is known whether it raises."""
        own = self.cases.setdefault(name, [])
        pairs = set(pairs_run(name, op))
        if case not in own and (len(own) < EXAMPLES or not pairs <= self.pairs):
            own.append(case)
        self.pairs |= pairs

    def note_gradients(self, name: str, op: Any, gradients: Sequence[Any]) -> None:
        for pair, is_given in inputs_of(name, op, tuple(gradients)):
            (self.pairs if is_given else self.without).add(pair)

    def note_error(self, name: str, op: Any, error: Exception) -> None:
        words = f"{type(error).__name__}: {error}"
        for pair, _ in inputs_of(name, op, ()):
            self.raised.setdefault(pair, " ".join(words.split())[:MESSAGE])

    def add(self, other: Calls) -> None:
        """What another process has seen."""
        self.pairs |= other.pairs
        self.without |= other.without
        self.raised = {**other.raised, **self.raised}
        for name, cases in other.cases.items():
            own = self.cases.setdefault(name, [])
            own += [case for case in cases if case not in own]


@contextmanager
def noted(names: Iterable[str], calls: Calls, case: Callable[[], str]) -> Iterator[None]:
    """Note the calls of these ops' gradient functions.

    Args:
        case: the id of the case that runs; a graph that is made in one case runs in others too.
    """

    def watched(name: str, right: Gradient) -> Gradient:
        def gradient(op: Any, *cotangents: Any) -> Any:
            calls.note(case(), name, op)
            try:
                gradients = right(op, *cotangents)
            except Exception as error:
                calls.note_error(name, op, error)
                raise
            given = gradients if isinstance(gradients, (list, tuple)) else (gradients,)
            calls.note_gradients(name, op, given)
            return gradients

        return gradient

    with replaced({name: watched(name, right) for name, right in registered(names)}):
        yield
