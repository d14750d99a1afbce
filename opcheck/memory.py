"""Memory that is filled before it is handed out, so that what a kernel leaves unwritten shows.

Such an entry holds what was there before, which is zero in most processes: right by chance where
the derivative is zero, and something else another time.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys

# What memory holds everywhere before it is used: 1.2e103 in double precision.
BYTE = 0x55

# glibc reads this when a process starts, and fills with the complement. The caches that each thread
# has would hand out memory as it is.
TUNABLES = "GLIBC_TUNABLES"
FILLED = f"glibc.malloc.perturb={BYTE ^ 0xFF}:glibc.malloc.tcache_count=0"


def fill() -> None:
    """Start this process again with filled memory, where glibc has it and the user says nothing.

    The processes that it starts have it too.
    """
    if sys.platform == "linux" and sys.executable and TUNABLES not in os.environ:
        environment = {**os.environ, TUNABLES: FILLED}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


@functools.cache
def is_filled() -> bool:
    """Whether memory that this process is handed holds that byte, as a look at some shows."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    place = library.malloc(1024)
    found = ctypes.string_at(place, 1024)
    library.free(place)
    return found == bytes([BYTE]) * 1024
