"""Proposals for triage: for each open bug without a subsystem tag a tag, missing facts, and the nearest fixed bug."""

import pandas as pd

from analysis.report.measures.bugs import not_fetched, of_project
from analysis.report.measures.similar_bugs import nearest_fixed
from analysis.tables import schema


def triage_proposals(
    proposals: pd.DataFrame,
    similar_bugs: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    *,
    launchpad_project: str,
) -> pd.DataFrame:
    """The open bugs without a subsystem tag, the surest proposals first, then the newest bugs.

    Parameters
    ----------
    proposals, similar_bugs, bugs, bug_tasks : DataFrame, schema tables of these names (triage_proposals)

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, proposed_tag (NA: not sure enough), chance, words, lacks, other_bug_id
        (the nearest fixed bug, NA where none is near) and n_alike (0 or 1).
    """
    public = of_project(bugs, bug_tasks, launchpad_project=launchpad_project).rename(columns={"title": "bug_title"})
    rows = proposals.merge(
        public[["bug_id", "bug_title", "importance", "status"]], "inner", "bug_id", validate="one_to_one"
    )
    fixed = nearest_fixed(similar_bugs, bugs, most=len(similar_bugs)).set_index("bug_id")["other_bug_id"]
    rows = rows.assign(other_bug_id=schema.looked_up(rows["bug_id"], fixed))
    rows = rows.assign(n_alike=rows["other_bug_id"].notna().astype("Int64"))
    rows = rows.sort_values(["chance", "bug_id"], ascending=[False, False], na_position="last", ignore_index=True)
    return rows[
        ["bug_id", "bug_title", "importance", "status", "proposed_tag", "chance", "words", "lacks", "other_bug_id",
         "n_alike"]
    ]  # fmt: skip


def checked_tags(tag_checks: pd.DataFrame) -> pd.DataFrame:
    """The tags proposed for bugs held back, the most frequent first: schema.TAG_CHECKS with share_right."""
    rows = tag_checks[tag_checks["n_proposals"].gt(0)]
    rows = rows.assign(share_right=rows["n_right"].astype("Float64") / rows["n_proposals"].astype("Float64"))
    return rows.sort_values(["n_proposals", "tag"], ascending=[False, True], ignore_index=True)


def tag_checks_in_words(tag_checks: pd.DataFrame) -> str:
    """How often proposals were right, as the heading of the table; without numbers if nothing was proposed.

    >>> tag_checks_in_words(pd.DataFrame({"n_proposals": [30, 10], "n_right": [27, 5]}))
    'How often a proposal was right: 32 of 40 bugs reported later bear the tag'
    """
    n, n_right = int(tag_checks["n_proposals"].sum()), int(tag_checks["n_right"].sum())
    if not n:
        return "How often a proposed tag was right for bugs reported later"
    return f"How often a proposal was right: {n_right} of {n} bugs reported later bear the tag"


def why_no_proposals(bugs: pd.DataFrame) -> str:
    """The sentence for an empty list of bugs without a subsystem tag."""
    return not_fetched("which bugs lack a tag") if bugs.empty else "Every open bug has a subsystem tag."


def why_no_checks(bugs: pd.DataFrame) -> str:
    """The reason why no tag was proposed for bugs held back."""
    if bugs.empty:
        return not_fetched("which tags can be proposed")
    return "No tag is proposed: too few bugs bear one, or proposals for later bugs were right too seldom."
