"""Areas guessed for bugs that no rule reaches, learned from fixed bugs: their text, and the areas of what fixed them.

One logistic regression per area on the words of title and description. An area is suggested only above a probability
at which, in cross-validation on the fixed bugs, at least MIN_PRECISION of the suggestions were right; below it the
answer is that we do not know. What cannot be learned that well is never suggested. The threshold is chosen on the same
folds that measure it, so that bugs never seen come out a little worse: 0.77 instead of 0.80 on Nova's history.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import schema
from analysis.visible import is_hidden

MIN_PRECISION = 0.8
ENOUGH = 30  # fixed bugs in an area, and as many outside, before it is learned
EVEN = 0.5  # what is less likely than not is never suggested, however well the fixed bugs are told apart
FOLDS = 5
DESCRIPTION = 2000  # characters: later ones are logs and tracebacks
SEED = 0


class Suggested(NamedTuple):
    """Rows to add to area_members, and what each area's suggestions are worth (schema.SUGGESTION_QUALITY)."""

    members: pd.DataFrame
    quality: pd.DataFrame


def suggest(
    members: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    links: pd.DataFrame,
    release: str,
    min_precision: float = MIN_PRECISION,
) -> Suggested:
    """Suggested areas for the bugs without a fix that are in none by a rule, with the accuracy of each area's model.

    Learned from the bugs that have a fix: those whose fix is in the area, against those whose fix is not. Private bugs
    teach nothing and get nothing. The same tables give the same suggestions.

    Parameters
    ----------
    members, bugs, links : DataFrame, schema.AREA_MEMBERS, schema.BUGS and schema.LINKS
    """
    # Only here, because whoever merely reads an area file would wait for it: a report of which nothing is stale.
    from sklearn.feature_extraction.text import TfidfVectorizer

    public = bugs[~is_hidden(bugs)]
    taught = _taught(members)
    is_fixed = public["bug_id"].isin(schema.fix_links(links)["bug_id"])
    fixed, asked = public[is_fixed], public[~is_fixed & ~public["bug_id"].isin(_declared(members))]
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=50_000, stop_words="english")
    areas = _learnable(fixed, taught)
    vectors = words.fit_transform(texts(fixed).tolist()) if areas else None
    models = {area: _learned(vectors, is_in, min_precision) for area, is_in in areas.items()}
    learned = {area: model for area, model in models.items() if model is not None}
    questions = words.transform(texts(asked).tolist()) if learned and len(asked) else None
    quality = [(release, area, *model[:4]) for area, model in learned.items()]
    rows = [_asked(asked, questions, area, model) for area, model in learned.items() if questions is not None]
    found = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"ref": [], "area_id": [], "confidence": []})
    table = schema.AREA_MEMBERS.frame(found.assign(release=release, kind="bug", rule="suggested", is_suggestion=True))
    measured = schema.SUGGESTION_QUALITY.frame(pd.DataFrame(quality, columns=_QUALITY))
    return Suggested(
        schema.validate(schema.AREA_MEMBERS.ordered(table), schema.AREA_MEMBERS),
        schema.validate(schema.SUGGESTION_QUALITY.ordered(measured), schema.SUGGESTION_QUALITY),
    )


_QUALITY = list(schema.SUGGESTION_QUALITY.columns)


class _Model(NamedTuple):
    n_taught: int
    threshold: float
    precision: float
    recall: float
    regression: Any


def _taught(members: pd.DataFrame) -> pd.DataFrame:
    """The bugs that are in an area through what fixed them: bug_id, area_id."""
    by_fix = members[members["kind"].eq("bug") & members["rule"].str.match(r"linked:(?:change|commit)/")]
    taught = pd.DataFrame({"bug_id": pd.to_numeric(by_fix["ref"]).astype("Int64"), "area_id": by_fix["area_id"]})
    return taught.drop_duplicates()


def _declared(members: pd.DataFrame) -> pd.Series:
    ours = members[members["kind"].eq("bug") & members["rule"].ne("all_fixes")]
    return pd.to_numeric(ours["ref"]).astype("Int64")


def texts(bugs: pd.DataFrame) -> "pd.Series[str]":
    """The words of a bug: its title twice, for it says most, and the beginning of its description."""
    title = bugs["title"].fillna("")
    said: pd.Series[str] = title + " " + title + " " + bugs["description"].fillna("").str[:DESCRIPTION]
    return said


def _learnable(fixed: pd.DataFrame, taught: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    """Per area with enough fixed bugs in and out of it, which of `fixed` are in."""
    known = {
        str(area): fixed["bug_id"].isin(group["bug_id"]).to_numpy(dtype=bool)
        for area, group in taught.groupby("area_id", sort=True)
    }
    return {area: is_in for area, is_in in known.items() if min(is_in.sum(), (~is_in).sum()) >= ENOUGH}


def _learned(vectors: Any, is_in: npt.NDArray[np.bool_], min_precision: float) -> _Model | None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    regression = LogisticRegression(C=10.0, solver="liblinear", class_weight="balanced", random_state=SEED)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    chances = cross_val_predict(regression, vectors, is_in, cv=folds, method="predict_proba")[:, 1]
    threshold, precision, recall = threshold_for(chances, is_in, min_precision)
    if not np.isfinite(threshold):
        return None
    return _Model(len(is_in), threshold, precision, recall, regression.fit(vectors, is_in))


def threshold_for(
    chances: npt.NDArray[np.float64], is_in: npt.NDArray[np.bool_], min_precision: float
) -> tuple[float, float, float]:
    """The lowest chance above which precision holds, with precision and recall there; infinite when none does."""
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum(is_in[order])
    precision = right / np.arange(1, len(order) + 1)
    # Ten suggestions at least: the precision of two lucky ones says nothing.
    enough = (np.arange(1, len(order) + 1) >= 10) & (chances[order] >= EVEN)
    good = np.flatnonzero((precision >= min_precision) & enough)
    if not len(good):
        return np.inf, 0.0, 0.0
    last = good[-1]
    return float(chances[order[last]]), float(precision[last]), float(right[last] / is_in.sum())


def _asked(asked: pd.DataFrame, questions: Any, area: str, model: _Model) -> pd.DataFrame:
    chances = model.regression.predict_proba(questions)[:, 1]
    sure = chances >= model.threshold
    refs = asked.loc[sure, "bug_id"].astype(schema.AREA_MEMBERS.dtypes["ref"])
    return pd.DataFrame({"ref": refs.array, "area_id": area, "confidence": chances[sure]})
