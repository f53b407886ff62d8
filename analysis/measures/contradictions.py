"""Bug states that contradict Gerrit or themselves, with the bugs they are about."""

from collections.abc import Mapping

import pandas as pd

from analysis import schema
from analysis.measures.bugs import not_fetched, of_project

PAGE = "08_contradictions.html"
_TEXT = schema.HYGIENE.dtypes["rule"]


def contradictions(
    hygiene: pd.DataFrame, *, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, launchpad_project: str
) -> pd.DataFrame:
    """Every contradiction of a public bug with what the bug is, most important bugs first.

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, rule, evidence, proposal.
    """
    facts = of_project(bugs, bug_tasks, launchpad_project=launchpad_project).rename(columns={"title": "bug_title"})
    facts = facts[["bug_id", "bug_title", "importance", "status", "assignee"]]
    found = facts.merge(hygiene[["bug_id", "rule", "evidence", "proposal"]], "inner", "bug_id", validate="1:m")
    found["place"] = schema.importance_place(found["importance"])
    return found.sort_values(["place", "bug_id", "rule"], ignore_index=True).drop(columns="place")


def why_no_contradictions(bugs: pd.DataFrame, *, where: str = "") -> str:
    """What an empty list of contradictions means.

    >>> why_no_contradictions(schema.BUGS.empty())
    'No bug was fetched from Launchpad, so it is unknown which contradict something.'
    """
    if bugs.empty:
        return not_fetched("which contradict something")
    return f"No bug{where and ' ' + where} contradicts Gerrit or itself, as far as the data tell."


def by_rule(found: pd.DataFrame, meanings: Mapping[str, str]) -> pd.DataFrame:
    """How many bugs break each rule, most frequent first.

    `meanings` says each rule in words; a rule that it does not hold has <NA> there.

    Returns
    -------
    DataFrame
        rule, contradiction, n_bugs, proposal (the first one), rows_page: where its bugs are listed.
    """
    counted = found.groupby("rule").agg(n_bugs=("bug_id", "nunique"), proposal=("proposal", "first")).reset_index()
    counted.insert(1, "contradiction", counted["rule"].map(dict(meanings)).astype("str"))
    counted["kind"], counted["place"] = counted["rule"].str[0], pd.to_numeric(counted["rule"].str[1:])
    # On the page the rows of one rule are those of the list that its filter finds.
    counted["rows_page"] = (PAGE + "?filter=" + counted["rule"] + "#contradictions").astype(_TEXT)
    counted = counted.sort_values(["n_bugs", "kind", "place"], ascending=[False, True, True], ignore_index=True)
    return counted.drop(columns=["kind", "place"]).astype({"n_bugs": "Int64"})
