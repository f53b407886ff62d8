"""The themes of a report: overview, what stands out, what moves, one theme in depth."""

from difflib import get_close_matches

import pandas as pd

from analysis import schema
from analysis.errors import ParameterError
from analysis.measures.bugs import open_bugs
from analysis.visible import visible_bugs

# A cell of fewer bugs is a coincidence, however large its lift.
MIN_CELL = 3
MODES_SHOWN = 12
AREAS_SHOWN = 2
MOST_NAMED = 5
TEXT = schema.THEMES.dtypes["label"]


def theme_overview(themes: pd.DataFrame) -> pd.DataFrame:
    """Every theme, those with the most open bugs without a fix first; of its areas the two with most of its bugs.

    Parameters
    ----------
    themes : DataFrame, schema.THEMES
    """
    order = ["n_without_fix", "n_open", "n_bugs", "theme_id"]
    found = themes.assign(
        **_years(themes), areas=pd.Series([_first(areas) for areas in themes["areas"]], themes.index, dtype=object)
    )
    found = found.sort_values(order, ascending=[False, False, False, True], kind="stable", ignore_index=True)
    return found.rename(columns={"label": "theme"})[
        [
            "theme_id",
            "theme",
            "terms",
            "n_bugs",
            "n_open",
            "n_without_fix",
            "n_unreviewed_fix",
            "n_important",
            "n_year_before",
            "n_last_year",
            "median_age_days",
            "areas",
            "map_x",
            "map_y",
        ]
    ]


def theme_cells(themes: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of theme and failure mode with the names of their themes, the most telling first.

    Telling is many bugs and many more than chance: n_bugs * ln(lift).

    Parameters
    ----------
    themes : DataFrame, schema.THEMES
    cells : DataFrame, schema.THEME_CELLS
    """
    named = cells.merge(_names(themes), "left", "theme_id", validate="m:1")
    return named.sort_values(["score", "theme_id", "failure_mode"], ascending=[False, True, True], ignore_index=True)


def standing_out(themes: pd.DataFrame, cells: pd.DataFrame, *, most: int = 200) -> pd.DataFrame:
    """The first cells of `theme_cells` that hold at least three bugs and more than chance would put there."""
    found = theme_cells(themes, cells)
    found = found[(found["n_bugs"] >= MIN_CELL) & (found["lift"] > 1)].head(most).reset_index(drop=True)
    return found[
        [
            "theme",
            "failure_mode",
            "n_bugs",
            "n_expected",
            "lift",
            "n_open",
            "n_without_fix",
            "n_unreviewed_fix",
            "median_age_days",
        ]
    ]


def heat(themes: pd.DataFrame, cells: pd.DataFrame, *, most: int = 40) -> pd.DataFrame:
    """The counts and lifts of the `most` themes with the most bugs, one row per theme and failure mode that occurs.

    Columns theme, failure_mode, n_bugs, lift; themes by size, modes by size, a pair without a bug is 0 and lift 0.
    """
    largest = themes.sort_values(["n_bugs", "theme_id"], ascending=[False, True], kind="stable").head(most)
    modes = cells.groupby("failure_mode")["n_bugs"].sum().sort_values(ascending=False, kind="stable")
    grid = largest[["theme_id", "label"]].merge(
        pd.DataFrame({"failure_mode": modes.index[:MODES_SHOWN].astype(TEXT)}), "cross"
    )
    found = grid.merge(
        cells[["theme_id", "failure_mode", "n_bugs", "lift"]], "left", ["theme_id", "failure_mode"], validate="1:1"
    )
    # No row means no bug: the cells hold every pair that occurs.
    found = found.assign(n_bugs=found["n_bugs"].fillna(0), lift=found["lift"].fillna(0.0))
    return found.rename(columns={"label": "theme"})[["theme", "failure_mode", "n_bugs", "lift"]]


def movers(themes: pd.DataFrame, *, most: int = 8, at_least: int = 5) -> pd.DataFrame:
    """The themes that grew and shrank most: bugs opened in the last two half years against the two before.

    Themes with fewer than `at_least` bugs in both together are too small to say. Columns theme, before, lately, change.
    """
    years = _years(themes)
    found = pd.DataFrame({"theme": themes["label"], "before": years["n_year_before"], "lately": years["n_last_year"]})
    found = found[found["before"] + found["lately"] >= at_least]
    found = found.assign(change=found["lately"] - found["before"])
    order = found["change"].abs().sort_values(ascending=False, kind="stable").index[:most]
    return found.loc[order].sort_values("change", ascending=False, kind="stable", ignore_index=True)


def _first(areas: list[str] | None) -> list[str] | None:
    return areas[:AREAS_SHOWN] if isinstance(areas, list) else None


def _years(themes: pd.DataFrame) -> dict[str, pd.Series]:
    """Bugs opened in the two newest cycles, and in the two before: a year each."""
    cycles = pd.DataFrame(themes["n_opened_by_cycle"].tolist(), index=themes.index, columns=range(schema.CYCLES))
    half = schema.CYCLES // 2
    return {
        "n_year_before": cycles.iloc[:, :half].sum(axis=1).astype("Int64"),
        "n_last_year": cycles.iloc[:, half:].sum(axis=1).astype("Int64"),
    }


def theme_in_depth(
    theme_id: str,
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    bug_themes: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    sub_themes: pd.DataFrame,
    launchpad_project: str,
) -> pd.DataFrame:
    """The public bugs of one theme, open ones first, each nearest to the theme's centre first.

    Parameters
    ----------
    theme_id : id of the theme; empty for the theme with the most open bugs
    bugs, bug_tasks, bug_themes, unfixed_bugs : DataFrames of those schemas
    sub_themes : DataFrame of themes.sub_themes for this theme

    Returns
    -------
    DataFrame
        bug_id, bug_title, state ("open, no fix", "open, a fix waits", "closed"), sub_theme (its label, NA for none),
        failure_modes, created_at.
    """
    named = visible_bugs(bugs)[["bug_id", "title", "created_at"]].rename(columns={"title": "bug_title"})
    members = bug_themes[bug_themes["theme_id"] == theme_id]
    found = members.merge(named, "inner", "bug_id", validate="1:1")
    still_open = open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project)["bug_id"]
    found = found.assign(is_open=found["bug_id"].isin(still_open))
    found = found.sort_values(["is_open", "distance", "bug_id"], ascending=[False, True, True], kind="stable")
    named = sub_themes[["bug_id", "label"]].rename(columns={"label": "sub_theme"})
    found = found.merge(named, "left", "bug_id", validate="1:1")
    is_bare = found["is_open"] & found["bug_id"].isin(unfixed_bugs["bug_id"])
    words = [[mode.replace("_", " ") for mode in modes] for modes in found["failure_modes"]]
    modes = pd.Series(words, found.index, dtype=object)
    found = found.assign(state=_states(found["is_open"], is_bare), failure_modes=modes)
    return found[["bug_id", "bug_title", "state", "sub_theme", "failure_modes", "created_at"]].reset_index(drop=True)


def _states(is_open: pd.Series, is_bare: pd.Series) -> pd.Series:
    words = is_open.map({True: "open, a fix waits", False: "closed"}).astype(TEXT)
    return words.mask(is_bare, "open, no fix")


def parts_of_theme(in_depth: pd.DataFrame) -> pd.DataFrame:
    """What a theme is made of, the largest first: sub_theme (NA: none), n_bugs, n_open, n_without_fix.

    Parameters
    ----------
    in_depth : DataFrame of `theme_in_depth`
    """
    state = in_depth["state"]
    rows = in_depth.assign(
        n_bugs=1, n_open=state.ne("closed").astype(int), n_without_fix=state.eq("open, no fix").astype(int)
    )
    found = rows.groupby("sub_theme", dropna=False)[["n_bugs", "n_open", "n_without_fix"]].sum().reset_index()
    found = found.sort_values(["n_bugs", "sub_theme"], ascending=[False, True], kind="stable", ignore_index=True)
    return found.astype({"n_bugs": "Int64", "n_open": "Int64", "n_without_fix": "Int64"})


def theme_to_show(themes: pd.DataFrame, wanted: str) -> str:
    """The id that was asked for, or the first of the overview; empty where nothing was asked for and there is none.

    Raises ParameterError when no theme has the id.
    """
    known = theme_overview(themes)["theme_id"].tolist()
    if wanted and wanted not in known:
        near = get_close_matches(wanted, known, n=MOST_NAMED) or known[:MOST_NAMED]
        others = f"; the table of themes has all {len(known)}" if len(known) > len(near) else ""
        raise ParameterError(
            expected="shown_theme as the id of a theme",
            found=f"{wanted[:100]!r}, which is none" + ("" if known else ", as no theme was made"),
            do=f"name one such as {', '.join(near)}{others}" if near else "leave it out",
        )
    return wanted or next(iter(known), "")


def theme_label(themes: pd.DataFrame, theme_id: str) -> str:
    """The label of a theme, for a caption; the id itself where there is no such theme."""
    found = themes.loc[themes["theme_id"] == theme_id, "label"]
    return str(found.iloc[0]) if len(found) else theme_id


def theme_news(themes: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """What became of the themes since the run before, without those that are merely kept.

    Parameters
    ----------
    themes : DataFrame, schema.THEMES
    changes : DataFrame, schema.THEME_CHANGES
    """
    found = changes[changes["kind"] != "kept"].merge(_names(themes), "left", "theme_id", validate="m:1")
    return found.assign(theme=found["theme"].fillna(found["theme_id"]))[
        ["kind", "theme", "other_theme_ids", "n_shared"]
    ].reset_index(drop=True)


def look_alikes(similar: pd.DataFrame, bugs: pd.DataFrame, *, least: float = 0.2, most: int = 50) -> pd.DataFrame:
    """The likeliest duplicates that nobody has marked yet, both titles beside each other, each pair once.

    `least` is the score from which a pair is shown; `most` how many are.

    Parameters
    ----------
    similar : DataFrame, schema.SIMILAR_BUGS
    bugs : DataFrame, schema.BUGS
    """
    found = similar[~similar["is_known_duplicate"] & (similar["score"] >= least)]
    low, high = found[["bug_id", "other_bug_id"]].min(axis=1), found[["bug_id", "other_bug_id"]].max(axis=1)
    found = found.assign(low=low, high=high).drop_duplicates(["low", "high"])
    found = _titled(found, bugs)
    found = found.sort_values(["score", "bug_id", "other_bug_id"], ascending=[False, True, True], kind="stable")
    return (
        found[["bug_id", "bug_title", "other_bug_id", "other_title", "score", "is_fixed"]]
        .head(most)
        .reset_index(drop=True)
    )


def nearest_fixed(similar: pd.DataFrame, bugs: pd.DataFrame, *, most: int = 100) -> pd.DataFrame:
    """For each open bug the fixed bug nearest to it and what fixed that, the nearest pairs first.

    Parameters
    ----------
    similar : DataFrame, schema.SIMILAR_BUGS
    bugs : DataFrame, schema.BUGS
    """
    found = similar[similar["is_fixed"].fillna(False)]
    found = found.sort_values(["similarity", "other_bug_id"], ascending=[False, True], kind="stable")
    found = _titled(found.drop_duplicates("bug_id"), bugs).rename(columns={"fixes": "fixed_by"})
    found = found.sort_values(["similarity", "bug_id"], ascending=[False, True], kind="stable")
    columns = ["bug_id", "bug_title", "other_bug_id", "other_title", "fixed_by", "similarity"]
    return found[columns].head(most).reset_index(drop=True)


def _titled(pairs: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The pairs of which both bugs may be shown, with bug_title and other_title."""
    titles = visible_bugs(bugs)[["bug_id", "title"]]
    found = pairs.merge(titles.rename(columns={"title": "bug_title"}), "inner", "bug_id", validate="m:1")
    other = titles.rename(columns={"bug_id": "other_bug_id", "title": "other_title"})
    return found.merge(other, "inner", "other_bug_id", validate="m:1")


def why_no_themes(bugs: pd.DataFrame) -> str:
    """Why there is no theme, in a sentence."""
    if bugs.empty:
        return "No bugs were fetched."
    return "There are too few bugs to group: themes begin with 30."


def _names(themes: pd.DataFrame) -> pd.DataFrame:
    return themes[["theme_id", "label"]].rename(columns={"label": "theme"})
