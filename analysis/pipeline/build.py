"""The line from snapshots to judged tables, one project at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pandas as pd

from analysis import accounts, areas, bugs, changes, commits, links, queue, review_state, schema, themes
from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project
from analysis.pipeline.stale import fingerprint
from analysis.store import Store

BATCH = 5_000  # records: some 50 MB of Gerrit's while they are read

Tables = dict[str, pd.DataFrame]
Record = Mapping[str, Any]

SERVED = (
    "bugs", "bug_tasks", "bug_activity", "bug_messages", "milestones",
    "changes", "patch_sets", "votes", "change_messages", "change_comments", "change_files", "accounts",
    "commits", "commit_files",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a build: the rows of each table, and whether anything had to be done."""

    rows: dict[str, int]
    is_new: bool


def build(store: Store, project: Project, judgement: Judgement, *, force: bool = False) -> Built:
    """Write every table of one project, unless they were made from the same snapshots, rules and code already."""
    note = f"build {project.name}"
    made_from = fingerprint(store, project, judgement)
    last = store.noted(note)
    if last and last["made_from"] == made_from and not force:
        return Built(last["rows"], is_new=False)
    store.note(note, None)  # a build that is cut off must not pass for the one before
    rows = _write(store, project, judgement)
    store.note(note, {"made_from": made_from, "rows": rows})
    return Built(rows, is_new=True)


def _write(store: Store, project: Project, judgement: Judgement) -> dict[str, int]:
    served = read(store, project)
    if judgement.replays:
        served |= changes.as_of(served, judgement.as_of)
    tables = served | judge(served, project, judgement)
    tables |= group(tables, judgement, _previous(store, project))
    return {name: store.write_table(name, table, project=project.name) for name, table in tables.items()}


def read(store: Store, project: Project) -> Tables:
    """The tables of one project as its servers know it, before any judgement."""
    parts: list[Tables] = []
    if project.launchpad:
        parts += [bugs.tables(batch) for batch in _batches(store.records("launchpad", project.launchpad))]
    if project.gerrit:
        rules = accounts.Rules.from_mapping(project.sections.get("accounts", {}))
        parts += [changes.tables(batch, accounts=rules) for batch in _batches(store.records("gerrit", project.gerrit))]
    if project.git:
        served = _batches(store.records("git", project.git))
        parts += [commits.tables(batch, project=project.git.project) for batch in served]
    return {name: _joined(name, [part[name] for part in parts if name in part]) for name in SERVED}


def judge(served: Tables, project: Project, judgement: Judgement) -> Tables:
    """Links, areas, review states and the queue of one project."""
    t = dict(served)
    t |= links.build(bugs=t["bugs"], bug_messages=t["bug_messages"], changes=t["changes"], commits=t["commits"])
    t["area_members"] = areas.build(
        judgement.area_file,
        bugs=t["bugs"],
        changes=t["changes"],
        change_files=t["change_files"],
        commits=t["commits"],
        commit_files=t["commit_files"],
        links=t["links"],
    )
    t["areas"] = areas.table(judgement.area_file, t["area_members"])
    t["review_states"] = review_state.build(
        **_some(t, "changes", "patch_sets", "votes", "change_messages", "change_comments", "accounts"),
        as_of=judgement.as_of,
        rules=review_state.Rules.from_mapping(project.sections.get("review", {})),
    )
    t["queue"] = queue.build(
        **_some(t, "review_states", "changes", "links", "bugs", "bug_tasks", "area_members"),
        as_of=judgement.as_of,
        score=queue.Score.from_mapping(project.sections.get("score", {})),
    )
    return {name: t[name] for name in t.keys() - served.keys()}


def group(tables: Tables, judgement: Judgement, previous: Tables | None) -> Tables:
    """The themes of one project's bugs; a theme of the build before keeps its id and label while its bugs stay."""
    return themes.build(
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        links=tables["links"],
        changes=tables["changes"],
        review_states=tables["review_states"],
        area_members=tables["area_members"],
        modes=judgement.failure_modes,
        names=judgement.theme_names,
        as_of=judgement.as_of,
        previous=previous,
    )


def _previous(store: Store, project: Project) -> Tables | None:
    names = ("themes", "bug_themes")
    if not all(store.has_table(name, project=project.name) for name in names):
        return None
    return {name: store.read_table(name, project=project.name) for name in names}


def _some(tables: Tables, *names: str) -> Tables:
    return {name: tables[name] for name in names}


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    stream = iter(records)
    while batch := list(islice(stream, BATCH)):
        yield batch


def _joined(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    table = schema.TABLES[name]
    if not parts:
        return table.empty()
    if name == "accounts":  # seen in many batches, each time with what that batch knows
        return accounts.merged(parts)
    return table.ordered(pd.concat(parts, ignore_index=True))
