"""The errors that opcheck raises, each with the exit code of the command line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable


class OpcheckError(Exception):
    """Something opcheck can explain. `exit_code` is what a command returns for it."""

    exit_code = 2


class UsageError(OpcheckError, ValueError):
    """An argument is wrong: the message names it, its value and what was expected."""


class UnknownNameError(UsageError):
    """A name that means nothing here; the message suggests the nearest ones."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what = what
        self.name = name
        self.suggestions = nearest(name, known)
        hint = f"; did you mean {' or '.join(self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"unknown {what} {name!r}{hint}")


class RecipeError(OpcheckError):
    """A registry row whose inputs TensorFlow rejects, or an op that this TensorFlow lacks."""


class InapplicableError(OpcheckError):
    """A check of the matrix that says nothing about a case; the message is the reason."""


class MissingTensorFlowError(OpcheckError, ImportError):
    """There is no TensorFlow beside opcheck."""


class TooLargeError(OpcheckError, MemoryError):
    """A whole Jacobian would not fit; the message says how large and what to use instead."""


class GeneratedFileError(OpcheckError):
    """A generated file that opcheck must not overwrite, or cannot write."""

    exit_code = 1


def names_in(text: str, what: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The names that an option gives, separated by commas.

    Raises:
        UnknownNameError: one of them is not allowed.
    """
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in allowed:
            raise UnknownNameError(f"{what} (expected {', '.join(allowed)})", name, allowed)
    return names


# What Keras puts around the error of a layer, and AutoGraph before that of a function.
_AROUND = re.compile(r"Exception encountered when calling .*?\(\)\.\s*|\x1b\[\d*m")
_TRACED = "in user code:"


def in_words(error: BaseException) -> str:
    """The type and message of an error, before what Keras and AutoGraph say of where it came."""
    text = _AROUND.sub("", str(error)).strip()
    parts = text.split("\n\n")
    if parts[0] == _TRACED and len(parts) > 2:
        places, said, *rest = parts[1:]
        return "\n".join([said.strip(), places, *rest])
    return f"{type(error).__name__}: {text}"


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like `name`, best first; compares last parts, ignoring case.

    People type `matmul` for `tf.raw_ops.MatMul`, so only the part after the last dot counts, but
    for ids of cases. Of names that are alike in it the raw op comes first.
    """
    known = list(known)
    key = str.lower if known and all("/" in candidate for candidate in known) else _key
    by_key: dict[str, str] = {}
    for candidate in sorted(known, key=lambda name: (not name.startswith("tf.raw_ops."), name)):
        by_key.setdefault(key(candidate), candidate)
    keys = difflib.get_close_matches(key(name), by_key, n=count, cutoff=0.6)
    return [by_key[key] for key in keys]


def _key(name: str) -> str:
    return re.split(r"[.:]", name.partition("/")[0])[-1].replace("_", "").lower()
