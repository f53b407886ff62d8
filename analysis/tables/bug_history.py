"""Launchpad's tables as they were at a past instant, rewound through the activity log.

Every entry of the log has a field's value before and after. The value at an instant is therefore the old value of the
first later entry, or without one the current value. Fields that are not in the log (heat, users affected) are unknown
in the past. Bugs that are private today stay private: a report of the past must not show them either.

A saved bug may have no log. Its state at an instant before its last change is then unknown, except what its dates
prove: a task that was closed before the instant and is still closed was closed at the instant. Its title, description
and tags are the current ones.
"""

import pandas as pd

from analysis.judge.privacy import is_hidden
from analysis.tables import schema

Tables = dict[str, pd.DataFrame]

_FIELDS = ("status", "importance", "assignee", "milestone")
_TASK_TIMES = (
    "assigned_at", "confirmed_at", "triaged_at", "in_progress_at", "incomplete_at", "fix_committed_at",
    "fix_released_at", "closed_at", "left_closed_at",
)  # fmt: skip
_NOTHING = ("", "None", "none")
_NICK = r"\(([a-z0-9][a-z0-9+.-]*)\)\s*$"


def as_of(tables: Tables, instant: pd.Timestamp) -> Tables:
    """The tables bugs, bug_tasks, bug_messages and bug_activity as they were at `instant`; others are not returned."""
    activity = tables["bug_activity"]
    later = activity[activity["changed_at"].gt(instant).fillna(False)]
    later = later.sort_values(["bug_id", "changed_at", "activity_id"], kind="stable")
    messages = tables["bug_messages"][tables["bug_messages"]["sent_at"].le(instant).fillna(False)]
    past = activity[activity["changed_at"].le(instant).fillna(False)]
    return {
        "bugs": _bugs(tables["bugs"], later, past, messages, instant),
        "bug_tasks": _tasks(tables["bug_tasks"], later, instant, _changed_unseen(tables["bugs"], instant)),
        "bug_messages": messages.reset_index(drop=True),
        "bug_activity": past.reset_index(drop=True),
    }


def _changed_unseen(bugs: pd.DataFrame, instant: pd.Timestamp) -> pd.Series:
    """The numbers of the bugs that may have changed after the instant without a log."""
    is_same = bugs["updated_at"].le(instant).fillna(False)
    numbers: pd.Series = bugs.loc[bugs["has_activity"].eq(False).fillna(False) & ~is_same, "bug_id"]
    return numbers


def _tasks(tasks: pd.DataFrame, later: pd.DataFrame, instant: pd.Timestamp, unseen: pd.Series) -> pd.DataFrame:
    past = tasks[tasks["created_at"].le(instant).fillna(False)].reset_index(drop=True)
    past = past.assign(**{field: _rewind(past, later, field) for field in _FIELDS})
    times = {name: past[name].where(past[name].le(instant)) for name in _TASK_TIMES}
    is_open = past["status"].isin(schema.OPEN_STATUSES)
    times["closed_at"] = times["closed_at"].where(~is_open)
    is_unknown = past["bug_id"].isin(unseen)
    was_closed = times["closed_at"].notna()
    past = past.assign(**{field: past[field].mask(is_unknown) for field in _FIELDS})
    is_open = is_open.astype("boolean").mask(past["status"].isna() & ~was_closed)
    return schema.validate(schema.BUG_TASKS.frame(past.assign(**times, is_open=is_open)), schema.BUG_TASKS)


def _rewind(tasks: pd.DataFrame, later: pd.DataFrame, field: str) -> pd.Series:
    """A field of each task, with the old value of its first change after the instant, if there is one."""
    changed = later[later["what"].str.endswith(f": {field}").fillna(False)]
    changed = changed.assign(target=changed["what"].str.removesuffix(f": {field}"))
    first = changed.drop_duplicates(["bug_id", "target"])[["bug_id", "target", "old_value"]].assign(is_changed=True)
    merged = tasks[["bug_id", "target", field]].merge(first, on=["bug_id", "target"], how="left", validate="one_to_one")
    old = merged["old_value"].mask(merged["old_value"].isin(_NOTHING))
    if field == "assignee":  # the log writes 'Casey Example (casey)'
        old = old.str.extract(_NICK, expand=False).fillna(old)
    return merged[field].mask(merged["is_changed"].notna(), old)


def _bugs(
    bugs: pd.DataFrame, later: pd.DataFrame, past: pd.DataFrame, messages: pd.DataFrame, instant: pd.Timestamp
) -> pd.DataFrame:
    # A private bug stays, even if it is newer: rows that name it today must be hidden in the past, too.
    is_known = bugs["created_at"].le(instant).fillna(False) | is_hidden(bugs)
    known_bugs = bugs[is_known].reset_index(drop=True)
    title, description = _first_old(known_bugs, later, "summary"), _first_old(known_bugs, later, "description")
    spoken = pd.concat(
        [
            messages[["bug_id", "sent_at"]].rename(columns={"sent_at": "at"}),
            past[["bug_id", "changed_at"]].rename(columns={"changed_at": "at"}),
        ]
    )
    touched = schema.looked_up(known_bugs["bug_id"], spoken.groupby("bug_id")["at"].max()).fillna(
        known_bugs["created_at"]
    )
    by_bug = messages.groupby("bug_id")
    rewound = known_bugs.assign(
        title=title.fillna(known_bugs["title"]),
        description=description.fillna(known_bugs["description"]),
        tags=_tags(known_bugs, later),
        duplicate_of=_duplicate_of(known_bugs, later),
        updated_at=touched,
        last_message_at=schema.looked_up(known_bugs["bug_id"], by_bug["sent_at"].max()),
        n_messages=schema.looked_up(known_bugs["bug_id"], by_bug.size()).fillna(0),
    ).drop(columns=["heat", "n_users_affected", "n_duplicates", "has_patch"])
    return schema.validate(schema.BUGS.frame(rewound), schema.BUGS)


def _first_old(bugs: pd.DataFrame, later: pd.DataFrame, what: str) -> pd.Series:
    first = later[later["what"].eq(what).fillna(False)].drop_duplicates("bug_id").set_index("bug_id")
    return schema.looked_up(bugs["bug_id"], first["old_value"])


def _tags(bugs: pd.DataFrame, later: pd.DataFrame) -> pd.Series:
    is_changed = bugs["bug_id"].isin(later.loc[later["what"].eq("tags").fillna(False), "bug_id"])
    old = _first_old(bugs, later, "tags").fillna("")
    lists = [words.split() if hit else now for words, hit, now in zip(old, is_changed, bugs["tags"], strict=True)]
    return pd.Series(lists, index=bugs.index, dtype=bugs["tags"].dtype)


def _duplicate_of(bugs: pd.DataFrame, later: pd.DataFrame) -> pd.Series:
    marks = later[later["what"].str.contains("duplicate", regex=False).fillna(False)]
    marks = marks.drop_duplicates("bug_id").set_index("bug_id")
    old = pd.to_numeric(marks["old_value"].str.extract(r"(\d+)", expand=False)).astype("Int64")
    return bugs["duplicate_of"].mask(bugs["bug_id"].isin(marks.index), schema.looked_up(bugs["bug_id"], old))
