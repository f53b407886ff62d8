"""Freed memory goes back to the system."""

import platform
import subprocess
import sys

import pytest

# Large arrays, each followed by a small block that stays, as the columns of a table are.
HOLES = """
import os
import numpy as np
from analysis.build.freed_memory import keep_tables_in_system_memory

def megabytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

keep_tables_in_system_memory()
np.ones(24 << 17)
large, small = [], []
for _ in range(10):
    large.append(np.ones(1 << 20))
    small.append(bytes(200_000))
before = megabytes()
large.clear()
print(before - megabytes())
"""


@pytest.mark.long
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such options")
def test_what_large_columns_took_goes_back_when_they_are_freed():
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)

    assert float(done.stdout) > 70
