"""What is known of each public bug beside its text: whether it is open, fixed, reviewed, important, how old, where."""

import pandas as pd

from analysis import schema
from analysis.visible import is_hidden, visible_bugs

IMPORTANT = ("Critical", "High")
FIXING = ("closes", "partial")


def public(bugs: pd.DataFrame) -> pd.DataFrame:
    """The bugs that the public may see, in order of bug_id (schema.BUGS)."""
    return visible_bugs(bugs).sort_values("bug_id", kind="stable", ignore_index=True)


def facts(
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    fixes: pd.DataFrame,
    area_members: pd.DataFrame | None,
    *,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row per bug, in the order of `bugs`: what `counting.counts` adds up.

    A duplicate is not open: its master is. A bug without a task is open nowhere.

    Columns: bug_id; is_open, has_fix, is_important bool; is_unreviewed bool, NA where votes are unknown; cycle int,
    0 = the newest, NA when older than the cycles or undated; age_days float; areas list of str.
    """
    tasks = bug_tasks[bug_tasks["is_open"].fillna(False)]
    is_open = bugs["bug_id"].isin(tasks["bug_id"]) & bugs["duplicate_of"].isna()
    age = (as_of - bugs["created_at"]).dt.total_seconds() / 86_400
    cycle = (age // schema.CYCLE_DAYS).astype("Int64")
    unreviewed = fixes.groupby("bug_id")["is_unreviewed"].any(skipna=False)  # NA where none is, and one may be
    return pd.DataFrame(
        {
            "bug_id": bugs["bug_id"],
            "is_open": is_open.astype("boolean"),
            "has_fix": bugs["bug_id"].isin(fixes["bug_id"]).astype("boolean"),
            "is_unreviewed": _looked_up(bugs["bug_id"], unreviewed, fixes),
            "is_important": bugs["bug_id"]
            .isin(tasks.loc[tasks["importance"].isin(IMPORTANT), "bug_id"])
            .astype("boolean"),
            "cycle": cycle.where(cycle.between(0, schema.CYCLES - 1)),
            "age_days": age.astype("Float64"),
        }
    ).merge(_areas(area_members), "left", "bug_id", validate="1:1")


def fixes(links: pd.DataFrame, changes: pd.DataFrame, review_states: pd.DataFrame) -> pd.DataFrame:
    """The changes and commits that fix a bug, once per pair: bug_id, kind, ref, is_unreviewed.

    An abandoned change fixes nothing and a private one is not to be spoken of. is_unreviewed: an open change that
    no person but its owner has voted on; NA where votes are unknown; False for what is merged.
    """
    counted = links[links["counts_as_fix"].fillna(False) & links["relation"].isin(FIXING)]
    pairs = counted[["bug_id", "kind", "ref"]].drop_duplicates(ignore_index=True)
    known = changes[["change_number", "status"]].assign(is_hidden=is_hidden(changes).astype("boolean"))
    voted = review_states[["change_number", "has_human_vote_ever"]]
    known = known.merge(voted, "left", "change_number", validate="1:1")
    known = known.assign(ref=known["change_number"].astype(pairs["ref"].dtype), kind="change")
    found = pairs.merge(known.drop(columns="change_number"), "left", ["kind", "ref"], validate="m:1")
    found = found[~(found["status"].eq("ABANDONED") | found["is_hidden"]).fillna(False)]
    is_open = found["status"].isin(schema.OPEN_CHANGE_STATUSES)
    unreviewed = (~found["has_human_vote_ever"]).where(is_open, False)
    return found[["bug_id", "kind", "ref"]].assign(is_unreviewed=unreviewed.astype("boolean")).reset_index(drop=True)


def _looked_up(keys: pd.Series, values: pd.Series, fixes: pd.DataFrame) -> pd.Series:
    """The value of each bug; a bug without any fix has no unreviewed one."""
    found = schema.looked_up(keys, values)
    return found.where(keys.isin(fixes["bug_id"]), False)


def _areas(area_members: pd.DataFrame | None) -> pd.DataFrame:
    if area_members is None:
        return pd.DataFrame({"bug_id": pd.array([], "Int64"), "areas": pd.Series([], dtype=object)})
    declared = area_members[(area_members["kind"] == "bug") & ~area_members["is_suggestion"].fillna(False)]
    members = declared[["ref", "area_id"]].drop_duplicates().sort_values(["ref", "area_id"]).astype({"area_id": object})
    grouped = members.groupby("ref")["area_id"].agg(list).reset_index()
    return pd.DataFrame({"bug_id": grouped["ref"].astype("Int64"), "areas": grouped["area_id"]})
