"""What stable branches lack: a row for each fixed bug on each branch, and the counts that lead to these rows."""

import pandas as pd

from analysis.report import page_registry
from analysis.report.measures.bugs import IMPORTANT
from analysis.report.measures.fixes import for_review
from analysis.report.measures.stable_branches import lack_of_each_branch
from analysis.tables import schema
from analysis.tables.counts import counted
from analysis.tables.schema.fixes import BACKPORT_STATES

# What becomes of a requested backport, by the state of its branch.
_REQUESTS = {
    "missing": "to make", "blocked": "first on a newer branch", "waiting": "in review", "abandoned": "abandoned",
}  # fmt: skip
LACKS = ("waiting", "missing", "blocked", "abandoned")  # the states of a branch that does not have the fix
PRODUCT, TESTS = "product", "tests or gate"
TEST_TAGS = frozenset({"gate-failure", "gate", "testing", "tests", "functional"})
# The name of a test or of a test job: such a fix is for developers, and users of a branch do not need it.
_NAMES_A_TEST = r"(?i)\btest_[a-z]|\bgate-|\bgate\b|\bjobs?\b|\b(?:unit|functional) tests?\b"


def branch_states(matrix: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The state of each fixed bug on each stable branch: blockers first.

    First what somebody asked for, then the product before its tests, then the most important, then what goes to the
    newest branch, then the oldest fix.

    Parameters
    ----------
    matrix : DataFrame of measures.backports
    bugs : DataFrame, schema.BUGS

    Returns
    -------
    DataFrame
        branch, bug_id, bug_title, importance, on_branch (one of BACKPORT_STATES), change_number (NA of none, or where a
        clone alone tells), n_changes (0 or 1), is_wanted, concerns (PRODUCT or TESTS), fixed_on_master_at.
    """
    facts = ["bug_id", "bug_title", "importance", "is_wanted", "fixed_on_master_at"]
    rows = lack_of_each_branch(matrix, facts)
    rows = rows.assign(
        concerns=concerns(rows, bugs),
        is_first=rows["is_wanted"].fillna(False).astype(bool),
    ).dropna(subset="on_branch")
    order = ["is_first", "concerns", "place", "age", "fixed_on_master_at", "bug_id"]  # the product comes before tests
    rows = rows.sort_values(order, ascending=[False, True, True, True, True, True], ignore_index=True)
    rows = rows.assign(n_changes=rows["change_number"].notna().astype("Int64")).astype({"branch": schema.TEXT})
    columns = ["branch", *facts[:3], "on_branch", "change_number", "n_changes", "is_wanted", "concerns"]
    return rows[[*columns, "fixed_on_master_at"]]


def concerns(rows: pd.DataFrame, bugs: pd.DataFrame) -> "pd.Series[str]":
    """What each bug is about: tests or the gate, by a tag or by a title that names a test or a job; else the product.

    Parameters
    ----------
    rows : DataFrame with bug_id and bug_title
    bugs : DataFrame, schema.BUGS
    """
    tags = bugs[["bug_id", "tags"]].explode("tags")
    tagged = tags.loc[tags["tags"].isin(TEST_TAGS), "bug_id"]
    is_test = rows["bug_id"].isin(tagged) | rows["bug_title"].str.contains(_NAMES_A_TEST).fillna(False).astype(bool)
    kinds: pd.Series[str] = pd.Series(PRODUCT, rows.index, dtype=schema.TEXT).mask(is_test, TESTS)
    return kinds


def by_branch(rows: pd.DataFrame, branches: list[str]) -> pd.DataFrame:
    """How many bugs of the product are in each state on each branch, and where those that a branch lacks are listed.

    Parameters
    ----------
    rows : DataFrame of `branch_states`
    branches : every branch, oldest series first

    Returns
    -------
    DataFrame, newest branch first
        branch, a column for each of BACKPORT_STATES, and for each of LACKS an address, such as missing_page.
    """
    product = rows[rows["concerns"].eq(PRODUCT)]
    counts = pd.crosstab(product["branch"], product["on_branch"]).reindex(branches[::-1], fill_value=0)
    counts = counts.reindex(columns=list(BACKPORT_STATES), fill_value=0).astype("Int64")
    counts = counts.rename_axis(index="branch", columns=None).reset_index()
    for lack in LACKS:
        pages = [
            page_registry.BACKPORTS.address(
                part="lacking", branch=str(branch), on_branch=schema.BACKPORT_LABELS.get(lack, lack), concerns=PRODUCT
            )
            for branch in counts["branch"]
        ]
        counts[f"{lack}_page"] = pd.Series(pages, counts.index, dtype=schema.TEXT)
    return counts


def lacking(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `branch_states` whose branch does not have the fix, in their order."""
    return rows[rows["on_branch"].isin(LACKS)].reset_index(drop=True)


def requests_in_words(rows: pd.DataFrame) -> str:
    """How many of the rows are to be made and how many are not, to follow a sentence; empty if all are to be made."""
    counts = {words: int(rows["on_branch"].eq(state).sum()) for state, words in _REQUESTS.items()}
    others = [f"{n:,} {words}" for words, n in counts.items() if n]
    return f": {', '.join(others)}" if len(rows) > counts[_REQUESTS["missing"]] else ""


def next_backports(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `lacking` to backport next: missing on their branch alone, and asked for or of an important bug.

    What was asked for first, then the most important, then what goes to the newest branch, then the oldest fix.
    """
    is_wanted = rows["is_wanted"].fillna(False).astype(bool)
    is_important = rows["importance"].isin(IMPORTANT).fillna(False) & rows["concerns"].eq(PRODUCT)
    kept = rows[rows["on_branch"].eq("missing") & (is_wanted | is_important)]
    kept = kept.assign(
        place=schema.importance_place(kept["importance"]),
        is_first=is_wanted.loc[kept.index],
        age=kept["branch"].map(schema.branch_place),
    )
    order = ["is_first", "place", "age", "fixed_on_master_at", "bug_id"]
    kept = kept.sort_values(order, ascending=[False, True, False, True, True], ignore_index=True)
    return kept.drop(columns=["place", "is_first", "age"])


def counts_in_words(open_changes: pd.DataFrame, fixes: pd.DataFrame, rows: pd.DataFrame) -> str:
    """How the three counts of open backports go together, in sentences; empty if no open change fixes a bug.

    Parameters
    ----------
    open_changes : DataFrame of measures.on_stable_branches
    fixes : DataFrame of measures.each_once, fixes for any branch
    rows : DataFrame of `branch_states`
    """
    of_bugs = fixes[fixes["change_number"].isin(open_changes["change_number"])]
    if of_bugs.empty:
        return ""
    n, n_fixes, n_asked = len(open_changes), len(of_bugs), len(for_review(of_bugs))
    waiting = rows[rows["on_branch"].eq("waiting")]
    n_product = int(waiting["concerns"].eq(PRODUCT).sum())
    need = "that may await review" if of_bugs["waiting_on"].isna().any() else "awaiting review"
    return (
        f"{counted(n, 'change')}, of which fixes of bugs {n_fixes:,}: {need} {n_asked:,} (the number in mail and "
        f'agenda), held back or waiting for others {n_fixes - n_asked:,}. "In review" by branch, above, counts each '
        f"bug of these fixes on each branch, but leaves out tests and gate jobs: {n_product:,}."
    )
