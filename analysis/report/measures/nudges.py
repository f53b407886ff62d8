"""Nudges: open fixes that one person's answer would move, since when, and who that person could be."""

import pandas as pd

from analysis.tables import schema

# Days after which a reminder is appropriate.
SECOND_CORE_DAYS, MERGE_DAYS, QUESTION_DAYS, LEFT_DAYS = 14, 7, 7, 180
KINDS = {
    "second_core": "one +2, no second core",
    "not_merged": "approved, not merged",
    "question": "the owner's question is unanswered",
    "owner_left": "the owner has left",
}
_ON_HOLD = [state.name for state in schema.STATES if state.is_on_hold]
_FACTS = ["change_number", "subject", "owner", "owner_name", "bug_id", "importance", "state", "reason"]


def nudges(
    fixes: pd.DataFrame,
    *,
    events: pd.DataFrame,
    votes: pd.DataFrame,
    last_acts: "pd.Series[pd.Timestamp]",
    as_of: pd.Timestamp,
    review_label: str,
    approval_label: str,
) -> pd.DataFrame:
    """The open fixes that one person's answer would move, one row per fix and kind, each with the person to ask.

    - one +2 for SECOND_CORE_DAYS, and no second core: nobody yet, see `with_reviewers`;
    - an approval for MERGE_DAYS, and no merge: the owner, who could recheck or rebase;
    - a question of the owner, QUESTION_DAYS old, after which nobody else wrote and no new code came: the last reviewer
      before it;
    - an owner who has done nothing for LEFT_DAYS: the last person who voted for the change.

    Parameters
    ----------
    fixes : DataFrame, schema.OPEN_FIXES
    events : DataFrame of judge.waiting.events.build, of these fixes
    votes : DataFrame, schema.VOTES
    last_acts : the time of the last known act of each account
        Empty if other acts of people are unknown: then nobody counts as having left.

    Returns
    -------
    DataFrame, by kind in the order of KINDS, the oldest first
        kind, change_number, subject, owner, owner_name, bug_id, importance, state, reason, since_at, account: who could
        act, NA where nobody is known.
    """
    standing = votes[votes["is_standing"].fillna(False) & ~votes["is_ci"].fillna(False)]
    review = standing[standing["label"].eq(review_label)]
    approvals = standing[standing["label"].eq(approval_label) & standing["value"].gt(0)]
    owner = fixes.set_index("change_number")["owner"]
    parts = {
        "second_core": _second_core(fixes, review),
        "not_merged": _latest(approvals).assign(account=lambda rows: schema.looked_up(rows["change_number"], owner)),
        "question": _unanswered(fixes, events),
        "owner_left": _left(fixes, review, last_acts),
    }
    days = dict(zip(KINDS, (SECOND_CORE_DAYS, MERGE_DAYS, QUESTION_DAYS, LEFT_DAYS), strict=True))
    old = [
        rows.assign(kind=kind)[rows["since_at"].le(as_of - pd.Timedelta(days=days[kind])).fillna(False)]
        for kind, rows in parts.items()
    ]
    nudge_rows = pd.concat(old, ignore_index=True).merge(fixes[_FACTS], "inner", "change_number", validate="m:1")
    nudge_rows = nudge_rows[~nudge_rows["state"].isin(_ON_HOLD)]
    place = nudge_rows["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    nudge_rows = nudge_rows.assign(place=place).sort_values(["place", "since_at", "change_number"], ignore_index=True)
    return nudge_rows[["kind", *_FACTS, "since_at", "account"]].astype({"account": "Int64"})


def with_reviewers(rows: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """The rows of `nudges`; a row without a person gets one who could act: a core if a second core is needed.

    Parameters
    ----------
    planned : DataFrame of judge.review_plan.plan, of these changes
    """
    by_change = planned.set_index("change_number")
    core, other = (schema.looked_up(rows["change_number"], by_change[name]) for name in ("core", "other"))
    needs_core = rows["kind"].eq("second_core")
    return rows.assign(account=rows["account"].fillna(core.where(needs_core, other.fillna(core))))


def _latest(votes: pd.DataFrame) -> pd.DataFrame:
    """The last vote on each change: change_number, since_at, account."""
    ordered = votes.sort_values(["change_number", "cast_at", "account"], kind="stable")
    last = ordered.drop_duplicates("change_number", keep="last")
    return last.rename(columns={"cast_at": "since_at"})[["change_number", "since_at", "account"]]


def _second_core(fixes: pd.DataFrame, review: pd.DataFrame) -> pd.DataFrame:
    waiting = fixes.loc[fixes["state"].eq("needs_second_core") & fixes["hold"].isna(), "change_number"]
    twos = review[review["value"].ge(2) & review["change_number"].isin(waiting)]
    return _latest(twos).drop(columns="account")  # the first core is not the person to ask


def _unanswered(fixes: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The last question of each owner, unless another person's message or new code followed."""
    mine = events[events["change_number"].isin(fixes["change_number"])]
    asked = mine[mine["is_owner"] & mine["has_question"]].groupby("change_number")["at"].max()
    by_others = mine[mine["is_person"] & ~mine["is_owner"] & mine["account"].notna()]
    moot = pd.concat([by_others, mine[mine["what"].eq("upload")]]).groupby("change_number")["at"].max()
    rows = asked.rename("since_at").reset_index()
    is_open = ~schema.looked_up(rows["change_number"], moot).gt(rows["since_at"]).fillna(False)
    rows = rows[is_open]
    before = by_others[by_others["at"].le(schema.looked_up(by_others["change_number"], asked)).fillna(False)]
    last = before.drop_duplicates("change_number", keep="last").set_index("change_number")["account"]
    return rows.assign(account=schema.looked_up(rows["change_number"], last))


def _left(fixes: pd.DataFrame, review: pd.DataFrame, last_acts: "pd.Series[pd.Timestamp]") -> pd.DataFrame:
    rows = fixes[["change_number", "owner"]].assign(since_at=schema.looked_up(fixes["owner"], last_acts))
    liked = review[review["value"].gt(0)].merge(rows[["change_number", "owner"]], "inner", "change_number")
    by_others = _latest(liked[liked["account"].ne(liked["owner"]).fillna(False)]).set_index("change_number")
    return rows.drop(columns="owner").assign(account=schema.looked_up(rows["change_number"], by_others["account"]))
