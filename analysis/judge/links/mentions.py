"""Reviews that people name in comments on a bug: weaker evidence than the infra bot's comments, and never a link.

People paste the address of a review for many reasons. The line around it decides: it may say that the review is a fix,
that it fixed the bug, or only that it exists. Scripts of the bug czars write "Found open reviews" with the addresses,
or "There are no currently open reviews on this bug".
"""

from collections.abc import Collection

import pandas as pd

from analysis.judge.links.comments import ADDRESS
from analysis.tables import records

# Hosts of code review; a bare number behind another site's name is an issue or a page.
REVIEW_ADDRESS = r"(?i)(?:review|gerrit)[\w.-]*\.\w+(?::\d+)?/|/gerrit/|/c/[\w./-]+/\+/"
NONE_OPEN = (
    r"(?i)\b(?:no|not any)\b[\w\s]{0,20}\bopen\s+reviews?\b"
    r"|\b(?:patch|fix|change|review)\b[^.\n]{0,60}\b(?:is|was|been|got)\s+abandoned\b"
)
FOUND_OPEN = r"(?i)\bfound\s+open\s+reviews?\b"
FIXED = (
    r"(?i)\b(?:already|been|was|is|got|were|now)\s+fixed\b|^\W*fixed\b|\bfixed\s+(?:by|in|with|via|here)\b"
    r"|\bresolved\s+(?:by|in)\b|\bfix(?:es)?\s+(?:has|have|was|is)?\s*merged\b|\b(?:should|will|does|now)\s+(?:fix|resolve|address)"
)
PROPOSED = (
    r"(?i)\b(?:fix|fixes|patch|patches|solution|change)\b[^.\n]{0,40}"
    r"\b(?:at|in|here|on|is|for|up|proposed|submitted|posted|uploaded)\b|\b(?:propos|submit|upload|push|post)\w*\b[^.\n]{0,40}\b(?:fix|patch|change|review|code)\b"
    r"|\b(?:my|the|a|this|possible|proposed)\s+(?:fix|patch|solution)\b|\btrying to fix\b|\bpatch:|\bfix:|\breview:"
)
# Words about a review that is not a fix: the one that broke it, a workaround, a similar one.
OTHER = (
    r"(?i)\b(?:caus\w*|introduc\w*|regress\w*|broke\w*|since|starting with|began|skip\w*|workaround|logging|debug\w*|"
    r"specs?|related|similar|fyi|like|see also|refer\w*|according|revert\w*|devstack|tempest|e-r|elastic|query|after)\b"
)
MAX_LINE = 400  # characters; longer lines are logs, and a hostile one must not cost minutes
COLUMNS = ["bug_id", "sent_at", "person", "change_number", "says"]


def mentions(bug_messages: pd.DataFrame, bots: Collection[str]) -> pd.DataFrame:
    """The reviews that people name, one row per comment and review, in the order of the comments.

    Parameters
    ----------
    bug_messages : DataFrame, schema.BUG_MESSAGES
        The report itself, its first message, is not read.
    bots : Launchpad names of machines, whose comments are not people's

    Returns
    -------
    DataFrame
        bug_id, sent_at, person, change_number, says: open (a script found it open), fixed, proposed, bare (the address
        is all that the comment says), or other (it is named for another reason).
    """
    remarks = bug_messages[bug_messages["message_number"].gt(0) & ~bug_messages["person"].isin(list(bots))]
    remarks = remarks[remarks["content"].str.contains(REVIEW_ADDRESS).fillna(False)]
    each = remarks["content"].str.split("\n").explode()
    named = each[each.str.contains(REVIEW_ADDRESS).fillna(False)]
    lines = pd.DataFrame({"comment": named.index, "line": named.str.slice(0, MAX_LINE).array})
    addresses = (
        lines["line"].str.extractall(f"(?i){ADDRESS}(?![0-9])")["number"].rename_axis(["row", "nth"]).reset_index()
    )
    rows = addresses.join(lines, on="row").join(remarks[["bug_id", "sent_at", "person", "content"]], on="comment")
    rows = rows.assign(change_number=pd.to_numeric(rows["number"]).astype("Int64"), says=_says(rows))
    return pd.DataFrame(rows.drop_duplicates(["comment", "change_number"])[COLUMNS]).reset_index(drop=True)


def none_open(bug_messages: pd.DataFrame, bots: Collection[str]) -> pd.DataFrame:
    """The comments that say that no review of the bug is open: bug_id, sent_at, person."""
    remarks = bug_messages[bug_messages["message_number"].gt(0) & ~bug_messages["person"].isin(list(bots))]
    hit = records.groups(remarks["content"].dropna(), f"(?P<all>{NONE_OPEN})").index
    return remarks.loc[hit, ["bug_id", "sent_at", "person"]].reset_index(drop=True)


def _says(rows: pd.DataFrame) -> "pd.Series[str]":
    line = rows["line"]
    is_bare = rows["content"].str.len().le(line.str.len() + 40) & line.str.match(
        r"^\W*(?:Review:?\s*|[A-Za-z][A-Za-z' ]{0,24}:\s*)?https?://\S+\s*$"
    )
    names_other = line.str.contains(OTHER)
    says = pd.Series("other", index=rows.index, dtype="str").mask(is_bare & ~names_other, "bare")
    says = says.mask(line.str.contains(PROPOSED) & ~names_other, "proposed").mask(
        line.str.contains(FIXED) & ~names_other, "fixed"
    )
    # "Isn't this fixed by ...?" is only a question.
    says = says.mask(says.isin(("fixed", "proposed")) & line.str.contains("?", regex=False), "other")
    return says.mask(rows["content"].str.contains(FOUND_OPEN), "open")
