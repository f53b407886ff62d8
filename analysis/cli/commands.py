"""What each command does with its arguments: one call, and a few words about what came of it."""

import argparse

import pandas as pd

from analysis import pipeline, schema, twin
from analysis.cli.chosen import area_file, projects, settings
from analysis.cli.reporting import report
from analysis.store import Store

__all__ = ["build", "dictionary", "fetch_gerrit", "fetch_git", "fetch_launchpad", "report", "twin_serve"]


def fetch_gerrit(given: argparse.Namespace) -> int:
    """Changes, from a server or from saved answers."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    if given.dump:
        only = getattr(given, "gerrit_project", None)
        for snapshot in pipeline.fetch_dump(store, given.dump, root=chosen.servers.gerrit_root, project=only):
            kept = snapshot.manifest
            print(f"{kept.n_records:,} changes of {kept.project}, as of {kept.as_of}")
        return 0
    raise NotImplementedError


def fetch_launchpad(given: argparse.Namespace) -> int:
    """Bugs, from Launchpad."""
    raise NotImplementedError


def fetch_git(given: argparse.Namespace) -> int:
    """Commits, from a clone."""
    chosen = settings(given)
    snapshot = pipeline.fetch_clone(
        Store(chosen.data_dir),
        given.repo,
        given.branch or (),
        root=chosen.servers.gerrit_root,
        project=chosen.servers.gerrit_project,
    )
    print(f"{snapshot.manifest.n_records:,} new commits" if snapshot else "nothing new since the last fetch")
    return 0


def build(given: argparse.Namespace) -> int:
    """Tables, from the snapshots."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    as_of = pd.Timestamp(given.as_of).as_unit("us") if given.as_of else store.as_of()
    judgement = pipeline.Judgement(area_file(chosen), as_of, replays=given.as_of is not None)
    for project in projects(store, chosen):
        built = pipeline.build(store, project, judgement, force=given.force)
        print(f"{project.name}, as of {as_of:%Y-%m-%d %H:%M:%S} UTC" + ("" if built.is_new else ": nothing changed"))
        for name, rows in sorted(built.rows.items()) if built.is_new else ():
            print(f"{rows:>12,} {name}")
    return 0


def dictionary(given: argparse.Namespace) -> int:
    """Every table and column in words."""
    print(schema.dictionary())
    return 0


def twin_serve(given: argparse.Namespace) -> int:
    """The invented project, on loopback, until interrupted."""
    server = twin.Server(twin.World.build(seed=given.seed), port=given.port)
    print(f"--launchpad-root {server.launchpad_root} --gerrit-root {server.gerrit_root}", flush=True)
    server.serve()
    return 0


def _later(given: argparse.Namespace) -> int:
    raise NotImplementedError


status = demo = lab = todo = areas_import = areas_coverage = _later
quota_run = quota_list = quota_show = _later
