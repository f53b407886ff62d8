"""The whole project in a handful of numbers, and how far they can be trusted."""

import pandas as pd

from analysis import schema
from analysis.measures.bugs import open_bugs
from analysis.measures.facts import Fact, facts_frame
from analysis.measures.still_open import OPEN_BUGS_PAGE
from analysis.visible import visible_bugs, visible_changes

# Where each number of `totals` is a list.
LISTS = {
    "open fixes": "03_review_state.html",
    "unreviewed": "01_overview.html#unreviewed",
    "over a limit": "01_overview.html#breaches",
    "open bugs": OPEN_BUGS_PAGE,
    "bugs without fix": "04_bugs_without_fix.html",
}


def newest(*tables: pd.DataFrame) -> pd.Timestamp:
    """The newest time in any column of any of the tables. Raises ValueError where there is none."""
    times = [
        table[name].max() for table in tables for name in table if isinstance(table[name].dtype, pd.DatetimeTZDtype)
    ]
    found: pd.Timestamp = max(time for time in times if pd.notna(time))
    return found


def instant(as_of: str, *tables: pd.DataFrame) -> pd.Timestamp:
    """The instant that ages are measured to: the one given (ISO 8601), or if empty the newest time of the tables."""
    if not as_of:
        return newest(*tables)
    given = pd.Timestamp(as_of)
    return given.tz_localize("UTC") if given.tzinfo is None else given.tz_convert("UTC")


def totals(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    fixes: pd.DataFrame,
    without_fix: pd.DataFrame,
    breaches: pd.DataFrame,
    launchpad_project: str,
) -> pd.DataFrame:
    """The numbers that open a report as facts: `fact`, `n` (NA = unknown), `text`, `unit`, `note`.

    Numbers of bugs are unknown, not 0, when no bug was fetched at all.
    """
    has_bugs = len(bugs) > 0
    known_votes = fixes["is_unreviewed"].notna()
    unreviewed = int(fixes["is_unreviewed"].fillna(False).sum()) if known_votes.any() or fixes.empty else pd.NA
    still_open = len(open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project)) if has_bugs else pd.NA
    fetched = "open, and no living change or commit fixes them" if has_bugs else "no bug was fetched from Launchpad"
    facts = [
        Fact("open fixes", "open changes that count as a fix of a bug", n=len(fixes)),
        Fact("unreviewed", "of these, no person but the owner voted on the current patch set", n=unreviewed),
        Fact("over a limit", "have waited for review longer than the project allows", n=_over(fixes, breaches)),
        Fact("votes unknown", "open fixes whose votes the data does not hold", n=int((~known_votes).sum())),
        Fact("open bugs", f"with an open task in {launchpad_project}, without duplicates", n=still_open),
        Fact("bugs without fix", fetched, n=len(without_fix) if has_bugs else pd.NA),
    ]
    return facts_frame(facts, pages=LISTS)


def _over(fixes: pd.DataFrame, breaches: pd.DataFrame) -> object:
    """How many are over a limit; unknown where no waiting time is known at all."""
    return len(breaches) if fixes.empty or fixes["waiting_days"].notna().any() else pd.NA


def joined(
    *, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame, links: pd.DataFrame, area_members: pd.DataFrame
) -> pd.DataFrame:
    """What the data holds and how much of it is joined: `subject`, `n`, `share` (0..1, NA without a base), `note`."""
    shown = visible_changes(changes, links=links, bugs=bugs)
    numbers = shown["change_number"].astype("string")
    linked = numbers.isin(links.loc[links["kind"] == "change", "ref"])
    in_area = numbers.isin(area_members.loc[area_members["kind"] == "change", "ref"])
    commit_linked = commits["sha"].isin(links.loc[links["kind"] == "commit", "ref"])
    open_ones = shown["status"].isin(schema.OPEN_CHANGE_STATUSES)
    rows = [
        ("public bugs", len(visible_bugs(bugs)), pd.NA, "fetched from Launchpad"),
        ("changes", len(shown), pd.NA, "fetched from Gerrit"),
        ("changes with a bug", int(linked.sum()), _share(linked), "linked by footer, topic, subject or comment"),
        ("changes in an area", int(in_area.sum()), _share(in_area), "by a rule of the area file"),
        ("open changes with known votes", *_known(shown.loc[open_ones, "has_labels"]), "Gerrit served their labels"),
        (
            "open changes with known messages",
            *_known(shown.loc[open_ones, "has_messages"]),
            "Gerrit served their history",
        ),
        ("commits", len(commits), pd.NA, "read from the clone"),
        ("commits with a bug", int(commit_linked.sum()), _share(commit_linked), "linked by a footer"),
    ]
    found = pd.DataFrame(rows, columns=["subject", "n", "share", "note"])
    text = schema.AREAS.dtypes["title"]
    return found.astype({"subject": text, "n": "Int64", "share": "Float64", "note": text})


def _share(is_so: pd.Series) -> float | object:
    return float(is_so.mean()) if len(is_so) else pd.NA


def _known(is_known: pd.Series) -> tuple[int, float | object]:
    known = is_known.fillna(False)
    return int(known.sum()), _share(known)
