"""What changed since an earlier report: what entered, what left, what was voted on, what waits too long now."""

from collections.abc import Sequence

import pandas as pd

from analysis import schema
from analysis.measures.areas import with_area_names
from analysis.measures.backlog import human_votes
from analysis.measures.limits import Limits, breaches
from analysis.visible import visible_changes

ENTERED, OVER_LIMIT, AGAIN = "entered", "over its limit now", "waits for review again"
REVIEWED, VOTED = "reviewed", "voted on"
MERGED, ABANDONED, NO_FIX = "left: merged", "left: abandoned", "left: no open fix any more"
EVENTS = (ENTERED, OVER_LIMIT, AGAIN, REVIEWED, VOTED, MERGED, ABANDONED, NO_FIX)  # in the order of the page
COLUMNS = ["area_id", "event", "change_number", "subject", "branch", "bug_id", "importance", "detail"]
_KEY = ["area_id", "change_number"]
_TEXT = schema.AREAS.dtypes["title"]


def since(
    fixes: pd.DataFrame,
    previous: pd.DataFrame,
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
) -> pd.DataFrame:
    """One row per thing that happened to an open fix between two reports, in the order of area, event, change.

    Compared are the two queues, so a fix that entered and left between them is not seen.

    Parameters
    ----------
    fixes : DataFrame of measures.open_fixes
    previous : DataFrame, schema.QUEUE
        The queue of the earlier report; rows of changes that may not be shown now are left out.

    Returns
    -------
    DataFrame
        area_id, event (EVENTS), change_number, subject, branch, bug_id, importance, detail (NA here).
    """
    shown = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject", "branch", "status"]]
    both = previous.merge(fixes[[*_KEY, "waiting_on", "is_unreviewed"]], "outer", _KEY, suffixes=("_then", ""),
                          indicator="where", validate="1:1")  # fmt: skip
    both = both.drop(columns=["bug_id", "importance"]).merge(
        _bugs(fixes, previous), "left", "change_number", validate="m:1"
    )
    both = both.merge(shown, "inner", "change_number", validate="m:1")
    happened = both.assign(event=_event(both), detail=pd.Series(pd.NA, index=both.index, dtype=_TEXT))
    return _ordered(happened.dropna(subset="event")[COLUMNS])


def with_time(
    news: pd.DataFrame,
    fixes: pd.DataFrame,
    *,
    votes: pd.DataFrame,
    accounts: pd.DataFrame,
    changes: pd.DataFrame,
    limits: Limits,
    review_label: str,
    previous_as_of: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The news with what time and voters did since: fixes that went over their limit, and new votes by people.

    Without an earlier report the news stay as they are. A fix that merely got one more vote has the event "voted on";
    one whose event is told already gets the votes as its `detail`, such as "+1, −1".

    Parameters
    ----------
    news : DataFrame of since
    fixes : DataFrame of measures.open_fixes
    votes, accounts, changes : DataFrame, schema tables of these names
    review_label : the label whose votes are reviews, as in section [review] of the project file
    """
    if not previous_as_of:
        return news
    then = pd.Timestamp(previous_as_of)
    aged = _aged(fixes, limits, days=(as_of - then).total_seconds() / (24 * 3600))
    of_time = votes[(votes["cast_at"] > then) & (votes["cast_at"] <= as_of)]
    cast = _cast(human_votes(of_time, changes, accounts, labels=(review_label,)))
    told = news.assign(detail=news["detail"].fillna(schema.looked_up(news["change_number"], cast)))
    voted = fixes.assign(event=VOTED, detail=schema.looked_up(fixes["change_number"], cast)).dropna(subset="detail")
    named = news.loc[news["event"].isin((ENTERED, REVIEWED)), "change_number"]
    voted = voted[~voted["change_number"].isin(named)]
    return _ordered(pd.concat([told, aged[COLUMNS], voted[COLUMNS]], ignore_index=True).astype({"event": _TEXT}))


def each_event_once(news: pd.DataFrame, areas: pd.DataFrame, *, release: str) -> pd.DataFrame:
    """The news of the whole project: what happened to a fix is told once, whatever areas it is in.

    Parameters
    ----------
    news : DataFrame of since or with_time
    areas : DataFrame, schema.AREAS

    Returns
    -------
    DataFrame in the order of event, change
        the columns of `news` without area_id, then areas (their titles) and areas_page of `with_area_names`.
    """
    once = _ordered(news, by=()).drop_duplicates(["change_number", "event"]).reset_index(drop=True)
    return with_area_names(once, news, areas, release=release, key="change_number", label="title").drop(
        columns="area_id"
    )


def news_by_area(news: pd.DataFrame) -> pd.DataFrame:
    """How many fixes did what in each area that has news: area_id, n_entered, n_left, n_reviewed, n_over."""
    counted = news.assign(
        n_entered=news["event"].eq(ENTERED).astype("Int64"),
        n_left=news["event"].str.startswith("left").astype("Int64"),
        n_reviewed=news["event"].isin((REVIEWED, VOTED)).astype("Int64"),
        n_over=news["event"].eq(OVER_LIMIT).astype("Int64"),
    )
    counts = ["n_entered", "n_left", "n_reviewed", "n_over"]
    return counted.groupby("area_id", sort=True)[counts].sum().reset_index()


def why_no_news(previous_as_of: str) -> str:
    """What an empty table of news means: no earlier report, or that nothing happened since."""
    if not previous_as_of:
        return "This is the first report that is kept: there is none to compare it with."
    return f"Nothing entered, left, was voted on or went over its limit since the report of {previous_as_of[:10]}."


def _aged(fixes: pd.DataFrame, limits: Limits, *, days: float) -> pd.DataFrame:
    """The fixes that were not over their limit so many days ago, and are now."""
    over = breaches(fixes, limits).set_index("change_number")
    crossed = over[(over["over_days"] < days).fillna(False)]
    allowed = crossed["limit"] + ": " + crossed["limit_days"].astype("Int64").astype("string") + " days"
    detail = schema.looked_up(fixes["change_number"], allowed)
    return fixes.assign(event=OVER_LIMIT, detail=detail).dropna(subset="detail")


def _cast(reviews: pd.DataFrame) -> "pd.Series[str]":
    """The votes of human_votes, by change, in their order: '+2, −1'."""
    cast = reviews.sort_values(["change_number", "cast_at", "account"])
    signed = cast["value"].map("{:+d}".format).astype(_TEXT).str.replace("-", "\u2212")
    return signed.groupby(cast["change_number"]).agg(", ".join).astype(_TEXT)


def _ordered(news: pd.DataFrame, *, by: Sequence[str] = ("area_id",)) -> pd.DataFrame:
    placed = news.assign(place=news["event"].map({event: place for place, event in enumerate(EVENTS)}))
    return placed.sort_values([*by, "place", "change_number"], ignore_index=True)[COLUMNS]


def _bugs(fixes: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    columns = ["change_number", "bug_id", "importance"]
    return pd.concat([fixes[columns], previous[columns]]).drop_duplicates("change_number")


def _event(both: pd.DataFrame) -> pd.Series:
    gone = both["status"].map({"MERGED": MERGED, "ABANDONED": ABANDONED}).fillna(NO_FIX)
    was_unreviewed = both["is_unreviewed_then"].fillna(False) & both["is_unreviewed"].eq(False).fillna(False)
    is_back = both["waiting_on"].isin(schema.WAITING_FOR_REVIEW)
    is_back &= ~both["waiting_on_then"].isin((*schema.WAITING_FOR_REVIEW, pd.NA))
    event = pd.Series(pd.NA, index=both.index, dtype=_TEXT)
    event[is_back] = AGAIN
    event[was_unreviewed] = REVIEWED
    event[both["where"].eq("right_only")] = ENTERED
    happened: pd.Series = event.mask(both["where"].eq("left_only"), gone)
    return happened
