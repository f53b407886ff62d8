"""What became of each change and when, as far as the tables know: the truth that a forecast learns from."""

import pandas as pd

from analysis.tables import schema

OPEN, MERGED, GIVEN_UP = 0, 1, 2


def fates(
    changes: pd.DataFrame, turns: pd.DataFrame, change_commits: pd.DataFrame, commits: pd.DataFrame
) -> pd.DataFrame:
    """One row per change whose status is known: when it was opened, and when and how it was closed.

    A merge is dated by its submission, or where Gerrit served none by the commit on the branch. An abandonment is dated
    by the end of the last turn, which its message tells; without messages by the last event of the change.

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
    """Since when it is known what was closed, and so what was open: None where nothing was closed.

    A single change that was closed years before the others says nothing of its time, so a fiftieth of them is let go.
    """
    closed = change_fates["closed_at"].dropna().sort_values(ignore_index=True)
    return None if closed.empty else closed.iloc[len(closed) // 50]


def until(fates_known: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    """The same as it was known at an instant: what was opened later is gone, what was closed later is open."""
    then = fates_known[(fates_known["created_at"] <= instant).fillna(False)].reset_index(drop=True)
    is_later = (then["closed_at"] > instant).fillna(False)
    return then.assign(closed_at=then["closed_at"].mask(is_later), fate=then["fate"].mask(is_later, OPEN))
