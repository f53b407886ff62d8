"""The people around open work: owners, reviewers and assignees, and what they have to do."""

import hashlib

import pandas as pd

from analysis.report.measures.addresses import person_page
from analysis.tables import schema

COUNTS = ("n_to_do", "n_for_others", "n_turn_unknown", "n_voted", "n_assigned")


def launchpad_key(name: str) -> str:
    """The key of a Launchpad person in file names, without any part of the name, which is a hostile text.

    >>> launchpad_key("casey-example")
    'lp-3ff405c9aa'
    """
    return "lp-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:10]


def people(
    open_changes: pd.DataFrame,
    open_bugs: pd.DataFrame,
    *,
    votes: pd.DataFrame,
    accounts: pd.DataFrame,
    review_label: str,
    are_votes_known: bool = True,
    has_changes: bool = True,
    has_bugs: bool = True,
) -> pd.DataFrame:
    """Everybody who owns an open change, has a standing vote on one, or is assigned an open bug, by name.

    Accounts stay as served: one of Gerrit and one of Launchpad are one person only if they have the same username.
    Nobody is ranked: the order is that of the alphabet.

    Parameters
    ----------
    open_changes : DataFrame of change_number, owner and waiting_on, public ones alone
    open_bugs : DataFrame of bug_id and assignee, public ones alone
    votes, accounts : DataFrame, schema tables of these names
    are_votes_known : whether the votes on every open change were served
    has_changes, has_bugs : whether any change, and any bug, was served

    Returns
    -------
    DataFrame
        person (the name), key (of files), account (NA of one of Launchpad alone), launchpad_name (NA of one of Gerrit
        alone), person_page, and how many: n_to_do (own changes that wait for them), n_for_others (that wait for
        others), n_turn_unknown, n_voted (changes of others with their vote), n_assigned (open bugs). NA where it may be
        more than the 0 that are known: bugs of an account whose username was not served, and changes of somebody known
        to Launchpad alone while there is such an account.
    """
    owned = open_changes.dropna(subset="owner")
    turns = pd.Series("n_for_others", owned.index).mask(owned["waiting_on"].eq("owner").fillna(False), "n_to_do")
    turns = turns.mask(owned["waiting_on"].isna(), "n_turn_unknown")
    persons = accounts.loc[accounts["kind"].eq("person"), "account"]
    cast = votes[votes["label"].eq(review_label) & votes["is_standing"].fillna(False) & votes["value"].ne(0)]
    cast = cast[cast["change_number"].isin(open_changes["change_number"]) & cast["account"].isin(persons)]
    owner = schema.looked_up(cast["change_number"], open_changes.set_index("change_number")["owner"])
    cast = cast[cast["account"].ne(owner).fillna(True)].drop_duplicates(["account", "change_number"])
    by_username = accounts.dropna(subset="username").drop_duplicates("username").set_index("username")["account"]
    assigned = open_bugs.dropna(subset="assignee")
    account = schema.looked_up(assigned["assignee"], by_username).astype("Int64")
    key = account.astype("string").where(account.notna(), assigned["assignee"].map(launchpad_key).astype("string"))
    rows = pd.concat(
        [
            pd.DataFrame({"key": owned["owner"].astype("string"), "what": turns}),
            pd.DataFrame({"key": cast["account"].astype("string"), "what": "n_voted"}),
            pd.DataFrame({"key": key, "what": "n_assigned"}),
        ],
        ignore_index=True,
    )
    counts = pd.crosstab(rows["key"], rows["what"]) if len(rows) else pd.DataFrame(index=pd.Index([], name="key"))
    counts = counts.reindex(columns=list(COUNTS), fill_value=0).astype("Int64").reset_index()
    named = accounts.set_index("account")
    number = pd.to_numeric(counts["key"], errors="coerce").astype("Int64")
    is_unnamed = number.notna() & schema.looked_up(number, named["username"]).isna()
    # An account without a username may be any of those who are known to Launchpad alone.
    may_own = number.isna() & bool(is_unnamed.any())
    is_unknown = counts["n_turn_unknown"].gt(0) | may_own
    for column, may_be_more in (
        ("n_to_do", is_unknown | (not has_changes)),
        ("n_for_others", is_unknown | (not has_changes)),
        ("n_turn_unknown", may_own | (not has_changes)),
        ("n_voted", may_own | (not (are_votes_known and has_changes))),
        ("n_assigned", is_unnamed | (not has_bugs)),
    ):
        counts[column] = counts[column].mask(counts[column].eq(0) & may_be_more)
    of_launchpad = pd.Series(assigned["assignee"].array, index=pd.Index(key), dtype=schema.TEXT)
    of_launchpad = of_launchpad[~of_launchpad.index.duplicated()]
    name = schema.looked_up(number, named["name"].fillna(named["username"])).astype(schema.TEXT)
    launchpad_name = schema.looked_up(counts["key"], of_launchpad).astype(schema.TEXT)
    counts = counts.assign(
        account=number,
        launchpad_name=launchpad_name,
        person=name.fillna(launchpad_name).fillna("account " + counts["key"].astype(schema.TEXT)),
        person_page=counts["key"].map(person_page).astype(schema.TEXT),
    )
    order = counts["person"].str.casefold()
    counts = counts.assign(order=order).sort_values(["order", "key"], ignore_index=True)
    return counts[["person", "key", "account", "launchpad_name", *COUNTS, "person_page"]]
