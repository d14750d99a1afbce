"""Python's collector of cycles, kept away from what is made once and stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """What is made within lasts as long as the process: no cycles are looked for in it.

    Each time some hundreds of objects have been made, the collector walks those that are there. Of
    a table that stays as a whole it finds nothing to free, and it takes as long as the making.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Before it is enabled: it would start with all that was made meanwhile.
        gc.freeze()
        if was_enabled:
            gc.enable()
