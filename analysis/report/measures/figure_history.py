"""The figures at the top of a page, and the value of each a week, four weeks, thirteen weeks and a year before."""

from collections.abc import Callable, Collection, Mapping

import pandas as pd

from analysis.report.measures.bugs import of_project, open_among
from analysis.tables import schema

# The columns of earlier values, and how many days ago they were: whole weeks, because a project works by the week.
SPANS = {"week_ago": 7, "month_ago": 28, "quarter_ago": 91, "year_ago": 364}
LOWER, HIGHER, NEITHER = "lower", "higher", ""
Then = Callable[[pd.Timestamp], object]  # a number as of an instant, NA if unknown


def instants(as_of: pd.Timestamp) -> dict[str, pd.Timestamp]:
    """The instants to compare figures with, by the names of SPANS."""
    return {name: as_of - pd.Timedelta(days=days) for name, days in SPANS.items()}


def with_past(
    facts: pd.DataFrame, past: Mapping[str, Then], *, as_of: pd.Timestamp, more_is_better: Collection[str] = (),
    neutral: Collection[str] = (),
) -> pd.DataFrame:  # fmt: skip
    """The facts with earlier values: `week_ago`, `month_ago`, `quarter_ago`, `year_ago` (NA: unknown), and `better`.

    `better` is lower, higher, or empty if neither is better; NA for a fact that is not in `past`, whose earlier values
    nothing shows.
    """
    columns = {}
    for name, at in instants(as_of).items():
        numbers = [past[fact](at) if fact in past else pd.NA for fact in facts["fact"].tolist()]
        columns[name] = pd.Series(numbers, facts.index, dtype="object").astype("Float64")
    better = [
        pd.NA if fact not in past else NEITHER if fact in neutral else HIGHER if fact in more_is_better else LOWER
        for fact in facts["fact"].tolist()
    ]
    return facts.assign(**columns, better=pd.Series(better, index=facts.index, dtype=schema.TEXT))


def at_instants(weekly: pd.DataFrame, column: str) -> Then:
    """The value of a table with instants (`at`) at one of them: that of the last row until then, else NA."""

    def then(at: pd.Timestamp) -> object:
        values = weekly.loc[weekly["at"] <= at, column]
        return values.iloc[-1] if len(values) else pd.NA

    return then


def tasks_at(bug_tasks: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """The tasks that existed at an instant, with `is_open` as it was then, NA if unknown.

    A reopened task counts as open all the time: its earlier closing is not served.
    """
    tasks = bug_tasks[~bug_tasks["created_at"].gt(at).fillna(False)]
    was_closed_later = tasks["closed_at"].gt(at).fillna(False)
    is_dated = tasks["is_open"].fillna(True) | tasks["closed_at"].notna()
    return tasks.assign(is_open=(tasks["is_open"] | was_closed_later).where(is_dated))


def open_bugs_at(
    bugs: pd.DataFrame, bug_tasks: pd.DataFrame, at: pd.Timestamp, *, launchpad_project: str, words: str = ""
) -> object:
    """How many bugs of the project were open then; `words`: only those whose title holds them. NA where none is known.

    Parameters
    ----------
    bugs, bug_tasks : DataFrame, schema tables of these names
    """
    if bugs.empty or not bugs["created_at"].le(at).any():
        return pd.NA
    of_bug = ["bug_id", "title", "is_private", "duplicate_of"]
    bugs_by_then = bugs.loc[bugs["created_at"].le(at).fillna(False), of_bug]
    tasks = tasks_at(bug_tasks[bug_tasks["target"].eq(launchpad_project)], at)
    own = of_project(bugs_by_then, tasks, launchpad_project=launchpad_project)
    if own["is_open"].isna().mean() > MOST_UNDATED:
        return pd.NA
    rows = open_among(own)
    return len(rows[rows["title"].str.contains(words, case=False, regex=False).fillna(False)] if words else rows)


MOST_UNDATED = 0.01  # with a larger share of undated bugs, the number of open ones is unknown


def untriaged_at(recent: pd.DataFrame, bug_tasks: pd.DataFrame, at: pd.Timestamp, *, launchpad_project: str) -> object:
    """How many bugs were New then; NA if it is unknown when some of them left that status.

    Parameters
    ----------
    recent : DataFrame of `measures.recent_bugs`
    bug_tasks : DataFrame, schema.BUG_TASKS
    """
    if not recent["created_at"].le(at).any():
        return pd.NA
    dates = ["confirmed_at", "triaged_at", "in_progress_at", "incomplete_at", "fix_committed_at", "fix_released_at",
             "closed_at"]  # fmt: skip
    own = bug_tasks[bug_tasks["target"].eq(launchpad_project)].set_index("bug_id")
    left = pd.to_datetime(schema.looked_up(recent["bug_id"], own[dates].min(axis=1)), utc=True)
    then = recent.assign(left_at=left)[recent["created_at"].le(at)]
    is_new = then["status"].eq("New").fillna(False)
    undated = ~is_new & then["left_at"].isna()
    # A bug with only a closing date may have left New long before.
    statuses = schema.looked_up(then["bug_id"], own[dates[:-1]].notna().any(axis=1)).fillna(False)
    is_vague = ~is_new & ~statuses.astype(bool) & then["closed_at"].gt(at).fillna(False)
    if undated.any() or is_vague.any():
        return pd.NA
    return int((is_new | then["left_at"].gt(at).fillna(False)).sum())


def within(dates: pd.Series, at: pd.Timestamp, *, days: float) -> object:
    """How many dates are in a number of days before an instant; NA if the first date is after their beginning."""
    start = at - pd.Timedelta(days=days)
    if not dates.le(start).any():
        return pd.NA
    return int((dates.gt(start) & dates.le(at)).fillna(False).sum())
