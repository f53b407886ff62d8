"""How far the data can be trusted: how old it is, how the links were found, and what they say against each other."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis import schema
from analysis.measures.fixes import days_between
from analysis.visible import visible_changes

TEXT = schema.AREAS.dtypes["title"]


def freshness(*, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The newest event of each kind of record, and how many days before `as_of` it was.

    Returns
    -------
    DataFrame
        kind, n, newest_at, behind_days; NA where there is no record of the kind. What is newer than `as_of`, such as
        the commits of a clone, is 0 days behind.
    """
    newest = {
        "bugs": bugs["updated_at"].max(),
        "changes": changes["updated_at"].max(),
        "commits": commits["committed_at"].max(),
    }
    found = pd.DataFrame(
        {
            "kind": pd.Series(list(newest), dtype=TEXT),
            "n": pd.array([len(bugs), len(changes), len(commits)], "Int64"),
            "newest_at": pd.Series(list(newest.values()), dtype=schema.BUGS.dtypes["updated_at"]),
        }
    )
    return found.assign(behind_days=days_between(found["newest_at"], as_of).clip(lower=0))


def sources(told: Sequence[Mapping[str, object]], *, as_of: pd.Timestamp) -> pd.DataFrame:
    """How old the snapshots of each source are, and what is known to be missing in them.

    Parameters
    ----------
    told : one mapping a source
        source, where, at (ISO 8601; empty: unknown), n_records, n_pending, n_gone, gaps (words); as the report command
        tells them. A source of which nothing was fetched is told with 0 records.

    Returns
    -------
    DataFrame
        source, where, n_records, snapshot_at, behind_days, n_pending, n_gone, gaps.
    """
    names = ("source", "where", "n_records", "n_pending", "n_gone", "gaps", "at")
    found = pd.DataFrame({name: [each[name] for each in told] for name in names})
    at = pd.to_datetime(found["at"].where(found["at"] != ""), utc=True).astype(schema.BUGS.dtypes["updated_at"])
    found = found.assign(snapshot_at=at, behind_days=days_between(at, as_of).clip(lower=0)).astype(
        {"source": TEXT, "where": TEXT, "n_records": "Int64", "n_pending": "Int64", "n_gone": "Int64"}
    )
    columns = ["source", "where", "n_records", "snapshot_at", "behind_days", "n_pending", "n_gone", "gaps"]
    return found[columns]


def unread(
    unread_lines: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame
) -> pd.DataFrame:
    """The lines of commit messages that look like a footer and made no link, those of open changes first.

    Returns
    -------
    DataFrame
        line, is_open (its change can still be amended; NA for a commit), change_number (NA for a commit), ref.
    """
    shown = visible_changes(changes, links=links, bugs=bugs).set_index("change_number")["status"]
    number = pd.to_numeric(unread_lines["ref"].where(unread_lines["kind"] == "change")).astype("Int64")
    of_shown = unread_lines["kind"].eq("commit") | number.isin(shown.index)
    found = unread_lines.assign(change_number=number)[of_shown.fillna(False)]
    is_open = schema.looked_up(found["change_number"], shown).isin(schema.OPEN_CHANGE_STATUSES)
    found = found.assign(is_open=is_open.astype("boolean").mask(found["change_number"].isna()))
    found = found.sort_values(["is_open", "change_number", "ref", "line_number"], ascending=[False, False, True, True])
    return found[["line", "is_open", "change_number", "ref"]].reset_index(drop=True)


def suggestions(suggestion_quality: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """The table suggestion_quality with the title of each area in the place of its id."""
    titles = areas[["release", "area_id", "title"]]
    found = suggestion_quality.merge(titles, "left", ["release", "area_id"], validate="m:1")
    found["title"] = found["title"].fillna(found["area_id"])
    return found[["release", "title", *suggestion_quality.columns.drop(["release", "area_id"])]]


def link_evidence(links: pd.DataFrame) -> pd.DataFrame:
    """How links were found: evidence, relation, n_links, n_unseen (the infra hook would not act on it), n_conflicts."""
    marked = links.assign(
        n_unseen=links["hook_sees_it"].eq(False).fillna(False).astype("Int64"),
        n_conflicts=links["conflicts_with"].notna().astype("Int64"),
    )
    marked["evidence"] = marked["evidence"].str.replace("_", " ")
    grouped = marked.groupby(["evidence", "relation"]).agg(
        n_links=("bug_id", "size"), n_unseen=("n_unseen", "sum"), n_conflicts=("n_conflicts", "sum")
    )
    found = grouped.reset_index().astype({"n_links": "Int64"})
    return found.sort_values(["n_links", "evidence", "relation"], ascending=[False, True, True], ignore_index=True)
