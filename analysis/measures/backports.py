"""Backports: on which stable branches a fix of the main line is merged, open, given up, or missing."""

import pandas as pd

from analysis import schema
from analysis.measures.fixes import fix_links, importance_place
from analysis.visible import visible_bugs, visible_changes

MAIN = "master"
STABLE = ("stable/", "unmaintained/")
_OUTCOME = {"MERGED": "merged", "ABANDONED": "given up"}


def backports(
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
    importances: tuple[str, ...] = ("Critical", "High"),
) -> pd.DataFrame:
    """Merged fixes of the main line that have a backport, or whose bug's importance asks for one; a column a branch.

    A branch's cell is 'merged', 'open' or 'given up' with the change's number, or 'missing' when nobody proposed it.
    It is NA when the fix was merged before the branch's first change: the branch may have been cut with it. Changes
    are joined by their Change-Id, which a cherry-pick keeps.

    Returns
    -------
    DataFrame, most important bug first
        change_number, subject, bug_id, importance, submitted_at, then one column for each stable branch, newest last.
    """
    shown = visible_changes(changes, links=links, bugs=bugs)
    merged = _merged_fixes(shown, links, bugs, bug_tasks, launchpad_project)
    picks = shown[shown["branch"].str.startswith(STABLE).fillna(False)]
    picks = picks.sort_values("change_number").drop_duplicates(["change_id", "branch"], keep="last")
    cut = picks.groupby("branch")["created_at"].min().sort_values()
    asked = merged["change_id"].isin(picks["change_id"]) | merged["importance"].isin(importances)
    found = merged[asked.fillna(False)].reset_index(drop=True)
    for branch, cut_at in cut.items():
        found[str(branch)] = _on_branch(found, picks[picks["branch"] == branch], cut_at)
    found["place"] = importance_place(found["importance"])
    found = found.sort_values(
        ["place", "submitted_at", "change_number"], ascending=[True, False, True], ignore_index=True
    )
    return found.drop(columns=["place", "change_id"])


def _merged_fixes(
    shown: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, launchpad_project: str
) -> pd.DataFrame:
    tasks = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "importance"]]
    tasks = tasks[tasks["bug_id"].isin(visible_bugs(bugs)["bug_id"])]
    pairs = fix_links(links, "change")[["change_number", "bug_id"]].merge(tasks, "left", "bug_id", validate="m:1")
    pairs["place"] = importance_place(pairs["importance"])
    pairs = pairs.sort_values(["change_number", "place", "bug_id"]).drop_duplicates("change_number")
    main = shown[(shown["branch"] == MAIN) & (shown["status"] == "MERGED")]
    main = main[["change_number", "change_id", "subject", "submitted_at"]]
    found = main.merge(pairs.drop(columns="place"), "inner", "change_number", validate="1:1")
    return found[["change_number", "change_id", "subject", "bug_id", "importance", "submitted_at"]]


def _on_branch(found: pd.DataFrame, picks: pd.DataFrame, cut_at: pd.Timestamp) -> pd.Series:
    by_id = picks.set_index("change_id")
    words = by_id["status"].map(_OUTCOME).fillna("open") + " " + by_id["change_number"].astype("string")
    proposed: pd.Series = schema.looked_up(found["change_id"], words.astype(schema.AREAS.dtypes["title"]))
    may_have_it = (found["submitted_at"] < cut_at).fillna(True)
    return proposed.fillna("missing").mask(proposed.isna() & may_have_it)


def by_branch(found: pd.DataFrame) -> pd.DataFrame:
    """How many of these fixes are merged, open, given up, missing or unknown, one row a branch."""
    branches = [name for name in found if str(name).startswith(STABLE)]
    outcome = found[branches].melt(var_name="branch", value_name="outcome")
    outcome["outcome"] = outcome["outcome"].astype(schema.AREAS.dtypes["title"]).str.replace(r" \d+$", "", regex=True)
    counts = pd.crosstab(outcome["branch"], outcome["outcome"]).reindex(branches, fill_value=0)
    counts = counts.reindex(columns=["merged", "open", "given up", "missing"], fill_value=0).astype("Int64")
    counts["n_unknown"] = found[branches].isna().sum().astype("Int64")
    return counts.rename_axis(columns=None).reset_index()
