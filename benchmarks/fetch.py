"""What a fetch costs, against perceval and a plain launchpadlib loop on the same twin: `python -m benchmarks.fetch`.

Server and clients run in processes of their own. Request counts are exact; times are those of this machine, and the
ratios hold for any server that answers as slowly. Whole commands are measured from the start of their interpreter to
its end, ours and perceval's alike. Perceval is taken from the interpreter that PERCEVAL_PYTHON names, so that it needs
no place among our own dependencies; without it, the table says so by name. Its own environment, outside the checkout:

    python -m venv ~/perceval && ~/perceval/bin/pip install perceval==1.6.1
    PERCEVAL_PYTHON=~/perceval/bin/python python -m benchmarks.fetch --part peers
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
from typing import TYPE_CHECKING

from analysis.ingest import gerrit, launchpad
from analysis.ingest.transport import Policy
from analysis.store import Scope, Store
from benchmarks.rows import Row, leave
from twin import Server, build_world

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.queues import Queue

GROWN = (2_000, 4_000, 8_000, 16_000)
LATENCY = 0.020  # seconds a request
SPAWN = multiprocessing.get_context("spawn")
Fetch = Callable[[str, Path, int], int]  # from a root into a data directory, by so many workers or rows; items listed

NAIVE = """
import json, sys, time
from launchpadlib.launchpad import Launchpad
from analysis.ingest.launchpad.listing import STATUSES
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
        fields = {name: getattr(self, name) for name in self.__slots__}
        speed = {"mb_per_s": self.mb / self.seconds} if self.mb else {}
        return fields | speed | {"beside": f"{self.requests / max(self.n, 1):.3f} requests each"}

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

    def clear(self) -> None:
        """Forget the requests so far."""
        self._ask("clear", "")

    def count(self, part: str = "") -> int:
        """The requests since then whose address holds `part`."""
        return self._ask("count", part)

    def touch(self, n_bugs: int) -> None:
        """Have somebody comment on so many bugs."""
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


def measured(what: str, served: Twin, fetch: Fetch, root: str, data: Path, size: int) -> Result:
    """One fetch of ours in a fresh process."""
    before = _stored_mb(data)
    served.clear()
    answer = SPAWN.Queue()
    process = SPAWN.Process(target=_timed, args=(answer, fetch, root, data, size))
    process.start()
    n, seconds, cpu, peak = answer.get()
    process.join()
    content = served.count("/bugs/") - served.count("/bug_tasks")
    return Result(what, n, seconds, served.count(), cpu, peak, content, _stored_mb(data) - before)


def _stored_mb(data: Path) -> float:
    store = Store(data)
    snapshots = [snapshot for pair in store.scopes() for snapshot in store.snapshots(*pair)]
    return sum(frame.raw_size for snapshot in snapshots for frame in snapshot.manifest.frames) / 1e6


def _timed(answer: "Queue[tuple[int, float, float, float]]", fetch: Fetch, root: str, data: Path, size: int) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    n = fetch(root, data, size)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.put((n, time.perf_counter() - begun, time.process_time() - cpu, peak))


def fetch_bugs(root: str, data: Path, workers: int) -> int:
    """All bugs of the twin into a data directory; how many were listed."""
    with Store(data).fetch_session("launchpad", Scope("twin", "nova")) as run:
        return launchpad.fetch(root, "nova", run, policy=Policy(concurrency=workers, rate=None)).listed


def fetch_changes(root: str, data: Path, page: int) -> int:
    """All changes of the twin into a data directory, without inline comments; how many were listed."""
    options = gerrit.Options(page=page, comments="none")
    with Store(data).fetch_session("gerrit", Scope("twin", "openstack/nova")) as run:
        return gerrit.fetch(root, "openstack/nova", run, policy=Policy(rate=None), options=options).listed


def run_peer(what: str, served: Twin, python: str, program: str, *arguments: str) -> Result:
    """A peer's fetch as a whole command in its own interpreter: its start and its end are in the time."""
    served.clear()
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run(
        [python, "-c", program, *arguments], capture_output=True, text=True, check=True, env=os.environ
    )
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = json.loads(process.stdout.splitlines()[-1])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Result(what, answer["n"], seconds, served.count(), cpu, after.ru_maxrss / 1024)


def whole_command(what: str, served: Twin, data: Path, *options: str) -> Result:
    """The command as a user types it: its start and its end are in the time, and in `cpu`."""
    served.clear()
    words = [sys.executable, "-m", "analysis", "--data-dir", str(data), "--launchpad-root", served.roots["launchpad"],
             "--gerrit-root", served.roots["gerrit"], "fetch", "launchpad", *options]  # fmt: skip
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, capture_output=True)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    content = served.count("/bugs/") - served.count("/bug_tasks")
    n = (
        sum(snapshot.manifest.n_records for pair in Store(data).scopes() for snapshot in Store(data).snapshots(*pair))
        - 1
    )
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Result(what, n, seconds, served.count(), cpu, after.ru_maxrss / 1024, content)


def against_peers(folder: Path, *, n_bugs: int, n_naive: int) -> Iterator[Result | Row]:
    """The whole of Launchpad's content at some latency: ours with 1 and 8 workers, as a command, perceval, a loop."""
    with twin(n_bugs, LATENCY) as served:
        root = served.roots["launchpad"]
        for workers in (1, 8):
            data = folder / f"workers-{workers}"
            yield measured(f"ours, workers={workers}", served, fetch_bugs, root, data, workers)
        yield whole_command("ours, the whole command", served, folder / "whole")
        yield whole_command("ours, the whole command, workers=4", served, folder / "whole-4", "--workers", "4")
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
        served.touch(n_bugs // 100)
        yield measured("ours, 1 % changed", served, fetch_bugs, root, data, 8)


def growth(folder: Path, *, sizes: tuple[int, ...]) -> Iterator[Result]:
    """Gerrit's changes parsed and stored, for several sizes: the peak of memory must not follow them."""
    for n in sizes:
        with twin(n * 2, 0.0) as served:
            root, data = served.roots["gerrit"], folder / f"gerrit-{n}"
            yield measured("ours, changes", served, fetch_changes, root, data, 100)


def main() -> None:
    """Measure, print the table, and leave it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--part", choices=("peers", "refresh", "growth"), action="append", help="only this part")
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    arguments = parser.parse_args()
    less = 10 if arguments.small else 1
    rows: list[Row] = []
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        parts = {
            "peers": against_peers(folder, n_bugs=300 // less, n_naive=60 // less),
            "refresh": refreshes(folder, n_bugs=5000 // less),
            "growth": growth(folder, sizes=tuple(n // less for n in GROWN)),
        }
        for name in arguments.part or parts:
            for result in parts[name]:
                print(result if isinstance(result, Result) else " not measured: ".join(result.values()), flush=True)
                rows.append(result.row() if isinstance(result, Result) else result)
    leave(arguments.json, rows)


if __name__ == "__main__":
    main()
