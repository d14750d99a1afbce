"""Python's collector of cycles, kept away while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No cycles are looked for within.

    Each time some hundreds of objects have been made, the collector walks those that are there. Of
    a table that stays as a whole it finds nothing to free, and it takes as long as the making.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
