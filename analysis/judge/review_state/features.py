"""The features that the state machine uses, one row per open change."""

from collections.abc import Collection

import pandas as pd

from analysis.judge import fixes
from analysis.judge.review_state import evidence
from analysis.judge.review_state.settings import Rules
from analysis.tables import schema


def features_of_open_changes(
    *,
    changes: pd.DataFrame,
    patch_sets: pd.DataFrame,
    votes: pd.DataFrame,
    messages: pd.DataFrame,
    comments: pd.DataFrame,
    accounts: pd.DataFrame,
    rules: Rules,
    no_cores: Collection[int] = (),
) -> pd.DataFrame:
    """One row per open change, indexed by change_number, with every fact that the conditions use.

    Parameters
    ----------
    changes, patch_sets, votes, accounts : DataFrame, schema tables of these names
    messages, comments : DataFrame, schema.CHANGE_MESSAGES and schema.CHANGE_COMMENTS
    no_cores : accounts whose +2 is no core's, whatever the rules say

    Returns
    -------
    DataFrame
        What was served: is_known, has_labels, has_messages, is_wip, has_conflict, is_refused, patch_set_number,
        uploaded_at. Of each group of votes (`_groups`) NAME_n, NAME_at, NAME_name, NAME_value, NAME_patch_set_number
        and NAME_is_copied; voted_ever, voted_now; needed, enough_at, has_gate, is_tested_early. When turns began:
        code_at, passed_at, failed_at, asked_at, settled_at, rechecked_at, flagged_wip_at, reviewers_at. Of
        `fixes.parents`: parent, is_current.
    """
    unfinished = changes[changes["status"].isin(schema.OPEN_CHANGE_STATUSES)]
    by_number = unfinished.set_index("change_number")
    messages = messages[messages["change_number"].isin(by_number.index)]
    gate = evidence.gate(changes, votes, accounts, rules)
    open_votes = evidence.with_voters(votes, accounts, by_number["owner"])
    open_votes = open_votes.assign(
        is_by_core=evidence.is_by_core(open_votes, unfinished, rules) & ~open_votes["account"].isin(list(no_cores))
    )
    code = evidence.code_since(unfinished, patch_sets)
    requests = evidence.owner_requests(
        unfinished[unfinished["has_messages"].fillna(False)],
        patch_sets,
        messages,
        comments,
        accounts,
        gate.accounts,
        rules,
    )
    features = pd.concat(
        [_served_facts(by_number), code, _groups(open_votes, gate.accounts, unfinished, requests.settled_votes, rules)],
        axis=1,
    )
    features["needed"] = schema.looked_up(by_number["project"], evidence.core_votes_needed(changes, votes, rules))
    features["enough_at"] = _enough(open_votes[open_votes["is_by_core"]], features["needed"], rules)
    features["has_gate"] = by_number["project"].isin(gate.projects)
    features["is_tested_early"] = by_number["project"].isin(gate.early)
    passed, failed = evidence.gate_turns(messages, gate.accounts, features, accounts, rules)
    turns = {
        "passed_at": passed.reindex(by_number.index).fillna(features["passes_at"]),
        "failed_at": failed.reindex(by_number.index).fillna(features["fails_at"]),
        "flagged_wip_at": evidence.wip_since(unfinished, messages),
    }
    features = features.join(pd.DataFrame(turns, index=by_number.index)).join(requests.dates)
    features["reviewers_at"] = features[["code_at", "passed_at", "settled_at"]].max(axis=1)
    return features.join(fixes.parents(changes, patch_sets))


def _served_facts(by_number: pd.DataFrame) -> pd.DataFrame:
    flags = by_number[["has_labels", "has_messages", "is_wip", "has_conflict"]].fillna(False).astype(bool)
    plain = by_number[["patch_set_number"]].assign(
        uploaded_at=by_number["current_patch_set_at"].fillna(by_number["created_at"])
    )
    refused = by_number["is_submittable"].eq(False).fillna(False).astype(bool)  # not served does not mean refused
    return plain.join(flags).assign(is_known=flags["has_labels"] & flags["has_messages"], is_refused=refused)


def _is_current(open_votes: pd.DataFrame) -> "pd.Series[bool]":
    return open_votes["is_standing"].fillna(False).astype(bool)


def _groups(
    open_votes: pd.DataFrame, gate: pd.Series, unfinished: pd.DataFrame, settled_votes: pd.MultiIndex, rules: Rules
) -> pd.DataFrame:
    """For each change the first vote of each group, and the number of accounts with such a vote."""
    index = pd.Index(unfinished["change_number"])
    current_votes = open_votes[_is_current(open_votes)]
    review, approval = current_votes["label"].eq(rules.review_label), current_votes["label"].eq(rules.approval_label)
    person, human = current_votes["by"].eq("person"), current_votes["by"].isin(["person", "owner"])
    is_met = pd.MultiIndex.from_frame(current_votes[["change_number", "account"]]).isin(settled_votes)
    machine = current_votes["account"].isin(gate) & current_votes["label"].isin([rules.ci_label, rules.review_label])
    groups = {
        # Marked as work in progress: Workflow -1.
        "wip": approval & human & current_votes["value"].lt(0),
        # Vetoed: Code-Review -2.
        "minus2": review & human & current_votes["value"].le(-2),
        # Objected to: Code-Review below 0, including a veto; not if the voter has to look again.
        "minus": review & human & current_votes["value"].lt(0) & ~is_met,
        # Objected to, and then settled, although the vote is still there.
        "met": review & human & current_votes["value"].lt(0) & is_met,
        # Approved: Workflow +1.
        "approve": approval & human & current_votes["value"].gt(0),
        # Agreed to by a core who is not the owner: Code-Review +2.
        "core_plus2": review & person & current_votes["value"].ge(2) & current_votes["is_by_core"],
        # Liked by anybody but the owner: Code-Review above 0.
        "plus": review & person & current_votes["value"].gt(0),
        # Code-Review +2 by anybody, including the owner: Gerrit needs no more to merge.
        "any_plus2": review & current_votes["value"].ge(2),
        # Refused by the gate: Verified or Code-Review below 0.
        "fails": machine & current_votes["value"].lt(0),
        # The gate's run before a merge passed: Verified +2.
        "gate_passes": machine & current_votes["label"].eq(rules.ci_label) & current_votes["value"].ge(2),
        # A run of the gate passed: Verified +1, or +2 before a merge.
        "passes": machine & current_votes["label"].eq(rules.ci_label) & current_votes["value"].gt(0),
    }
    frames = [
        evidence.first_votes(current_votes[which]).add_prefix(f"{name}_").reindex(index)
        for name, which in groups.items()
    ]
    counts = {
        f"{name}_n": frame[f"{name}_n"].fillna(0).astype("int64") for name, frame in zip(groups, frames, strict=True)
    }
    counted = open_votes[
        open_votes["by"].eq("person") & open_votes["label"].isin([rules.review_label, rules.approval_label])
    ]
    ever, current = counted["change_number"], counted.loc[_is_current(counted), "change_number"]
    wide = pd.concat(frames, axis=1).assign(**counts)
    return wide.assign(voted_ever=index.isin(ever), voted_now=index.isin(current))


def _enough(open_votes: pd.DataFrame, needed: pd.Series, rules: Rules) -> pd.Series:
    """For each change the time of the +2 that completed the needed number."""
    twos = open_votes[
        _is_current(open_votes)
        & open_votes["label"].eq(rules.review_label)
        & open_votes["by"].eq("person")
        & open_votes["value"].ge(2)
    ]
    twos = twos.sort_values(["change_number", "cast_at", "account"], kind="stable")
    nth = twos.groupby("change_number").cumcount() + 1
    return twos[nth.eq(schema.looked_up(twos["change_number"], needed))].set_index("change_number")["cast_at"]
