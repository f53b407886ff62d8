"""Items similar to a bug: unmarked likely duplicates, the nearest fixed bug, commits that may fix it."""

import pandas as pd

from analysis.judge.privacy import visible_bugs
from analysis.tables import schema

LIKELY = schema.LIKENESS[0]  # shown as a likely duplicate


def likely_duplicates(similar: pd.DataFrame) -> pd.DataFrame:
    """The pairs that are very similar and that nobody has marked yet, the most similar first (schema.SIMILAR_BUGS)."""
    pairs = similar[~similar["is_known_duplicate"] & similar["likeness"].eq(LIKELY).fillna(False)]
    order = ["similarity", "bug_id", "other_bug_id"]
    return pairs.sort_values(order, ascending=[False, True, True], kind="stable", ignore_index=True)


def look_alikes(similar: pd.DataFrame, bugs: pd.DataFrame, *, most: int = 50) -> pd.DataFrame:
    """The likeliest duplicates that nobody has marked yet, with both titles, each pair once.

    The score is the chance that the two are one bug. It is NA if the project's marked duplicates do not suffice to
    learn it.

    Parameters
    ----------
    similar : DataFrame, schema.SIMILAR_BUGS
    bugs : DataFrame, schema.BUGS
    """
    pairs = likely_duplicates(similar)
    low, high = pairs[["bug_id", "other_bug_id"]].min(axis=1), pairs[["bug_id", "other_bug_id"]].max(axis=1)
    pairs = pairs.assign(low=low, high=high).drop_duplicates(["low", "high"])
    pairs = _add_titles(pairs, bugs)
    pairs = pairs.sort_values(["similarity", "bug_id", "other_bug_id"], ascending=[False, True, True], kind="stable")
    return (
        pairs[["bug_id", "bug_title", "other_bug_id", "other_title", "similarity", "score", "is_fixed"]]
        .head(most)
        .reset_index(drop=True)
    )


def nearest_fixed(similar: pd.DataFrame, bugs: pd.DataFrame, *, most: int = 100) -> pd.DataFrame:
    """For each open bug the nearest fixed bug and its fix, the nearest pairs first.

    Parameters
    ----------
    similar : DataFrame, schema.SIMILAR_BUGS
    bugs : DataFrame, schema.BUGS
    """
    pairs = similar[similar["is_fixed"].fillna(False)]
    pairs = pairs.sort_values(["similarity", "other_bug_id"], ascending=[False, True], kind="stable")
    pairs = _add_titles(pairs.drop_duplicates("bug_id"), bugs).rename(columns={"fixes": "fixed_by"})
    pairs = pairs.sort_values(["similarity", "bug_id"], ascending=[False, True], kind="stable")
    columns = ["bug_id", "bug_title", "other_bug_id", "other_title", "fixed_by", "similarity"]
    return pairs[columns].head(most).reset_index(drop=True)


def possibly_fixed(
    possible_fixes: pd.DataFrame, bugs: pd.DataFrame, unfixed_bugs: pd.DataFrame, change_commits: pd.DataFrame
) -> pd.DataFrame:
    """The open bugs that a commit may have fixed without naming them, those that are least like a false alarm first.

    Of equally rare false alarms, the more similar first.

    Parameters
    ----------
    possible_fixes, bugs, unfixed_bugs, change_commits : DataFrames of those schemas

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, subject, sha, committed_at, report_age_days, common_words, named_bug_ids,
        how_sure, doubt, similarity, false_alarms, reason: which change or commit it is, how long after the report,
        which other bugs it names, and the doubt
    """
    titles = visible_bugs(bugs)[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    rows = possible_fixes.merge(titles, "inner", "bug_id", validate="m:1")
    rows = rows.merge(unfixed_bugs[["bug_id", "importance"]], "left", "bug_id", validate="m:1")
    rows = rows.sort_values(
        ["false_alarms", "similarity", "bug_id", "rank"], ascending=[True, False, True, True], kind="stable",
        ignore_index=True,
    )  # fmt: skip
    rows["reason"] = _what_speaks_for(rows, change_commits)
    return rows[
        ["bug_id", "bug_title", "importance", "subject", "sha", "committed_at", "report_age_days", "common_words",
         "named_bug_ids", "how_sure", "doubt", "similarity", "false_alarms", "reason"]
    ]  # fmt: skip


def _after(days: int) -> str:
    return "on the day of the report" if days == 0 else f"{days:,} day{'s' * (days > 1)} after the report"


def _what_speaks_for(rows: pd.DataFrame, change_commits: pd.DataFrame) -> "pd.Series[str]":
    numbers = change_commits.drop_duplicates("sha").set_index("sha")["change_number"]
    change = "change " + schema.looked_up(rows["sha"], numbers).astype("Int64").astype("str")
    days = rows["report_age_days"].round().astype(int)
    since = pd.Series([_after(n) for n in days], index=rows.index, dtype=schema.TEXT)
    reason = change.fillna("commit " + rows["sha"].str[:9]) + ", " + since
    named = [", ".join(f"bug {bug}" for bug in ids) for ids in rows["named_bug_ids"]]
    others = pd.Series([f"; it names {bugs}" if bugs else "" for bugs in named], index=rows.index, dtype=schema.TEXT)
    return (reason + others + ("; " + rows["doubt"].astype("str")).fillna("")).astype(schema.TEXT)


def why_none_possibly_fixed(commits: pd.DataFrame) -> str:
    """The sentence for an empty list of commits that may have fixed a bug: none stands out, or none was fetched."""
    if commits.empty:
        return "No commit was fetched, so it is unknown which may have fixed a bug without naming it."
    return "No commit stands out, or fewer fixes name their bug than it takes to learn from."


def _add_titles(pairs: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The pairs of public bugs, with bug_title and other_title."""
    titles = visible_bugs(bugs)[["bug_id", "title"]]
    titled = pairs.merge(titles.rename(columns={"title": "bug_title"}), "inner", "bug_id", validate="m:1")
    other = titles.rename(columns={"bug_id": "other_bug_id", "title": "other_title"})
    return titled.merge(other, "inner", "other_bug_id", validate="m:1")
