"""The stages about reviews: the state of each open change, whose turn it was and is, forecasts, and the queue."""

from collections.abc import Collection, Iterable, Iterator

import pandas as pd

from analysis.build.stage import Context, Stage, Tables
from analysis.judge import corrections, forecast, links, queue, review_state, waiting
from analysis.tables import schema

OF_HISTORY = (
    "changes", "patch_sets", "votes", "turns", "change_files", "change_commits", "commits", "bug_messages",
    "bug_tasks", "accounts", "bugs",
)  # fmt: skip
MESSAGES = 100_000  # messages read at a time for the turns; with fewer, the fixed cost of a table dominates


def _review_states(context: Context, tables: Tables) -> Tables:
    review_states = review_state.build(
        changes=tables["changes"],
        patch_sets=tables["patch_sets"],
        votes=tables["votes"],
        change_messages=tables["change_messages"],
        change_comments=tables["change_comments"],
        accounts=tables["accounts"],
        as_of=context.as_of,
        rules=context.section(review_state.Rules),
        no_cores=corrections.no_cores(tables["corrections"]),
    )
    corrected = corrections.corrected_states(review_states, tables["corrections"], as_of=context.as_of)
    return {"review_states": corrected}


REVIEW_STATES = Stage(
    "review_states", _review_states,
    reads=("changes", "patch_sets", "votes", "change_messages", "change_comments", "accounts", "corrections"),
    writes=("review_states",),
)  # fmt: skip


def _queue(context: Context, tables: Tables) -> Tables:
    ranked = queue.build(
        linked_changes=tables["linked_changes"],
        review_states=tables["review_states"],
        changes=tables["changes"],
        links=tables["links"],
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        area_members=tables["area_members"],
        superseded_fixes=tables["superseded_fixes"],
        backports=tables["backports"],
        as_of=context.as_of,
        score=context.section(queue.Score),
    )
    return {"queue": ranked}


QUEUE = Stage(
    "queue", _queue,
    reads=(
        "linked_changes", "review_states", "changes", "links", "bugs", "bug_tasks", "area_members",
        "superseded_fixes", "backports",
    ),
    writes=("queue",),
)  # fmt: skip


def _turns(context: Context, tables: Tables) -> Tables:
    """Whose turn it was and is on each change, from every message; a part of the table holds whole changes."""
    rules = context.section(review_state.Rules)
    gate = review_state.gate(tables["changes"], tables["votes"], tables["accounts"], rules)  # of all, not of a part
    turns = [schema.TURNS.empty()]
    for messages in _large_parts(context.batches("change_messages")):
        part = waiting.build(
            changes=_rows_of_same_changes(tables["changes"], messages),
            patch_sets=_rows_of_same_changes(tables["patch_sets"], messages),
            change_messages=messages,
            accounts=tables["accounts"],
            gate=gate.accounts,
            gated=gate.early,
            as_of=context.as_of,
            review_label=rules.review_label,
            ci_label=rules.ci_label,
            approval_label=rules.approval_label,
        )
        turns.append(part)
    return {"turns": schema.TURNS.ordered(pd.concat(turns, ignore_index=True))}


TURNS = Stage(
    "turns", _turns,
    reads=("changes", "votes", "accounts", "patch_sets"),
    streams=("change_messages",),
    writes=("turns",),
)  # fmt: skip


def _waiting(_: Context, tables: Tables) -> Tables:
    curves, medians = waiting.durations(tables["turns"], tables["area_members"])
    return {"waiting_curves": curves, "waiting_medians": medians}


WAITING = Stage(
    "waiting", _waiting,
    reads=("turns", "area_members"),
    writes=("waiting_curves", "waiting_medians"),
)  # fmt: skip


def history(
    own_corrections: corrections.Corrections,
    *,
    bots: Collection[str],
    as_of: pd.Timestamp,
    bug_messages: pd.DataFrame,
    bugs: pd.DataFrame,
    **of_changes: pd.DataFrame,
) -> forecast.History:
    """The past of the changes, with the corrected links that were there while each change was open.

    Parameters
    ----------
    bots : names on Launchpad whose comments report what happened in Gerrit
    of_changes : with bug_messages and bugs the tables of OF_HISTORY
    """
    while_open = links.build_while_open(bug_messages=bug_messages, changes=of_changes["changes"], bots=bots)
    corrected = corrections.corrected_links(
        while_open,
        own_corrections,
        bugs=bugs,
        changes=of_changes["changes"],
        commits=of_changes["commits"],
        as_of=as_of,
    )
    return forecast.History(**of_changes, links=corrected)


def _forecasts(context: Context, tables: Tables) -> Tables:
    """Forecasts for the open changes, and the test of the order of the open fixes, both from the past."""
    past = history(
        context.judgement.corrections,
        bots=context.bots,
        as_of=context.as_of,
        bug_messages=tables["bug_messages"],
        bugs=tables["bugs"],
        changes=tables["changes"],
        patch_sets=tables["patch_sets"],
        votes=tables["votes"],
        turns=tables["turns"],
        change_files=tables["change_files"],
        change_commits=tables["change_commits"],
        commits=tables["commits"],
        bug_tasks=tables["bug_tasks"],
        accounts=tables["accounts"],
    )
    score = context.section(queue.Score)
    replayed_queue = queue.replayed(past, tables["bugs"], as_of=context.as_of, score=score)
    return {**forecast.build(past, context.as_of), "replayed_queue": replayed_queue}


FORECASTS = Stage(
    "forecasts", _forecasts,
    reads=OF_HISTORY,
    writes=("forecasts", "forecast_totals", "forecast_checks", "replayed_queue"),
)  # fmt: skip


def _open_fixes(context: Context, tables: Tables) -> Tables:
    open_fixes = queue.open_fixes(
        queue=tables["queue"],
        changes=tables["changes"],
        review_states=tables["review_states"],
        links=tables["links"],
        bugs=tables["bugs"],
        bug_tasks=tables["bug_tasks"],
        votes=tables["votes"],
        accounts=tables["accounts"],
        areas=tables["areas"],
        themes=tables["themes"],
        bug_themes=tables["bug_themes"],
        target=context.target,
        as_of=context.as_of,
    )
    return {"open_fixes": open_fixes}


OPEN_FIXES = Stage(
    "open_fixes", _open_fixes,
    reads=(
        "queue", "changes", "review_states", "links", "bugs", "bug_tasks", "votes", "accounts", "areas",
        "themes", "bug_themes",
    ),
    writes=("open_fixes",),
)  # fmt: skip


def _large_parts(parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """The parts joined so that each has at least MESSAGES rows, except the last."""
    held: list[pd.DataFrame] = []
    for part in parts:
        held.append(part)
        if sum(map(len, held)) >= MESSAGES:
            yield pd.concat(held, ignore_index=True)
            held = []
    if held:
        yield pd.concat(held, ignore_index=True)


def _rows_of_same_changes(table: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    return table[table["change_number"].isin(messages["change_number"])].reset_index(drop=True)
