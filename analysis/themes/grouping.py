"""The tables of themes: fitted, named, matched with the run before, counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from analysis import schema
from analysis.themes import counting, failure_modes, matching, vectors
from analysis.themes import facts as known
from analysis.themes.failure_modes import FailureMode
from analysis.themes.labels import distinct, label
from analysis.themes.model import ThemeModel
from analysis.themes.names import Names
from analysis.themes.streaming import StreamingThemes

# Below this many bugs nothing can be told from chance; they are counted, but no theme is made of them.
MIN_BUGS = 30
# Above it the exact path would need gigabytes: 50,000 bugs take 0.5 GB, and it grows with them.
MOST_EXACT = 100_000

NO_NAMES = Names()

Tables = dict[str, pd.DataFrame]
Model = ThemeModel | StreamingThemes


@dataclass(frozen=True)
class Fit:
    """A fitted model with what its tables are made of; `theme_ids` and `labels` by the model's numbers."""

    model: Model | None
    theme_ids: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    is_named: list[bool] = field(default_factory=list)


def build(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    answered: pd.DataFrame,
    review_states: pd.DataFrame,
    modes: tuple[FailureMode, ...],
    as_of: pd.Timestamp,
    target: str,
    area_members: pd.DataFrame | None = None,
    previous: Mapping[str, pd.DataFrame] | None = None,
    names: Names = NO_NAMES,
    model: Model | None = None,
    texts: pd.DataFrame | None = None,
) -> Tables:
    """The tables themes, bug_themes, theme_cells and theme_changes of all public bugs.

    The same tables give the same themes to the letter, in whatever order their rows come. With `previous` (the
    themes and bug_themes of the run before) a theme whose bugs are mostly the same keeps its id and label.

    Parameters
    ----------
    bugs, bug_tasks, unfixed_bugs, review_states, area_members : DataFrames of those schemas
    answered : DataFrame, schema.ANSWERS
    modes : the failure modes, from `failure_modes.parse`
    as_of : the instant that ages and cycles run to
    target : the project on Launchpad, whose tasks say whether a bug is open
    names : names that people gave, from `Names.from_toml`
    model : an unfitted model with other settings; by default the exact one, and the streaming one for very many bugs
    texts : `public_texts` of these bugs, where they are at hand, such as those with comments
    """
    visible = known.public(bugs)
    texts = vectors.public_texts(bugs) if texts is None else texts
    fitted = fit(texts, model or _model(len(texts)))
    modes_found = failure_modes.found(texts, modes)
    bug_themes = _bug_themes(visible, fitted, modes_found)
    facts = known.facts(
        visible,
        bug_tasks=bug_tasks,
        unfixed_bugs=unfixed_bugs,
        answered=answered,
        review_states=review_states,
        area_members=area_members,
        as_of=as_of,
        target=target,
    )
    fitted, bug_themes, theme_changes = _settled(fitted, bug_themes, previous, names)
    return {
        "themes": _themes(fitted, bug_themes, facts, has_areas=area_members is not None),
        "bug_themes": bug_themes,
        "theme_cells": _cells(bug_themes, facts, has_areas=area_members is not None),
        "theme_changes": theme_changes,
    }


def _model(n_bugs: int) -> Model:
    return ThemeModel() if n_bugs <= MOST_EXACT else StreamingThemes()


def fit(texts: pd.DataFrame, model: Model) -> Fit:
    """The model fitted to cleaned texts (`vectors.texts`), with an id and a label for each theme; empty of too few."""
    if len(texts) < MIN_BUGS:
        return Fit(None)
    try:
        model = model.fit_texts(texts)
    except vectors.NoSharedWords:
        return Fit(None)  # not a failure: these bugs have nothing in common
    titles = texts["title"].to_numpy(dtype=object)
    labels = [label(terms, titles[model.labels_ == number]) for number, terms in enumerate(model.terms_)]
    return Fit(model, _ids(model.terms_), labels)


def _ids(terms: list[list[str]]) -> list[str]:
    """An id for each theme from its two strongest words; a number tells apart what would be the same."""
    ids: list[str] = []
    for strongest in terms:
        wanted = "-".join(strongest[:2]) or "theme"
        taken = sum(known == wanted or known.startswith(f"{wanted}-") for known in ids)
        ids.append(f"{wanted}-{taken + 1}" if taken else wanted)
    return ids


def _bug_themes(bugs: pd.DataFrame, fitted: Fit, found: pd.DataFrame) -> pd.DataFrame:
    n = len(bugs)
    labels = fitted.model.labels_ if fitted.model else np.full(n, -1)
    distances = fitted.model.distances_ if fitted.model else np.full(n, np.nan)
    ids = np.array([*fitted.theme_ids, None], dtype=object)  # -1 takes the last: none
    names = np.array(found.columns, dtype=object)
    return schema.BUG_THEMES.frame(
        {
            "bug_id": bugs["bug_id"],
            "theme_id": ids[labels],
            "distance": pd.array(distances, "Float64"),
            "failure_modes": [names[row].tolist() for row in found.to_numpy()],
        }
    )


def _settled(
    fitted: Fit, bug_themes: pd.DataFrame, previous: Mapping[str, pd.DataFrame] | None, names: Names
) -> tuple[Fit, pd.DataFrame, pd.DataFrame]:
    """Ids and labels after the run before and the names people gave have had their say."""
    if previous is None:
        return _named(fitted, names), bug_themes, schema.THEME_CHANGES.empty()
    before = previous["themes"].set_index("theme_id")
    # A name that people gave and took back is gone; only what its words gave lives on by itself.
    worded = before.loc[~before["is_named"].fillna(False), "label"]
    pairs = matching.overlaps(previous["bug_themes"], bug_themes)
    ids = _renamed(fitted.theme_ids, matching.kept(pairs), set(before.index))
    labels = [worded.get(ids[old], own) for old, own in zip(fitted.theme_ids, fitted.labels, strict=True)]
    settled = _named(Fit(fitted.model, [ids[old] for old in fitted.theme_ids], labels), names)
    pairs = pairs.assign(now=pairs["now"].map(ids))
    changes = matching.changes(pairs, list(before.index), settled.theme_ids)
    renamed = bug_themes.assign(theme_id=bug_themes["theme_id"].map(ids).astype(bug_themes["theme_id"].dtype))
    return settled, renamed, changes


def _renamed(theme_ids: list[str], kept: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    """The final id of each theme: its former one if it is kept, else its own, made different from every former id."""
    final: dict[str, str] = {}
    used = taken | set(kept.values())
    for own in theme_ids:
        candidate, number = own, 2
        while own not in kept and candidate in used:
            candidate, number = f"{own}-{number}", number + 1
        final[own] = kept.get(own, candidate)
        used.add(final[own])
    return final


def _named(fitted: Fit, names: Names) -> Fit:
    if fitted.model is None:
        return fitted
    terms = fitted.model.terms_
    given = names.given(terms)
    labels = distinct([name or own for name, own in zip(given, fitted.labels, strict=True)], terms)
    return Fit(fitted.model, fitted.theme_ids, labels, [name is not None for name in given])


def _themes(fitted: Fit, bug_themes: pd.DataFrame, facts: pd.DataFrame, *, has_areas: bool) -> pd.DataFrame:
    if fitted.model is None:
        return schema.THEMES.empty()
    members = bug_themes.dropna(subset=["theme_id"])
    counted = counting.counts(members, facts, by=["theme_id"], has_areas=has_areas).set_index("theme_id")
    places = _map(fitted.model)
    own = pd.DataFrame(
        {
            "label": fitted.labels,
            "is_named": fitted.is_named,
            "terms": fitted.model.terms_,
            "map_x": places[:, 0],
            "map_y": places[:, 1],
        },
        index=pd.Index(fitted.theme_ids, name="theme_id"),
    )
    own["example_bug_ids"] = counting.examples(members, by=["theme_id"])
    table = own.join(counted).reset_index()
    return schema.THEMES.ordered(schema.THEMES.frame(table))


def _map(model: Model) -> np.ndarray:
    """Two coordinates for each theme, 0..1: its places along the two principal axes of the centres.

    Places in the order, not distances: a few themes that are far from all would press the others into one corner.
    """
    centres = model.centres_.toarray()
    plane = PCA(min(2, *centres.shape), svd_solver="full").fit_transform(centres)
    places = plane.round(9).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.pad(places / max(len(centres) - 1, 1), ((0, 0), (0, 2 - plane.shape[1])))


def _cells(bug_themes: pd.DataFrame, facts: pd.DataFrame, *, has_areas: bool) -> pd.DataFrame:
    members = bug_themes.dropna(subset=["theme_id"]).astype({"failure_modes": object})
    exploded = members.explode("failure_modes").rename(columns={"failure_modes": "failure_mode"})
    in_mode = exploded.dropna(subset=["failure_mode"])
    if in_mode.empty:
        return schema.THEME_CELLS.empty()
    by = ["theme_id", "failure_mode"]
    cells = counting.counts(in_mode, facts, by=by, has_areas=has_areas)
    cells = cells.join(counting.lifts(cells, members, in_mode))
    cells["example_bug_ids"] = counting.examples(in_mode, by=by).to_numpy()
    return schema.THEME_CELLS.ordered(schema.THEME_CELLS.frame(cells))
