"""Standard output and error whose reader may leave before the command is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO


@contextmanager
def patient() -> Iterator[Patient | None]:
    """Meanwhile a closed pipe stops no command: `head` has seen enough, the verdict still counts.

    Gives the standard output, which may have failed otherwise, or None where it is closed.
    """
    before = sys.stdout, sys.stderr
    # A closed one is None, whatever its type says.
    out, err = (Patient(stream) if stream else None for stream in before)
    sys.stdout, sys.stderr = out, err
    try:
        yield out
    finally:
        for stream in filter(None, (out, err)):
            stream.flush()
        sys.stdout, sys.stderr = before


class Patient:
    """A text stream; once it cannot be written, what comes goes nowhere.

    Attributes:
        failure: why, unless its reader has left: the disk is full, say. Nothing is raised, since
            libraries write to streams only to see whether they can.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._tried(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._tried(self._stream.flush)

    def _tried(self, action: Callable[[], object]) -> None:
        try:
            action()
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self.failure = None if isinstance(error, BrokenPipeError) else error
