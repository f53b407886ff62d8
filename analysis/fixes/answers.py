"""Which change or commit answers which bug, and what became of it: links seen with duplicates resolved."""

import pandas as pd

from analysis import schema
from analysis.visible import is_hidden

# A topic says what a change is about, not that it closes it; what is handed on from a topic keeps its text.
_TOPIC = r"(?i)bugs?/\d+"


def masters(bugs: pd.DataFrame) -> pd.Series:
    """bug_id of every bug to the bug that it is in the end a duplicate of; a circle keeps one of its own."""
    points = bugs.set_index("bug_id")["duplicate_of"]
    master = pd.Series(points.index, index=points.index, dtype="Int64")
    for _ in range(10):  # Launchpad allows no chains today; old data hold short ones.
        further = schema.looked_up(master, points)
        step = further.where(further.notna() & further.ne(points.index.to_series()), master)
        if step.equals(master):
            break
        master = step
    return master


def answers(*, links: pd.DataFrame, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """One row per bug and change or commit that answers it, with what became of that one.

    Private bugs and changes are not here. A change that is not in `changes`, or a commit that is not in `commits`, has
    no row: nothing is known of it. The judgements of fixes take the result as `answered`, made once for
    all of them.

    Returns
    -------
    DataFrame, schema.ANSWERS
    """
    private = bugs.loc[is_hidden(bugs), "bug_id"]
    named = links[~links["bug_id"].isin(private)]
    named = named.assign(bug_id=schema.looked_up(named["bug_id"], masters(bugs)).fillna(named["bug_id"]))
    named = named[~named["bug_id"].isin(private)]
    pairs = _surest(named)
    deeds = pd.concat([_changes(changes), _commits(commits)], ignore_index=True)
    found = schema.ANSWERS.frame(pairs.merge(deeds, on=["kind", "ref"], validate="many_to_one"))
    return schema.validate(schema.ANSWERS.ordered(found), schema.ANSWERS)


def _surest(links: pd.DataFrame) -> pd.DataFrame:
    """One row per pair; its surest evidence decides the relation. A topic alone declares no intention to close."""
    flags = links.assign(
        is_declared=~links["source_text"].str.fullmatch(_TOPIC).fillna(False).astype(bool),
        is_revert=links["evidence"].eq("revert") & links["relation"].eq("related"),
        counts_as_fix=links["counts_as_fix"].fillna(False).astype(bool),
    ).sort_values(["bug_id", "kind", "ref", "strength"], ascending=[True, True, True, False], kind="stable")
    grouped = flags.groupby(["bug_id", "kind", "ref"], as_index=False)
    pairs = grouped.agg(
        relation=("relation", "first"),
        counts_as_fix=("counts_as_fix", "any"),
        is_declared=("is_declared", "any"),
        is_revert=("is_revert", "any"),
        # The surest line alone: "Add a release note for bug 1" above a "Closes-Bug: #1" is not what the hook must read.
        hook_sees_it=("hook_sees_it", "first"),
    )
    misses = pairs["hook_sees_it"].eq(False).fillna(False).astype(bool)
    return pairs.drop(columns="hook_sees_it").assign(hook_misses=misses)


def _changes(changes: pd.DataFrame) -> pd.DataFrame:
    shown = changes[~is_hidden(changes)]
    text = schema.LINKS.dtypes["ref"]
    return pd.DataFrame(
        {
            "kind": pd.Series("change", index=shown.index, dtype=text),
            "ref": shown["change_number"].astype(text),
            "branch": shown["branch"],
            "status": shown["status"],
            "at": shown["submitted_at"].fillna(shown["updated_at"].where(shown["status"].eq("ABANDONED"))),
            "created_at": shown["created_at"],
            "change_number": shown["change_number"],
            "change_id": shown["change_id"],
        }
    )


def _commits(commits: pd.DataFrame) -> pd.DataFrame:
    text = schema.LINKS.dtypes["ref"]
    return pd.DataFrame(
        {
            "kind": pd.Series("commit", index=commits.index, dtype=text),
            "ref": commits["sha"],
            "branch": commits["branch"],
            "status": pd.Series("MERGED", index=commits.index, dtype=text),
            "at": commits["committed_at"],
            "created_at": commits["authored_at"],
            "change_number": pd.Series(pd.NA, index=commits.index, dtype="Int64"),
            "change_id": commits["change_id"],
        }
    )


def targets(changes: pd.DataFrame) -> pd.DataFrame:
    """Per change, the task targets to look for: the series of its branch first, then the project."""
    project = changes["project"].str.rsplit("/", n=1).str[-1]
    series_target = project + "/" + schema.series_of(changes["branch"])
    return pd.DataFrame({"change_number": changes["change_number"], "target": project, "series_target": series_target})


def importances(pairs: pd.DataFrame, changes: pd.DataFrame, bug_tasks: pd.DataFrame) -> pd.Series:
    """The importance of each pair's bug in the change's own target; NA where the bug has no task there.

    A bug has one task per project and per series, each with its own importance, and the order in which Launchpad lists
    them means nothing.
    """
    tasks = bug_tasks[["bug_id", "target", "importance"]]
    wanted = pairs[["change_number", "bug_id"]].merge(targets(changes), on="change_number", validate="many_to_one")
    project = wanted.merge(tasks, on=["bug_id", "target"], how="left", validate="many_to_one")["importance"]
    tasks = tasks.rename(columns={"target": "series_target"})
    series = wanted.merge(tasks, on=["bug_id", "series_target"], how="left", validate="many_to_one")["importance"]
    return pd.Series(series.fillna(project).array, index=pairs.index)


def open_answers(found: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of `answers` those of open changes."""
    return found[found["kind"].eq("change") & found["status"].isin(schema.OPEN_CHANGE_STATUSES)].reset_index(drop=True)


def living(found: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of `answers` those that count as a fix and were not given up."""
    return found[found["counts_as_fix"] & found["status"].ne("ABANDONED")]


def dated(found: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of `answers` those whose `at` is known best: a bug's changes if it has any, else its commits.

    Gerrit knows when it merged a change; a commit of a clone bears the day of its writing, often weeks before.
    """
    is_change = found["kind"].eq("change")
    return found[is_change | ~found["bug_id"].isin(found.loc[is_change, "bug_id"])]


def settled(found: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row of `answers` leaves nothing to look for: an open fix, or one that closed the bug on master.

    An open change that fixes a part counts, because somebody works on the bug; a merged part, or a fix that reached
    stable branches alone, leaves the bug as it is.
    """
    is_here = found["branch"].isin(schema.MAIN_BRANCHES) | found["branch"].isna()
    closed = found["status"].eq("MERGED") & found["relation"].eq("closes") & is_here
    return found["counts_as_fix"] & (found["status"].isin(schema.OPEN_CHANGE_STATUSES) | closed)


def open_fixes(
    *,
    answered: pd.DataFrame,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
) -> pd.DataFrame:
    """One row per open change that counts as a fix: change_number, the most important bug that it fixes, importance.

    A fix of a private bug, and a private change, are not here: they must not reach a report. `answered` are the
    `answers` of these tables.
    """
    fixes = open_answers(answered)
    pairs = fixes.loc[fixes["counts_as_fix"], ["change_number", "bug_id"]].reset_index(drop=True)
    hidden = _of_private_bugs(links, bugs)
    pairs = pairs[~pairs["change_number"].isin(hidden)].reset_index(drop=True)
    pairs["importance"] = importances(pairs, changes[changes["change_number"].isin(pairs["change_number"])], bug_tasks)
    order = schema.importance_place(pairs["importance"])
    best = pairs.assign(order=order).sort_values(["change_number", "order", "bug_id"], kind="stable")
    return best.drop_duplicates("change_number", ignore_index=True)[["change_number", "bug_id", "importance"]]


def _of_private_bugs(links: pd.DataFrame, bugs: pd.DataFrame) -> pd.Series:
    private = bugs.loc[is_hidden(bugs), "bug_id"]
    named = links[links["kind"].eq("change") & links["bug_id"].isin(private)]
    return pd.to_numeric(named["ref"]).astype("Int64")
