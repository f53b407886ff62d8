"""Bugs that resemble each other: three views of their texts, and the table similar_bugs made of them."""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from analysis.judge.fixes import not_abandoned
from analysis.judge.privacy import visible_changes
from analysis.tables import schema
from analysis.themes import counts, text, vectors
from analysis.themes.neighbours import highest

# A duplicate's title is the same thought in other words, so it counts, but less than for themes: the details that make
# two reports one bug stand in the description.
TITLE_WEIGHT = 3
# Characters of a description cut into pieces: a log adds thousands of pieces and no resemblance.
PIECES_LIMIT = 300
PIECE = 4  # letters, with the blanks around the word
LONG = 30
TITLES = 1  # of the three views, the words of the titles
# Among fewer bugs than this, a word or piece seen once is not noise yet.
MANY = 60
BLOCK_CELLS = 4_000_000  # similarities held at once per view, float32: 16 MB


class Neighbors(NamedTuple):
    """For each query, highest rank score first: positions of the fitted bugs, rank score, similarity, that of titles.

    Each is an ndarray of shape (n_queries, n_neighbors), or narrower where fewer bugs are fitted. The rank score is at
    most 3, the similarity at most 1; ties go to the lower position.
    """

    positions: np.ndarray
    scores: np.ndarray
    similarities: np.ndarray
    title_similarities: np.ndarray


class SimilarBugs(BaseEstimator):  # type: ignore[misc]
    """Nearest bugs by words of the whole text, words of the title alone, and pieces of four letters.

    Words miss what is spelt differently (`hostname`, `host name`), pieces confuse what is merely spelt alike, and the
    title alone says what a long log drowns. Neighbours are ranked by the sum of the three cosines, each relative to
    the query's best: in one view 0.3 is much, in another little. All three weigh the same; weights were not fitted.

    The similarity that comes back is the plain mean of the cosines, so that it can be compared between queries.
    """

    def __init__(self, *, title_weight: int = TITLE_WEIGHT) -> None:
        self.title_weight = title_weight

    def fit(self, texts: pd.DataFrame, y: object = None) -> Self:
        """Index clean texts (`vectors.texts`); raises ValueError where none has a word."""
        whole, titles, pieces = self._documents(texts)
        self._words = TfidfVectorizer(analyzer=_same, sublinear_tf=True, dtype=np.float32)
        # Titles are weighed by the whole texts: a word that is rare in titles alone is not a rare word.
        self.views_ = [self._words.fit_transform(whole), self._words.transform(titles)]
        self._pieces, of_pieces = _fitted_pieces(pieces)
        self.views_.append(of_pieces)
        self._columns = [view.T.tocsr() for view in self.views_]
        return self

    def transform(self, texts: pd.DataFrame) -> list[sp.csr_matrix]:
        """The three views of other bugs, to be given to `kneighbors`."""
        whole, titles, pieces = self._documents(texts)
        return [self._words.transform(whole), self._words.transform(titles), self._pieces.transform(pieces)]

    def kneighbors(
        self,
        queries: list[sp.csr_matrix],
        n_neighbors: int,
        *,
        excluded: np.ndarray | None = None,
        among: np.ndarray | None = None,
    ) -> Neighbors:
        """The nearest fitted bugs of each query.

        Parameters
        ----------
        queries : list of three CSR, from `transform` or rows of `views_`
        excluded : ndarray of int, shape (n_queries,): for each query a fitted bug that resembles it in nothing, itself
        among : ndarray of int, shape (n_candidates,): the only fitted bugs that may come back; not with `excluded`
        """
        if among is not None:
            neighbours = self._searched(queries, n_neighbors, [view[among].T.tocsr() for view in self.views_], None)
            return neighbours._replace(positions=among[neighbours.positions])
        return self._searched(queries, n_neighbors, self._columns, excluded)

    def cosines(self, queries: list[sp.csr_matrix]) -> list[np.ndarray]:
        """The cosines of each view, dense, each of shape (n_queries, n_fitted): give few queries at once."""
        return [(view @ columns).toarray() for view, columns in zip(queries, self._columns, strict=True)]

    def _searched(
        self, queries: list[sp.csr_matrix], n_neighbors: int, columns: list[sp.csr_matrix], excluded: np.ndarray | None
    ) -> Neighbors:
        n_queries, n = queries[0].shape[0], columns[0].shape[1]
        block = max(1, BLOCK_CELLS // max(n, 1))
        parts = []
        for start in range(0, max(n_queries, 1), block):
            rows = slice(start, start + block)
            cosines = [(q[rows] @ view).toarray() for q, view in zip(queries, columns, strict=True)]
            if excluded is not None:
                for view in cosines:
                    view[np.arange(len(view)), excluded[rows]] = 0
            parts.append(_nearest(cosines, min(n_neighbors, n)))
        return Neighbors(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def _documents(self, texts: pd.DataFrame) -> tuple[list[list[str]], list[list[str]], list[str]]:
        titles, bodies = texts["title"], texts["description"]
        pieces = [
            f"{title} " * self.title_weight + body[:PIECES_LIMIT] for title, body in zip(titles, bodies, strict=True)
        ]
        whole = vectors.documents(titles, bodies, title_weight=self.title_weight)
        return whole, vectors.documents(titles, [""] * len(texts), title_weight=1), pieces


def _fitted_pieces(texts: list[str]) -> tuple[TfidfVectorizer, sp.csr_matrix]:
    n = len(texts)
    telling = TfidfVectorizer(
        analyzer=_cut,
        sublinear_tf=True,
        min_df=2 if n >= MANY else 1,
        # A piece in every twentieth bug joins nothing and costs most of the time of a query: recall is as without it.
        max_df=max(int(0.05 * n), 10),
        dtype=np.float32,
    )
    try:
        return telling, telling.fit_transform(texts)
    except ValueError:  # no piece is left: these bugs are alike to the letter, or in nothing
        every = telling.set_params(min_df=1, max_df=1.0)
        return every, every.fit_transform(texts)


def _cut(text: str) -> list[str]:
    """The pieces that scikit-learn's analyzer "char_wb" cuts; it cuts every word anew each time it comes."""
    return [piece for word in text.lower().split() for piece in (_of_word if len(word) < LONG else _pieces_of)(word)]


def _pieces_of(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[start : start + PIECE] for start in range(max(len(padded) - PIECE, 0) + 1)]


# A project's words are few beside its text. A long one is a path or a hash, which hardly comes again.
_of_word = lru_cache(maxsize=1 << 15)(_pieces_of)


def _same(document: list[str]) -> list[str]:
    return document


def _nearest(cosines: list[np.ndarray], n: int) -> Neighbors:
    relative = sum(view / np.maximum(view.max(axis=1, keepdims=True), 1e-9) for view in cosines)
    positions, best = highest(np.asarray(relative), n)
    mean = sum(np.take_along_axis(view, positions, axis=1) for view in cosines) / len(cosines)
    return Neighbors(positions, best, np.asarray(mean), np.take_along_axis(cosines[TITLES], positions, axis=1))


# Fewer marked duplicates than this tell no chance.
MIN_PAIRS = 30
# Of the bugs without a marked duplicate so many are compared to learn how often the near are not one.
UNMARKED_COMPARED = 1_000
# Farther off than this by its own duplicates, held back part by part, a chance is not told.
LARGEST_ERROR = 0.05
FOLDS = 5
# What is less similar is not listed. Of Hadoop's marked duplicates the five nearest hold three in four, nearly all of
# them nearer than this; a floor of 0.2 would lose one in fifteen.
NEAR = 0.15


class DuplicateScore(BaseEstimator):  # type: ignore[misc]
    """The chance that two bugs are one, from the similarity of their texts and the days between them.

    Duplicates of a fault that many meet are filed days apart; the same words two years later tell of another fault.
    The chance is learnt from a project's own marked duplicates, and of all its bugs: most have no duplicate, and a
    score that learns from the others alone is far too high. Where a project marks few, or where the chance misses what
    was held back, there is none: another tracker's says nothing here.

    Attributes
    ----------
    is_calibrated_ : bool, whether there is a chance
    error_ : float, mean difference of chance and share of duplicates over ten bins of held-back rows; NaN if unknown
    n_pairs_ : int, marked pairs among the rows
    """

    def fit(
        self, similarities: np.ndarray, days: np.ndarray, is_duplicate: np.ndarray, *, weights: np.ndarray,
        groups: np.ndarray,
    ) -> Self:  # fmt: skip
        """Learn from pairs of near bugs; all arrays of shape (n_pairs,).

        Parameters
        ----------
        weights : how many bugs each row stands for
        groups : equal for the rows of one bug and its duplicates, which are held back together
        """
        self.n_pairs_ = int(is_duplicate.sum())
        self.error_, self.is_calibrated_ = float("nan"), False
        if self.n_pairs_ < MIN_PAIRS or is_duplicate.all():
            return self
        features = _features(similarities, days)
        held_back = np.full(len(features), np.nan)
        for learn, judge in GroupKFold(FOLDS).split(features, groups=groups):
            if 0 < is_duplicate[learn].sum() < len(learn):
                fold = _logistic(features[learn], is_duplicate[learn], weights[learn])
                held_back[judge] = fold.predict_proba(features[judge])[:, 1]
        if np.isnan(held_back).any():
            return self
        self.error_ = calibration_error(held_back, is_duplicate, weights)
        self.is_calibrated_ = self.error_ <= LARGEST_ERROR
        self.model_ = _logistic(features, is_duplicate, weights)
        return self

    def predict(self, similarities: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The chance for each pair; NaN where there is none."""
        if not self.is_calibrated_ or not len(similarities):
            return np.full(len(similarities), np.nan)
        return np.asarray(self.model_.predict_proba(_features(similarities, days))[:, 1])


def calibration_error(chances: np.ndarray, is_duplicate: np.ndarray, weights: np.ndarray) -> float:
    """Mean difference between chance and share of duplicates over ten bins of chance, each weighed by its rows."""
    bins = np.minimum((chances * 10).astype(int), 9)
    expected, true = (np.bincount(bins, weights * values, minlength=10) for values in (chances, is_duplicate))
    return float(np.abs(expected - true).sum() / weights.sum())


def _logistic(features: np.ndarray, is_duplicate: np.ndarray, weights: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=100.0).fit(features, is_duplicate, sample_weight=weights)


def _features(similarities: np.ndarray, days: np.ndarray) -> np.ndarray:
    # An unknown date says nothing: it counts as the typical distance of two bugs that are near, about a year.
    return np.column_stack([similarities, np.log1p(np.where(np.isnan(days), 365.0, np.abs(days)))])


CANDIDATES = 20
ROWS_KEPT = 5  # of each bug
FIXED_STATUSES = ("Fix Committed", "Fix Released")
# A pair is called very similar from SURE on; or where both titles say nearly the same and the other is nearer by LEAD
# than the sixth, so that it stands out and is not one of many that are written alike. Read off the nearest 110 pairs of
# Nova's open bugs of October 2017, about 15 of the first 20 of which are one fault, but 6 of the next 20.
SURE, SAME_TITLE, NEAR_ENOUGH, LEAD = 0.66, 0.8, 0.4, 0.2
SIMILAR = 0.35
# So many reports of one day whose titles are alike were written from a template.
BATCH = 3
BATCH_DAYS = 1.0


def similar(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    linked_changes: pd.DataFrame,
    links: pd.DataFrame,
    changes: pd.DataFrame,
    target: str,
    texts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """For each open public bug at most five others that may be the same, one of them fixed where a near one is.

    A bug with nothing near has no row. schema.SIMILAR_BUGS.

    Parameters
    ----------
    bugs, bug_tasks, links, changes : DataFrames of those schemas
    linked_changes : DataFrame, schema.LINKED_CHANGES
    target : the project on Launchpad, whose tasks say whether a bug is open or fixed
    texts : `public_texts` of these bugs, where they are at hand
    """
    visible = counts.public(bugs)
    texts = vectors.public_texts(bugs) if texts is None else texts
    if len(visible) < 2 or not any(map(vectors.has_token, texts["title"] + texts["description"])):
        return schema.SIMILAR_BUGS.empty()
    index = SimilarBugs().fit(texts)
    groups = duplicate_groups(visible)
    score = _calibrated(index, visible, groups)
    asking = np.flatnonzero(counts.is_open(visible, schema.open_tasks(bug_tasks, target)))
    is_fixed = visible["bug_id"].isin(_released(bug_tasks, target))
    rows = _candidates(index, asking, visible, groups)
    if is_fixed.any():  # where many open bugs are near, the nearest fixed one is not among the nearest
        far = _candidates(index, asking, visible, groups, among=np.flatnonzero(is_fixed))
        rows = pd.concat([rows, far.assign(rank=far["rank"] + CANDIDATES)])
        rows = rows.drop_duplicates(["bug_id", "other_bug_id"], ignore_index=True)
    rows["score"] = pd.array(score.predict(rows["similarity"].to_numpy(), rows["days"].to_numpy()), "Float64")
    public = visible_changes(changes, links=links, bugs=bugs)["change_number"]
    fixes = _fixes(
        visible, linked_changes[linked_changes["change_number"].isin(public) | linked_changes["kind"].eq("commit")]
    )
    others = pd.DataFrame({"other_bug_id": visible["bug_id"], "is_fixed": is_fixed, "fixes": fixes})
    rows = rows.merge(others, "left", "other_bug_id", validate="m:1")
    titles = pd.Series(texts["title"].to_numpy(), index=visible["bug_id"].to_numpy())
    return schema.SIMILAR_BUGS.ordered(schema.SIMILAR_BUGS.frame(_kept(rows, titles)))


def duplicate_groups(bugs: pd.DataFrame) -> np.ndarray:
    """A number per bug, equal for bugs that Launchpad says are one, in the order of `bugs` (schema.BUGS).

    Launchpad lets no duplicate have duplicates, so the master's number names the group.
    """
    return bugs["duplicate_of"].fillna(bugs["bug_id"]).to_numpy(dtype=np.int64)


def _calibrated(index: SimilarBugs, bugs: pd.DataFrame, groups: np.ndarray) -> DuplicateScore:
    values, sizes = np.unique(groups, return_counts=True)
    is_marked = np.isin(groups, values[sizes > 1])
    marked, unmarked = np.flatnonzero(is_marked), np.flatnonzero(~is_marked)
    if len(marked) < MIN_PAIRS:
        nothing = np.empty(0)
        return DuplicateScore().fit(nothing, nothing, np.empty(0, bool), weights=nothing, groups=nothing)
    drawn = np.random.default_rng(0).permutation(unmarked)[:UNMARKED_COMPARED]
    rows = _candidates(index, np.concatenate([marked, np.sort(drawn)]), bugs, groups)
    rows = rows[rows["similarity"].ge(NEAR) & rows["rank"].le(ROWS_KEPT)]
    group = rows["bug_id"].map(dict(zip(bugs["bug_id"], groups, strict=True))).to_numpy()
    is_drawn = rows["bug_id"].isin(bugs["bug_id"].iloc[drawn])
    return DuplicateScore().fit(
        rows["similarity"].to_numpy(),
        rows["days"].to_numpy(),
        rows["is_known_duplicate"].to_numpy(dtype=bool),
        weights=np.where(is_drawn, len(unmarked) / max(len(drawn), 1), 1.0),
        groups=group,
    )


def _candidates(
    index: SimilarBugs, queries: np.ndarray, bugs: pd.DataFrame, groups: np.ndarray, *, among: np.ndarray | None = None
) -> pd.DataFrame:
    """The nearest bugs of each query: bug_id, other_bug_id, similarity, rank, days, is_known_duplicate."""
    asked = [view[queries] for view in index.views_]
    neighbours: Neighbors = (
        index.kneighbors(asked, CANDIDATES, excluded=queries)
        if among is None
        else index.kneighbors(asked, 2, among=among)  # one of them may be the bug itself
    )
    width = neighbours.positions.shape[1]
    # How much nearer each is than the sixth; among the fixed alone nobody knows the sixth.
    behind = neighbours.similarities[:, ROWS_KEPT : ROWS_KEPT + 1]
    lead = (
        neighbours.similarities - (behind if behind.size else 0)
        if among is None
        else np.zeros_like(neighbours.similarities)
    )
    query, other = np.repeat(queries, width), neighbours.positions.ravel()
    bug_id = bugs["bug_id"].to_numpy(dtype=np.int64)
    created = bugs["created_at"].dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    days = (created[query] - created[other]) / np.timedelta64(1, "D")
    rows = pd.DataFrame(
        {
            "bug_id": bug_id[query],
            "other_bug_id": bug_id[other],
            "similarity": np.clip(neighbours.similarities.ravel().astype(float), 0, 1),
            "title_similarity": neighbours.title_similarities.ravel().astype(float),
            "lead": lead.ravel().astype(float),
            "rank": np.tile(np.arange(1, width + 1), len(queries)),
            "days": days,
            "is_known_duplicate": groups[query] == groups[other],
        }
    )
    return rows[rows["bug_id"] != rows["other_bug_id"]].reset_index(drop=True)


def _fixes(bugs: pd.DataFrame, linked_changes: pd.DataFrame) -> pd.Series:
    """The living fixes of each bug in words, which for a duplicate are those of its master; NA where it has none."""
    alive = not_abandoned(linked_changes)
    words = alive.assign(words=alive["kind"].astype(str) + " " + alive["ref"].astype(str).str.slice(0, 12))
    listed = words.sort_values(["bug_id", "kind", "ref"], kind="stable").groupby("bug_id")["words"].agg(list)
    listed = pd.Series(listed.tolist(), listed.index, schema.SIMILAR_BUGS.dtypes["fixes"])
    return schema.looked_up(bugs["duplicate_of"].fillna(bugs["bug_id"]), listed)


def _released(bug_tasks: pd.DataFrame, target: str) -> pd.Series:
    """The bugs whose task in the project is fixed."""
    return bug_tasks.loc[(bug_tasks["target"] == target) & bug_tasks["status"].isin(FIXED_STATUSES), "bug_id"]


def _kept(rows: pd.DataFrame, titles: pd.Series) -> pd.DataFrame:
    """The nearest five of each bug, or the nearest four and the nearest fixed one; ranked anew, and their likeness."""
    near = rows[rows["similarity"].ge(NEAR) | rows["is_known_duplicate"]]
    near = near[~_of_one_template(near, titles)].sort_values(["bug_id", "rank"], kind="stable")
    fixed = near[near["is_fixed"]].drop_duplicates("bug_id")
    is_first_fixed = near.index.isin(fixed.index)
    place = near.groupby("bug_id").cumcount()
    has_fixed = (near["is_fixed"] & place.lt(ROWS_KEPT)).groupby(near["bug_id"]).transform("any")
    kept = near[
        place.lt(ROWS_KEPT - 1)
        | (place.lt(ROWS_KEPT) & has_fixed)
        | (is_first_fixed & ~has_fixed)
        | (place.lt(ROWS_KEPT) & ~near["bug_id"].isin(fixed["bug_id"]))
    ]
    kept = kept.assign(rank=kept.groupby("bug_id").cumcount() + 1, likeness=_likeness(kept))
    return kept.drop(columns=["days", "title_similarity", "lead"]).reset_index(drop=True)


def _likeness(rows: pd.DataFrame) -> np.ndarray:
    """How much each pair resembles each other, in the words of schema.LIKENESS."""
    similarity, title, lead = (rows[name].to_numpy() for name in ("similarity", "title_similarity", "lead"))
    stands_out = (similarity >= NEAR_ENOUGH) & (title >= SAME_TITLE) & (lead >= LEAD)
    return np.select(
        [(similarity >= SURE) | stands_out, similarity >= SIMILAR], schema.LIKENESS[:2], schema.LIKENESS[2]
    )


def _of_one_template(rows: pd.DataFrame, titles: pd.Series) -> "pd.Series[bool]":
    """The pairs of one day that are alike by what several reports of that day share, and differ in all the rest.

    Somebody who files a report for each of ten drivers writes one title ten times and changes the driver.
    """
    words = {bug_id: frozenset(text.tokens(title)) for bug_id, title in titles.items()}
    days = rows["days"].abs().le(BATCH_DAYS) & ~rows["is_known_duplicate"]
    is_template = pd.Series(False, rows.index)
    for bug_id, batch in rows[days].groupby("bug_id"):
        own = words[bug_id]
        alike = batch[[2 * len(own & words[other]) >= len(own) for other in batch["other_bug_id"]]]
        if len(alike) + 1 < BATCH:
            continue
        shared = Counter(word for other in alike["other_bug_id"] for word in own & words[other])
        template = {word for word, n in shared.items() if 2 * n > len(alike)}
        rest = own - template
        differs = [bool(rest) and bool(words[o] - template) and not rest & words[o] for o in alike["other_bug_id"]]
        is_template[alike.index[differs]] = True
    return is_template
