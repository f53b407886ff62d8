"""Derives the judged tables of one project from the served ones, reading only the columns that a judgement needs.

The rows of one project are in memory. Of the longest tables (messages and comments on changes) only the rows of open
changes and of abandoned ones that name a bug are in memory: no judgement reads the others.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.build import stage
from analysis.build.build_marker import HIDDEN
from analysis.build.freed_memory import release_freed_memory
from analysis.build.judgement import Judgement
from analysis.build.normalize import OF_CHANGES, SERVED
from analysis.build.projects import Project
from analysis.build.stage import Context, Stage, Tables
from analysis.build.stages import STAGES
from analysis.errors import SchemaError
from analysis.judge import links, privacy
from analysis.store import Store
from analysis.tables import accounts, schema

OF_SOME_CHANGES = ("change_messages", "change_comments")
THEMES = ("themes", "bug_themes")


def judge(
    store: Store,
    project: Project,
    judgement: Judgement,
    private: privacy.PrivateRows,
    stages: Sequence[Stage] = STAGES,
) -> dict[str, int]:
    """Write links, areas, review states, the queue, themes and all other judged tables; returns the rows of each.

    Private items are neither judged nor written. A public change that leads to a private bug is removed from the tables
    as served. The hidden items are listed in a file that only the owner can read. Raises StoreError unless the tables
    as served are written.
    """
    wanted = {name for each in stages for name in each.reads}
    whole = [name for name in SERVED if name in wanted and name not in OF_SOME_CHANGES]
    served = private.together({name: store.read_table(name, project=project.name) for name in whole})
    context = _context(store, project, judgement, served)
    release_freed_memory()  # of the files that were read
    linked = stage.run([each for each in stages if each.reads_hidden], context, served)
    visible = privacy.visible_tables(served | linked)  # before anything is judged
    store.write_private(HIDDEN, privacy.hidden_names(served, visible), project=project.name)
    # The comments on bugs are the largest table: they stay in memory only until the last stage that reads them.
    del served, linked
    release_freed_memory()
    rows = _without_hidden_changes(store, project, visible["changes"])
    numbers = _with_messages(visible["changes"], visible["links"])
    visible |= {name: _rows_of_changes(store, project, name, numbers) for name in OF_SOME_CHANGES}
    machines = context.machines | links.bot_names(visible["bug_messages"], context.machines)
    later = [each for each in stages if not each.reads_hidden]
    saved = sorted(name for each in stages if each.is_saved for name in each.writes)
    tables = {name: visible[name] for name in saved if name in visible}
    tables |= stage.run(later, replace(context, machines=machines), visible, is_last_use=True)
    return rows | {name: store.write_table(name, tables[name], project=project.name) for name in saved}


def _context(store: Store, project: Project, judgement: Judgement, served: Tables) -> Context:
    """The values that all stages share; machines are those of the rules, without those that only comments reveal."""
    rules = project.sections.read(accounts.Rules)
    return Context(
        store=store,
        project=project,
        judgement=judgement,
        bots=links.bot_names(served["bug_messages"], rules.launchpad_bots),
        machines=rules.launchpad_machines,
        previous=_previous(store, project, judgement, served["bugs"]),
    )


def _without_hidden_changes(store: Store, project: Project, visible: pd.DataFrame) -> dict[str, int]:
    """Remove changes that lead to a private bug from the tables as served; returns the row counts of those tables."""
    written = store.read_table("changes", project=project.name, columns=["change_number"])["change_number"]
    hidden = written[~written.isin(visible["change_number"])]
    if hidden.empty:
        return {}
    rows = {}
    for name in OF_CHANGES:
        parts = (part[~part["change_number"].isin(hidden)] for part in store.table_batches(name, project=project.name))
        rows[name] = store.write_table(name, parts, project=project.name)
    return rows


def _with_messages(changes: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """The changes whose messages are read: the open ones, and the abandoned ones that name a bug."""
    named = pd.to_numeric(pairs.loc[pairs["kind"].eq("change"), "ref"]).astype("Int64")
    is_open = ~changes["status"].isin(("MERGED", "ABANDONED"))
    abandoned = changes["status"].eq("ABANDONED").fillna(False) & changes["change_number"].isin(named)
    numbers: pd.Series = changes.loc[is_open | abandoned, "change_number"]
    return numbers


def _rows_of_changes(store: Store, project: Project, name: str, numbers: pd.Series) -> pd.DataFrame:
    parts = [part[part["change_number"].isin(numbers)] for part in store.table_batches(name, project=project.name)]
    return pd.concat([schema.TABLES[name].empty(), *parts], ignore_index=True)


def _previous(store: Store, project: Project, judgement: Judgement, bugs: pd.DataFrame) -> Tables | None:
    """The themes of the last complete build; a build keeps a backup of them before it writes its own.

    A replay has none, because that build may know events after the instant.
    """
    if judgement.replays:
        return None
    try:
        previous = store.read_backup(THEMES, project=project.name)
    except SchemaError:
        return None  # another version of this code wrote them: themes get new names
    return privacy.visible_themes(previous, bugs=bugs) if previous else None
