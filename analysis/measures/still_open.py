"""Every open bug of the project: how important, how old, in which area, and how far its fix is."""

import pandas as pd

from analysis import schema
from analysis.measures.bugs import not_fetched, open_bugs, with_bug_areas
from analysis.measures.facts import Fact, facts_frame
from analysis.measures.fixes import days_between, public_fixes
from analysis.measures.progress import MERGED, NO_FIX, nearest_fixes

OPEN_BUGS_PAGE = "17_open_bugs.html"
IMPORTANT = ("Critical", "High")


def every_open_bug(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    links: pd.DataFrame,
    review_states: pd.DataFrame,
    area_members: pd.DataFrame,
    areas: pd.DataFrame,
    launchpad_project: str,
    release: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The public bugs with an open task in the project, without duplicates, the most important and then oldest first.

    Parameters
    ----------
    bugs, bug_tasks, unfixed_bugs, changes, commits, links, review_states, area_members, areas : DataFrame
        Schema tables of these names.

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, age_days, heat, tags; need: what the bug needs next, in words;
        n_fixes: how many there are on master, or where none is, on stable branches; change_number: of these the open
        one that is nearest to its merge, else a merged one, NA of none; areas and areas_page of `with_area_names`.
    """
    found = open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project).rename(columns={"title": "bug_title"})
    fixing = public_fixes(links=links, bugs=bugs, changes=changes, commits=commits)
    # What the build judged to lack a fix lacks it here too, such as a bug that was fixed on stable branches alone.
    nearest = _nearest(fixing[~fixing["bug_id"].isin(unfixed_bugs["bug_id"])], review_states)
    found = found.merge(nearest, "left", "bug_id", validate="1:1").fillna({"need": NO_FIX, "n_fixes": 0})
    found = found.assign(
        age_days=days_between(found["created_at"], as_of), place=schema.importance_place(found["importance"])
    ).sort_values(["place", "created_at", "bug_id"], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "heat", "tags"]
    found = found[[*of_bug, "need", "n_fixes", "change_number"]]
    return with_bug_areas(found, area_members, areas, release=release)


def open_bug_facts(found: pd.DataFrame, *, bugs: pd.DataFrame) -> pd.DataFrame:
    """The numbers that open the page as facts; unknown, not 0, where no bug was fetched.

    Parameters
    ----------
    found : DataFrame of `every_open_bug`
    """
    has_fix = found["need"].ne(NO_FIX)
    is_merged = found["need"].eq(MERGED)
    rows = [
        ("open bugs", len(found), "with an open task in the project, without duplicates"),
        ("Critical or High", int(found["importance"].isin(IMPORTANT).sum()), "of these"),
        ("without fix", int((~has_fix).sum()), "nothing is proposed, or what there was is not enough"),
        ("fix under review", int((has_fix & ~is_merged).sum()), "or approved and on its way"),
        ("fix merged", int(is_merged.sum()), "and the bug is still open"),
    ]
    pages = {"open bugs": f"{OPEN_BUGS_PAGE}#open_bugs", "without fix": "04_bugs_without_fix.html#without_fix"}
    return facts_frame([Fact(fact, note, n=n if len(bugs) else pd.NA) for fact, n, note in rows], pages=pages)


def why_no_open_bug(bugs: pd.DataFrame) -> str:
    """What an empty list of open bugs means."""
    if bugs.empty:
        return not_fetched("which are open")
    return "No bug has an open task in the project."


def _nearest(fixing: pd.DataFrame, review_states: pd.DataFrame) -> pd.DataFrame:
    """The nearest fix on master, which decides; of a bug that has none there, the one on a stable branch, named."""
    is_main = fixing["branch"].isin(schema.MAIN_BRANCHES) | fixing["branch"].isna()
    main = nearest_fixes(fixing[is_main], review_states)
    stable = nearest_fixes(fixing[~is_main & ~fixing["bug_id"].isin(main["bug_id"])], review_states)
    stable = stable.assign(need=stable["need"] + " on " + stable["branch"])
    return pd.concat([main, stable], ignore_index=True).drop(columns="branch")
