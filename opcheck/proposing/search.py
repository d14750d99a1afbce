"""From call to call until one runs.

An op checks its arguments one after another, so a message that was not seen before means that
some check was passed. The search goes on from such calls, one argument changed at a time, and
first changes the arguments that the message names.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opcheck.proposing.candidates import Call, Slot, first_calls, steps_from
from opcheck.proposing.trying import Attempt

LIMIT = 1500
# How much longer to look for a call in which every input shows, once one runs at all.
PATIENCE = 150
# How many calls may end their process, or hang, before the search gives up.
MOST_FATAL = 10
# How many steps are taken from one call before the others have their turn.
TURN = 25


@dataclass(frozen=True)
class Search:
    """How a search ended.

    Attributes:
        call: the best call that runs, or None.
        attempt: what it gave.
        tries: how many calls were made.
        messages: what TensorFlow said, one of each kind, in order.
    """

    call: Call | None
    attempt: Attempt
    tries: int
    messages: tuple[str, ...]


def search(
    table: tuple[Slot, ...], attempt: Callable[[Call], Attempt], limit: int = LIMIT
) -> Search:
    """Try at most `limit` calls; stop at the first in which every input shows in the values."""
    best: Call | None = None
    given = Attempt(False)
    messages: dict[str, str] = {}
    tried: set[str] = set()
    turns: deque[Iterator[Call]] = deque([first_calls(table)])
    # Calls that said nothing new; from these the search goes on when it has nothing better.
    others: deque[Call] = deque()
    end, fatal = limit, 0
    while (turns or others) and len(tried) < end and fatal < MOST_FATAL:
        steps = turns.popleft() if turns else steps_from(others.popleft(), table)
        fresh: list[Iterator[Call]] = []
        for call in itertools.islice(steps, TURN):
            if len(tried) >= end or fatal >= MOST_FATAL:
                break
            if repr(call) in tried:
                continue
            tried.add(repr(call))
            found = attempt(call)
            fatal += found.is_fatal
            if found.is_telling:
                return Search(call, found, len(tried), tuple(messages.values()))
            if found.runs and found.worth > given.worth:
                best, given = call, found
                end = min(limit, len(tried) + PATIENCE)
            kind = _kind(found)
            if kind not in messages:
                messages[kind] = found.message
                fresh.append(steps_from(call, table, found.message))
            else:
                others.append(call)
        turns.extendleft(fresh)
        rest = next(steps, None)
        if rest is not None:
            turns.append(itertools.chain([rest], steps))
    return Search(best, given, len(tried), tuple(text for text in messages.values() if text))


def _kind(found: Attempt) -> str:
    """The message without its numbers, save those of names; for a call that runs, what it shows."""
    if found.runs:
        return f"runs {found.is_finite} {sorted(found.moving)}"
    return re.sub(
        r"(?<!\w)-?\d[\d.,e]*|\[.*?\]|\{\{.*?\}\}", "#", found.message.partition(" [Op:")[0]
    )
