"""The memory of a process and its children, looked at from outside."""

import threading
import time

import psutil

OFTEN = 0.2  # seconds
# To count the pages of a process holds it up: at 5 times a second, a build of two processes took half as long again.
SHARE = 0.02


class Watch(threading.Thread):
    """The most memory that a process and its children ever had together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process, self.peak = psutil.Process(pid), 0

    def run(self) -> None:
        """Look until the process has ended."""
        try:
            while True:
                begun = time.perf_counter()
                family = [self._process, *self._process.children(recursive=True)]
                self.peak = max(self.peak, sum(_proportional(each) for each in family))
                time.sleep(max(OFTEN, (time.perf_counter() - begun) / SHARE))
        except psutil.NoSuchProcess:
            return


def _proportional(process: psutil.Process) -> int:
    """Its share: pages that several processes share are counted once between them."""
    try:
        share: int = process.memory_full_info().pss
    except psutil.Error:
        share = 0
    return share
