"""What links, areas and review states of real changes cost on one core: `python -m benchmarks.judgement`.

The data are Nova's history, its changes of 2017 and the changes of lftools with all votes and messages, as `fetch`
brings them; a larger set is the same laid several times side by side, under other numbers. A commit whose change was
fetched counts once, with it. The peer does in plain loops, row by row, what older tools do: footers by one pattern,
paths against each rule of each area, the smallest vote on the last patch set; it knows no reverts, no history of votes
and no parents. Seconds are those of the processor, so that what else the machine does counts little.
"""

import argparse
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from analysis import cli
from analysis.build import normalize
from analysis.build.judgement import Judgement
from analysis.cli.judgements import judgements
from analysis.cli.parser import parser as command_line
from analysis.cli.selection import load_settings
from analysis.judge import areas, links, review_state
from analysis.judge.privacy import PrivateRows
from analysis.store import Store
from benchmarks.rows import Row, last_with_slope, leave, line

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "real"
DUMPS = ("nova-reviews-2017-02-27.json.gz", "lftools-reviews-2018-09.json.gz")
COPIES = (1, 2, 4, 8)
REPEATS = 3
FOOTER = re.compile(r"(?im)^\s*(closes|partial|related|fixes|resolves)-bug\s*:\s*#?(\d+)")
Tables = dict[str, pd.DataFrame]
Made = TypeVar("Made")


def served(real: Path, folder: Path) -> Tables:
    """The tables of both dumps and of the history, as served, in one set."""
    subprocess.run(["git", "clone", "--quiet", "--bare", real / "nova-history.bundle", folder / "nova.git"], check=True)
    parts = []
    for dump in DUMPS:
        data = folder / dump.partition("-")[0]
        fetches = [["gerrit", "--dump", str(real / dump)]]
        fetches += [["git", "--repo", str(folder / "nova.git")]] if dump == DUMPS[0] else []
        for words in fetches:
            if code := cli.main(["--data-dir", str(data), "fetch", *words]):
                raise SystemExit(code)
        parts.append(_tables(data))
    joined = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    return joined | {"accounts": joined["accounts"].drop_duplicates("account", ignore_index=True)}


def _tables(data: Path) -> Tables:
    arguments = command_line().parse_args(["build", "--data-dir", str(data)])
    chosen, store = load_settings(arguments), Store(data)
    ((project, judgement),) = judgements(store, chosen)
    assert isinstance(judgement, Judgement)
    normalize.serve(store, project, judgement, PrivateRows())
    return {name: store.read_table(name, project=project.name) for name in normalize.SERVED}


def copied(tables: Tables, copies: int) -> Tables:
    """The tables laid side by side, each copy under numbers, shas and Change-Ids of its own."""
    return {
        name: pd.concat([_renamed(table, copy) for copy in range(copies)], ignore_index=True)
        if name not in ("accounts", "milestones")
        else table
        for name, table in tables.items()
    }


def _renamed(table: pd.DataFrame, copy: int) -> pd.DataFrame:
    mine = table.copy()
    for name in ("sha", "current_sha", "parent_sha", "change_id"):
        if name in mine and copy:
            mine[name] = f"x{copy:03x}" + mine[name].str[4:]  # no sha has an x
    if "change_number" in mine:
        mine["change_number"] += copy * 10_000_000
    return mine


def judged(t: Tables, area_file: areas.AreaFile) -> dict[str, float]:
    """Seconds of each stage of ours."""
    names = ("patch_sets", "votes", "change_messages", "change_comments", "accounts")
    took = {}

    def timed(name: str, stage: Callable[[], Made]) -> Made:
        begun = time.process_time()
        outputs = stage()
        took[name] = time.process_time() - begun
        return outputs

    linked = timed(
        "links",
        lambda: links.build(bug_messages=t["bug_messages"], changes=t["changes"], commits=t["commits"]),
    )
    of = {name: t[name] for name in ("bugs", "changes", "change_files", "commits", "commit_files")}
    of |= {name: linked[name] for name in ("links", "blueprints")}
    timed("areas", lambda: areas.build(area_file, **of, check=False))
    as_of, rules = t["changes"]["updated_at"].max(), review_state.Rules()
    tables: dict[str, Any] = {name: t[name] for name in ("changes", *names)}
    timed("review states", lambda: review_state.build(**tables, as_of=as_of, rules=rules))
    return took


def row_by_row(t: Tables, area_file: areas.AreaFile) -> None:
    """The peer."""
    for table in (t["changes"], t["commits"]):
        for message in table["message"].dropna():
            FOOTER.findall(message)
    rules = [(area.area_id, path) for area in area_file.areas for path in area.paths]
    members = set[tuple[str, object]]()
    for table, key in ((t["change_files"], "change_number"), (t["commit_files"], "sha")):
        for ref, path in zip(table[key], table["path"], strict=True):
            members.update((area, ref) for area, rule in rules if fnmatch(path, rule))
    smallest = dict[int, tuple[int, int]]()  # change to its last patch set and the smallest vote on that
    for number, patch_set, value in t["votes"][["change_number", "patch_set_number", "value"]].itertuples(index=False):
        last, least = smallest.get(number, (0, 0))
        smallest[number] = (patch_set, value) if patch_set > last else (last, min(least, value))


def n_changes(t: Tables) -> int:
    """Changes, and commits whose change is not among them."""
    pairs = t["commits"]["change_id"].isin(t["changes"]["change_id"]).fillna(False)
    return len(t["changes"]) + int((~pairs).sum())


def _rows(real: Path, copies: tuple[int, ...], folder: Path) -> Iterator[Row]:
    area_file = areas.parse((ROOT / "data/areas/liberty.toml").read_text(encoding="utf-8"), path="liberty.toml")
    once = served(real, folder)
    for copy in copies:
        tables = copied(once, copy)
        best = min((judged(tables, area_file) for _ in range(REPEATS)), key=lambda took: sum(took.values()))
        n = n_changes(tables)
        if copy == copies[0]:
            yield from ({"what": name, "n": n, "seconds": seconds} for name, seconds in best.items())
        yield {"what": "ours, all of it", "n": n, "seconds": sum(best.values())}
    begun = time.process_time()
    row_by_row(once, area_file)
    yield {"what": "peer: row by row", "n": n_changes(once), "seconds": time.process_time() - begun}


def main() -> None:
    """Measure on one core, print a row each, and leave them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, default=REAL, help="folder of the real data (default: beside the project)")
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--small", action="store_true", help="fewer copies")
    arguments = parser.parse_args()
    if not (arguments.real / "nova-history.bundle").exists():
        print(f"left out: no real data in {arguments.real}")
        return
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    pa.set_cpu_count(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in _rows(arguments.real, COPIES[:2] if arguments.small else COPIES, Path(folder)):
            rows.append(row)
            print(_line(row), flush=True)
    print("\n".join(line("judgement", row) for row in last_with_slope(rows)))
    leave(arguments.json, rows)


def _line(row: Row) -> str:
    return f"{row['what']:36} {row['n']:>9,} changes {row['seconds']:8.2f} s {row['n'] / row['seconds']:9,.0f}/s"


if __name__ == "__main__":
    main()
