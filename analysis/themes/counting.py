"""Bugs counted in groups: open, without fix, with an unreviewed one, by cycle, age and area."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import schema

AREAS_KEPT = 5
COUNTS = (
    "n_bugs", "n_open", "n_without_fix", "n_unreviewed_fix", "n_important", "n_opened_by_cycle", "growth",
    "median_age_days", "areas",
)  # fmt: skip


def counts(members: pd.DataFrame, facts: pd.DataFrame, *, by: Sequence[str], has_areas: bool) -> pd.DataFrame:
    """The columns COUNTS for each group, with the group's keys, in the order of the keys.

    Parameters
    ----------
    members : DataFrame with bug_id and the columns `by`: a bug may be in several groups, once in each
    facts : DataFrame of `facts.facts`
    has_areas : whether areas are known at all; else areas is NA
    """
    rows = members[[*by, "bug_id"]].merge(facts, "left", "bug_id", validate="m:1")
    is_open = rows["is_open"]
    keys = [rows[key] for key in by]
    found = pd.DataFrame(
        {
            "n_bugs": is_open.groupby(keys).size(),
            "n_open": _sum(is_open, keys),
            "n_without_fix": _sum(is_open & rows["lacks_fix"], keys),
            "n_unreviewed_fix": _sum(is_open & rows["is_unreviewed"], keys),
            "n_important": _sum(is_open & rows["is_important"], keys),
            "median_age_days": rows["age_days"].where(is_open.fillna(False)).groupby(keys).median(),
        }
    )
    found = found.join(_cycles(rows, by))
    found["areas"] = _areas(rows, by).reindex(found.index) if has_areas else None
    return found.reset_index()[[*by, *COUNTS]]


def _sum(flags: pd.Series, keys: Sequence[pd.Series]) -> pd.Series:
    """How many are true in each group; NA where one is unknown: a sum with unknown parts is unknown."""
    known = flags.astype("Int64").groupby(list(keys))
    return known.sum().where(flags.notna().groupby(list(keys)).all())


def _cycles(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    oldest_first = [*range(schema.CYCLES - 1, -1, -1)]
    opened = rows.assign(n=1).pivot_table(index=list(by), columns="cycle", values="n", aggfunc="sum", dropna=True)
    groups = rows.groupby(list(by)).size().index
    table = opened.reindex(index=groups, columns=oldest_first).fillna(0).astype(int)
    half = schema.CYCLES // 2
    before, lately = table.iloc[:, :half].sum(axis=1), table.iloc[:, half:].sum(axis=1)
    growth = (lately / before.where(before > 0)).astype("Float64")
    return pd.DataFrame({"n_opened_by_cycle": table.to_numpy().tolist(), "growth": growth}, index=groups)


def _areas(rows: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    placed = rows[[*by, "areas"]].explode("areas").dropna(subset=["areas"])
    sizes = placed.groupby([*by, "areas"]).size().rename("n").reset_index()
    sizes = sizes.sort_values([*by, "n", "areas"], ascending=[True] * len(by) + [False, True], kind="stable")
    top = sizes.groupby(list(by)).head(AREAS_KEPT)
    words = top.assign(words=top["areas"].astype(str) + " " + top["n"].astype(str))
    return words.groupby(list(by))["words"].agg(list).astype(object)


def examples(members: pd.DataFrame, *, by: Sequence[str], n: int = 5) -> pd.Series:
    """For each group the bugs nearest to their theme's centre, nearest first.

    Parameters
    ----------
    members : DataFrame with bug_id, distance and the columns `by`
    """
    near = members.sort_values(["distance", "bug_id"], kind="stable").groupby(list(by)).head(n)
    return near.groupby(list(by))["bug_id"].agg(list)


def lifts(cells: pd.DataFrame, members: pd.DataFrame, modes: pd.DataFrame) -> pd.DataFrame:
    """n_expected, lift and score of each cell, were theme and failure mode independent over the bugs with a theme.

    Parameters
    ----------
    cells : DataFrame with theme_id, failure_mode, n_bugs
    members : DataFrame with bug_id, theme_id, one row per bug with a theme
    modes : DataFrame with bug_id, failure_mode, one row per bug with a theme and mode of it
    """
    in_theme = members.groupby("theme_id").size()
    of_mode = modes.groupby("failure_mode").size()
    share = cells["failure_mode"].map(of_mode).astype(float) / max(len(members), 1)
    expected = cells["theme_id"].map(in_theme).astype(float) * share
    lift = cells["n_bugs"].astype(float) / expected
    return pd.DataFrame({"n_expected": expected, "lift": lift, "score": cells["n_bugs"].astype(float) * np.log(lift)})
