"""Open fixes: the open changes that answer a bug, with their bug, their area and their turn."""

import pandas as pd

from analysis import schema
from analysis.measures.visible import visible_bugs, visible_changes

NO_AREA = "none"
WAITING_FOR_REVIEW = ("reviewers", "second_core", "approver")


def open_fixes(
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    review_states: pd.DataFrame,
    queue: pd.DataFrame,
    area_members: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    release: str,
    launchpad_project: str,
) -> pd.DataFrame:
    """Every public open change that counts as a fix, once per area (area 'none' if in no area).

    `importance` is that of the bug's task in `launchpad_project` itself, never of another project or series; it is
    NA when the bug was not fetched. `is_unreviewed` is NA, not false, when votes are unknown. `rank`, `score` and
    `reasons` are NA for a fix that does not wait for review.

    Returns
    -------
    DataFrame in the order of area_id, rank (unranked last), change_number
        change_number, subject, branch, owner, created_at, size_lines, bug_id, bug_title, bug_status, importance,
        state, waiting_on, since_at, waiting_days, reason, has_human_vote_ever, is_unreviewed, area_id, rank, score,
        reasons.

    Raises
    ------
    MergeError
        A table holds a key twice: it did not cross schema.validate.
    """
    shown = visible_changes(changes, links=links, bugs=bugs)
    found = _fixing(shown, links, _facts(visible_bugs(bugs), bug_tasks, launchpad_project))
    found = found.merge(_turns(review_states), "left", "change_number", validate="1:1")
    found["state"] = found["state"].fillna("unknown")
    found = found.merge(_areas(area_members, queue, release), "left", "change_number", validate="1:m")
    found["area_id"] = found["area_id"].fillna(NO_AREA)
    ranked = queue[["change_number", "area_id", "rank", "score", "reasons"]]
    found = found.merge(ranked, "left", ["change_number", "area_id"], validate="1:1")
    return found.sort_values(["area_id", "rank", "change_number"], na_position="last", ignore_index=True)


def each_once(fixes: pd.DataFrame) -> pd.DataFrame:
    """The same fixes, one row per change: in no area, for numbers about the whole project."""
    return fixes.drop_duplicates("change_number").drop(columns=["area_id", "rank"]).reset_index(drop=True)


def _fixing(changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """Open changes that count as a fix, each with the most important bug that it fixes."""
    is_open = changes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    found = changes.loc[is_open, ["change_number", "subject", "branch", "owner", "created_at"]].copy()
    found["size_lines"] = changes["insertions"] + changes["deletions"]
    pairs = fix_links(links, "change")[["change_number", "bug_id", "strength"]]
    pairs = pairs.merge(bugs, "left", "bug_id", validate="m:1")
    pairs["place"] = importance_place(pairs["importance"])
    pairs = pairs.sort_values(["place", "strength", "bug_id"], ascending=[True, False, True], kind="stable")
    return found.merge(
        pairs.drop_duplicates("change_number").drop(columns=["place", "strength"]),
        "inner",
        "change_number",
        validate="1:1",
    )


def importance_place(importances: pd.Series) -> pd.Series:
    """0 for Critical and so on; an importance that is not known comes after all that are."""
    places = {name: place for place, name in enumerate(schema.IMPORTANCES)}
    return importances.map(places).astype("Int64").fillna(len(places))


def fix_links(links: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The links that make a change (or commit) a fix, strongest evidence of each pair; `change_number` for changes."""
    fixing = links[(links["kind"] == kind) & links["counts_as_fix"].fillna(False)]
    fixing = fixing[fixing["relation"].isin(("closes", "partial"))]
    fixing = fixing.sort_values("strength", ascending=False, kind="stable").drop_duplicates(["bug_id", "ref"])
    if kind == "change":
        fixing = fixing.assign(change_number=fixing["ref"].astype("Int64"))
    return fixing.reset_index(drop=True)


def _facts(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, launchpad_project: str) -> pd.DataFrame:
    """Each public bug with the status and importance of its task in the project itself."""
    tasks = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "status", "importance"]]
    named = bugs[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    return named.merge(tasks.rename(columns={"status": "bug_status"}), "left", "bug_id", validate="1:1")


def _turns(review_states: pd.DataFrame) -> pd.DataFrame:
    columns = ["change_number", "state", "waiting_on", "since_at", "waiting_days", "reason", "has_human_vote_ever"]
    turns = review_states[columns].copy()
    turns["is_unreviewed"] = ~review_states["has_human_vote_on_current"]
    return turns


def _areas(area_members: pd.DataFrame, queue: pd.DataFrame, release: str) -> pd.DataFrame:
    """Which change is in which area: as the rules say, never as a suggestion says."""
    declared = (area_members["release"] == release) & ~area_members["is_suggestion"].fillna(False)
    members = area_members[declared & (area_members["kind"] == "change")]
    members = members.assign(change_number=members["ref"].astype("Int64"))[["change_number", "area_id"]]
    queued = queue.loc[queue["area_id"] != NO_AREA, ["change_number", "area_id"]]
    return pd.concat([members, queued]).drop_duplicates(ignore_index=True)
