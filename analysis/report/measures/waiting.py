"""Waiting times of changes: of open changes, until a review, until a merge, and by turn."""

import pandas as pd

from analysis.judge import survival
from analysis.judge.privacy import visible_changes
from analysis.report.measures.areas import area_page, areas_of_release
from analysis.report.measures.backlog import human_votes
from analysis.tables import lifecycle, schema
from analysis.tables.votes_in_messages import parse_votes

AFTER = (1, 3, 7, 14, 30, 91, 182, 365)  # days at which a share that still waits is shown
POINTS_PER_ROOT = 20  # of a drawn curve: 382 in a year, so that each step is drawn at its visible place
TURNS = (*schema.WAITING_ON, "unknown")
MEANINGS = {state.name: state.label for state in schema.STATES}
# Upper edges in days, as people name them. The last class is open.
AGES = {"under 3 days": 3.0, "3-7 days": 7.0, "1-2 weeks": 14.0, "2-4 weeks": 28.0, "1-3 months": 91.0,
        "3-6 months": 182.0, "6-12 months": 365.0, "over a year": float("inf")}  # fmt: skip


def review_times(
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    votes: pd.DataFrame,
    change_messages: pd.DataFrame,
    accounts: pd.DataFrame,
    review_label: str,
    approval_label: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Days from each change's creation to its first vote by another person, and to its merge.

    A vote is one with `review_label` or with `approval_label`, as for the review states.

    `is_reviewed` and `is_merged` say whether that happened. If it did not, the days run to the change's end or to
    `as_of`: it waited at least that long. Changes with unknown votes have NA for their first review.

    If messages were served, they show votes that were replaced or removed, and when a change was abandoned. If not, the
    first vote is the first of the remaining ones, and the end is the last event.

    Returns
    -------
    DataFrame in the order of change_number
        change_number, is_fix, first_vote_days, is_reviewed, merge_days, is_merged.
    """
    visible = visible_changes(changes, links=links, bugs=bugs).sort_values("change_number", ignore_index=True)
    people = change_messages[~change_messages["is_ci"].fillna(False).astype(bool)]
    cast = pd.concat([votes, parse_votes(people, accounts)], ignore_index=True)
    reviews = human_votes(cast, visible, accounts, labels=(review_label, approval_label))
    voted_at = schema.looked_up(visible["change_number"], reviews.groupby("change_number")["cast_at"].min())
    ended_at = _ended_at(visible, people).fillna(as_of)
    is_known = visible["has_labels"].fillna(False) | visible["has_messages"].fillna(False)
    is_merged = visible["status"] == "MERGED"
    return pd.DataFrame(
        {
            "change_number": visible["change_number"],
            "is_fix": visible["change_number"]
            .isin(schema.fix_links(links, "change")["change_number"])
            .astype("boolean"),
            "first_vote_days": _days(visible["created_at"], voted_at.fillna(ended_at)).where(is_known),
            "is_reviewed": voted_at.notna().astype("boolean").where(is_known),
            "merge_days": _days(visible["created_at"], visible["submitted_at"].fillna(ended_at)),
            "is_merged": is_merged.astype("boolean"),
        }
    )


def still_waiting(times: pd.DataFrame, *, days: str, happened: str) -> pd.DataFrame:
    """The share that still waits after so many days, by Kaplan and Meier: for fixes, and for other changes.

    Changes that still wait count with their wait so far; without them every wait would look short.

    Returns
    -------
    DataFrame
        after_days (AFTER), fixes, others: shares 0..1, NA where no change of that kind was watched.
    """
    watched = times.dropna(subset=[days, happened])
    columns = {"fixes": watched[watched["is_fix"]], "others": watched[~watched["is_fix"]]}
    curves = {name: survival.curve(group[days], group[happened]) for name, group in columns.items() if len(group)}
    unknown = pd.Series(pd.NA, index=range(len(AFTER)), dtype="Float64")
    shares = {name: _share_after(curves[name]) if name in curves else unknown for name in columns}
    return _add_curves(pd.DataFrame({"after_days": pd.array(AFTER, "Int64"), **shares}), curves)


def waiting_times(fixes: pd.DataFrame, *, days: str = "waiting_days") -> pd.DataFrame:
    """The number of changes by waiting time, one column per turn; `days="age_days"` counts from their creation.

    Returns
    -------
    DataFrame of shape (len(AGES) + 1, ...)
        age, then a count for each turn that occurs, in the order of TURNS; the last row counts unknown waiting times.
        Where all of them are, the other counts are NA.
    """
    ages = pd.cut(fixes[days].astype("float64"), [-1.0, *AGES.values()], right=False, labels=list(AGES))
    ages = ages.cat.add_categories("unknown").fillna("unknown")
    turns = pd.Categorical(fixes["waiting_on"].fillna("unknown"), TURNS)
    counts = pd.crosstab(ages.to_numpy(), turns, dropna=False).reindex([*AGES, "unknown"], fill_value=0)
    counts = counts.loc[:, [turn for turn in TURNS if turn in counts and counts[turn].any()]].astype("Int64")
    if len(fixes) and fixes[days].isna().all():  # then none of them is known to have waited any shorter or longer
        counts.loc[list(AGES)] = pd.NA
    return counts.rename_axis(index="age", columns=None).reset_index()


def turns(fixes: pd.DataFrame) -> pd.DataFrame:
    """The number of changes and their waiting times by turn and state.

    Returns
    -------
    DataFrame in the order of TURNS, the most frequent state first in each
        waiting_on, state, meaning (of the state, in words), n_changes, median_days, oldest_days.
    """
    by_turn = fixes.assign(waiting_on=fixes["waiting_on"].fillna("unknown")).groupby(["waiting_on", "state"])
    rows = by_turn.agg(
        n_changes=("change_number", "size"), median_days=("waiting_days", "median"), oldest_days=("waiting_days", "max")
    ).reset_index()
    rows["place"] = rows["waiting_on"].map({turn: place for place, turn in enumerate(TURNS)})
    rows = rows.sort_values(["place", "n_changes", "state"], ascending=[True, False, True], ignore_index=True)
    rows.insert(2, "meaning", rows["state"].map(MEANINGS).astype(schema.TEXT))
    return rows.drop(columns="place").astype({"n_changes": "Int64"})


def turn_medians(waiting_medians: pd.DataFrame, areas: pd.DataFrame, *, release: str) -> pd.DataFrame:
    """The table waiting_medians: all changes first, then each area of the release in the order of its file.

    Returns
    -------
    DataFrame, the turns of each area in the order of TURNS
        title, waiting_on, median_days, median_low, median_high, n_turns, n_lasting, area_page (NA for all changes).
    """
    rows = areas_of_release(areas, release)
    order = {turn: place for place, turn in enumerate(TURNS)}
    places = {schema.EVERY_AREA: -1} | {area_id: place for place, area_id in enumerate(rows["area_id"])}
    medians = waiting_medians[waiting_medians["area_id"].isin(list(places))]
    medians = medians.assign(area_place=medians["area_id"].map(places), place=medians["waiting_on"].map(order))
    medians = medians.sort_values(["area_place", "place"], ignore_index=True)
    medians["title"] = schema.looked_up(medians["area_id"], rows.set_index("area_id")["title"]).fillna("All changes")
    is_area = medians["area_id"].ne(schema.EVERY_AREA)
    medians["area_page"] = medians["area_id"].where(is_area).map(area_page, na_action="ignore").astype(schema.TEXT)
    of_turns = ["title", "waiting_on", "median_days", "median_low", "median_high", "n_turns", "n_lasting"]
    return medians[[*of_turns, "area_page"]]


def turns_lasting(waiting_curves: pd.DataFrame, *, area_id: str = schema.EVERY_AREA) -> pd.DataFrame:
    """The share of an area's turns that last longer than a number of days, from the table waiting_curves.

    Returns
    -------
    DataFrame
        after_days (AFTER), then share_<turn> in the order of TURNS: 0..1, NA beyond the longest that was watched.
    """
    curves = waiting_curves[waiting_curves["area_id"].eq(area_id)]
    parties = {str(party): curve for party, curve in curves.groupby("waiting_on")}
    turn_curves = {f"share_{turn}": parties[turn] for turn in TURNS if turn in parties}
    shares = {name: _share_after(points) for name, points in turn_curves.items()}
    return _add_curves(pd.DataFrame({"after_days": pd.array(AFTER, "Int64"), **shares}), turn_curves)


def _ended_at(changes: pd.DataFrame, messages: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """The time when each change was closed; NA while it is open."""
    last = changes["updated_at"].where(~changes["status"].isin(schema.OPEN_CHANGE_STATUSES))
    given_up = schema.looked_up(changes["change_number"], lifecycle.last_event_at(messages, "abandoned"))
    return given_up.where(changes["status"].eq("ABANDONED")).fillna(last)


def _add_curves(shares: pd.DataFrame, curves: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The shares with their curves in `attrs`, as plain lists up to the last of AFTER.

    Of points that fall together in a drawing only the last is kept: a curve of thousands of changes has thousands.
    """
    kept = {}
    for name, points in curves.items():
        visible = points[points["days"] <= max(AFTER)]
        column = (visible["days"].astype(float) ** 0.5 * POINTS_PER_ROOT).round()
        kept[name] = visible.groupby(column, sort=True)[list(survival.POINTS)].last().to_dict("list")
    shares.attrs = {"curves": kept}
    return shares


def _days(since: pd.Series, until: pd.Series) -> pd.Series:
    days: pd.Series = schema.days(until - since).astype("Float64")
    return days.clip(lower=0.0)


def _share_after(curve: pd.DataFrame) -> "pd.Series[float]":
    """Between two points a curve is level; after its last one nothing is known."""
    at = curve.astype({"days": "float64"}).set_index("days")["share"].sort_index()
    shares: pd.Series[float] = at.reindex(list(AFTER), method="ffill").reset_index(drop=True).astype("Float64")
    return shares.where(pd.Series(AFTER) <= float(at.index.max()))
