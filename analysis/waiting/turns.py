"""The history of each change cut into turns: who had to act, from which event to which.

A turn is decided after every event by the rules of the review state, of which this is the course over time: an owner
who marks the change as work in progress, or is asked for something on the code that stands by somebody who does not
vote for it, has the turn; then the gate until it has passed; then the reviewers, until an approval leaves nothing to
do. A change that is abandoned waits on nobody, and has no turn until it is restored. Code is counted in versions: an
upload that only rebases the same code begins no new one, and votes on an older version say nothing about the present
one, except -2, which stays. The second core and the approver are reviewers here, and the gate's new run after a rebase
of the same code is no turn. What the servers do not date (a conflict, a parent, that Gerrit would not submit it) is no
event.
"""

import pandas as pd

from analysis import events as told_by
from analysis import schema

_WORDS = ("word", "inline", "abandoned", "restored", "wip", "ready")  # each a message
_ENDS = {"abandoned": True, "merged": True, "restored": False}
_EVENT = ["change_number", "at", "order", "patch_set_number", "account", "what", "value"]


def build(
    *,
    changes: pd.DataFrame,
    patch_sets: pd.DataFrame,
    change_messages: pd.DataFrame,
    accounts: pd.DataFrame,
    gate: "pd.Series[int]",
    gated: "pd.Series[str]",
    as_of: pd.Timestamp,
    review_label: str = "Code-Review",
    ci_label: str = "Verified",
    approval_label: str = "Workflow",
) -> pd.DataFrame:
    """Every turn of every change whose messages were served; the last turn of an open change still lasts at `as_of`.

    Parameters
    ----------
    changes, patch_sets, change_messages, accounts : DataFrame, schema tables of these names
    gate, gated : Series of account ids and of projects, see review_state.gate
        The machines whose verdict decides, where others only advise, and the projects that wait for it.

    Returns
    -------
    DataFrame, schema.TURNS
    """
    told = changes[changes["has_messages"].fillna(False).astype(bool)]
    messages = change_messages[change_messages["change_number"].isin(told["change_number"])]
    labels = {review_label: "review", ci_label: "ci", approval_label: "approval"}
    events = pd.concat(
        [_uploads(told, patch_sets), _votes(messages, accounts, labels), _words(messages), _ends(told)],
        ignore_index=True,
    )
    events = events.astype({"what": "category"})  # a dozen words, asked for again and again
    events = _versioned(events.sort_values(["change_number", "at", "order"], kind="stable", ignore_index=True))
    verdict = events["what"].eq("ci") & events["account"].isin(gate)
    holder = _holder(events, told, accounts, verdict, gated)
    return _turns(events.assign(waiting_on=holder), as_of)


def _events(frame: pd.DataFrame, what: "str | pd.Series[str]", order: int) -> pd.DataFrame:
    rows = frame.assign(what=what, order=order)
    return rows.reindex(columns=_EVENT).astype({"patch_set_number": "Int64", "account": "Int64", "value": "Int64"})


def _uploads(told: pd.DataFrame, patch_sets: pd.DataFrame) -> pd.DataFrame:
    mine = patch_sets[patch_sets["change_number"].isin(told["change_number"])]
    same = mine["kind"].isin(schema.SAME_CODE_KINDS)
    mine = mine.rename(columns={"created_at": "at", "uploader": "account"})
    return _events(mine, pd.Series("upload", index=mine.index).mask(same, "rebase"), order=0)


def _votes(messages: pd.DataFrame, accounts: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    cast = told_by.cast(messages, accounts)
    cast = cast[cast["label"].isin(labels)].rename(columns={"cast_at": "at"})
    return _events(cast, cast["label"].map(labels), order=1)


def _words(messages: pd.DataFrame) -> pd.DataFrame:
    people = messages[~messages["is_ci"].fillna(False).astype(bool)].rename(columns={"sent_at": "at"})
    word = pd.Series("word", index=people.index, dtype="str").mask(told_by.asks(people), "inline")
    return _events(people, told_by.of(people).fillna(word), order=2)


def _ends(told: pd.DataFrame) -> pd.DataFrame:
    merged = told[told["submitted_at"].notna()].rename(columns={"submitted_at": "at"})
    return _events(merged, "merged", order=3)


def _versioned(events: pd.DataFrame) -> pd.DataFrame:
    """With `version`, the code that stood at the event, and `is_current`, whether the event speaks of it."""
    version = events["what"].eq("upload").groupby(events["change_number"]).cumsum()
    uploaded = events[events["what"].isin(["upload", "rebase"])].assign(version=version)
    of_patch_set = uploaded.drop_duplicates(["change_number", "patch_set_number"], keep="last")
    of_patch_set = of_patch_set[["change_number", "patch_set_number", "version"]].rename(
        columns={"version": "spoken_of"}
    )
    joined = events.merge(of_patch_set, on=["change_number", "patch_set_number"], how="left", validate="many_to_one")
    spoken_of = joined["spoken_of"].fillna(version)
    return events.assign(version=version, is_current=spoken_of.eq(version))


def _holder(
    events: pd.DataFrame,
    told: pd.DataFrame,
    accounts: pd.DataFrame,
    verdict: "pd.Series[bool]",
    gated: "pd.Series[str]",
) -> "pd.Series[str]":
    """Who has the turn after each event; NA for nobody who could act."""
    by = told.set_index("change_number")
    kind = schema.looked_up(events["account"], accounts.set_index("account")["kind"]).fillna("person")
    owner = events["account"].eq(schema.looked_up(events["change_number"], by["owner"])).fillna(False).astype(bool)
    person = kind.eq("person")
    review, current = events["what"].eq("review"), events["is_current"]
    change, version = events["change_number"], events.groupby(["change_number", "version"]).ngroup()
    negative = _balance(events, review & person & current, version)
    veto = _balance(events, review & person, change, at_most=-2)
    wip = _balance(events, events["what"].eq("approval") & person & current, version)
    approved = _balance(events, events["what"].eq("approval") & person & current, version, positive=True)
    asked = _asked(events, person & ~owner & current, owner, version)
    passed = _last_value(events, verdict & current, version)
    project = schema.looked_up(events["change_number"], by["project"])
    wip |= _last(events, {"wip": True, "ready": False}, person, change)
    ended = _last(events, _ENDS, events["what"].isin(list(_ENDS)), change)
    holder = pd.Series("reviewers", index=events.index, dtype="str")
    holder = holder.mask(project.isin(gated) & passed.le(0), "ci")
    holder = holder.mask(asked | negative, "owner")
    holder = holder.mask(approved, "nobody")
    holder = holder.mask(approved & passed.lt(0), "ci")
    holder = holder.mask(wip | veto, "owner")
    return holder.mask(ended, pd.NA)


def _balance(
    events: pd.DataFrame,
    rows: "pd.Series[bool]",
    within: pd.Series,
    *,
    at_most: int = -1,
    positive: bool = False,
) -> "pd.Series[bool]":
    """Whether, after each event, some account's last vote is that low (or, with `positive`, above 0)."""
    value = events["value"].where(rows)
    holds = value.gt(0) if positive else value.le(at_most)
    counts = holds.fillna(False).astype("int64")[rows]
    before = counts.groupby([within[rows], events.loc[rows, "account"]]).shift(fill_value=0)
    step = (counts - before).reindex(events.index, fill_value=0)
    return step.groupby(within).cumsum().gt(0)


def _last(events: pd.DataFrame, what: dict[str, bool], rows: "pd.Series[bool]", within: pd.Series) -> "pd.Series[bool]":
    marked = events["what"].map(what).where(rows).astype("boolean")
    return marked.groupby(within).ffill().fillna(False).astype(bool)


def _asked(
    events: pd.DataFrame, others: "pd.Series[bool]", owner: "pd.Series[bool]", version: pd.Series
) -> "pd.Series[bool]":
    """Whether somebody's comments on lines wait for the owner's next word.

    Not those of somebody whose vote is positive: they are remarks, whether they came with the vote or before it.
    """
    answers = (owner & events["what"].isin(_WORDS)).groupby(version).cumsum()
    rows = events.assign(version=version, answers=answers)
    rows = rows[others & events["what"].isin(["review", "inline"]) & events["account"].notna()]
    votes = rows["value"].groupby([rows["version"], rows["account"]]).ffill()  # a comment has no value of its own
    until_answered = [rows["version"], rows["answers"], rows["account"]]
    asked = rows["what"].eq("inline").groupby(until_answered).cummax()
    waits = (asked & ~votes.gt(0).fillna(False)).astype("int64")
    step = waits - waits.groupby(until_answered).shift(fill_value=0)
    return step.reindex(events.index, fill_value=0).groupby([version, answers]).cumsum().gt(0)


def _last_value(events: pd.DataFrame, rows: "pd.Series[bool]", within: pd.Series) -> pd.Series:
    return events["value"].where(rows).groupby(within).ffill().fillna(0)


def _turns(events: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    # Events of one instant are one step: only what holds after the last of them counts.
    steps = events.drop_duplicates(["change_number", "at"], keep="last")
    held = steps["waiting_on"].fillna("")
    begins = held.ne(held.groupby(steps["change_number"]).shift())
    turns = steps[begins].copy()
    turns["ended_at"] = turns.groupby("change_number")["at"].shift(-1)
    turns = turns[turns["waiting_on"].notna() & turns["at"].le(as_of)]
    days = (turns["ended_at"].fillna(as_of) - turns["at"]).dt.total_seconds() / 86400
    table = schema.TURNS.frame(
        {
            "change_number": turns["change_number"],
            "turn_number": turns.groupby("change_number").cumcount() + 1,
            "waiting_on": turns["waiting_on"],
            "began_at": turns["at"],
            "ended_at": turns["ended_at"],
            "days": days,
            "is_over": turns["ended_at"].notna(),
        }
    )
    return schema.validate(schema.TURNS.ordered(table), schema.TURNS)
