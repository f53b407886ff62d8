"""Themes of two runs that are the same, split, merged, born or gone, by the bugs that they share."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.tables import schema

# A theme continues in another if most of its bugs are there, and if they are most of the other's bugs. Two majorities
# make the relation one to one without a search: a theme cannot have the majority of its bugs in two places.
MAJORITY = 0.5
# The share of a theme's bugs that makes another theme its successor.
SHARE = 0.25


def overlaps(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The number of bugs that each pair of themes shares, and their share of each theme.

    Only bugs with a theme in both runs count, so that new bugs and new duplicates neither make nor break a theme.
    Columns: before, now (theme ids), n_shared, part_of_before, part_of_now.

    Parameters
    ----------
    before, now : DataFrame, schema.BUG_THEMES
    """
    both = (
        before[["bug_id", "theme_id"]]
        .dropna()
        .merge(now[["bug_id", "theme_id"]].dropna(), on="bug_id", suffixes=("_before", "_now"), validate="one_to_one")
    )
    pairs = (
        both.rename(columns={"theme_id_before": "before", "theme_id_now": "now"})
        .groupby(["before", "now"], as_index=False)
        .agg(n_shared=("bug_id", "size"))
    )
    return pairs.assign(
        part_of_before=pairs["n_shared"] / pairs.groupby("before")["n_shared"].transform("sum"),
        part_of_now=pairs["n_shared"] / pairs.groupby("now")["n_shared"].transform("sum"),
    )


def kept(pairs: pd.DataFrame) -> dict[str, str]:
    """The themes of this run that continue a theme of the previous run: id now -> id before."""
    same = pairs[(pairs["part_of_before"] > MAJORITY) & (pairs["part_of_now"] > MAJORITY)]
    return dict(zip(same["now"], same["before"], strict=True))


def changes(pairs: pd.DataFrame, themes_before: Sequence[str], themes_now: Sequence[str]) -> pd.DataFrame:
    """What became of each theme: kept, born, split, merged, died (schema.THEME_CHANGES).

    A theme that is kept may have split or merged too: then it has two rows. `pairs` name kept themes by their id
    before on both sides (rename with `kept` first).
    """
    rows = pd.concat(
        [
            _kept_rows(pairs),
            _several(pairs, "before", "now", "split"),
            _several(pairs, "now", "before", "merged"),
            _alone(pairs, "part_of_now", "now", themes_now, "born"),
            _alone(pairs, "part_of_before", "before", themes_before, "died"),
        ],
        ignore_index=True,
    )
    return schema.THEME_CHANGES.ordered(schema.THEME_CHANGES.frame(rows))


def _kept_rows(pairs: pd.DataFrame) -> pd.DataFrame:
    same = pairs[pairs["before"] == pairs["now"]]
    same = same[(same["part_of_before"] > MAJORITY) & (same["part_of_now"] > MAJORITY)]
    return _rows(same["now"], "kept", [[theme] for theme in same["before"]], same["n_shared"])


def _several(pairs: pd.DataFrame, one: str, many: str, kind: str) -> pd.DataFrame:
    """The themes of side `one` that hold a good part of, or went in good part to, several themes of the other side."""
    large = pairs[pairs["part_of_before"] >= SHARE]
    large = large if kind == "split" else large[large["part_of_now"] >= SHARE / 2]
    grouped = large.groupby(one).agg(others=(many, list), n_shared=("n_shared", "sum"))
    grouped = grouped[grouped["others"].map(len) > 1]
    return _rows(grouped.index, kind, grouped["others"].tolist(), grouped["n_shared"])


def _alone(pairs: pd.DataFrame, part: str, side: str, themes: Sequence[str], kind: str) -> pd.DataFrame:
    """The themes without a majority in any relation: they have no predecessor, or no successor."""
    related = set(pairs.loc[pairs[part] > MAJORITY, side])
    alone = sorted(set(themes) - related)
    return _rows(alone, kind, [[] for _ in alone], np.zeros(len(alone), int))


def _rows(theme_ids: object, kind: str, others: list[list[str]], n_shared: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "theme_id": list(theme_ids),  # type: ignore[call-overload]
            "kind": [kind] * len(others),
            "other_theme_ids": others,
            "n_shared": list(n_shared),  # type: ignore[call-overload]
        }
    )
