"""Running a proposed row: here, or in another process that an op may kill or hang."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from opcheck.cases import CHECKS, Case, expand
from opcheck.errors import OpcheckError, UnknownNameError
from opcheck.outcome import Outcome
from opcheck.proposing.signature import Argument, Role, Signature, read
from opcheck.proposing.source import parse

# TensorFlow itself takes seconds to load; a single call of a small op, far less than one.
SECONDS_TO_START = 120.0
SECONDS_TO_CALL = 10.0
SECONDS_TO_JUDGE = 120.0

# What a call is chosen by: a row may leave special points out, so none of them makes a call bad.
RANDOM = CHECKS[:1]

# Steps that differ from entry to entry, so that no sum of them vanishes.
_DIRECTION = (1.0, -0.7, 0.45, -1.3, 0.85, -0.2, 1.15)


@dataclass(frozen=True)
class Attempt:
    """What one call of every case of a row gave.

    Attributes:
        message: what TensorFlow said where a case did not run.
        is_fatal: whether the call ended its process, or had to be stopped.
        is_finite: whether all outputs are finite.
        is_random: whether two calls at one seed differ.
        moving: the inputs that move some output when they are moved a little.
        still: the inputs that do not.
        digest: equal for equal outputs.
    """

    runs: bool
    message: str = ""
    is_fatal: bool = False
    is_finite: bool = False
    is_random: bool = False
    moving: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    digest: int = 0

    @property
    def is_telling(self) -> bool:
        """Whether every input shows in the values."""
        return self.runs and self.is_finite and not self.still and not self.is_random

    @property
    def worth(self) -> tuple[bool, bool, bool, int]:
        """Larger for a call that shows more."""
        return self.runs, self.is_finite, not self.is_random, len(self.moving)


@dataclass(frozen=True)
class Verdict:
    """How the check of one case ended, and what is wrong with which inputs.

    Attributes:
        is_finite: whether the op's own values are finite there.
    """

    case: str
    outcome: Outcome
    fingerprint: str = ""
    is_finite: bool = True

    def __str__(self) -> str:
        return f"{self.case}: {self.outcome}" + (
            f", {self.fingerprint}" if self.fingerprint else ""
        )


class Trier(Protocol):
    """Who runs rows."""

    def signature(self, name: str) -> Signature: ...

    def attempt(self, source: str, seeds: int = 1) -> Attempt: ...

    def judge(
        self, source: str, seeds: int = 1, checks: Sequence[str] = RANDOM
    ) -> list[Verdict]: ...


class Here:
    """Runs rows in this process."""

    def signature(self, name: str) -> Signature:
        return read(name)

    def attempt(self, source: str, seeds: int = 1) -> Attempt:
        """Draw and call each sample of a row at some seeds; the first that fails is the answer."""
        from opcheck.targets import evaluate_case

        found = Attempt(True, is_finite=True)
        digests = []
        for case in _cases(source, seeds, RANDOM):
            try:
                evaluation = evaluate_case(case)
            except Exception as error:
                cause = error.__cause__ or error
                return Attempt(False, str(cause) or type(cause).__name__)
            moving = _moving(evaluation)
            names = [evaluation.primals[number].name for number in evaluation.differentiated]
            digests.append((evaluation.value.tobytes(), [o.shape for o in evaluation.outputs]))
            found = Attempt(
                True,
                is_finite=found.is_finite and bool(np.isfinite(evaluation.value).all()),
                is_random=found.is_random or not evaluation.is_deterministic,
                moving=(*found.moving, *moving),
                still=(*found.still, *(name for name in names if name not in moving)),
                digest=zlib.crc32(repr(digests).encode()),
            )
        return found

    def judge(self, source: str, seeds: int = 1, checks: Sequence[str] = RANDOM) -> list[Verdict]:
        """Check the cases of a row at some seeds."""
        from opcheck.known import fingerprint
        from opcheck.matrix import check_case
        from opcheck.targets import evaluate_case

        found = []
        for case in _cases(source, seeds, checks):
            report = check_case(case)
            wrong = "" if report.passed else fingerprint(report)
            is_finite = report.outcome is not Outcome.NAN or bool(
                np.isfinite(evaluate_case(case).value).all()
            )
            found.append(Verdict(case.id, report.outcome, wrong, is_finite))
        return found


def _cases(source: str, seeds: int, checks: Sequence[str]) -> list[Case]:
    row = parse(source)
    cases = [case for seed in range(seeds) for case in expand(row, seed)]
    return [case for case in cases if case.check in checks]


def _moving(evaluation: Any) -> tuple[str, ...]:
    """The inputs a small step of which changes a value."""
    from opcheck.vectors import to_real

    names = []
    for number in evaluation.differentiated:
        primal = evaluation.primals[number]
        point = to_real(primal.point)
        step = 1e-3 if primal.point.dtype in (np.float64, np.complex128) else 2.0**-5
        moved = evaluation(number, point + step * np.resize(_DIRECTION, point.size))
        is_seen = np.isfinite(moved) & (moved != evaluation.value)
        if is_seen.any():
            names.append(primal.name)
    return tuple(names)


class Elsewhere:
    """Runs rows in a process of its own, and starts another where one dies or hangs.

    A context manager: leaving it ends the process. `deaths` counts those that died or hung.
    """

    def __init__(self) -> None:
        self.deaths = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(self, *details: object) -> None:
        self._end()

    def signature(self, name: str) -> Signature:
        answer = self._ask({"do": "signature", "name": name}, SECONDS_TO_CALL)
        if "known" in answer:
            raise UnknownNameError(answer["what"], answer["name"], answer["known"])
        if "death" in answer:
            raise OpcheckError(f"reading the definition of {name}: {answer['death']}")
        return signature_from(answer)

    def attempt(self, source: str, seeds: int = 1) -> Attempt:
        request = {"do": "attempt", "source": source, "seeds": seeds}
        answer = self._ask(request, SECONDS_TO_CALL)
        if "death" in answer:
            return Attempt(False, answer["death"], is_fatal=True)
        names = {key: tuple(answer[key]) for key in ("moving", "still")}
        return Attempt(**{**answer, **names})

    def judge(self, source: str, seeds: int = 1, checks: Sequence[str] = RANDOM) -> list[Verdict]:
        request = {"do": "judge", "source": source, "seeds": seeds, "checks": list(checks)}
        answer = self._ask(request, SECONDS_TO_JUDGE)
        if "death" in answer:
            first = _cases(source, 1, checks)[0]
            return [Verdict(first.id, Outcome.CRASH, answer["death"])]
        return [Verdict(**{**v, "outcome": Outcome(v["outcome"])}) for v in answer["verdicts"]]

    def _ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        limit = seconds if self._started else SECONDS_TO_START
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            is_ready = bool(select.select([process.stdout], [], [], limit)[0])
            line = process.stdout.readline() if is_ready else b""
        except BrokenPipeError:
            is_ready, line = True, b""
        if line:
            self._started = True
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer:
                raise OpcheckError(answer["error"])
            return answer
        self.deaths += 1
        self._end()
        if not is_ready:
            return {"death": f"the call did not return within {limit:.0f} s and was stopped"}
        return {"death": "the call killed its process (a fatal error inside a kernel)"}

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._started = False
            self._process = subprocess.Popen(
                [sys.executable, "-m", "opcheck.proposing.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={
                    **os.environ,
                    "TF_CPP_MIN_LOG_LEVEL": "3",
                    "PYTHONPATH": os.pathsep.join(sys.path),
                },
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


# ---------------------------------------------------------------------------------------------
# What goes between the processes


def answer(request: Mapping[str, Any], trier: Trier) -> dict[str, Any]:
    """What a worker answers, as plain JSON data."""
    try:
        if request["do"] == "signature":
            return asdict(trier.signature(request["name"]))
        if request["do"] == "attempt":
            return asdict(trier.attempt(request["source"], request["seeds"]))
        verdicts = trier.judge(request["source"], request["seeds"], request["checks"])
        return {"verdicts": [asdict(verdict) for verdict in verdicts]}
    except UnknownNameError as error:
        return {"what": error.what, "name": error.name, "known": error.suggestions}
    except OpcheckError as error:
        return {"error": str(error)}


def signature_from(data: Mapping[str, Any]) -> Signature:
    """The inverse of `dataclasses.asdict`, past JSON, which has lists for tuples."""
    arguments = [
        Argument(
            **{
                **argument,
                "role": Role(argument["role"]),
                "dtypes": tuple(argument["dtypes"]),
                "allowed": tuple(argument["allowed"]),
            }
        )
        for argument in data["arguments"]
    ]
    return Signature(data["name"], tuple(arguments), data["obstacle"])
