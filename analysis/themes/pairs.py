"""The table similar_bugs: for each open bug its likely duplicates, and the fixed bugs nearest to it with their fix."""

import numpy as np
import pandas as pd

from analysis import schema
from analysis.fixes import living
from analysis.themes import facts as known
from analysis.themes import vectors
from analysis.themes.calibration import NEAR, DuplicateScore
from analysis.themes.resemblance import Neighbors, SimilarBugs
from analysis.visible import visible_changes

CANDIDATES = 20
FIXED_KEPT = 3
MIN_SCORE = 0.2
FIXED_STATUSES = ("Fix Committed", "Fix Released")


def similar(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    answered: pd.DataFrame,
    links: pd.DataFrame,
    changes: pd.DataFrame,
    target: str,
    min_score: float = MIN_SCORE,
    texts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """For each open public bug the others that may be the same, and up to three near ones that are fixed.

    A bug with nothing near has no row. schema.SIMILAR_BUGS.

    Parameters
    ----------
    bugs, bug_tasks, links, changes : DataFrames of those schemas
    answered : DataFrame, schema.ANSWERS
    target : the project on Launchpad, whose tasks say whether a bug is open or fixed
    min_score : a bug that is not fixed is shown from this score on
    texts : `public_texts` of these bugs, where they are at hand
    """
    visible = known.public(bugs)
    texts = vectors.public_texts(bugs) if texts is None else texts
    if len(visible) < 2 or not any(map(vectors.has_token, texts["title"] + texts["description"])):
        return schema.SIMILAR_BUGS.empty()
    index = SimilarBugs().fit(texts)
    groups = duplicate_groups(visible)
    score = _calibrated(index, visible, groups)
    asking = np.flatnonzero(known.is_open(visible, schema.open_tasks(bug_tasks, target)))
    is_fixed = visible["bug_id"].isin(_released(bug_tasks, target))
    fixed = np.flatnonzero(is_fixed)
    rows = _candidates(index, asking, visible, groups)
    if len(fixed):  # where many open bugs are near, the nearest fixed one is not among the nearest
        far = _candidates(index, asking, visible, groups, among=fixed)
        rows = pd.concat([rows, far.assign(rank=far["rank"] + CANDIDATES)])
        rows = rows.drop_duplicates(["bug_id", "other_bug_id"], ignore_index=True)
    rows["score"] = score.predict(rows["similarity"].to_numpy(), rows["days"].to_numpy())
    public = visible_changes(changes, links=links, bugs=bugs)["change_number"]
    fixes = _fixes(visible, answered[answered["change_number"].isin(public) | answered["kind"].eq("commit")])
    told = pd.DataFrame({"other_bug_id": visible["bug_id"], "is_fixed": is_fixed, "fixes": fixes})
    rows = rows.merge(told, "left", "other_bug_id", validate="m:1")
    return schema.SIMILAR_BUGS.ordered(schema.SIMILAR_BUGS.frame(_kept(rows, min_score)))


def duplicate_groups(bugs: pd.DataFrame) -> np.ndarray:
    """A number per bug, equal for bugs that Launchpad says are one, in the order of `bugs` (schema.BUGS).

    Launchpad lets no duplicate have duplicates, so the master's number names the group.
    """
    return bugs["duplicate_of"].fillna(bugs["bug_id"]).to_numpy(dtype=np.int64)


def _calibrated(index: SimilarBugs, bugs: pd.DataFrame, groups: np.ndarray) -> DuplicateScore:
    values, sizes = np.unique(groups, return_counts=True)
    marked = np.flatnonzero(np.isin(groups, values[sizes > 1]))
    rows = _candidates(index, marked, bugs, groups)
    return DuplicateScore().fit(
        rows["similarity"].to_numpy(), rows["days"].to_numpy(), rows["is_known_duplicate"].to_numpy(dtype=bool)
    )


def _candidates(
    index: SimilarBugs, queries: np.ndarray, bugs: pd.DataFrame, groups: np.ndarray, *, among: np.ndarray | None = None
) -> pd.DataFrame:
    """The nearest bugs of each query: bug_id, other_bug_id, similarity, rank, days, is_known_duplicate."""
    asked = [view[queries] for view in index.views_]
    found: Neighbors = (
        index.kneighbors(asked, CANDIDATES, excluded=queries)
        if among is None
        else index.kneighbors(asked, FIXED_KEPT + 1, among=among)  # one of them may be the bug itself
    )
    width = found.positions.shape[1]
    query, other = np.repeat(queries, width), found.positions.ravel()
    bug_id = bugs["bug_id"].to_numpy(dtype=np.int64)
    created = bugs["created_at"].dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    days = (created[query] - created[other]) / np.timedelta64(1, "D")
    rows = pd.DataFrame(
        {
            "bug_id": bug_id[query],
            "other_bug_id": bug_id[other],
            "similarity": np.clip(found.similarities.ravel().astype(float), 0, 1),
            "rank": np.tile(np.arange(1, width + 1), len(queries)),
            "days": days,
            "is_known_duplicate": groups[query] == groups[other],
        }
    )
    return rows[rows["bug_id"] != rows["other_bug_id"]].reset_index(drop=True)


def _fixes(bugs: pd.DataFrame, answered: pd.DataFrame) -> pd.Series:
    """The living fixes of each bug in words, which for a duplicate are those of its master; NA where it has none."""
    alive = living(answered)
    words = alive.assign(words=alive["kind"].astype(str) + " " + alive["ref"].astype(str).str.slice(0, 12))
    listed = words.sort_values(["bug_id", "kind", "ref"], kind="stable").groupby("bug_id")["words"].agg(list)
    listed = pd.Series(listed.tolist(), listed.index, schema.SIMILAR_BUGS.dtypes["fixes"])
    return schema.looked_up(bugs["duplicate_of"].fillna(bugs["bug_id"]), listed)


def _released(bug_tasks: pd.DataFrame, target: str) -> pd.Series:
    """The bugs whose task in the project is fixed."""
    return bug_tasks.loc[(bug_tasks["target"] == target) & bug_tasks["status"].isin(FIXED_STATUSES), "bug_id"]


def _kept(rows: pd.DataFrame, min_score: float) -> pd.DataFrame:
    near = rows[rows["similarity"] >= NEAR]
    fixed = near[near["is_fixed"]].sort_values(["bug_id", "rank"], kind="stable").groupby("bug_id").head(FIXED_KEPT)
    kept = near[near["score"].ge(min_score) | near["is_known_duplicate"] | near.index.isin(fixed.index)]
    return kept.drop(columns="days").reset_index(drop=True)
