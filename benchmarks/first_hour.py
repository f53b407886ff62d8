"""The first hour with a project of Nova's size: how long until everything open is fetched?

    python -m benchmarks.first_hour

The twin's scale generator makes a server of 18,000 bugs, 1,200 of them open, and 70,000 changes, 700 of them open. The
fetch is that of the command, at its polite rates times `--faster`, so that twenty-five minutes take two and a half.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from analysis.build import fetch
from analysis.ingest import gerrit, launchpad
from analysis.ingest.session import Summary
from analysis.ingest.transport import Policy
from analysis.ingest.window import Extent
from analysis.store import Store
from benchmarks.nova_sized_server import N_OPEN_BUGS, SPAWN, serve, write_world
from benchmarks.rows import Row, leave
from twin import scale


def open_work(base: str, project: scale.Project, data: Path, faster: float) -> Iterator[tuple[str, Summary, float]]:
    """The fetches of `refresh` until everything open is stored: name, summary, seconds of each."""
    store, extent = Store(data), Extent(history=False)
    bugs = fetch.scope(f"{base}/launchpad/", project.launchpad_project)
    changes = fetch.scope(f"{base}/gerrit/", project.gerrit_project)

    def of_launchpad() -> Summary:
        named = fetch.bugs_named(store, changes, launchpad=bugs)
        options = launchpad.Options(extent=extent, needed_numbers=named)
        return fetch.launchpad(store, bugs, options=options, policy=_quicker(Policy(), faster))

    def of_gerrit() -> Summary:
        named = fetch.changes_named(store, bugs, gerrit=changes)
        options = gerrit.Options(extent=extent, needed_numbers=named)
        return fetch.gerrit(store, changes, options=options, policy=_quicker(gerrit.POLICY, faster))

    steps = (("open bugs", of_launchpad), ("open changes and what bugs name", of_gerrit), ("bugs named", of_launchpad))
    for what, step in steps:
        begun = time.monotonic()
        yield what, step(), time.monotonic() - begun


def _quicker(policy: Policy, faster: float) -> Policy:
    return replace(policy, rate=(policy.rate or 0) * faster)


def measured(folder: Path, *, less: int, faster: float) -> Iterable[Row]:
    """One row for each step and one for the whole; `minutes` follow from the requests, `minutes_run` from the time."""
    path = folder / f"world-{less}.sqlite"
    project = write_world(path, less=less)
    pipe, other = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(other, path, project), daemon=True)
    process.start()
    base = f"http://127.0.0.1:{pipe.recv()}"
    whole = {"requests": 0, "seconds": 0.0, "minutes": 0.0, "minutes_run": 0.0}
    with tempfile.TemporaryDirectory() as data:
        for what, summary, seconds in open_work(base, project, Path(data), faster):
            rate = (gerrit.POLICY if summary.source == "gerrit" else Policy()).rate or 1.0
            n = summary.traffic.requests
            row = {"requests": n, "seconds": seconds, "minutes": n / rate / 60, "minutes_run": seconds * faster / 60}
            whole = {name: whole[name] + value for name, value in row.items()}
            yield {"what": f"first hour: {what}", "n": summary.changed, **row}
        yield {"what": "first hour: all that is open", "n": N_OPEN_BUGS // less, **whole}
    process.terminate()


def main() -> None:
    """Measure, print the table, and leave it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--faster", type=float, default=10.0, help="times the polite rates (default: 10)")
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    parser.add_argument("--folder", type=Path, help="keep the invented world here (default: make it anew)")
    arguments = parser.parse_args()
    begun = datetime.now(UTC)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measured(
            arguments.folder or Path(folder), less=10 if arguments.small else 1, faster=arguments.faster
        ):
            print("  ".join(f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}"
                            for name, value in row.items()), flush=True)  # fmt: skip
            rows.append(row)
    print(f"measured in {datetime.now(UTC) - begun}")
    leave(arguments.json, rows)


if __name__ == "__main__":
    main()
