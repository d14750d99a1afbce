"""Writes docs/defects.md from the registry and a run's JSON.

opcheck run --json run.json
python docs/defects.py run.json > docs/defects.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from opcheck import registry
from opcheck.known import KnownDefect

HEAD = """\
# Gradient defects of TensorFlow {versions}

What the suite has found and what was understood: {count} defects in {ops} ops and functions, in
{cases} cases. Each runs as a strict expected failure, so the day one is mended, or fails in another
way, `opcheck run` says so. `opcheck check CASE` shows one in full. The table is written by
`docs/defects.py` from a run.

| kind | defects | what it means |
|---|---|---|
{kinds}
"""

MEANINGS = {
    "wrong": "finite, and outside the error bound of the derivative",
    "mode_mismatch": "reverse mode is right, and another mode is not",
    "nan": "NaN or infinite where a finite derivative exists",
    "missing": "no gradient where the derivative is not zero",
    "crash": "the op runs and its gradient raises",
}


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        run = json.load(file)
    seen: dict[str, list[dict[str, Any]]] = {}
    for record in run["results"]:
        if record["known"]:
            seen.setdefault(record["known"], []).append(record)
    defects = [defect for defect in registry.known_defects() if defect.id in seen]
    kinds = {kind: [d for d in defects if d.outcome == kind] for kind in MEANINGS}
    print(
        HEAD.format(
            versions=run["versions"]["tensorflow"],
            count=len(defects),
            ops=len({record["op"] for records in seen.values() for record in records}),
            cases=f"{sum(map(len, seen.values())):,}",
            kinds="\n".join(
                f"| {kind} | {len(found)} | {MEANINGS[kind]} |" for kind, found in kinds.items()
            ),
        ),
        end="",
    )
    for kind, found in kinds.items():
        print(f"\n## {kind}\n\n{MEANINGS[kind].capitalize()}.\n")
        print("| op or function, case | TensorFlow says | right | why |\n|---|---|---|---|")
        for defect in found:
            print(_row(defect, seen[defect.id]))


def _row(defect: KnownDefect, records: Iterable[dict[str, Any]]) -> str:
    first = min(records, key=lambda record: (record["check"] != "jacobian", record["case"]))
    said, right = _numbers(first)
    case = first["case"].replace("tf.raw_ops.", "", 1)
    why = f"{defect.reason} [report]({defect.link})" if defect.link else defect.reason
    return f"| `{case}` | {said} | {right} | {why} |".replace("||", "\\|\\|")


def _numbers(record: dict[str, Any]) -> tuple[str, str]:
    """What TensorFlow says at the worst entry, and what is right there."""
    lines = [line.strip().partition(" ") for line in record["explanation"].splitlines()]
    told = {word: rest.strip() for word, _, rest in reversed(lines)}
    worst = record["worst"]
    right = "" if worst is None else _right(worst)
    if record["outcome"] == "crash":
        return _cell(told.get("error", "raises")), right
    if record["outcome"] == "missing":
        return _cell(told.get("missing", "nothing")), right
    if worst is None:
        return _cell(told.get("cause", record["outcome"])), ""
    return f"{_entry(worst)} = {_number(worst['analytic'])}", right


def _right(worst: dict[str, Any]) -> str:
    if worst["local"] == "kink":
        return f"{_entry(worst)} from {_number(worst['low'])} to {_number(worst['high'])}"
    return f"{_entry(worst)} = {_number(worst['numeric'])}"


def _entry(worst: dict[str, Any]) -> str:
    at = "" if worst["at"] is None else f" at {_number(worst['at'])}"
    return f"∂{worst['output']}/∂{worst['input']}{at}"


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.5g}"


def _cell(text: str) -> str:
    """One line of a table, cut at a length that still says which error it is."""
    plain = " ".join(text.replace("|", "/").replace("`", "'").split())
    plain = plain.partition(" [Op:")[0]
    return plain if len(plain) <= 120 else plain[:117] + "..."


if __name__ == "__main__":
    main()
