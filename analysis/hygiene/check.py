"""Every rule put to every bug."""

from collections.abc import Collection

import pandas as pd

from analysis import schema
from analysis.errors import ProjectFileError
from analysis.hygiene.cases import cases
from analysis.hygiene.rules import RULES, Cases
from analysis.hygiene.thresholds import Thresholds


def build(
    *,
    answered: pd.DataFrame,
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
) -> pd.DataFrame:
    """The contradictions of the bugs of `target` (a Launchpad project's name), each with its proof and a proposal.

    Private bugs and duplicates have none. `RULES` lists the rules; G16 of the trade, to change nothing unless told to,
    is not among them: this project never writes. `answered` is what `fixes.answers` makes of these bugs,
    and `bots` are the Launchpad names whose comments are no answer to a question, because no person speaks.

    Returns
    -------
    DataFrame, schema.HYGIENE

    Raises
    ------
    ProjectFileError
        `thresholds.off` names a rule that there is not.
    """
    for name in thresholds.off:
        if name not in RULES:
            raise ProjectFileError(
                expected=f"rules in off of [hygiene] among {', '.join(RULES)}",
                found=repr(name),
                do="write the rule as the page on contradictions does",
            )
    facts = cases(
        answered=answered,
        bugs=bugs,
        bug_tasks=bug_tasks,
        bug_activity=bug_activity,
        bug_messages=bug_messages,
        change_messages=change_messages,
        milestones=milestones,
        target=target,
        bots=bots,
    )
    found = [_found(name, Cases(facts, as_of, thresholds)) for name in RULES if name not in thresholds.off]
    table = schema.HYGIENE.frame(pd.concat(found, ignore_index=True))
    return schema.validate(schema.HYGIENE.ordered(table), schema.HYGIENE)


def _found(name: str, known: Cases) -> pd.DataFrame:
    rule = RULES[name]
    holds = rule.holds(known).fillna(False).astype(bool)
    held = Cases(known.facts[holds], known.as_of, known.limits)
    rows = pd.DataFrame({"bug_id": held.facts.index.to_series(), "evidence": rule.evidence(held)})
    return rows.assign(rule=name, proposal=rule.proposal)
