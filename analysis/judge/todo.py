"""The short list of one reviewer: open fixes that wait for a review, in files that this reviewer knows."""

from difflib import get_close_matches

import pandas as pd
import pyarrow as pa

from analysis.errors import UsageError
from analysis.tables import schema

MOST = 15
MOST_NEAR = 5  # similar names to list for an unknown one
_CORES_ONLY = ("second_core", "approver")


def build(
    reviewer: str | int,
    *,
    queue: pd.DataFrame,
    changes: pd.DataFrame,
    change_files: pd.DataFrame,
    votes: pd.DataFrame,
    accounts: pd.DataFrame,
    known_points: float,
    revisit_points: float,
    review_label: str,
    most: int = MOST,
) -> pd.DataFrame:
    """At most `most` fixes for the reviewer, best first in `rank`.

    It never contains the reviewer's own changes, changes with the reviewer's vote on the current patch set, or changes
    that wait on a machine, the owner or a parent. Changes that need a +2 or an approval are only for people who have
    given +2 or -2 before. Reviewers know the files in the folders of changes that they wrote or voted on.

    Parameters
    ----------
    reviewer : str or int
        Gerrit username, display name or account id; a number is used as it is, even if the account was not served.
    queue, changes, change_files, votes, accounts : DataFrame, schema tables of these names
    known_points : points for a change all of whose files lie in folders that the reviewer knows; a share for a share
    revisit_points : points for a change of which the reviewer has voted on an older patch set
    review_label : the label whose votes are reviews, as in section [review] of the project file

    Returns
    -------
    DataFrame, schema.TODO

    Raises
    ------
    UsageError
        No account, or more than one, has this name.
    """
    account = reviewer if isinstance(reviewer, int) else who(reviewer, accounts)
    mine = votes[votes["account"].eq(account) & votes["label"].eq(review_label) & votes["value"].ne(0)]
    own = changes.loc[changes["owner"].eq(account), "change_number"]
    candidates = _candidates(queue, mine, own).merge(
        changes[["change_number", "subject", "insertions", "deletions"]], on="change_number", validate="one_to_one"
    )
    worked_on = pd.concat([own, mine["change_number"]]).drop_duplicates()
    candidates["known"] = _known_share(candidates["change_number"], change_files, worked_on)
    candidates["is_revisit"] = candidates["change_number"].isin(mine["change_number"])
    candidates["n_lines"] = candidates["insertions"] + candidates["deletions"]
    candidates["for_known"] = candidates["known"] * known_points
    candidates["for_revisit"] = candidates["is_revisit"].astype("float64") * revisit_points
    candidates["score"] += candidates["for_known"] + candidates["for_revisit"]
    order = ["score", "n_lines", "change_number"]
    best = candidates.sort_values(order, ascending=[False, True, True], kind="stable").head(most).reset_index(drop=True)
    best["reasons"] = _reasons(best)
    best["rank"] = range(1, len(best) + 1)
    table = schema.TODO.frame({name: best[name] for name in schema.TODO.columns})
    return schema.validate(schema.TODO.ordered(table), schema.TODO)


def who(reviewer: str, accounts: pd.DataFrame) -> int:
    """The account with this number, username or display name, in any letter case."""
    called = (accounts["account"].astype("str"), accounts["username"], accounts["name"])
    hits = pd.concat([names.str.lower().eq(reviewer.lower()) for names in called], axis=1).any(axis=1)
    matches = accounts.loc[hits, "account"]
    if len(matches) == 1:
        return int(matches.iloc[0])
    people = pd.concat([accounts["username"], accounts["name"]]).dropna().unique().tolist()
    holding = [name for name in people if reviewer.lower() in name.lower()]
    alike = [*get_close_matches(reviewer, people, n=3), *sorted(holding)]
    near = list(dict.fromkeys(alike))[:MOST_NEAR] if len(matches) == 0 else matches.astype("str").tolist()
    raise UsageError(
        expected="a reviewer's username, display name or account id",
        found=f"{reviewer!r}, the name of {len(matches)} accounts",
        do=f"try {', '.join(near)}" if near else "look for the name in the table accounts",
    )


def _candidates(queue: pd.DataFrame, mine: pd.DataFrame, own: pd.Series) -> pd.DataFrame:
    """The queue without areas, and without fixes that are not for this reviewer."""
    is_core = mine["value"].abs().eq(2).any()
    waits_on = ("reviewers", *_CORES_ONLY) if is_core else ("reviewers",)
    voted = mine.loc[mine["is_standing"].fillna(False).astype(bool), "change_number"]
    open_to = queue["waiting_on"].isin(waits_on)
    open_rows = queue[open_to & ~queue["change_number"].isin(voted) & ~queue["change_number"].isin(own)]
    return open_rows.drop_duplicates("change_number").drop(columns=["area_id", "rank"])


def _known_share(changes: pd.Series, change_files: pd.DataFrame, worked_on: pd.Series) -> "pd.Series[float]":
    """For each change the share of its files in folders of changes that the reviewer wrote or voted on."""
    # only these few of the project's files matter
    files = change_files[change_files["change_number"].isin(pd.concat([changes, worked_on]))]
    folder = files["path"].str.rsplit("/", n=1).str[0]
    mine = folder[files["change_number"].isin(worked_on)].unique()
    share = folder.isin(mine).astype("float64").groupby(files["change_number"]).mean()
    return schema.looked_up(changes, share).fillna(0.0).astype("float64")


def _reasons(best: pd.DataFrame) -> pd.Series:
    percent = (best["known"] * 100).round().astype("int64").astype("str")
    familiarity = _worth(best["for_known"], "you know the folders of " + percent + " % of its files")
    again = _worth(best["for_revisit"], pd.Series("you reviewed an older patch set", index=best.index, dtype="str"))
    lists = [
        [reason for reason in (one, other, *theirs) if reason]
        for one, other, theirs in zip(familiarity, again, best["reasons"], strict=True)
    ]  # at most `most` of them
    return pd.Series(lists, index=best.index, dtype=pd.ArrowDtype(pa.list_(pa.string())))


def _worth(points: pd.Series, words: "pd.Series[str]") -> "pd.Series[str]":
    """The text of a part with points, in the words of the queue; "" without points."""
    signed = points.round(1).astype("float64").map("{:+}".format)
    return (signed.astype("str") + " " + words).where(points.ne(0), "")
