"""A report as the message a person reads."""

from __future__ import annotations

from math import isfinite

import numpy as np

from opcheck.outcome import Outcome
from opcheck.verdict import Entry, Part, Report

_SENTENCES = {
    Outcome.PASS: "the gradient agrees with differences",
    Outcome.BY_DESIGN: "the gradient differs from the literal derivative, as documented",
    Outcome.KINK: "the point is a kink; the gradient is one of its valid slopes",
    Outcome.DISCONTINUITY: "the function has no finite derivative here; nothing was judged",
    Outcome.INCONCLUSIVE: "differences cannot decide whether the gradient is right",
    Outcome.MODE_MISMATCH: "reverse mode is right, the mode under test is not",
    Outcome.WRONG: "the gradient is wrong",
    Outcome.NAN: "the gradient is not finite where a finite one exists",
    Outcome.MISSING: "there is no gradient, yet the derivative is not zero",
    Outcome.CRASH: "the derivative crashes",
}


def explain(report: Report) -> str:
    """Several lines: the verdict, each input that is not a plain pass, the point, how to repeat."""
    lines = [f"{report.subject}: {headline(report)}"]
    for part in report.parts:
        if part.outcome is not Outcome.PASS:
            lines += [f"  {line}" for line in _part_lines(part)]
    if report.error:
        lines.append(f"  error      {_first_lines(report.error)}")
    if report.mode != "reverse":
        lines.append(f"  mode       {report.mode}")
    if report.order != 1:
        lines.append(f"  order      {report.order}")
    if report.method == "probe":
        lines.append(f"  method     {_probes(report)}")
    if report.note:
        lines.append(f"  note       {report.note}")
    what = "sums of all entries" if report.method == "probe" else "derivative entries"
    if report.outcome is not Outcome.PASS and report.method == "probe":
        what = "sums and single entries"
    lines.append(f"  compared   {report.compared:,} {what}")
    if report.outcome is not Outcome.PASS:
        lines += [f"  point      {line}" for line in report.point]
    if report.repeat:
        lines.append(f"  repeat     {report.repeat}")
    return "\n".join(lines)


def _probes(report: Report) -> str:
    words = f"probe, {report.directions} directions of seed {report.seed} for each input"
    if report.outcome is Outcome.PASS and report.resolution > 0:
        words += f"; a typical entry that is off by {report.resolution:.0e} of itself would show"
    return words


def headline(report: Report) -> str:
    """One sentence: the outcome and what it means."""
    meaning = sentence(report.outcome)
    if report.outcome is Outcome.CRASH and not report.parts:
        meaning = "the check crashes"
    return f"{report.outcome.value.upper()}, {meaning}"


def sentence(outcome: Outcome) -> str:
    """What an outcome means."""
    return _SENTENCES[outcome]


def _part_lines(part: Part) -> list[str]:
    shape = "x".join(map(str, part.shape)) or "scalar"
    line = f"input      {part.input} ({part.dtype}, {shape}): {part.outcome.value}"
    if part.error:
        return [line, f"error      {_first_lines(part.error)}"]
    tally = ", ".join(f"{count:,} {outcome}" for outcome, count in part.counts.items())
    lines = [f"{line} ({tally})"]
    if part.missing:
        lines.append(f"missing    {part.missing}")
    if part.worst is not None:
        lines += _entry_lines(part.worst, part.dtype)
    if part.cause:
        lines.append(f"cause      {part.cause}")
    return lines


def _entry_lines(entry: Entry, dtype: str) -> list[str]:
    at = "" if entry.at is None else f"   at {entry.input} = {_shortest(entry.at, dtype)}"
    lines = [
        f"worst      d {entry.output} / d {entry.input}{at}",
        f"analytic   {entry.analytic:.12e}",
    ]
    if entry.local == "kink":
        # The slopes are widened by their errors: what is no larger than these may be zero.
        low, high = (0.0 if abs(s) <= 2 * entry.bound else s for s in (entry.low, entry.high))
        lines.append(
            f"slopes     {low:.9g} to {high:.9g}, one-sided   error below {entry.bound:.1e}"
        )
    elif entry.local == "vertical":
        lines.append("numeric    the slopes grow without bound: a vertical tangent or a cusp")
    elif entry.local == "jump":
        lines.append("numeric    the function jumps here, or the point lies on a branch cut")
    elif entry.local == "undefined":
        lines.append("numeric    the function is not finite here")
    else:
        side = "   one-sided, at the edge of the domain" if entry.local == "edge" else ""
        lines.append(f"numeric    {entry.numeric:.12e}   error below {entry.bound:.1e}{side}")
        gap = abs(entry.analytic - entry.numeric)
        if isfinite(gap):
            relative = f", {gap / abs(entry.numeric):.3e} relative" if entry.numeric else ""
            lines.append(f"gap        {gap:.3e} absolute{relative}")
    return lines


def _shortest(number: float, dtype: str) -> str:
    """The fewest digits that give the number back in its dtype."""
    kinds = {"float32": np.float32, "complex64": np.float32, "float16": np.float16}
    return str(kinds[dtype](number)) if dtype in kinds else repr(number)


def _first_lines(text: str, count: int = 4) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return "\n             ".join(line[:300] for line in lines[:count])
