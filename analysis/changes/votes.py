"""Votes by patch set: the standing ones from Gerrit's labels, the history from its messages.

Gerrit's labels show only the votes that stand now, on the current patch set. They are the truth where they are
served; the messages tell the rest, and stand in for the labels where those are not served, or not of that day.
"""

import pandas as pd

from analysis import schema
from analysis.changes import copying

KEY = list(schema.VOTES.key)
VOTER = ["change_number", "label", "account"]


def standing(
    events: pd.DataFrame, current: pd.DataFrame, patch_sets: pd.DataFrame, told: pd.DataFrame, rules: copying.CopyRules
) -> pd.DataFrame:
    """The votes that stand on the current patch set, by the messages alone.

    Parameters
    ----------
    events : DataFrame, see casting.cast
    current : DataFrame
        change_number, current: the patch set that is current.
    patch_sets, told, rules : see copying.carried

    Returns
    -------
    DataFrame
        change_number, patch_set_number (the current one), label, account, value (not 0), cast_at, is_ci, is_copied.
    """
    last = events[events["change_number"].isin(current["change_number"])].drop_duplicates(KEY, keep="last")
    last = last.merge(current, on="change_number", validate="many_to_one")
    last = last[last["patch_set_number"] <= last["current"]]
    # A voter's latest patch set decides: a vote there replaces what an older one would have carried over.
    last = last.sort_values([*VOTER, "patch_set_number"], kind="stable").drop_duplicates(VOTER, keep="last")
    here = last["patch_set_number"] == last["current"]
    older = last[~here & (last["value"] != 0)].reset_index(drop=True)
    kept = copying.carried(older, patch_sets, told, rules)
    rows = pd.concat([last[here & (last["value"] != 0)].assign(is_copied=False), kept.assign(is_copied=True)])
    rows = rows.assign(patch_set_number=rows["current"]).drop(columns="current")
    return rows.astype({"is_copied": "boolean"}).reset_index(drop=True)


def build(labels: pd.DataFrame, told: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The table votes: what stands, and what was cast on every patch set.

    Parameters
    ----------
    labels : DataFrame
        The votes standing now as the labels say: KEY, value, cast_at, is_ci, is_copied.
    told : DataFrame, see standing
        The votes standing now as the messages say, for changes whose labels were not served.
    events : DataFrame, see casting.cast
        A vote that stood once and that nothing above holds was taken back, deleted or lost with its patch set.
    """
    labels = _undated(labels, events)
    stand = pd.concat([labels.assign(origin="labels"), told.assign(origin="messages")], ignore_index=True)
    history = events.drop_duplicates(KEY, keep="last")
    both = stand.merge(history, on=KEY, how="outer", suffixes=("", "_told"), validate="one_to_one")
    stands = both["value"].notna()
    from_labels = both["origin"].eq("labels").fillna(False)
    agree = from_labels & ((both["value_told"] == both["value"]).fillna(False) | both["is_told"].fillna(False))
    columns = {
        **{name: both[name] for name in KEY},
        "value": both["value"].fillna(both["value_told"]),
        "cast_at": both["cast_at"].fillna(both["cast_at_told"]),
        "is_ci": both["is_ci"].fillna(False) | both["is_ci_told"].fillna(False),
        "is_standing": stands,
        "is_copied": both["is_copied"].fillna(False),
        "source": pd.Series("messages", index=both.index).mask(from_labels, "labels").mask(agree, "both"),
    }
    return schema.VOTES.ordered(schema.VOTES.frame(columns))


def _undated(labels: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The labels' votes with is_told: an earlier patch set's message tells of the same vote.

    Some servers re-dated the votes they copied. A vote that no message puts on the current patch set, but an earlier
    one does with the same value, was copied, whatever its date; its own date is the message's.
    """
    here = events[KEY].drop_duplicates().assign(is_here=True)
    labels = labels.merge(here, on=KEY, how="left", validate="one_to_one")
    absent = labels[labels["is_here"].isna()].drop(columns="is_here")
    pairs = absent[[*KEY, "value"]].merge(events, on=[*VOTER, "value"], suffixes=("", "_told"), validate="many_to_many")
    pairs = pairs[pairs["patch_set_number_told"] < pairs["patch_set_number"]]
    pairs = pairs.drop_duplicates(KEY, keep="last")[[*KEY, "cast_at"]]
    pairs = pairs.rename(columns={"cast_at": "told_at"}).assign(is_told=True)
    labels = labels.merge(pairs, on=KEY, how="left", validate="one_to_one").astype({"is_told": "boolean"})
    is_told = labels["is_told"].fillna(False)
    # A vote that a message puts on this very patch set was not copied to it, even by a clock that says so.
    dated = labels["is_copied"] & labels["is_here"].isna() & (labels["patch_set_number"] > 1)
    cast_at = labels["told_at"].where(is_told, labels["cast_at"])
    return labels.assign(is_copied=dated | is_told, cast_at=cast_at).drop(columns=["is_here", "told_at"])
