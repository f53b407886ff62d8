"""What is known of each public bug beside its text: whether it is open, fixed, reviewed, important, how old, where."""

import pandas as pd

from analysis import schema
from analysis.fixes import living, open_answers
from analysis.visible import visible_bugs

IMPORTANT = ("Critical", "High")


def public(bugs: pd.DataFrame) -> pd.DataFrame:
    """The bugs that the public may see, in order of bug_id (schema.BUGS)."""
    return visible_bugs(bugs).sort_values("bug_id", kind="stable", ignore_index=True)


def facts(
    bugs: pd.DataFrame,
    *,
    bug_tasks: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    answered: pd.DataFrame,
    review_states: pd.DataFrame,
    area_members: pd.DataFrame | None,
    as_of: pd.Timestamp,
    target: str,
) -> pd.DataFrame:
    """One row per bug, in the order of `bugs`: what `counting.counts` adds up.

    A bug is open by its task in `target` alone, and a duplicate is not: its master is. What a fix is, is not decided
    here: `unfixed_bugs` and `answered` are those of all other pages.

    Columns: bug_id; is_open, lacks_fix, is_important bool; is_unreviewed bool: an open fix waits for a person's first
    vote on its current patch set, NA where votes are unknown; cycle int, 0 = the newest, NA when older than the cycles
    or undated; age_days float; areas list of str.
    """
    tasks = schema.open_tasks(bug_tasks, target)
    age = (as_of - bugs["created_at"]).dt.total_seconds() / 86_400
    cycle = (age // schema.CYCLE_DAYS).astype("Int64")
    important = tasks.loc[tasks["importance"].isin(IMPORTANT), "bug_id"]
    return pd.DataFrame(
        {
            "bug_id": bugs["bug_id"],
            "is_open": is_open(bugs, tasks).astype("boolean"),
            "lacks_fix": bugs["bug_id"].isin(unfixed_bugs["bug_id"]).astype("boolean"),
            "is_unreviewed": _unreviewed(bugs["bug_id"], answered, review_states),
            "is_important": bugs["bug_id"].isin(important).astype("boolean"),
            "cycle": cycle.where(cycle.between(0, schema.CYCLES - 1)),
            "age_days": age.astype("Float64"),
        }
    ).merge(_areas(area_members), "left", "bug_id", validate="1:1")


def is_open(bugs: pd.DataFrame, tasks: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each bug has one of the tasks and is no duplicate."""
    return bugs["bug_id"].isin(tasks["bug_id"]) & bugs["duplicate_of"].isna()


def _unreviewed(bug_ids: pd.Series, answered: pd.DataFrame, review_states: pd.DataFrame) -> pd.Series:
    """False where no open change fixes the bug; NA where none is known to be unreviewed and one may be."""
    fixes = open_answers(living(answered))
    fixes = fixes.merge(review_states[["change_number", "has_human_vote_on_current"]], "left", "change_number")
    unreviewed = ~fixes["has_human_vote_on_current"].astype("boolean")
    found = schema.looked_up(bug_ids, unreviewed.groupby(fixes["bug_id"]).any(skipna=False))
    return found.where(bug_ids.isin(fixes["bug_id"]), False)


def _areas(area_members: pd.DataFrame | None) -> pd.DataFrame:
    if area_members is None:
        return pd.DataFrame({"bug_id": pd.array([], "Int64"), "areas": pd.Series([], dtype=object)})
    members = schema.declared_members(area_members, "bug")[["bug_id", "area_id"]].drop_duplicates()
    members = members.sort_values(["bug_id", "area_id"]).astype({"area_id": object})
    return members.groupby("bug_id")["area_id"].agg(list).rename("areas").reset_index()
