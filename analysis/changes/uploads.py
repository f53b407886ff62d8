"""Patch sets: those that were served, and those that only a message tells of."""

import pandas as pd

from analysis import records, schema

# What Gerrit writes when a patch set comes: pushed, or made in its web pages.
UPLOADED = (
    r"^(?:Uploaded patch set (?P<pushed>[0-9]{1,9})\b|Patch Set (?P<made>[0-9]{1,9}): "
    r"(?:Patch Set [0-9]+ was rebased|Commit message was|Published edit on patch set|Cherry Picked from branch))"
)


def completed(served: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """The table patch_sets: the served ones, and for the others what the upload's message tells: when and by whom."""
    found = records.groups(messages["text"], UPLOADED)
    told = messages.loc[found.index]
    told = schema.PATCH_SETS.frame(
        {
            "change_number": told["change_number"],
            "patch_set_number": found["pushed"].where(found["pushed"].ne(""), found["made"]).astype("Int64"),
            "created_at": told["sent_at"],
            "uploader": told["account"],
        }
    )
    both = pd.concat([served, told], ignore_index=True)
    return schema.PATCH_SETS.ordered(both.drop_duplicates(list(schema.PATCH_SETS.key)))


def current(patch_sets: pd.DataFrame) -> pd.DataFrame:
    """The newest patch set of each change: change_number, current, current_at, current_sha."""
    newest = patch_sets.drop_duplicates("change_number", keep="last")
    newest = newest[["change_number", "patch_set_number", "created_at", "sha"]]
    names = {"patch_set_number": "current", "created_at": "current_at", "sha": "current_sha"}
    return newest.rename(columns=names).reset_index(drop=True)


def placed(changes: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    """The changes with their current patch set, where no revision was served but messages tell of one.

    A label's vote counts on some patch set; where not even that is known, the votes are not known.
    """
    newest = changes[["change_number"]].merge(
        current(patch_sets), on="change_number", how="left", validate="one_to_one"
    )
    number = changes["patch_set_number"].fillna(newest["current"])
    return changes.assign(
        patch_set_number=number,
        current_patch_set_at=changes["current_patch_set_at"].fillna(newest["current_at"]),
        has_labels=changes["has_labels"] & number.notna(),
    )
