"""How long the commands that need no TensorFlow take as whole processes: medians of five runs.

python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = (
    [sys.executable, "-m", "opcheck", "--help"],
    [sys.executable, "-m", "opcheck", "list"],
    [sys.executable, "-m", "opcheck", "generate", "--check"],
    [sys.executable, "-m", "pytest", "generated_tests", "--collect-only", "-q"],
)


def main() -> None:
    for command in COMMANDS:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            times.append(time.perf_counter() - started)
        print(f"{' '.join(command[1:])}: {statistics.median(times):.2f} s")


if __name__ == "__main__":
    main()
