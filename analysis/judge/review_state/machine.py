"""The machine: the first state that holds, in the order a core reviewer would ask.

Is anything known? Has the owner said not yet? Did a core say no? Was it approved? Did a person ask for something? Does
it still merge? What do the machines say? Is what it stands on ready? How far is the review?

- **What the gate refused waits on the owner**, who uploads a mended patch set far more often than a recheck passes the
  old one: in Nova's log of 2011-12 the next act after 244 failures was the owner's upload in 58 %, a recheck in 5 %.
  Once somebody asks for a recheck, it waits on the gate. A machine that is not the gate only advises: its -1 moves
  nobody's turn, and a -1 of the gate is never counted as a person's.
- **Where the gate runs only after an approval**, as in all of OpenStack until 2012, its silence before one says
  nothing.
- **What asks the owner for something, and what settles it**, is in `waiting.requests`; the owner's turn began with the
  first of the requests that are open.
- **An approval outranks a later -1 by a reviewer**, because Gerrit will merge it all the same. Not where Gerrit says
  that it would not: until the gate has given its +2 that is so of every change, but without a +2 by a core it needs
  one, and with all three something is missing that the votes do not show, such as another label, and the approver has
  to look.
- **A change on an open parent waits on the parent** as long as that one is not approved: review the bottom first.
- **since_at is when the turn began.** For reviewers: when the code that stands was uploaded, when the gate first passed
  on it, or when their requests were settled, whichever is last; a rebase of the same code, a recheck or a remark
  does not restart the wait.
"""

import pandas as pd

from analysis.judge.review_state.features import known_facts
from analysis.judge.review_state.settings import Rules
from analysis.tables import schema

WAITING_ON = {state.name: state.waiting_on for state in schema.STATES}


def build(
    *,
    changes: pd.DataFrame,
    patch_sets: pd.DataFrame,
    votes: pd.DataFrame,
    change_messages: pd.DataFrame,
    change_comments: pd.DataFrame,
    accounts: pd.DataFrame,
    as_of: pd.Timestamp,
    rules: Rules,
) -> pd.DataFrame:
    """The state of every open change: what it waits on, since when, and the votes that make it so.

    Where a change was served without labels or messages, its state is `unknown`, `waiting_on` NA and both
    `has_human_vote_*` NA: not served is not unreviewed.

    Parameters
    ----------
    changes, patch_sets, votes, change_messages, change_comments, accounts : DataFrame, schema tables of these names
    as_of : Timestamp, UTC
        Waiting is counted to this instant.
    rules : Rules
        Section [review] of the project file.

    Returns
    -------
    DataFrame, schema.REVIEW_STATES
    """
    known = known_facts(
        changes=changes,
        patch_sets=patch_sets,
        votes=votes,
        messages=change_messages,
        comments=change_comments,
        accounts=accounts,
        rules=rules,
    )
    state = pd.Series("never_reviewed", index=known.index, dtype="str")
    since = known["reviewers_at"]
    reason = pd.Series("no person but the owner has voted on any patch set", index=known.index, dtype="str")
    for name, holds, at, why in reversed(_conditions(known, rules)):
        state, since, reason = state.mask(holds, name), since.mask(holds, at), reason.mask(holds, why)
    states = schema.REVIEW_STATES.frame(
        {
            "change_number": known.index.to_series(),
            "state": state,
            "waiting_on": state.map(WAITING_ON),
            "since_at": since,
            "waiting_days": schema.days(as_of - since),
            "reason": reason,
            "has_human_vote_ever": known["voted_ever"].where(known["is_known"]),
            "has_human_vote_on_current": known["voted_now"].where(known["is_known"]),
        }
    )
    return schema.validate(schema.REVIEW_STATES.ordered(states), schema.REVIEW_STATES)


_Condition = tuple[str, "pd.Series[bool]", "pd.Series[pd.Timestamp]", "pd.Series[str]"]


def _conditions(known: pd.DataFrame, rules: Rules) -> list[_Condition]:
    """Every state but the last with the changes that it holds for, when it began and why; the first that holds wins."""
    review = rules.review_label
    approve, refused = known["approve_n"].gt(0), known["is_refused"]
    by_core = known["core_plus2_n"]
    no_two = approve & refused & known["any_plus2_n"].eq(0)
    all_votes = approve & refused & known["any_plus2_n"].gt(0) & (known["gate_passes_n"].gt(0) | ~known["has_gate"])
    approved = approve & ~no_two & ~all_votes
    wip = known["is_wip"] | known["wip_n"].gt(0)
    asked = known["minus_n"].gt(0) | known["asked_at"].notna()
    no_time = pd.Series(pd.NaT, index=known.index, dtype=known["code_at"].dtype)
    failing, rechecked = known["fails_n"].gt(0), known["rechecked_at"].notna()
    untested = ~approved & known["is_tested_early"] & known["passes_n"].eq(0)
    on_parent = known["parent"].notna() & ~known["parent"].isin(known.index[approved])
    return [
        ("unknown", ~known["is_known"], no_time, _unserved(known)),
        ("wip", wip, known["wip_at"].fillna(known["flagged_wip_at"]), _wip(known, rules)),
        ("blocked", known["minus2_n"].gt(0), known["minus2_at"], _by(known, "minus2", review)),
        ("owner_turn", ~approved & asked, known[["minus_at", "asked_at"]].min(axis=1), _asked(known, review)),
        ("conflict", known["has_conflict"], no_time, _fixed(known, "it no longer merges: the owner must rebase it")),
        ("ci_missing", failing & rechecked, known["failed_at"], _rechecked(known)),
        ("ci_failing", failing, known["failed_at"], _by(known, "fails", rules.ci_label)),
        ("ci_missing", untested, known["uploaded_at"], _silent(known)),
        ("waits_on_parent", on_parent, known["approve_at"].fillna(known["reviewers_at"]), _parent(known)),
        ("approved", approved, known["approve_at"], _by(known, "approve", rules.approval_label)),
        ("needs_core", no_two, known["reviewers_at"], _refused(known, rules, f"{review} +2")),
        ("needs_approval", all_votes, known["approve_at"], _refused(known, rules, "something else than votes")),
        ("needs_approval", by_core.ge(known["needed"]), known["enough_at"], _by(known, "core_plus2", review)),
        ("needs_second_core", by_core.gt(0), known["core_plus2_at"], _by(known, "core_plus2", review)),
        ("answered", known["met_n"].gt(0), known["reviewers_at"], _by(known, "met", review) + _answer(known)),
        ("needs_core", known["plus_n"].gt(0), known["reviewers_at"], _by(known, "plus", review) + ", no core yet"),
        ("reviewed_on_older", known["voted_ever"], known["reviewers_at"], _older(known)),
    ]  # fmt: skip


def _by(known: pd.DataFrame, group: str, label: str) -> "pd.Series[str]":
    """Such as 'Code-Review -1 by casey-example on patch set 3 and 2 more'."""
    value = known[f"{group}_value"].astype("Int64")
    signed = value.astype("str").mask(value.gt(0), "+" + value.astype("str"))
    more = (known[f"{group}_n"] - 1).clip(lower=0)
    also = (" and " + more.astype("str") + " more").where(more.gt(0), "")
    cast_on = " on patch set " + known[f"{group}_patch_set_number"].astype("Int64").astype("str")
    carried = _fixed(known, "").mask(known[f"{group}_is_copied"].eq(True).fillna(False), " (carried over)")
    return label + " " + signed + " by " + known[f"{group}_name"].astype("str") + cast_on + carried + also


def _asked(known: pd.DataFrame, label: str) -> "pd.Series[str]":
    day = known["asked_at"].dt.strftime("%Y-%m-%d")
    return _by(known, "minus", label).where(
        known["minus_n"].gt(0), "comments of " + day + " that the owner has not answered"
    )


def _wip(known: pd.DataFrame, rules: Rules) -> "pd.Series[str]":
    return _by(known, "wip", rules.approval_label).where(known["wip_n"].gt(0), "marked as work in progress")


def _refused(known: pd.DataFrame, rules: Rules, lacks: str) -> "pd.Series[str]":
    return _by(known, "approve", rules.approval_label) + f", but Gerrit would not submit it: {lacks} is missing"


def _unserved(known: pd.DataFrame) -> "pd.Series[str]":
    labels, messages = known["has_labels"], known["has_messages"]
    lacks = _fixed(known, "votes and messages").mask(labels, "messages").mask(messages & ~labels, "votes")
    return "served without " + lacks + ": unknown, not unreviewed"


def _rechecked(known: pd.DataFrame) -> "pd.Series[str]":
    return _fixed(known, "the gate has not answered the recheck of ") + _day(known["rechecked_at"])


def _silent(known: pd.DataFrame) -> "pd.Series[str]":
    return "the gate has not voted on patch set " + known["patch_set_number"].astype("str")


def _parent(known: pd.DataFrame) -> "pd.Series[str]":
    outdated = _fixed(known, "").mask(known["is_current"].eq(False), ", which has a newer patch set")
    number = known["parent"].astype("Int64").astype("str")
    return "it stands on open change " + number + outdated


def _answer(known: pd.DataFrame) -> "pd.Series[str]":
    return _fixed(known, ", which a question of the owner or a later +2 of ") + _day(known["settled_at"]) + " answers"


def _day(instants: pd.Series) -> "pd.Series[str]":
    days: pd.Series[str] = instants.dt.strftime("%Y-%m-%d").astype("str")
    return days


def _older(known: pd.DataFrame) -> "pd.Series[str]":
    return "people voted on older patch sets, none on patch set " + known["patch_set_number"].astype("str")


def _fixed(known: pd.DataFrame, text: str) -> "pd.Series[str]":
    return pd.Series(text, index=known.index, dtype="str")
