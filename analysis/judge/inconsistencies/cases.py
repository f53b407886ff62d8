"""The facts that the rules ask for: one row per bug of the project, its task, its fixes, its comments."""

import re
from collections.abc import Collection

import pandas as pd

from analysis.judge.privacy import is_hidden
from analysis.tables import schema

_CONFIRMED_FOR = r"(?i)\bCONFIRMED FOR:\s*\S"
# The words of scripts that abandon what nobody has touched, such as Nova's own.
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
    """Every public bug of `target` that is no duplicate, with the facts of the rules, indexed by bug_id.

    Columns of the task keep their names; `bug_created_at` is the bug's own and
    `new_since_at` the task's, where it has one. For each group of answers (open_fix,
    merged_fix, abandoned_fix, half_answer, reverting, timed_out, unseen) there is n_<group> and <group>, such as
    'change 7 and 2 more'. `linked_changes` is what the function of that name makes of these bugs; what `bots` say on
    Launchpad is no answer.
    """
    tasks = bug_tasks[bug_tasks["target"].eq(target)]
    shown = bugs[~is_hidden(bugs) & bugs["duplicate_of"].isna()]
    facts = shown[["bug_id", "description", "tags", "has_patch", "has_messages", "updated_at"]].assign(
        bug_created_at=shown["created_at"]
    )
    found = facts.merge(tasks, on="bug_id", validate="one_to_one").set_index("bug_id")
    # A bug of a distribution may come to the project long after it was reported.
    found["new_since_at"] = found["created_at"].fillna(found["bug_created_at"])
    found["n_tags"] = found["tags"].list.len().fillna(0) if len(found) else 0
    found["has_version"] = found["description"].str.contains(_version(milestones), regex=True)
    found["is_reconfirmed"] = found.index.isin(_saying(bug_messages, _CONFIRMED_FOR)["bug_id"])
    found["answered_at"] = _answered_at(found, bug_messages, bug_activity, target, bots)
    timed_out = _saying(change_messages, _TIMED_OUT)["change_number"]
    # Old bugs became Fix Released in bulk, long after they were Fix Committed: the first of the two says fixed.
    fixed_at = found[["fix_committed_at", "fix_released_at"]].min(axis=1)
    known = linked_changes.assign(
        is_timed_out=linked_changes["change_number"].isin(timed_out),
        is_later=linked_changes["at"]
        .ge(schema.looked_up(linked_changes["bug_id"], fixed_at))
        .fillna(False)
        .astype(bool),
    )
    return found.join(_groups(known[known["bug_id"].isin(found.index)], found.index))


def _version(milestones: pd.DataFrame) -> str:
    """Words that name a version; the names of the series are the project's own, so that they need no upkeep here."""
    names = milestones["series"].dropna().drop_duplicates()
    series = "|".join(rf"\b{re.escape(name)}\b" for name in sorted(names))
    return f"(?i){_VERSION}" + (f"|{series}" if series else "")


def _saying(messages: pd.DataFrame, pattern: str) -> pd.DataFrame:
    text = messages["content"] if "content" in messages else messages["text"]
    return messages[text.str.contains(pattern, regex=True).fillna(False).astype(bool)]


def _answered_at(
    found: pd.DataFrame,
    messages: pd.DataFrame,
    activity: pd.DataFrame,
    target: str,
    bots: Collection[str],
) -> pd.Series:
    """Per bug, the first comment after it was set Incomplete, by a person who did not set it."""
    asked = activity[activity["what"].eq(f"{target}: status") & activity["new_value"].eq("Incomplete")]
    asked = asked.sort_values(["bug_id", "changed_at", "activity_id"], kind="stable")
    asker = asked.drop_duplicates("bug_id", keep="last").set_index("bug_id")["person"]
    said = messages[~messages["person"].isin(list(bots))]
    late = said["sent_at"].gt(schema.looked_up(said["bug_id"], found["incomplete_at"])).fillna(False)
    own = said["person"].eq(schema.looked_up(said["bug_id"], asker)).fillna(False)
    return said[late & ~own].groupby("bug_id")["sent_at"].min().reindex(found.index)


def _groups(known: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    on_master = known["branch"].isin(schema.MAIN_BRANCHES)
    merged, fix = known["status"].eq("MERGED"), known["counts_as_fix"]
    groups = {
        "open_fix": fix & known["status"].isin(schema.OPEN_CHANGE_STATUSES),
        "merged_fix": fix & merged & on_master & known["relation"].eq("closes") & known["is_declared"],
        "abandoned_fix": fix & known["status"].eq("ABANDONED"),
        # What merged in another project says nothing of what is left to do here.
        "half_answer": merged
        & on_master
        & known["relation"].ne("closes")
        & ~known["is_revert"]
        & ~known["is_elsewhere"],
        "reverting": merged & on_master & known["is_revert"] & known["is_later"],
        "timed_out": fix & known["status"].eq("ABANDONED") & known["is_timed_out"],
        "unseen": fix & merged & on_master & known["hook_misses"],
    }
    return pd.concat([_group(known[holds], name, index) for name, holds in groups.items()], axis=1)


def _group(known: pd.DataFrame, name: str, index: pd.Index) -> pd.DataFrame:
    # A merged change and its commit are one deed; the change is the one that a reader can open.
    ordered = known.sort_values(["bug_id", "kind", "at", "ref"], kind="stable")
    changes = ordered[ordered["kind"].eq("change")]
    ordered = pd.concat([changes, ordered[~ordered["bug_id"].isin(changes["bug_id"])]])
    first = ordered.drop_duplicates("bug_id").set_index("bug_id")
    n = ordered.groupby("bug_id").size().reindex(index).fillna(0).astype("int64")
    label = (first["kind"] + " " + first["ref"]).reindex(index)
    more = " and " + (n - 1).astype("str") + " more"
    said = label.mask(n.gt(1), label + more)
    return pd.DataFrame({f"n_{name}": n, name: said, f"{name}_at": first["at"].reindex(index)})
