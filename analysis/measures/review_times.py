"""How long changes wait for their first review and for their merge, those that still wait counted."""

import pandas as pd

from analysis import events, schema, survival
from analysis.measures.backlog import human_votes
from analysis.visible import visible_changes

AFTER = (1, 3, 7, 14, 30, 91, 182, 365)  # days at which a share that still waits is shown


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

    `is_reviewed` and `is_merged` say whether that happened; where it did not, the days run to the change's end or to
    `as_of`: it waited at least that long. Changes whose votes are not known have NA for their first review.

    Where messages were served, they tell of votes that were replaced or taken back, and when a change was abandoned.
    Where they were not, the first vote is the first of those that are left, and the end is the last event.

    Returns
    -------
    DataFrame in the order of change_number
        change_number, is_fix, first_vote_days, is_reviewed, merge_days, is_merged.
    """
    shown = visible_changes(changes, links=links, bugs=bugs).sort_values("change_number", ignore_index=True)
    people = change_messages[~change_messages["is_ci"].fillna(False).astype(bool)]
    cast = pd.concat([votes, events.cast(people, accounts)], ignore_index=True)
    reviews = human_votes(cast, shown, accounts, labels=(review_label, approval_label))
    voted_at = schema.looked_up(shown["change_number"], reviews.groupby("change_number")["cast_at"].min())
    ended_at = _ended_at(shown, people).fillna(as_of)
    is_known = shown["has_labels"].fillna(False) | shown["has_messages"].fillna(False)
    is_merged = shown["status"] == "MERGED"
    return pd.DataFrame(
        {
            "change_number": shown["change_number"],
            "is_fix": shown["change_number"].isin(schema.fix_links(links, "change")["change_number"]).astype("boolean"),
            "first_vote_days": _days(shown["created_at"], voted_at.fillna(ended_at)).where(is_known),
            "is_reviewed": voted_at.notna().astype("boolean").where(is_known),
            "merge_days": _days(shown["created_at"], shown["submitted_at"].fillna(ended_at)),
            "is_merged": is_merged.astype("boolean"),
        }
    )


def still_waiting(times: pd.DataFrame, *, days: str, happened: str) -> pd.DataFrame:
    """The share that still waits after so many days, by Kaplan and Meier: fixes and other changes apart.

    Changes that still wait count as long as they have waited; leaving them out would make every wait look short.

    Returns
    -------
    DataFrame
        after_days (AFTER), fixes, others: shares 0..1, NA where no change of that kind was watched.
    """
    known = times.dropna(subset=[days, happened])
    columns = {"fixes": known[known["is_fix"]], "others": known[~known["is_fix"]]}
    shares = {name: _shares(group[days], group[happened]) for name, group in columns.items()}
    return pd.DataFrame({"after_days": pd.array(AFTER, "Int64"), **shares})


def _ended_at(shown: pd.DataFrame, messages: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """When each change came to its end; NA while it is open."""
    last = shown["updated_at"].where(~shown["status"].isin(schema.OPEN_CHANGE_STATUSES))
    given_up = schema.looked_up(shown["change_number"], events.last_at(messages, "abandoned"))
    return given_up.where(shown["status"].eq("ABANDONED")).fillna(last)


def _shares(days: pd.Series, happened: pd.Series) -> pd.Series:
    if days.empty:
        return pd.Series(pd.NA, index=range(len(AFTER)), dtype="Float64")
    points = survival.curve(days, happened)
    return pd.Series([survival.share_after(points, after) for after in AFTER], dtype="Float64")


def _days(since: pd.Series, until: pd.Series) -> pd.Series:
    days: pd.Series = ((until - since).dt.total_seconds() / (24 * 3600)).astype("Float64")
    return days.clip(lower=0.0)
