"""A few numbers about the whole project, and their quality: age, joins, links."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.judge.privacy import visible_bugs, visible_changes
from analysis.report import page_registry
from analysis.report.measures.bugs import open_bugs
from analysis.report.measures.facts import WITHOUT_FIX, Fact, facts_frame
from analysis.report.measures.fixes import days_between
from analysis.tables import schema

# The page with the list behind each number of `totals`.
LISTS = {
    "open fixes": page_registry.AWAITING_REVIEW.address(part="next"),
    "unreviewed": page_registry.AWAITING_REVIEW.address(part="unreviewed"),
    "over a limit": page_registry.AWAITING_REVIEW.address(part="breaches"),
    "open bugs": page_registry.OPEN_BUGS.address(),
    "bugs without fix": page_registry.BUGS_WITHOUT_FIX.address(part="without_fix"),
}
SOURCE_OF_WORK = {"open_bugs": "bugs", "open_fixes": "changes", "merged_fixes": "merged"}
OF_FIXES = ("open fixes", "unreviewed", "over a limit", "votes unknown")


def newest(*tables: pd.DataFrame) -> pd.Timestamp:
    """The newest time in any column of any of the tables. Raises ValueError if there is none."""
    times = [
        table[name].max() for table in tables for name in table if isinstance(table[name].dtype, pd.DatetimeTZDtype)
    ]
    newest_time: pd.Timestamp = max(time for time in times if pd.notna(time))
    return newest_time


def instant(as_of: str, *tables: pd.DataFrame) -> pd.Timestamp:
    """The instant to which ages are measured: the given one (ISO 8601), or if empty the newest time of the tables."""
    if not as_of:
        return newest(*tables)
    at = pd.Timestamp(as_of)
    return at.tz_localize("UTC") if at.tzinfo is None else at.tz_convert("UTC")


def totals(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    fixes: pd.DataFrame,
    without_fix: pd.DataFrame,
    breaches: pd.DataFrame,
    launchpad_project: str,
    has_changes: bool = True,
) -> pd.DataFrame:
    """The numbers that open a report as facts: `fact`, `n` (NA = unknown), `text`, `unit`, `note`.

    Numbers of bugs are unknown, not 0, when no bug was fetched at all, and those of fixes unless `has_changes`.
    """
    has_bugs = len(bugs) > 0
    known_votes = fixes["is_unreviewed"].notna()
    unreviewed = int(fixes["is_unreviewed"].fillna(False).sum()) if known_votes.any() or fixes.empty else pd.NA
    still_open = len(open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project)) if has_bugs else pd.NA
    fetched = f"open: {WITHOUT_FIX}" if has_bugs else "no bug was fetched from Launchpad"
    no_change = "no open change was fetched from Gerrit"
    facts = [
        Fact("open fixes", "open changes that count as a fix of a bug" if has_changes else no_change, n=len(fixes)),
        Fact("unreviewed", "nobody but the owner voted on the current patch set", n=unreviewed),
        Fact("over a limit", "have waited for review longer than the project allows", n=_over(fixes, breaches)),
        Fact("votes unknown", "open fixes whose votes the data does not hold", n=int((~known_votes).sum())),
        Fact("open bugs", f"with an open task in {launchpad_project}, without duplicates", n=still_open),
        Fact("bugs without fix", fetched, n=len(without_fix) if has_bugs else pd.NA),
    ]
    if not has_changes:
        facts = [replace(fact, n=pd.NA) if fact.fact in OF_FIXES else fact for fact in facts]
    return facts_frame(facts, pages=LISTS)


def join_coverage(
    *,
    bugs: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    links: pd.DataFrame,
    area_members: pd.DataFrame,
    has_areas: bool = True,
) -> pd.DataFrame:
    """The size of the data and the joined share: `subject`, `n`, `share` (0..1, NA without a base), `note`.

    How much is in an area is unknown unless `has_areas`.
    """
    visible = visible_changes(changes, links=links, bugs=bugs)
    numbers = visible["change_number"].astype("string")
    linked = numbers.isin(links.loc[links["kind"] == "change", "ref"])
    in_area = numbers.isin(area_members.loc[area_members["kind"] == "change", "ref"])
    n_in_area, share_in_area = (int(in_area.sum()), _share(in_area)) if has_areas else (pd.NA, pd.NA)
    commit_linked = commits["sha"].isin(links.loc[links["kind"] == "commit", "ref"])
    open_ones = visible["status"].isin(schema.OPEN_CHANGE_STATUSES)
    rows = [
        ("public bugs", len(visible_bugs(bugs)), pd.NA, "fetched from Launchpad"),
        ("changes", len(visible), pd.NA, "fetched from Gerrit"),
        ("changes with a bug", int(linked.sum()), _share(linked), "linked by footer, topic, subject or comment"),
        ("changes in an area", n_in_area, share_in_area, "by a rule of the area file"),
        (
            "open changes with known votes",
            *_known_count(visible.loc[open_ones, "has_labels"]),
            "their votes were fetched",
        ),
        (
            "open changes with known messages",
            *_known_count(visible.loc[open_ones, "has_messages"]),
            "their history was fetched",
        ),
        ("commits", len(commits), pd.NA, "read from the clone"),
        ("commits with a bug", int(commit_linked.sum()), _share(commit_linked), "linked by a footer"),
    ]
    coverage = pd.DataFrame(rows, columns=["subject", "n", "share", "note"])
    return coverage.astype({"subject": schema.TEXT, "n": "Int64", "share": "Float64", "note": schema.TEXT})


def freshness(*, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The newest event of each kind of record, and how many days before `as_of` it was.

    Returns
    -------
    DataFrame
        kind, n, newest_at, behind_days; NA where there is no record of the kind. What is newer than `as_of`, such as
        the commits of a clone, is 0 days behind.
    """
    newest = {
        "bugs": bugs["updated_at"].max(),
        "changes": changes["updated_at"].max(),
        "commits": commits["committed_at"].max(),
    }
    rows = pd.DataFrame(
        {
            "kind": pd.Series(list(newest), dtype=schema.TEXT),
            "n": pd.array([len(bugs), len(changes), len(commits)], "Int64"),
            "newest_at": pd.Series(list(newest.values()), dtype=schema.TIME),
        }
    )
    return rows.assign(behind_days=days_between(rows["newest_at"], as_of).clip(lower=0))


def sources(snapshots: Sequence[Mapping[str, object]], *, as_of: pd.Timestamp) -> pd.DataFrame:
    """The age of the snapshots of each source, and what is missing in them.

    Parameters
    ----------
    snapshots : one mapping a source
        source, where, at (ISO 8601; empty: unknown), n_records, n_pending, n_gone, gaps (sentences), as the report
        command passes them. A source of which nothing was fetched has 0 records.

    Returns
    -------
    DataFrame
        source, where, n_records, snapshot_at (`as_of` for a source that goes on after it, which its gaps then say),
        behind_days, n_pending, n_gone, gaps.
    """
    names = ("source", "where", "n_records", "n_pending", "n_gone", "gaps", "at")
    rows = pd.DataFrame({name: [each[name] for each in snapshots] for name in names})
    at = pd.to_datetime(rows["at"].where(rows["at"] != ""), utc=True, format="ISO8601")
    at = at.astype(schema.TIME)
    later = [[_goes_on(until)] if until > as_of else [] for until in at.tolist()]
    gaps = [[*gaps_of_one, *more] for gaps_of_one, more in zip(rows["gaps"], later, strict=True)]
    rows = rows.assign(gaps=pd.Series(gaps, rows.index, dtype=object))
    at = at.mask(at.gt(as_of).fillna(False), as_of)
    rows = rows.assign(snapshot_at=at, behind_days=days_between(at, as_of)).astype(
        {"source": schema.TEXT, "where": schema.TEXT, "n_records": "Int64", "n_pending": "Int64", "n_gone": "Int64"}
    )
    columns = ["source", "where", "n_records", "snapshot_at", "behind_days", "n_pending", "n_gone", "gaps"]
    return rows[columns]


def _goes_on(until: pd.Timestamp) -> str:
    return f"it goes on until {until:%Y-%m-%d %H:%M} UTC; what is later than this report is not used"


def unrecognised_lines(
    unread_lines: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame
) -> pd.DataFrame:
    """The lines of commit messages that look like a footer and made no link, those of open changes first.

    Returns
    -------
    DataFrame
        line, is_open (its change can still be amended, a commit cannot), change_number (NA for a commit), n_changes (0
        for a commit, else 1), ref.
    """
    visible = visible_changes(changes, links=links, bugs=bugs).set_index("change_number")["status"]
    number = pd.to_numeric(unread_lines["ref"].where(unread_lines["kind"] == "change")).astype("Int64")
    of_shown = unread_lines["kind"].eq("commit") | number.isin(visible.index)
    lines = unread_lines.assign(change_number=number)[of_shown.fillna(False)]
    is_open = schema.looked_up(lines["change_number"], visible).isin(schema.OPEN_CHANGE_STATUSES)
    lines = lines.assign(is_open=is_open.astype("boolean"), n_changes=lines["change_number"].notna().astype("Int64"))
    lines = lines.sort_values(["is_open", "change_number", "ref", "line_number"], ascending=[False, False, True, True])
    return lines[["line", "is_open", "change_number", "n_changes", "ref"]].reset_index(drop=True)


def known_coverage(area_coverage: pd.DataFrame, unserved: Collection[str]) -> pd.DataFrame:
    """The table area_coverage, with NA for the numbers of work that was not served."""
    lacks = area_coverage["what"].map(SOURCE_OF_WORK).isin(list(unserved))
    numbers = ["n", "n_in_area"]
    return area_coverage.assign(**{name: area_coverage[name].mask(lacks) for name in [*numbers, "outside"]})


def link_evidence(links: pd.DataFrame) -> pd.DataFrame:
    """How links were found: evidence, relation, n_links, n_unseen (the infra hook would not act on it), n_conflicts."""
    marked = links.assign(
        n_unseen=links["hook_sees_it"].eq(False).fillna(False).astype("Int64"),
        n_conflicts=links["conflicts_with"].notna().astype("Int64"),
    )
    marked["evidence"] = marked["evidence"].str.replace("_", " ")
    grouped = marked.groupby(["evidence", "relation"]).agg(
        n_links=("bug_id", "size"), n_unseen=("n_unseen", "sum"), n_conflicts=("n_conflicts", "sum")
    )
    counts = grouped.reset_index().astype({"n_links": "Int64"})
    return counts.sort_values(["n_links", "evidence", "relation"], ascending=[False, True, True], ignore_index=True)


def _over(fixes: pd.DataFrame, breaches: pd.DataFrame) -> object:
    """How many are over a limit; unknown if no waiting time is known."""
    return len(breaches) if fixes.empty or fixes["waiting_days"].notna().any() else pd.NA


def _share(is_so: pd.Series) -> float | object:
    return float(is_so.mean()) if len(is_so) else pd.NA


def _known_count(is_known: pd.Series) -> tuple[int, float | object]:
    is_true = is_known.fillna(False)
    return int(is_true.sum()), _share(is_true)
