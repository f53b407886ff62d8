"""What messages tell of votes: cast, taken back, deleted, and carried over or lost at an upload.

Gerrit writes each vote into the first line of a message: "Patch Set 3: Code-Review+2 Workflow+1", "Patch Set 4:
-Code-Review", and before Gerrit 2.7 in words: "Patch Set 2: Looks good to me, approved; Verified". That line is
Gerrit's own; what people write comes below it and is never read here.
"""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis import records
from analysis.schema.table import PANDAS

COLUMNS = ["change_number", "patch_set_number", "label", "account", "value", "cast_at", "is_ci"]

HEAD = r"^Patch Set (?P<patch_set_number>[0-9]{1,9}):(?P<rest>[^\n]*)"
# "Patch Set 2: Published edit on patch set 1." is not a list of votes, so the whole line must be one.
VOTES_ONLY = r"^(\s+([A-Za-z][\w-]*[+-][0-9]|-[A-Za-z][\w-]*))+\s*$"
TOKEN = r"^(?P<minus>-?)(?P<label>[A-Za-z][\w-]*?)(?:\+?(?P<value>-?[0-9]))?$"
# The words of Gerrit before 2.7, as shipped and as OpenStack configured them.
WORDS = {
    "looks good to me, approved": ("Code-Review", 2),
    "looks good to me (core reviewer)": ("Code-Review", 2),
    "looks good to me, but someone else must approve": ("Code-Review", 1),
    "no score": ("Code-Review", 0),
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
    "ready for reviews": ("Workflow", 0),
    "work in progress": ("Workflow", -1),
}
# "Removed Code-Review+2 by Casey <casey@example.com>", alone or as a line under "Removed reviewer Casey with ...".
DELETED = r"(?m)^(?:Removed |\* )(?P<label>[A-Za-z][\w-]*?)\+?(?P<value>-?[0-9]) by (?P<voter>[^\n]+)$"
ACCOUNT_ID = r"<GERRIT_ACCOUNT_(?P<account>[0-9]{1,12})>"
NAME = r"^(?P<name>[^<]*[^<\s])"
SECTION = r"(?m)^(?P<section>Copied|Outdated) Votes:$|^\* (?P<label>[A-Za-z][\w-]*?)\+?(?P<value>-?[0-9])\b"


def cast(messages: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Every vote that a message reports, in the order sent; value 0: it was taken back, or deleted by somebody else.

    Parameters
    ----------
    messages : DataFrame, schema.CHANGE_MESSAGES
    accounts : DataFrame, schema.ACCOUNTS
        For deleted votes, whose voter is told by name; a name that two accounts bear is not understood.

    Returns
    -------
    DataFrame
        change_number, patch_set_number, label, account, value, cast_at, is_ci.
    """
    known = messages[messages["text"].notna()]
    rows = pd.concat([_given(known[known["account"].notna()]), _deleted(known, accounts)], ignore_index=True)
    order = ["change_number", "cast_at", "position", "message_id", "label"]
    return rows.sort_values(order, kind="stable", ignore_index=True)[COLUMNS]


def told_at_upload(messages: pd.DataFrame) -> pd.DataFrame:
    """Which votes an upload's message says were copied or outdated.

    Newer servers say it: change_number, patch_set_number (the new one), label, value, is_copied.
    """
    # Copied Votes: or Outdated Votes:; to search for what both end with takes a sixth of the time.
    hit = pc.match_substring_regex(records.arrow(messages["text"]), "ed Votes:")
    says: pd.DataFrame = messages[hit.fill_null(False).to_numpy(zero_copy_only=False)]
    found = says["text"].str.extractall(SECTION)
    section = found["section"].groupby(level=0).ffill()
    votes = found.assign(section=section)[found["label"].notna() & section.notna()]
    rows = says.loc[votes.index.get_level_values(0), ["change_number", "patch_set_number"]].reset_index(drop=True)
    rows = rows.assign(
        label=votes["label"].array,
        value=votes["value"].astype("Int64").array,
        is_copied=votes["section"].eq("Copied").array,
    )
    return rows.dropna(subset="patch_set_number").drop_duplicates(keep="last", ignore_index=True)


def _given(sent: pd.DataFrame) -> pd.DataFrame:
    head = pc.extract_regex(records.arrow(sent["text"]), HEAD)
    hit = pc.fill_null(pc.match_substring_regex(pc.struct_field(head, 1), r"\S"), False)
    sent, head = sent[hit.to_numpy(zero_copy_only=False)], head.filter(hit)
    given = pd.concat([_numbers(pc.struct_field(head, 1)), _words(pc.struct_field(head, 1))])
    rows = sent.iloc[given["row"].to_numpy()].reset_index(drop=True)
    patch_set = pc.struct_field(head, 0).cast(pa.int64()).take(pa.array(given["row"].to_numpy()))
    return (
        rows[["change_number", "account", "sent_at", "position", "message_id", "is_ci"]]
        .rename(columns={"sent_at": "cast_at"})
        .assign(
            patch_set_number=PANDAS["int"].__from_arrow__(patch_set),
            label=given["label"].array,
            value=given["value"].array,
        )
    )


def _numbers(rest: Any) -> pd.DataFrame:
    only = pc.match_substring_regex(rest, VOTES_ONLY)
    tokens = pc.split_pattern_regex(pc.utf8_trim_whitespace(pc.if_else(only, rest, "")), r"\s+")
    parsed = pc.extract_regex(pc.list_flatten(tokens), TOKEN)
    found = pd.DataFrame(
        {
            "row": pc.list_parent_indices(tokens).to_numpy(),
            "label": PANDAS["str"].__from_arrow__(pc.struct_field(parsed, 1)),
            "value": PANDAS["str"].__from_arrow__(pc.struct_field(parsed, 2)),
        }
    )
    found = found[found["label"].notna()]
    return found.assign(value=found["value"].replace("", "0").astype("Int64"))


def _words(rest: Any) -> pd.DataFrame:
    parts = pc.split_pattern(pc.utf8_lower(pc.utf8_trim_whitespace(rest)), ";")
    said = PANDAS["str"].__from_arrow__(pc.utf8_trim_whitespace(pc.list_flatten(parts)))
    found = pd.DataFrame({"row": pc.list_parent_indices(parts).to_numpy(), "said": said})
    found = found[found["said"].isin(list(WORDS))]
    label = {words: label for words, (label, _) in WORDS.items()}
    value = {words: value for words, (_, value) in WORDS.items()}
    return pd.DataFrame(
        {
            "row": found["row"],
            "label": found["said"].map(label).astype(PANDAS["str"]),
            "value": found["said"].map(value).astype("Int64"),
        }
    )


def _deleted(messages: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    says = messages[messages["text"].str.startswith("Removed ") & messages["patch_set_number"].notna()]
    found = says["text"].str.extractall(DELETED)
    by_id = found["voter"].str.extract(ACCOUNT_ID)["account"].astype("Int64")
    bearers = accounts.dropna(subset="name").drop_duplicates("name", keep=False).set_index("name")["account"]
    by_name = found["voter"].str.extract(NAME)["name"].map(bearers).astype("Int64")
    rows = says.loc[found.index.get_level_values(0)].reset_index(drop=True)
    rows = rows[["change_number", "patch_set_number", "message_id", "position", "sent_at"]]
    rows = rows.rename(columns={"sent_at": "cast_at"})
    rows = rows.assign(label=found["label"].array, account=by_id.fillna(by_name).array, value=0, is_ci=False)
    return rows.dropna(subset="account").astype({"value": "Int64", "is_ci": "boolean"})
