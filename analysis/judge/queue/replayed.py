"""The queue of past instants: the place of each open fix in each order, and its fate within twelve weeks.

It uses dated events only: uploads, votes, turns and ends. Subjects, topics, sizes and the importance of bugs are
the current ones, and the bugs those of the links from while a change was open; past parents and conflicts are unknown,
so changes that they held up are in the list too.
"""

import numpy as np
import pandas as pd

from analysis.judge.fixes.importances import importances
from analysis.judge.forecast import History
from analysis.judge.forecast.event_index import EventIndex, seconds
from analysis.judge.forecast.fates import MERGED, fates, first_known, until
from analysis.judge.forecast.features import features, fixes_while_open, opened_at
from analysis.judge.queue.rank import points
from analysis.judge.queue.score import Score
from analysis.tables import schema

GAP_DAYS, MOST_INSTANTS, FATE_DAYS = 28, 13, 84
_TURNS = ("reviewers", "owner", "ci", "nobody")
ORDERS = ("priority", "age", "importance", "recent", "small")


def build(history: History, bugs: pd.DataFrame, *, as_of: pd.Timestamp, score: Score) -> pd.DataFrame:
    """One row per past instant and fix that waited for a reviewer then, or for which it is unknown on whom it waited.

    Instants are four weeks apart, the last one twelve weeks before `as_of`, so that the fate of each fix is known. No
    event after an instant affects a place. Fixes of private bugs, and private changes, are left out.

    Returns
    -------
    DataFrame, schema.REPLAYED_QUEUE
    """
    change_fates = until(fates(history.changes, history.turns, history.change_commits, history.commits), as_of)
    fixing = _fixing(history)
    rows = opened_at(
        _instants(change_fates, as_of) or [as_of],
        change_fates[change_fates["change_number"].isin(fixing["change_number"])],
    )
    if change_fates["closed_at"].notna().sum() == 0 or rows["at"].eq(as_of).all():
        return schema.REPLAYED_QUEUE.empty()
    table = features(rows, change_fates, history)
    turn = pd.Series([_TURNS[int(n)] if n == n else None for n in table["turn"]], index=rows.index, dtype=schema.TEXT)
    is_asked = turn.isna() | turn.eq("reviewers").fillna(False)
    rows = rows[is_asked].reset_index(drop=True)
    table, turn = table[is_asked].reset_index(drop=True), turn[is_asked].reset_index(drop=True)
    facts = _facts(rows, table, turn, fixing, bugs, history)
    places = _places(rows, table, facts, points(facts, score))
    queue_rows = rows[["change_number"]].assign(
        instant_at=rows["at"],
        size_lines=facts["insertions"] + facts["deletions"],
        importance=facts["importance"],
        **places,
        **_fate(rows, history),
    )
    frame = schema.REPLAYED_QUEUE.frame(queue_rows[list(schema.REPLAYED_QUEUE.columns)])
    return schema.validate(schema.REPLAYED_QUEUE.ordered(frame), schema.REPLAYED_QUEUE)


def _instants(change_fates: pd.DataFrame, as_of: pd.Timestamp) -> list[pd.Timestamp]:
    first = first_known(change_fates)
    if first is None:
        return []
    every = [as_of - pd.Timedelta(days=FATE_DAYS + GAP_DAYS * n) for n in range(MOST_INSTANTS)]
    return [instant for instant in every if instant >= first]


def _fixing(history: History) -> pd.DataFrame:
    """Each change that fixes a bug, with the most important one: change_number, bug_id, importance."""
    pairs = fixes_while_open(history.links)
    pairs = pairs[pairs["change_number"].isin(history.changes["change_number"])].reset_index(drop=True)
    pairs["importance"] = importances(pairs, history.changes, history.bug_tasks)
    order = schema.importance_place(pairs["importance"])
    best = pairs.assign(order=order).sort_values(["change_number", "order", "bug_id"], kind="stable")
    return best.drop_duplicates("change_number", ignore_index=True)[["change_number", "bug_id", "importance"]]


def _facts(
    rows: pd.DataFrame, table: pd.DataFrame, turn: pd.Series, fixing: pd.DataFrame, bugs: pd.DataFrame, history: History
) -> pd.DataFrame:
    """The facts for the parts of the score, one row per row of the queue, whose number replaces the change number."""
    number = rows["change_number"]
    by_change, of_bug = history.changes.set_index("change_number"), fixing.set_index("change_number")
    bug = schema.looked_up(number, of_bug["bug_id"])
    by_bug = bugs.set_index("bug_id")[["heat", "n_users_affected", "n_duplicates", "tags"]]
    has_votes = table["reviews"].notna()
    on_current = (table["liked"] + table["disliked"]).gt(0).where(has_votes)
    state = pd.Series("never_reviewed", index=rows.index, dtype=schema.TEXT).mask(
        table["reviews"].gt(0), "reviewed_on_older"
    )
    state = state.mask(table["liked"].gt(0), "needs_core").mask(table["agreed"].eq(1), "needs_second_core")
    state = state.mask(table["agreed"].ge(2), "needs_approval").where(turn.notna(), "unknown")
    waiting_on = turn.mask(state.eq("needs_second_core"), "second_core").mask(state.eq("needs_approval"), "approver")
    silent = np.fmin(np.expm1(table["since_upload"]), np.expm1(table["since_review"]).fillna(np.inf))
    return pd.DataFrame(
        {
            "change_number": np.arange(len(rows)),
            "importance": schema.looked_up(number, of_bug["importance"]),
            "state": state,
            "waiting_on": waiting_on,
            "waiting_days": np.expm1(table["turn_days"]),
            "has_human_vote_ever": table["reviews"].gt(0).where(has_votes).astype("boolean"),
            "has_human_vote_on_current": on_current.astype("boolean"),
            "insertions": schema.looked_up(number, by_change["insertions"]),
            "deletions": schema.looked_up(number, by_change["deletions"]),
            "hold": pd.Series(pd.NA, index=rows.index, dtype=schema.TEXT).mask(
                turn.isna() & table["not_ready"].eq(1), "work in progress"
            ),
            "n_attempts": pd.Series(0, index=rows.index, dtype="Int64"),
            "silent_days": silent,
            **{name: schema.looked_up(bug, by_bug[name]) for name in by_bug},
        },
        index=rows.index,
    )


def _places(
    rows: pd.DataFrame, table: pd.DataFrame, facts: pd.DataFrame, score: "pd.Series[float]"
) -> dict[str, pd.Series]:
    """The place of each row in each order, among the rows of its instant, from 1; ties go by change number."""
    waited = facts["waiting_days"].fillna(np.expm1(table["since_upload"]))
    keys = {
        "priority": (-score, -facts["waiting_days"].fillna(0.0)),
        "age": (-table["age"],),
        "importance": (schema.importance_place(facts["importance"]), -waited),
        "recent": (table["since_upload"],),
        "small": (table["lines"].fillna(np.inf),),
    }
    places = {}
    for order, sort_keys in keys.items():
        sorting = rows[["at", "change_number"]].assign(**{f"key_{n}": key for n, key in enumerate(sort_keys)})
        ordered = sorting.sort_values(
            ["at", *(f"key_{n}" for n in range(len(sort_keys))), "change_number"], kind="stable"
        )
        places[f"place_{order}"] = (ordered.groupby("at").cumcount() + 1).reindex(rows.index)
    return places


def _fate(rows: pd.DataFrame, history: History) -> dict[str, "pd.Series[bool]"]:
    """Whether each was merged within twelve weeks, and whether without new code, by reviews alone."""
    end = rows["at"] + pd.Timedelta(days=FATE_DAYS)
    is_merged = rows["fate"].eq(MERGED) & rows["closed_at"].le(end).fillna(False)
    code = history.patch_sets[~history.patch_sets["kind"].isin(schema.SAME_CODE_KINDS)]
    uploads = EventIndex(code["change_number"], code["created_at"])
    closed = np.fmin(np.nan_to_num(seconds(rows["closed_at"]), nan=np.inf), seconds(end))
    n_new = uploads.count(rows["change_number"], closed) - uploads.count(rows["change_number"], seconds(rows["at"]))
    is_dated = schema.looked_up(rows["change_number"], code.groupby("change_number").size()).notna()
    as_it_stood = (is_merged & (n_new == 0)).astype("boolean").where(is_dated)
    return {"is_merged": is_merged.astype("boolean"), "is_merged_as_it_stood": as_it_stood}
