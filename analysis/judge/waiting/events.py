"""The history of each change as rows: uploads, votes, messages and ends, in order, each with its version of the code.

An upload that only rebases the same code does not begin a new version.
"""

from collections.abc import Mapping

import pandas as pd

from analysis.tables import lifecycle, remarks, schema
from analysis.tables.votes_in_messages import parse_votes

_COLUMNS = ["change_number", "at", "order", "patch_set_number", "account", "what", "value", *remarks.COLUMNS]
_DTYPES = {"patch_set_number": "Int64", "account": "Int64", "value": "Int64"} | dict.fromkeys(
    remarks.COLUMNS, "boolean"
)


def build(
    changes: pd.DataFrame,
    patch_sets: pd.DataFrame,
    messages: pd.DataFrame,
    accounts: pd.DataFrame,
    labels: Mapping[str, str],
) -> pd.DataFrame:
    """Every event of the given changes, by change and time.

    Parameters
    ----------
    changes, patch_sets, messages, accounts : DataFrame, schema tables; messages are schema.CHANGE_MESSAGES
    labels : the kind of each label: review, ci and approval

    Returns
    -------
    DataFrame
        change_number, at, patch_set_number, account; what: upload, same_code, new_message (an upload of the same code
        under another commit message), review, ci or approval (a vote; value), abandoned, restored, wip, ready, merged
        or message; of a message `remarks.remarks`; is_owner, is_person; version: the current code at that time;
        is_current: whether the event is about that code; group: a number for the change and version, whose rows are
        adjacent.
    """
    messages = messages[messages["change_number"].isin(changes["change_number"])]
    parts = [_uploads(changes, patch_sets), _votes(messages, accounts, labels), _messages(messages), _merges(changes)]
    events = pd.concat(parts, ignore_index=True).astype({"what": "category"})  # a few distinct texts, compared often
    events = events.sort_values(["change_number", "at", "order"], kind="stable", ignore_index=True)
    owner = schema.looked_up(events["change_number"], changes.set_index("change_number")["owner"])
    kind = schema.looked_up(events["account"], accounts.set_index("account")["kind"]).fillna("person")
    return _versioned(events).assign(
        is_owner=events["account"].eq(owner).fillna(False).astype(bool), is_person=kind.eq("person")
    )


def _frame(rows: pd.DataFrame, what: "str | pd.Series[str]", order: int) -> pd.DataFrame:
    frame = rows.assign(what=what, order=order).reindex(columns=_COLUMNS).astype(_DTYPES)
    return frame.assign(**{name: frame[name].fillna(False).astype(bool) for name in remarks.COLUMNS})


def _uploads(changes: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    mine = patch_sets[patch_sets["change_number"].isin(changes["change_number"])]
    what = pd.Series("upload", index=mine.index).mask(mine["kind"].isin(schema.SAME_CODE_KINDS), "same_code")
    what = what.mask(mine["kind"].eq("NO_CODE_CHANGE").fillna(False), "new_message")
    return _frame(mine.rename(columns={"created_at": "at", "uploader": "account"}), what, order=0)


def _votes(messages: pd.DataFrame, accounts: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    votes = parse_votes(messages, accounts)
    votes = votes[votes["label"].isin(list(labels))].rename(columns={"cast_at": "at"})
    return _frame(votes, votes["label"].map(dict(labels)), order=1)


def _messages(messages: pd.DataFrame) -> pd.DataFrame:
    people = messages[~messages["is_ci"].fillna(False).astype(bool)]
    what = lifecycle.lifecycle_event(people).fillna("message")
    people = people.rename(columns={"sent_at": "at"}).join(remarks.remarks(people))
    return _frame(people, what, order=2)


def _merges(changes: pd.DataFrame) -> pd.DataFrame:
    merged = changes[changes["submitted_at"].notna()].rename(columns={"submitted_at": "at"})
    return _frame(merged, "merged", order=3)


def _versioned(events: pd.DataFrame) -> pd.DataFrame:
    version = events["what"].eq("upload").groupby(events["change_number"]).cumsum()
    uploads = events[events["what"].isin(["upload", "same_code", "new_message"])].assign(version=version)
    of_patch_set = uploads.drop_duplicates(["change_number", "patch_set_number"], keep="last")
    of_patch_set = of_patch_set[["change_number", "patch_set_number", "version"]]
    joined = events.merge(of_patch_set, on=["change_number", "patch_set_number"], how="left", validate="many_to_one")
    is_current = joined["version"].isna() | joined["version"].eq(version)
    group = (version.ne(version.shift()) | events["change_number"].ne(events["change_number"].shift())).cumsum()
    return events.assign(version=version, is_current=is_current.astype(bool), group=group)
