"""How long open fixes have waited, and for whom."""

import pandas as pd

from analysis import schema

TURNS = (*schema.WAITING_ON, "unknown")
# Days; the edges people speak of. The last one is open.
AGES = {"under 3 days": 3.0, "3-7 days": 7.0, "1-2 weeks": 14.0, "2-4 weeks": 28.0, "1-3 months": 91.0,
        "3-6 months": 182.0, "6-12 months": 365.0, "over a year": float("inf")}  # fmt: skip


def waiting_times(fixes: pd.DataFrame, *, days: str = "waiting_days") -> pd.DataFrame:
    """How many changes have waited how long, one column per turn; `days="age_days"` counts from their creation.

    Returns
    -------
    DataFrame of shape (len(AGES) + 1, ...)
        age, then a count for each turn that occurs, in the order of TURNS; the last row counts unknown waiting times.
    """
    ages = pd.cut(fixes[days].astype("float64"), [-1.0, *AGES.values()], right=False, labels=list(AGES))
    ages = ages.cat.add_categories("unknown").fillna("unknown")
    turns = pd.Categorical(fixes["waiting_on"].fillna("unknown"), TURNS)
    counts = pd.crosstab(ages.to_numpy(), turns, dropna=False).reindex([*AGES, "unknown"], fill_value=0)
    counts = counts.loc[:, [turn for turn in TURNS if turn in counts and counts[turn].any()]].astype("Int64")
    return counts.rename_axis(index="age", columns=None).reset_index()


def turns(fixes: pd.DataFrame) -> pd.DataFrame:
    """How many changes wait on whom and in which state: waiting_on, state, n_changes, oldest_days, median_days."""
    by_turn = fixes.assign(waiting_on=fixes["waiting_on"].fillna("unknown")).groupby(["waiting_on", "state"])
    found = by_turn.agg(
        n_changes=("change_number", "size"), median_days=("waiting_days", "median"), oldest_days=("waiting_days", "max")
    ).reset_index()
    found["place"] = found["waiting_on"].map({turn: place for place, turn in enumerate(TURNS)})
    found = found.sort_values(["place", "n_changes", "state"], ascending=[True, False, True], ignore_index=True)
    return found.drop(columns="place").astype({"n_changes": "Int64"})
