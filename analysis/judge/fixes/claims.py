"""Fixes that only people's comments name, with the facts about them from Gerrit or the infra bot."""

import pandas as pd

from analysis.judge.fixes.fix_evidence import date_text, day_text, last_of_each_bug
from analysis.tables import schema

CLAIMS = ("proposed", "bare", "open", "fixed")
CLOSED = ("MERGED", "ABANDONED")


def known_ends(linked_changes: pd.DataFrame, changes: pd.DataFrame | None) -> pd.DataFrame:
    """The status of each change, whatever bug it is linked to: from Gerrit, else from the infra bot's comments.

    Parameters
    ----------
    linked_changes : DataFrame, schema.LINKED_CHANGES
    changes : DataFrame, schema.CHANGES, or None

    Returns
    -------
    DataFrame
        change_number, status, project, ended_at (NA of an open one, or where it is unknown), is_served: by Gerrit,
        has_message: whether its message was served, which could name the bug.
    """
    served = schema.CHANGES.empty() if changes is None else changes
    at = served["submitted_at"].where(served["status"].eq("MERGED"))
    by_gerrit = served[["change_number", "status", "project"]].assign(
        ended_at=at, is_served=True, has_message=served["message"].notna()
    )
    closing_comments = linked_changes[linked_changes["source"].eq("comment") & linked_changes["status"].isin(CLOSED)]
    closing_comments = closing_comments.dropna(subset="change_number").sort_values(
        ["change_number", "at"], kind="stable"
    )
    by_comment = closing_comments[["change_number", "status", "project"]].assign(
        ended_at=closing_comments["at"], is_served=False, has_message=False
    )
    by_comment = by_comment.drop_duplicates("change_number", keep="last")
    by_comment = by_comment[~by_comment["change_number"].isin(by_gerrit["change_number"])]
    ends = pd.concat([by_gerrit, by_comment.astype(by_gerrit.dtypes)], ignore_index=True)
    return ends[ends["status"].notna()].reset_index(drop=True)


def claimed(
    named: pd.DataFrame, linked: pd.DataFrame, ends: pd.DataFrame, none_open: pd.DataFrame, abandoned: pd.DataFrame
) -> list[pd.DataFrame]:
    """The fates by people's comments, by the last review that they name as a fix: proposed, fixed, or over.

    A review that a script listed as open, or that somebody named after all others were abandoned, is a later try. Facts
    about the review itself count more than people's comments on it.

    Parameters
    ----------
    named : DataFrame, see links.mentions.mentions
    linked : DataFrame, schema.LINKED_CHANGES of the open bugs
    ends : DataFrame, see known_ends
    none_open : DataFrame, see links.mentions.none_open
    abandoned : DataFrame
        bug_id, since_at: the bugs whose fixes were all abandoned.

    Returns
    -------
    list of three DataFrames
        bug_id, fate, evidence, basis, since_at, change_number.
    """
    linked_pairs = pd.MultiIndex.from_frame(linked[["bug_id", "change_number"]].dropna())
    rows = named[named["says"].isin(CLAIMS)].rename(columns={"sent_at": "named_at"})
    rows = rows[~pd.MultiIndex.from_frame(rows[["bug_id", "change_number"]]).isin(linked_pairs)]
    abandoned_at = schema.looked_up(rows["bug_id"], abandoned.set_index("bug_id")["since_at"])
    is_later_try = abandoned_at.isna() | rows["says"].eq("open") | rows["named_at"].gt(abandoned_at).fillna(False)
    rows = last_of_each_bug(rows[is_later_try]).merge(ends, "left", "change_number", validate="many_to_one")
    # If comments report an end before the claim, the change may have been restored since.
    counts = (rows["is_served"].eq(True) | rows["ended_at"].gt(rows["named_at"])).fillna(False)
    status = rows["status"].where(counts)
    rows = rows.assign(at=rows["ended_at"].where(counts))
    review = "change " + rows["change_number"].astype("str")
    says = ", as a comment of " + day_text(rows["named_at"]) + " says"
    names = ", and a comment of " + day_text(rows["named_at"]) + " names it as a fix"
    # Why the change does not count as an open fix: a person's word alone is none.
    is_read = rows["has_message"].eq(True).fillna(False).astype(bool)
    unlinked = pd.Series("; its message was not fetched", rows.index, dtype="str")
    unlinked = unlinked.mask(is_read, "; its message does not name this bug as fixed")
    noted_at = schema.looked_up(rows["bug_id"], none_open.groupby("bug_id").agg(at=("sent_at", "max"))["at"])
    noted = " is no longer open, as a comment of " + day_text(noted_at.fillna(rows["named_at"])) + " says"
    where = (" in " + rows["project"]).fillna("")
    is_open, is_unknown = status.isin(schema.OPEN_CHANGE_STATUSES), status.isna()
    is_over = is_unknown & noted_at.gt(rows["named_at"]).fillna(False)
    is_fixed = is_unknown & rows["says"].eq("fixed")
    facts = rows[["bug_id", "change_number"]].assign(since_at=rows["at"].fillna(rows["named_at"]), basis="guess")
    steps = (
        ("proposed_unknown", is_open, review + " is open" + names + unlinked),
        ("proposed_unknown", is_unknown & ~is_fixed & ~is_over, review + " is proposed" + says),
        ("merged_elsewhere", status.eq("MERGED"), review + " merged" + date_text(rows) + where + names),
        ("merged_elsewhere", is_fixed, "fixed by " + review + says),
        ("fix_abandoned", status.eq("ABANDONED"), review + " was abandoned" + date_text(rows) + names),
        ("fix_abandoned", is_over & ~is_fixed, review + noted),
    )
    claims = [facts.assign(fate=fate, evidence=text)[holds.fillna(False).astype(bool)] for fate, holds, text in steps]
    return [pd.concat(claims[place : place + 2], ignore_index=True) for place in (0, 2, 4)]
