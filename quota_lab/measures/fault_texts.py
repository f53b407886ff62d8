"""The faults of pooled runs in words, as the notebooks on designs and on engines both say them."""

from collections.abc import Iterable

import pandas as pd

from analysis.tables.counts import counted
from analysis.tables.records import TableRow


def wrong_answers(row: TableRow) -> list[str]:
    """The admissions over the limit and the false refusals of pooled runs; empty if there are none."""
    texts = []
    if row["n_over"]:
        texts.append(f"{_share(row, 'over')} of admissions over, by up to {row['max_acknowledged_over']}")
    elif row["max_rows_over"] > 0:
        texts.append(f"rows over by up to {row['max_rows_over']} for a moment")
    if row["n_false_refusals"]:
        texts.append(f"{_share(row, 'false')} of refusals certainly false")
    return texts


def counts(row: TableRow, words: Iterable[tuple[str, str, str]]) -> list[str]:
    """A text for each column with a number above 0.

    `words` are a column, a noun ("" where the number stands alone), and a text with a place for both.
    """
    return [
        text.format(counted(row[column], noun) if noun else row[column])
        for column, noun, text in words
        if _is_some(row.get(column))
    ]


def number_of_runs(row: TableRow) -> str:
    """The number of runs with its noun.

    >>> number_of_runs({"n_runs": 1})
    '1 run'
    """
    return counted(row["n_runs"], "run")


def _share(row: TableRow, kind: str) -> str:
    share, low, high = (_percent(row[f"{kind}_{part}"]) for part in ("share", "low", "high"))
    return f"{share} ({low} to {high})"


def _percent(share: float | None) -> str:
    if pd.isna(share):
        return "unknown"
    return "under 1 %" if 0 < share < 0.01 else f"{100 * float(share):.0f} %"


def _is_some(count: float | None) -> bool:
    return count is not None and not pd.isna(count) and count > 0
