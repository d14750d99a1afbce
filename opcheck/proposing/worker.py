"""The process that `Elsewhere` starts: one request a line in, one answer a line out."""

from __future__ import annotations

import faulthandler
import json
import os
import sys

from opcheck.proposing.trying import SECONDS_TO_JUDGE, SECONDS_TO_START, Here, answer

SECONDS_TO_LIVE = 2 * max(SECONDS_TO_START, SECONDS_TO_JUDGE)


def main() -> None:
    """Answer until the input ends."""
    # Kernels may print; their words must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    trier = Here()
    for line in sys.stdin:
        request = json.loads(line)
        # Should nobody be left to stop a call that hangs, the process ends itself.
        faulthandler.dump_traceback_later(SECONDS_TO_LIVE, exit=True)
        answers.write(json.dumps(answer(request, trier)) + "\n")
        answers.flush()
        faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main()
