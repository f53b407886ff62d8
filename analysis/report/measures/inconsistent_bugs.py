"""Inconsistent bugs: bugs whose state contradicts Gerrit or itself, by rule."""

from collections.abc import Mapping

import pandas as pd

from analysis.report import page_registry
from analysis.report.measures.bugs import not_fetched, of_project
from analysis.tables import schema

TABLE = "inconsistent_bugs"  # on its page


def inconsistent_bugs(
    hygiene: pd.DataFrame, *, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, launchpad_project: str
) -> pd.DataFrame:
    """The inconsistency rules that public bugs break, with facts of each bug: open and most important bugs first.

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, rule, evidence, proposal.
    """
    facts = of_project(bugs, bug_tasks, launchpad_project=launchpad_project).rename(columns={"title": "bug_title"})
    facts = facts[["bug_id", "bug_title", "importance", "status", "assignee", "is_open"]]
    rows = facts.merge(hygiene[["bug_id", "rule", "evidence", "proposal"]], "inner", "bug_id", validate="1:m")
    rows = rows.assign(
        place=schema.importance_place(rows["importance"]), is_closed=rows["is_open"].eq(False).fillna(False)
    )
    rows = rows.sort_values(["is_closed", "place", "bug_id", "rule"], ignore_index=True)
    return rows.drop(columns=["place", "is_closed", "is_open"])


def why_no_inconsistent_bugs(bugs: pd.DataFrame, *, where: str = "") -> str:
    """The sentence for an empty list of inconsistent bugs.

    >>> why_no_inconsistent_bugs(schema.BUGS.empty())
    'No bug was fetched from Launchpad, so it is unknown which are inconsistent.'
    """
    if bugs.empty:
        return not_fetched("which are inconsistent")
    return f"No bug{where and ' ' + where} is inconsistent, as far as the data tell."


def by_rule(rows: pd.DataFrame, meanings: Mapping[str, str]) -> pd.DataFrame:
    """The number of bugs that break each rule, most frequent first.

    `meanings` explains each rule; `meaning` is NA for a rule that is not in it.

    Returns
    -------
    DataFrame
        rule, meaning, n_bugs, proposal (the most frequent one), rows_page: where its bugs are listed.
    """
    by_rule_id = rows.groupby("rule").agg(n_bugs=("bug_id", "nunique"), proposal=("proposal", _most)).reset_index()
    by_rule_id.insert(1, "meaning", by_rule_id["rule"].map(dict(meanings)).astype("str"))
    by_rule_id["kind"], by_rule_id["place"] = by_rule_id["rule"].str[0], pd.to_numeric(by_rule_id["rule"].str[1:])
    # On the page the rows of one rule are those of the list that its filter finds.
    pages = [page_registry.INCONSISTENT_BUGS.address(part=TABLE, filtered=rule) for rule in by_rule_id["rule"]]
    by_rule_id["rows_page"] = pd.Series(pages, by_rule_id.index, dtype=schema.TEXT)
    by_rule_id = by_rule_id.sort_values(["n_bugs", "kind", "place"], ascending=[False, True, True], ignore_index=True)
    return by_rule_id.drop(columns=["kind", "place"]).astype({"n_bugs": "Int64"})


def _most(texts: pd.Series) -> str:
    return str(texts.value_counts(dropna=False).index[0])
