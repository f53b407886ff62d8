"""What happened to open fixes and to bugs since an earlier report."""

from collections.abc import Sequence

import pandas as pd

from analysis.judge.privacy import visible_bugs, visible_changes
from analysis.report.measures.areas import with_area_names
from analysis.report.measures.backlog import human_votes
from analysis.report.measures.bugs import not_fetched, with_bug_areas
from analysis.report.measures.fixes import Limits, breaches
from analysis.tables import schema

ENTERED, OVER_LIMIT, AGAIN = "entered", "over its limit now", "waits for review again"
REVIEWED, VOTED = "reviewed", "voted on"
MERGED, ABANDONED, NO_FIX = "left: merged", "left: abandoned", "left: no open fix any more"
EVENTS = (ENTERED, OVER_LIMIT, AGAIN, REVIEWED, VOTED, MERGED, ABANDONED, NO_FIX)  # in the order of the page
COLUMNS = ["area_id", "event", "change_number", "subject", "branch", "bug_id", "importance", "detail"]
_KEY = ["area_id", "change_number"]
REPORTED, CAME, CLOSED, REOPENED = "reported", "came into the project", "closed", "open again"
STATUS, IMPORTANCE, LEFT = "another status", "another importance", "left the project"
BUG_EVENTS = (REPORTED, CAME, CLOSED, REOPENED, IMPORTANCE, STATUS, LEFT)  # in the order of the page
_OF_TASK = ["bug_id", "status", "importance", "is_open"]


def since(
    fixes: pd.DataFrame,
    previous: pd.DataFrame,
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
) -> pd.DataFrame:
    """One row per event of an open fix between two reports, ordered by area, event, change.

    The two queues are compared, so a fix that entered and left between them is missed.

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
    visible = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject", "branch", "status"]]
    both = previous.merge(fixes[[*_KEY, "waiting_on", "is_unreviewed"]], "outer", _KEY, suffixes=("_then", ""),
                          indicator="where", validate="1:1")  # fmt: skip
    both = both.drop(columns=["bug_id", "importance"]).merge(
        _bugs(fixes, previous), "left", "change_number", validate="m:1"
    )
    both = both.merge(visible, "inner", "change_number", validate="m:1")
    happened = both.assign(event=_event(both), detail=pd.Series(pd.NA, index=both.index, dtype=schema.TEXT))
    return _order(happened.dropna(subset="event")[COLUMNS])


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
    """The news with fixes that went over their limit, and with new votes by people.

    Without an earlier report the news stay as they are. A fix with only a new vote has the event "voted on"; a fix with
    another event gets the votes as its `detail`, such as "+1, −1".

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
    aged = _aged(fixes, limits, days=(as_of - then) / pd.Timedelta(days=1))
    of_time = votes[(votes["cast_at"] > then) & (votes["cast_at"] <= as_of)]
    cast = _vote_texts(human_votes(of_time, changes, accounts, labels=(review_label,)))
    with_votes = news.assign(detail=news["detail"].fillna(schema.looked_up(news["change_number"], cast)))
    voted = fixes.assign(event=VOTED, detail=schema.looked_up(fixes["change_number"], cast)).dropna(subset="detail")
    has_news = news.loc[news["event"].isin((ENTERED, REVIEWED)), "change_number"]
    voted = voted[~voted["change_number"].isin(has_news)]
    return _order(
        pd.concat([with_votes, aged[COLUMNS], voted[COLUMNS]], ignore_index=True).astype({"event": schema.TEXT})
    )


def each_event_once(news: pd.DataFrame, areas: pd.DataFrame, *, release: str) -> pd.DataFrame:
    """The news of the whole project: each event of a fix once, whatever areas it is in.

    Parameters
    ----------
    news : DataFrame of since or with_time
    areas : DataFrame, schema.AREAS

    Returns
    -------
    DataFrame in the order of event, change
        the columns of `news` without area_id, then areas (their titles) and areas_page of `with_area_names`.
    """
    once = _order(news, first=()).drop_duplicates(["change_number", "event"]).reset_index(drop=True)
    return with_area_names(once, news, areas, release=release, key="change_number", label="title").drop(
        columns="area_id"
    )


def news_by_area(news: pd.DataFrame) -> pd.DataFrame:
    """The number of events of each kind in each area with news: area_id, n_entered, n_left, n_reviewed, n_over."""
    rows = news.assign(
        n_entered=news["event"].eq(ENTERED).astype("Int64"),
        n_left=news["event"].str.startswith("left").astype("Int64"),
        n_reviewed=news["event"].isin((REVIEWED, VOTED)).astype("Int64"),
        n_over=news["event"].eq(OVER_LIMIT).astype("Int64"),
    )
    counts = ["n_entered", "n_left", "n_reviewed", "n_over"]
    return rows.groupby("area_id", sort=True)[counts].sum().reset_index()


def why_no_news(previous_as_of: str) -> str:
    """The sentence for an empty table of news: no earlier report, or nothing happened since."""
    if not previous_as_of:
        return "This is the first report that is kept: there is none to compare it with."
    return f"Nothing entered, left, was voted on or went over its limit since the report of {previous_as_of[:10]}."


def with_news(summary: pd.DataFrame, news: pd.DataFrame, *, previous_as_of: str) -> pd.DataFrame:
    """The areas with `since_last` in words: "+2 \u22121, 1 over limit" for entered, left, aged; NA without a report.

    Parameters
    ----------
    summary : DataFrame of areas_summary
    news : DataFrame of measures.since or with_time
    """
    merged = summary.merge(news_by_area(news), "left", "area_id", validate="1:1")
    counts = ["n_entered", "n_left", "n_reviewed", "n_over"]
    numbers = merged[counts].fillna(0).astype("Int64")
    moved = "+" + numbers["n_entered"].astype(schema.TEXT) + " \u2212" + numbers["n_left"].astype(schema.TEXT)
    words = moved.where(numbers["n_entered"] + numbers["n_left"] > 0, "")
    for column, phrase in (("n_reviewed", "voted on"), ("n_over", "over limit")):
        words = words + (", " + numbers[column].astype(schema.TEXT) + f" {phrase}").where(numbers[column] > 0, "")
    words = words.str.removeprefix(", ")
    words = words.mask(numbers.sum(axis=1) == 0, "no change")
    since_last = words if previous_as_of else pd.Series(pd.NA, index=merged.index)
    return summary.assign(since_last=since_last.astype(schema.TEXT))


def bugs_since(
    bug_tasks: pd.DataFrame,
    previous: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    launchpad_project: str,
    area_members: pd.DataFrame,
    areas: pd.DataFrame,
    release: str,
    previous_as_of: str,
) -> pd.DataFrame:
    """One row per event of a public bug of the project between two reports, without duplicates.

    The tasks of the two reports are compared, so a status that came and went between them is missed. A bug that is
    private now has no row, whatever it was then. If one of the two has no bugs, the result is unknown: no rows.

    Parameters
    ----------
    bug_tasks, previous : DataFrame, schema.BUG_TASKS
        Of this report, and of the earlier one.
    bugs, area_members, areas : DataFrame, schema tables of these names
        As they are today.

    Returns
    -------
    DataFrame in the order of event, importance, bug
        event (BUG_EVENTS), bug_id, bug_title, importance, status, detail ("New → Triaged"; NA of a bug that came), and
        areas (their titles) and areas_page of `with_area_names`. Of a bug that left, the task is the earlier one.
    """
    then, now = (tasks.loc[tasks["target"] == launchpad_project, _OF_TASK] for tasks in (previous, bug_tasks))
    both = now.merge(then, "outer", "bug_id", suffixes=("", "_then"), indicator="where", validate="1:1")
    visible = visible_bugs(bugs)
    visible = visible.loc[visible["duplicate_of"].isna(), ["bug_id", "title", "created_at"]]
    both = both.merge(visible.rename(columns={"title": "bug_title"}), "inner", "bug_id", validate="1:1")
    if not (previous_as_of and len(then) and len(now)):
        both = both.head(0)
    happened = pd.concat(
        [_came_or_went(both, previous_as_of), _closed_or_reopened(both), _changed(both)], ignore_index=True
    )
    events = happened.assign(
        event=happened["event"].astype(schema.TEXT),
        detail=happened["detail"].astype(schema.TEXT),
        when=happened["event"].map({event: place for place, event in enumerate(BUG_EVENTS)}),
        place=schema.importance_place(happened["importance"]),
    ).sort_values(["when", "place", "bug_id"], ignore_index=True)
    rows = events[["event", "bug_id", "bug_title", "importance", "status", "detail"]]
    return with_bug_areas(rows, area_members, areas, release=release)


def why_no_bug_news(bug_tasks: pd.DataFrame, previous: pd.DataFrame, *, previous_as_of: str) -> str:
    """The sentence for an empty table of events of bugs: there was none, or why this is unknown."""
    if not previous_as_of:
        return "This is the first report that is kept: there is none to compare it with."
    if bug_tasks.empty:
        return not_fetched("what happened to any")
    if previous.empty:
        return f"The report of {previous_as_of[:10]} kept no bug, so it is unknown what happened to any since."
    return f"No bug came, was closed, or has another status or importance since the report of {previous_as_of[:10]}."


def _aged(fixes: pd.DataFrame, limits: Limits, *, days: float) -> pd.DataFrame:
    """The fixes that are over their limit now and were not the given number of days ago."""
    over = breaches(fixes, limits).set_index("change_number")
    crossed = over[(over["over_days"] < days).fillna(False)]
    allowed = crossed["limit"] + ": " + crossed["limit_days"].astype("Int64").astype("string") + " days"
    detail = schema.looked_up(fixes["change_number"], allowed)
    return fixes.assign(event=OVER_LIMIT, detail=detail).dropna(subset="detail")


def _vote_texts(reviews: pd.DataFrame) -> "pd.Series[str]":
    """The votes of human_votes, by change, in their order: '+2, −1'."""
    cast = reviews.sort_values(["change_number", "cast_at", "account"])
    signed = cast["value"].map("{:+d}".format).astype(schema.TEXT).str.replace("-", "\u2212")
    return signed.groupby(cast["change_number"]).agg(", ".join).astype(schema.TEXT)


def _order(news: pd.DataFrame, *, first: Sequence[str] = ("area_id",)) -> pd.DataFrame:
    ranked = news.assign(place=news["event"].map({event: place for place, event in enumerate(EVENTS)}))
    return ranked.sort_values([*first, "place", "change_number"], ignore_index=True)[COLUMNS]


def _bugs(fixes: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    columns = ["change_number", "bug_id", "importance"]
    return pd.concat([fixes[columns], previous[columns]]).drop_duplicates("change_number")


def _event(both: pd.DataFrame) -> pd.Series:
    fate = both["status"].map({"MERGED": MERGED, "ABANDONED": ABANDONED}).fillna(NO_FIX)
    was_unreviewed = both["is_unreviewed_then"].fillna(False) & both["is_unreviewed"].eq(False).fillna(False)
    is_back = both["waiting_on"].isin(schema.WAITING_FOR_REVIEW)
    is_back &= ~both["waiting_on_then"].isin((*schema.WAITING_FOR_REVIEW, pd.NA))
    event = pd.Series(pd.NA, index=both.index, dtype=schema.TEXT)
    event[is_back] = AGAIN
    event[was_unreviewed] = REVIEWED
    event[both["where"].eq("right_only")] = ENTERED
    happened: pd.Series = event.mask(both["where"].eq("left_only"), fate)
    return happened


def _came_or_went(both: pd.DataFrame, previous_as_of: str) -> pd.DataFrame:
    came = both[both["where"].eq("left_only")]
    is_new = came["created_at"].gt(pd.Timestamp(previous_as_of)).fillna(False)
    came = came.assign(event=is_new.map({True: REPORTED, False: CAME}), detail=None)
    rows = both[both["where"].eq("right_only")]
    rows = rows.assign(status=rows["status_then"], importance=rows["importance_then"], event=LEFT, detail=None)
    return pd.concat([came, rows])


def _closed_or_reopened(both: pd.DataFrame) -> pd.DataFrame:
    """The bugs that were closed or reopened."""
    turned = both[(both["is_open"] != both["is_open_then"]).fillna(False)]
    event = turned["is_open"].map({True: REOPENED, False: CLOSED})
    return turned.assign(event=event, detail=_change_text(turned, "status"))


def _changed(both: pd.DataFrame) -> pd.DataFrame:
    """The bugs that stayed open or closed with another status, and those with another importance."""
    differs = {name: (both[name] != both[f"{name}_then"]).fillna(False) for name in ("status", "importance")}
    stayed = (both["is_open"] == both["is_open_then"]).fillna(False)
    status, importance = both[differs["status"] & stayed], both[differs["importance"]]
    return pd.concat(
        [
            status.assign(event=STATUS, detail=_change_text(status, "status")),
            importance.assign(event=IMPORTANCE, detail=_change_text(importance, "importance")),
        ]
    )


def _change_text(rows: pd.DataFrame, column: str) -> pd.Series:
    changed: pd.Series = rows[f"{column}_then"] + " → " + rows[column]
    return changed
