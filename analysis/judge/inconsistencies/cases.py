"""The facts that the rules use: one row per bug of the project, with its task, its fixes, its comments."""

import re
from collections.abc import Collection

import pandas as pd

from analysis.judge.privacy import is_hidden
from analysis.tables import records, schema

_CONFIRMED_FOR = r"(?i)\bCONFIRMED FOR:\s*\S"
# The words of scripts that abandon inactive changes, such as Nova's.
_TIMED_OUT = (
    r"(?i)abandon[\s\S]*(?:weeks? without|inactiv|no activity|not been (?:updated|touched)|auto.?abandon|stale)"
)
_VERSION = r"\b(?:20\d\d\.\d|\d{1,2}\.\d{1,2}\.\d{1,2}|stable/\w+|master|trunk|devstack|[0-9a-f]{12,40})\b"


def cases(
    *,
    linked_changes: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    bug_activity: pd.DataFrame,
    bug_messages: pd.DataFrame,
    change_messages: pd.DataFrame,
    milestones: pd.DataFrame,
    target: str,
    bots: Collection[str],
) -> pd.DataFrame:
    """Every public bug of `target` that is not a duplicate, with the facts for the rules, indexed by bug_id.

    Columns of the task keep their names; `bug_created_at` is the date of the bug and `new_since_at` that of its task,
    if it has one. For each group of changes (`_groups` lists them) there are n_<group>; <group>, such as 'change 7 and
    2 more'; and <group>_at. `linked_changes` are those of these bugs; comments of `bots` on Launchpad are not answers.
    """
    tasks = bug_tasks[bug_tasks["target"].eq(target)]
    visible = bugs[~is_hidden(bugs) & bugs["duplicate_of"].isna()]
    facts = visible[["bug_id", "description", "tags", "has_patch", "has_messages", "updated_at"]].assign(
        bug_created_at=visible["created_at"]
    )
    case_rows = facts.merge(tasks, on="bug_id", validate="one_to_one").set_index("bug_id")
    # a bug of a distribution may get a task in the project long after it was reported
    case_rows["new_since_at"] = case_rows["created_at"].fillna(case_rows["bug_created_at"])
    case_rows["n_tags"] = case_rows["tags"].list.len().fillna(0) if len(case_rows) else 0
    case_rows["has_version"] = case_rows["description"].str.contains(version_pattern(milestones), regex=True)
    case_rows["is_reconfirmed"] = case_rows.index.isin(_saying(bug_messages, _CONFIRMED_FOR)["bug_id"])
    case_rows["answered_at"] = _answered_at(case_rows, bug_messages, bug_activity, target, bots)
    timed_out = _saying(change_messages, _TIMED_OUT)["change_number"]
    # Old bugs became Fix Released in bulk, long after Fix Committed: the first of the two is the date of the fix.
    fixed_at = case_rows[["fix_committed_at", "fix_released_at"]].min(axis=1)
    fix_facts = linked_changes.assign(
        is_timed_out=linked_changes["change_number"].isin(timed_out),
        is_later=linked_changes["at"]
        .ge(schema.looked_up(linked_changes["bug_id"], fixed_at))
        .fillna(False)
        .astype(bool),
    )
    return case_rows.join(_groups(fix_facts[fix_facts["bug_id"].isin(case_rows.index)], case_rows.index))


def version_pattern(milestones: pd.DataFrame) -> str:
    """A pattern for versions; the names of series come from the project, so that nobody has to add new ones here."""
    names = milestones["series"].dropna().drop_duplicates()
    series = "|".join(rf"\b{re.escape(name)}\b" for name in sorted(names))
    return f"(?i){_VERSION}" + (f"|{series}" if series else "")


def _saying(messages: pd.DataFrame, pattern: str) -> pd.DataFrame:
    text = messages["content"] if "content" in messages else messages["text"]
    return messages[records.holds(text, pattern)]


def _answered_at(
    case_rows: pd.DataFrame,
    messages: pd.DataFrame,
    activity: pd.DataFrame,
    target: str,
    bots: Collection[str],
) -> pd.Series:
    """For each bug the first comment after it was set to Incomplete, by a person other than the one who set it."""
    asked = activity[activity["what"].eq(f"{target}: status") & activity["new_value"].eq("Incomplete")]
    asked = asked.sort_values(["bug_id", "changed_at", "activity_id"], kind="stable")
    asker = asked.drop_duplicates("bug_id", keep="last").set_index("bug_id")["person"]
    human_messages = messages.loc[~messages["person"].isin(list(bots)), ["bug_id", "sent_at", "person"]]
    late = (
        human_messages["sent_at"]
        .gt(schema.looked_up(human_messages["bug_id"], case_rows["incomplete_at"]))
        .fillna(False)
    )
    own = human_messages["person"].eq(schema.looked_up(human_messages["bug_id"], asker)).fillna(False)
    return human_messages[late & ~own].groupby("bug_id")["sent_at"].min().reindex(case_rows.index)


def _groups(fix_facts: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    on_master = fix_facts["branch"].isin(schema.MAIN_BRANCHES)
    merged, fix = fix_facts["status"].eq("MERGED"), fix_facts["counts_as_fix"]
    groups = {
        # open changes that count as a fix
        "open_fix": fix & fix_facts["status"].isin(schema.OPEN_CHANGE_STATUSES),
        # merged on the main branch, and more than a topic says that it closes the bug
        "merged_fix": fix & merged & on_master & fix_facts["relation"].eq("closes") & fix_facts["is_declared"],
        "abandoned_fix": fix & fix_facts["status"].eq("ABANDONED"),
        # merged on the main branch as a part of a fix or as related work; a merge in another project does not show what
        # is left to do here
        "partial_merge": merged
        & on_master
        & fix_facts["relation"].ne("closes")
        & ~fix_facts["is_revert"]
        & ~fix_facts["is_elsewhere"],
        # reverts on the main branch after the bug was closed
        "revert": merged & on_master & fix_facts["is_revert"] & fix_facts["is_later"],
        # fixes that a script abandoned because they were inactive
        "abandoned_by_script": fix & fix_facts["status"].eq("ABANDONED") & fix_facts["is_timed_out"],
        # merged fixes whose footer OpenStack's hook did not read
        "unread_by_hook": fix & merged & on_master & fix_facts["hook_misses"],
    }
    return pd.concat([_group(fix_facts[holds], name, index) for name, holds in groups.items()], axis=1)


def _group(fix_facts: pd.DataFrame, name: str, index: pd.Index) -> pd.DataFrame:
    # a merged change and its commit are one fix; the reader can open the change
    ordered = fix_facts.sort_values(["bug_id", "kind", "at", "ref"], kind="stable")
    changes = ordered[ordered["kind"].eq("change")]
    ordered = pd.concat([changes, ordered[~ordered["bug_id"].isin(changes["bug_id"])]])
    first = ordered.drop_duplicates("bug_id").set_index("bug_id")
    n = ordered.groupby("bug_id").size().reindex(index).fillna(0).astype("int64")
    label = (first["kind"] + " " + first["ref"]).reindex(index)
    more = " and " + (n - 1).astype("str") + " more"
    text = label.mask(n.gt(1), label + more)
    return pd.DataFrame({f"n_{name}": n, name: text, f"{name}_at": first["at"].reindex(index)})
