"""The label and unit of each column: the same on every page, in the command line and in the data dictionary.

Most labels follow from the name: counts begin with `n_`, booleans with `is_` or `has_`, instants end in `_at`,
durations in their unit. Only labels that do not are listed here.
"""

DAYS, SHARE, UTC, MILLISECONDS, NANOSECONDS = "days", "0..1", "UTC", "ms", "ns"

LABELS = {
    "act": "To do",
    "at": "Date",
    "amounts": "Amounts asked for",
    "area_id": "Area",
    "area_ids": "Areas",
    "authored_at": "Written",
    "basis": "Basis",
    "bug_id": "Bug",
    "bug_status": "Bug status",
    "cast_at": "Voted",
    "auc": "AUC",
    "auc_recent": "AUC, newest first",
    "chance_2_weeks": "Merged in 2 weeks",
    "chance_4_weeks": "Merged in 4 weeks",
    "chance_12_weeks": "Merged in 12 weeks",
    "change_id": "Change-Id",
    "change_number": "Change",
    "change_numbers": "Changes",
    "changed_at": "Changed",
    "cherry_pick_of": "Cherry-pick of",
    "ci": "CI",
    "report_age_days": "Age of the report",
    "committed_at": "Committed",
    "common_words": "Words in both",
    "conflicts_with": "Conflicts with",
    "counts_as_fix": "Counts as a fix",
    "current_patch_set_at": "Current patch set",
    "current_sha": "Current commit",
    "days": "Length",
    "ended_by": "Ended by",
    "evidence": "Evidence",
    "example_bug_ids": "Typical bugs",
    "example_title": "Typical bug",
    "expect_at_least": "Least members",
    "fate": "Fate of the fix",
    "fixed_on_master_at": "Fixed on master",
    "fixes": "Fixes",
    "has_activity": "Activity log known",
    "has_all_tasks": "All tasks known",
    "has_conflict": "Merge conflict",
    "has_effect": "Took effect",
    "has_human_vote_ever": "Ever reviewed",
    "has_human_vote_on_current": "Current patch set reviewed",
    "has_labels": "Votes known",
    "has_messages": "Messages known",
    "has_plan": "Planned",
    "hook_misses": "Missed by the hook",
    "hook_sees_it": "Seen by the hook",
    "instant_at": "Date",
    "is_ci": "By a CI",
    "is_over": "Ended",
    "is_unreviewed": "Unreviewed",
    "is_wanted": "Asked for",
    "is_wip": "Work in progress",
    "is_outdated": "Needs a rebase",
    "lack": "Lacks",
    "line": "Line",
    "map_x": "Map, across",
    "map_y": "Map, up",
    "named_bug_ids": "Bugs that it names",
    "master_ref": "Fix on master",
    "median_age_days": "Median age",
    "median_days": "Median wait",
    "median_high": "At most",
    "median_low": "At least",
    "n": "Number",
    "n_expected": "Expected by chance",
    "n_high": "At most",
    "n_important": "High or Critical",
    "n_lasting": "Still lasting",
    "n_low": "At least",
    "n_liked": "Positive votes",
    "n_opened_by_cycle": "Opened per half year",
    "n_open": "Open",
    "n_proposed": "Fixes proposed",
    "n_unreviewed_fix": "Fix unreviewed",
    "n_users_affected": "Users affected",
    "n_without_fix": "Without fix",
    "needs_first": "Needs first",
    "other_bug_id": "Other bug",
    "other_theme_ids": "Other themes",
    "outside": "Common to the rest",
    "owner_name": "Owner",
    "owners": "Owner",
    "p50_ms": "Latency, median",
    "p90_ms": "Latency, 90 %",
    "p99_ms": "Latency, 99 %",
    "path": "Path",
    "reason": "Why",
    "reasons": "Why this rank",
    "ref": "Change or commit",
    "sha": "Commit",
    "share_high": "Share at most",
    "share_low": "Share at least",
    "since_at": "Since",
    "size_lines": "Lines",
    "stack_id": "Bottom of stack",
    "submitted_at": "Merged",
    "target": "Task in",
    "targeted_on": "Date",
    "terms": "Words",
    "theme_id": "Theme",
    "title": "Title",
    "waiting_days": "Waiting",
    "waiting_on": "Waiting on",
    "what": "Kind of work",
    "why": "State",
    "why_ended": "Reason for the end",
    "withdrawn_by_ns": "Withdrawn by",
    "withdrawn_from_ns": "Withdrawn from",
}
UNITS = {
    "auc": SHARE,
    "auc_recent": SHARE,
    "chance": SHARE,
    "chance_2_weeks": SHARE,
    "chance_4_weeks": SHARE,
    "chance_12_weeks": SHARE,
    "days": DAYS,
    "distance": SHARE,
    "false_alarms": SHARE,
    "median_high": DAYS,
    "median_low": DAYS,
    "seconds": "s",
    "share": SHARE,
    "share_high": SHARE,
    "share_low": SHARE,
    "similarity": SHARE,
    "strength": SHARE,
}
ENDINGS = {"_days": DAYS, "_at": UTC, "_on": UTC, "_ms": MILLISECONDS, "_ns": NANOSECONDS}
NOT_INSTANTS = ("waiting_on", "has_human_vote_on_current")


def label(name: str) -> str:
    """The column's label: the listed one, or the words of its name.

    >>> label("n_bugs"), label("is_private"), label("closed_at"), label("waiting_on")
    ('Bugs', 'Private', 'Closed', 'Waiting on')
    """
    if name in LABELS:
        return LABELS[name]
    plain = name.removeprefix("n_").removeprefix("is_").removeprefix("has_")
    for ending in ENDINGS:
        plain = plain.removesuffix(ending)
    plain = plain.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def unit(name: str) -> str:
    """The column's unit; empty if it has none.

    >>> unit("age_days"), unit("share"), unit("closed_at"), unit("subject")
    ('days', '0..1', 'UTC', '')
    """
    if name in NOT_INSTANTS:
        return ""
    return UNITS.get(name) or next((of for ending, of in ENDINGS.items() if name.endswith(ending)), "")
