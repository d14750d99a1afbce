"""The audit as a pytest file in the user's own repository."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from opcheck.auditing.records import AuditReport, Result, Unaudited
from opcheck.errors import UsageError
from opcheck.generate.literals import call, literal, names_in, sample_source
from opcheck.generate.render import MARK, render_template, with_checksum
from opcheck.generate.write import Change, apply, refuse_hand_edit
from opcheck.spec import Sample

TEMPLATE = "test_audit.py.j2"
NAME = "test_audited_gradients.py"


def recipe_source(sample: Sample) -> str:
    """A recipe as a call that makes it, or "" where it cannot be written out."""
    try:
        return call("sample", sample_source(sample, sample.id), 8)
    except UsageError:
        return ""


def write_tests(
    directory: Path,
    results: Sequence[tuple[Result, str]],
    order: int = 1,
    policies: Sequence[str] = (),
) -> Path:
    """Write one test for each target that was audited; what was not is named in a comment.

    Args:
        results: with each one's recipe as source.
        order, policies: of the audit, which the tests ask for too.

    Raises:
        GeneratedFileError: the file there was edited by hand, or is none of opcheck's.
        UsageError: the directory cannot be written to.
    """
    tests = [
        (_test_name(result.subject), result.subject, source)
        for result, source in results
        if isinstance(result, AuditReport)
    ]
    options = [f"order={order}"] if order != 1 else []
    options += [f"policies={literal(list(policies), NAME)}"] if policies else []
    body = render_template(
        TEMPLATE,
        tests=tests,
        options=options,
        mark=MARK,
        names=names_in([source for _, _, source in tests if source]),
        left=[result.line for result, _ in results if isinstance(result, Unaudited)],
    )
    path = directory / NAME
    text = with_checksum(body)
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before is not None:
        refuse_hand_edit(path, before)
    apply([Change(path, before, text)])
    return path


def _test_name(subject: str) -> str:
    """`test_layers_Foo` for `package.layers:Foo`."""
    module, _, name = subject.partition(":")
    return "test_" + re.sub(r"\W", "_", f"{module.rpartition('.')[2]}_{name}").strip("_")
