"""What a report may show: public changes and public bugs, and nothing that points at the others."""

import pandas as pd


def visible_bugs(bugs: pd.DataFrame) -> pd.DataFrame:
    """The rows of `bugs` that the public may see, in the same order.

    A bug whose privacy is unknown stays out: showing an embargoed bug cannot be undone.

    Parameters
    ----------
    bugs : DataFrame, schema.BUGS
    """
    is_public = (~bugs["is_private"]).fillna(False)
    return bugs[is_public].reset_index(drop=True)


def visible_changes(changes: pd.DataFrame, *, links: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The rows of `changes` that the public may see, in the same order.

    A public change that is linked to a private bug stays out too: its subject tells what the bug is about, and the
    people who embargoed it decide when that is told. A bug that was not fetched is not known to be private.

    Parameters
    ----------
    changes : DataFrame, schema.CHANGES
    links : DataFrame, schema.LINKS
    bugs : DataFrame, schema.BUGS
    """
    private_bugs = bugs.loc[bugs["is_private"].fillna(True), "bug_id"]
    telling = links.loc[(links["kind"] == "change") & links["bug_id"].isin(private_bugs), "ref"]
    hidden = changes["is_private"].fillna(False) | changes["change_number"].astype("string").isin(telling)
    return changes[~hidden].reset_index(drop=True)
