"""From snapshots to the tables as the servers know the project, batch by batch: in memory is one batch of records."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import pandas as pd

from analysis import accounts, bug_history, bugs, changes, commits, schema
from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project
from analysis.store import Meter, Scope, Store

BATCH = 4_000  # records: some 40 MB of Gerrit's JSON; in smaller pieces, much of the time is what any table costs
BATCH_BYTES = 100_000_000  # of JSON: a change may have megabytes of messages, and there may be thousands like it

OF_BUGS = ("bugs", "bug_tasks", "bug_activity", "bug_messages", "milestones")
OF_CHANGES = ("changes", "patch_sets", "votes", "change_messages", "change_comments", "change_files")
OF_COMMITS = ("commits", "commit_files")
SERVED = (*OF_BUGS, *OF_CHANGES, "accounts", *OF_COMMITS)

Tables = dict[str, pd.DataFrame]


def serve(store: Store, project: Project, judgement: Judgement) -> dict[str, int]:
    """Write the tables of one project as its servers know it, before any judgement; returns the rows of each.

    A table of which nothing was fetched is written all the same, without rows.
    """
    return {
        **_written(store, project, OF_BUGS, _bugs(store, project, judgement)),
        **_with_accounts(store, project, _changes(store, project, judgement)),
        **_written(store, project, OF_COMMITS, _commits(store, project)),
    }


def _bugs(store: Store, project: Project, judgement: Judgement) -> Iterator[Tables]:
    if project.launchpad:
        for batch in _batches(_shown_or_hidden(store, project.launchpad, meter := Meter()), meter):
            tables = bugs.tables(batch)
            yield tables | bug_history.as_of(tables, judgement.as_of) if judgement.replays else tables


def _shown_or_hidden(store: Store, scope: Scope, meter: Meter) -> Iterator[Any]:
    """Launchpad's records, and of each bug that it no longer shows the number alone, which is taken for private.

    Launchpad deletes no bug. Without that row nobody would know that a public change fixes one that was embargoed.
    """
    hidden = ({"bug": {"id": number}} for number in sorted(store.gone("launchpad", scope)))
    return heapq.merge(store.records("launchpad", scope, meter=meter), hidden, key=_bug_number)


def _bug_number(record: Any) -> int:
    return int(record["bug"]["id"]) if "bug" in record else 0  # the project itself comes first


def _changes(store: Store, project: Project, judgement: Judgement) -> Iterator[Tables]:
    if project.gerrit:
        rules = accounts.Rules.from_mapping(project.sections.get("accounts", {}))
        copying = changes.CopyRules.from_mapping(project.sections.get("votes", {}))
        records = store.records("gerrit", project.gerrit, changes.ChangeInfo, meter=(meter := Meter()))
        for batch in _batches(records, meter):
            tables = changes.tables(batch, accounts=rules, copy_rules=copying)
            yield changes.as_of(tables, judgement.as_of, copy_rules=copying) if judgement.replays else tables


def _commits(store: Store, project: Project) -> Iterator[Tables]:
    if project.git:
        name = project.git.project
        records = store.records("git", project.git, meter=(meter := Meter()))
        yield from (commits.tables(batch, project=name) for batch in _batches(records, meter))


def _written(store: Store, project: Project, names: Iterable[str], batches: Iterable[Tables]) -> dict[str, int]:
    with store.writing_tables(names, project=project.name) as parts:
        for tables in batches:
            for name, part in parts.items():
                part.append(tables[name])
        return {name: part.rows for name, part in parts.items()}


def _with_accounts(store: Store, project: Project, batches: Iterable[Tables]) -> dict[str, int]:
    """The tables of changes, and of the accounts seen: in many batches, each time with what that batch knows."""
    seen = schema.ACCOUNTS.empty()

    def watched() -> Iterator[Tables]:
        nonlocal seen
        for tables in batches:
            seen = accounts.merged([seen, tables["accounts"]])
            yield tables

    rows = _written(store, project, OF_CHANGES, watched())
    return {**rows, "accounts": store.write_table("accounts", seen, project=project.name)}


def _batches(records: Iterable[Any], meter: Meter) -> Iterator[Iterator[Any]]:
    """Pieces of a stream, each read to its end before the next is asked for; no record is held."""
    stream = iter(records)
    for first in stream:
        yield chain((first,), _rest(stream, meter))


def _rest(stream: Iterator[Any], meter: Meter) -> Iterator[Any]:
    """What follows the first record of a batch, until there are enough records, or enough bytes of them."""
    full = meter.n_bytes + BATCH_BYTES
    for record in islice(stream, BATCH - 1):
        yield record
        if meter.n_bytes >= full:
            return
