"""Memory that Python no longer uses, given back to the system."""

import ctypes
import sys
from collections.abc import Callable

import pyarrow as pa

# Blocks from this size on come from the system one by one, and go back when they are freed. glibc raises that size to
# 32 MB by itself; then freed columns stay in its heap, between those that are still used: 70 MB of Nova's build did.
# Those of comparisons, half a million similarities or a million each, are smaller: to get each anew costs a second.
LARGE_BLOCK = 8 << 20
# Smaller freed blocks go back when so many bytes of them are at the heap's end.
FREE_AT_END = 32 << 20
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h


def release_freed_memory() -> None:
    """Give freed memory back to the system; otherwise a build's peak would be the sum of the peaks of its stages.

    Arrow's memory is given back on every system, the rest only where the C library is glibc.
    """
    pa.default_memory_pool().release_unused()
    if trim := _of_glibc("malloc_trim"):
        trim(0)


def keep_tables_in_system_memory() -> None:
    """Let Arrow take memory from the C library, which gives it back; Arrow's own pool kept 60 MB of Nova's build."""
    pa.set_memory_pool(pa.system_memory_pool())
    if set_option := _of_glibc("mallopt"):
        set_option(_MMAP_THRESHOLD, LARGE_BLOCK)
        set_option(_TRIM_THRESHOLD, FREE_AT_END)


def _of_glibc(name: str) -> Callable[..., int] | None:
    """A function that glibc has; None with another C library."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
