"""The turns of each change: who had to act, from which event to which.

The rules of the review state decide whose turn it is after every event. The owner has the turn after marking the change
as work in progress, while a request is open (`requests`), and after the gate refused the change, until a recheck or an
upload starts the gate again. Then the gate has it (if it tests before an approval) until it has voted; then the
reviewers, until an approval leaves nothing to do. An abandoned change waits on nobody, and has no turn until it is
restored. An upload that only rebases the same code does not begin a new version. Votes on an older version do not count
for the current one, except -2, which stays. The second core and the approver are reviewers here, and the gate's new run
after a rebase of the same code is not a turn. Facts without a date on the servers (a conflict, a parent, that Gerrit
would not submit the change) are not events.
"""

import pandas as pd

from analysis.judge.waiting import events as history
from analysis.judge.waiting.requests import open_after, requests
from analysis.tables import schema

_ENDS = {"abandoned": True, "merged": True, "restored": False}
_AGAIN = ("same_code", "new_message")  # an upload that starts the gate again, and brings reviewers nothing new


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
    """Every turn of every change with served messages; the last turn of an open change still lasts at `as_of`.

    Parameters
    ----------
    changes, patch_sets, change_messages, accounts : DataFrame, schema tables of these names
    gate, gated : Series of account ids and of projects, see review_state.gate
        The machines whose votes decide (others only advise), and the projects that wait for them.

    Returns
    -------
    DataFrame, schema.TURNS
    """
    served = changes[changes["has_messages"].fillna(False).astype(bool)]
    labels = {review_label: "review", ci_label: "ci", approval_label: "approval"}
    events = history.build(served, patch_sets, change_messages, accounts, labels)
    verdict = events["what"].eq("ci") & events["account"].isin(gate)
    tested = events["change_number"].isin(served.loc[served["project"].isin(gated), "change_number"])
    return _turns(events.assign(waiting_on=_holder(events, verdict, tested)), as_of)


def _holder(events: pd.DataFrame, verdict: "pd.Series[bool]", tested: "pd.Series[bool]") -> "pd.Series[str]":
    """The party that has the turn after each event; NA for nobody."""
    person, change, version = events["is_person"], events["change_number"], events["group"]
    request_rows = requests(events)
    is_asked = open_after(events, request_rows[request_rows["kind"].ne("veto")])
    veto = open_after(events, request_rows[request_rows["kind"].eq("veto")])
    approval = events["what"].eq("approval") & person & events["is_current"]
    wip = _balance(events, approval, version)
    wip |= _last(events, {"wip": True, "ready": False}, person, change)
    approved = _balance(events, approval, version, positive=True)
    passed = _last_value(events, verdict & events["is_current"], version)
    restarts_gate = events["is_recheck"] | events["what"].isin(_AGAIN)
    failed = passed.lt(0) & ~_is_since(restarts_gate, verdict, version)
    holder = pd.Series("reviewers", index=events.index, dtype="str")
    holder = holder.mask((tested & passed.eq(0)) | passed.lt(0), "ci")
    holder = holder.mask(is_asked | failed, "owner")
    holder = holder.mask(approved, "nobody")
    holder = holder.mask(approved & passed.lt(0), "ci")
    holder = holder.mask(approved & failed, "owner")
    holder = holder.mask(wip | veto, "owner")
    return holder.mask(_last(events, _ENDS, events["what"].isin(list(_ENDS)), change), pd.NA)


def _balance(
    events: pd.DataFrame, rows: "pd.Series[bool]", within: pd.Series, *, positive: bool = False
) -> "pd.Series[bool]":
    """Whether, after each event, the last vote of any account is below 0 (or, with `positive`, above)."""
    value = events["value"].where(rows)
    holds = value.gt(0) if positive else value.lt(0)
    counts = holds.fillna(False).astype("int64")[rows]
    before = counts.groupby([within[rows], events.loc[rows, "account"]]).shift(fill_value=0)
    step = (counts - before).reindex(events.index, fill_value=0)
    return step.groupby(within).cumsum().gt(0)


def _last(events: pd.DataFrame, what: dict[str, bool], rows: "pd.Series[bool]", within: pd.Series) -> "pd.Series[bool]":
    # Typed first: if no event is of this kind, the column has no type, and `where` of pandas 3.0 crashes the process.
    marked = events["what"].map(what).astype("boolean").where(rows)
    return marked.groupby(within).ffill().fillna(False).astype(bool)


def _last_value(events: pd.DataFrame, rows: "pd.Series[bool]", within: pd.Series) -> pd.Series:
    return events["value"].where(rows).groupby(within).ffill().fillna(0)


def _is_since(rows: "pd.Series[bool]", other: "pd.Series[bool]", within: pd.Series) -> "pd.Series[bool]":
    """Whether, after each event, the last event of the two kinds was one of `rows`."""
    marked = pd.Series(pd.NA, index=rows.index, dtype="boolean").mask(other, False).mask(rows, True)
    return marked.groupby(within).ffill().fillna(False).astype(bool)


def _turns(events: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    # Events of one instant are one step: only the state after the last of them counts.
    steps = events.drop_duplicates(["change_number", "at"], keep="last")
    held = steps["waiting_on"].fillna("")
    begins = held.ne(held.groupby(steps["change_number"]).shift())
    turns = steps[begins].copy()
    turns["ended_at"] = turns.groupby("change_number")["at"].shift(-1)
    turns = turns[turns["waiting_on"].notna() & turns["at"].le(as_of)]
    days = schema.days(turns["ended_at"].fillna(as_of) - turns["at"])
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
