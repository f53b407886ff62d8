"""Bugs for a first contribution, and the people who could help with each."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from analysis.tables import schema

TAG = "low-hanging-fruit"  # what Launchpad's projects call a bug that is easy to begin with
MOST_LINES = 60  # of the fix of a similar bug, for its like to be a small one
MOST_FILES = 2  # of such a fix where its lines are unknown: one file and its test
NEAR = ("similar", "very similar")  # as similar_bugs calls it
MOST_HELPERS = 3
IMPORTANT = ("Critical", "High")
# The fates of a bug without any proposal: a newcomer does not disturb anybody's work.
UNTOUCHED = ("no_change", "never_triaged")
# Statuses of what waits for a decision or an answer, or for somebody who has begun.
NOT_FREE = ("New", "Incomplete", "In Progress")
CONFIRMED = ("Confirmed", "Triaged")
MOST_BEST = 3
_CHANGE, _COMMIT = r"^change (\d+)$", r"^commit ([0-9a-f]+)$"
SHORT = 12  # letters of a commit's name in similar_bugs


def first_bugs(
    without_fix: pd.DataFrame,
    *,
    similar_bugs: pd.DataFrame,
    changes: pd.DataFrame,
    votes: pd.DataFrame,
    names: Mapping[int, str],
    reviewers: Mapping[str, list[str]],
    review_label: str,
    commit_files: pd.DataFrame,
    authors: Mapping[str, str] = MappingProxyType({}),
    fix_fates: pd.DataFrame | None = None,
    has_merged: bool = True,
) -> pd.DataFrame:
    """The bugs without a proposed fix or an assignee that are tagged as easy, or similar to one with a small fix.

    A bug in progress has an owner, and one that waits for a decision or an answer is not for a newcomer.

    A fix is small by its lines; a fix that only a clone holds, by its files.
    Critical and High bugs are left out unless they are tagged. Bugs that are both tagged and similar come first, then
    the tagged ones, then those with the smallest fixes; among equals the most important.

    Parameters
    ----------
    without_fix : DataFrame of measures.bugs_without_fix
    similar_bugs, changes, votes, commit_files, fix_fates : DataFrame, schema tables of these names
    names : what each account is called, by its number
    authors : who wrote each commit, as Git names them, by its sha
    reviewers : the title of an area -> who reviews there, the best first

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, age_days, areas, areas_page; fit (why, in words); other_bug_id,
        change_number and size_lines of the similar bug and its fix (NA of none); n_alike (0 or 1; NA for 0 unless
        `has_merged`); helpers: who knows the files, NA where nobody is known to.
    """
    is_free = without_fix["assignee"].isna() & ~without_fix["status"].isin(NOT_FREE)
    if fix_fates is not None:
        is_free &= without_fix["bug_id"].isin(fix_fates.loc[fix_fates["act"].eq("take"), "bug_id"])
    free = without_fix[is_free & without_fix["lack"].isin(UNTOUCHED)]
    nearest = pd.concat([_nearest_fixes(similar_bugs, changes), _nearest_commits(similar_bugs, commit_files)])
    rows = free.merge(nearest.drop_duplicates("bug_id"), "left", "bug_id", validate="1:1")
    is_tagged = pd.Series([TAG in (tags if isinstance(tags, list) else []) for tags in rows["tags"]], rows.index)
    is_few = rows["n_files"].le(MOST_FILES).fillna(False)
    is_small = rows["size_lines"].le(MOST_LINES).fillna(False) | is_few
    words = "a similar bug was fixed in " + rows["size_lines"].astype("string") + " lines"
    words = words.mask(is_few, "a similar bug was fixed in " + rows["n_files"].astype("string") + " files")
    words = words.str.replace("in 1 files", "in 1 file")
    fit = pd.Series(f"tagged {TAG}", rows.index, dtype="string").where(is_tagged, "")
    fit = fit.where(~is_small, (fit + ", " + words).str.removeprefix(", "))
    place = schema.importance_place(rows["importance"])
    rows = rows.assign(fit=fit, is_tagged=is_tagged, is_small=is_small, place=place)
    rows = rows[is_tagged | (is_small & ~rows["importance"].isin(IMPORTANT))]
    rows = rows.sort_values(["is_tagged", "is_small", "size_lines", "n_files", "place", "bug_id"],
                            ascending=[False, False, True, True, True, True], ignore_index=True)  # fmt: skip
    helper_names = _known_by(rows["change_number"], changes, votes, names, review_label)
    writers = {sha[:SHORT]: [name] for sha, name in authors.items() if _is_name(name)}
    helpers = [
        (helper_names.get(number, []) if pd.notna(number) else writers.get(commit, []) if pd.notna(commit) else [])
        or [one for area in areas for one in reviewers.get(area, [])][:MOST_HELPERS]
        for number, commit, areas in zip(rows["change_number"], rows["short"], rows["areas"], strict=True)
    ]
    n_alike = rows["other_bug_id"].notna().astype("Int64")
    rows = rows.assign(
        helpers=pd.Series([one or None for one in helpers], rows.index, dtype=schema.TEXTS),
        n_alike=n_alike if has_merged else n_alike.mask(n_alike.eq(0)),
    )
    columns = ["bug_id", "bug_title", "importance", "status", "age_days", "areas", "areas_page", "fit", "other_bug_id",
               "change_number", "size_lines", "n_alike", "helpers"]  # fmt: skip
    return rows[columns]


def best_first_bugs(rows: pd.DataFrame) -> pd.DataFrame:
    """The first MOST_BEST of `first_bugs` that somebody has confirmed, with more reasons in `fit`."""
    best = rows[rows["status"].isin(CONFIRMED)].head(MOST_BEST).reset_index(drop=True)
    return best.assign(fit=best["fit"] + "; " + best["status"] + ", nobody is assigned, no fix is known")


def _nearest_fixes(similar_bugs: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """For each open bug the most similar one that a merged change fixed: bug_id, other_bug_id, change_number, size.

    The columns n_files and short (of the name of a commit) are those of `_nearest_commits`: NA.
    """
    pairs = similar_bugs[similar_bugs["is_fixed"].fillna(False)][["bug_id", "other_bug_id", "similarity", "fixes"]]
    each = pairs.explode("fixes").reset_index(drop=True)
    number = each["fixes"].astype(schema.TEXT).str.extract(_CHANGE, expand=False)
    each = each.assign(change_number=pd.to_numeric(number).astype("Int64")).dropna(subset="change_number")
    sizes = changes[changes["status"].eq("MERGED").fillna(False)]
    sizes = sizes.assign(size_lines=sizes["insertions"] + sizes["deletions"])
    each = each.merge(sizes[["change_number", "size_lines"]], "inner", "change_number", validate="m:1")
    each = each.sort_values(["similarity", "other_bug_id", "change_number"], ascending=[False, True, True])
    nearest = each.drop_duplicates("bug_id")[["bug_id", "other_bug_id", "change_number", "size_lines"]]
    return nearest.assign(
        n_files=pd.Series(pd.NA, nearest.index, dtype="Int64"), short=pd.Series(pd.NA, nearest.index, dtype=schema.TEXT)
    )


def _nearest_commits(similar_bugs: pd.DataFrame, commit_files: pd.DataFrame) -> pd.DataFrame:
    """For each open bug the most similar one that a commit of a clone fixed: the columns of `_nearest_fixes`."""
    is_near = similar_bugs["is_fixed"].fillna(False) & similar_bugs["likeness"].isin(NEAR)
    each = similar_bugs.loc[is_near, ["bug_id", "other_bug_id", "similarity", "fixes"]].explode("fixes")
    each = each.assign(short=each["fixes"].astype(schema.TEXT).str.extract(_COMMIT, expand=False)).dropna(
        subset="short"
    )
    n_files = commit_files.groupby(commit_files["sha"].str.slice(0, SHORT)).size().astype("Int64")
    each = each.assign(n_files=schema.looked_up(each["short"], n_files)).dropna(subset="n_files")
    each = each.sort_values(["similarity", "n_files", "other_bug_id"], ascending=[False, True, True])
    return (
        each.drop_duplicates("bug_id")
        .reindex(columns=["bug_id", "other_bug_id", "n_files", "short", "change_number", "size_lines"])
        .astype({"change_number": "Int64", "size_lines": "Int64"})
    )


def _is_name(author: object) -> bool:
    """Whether Git's author is the name of a person: an address is not shown."""
    return isinstance(author, str) and bool(author.strip()) and "@" not in author


def _known_by(
    numbers: pd.Series, changes: pd.DataFrame, votes: pd.DataFrame, names: Mapping[int, str], review_label: str
) -> dict[int, list[str]]:
    """The author and the last voters of each change, at most MOST_HELPERS people."""
    cast = votes[votes["change_number"].isin(numbers) & votes["label"].eq(review_label) & votes["value"].ne(0)]
    cast = cast[~cast["is_ci"].fillna(False)].sort_values("cast_at", ascending=False)
    owners = changes.loc[changes["change_number"].isin(numbers), ["change_number", "owner"]].dropna()
    helper_names: dict[int, list[str]] = {}
    for number, owner in owners.itertuples(index=False):
        voters = cast.loc[cast["change_number"].eq(number), "account"].dropna().tolist()
        people = [one for one in dict.fromkeys([owner, *voters]) if one in names]
        helper_names[number] = [names[one] for one in people][:MOST_HELPERS]
    return helper_names
