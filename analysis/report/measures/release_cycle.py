"""The cycle of a release: its dates, the bugs fixed in it, and the rate of fixing."""

import pandas as pd

from analysis.judge import fixes
from analysis.report.measures.bugs import not_fetched, of_project
from analysis.report.measures.fixes import public_fixes
from analysis.tables import schema

WEEKS = 26  # of a cycle whose first day is unknown


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
    """The public bugs of the project that a change, or a commit of the clone, closed on master in a cycle, not before.

    A reverted or partial fix closes no bug; a fix of a duplicate belongs to its master. If Gerrit has the merge date of
    a bug's fix, its commits, which have only the day of their writing, are not used.

    Parameters
    ----------
    bugs, bug_tasks, changes, commits, links : DataFrame, schema tables of these names
    starts, until : see `cycle`

    Returns
    -------
    DataFrame, most important first, then in the order of the fixes
        bug_id, bug_title, importance, status, is_open (whether the bug is open all the same), fixed_on_master_at,
        change_number (NA where only a commit is known).
    """
    closing = fixes.dated(_closing(public_fixes(links=links, bugs=bugs, changes=changes, commits=commits)))
    first = closing.sort_values(["at", "change_number"], kind="stable").drop_duplicates("bug_id")
    first = first.loc[(first["at"] >= starts) & (first["at"] <= until), ["bug_id", "at", "change_number"]]
    fixed = of_project(bugs, bug_tasks, launchpad_project=launchpad_project)
    fixed = fixed[["bug_id", "title", "importance", "status", "is_open"]].merge(
        first, "inner", "bug_id", validate="1:1"
    )
    fixed = fixed.rename(columns={"title": "bug_title", "at": "fixed_on_master_at"})
    fixed["place"] = schema.importance_place(fixed["importance"])
    fixed = fixed.sort_values(["place", "fixed_on_master_at", "bug_id"], ignore_index=True)
    return fixed[["bug_id", "bug_title", "importance", "status", "is_open", "fixed_on_master_at", "change_number"]]


def fix_rate(
    fixed: pd.DataFrame | None,
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
    fixed : DataFrame, see `fixed_in_cycle`; None if the data do not show what merged

    Returns
    -------
    DataFrame, the last row where the data, or the cycle, end
        at, n_reported (public, no duplicates, with a task in the project), n_fixed; NA where no bug was fetched.
    """
    own = of_project(bugs, bug_tasks, launchpad_project=launchpad_project)
    reported = own.loc[own["duplicate_of"].isna() & (own["created_at"] >= starts), "created_at"]
    ends = pd.date_range(starts, until, freq="7D", inclusive="left").append(pd.DatetimeIndex([until]))
    weekly = pd.DataFrame(
        {
            "at": ends,
            "n_reported": pd.array([int((reported <= end).sum()) for end in ends], "Int64"),
            "n_fixed": pd.array([None if fixed is None else _fixed_by(fixed, end) for end in ends], "Int64"),
        }
    )
    return weekly if len(bugs) else weekly.assign(n_reported=None, n_fixed=None).astype(weekly.dtypes)


def _fixed_by(fixed: pd.DataFrame, end: pd.Timestamp) -> int:
    return int((fixed["fixed_on_master_at"] <= end).sum())


def why_none_fixed(bugs: pd.DataFrame) -> str:
    """The sentence for an empty list of bugs that were fixed in a cycle."""
    if bugs.empty:
        return not_fetched("which were fixed")
    return "No bug was closed on master in this cycle, as far as the data tell."


def _closing(fixing: pd.DataFrame) -> pd.DataFrame:
    """The rows of `linked_changes` that closed their bug on the main branch."""
    is_local = fixing["branch"].isin(schema.MAIN_BRANCHES)
    return fixing[fixing["status"].eq("MERGED") & fixing["relation"].eq("closes") & is_local]
