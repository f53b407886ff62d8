"""The backlog of the past: the number of open fixes, and of unreviewed ones, week by week."""

from collections.abc import Collection, Sequence

import pandas as pd

from analysis.judge.privacy import visible_changes
from analysis.report.measures.areas import areas_of_release, in_area
from analysis.tables import lifecycle, schema


def backlog(
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    patch_sets: pd.DataFrame,
    votes: pd.DataFrame,
    change_messages: pd.DataFrame,
    accounts: pd.DataFrame,
    review_label: str,
    approval_label: str,
    as_of: pd.Timestamp,
    weeks: int = 26,
    ends: Sequence[pd.Timestamp] = (),
    has_past: bool = True,
) -> pd.DataFrame:
    """Open and unreviewed fixes at the end of each of the last weeks, or at the `ends`, from earlier events only.

    A fix is open from its creation until it was submitted or abandoned; unreviewed while nobody but its owner had
    voted on the patch set that was current then: with `review_label` or with `approval_label`, as for the review
    states. `n_unreviewed` is NA where the votes of an open fix are not known, and both are where no change was fetched.
    A vote without a date was there at `as_of`; before it, a fix that has no other vote on that patch set may have been
    reviewed or not, and `n_unreviewed` is NA.
    Unless `has_past` they are known for the last week alone: if only open changes were served, nobody knows how many
    others were open before. A vote that replaced an earlier one of the same person on the same patch set has the date
    of the later one.

    Returns
    -------
    DataFrame of weeks + 1 rows, or one for each of `ends`, oldest first
        at, n_open_fixes, n_unreviewed.
    """
    fixes = lives(visible_changes(changes, links=links, bugs=bugs), links, change_messages)
    cast = _with_times_of_patch_sets(
        human_votes(votes, fixes, accounts, labels=(review_label, approval_label)), patch_sets
    )
    rows = [_counts_at(end, fixes, cast, as_of) for end in (sorted(ends) or _ends(as_of, weeks))]
    weekly = pd.DataFrame(rows, columns=["at", "n_open_fixes", "n_unreviewed"])
    weekly = weekly.astype({"n_open_fixes": "Int64", "n_unreviewed": "Int64"})
    is_unknown = (weekly["at"] < as_of) & (not has_past) | changes.empty
    counts = ["n_open_fixes", "n_unreviewed"]
    return weekly.assign(**{name: weekly[name].mask(is_unknown) for name in counts})


def with_merges_of_a_clone(changes: pd.DataFrame, change_commits: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """The changes; one that Gerrit served as open and whose commit is in the clone is merged at the commit's date.

    Parameters
    ----------
    changes, change_commits : DataFrame, schema tables of these names
    commits : DataFrame with sha and committed_at
    """
    at = change_commits.merge(commits[["sha", "committed_at"]], "inner", "sha", validate="m:1")
    merged_at = schema.looked_up(changes["change_number"], at.groupby("change_number")["committed_at"].min())
    has_merged = changes["status"].isin(schema.OPEN_CHANGE_STATUSES) & merged_at.notna()
    return changes.assign(
        status=changes["status"].mask(has_merged, "MERGED"),
        submitted_at=changes["submitted_at"].mask(has_merged, merged_at),
    )


def trends(
    areas: pd.DataFrame,
    *,
    release: str,
    area_members: pd.DataFrame,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    change_messages: pd.DataFrame,
    as_of: pd.Timestamp,
    weeks: int = 12,
    has_past: bool = True,
) -> pd.DataFrame:
    """The open fixes of each area at the end of each of the last weeks, counted as in `backlog`.

    Returns
    -------
    DataFrame in the order of `declared`
        area_id, trend: a list of weeks + 1 counts, oldest first, NA where no change was fetched and unless `has_past`;
        what is in the area is what its file says today.
    """
    fixes = lives(visible_changes(changes, links=links, bugs=bugs), links, change_messages)
    ids = areas_of_release(areas, release)["area_id"]
    parts = [in_area(fixes, area_members, release=release, area_id=area_id) for area_id in ids]
    ends = _ends(as_of, weeks)
    counts = [[int(_is_open(part, end).sum()) for end in ends] for part in parts]
    return pd.DataFrame({"area_id": ids, "trend": counts if len(changes) and has_past else pd.NA})


def lives(changes: pd.DataFrame, links: pd.DataFrame, change_messages: pd.DataFrame) -> pd.DataFrame:
    """Each fix with `closed_at`, NA while it is open."""
    fixes = changes[changes["change_number"].isin(schema.fix_links(links, "change")["change_number"])]
    abandoned_at = schema.looked_up(fixes["change_number"], lifecycle.last_event_at(change_messages, "abandoned"))
    closed_at = fixes["submitted_at"].where(fixes["status"] == "MERGED")
    closed_at = closed_at.fillna(abandoned_at.where(fixes["status"] == "ABANDONED"))
    # without a date from the server, the last event is the latest possible one
    closed_at = closed_at.fillna(fixes["updated_at"].where(fixes["status"].isin(("MERGED", "ABANDONED"))))
    return fixes[["change_number", "owner", "created_at"]].assign(
        closed_at=closed_at, has_votes=fixes["has_labels"].fillna(False) | fixes["has_messages"].fillna(False)
    )


def human_votes(
    votes: pd.DataFrame, fixes: pd.DataFrame, accounts: pd.DataFrame, *, labels: Collection[str]
) -> pd.DataFrame:
    """The rows of `votes` that are reviews of the fixes by people other than the owner, with the column `owner`.

    `labels` are those whose votes are reviews, as in section [review] of the project file.
    """
    people = accounts.loc[accounts["kind"] == "person", "account"]
    cast = votes[votes["label"].isin(labels) & (votes["value"] != 0) & votes["account"].isin(people)]
    cast = cast.merge(fixes[["change_number", "owner"]], "inner", "change_number", validate="m:1")
    return cast[(cast["account"] != cast["owner"]).fillna(True)]


def with_trend(summary: pd.DataFrame, trends: pd.DataFrame) -> pd.DataFrame:
    """The summary with `trend`: the open fixes at the end of each recent week, oldest first."""
    return summary.merge(trends, "left", "area_id", validate="1:1")


def _ends(as_of: pd.Timestamp, weeks: int) -> pd.DatetimeIndex:
    return pd.date_range(end=as_of, periods=weeks + 1, freq="7D")


def _is_open(fixes: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    is_open: pd.Series = (fixes["created_at"] <= end) & ~(fixes["closed_at"] <= end).fillna(False)
    return is_open.fillna(False)


def _with_times_of_patch_sets(cast: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    """The votes with `current_from` and `replaced_at`: when their patch set was uploaded, and when one after it.

    A patch set without a date was never the current one; `replaced_at` is NaT if no later patch set has a date.
    """
    key = ["change_number", "patch_set_number"]
    uploads = patch_sets.loc[patch_sets["change_number"].isin(cast["change_number"]), [*key, "created_at"]]
    newest_first = uploads.dropna(subset="created_at").sort_values(key, ascending=False, kind="stable")
    # the number of a patch set decides which is newer, even if the server dates one of them otherwise
    first_from = newest_first.groupby("change_number")["created_at"].cummin()
    times = newest_first[key].assign(
        current_from=newest_first["created_at"], replaced_at=first_from.groupby(newest_first["change_number"]).shift()
    )
    return cast.merge(times, "left", key, validate="m:1")


def _counts_at(end: pd.Timestamp, fixes: pd.DataFrame, cast: pd.DataFrame, as_of: pd.Timestamp) -> tuple[object, ...]:
    then = fixes[_is_open(fixes, end)]
    is_current = (cast["current_from"] <= end) & ~(cast["replaced_at"] <= end)
    # Some servers serve current votes without dates: such a vote is certain only at the end of the data.
    is_cast = (cast["cast_at"] <= end) | (cast["cast_at"].isna() & (end >= as_of))
    reviewed = then["change_number"].isin(cast.loc[is_cast & is_current, "change_number"])
    may_be = then["change_number"].isin(cast.loc[cast["cast_at"].isna() & is_current, "change_number"])
    is_known = bool(then["has_votes"].all()) and not bool((may_be & ~reviewed).any())
    return end, len(then), int((~reviewed).sum()) if is_known else pd.NA
