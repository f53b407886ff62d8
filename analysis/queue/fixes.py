"""Which bug an open fix answers, seen from its own branch: duplicates resolved, the task of the right target."""

import pandas as pd

from analysis import schema

# Best first; a bug whose importance is not known comes after every bug whose importance is.
_ORDER = {name: position for position, name in enumerate(schema.IMPORTANCES)}


def masters(bugs: pd.DataFrame) -> pd.Series:
    """bug_id of every bug to the bug that it is in the end a duplicate of; a circle of duplicates keeps its own."""
    points = bugs.set_index("bug_id")["duplicate_of"]
    master = pd.Series(points.index, index=points.index, dtype="Int64")
    for _ in range(10):  # Launchpad allows no chains today; old data hold short ones.
        further = schema.looked_up(master, points)
        step = further.where(further.notna() & further.ne(points.index.to_series()), master)
        if step.equals(master):
            break
        master = step
    return master


def targets(changes: pd.DataFrame) -> pd.DataFrame:
    """Per change, the task targets to look for: the series of its branch first, then the project."""
    project = changes["project"].str.rsplit("/", n=1).str[-1]
    series = changes["branch"].str.extract(r"^(?:stable|unmaintained|proposed)/(.+)$", expand=False)
    return pd.DataFrame(
        {"change_number": changes["change_number"], "target": project, "series_target": project + "/" + series}
    )


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


def open_fixes(
    *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame, bug_tasks: pd.DataFrame
) -> pd.DataFrame:
    """One row per open change that counts as a fix: change_number, the most important bug that it fixes, importance.

    A fix of a private bug, and a private change, are not here: they must not reach a report.
    """
    unfinished = changes[changes["status"].isin(schema.OPEN_CHANGE_STATUSES) & ~changes["is_private"].fillna(False)]
    private = bugs.loc[bugs["is_private"].fillna(False), "bug_id"]
    counted = links[links["kind"].eq("change") & links["counts_as_fix"].fillna(False)]
    pairs = pd.DataFrame(
        {"change_number": pd.to_numeric(counted["ref"]).astype("Int64"), "bug_id": counted["bug_id"]}
    ).reset_index(drop=True)
    pairs["bug_id"] = schema.looked_up(pairs["bug_id"], masters(bugs)).fillna(pairs["bug_id"])
    hidden = pairs["bug_id"].isin(private) | counted["bug_id"].isin(private).to_numpy()
    pairs = pairs[~hidden & pairs["change_number"].isin(unfinished["change_number"])].drop_duplicates(ignore_index=True)
    pairs["importance"] = importances(pairs, unfinished, bug_tasks)
    order = pairs["importance"].map(_ORDER).fillna(len(_ORDER))
    best = pairs.assign(order=order).sort_values(["change_number", "order", "bug_id"], kind="stable")
    return best.drop_duplicates("change_number", ignore_index=True)[["change_number", "bug_id", "importance"]]
