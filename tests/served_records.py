"""Invented records in the form of the servers, for tests of the tables from them. Every person is invented."""

from functools import cache

import pandas as pd

from analysis.judge import links
from analysis.store.record import decode, encode
from analysis.tables import accounts, changes, commits, schema

CASEY = {"_account_id": 1, "username": "casey-example", "name": "Casey Example"}
ROBIN = {"_account_id": 2, "username": "robin-example", "name": "Robin Example"}
ZUUL = {"_account_id": 9, "username": "zuul", "name": "Zuul"}
PROJECT = "openstack/nova"
ID = "I" + "a" * 40


def at(minute):
    """A Gerrit time, `minute` minutes into an invented day."""
    return f"2015-05-01 {minute // 60:02d}:{minute % 60:02d}:00.000000000"


def when(minute):
    return pd.Timestamp(at(minute), tz="UTC")


def sha(number):
    return f"{number:040x}"


def change(number=7, *, uploads=(0,), kinds=None, message=None, messages=None, labels=None, **more):
    """A ChangeInfo; `uploads` are the minutes of its patch sets, `kinds` the kind of each."""
    kinds = kinds or ["REWORK"] * len(uploads)
    revisions = {
        sha(number * 100 + place): {"_number": place, "created": at(minute), "uploader": CASEY, "kind": kind}
        for place, (minute, kind) in enumerate(zip(uploads, kinds, strict=True), start=1)
    }
    current = sha(number * 100 + len(uploads))
    if message is not None:
        revisions[current]["commit"] = {"message": message, "parents": [{"commit": sha(1)}]}
    served = {
        "_number": number, "change_id": ID, "project": PROJECT, "branch": "master", "status": "NEW",
        "subject": (message or "Fix it").split("\n")[0], "owner": CASEY, "created": at(uploads[0]),
        "updated": at(600), "current_revision": current, "revisions": revisions,
    }  # fmt: skip
    if messages is not None:
        served["messages"] = [message | {"id": f"m{place:03d}"} for place, message in enumerate(messages)]
    if labels is not None:
        served["labels"] = labels
    return served | more


def says(minute, who, text, patch_set=1, **more):
    return {"date": at(minute), "author": who, "message": text, "_revision_number": patch_set} | more


def votes(label, *cast):
    """The answer's labels with `all`: each vote is (who, value, minute)."""
    return {label: {"all": [who | {"value": value, "date": at(minute)} for who, value, minute in cast]}}


def read(served):
    """Gerrit's records as a build reads them from their lines."""
    return [decode(encode(each), changes.ChangeInfo, key=each["_number"]) for each in served]


def tables(*served, rules=None, **more):
    return changes.tables(read(served), accounts=rules or accounts.Rules(), **more)


def commit(number, message, *, minute=0, branch="master", **more):
    return {
        "sha": sha(number), "parents": [sha(1)], "branch": branch, "author": "Casey Example",
        "authored_at": f"2015-05-01T{minute // 60:02d}:{minute % 60:02d}:00+00:00",
        "committed_at": f"2015-05-01T{minute // 60:02d}:{minute % 60:02d}:00+00:00", "message": message, "paths": [],
    } | more  # fmt: skip


def linked(*, served=(), history=(), bug_messages=None, **more):
    """The result of links.build for these changes, commits and bug_messages."""
    return links.build(
        bug_messages=schema.BUG_MESSAGES.empty() if bug_messages is None else bug_messages,
        changes=tables(*served)["changes"] if served else _no_changes().copy(),
        commits=commits.tables(history, project=PROJECT)["commits"] if history else _no_commits().copy(),
        **more,
    )


# Most tests of links are about changes or about commits, and to make the tables of none takes as long as those of some.
@cache
def _no_changes():
    return tables()["changes"]


@cache
def _no_commits():
    return commits.tables([], project=PROJECT)["commits"]


def rows(frame, *columns):
    """The frame's values as tuples, NA as None."""
    values = frame[list(columns)].astype("object")
    return [tuple(row) for row in values.where(values.notna(), None).itertuples(index=False, name=None)]


def standing(tables, columns):
    """The current votes."""
    votes = tables["votes"]
    return votes.loc[votes["is_standing"], columns].reset_index(drop=True)
