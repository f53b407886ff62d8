"""Memory that Python no longer uses, given back to the system."""

import ctypes
import sys

import pyarrow as pa


def release_freed_memory() -> None:
    """Give freed memory back to the system; otherwise a build's peak would be the sum of the peaks of its stages.

    Arrow's memory is given back on every system, the rest only where the C library is glibc.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


def keep_tables_in_system_memory() -> None:
    """Let Arrow take memory from the C library, which gives it back; Arrow's own pool kept 60 MB of Nova's build."""
    pa.set_memory_pool(pa.system_memory_pool())
