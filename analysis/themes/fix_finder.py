"""The commits after a report that are most like its fix, learnt from fixes that name their bug."""

from collections.abc import Collection
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from analysis.themes import text
from analysis.themes.bug_index import SimilarBugs
from analysis.themes.neighbours import highest

CANDIDATES = 50  # of the commits after a report, those nearest to it
WORDS, DAYS = 0, 6  # of the features: the cosine of whole words, the logarithm of days
BLOCK = 50  # reports compared at once: three views of 14,000 commits take 9 MB, and thrice as much while sorted
MICROSECONDS_A_DAY = 86_400e6
_ASIDE = r"(?:^|/)(?:tests?|docs?|api-ref|releasenotes|locale)/|\.(?:rst|md|txt|pot?)$"


class Candidates(NamedTuple):
    """The commits after one report that are nearest to it, nearest first, each with its features."""

    positions: np.ndarray  # of the commits, shape (n,)
    # shape (n, 9): three cosines, the same relative to the best of any commit, log of days, the share of the report's
    # title that the commit has, whether the commit changes code
    features: np.ndarray


class FixFinder(BaseEstimator):  # type: ignore[misc]
    """Finds the commits that most likely fix a report, by their texts and the days between the two.

    The similarity is that between bugs (`SimilarBugs`); the weights of its views, of the time, of a title's words
    and of changed code are learnt from the project's own fixes that name their bug; their numbers and footers are
    removed from all texts here.
    """

    def fit(self, commits: pd.DataFrame, commit_files: pd.DataFrame) -> Self:
        """Index the commits (schema.COMMITS, schema.COMMIT_FILES); raises ValueError where none has a word."""
        self._committed = _microseconds(commits["committed_at"])
        self._index = SimilarBugs().fit(commit_texts(commits))
        words = self._index.views_[0]
        self._has_word = sp.csr_matrix((np.ones_like(words.data), words.indices, words.indptr), words.shape).T.tocsr()
        self._changes_code = changes_code(commits["sha"], commit_files).to_numpy(np.float64)
        return self

    def candidates(self, texts: pd.DataFrame, created_at: "pd.Series[pd.Timestamp]") -> list[Candidates]:
        """For each report its nearest commits of those made after it.

        Parameters
        ----------
        texts : clean texts of the reports (`vectors.texts`)
        created_at : Series of instants, in the order of `texts`
        """
        queries, created = self._index.transform(texts), _microseconds(created_at)
        return [
            candidates
            for start in range(0, len(texts), BLOCK)
            for candidates in self._block(
                [view[start : start + BLOCK] for view in queries], created[start : start + BLOCK]
            )
        ]

    def _block(self, queries: list[sp.csr_matrix], created: np.ndarray) -> list[Candidates]:
        cosines = self._index.cosines(queries)
        # The squares of a unit row add up to 1: the share of a title's weight that is in words of the commit.
        shares = (queries[1].multiply(queries[1]) @ self._has_word).toarray()
        days = (self._committed[None, :] - created[:, None]) / MICROSECONDS_A_DAY
        is_after = days > 0
        # Relative to every commit: of the few after a report of yesterday the best would seem near, however far it is.
        relative = [view / np.maximum(view.max(axis=1, keepdims=True), 1e-9) for view in cosines]
        positions, _ = highest(np.where(is_after, sum(relative), -1.0), CANDIDATES)
        of_reports = []
        for row, chosen in enumerate(positions):
            kept = chosen[is_after[row, chosen]]
            values = [view[row, kept] for view in (*cosines, *relative)]
            values += [np.log1p(days[row, kept]), shares[row, kept], self._changes_code[kept]]
            of_reports.append(Candidates(kept, np.column_stack(values)))
        return of_reports

    def learn(self, examples: list[Candidates], fixes: list[Collection[int]]) -> Self:
        """Learn from reports whose fixes are known by position; returns how likely each candidate is a fix."""
        is_fix = np.concatenate([np.isin(each.positions, list(of)) for each, of in zip(examples, fixes, strict=True)])
        features = np.vstack([each.features for each in examples])
        scaler = StandardScaler().fit(features)
        model = LogisticRegression(max_iter=2000).fit(scaler.transform(features), is_fix)
        # The two as one line: scikit-learn's own checks take most of the time of a thousand small calls.
        self._weights = model.coef_[0] / scaler.scale_
        self._offset = float(model.intercept_[0] - scaler.mean_ @ self._weights)
        return self

    def log_odds(self, candidates: Candidates) -> np.ndarray:
        """For each candidate, higher if it is more like a fix of the report than the others."""
        return np.asarray(candidates.features @ self._weights + self._offset)

    def scores(self, candidates: Candidates) -> np.ndarray:
        """The same as 0..1; for ranking, not a probability."""
        return np.asarray(expit(self.log_odds(candidates)))


def changes_code(commits: "pd.Series[str]", commit_files: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each commit changes more than tests, documents and translations; one whose files are unknown may.

    Parameters
    ----------
    commits : Series of sha
    commit_files : DataFrame, schema.COMMIT_FILES
    """
    is_aside = commit_files["path"].str.contains(_ASIDE).fillna(False).astype(bool)
    # Each commit once: pandas makes a Python string of every value that it looks for.
    of_code, of_any = (shas.drop_duplicates() for shas in (commit_files.loc[~is_aside, "sha"], commit_files["sha"]))
    return commits.isin(of_code) | ~commits.isin(of_any)


def commit_texts(commits: pd.DataFrame) -> pd.DataFrame:
    """The clean subject and body of each commit, as title and description: without footers and bug numbers."""
    bodies = commits["message"].fillna("").str.partition("\n")[2]
    return pd.DataFrame(
        {
            "title": [text.clean(subject) for subject in commits["subject"].fillna("")],
            "description": [text.clean(body) for body in bodies],
        },
        index=commits.index,
        dtype=object,
    )


def _microseconds(instants: "pd.Series[pd.Timestamp]") -> np.ndarray:
    return instants.dt.as_unit("us").astype("int64").to_numpy(dtype=np.float64)
