"""The entries of the search on every page: bugs, changes, people, areas and themes, a row each."""

from collections.abc import Collection

import pandas as pd

from analysis.report import page_registry
from analysis.report.measures.addresses import bug_url, change_url
from analysis.report.measures.areas import area_page
from analysis.report.measures.themes import theme_pages, worth_a_page
from analysis.tables import schema

COLUMNS = ("kind", "key", "text", "note", "address", "page")
MOST_ROWS = 1000  # of a table that a reader can page through


def search_rows(
    *,
    bugs: pd.DataFrame,
    changes: pd.DataFrame,
    accounts: pd.DataFrame,
    areas: pd.DataFrame,
    themes: pd.DataFrame,
    gerrit_root: str,
    launchpad_root: str,
    open_bugs: pd.Series | None = None,
    open_changes: pd.Series | None = None,
    bug_themes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """A row for each thing that a reader may search for, open ones first, then the newest.

    Parameters
    ----------
    bugs : DataFrame of measures.with_own_task
    changes, accounts, areas, themes : DataFrame, of the contract; machines among the accounts are left out
    open_bugs, open_changes : Series of the numbers that their lists on the pages show, in that order; None: no list
    bug_themes : DataFrame, schema.BUG_THEMES; other bugs are on the page of their theme, if it has one. None: not asked

    Returns
    -------
    DataFrame
        kind (bug, change, person, area, theme), key (a number or id, as text), text (what it is called), note (what is
        said beside it), address (absolute of a bug or change; else of a page beside the others, NA where it has none),
        page (the row of a bug or change on a page of the report, NA where it has none). All are text; those of bugs,
        changes and people are hostile.
    """
    people = accounts[accounts["kind"].eq("person").fillna(False)]
    parts = [
        _rows("area", areas["area_id"], areas["title"], "area", areas["area_id"].map(area_page)),
        _rows("theme", themes["theme_id"], themes["label"], "theme", themes["theme_id"].map(theme_pages(themes))),
        _rows("person", people["account"], people["name"].fillna(people["username"]), "person", pd.NA),
        _changes(changes, gerrit_root).assign(page=lambda rows: rows["key"].map(_rows_of_changes(open_changes))),
        _bugs(bugs, launchpad_root).assign(
            page=lambda rows: rows["key"].map(_rows_of_bugs(open_bugs, bug_themes, worth_a_page(themes)))
        ),
    ]
    return pd.concat([part.astype({"page": schema.TEXT}) for part in parts], ignore_index=True)


def _rows_of_changes(open_changes: pd.Series | None) -> dict[str, str]:
    """The address of the row of each open change, by its number as text."""
    if open_changes is None:
        return {}
    numbers = open_changes.head(MOST_ROWS).astype(schema.TEXT)
    return {number: page_registry.REVIEW_STATE.address(part="reviews", filtered=number) for number in numbers}


def _rows_of_bugs(
    open_bugs: pd.Series | None, bug_themes: pd.DataFrame | None, listed: Collection[str]
) -> dict[str, str]:
    """The address of the row of each bug: in the list of open bugs, else on the page of its theme if it is `listed`."""
    rows: dict[str, str] = {}
    if bug_themes is not None:
        of_pages = bug_themes[bug_themes["theme_id"].isin(list(listed))].sort_values(["theme_id", "distance", "bug_id"])
        reachable = of_pages.groupby("theme_id", sort=False).head(MOST_ROWS)
        for bug, theme in zip(reachable["bug_id"].astype(schema.TEXT), reachable["theme_id"], strict=True):
            rows[bug] = page_registry.THEME.address(theme, part="in_depth", filtered=bug)
    if open_bugs is not None:
        for bug in open_bugs.head(MOST_ROWS).astype(schema.TEXT):
            rows[bug] = page_registry.OPEN_BUGS.address(part="open_bugs", filtered=bug)
    return rows


def _bugs(bugs: pd.DataFrame, launchpad_root: str) -> pd.DataFrame:
    ordered = bugs.assign(open_first=bugs["is_open"].fillna(False)).sort_values(
        ["open_first", "bug_id"], ascending=False
    )
    note = ordered["status"].fillna("status unknown") + ", " + ordered["importance"].fillna("importance unknown")
    return _rows(
        "bug", ordered["bug_id"], ordered["title"], note, bug_url(ordered["bug_id"], launchpad_root=launchpad_root)
    )


def _changes(changes: pd.DataFrame, gerrit_root: str) -> pd.DataFrame:
    ordered = changes.assign(open_first=changes["status"].eq("NEW").fillna(False)).sort_values(
        ["open_first", "change_number"], ascending=False
    )
    words = {"NEW": "open", "MERGED": "merged", "ABANDONED": "abandoned"}
    note = ordered["status"].map(words).fillna("status unknown") + ", " + ordered["branch"].fillna("branch unknown")
    urls = change_url(ordered["change_number"], gerrit_root=gerrit_root)
    return _rows("change", ordered["change_number"], ordered["subject"], note, urls)


def _rows(kind: str, key: pd.Series, text: pd.Series, note: object, address: object) -> pd.DataFrame:
    columns = {"kind": kind, "key": key, "text": text, "note": note, "address": address, "page": pd.NA}
    return pd.DataFrame(columns, index=key.index, columns=list(COLUMNS)).astype(schema.TEXT)
