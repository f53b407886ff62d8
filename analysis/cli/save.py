"""The commands that write the records of a data directory to a file, to share them."""

import argparse

from analysis.build.save import save
from analysis.cli.output import say
from analysis.cli.selection import load_settings
from analysis.store import Store


def launchpad(arguments: argparse.Namespace) -> int:
    """Write bugs, one per line."""
    return _save(arguments, "launchpad", getattr(arguments, "launchpad_project", None), "bugs")


def gerrit(arguments: argparse.Namespace) -> int:
    """Write changes, one per line."""
    return _save(arguments, "gerrit", getattr(arguments, "gerrit_project", None), "changes")


def _save(arguments: argparse.Namespace, source: str, project: str | None, unit: str) -> int:
    store = Store(load_settings(arguments).data_dir)
    scope, n = save(store, source, project, arguments.file)
    say(f"{arguments.file}: {n:,} {unit} of {scope.project}; `fetch {source} --dump` reads it")
    return 0
