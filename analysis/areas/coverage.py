"""How much of the work the areas hold, and what falls outside."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import schema
from analysis.visible import is_hidden

MOST_OUTSIDE = 10


def coverage(
    members: pd.DataFrame,
    *,
    release: str,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    changes: pd.DataFrame,
    change_files: pd.DataFrame,
    commits: pd.DataFrame,
    commit_files: pd.DataFrame,
    change_commits: pd.DataFrame,
    links: pd.DataFrame,
    target: str,
) -> pd.DataFrame:
    """Per kind of work, the share that is in an area by a rule; an area that holds everything does not count.

    A commit is a merged fix of its own where its change was not fetched. `outside` names what the rest has in common:
    the tags of the bugs, the folders of the fixes, the most frequent first. A suggestion is counted apart. See
    schema.AREA_COVERAGE.
    """
    declared = schema.declared_members(members[members["rule"].ne("all_fixes")])
    suggested = members[members["is_suggestion"].fillna(False).astype(bool)]
    open_bugs = _open_bugs(bugs, bug_tasks, target)
    fixes = _fixes(links, changes)
    is_open = fixes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    alone = _fixing_commits(links, commits, change_commits)
    merged = fixes.loc[fixes["status"].eq("MERGED"), "change_number"]
    of_changes, of_commits = _folders("change", change_files, "change_number"), _folders("commit", commit_files, "sha")
    work = {
        "open_bugs": (_refs("bug", open_bugs["bug_id"]), _tags(open_bugs)),
        "open_fixes": (_refs("change", fixes.loc[is_open, "change_number"]), of_changes),
        "merged_fixes": (
            pd.concat([_refs("change", merged), _refs("commit", alone)]),
            pd.concat([of_changes, of_commits]),
        ),
    }
    rows = [{"release": release, "what": what, **_row(*of, declared, suggested)} for what, of in work.items()]
    table = schema.AREA_COVERAGE.frame({name: [row[name] for row in rows] for name in schema.AREA_COVERAGE.columns})
    return schema.validate(schema.AREA_COVERAGE.ordered(table), schema.AREA_COVERAGE)


def _row(
    refs: pd.DataFrame, traits: pd.DataFrame, declared: pd.DataFrame, suggested: pd.DataFrame
) -> dict[str, object]:
    is_in = _among(refs, declared)
    is_guess = ~is_in & _among(refs, suggested)
    rest = traits[_among(traits, refs[~is_in])].drop_duplicates()
    often = rest["trait"].value_counts().rename_axis("trait").reset_index(name="n")
    often = often.sort_values(["n", "trait"], ascending=[False, True]).head(MOST_OUTSIDE)
    named = [f"{trait} ({n})" for trait, n in zip(often["trait"], often["n"], strict=True)]
    return {
        "n": len(refs),
        "n_in_area": int(is_in.sum()),
        "share": float(is_in.mean()) if len(is_in) else None,
        "n_suggested": int(is_guess.sum()),
        "outside": named,
    }


def _refs(kind: str, refs: pd.Series) -> pd.DataFrame:
    """The column as in area_members: kind, ref."""
    text = schema.AREA_MEMBERS.dtypes["ref"]
    frame = pd.DataFrame({"ref": refs.astype(text).array})
    return frame.assign(kind=pd.Series(kind, index=frame.index, dtype=text))


def _among(rows: pd.DataFrame, others: pd.DataFrame) -> npt.NDArray[np.bool_]:
    on = ["kind", "ref"]
    found: npt.NDArray[np.bool_] = pd.MultiIndex.from_frame(rows[on]).isin(pd.MultiIndex.from_frame(others[on]))
    return found


def _open_bugs(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, target: str) -> pd.DataFrame:
    tasks = schema.open_tasks(bug_tasks, target)
    shown = bugs[~is_hidden(bugs) & bugs["duplicate_of"].isna()]
    return shown[shown["bug_id"].isin(tasks["bug_id"])]


def _fixes(links: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    shown = changes[~is_hidden(changes)]
    return shown[shown["change_number"].isin(schema.fix_links(links, "change")["change_number"])]


def _fixing_commits(links: pd.DataFrame, commits: pd.DataFrame, change_commits: pd.DataFrame) -> pd.Series:
    """The commits that count as a fix and that no fetched change became."""
    known = commits.loc[~commits["sha"].isin(change_commits["sha"]), "sha"]
    return known[known.isin(schema.fix_links(links, "commit")["ref"])]


def _tags(bugs: pd.DataFrame) -> pd.DataFrame:
    exploded = bugs[["bug_id", "tags"]].explode("tags")
    traits = _refs("bug", exploded["bug_id"]).assign(trait=exploded["tags"].astype("str").array)
    return traits.fillna({"trait": "no tag"})


def _folders(kind: str, files: pd.DataFrame, key: str) -> pd.DataFrame:
    """The first three folders under the top, tests aside: where a rule by path could begin."""
    path = files["path"]
    folder = path.str.extract(r"^((?:[^/]+/){1,3})", expand=False).fillna("top of the tree")
    traits = _refs(kind, files[key]).assign(trait=folder.astype("str").array)
    return traits[~path.str.contains("/tests/", regex=False).fillna(False).to_numpy(bool)]
