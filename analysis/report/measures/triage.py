"""Triage: new bugs, untriaged bugs, and closed bugs."""

from dataclasses import replace

import pandas as pd

from analysis.judge.privacy import visible_bugs
from analysis.report import page_registry
from analysis.report.measures.bugs import not_fetched, of_project, open_bugs, with_bug_areas
from analysis.report.measures.facts import Fact, facts_frame
from analysis.report.measures.fixes import days_between
from analysis.report.measures.similar_bugs import likely_duplicates
from analysis.tables import schema
from analysis.tables.counts import counted

UNTRIAGED = "New"  # the status of bugs that nobody has triaged
FIXED = ("Fix Released", "Fix Committed")
WEEKS = 26
LISTS = {"untriaged": "untriaged", "reported": "opened", "closed": "closed"}  # on that page
NO_TAG = "no tag"


def period_start(previous_as_of: str, *, days: int, as_of: pd.Timestamp) -> pd.Timestamp:
    """The beginning of "lately": the given instant of the report before (ISO 8601), or a number of days ago."""
    return pd.Timestamp(previous_as_of) if previous_as_of else as_of - pd.Timedelta(days=days)


def recent_bugs(
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    *,
    launchpad_project: str,
    area_members: pd.DataFrame,
    areas: pd.DataFrame,
    release: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The public bugs of the project without duplicates, newest first, with their areas by rule.

    Parameters
    ----------
    bugs, bug_tasks, area_members, areas : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, is_open, created_at, age_days, closed_at (NA while open), heat,
        tags, and areas (their titles) and areas_page of `with_area_names`.
    """
    rows = of_project(bugs, bug_tasks, launchpad_project=launchpad_project)
    rows = rows[rows["duplicate_of"].isna()].rename(columns={"title": "bug_title"})
    closed = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "closed_at"]]
    rows = rows.merge(closed, "left", "bug_id", validate="1:1")
    rows["closed_at"] = rows["closed_at"].where(~rows["is_open"].fillna(False))
    rows["age_days"] = days_between(rows["created_at"], as_of)
    rows = with_bug_areas(rows, area_members, areas, release=release)
    rows = rows.sort_values(["created_at", "bug_id"], ascending=[False, True], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "is_open", "created_at", "age_days"]
    return rows[[*of_bug, "closed_at", "heat", "tags", "areas", "areas_page"]]


def untriaged_bugs(recent: pd.DataFrame, similar_bugs: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The open bugs that are New, newest first, each with the public bug of which it is most likely a duplicate.

    Parameters
    ----------
    recent : DataFrame of `recent_bugs`
    similar_bugs, bugs : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        the columns of `recent`, then other_bug_id (NA where no bug is near enough) and n_alike (0 or 1).
    """
    waits = recent[recent["is_open"].fillna(False) & recent["status"].eq(UNTRIAGED).fillna(False)]
    near = likely_duplicates(similar_bugs)
    near = near[near["other_bug_id"].isin(visible_bugs(bugs)["bug_id"])]
    best = near.drop_duplicates("bug_id")
    rows = waits.sort_values(["created_at", "bug_id"], ascending=[False, True], ignore_index=True)
    rows["other_bug_id"] = schema.looked_up(rows["bug_id"], best.set_index("bug_id")["other_bug_id"])
    return rows.assign(n_alike=rows["other_bug_id"].notna().astype("Int64"))


def status_unknown(recent: pd.DataFrame) -> pd.DataFrame:
    """The bugs of `recent_bugs` that may be untriaged: their status at this instant is unknown; newest first."""
    rows = recent[recent["status"].isna() & recent["is_open"].fillna(True)]
    return rows.sort_values(["created_at", "bug_id"], ascending=[False, True], ignore_index=True)


def by_tag(waits: pd.DataFrame) -> pd.DataFrame:
    """The number of the given bugs with each tag, most frequent first, so that each subteam finds its own.

    A bug with two tags counts in both.

    Returns
    -------
    DataFrame
        tag ("no tag" for those that bear none), n_bugs, oldest_days.
    """
    each = waits[["bug_id", "tags", "age_days"]].explode("tags").rename(columns={"tags": "tag"})
    each["tag"] = each["tag"].fillna(NO_TAG)
    counts = each.groupby("tag").agg(n_bugs=("bug_id", "size"), oldest_days=("age_days", "max")).reset_index()
    counts = counts.astype({"n_bugs": "Int64"})
    return counts.sort_values(["n_bugs", "tag"], ascending=[False, True], ignore_index=True)


def opened_bugs(recent: pd.DataFrame, *, since: pd.Timestamp) -> pd.DataFrame:
    """The bugs of `recent_bugs` that were reported after an instant, newest first."""
    return recent[recent["created_at"] > since].reset_index(drop=True)


def closed_bugs(recent: pd.DataFrame, *, since: pd.Timestamp) -> pd.DataFrame:
    """The bugs of `recent_bugs` that were closed after an instant, the last first."""
    rows = recent[(recent["closed_at"] > since).fillna(False)]
    return rows.sort_values(["closed_at", "bug_id"], ascending=[False, True], ignore_index=True)


def triage_facts(
    recent: pd.DataFrame,
    waits: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
    since: pd.Timestamp,
) -> pd.DataFrame:
    """The numbers at the top of the page as facts: `fact`, `n`, `text`, `unit`, `note`, `fact_page`.

    Unknown, not 0, where `bugs` is empty, because then none was fetched.
    """
    rows = closed_bugs(recent, since=since)
    oldest = round(float(waits["age_days"].max())) if len(waits) else pd.NA
    nothing = pd.NA if len(waits) else "none"
    may_wait = len(status_unknown(recent))
    of_unknown = f"; the status of {may_wait} more is unknown" if may_wait else ""
    day = f"{since:%Y-%m-%d}"
    facts = [
        Fact("untriaged", "open bugs whose status is New, without duplicates" + of_unknown, n=len(waits)),
        Fact("oldest untriaged", "since it was reported", n=oldest, unit="days", text=nothing),
        Fact("reported", f"since {day}", n=len(opened_bugs(recent, since=since))),
        Fact("closed", f"since {day}, for whatever reason", n=len(rows)),
        Fact("fixed", "of these, Fix Released or Fix Committed", n=int(rows["status"].isin(FIXED).sum())),
        Fact(
            "open bugs",
            f"with an open task in {launchpad_project}, without duplicates",
            n=len(open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project)),
        ),
    ]
    if bugs.empty:
        facts = [replace(fact, n=pd.NA, text=pd.NA) for fact in facts]
    pages = {fact: page_registry.TRIAGE.address(part=name) for fact, name in LISTS.items()}
    return facts_frame(facts, pages={**pages, "open bugs": page_registry.OPEN_BUGS.address()})


def triage_in_words(recent: pd.DataFrame, waits: pd.DataFrame, *, bugs: pd.DataFrame, since: pd.Timestamp) -> str:
    """The week of the bugs in a sentence; empty if no bug was fetched.

    >>> triage_in_words(pd.DataFrame(), pd.DataFrame(), bugs=schema.BUGS.empty(), since=pd.Timestamp("2015-07-27"))
    ''
    """
    if bugs.empty:
        return ""
    rows = closed_bugs(recent, since=since)
    opened = counted(len(opened_bugs(recent, since=since)), "bug reported", plural="bugs reported")
    fixed = f"{int(rows['status'].isin(FIXED).sum())} of these fixed"
    return f"Since {since:%Y-%m-%d}: {opened}, {len(rows)} closed, {fixed}; {len(waits)} untriaged."


def open_close_counts(recent: pd.DataFrame, *, as_of: pd.Timestamp, weeks: int = WEEKS) -> pd.DataFrame:
    """How many bugs were reported and how many closed in each of the last weeks.

    Returns
    -------
    DataFrame of `weeks` rows, oldest first
        at (the week's end), n_opened, n_closed; NA where there is no bug at all.
    """
    bounds = pd.date_range(end=as_of, periods=weeks + 1, freq="7D")
    begins, ends = bounds[:-1], bounds[1:]
    counts = {
        name: [int(recent[at].between(*week, inclusive="right").sum()) for week in zip(begins, ends, strict=True)]
        for name, at in (("n_opened", "created_at"), ("n_closed", "closed_at"))
    }
    weekly = pd.DataFrame({"at": ends, **{name: pd.array(values, "Int64") for name, values in counts.items()}})
    return weekly if len(recent) else weekly.assign(n_opened=None, n_closed=None).astype(weekly.dtypes)


def why_none_untriaged(bugs: pd.DataFrame) -> str:
    """The sentence for an empty list of bugs that wait for triage."""
    if bugs.empty:
        return not_fetched("which wait for triage")
    return "No open bug is New."


def why_none_unknown(bugs: pd.DataFrame) -> str:
    """The sentence for an empty list of bugs whose status is unknown."""
    if bugs.empty:
        return not_fetched("which wait for triage")
    return "The status of every bug is known."


def why_none_since(bugs: pd.DataFrame, *, what: str, since: pd.Timestamp) -> str:
    """The sentence for an empty list of bugs that were "reported" or "closed" since an instant."""
    if bugs.empty:
        return not_fetched(f"which were {what}")
    return f"No bug was {what} since {since:%Y-%m-%d}."
