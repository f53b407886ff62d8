"""The tables of themes: fitted, named, matched with the previous run, and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from analysis.tables import schema
from analysis.themes import counts, history, vectors
from analysis.themes.model import ThemeModel
from analysis.themes.names import distinct, theme_id, theme_names
from analysis.themes.settings import Names
from analysis.themes.streaming import StreamingThemes

# with fewer bugs nothing can be distinguished from chance; they are counted, but not grouped into themes
MIN_BUGS = 30
# Above it the exact path would need gigabytes: 50,000 bugs take 0.5 GB, and it grows with them.
MOST_EXACT = 100_000

# Fewer themes have no neighbourhoods to draw.
FEWEST_ON_MAP = 8

NO_NAMES = Names()

Tables = dict[str, pd.DataFrame]
Model = ThemeModel | StreamingThemes


@dataclass(frozen=True)
class Fit:
    """A fitted model with the data for its tables; `theme_ids` and `labels` are indexed by the model's numbers."""

    model: Model | None
    theme_ids: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    is_named: list[bool] = field(default_factory=list)


def build(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    linked_changes: pd.DataFrame,
    review_states: pd.DataFrame,
    bug_modes: pd.DataFrame,
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
    linked_changes : DataFrame, schema.LINKED_CHANGES
    bug_modes : DataFrame, schema.BUG_FAILURE_MODES
    as_of : the instant that ages and cycles run to
    target : the project on Launchpad, whose tasks say whether a bug is open
    names : names that people gave, from `Names.from_toml`
    model : an unfitted model with other settings; by default the exact one, and the streaming one for very many bugs
    texts : `public_texts` of these bugs, where they are at hand, such as those with comments
    """
    visible = counts.public(bugs)
    texts = vectors.public_texts(bugs) if texts is None else texts
    fitted = fit(texts, model or _model(len(texts)), ignored=(target,))
    bug_themes = _bug_themes(visible, fitted, bug_modes)
    facts = counts.bug_facts(
        visible,
        bug_tasks=bug_tasks,
        unfixed_bugs=unfixed_bugs,
        linked_changes=linked_changes,
        review_states=review_states,
        area_members=area_members,
        as_of=as_of,
        target=target,
    )
    fitted, bug_themes, theme_changes = _settle(fitted, bug_themes, previous, names)
    return {
        "themes": _themes(fitted, bug_themes, facts, texts["title"], has_areas=area_members is not None),
        "bug_themes": bug_themes,
        "theme_cells": _cells(bug_themes, facts, has_areas=area_members is not None),
        "theme_changes": theme_changes,
    }


def _model(n_bugs: int) -> Model:
    return ThemeModel() if n_bugs <= MOST_EXACT else StreamingThemes()


def fit(texts: pd.DataFrame, model: Model, *, ignored: Sequence[str] = ()) -> Fit:
    """The model fitted to cleaned texts (`vectors.texts`), with an id and a label for each theme; empty of too few."""
    if len(texts) < MIN_BUGS:
        return Fit(None)
    try:
        model = model.fit_texts(texts)
    except vectors.NoSharedWords:
        return Fit(None)  # not a failure: these bugs have nothing in common
    phrases = theme_names(texts["title"].tolist(), model.labels_, model.centres_, ignored=ignored)
    named = list(zip(phrases, model.terms_, strict=True))
    labels = distinct([", ".join(own or terms[:3]) or "unnamed" for own, terms in named], model.terms_)
    return Fit(model, _ids(named), labels)


def _ids(named: Sequence[tuple[list[str], list[str]]]) -> list[str]:
    """An id for each theme from its name; a number tells apart what would be the same."""
    ids: list[str] = []
    for phrases, terms in named:
        wanted = theme_id(phrases, terms)
        numbered = (f"{wanted}-{number}" for number in count(2))
        ids.append(next(own for own in chain([wanted], numbered) if own not in ids))
    return ids


def _bug_themes(bugs: pd.DataFrame, fitted: Fit, bug_modes: pd.DataFrame) -> pd.DataFrame:
    n = len(bugs)
    labels = fitted.model.labels_ if fitted.model else np.full(n, -1)
    distances = fitted.model.distances_ if fitted.model else np.full(n, np.nan)
    ids = np.array([*fitted.theme_ids, None], dtype=object)  # -1 takes the last: none
    modes: dict[int, list[str]] = {}
    for bug_id, mode in zip(bug_modes["bug_id"], bug_modes["failure_mode"], strict=True):
        modes.setdefault(bug_id, []).append(mode)
    return schema.BUG_THEMES.frame(
        {
            "bug_id": bugs["bug_id"],
            "theme_id": ids[labels],
            "distance": pd.array(distances, "Float64"),
            "failure_modes": [modes.get(bug_id, []) for bug_id in bugs["bug_id"]],
        }
    )


def _settle(
    fitted: Fit, bug_themes: pd.DataFrame, previous: Mapping[str, pd.DataFrame] | None, names: Names
) -> tuple[Fit, pd.DataFrame, pd.DataFrame]:
    """The final ids and labels, after matching with the previous run and with the names that people gave."""
    if previous is None:
        return _name(fitted, names), bug_themes, schema.THEME_CHANGES.empty()
    before = previous["themes"].set_index("theme_id")
    # a name that people gave and removed is dropped; only a name from the words continues
    worded = before.loc[~before["is_named"].fillna(False), "label"]
    pairs = history.overlaps(previous["bug_themes"], bug_themes)
    ids = _renamed(fitted.theme_ids, history.kept(pairs), set(before.index))
    labels = [worded.get(ids[old], own) for old, own in zip(fitted.theme_ids, fitted.labels, strict=True)]
    settled = _name(Fit(fitted.model, [ids[old] for old in fitted.theme_ids], labels), names)
    pairs = pairs.assign(now=pairs["now"].map(ids))
    changes = history.changes(pairs, list(before.index), settled.theme_ids)
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


def _name(fitted: Fit, names: Names) -> Fit:
    if fitted.model is None:
        return fitted
    terms = fitted.model.terms_
    by_people = names.assign(terms)
    labels = distinct([name or own for name, own in zip(by_people, fitted.labels, strict=True)], terms)
    return Fit(fitted.model, fitted.theme_ids, labels, [name is not None for name in by_people])


def _themes(
    fitted: Fit, bug_themes: pd.DataFrame, facts: pd.DataFrame, titles: pd.Series, *, has_areas: bool
) -> pd.DataFrame:
    if fitted.model is None:
        return schema.THEMES.empty()
    members = bug_themes.dropna(subset=["theme_id"])
    counted = counts.counts(members, facts, by=["theme_id"], has_areas=has_areas).set_index("theme_id")
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
    held = _hold_name(members, fitted, titles.set_axis(bug_themes["bug_id"]))
    own["example_bug_ids"] = counts.examples(members.assign(distance=members["distance"] + ~held), by=["theme_id"])
    first = own["example_bug_ids"].str[0].astype("Int64")
    own["example_title"] = schema.looked_up(first, titles.set_axis(bug_themes["bug_id"]))
    table = own.join(counted).reset_index()
    return schema.THEMES.ordered(schema.THEMES.frame(table))


def _hold_name(members: pd.DataFrame, fitted: Fit, titles: pd.Series) -> "pd.Series[bool]":
    """Whether the title of each bug holds the first phrase of its theme's name, by letters and digits alone."""
    first = {own: _letters(name.split(", ")[0]) for own, name in zip(fitted.theme_ids, fitted.labels, strict=True)}
    held = [
        first[theme] in _letters(titles[bug]) for bug, theme in zip(members["bug_id"], members["theme_id"], strict=True)
    ]
    return pd.Series(held, members.index, dtype=bool)


def _letters(words: str) -> str:
    return "".join(filter(str.isalnum, words.lower()))


def _map(model: Model) -> np.ndarray:
    """Two coordinates for each theme, 0..1: its places along two axes on which near themes share words.

    t-SNE of the centres' cosines, begun at the principal axes. Of Nova's reports six themes in ten then have as their
    nearest on the map one of the five themes nearest in words; on the principal axes three had, by chance one would.
    Places in the order, not distances: a few themes that are far from all would press the others into one corner.
    """
    centres = model.centres_.toarray()
    n = len(centres)
    plane = PCA(min(2, *centres.shape), svd_solver="full").fit_transform(centres)
    plane = np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    if n >= FEWEST_ON_MAP:
        apart = np.clip(1 - centres @ centres.T, 0, None)
        np.fill_diagonal(apart, 0)
        begun = (1e-4 * plane / max(plane[:, 0].std(), 1e-9)).astype(np.float32)
        layout = TSNE(
            2, metric="precomputed", method="exact", init=begun, perplexity=min(8, (n - 1) / 3), max_iter=500,
            random_state=0,
        )  # fmt: skip
        plane = layout.fit_transform(apart).astype(float)
    places = plane.round(9).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.asarray(places / max(n - 1, 1))


def _cells(bug_themes: pd.DataFrame, facts: pd.DataFrame, *, has_areas: bool) -> pd.DataFrame:
    members = bug_themes.dropna(subset=["theme_id"]).astype({"failure_modes": object})
    exploded = members.explode("failure_modes").rename(columns={"failure_modes": "failure_mode"})
    in_mode = exploded.dropna(subset=["failure_mode"])
    if in_mode.empty:
        return schema.THEME_CELLS.empty()
    by = ["theme_id", "failure_mode"]
    cells = counts.counts(in_mode, facts, by=by, has_areas=has_areas)
    cells = cells.join(counts.lifts(cells, members, in_mode))
    cells["example_bug_ids"] = counts.examples(in_mode, by=by).to_numpy()
    return schema.THEME_CELLS.ordered(schema.THEME_CELLS.frame(cells))
