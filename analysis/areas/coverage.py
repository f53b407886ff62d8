"""How much of the work the areas hold, and what falls outside."""

import pandas as pd
import pyarrow as pa

from analysis import schema

MOST_OUTSIDE = 10
_WHAT = ("open_bugs", "open_fixes", "merged_fixes")


def coverage(
    members: pd.DataFrame,
    *,
    release: str,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    changes: pd.DataFrame,
    change_files: pd.DataFrame,
    links: pd.DataFrame,
    target: str,
) -> pd.DataFrame:
    """Per kind of work, the share that is in an area by a rule; an area that holds everything does not count.

    `outside` names what the rest has in common: the tags of the bugs, the folders of the fixes, the most frequent
    first. A suggestion is counted apart. See schema.AREA_COVERAGE.
    """
    declared = members[members["rule"].ne("all_fixes") & ~members["is_suggestion"].fillna(False).astype(bool)]
    suggested = members[members["is_suggestion"].fillna(False).astype(bool)]
    open_bugs = _open_bugs(bugs, bug_tasks, target)
    fixes = _fixes(links, changes)
    is_open = fixes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    work = {
        "open_bugs": ("bug", open_bugs["bug_id"], _tags(open_bugs)),
        "open_fixes": ("change", fixes.loc[is_open, "change_number"], _folders(change_files)),
        "merged_fixes": ("change", fixes.loc[fixes["status"].eq("MERGED"), "change_number"], _folders(change_files)),
    }
    rows = [(release, what, *_row(*work[what], declared, suggested)) for what in _WHAT]
    table = schema.AREA_COVERAGE.frame(
        {
            **{name: [row[at] for row in rows] for at, name in enumerate(list(schema.AREA_COVERAGE.columns)[:-1])},
            "outside": pd.Series([row[-1] for row in rows], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
        }
    )
    return schema.validate(schema.AREA_COVERAGE.ordered(table), schema.AREA_COVERAGE)


def _row(
    kind: str, refs: pd.Series, traits: pd.DataFrame, declared: pd.DataFrame, suggested: pd.DataFrame
) -> tuple[int, int, float | None, int, list[str]]:
    text = refs.astype(schema.AREA_MEMBERS.dtypes["ref"])
    is_in = text.isin(declared.loc[declared["kind"].eq(kind), "ref"])
    is_guess = ~is_in & text.isin(suggested.loc[suggested["kind"].eq(kind), "ref"])
    rest = traits[traits["ref"].isin(refs[~is_in])].drop_duplicates()
    often = rest["trait"].value_counts().rename_axis("trait").reset_index(name="n")
    often = often.sort_values(["n", "trait"], ascending=[False, True]).head(MOST_OUTSIDE)
    named = [f"{trait} ({n})" for trait, n in zip(often["trait"], often["n"], strict=True)]
    share = float(is_in.mean()) if len(is_in) else None
    return len(refs), int(is_in.sum()), share, int(is_guess.sum()), named


def _open_bugs(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, target: str) -> pd.DataFrame:
    tasks = bug_tasks[bug_tasks["target"].eq(target) & bug_tasks["is_open"].fillna(False).astype(bool)]
    shown = bugs[~bugs["is_private"].fillna(False).astype(bool) & bugs["duplicate_of"].isna()]
    return shown[shown["bug_id"].isin(tasks["bug_id"])]


def _fixes(links: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    counted = links[links["kind"].eq("change") & links["counts_as_fix"].fillna(False).astype(bool)]
    shown = changes[~changes["is_private"].fillna(False).astype(bool)]
    return shown[shown["change_number"].astype(counted["ref"].dtype).isin(counted["ref"])]


def _tags(bugs: pd.DataFrame) -> pd.DataFrame:
    exploded = bugs[["bug_id", "tags"]].explode("tags")
    traits = pd.DataFrame({"ref": exploded["bug_id"], "trait": exploded["tags"].astype("str")})
    return traits.fillna({"trait": "no tag"})


def _folders(change_files: pd.DataFrame) -> pd.DataFrame:
    """The first two folders under the package, tests aside: where a rule by path could begin."""
    path = change_files["path"]
    folder = path.str.extract(r"^((?:[^/]+/){1,3})", expand=False).fillna("top of the tree")
    traits = pd.DataFrame({"ref": change_files["change_number"], "trait": folder.astype("str")})
    return traits[~path.str.contains("/tests/", regex=False).fillna(False).astype(bool)]
