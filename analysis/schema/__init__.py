"""Every table: columns, dtypes, units, source, key; `validate()`; the data dictionary."""

from analysis.schema.fixes import (
    ANSWERS,
    BACKPORTS,
    COMPETING_FIXES,
    MAIN_BRANCHES,
    MASTER,
    RESCUES,
    STABLE_BRANCHES,
    STACKS,
    TODO,
    UNFIXED_BUGS,
    branch_place,
    fix_links,
    line_of,
    series_of,
)
from analysis.schema.gerrit import (
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
from analysis.schema.git import COMMIT_FILES, COMMITS
from analysis.schema.judgement import (
    AREA_COVERAGE,
    AREA_MEMBERS,
    AREAS,
    BLUEPRINTS,
    CHANGE_COMMITS,
    EVERY_AREA,
    EVIDENCES,
    HYGIENE,
    LINKS,
    NAMED,
    NO_AREA,
    NUMBERS,
    QUEUE,
    RELATIONS,
    REVIEW_STATES,
    REVIEW_STATES_NAMES,
    SUGGESTION_QUALITY,
    TURNS_SAID,
    UNREAD_LINES,
    WAITING_FOR_REVIEW,
    WAITING_ON,
    declared_members,
)
from analysis.schema.launchpad import (
    BUG_ACTIVITY,
    BUG_MESSAGES,
    BUG_TASKS,
    BUGS,
    IMPORTANCES,
    MILESTONES,
    OPEN_STATUSES,
    STATUSES,
    importance_place,
    open_tasks,
)
from analysis.schema.quota import QUOTA_REQUESTS, QUOTA_RUNS, QUOTA_SAMPLES
from analysis.schema.table import MOST_DAYS, Column, Table, is_days, looked_up, validate
from analysis.schema.themes import (
    BUG_THEMES,
    CYCLE_DAYS,
    CYCLES,
    SIMILAR_BUGS,
    THEME_CELLS,
    THEME_CHANGE_KINDS,
    THEME_CHANGES,
    THEMES,
)
from analysis.schema.waiting import TURNS, WAITING_CURVES, WAITING_MEDIANS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        BUGS, BUG_TASKS, BUG_ACTIVITY, BUG_MESSAGES, MILESTONES,
        CHANGES, PATCH_SETS, VOTES, CHANGE_MESSAGES, CHANGE_COMMENTS, CHANGE_FILES, ACCOUNTS,
        COMMITS, COMMIT_FILES, CHANGE_COMMITS,
        LINKS, UNREAD_LINES, BLUEPRINTS, AREAS, AREA_MEMBERS, AREA_COVERAGE, SUGGESTION_QUALITY, REVIEW_STATES, QUEUE,
        HYGIENE, UNFIXED_BUGS, STACKS, COMPETING_FIXES, RESCUES, BACKPORTS, TURNS, WAITING_CURVES, WAITING_MEDIANS,
        THEMES, BUG_THEMES, THEME_CELLS, THEME_CHANGES, SIMILAR_BUGS,
        QUOTA_REQUESTS, QUOTA_RUNS, QUOTA_SAMPLES,
    )
}  # fmt: skip


def dictionary() -> str:
    """The data dictionary as Markdown: every table, its row, key and columns, in the order of the line."""
    return "\n".join(_described(table) for table in TABLES.values())


def _described(table: Table) -> str:
    rows = "\n".join(f"| `{name}` | {column.kind} | {column.meaning} |" for name, column in table.columns.items())
    heading = f"## {table.name}\n\nOne row: {table.row}. Key: {', '.join(table.key)}.\n"
    return f"{heading}\n| column | kind | meaning |\n|---|---|---|\n{rows}\n"


__all__ = [
    "ACCOUNTS", "ACCOUNT_KINDS", "ANSWERS", "AREAS", "AREA_COVERAGE", "AREA_MEMBERS", "BACKPORTS", "BLUEPRINTS", "BUGS",
    "BUG_ACTIVITY", "BUG_MESSAGES", "BUG_TASKS", "BUG_THEMES", "CHANGES", "CHANGE_COMMENTS", "CHANGE_COMMITS",
    "CHANGE_FILES", "CHANGE_MESSAGES", "CHANGE_STATUSES", "COMMITS", "COMMIT_FILES", "COMPETING_FIXES", "CYCLES",
    "CYCLE_DAYS", "EVERY_AREA", "EVIDENCES", "HYGIENE", "IMPORTANCES", "LINKS", "MAIN_BRANCHES", "MASTER",
    "MILESTONES", "MOST_DAYS", "NAMED", "NO_AREA", "NUMBERS", "OPEN_CHANGE_STATUSES", "OPEN_STATUSES", "PATCH_SETS",
    "QUEUE", "QUOTA_REQUESTS", "QUOTA_RUNS", "QUOTA_SAMPLES", "RELATIONS", "RESCUES", "REVIEW_STATES",
    "REVIEW_STATES_NAMES", "SAME_CODE_KINDS", "SIMILAR_BUGS", "STABLE_BRANCHES", "STACKS", "STATUSES",
    "SUGGESTION_QUALITY", "TABLES", "THEMES", "THEME_CELLS", "THEME_CHANGES", "THEME_CHANGE_KINDS", "TODO", "TURNS",
    "TURNS_SAID", "UNFIXED_BUGS", "UNREAD_LINES", "VOTES", "WAITING_CURVES", "WAITING_FOR_REVIEW", "WAITING_MEDIANS",
    "WAITING_ON", "Column", "Table", "branch_place", "declared_members", "dictionary", "fix_links",
    "importance_place", "is_days", "line_of", "looked_up", "open_tasks", "series_of", "validate",
]  # fmt: skip
