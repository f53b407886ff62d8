"""Counts of bugs in groups (open, without fix, unreviewed, by cycle, age and area), and the facts that are counted."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.judge.fixes import not_abandoned, open_linked_changes
from analysis.judge.privacy import visible_bugs
from analysis.tables import schema

IMPORTANT = ("Critical", "High")


def public(bugs: pd.DataFrame) -> pd.DataFrame:
    """The bugs that the public may see, in order of bug_id (schema.BUGS)."""
    return visible_bugs(bugs).sort_values("bug_id", kind="stable", ignore_index=True)


def bug_facts(
    bugs: pd.DataFrame,
    *,
    bug_tasks: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    linked_changes: pd.DataFrame,
    review_states: pd.DataFrame,
    area_members: pd.DataFrame | None,
    as_of: pd.Timestamp,
    target: str,
) -> pd.DataFrame:
    """One row per bug, in the order of `bugs`: the facts that `counts` adds up.

    A bug is open if its task in `target` is open; a duplicate never is, its master may be. The definition of a fix is
    not here: `unfixed_bugs` and `linked_changes` are those of all other pages.

    Columns: bug_id; is_open, lacks_fix, is_important bool; is_unreviewed bool: an open fix waits for a person's first
    vote on its current patch set, NA where votes are unknown; cycle int, 0 = the newest, NA when older than the cycles
    or undated; age_days float; areas list of str.
    """
    tasks = schema.open_tasks(bug_tasks, target)
    age = schema.days(as_of - bugs["created_at"])
    cycle = (age // schema.CYCLE_DAYS).astype("Int64")
    important = tasks.loc[tasks["importance"].isin(IMPORTANT), "bug_id"]
    return pd.DataFrame(
        {
            "bug_id": bugs["bug_id"],
            "is_open": is_open(bugs, tasks).astype("boolean"),
            "lacks_fix": bugs["bug_id"].isin(unfixed_bugs["bug_id"]).astype("boolean"),
            "is_unreviewed": _unreviewed(bugs["bug_id"], linked_changes, review_states),
            "is_important": bugs["bug_id"].isin(important).astype("boolean"),
            "cycle": cycle.where(cycle.between(0, schema.CYCLES - 1)),
            "age_days": age.astype("Float64"),
        }
    ).merge(_areas_of_bugs(area_members), "left", "bug_id", validate="1:1")


def is_open(bugs: pd.DataFrame, tasks: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each bug has one of the tasks and is no duplicate."""
    return bugs["bug_id"].isin(tasks["bug_id"]) & bugs["duplicate_of"].isna()


def _unreviewed(bug_ids: pd.Series, linked_changes: pd.DataFrame, review_states: pd.DataFrame) -> pd.Series:
    """False if no open change fixes the bug; NA if a fix may be unreviewed but none is known to be."""
    fixes = open_linked_changes(not_abandoned(linked_changes))
    fixes = fixes.merge(review_states[["change_number", "has_human_vote_on_current"]], "left", "change_number")
    unreviewed = ~fixes["has_human_vote_on_current"].astype("boolean")
    by_bug = schema.looked_up(bug_ids, unreviewed.groupby(fixes["bug_id"]).any(skipna=False))
    return by_bug.where(bug_ids.isin(fixes["bug_id"]), False)


def _areas_of_bugs(area_members: pd.DataFrame | None) -> pd.DataFrame:
    if area_members is None:
        return pd.DataFrame({"bug_id": pd.array([], "Int64"), "areas": pd.Series([], dtype=object)})
    members = schema.declared_members(area_members, "bug")[["bug_id", "area_id"]].drop_duplicates()
    members = members.sort_values(["bug_id", "area_id"]).astype({"area_id": object})
    return members.groupby("bug_id")["area_id"].agg(list).rename("areas").reset_index()


AREAS_KEPT = 5
COUNTS = (
    "n_bugs", "n_open", "n_without_fix", "n_unreviewed_fix", "n_important", "n_opened_by_cycle", "growth",
    "median_age_days", "areas",
)  # fmt: skip


def counts(members: pd.DataFrame, facts: pd.DataFrame, *, by: Sequence[str], has_areas: bool) -> pd.DataFrame:
    """The columns COUNTS for each group, with the group's keys, in the order of the keys.

    Parameters
    ----------
    members : DataFrame with bug_id and the columns `by`: a bug may be in several groups, once in each
    facts : DataFrame of `bug_facts`
    has_areas : whether areas are known at all; else areas is NA
    """
    rows = members[[*by, "bug_id"]].merge(facts, "left", "bug_id", validate="m:1")
    is_open = rows["is_open"]
    keys = [rows[key] for key in by]
    groups = pd.DataFrame(
        {
            "n_bugs": is_open.groupby(keys).size(),
            "n_open": _sum(is_open, keys),
            "n_without_fix": _sum(is_open & rows["lacks_fix"], keys),
            "n_unreviewed_fix": _sum(is_open & rows["is_unreviewed"], keys),
            "n_important": _sum(is_open & rows["is_important"], keys),
            "median_age_days": rows["age_days"].where(is_open.fillna(False)).groupby(keys).median(),
        }
    )
    groups = groups.join(_cycles(rows, by))
    groups["areas"] = _areas(rows, by).reindex(groups.index) if has_areas else None
    return groups.reset_index()[[*by, *COUNTS]]


def _sum(flags: pd.Series, keys: Sequence[pd.Series]) -> pd.Series:
    """The number of true values in each group; NA if one is unknown: a sum with unknown parts is unknown."""
    numbers = flags.astype("Int64").groupby(list(keys))
    return numbers.sum().where(flags.notna().groupby(list(keys)).all())


def _cycles(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    oldest_first = [*range(schema.CYCLES - 1, -1, -1)]
    opened = rows.assign(n=1).pivot_table(index=list(by), columns="cycle", values="n", aggfunc="sum", dropna=True)
    groups = rows.groupby(list(by)).size().index
    table = opened.reindex(index=groups, columns=oldest_first).fillna(0).astype(int)
    half = schema.CYCLES // 2
    before, lately = table.iloc[:, :half].sum(axis=1), table.iloc[:, half:].sum(axis=1)
    growth = (lately / before.where(before > 0)).astype("Float64")
    return pd.DataFrame({"n_opened_by_cycle": table.to_numpy().tolist(), "growth": growth}, index=groups)


def _areas(rows: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    by_area = rows[[*by, "areas"]].explode("areas").dropna(subset=["areas"])
    sizes = by_area.groupby([*by, "areas"]).size().rename("n").reset_index()
    sizes = sizes.sort_values([*by, "n", "areas"], ascending=[True] * len(by) + [False, True], kind="stable")
    top = sizes.groupby(list(by)).head(AREAS_KEPT)
    words = top.assign(words=top["areas"].astype(str) + " " + top["n"].astype(str))
    return words.groupby(list(by))["words"].agg(list).astype(object)


def examples(members: pd.DataFrame, *, by: Sequence[str], n: int = 5) -> pd.Series:
    """For each group the bugs nearest to their theme's centre, nearest first.

    Parameters
    ----------
    members : DataFrame with bug_id, distance and the columns `by`
    """
    near = members.sort_values(["distance", "bug_id"], kind="stable").groupby(list(by)).head(n)
    return near.groupby(list(by))["bug_id"].agg(list)


def lifts(cells: pd.DataFrame, members: pd.DataFrame, modes: pd.DataFrame) -> pd.DataFrame:
    """n_expected, lift and score of each cell, were theme and failure mode independent over the bugs with a theme.

    Parameters
    ----------
    cells : DataFrame with theme_id, failure_mode, n_bugs
    members : DataFrame with bug_id, theme_id, one row per bug with a theme
    modes : DataFrame with bug_id, failure_mode, one row per bug with a theme and mode of it
    """
    in_theme = members.groupby("theme_id").size()
    of_mode = modes.groupby("failure_mode").size()
    share = cells["failure_mode"].map(of_mode).astype(float) / max(len(members), 1)
    expected = cells["theme_id"].map(in_theme).astype(float) * share
    lift = cells["n_bugs"].astype(float) / expected
    return pd.DataFrame({"n_expected": expected, "lift": lift, "score": cells["n_bugs"].astype(float) * np.log(lift)})
