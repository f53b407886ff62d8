"""A twin in a process of its own, so that a benchmark measures the client alone."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from twin import Server, build_world

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SPAWN = multiprocessing.get_context("spawn")


class Twin:
    """A twin in a process of its own."""

    def __init__(self, n_bugs: int, latency: float) -> None:
        self._pipe, other = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(other, n_bugs, latency), daemon=True)
        self._process.start()
        self.roots: dict[str, str] = self._pipe.recv()

    def clear(self) -> None:
        """Forget the requests so far."""
        self._ask("clear", "")

    def count(self, part: str = "") -> int:
        """The number of requests since `clear` whose address contains `part`."""
        return self._ask("count", part)

    def touch(self, n_bugs: int) -> None:
        """Comment on so many bugs."""
        self._ask("touch", n_bugs)

    def _ask(self, word: str, argument: str | int) -> int:
        self._pipe.send((word, argument))
        answer: int = self._pipe.recv()
        return answer

    def close(self) -> None:
        """End the server's process."""
        self._process.terminate()
        self._process.join()


def _serve(pipe: "Connection", n_bugs: int, latency: float) -> None:
    world = build_world(n_bugs=n_bugs)
    for bug in world.bugs.values():  # perceval stops at the first comment or activity without an author
        for message in bug.messages:
            message.owner = message.owner or bug.reporter
        for entry in bug.activity:
            entry.person = entry.person or bug.reporter
    with Server(world, latency=latency) as server:
        n_changes = sum(not change.is_private for change in world.changes.values())
        pipe.send({"launchpad": server.launchpad_root, "gerrit": server.gerrit_root, "n_changes": n_changes})
        while True:
            word, argument = pipe.recv()
            if word == "clear":
                server.log.clear()
                pipe.send(0)
            elif word == "count":
                pipe.send(server.log.count(argument))
            elif word == "touch":
                world.pass_time(hours=1)
                public_bugs = [bug.number for bug in world.bugs.values() if not bug.is_private]
                world.touch(*public_bugs[:: len(public_bugs) // argument][:argument])
                pipe.send(argument)


@contextmanager
def twin(n_bugs: int, latency: float) -> Iterator[Twin]:
    """A twin while the block runs."""
    server = Twin(n_bugs, latency)
    try:
        yield server
    finally:
        server.close()
