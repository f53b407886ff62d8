"""The change tables as they were at a past instant, replayed from uploads and messages."""

from collections.abc import Mapping

import pandas as pd

from analysis.tables import account_writing, lifecycle, schema
from analysis.tables.changes import copying, uploads, votes
from analysis.tables.schema.table import PANDAS
from analysis.tables.votes_in_messages import copied_at_upload, parse_votes

Tables = dict[str, pd.DataFrame]

STATUSES = {"merged": "MERGED", "abandoned": "ABANDONED", "restored": "NEW"}
IS_WIP = {"wip": True, "ready": False}


def as_of(tables: Tables, instant: pd.Timestamp, *, copy_rules: copying.CopyRules | None = None) -> Tables:
    """The same tables as they were at the instant: later changes, uploads, votes, messages and comments are gone.

    Only uploads and messages have dates. What a server serves for the last patch set alone (subject, message, topic,
    files) stays as it is. Other facts that may have been different then are NA: whether it merged cleanly, its size,
    its parent. If the messages of a change were not served, it is known only if nothing happened to it since; else its
    votes are unknown (has_labels is false), and its status is NA unless it can be inferred.

    If nothing happened to a change since, the labels as served are the votes of that day. They are more complete than
    messages if those of earlier patch sets were not served: a vote that was copied from one is in no message.

    Parameters
    ----------
    tables : what changes.tables returns
    instant : aware Timestamp; an event at the instant itself has happened
    """
    changes = tables["changes"][(tables["changes"]["created_at"] <= instant).fillna(False)].reset_index(drop=True)
    cut = {
        "patch_sets": _rows_until(tables["patch_sets"], "created_at", changes, instant),
        "change_messages": _rows_until(tables["change_messages"], "sent_at", changes, instant),
        "change_comments": _rows_until(tables["change_comments"], "sent_at", changes, instant),
    }
    untouched = (changes["updated_at"] <= instant).fillna(False)
    past = _changes(changes, instant, cut, tables["change_messages"])
    is_final = untouched & (changes["has_labels"] | ~changes["has_messages"]).fillna(False)
    served = _among(tables["votes"], changes[is_final])
    accounts = _accounts(tables["accounts"], {**cut, "changes": changes, "votes": served})
    cut["change_messages"] = account_writing.with_machines(cut["change_messages"], accounts)
    replayed = _votes(past[~is_final], cut, accounts, copy_rules or copying.CopyRules())
    served = account_writing.with_machines(served, accounts)
    return {
        **cut,
        "changes": past,
        "votes": schema.VOTES.ordered(pd.concat([replayed, served], ignore_index=True)),
        "change_files": _among(tables["change_files"], changes),
        "accounts": accounts,
    }


def _accounts(accounts: pd.DataFrame, cut: Tables) -> pd.DataFrame:
    """The accounts that had appeared by then, their kinds judged by what they had written by then."""
    columns = {
        "changes": "owner", "patch_sets": "uploader", "change_messages": "account", "change_comments": "account",
        "votes": "account",
    }  # fmt: skip
    seen = pd.concat([cut[name][column] for name, column in columns.items()])
    seen_accounts = accounts[accounts["account"].isin(seen)].reset_index(drop=True)
    writing = account_writing.describe(seen_accounts, cut["change_messages"], cut["changes"]["owner"])
    return account_writing.judge(seen_accounts, writing)


def _rows_until(frame: pd.DataFrame, time: str, changes: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    return _among(frame[(frame[time] <= instant).fillna(False)], changes)


def _among(frame: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame[frame["change_number"].isin(changes["change_number"])]).reset_index(drop=True)


def _changes(changes: pd.DataFrame, instant: pd.Timestamp, cut: Tables, messages: pd.DataFrame) -> pd.DataFrame:
    untouched = (changes["updated_at"] <= instant).fillna(False)
    newest = changes[["change_number"]].merge(
        uploads.current(cut["patch_sets"]), on="change_number", how="left", validate="one_to_one"
    )
    # If all messages and patch sets of a change are later (old dumps hold those of the last patch set alone), nothing
    # is known of that day: its votes and messages are unknown, not absent.
    is_served = untouched | newest["current"].notna()
    same = untouched | newest["current"].eq(changes["patch_set_number"]).fillna(False)
    events = _events(messages)
    status = _status(changes, instant, events[(events["sent_at"] <= instant).fillna(False)])
    past = changes.assign(
        status=changes["status"].where(untouched, status),
        submitted_at=changes["submitted_at"].where(untouched | status.eq("MERGED").fillna(False)),
        updated_at=changes["updated_at"].where(untouched, _last_event(changes, cut)),
        patch_set_number=changes["patch_set_number"].where(same, newest["current"]),
        current_patch_set_at=changes["current_patch_set_at"].where(same, newest["current_at"]),
        current_sha=changes["current_sha"].where(same, newest["current_sha"]),
        is_wip=changes["is_wip"].where(untouched, _is_wip(changes, events, instant)),
        has_labels=(changes["has_messages"] & is_served) | (changes["has_labels"] & untouched),
        has_messages=changes["has_messages"] & is_served,
    )
    of_patch_set = {name: past[name].where(same) for name in ("parent_sha", "insertions", "deletions")}
    of_the_day = {
        name: past[name].where(untouched) for name in ("has_conflict", "is_submittable", "n_unresolved_comments")
    }
    return schema.CHANGES.frame(past.assign(**of_patch_set, **of_the_day))


def _status(changes: pd.DataFrame, instant: pd.Timestamp, events: pd.DataFrame) -> "pd.Series[str]":
    """The status after the last event up to the instant; NA where it cannot be inferred."""
    status = _by_change(_marks(events, STATUSES).drop_duplicates("change_number", keep="last"), changes)
    # Without messages, an open change was open then, too, and a merged one until its submission.
    tellable = changes["has_messages"] | changes["status"].ne("ABANDONED").fillna(False)
    submitted = changes["status"].eq("MERGED") & (changes["submitted_at"] <= instant)
    return status.astype(PANDAS["str"]).fillna("NEW").where(tellable).mask(submitted.fillna(False), "MERGED")


def _is_wip(changes: pd.DataFrame, events: pd.DataFrame, instant: pd.Timestamp) -> "pd.Series[bool]":
    marks = _marks(events, IS_WIP)
    before = marks[(marks["sent_at"] <= instant).fillna(False)].drop_duplicates("change_number", keep="last")
    # If its first mark came later, it was the other way round until then.
    first = ~_by_change(marks.drop_duplicates("change_number"), changes).astype("boolean")
    was_wip = _by_change(before, changes).astype("boolean").fillna(first).fillna(changes["is_wip"])
    return was_wip.where(changes["is_wip"].notna())


def _marks(events: pd.DataFrame, meaning: Mapping[str, object]) -> pd.DataFrame:
    """The events that have a meaning here, with it as `mark`."""
    marked = events.assign(mark=events["event"].map(meaning))
    return marked[marked["mark"].notna()]


def _by_change(marks: pd.DataFrame, changes: pd.DataFrame) -> pd.Series:
    return changes["change_number"].map(marks.set_index("change_number")["mark"])


def _events(messages: pd.DataFrame) -> pd.DataFrame:
    """The messages that report an event, in the order of sending, each with its event."""
    events = messages.assign(event=lifecycle.lifecycle_event(messages)).dropna(subset="event")
    return events.sort_values(["change_number", "sent_at", "position", "message_id"], kind="stable")


def _last_event(changes: pd.DataFrame, cut: Tables) -> "pd.Series[pd.Timestamp]":
    times = [
        cut["change_messages"][["change_number", "sent_at"]].rename(columns={"sent_at": "at"}),
        cut["patch_sets"][["change_number", "created_at"]].rename(columns={"created_at": "at"}),
    ]
    newest = pd.concat(times).groupby("change_number")["at"].max()
    return schema.looked_up(changes["change_number"], newest).fillna(changes["created_at"])


def _votes(past: pd.DataFrame, cut: Tables, accounts: pd.DataFrame, rules: copying.CopyRules) -> pd.DataFrame:
    votes_cast = parse_votes(_among(cut["change_messages"], past), accounts)
    current = past.loc[past["has_messages"] & past["patch_set_number"].notna(), ["change_number", "patch_set_number"]]
    current = current.rename(columns={"patch_set_number": "current"})
    copied = copied_at_upload(cut["change_messages"])
    stand = votes.standing(votes_cast, current, cut["patch_sets"], copied, rules)
    none = schema.VOTES.empty()[[*votes.KEY, "value", "cast_at", "is_ci", "is_copied"]]
    return votes.build(none, stand, votes_cast)
