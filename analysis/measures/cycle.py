"""The cycle of a release: which bugs were fixed in it, and whether fixing keeps up with reporting."""

import pandas as pd

from analysis import schema
from analysis.visible import visible_bugs, visible_changes

WEEKS = 26  # of a cycle whose first day nobody told


def cycle(starts: str, ends: str, *, as_of: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last instant of a release's cycle, as far as the data go.

    `starts` and `ends` are days as an area file has them (2015-04-30), or empty.
    """
    until = min(as_of, pd.Timestamp(ends, tz="UTC")) if ends else as_of
    return (pd.Timestamp(starts, tz="UTC") if starts else until - pd.Timedelta(weeks=WEEKS)), until


def fixed_in_cycle(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    links: pd.DataFrame,
    launchpad_project: str,
    starts: pd.Timestamp,
    until: pd.Timestamp,
) -> pd.DataFrame:
    """The public bugs that a change, or a commit of the clone, closed on master in a cycle and not before it.

    What was reverted, and what says that it is a part of a fix, closes nothing. Where Gerrit knows when a bug's fix was
    merged, the commits, which bear the day of their writing, are not asked.

    Parameters
    ----------
    bugs, bug_tasks, changes, commits, links : DataFrame, schema tables of these names
    starts, until : see `cycle`

    Returns
    -------
    DataFrame, most important first, then in the order of the fixes
        bug_id, bug_title, importance, status, fixed_on_master_at, change_number (NA where only a commit is known).
    """
    merged = _merged(visible_changes(changes, links=links, bugs=bugs), links)
    committed = _committed(commits, links)
    fixes = pd.concat([merged, committed[~committed["bug_id"].isin(merged["bug_id"])]], ignore_index=True)
    fixes = fixes.sort_values(["fixed_on_master_at", "change_number"], kind="stable").drop_duplicates("bug_id")
    fixes = fixes[(fixes["fixed_on_master_at"] >= starts) & (fixes["fixed_on_master_at"] <= until)]
    tasks = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "importance", "status"]]
    found = visible_bugs(bugs)[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    found = found.merge(fixes, "inner", "bug_id", validate="1:1").merge(tasks, "left", "bug_id", validate="1:1")
    found["place"] = schema.importance_place(found["importance"])
    found = found.sort_values(["place", "fixed_on_master_at", "bug_id"], ignore_index=True)
    return found[["bug_id", "bug_title", "importance", "status", "fixed_on_master_at", "change_number"]]


def pace(
    fixed: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
    starts: pd.Timestamp,
    until: pd.Timestamp,
) -> pd.DataFrame:
    """How many bugs were reported and how many fixed by the end of each week of a cycle, counted from its first day.

    Parameters
    ----------
    fixed : DataFrame, see `fixed_in_cycle`

    Returns
    -------
    DataFrame, the last row where the data, or the cycle, end
        at, n_reported (public, no duplicates, with a task in the project), n_fixed; NA where no bug was fetched.
    """
    own = bug_tasks.loc[bug_tasks["target"] == launchpad_project, "bug_id"]
    shown = visible_bugs(bugs)
    reported = shown.loc[shown["bug_id"].isin(own) & shown["duplicate_of"].isna(), "created_at"]
    reported = reported[reported >= starts]
    ends = pd.date_range(starts, until, freq="7D", inclusive="left").append(pd.DatetimeIndex([until]))
    found = pd.DataFrame(
        {
            "at": ends,
            "n_reported": pd.array([int((reported <= end).sum()) for end in ends], "Int64"),
            "n_fixed": pd.array([int((fixed["fixed_on_master_at"] <= end).sum()) for end in ends], "Int64"),
        }
    )
    return found if len(bugs) else found.assign(n_reported=None, n_fixed=None).astype(found.dtypes)


def why_none_fixed(bugs: pd.DataFrame) -> str:
    """What an empty list of bugs that were fixed in a cycle means."""
    if bugs.empty:
        return "No bug was fetched from Launchpad, so it is unknown which were fixed."
    return "No bug was closed on master in this cycle, as far as the data tell."


def _merged(shown: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    is_main = shown["branch"].isin(schema.MAIN_BRANCHES)
    merged = shown.loc[(shown["status"] == "MERGED") & is_main, ["change_number", "submitted_at"]]
    fixes = _closing(links, "change")[["bug_id", "change_number"]].merge(merged, "inner", "change_number")
    return fixes.rename(columns={"submitted_at": "fixed_on_master_at"})


def _committed(commits: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    merged = commits.loc[commits["branch"].isin(schema.MAIN_BRANCHES), ["sha", "committed_at"]]
    merged = merged.rename(columns={"sha": "ref", "committed_at": "fixed_on_master_at"})
    fixes = _closing(links, "commit")[["bug_id", "ref"]].merge(merged, "inner", "ref").drop(columns="ref")
    return fixes.assign(change_number=pd.array([pd.NA] * len(fixes), "Int64"))


def _closing(links: pd.DataFrame, kind: str) -> pd.DataFrame:
    fixes = schema.fix_links(links, kind)
    return fixes[fixes["relation"] == "closes"]
