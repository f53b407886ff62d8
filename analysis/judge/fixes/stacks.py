"""Stacks of open changes that depend on each other, and open changes that close the same bug."""

import pandas as pd
import pyarrow as pa

from analysis.judge.fixes.linked_changes import open_linked_changes
from analysis.judge.privacy import is_hidden
from analysis.tables import schema

DEEPEST = 200


def parents(changes: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    """For each open change that depends on another open one: parent, its number, and is_current, its latest patch set.

    Returns a DataFrame indexed by change_number.
    """
    unfinished = changes[changes["status"].isin(schema.OPEN_CHANGE_STATUSES)]
    current = unfinished[["current_sha", "change_number", "project"]].rename(
        columns={"current_sha": "parent_sha", "change_number": "parent"}
    )
    old = patch_sets.loc[patch_sets["sha"].notna(), ["sha", "change_number"]]
    old = old.merge(unfinished[["change_number", "project"]], on="change_number", validate="many_to_one")
    old = old.rename(columns={"sha": "parent_sha", "change_number": "parent"})
    shas = pd.concat([current.assign(is_current=True), old.assign(is_current=False)], ignore_index=True)
    shas = shas[shas["parent_sha"].notna()].drop_duplicates(["parent_sha", "project"])
    children = unfinished[["change_number", "parent_sha", "project"]]
    joined = children.merge(shas, on=["parent_sha", "project"], validate="many_to_one")
    joined = joined[joined["parent"].ne(joined["change_number"])]
    return joined.set_index("change_number")[["parent", "is_current"]]


def stacks(*, changes: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    """The open changes in stacks of two or more, each with its place from the bottom; without private changes."""
    on = parents(changes[~is_hidden(changes)], patch_sets)
    numbers = pd.Index(pd.concat([on.index.to_series(), on["parent"]]).drop_duplicates(), dtype="Int64")
    position, bottom = _descended(on["parent"].reindex(numbers))
    members = pd.DataFrame({"change_number": numbers, "stack_id": bottom.array, "position": position.array})
    outdated = schema.looked_up(members["change_number"], on["is_current"]).eq(False).fillna(False)
    table = schema.STACKS.frame(
        members.assign(n_changes=members.groupby("stack_id")["stack_id"].transform("size"), is_outdated=outdated)
    )
    return schema.validate(schema.STACKS.ordered(table), schema.STACKS)


def _descended(below: pd.Series) -> tuple[pd.Series, pd.Series]:
    """For each change its place from the bottom (1) and the bottom itself; `below` maps each change to its parent.

    Two changes that each depend on an old patch set of the other have no bottom: the walk ends after DEEPEST steps.
    """
    position, here = pd.Series(1, index=below.index, dtype="int64"), below.index.to_series()
    for _ in range(DEEPEST):
        further = schema.looked_up(here, below)
        if further.isna().all():
            break
        position += further.notna().astype("int64")
        here = further.fillna(here)
    return position, here


def competing(*, linked_changes: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Bugs that several open changes close on the same branch, so that reviewers can choose before they read.

    Two changes in one stack may both be needed. Partial fixes are left out, because they do not close the bug.
    `linked_changes` are those of these changes.
    """
    open_fixes = open_linked_changes(linked_changes)
    open_fixes = open_fixes[open_fixes["counts_as_fix"] & open_fixes["relation"].eq("closes")]
    open_fixes = open_fixes.merge(changes[["change_number", "owner"]], on="change_number", validate="many_to_one")
    open_fixes = open_fixes.sort_values(["bug_id", "branch", "created_at", "change_number"], kind="stable")
    grouped = open_fixes.groupby(["bug_id", "branch"])
    open_fixes = open_fixes[grouped["change_id"].transform("nunique").gt(1)]
    grouped = open_fixes.groupby(["bug_id", "branch"])
    sizes = grouped.size()
    offsets = pa.array([0, *sizes.cumsum()], type=pa.int32())
    numbers = pa.ListArray.from_arrays(
        offsets, pa.array(open_fixes["change_number"].to_numpy("int64"), type=pa.int64())
    )
    table = schema.COMPETING_FIXES.frame(
        {
            "bug_id": sizes.index.get_level_values("bug_id").to_series(),
            "branch": sizes.index.get_level_values("branch").to_series(),
            "change_numbers": pd.arrays.ArrowExtensionArray(numbers),
            "n_owners": grouped["owner"].nunique(),
        }
    )
    return schema.validate(schema.COMPETING_FIXES.ordered(table), schema.COMPETING_FIXES)
