"""Stops a database and removes its files when the command that started it dies, even by kill -9.

It is a program of its own, because a killed process cannot clean up. It uses only Python's standard library, so it
starts within milliseconds.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from typing import IO

PATIENCE = 5.0  # seconds that a server may take to stop by itself


def keep(home: str, names: IO[str]) -> None:
    """Wait until the command has died; then stop the server whose process number it sent, and remove `home`."""
    for server in names.read().split():  # the command holds the other end, so this returns when it has died
        stop(int(server))
    shutil.rmtree(home, ignore_errors=True)


def stop(server: int) -> None:
    """Stop a server: at once by SIGQUIT, which PostgreSQL and MariaDB understand, then by force if it still runs."""
    with suppress(ProcessLookupError):
        os.kill(server, signal.SIGQUIT)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            os.kill(server, 0)
            time.sleep(0.05)
        os.kill(server, signal.SIGKILL)


if __name__ == "__main__":
    keep(sys.argv[1], sys.stdin)
