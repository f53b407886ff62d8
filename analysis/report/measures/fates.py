"""Fates: the state of the fix of each open bug, and the next step."""

import pandas as pd

from analysis.judge.fixes import FATES
from analysis.report import page_registry
from analysis.report.measures.bugs import REVIEW_PROPOSED, open_bugs, with_bug_areas
from analysis.report.measures.fixes import days_between
from analysis.tables import schema

# The next step for a person, in the words and the order of the page.
ACTS = {
    "close": "Close the bug: a fix merged",
    "check": "Check whether a fix elsewhere closes it",
    "review": REVIEW_PROPOSED,
    "look": "Look at the change that a comment names",
    "revive": "Revive the abandoned fix, or hand it over",
    "finish": "Finish it: half done or reverted",
    "decide": "Decide: a spec, or no bug at all",
    "ask": "Ask the reporter or the assignee",
    "take": "Take it: nobody has",
}


def fates(
    fix_fates: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    area_members: pd.DataFrame,
    areas: pd.DataFrame,
    launchpad_project: str,
    release: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Every public open bug with the fate of its fix, ordered by what to do, then by importance and age.

    Parameters
    ----------
    fix_fates, bugs, bug_tasks, area_members, areas : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, age_days, tags, areas and areas_page of `with_area_names`, act,
        fate and basis in words, evidence, since_at, change_number, n_proposed.
    """
    still_open = open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project).rename(columns={"title": "bug_title"})
    rows = fix_fates.merge(still_open, "inner", "bug_id", validate="1:1")
    rows = with_bug_areas(rows, area_members, areas, release=release)
    rows = rows.assign(
        age_days=days_between(rows["created_at"], as_of),
        act_place=rows["act"].map({name: place for place, name in enumerate(ACTS)}),
        place=schema.importance_place(rows["importance"]),
        act=rows["act"].map(ACTS).astype(schema.TEXT),
        fate=_titles(rows),
    ).sort_values(["act_place", "place", "created_at", "bug_id"], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "tags", "areas", "areas_page"]
    return rows[[*of_bug, "act", "fate", "evidence", "basis", "since_at", "change_number", "n_proposed"]]


def _titles(rows: pd.DataFrame) -> "pd.Series[str]":
    """The fate of each fix, in the words of a page."""
    titles = rows["fate"].map({name: fate.title for name, fate in FATES.items()})
    guesses = rows["fate"].map({name: fate.guess or fate.title for name, fate in FATES.items()})
    return titles.mask(rows["basis"].eq("guess"), guesses).astype(schema.TEXT)


def by_act(rows: pd.DataFrame) -> pd.DataFrame:
    """The number of open bugs by what to do, in the order of the page; without rows for 0.

    Returns
    -------
    DataFrame
        act, n_bugs, n_guesses: of how many only people's words say so; rows_page: where its bugs are listed.
    """
    guesses = rows["basis"].eq("guess")
    groups = rows.assign(is_guess=guesses).groupby("act", sort=False)
    rows_by_act = groups.agg(n_bugs=("bug_id", "size"), n_guesses=("is_guess", "sum")).reset_index()
    pages = [page_registry.BUGS_WITHOUT_FIX.address(part="fates", act=str(act)) for act in rows_by_act["act"]]
    rows_by_act = rows_by_act.assign(rows_page=pd.Series(pages, rows_by_act.index, dtype=schema.TEXT))
    return rows_by_act.astype({"n_bugs": "Int64", "n_guesses": "Int64"})
