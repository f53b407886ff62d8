"""Applies every rule to every bug."""

from collections.abc import Collection

import pandas as pd

from analysis.errors import ProjectFileError
from analysis.judge.inconsistencies.cases import cases
from analysis.judge.inconsistencies.rules import RULES, Cases
from analysis.judge.inconsistencies.thresholds import Thresholds
from analysis.tables import schema


def build(
    *,
    linked_changes: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    bug_activity: pd.DataFrame,
    bug_messages: pd.DataFrame,
    change_messages: pd.DataFrame,
    milestones: pd.DataFrame,
    as_of: pd.Timestamp,
    target: str,
    thresholds: Thresholds,
    bots: Collection[str],
    doubted: Collection[int],
) -> pd.DataFrame:
    """The inconsistent bugs of `target` (a Launchpad project): a row per broken rule, with evidence and proposal.

    Private bugs and duplicates have no rows. `RULES` lists the rules. G16 of Nova's bug scripts (change nothing unless
    asked to) is not among them: this project never writes. `linked_changes` are those of these bugs, and `bots` are the
    Launchpad names whose comments do not answer a question, because no person wrote them. `doubted`
    are the bugs of which somebody says that they still fail after their fix.

    Returns
    -------
    DataFrame, schema.HYGIENE

    Raises
    ------
    ProjectFileError
        `thresholds.off` names a rule that does not exist.
    """
    for name in thresholds.off:
        if name not in RULES:
            raise ProjectFileError(
                expected=f"rules in off of [hygiene] among {', '.join(RULES)}",
                found=repr(name),
                do="write the rule as the page of inconsistent bugs does",
            )
    facts = cases(
        linked_changes=linked_changes,
        bugs=bugs,
        bug_tasks=bug_tasks,
        bug_activity=bug_activity,
        bug_messages=bug_messages,
        change_messages=change_messages,
        milestones=milestones,
        target=target,
        bots=bots,
    )
    all_cases = Cases(facts, as_of, thresholds)
    breaking = {name: _breaking(name, all_cases) for name in RULES if name not in thresholds.off}
    rows = [_rows(name, broken, doubted) for name, broken in breaking.items() if len(broken.facts)]
    table = schema.HYGIENE.frame(pd.concat(rows, ignore_index=True)) if rows else schema.HYGIENE.empty()
    return schema.validate(schema.HYGIENE.ordered(table), schema.HYGIENE)


def _breaking(name: str, all_cases: Cases) -> Cases:
    """The cases that break a rule."""
    holds = RULES[name].holds(all_cases).fillna(False).astype(bool)
    return Cases(all_cases.facts[holds], all_cases.as_of, all_cases.limits)


def _rows(name: str, broken: Cases, doubted: Collection[int]) -> pd.DataFrame:
    rows = pd.DataFrame({"bug_id": broken.facts.index.to_series(), "evidence": RULES[name].evidence(broken)})
    proposal, if_doubted = RULES[name].proposal, RULES[name].if_doubted or RULES[name].proposal
    proposals = pd.Series(proposal, rows.index, dtype=schema.TEXT).mask(rows["bug_id"].isin(doubted), if_doubted)
    return rows.assign(rule=name, proposal=proposals)
