"""The cost of a fetch, compared with perceval and a plain launchpadlib loop: `python -m benchmarks.fetch`.

All fetch from the same twin. Server and clients run in processes of their own. Request counts are exact; times depend
on this machine, and ratios hold for any server of the same latency. Whole commands, ours and perceval's, are measured
from the start of their interpreter to its end. PERCEVAL_PYTHON names an interpreter with perceval, so that perceval is
no dependency of ours; without it, the table names it as missing. To make one outside the checkout:

    python -m venv ~/perceval && ~/perceval/bin/pip install perceval==1.6.1
    PERCEVAL_PYTHON=~/perceval/bin/python python -m benchmarks.fetch --part peers
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.ingest import gerrit, launchpad
from analysis.ingest.transport import Policy
from analysis.store import Scope, Snapshot, Store
from benchmarks.rows import Row, leave
from benchmarks.twin_process import SPAWN, Twin, twin

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

GROWN = (2_000, 4_000, 8_000, 16_000)
LATENCY = 0.020  # seconds a request
Fetch = Callable[[str, Path, int], int]  # (root, data directory, workers or page size) -> number of listed items

NAIVE = """
import json, sys, time
from launchpadlib.launchpad import Launchpad
from analysis.ingest.launchpad.listing import STATUSES
root, cache = sys.argv[1:3]
def name(person):
    try:
        return person and person.name
    except Exception:  # 404 or 410: else the loop would stop at the first person who left
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
    """One row of the table. `seconds` is elapsed time, `cpu` that of the client; the server counted `requests`.

    `content` counts the requests for bugs, messages and activity, without the list, other tasks and the project.
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
        """The result as a row for JSON."""
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
    return sum(frame.raw_size for snapshot in _snapshots(data) for frame in snapshot.manifest.frames) / 1e6


def _snapshots(data: Path) -> list[Snapshot]:
    store = Store(data)
    return [snapshot for pair in store.scopes() for snapshot in store.snapshots(*pair)]


def _timed(answer: "Queue[tuple[int, float, float, float]]", fetch: Fetch, root: str, data: Path, size: int) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    n = fetch(root, data, size)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.put((n, time.perf_counter() - begun, time.process_time() - cpu, peak))


def fetch_bugs(root: str, data: Path, workers: int) -> int:
    """Fetch all bugs of the twin into a data directory, and return the number of listed ones."""
    with Store(data).fetch_session("launchpad", Scope("twin", "nova")) as run:
        return launchpad.fetch(root, "nova", run, policy=Policy(concurrency=workers, rate=None)).listed


def fetch_changes(root: str, data: Path, page: int) -> int:
    """Fetch all changes of the twin without inline comments, and return the number of listed ones."""
    options = gerrit.Options(page=page, comments="none")
    with Store(data).fetch_session("gerrit", Scope("twin", "openstack/nova")) as run:
        return gerrit.fetch(root, "openstack/nova", run, policy=Policy(rate=None), options=options).listed


def run_peer(what: str, served: Twin, python: str, program: str, *arguments: str) -> Result:
    """A peer's fetch as a whole command; the time includes the start and end of its interpreter."""
    served.clear()
    output, seconds, cpu, peak = _run([python, "-c", program, *arguments])
    return Result(what, json.loads(output.splitlines()[-1])["n"], seconds, served.count(), cpu, peak)


def whole_command(what: str, served: Twin, data: Path, *options: str) -> Result:
    """The command as a user types it; the time and `cpu` include the start and end of its interpreter."""
    served.clear()
    words = [sys.executable, "-m", "analysis", "--data-dir", str(data), "--launchpad-root", served.roots["launchpad"],
             "--gerrit-root", served.roots["gerrit"], "fetch", "launchpad", *options]  # fmt: skip
    _, seconds, cpu, peak = _run(words)
    content = served.count("/bugs/") - served.count("/bug_tasks")
    n_records = [snapshot.manifest.n_records for snapshot in _snapshots(data)]
    return Result(what, sum(n_records) - 1, seconds, served.count(), cpu, peak, content)  # one record is the project's


def _run(words: list[str]) -> tuple[str, float, float, float]:
    """A command's output, elapsed seconds, CPU seconds and peak memory in MB."""
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process.stdout, seconds, cpu, after.ru_maxrss / 1024


def against_peers(folder: Path, *, n_bugs: int, n_naive: int) -> Iterator[Result | Row]:
    """All bugs of a Launchpad with latency: ours with 1 and 8 workers and as a command, perceval, a plain loop."""
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
    """The cost of an update: after no change, and after a change of one bug in a hundred."""
    with twin(n_bugs, 0.0) as served:
        root, data = served.roots["launchpad"], folder / "refresh"
        yield measured(f"ours, first fetch of {n_bugs:,}", served, fetch_bugs, root, data, 8)
        yield measured("ours, nothing changed", served, fetch_bugs, root, data, 8)
        served.touch(n_bugs // 100)
        yield measured("ours, 1 % changed", served, fetch_bugs, root, data, 8)


def growth(folder: Path, *, sizes: tuple[int, ...]) -> Iterator[Result]:
    """Changes of Gerrit, parsed and stored, in several sizes: the peak of memory must not grow with them."""
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
