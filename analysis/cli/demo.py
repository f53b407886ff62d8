"""The commands of the twin: serve the invented project, and run the whole line on it."""

import argparse
import shlex
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec

import twin
from analysis import cli
from analysis.build import engine
from analysis.cli import selection
from analysis.cli.argument_parser import program
from analysis.cli.output import say
from analysis.errors import LimitBreachedError, UsageError
from analysis.report import page_registry
from analysis.store import Record, Scope, Store
from twin import people, scale

MARK = ".demo"  # a folder with this file belongs to a demo, which may delete it


def serve(arguments: argparse.Namespace) -> int:
    """Serve the invented project on loopback until interrupted."""
    server = twin.Server(twin.build_world(seed=arguments.seed), port=arguments.port)
    say(f"--launchpad-root {server.launchpad_root} --gerrit-root {server.gerrit_root}")
    server.serve()
    return 0


def demo(arguments: argparse.Namespace) -> int:
    """Run the whole line on the invented project over HTTP, one command after the other, as a user would type them."""
    begun = time.monotonic()
    folder = selection.local_folder(arguments, "demo")
    _clear(folder)
    world = twin.build_world(is_for_show=True)
    world.write_git(folder / "invented.git")
    with twin.Server(world) as server:
        roots = ["--launchpad-root", server.launchpad_root, "--gerrit-root", server.gerrit_root]
        steps = [
            ["fetch", "launchpad", *roots],
            ["fetch", "gerrit", *roots],
            ["fetch", "git", "--repo", str(folder / "invented.git"), *roots],
            # A first report of the week before, so that the second one has changes to show.
            ["build", "--as-of", f"{world.as_of - timedelta(days=7):%Y-%m-%dT%H:%M}"],
            ["report", page_registry.START.notebook],
            ["build"],
            ["quota-lab", "run"],
            ["report"],
        ]
        for number, step in enumerate(steps, start=1):
            if code := _run(["--data-dir", str(folder), *step], f"{number} of {len(steps)}"):
                return code
    index = folder / "processed" / "reports" / selection.load_settings(arguments).servers.release / "index.html"
    say(f"\nThe invented project took {time.monotonic() - begun:.0f} s. {what_next(folder, index)}")
    return 0


def what_next(folder: Path, index: Path) -> str:
    """The page to open, and the commands to try next, each with what it shows."""
    near = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    here = f"{program()} --data-dir {shlex.quote(str(near))}"
    return "\n".join((
        f"Open {index.absolute().as_uri()}",
        "Its links to bugs and changes lead to the invented servers, which have stopped; those between its pages work.",
        "Then try, with the python of this environment:" if program().startswith("python") else "Then try:",
        f"  {here} lab   # JupyterLab on these tables, the notebooks ready",
        f"  {here} todo --reviewer {people.CORES[0].name}   # what one reviewer should look at next",
        f"  {here} limits   # which fixes wait longer than they may; ends with {LimitBreachedError.exit_code}",
        f"  {program()} refresh   # the real Nova: what is open comes first, in about twenty minutes",
    ))  # fmt: skip


def world(arguments: argparse.Namespace) -> int:
    """Write a large invented world as snapshots, project by project, and the truth about each into truth/."""
    folder = selection.local_folder(arguments, "world")
    _clear(folder)
    invented = list(scale.projects(arguments.n_projects, arguments.changes, bugs=arguments.bugs, seed=arguments.seed))
    on = engine.chosen(arguments.engine, workers=arguments.workers, scheduler=arguments.scheduler)
    done = 0
    for each in on.run(_write_project, {project.gerrit_project: (folder, project) for project in invented}):
        if each.error:
            raise each.error
        done += each.result or 0
        say(f"{done:,} of {arguments.changes:,} changes")
    return 0


def _write_project(folder: Path, project: scale.Project) -> int:
    store, as_of = Store(folder), scale.AS_OF.isoformat()
    bugs, gerrit = Scope(scale.LAUNCHPAD, project.launchpad_project), Scope(scale.GERRIT, project.gerrit_project)
    store.write_snapshot("launchpad", bugs, scale.bugs(project), kind="dump", as_of=as_of, base=True)
    store.write_snapshot("gerrit", gerrit, _record_truth(folder, project), kind="dump", as_of=as_of, base=True)
    return project.n_changes


def _record_truth(folder: Path, project: scale.Project) -> Iterator[Record]:
    """Yield the changes, and write a line about each to the truth file."""
    path = folder / "truth" / f"{project.launchpad_project}.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        for change, truth in scale.changes(project):
            file.write(msgspec.json.encode(truth) + b"\n")
            yield change


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UsageError(
            expected=f"{folder} to be empty, or a folder that an earlier demo made",
            found="other files",
            do="choose another --data-dir: the demo removes what is in its folder",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _run(words: list[str], position: str) -> int:
    say(f"\n[{position}] $ {program()} {' '.join(words)}")
    return cli.main(words)
