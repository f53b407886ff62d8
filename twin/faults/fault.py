"""One fault, and the set of active faults: the requests that they affect, how, and how often."""

import random
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypedDict

from twin.exchange import Request, Response

Answer = Callable[[Request], Response]


class When(TypedDict, total=False):
    """The fields of a fault that say which requests it affects, and how often."""

    match: str
    count: int | None
    probability: float
    after: int


@dataclass
class Fault:
    """One fault, for the requests whose decoded target matches `match` (a regular expression).

    It lets `after` matching requests pass, then affects `count` of them (None: all) with `probability`. `answers`
    makes the response in place of the server; `sends` sends the finished bytes itself, and then the connection is
    closed.
    """

    name: str
    match: str = ""
    count: int | None = 1
    probability: float = 1.0
    after: int = 0
    answers: Callable[[Request, Answer], Response] | None = None
    sends: Callable[[socket.socket, bytes], None] | None = None

    def strikes(self, target: str, chance: random.Random) -> bool:
        """Whether the fault affects this request; it counts each match."""
        if self.count == 0 or not re.search(self.match, target):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if chance.random() >= self.probability:
            return False
        self.count = None if self.count is None else self.count - 1
        return True


class Faults:
    """The active faults. The first one that affects a request is used; the same seed gives the same choices."""

    def __init__(self, faults: Iterable[Fault], *, seed: int) -> None:
        self.active = list(faults)
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def pick(self, request: Request) -> Fault | None:
        """The fault that affects this request; None if there is none. Any thread may call it."""
        target = request.path + "?" + "&".join(f"{key}={value}" for key, value in request.query)
        with self._lock:
            return next((fault for fault in self.active if fault.strikes(target, self._random)), None)
