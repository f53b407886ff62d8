"""The index of the search on every page: one script beside the pages, loaded when a search begins."""

from functools import cache
from pathlib import Path

import pandas as pd

from analysis.report.figures.html import clean, is_unknown
from analysis.report.pages import assets

MOST_LETTERS = 120  # of a title
# Kinds whose numbers have an address on a server, even if they are not in the data, and how a link to it reads.
ELSEWHERE = {"bug": "on Launchpad", "change": "in Gerrit"}
KEY = "{}"  # its place in the address of a row


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

    `rows` of it are [kind, key, text, number of the note, page]. Of a bug or change the page is the number of one of
    `places`, addresses of a row in which KEY stands for the key; of other kinds it is the address. It is left out where
    the page that it names is not there.
    """
    is_there = cache(lambda name: (site / name).is_file())
    kinds, notes = list(dict.fromkeys(rows["kind"])), list(dict.fromkeys(rows["note"]))
    place = {note: n for n, note in enumerate(notes)}
    columns = ["kind", "key", "text", "note", "address", "page"]
    places: dict[str, int] = {}
    entries = []
    for kind, key, text, note, address, own in rows.reindex(columns=columns).itertuples(index=False, name=None):
        row: list[object] = [
            kinds.index(kind),
            key,
            clean("" if text is pd.NA else text, most=MOST_LETTERS),
            place[note],
        ]
        if kind not in ELSEWHERE:
            row += [page] if (page := _page(site, kind, key, address)) else []
        elif not is_unknown(own):
            pattern = str(own).replace(f"={key}#", f"={KEY}#")
            if is_there(pattern.partition("?")[0]):
                row.append(places.setdefault(pattern, len(places)))
        entries.append(row)
    return {
        "kinds": kinds, "notes": notes, "roots": roots, "servers": ELSEWHERE, "places": list(places), "rows": entries
    }  # fmt: skip


def _page(site: Path, kind: str, key: str, address: object) -> str:
    """The page of a person, area or theme, if it exists."""
    name = f"{kind}-{key}.html" if address is pd.NA else str(address)
    return name if (site / name).is_file() else ""
