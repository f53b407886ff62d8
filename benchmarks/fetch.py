"""What a fetch costs, against perceval and a plain launchpadlib loop on the same twin: `python -m benchmarks.fetch`.

Server and clients run in processes of their own. Request counts are exact; times are those of this machine, and the
ratios hold for any server that answers as slowly. Perceval is taken from the interpreter that PERCEVAL_PYTHON names,
so that it needs no place among our own dependencies; without it, the table says so by name.
"""

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.sources import gerrit, launchpad
from analysis.sources.transport import Policy
from analysis.store import Scope, Store
from analysis.twin import Server, World
from benchmarks.rows import Row, leave

GROWN = (2_000, 4_000, 8_000, 16_000)
LATENCY = 0.020  # seconds a request
SPAWN = multiprocessing.get_context("spawn")

NAIVE = """
import json, sys, time
from launchpadlib.launchpad import Launchpad
from analysis.sources.launchpad.listing import STATUSES
root, cache = sys.argv[1:3]
def name(person):
    try:
        return person and person.name
    except Exception:  # 404 or 410: without this the loop would end at the first person who left
        return None
begun, n = time.perf_counter(), 0
lp = Launchpad.login_anonymously("naive", root, cache, version="devel")
known = [s for s in STATUSES if s not in ("Deferred", "Does Not Exist")]
for task in lp.projects["nova"].searchTasks(status=known, omit_duplicates=False):
    bug, n = task.bug, n + 1
    kept = [bug.title, bug.description, name(bug.owner)]
    kept += [(m.content, name(m.owner)) for m in bug.messages]
    kept += [(a.whatchanged, name(a.person)) for a in bug.activity]
print(json.dumps({"n": n, "seconds": time.perf_counter() - begun}))
"""
PERCEVAL = """
import json, sys, time
from perceval.backends.core import launchpad
launchpad.LAUNCHPAD_API_URL = sys.argv[1] + "1.0"
begun, n = time.perf_counter(), 0
for item in launchpad.Launchpad("nova", items_per_page=75, sleep_time=1).fetch():
    n += 1
print(json.dumps({"n": n, "seconds": time.perf_counter() - begun}))
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table. `seconds` is the wall's, `cpu` the client's own; `requests` were counted by the server.

    `content` are the requests for bugs, messages and activity, without the list, other tasks and the project.
    """

    what: str
    n: int
    seconds: float
    requests: int
    cpu: float | None = None
    peak_mb: float | None = None
    content: int | None = None
    mb: float | None = None  # of JSON, as it was stored

    def row(self) -> Row:
        """The same for the one table."""
        found = {name: getattr(self, name) for name in self.__slots__}
        speed = {"mb_per_s": self.mb / self.seconds} if self.mb else {}
        return found | speed | {"beside": f"{self.requests / max(self.n, 1):.3f} requests each"}

    def __str__(self) -> str:
        rest = ""
        if self.cpu is not None:
            rest = f"{self.cpu:8.2f} {self.n / self.cpu:9.0f} {self.peak_mb:8.0f}"
        if self.content:
            rest += f"  bug + messages + activity alone: {self.content / max(self.n, 1):.3f} each"
        return (
            f"{self.what:44} {self.n:7,} {self.seconds:9.2f} {self.n / self.seconds:9.1f} {self.requests:8,} "
            f"{self.requests / max(self.n, 1):7.3f} {rest}"
        )


HEADER = f"{'':44} {'items':>7} {'seconds':>9} {'items/s':>9} {'requests':>8} {'each':>7} "
HEADER += f"{'cpu s':>8} {'a cpu s':>9} {'peak MB':>8}"


class Twin:
    """A twin in a process of its own."""

    def __init__(self, n_bugs: int, latency: float) -> None:
        self._pipe, other = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(other, n_bugs, latency), daemon=True)
        self._process.start()
        self.roots: dict[str, str] = self._pipe.recv()

    def ask(self, word: str, argument: Any = None) -> Any:
        """Have it do one thing: `clear` the log, `count` the requests, `touch` some bugs with a comment each."""
        self._pipe.send((word, argument))
        return self._pipe.recv()

    def close(self) -> None:
        """End the server's process."""
        self._process.terminate()
        self._process.join()


def _serve(pipe: Any, n_bugs: int, latency: float) -> None:
    world = World.build(n_bugs=n_bugs)
    for bug in world.bugs.values():  # Perceval gives up at the first comment or activity whose author is unknown
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
                pipe.send(server.log.clear())
            elif word == "count":
                pipe.send(server.log.count(argument or ""))
            elif word == "touch":
                world.pass_time(hours=1)
                seen = [bug.number for bug in world.bugs.values() if not bug.is_private]
                pipe.send(world.touch(*seen[:: len(seen) // argument][:argument]))


@contextmanager
def twin(n_bugs: int, latency: float) -> Iterator[Twin]:
    """A twin while the block runs."""
    served = Twin(n_bugs, latency)
    try:
        yield served
    finally:
        served.close()


def measured(what: str, served: Twin, fetch: Callable[..., int], root: str, data: Path, *arguments: Any) -> Result:
    """One fetch of ours in a fresh process."""
    before = _stored_mb(data)
    served.ask("clear")
    answer = SPAWN.Queue()
    process = SPAWN.Process(target=_timed, args=(answer, fetch, (root, data, *arguments)))
    process.start()
    n, seconds, cpu, peak = answer.get()
    process.join()
    content = served.ask("count", "/bugs/") - served.ask("count", "/bug_tasks")
    return Result(what, n, seconds, served.ask("count"), cpu, peak, content, _stored_mb(data) - before)


def _stored_mb(data: Path) -> float:
    store = Store(data)
    snapshots = [snapshot for pair in store.scopes() for snapshot in store.snapshots(*pair)]
    return sum(frame.raw_size for snapshot in snapshots for frame in snapshot.manifest.frames) / 1e6


def _timed(answer: Any, fetch: Callable[..., int], arguments: tuple[Any, ...]) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    n = fetch(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.put((n, time.perf_counter() - begun, time.process_time() - cpu, peak))


def fetch_bugs(root: str, data: Path, workers: int) -> int:
    """All bugs of the twin into a data directory; how many were listed."""
    with Store(data).run("launchpad", Scope("twin", "nova")) as run:
        return launchpad.fetch(root, "nova", run, policy=Policy(concurrency=workers, rate=None)).listed


def fetch_changes(root: str, data: Path, page: int) -> int:
    """All changes of the twin into a data directory, without inline comments; how many were listed."""
    options = gerrit.Options(page=page, comments="none")
    with Store(data).run("gerrit", Scope("twin", "openstack/nova")) as run:
        return gerrit.fetch(root, "openstack/nova", run, policy=Policy(rate=None), options=options).listed


def run_peer(what: str, served: Twin, python: str, program: str, *arguments: str) -> Result:
    """A peer's fetch in its own interpreter."""
    served.ask("clear")
    done = subprocess.run(
        [python, "-c", program, *arguments], capture_output=True, text=True, check=True, env=os.environ
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return Result(what, found["n"], found["seconds"], served.ask("count"))


def against_peers(folder: Path, *, n_bugs: int, n_naive: int) -> Iterator[Result | Row]:
    """The whole of Launchpad's content at some latency: ours with 1 and 8 workers, perceval, a naive loop."""
    with twin(n_bugs, LATENCY) as served:
        root = served.roots["launchpad"]
        for workers in (1, 8):
            data = folder / f"workers-{workers}"
            yield measured(f"ours, workers={workers}", served, fetch_bugs, root, data, workers)
        python = os.environ.get("PERCEVAL_PYTHON")
        if python:
            yield run_peer("peer: perceval (with attachments)", served, python, PERCEVAL, root)
        else:
            yield {"what": "peer: perceval", "missing": "PERCEVAL_PYTHON names no interpreter that has it"}
    with twin(n_naive, LATENCY) as served, tempfile.TemporaryDirectory() as cache:
        yield run_peer(
            "peer: launchpadlib, naive loop", served, sys.executable, NAIVE, served.roots["launchpad"], cache
        )


def refreshes(folder: Path, *, n_bugs: int) -> Iterator[Result]:
    """What it costs to come up to date: nothing changed, and one bug in a hundred."""
    with twin(n_bugs, 0.0) as served:
        root, data = served.roots["launchpad"], folder / "refresh"
        yield measured(f"ours, first fetch of {n_bugs:,}", served, fetch_bugs, root, data, 8)
        yield measured("ours, nothing changed", served, fetch_bugs, root, data, 8)
        served.ask("touch", n_bugs // 100)
        yield measured("ours, 1 % changed", served, fetch_bugs, root, data, 8)


def growth(folder: Path, *, sizes: tuple[int, ...]) -> Iterator[Result]:
    """Gerrit's changes parsed and stored, for several sizes: the peak of memory must not follow them."""
    for n in sizes:
        with twin(n * 2, 0.0) as served:
            root, data = served.roots["gerrit"], folder / f"gerrit-{n}"
            yield measured("ours, changes", served, fetch_changes, root, data, 100)


def main() -> None:
    """Measure, print the table, and leave it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--part", choices=("peers", "refresh", "growth"), action="append", help="only this part")
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    given = parser.parse_args()
    less = 10 if given.small else 1
    rows: list[Row] = []
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        parts = {
            "peers": against_peers(folder, n_bugs=300 // less, n_naive=60 // less),
            "refresh": refreshes(folder, n_bugs=5000 // less),
            "growth": growth(folder, sizes=tuple(n // less for n in GROWN)),
        }
        for name in given.part or parts:
            for result in parts[name]:
                print(result if isinstance(result, Result) else " not measured: ".join(result.values()), flush=True)
                rows.append(result.row() if isinstance(result, Result) else result)
    leave(given.json, rows)


if __name__ == "__main__":
    main()
