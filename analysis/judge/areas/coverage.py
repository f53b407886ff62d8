"""The share of the work that the areas hold, and the work outside."""

import pandas as pd

from analysis.judge.areas import work
from analysis.tables import schema

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
    """For each kind of work, the share that a rule puts into an area; an area that holds everything does not count.

    A commit counts as a merged fix if its change was not fetched. `outside` lists what the rest has in common: tags of
    the bugs, folders of the fixes, the most frequent first. See schema.AREA_COVERAGE.
    """
    declared = schema.declared_members(members[members["rule"].ne(schema.CATCH_ALL)])
    open_bugs = work.open_bugs(bugs, bug_tasks, target)
    fixes = work.fixing_changes(links, changes)
    is_open = fixes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    alone = work.fixing_commits(links, commits, change_commits)
    merged = fixes.loc[fixes["status"].eq("MERGED"), "change_number"]
    of_changes = work.folders_of("change", change_files, "change_number")
    of_commits = work.folders_of("commit", commit_files, "sha")
    kinds = {
        "open_bugs": (work.refs("bug", open_bugs["bug_id"]), work.tags_of(open_bugs)),
        "open_fixes": (work.refs("change", fixes.loc[is_open, "change_number"]), of_changes),
        "merged_fixes": (
            pd.concat([work.refs("change", merged), work.refs("commit", alone)]),
            pd.concat([of_changes, of_commits]),
        ),
    }
    rows = [{"release": release, "what": what, **_row(*of, declared)} for what, of in kinds.items()]
    table = schema.AREA_COVERAGE.frame({name: [row[name] for row in rows] for name in schema.AREA_COVERAGE.columns})
    return schema.validate(schema.AREA_COVERAGE.ordered(table), schema.AREA_COVERAGE)


def _row(refs: pd.DataFrame, traits: pd.DataFrame, declared: pd.DataFrame) -> dict[str, object]:
    is_in = work.is_among(refs, declared)
    rest = traits[work.is_among(traits, refs[~is_in])].drop_duplicates()
    often = rest["trait"].value_counts().rename_axis("trait").reset_index(name="n")
    often = often.sort_values(["n", "trait"], ascending=[False, True]).head(MOST_OUTSIDE)
    named = [f"{trait} ({n})" for trait, n in zip(often["trait"], often["n"], strict=True)]
    return {
        "n": len(refs),
        "n_in_area": int(is_in.sum()),
        "share": float(is_in.mean()) if len(is_in) else None,
        "outside": named,
    }
