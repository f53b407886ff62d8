"""Recognises machines among accounts by what they write on changes.

A machine that reports builds writes only such reports; a bot begins every message in the same way. An account that owns
a change, votes, or comments on lines of files is neither. The messages are described batch by batch, and each account
is judged on all of them: see `describe`, `combine` and `judge`.
"""

from collections.abc import Iterable

import pandas as pd
import pyarrow.compute as pc

from analysis.tables import records
from analysis.tables.accounts import UNRULED, is_by_machine

REPORTS_ALONE = "general: writes reports of builds and nothing else"
BEGINS_ALIKE = "general: begins every message alike"
JUDGED = (UNRULED, REPORTS_ALONE, BEGINS_ALIKE)
# A message whose first line, which Gerrit writes, has no vote and no count of comments. A machine that reports builds
# writes only such messages, except when it abandons inactive changes.
PLAIN = r"^(?:Patch Set [0-9]+:(?: Abandoned)?\s*\n|[^P])"
COMMENTS = r"^Patch Set [0-9]+:[^\n]*\s*\([0-9]+ (?:inline )?comments?\)"  # of newer servers in a line of its own
BODY = r"^(?:Patch Set [0-9]+:)?\s*(?:Abandoned\s*\n)?\s*"
REPORT = r"^(?i:build (?:succe|fail|start)|starting [a-z]+ (?:jobs|tests))|: (?:SUCCESS|FAILURE|ABORTED|UNSTABLE)\b"
FEWEST = 3  # messages that show a machine; a person may write the same thing twice
ALIKE = 10  # length of the common beginning of a bot's messages
LENGTH = 40  # characters that such a message has at least: people write "recheck no bug" again and again, too


def describe(accounts: pd.DataFrame, messages: pd.DataFrame, owners: pd.Series) -> pd.DataFrame:
    """A description of the messages of each account whose kind no other rule decides.

    Parameters
    ----------
    accounts : DataFrame, schema.ACCOUNTS
    messages : DataFrame, schema.CHANGE_MESSAGES
    owners : Series of account ids, the owners of changes

    Returns
    -------
    DataFrame
        account; n_messages; whether all of them are_plain, are_reports, are_long and are_alike, with the `beginning` of
        the first; owns_changes. The messages of an owner of changes are not read.
    """
    asked = accounts.loc[accounts["rule"].isin(JUDGED), "account"]
    owning = asked[asked.isin(owners)]
    sent = messages[messages["account"].isin(asked) & ~messages["account"].isin(owning) & messages["text"].notna()]
    text = records.arrow(sent["text"])
    body = pc.replace_substring_regex(text, BODY, "", max_replacements=1)
    is_plain = pc.and_not(pc.match_substring_regex(text, PLAIN), pc.match_substring_regex(text, COMMENTS))
    of_messages = pd.DataFrame(
        {
            "account": sent["account"].array,
            "n_messages": 1,
            "are_plain": is_plain.to_numpy(zero_copy_only=False),
            "are_reports": pc.match_substring_regex(body, REPORT).to_numpy(zero_copy_only=False),
            "are_long": pc.greater_equal(pc.utf8_length(body), LENGTH).to_numpy(zero_copy_only=False),
            "are_alike": True,
            "beginning": pc.utf8_lower(pc.utf8_slice_codeunits(body, 0, ALIKE)).to_numpy(zero_copy_only=False),
            "owns_changes": False,
        }
    )
    of_owners = of_messages.iloc[:0].reindex(range(len(owning)))
    of_owners = of_owners.assign(account=owning.array, n_messages=0, owns_changes=True).fillna(
        dict.fromkeys(("are_plain", "are_reports", "are_long", "are_alike"), False)
    )
    return combine([of_messages, of_owners])


def combine(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One description of each account, combined from those of several batches of messages; see `describe`."""
    rows = pd.concat([part for part in parts if len(part)] or [_nothing()], ignore_index=True)
    by_account = rows.groupby("account", as_index=False).agg(
        n_messages=("n_messages", "sum"),
        are_plain=("are_plain", "all"),
        are_reports=("are_reports", "all"),
        are_long=("are_long", "all"),
        are_alike=("are_alike", "all"),
        n_beginnings=("beginning", "nunique"),
        beginning=("beginning", "first"),
        owns_changes=("owns_changes", "any"),
    )
    is_alike = by_account["are_alike"].astype(bool) & by_account["n_beginnings"].le(1)
    return by_account.assign(are_alike=is_alike)[list(_nothing().columns)]


def judge(accounts: pd.DataFrame, writing: pd.DataFrame) -> pd.DataFrame:
    """The accounts; those whose kind no other rule decides are ci, bot or person by what they write.

    Parameters
    ----------
    accounts : DataFrame, schema.ACCOUNTS
    writing : DataFrame, see `describe`
    """
    machines = writing[writing["n_messages"].ge(FEWEST) & writing["are_plain"] & ~writing["owns_changes"]]
    reports = machines.loc[machines["are_reports"], "account"]
    alike = machines.loc[~machines["are_reports"] & machines["are_alike"] & machines["are_long"], "account"]
    is_judged = accounts["rule"].isin(JUDGED)
    is_ci, is_bot = (is_judged & accounts["account"].isin(some) for some in (reports, alike))
    return accounts.assign(
        kind=accounts["kind"].mask(is_judged, "person").mask(is_ci, "ci").mask(is_bot, "bot"),
        rule=accounts["rule"].mask(is_judged, UNRULED).mask(is_ci, REPORTS_ALONE).mask(is_bot, BEGINS_ALIKE),
    )


def with_machines(rows: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Messages or votes, with is_ci from the newly judged accounts.

    A message's tag may show a machine whatever its account. A vote has no tag, so only votes of accounts that are
    judged by what they write are marked again.

    Parameters
    ----------
    rows : DataFrame, schema.CHANGE_MESSAGES or schema.VOTES
    accounts : DataFrame, schema.ACCOUNTS
    """
    machines = accounts.loc[accounts["kind"].eq("ci"), "account"]
    if "tag" in rows:
        return rows.assign(is_ci=is_by_machine(rows, machines))
    people = accounts.loc[accounts["rule"].isin(JUDGED) & accounts["kind"].ne("ci"), "account"]
    turned = rows["account"].isin(people)
    return rows.assign(is_ci=(rows["is_ci"] & ~turned) | rows["account"].isin(machines))


def _nothing() -> pd.DataFrame:
    marks = ("are_plain", "are_reports", "are_long", "are_alike")
    return pd.DataFrame(
        {
            "account": pd.Series(dtype="Int64"),
            "n_messages": pd.Series(dtype="int64"),
            **{name: pd.Series(dtype="bool") for name in marks},
            "beginning": pd.Series(dtype="object"),
            "owns_changes": pd.Series(dtype="bool"),
        }
    )
