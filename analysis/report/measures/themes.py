"""Themes: their numbers, growth and failure modes, and the page of each."""

import pandas as pd

from analysis.judge.privacy import visible_bugs
from analysis.report import page_registry
from analysis.report.measures.bugs import not_fetched, open_bugs
from analysis.report.measures.facts import WITHOUT_FIX, Fact, facts_frame
from analysis.tables import schema

# A cell of fewer bugs is a coincidence, however large its lift.
MIN_CELL = 3
MODES_SHOWN = 12
MOST_DRAWN = 60  # themes: a drawing of more would weigh more than a page may
AREAS_SHOWN = 2
MOST_PAGES = 12
MOST_SMALL = 60  # small pages: some ten kilobytes each
LEAST_OPEN = 3
_FILE_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}"  # a page is named after its theme


def theme_overview(themes: pd.DataFrame) -> pd.DataFrame:
    """Every theme with its two largest areas, those with the most open bugs without a fix first.

    Parameters
    ----------
    themes : DataFrame, schema.THEMES
    """
    order = ["n_without_fix", "n_open", "n_bugs", "theme_id"]
    rows = themes.assign(
        **_years(themes), areas=pd.Series([_first(areas) for areas in themes["areas"]], themes.index, dtype=object)
    )
    rows = rows.sort_values(order, ascending=[False, False, False, True], kind="stable", ignore_index=True)
    return rows.rename(columns={"label": "theme"})[
        [
            "theme_id",
            "theme",
            "example_title",
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
    """The cells of theme and failure mode with the names of their themes, the most significant first.

    Telling is many bugs and many more than chance: n_bugs * ln(lift).

    Parameters
    ----------
    themes : DataFrame, schema.THEMES
    cells : DataFrame, schema.THEME_CELLS
    """
    rows = cells.merge(_names(themes), "left", "theme_id", validate="m:1")
    return rows.sort_values(["score", "theme_id", "failure_mode"], ascending=[False, True, True], ignore_index=True)


def over_represented_modes(themes: pd.DataFrame, cells: pd.DataFrame, *, most: int = 200) -> pd.DataFrame:
    """The first cells of `theme_cells` with at least three bugs and more than expected by chance."""
    rows = theme_cells(themes, cells)
    rows = rows[(rows["n_bugs"] >= MIN_CELL) & (rows["lift"] > 1)].head(most).reset_index(drop=True)
    return rows[
        [
            "theme_id",
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


def theme_mode_matrix(themes: pd.DataFrame, cells: pd.DataFrame, *, most: int = MOST_DRAWN) -> pd.DataFrame:
    """The counts and lifts of the `most` themes with the most bugs, one row per theme and failure mode that occurs.

    Columns theme, failure_mode, n_bugs, lift; themes by size, modes by size, a pair without a bug is 0 and lift 0.
    """
    largest = themes.sort_values(["n_bugs", "theme_id"], ascending=[False, True], kind="stable").head(most)
    modes = cells.groupby("failure_mode")["n_bugs"].sum().sort_values(ascending=False, kind="stable")
    grid = largest[["theme_id", "label"]].merge(
        pd.DataFrame({"failure_mode": modes.index[:MODES_SHOWN].astype(schema.TEXT)}), "cross"
    )
    rows = grid.merge(
        cells[["theme_id", "failure_mode", "n_bugs", "lift"]], "left", ["theme_id", "failure_mode"], validate="1:1"
    )
    # A missing row means no bug, because the cells have every pair that occurs.
    rows = rows.assign(n_bugs=rows["n_bugs"].fillna(0), lift=rows["lift"].fillna(0.0))
    return rows.rename(columns={"label": "theme"})[["theme", "failure_mode", "n_bugs", "lift"]]


def theme_growth(themes: pd.DataFrame, *, most: int = 8, at_least: int = 5) -> pd.DataFrame:
    """The themes that grew and shrank most: bugs opened in the last two half years against the two before.

    Themes with fewer than `at_least` bugs in both together are too small to say. Columns theme, before, lately, change.
    """
    years = _years(themes)
    rows = pd.DataFrame({"theme": themes["label"], "before": years["n_year_before"], "lately": years["n_last_year"]})
    rows = rows[rows["before"] + rows["lately"] >= at_least]
    rows = rows.assign(change=rows["lately"] - rows["before"])
    order = rows["change"].abs().sort_values(ascending=False, kind="stable").index[:most]
    return rows.loc[order].sort_values("change", ascending=False, kind="stable", ignore_index=True)


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
        bug_id, bug_title, state ("open, no fix known", "open, a fix waits", "closed"), sub_theme (its label, NA for
        none), failure_modes, created_at.
    """
    names = visible_bugs(bugs)[["bug_id", "title", "created_at"]].rename(columns={"title": "bug_title"})
    members = bug_themes[bug_themes["theme_id"] == theme_id]
    rows = members.merge(names, "inner", "bug_id", validate="1:1")
    still_open = open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project)["bug_id"]
    rows = rows.assign(is_open=rows["bug_id"].isin(still_open))
    rows = rows.sort_values(["is_open", "distance", "bug_id"], ascending=[False, True, True], kind="stable")
    names = sub_themes[["bug_id", "label"]].rename(columns={"label": "sub_theme"})
    rows = rows.merge(names, "left", "bug_id", validate="1:1")
    is_bare = rows["is_open"] & rows["bug_id"].isin(unfixed_bugs["bug_id"])
    words = [[mode.replace("_", " ") for mode in modes] for modes in rows["failure_modes"]]
    modes = pd.Series(words, rows.index, dtype=object)
    rows = rows.assign(state=_states(rows["is_open"], is_bare), failure_modes=modes)
    return rows[["bug_id", "bug_title", "state", "sub_theme", "failure_modes", "created_at"]].reset_index(drop=True)


def parts_of_theme(in_depth: pd.DataFrame) -> pd.DataFrame:
    """The sub-themes of a theme, the largest first: sub_theme (NA: none), n_bugs, n_open, n_without_fix.

    Parameters
    ----------
    in_depth : DataFrame of `theme_in_depth`
    """
    state = in_depth["state"]
    rows = in_depth.assign(
        n_bugs=1, n_open=state.ne("closed").astype(int), n_without_fix=state.eq("open, no fix known").astype(int)
    )
    parts = rows.groupby("sub_theme", dropna=False)[["n_bugs", "n_open", "n_without_fix"]].sum().reset_index()
    parts = parts.sort_values(["n_bugs", "sub_theme"], ascending=[False, True], kind="stable", ignore_index=True)
    return parts.astype({"n_bugs": "Int64", "n_open": "Int64", "n_without_fix": "Int64"})


def theme_label(themes: pd.DataFrame, theme_id: str) -> str:
    """The label of a theme, for a caption; the id if there is no such theme."""
    labels = themes.loc[themes["theme_id"] == theme_id, "label"]
    return str(labels.iloc[0]) if len(labels) else theme_id


def theme_news(themes: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """The changes of themes since the run before: split, merged, new or gone.

    Parameters
    ----------
    themes : DataFrame, schema.THEMES
    changes : DataFrame, schema.THEME_CHANGES
    """
    rows = changes[changes["kind"] != "kept"].merge(_names(themes), "left", "theme_id", validate="m:1")
    return rows.assign(theme=rows["theme"].fillna(rows["theme_id"]))[
        ["kind", "theme", "other_theme_ids", "n_shared"]
    ].reset_index(drop=True)


def why_no_themes(bugs: pd.DataFrame) -> str:
    """A sentence on why there is no theme."""
    if bugs.empty:
        return not_fetched("what the themes are")
    return "There are too few bugs to group: themes begin with 30."


def worth_a_page(themes: pd.DataFrame) -> dict[str, str]:
    """The themes that get a page of their own, id -> label: at most MOST_PAGES, each with LEAST_OPEN open bugs.

    First those with the most open bugs without a fix, as in `theme_overview`; a theme whose bugs are all closed asks
    nobody to do anything.
    """
    ranked = theme_overview(themes)
    ranked = ranked[(ranked["n_open"] >= LEAST_OPEN) & ranked["theme_id"].str.fullmatch(_FILE_NAME)].head(MOST_PAGES)
    return dict(zip(ranked["theme_id"], ranked["theme"], strict=True))


def small_theme_pages(themes: pd.DataFrame) -> list[str]:
    """The ids of the themes that get a small page beside that of all themes: the others with an open bug."""
    ranked = theme_overview(themes)
    ranked = ranked[ranked["n_open"] > 0]
    ranked = ranked[ranked["theme_id"].str.fullmatch(_FILE_NAME) & ~ranked["theme_id"].isin(list(worth_a_page(themes)))]
    small: list[str] = ranked["theme_id"].head(MOST_SMALL).tolist()
    return small


def theme_pages(themes: pd.DataFrame) -> dict[str, str]:
    """The address of each theme's page, large or small, by its id."""
    large = {theme_id: page_registry.THEME.address(theme_id) for theme_id in worth_a_page(themes)}
    return large | {theme_id: f"{page_registry.THEMES.part(theme_id)}.html" for theme_id in small_theme_pages(themes)}


def with_theme_pages(frame: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """The table, which has `theme_id`, with `theme_page`: the address of the theme's page; NA if it has none."""
    return frame.assign(theme_page=frame["theme_id"].map(theme_pages(themes)).astype(schema.TEXT))


def theme_facts(themes: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """One theme's row as facts: `fact`, `n`, `text`, `unit`, `note`. Raises IndexError when there is no such theme."""
    row = themes[themes["theme_id"] == theme_id].iloc[0]
    median = row["median_age_days"]
    nothing = "none is open" if row["n_open"] == 0 else pd.NA
    opened = ", ".join(map(str, row["n_opened_by_cycle"]))
    age = round(median) if pd.notna(median) else pd.NA
    facts = [
        Fact("open bugs", "of this theme; the others are closed", n=row["n_open"], unit=f"of {row['n_bugs']}"),
        Fact("without fix", f"open: {WITHOUT_FIX}", n=row["n_without_fix"]),
        Fact("fix unreviewed", "open, and an open fix of it is unreviewed", n=row["n_unreviewed_fix"]),
        Fact("high or critical", "of the open ones", n=row["n_important"]),
        Fact("median age", "of the open ones", n=age, unit="days", text=nothing),
        Fact("opened per half year", "in the last four spans of 182 days, oldest first", text=opened),
    ]
    return facts_frame(facts)


def theme_words(themes: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """The characteristic terms of the theme and the areas of its bugs, in one row."""
    return themes.loc[themes["theme_id"] == theme_id, ["terms", "areas"]].reset_index(drop=True)


def theme_modes(themes: pd.DataFrame, cells: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """How its bugs fail, most frequent first: failure_mode, n_bugs, n_expected, lift, n_open, n_without_fix."""
    rows = theme_cells(themes, cells)
    rows = rows[rows["theme_id"] == theme_id]
    rows = rows.sort_values(["n_bugs", "failure_mode"], ascending=[False, True], ignore_index=True)
    return rows[["failure_mode", "n_bugs", "n_expected", "lift", "n_open", "n_without_fix"]]


def in_theme(frame: pd.DataFrame, bug_themes: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """The rows whose `bug_id` is a bug of the theme, in their order."""
    members = bug_themes.loc[bug_themes["theme_id"] == theme_id, "bug_id"]
    return frame[frame["bug_id"].isin(members)].reset_index(drop=True)


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


def _states(is_open: pd.Series, is_bare: pd.Series) -> pd.Series:
    words = is_open.map({True: "open, a fix waits", False: "closed"}).astype(schema.TEXT)
    return words.mask(is_bare, "open, no fix known")


def _names(themes: pd.DataFrame) -> pd.DataFrame:
    return themes[["theme_id", "label"]].rename(columns={"label": "theme"})
