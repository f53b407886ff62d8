"""How long open fixes have waited, how long turns last, and for whom."""

import pandas as pd

from analysis import schema
from analysis.measures.areas import area_page, declared
from analysis.measures.review_times import AFTER

TEXT = schema.AREAS.dtypes["title"]
TURNS = (*schema.WAITING_ON, "unknown")
# The first state of these that holds is a change's own; see review_state.machine for what makes it so.
MEANINGS = {
    "wip": "its owner marked it as work in progress", "blocked": "somebody voted -2: do not merge",
    "owner_turn": "somebody voted against it, or asked and got no answer", "conflict": "it no longer merges",
    "ci_failing": "the gate's tests fail", "ci_missing": "the gate has not tested the current patch set",
    "waits_on_parent": "it stands on a change that is not approved", "approved": "the gate merges it by itself",
    "never_reviewed": "no person but its owner ever voted", "needs_core": "people voted for it, no core yet",
    "reviewed_on_older": "people voted, but not on the current patch set",
    "needs_second_core": "one core voted +2, another has to", "needs_approval": "the votes suffice, nobody approved it",
    "unknown": "Gerrit served neither its votes nor its history",
}  # fmt: skip
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
    """How many changes wait on whom, in which state, for how long.

    Returns
    -------
    DataFrame in the order of TURNS, the most frequent state first in each
        waiting_on, state, meaning (of the state, in words), n_changes, median_days, oldest_days.
    """
    by_turn = fixes.assign(waiting_on=fixes["waiting_on"].fillna("unknown")).groupby(["waiting_on", "state"])
    found = by_turn.agg(
        n_changes=("change_number", "size"), median_days=("waiting_days", "median"), oldest_days=("waiting_days", "max")
    ).reset_index()
    found["place"] = found["waiting_on"].map({turn: place for place, turn in enumerate(TURNS)})
    found = found.sort_values(["place", "n_changes", "state"], ascending=[True, False, True], ignore_index=True)
    found.insert(2, "meaning", found["state"].map(MEANINGS).astype(TEXT))
    return found.drop(columns="place").astype({"n_changes": "Int64"})


def turn_medians(waiting_medians: pd.DataFrame, areas: pd.DataFrame, *, release: str) -> pd.DataFrame:
    """The table waiting_medians: all changes first, then each area of the release in the order of its file.

    Returns
    -------
    DataFrame, the turns of each area in the order of TURNS
        title, waiting_on, median_days, median_low, median_high, n_turns, n_lasting, area_page (NA for all changes).
    """
    rows = declared(areas, release)
    order = {turn: place for place, turn in enumerate(TURNS)}
    places = {schema.EVERY_AREA: -1} | {area_id: place for place, area_id in enumerate(rows["area_id"])}
    found = waiting_medians[waiting_medians["area_id"].isin(list(places))]
    found = found.assign(area_place=found["area_id"].map(places), place=found["waiting_on"].map(order))
    found = found.sort_values(["area_place", "place"], ignore_index=True)
    found["title"] = schema.looked_up(found["area_id"], rows.set_index("area_id")["title"]).fillna("All changes")
    is_area = found["area_id"].ne(schema.EVERY_AREA)
    found["area_page"] = found["area_id"].where(is_area).map(area_page, na_action="ignore").astype(TEXT)
    of_turns = ["title", "waiting_on", "median_days", "median_low", "median_high", "n_turns", "n_lasting"]
    return found[[*of_turns, "area_page"]]


def turns_lasting(waiting_curves: pd.DataFrame, *, area_id: str = schema.EVERY_AREA) -> pd.DataFrame:
    """The share of an area's turns that last longer than so many days, read off the table waiting_curves.

    Returns
    -------
    DataFrame
        after_days (AFTER), then share_<turn> in the order of TURNS: 0..1, NA beyond the longest that was watched.
    """
    curves = waiting_curves[waiting_curves["area_id"].eq(area_id)]
    parties = {str(party): curve for party, curve in curves.groupby("waiting_on")}
    shares = {f"share_{turn}": _after(parties[turn]) for turn in TURNS if turn in parties}
    return pd.DataFrame({"after_days": pd.array(AFTER, "Int64"), **shares})


def _after(curve: pd.DataFrame) -> "pd.Series[float]":
    """Between two points a curve is level; after its last one nothing is known."""
    at = curve.astype({"days": "float64"}).set_index("days")["share"].sort_index()
    found: pd.Series[float] = at.reindex(list(AFTER), method="ffill").reset_index(drop=True).astype("Float64")
    return found.where(pd.Series(AFTER) <= float(at.index.max()))
