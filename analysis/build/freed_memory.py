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
