"""Questions and decisions that a bug waits for before anybody can fix it, from its status and from comments."""

from collections.abc import Collection

import pandas as pd

from analysis.tables import records

# Requests to the reporter: to say, attach, try or confirm something.
ASKS = (
    r"(?i)\b(?:can|could|would) you\b[^.\n]{0,120}\?|\bplease\s+(?:provide|attach|add|paste|try|test|confirm|check|"
    r"post|share|describe|explain|specify|re-?open|give|include|upload|clarify|update)\b|"
    r"\bwhat (?:version|release)\b[^\n]{0,80}\?|"
    r"\bdo you (?:have|still|see|know)\b[^\n]{0,120}\?|\bany (?:logs|update|news)\b[^\n]{0,40}\?|"
    r"\bneed more (?:info|detail)"
)
# Remarks that a decision comes first: not a bug, a feature, a design.
DISPUTES = (
    r"(?i)\b(?:needs?|requires?|write|submit|file|propose|register|create)\b[^.\n]{0,40}\b(?:spec|blueprint)s?\b|"
    r"\bfeature request\b|\b(?:is|this is|it's|its) (?:really |more )?(?:a |an )?(?:new )?(?:feature|enhancement)\b|"
    r"\b(?:not|isn't|is not) (?:really )?a (?:nova )?bug\b|\bby design\b|\bworks? as (?:designed|intended|expected)\b|"
    r"\b(?:is|was|be|as|like) (?:an? |the )?expected behaviou?r\b|"
    r"\bwon'?t fix\b|\b(?:mark|close|closed|set)\b[^.\n]{0,40}\b(?:invalid|opinion|wontfix)\b"
)
# Remarks that a merged fix is not enough.
DOUBTS = (
    r"(?i)\bre-?open(?:ed|ing)?\b|\b(?:was|been|is) reverted\b|"
    r"\b(?:still|again) (?:see|hit|get|happen|reproduc|fail|occur)\w*|"
    r"\bnot (?:yet |really |completely |fully )?fixed\b|"
    r"\b(?:doesn't|does not|didn't|did not) (?:fully |completely )?(?:fix|solve|help)|"
    r"\bpartial (?:fix|solution)\b|\bmore (?:patches|changes|work) (?:to come|needed|is needed|are needed)\b"
)
# "If this is incorrect, please update it" is not a question; scripts write it on many bugs.
CONDITION = r"(?is)(?:^|(?<=[.!?:])\s|\n)\s*if\b[^.!?]{0,300}[.!?]?"
CANNED_BUGS = 10  # bugs with the same beginning of a comment by one person: then it is from a script or a form letter
CANNED_LETTERS = 24
COLUMNS = ["bug_id", "evidence", "basis"]


def questions(open_bugs: pd.DataFrame, bug_messages: pd.DataFrame, machines: Collection[str]) -> pd.DataFrame:
    """The bugs that wait for their reporter: set to Incomplete (a rule), or with an unanswered question (a guess).

    An Incomplete bug whose reporter wrote last waits for somebody to read the answer, see `decisions`.

    Parameters
    ----------
    open_bugs : DataFrame
        bug_id, status, reporter, incomplete_at.
    bug_messages : DataFrame, schema.BUG_MESSAGES, in the order of time
    machines : names on Launchpad whose comments are no person's

    Returns
    -------
    DataFrame
        bug_id, evidence, basis.
    """
    incomplete = open_bugs[open_bugs["status"].eq("Incomplete").fillna(False)]
    incomplete = incomplete[~incomplete["bug_id"].isin(_answered_bugs(open_bugs, bug_messages, machines)["bug_id"])]
    since = (" since " + incomplete["incomplete_at"].dt.strftime("%Y-%m-%d").astype("str")).fillna("")
    by_rule = incomplete[["bug_id"]].assign(evidence="it waits for its reporter" + since, basis="rule")
    comments = _people(bug_messages, machines)
    asks = comments["content"].str.replace(CONDITION, " ", regex=True).str.contains(ASKS).fillna(False)
    comments = comments.assign(asks=asks.astype(bool))[asks | ~_is_canned(comments)]
    last = comments.drop_duplicates("bug_id", keep="last")
    last = last.merge(open_bugs[["bug_id", "reporter"]], on="bug_id", validate="one_to_one")
    is_asked = last["asks"] & last["person"].ne(last["reporter"]).fillna(True)
    asked = last[is_asked & ~last["bug_id"].isin(by_rule["bug_id"])]
    day = asked["sent_at"].dt.strftime("%Y-%m-%d").astype("str").fillna("an unknown day")
    by_guess = asked[["bug_id"]].assign(evidence="asked on " + day + ", and nobody answered", basis="guess")
    return pd.concat([by_rule, by_guess], ignore_index=True)[COLUMNS]


def decisions(open_bugs: pd.DataFrame, bug_messages: pd.DataFrame, machines: Collection[str]) -> pd.DataFrame:
    """The bugs that wait for a decision: a wish, Incomplete and answered (both rules), or called "not a bug" (a guess).

    "A feature" and "by design" count as "not a bug".

    Returns
    -------
    DataFrame
        bug_id, evidence, basis.
    """
    wishes = open_bugs.loc[open_bugs["importance"].eq("Wishlist").fillna(False), ["bug_id"]]
    by_rule = wishes.assign(evidence="a wish: decide whether it needs a spec", basis="rule")
    answered = _answered_bugs(open_bugs, bug_messages, machines)
    answered = answered[~answered["bug_id"].isin(by_rule["bug_id"])]
    last = "its reporter wrote last, on " + answered["sent_at"].dt.strftime("%Y-%m-%d").astype("str")
    by_rule = pd.concat([by_rule, answered[["bug_id"]].assign(evidence=last, basis="rule")], ignore_index=True)
    remarks = _people(bug_messages, machines)
    remarks = remarks[remarks["content"].str.contains(DISPUTES).fillna(False)].drop_duplicates("bug_id", keep="last")
    remarks = remarks[~remarks["bug_id"].isin(by_rule["bug_id"]) & remarks["bug_id"].isin(open_bugs["bug_id"])]
    words = (
        records.groups(remarks["content"], f"(?P<words>{DISPUTES})")["words"]
        .str.replace(r"\s+", " ", regex=True)
        .str.slice(0, 80)
    )
    day = remarks["sent_at"].dt.strftime("%Y-%m-%d").astype("str").fillna("an unknown day")
    by_guess = remarks[["bug_id"]].assign(evidence="a comment of " + day + ' says "' + words + '"', basis="guess")
    return pd.concat([by_rule, by_guess], ignore_index=True)[COLUMNS]


def doubts(bug_messages: pd.DataFrame, machines: Collection[str]) -> pd.DataFrame:
    """The comments in which people say that a bug is not fixed: bug_id, sent_at, evidence."""
    remarks = _people(bug_messages, machines)
    words = records.groups(remarks["content"], f"(?P<words>{DOUBTS})")["words"]
    day = remarks.loc[words.index, "sent_at"].dt.strftime("%Y-%m-%d").astype("str").fillna("an unknown day")
    evidence = "a comment of " + day + ' says "' + words + '"'
    return remarks.loc[words.index, ["bug_id", "sent_at"]].assign(evidence=evidence).reset_index(drop=True)


def _answered_bugs(open_bugs: pd.DataFrame, bug_messages: pd.DataFrame, machines: Collection[str]) -> pd.DataFrame:
    """The Incomplete bugs on which their reporter wrote last: bug_id, sent_at."""
    incomplete = open_bugs.loc[
        open_bugs["status"].eq("Incomplete").fillna(False), ["bug_id", "reporter", "incomplete_at"]
    ]
    last = _people(bug_messages, machines).drop_duplicates("bug_id", keep="last")
    last = last.merge(incomplete, on="bug_id", validate="one_to_one")
    is_later = last["incomplete_at"].isna() | last["sent_at"].gt(last["incomplete_at"])
    return last.loc[(last["person"].eq(last["reporter"]) & is_later).fillna(False), ["bug_id", "sent_at"]]


def _is_canned(comments: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a comment begins like its author's comments on many other bugs, apart from numbers."""
    letters = comments["content"].str.lower().str.replace(r"[\W\d_]+", " ", regex=True).str.strip()
    beginning = letters.str.slice(0, CANNED_LETTERS)
    n_bugs = comments.groupby([comments["person"], beginning])["bug_id"].transform("nunique")
    canned: pd.Series[bool] = n_bugs.ge(CANNED_BUGS) & beginning.str.len().eq(CANNED_LETTERS).fillna(False)
    return canned


def _people(bug_messages: pd.DataFrame, machines: Collection[str]) -> pd.DataFrame:
    is_comment = bug_messages["message_number"].gt(0) & ~bug_messages["person"].isin(list(machines))
    return bug_messages[is_comment & bug_messages["content"].notna()]
