"""Requests to a change's owner: negative votes and remarks, each with the event that settled it.

The rules follow from who acted next in the logs of Nova (2011-12), lftools, Cinder and Swift, compared with a
reviewer's judgement (`benchmarks/turns.py` measures it):

- **A negative vote** is settled by new code, by its voter's next vote, by a later +2, or by a question of the owner:
  then the voter has to answer. An answer of the owner does not settle it. A -2 (even the owner's) survives new code;
  only its voter can remove it.
- **The owner's own negative vote** is settled by new code or the owner's next vote.
- **A remark** (comments on lines, or a message without a vote) is open until the owner answers or uploads, or until
  somebody votes for the change. With a +1, or after somebody removed a vote, only comments on lines and questions are
  requests; with a +2 nothing is, and a message with a -1 belongs to the vote.
- **A request for another run of the tests** is for the gate, and is not a remark.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.float64]  # rows of the events; NaN for none
VOTES = ("vote", "veto", "own_vote")
LIKED = 1  # +1: comments on lines and questions are still requests
AGREED = 2  # +2: nothing that comes with it is a request; and it outweighs an earlier -1


def requests(events: pd.DataFrame) -> pd.DataFrame:
    """Every request, in the order of the events, with the row at which it was settled.

    Parameters
    ----------
    events : DataFrame, see events.build

    Returns
    -------
    DataFrame
        change_number, account, at; kind: vote, veto, own_vote, remark or inline (comments on lines alone); start, end:
        rows of `events` between which it was open, `end` without; settled_at: NA while it is open, and where
        new code settled it or the voter took the vote back; is_open: it still is.
    """
    review = (events["what"].eq("review") & events["is_person"] & events["is_current"]).to_numpy(bool)
    by_other = ~events["is_owner"].to_numpy(bool)
    negative = review & events["value"].lt(0).fillna(False).to_numpy(bool)
    veto = negative & events["value"].le(-2).fillna(False).to_numpy(bool)
    agreed = review & by_other & events["value"].ge(AGREED).fillna(False).to_numpy(bool)
    liked = review & by_other & events["value"].gt(0).fillna(False).to_numpy(bool)
    owner_asks = (events["is_owner"] & events["has_question"]).to_numpy(bool)
    version, change = events["group"], events["change_number"]
    next_vote = _next(events, review, [version, events["account"]])
    next_message = _next(events, events["what"].eq("new_message").to_numpy(bool), [version])
    vote_ends = [next_vote, next_message, _next(events, agreed, [version]), _next(events, owner_asks, [version])]
    in_words = events["is_owner"] & (events["has_words"] | events["has_inline"])
    answers = (in_words | events["what"].isin(["same_code", "new_message"])).to_numpy(bool)
    remark_ends = [_next(events, answers, [version]), _next(events, liked, [version])]
    any_review = (events["what"].eq("review") & events["is_person"]).to_numpy(bool)
    next_review = _next(events, any_review, [change, events["account"]])
    parts = [
        _rows(events, negative & by_other & ~veto, "vote", vote_ends, version),
        _rows(events, veto, "veto", [next_review], change),
        _rows(events, negative & ~by_other & ~veto, "own_vote", [next_vote, next_message], version),
        *(_rows(events, which, kind, remark_ends, version) for kind, which in _remarks(events, review).items()),
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["start", "kind"], kind="stable", ignore_index=True)


def open_after(events: pd.DataFrame, request_rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether any request is open after each event."""
    step = np.zeros(len(events) + 1, "int64")
    np.add.at(step, request_rows["start"].to_numpy(), 1)
    np.add.at(step, request_rows["end"].to_numpy(), -1)
    return pd.Series(step.cumsum()[:-1] > 0, index=events.index)


def _remarks(events: pd.DataFrame, review: Bools) -> dict[str, Bools]:
    """Whether each message of another person is a request to the owner, which depends on its author's current vote."""
    who = [events["group"], events["account"]]
    vote = events["value"].where(review).groupby(who, dropna=False).ffill()
    by_other = events["is_person"] & ~events["is_owner"] & events["is_current"] & events["account"].notna()
    voted_at = events["at"].where(review).groupby(who, dropna=False).ffill()
    later = vote.lt(0).fillna(False) & voted_at.lt(events["at"])  # a message with the -1 itself belongs to the vote
    without = (vote.isna() | later) & (events["has_inline"] | events["has_words"])
    # somebody who removed a vote explains it
    liked = vote.isin([0, LIKED]) & (events["has_inline"] | events["has_question"])
    asks = by_other & (without | liked)
    alone = events["has_inline"] & ~events["has_words"]
    return {"remark": (asks & ~alone).to_numpy(bool), "inline": (asks & alone).to_numpy(bool)}


def _next(events: pd.DataFrame, which: Bools, within: list[pd.Series]) -> Rows:
    """For each event the row of the next event of `which` in its group; NaN if there is none."""
    rows = pd.Series(np.where(which, np.arange(len(events)), np.nan), index=events.index)
    following = rows.groupby(within, dropna=False).shift(-1)
    return np.asarray(following.groupby(within, dropna=False).bfill(), dtype="float64")


def _rows(events: pd.DataFrame, which: Bools, kind: str, ends: list[Rows], within: pd.Series) -> pd.DataFrame:
    start = np.flatnonzero(which)
    last = pd.Series(np.arange(len(events)), index=events.index).groupby(within).transform("max").to_numpy()
    end = np.fmin.reduce([each[start] for each in ends])
    of_change = pd.Series(np.arange(len(events)), index=events.index).groupby(events["change_number"]).transform("max")
    never = np.isnan(end)
    answerer = events["account"].take(np.where(never, 0, end).astype("int64")).reset_index(drop=True)
    is_open = never & (last[start] == of_change.to_numpy()[start])
    at = events["at"].take(np.where(never, 0, end).astype("int64")).reset_index(drop=True).mask(never)
    frame = events.loc[which, ["change_number", "account", "at"]].reset_index(drop=True)
    at = at.mask(answerer.eq(frame["account"]).fillna(False)) if kind in VOTES else at
    stop = np.where(never, last[start] + 1, end).astype("int64")
    kinds = pd.Series(kind, index=frame.index, dtype="str")
    return frame.assign(kind=kinds, start=start, end=stop, settled_at=at, is_open=is_open)
