"""The commands around the twin: serve the invented project, and the whole line on it."""

import argparse
import shutil
import time
from pathlib import Path

from analysis import cli, twin
from analysis.cli.chosen import settings
from analysis.config import ROOT
from analysis.errors import UsageError

MARK = ".demo"  # a folder with this file is a demo's own, and may be made anew


def serve(given: argparse.Namespace) -> int:
    """The invented project, on loopback, until interrupted."""
    server = twin.Server(twin.World.build(seed=given.seed), port=given.port)
    print(f"--launchpad-root {server.launchpad_root} --gerrit-root {server.gerrit_root}", flush=True)
    server.serve()
    return 0


def demo(given: argparse.Namespace) -> int:
    """The whole line on the invented project, over HTTP, one command after the other as a user would type them."""
    begun = time.monotonic()
    folder = given.data_dir if hasattr(given, "data_dir") else ROOT / "data" / "demo"
    _cleared(folder)
    world = twin.World.build()
    world.write_git(folder / "invented.git")
    with twin.Server(world) as server:
        roots = ["--launchpad-root", server.launchpad_root, "--gerrit-root", server.gerrit_root]
        steps = [
            ["fetch", "launchpad", *roots],
            ["fetch", "gerrit", *roots],
            ["fetch", "git", "--repo", str(folder / "invented.git"), *roots],
            ["build"],
            ["report"],
        ]
        for step in steps:
            if code := _typed(["--data-dir", str(folder), *step]):
                return code
    index = folder / "processed" / "reports" / settings(given).release / "index.html"
    print(f"\nThe invented project took {time.monotonic() - begun:.0f} s. Open {index}")
    return 0


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
    print(f"\n$ python -m analysis {' '.join(words)}", flush=True)
    return cli.main(words)
