"""One theme's page: which themes are worth one, its numbers, its fixes and its bugs without any."""

import pandas as pd

from analysis import schema
from analysis.measures.facts import Fact, facts_frame
from analysis.measures.themes import theme_cells, theme_overview

THEME_PAGE = "14_theme-"
MOST_PAGES = 12
LEAST_OPEN = 3
TEXT = schema.THEMES.dtypes["label"]
_FILE_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}"  # a page is named after its theme


def worth_a_page(themes: pd.DataFrame) -> dict[str, str]:
    """The themes that get a page of their own, id -> label: at most MOST_PAGES, each with LEAST_OPEN open bugs.

    First those with the most open bugs without a fix, as in `theme_overview`; a theme whose bugs are all closed asks
    nobody to do anything.
    """
    ranked = theme_overview(themes)
    ranked = ranked[(ranked["n_open"] >= LEAST_OPEN) & ranked["theme_id"].str.fullmatch(_FILE_NAME)].head(MOST_PAGES)
    return dict(zip(ranked["theme_id"], ranked["theme"], strict=True))


def with_theme_pages(frame: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """The frame, which has `theme_id`, with `theme_page`: where the theme has a page; NA where it has none."""
    pages = {theme_id: f"{THEME_PAGE}{theme_id}.html" for theme_id in worth_a_page(themes)}
    return frame.assign(theme_page=frame["theme_id"].map(pages).astype(TEXT))


def theme_facts(themes: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """One theme's row as facts: `fact`, `n`, `text`, `unit`, `note`. Raises IndexError when there is no such theme."""
    row = themes[themes["theme_id"] == theme_id].iloc[0]
    median = row["median_age_days"]
    nothing = "none is open" if row["n_open"] == 0 else pd.NA
    opened = ", ".join(map(str, row["n_opened_by_cycle"]))
    age = round(median) if pd.notna(median) else pd.NA
    facts = [
        Fact("open bugs", "of this theme; the others are closed", n=row["n_open"], unit=f"of {row['n_bugs']}"),
        Fact("without fix", "open, and no living change or commit fixes them", n=row["n_without_fix"]),
        Fact("fix unreviewed", "open, and an open fix of it is unreviewed", n=row["n_unreviewed_fix"]),
        Fact("high or critical", "of the open ones", n=row["n_important"]),
        Fact("median age", "of the open ones", n=age, unit="days", text=nothing),
        Fact("opened per half year", "in the last four spans of 182 days, oldest first", text=opened),
    ]
    return facts_frame(facts)


def theme_words(themes: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """What sets the theme apart and where its bugs lie: one row, terms and areas."""
    return themes.loc[themes["theme_id"] == theme_id, ["terms", "areas"]].reset_index(drop=True)


def theme_modes(themes: pd.DataFrame, cells: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """How its bugs fail, most bugs first: failure_mode, n_bugs, n_expected, lift, n_open, n_without_fix."""
    found = theme_cells(themes, cells)
    found = found[found["theme_id"] == theme_id]
    found = found.sort_values(["n_bugs", "failure_mode"], ascending=[False, True], ignore_index=True)
    return found[["failure_mode", "n_bugs", "n_expected", "lift", "n_open", "n_without_fix"]]


def in_theme(frame: pd.DataFrame, bug_themes: pd.DataFrame, theme_id: str) -> pd.DataFrame:
    """The rows whose `bug_id` is a bug of the theme, in their order."""
    members = bug_themes.loc[bug_themes["theme_id"] == theme_id, "bug_id"]
    return frame[frame["bug_id"].isin(members)].reset_index(drop=True)
