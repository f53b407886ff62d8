"""What a build costs, against the floor, plain pandas and DuckDB on the same records: `python -m benchmarks.build`.

The records are those of `twin world`. The floor reads and decompresses every byte and does nothing with it. The plain
build is what a notebook does: json_normalize, one table after the other, everything in memory; DuckDB reads the same
lines and writes the same long tables. Neither judges anything: `tables` is the part of ours to hold against them, and
`build` is all of it. Everything runs in a process of its own; its peak is that of it and its children together. The
stages of the judgement are timed inside of one process, so that they have no memory of their own.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from analysis import cli
from analysis.build import engine, normalize
from analysis.build.engine.outcome import worked
from analysis.build.judgement import Judgement
from analysis.build.projects import Project
from analysis.build.stage import Context, Stage, Tables
from analysis.cli.judgements import judgements
from analysis.cli.parser import parser as command_line
from analysis.cli.selection import load_settings
from analysis.judge.privacy import PrivateRows
from analysis.store import Snapshot, Store
from benchmarks.process_memory import Watch
from benchmarks.rows import Row, last_with_slope, leave, line

SIZES = (5_000, 10_000, 20_000, 40_000)
PROJECTS = 8


def floor(folder: Path) -> None:
    """Read, check and decompress every frame."""
    for snapshot in _snapshots(folder):
        for _ in snapshot.lines():
            pass


def parse(folder: Path) -> None:
    """The same, and the JSON read."""
    store = Store(folder)
    for source, scope in store.scopes():
        for _ in store.records(source, scope):
            pass


def tables(folder: Path) -> None:
    """The tables as served, without judgement, in one process."""
    store, every = _all_of(folder)
    for project, by in every:
        worked(normalize.serve, (store, project, by, PrivateRows()))


def tables_side_by_side(folder: Path) -> None:
    """The same, as many projects at a time as a build has."""
    store, every = _all_of(folder)
    for each in engine.Local(workers=2).run(
        normalize.serve, {it.name: (store, it, by, PrivateRows()) for it, by in every}
    ):
        if each.error:
            raise each.error


def stages(folder: Path) -> None:
    """Both halves in one process; leaves the seconds of every stage beside the tables."""
    from analysis.build import derive  # a second, which is not the others' to wait for
    from analysis.build.stages import STAGES

    store, every = _all_of(folder)
    seconds = {stage.name: 0.0 for stage in STAGES}

    def timed(stage: Stage) -> Stage:
        def function(context: Context, tables: Tables) -> Tables:
            begun = time.perf_counter()
            outputs = stage.function(context, tables)
            seconds[stage.name] += time.perf_counter() - begun
            return outputs

        return replace(stage, function=function)

    with threadpool_limits(1):
        for project, by in every:
            private = PrivateRows()
            normalize.serve(store, project, by, private)
            derive.judge(store, project, by, private, [timed(stage) for stage in STAGES])
    (folder / "stages.json").write_text(json.dumps(seconds), encoding="utf-8")


def _all_of(folder: Path) -> tuple[Store, list[tuple[Project, Judgement]]]:
    arguments = command_line().parse_args(["build", "--data-dir", str(folder)])
    chosen, store = load_settings(arguments), Store(folder)
    return store, [(project, by) for project, by in judgements(store, chosen) if isinstance(by, Judgement)]


def build(folder: Path, *words: str) -> None:
    """All of it, as a user would type it."""
    if code := cli.main(["--data-dir", str(folder), "build", *words]):
        raise SystemExit(code)


def plain(folder: Path) -> None:
    """As a notebook would: every record in memory, then json_normalize for each table."""
    store = Store(folder)
    scopes = {source: [scope for name, scope in store.scopes() if name == source] for source in ("gerrit", "launchpad")}
    changes = [change for scope in scopes["gerrit"] for change in store.records("gerrit", scope, dict)]
    bugs = [bug for scope in scopes["launchpad"] for bug in store.records("launchpad", scope, dict) if "bug" in bug]
    out = folder / "plain"
    out.mkdir(exist_ok=True)
    narrow = [
        {key: value for key, value in each.items() if key not in ("messages", "revisions", "labels")}
        for each in changes
    ]
    pd.json_normalize(narrow).to_parquet(out / "changes.parquet")
    pd.json_normalize(changes, "messages", ["_number"], record_prefix="m.").to_parquet(out / "messages.parquet")
    votes = [
        {"_number": each["_number"], "label": label, **vote}
        for each in changes
        for label, votes in each["labels"].items()
        for vote in votes["all"]
    ]
    pd.json_normalize(votes).to_parquet(out / "votes.parquet")
    sets = [{"number": c["_number"], "sha": sha, **r} for c in changes for sha, r in c["revisions"].items()]
    pd.json_normalize([{k: v for k, v in s.items() if k != "files"} for s in sets]).to_parquet(out / "sets.parquet")
    files = [{"number": s["number"], "path": p, **f} for s in sets for p, f in s.get("files", {}).items()]
    pd.json_normalize(files).to_parquet(out / "files.parquet")
    pd.json_normalize([each["bug"] for each in bugs]).to_parquet(out / "bugs.parquet")
    for name in ("tasks", "messages", "activity"):
        pd.json_normalize(bugs, name, [["bug", "id"]], record_prefix="x.").to_parquet(out / f"bug_{name}.parquet")


def duckdb(folder: Path) -> None:
    """The long tables by DuckDB's JSON reader, which sees the same compressed lines."""
    import duckdb as library

    out = folder / "duckdb"
    out.mkdir(exist_ok=True)
    how = "format='newline_delimited', maximum_object_size=100000000"
    of_change = (
        "{_number: 'BIGINT', project: 'VARCHAR', subject: 'VARCHAR', status: 'VARCHAR', created: 'VARCHAR', messages: "
        "'STRUCT(id VARCHAR, author STRUCT(_account_id BIGINT), date VARCHAR, message VARCHAR)[]'}"
    )
    of_bug = (
        "{bug: 'STRUCT(id BIGINT, title VARCHAR, description VARCHAR)', "
        "messages: 'STRUCT(date_created VARCHAR, content VARCHAR)[]'}"
    )
    changes = f"read_json('{folder}/raw/gerrit/*/*/*/records.jsonl.zst', columns={of_change}, {how})"
    bugs = f"read_json('{folder}/raw/launchpad/*/*/*/records.jsonl.zst', columns={of_bug}, {how})"
    with library.connect() as base:
        base.execute(
            f"copy (select _number, project, subject, status, created from {changes}) to '{out}/changes.parquet'"
        )
        base.execute(f"copy (select _number, unnest(messages) as m from {changes}) to '{out}/messages.parquet'")
        base.execute(f"copy (select bug.*, len(messages) as n from {bugs}) to '{out}/bugs.parquet'")
        base.execute(f"copy (select bug.id, unnest(messages) as m from {bugs}) to '{out}/bug_messages.parquet'")


def reviewstats(folder: Path) -> None:
    """Votes per reviewer counted from the records, as reviewstats does."""
    counts: dict[str, int] = {}
    store = Store(folder)
    for source, scope in store.scopes():
        for change in store.records(source, scope, dict) if source == "gerrit" else ():
            for label in change["labels"].values():
                for vote in label["all"]:
                    counts[vote["username"]] = counts.get(vote["username"], 0) + 1


# Not as a module: the processes that an engine starts would each import this one first, which a build does not do.
JOB = "import sys; from benchmarks.build import run; run(*sys.argv[1:])"
JOBS = {
    job.__name__: job for job in (floor, parse, tables, tables_side_by_side, stages, build, plain, duckdb, reviewstats)
}


def run(job: str, folder: str, *words: str) -> None:
    """One job in this process."""
    JOBS[job](Path(folder), *words)


def _snapshots(folder: Path) -> Iterator[Snapshot]:
    store = Store(folder)
    for source, scope in store.scopes():
        yield from store.snapshots(source, scope)


def world(folder: Path, n: int) -> tuple[int, float]:
    """A world of n changes; how many records, and how many MB of JSON they are."""
    words = ["twin", "world", "--projects", str(PROJECTS), "--changes", str(n)]
    subprocess.run(
        [sys.executable, "-m", "analysis", "--data-dir", str(folder), *words], check=True, stdout=subprocess.DEVNULL
    )
    frames = [frame for snapshot in _snapshots(folder) for frame in snapshot.manifest.frames]
    return sum(len(frame.keys) for frame in frames), sum(frame.raw_size for frame in frames) / 1e6


def measured(what: str, job: str, folder: Path, size: tuple[int, float], *words: str) -> Row:
    """One job in a process of its own, watched from outside."""
    shutil.rmtree(folder / "processed", ignore_errors=True)
    n, mb = size
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", JOB, job, str(folder), *words], stdout=subprocess.DEVNULL)
    watch = Watch(process.pid)
    watch.start()
    code = process.wait()
    seconds = time.perf_counter() - begun
    if code:
        raise SystemExit(f"{job} ended with {code}")
    return {"what": what, "n": n, "seconds": seconds, "mb_per_s": mb / seconds, "peak_mb": watch.peak / 1e6, "job": job}


def _rows(sizes: tuple[int, ...], folder: Path) -> Iterator[Row]:
    for n in sizes:
        data = folder / str(n)
        size = world(data, n)
        for job in ("floor", "parse", "tables", "tables_side_by_side", "reviewstats", "duckdb", "plain"):
            yield measured(_SAID[job], job, data, size)
        measured("", "stages", data, size)
        for stage, seconds in json.loads((data / "stages.json").read_text(encoding="utf-8")).items():
            yield {"what": f"stage {stage}", "n": size[0], "seconds": seconds}
        yield measured("ours, 1 worker", "build", data, size, "--workers", "1")
        for workers in ("1", "2"):
            words = ("--engine", "dask", "--workers", workers)
            yield measured(f"ours, dask, {workers} workers", "build", data, size, *words)
        yield measured(OURS, "build", data, size, "--workers", "2")
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "analysis", "--data-dir", str(data), "build"], check=True, stdout=subprocess.DEVNULL
        )
        yield {"what": "ours, nothing changed", "n": size[0], "seconds": time.perf_counter() - begun}
        shutil.rmtree(data)


def _compared(rows: list[Row]) -> list[Row]:
    """The rows, each with how many times as long it took as our whole build of the same records, and as our tables."""
    build, tables = ({row["n"]: row["seconds"] for row in rows if row["what"] == what} for what in (OURS, TABLES))
    return [
        row
        | {"beside": f"{row['seconds'] / build[row['n']]:.2f} x ours, {row['seconds'] / tables[row['n']]:.2f} x tables"}
        for row in rows
    ]


OURS, TABLES = "ours, 2 workers", "ours, tables only, 2 workers"
_SAID = {
    "floor": "floor: read, check, decompress",
    "parse": "floor and JSON parsed",
    "tables": "ours, tables only, 1 process",
    "tables_side_by_side": TABLES,
    "reviewstats": "peer: votes counted from JSON",
    "duckdb": "peer: DuckDB, four long tables",
    "plain": "peer: plain pandas json_normalize",
}


def main() -> None:
    """Measure, print a row each, and leave them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    parser.add_argument("--sizes", type=int, nargs=4, default=SIZES, metavar="N", help="changes, rising")
    arguments = parser.parse_args()
    sizes = tuple(n // 10 for n in arguments.sizes) if arguments.small else tuple(arguments.sizes)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in _rows(sizes, Path(folder)):
            rows.append(row)
            print(line("build", row), flush=True)
    rows = _compared(rows)
    print("\n".join(line("build", row) for row in last_with_slope(rows)))
    leave(arguments.json, rows)


if __name__ == "__main__":
    main()
