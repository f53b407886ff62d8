"""Changes worth taking over: good votes, an open bug, and an owner who abandoned it or went silent."""

import pandas as pd

from analysis.judge.fixes.linked_changes import settled
from analysis.tables import lifecycle, schema

SILENT_DAYS = 90


def rescues(
    *,
    linked_changes: pd.DataFrame,
    changes: pd.DataFrame,
    votes: pd.DataFrame,
    change_messages: pd.DataFrame,
    accounts: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    as_of: pd.Timestamp,
    target: str,
    silent_days: float = SILENT_DAYS,
    review_label: str = "Code-Review",
) -> pd.DataFrame:
    """Abandoned or silent changes with a positive vote and no veto, whose bug is open and not fixed otherwise.

    The positive vote is by a person other than the owner, on any patch set; a veto is a -2 on any. A silent change is
    open, without a message or upload of its owner for `silent_days`. A bug is left out if another open change fixes it,
    or if it is closed on master. `linked_changes` are those of these changes.
    """
    fixes = linked_changes[linked_changes["counts_as_fix"] & linked_changes["kind"].eq("change")]
    fixes = fixes[fixes["bug_id"].isin(_open_bugs(bug_tasks, target))]
    candidates = fixes.merge(
        changes[["change_number", "owner", "current_patch_set_at"]], on="change_number", validate="many_to_one"
    )
    candidates = candidates.join(_words(candidates, change_messages), on="change_number")
    candidates["n_liked"] = _liked(candidates, votes, accounts, review_label)
    quiet = candidates["last_word_at"].le(as_of - pd.Timedelta(days=silent_days))
    is_silent = candidates["status"].isin(schema.OPEN_CHANGE_STATUSES) & quiet
    chosen = candidates[candidates["n_liked"].gt(0) & (candidates["status"].eq("ABANDONED") | is_silent)]
    chosen = chosen[~chosen["bug_id"].isin(_fixed_otherwise(linked_changes, chosen))]
    return _table(chosen)


def _open_bugs(bug_tasks: pd.DataFrame, target: str) -> pd.Series:
    return schema.open_tasks(bug_tasks, target)["bug_id"]


def _words(candidates: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """For each change the last message or upload of its owner, and the time when it was abandoned."""
    by_number = candidates.drop_duplicates("change_number").set_index("change_number")
    candidate_messages = messages[messages["change_number"].isin(by_number.index)]
    own = candidate_messages[
        candidate_messages["account"]
        .eq(schema.looked_up(candidate_messages["change_number"], by_number["owner"]))
        .fillna(False)
    ]
    last = own.groupby("change_number")["sent_at"].max().reindex(by_number.index)
    uploaded = by_number["current_patch_set_at"].fillna(by_number["created_at"])
    last = pd.concat([last, uploaded], axis=1).max(axis=1)
    abandoned = (
        lifecycle.last_event_at(candidate_messages, "abandoned").reindex(by_number.index).fillna(by_number["at"])
    )
    return pd.DataFrame({"last_word_at": last, "abandoned_at": abandoned}, index=by_number.index)


def _liked(candidates: pd.DataFrame, votes: pd.DataFrame, accounts: pd.DataFrame, label: str) -> "pd.Series[int]":
    owners = candidates.drop_duplicates("change_number").set_index("change_number")["owner"]
    cast = votes[votes["label"].eq(label) & votes["change_number"].isin(owners.index)]
    machines = accounts.loc[accounts["kind"].ne("person"), "account"]
    own = cast["account"].eq(schema.looked_up(cast["change_number"], owners)).fillna(False)
    people = cast[~cast["account"].isin(machines) & ~own]
    vetoed = people.loc[people["value"].le(-2), "change_number"]
    liked = people[people["value"].gt(0) & ~people["change_number"].isin(vetoed)]
    count = liked.drop_duplicates(["change_number", "account"]).groupby("change_number").size()
    return schema.looked_up(candidates["change_number"], count).fillna(0).astype("int64")


def _fixed_otherwise(linked_changes: pd.DataFrame, chosen: pd.DataFrame) -> pd.Series:
    others = linked_changes[settled(linked_changes)]
    mine = others["change_number"].isin(chosen["change_number"]).fillna(False)
    return others.loc[~mine, "bug_id"]


def _table(chosen: pd.DataFrame) -> pd.DataFrame:
    abandoned = chosen["status"].eq("ABANDONED")
    why = pd.Series("silent", index=chosen.index, dtype="str").mask(abandoned, "abandoned")
    since = chosen["last_word_at"].mask(abandoned, chosen["abandoned_at"])
    day = since.dt.strftime("%Y-%m-%d").astype("str")
    silence = ("its owner has been silent since " + day).mask(abandoned, "abandoned on " + day)
    table = schema.RESCUES.frame(
        {
            "change_number": chosen["change_number"],
            "bug_id": chosen["bug_id"],
            "why": why,
            "since_at": since,
            "n_liked": chosen["n_liked"],
            "reason": silence + ", positive votes: " + chosen["n_liked"].astype("str") + ", bug still open",
        }
    )
    return schema.validate(schema.RESCUES.ordered(table), schema.RESCUES)
