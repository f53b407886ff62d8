"""The index of the search on every page: one script beside the pages, loaded when a search begins."""

from pathlib import Path

import pandas as pd

from analysis.report.figures.html import clean
from analysis.report.pages import assets

MOST_LETTERS = 120  # of a title
ELSEWHERE = ("bug", "change")  # kinds whose numbers have an address on a server, even if they are not in the data


def write(site: Path, rows: pd.DataFrame, *, roots: dict[str, str]) -> None:
    """Write the index into the folder of the pages.

    Parameters
    ----------
    rows : DataFrame of measures.search_rows
    roots : kind of ELSEWHERE -> the address of one of it without its number
    """
    (site / assets.SEARCH).write_text(f"window.searchIndex = {assets.as_script(index(site, rows, roots))};\n", "utf-8")


def index(site: Path, rows: pd.DataFrame, roots: dict[str, str]) -> dict[str, object]:
    """The rows as lists of text without invisible characters; each note once.

    `rows` of it are [kind, key, text, number of the note, address]; the address is left out where `roots` and the key
    make it, and where the page that it names is not there.
    """
    kinds, notes = list(dict.fromkeys(rows["kind"])), list(dict.fromkeys(rows["note"]))
    place = {note: n for n, note in enumerate(notes)}
    entries = []
    for kind, key, text, note, address in rows.itertuples(index=False, name=None):
        row: list[object] = [
            kinds.index(kind),
            key,
            clean("" if text is pd.NA else text, most=MOST_LETTERS),
            place[note],
        ]
        if page := "" if kind in ELSEWHERE else _page(site, kind, key, address):
            row.append(page)
        entries.append(row)
    return {"kinds": kinds, "notes": notes, "roots": roots, "rows": entries}


def _page(site: Path, kind: str, key: str, address: object) -> str:
    """The page of a person, area or theme, if it exists."""
    name = f"{kind}-{key}.html" if address is pd.NA else str(address)
    return name if (site / name).is_file() else ""
