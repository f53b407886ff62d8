"""Commits that may have fixed an open bug without naming it, by the likeness of fixes that did name their bug."""

import re
from collections.abc import Collection
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from analysis.judge.privacy import visible_bugs
from analysis.tables import schema
from analysis.themes import text
from analysis.themes.bug_index import SimilarBugs
from analysis.themes.neighbours import highest
from analysis.themes.similar_bugs import NEAR

# With fewer fixes that name their bug there is too little to learn from; more than this many of the newest add nothing.
FEWEST_EXAMPLES, MOST_EXAMPLES = 60, 600
CANDIDATES = 50  # of the commits after a report, those nearest to it
ROWS_KEPT = 3  # of each bug
# A row is worth a look while no more than this share of bugs whose own fix is hidden has a commit as near; or where the
# two texts are nearly the same, which few are. Few open bugs are fixed: of Nova's, five in a hundred would list more
# wrong rows than right ones. Texts between 0.6 and 0.75 are mostly two matters of one subject. Nova's rows were read
# before these limits were set, so what is right of them is not held back.
FALSE_ALARMS, SAME_TEXT = 0.03, 0.8
WORDS_KEPT = 5
WORDS = 0  # of the features, the cosine of whole words
BLOCK = 50  # reports compared at once: three views of 14,000 commits take 9 MB, and thrice as much while sorted
MICROSECONDS_A_DAY = 86_400e6
_ASIDE = r"(?:^|/)(?:tests?|docs?|api-ref|releasenotes|locale)/|\.(?:rst|md|txt|pot?)$"
_BUG_NAMED = re.compile(r"\b(?:bugs?|lp|closes|fixes|resolves)\b[^\n\d]{0,20}(\d{5,8})\b", re.IGNORECASE)


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
        # What a report has for its nearest commit where its own fix is not among them.
        others = [
            self.scores(each)[~np.isin(each.positions, list(of))] for each, of in zip(examples, fixes, strict=True)
        ]
        self.nearest_others_ = np.sort([scores.max() if len(scores) else 0.0 for scores in others])
        return self

    def scores(self, candidates: Candidates) -> np.ndarray:
        """0..1 for each candidate, higher if it is more like a fix of the report; for ranking, not a probability."""
        return np.asarray(expit(candidates.features @ self._weights + self._offset))

    def false_alarms(self, scores: np.ndarray) -> np.ndarray:
        """For each score the share of reports that, with their own fix hidden, had a commit of that score or above."""
        below = np.searchsorted(self.nearest_others_, scores, side="left")
        return np.asarray(1 - below / len(self.nearest_others_))


def find_possible_fixes(
    *, bugs: pd.DataFrame, unfixed_bugs: pd.DataFrame, commits: pd.DataFrame, commit_files: pd.DataFrame,
    links: pd.DataFrame, texts: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """For each open bug without a fix at most three commits that may have fixed it unnamed. schema.POSSIBLE_FIXES.

    The result is empty if the project has too few fixes that name their bug to learn from. A commit that names a bug
    outside the public ones is skipped, because that bug may be under embargo. So is a commit that is already linked to
    this bug.

    Parameters
    ----------
    bugs, unfixed_bugs, commits, commit_files, links : DataFrames of those schemas
    texts : `vectors.public_texts` of these bugs
    """
    public = visible_bugs(bugs).sort_values("bug_id", ignore_index=True)
    texts = texts.set_axis(public.index)
    commits = commits[~commits["is_merge"].fillna(False)]
    commits = commits[_names_public_bugs_only(commits["message"], public["bug_id"])].reset_index(drop=True)
    fixes_of = known_fixes(public, commits, links)
    asking = public.index[public["bug_id"].isin(unfixed_bugs["bug_id"]) & public["created_at"].notna()]
    if len(fixes_of) < FEWEST_EXAMPLES or asking.empty:
        return schema.POSSIBLE_FIXES.empty()
    finder = FixFinder().fit(commits, commit_files)
    created = public["created_at"]
    examples = public.index[public["bug_id"].isin(list(fixes_of))]
    finder.learn(
        finder.candidates(texts.loc[examples], created[examples]),
        [fixes_of[bug] for bug in public.loc[examples, "bug_id"]],
    )
    of_commits = links[links["kind"].eq("commit")]
    linked = set(zip(of_commits["bug_id"], of_commits["ref"], strict=True))
    rows = []
    for bug, candidates in zip(
        public.loc[asking, "bug_id"], finder.candidates(texts.loc[asking], created[asking]), strict=True
    ):
        is_new = [(bug, sha) not in linked for sha in commits["sha"].iloc[candidates.positions]]
        rows += [(bug, *row) for row in _rows(finder, Candidates(*(values[is_new] for values in candidates)))]
    if not rows:
        return schema.POSSIBLE_FIXES.empty()
    likeliest = pd.DataFrame(rows, columns=["bug_id", "position", "rank", "similarity", "false_alarms"])
    return schema.POSSIBLE_FIXES.ordered(
        schema.POSSIBLE_FIXES.frame(_add_details(likeliest, public, texts, commits, links))
    )


def known_fixes(bugs: pd.DataFrame, commits: pd.DataFrame, links: pd.DataFrame) -> dict[int, list[int]]:
    """The positions of the commits that fix each bug and were made after its report, by bug_id.

    Of the bugs that were fixed last, at most MOST_EXAMPLES.

    Parameters
    ----------
    bugs, commits, links : DataFrames of those schemas, `commits` numbered from 0
    """
    positions = pd.Series(commits.index, index=commits["sha"])
    fixes = schema.fix_links(links, "commit")
    fixes = fixes[fixes["ref"].isin(positions.index)]
    fixes = fixes.merge(bugs[["bug_id", "created_at"]], "inner", "bug_id", validate="m:1")
    fixes = fixes.assign(position=fixes["ref"].map(positions)).drop_duplicates(["bug_id", "position"])
    fixes["committed_at"] = commits["committed_at"].to_numpy()[fixes["position"].to_numpy(dtype=np.intp)]
    fixes = fixes[fixes["committed_at"].gt(fixes["created_at"]).fillna(False)]
    newest = fixes.groupby("bug_id")["committed_at"].max().sort_values(kind="stable").tail(MOST_EXAMPLES).index
    fixes = fixes[fixes["bug_id"].isin(newest)]
    positions_of: dict[int, list[int]] = {}
    for bug, position in sorted(zip(fixes["bug_id"], fixes["position"], strict=True)):
        positions_of.setdefault(int(bug), []).append(int(position))
    return positions_of


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


def _names_public_bugs_only(messages: "pd.Series[str]", public: "pd.Series[int]") -> np.ndarray:
    numbers = set(public)
    named = [_BUG_NAMED.findall(message) for message in messages.fillna("")]
    return np.fromiter((numbers.issuperset(map(int, each)) for each in named), dtype=np.bool_, count=len(named))


def _rows(finder: FixFinder, candidates: Candidates) -> list[tuple[int, int, float, float]]:
    """The likeliest commits of one bug that are worth a look: position, rank, similarity, false_alarms."""
    scores = finder.scores(candidates)
    alarms = finder.false_alarms(scores)
    similarities = candidates.features[:, :3].mean(axis=1)
    is_worth_a_look = ((alarms <= FALSE_ALARMS) & (similarities >= NEAR)) | (similarities >= SAME_TEXT)
    is_worth_a_look &= candidates.features[:, WORDS] > 0  # pieces of words alone resemble by chance
    best = [place for place in np.argsort(-scores, kind="stable")[:ROWS_KEPT] if is_worth_a_look[place]]
    return [
        (int(candidates.positions[place]), rank, float(similarities[place]), float(alarms[place]))
        for rank, place in enumerate(best, start=1)
    ]


def _add_details(
    likeliest: pd.DataFrame, bugs: pd.DataFrame, texts: pd.DataFrame, commits: pd.DataFrame, links: pd.DataFrame
) -> pd.DataFrame:
    """The rows with what a reader needs to judge them: the commit, when, common words, the bugs that it names."""
    of_commits = commits.loc[likeliest["position"], ["sha", "subject", "committed_at"]].reset_index(drop=True)
    rows = pd.concat([likeliest.reset_index(drop=True), of_commits], axis=1)
    of_bug = bugs.set_index("bug_id")
    days = (rows["committed_at"] - rows["bug_id"].map(of_bug["created_at"])).dt.total_seconds() / 86_400
    named: dict[str, set[int]] = {}
    for sha, bug in zip(links["ref"], links["bug_id"], strict=True):
        named.setdefault(sha, set()).add(bug)
    place = pd.Series(bugs.index, index=bugs["bug_id"])
    chosen = commit_texts(commits.loc[likeliest["position"]])
    common = [_common_words(texts.loc[place[bug]], chosen.iloc[row]) for row, bug in enumerate(rows["bug_id"])]
    return rows.assign(
        report_age_days=days, common_words=pd.Series(common, dtype=object, index=rows.index),
        named_bug_ids=pd.Series([sorted(named.get(sha, ())) for sha in rows["sha"]], dtype=object, index=rows.index),
    ).drop(columns="position")  # fmt: skip


def _common_words(report: pd.Series, commit: pd.Series) -> list[str]:
    """The words that both hold, those of the report's title first, then as they come."""
    of_commit = set(text.tokens(f"{commit['title']}\n{commit['description']}"))
    words = dict.fromkeys(text.tokens(f"{report['title']}\n{report['description']}"))
    return [word for word in words if word in of_commit][:WORDS_KEPT]


def _microseconds(instants: "pd.Series[pd.Timestamp]") -> np.ndarray:
    return instants.dt.as_unit("us").astype("int64").to_numpy(dtype=np.float64)
