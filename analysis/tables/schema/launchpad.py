"""The tables made from Launchpad's records."""

from typing import Annotated

import msgspec
import pandas as pd

from analysis.tables.schema.table import Column, Table

STATUSES = (
    "New", "Incomplete", "Opinion", "Invalid", "Won't Fix", "Expired", "Confirmed", "Triaged", "In Progress",
    "Deferred", "Fix Committed", "Fix Released", "Does Not Exist", "Unknown",
)  # fmt: skip
# The set used by Nova's bug czar. Fix Committed counts as closed: Nova does not use it any more.
OPEN_STATUSES = ("New", "Incomplete", "Confirmed", "Triaged", "In Progress")
# The most important first: see importance_place.
IMPORTANCES = ("Critical", "High", "Medium", "Low", "Wishlist", "Undecided", "Unknown")
# An importance that a person writes in a project file, see analysis.tables.configuration.
Importance = Annotated[str, msgspec.Meta(extra={"among": IMPORTANCES})]

BUGS = Table(
    "bugs",
    "a Launchpad bug",
    ("bug_id",),
    {
        "bug_id": Column("int", "Launchpad's number"),
        "title": Column("str", "as the reporter or triager wrote it: hostile text, escape it"),
        "description": Column("str", "the first comment: hostile text, may be very long"),
        "tags": Column("strs", "tags in Launchpad's order"),
        "heat": Column("int", "Launchpad's heat at the time of the fetch"),
        "duplicate_of": Column(
            "int", "the bug this one is a duplicate of; NA for the first of several that are so of each other"
        ),
        "n_duplicates": Column("int", "bugs marked duplicates of this one"),
        "information_type": Column("str", "Public, Public Security, Private, Private Security, ..."),
        "is_private": Column("bool", "not public at the time of the fetch: must not reach a report"),
        "created_at": Column("time", "bug.date_created"),
        "updated_at": Column("time", "bug.date_last_updated"),
        "last_message_at": Column("time", "bug.date_last_message"),
        "n_messages": Column("int", "bug.message_count"),
        "n_users_affected": Column("int", "bug.users_affected_count_with_dupes"),
        "has_patch": Column("bool", "a patch is attached (bug.latest_patch_uploaded)"),
        "reporter": Column("str", "Launchpad name, from owner_link; NA when redacted"),
        "has_messages": Column("bool", "its comments are known"),
        "has_activity": Column("bool", "its activity log is known; without it, nobody knows when a status changed"),
        "has_all_tasks": Column("bool", "every task is known; otherwise those of the fetched project only"),
    },
)

BUG_TASKS = Table(
    "bug_tasks",
    "a bug in one target",
    ("bug_id", "target"),
    {
        "bug_id": Column("int", "bugs.bug_id"),
        "target": Column("str", "path of target_link: nova, nova/kilo, ubuntu/+source/nova"),
        "status": Column("str", "status now, one of STATUSES; a word that is not known there is kept"),
        "importance": Column("str", "importance now"),
        "assignee": Column("str", "Launchpad name, from assignee_link"),
        "milestone": Column("str", "milestone name, from milestone_link"),
        "created_at": Column("time", "bug_task.date_created"),
        "assigned_at": Column("time", "bug_task.date_assigned"),
        "confirmed_at": Column("time", "bug_task.date_confirmed"),
        "triaged_at": Column("time", "bug_task.date_triaged"),
        "in_progress_at": Column("time", "bug_task.date_in_progress"),
        "incomplete_at": Column("time", "bug_task.date_incomplete"),
        "fix_committed_at": Column("time", "bug_task.date_fix_committed"),
        "fix_released_at": Column("time", "bug_task.date_fix_released"),
        "closed_at": Column("time", "bug_task.date_closed; NA while the task is open"),
        "left_closed_at": Column("time", "bug_task.date_left_closed: it was reopened then"),
        "is_open": Column("bool", "status in OPEN_STATUSES"),
    },
)

BUG_ACTIVITY = Table(
    "bug_activity",
    "one entry of a bug's activity log",
    ("bug_id", "activity_id"),
    {
        "bug_id": Column("int", "bugs.bug_id"),
        "activity_id": Column("int", "the number in the entry's link"),
        "changed_at": Column("time", "datechanged"),
        "person": Column("str", "Launchpad name, from person_link"),
        "what": Column("str", "whatchanged: 'nova: status', 'tags', 'bug task added', 'marked as duplicate', ..."),
        "old_value": Column("str", "oldvalue"),
        "new_value": Column("str", "newvalue"),
        "message": Column("str", "the comment given with the change"),
    },
)

BUG_MESSAGES = Table(
    "bug_messages",
    "one comment of a bug; number 0 is the description as first written",
    ("bug_id", "message_number"),
    {
        "bug_id": Column("int", "bugs.bug_id"),
        "message_number": Column("int", "position in the bug, from 0: the last part of the comment's link"),
        "sent_at": Column("time", "date_created"),
        "person": Column("str", "Launchpad name, from owner_link"),
        "subject": Column("str", "subject: hostile text"),
        "content": Column("str", "content: hostile text"),
    },
)

MILESTONES = Table(
    "milestones",
    "a milestone or release date of a Launchpad project",
    ("launchpad_project", "milestone"),
    {
        "launchpad_project": Column("str", "the project's name"),
        "milestone": Column("str", "the milestone's name"),
        "series": Column("str", "name of the series, from series_target_link"),
        "targeted_on": Column("time", "date_targeted, midnight UTC"),
        "is_active": Column("bool", "is_active"),
    },
)


def open_tasks(bug_tasks: pd.DataFrame, target: str) -> pd.DataFrame:
    """The open tasks of one target, such as a project: the same bug may stay open in another one."""
    return bug_tasks[bug_tasks["target"].eq(target) & bug_tasks["is_open"].fillna(False).astype(bool)]


def importance_place(importances: pd.Series) -> pd.Series:
    """0 for Critical and so on; an unknown importance comes after all others."""
    places = {name: place for place, name in enumerate(IMPORTANCES)}
    return importances.map(places).astype("Int64").fillna(len(places))
