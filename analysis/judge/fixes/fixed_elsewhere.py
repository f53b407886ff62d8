"""Fixes in other projects for bugs that are open here: they may be the whole fix, or a part of it."""

import pandas as pd

from analysis.judge.fixes.fix_evidence import day_text, fate_rows, merged_text
from analysis.tables import schema

FATE = "merged_elsewhere"


def merged_or_released(
    changes: pd.DataFrame, releases: pd.DataFrame, bug_tasks: pd.DataFrame, target: str
) -> list[pd.DataFrame]:
    """The bugs with a fix that merged in another project's repository, and those with a fix in one of its releases.

    Parameters
    ----------
    changes : DataFrame, schema.LINKED_CHANGES
        Of open bugs.
    releases : DataFrame, see links.comments.releases
    bug_tasks : DataFrame, schema.BUG_TASKS
    target : name of the project on Launchpad

    Returns
    -------
    list of two DataFrames
        bug_id, fate, evidence, basis, since_at, change_number. The evidence has the status of the bug's task in that
        project, if there is one.
    """
    return [_merged_fates(changes, bug_tasks), _released_fates(changes, releases, bug_tasks, target)]


def with_tries_here(fates: pd.DataFrame, abandoned: pd.DataFrame) -> pd.DataFrame:
    """The fates; the evidence of a fix in another project also names the last change, if all others were abandoned."""
    last = abandoned.set_index("bug_id")["change_number"]
    number = schema.looked_up(fates["bug_id"], last).where(fates["fate"].eq(FATE))
    text = ("; change " + number.astype("str") + " was abandoned").where(number.notna(), "")
    return fates.assign(evidence=fates["evidence"] + text)


def _merged_fates(changes: pd.DataFrame, bug_tasks: pd.DataFrame) -> pd.DataFrame:
    is_fix = changes["is_elsewhere"] & changes["status"].eq("MERGED") & changes["relation"].ne("related")
    fixes = changes[is_fix].sort_values(["bug_id", "at", "ref"], kind="stable", na_position="first")
    is_backport = ~(fixes["branch"].isin(schema.MAIN_BRANCHES) | fixes["branch"].isna())
    fixes = fixes.iloc[(~is_backport).argsort(kind="stable")]  # the evidence names the last one
    tasks = _task_text(fixes, bug_tasks)
    rows = fate_rows(FATE, fixes, lambda rows: merged_text(rows) + " in " + rows["project"] + tasks.loc[rows.index])
    return rows.assign(basis="rule")


def _released_fates(
    changes: pd.DataFrame, releases: pd.DataFrame, bug_tasks: pd.DataFrame, target: str
) -> pd.DataFrame:
    """The fates from comments of release jobs, for bugs without a change in the data."""
    others = releases[releases["project"].str.rsplit("/", n=1).str[-1].ne(target)]
    own = changes[~changes["is_elsewhere"] & changes["relation"].ne("related")]
    others = others[~others["bug_id"].isin(own["bug_id"])].sort_values(["bug_id", "sent_at"], kind="stable")
    others = others.drop_duplicates("bug_id")
    comment = "a comment of " + day_text(others["sent_at"]) + " says"
    text = "a fix is in " + others["project"] + " " + others["version"] + ", as " + comment
    facts = others[["bug_id"]].assign(fate=FATE, evidence=text + _task_text(others, bug_tasks), basis="rule")
    no_change = pd.Series(pd.NA, index=others.index, dtype="Int64")
    return facts.assign(since_at=others["sent_at"], change_number=no_change)


def _task_text(fixes: pd.DataFrame, bug_tasks: pd.DataFrame) -> "pd.Series[str]":
    """The status of each bug's task in the project of its fix, such as os-brick for openstack/os-brick; else empty."""
    targets = fixes[["bug_id"]].assign(target=fixes["project"].str.rsplit("/", n=1).str[-1])
    tasks = bug_tasks[["bug_id", "target", "status"]].dropna(subset="status")
    target_tasks = targets.merge(tasks, how="left", on=["bug_id", "target"], validate="many_to_one").set_axis(
        fixes.index
    )
    target, status = target_tasks["target"].astype("str"), target_tasks["status"].astype("str")
    text: pd.Series[str] = "; its task in " + target + " is " + status
    return text.where(target_tasks["status"].notna(), "")
