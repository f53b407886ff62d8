"""The known fates of changes with their dates, from which a forecast learns."""

import pandas as pd

from analysis.tables import schema

OPEN, MERGED, GIVEN_UP = 0, 1, 2
SILENT_DAYS = 56  # in a project where changes are given up, so many days without one mean that they were not served


def fates(
    changes: pd.DataFrame, turns: pd.DataFrame, change_commits: pd.DataFrame, commits: pd.DataFrame
) -> pd.DataFrame:
    """One row per change with a known status: when it was opened, and when and how it was closed.

    A merge has the date of its submission, or, if Gerrit served none, of the commit on the branch. An abandonment has
    the date of its message (the end of the last turn), or, without messages, of the last event of the change.

    Returns
    -------
    DataFrame in the order of `changes`
        change_number, owner, created_at, closed_at: NA while it is open; fate: OPEN, MERGED or GIVEN_UP.
    """
    with_status = changes[changes["status"].notna()].reset_index(drop=True)
    number = with_status["change_number"]
    dates = change_commits.merge(commits[["sha", "committed_at"]], "inner", "sha", validate="m:1")
    on_branch = schema.looked_up(number, dates.groupby("change_number")["committed_at"].min())
    over = turns.groupby("change_number").last() if len(turns) else turns.set_index("change_number")
    ended = schema.looked_up(number, over["ended_at"])
    is_merged = with_status["status"].eq("MERGED") | (with_status["status"].ne("ABANDONED") & on_branch.notna())
    is_given_up = with_status["status"].eq("ABANDONED")
    merged_at = with_status["submitted_at"].fillna(on_branch).fillna(with_status["updated_at"])
    closed_at = merged_at.where(is_merged).fillna(ended.fillna(with_status["updated_at"]).where(is_given_up))
    fate = pd.Series(OPEN, index=with_status.index, dtype="int64").mask(is_merged.astype(bool), MERGED)
    return with_status[["change_number", "owner", "created_at"]].assign(
        closed_at=closed_at, fate=fate.mask(is_given_up.astype(bool), GIVEN_UP)
    )


def first_known(change_fates: pd.DataFrame) -> pd.Timestamp | None:
    """The instant since which closed changes are known, and so which changes were open; None if nothing was closed.

    A few changes closed years before the others are no evidence for that time, so the first fiftieth is ignored.
    """
    closed = change_fates["closed_at"].dropna().sort_values(ignore_index=True)
    return None if closed.empty else closed.iloc[len(closed) // 50]


def is_current(change_fates: pd.DataFrame, as_of: pd.Timestamp) -> bool:
    """Whether closed changes are known up to now: saved answers of several days may hold those of the first alone."""
    given_up = change_fates.loc[change_fates["fate"].eq(GIVEN_UP), "closed_at"]
    return given_up.empty or bool(given_up.max() >= as_of - pd.Timedelta(days=SILENT_DAYS))


def until(fates_known: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    """The fates as of an instant: changes opened later are left out, changes closed later are open."""
    then = fates_known[(fates_known["created_at"] <= instant).fillna(False)].reset_index(drop=True)
    is_later = (then["closed_at"] > instant).fillna(False)
    return then.assign(closed_at=then["closed_at"].mask(is_later), fate=then["fate"].mask(is_later, OPEN))
