"""The commands around the twin: serve the invented project, and the whole line on it."""

import argparse
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from analysis import cli, engine, twin
from analysis.cli import chosen
from analysis.cli.said import say
from analysis.errors import UsageError
from analysis.store import Scope, Store
from analysis.twin import scale

MARK = ".demo"  # a folder with this file is a demo's own, and may be made anew


def serve(given: argparse.Namespace) -> int:
    """The invented project, on loopback, until interrupted."""
    server = twin.Server(twin.World.build(seed=given.seed), port=given.port)
    say(f"--launchpad-root {server.launchpad_root} --gerrit-root {server.gerrit_root}")
    server.serve()
    return 0


def demo(given: argparse.Namespace) -> int:
    """The whole line on the invented project, over HTTP, one command after the other as a user would type them."""
    begun = time.monotonic()
    folder = chosen.folder(given, "demo")
    _cleared(folder)
    world = twin.World.build()
    world.write_git(folder / "invented.git")
    with twin.Server(world) as server:
        roots = ["--launchpad-root", server.launchpad_root, "--gerrit-root", server.gerrit_root]
        steps = [
            ["fetch", "launchpad", *roots],
            ["fetch", "gerrit", *roots],
            ["fetch", "git", "--repo", str(folder / "invented.git"), *roots],
            # The week before, so that the report that follows has something to say of what changed.
            ["build", "--as-of", f"{world.as_of - timedelta(days=7):%Y-%m-%dT%H:%M}"],
            ["report", "01_overview"],
            ["build"],
            ["quota-lab", "run"],
            ["report"],
        ]
        for step in steps:
            if code := _typed(["--data-dir", str(folder), *step]):
                return code
    index = folder / "processed" / "reports" / chosen.settings(given).servers.release / "index.html"
    say(f"\nThe invented project took {time.monotonic() - begun:.0f} s. Open {index}")
    return 0


def world(given: argparse.Namespace) -> int:
    """A large invented world as snapshots, project by project; what is true of each beside them, in truth/."""
    folder = chosen.folder(given, "world")
    _cleared(folder)
    invented = list(scale.projects(given.n_projects, given.changes, bugs=given.bugs, seed=given.seed))
    on = engine.chosen(given.engine, workers=given.workers, scheduler=given.scheduler)
    done = 0
    for each in on.run(_written, {project.gerrit_project: (folder, project) for project in invented}):
        if each.error:
            raise each.error
        done += each.result
        say(f"{done:,} of {given.changes:,} changes")
    return 0


def _written(folder: Path, project: scale.Project) -> int:
    store, as_of = Store(folder), scale.AS_OF.isoformat()
    bugs, gerrit = Scope(scale.LAUNCHPAD, project.launchpad_project), Scope(scale.GERRIT, project.gerrit_project)
    store.write_snapshot("launchpad", bugs, scale.bugs(project), kind="dump", as_of=as_of, base=True)
    store.write_snapshot("gerrit", gerrit, _with_truth(folder, project), kind="dump", as_of=as_of, base=True)
    return project.n_changes


def _with_truth(folder: Path, project: scale.Project) -> Iterator[dict[str, Any]]:
    """The changes, each of which leaves a line about itself."""
    path = folder / "truth" / f"{project.launchpad_project}.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        for change, truth in scale.changes(project):
            file.write(msgspec.json.encode(truth) + b"\n")
            yield change


def _cleared(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UsageError(
            expected=f"{folder} to be empty, or a folder that an earlier demo made",
            found="other files",
            do="choose another --data-dir: the demo removes what is in its folder",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _typed(words: list[str]) -> int:
    say(f"\n$ python -m analysis {' '.join(words)}")
    return cli.main(words)
