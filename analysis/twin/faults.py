"""Faults on demand: which requests go wrong, how, and how often."""

import random
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from analysis.twin.exchange import Request, Response

Answer = Callable[[Request], Response]


@dataclass
class Fault:
    """One way to go wrong, for the requests whose target matches, `count` times or with `probability`."""

    name: str
    match: str = ""
    count: int | None = None
    probability: float = 1.0

    def answer(self, request: Request, answer: Answer) -> Response:
        return answer(request)

    def sends(self, connection: socket.socket, raw: bytes) -> bool:
        """Send the answer in this fault's own way; False lets the server send it."""
        return False


class Faults:
    """The faults in force. The first one that matches and is not used up strikes."""

    def __init__(self, faults: Iterable[Fault], *, seed: int) -> None:
        self.active = list(faults)
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def pick(self, request: Request) -> Fault | None:
        target = request.path + "?" + "&".join(f"{key}={value}" for key, value in request.query)
        with self._lock:
            for fault in self.active:
                if fault.count != 0 and re.search(fault.match, target) and self._random.random() < fault.probability:
                    fault.count = None if fault.count is None else fault.count - 1
                    return fault
        return None
