"""From snapshots to the tables as served, batch by batch; one batch of records is in memory."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

import pandas as pd

from analysis.build.judgement import Judgement
from analysis.build.merge_dates import MergeDates
from analysis.build.projects import Project
from analysis.build.screening import Screening
from analysis.judge.privacy import PrivateRows
from analysis.store import Meter, Record, Scope, Store
from analysis.tables import account_writing, accounts, bug_history, bugs, changes, commits, schema

BATCH = 4_000  # records: some 40 MB of Gerrit's JSON; smaller batches waste time on the fixed cost of a table
BATCH_BYTES = 100_000_000  # bytes of JSON: thousands of changes may have megabytes of messages each

OF_BUGS = ("bugs", "bug_tasks", "bug_activity", "bug_messages", "milestones")
OF_CHANGES = ("changes", "patch_sets", "votes", "change_messages", "change_comments", "change_files")
OF_COMMITS = ("commits", "commit_files")
SERVED = (*OF_BUGS, *OF_CHANGES, "accounts", *OF_COMMITS)

Tables = dict[str, pd.DataFrame]
RecordT = TypeVar("RecordT")  # a dict from Launchpad, a ChangeInfo from Gerrit, a Commit from git


def serve(store: Store, project: Project, judgement: Judgement, private: PrivateRows) -> dict[str, int]:
    """Write the tables of one project as served, before any judgement; returns the rows of each.

    A table without fetched records is written without rows. The rows of private bugs and changes are not written: they
    go to `private`. A record that cannot become rows is skipped and reported to the store.
    """
    merges = MergeDates()
    of_bugs = _write_batches(store, project, OF_BUGS, _bugs(store, project, judgement, private, merges))
    _open_circles(store, project)
    return {
        **of_bugs,
        **_with_accounts(store, project, _changes(store, project, judgement, private, merges)),
        **_write_batches(store, project, OF_COMMITS, _commits(store, project, judgement, merges)),
    }


def _bugs(
    store: Store, project: Project, judgement: Judgement, private: PrivateRows, merges: MergeDates
) -> Iterator[Tables]:
    if project.launchpad:
        bots = project.sections.read(accounts.Rules).launchpad_bots
        screening = Screening()
        records = screening.bugs(_shown_or_hidden(store, project.launchpad, meter := Meter()))
        for batch in _batches(records, meter):
            tables = bugs.tables(batch)
            if judgement.replays:
                merges.read_comments(tables["bug_messages"], bots)
                tables |= bug_history.as_of(tables, judgement.as_of)
            yield private.withheld(tables, "bugs", "bug_id")
        store.write_passed_over("launchpad", project.launchpad, screening.passed_over)


def _open_circles(store: Store, project: Project) -> None:
    """Make one bug of each cycle of duplicates a non-duplicate; a single batch has too few bugs to see a cycle."""
    duplicates = store.read_table("bugs", project=project.name, columns=["bug_id", "duplicate_of"])
    if first := bugs.first_of_circles(duplicates):
        table = store.read_table("bugs", project=project.name)
        opened = table["duplicate_of"].mask(table["bug_id"].isin(first))
        store.write_table("bugs", table.assign(duplicate_of=opened), project=project.name)


def _shown_or_hidden(store: Store, scope: Scope, meter: Meter) -> Iterator[Record]:
    """Launchpad's records, and only the number of each bug that it no longer shows, which is treated as private.

    Launchpad deletes no bug. Without that row a public change that fixes an embargoed bug would not be hidden.
    """
    hidden = ({"bug": {"id": number}} for number in sorted(store.gone_records("launchpad", scope)))
    return heapq.merge(store.records("launchpad", scope, meter=meter), hidden, key=_bug_number)


def _bug_number(record: Record) -> int:
    bug = record.get("bug")
    return int(bug["id"]) if isinstance(bug, dict) else 0  # the project itself comes first


def _changes(
    store: Store, project: Project, judgement: Judgement, private: PrivateRows, merges: MergeDates
) -> Iterator[Tables]:
    if project.gerrit:
        rules = project.sections.read(accounts.Rules)
        copying = project.sections.read(changes.CopyRules)
        screening, meter = Screening(), Meter()
        records = store.records("gerrit", project.gerrit, changes.ChangeInfo, meter=meter, on_fault=screening.note)
        for batch in _batches(screening.changes(records), meter):
            tables = changes.tables(batch, accounts=rules, copy_rules=copying)
            if judgement.replays:
                merges.read_changes(tables["changes"])
                tables = changes.as_of(tables, judgement.as_of, copy_rules=copying)
            yield private.withheld(tables, "changes", "change_number")
        store.write_passed_over("gerrit", project.gerrit, screening.passed_over)


def _commits(store: Store, project: Project, judgement: Judgement, merges: MergeDates) -> Iterator[Tables]:
    if project.git:
        name = project.git.project
        records = store.records("git", project.git, commits.Commit, meter=(meter := Meter()))
        later: frozenset[str] = frozenset()
        if judgement.replays:
            stored_commits = store.records("git", project.git, commits.Commit)
            later = commits.merged_later(stored_commits, judgement.as_of, merges.dates)
        screening = Screening()
        for batch in _batches(screening.commits(records), meter):
            tables = commits.tables(batch, project=name)
            if judgement.replays:
                tables = commits.as_of(tables, judgement.as_of, later=later)
                tables = commits.without_open(tables, store.read_table("changes", project=project.name))
            yield tables
        store.write_passed_over("git", project.git, screening.passed_over)


def _write_batches(store: Store, project: Project, names: Iterable[str], batches: Iterable[Tables]) -> dict[str, int]:
    with store.writing_tables(names, project=project.name) as parts:
        for tables in batches:
            for name, part in parts.items():
                part.append(tables[name])
        return {name: part.rows for name, part in parts.items()}


def _with_accounts(store: Store, project: Project, batches: Iterable[Tables]) -> dict[str, int]:
    """The tables of changes with those of accounts; each batch has the accounts that occur in it."""
    seen, writing = schema.ACCOUNTS.empty(), list[pd.DataFrame]()
    verdicts = list[pd.DataFrame]()  # the kinds by which each batch marked messages and votes of machines

    def watched() -> Iterator[Tables]:
        nonlocal seen
        for tables in batches:
            seen = accounts.merged([seen, tables["accounts"]])
            writing.append(
                account_writing.describe(tables["accounts"], tables["change_messages"], tables["changes"]["owner"])
            )
            verdicts.append(tables["accounts"][["account", "kind"]])
            yield tables

    rows = _write_batches(store, project, OF_CHANGES, watched())
    seen = account_writing.judge(seen, account_writing.combine(writing))
    if _is_marked_otherwise(seen, verdicts):
        for name in ("change_messages", "votes"):
            parts = store.table_batches(name, project=project.name)
            store.write_table(name, (account_writing.with_machines(part, seen) for part in parts), project=project.name)
    return {**rows, "accounts": store.write_table("accounts", seen, project=project.name)}


def _is_marked_otherwise(seen: pd.DataFrame, verdicts: Iterable[pd.DataFrame]) -> bool:
    """Whether a batch judged an account a machine that all batches together show to be a person, or vice versa."""
    of_batches = pd.concat([seen[["account", "kind"]].iloc[:0], *verdicts]).drop_duplicates()
    kind = schema.looked_up(of_batches["account"], seen.set_index("account")["kind"])
    return bool((of_batches["kind"].eq("ci") != kind.eq("ci")).any())


def _batches(records: Iterable[RecordT], meter: Meter) -> Iterator[Iterator[RecordT]]:
    """Pieces of a stream; each is read to its end before the next one starts, and no record is kept."""
    stream = iter(records)
    for first in stream:
        yield chain((first,), _rest(stream, meter))


def _rest(stream: Iterator[RecordT], meter: Meter) -> Iterator[RecordT]:
    """The records after the first one of a batch, until there are enough records or enough bytes."""
    full = meter.n_bytes + BATCH_BYTES
    for record in islice(stream, BATCH - 1):
        yield record
        if meter.n_bytes >= full:
            return
