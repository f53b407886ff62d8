"""How well each person fits each change as a reviewer, learned from past reviews.

The people of a project have voted on some thousand changes. At each change, before the first vote, everybody is
described by their activity, the share of its files and folders that they reviewed or wrote, and the number of their
reviews of its owner. The people who then voted teach a logistic regression how much each of these counts.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from analysis.judge.forecast.event_index import DAY, Floats, seconds
from analysis.tables import schema

HALF_LIVES = (3.0, 10.0, 40.0)  # days after which a review counts half as activity
MOST_CHANGES = 2_000  # of the past, the newest
LEAST_CHANGES = 50  # changes that people reviewed: with fewer, the fit of people is unknown
SETTLED_DAYS = 7.0  # age at which a change is used for learning: a younger one may still get reviews
PERSON_DAYS = 200.0  # days without a review, after which more make no difference


def reviews_of(
    votes: pd.DataFrame, changes: pd.DataFrame, accounts: pd.DataFrame, *, review_label: str
) -> pd.DataFrame:
    """The first dated vote of each person on each change of somebody else: change_number, account, cast_at, by time.

    Parameters
    ----------
    votes, changes, accounts : DataFrame, schema tables of these names
    """
    people = accounts.loc[accounts["kind"].eq("person"), "account"]
    cast = votes[votes["label"].eq(review_label) & votes["value"].ne(0) & votes["account"].isin(people)]
    owner = schema.looked_up(cast["change_number"], changes.set_index("change_number")["owner"])
    cast = cast[cast["account"].ne(owner).fillna(False) & cast["cast_at"].notna()]
    ordered = cast.sort_values(["cast_at", "change_number", "account"], kind="stable")
    first = ordered.drop_duplicates(["change_number", "account"], ignore_index=True)
    return first[["change_number", "account", "cast_at"]]


class ReviewerFit:
    """Learns from past reviews; `scores` returns for a change how well each of `people` fits, as log odds.

    Parameters
    ----------
    changes, change_files : DataFrame, schema tables of these names
    reviews : DataFrame of `reviews_of`
    """

    def __init__(self, changes: pd.DataFrame, change_files: pd.DataFrame, reviews: pd.DataFrame) -> None:
        ordered = changes.sort_values(["created_at", "change_number"], kind="stable").tail(MOST_CHANGES)
        self._changes = ordered[["change_number", "owner", "created_at"]].reset_index(drop=True)
        files = change_files[change_files["change_number"].isin(ordered["change_number"])]
        paths = files.groupby("change_number")["path"].agg(list)
        self._files: dict[int, list[str]] = {
            int(number): list(of) for number, of in zip(paths.index, paths, strict=True)
        }
        self._reviews = reviews[reviews["change_number"].isin(ordered["change_number"])].reset_index(drop=True)
        self.people: list[int] = sorted(self._reviews["account"].unique().tolist())
        self._place = {account: place for place, account in enumerate(self.people)}
        self._last: _Past | None = None
        self._model: tuple[Floats, Floats, Floats] | None = None

    def described(self) -> Iterator[tuple[int, pd.Timestamp, Floats, npt.NDArray[np.bool_]]]:
        """Each change in order of time: number, creation, the people then with their facts, and its reviewers."""
        past = _Past(len(self.people))
        who = self._reviews.groupby("change_number")["account"].agg(list).to_dict()
        owner = dict(zip(self._changes["change_number"], self._changes["owner"], strict=True))
        events = list(
            zip(
                seconds(self._reviews["cast_at"]) / DAY,
                self._reviews["change_number"],
                self._reviews["account"],
                strict=True,
            )
        )
        begun = 0
        times = seconds(self._changes["created_at"]) / DAY
        for number, account, created_at, now in zip(
            self._changes["change_number"], self._changes["owner"], self._changes["created_at"], times, strict=True
        ):
            while begun < len(events) and events[begun][0] < now:
                at, of, reviewer = events[begun]
                past.review(at, self._place[reviewer], owner[of], self._files.get(of, []))
                begun += 1
            facts = past.facts(now, account, self._files.get(number, []))
            reviewed = np.zeros(len(self.people), bool)
            reviewed[[self._place[reviewer] for reviewer in who.get(number, [])]] = True
            yield number, created_at, facts, reviewed
            past.write(self._place.get(account), self._files.get(number, []))
        for at, of, reviewer in events[begun:]:
            past.review(at, self._place[reviewer], owner[of], self._files.get(of, []))
        self._last = past

    def fit(self, as_of: pd.Timestamp) -> "ReviewerFit":
        """Learn from the changes that were a week old at the instant. With too few of them the fit stays unknown."""
        rows = list(self.described())
        until = as_of - pd.Timedelta(days=SETTLED_DAYS)
        self.learn([(facts, who) for _, at, facts, who in rows if at <= until and who.any()])
        return self

    def learn(self, past: list[tuple[Floats, npt.NDArray[np.bool_]]]) -> None:
        """Fit the weights of the facts; people without a review so far are left out."""
        from sklearn.linear_model import LogisticRegression

        if len(past) < LEAST_CHANGES:
            return
        facts = np.vstack([each for each, _ in past])
        reviewed = np.concatenate([who for _, who in past])
        is_known = facts[:, -1] > 0
        facts, reviewed = facts[is_known], reviewed[is_known]
        if reviewed.all() or not reviewed.any():
            return
        centre, scale = facts.mean(axis=0), np.maximum(facts.std(axis=0), 1e-9)
        with threadpool_limits(1):
            model = LogisticRegression(max_iter=300).fit((facts - centre) / scale, reviewed)
        self._model = centre, scale, np.append(model.coef_[0], model.intercept_[0])

    def weigh(self, facts: Floats) -> Floats:
        """The log odds of each row of facts; NaN if there were too few changes to learn from."""
        if self._model is None:
            return np.full(len(facts), np.nan)
        centre, scale, weights = self._model
        return np.asarray((facts - centre) / scale @ weights[:-1] + weights[-1], dtype="float64")

    def scores(self, change_number: int, owner: int, as_of: pd.Timestamp) -> Floats:
        """How well each of `people` fits the change at the instant."""
        if self._last is None:
            return np.full(len(self.people), np.nan)
        now = as_of.timestamp() / DAY
        return self.weigh(self._last.facts(now, owner, self._files.get(change_number, [])))


class _Past:
    """The reviews and changes of everybody so far."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.active, self.at = np.zeros((len(HALF_LIVES), n)), 0.0
        self.total, self.last = np.zeros(n), np.full(n, -np.inf)
        nobody = lambda: np.zeros(n)  # noqa: E731 # a defaultdict needs a function
        self.by_file, self.by_folder, self.by_owner, self.wrote = (
            defaultdict[object, Floats](nobody),
            defaultdict[object, Floats](nobody),
            defaultdict[object, Floats](nobody),
            defaultdict[object, Floats](nobody),
        )

    def review(self, at: float, person: int, owner: object, files: list[str]) -> None:
        """Add a vote on a change."""
        self.active, self.at = self._faded(at), at
        self.active[:, person] += 1
        self.total[person] += 1
        self.last[person] = at
        self.by_owner[owner][person] += 1
        for path in files:
            self.by_file[path][person] += 1
            self.by_folder[_folder(path)][person] += 1

    def write(self, person: int | None, files: list[str]) -> None:
        """Add a proposed change."""
        if person is not None:
            for path in files:
                self.wrote[_folder(path)][person] += 1

    def facts(self, now: float, owner: object, files: list[str]) -> Floats:
        """The facts of everybody (rows) as reviewers of a change with these files; last is the number of reviews."""
        folders = [_folder(path) for path in files]
        of_owner = self.by_owner[owner] if owner in self.by_owner else np.zeros(self.n)
        shares = [
            self._share(self.by_file, files),
            self._share(self.by_folder, folders),
            self._share(self.wrote, folders),
            of_owner / (1 + of_owner.sum()),
        ]
        active = self._faded(now)
        return np.column_stack(
            [
                *np.log1p(active),
                *(active / (1 + active.sum(axis=1, keepdims=True))),
                *shares,
                *np.sqrt(shares),
                np.log1p(of_owner),
                np.log1p(np.clip(now - self.last, 0.0, PERSON_DAYS)),
                np.log1p(self.total),
            ]
        )

    def _faded(self, now: float) -> Floats:
        since = max(now - self.at, 0.0) if self.at else 0.0
        return np.asarray(self.active * np.array([[0.5 ** (since / half)] for half in HALF_LIVES]), dtype="float64")

    def _share(self, counts: dict[object, Floats], keys: list[str]) -> Floats:
        tallies = [counts[key] for key in keys if key in counts]
        shares = [each / (1 + each.sum()) for each in tallies]
        return np.sum(shares, axis=0) / len(keys) if shares else np.zeros(self.n)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
