"""How often the generated suite alarms at points that it was not made with.

Each seed draws every input anew and runs the whole suite. TensorFlow is the same throughout, and
its recorded defects are known ones; so whatever is new or undecided at some seed is an alarm to
explain: a fault of the judge, a sample too close to a singular point, or a defect that shows only
there.

    python benchmarks/false_alarms.py [--seeds N] [--first N] [--workers N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

GOOD = ("pass", "by_design", "kink", "discontinuity")


def run(seed: int, workers: str, folder: Path) -> tuple[dict[str, Any], str]:
    """The data of one run, and what it printed if it did not end well."""
    records = folder / f"seed_{seed}.json"
    command = [sys.executable, "-m", "opcheck", "run", "--seed", str(seed), "-n", workers]
    command += ["--json", str(records), "--out", str(folder / "generated_tests")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return json.loads(records.read_text()), done.stdout if done.returncode else ""


def main() -> None:
    parser = argparse.ArgumentParser(description="False alarms of the suite over seeds.")
    parser.add_argument("--seeds", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--workers", default="auto", help="processes (default: auto)")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print("| seed | cases | entries | inconclusive | other new defects |\n|---|---|---|---|---|")
    cases = entries = undecided = others = 0
    explanations = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.first, options.first + options.seeds):
            data, printed = run(seed, options.workers, Path(folder))
            new = [
                record
                for record in data["results"]
                if record["known"] is None and record["outcome"] not in GOOD
            ]
            open_ = sum(record["outcome"] == "inconclusive" for record in new)
            # A recorded defect that does not show is bad news without a bad record.
            other = max(len(new) - open_, 1 if printed and not new else 0)
            explanations += [f"seed {seed}: {record['explanation']}" for record in new]
            if printed and not new:
                explanations.append(f"seed {seed}: {printed}")
            print(
                f"| {seed} | {len(data['results']):,} | {data['compared']:,} | {open_} | {other} |",
                flush=True,
            )
            cases += len(data["results"])
            entries += data["compared"]
            undecided, others = undecided + open_, others + other
    print(f"| all | {cases:,} | {entries:,} | {undecided} | {others} |")
    for text in explanations:
        print(f"\n{text}")
    if undecided or others:
        raise SystemExit(f"\n{undecided + others} alarms in {cases:,} cases; expected none")


if __name__ == "__main__":
    main()
