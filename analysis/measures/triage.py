"""What the person who triages asks each week: which bugs came in, which still wait for triage, which were closed."""

from dataclasses import replace

import pandas as pd

from analysis import schema
from analysis.measures.bugs import not_fetched, of_project, open_bugs, with_bug_areas
from analysis.measures.facts import Fact, facts_frame
from analysis.measures.fixes import days_between
from analysis.measures.still_open import OPEN_BUGS_PAGE
from analysis.visible import visible_bugs

UNTRIAGED = "New"  # the status that nobody has looked at
FIXED = ("Fix Released", "Fix Committed")
LEAST_ALIKE = 0.5  # score from which another bug is named as a likely duplicate
WEEKS = 26
PAGE = "16_triage.html"
LISTS = {"wait for triage": "untriaged", "reported": "opened", "closed": "closed"}  # on that page
NO_TAG = "no tag"


def window(previous_as_of: str, *, days: int, as_of: pd.Timestamp) -> pd.Timestamp:
    """The instant that "lately" began: that of the report before, ISO 8601, or where it is empty so many days ago."""
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
    """The public bugs of the project that are no duplicates, newest first, with their areas by rule.

    Parameters
    ----------
    bugs, bug_tasks, area_members, areas : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, is_open, created_at, age_days, closed_at (NA while open), heat,
        tags, and areas (their titles) and areas_page of `with_area_names`.
    """
    found = of_project(bugs, bug_tasks, launchpad_project=launchpad_project)
    found = found[found["duplicate_of"].isna()].rename(columns={"title": "bug_title"})
    closed = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "closed_at"]]
    found = found.merge(closed, "left", "bug_id", validate="1:1")
    found["closed_at"] = found["closed_at"].where(~found["is_open"].fillna(False))
    found["age_days"] = days_between(found["created_at"], as_of)
    found = with_bug_areas(found, area_members, areas, release=release)
    found = found.sort_values(["created_at", "bug_id"], ascending=[False, True], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "is_open", "created_at", "age_days"]
    return found[[*of_bug, "closed_at", "heat", "tags", "areas", "areas_page"]]


def untriaged(recent: pd.DataFrame, similar_bugs: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The open bugs that are New, oldest first, each with the public bug that it is the likeliest duplicate of.

    Parameters
    ----------
    recent : DataFrame of `recent_bugs`
    similar_bugs, bugs : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        the columns of `recent`, then other_bug_id (NA where no bug is near enough) and n_alike (0 or 1).
    """
    waits = recent[recent["is_open"].fillna(False) & recent["status"].eq(UNTRIAGED)]
    near = similar_bugs[~similar_bugs["is_known_duplicate"] & (similar_bugs["score"] >= LEAST_ALIKE)]
    near = near[near["other_bug_id"].isin(visible_bugs(bugs)["bug_id"])]
    best = near.sort_values(["score", "other_bug_id"], ascending=[False, True]).drop_duplicates("bug_id")
    found = waits.sort_values(["created_at", "bug_id"], ignore_index=True)
    found["other_bug_id"] = schema.looked_up(found["bug_id"], best.set_index("bug_id")["other_bug_id"])
    return found.assign(n_alike=found["other_bug_id"].notna().astype("Int64"))


def by_tag(waits: pd.DataFrame) -> pd.DataFrame:
    """How many of the untriaged bugs bear each tag, most first, so that each subteam finds its own.

    A bug with two tags counts in both.

    Returns
    -------
    DataFrame
        tag ("no tag" for those that bear none), n_bugs, oldest_days.
    """
    each = waits[["bug_id", "tags", "age_days"]].explode("tags").rename(columns={"tags": "tag"})
    each["tag"] = each["tag"].fillna(NO_TAG)
    found = each.groupby("tag").agg(n_bugs=("bug_id", "size"), oldest_days=("age_days", "max")).reset_index()
    found = found.astype({"n_bugs": "Int64"})
    return found.sort_values(["n_bugs", "tag"], ascending=[False, True], ignore_index=True)


def opened(recent: pd.DataFrame, *, since: pd.Timestamp) -> pd.DataFrame:
    """The bugs of `recent_bugs` that were reported after an instant, newest first."""
    return recent[recent["created_at"] > since].reset_index(drop=True)


def closed(recent: pd.DataFrame, *, since: pd.Timestamp) -> pd.DataFrame:
    """The bugs of `recent_bugs` that were closed after an instant, the last first."""
    found = recent[(recent["closed_at"] > since).fillna(False)]
    return found.sort_values(["closed_at", "bug_id"], ascending=[False, True], ignore_index=True)


def triage_facts(
    recent: pd.DataFrame,
    waits: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
    since: pd.Timestamp,
) -> pd.DataFrame:
    """The numbers that open the page as facts: `fact`, `n`, `text`, `unit`, `note`, `fact_page`.

    Unknown, not 0, where `bugs` is empty, because then none was fetched.
    """
    gone = closed(recent, since=since)
    oldest = round(float(waits["age_days"].max())) if len(waits) else pd.NA
    nothing = pd.NA if len(waits) else "none"
    day = f"{since:%Y-%m-%d}"
    facts = [
        Fact("wait for triage", "open bugs whose status is New, without duplicates", n=len(waits)),
        Fact("oldest of them", "since it was reported", n=oldest, unit="days", text=nothing),
        Fact("reported", f"since {day}", n=len(opened(recent, since=since))),
        Fact("closed", f"since {day}, for whatever reason", n=len(gone)),
        Fact("fixed", "of these, Fix Released or Fix Committed", n=int(gone["status"].isin(FIXED).sum())),
        Fact(
            "open bugs",
            f"with an open task in {launchpad_project}, without duplicates",
            n=len(open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project)),
        ),
    ]
    if bugs.empty:
        facts = [replace(fact, n=pd.NA, text=pd.NA) for fact in facts]
    pages = {fact: f"{PAGE}#{name}" for fact, name in LISTS.items()}
    return facts_frame(facts, pages={**pages, "open bugs": OPEN_BUGS_PAGE})


def triage_in_words(recent: pd.DataFrame, waits: pd.DataFrame, *, bugs: pd.DataFrame, since: pd.Timestamp) -> str:
    """The week of the bugs in a sentence; empty where no bug was fetched.

    >>> triage_in_words(pd.DataFrame(), pd.DataFrame(), bugs=schema.BUGS.empty(), since=pd.Timestamp("2015-07-27"))
    ''
    """
    if bugs.empty:
        return ""
    gone = closed(recent, since=since)
    counts = f"{len(opened(recent, since=since))} bugs reported, {len(gone)} closed"
    fixed = f"{int(gone['status'].isin(FIXED).sum())} of these fixed"
    return f"Since {since:%Y-%m-%d}: {counts}, {fixed}; {len(waits)} wait for triage."


def flow(recent: pd.DataFrame, *, as_of: pd.Timestamp, weeks: int = WEEKS) -> pd.DataFrame:
    """How many bugs were reported and how many closed in each of the last weeks.

    Returns
    -------
    DataFrame of `weeks` rows, oldest first
        at (the week's end), n_opened, n_closed; NA where there is no bug at all.
    """
    bounds = pd.date_range(end=as_of, periods=weeks + 1, freq="7D")
    begins, ends = bounds[:-1], bounds[1:]
    counted = {
        name: [int(recent[at].between(*week, inclusive="right").sum()) for week in zip(begins, ends, strict=True)]
        for name, at in (("n_opened", "created_at"), ("n_closed", "closed_at"))
    }
    found = pd.DataFrame({"at": ends, **{name: pd.array(values, "Int64") for name, values in counted.items()}})
    return found if len(recent) else found.assign(n_opened=None, n_closed=None).astype(found.dtypes)


def why_none_untriaged(bugs: pd.DataFrame) -> str:
    """What an empty list of bugs that wait for triage means."""
    if bugs.empty:
        return not_fetched("which wait for triage")
    return "Somebody has looked at every open bug: none is New."


def why_none_since(bugs: pd.DataFrame, *, what: str, since: pd.Timestamp) -> str:
    """What an empty list of bugs that were "reported" or "closed" since an instant means."""
    if bugs.empty:
        return not_fetched(f"which were {what}")
    return f"No bug was {what} since {since:%Y-%m-%d}."
