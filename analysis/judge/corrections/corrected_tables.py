"""Tables after the corrections: links, review states and core reviewers."""

import pandas as pd

from analysis.judge.corrections.file import Corrections
from analysis.judge.corrections.matching import wrong_links
from analysis.judge.corrections.outcomes import in_force, sentences
from analysis.tables import schema

_STATES = {
    "owner": "owner_turn",
    "ci": "ci_missing",
    "parent": "waits_on_parent",
    "nobody": "approved",
    "second_core": "needs_second_core",
    "approver": "needs_approval",
}


def corrected_links(
    links: pd.DataFrame, corrections: Corrections, *, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame,
    as_of: pd.Timestamp,
) -> pd.DataFrame:  # fmt: skip
    """The links; a link that a correction calls wrong no longer counts as a fix.

    Parameters
    ----------
    links, bugs, changes, commits : DataFrame, schema tables of these names
    """
    wrong = pd.Series(False, index=links.index)
    for fix in corrections.not_a_fix:
        if fix.on <= as_of.date():
            wrong |= wrong_links(fix, links, bugs, changes, commits)
    if not wrong.any():
        return links
    corrected = links.copy()
    corrected.loc[wrong, "counts_as_fix"] = False
    return corrected


def corrected_states(review_states: pd.DataFrame, corrections: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """The review states; a corrected one waits for the turn of its correction, since the day of the correction.

    Parameters
    ----------
    review_states : DataFrame, schema.REVIEW_STATES
    corrections : DataFrame, schema.CORRECTIONS
    """
    mine = in_force(corrections, "waits_for").set_index("change_number")
    number = review_states["change_number"]
    turn = schema.looked_up(number, mine["turn"])
    is_corrected = turn.notna()
    if not is_corrected.any():
        return review_states
    since = schema.looked_up(number, mine["corrected_on"])
    why = schema.looked_up(number, sentences(mine))
    state = turn.map(_STATES).fillna(_state_of_reviewers(review_states)).astype(schema.TEXT)
    days = schema.days(as_of - since).astype("Float64")
    states = schema.REVIEW_STATES.frame(
        review_states.assign(
            state=review_states["state"].mask(is_corrected, state),
            waiting_on=review_states["waiting_on"].mask(is_corrected, turn),
            since_at=review_states["since_at"].mask(is_corrected, since),
            waiting_days=review_states["waiting_days"].mask(is_corrected, days),
            reason=review_states["reason"].mask(is_corrected, why + "; the rules say: " + review_states["reason"]),
        )
    )
    return schema.validate(schema.REVIEW_STATES.ordered(states), schema.REVIEW_STATES)


def no_cores(corrections: pd.DataFrame) -> "pd.Series[int]":
    """The accounts that a correction says are not cores."""
    accounts: pd.Series[int] = in_force(corrections, "not_a_core")["account"].dropna()
    return accounts


def _state_of_reviewers(review_states: pd.DataFrame) -> "pd.Series[str]":
    """The state of a change that waits for reviewers, by the votes on it; unknown if the votes are."""
    ever, current = review_states["has_human_vote_ever"], review_states["has_human_vote_on_current"]
    state = pd.Series("never_reviewed", index=review_states.index, dtype=schema.TEXT)
    state = state.mask(ever.fillna(False), "reviewed_on_older").mask(current.fillna(False), "answered")
    return state.mask(ever.isna(), "unknown")
