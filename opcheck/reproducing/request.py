"""What a process is asked to reproduce, and what it answers: plain data that travels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from opcheck import registry
from opcheck.cases import Case, select_cases
from opcheck.errors import OpcheckError
from opcheck.known import matching
from opcheck.reproducing.shrinking import TRIES
from opcheck.workers import Failure, done

# A case takes seconds; a layer, whose every candidate is built anew, up to a minute.
SECONDS = 600.0

Shape = tuple[tuple[int, ...], str]


@dataclass(frozen=True)
class Request:
    """A target, and how it is to be called if the registry does not say.

    Attributes:
        cases: ids of cases of the registry, of which the first that fails is taken; or none.
        inputs: shapes and dtypes of the inputs of a target of the user's own.
        tries: how many smaller cases are looked at.
    """

    target: str
    cases: tuple[str, ...] = ()
    inputs: tuple[Shape, ...] = ()
    seed: int = 0
    tries: int = TRIES


@dataclass(frozen=True)
class Answer:
    """A script; or, without one, why there is none and what a command returns for that."""

    script: str = ""
    message: str = ""
    exit_code: int = 0


def answered(request: Request) -> Answer:
    """The answer of a process of its own: a kernel may end it on one of the smaller cases."""
    ((_, found),) = done([request], 1, SECONDS, answer)
    if isinstance(found, Failure) and request.tries:
        return answered(replace(request, tries=0))
    if isinstance(found, Failure):
        return Answer("", f"{request.target}: {found.error}", 1)
    return found


def answer(request: Request) -> Answer:
    """The answer of this process."""
    from opcheck.backend import tf
    from opcheck.reproducing.reproduction import reproduce

    count = 0
    try:
        for case, found in _cases(request):
            known = matching(case, registry.known_defects(), str(tf.__version__))
            made = reproduce(case, found, reason=known.reason if known else "", tries=request.tries)
            count += 1
            if made.script:
                return Answer(made.script)
    except OpcheckError as error:
        return Answer("", str(error), error.exit_code)
    what = "this case passes" if count == 1 else f"its {count} cases pass"
    return Answer("", f"{request.target}: {what}, nothing to reproduce", 1)


def _cases(request: Request) -> Iterator[tuple[Case, Any]]:
    """Cases, each with its target where that is not what its name stands for."""
    if request.inputs:
        from opcheck.pipeline import target_case

        yield target_case(request.target, request.inputs, request.seed)
        return
    for id in request.cases:
        for case in select_cases(registry.rows(), [id], request.seed):
            yield case, None
