"""Generated files on disk: written when stale, refused when edited by hand."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from opcheck.errors import GeneratedFileError, UsageError
from opcheck.generate.plan import FilePlan
from opcheck.generate.render import checksum, render, split


@dataclass(frozen=True)
class Change:
    """What differs between a file on disk and what should be there. `after` is None to delete."""

    path: Path
    before: str | None
    after: str | None

    def diff(self) -> str:
        """A unified diff, in the names of the files."""
        lines = difflib.unified_diff(
            (self.before or "").splitlines(keepends=True),
            (self.after or "").splitlines(keepends=True),
            f"{self.path.as_posix()} (on disk)",
            f"{self.path.as_posix()} (from the registry)",
        )
        return "".join(lines)


def changes(plans: Sequence[FilePlan], directory: Path, *, is_whole: bool) -> list[Change]:
    """What must change in `directory` to match the plans, sorted by path.

    Args:
        is_whole: whether the plans are the whole registry, so that other generated files there
            are left over and go.

    Raises:
        GeneratedFileError: a file there was edited by hand, or is none of opcheck's.
        UsageError: the directory cannot be read.
    """
    wanted = {directory / plan.name: render(plan) for plan in plans}
    found = []
    for path, text in sorted(wanted.items()):
        before = _read(path)
        if before != text:
            if before is not None:
                refuse_hand_edit(path, before)
                if not is_whole:
                    _refuse_narrowing(path, before, text)
            found.append(Change(path, before, text))
    if is_whole:
        found += [Change(path, _read(path), None) for path in _left_over(directory, wanted)]
    return found


def apply(found: Iterable[Change]) -> None:
    """Make the changes. Each file is replaced in one step, so that none is ever half written.

    Raises:
        UsageError: the directory cannot be written to.
    """
    for change in found:
        try:
            if change.after is None:
                change.path.unlink()
                continue
            change.path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=change.path.parent, prefix=".opcheck-")
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(change.after)
            os.chmod(temporary, 0o644)
            try:
                os.replace(temporary, change.path)
            except OSError:
                os.unlink(temporary)
                raise
        except OSError as error:
            raise UsageError(
                f"cannot write {change.path}: {error.strerror}; choose another directory with --out"
            ) from error


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {path}: it is no text in utf-8") from error


def refuse_hand_edit(path: Path, text: str) -> None:
    """Raise `GeneratedFileError` where a file is not as opcheck wrote it."""
    recorded, body = split(text)
    if not recorded:
        raise GeneratedFileError(
            f"{path} was not written by opcheck and is in the way of a generated file; "
            "move it or choose another directory with --out"
        )
    if recorded != checksum(body):
        raise GeneratedFileError(
            f"{path} was edited by hand since it was generated, and opcheck will not overwrite "
            "that: put the change into the registry or the template, then delete the file and "
            "run `opcheck generate` again"
        )


def _refuse_narrowing(path: Path, before: str, after: str) -> None:
    """A selection must not drop the tests of other rows from a file."""
    dropped = sorted(_tests_in(before) - _tests_in(after))
    if dropped:
        raise GeneratedFileError(
            f"{path} also holds {len(dropped)} tests that are not selected ({dropped[0]}, ...); "
            "generate without a selection, or into another directory with --out"
        )


def _tests_in(text: str) -> set[str]:
    return {line[4:].partition("(")[0] for line in text.splitlines() if line.startswith("def test")}


def _left_over(directory: Path, wanted: Iterable[Path]) -> list[Path]:
    """Files that opcheck once generated there, unchanged since, for families that are gone."""
    gone = []
    for path in sorted(set(directory.glob("test_*_gradients.py")) - set(wanted)):
        try:
            recorded, body = split(_read(path) or "")
        except UsageError:
            continue  # no text, so none of opcheck's
        if recorded and recorded == checksum(body):
            gone.append(path)
    return gone
