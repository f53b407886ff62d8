"""Every table: columns, dtypes, units, source, key; `validate()`; the data dictionary."""

from analysis.tables.schema.fixes import (
    BACKPORT_LABELS,
    BACKPORTS,
    COMPETING_FIXES,
    FATES,
    FIX_FATES,
    LINKED_CHANGES,
    MAIN_BRANCHES,
    MASTER,
    RESCUES,
    STABLE_BRANCHES,
    STACKS,
    SUPERSEDED_FIXES,
    TODO,
    UNFIXED_BUGS,
    branch_place,
    fix_links,
    line_of,
    series_of,
)
from analysis.tables.schema.forecast import (
    FORECAST_ACTS,
    FORECAST_CHECKS,
    FORECAST_TOTALS,
    FORECASTS,
    NO_SINGLE_ACT,
    OWNER_GROUPS,
    REPLAYED_QUEUE,
)
from analysis.tables.schema.gerrit import (
    ACCOUNT_KINDS,
    ACCOUNTS,
    CHANGE_COMMENTS,
    CHANGE_FILES,
    CHANGE_MESSAGES,
    CHANGE_STATUSES,
    CHANGES,
    OPEN_CHANGE_STATUSES,
    PATCH_SETS,
    SAME_CODE_KINDS,
    VOTES,
)
from analysis.tables.schema.git import COMMIT_FILES, COMMITS
from analysis.tables.schema.judgement import (
    AREA_CANDIDATES,
    AREA_COVERAGE,
    AREA_MEMBERS,
    AREAS,
    BLUEPRINTS,
    CATCH_ALL,
    CHANGE_COMMITS,
    CORRECTION_KINDS,
    CORRECTIONS,
    EVERY_AREA,
    EVIDENCES,
    HYGIENE,
    LINKS,
    NAMED,
    NO_AREA,
    NUMBERS,
    OPEN_FIXES,
    QUEUE,
    RELATIONS,
    REVIEW_STATES,
    UNREAD_LINES,
    declared_members,
)
from analysis.tables.schema.labels import label, unit
from analysis.tables.schema.launchpad import (
    BUG_ACTIVITY,
    BUG_MESSAGES,
    BUG_TASKS,
    BUGS,
    IMPORTANCES,
    MILESTONES,
    OPEN_STATUSES,
    STATUSES,
    Importance,
    importance_place,
    open_tasks,
)
from analysis.tables.schema.quota import QUOTA_REQUESTS, QUOTA_RUNS, QUOTA_SAMPLES
from analysis.tables.schema.states import (
    STATE_NAMES,
    STATES,
    TURN_LABELS,
    WAITING_FOR_REVIEW,
    WAITING_ON,
    ReviewState,
)
from analysis.tables.schema.table import (
    MOST_DAYS,
    TEXT,
    TEXTS,
    TIME,
    Column,
    Days,
    Table,
    days,
    lacks_subjects,
    looked_up,
    subject_alone,
    subjects_or_titles,
    validate,
    without_numbers,
)
from analysis.tables.schema.themes import (
    BUG_FAILURE_MODES,
    BUG_THEMES,
    CYCLE_DAYS,
    CYCLES,
    LIKENESS,
    POSSIBLE_FIXES,
    SIMILAR_BUGS,
    TAG_CHECKS,
    THEME_CELLS,
    THEME_CHANGE_KINDS,
    THEME_CHANGES,
    THEMES,
    TRIAGE_PROPOSALS,
)
from analysis.tables.schema.waiting import TURNS, WAITING_CURVES, WAITING_MEDIANS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        BUGS, BUG_TASKS, BUG_ACTIVITY, BUG_MESSAGES, MILESTONES,
        CHANGES, PATCH_SETS, VOTES, CHANGE_MESSAGES, CHANGE_COMMENTS, CHANGE_FILES, ACCOUNTS,
        COMMITS, COMMIT_FILES, CHANGE_COMMITS,
        LINKS, UNREAD_LINES, BLUEPRINTS, CORRECTIONS, AREAS, AREA_MEMBERS, AREA_COVERAGE, AREA_CANDIDATES,
        REVIEW_STATES, QUEUE, OPEN_FIXES,
        HYGIENE, FIX_FATES, UNFIXED_BUGS, STACKS, COMPETING_FIXES, SUPERSEDED_FIXES, RESCUES, BACKPORTS,
        TURNS, WAITING_CURVES, WAITING_MEDIANS,
        FORECASTS, FORECAST_TOTALS, FORECAST_CHECKS, REPLAYED_QUEUE,
        THEMES, BUG_THEMES, BUG_FAILURE_MODES, THEME_CELLS, THEME_CHANGES, SIMILAR_BUGS,
        POSSIBLE_FIXES, TRIAGE_PROPOSALS, TAG_CHECKS,
        QUOTA_REQUESTS, QUOTA_RUNS, QUOTA_SAMPLES,
    )
}  # fmt: skip


def column(name: str) -> Column | None:
    """The first column of that name in any table of the contract; None if no table has one."""
    return next((table.columns[name] for table in TABLES.values() if name in table.columns), None)


def dictionary() -> str:
    """The data dictionary as Markdown: every table, its row, key and columns, in the order of the line."""
    return "\n".join(_table_text(table) for table in TABLES.values())


def _table_text(table: Table) -> str:
    rows = "\n".join(
        f"| `{name}` | {column.label} | {column.kind} | {column.unit} | {column.meaning} |"
        for name, column in table.columns.items()
    )
    heading = f"## {table.name}\n\nOne row: {table.row}. Key: {', '.join(table.key)}.\n"
    return f"{heading}\n| column | label | kind | unit | meaning |\n|---|---|---|---|---|\n{rows}\n"
