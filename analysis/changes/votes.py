"""Votes by patch set: the standing ones from Gerrit's labels, the history from its messages.

Gerrit's labels show only the votes that stand now, on the current patch set. What was voted before is in the first
line of each message: "Patch Set 3: Code-Review+2 Workflow+1", "Patch Set 4: -Code-Review", and before Gerrit 2.7 in
words: "Patch Set 2: Looks good to me, approved; Verified".
"""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis import schema
from analysis.schema.table import PANDAS

KEY = list(schema.VOTES.key)
VOTER = ["change_number", "label", "account"]

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


def cast(messages: pd.DataFrame) -> pd.DataFrame:
    """Every vote that a message reports, in the order sent: one row per message and label.

    Parameters
    ----------
    messages : DataFrame, schema.CHANGE_MESSAGES

    Returns
    -------
    DataFrame
        change_number, patch_set_number, label, account, value (0: the vote was taken back), cast_at, is_ci.
    """
    sent = messages[messages["account"].notna() & messages["text"].notna()]
    head = pc.extract_regex(_arrow(sent["text"]), HEAD)
    hit = pc.fill_null(pc.match_substring_regex(pc.struct_field(head, 1), r"\S"), False)
    sent, head = sent[hit.to_numpy(zero_copy_only=False)], head.filter(hit)
    given = pd.concat([_numbers(pc.struct_field(head, 1)), _words(pc.struct_field(head, 1))])
    rows = sent.iloc[given["row"].to_numpy()].reset_index(drop=True)
    patch_set = pc.struct_field(head, 0).cast(pa.int64()).take(pa.array(given["row"].to_numpy()))
    rows = rows[["change_number", "account", "sent_at", "message_id", "is_ci"]].assign(
        patch_set_number=PANDAS["int"].__from_arrow__(patch_set),
        label=given["label"].array,
        value=given["value"].array,
    )
    rows = rows.rename(columns={"sent_at": "cast_at"})
    rows = rows.sort_values(["change_number", "cast_at", "message_id", "label"], kind="stable", ignore_index=True)
    return pd.DataFrame(rows[[*KEY, "value", "cast_at", "is_ci"]])


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


def build(labels: pd.DataFrame, messages: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """The table votes.

    What the labels say stands; a message's vote that they do not hold was taken back or lost with its patch set.
    Where no labels were served, the votes of the current patch set stand as the messages left them.

    Parameters
    ----------
    labels : DataFrame
        change_number, label, account, value, cast_at, is_ci: the votes standing now, none of them 0.
    messages : DataFrame, schema.CHANGE_MESSAGES
    changes : DataFrame, schema.CHANGES
    """
    now = changes[["change_number", "patch_set_number", "current_patch_set_at", "has_labels"]]
    events = cast(messages)
    standing = labels.merge(now.drop(columns="has_labels"), on="change_number", validate="many_to_one")
    standing = standing[standing["patch_set_number"].notna()]
    standing = standing.assign(is_copied=(standing["cast_at"] < standing["current_patch_set_at"]).astype("boolean"))
    history = events.drop_duplicates(KEY, keep="last")
    both = standing.merge(history, on=KEY, how="outer", suffixes=("", "_told"), validate="one_to_one")
    return schema.VOTES.ordered(schema.VOTES.frame(_judged(both, _carried(standing, events), now)))


def _judged(both: pd.DataFrame, carried: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    both = both.merge(carried, on=KEY, how="left", validate="one_to_one")
    current = now.rename(columns={"patch_set_number": "current"})[["change_number", "current", "has_labels"]]
    both = both.merge(current, on="change_number", how="left", validate="many_to_one")
    served = both["value"].notna()
    value = both["value"].fillna(both["value_told"])
    agreed = served & ((both["value_told"] == both["value"]).fillna(False) | both["is_carried"].fillna(False))
    left = ~both["has_labels"] & (both["patch_set_number"] == both["current"]) & (value != 0)
    return pd.DataFrame(
        {
            **{name: both[name] for name in KEY},
            "value": value,
            "cast_at": both["cast_at"].fillna(both["cast_at_told"]),
            "is_ci": both["is_ci"].fillna(False) | both["is_ci_told"].fillna(False),
            "is_standing": served | left.fillna(False),
            "is_copied": both["is_copied"].fillna(False),
            "source": pd.Series("messages", index=both.index).mask(served, "labels").mask(agreed, "both"),
        }
    )


def _carried(standing: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The keys of copied votes whose cast an earlier patch set's message tells too."""
    earlier = events.drop_duplicates([*VOTER, "patch_set_number"], keep="last")
    pairs = standing[standing["is_copied"]].merge(earlier, on=VOTER, suffixes=("", "_told"), validate="many_to_many")
    older = pairs["patch_set_number_told"] < pairs["patch_set_number"]
    pairs = pairs[older & (pairs["value_told"] == pairs["value"])]
    return pairs[KEY].drop_duplicates().assign(is_carried=True).astype({"is_carried": "boolean"})


def _arrow(column: pd.Series) -> Any:
    return pa.chunked_array(pa.array(column)).combine_chunks()
