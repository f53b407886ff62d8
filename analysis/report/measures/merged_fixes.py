"""Merged fixes, from changes that Gerrit served or from commits that only a clone has."""

import pandas as pd

from analysis.report.measures.fixes import public_fixes
from analysis.tables import schema

FACTS = ("change_number", "sha", "subject", "branch", "bug_id", "bug_title", "submitted_at", "committed_at", "owner",
         "author")  # fmt: skip


def merged_fixes(
    *,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    change_commits: pd.DataFrame,
    since: pd.Timestamp,
) -> pd.DataFrame:
    """One row per public bug and merged fix since the instant, the last first.

    A change and the commit that it became are one fix. Its date is that on which Gerrit submitted the change; for a
    commit without a served change it is the date of the commit, which a rebase at the merge does not alter.

    Parameters
    ----------
    links, bugs, changes, change_commits : DataFrame, schema tables of these names
    commits : DataFrame, of schema.COMMITS what `linked_changes` reads, subject and author

    Returns
    -------
    DataFrame
        change_number, submitted_at and owner: NA where Gerrit did not serve the change; sha, committed_at and author:
        NA where the clone does not hold its commit; subject, branch, bug_id, bug_title: NA where it was not fetched.
    """
    fixing = public_fixes(links=links, bugs=bugs, changes=changes, commits=commits)
    rows = fixing.loc[fixing["status"].eq("MERGED"), ["bug_id", "kind", "ref", "change_number", "at"]]
    of_change = change_commits.drop_duplicates("change_number").set_index("change_number")["sha"]
    to_change = change_commits.drop_duplicates("sha").set_index("sha")["change_number"]
    public = fixing.loc[fixing["kind"].eq("change"), "change_number"]
    to_change = to_change[to_change.isin(public)]
    is_commit = rows["kind"].eq("commit")
    number = rows["change_number"].fillna(schema.looked_up(rows["ref"].where(is_commit), to_change))
    sha = rows["ref"].where(is_commit).fillna(schema.looked_up(rows["change_number"], of_change))
    rows = rows.assign(change_number=number, sha=sha, is_commit=is_commit)
    rows = rows.sort_values("is_commit", kind="stable")
    is_twice = rows["change_number"].notna() & rows.duplicated(["bug_id", "change_number"])
    rows = rows[~is_twice]
    by_number, by_sha = changes.set_index("change_number"), commits.set_index("sha")
    of_gerrit = {name: schema.looked_up(rows["change_number"], by_number[name])
                 for name in ("subject", "branch", "submitted_at", "owner")}  # fmt: skip
    of_git = {name: schema.looked_up(rows["sha"], by_sha[name])
              for name in ("subject", "branch", "committed_at", "author")}  # fmt: skip
    either = {name: of_gerrit[name].fillna(of_git[name]) for name in ("subject", "branch")}
    titles = bugs.set_index("bug_id")["title"]
    rows = rows.assign(**of_gerrit | of_git | either, bug_title=schema.looked_up(rows["bug_id"], titles))
    rows = rows.assign(at=rows["submitted_at"].fillna(rows["committed_at"]).fillna(rows["at"]))
    rows = rows[rows["at"].ge(since).fillna(False)]
    rows = rows.sort_values(["at", "change_number", "sha", "bug_id"], ascending=[False, True, True, True])
    return rows[list(FACTS)].reset_index(drop=True)


def why_none_merged(changes: pd.DataFrame, commits: pd.DataFrame) -> str:
    """The sentence for an empty list of merged fixes: none was merged then, or nothing merged is in the data."""
    if commits.empty and not changes["status"].eq("MERGED").any():
        return "Neither merged changes nor commits are in the data, so it is unknown which fixes were merged."
    return "No fix in the data was merged in this time."
