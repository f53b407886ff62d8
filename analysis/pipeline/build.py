"""The line from snapshots to judged tables, one project at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from itertools import islice
from typing import Any

import pandas as pd

from analysis import (
    accounts,
    areas,
    bug_history,
    bugs,
    changes,
    commits,
    fixes,
    hygiene,
    links,
    queue,
    review_state,
    schema,
    themes,
    waiting,
)
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
        served |= changes.as_of(served, judgement.as_of) | bug_history.as_of(served, judgement.as_of)
    tables = served | judge(served, project, judgement)
    tables |= group(tables, judgement, _previous(store, project))
    return {name: store.write_table(name, table, project=project.name) for name, table in tables.items()}


def read(store: Store, project: Project) -> Tables:
    """The tables of one project as its servers know it, before any judgement."""
    parts: list[Tables] = []
    if project.launchpad:
        parts += [bugs.tables(batch) for batch in _batches(store.records("launchpad", project.launchpad))]
    if project.gerrit:
        rules = _rules(project, "accounts", accounts.Rules)
        parts += [changes.tables(batch, accounts=rules) for batch in _batches(store.records("gerrit", project.gerrit))]
    if project.git:
        served = _batches(store.records("git", project.git))
        parts += [commits.tables(batch, project=project.git.project) for batch in served]
    return {name: _joined(name, [part[name] for part in parts if name in part]) for name in SERVED}


def judge(served: Tables, project: Project, judgement: Judgement) -> Tables:
    """Links, areas, review states, the queue, what becomes of each bug's fixes, and contradictions of one project."""
    as_of, target = judgement.as_of, project.launchpad_project
    t = dict(served)
    t |= _on(t, links.build)
    t |= place(t, project, judgement)
    t["review_states"] = _on(t, review_state.build, as_of=as_of, rules=_rules(project, "review", review_state.Rules))
    t["queue"] = _on(t, queue.build, as_of=as_of, score=_rules(project, "score", queue.Score))
    t["unfixed_bugs"] = _on(t, fixes.unfixed, as_of=as_of, target=target)
    t["stacks"] = _on(t, fixes.stacks)
    t["competing_fixes"] = _on(t, fixes.competing)
    t["rescues"] = _on(t, fixes.rescues, as_of=as_of, target=target)
    t["backports"] = _on(t, fixes.backports, target=target)
    thresholds = _rules(project, "hygiene", hygiene.Thresholds)
    t["hygiene"] = _on(t, hygiene.build, as_of=as_of, target=target, thresholds=thresholds)
    t["turns"] = _on(t, waiting.build, as_of=as_of)
    t["waiting_curves"] = _on(t, waiting.curves)
    t["waiting_medians"] = _on(t, waiting.medians)
    return {name: t[name] for name in t.keys() - served.keys()}


def place(linked: Tables, project: Project, judgement: Judgement) -> Tables:
    """The areas of a release with their members: by rule, by suggestion where no rule reaches, and what is outside."""
    release, target = judgement.area_file.release, project.launchpad_project
    declared = _on(linked, areas.build, area_file=judgement.area_file)
    suggested = _on(linked, areas.suggest, members=declared, release=release)
    members = schema.AREA_MEMBERS.ordered(pd.concat([declared, suggested.members], ignore_index=True))
    return {
        "areas": areas.table(judgement.area_file, members),
        "area_members": members,
        "suggestion_quality": suggested.quality,
        "area_coverage": _on(linked, areas.coverage, members=members, release=release, target=target),
    }


def group(tables: Tables, judgement: Judgement, previous: Tables | None) -> Tables:
    """Themes and similar bugs; a theme of the build before keeps its id and label while its bugs stay."""
    modes, names = judgement.failure_modes, judgement.theme_names
    found: Tables = _on(tables, themes.build, modes=modes, names=names, as_of=judgement.as_of, previous=previous)
    return found | {"similar_bugs": _on(tables, themes.similar)}


def _on(tables: Tables, stage: Callable[..., Any], **more: Any) -> Any:
    """A stage's result; it is given the tables that its keywords name, so that the stage itself says what it reads."""
    wanted = signature(stage).parameters
    return stage(**{name: table for name, table in tables.items() if name in wanted}, **more)


def _rules(project: Project, section: str, kind: Any) -> Any:
    return kind.from_mapping(project.sections.get(section, {}))


def _previous(store: Store, project: Project) -> Tables | None:
    names = ("themes", "bug_themes")
    if not all(store.has_table(name, project=project.name) for name in names):
        return None
    return {name: store.read_table(name, project=project.name) for name in names}


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
