"""Votes by patch set: the standing ones from Gerrit's labels, the history from its messages.

Gerrit's labels show only the current votes on the current patch set. If labels were served they decide; the other votes
come from messages, which also replace labels that were not served or are of another day.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.tables import schema
from analysis.tables.changes import copying

KEY = list(schema.VOTES.key)
VOTER = ["change_number", "label", "account"]


def standing(
    events: pd.DataFrame,
    current: pd.DataFrame,
    patch_sets: pd.DataFrame,
    copied: pd.DataFrame,
    rules: copying.CopyRules,
) -> pd.DataFrame:
    """The current votes on the current patch set, from the messages only.

    Parameters
    ----------
    events : DataFrame, see votes_in_messages.parse_votes
    current : DataFrame
        change_number, current: the patch set that is current.
    patch_sets, copied, rules : see copying.carried

    Returns
    -------
    DataFrame
        change_number, patch_set_number (the current one), label, account, value (not 0), cast_at, is_ci, is_copied.
    """
    if current.empty:  # as with every server that serves labels
        return events.iloc[:0].assign(is_copied=pd.Series(dtype="boolean"))
    last = events[events["change_number"].isin(current["change_number"])].drop_duplicates(KEY, keep="last")
    last = last.merge(current, on="change_number", validate="many_to_one")
    last = last[last["patch_set_number"] <= last["current"]]
    # A voter's latest patch set decides: a vote there replaces one that would be copied from an older patch set.
    last = last.sort_values([*VOTER, "patch_set_number"], kind="stable").drop_duplicates(VOTER, keep="last")
    here = last["patch_set_number"] == last["current"]
    older = last[~here & (last["value"] != 0)].reset_index(drop=True)
    carried = copying.carried(older, patch_sets, copied, rules)
    rows = pd.concat([last[here & (last["value"] != 0)].assign(is_copied=False), carried.assign(is_copied=True)])
    rows = rows.assign(patch_set_number=rows["current"]).drop(columns=["current", "is_in_words"])
    return rows.astype({"is_copied": "boolean"}).reset_index(drop=True)


def build(labels: pd.DataFrame, replayed: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The table votes: the current votes, and all votes on every patch set.

    Parameters
    ----------
    labels : DataFrame
        The current votes from the labels: KEY, value, cast_at, is_ci, is_copied.
    replayed : DataFrame, see standing
        The current votes from the messages, for changes whose labels were not served.
    events : DataFrame, see votes_in_messages.parse_votes
        An earlier vote that is not in the tables above was removed, deleted or lost with its patch set.
    """
    labels, replayed, events = _number_votes(labels, replayed, events)
    labels = _correct_dates(labels, events)
    stand = pd.concat([labels.assign(origin="labels"), replayed.assign(origin="messages")], ignore_index=True)
    history = events.drop_duplicates("vote", keep="last")
    both = stand.merge(history, on="vote", how="outer", suffixes=("", "_told"), validate="one_to_one")
    stands = both["value"].notna()
    from_labels = both["origin"].eq("labels").fillna(False)
    agree = from_labels & ((both["value_told"] == both["value"]).fillna(False) | both["is_told"].fillna(False))
    columns = {
        **{name: both[name].fillna(both[f"{name}_told"]) for name in (*KEY, "value", "cast_at")},
        "is_ci": both["is_ci"].fillna(False) | both["is_ci_told"].fillna(False),
        "is_standing": stands,
        "is_copied": both["is_copied"].fillna(False),
        "source": pd.Series("messages", index=both.index).mask(from_labels, "labels").mask(agree, "both"),
    }
    return schema.VOTES.ordered(schema.VOTES.frame(columns))


def _number_votes(*frames: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frames with `vote`, a number for their KEY: matching four columns each time took twice as long."""
    lengths = [len(frame) for frame in frames]
    every = pd.concat([frame[KEY] for frame in frames], ignore_index=True)
    numbers = every.groupby(KEY, sort=False, dropna=False).ngroup().to_numpy()
    for frame, part in zip(frames, np.split(numbers, np.cumsum(lengths)[:-1]), strict=True):
        yield frame.assign(vote=part)


def _correct_dates(labels: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The labels' votes with is_told: a message on an earlier patch set reports the same vote.

    Some servers gave copied votes a new date. A vote without a message on the current patch set, but with one of the
    same value on an earlier patch set, was copied, whatever its date; its real date is that of the message.
    """
    is_local = labels["vote"].isin(events["vote"])
    absent = labels.loc[~is_local, [*KEY, "value", "vote"]]
    near = events[events["change_number"].isin(absent["change_number"])]
    pairs = absent.merge(near, on=[*VOTER, "value"], suffixes=("", "_told"), validate="many_to_many")
    pairs = pairs[pairs["patch_set_number_told"] < pairs["patch_set_number"]].drop_duplicates("vote", keep="last")
    dated_at = schema.looked_up(labels["vote"], pairs.set_index("vote")["cast_at"])
    is_told = labels["vote"].isin(pairs["vote"]).astype("boolean")
    # a vote with a message on this patch set was not copied to it, whatever the dates
    dated = labels["is_copied"] & ~is_local & (labels["patch_set_number"] > 1)
    cast_at = dated_at.where(is_told, labels["cast_at"])
    return labels.assign(is_told=is_told, is_copied=dated | is_told, cast_at=cast_at)
