"""Open bugs that nothing fixes, and what is lacking."""

import pandas as pd

from analysis import schema
from analysis.fixes.answers import settled
from analysis.visible import is_hidden


def unfixed(
    *, answered: pd.DataFrame, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, as_of: pd.Timestamp, target: str
) -> pd.DataFrame:
    """The open bugs of `target` that no open change fixes and nothing merged to master closes, each with what it lacks.

    A duplicate has no row, its master has; a private bug has none. A bug is open by its task in `target` (such as
    nova), never by a task elsewhere. What is related, reverted or a test only is no fix; a part of a fix that merged,
    or a fix on stable branches alone, is no whole one. `answered` are the `answers` of these bugs.
    """
    tasks = schema.open_tasks(bug_tasks, target)
    shown = bugs[~is_hidden(bugs) & bugs["duplicate_of"].isna()]
    found = shown.merge(tasks.drop(columns="created_at"), on="bug_id", validate="one_to_one")
    found = found[~found["bug_id"].isin(answered.loc[settled(answered), "bug_id"])].reset_index(drop=True)
    lack, reason = _lacks(found, answered)
    table = schema.UNFIXED_BUGS.frame(
        {
            **{name: found[name] for name in ("bug_id", "importance", "status", "assignee", "heat")},
            "lack": lack,
            "reason": reason,
            "age_days": (as_of - found["created_at"]).dt.total_seconds() / 86400,
        }
    )
    return schema.validate(schema.UNFIXED_BUGS.ordered(table), schema.UNFIXED_BUGS)


def _lacks(found: pd.DataFrame, known: pd.DataFrame) -> tuple["pd.Series[str]", "pd.Series[str]"]:
    known = known.sort_values(["bug_id", "at", "ref"], kind="stable")
    is_merged = known["status"].eq("MERGED")
    stands = known[known["counts_as_fix"] & is_merged]
    closing = _last(stands[stands["relation"].eq("closes")])
    part = _last(stands)
    abandoned = _last(known[known["counts_as_fix"] & known["status"].eq("ABANDONED")])
    reverted = _last(known[known["is_revert"] & is_merged])
    # What merged after the revert is where the bug stands now, such as a part of its fix that was relanded.
    reverted = reverted[~reverted["at"].lt(schema.looked_up(reverted["bug_id"], part.set_index("bug_id")["at"]))]
    related = _last(known)
    bug = found["bug_id"]
    conditions = [
        ("fix_reverted", bug.isin(reverted["bug_id"]), "its fix was reverted by " + _named(bug, reverted)),
        (
            "not_on_master",
            bug.isin(closing["bug_id"]),
            "closed on " + _of(bug, closing, "branch") + " alone, by " + _named(bug, closing),
        ),
        ("only_partial", bug.isin(part["bug_id"]), "only a part of its fix merged: " + _named(bug, part)),
        ("fix_abandoned", bug.isin(abandoned["bug_id"]), "its fix was abandoned: " + _named(bug, abandoned)),
        ("only_related", bug.isin(related["bug_id"]), "only related work: " + _named(bug, related)),
        (
            "assigned_without_change",
            found["assignee"].notna(),
            "assigned to " + found["assignee"].astype("str") + " since " + _day(found["assigned_at"]),
        ),
        ("never_triaged", found["status"].eq("New"), "still New since " + _day(found["created_at"])),
    ]
    lack = pd.Series("no_change", index=found.index, dtype="str")
    reason = found["status"].astype("str") + ", and nobody has proposed a change"
    for name, holds, why in reversed(conditions):
        holds = holds.fillna(False).astype(bool)
        lack, reason = lack.mask(holds, name), reason.mask(holds, why)
    return lack, reason


def _last(deeds: pd.DataFrame) -> pd.DataFrame:
    """Of each bug the last of its deeds, which are in the order of time."""
    return deeds.drop_duplicates("bug_id", keep="last")


def _named(bug: pd.Series, deeds: pd.DataFrame) -> "pd.Series[str]":
    return _of(bug, deeds.assign(named=deeds["kind"] + " " + deeds["ref"]), "named")


def _of(bug: pd.Series, deeds: pd.DataFrame, column: str) -> "pd.Series[str]":
    found: pd.Series[str] = schema.looked_up(bug, deeds.set_index("bug_id")[column]).astype("str")
    return found


def _day(when: pd.Series) -> "pd.Series[str]":
    day: pd.Series[str] = when.dt.strftime("%Y-%m-%d").fillna("an unknown day").astype("str")
    return day
