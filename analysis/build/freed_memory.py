"""Memory that Python no longer uses, given back to the system."""

import ctypes
import sys

import pyarrow as pa


def release_freed_memory() -> None:
    """Give back what was freed: allocators keep it for later, and a build's peak would be the sum of its stages' peaks.

    glibc alone has the call for the rest; elsewhere only Arrow's memory is given back.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
