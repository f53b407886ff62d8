"""Backports: which fixes of master are on which stable branch, wait there, or are missing."""

import pandas as pd

from analysis.judge.fixes.linked_changes import dated
from analysis.tables import schema


def backports(
    *,
    linked_changes: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    target: str,
) -> pd.DataFrame:
    """For each bug that was fixed somewhere, the state of its fix on each branch: merged, waiting, missing and so on.

    A fix goes to the newest branch first, so `blocked` means that it is missing and that a newer branch lacks it too. A
    branch that was cut after master got the fix contains it and has no row, unless a fix was proposed or requested
    there; see `_births` for the date of the cut. If a fix is requested on such a branch, it is `contained` if a clone
    holds the branch; without a clone the date of the cut is too uncertain, and the state is NA. It is also NA if
    nothing dates the cut. A renamed branch (stable/yoga to unmaintained/yoga) is one branch, under its current name.
    `linked_changes` are those of these tables.
    """
    fixes = linked_changes[linked_changes["counts_as_fix"] & linked_changes["relation"].eq("closes")]
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
    births = schema.looked_up(matrix["line"], _births(changes, commits, linked_changes))
    is_cut_before = births.le(matrix["fixed_on_master_at"]).fillna(False).astype(bool)
    # A cherry-pick to a branch that contained the fix from its cut was abandoned because it was not needed.
    is_idle = matrix["found"].eq("abandoned").fillna(False) & births.gt(matrix["fixed_on_master_at"]).fillna(False)
    matrix["found"] = matrix["found"].mask(is_idle)
    matrix["age"] = matrix["line"].map(age)
    matrix["is_wanted"] = _wanted(matrix, bugs, bug_tasks, target)
    is_listed = _is_listed(matrix, is_cut_before)
    # A branch that may contain the fix does not have to get it first.
    matrix["needs_first"] = _needs_first(matrix, is_listed & (is_cut_before | matrix["found"].notna()), names)
    matrix = matrix[is_listed]
    matrix["state"] = _states(matrix, births, commits)
    table = schema.BACKPORTS.frame({name: matrix[name] for name in schema.BACKPORTS.columns})
    return schema.validate(schema.BACKPORTS.ordered(table), schema.BACKPORTS)


def _is_listed(matrix: pd.DataFrame, is_cut_before: "pd.Series[bool]") -> "pd.Series[bool]":
    """The rows of branches that were cut before master got the fix, or on which a fix was proposed or requested."""
    says = matrix["found"].notna() | matrix["is_wanted"] | is_cut_before
    on_master = matrix["fixed_on_master_at"].notna()
    is_master = matrix["line"].eq(schema.MASTER)
    # A fix that master never had (stable only) is not needed on newer branches.
    return (says & on_master) | (matrix["found"].notna() & ~is_master)


def _names(changes: pd.DataFrame, commits: pd.DataFrame) -> dict[str, str]:
    """The lines of the stable branches, oldest series first, then master; each with the newest name of its branch."""
    seen = pd.concat([changes["branch"], commits["branch"]]).drop_duplicates()
    stable = sorted(map(str, seen[schema.series_of(seen).notna()]), key=schema.branch_place)
    main = [name for name in schema.MAIN_BRANCHES if seen.eq(name).any()] or [schema.MASTER]
    names = pd.Series([*stable, *main], dtype="str")
    return dict(zip(schema.line_of(names), names, strict=True))


def _births(changes: pd.DataFrame, commits: pd.DataFrame, linked_changes: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """The first instant at which each branch, by its line, is known to exist.

    That is its first mention in a change, a commit, or a comment of the infra bot. Other projects cut branches of the
    same name on other days, so only changes that are known to belong to this project count.
    """
    is_own = linked_changes["project"].notna() & ~linked_changes["is_elsewhere"]
    heard_of = pd.concat(
        [
            changes[["branch", "created_at"]].rename(columns={"created_at": "at"}),
            linked_changes.loc[is_own, ["branch", "created_at"]].rename(columns={"created_at": "at"}),
            commits.loc[:, ["branch", "committed_at"]].rename(columns={"committed_at": "at"}),
        ]
    )
    births: pd.Series[pd.Timestamp] = heard_of.groupby(schema.line_of(heard_of["branch"]))["at"].min()
    return births


def _best(fixes: pd.DataFrame) -> pd.DataFrame:
    """For each bug and branch the state of its best fix there, and the change."""
    state = {"MERGED": "merged", "ABANDONED": "abandoned"}
    by_line = fixes.assign(found=fixes["status"].map(state).fillna("waiting"))
    by_line["order"] = by_line["found"].map({"merged": 0, "waiting": 1, "abandoned": 2})
    by_line = by_line.sort_values(["bug_id", "line", "order", "change_number"], kind="stable")
    return by_line.drop_duplicates(["bug_id", "line"])[["bug_id", "line", "found", "change_number"]]


def _states(matrix: pd.DataFrame, births: "pd.Series[pd.Timestamp]", commits: pd.DataFrame) -> "pd.Series[str]":
    """The state of each row of the matrix.

    If no fix was proposed: `missing` if the branch was cut before master got the fix, `blocked` if a newer branch lacks
    it too; `contained` or NA if it was cut later or at an unknown time.
    """
    was_cut = births.reindex(matrix.index)
    is_missing = was_cut.le(matrix["fixed_on_master_at"]).fillna(False).astype(bool)
    # Series are cut one after the other: if a newer one needs a cherry-pick of a fix, an older one does not contain it.
    is_pick = matrix["found"].isin(["merged", "waiting"]) & matrix["line"].ne(schema.MASTER)
    picked = matrix["age"].where(is_pick).groupby(matrix["bug_id"]).transform("max")
    is_missing |= picked.gt(matrix["age"]).fillna(False).astype(bool)
    is_in_clone = matrix["line"].isin(schema.line_of(commits["branch"].drop_duplicates()))
    unproposed = pd.Series(pd.NA, index=matrix.index, dtype=schema.TEXT).mask(is_missing, "missing")
    unproposed = unproposed.mask(~is_missing & was_cut.notna() & is_in_clone, "contained")
    state = matrix["found"].astype(schema.TEXT).fillna(unproposed)
    lacks = state.isin(["waiting", "abandoned", "missing"])
    newest = matrix["age"].where(lacks).groupby(matrix["bug_id"]).transform("max")
    return state.mask(state.eq("missing") & newest.gt(matrix["age"]).fillna(False), "blocked")


def _needs_first(matrix: pd.DataFrame, is_listed: "pd.Series[bool]", names: dict[str, str]) -> "pd.Series[str]":
    """For each bug and branch the newest branch that must get the fix before this one and lacks it; NA if none.

    A main branch on which the fix waits also comes first; one on which it was never proposed may not need it.
    """
    waits_on_main = matrix["line"].eq(schema.MASTER) & matrix["found"].eq("waiting").fillna(False)
    lacks = matrix["found"].ne("merged").fillna(True) & (is_listed | waits_on_main)
    newest = matrix["age"].where(lacks).groupby(matrix["bug_id"]).transform("max")
    is_first = newest.gt(matrix["age"]).fillna(False) & matrix["found"].ne("merged").fillna(True)
    by_age = dict(enumerate(names.values()))
    return newest.where(is_first).map(by_age).astype(schema.BACKPORTS.dtypes["branch"])


def _wanted(matrix: pd.DataFrame, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, target: str) -> "pd.Series[bool]":
    series = schema.series_of(matrix["branch"])
    tasks = pd.MultiIndex.from_frame(bug_tasks[["bug_id", "target"]])
    targeted = pd.MultiIndex.from_arrays([matrix["bug_id"], target + "/" + series]).isin(tasks)
    tags = bugs[["bug_id", "tags"]].explode("tags").dropna()
    tagged = pd.MultiIndex.from_frame(tags.astype({"tags": "str"}))
    potential = pd.MultiIndex.from_arrays([matrix["bug_id"], series.astype("str") + "-backport-potential"]).isin(tagged)
    return pd.Series(targeted | potential, index=matrix.index)
