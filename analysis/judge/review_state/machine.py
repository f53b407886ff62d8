"""The state machine: the first state whose condition holds, in the order of a core reviewer's questions.

Are its votes known? Is it work in progress? Did a core veto it? Was it approved? Did a person ask for something? Does
it still merge? What do the machines say? Is its parent ready? How far is the review?

- **A change that the gate refused waits on the owner**, who uploads a corrected patch set far more often than a recheck
  passes the old one: in Nova's log of 2011-12 the next act after 244 failures was the owner's upload in 58 %, a recheck
  in 5 %. After a request for a recheck it waits on the gate. A machine that is not the gate only advises: its -1 does
  not change the turn, and a -1 of the gate never counts as a person's.
- **Where the gate runs only after an approval**, as in all of OpenStack until 2012, its silence before one says
  nothing.
- **What asks the owner for something, and what settles it**, is in `waiting.requests`; the owner's turn began with the
  first of the requests that are open.
- **An approval outranks a later -1 by a reviewer**, because Gerrit merges the change anyway. It does not if Gerrit says
  that the change cannot be submitted. Gerrit says so of every change until the gate has given its +2. If a +2 by a core
  is missing, the change waits for one. If no vote is missing, something else is, such as another label, and the
  approver has to look.
- **A change on an open parent waits on the parent** until that one is approved: review the bottom first.
- **since_at is when the turn began.** For reviewers: when the current code was uploaded, when the gate first passed it,
  or when their requests were settled, whichever is last; a rebase of the same code, a recheck or a remark does not
  restart the wait.
"""

from collections.abc import Collection

import pandas as pd

from analysis.judge.review_state.features import features_of_open_changes
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
    no_cores: Collection[int] = (),
) -> pd.DataFrame:
    """The state of every open change: whom it waits on, since when, and the votes that decide that.

    If a change was served without labels or messages, its state is `unknown`, and `waiting_on` and both
    `has_human_vote_*` are NA: not served does not mean unreviewed.

    Parameters
    ----------
    changes, patch_sets, votes, change_messages, change_comments, accounts : DataFrame, schema tables of these names
    as_of : Timestamp, UTC
        Waiting is counted to this instant.
    rules : Rules
        Section [review] of the project file.
    no_cores : accounts whose +2 is no core's, whatever the rules say

    Returns
    -------
    DataFrame, schema.REVIEW_STATES
    """
    facts = features_of_open_changes(
        changes=changes,
        patch_sets=patch_sets,
        votes=votes,
        messages=change_messages,
        comments=change_comments,
        accounts=accounts,
        rules=rules,
        no_cores=no_cores,
    )
    state = pd.Series("never_reviewed", index=facts.index, dtype="str")
    since = facts["reviewers_at"]
    reason = pd.Series("no person but the owner has voted on any patch set", index=facts.index, dtype="str")
    for name, holds, at, why in reversed(_conditions(facts, rules)):
        state, since, reason = state.mask(holds, name), since.mask(holds, at), reason.mask(holds, why)
    states = schema.REVIEW_STATES.frame(
        {
            "change_number": facts.index.to_series(),
            "state": state,
            "waiting_on": state.map(WAITING_ON),
            "since_at": since,
            "waiting_days": schema.days(as_of - since),
            "reason": reason,
            "has_human_vote_ever": facts["voted_ever"].where(facts["is_known"]),
            "has_human_vote_on_current": facts["voted_now"].where(facts["is_known"]),
        }
    )
    return schema.validate(schema.REVIEW_STATES.ordered(states), schema.REVIEW_STATES)


_Condition = tuple[str, "pd.Series[bool]", "pd.Series[pd.Timestamp]", "pd.Series[str]"]


def _conditions(facts: pd.DataFrame, rules: Rules) -> list[_Condition]:
    """Each state but never_reviewed: for which changes it holds, since when, and why; the first that holds wins."""
    review = rules.review_label
    approve, refused = facts["approve_n"].gt(0), facts["is_refused"]
    by_core = facts["core_plus2_n"]
    no_two = approve & refused & facts["any_plus2_n"].eq(0)
    all_votes = approve & refused & facts["any_plus2_n"].gt(0) & (facts["gate_passes_n"].gt(0) | ~facts["has_gate"])
    approved = approve & ~no_two & ~all_votes
    wip = facts["is_wip"] | facts["wip_n"].gt(0)
    asked = facts["minus_n"].gt(0) | facts["asked_at"].notna()
    no_time = pd.Series(pd.NaT, index=facts.index, dtype=facts["code_at"].dtype)
    failing, rechecked = facts["fails_n"].gt(0), facts["rechecked_at"].notna()
    untested = ~approved & facts["is_tested_early"] & facts["passes_n"].eq(0)
    on_parent = facts["parent"].notna() & ~facts["parent"].isin(facts.index[approved])
    return [
        ("unknown", ~facts["is_known"], no_time, _unserved_text(facts)),
        ("wip", wip, facts["wip_at"].fillna(facts["flagged_wip_at"]), _wip(facts, rules)),
        ("blocked", facts["minus2_n"].gt(0), facts["minus2_at"], _votes(facts, "minus2", review)),
        ("owner_turn", ~approved & asked, facts[["minus_at", "asked_at"]].min(axis=1), _request_text(facts, review)),
        ("conflict", facts["has_conflict"], no_time, _fixed(facts, "it no longer merges: the owner must rebase it")),
        ("ci_missing", failing & rechecked, facts["failed_at"], _rechecked(facts)),
        ("ci_failing", failing, facts["failed_at"], _votes(facts, "fails", rules.ci_label)),
        ("ci_missing", untested, facts["uploaded_at"], _silent(facts)),
        ("waits_on_parent", on_parent, facts["approve_at"].fillna(facts["reviewers_at"]), _parent(facts)),
        ("approved", approved, facts["approve_at"], _votes(facts, "approve", rules.approval_label)),
        ("needs_core", no_two, facts["reviewers_at"], _refusal_text(facts, rules, f"{review} +2")),
        ("needs_approval", all_votes, facts["approve_at"], _refusal_text(facts, rules, "something else than votes")),
        ("needs_approval", by_core.ge(facts["needed"]), facts["enough_at"], _votes(facts, "core_plus2", review)),
        ("needs_second_core", by_core.gt(0), facts["core_plus2_at"], _votes(facts, "core_plus2", review)),
        ("answered", facts["met_n"].gt(0), facts["reviewers_at"], _votes(facts, "met", review) + _answer(facts)),
        ("needs_core", facts["plus_n"].gt(0), facts["reviewers_at"], _votes(facts, "plus", review) + ", no core yet"),
        ("reviewed_on_older", facts["voted_ever"], facts["reviewers_at"], _older_votes(facts)),
    ]  # fmt: skip


def _votes(facts: pd.DataFrame, group: str, label: str) -> "pd.Series[str]":
    """A text such as 'Code-Review -1 by casey-example on patch set 3 and 2 more'."""
    value = facts[f"{group}_value"].astype("Int64")
    signed = value.astype("str").mask(value.gt(0), "+" + value.astype("str"))
    more = (facts[f"{group}_n"] - 1).clip(lower=0)
    also = (" and " + more.astype("str") + " more").where(more.gt(0), "")
    cast_on = " on patch set " + facts[f"{group}_patch_set_number"].astype("Int64").astype("str")
    carried = _fixed(facts, "").mask(facts[f"{group}_is_copied"].eq(True).fillna(False), " (carried over)")
    return label + " " + signed + " by " + facts[f"{group}_name"].astype("str") + cast_on + carried + also


def _request_text(facts: pd.DataFrame, label: str) -> "pd.Series[str]":
    day = facts["asked_at"].dt.strftime("%Y-%m-%d")
    return _votes(facts, "minus", label).where(
        facts["minus_n"].gt(0), "comments of " + day + " that the owner has not answered"
    )


def _wip(facts: pd.DataFrame, rules: Rules) -> "pd.Series[str]":
    return _votes(facts, "wip", rules.approval_label).where(facts["wip_n"].gt(0), "marked as work in progress")


def _refusal_text(facts: pd.DataFrame, rules: Rules, lacks: str) -> "pd.Series[str]":
    return _votes(facts, "approve", rules.approval_label) + f", but Gerrit would not submit it: {lacks} is missing"


def _unserved_text(facts: pd.DataFrame) -> "pd.Series[str]":
    labels, messages = facts["has_labels"], facts["has_messages"]
    lacks = _fixed(facts, "votes and messages").mask(labels, "messages").mask(messages & ~labels, "votes")
    return "fetched without " + lacks + ": unknown, not unreviewed"


def _rechecked(facts: pd.DataFrame) -> "pd.Series[str]":
    return _fixed(facts, "the gate has not answered the recheck of ") + _day(facts["rechecked_at"])


def _silent(facts: pd.DataFrame) -> "pd.Series[str]":
    return "the gate has not voted on patch set " + facts["patch_set_number"].astype("str")


def _parent(facts: pd.DataFrame) -> "pd.Series[str]":
    outdated = _fixed(facts, "").mask(facts["is_current"].eq(False), ", which has a newer patch set")
    number = facts["parent"].astype("Int64").astype("str")
    return "it stands on open change " + number + outdated


def _answer(facts: pd.DataFrame) -> "pd.Series[str]":
    return _fixed(facts, ", which a question of the owner or a later +2 of ") + _day(facts["settled_at"]) + " answers"


def _day(instants: pd.Series) -> "pd.Series[str]":
    days: pd.Series[str] = instants.dt.strftime("%Y-%m-%d").astype("str")
    return days


def _older_votes(facts: pd.DataFrame) -> "pd.Series[str]":
    return "people voted on older patch sets, none on patch set " + facts["patch_set_number"].astype("str")


def _fixed(facts: pd.DataFrame, text: str) -> "pd.Series[str]":
    return pd.Series(text, index=facts.index, dtype="str")
