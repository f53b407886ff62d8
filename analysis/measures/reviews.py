"""The review state of every open change, fixes or not."""

import pandas as pd

from analysis import schema
from analysis.visible import visible_changes

_STATE = ["change_number", "state", "waiting_on", "since_at", "waiting_days", "reason", "has_human_vote_ever"]


def open_reviews(
    *,
    changes: pd.DataFrame,
    review_states: pd.DataFrame,
    queue: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
) -> pd.DataFrame:
    """Every public open change with its state, longest waiting first; one that has no state is 'unknown'.

    Returns
    -------
    DataFrame
        change_number, subject, branch, bug_id (the most important that it fixes, as in `queue`; NA of what fixes none),
        n_bugs (0 or 1), state, waiting_on, waiting_days, since_at, is_unreviewed, has_human_vote_ever, is_fix, reason.
    """
    shown = visible_changes(changes, links=links, bugs=bugs)
    found = shown.loc[shown["status"].isin(schema.OPEN_CHANGE_STATUSES), ["change_number", "subject", "branch"]]
    states = review_states[_STATE].assign(is_unreviewed=~review_states["has_human_vote_on_current"])
    found = found.merge(states, "left", "change_number", validate="1:1")
    found["state"] = found["state"].fillna("unknown")
    found["is_fix"] = found["change_number"].isin(schema.fix_links(links, "change")["change_number"]).astype("boolean")
    fixed = queue.drop_duplicates("change_number").set_index("change_number")["bug_id"]
    found["bug_id"] = schema.looked_up(found["change_number"], fixed)
    found["n_bugs"] = found["bug_id"].notna().astype("Int64")
    return found.sort_values(["waiting_days", "change_number"], ascending=[False, True], ignore_index=True)


def on_stable_branches(reviews: pd.DataFrame) -> pd.DataFrame:
    """The rows of `open_reviews` whose change is for a stable branch, in their order."""
    return reviews[reviews["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)].reset_index(drop=True)
