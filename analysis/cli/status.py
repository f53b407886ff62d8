"""The commands that describe what is stored of each source, and what the tables mean."""

import argparse
from collections.abc import Iterator

import pandas as pd

from analysis.build.build_marker import built_as_of, was_built
from analysis.build.projects import Project
from analysis.cli.output import say
from analysis.cli.selection import all_projects, load_settings, named_project
from analysis.errors import UNREADABLE, IncompleteError
from analysis.store import Store
from analysis.store.status import Status
from analysis.tables import schema

BEHIND = ", which is before what was fetched: `build` brings them up to date"


def dictionary(arguments: argparse.Namespace) -> int:
    """Print every table and column with its meaning."""
    say(schema.dictionary())
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Print what is stored of each source (age, counts, pending items, gaps, size) and the instant of the tables."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    statuses = store.status()
    if not statuses:
        say(f"nothing is stored below {settings.data_dir}; `fetch` brings it")
        return 0
    for each in statuses:
        say("\n".join(_description(each, now=pd.Timestamp.now("UTC"))))
    held = all_projects(store, settings)
    for project in held:
        say(f"tables of {project.name}\n    {_instant(store, project)}")
    if settings.names_project and named_project(held, settings) is None:
        say(f"tables of {settings.servers.gerrit_project}")
        say("    none, and nothing of it is stored here: `fetch` brings it")
    n_pending = sum(each.n_pending for each in statuses)
    return IncompleteError.exit_code if arguments.fail_on_pending and n_pending else 0


def _instant(store: Store, project: Project) -> str:
    if not was_built(store, project):
        return "none: `build` makes them"
    as_of = built_as_of(store, project)
    try:
        is_behind = as_of < project.as_of(store)
    except UNREADABLE:
        return f"as of      {as_of}; what was fetched since cannot be read"
    return f"as of      {as_of}" + (BEHIND if is_behind else "")


def _description(each: Status, *, now: pd.Timestamp) -> Iterator[str]:
    age = each.age(now)
    yield f"{each.source} {each.scope}"
    yield f"    as of      {each.as_of or 'unknown'}" + (f", {_ago(age)} ago" if age is not None else "")
    yield f"    records    {each.n_records:,}, gone {each.n_gone:,}, pending {each.n_pending:,}"
    yield f"    on disk    {each.n_bytes / 1e6:,.1f} MB in {_count_text(each.n_snapshots, 'snapshot')}"
    yield from (f"    gap        {gap}" for gap in each.gaps)


def _ago(age: pd.Timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3_600)):
        if age.total_seconds() >= seconds:
            return _count_text(int(age.total_seconds() // seconds), unit)
    return _count_text(max(0, int(age.total_seconds() // 60)), "minute")


def _count_text(n: int, unit: str) -> str:
    return f"{n:,} {unit}" + ("" if n == 1 else "s")
