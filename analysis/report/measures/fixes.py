"""Open fixes: changes that fix a bug, with their area, whose turn it is, and the limits on waiting."""

from collections.abc import Collection, Mapping
from typing import ClassVar

import pandas as pd
from msgspec import field

from analysis.judge import fixes
from analysis.judge.privacy import visible_changes
from analysis.judge.queue import core
from analysis.report.measures.areas import with_area_names
from analysis.tables import schema
from analysis.tables.configuration import Section

NEEDS = {state.name: state.needs for state in schema.STATES}
ALL = "all"
CHOICES = {"release": "Release", "area": "Area", "theme": "Theme", "owner_name": "Owner"}


def open_fixes(
    *,
    queue: pd.DataFrame,
    changes: pd.DataFrame,
    review_states: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The result of `fixes_by_area` for a queue without a table open_fixes, as in an earlier report.

    Parameters
    ----------
    queue, changes, review_states, links, bugs, bug_tasks : DataFrame, schema tables of these names
    """
    fixes_once = core(
        queue=queue,
        changes=changes,
        review_states=review_states,
        links=links,
        bugs=bugs,
        bug_tasks=bug_tasks,
        target=launchpad_project,
        as_of=as_of,
    )
    return fixes_by_area(fixes_once, queue)


def fixes_by_area(open_fixes: pd.DataFrame, queue: pd.DataFrame) -> pd.DataFrame:
    """The open fixes in each area that they are in: a fix in two areas has two rows.

    `age_days` runs from the change's creation and is known even where votes are not; `waiting_days` runs from when
    its turn began. `subject` is the bug's title, marked as that, where Gerrit's was not served. `bug_title` and
    `bug_status` are NA when the bug was not fetched.

    Parameters
    ----------
    open_fixes, queue : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame in the order of area_id, rank
        area_id, rank, then the columns of open_fixes.
    """
    rows = queue[["change_number", "area_id", "rank"]].merge(open_fixes, "inner", "change_number", validate="m:1")
    return rows.sort_values(["area_id", "rank", "change_number"], ignore_index=True)


def each_once(fixes: pd.DataFrame) -> pd.DataFrame:
    """The fixes with one row per change, without area, for numbers about the whole project."""
    return fixes.drop_duplicates("change_number").drop(columns=["area_id", "rank"]).reset_index(drop=True)


def for_review(fixes: pd.DataFrame) -> pd.DataFrame:
    """The fixes that wait for a review, or may wait for one because it is unknown whose turn it is.

    `need` says in words what a reviewer should do, and for a backport on which branch: other people may approve it
    there.
    """
    may_wait = (_waits(fixes) | fixes["waiting_on"].isna()) & ~_is_held(fixes)
    waiting = fixes[may_wait].reset_index(drop=True)
    is_backport = waiting["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)
    where = (" on " + waiting["branch"]).where(is_backport, "")
    return waiting.assign(need=needs(waiting["state"]) + where)


def not_asked_in_words(fixes: pd.DataFrame, *, asked: Collection[int]) -> str:
    """How many of the fixes nobody is asked for, and why, in a sentence; empty if all are asked for.

    Parameters
    ----------
    fixes : DataFrame of `each_once`
    asked : the change_number of those that somebody is asked for
    """
    rest = fixes.loc[~fixes["change_number"].isin(asked), "hold"].astype(schema.TEXT)
    is_later = rest.str.startswith("first on ").fillna(False)
    counts = {
        "first on a newer branch": int(is_later.sum()),
        "held back": int((rest.notna() & ~is_later).sum()),
        "waiting for others": int(rest.isna().sum()),
    }
    reasons = [f"{n:,} {words}" for words, n in counts.items() if n]
    return f"Open fixes in no group below: {', '.join(reasons)}." if reasons else ""


def needs(states: pd.Series) -> "pd.Series[str]":
    """The need of review states in words: what a reviewer should do, or else the name of the state on pages."""
    words: pd.Series[str] = states.map(NEEDS).astype(states.dtype).fillna(states.str.replace("_", " "))
    return words


def for_others(fixes: pd.DataFrame) -> pd.DataFrame:
    """The fixes that wait for their owner, a CI, another change, or nobody, and those on hold."""
    waits = ~_waits(fixes) & fixes["waiting_on"].notna()
    rows = fixes[waits | _is_held(fixes)].reset_index(drop=True)
    if "hold" not in rows:
        return rows
    return rows.assign(reason=(rows["hold"] + "; " + rows["reason"]).fillna(rows["hold"]).fillna(rows["reason"]))


def unreviewed_fixes(fixes: pd.DataFrame) -> pd.DataFrame:
    """The fixes that are known to be unreviewed, one row per change: most important first, then longest waiting."""
    rows = each_once(fixes[fixes["is_unreviewed"].fillna(False)])
    rows["place"] = schema.importance_place(rows["importance"])
    ordered = rows.sort_values(
        ["place", "waiting_days", "change_number"], ascending=[True, False, True], ignore_index=True
    )
    return ordered.drop(columns="place")


def why_none_unreviewed(fixes: pd.DataFrame) -> str:
    """The sentence for an empty list of unreviewed fixes."""
    if len(fixes) and fixes["is_unreviewed"].isna().all():
        return "The votes of no open fix were fetched, so it is unknown which are unreviewed."
    if fixes["is_unreviewed"].isna().any():
        return "None is known to be unreviewed, but the votes of some are unknown."
    return "A person has voted on the current patch set of every open fix."


def public_fixes(
    *, links: pd.DataFrame, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame
) -> pd.DataFrame:
    """The public rows of `linked_changes` that count as a fix and were not abandoned."""
    answers = fixes.not_abandoned(fixes.linked_changes(links=links, bugs=bugs, changes=changes, commits=commits))
    visible = visible_changes(changes, links=links, bugs=bugs)["change_number"]
    return answers[answers["kind"].eq("commit") | answers["change_number"].isin(visible)].reset_index(drop=True)


def days_between(since: pd.Series, until: pd.Timestamp) -> pd.Series:
    """Days from each instant to the other, to a tenth; NA where the instant is NA."""
    days: pd.Series = schema.days(until - since).astype("Float64").round(1)
    return days


class Limits(Section, frozen=True):
    """Days that a fix may wait for review: by the importance of its bug, and on a stable branch. None: no limit."""

    SECTION: ClassVar[str] = "limits"

    importance_days: Mapping[schema.Importance, schema.Days] = field(default_factory=dict)
    stable_days: schema.Days | None = None


def breaches(fixes: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """The fixes that have waited for review longer than a limit allows, the most overdue first; one row per change.

    If two limits apply, the shorter one counts. A fix with unknown waiting time is not a breach.

    Returns
    -------
    DataFrame
        the columns of `fixes` without area and rank, then limit_days, over_days, limit.
    """
    waits = with_limits(fixes[_waits(fixes)].drop_duplicates("change_number"), limits)
    over = waits.assign(over_days=(waits["waiting_days"] - waits["limit_days"]).round(1))
    over = over[(over["over_days"] > 0).fillna(False)]
    over = over.sort_values(["over_days", "change_number"], ascending=[False, True], ignore_index=True)
    columns = [name for name in over if name not in ("area_id", "rank", "limit_days", "over_days", "limit")]
    return over[[*columns, "limit_days", "over_days", "limit"]]


def with_limits(waits: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """The fixes with limit_days (NA if no limit applies), and limit, the reason for it in words.

    Where two apply, the shorter one counts.
    """
    by_importance = waits["importance"].map(dict(limits.importance_days)).astype("Float64")
    is_stable = waits["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)
    on_stable = pd.Series(limits.stable_days, index=waits.index, dtype="Float64").where(is_stable)
    limit = pd.concat([by_importance, on_stable], axis=1).min(axis=1)
    is_by_branch = on_stable.eq(limit).fillna(False)
    limit_names = ("importance " + waits["importance"]).mask(is_by_branch, "branch " + waits["branch"])
    return waits.assign(limit_days=limit, limit=limit_names)


def why_no_breach(limits: Limits) -> str:
    """The sentence for an empty list of breaches."""
    if not limits.importance_days and limits.stable_days is None:
        return "The project file sets no limits."
    return "No fix is known to wait longer than the project file allows."


def do_next(fixes: pd.DataFrame, areas: pd.DataFrame, *, release: str, most: int = 10) -> pd.DataFrame:
    """The fixes for the main branch to review first, highest score first; one row per change.

    Parameters
    ----------
    fixes : DataFrame of measures.open_fixes
    areas : DataFrame, schema.AREAS

    Returns
    -------
    DataFrame of at most `most` rows
        change_number, subject, owner_name, need, bug_id, importance, waiting_days, score, reasons, and areas (their
        titles) and areas_page of `with_area_names`.
    """
    # fixes of stable branches have their own list and cores
    waits = for_review(fixes[~fixes["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)])
    first = waits.sort_values(["score", "change_number"], ascending=[False, True]).drop_duplicates("change_number")
    first = first.head(most).reset_index(drop=True)
    rows = with_area_names(first, waits, areas, release=release, key="change_number", label="title")
    columns = ["change_number", "subject", "owner_name", "need", "bug_id", "importance", "waiting_days", "score"]
    return rows.reindex(columns=[*columns, "reasons", "areas", "areas_page"])  # an earlier report kept no owner


def with_names(
    fixes: pd.DataFrame,
    *,
    areas: pd.DataFrame,
    themes: pd.DataFrame,
    bug_themes: pd.DataFrame,
    changes: pd.DataFrame,
    accounts: pd.DataFrame,
) -> pd.DataFrame:
    """The fixes with `release`, `area` (its title), `theme` (its label) and `owner_name`; 'none' where there is none.

    A fix in two areas keeps its two rows.

    Parameters
    ----------
    fixes : DataFrame of measures.open_fixes
    areas, themes, bug_themes, changes, accounts : DataFrame, schema tables of these names
    """
    titles = areas.drop_duplicates("area_id").set_index("area_id")
    theme_of = schema.looked_up(fixes["bug_id"], bug_themes.set_index("bug_id")["theme_id"])
    owner = schema.looked_up(fixes["change_number"], changes.set_index("change_number")["owner"])
    people = accounts.set_index("account")
    names = people["name"].fillna(people["username"])
    return fixes.assign(
        release=schema.looked_up(fixes["area_id"], titles["release"]).fillna("none"),
        area=schema.looked_up(fixes["area_id"], titles["title"]).fillna("none"),
        theme=schema.looked_up(theme_of, themes.set_index("theme_id")["label"]).fillna("none"),
        owner_name=schema.looked_up(owner, names).fillna(owner.astype(schema.TEXT)).fillna("unknown"),
    )


def choices(fixes: pd.DataFrame) -> dict[str, list[str]]:
    """The values of each of CHOICES, by its label: 'all', then the values that occur, in their order."""
    return {label: [ALL, *sorted(fixes[column].unique())] for column, label in CHOICES.items()}


def matching_fixes(fixes: pd.DataFrame, picked: Mapping[str, str]) -> pd.DataFrame:
    """The fixes that fit every choice (label -> value, 'all' fits any), one row per change, highest score first."""
    rows = fixes
    for column, label in CHOICES.items():
        if picked.get(label, ALL) != ALL:
            rows = rows[rows[column] == picked[label]]
    rows = rows.sort_values(["score", "change_number"], ascending=[False, True])
    return rows.drop_duplicates("change_number").reset_index(drop=True)


def _is_held(fixes: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each fix is on hold; reports that are older than this column have no holds."""
    none = pd.Series(False, index=fixes.index)
    return fixes["hold"].notna() if "hold" in fixes else none


def _waits(fixes: pd.DataFrame) -> "pd.Series[bool]":
    return fixes["waiting_on"].isin(schema.WAITING_FOR_REVIEW)
