"""What changed since an earlier report: what entered, what left, what was reviewed, what waits too long now."""

import pandas as pd

from analysis import schema
from analysis.measures.fixes import WAITING_FOR_REVIEW
from analysis.visible import visible_changes

EVENTS = (
    "entered",
    "left: merged",
    "left: abandoned",
    "left: no open fix any more",
    "reviewed",
    "waits for review again",
)
_KEY = ["area_id", "change_number"]


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
        area_id, event, change_number, subject, branch, bug_id, importance.
    """
    shown = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject", "branch", "status"]]
    both = previous.merge(fixes[[*_KEY, "waiting_on", "is_unreviewed"]], "outer", _KEY, suffixes=("_then", ""),
                          indicator="where", validate="1:1")  # fmt: skip
    both = both.drop(columns=["bug_id", "importance"]).merge(
        _bugs(fixes, previous), "left", "change_number", validate="m:1"
    )
    both = both.merge(shown, "inner", "change_number", validate="m:1")
    happened = both.assign(event=_event(both)).dropna(subset="event")
    happened["place"] = happened["event"].map({event: place for place, event in enumerate(EVENTS)})
    happened = happened.sort_values(["area_id", "place", "change_number"], ignore_index=True)
    return happened[["area_id", "event", "change_number", "subject", "branch", "bug_id", "importance"]]


def news_by_area(news: pd.DataFrame) -> pd.DataFrame:
    """How many fixes entered and left each area that has news: area_id, n_entered, n_left, n_reviewed."""
    counted = news.assign(
        n_entered=news["event"].eq("entered").astype("Int64"),
        n_left=news["event"].str.startswith("left").astype("Int64"),
        n_reviewed=news["event"].eq("reviewed").astype("Int64"),
    )
    return counted.groupby("area_id", sort=True)[["n_entered", "n_left", "n_reviewed"]].sum().reset_index()


def why_no_news(previous_as_of: str) -> str:
    """What an empty table of news means: no earlier report, or that nothing happened since."""
    if not previous_as_of:
        return "This is the first report that is kept: there is none to compare it with."
    return f"Nothing entered, left or was reviewed since the report of {previous_as_of[:10]}."


def _bugs(fixes: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    columns = ["change_number", "bug_id", "importance"]
    return pd.concat([fixes[columns], previous[columns]]).drop_duplicates("change_number")


def _event(both: pd.DataFrame) -> pd.Series:
    gone = both["status"].map({"MERGED": EVENTS[1], "ABANDONED": EVENTS[2]}).fillna(EVENTS[3])
    was_unreviewed = both["is_unreviewed_then"].fillna(False) & both["is_unreviewed"].eq(False).fillna(False)
    is_back = both["waiting_on"].isin(WAITING_FOR_REVIEW) & ~both["waiting_on_then"].isin((*WAITING_FOR_REVIEW, pd.NA))
    event = pd.Series(pd.NA, index=both.index, dtype=schema.AREAS.dtypes["title"])
    event[is_back] = EVENTS[5]
    event[was_unreviewed] = EVENTS[4]
    event[both["where"].eq("right_only")] = EVENTS[0]
    happened: pd.Series = event.mask(both["where"].eq("left_only"), gone)
    return happened
