"""How far the data can be trusted: how old it is, how the links were found, and what they say against each other."""

import pandas as pd

from analysis import schema

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
    behind = (as_of - found["newest_at"]).dt.total_seconds() / (24 * 3600)
    return found.assign(behind_days=behind.astype("Float64").round(1).clip(lower=0))


def link_evidence(links: pd.DataFrame) -> pd.DataFrame:
    """How links were found: evidence, relation, n_links, n_unseen (the infra hook would not act on it), n_conflicts."""
    marked = links.assign(
        n_unseen=links["hook_sees_it"].eq(False).fillna(False).astype("Int64"),
        n_conflicts=links["conflicts_with"].notna().astype("Int64"),
    )
    grouped = marked.groupby(["evidence", "relation"]).agg(
        n_links=("bug_id", "size"), n_unseen=("n_unseen", "sum"), n_conflicts=("n_conflicts", "sum")
    )
    found = grouped.reset_index().astype({"n_links": "Int64"})
    return found.sort_values(["n_links", "evidence", "relation"], ascending=[False, True, True], ignore_index=True)
