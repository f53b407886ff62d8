"""Votes in messages: cast, taken back, deleted, and carried over or lost at an upload.

Gerrit writes each vote into the first line of a message: "Patch Set 3: Code-Review+2 Workflow+1", "Patch Set 4:
-Code-Review", and before Gerrit 2.7 in words: "Patch Set 2: Looks good to me, approved; Verified". Gerrit writes that
line; the text of people comes below it and is never read here.
"""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.tables import records
from analysis.tables.schema.table import PANDAS, from_arrow

COLUMNS = ["change_number", "patch_set_number", "label", "account", "value", "cast_at", "is_ci", "is_in_words"]

HEAD = r"^Patch Set (?P<patch_set_number>[0-9]{1,9}):(?P<rest>[^\n]*)"
# "Patch Set 2: Published edit on patch set 1." is not a list of votes, so the whole line must be one.
VOTES_ONLY = r"^(\s+([A-Za-z][\w-]*[+-][0-9]|-[A-Za-z][\w-]*))+\s*$"
TOKEN = r"^(?P<minus>-?)(?P<label>[A-Za-z][\w-]*?)(?:\+?(?P<value>-?[0-9]))?$"
NO_SCORE = "No score"  # the vote of a label that the words do not name
# The words of Gerrit before 2.7, as shipped and as OpenStack configured them.
WORDS = {
    "looks good to me, approved": ("Code-Review", 2),
    "looks good to me (core reviewer)": ("Code-Review", 2),
    "looks good to me, but someone else must approve": ("Code-Review", 1),
    "no score": (NO_SCORE, 0),
    "i would prefer that you didn't merge this": ("Code-Review", -1),
    "i would prefer this is not merged as is": ("Code-Review", -1),
    "i would prefer that you didn't submit this": ("Code-Review", -1),
    "this patch needs further work before it can be merged": ("Code-Review", -1),
    "do not merge": ("Code-Review", -2),
    "this shall not be merged": ("Code-Review", -2),
    "do not submit": ("Code-Review", -2),
    "verified": ("Verified", 2),
    "works for me": ("Verified", 1),
    "doesn't seem to work": ("Verified", -1),
    "fails": ("Verified", -2),
    "approved": ("Workflow", 1),
    "ready for review": ("Workflow", 0),
    "ready for reviews": ("Workflow", 0),
    "work in progress": ("Workflow", -1),
}
# "Removed Code-Review+2 by Casey <casey@example.com>", alone or as a line under "Removed reviewer Casey with ...".
DELETED = r"(?m)^(?:Removed |\* )(?P<label>[A-Za-z][\w-]*?)\+?(?P<value>-?[0-9]) by (?P<voter>[^\n]+)$"
ACCOUNT_ID = r"<GERRIT_ACCOUNT_(?P<account>[0-9]{1,12})>"
NAME = r"^(?P<name>[^<]*[^<\s])"
SECTION = r"(?m)^(?P<section>Copied|Outdated) Votes:$|^\* (?P<label>[A-Za-z][\w-]*?)\+?(?P<value>-?[0-9])\b"


def parse_votes(messages: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Every vote that a message reports, in the order of sending; value 0: it was removed, or deleted by somebody else.

    Parameters
    ----------
    messages : DataFrame, schema.CHANGE_MESSAGES
    accounts : DataFrame, schema.ACCOUNTS
        For deleted votes, whose voter is given by name; a name that two accounts have is not resolved.

    Returns
    -------
    DataFrame
        change_number, patch_set_number, label, account, value, cast_at, is_ci, is_in_words: by a Gerrit before 2.7.
    """
    with_text = messages[messages["text"].notna()]
    rows = pd.concat(
        [_votes_in_heads(with_text[with_text["account"].notna()]), _deleted_votes(with_text, accounts)],
        ignore_index=True,
    )
    order = ["change_number", "cast_at", "position", "message_id", "label"]
    return _name_labels(rows.sort_values(order, kind="stable", ignore_index=True))[COLUMNS]


def _name_labels(votes: pd.DataFrame) -> pd.DataFrame:
    """The votes with their labels; "No score" alone removes the approval if there is one, else the review vote."""
    unnamed = votes["label"].eq(NO_SCORE)
    if not unnamed.any():
        return votes
    mine = [votes[name] for name in ("change_number", "patch_set_number", "account")]
    approval = votes["value"].where(votes["label"].eq("Workflow")).groupby(mine, dropna=False).ffill()
    label = votes["label"].mask(unnamed, "Code-Review").mask(unnamed & approval.gt(0).fillna(False), "Workflow")
    return votes.assign(label=label)


def copied_at_upload(messages: pd.DataFrame) -> pd.DataFrame:
    """The votes that an upload's message lists as copied or outdated.

    Newer servers say it: change_number, patch_set_number (the new one), label, value, is_copied.
    """
    # "Copied Votes:" or "Outdated Votes:"; a search for their common end takes a sixth of the time.
    hit = pc.match_substring_regex(records.arrow(messages["text"]), "ed Votes:")
    uploads: pd.DataFrame = messages[hit.fill_null(False).to_numpy(zero_copy_only=False)]
    parts = uploads["text"].str.extractall(SECTION)
    section = parts["section"].groupby(level=0).ffill()
    votes = parts.assign(section=section)[parts["label"].notna() & section.notna()]
    rows = uploads.loc[votes.index.get_level_values(0), ["change_number", "patch_set_number"]].reset_index(drop=True)
    rows = rows.assign(
        label=votes["label"].array,
        value=votes["value"].astype("Int64").array,
        is_copied=votes["section"].eq("Copied").array,
    )
    return rows.dropna(subset="patch_set_number").drop_duplicates(keep="last", ignore_index=True)


def _votes_in_heads(sent: pd.DataFrame) -> pd.DataFrame:
    head = pc.extract_regex(records.arrow(sent["text"]), HEAD)
    hit = pc.fill_null(pc.match_substring_regex(pc.struct_field(head, 1), r"\S"), False)
    sent, head = sent[hit.to_numpy(zero_copy_only=False)], head.filter(hit)
    numbers, words = _numbers(pc.struct_field(head, 1)), _words(pc.struct_field(head, 1))
    votes = pd.concat([numbers.assign(is_in_words=False), words.assign(is_in_words=True)])
    rows = sent.iloc[votes["row"].to_numpy()].reset_index(drop=True)
    patch_set = pc.struct_field(head, 0).cast(pa.int64()).take(pa.array(votes["row"].to_numpy()))
    return (
        rows[["change_number", "account", "sent_at", "position", "message_id", "is_ci"]]
        .rename(columns={"sent_at": "cast_at"})
        .assign(
            patch_set_number=from_arrow("int", patch_set),
            label=votes["label"].array,
            value=votes["value"].array,
            is_in_words=votes["is_in_words"].array,
        )
    )


def _numbers(rest: pa.StringArray) -> pd.DataFrame:
    only = pc.match_substring_regex(rest, VOTES_ONLY)
    tokens = pc.split_pattern_regex(pc.utf8_trim_whitespace(pc.if_else(only, rest, "")), r"\s+")
    parsed = pc.extract_regex(pc.list_flatten(tokens), TOKEN)
    votes = pd.DataFrame(
        {
            "row": pc.list_parent_indices(tokens).to_numpy(),
            "label": from_arrow("str", pc.struct_field(parsed, 1)),
            "value": from_arrow("str", pc.struct_field(parsed, 2)),
        }
    )
    votes = votes[votes["label"].notna()]
    return votes.assign(value=votes["value"].replace("", "0").astype("Int64"))


def _words(rest: pa.StringArray) -> pd.DataFrame:
    parts = pc.split_pattern(pc.utf8_lower(pc.utf8_trim_whitespace(rest)), ";")
    wording = from_arrow("str", pc.utf8_trim_whitespace(pc.list_flatten(parts)))
    votes = pd.DataFrame({"row": pc.list_parent_indices(parts).to_numpy(), "said": wording})
    votes = votes[votes["said"].isin(list(WORDS))]
    label = {words: label for words, (label, _) in WORDS.items()}
    votes["label"] = votes["said"].map(label).astype(PANDAS["str"])
    # "No score; No score" removes both; beside the words of one label it means the other.
    unnamed = votes["label"].eq(NO_SCORE)
    place = unnamed.groupby(votes["row"]).cumsum()
    with_review = votes["label"].eq("Code-Review").groupby(votes["row"]).transform("any")
    with_approval = votes["label"].eq("Workflow").groupby(votes["row"]).transform("any")
    twice = unnamed.groupby(votes["row"]).transform("sum").gt(1)
    votes["label"] = votes["label"].mask(unnamed & (with_review | (twice & place.eq(2))), "Workflow")
    votes["label"] = votes["label"].mask(
        unnamed & ~with_review & (with_approval | (twice & place.eq(1))), "Code-Review"
    )
    value = {words: value for words, (_, value) in WORDS.items()}
    return pd.DataFrame(
        {
            "row": votes["row"],
            "label": votes["label"],
            "value": votes["said"].map(value).astype("Int64"),
        }
    )


def _deleted_votes(messages: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    removals = messages[messages["text"].str.startswith("Removed ") & messages["patch_set_number"].notna()]
    parts = removals["text"].str.extractall(DELETED)
    by_id = parts["voter"].str.extract(ACCOUNT_ID)["account"].astype("Int64")
    bearers = accounts.dropna(subset="name").drop_duplicates("name", keep=False).set_index("name")["account"]
    by_name = parts["voter"].str.extract(NAME)["name"].map(bearers).astype("Int64")
    rows = removals.loc[parts.index.get_level_values(0)].reset_index(drop=True)
    rows = rows[["change_number", "patch_set_number", "message_id", "position", "sent_at"]]
    rows = rows.rename(columns={"sent_at": "cast_at"})
    rows = rows.assign(label=parts["label"].array, account=by_id.fillna(by_name).array, value=0, is_ci=False)
    rows = rows.assign(is_in_words=False)
    return rows.dropna(subset="account").astype({"value": "Int64", "is_ci": "boolean"})
