"""Patch sets: those that were served, and those that only a message mentions."""

import pandas as pd

from analysis.tables import records, schema

# Gerrit's messages for a new patch set: pushed, or made in its web pages.
UPLOADED = (
    r"^(?:Uploaded patch set (?P<pushed>[0-9]{1,9})\b|Patch Set (?P<made>[0-9]{1,9}): "
    r"(?:Patch Set [0-9]+ was rebased|Commit message was|Published edit on patch set|Cherry Picked from branch))"
)


def completed(served: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """The table patch_sets: the served ones, and for the others time and author from the upload's message."""
    numbers = records.groups(messages["text"], UPLOADED)
    uploads = messages.loc[numbers.index]
    uploads = schema.PATCH_SETS.frame(
        {
            "change_number": uploads["change_number"],
            "patch_set_number": numbers["pushed"].where(numbers["pushed"].ne(""), numbers["made"]).astype("Int64"),
            "created_at": uploads["sent_at"],
            "uploader": uploads["account"],
        }
    )
    both = pd.concat([served, uploads], ignore_index=True)
    return schema.PATCH_SETS.ordered(both.drop_duplicates(list(schema.PATCH_SETS.key)))


def current(patch_sets: pd.DataFrame) -> pd.DataFrame:
    """The newest patch set of each change: change_number, current, current_at, current_sha."""
    newest = patch_sets.drop_duplicates("change_number", keep="last")
    newest = newest[["change_number", "patch_set_number", "created_at", "sha"]]
    names = {"patch_set_number": "current", "created_at": "current_at", "sha": "current_sha"}
    return newest.rename(columns=names).reset_index(drop=True)


def with_current(changes: pd.DataFrame, patch_sets: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """The changes with their current patch set, also if it is known from messages only.

    That is the newest one with a message about its upload, else the newest one with any message. A label's vote belongs
    to a patch set; if that is unknown, the votes are unknown.
    """
    newest = changes[["change_number"]].merge(
        current(patch_sets), on="change_number", how="left", validate="one_to_one"
    )
    mentioned = messages.groupby("change_number")["patch_set_number"].max()
    number = changes["patch_set_number"].fillna(newest["current"])
    number = number.fillna(schema.looked_up(changes["change_number"], mentioned))
    return changes.assign(
        patch_set_number=number,
        current_patch_set_at=changes["current_patch_set_at"].fillna(newest["current_at"]),
        has_labels=changes["has_labels"] & number.notna(),
    )
