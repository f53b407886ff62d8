"""Which fixes of master reached which stable branch, wait there, or are missing."""

import pandas as pd

from analysis import schema
from analysis.fixes.answers import dated


def backports(
    *,
    answered: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    target: str,
) -> pd.DataFrame:
    """For each bug that was fixed somewhere, what each branch has: merged, waiting, abandoned, missing or blocked.

    A fix goes to the newest branch first, so `blocked` is one that is missing while a newer branch lacks it too. A
    branch that was cut after master got the fix holds it from birth and has no row; a branch's age is that of its first
    change or commit in the data. A branch always has a row when something was proposed or wanted there, or on an older
    branch. A branch that was renamed, stable/yoga to unmaintained/yoga, is one branch, under the name it has now.
    `answered` are the `answers` of these tables.
    """
    fixes = answered[answered["counts_as_fix"] & answered["relation"].eq("closes")]
    fixes = fixes.assign(line=schema.line_of(fixes["branch"]))
    names = _names(changes, commits)
    age = pd.Series(range(len(names)), index=list(names))
    master = dated(fixes[fixes["line"].eq(schema.MASTER) & fixes["status"].eq("MERGED")])
    master = master.sort_values(["bug_id", "at", "ref"], kind="stable").drop_duplicates("bug_id").set_index("bug_id")
    done = fixes[fixes["line"].isin(age.index)]
    done = done[done["line"].ne(schema.MASTER) | done["bug_id"].isin(master.index)]
    matrix = done[["bug_id"]].drop_duplicates().merge(pd.DataFrame({"line": age.index}), how="cross")
    matrix["branch"] = matrix["line"].map(names)
    matrix["master_ref"] = schema.looked_up(matrix["bug_id"], master["ref"])
    matrix["fixed_on_master_at"] = schema.looked_up(matrix["bug_id"], master["at"])
    matrix = matrix.merge(_best(fixes), on=["bug_id", "line"], how="left", validate="one_to_one")
    matrix["age"] = matrix["line"].map(age)
    matrix["is_wanted"] = _wanted(matrix, bugs, bug_tasks, target)
    matrix = matrix[_listed(matrix, changes, commits)]
    matrix["state"] = _blocked(matrix)
    table = schema.BACKPORTS.frame({name: matrix[name] for name in schema.BACKPORTS.columns})
    return schema.validate(schema.BACKPORTS.ordered(table), schema.BACKPORTS)


def _listed(matrix: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame) -> "pd.Series[bool]":
    """Branches that lack the fix by birth, or have something to say about it, and all that are newer."""
    says = matrix["found"].notna() | matrix["is_wanted"] | _cut_before(matrix, changes, commits)
    oldest = matrix["age"].where(says).groupby(matrix["bug_id"]).transform("min")
    on_master = matrix["fixed_on_master_at"].notna()
    is_master = matrix["line"].eq(schema.MASTER)
    # A fix that master never had (stable only) asks nothing of newer branches.
    return (matrix["age"].ge(oldest) & on_master) | (matrix["found"].notna() & ~is_master)


def _names(changes: pd.DataFrame, commits: pd.DataFrame) -> dict[str, str]:
    """The lines of the stable branches, oldest series first, then master; each with the newest name of its branch."""
    seen = pd.concat([changes["branch"], commits["branch"]]).drop_duplicates()
    stable = sorted(map(str, seen[schema.series_of(seen).notna()]), key=schema.branch_place)
    main = [name for name in schema.MAIN_BRANCHES if seen.eq(name).any()] or [schema.MASTER]
    names = pd.Series([*stable, *main], dtype="str")
    return dict(zip(schema.line_of(names), names, strict=True))


def _cut_before(matrix: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame) -> "pd.Series[bool]":
    events = pd.concat(
        [
            changes[["branch", "created_at"]].rename(columns={"created_at": "at"}),
            commits.loc[:, ["branch", "committed_at"]].rename(columns={"committed_at": "at"}),
        ]
    )
    born = events.groupby(schema.line_of(events["branch"]))["at"].min()
    return schema.looked_up(matrix["line"], born).le(matrix["fixed_on_master_at"]).fillna(False).astype(bool)


def _best(fixes: pd.DataFrame) -> pd.DataFrame:
    """Per bug and branch the state of its best fix there, and its change."""
    state = {"MERGED": "merged", "ABANDONED": "abandoned"}
    found = fixes.assign(found=fixes["status"].map(state).fillna("waiting"))
    found["order"] = found["found"].map({"merged": 0, "waiting": 1, "abandoned": 2})
    found = found.sort_values(["bug_id", "line", "order", "change_number"], kind="stable")
    return found.drop_duplicates(["bug_id", "line"])[["bug_id", "line", "found", "change_number"]]


def _blocked(matrix: pd.DataFrame) -> "pd.Series[str]":
    """`missing` becomes `blocked` where a newer branch of the bug's does not have the fix."""
    found = matrix["found"].fillna("missing")
    newest = matrix["age"].where(found.ne("merged")).groupby(matrix["bug_id"]).transform("max")
    return found.mask(found.eq("missing") & newest.gt(matrix["age"]).fillna(False), "blocked")


def _wanted(matrix: pd.DataFrame, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, target: str) -> "pd.Series[bool]":
    series = schema.series_of(matrix["branch"])
    tasks = pd.MultiIndex.from_frame(bug_tasks[["bug_id", "target"]])
    targeted = pd.MultiIndex.from_arrays([matrix["bug_id"], target + "/" + series]).isin(tasks)
    tags = bugs[["bug_id", "tags"]].explode("tags").dropna()
    tagged = pd.MultiIndex.from_frame(tags.astype({"tags": "str"}))
    potential = pd.MultiIndex.from_arrays([matrix["bug_id"], series.astype("str") + "-backport-potential"]).isin(tagged)
    return pd.Series(targeted | potential, index=matrix.index)
