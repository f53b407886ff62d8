"""The open bugs that stand against a release: why each does, and how far its fix is."""

import pandas as pd

from analysis import schema
from analysis.measures.bugs import not_fetched
from analysis.measures.facts import Fact, facts_frame
from analysis.measures.fixes import days_between, public_fixes
from analysis.measures.progress import NO_FIX, nearest_fixes
from analysis.visible import visible_bugs

CANDIDATE = "{release}-rc-potential"  # the tag of what may hold a release candidate, by OpenStack's guide for PTLs
REGRESSION = "regression"  # the tag of what worked in the release before


def standing_bugs(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    milestones: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    links: pd.DataFrame,
    review_states: pd.DataFrame,
    release: str,
    launchpad_project: str,
    starts: pd.Timestamp,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The open public bugs that stand against a release.

    A bug does by the tag <release>-rc-potential, by an open task in the release's series, by one of its milestones, or
    as a regression reported since its cycle began. First come those that may hold a release candidate, then the
    regressions, then the most important, then the oldest.

    Parameters
    ----------
    bugs, bug_tasks, milestones, changes, commits, links, review_states : DataFrame, schema tables of these names
    release : the release, and the series of that name on Launchpad
    starts : see `cycle`

    Returns
    -------
    DataFrame
        bug_id, bug_title; importance, status, assignee, milestone of the task in the series if there is one, else in
        the project; against: why, in words; need: what the bug needs next, in words; n_fixes: its fixes, open or
        merged; change_number: the open one that is nearest to its merge, else a merged one, NA of none; age_days.
    """
    shown = visible_bugs(bugs)
    shown = shown.loc[shown["duplicate_of"].isna(), ["bug_id", "title", "tags", "created_at"]]
    found = shown.merge(_open_tasks(bug_tasks, release, launchpad_project), "inner", "bug_id", validate="1:1")
    found = found.rename(columns={"title": "bug_title"})
    tag = CANDIDATE.format(release=release)
    why = _against(found, _of(milestones, release, launchpad_project)["milestone"], release, starts)
    found = found.assign(
        against=[", ".join(why.columns[row]) for row in why.to_numpy()],
        is_candidate=why[tag],
        is_regression=why[REGRESSION],
        place=schema.importance_place(found["importance"]),
        age_days=days_between(found["created_at"], as_of),
    )[why.any(axis=1)]
    fixing = public_fixes(links=links, bugs=bugs, changes=changes, commits=commits)
    branches = (*schema.MAIN_BRANCHES, *(f"{kind}{release}" for kind in schema.STABLE_BRANCHES))
    nearest = nearest_fixes(fixing[fixing["branch"].isin(branches)], review_states)
    found = found.merge(nearest, "left", "bug_id", validate="1:1")
    found = found.fillna({"need": NO_FIX, "n_fixes": 0}).astype({"against": schema.AREAS.dtypes["title"]})
    found = found.sort_values(
        ["is_candidate", "is_regression", "place", "created_at", "bug_id"],
        ascending=[False, False, True, True, True],
        ignore_index=True,
    )
    of_task = ["importance", "status", "assignee", "milestone"]
    return found[["bug_id", "bug_title", *of_task, "against", "need", "n_fixes", "change_number", "age_days"]]


def by_milestone(
    standing: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    milestones: pd.DataFrame,
    release: str,
    launchpad_project: str,
) -> pd.DataFrame:
    """How far the bugs of each milestone of a release are, in the order of the milestones' dates.

    Parameters
    ----------
    standing : DataFrame, see `standing_bugs`

    Returns
    -------
    DataFrame
        milestone, targeted_on, n_bugs: public ones that have it, n_open_bugs, n_without_fix.
    """
    rows = _of(milestones, release, launchpad_project).sort_values(["targeted_on", "milestone"], ignore_index=True)
    own = bug_tasks["target"].isin((launchpad_project, f"{launchpad_project}/{release}"))
    every = bug_tasks[own & bug_tasks["bug_id"].isin(visible_bugs(bugs)["bug_id"])]
    parts = {
        "n_bugs": every.drop_duplicates(["bug_id", "milestone"]),
        "n_open_bugs": standing,
        "n_without_fix": standing[standing["need"] == NO_FIX],
    }
    counts = {
        name: schema.looked_up(rows["milestone"], part["milestone"].value_counts()).fillna(0).astype("Int64")
        for name, part in parts.items()
    }
    return rows[["milestone", "targeted_on"]].assign(**counts)


def release_facts(standing: pd.DataFrame, fixed: pd.DataFrame, *, bugs: pd.DataFrame, release: str) -> pd.DataFrame:
    """The numbers that open the page of a release, as facts; unknown, not 0, where no bug was fetched.

    Parameters
    ----------
    standing, fixed : DataFrame, see `standing_bugs` and `fixed_in_cycle`
    """
    tag = CANDIDATE.format(release=release)
    may_hold = standing["against"].str.contains(tag, regex=False)
    rows = [
        ("stand against it", len(standing), "open bugs with its tag, series or milestone, and new regressions"),
        ("may hold it", int(may_hold.sum()), f"of these, tagged {tag}"),
        ("need a fix", int(standing["need"].eq(NO_FIX).sum()), "of these, nothing is proposed or merged"),
        ("fixed in its cycle", len(fixed), "bugs that were closed on master, and not before"),
    ]
    return facts_frame([Fact(fact, note, n=n if len(bugs) else pd.NA) for fact, n, note in rows])


def why_none_stands(bugs: pd.DataFrame, *, release: str) -> str:
    """What an empty list of bugs that stand against a release means."""
    if bugs.empty:
        return not_fetched(f"what stands against {release}")
    tag = CANDIDATE.format(release=release)
    return f"No open bug has the tag {tag}, a task or a milestone of {release}, or is a new regression."


def _open_tasks(bug_tasks: pd.DataFrame, release: str, launchpad_project: str) -> pd.DataFrame:
    """Each bug's task in the series, or else in the project, if that one is open."""
    series = f"{launchpad_project}/{release}"
    tasks = bug_tasks[bug_tasks["target"].isin((series, launchpad_project))]
    tasks = tasks.assign(in_series=tasks["target"] == series).sort_values(["bug_id", "in_series"], kind="stable")
    tasks = tasks.drop_duplicates("bug_id", keep="last")
    return tasks[tasks["is_open"].fillna(False)].drop(columns="created_at")


def _of(milestones: pd.DataFrame, release: str, launchpad_project: str) -> pd.DataFrame:
    is_own = (milestones["launchpad_project"] == launchpad_project) & (milestones["series"] == release)
    return milestones[is_own.fillna(False)]


def _against(found: pd.DataFrame, milestones: pd.Series, release: str, starts: pd.Timestamp) -> pd.DataFrame:
    """A column for each reason, true where it holds."""
    tag, tags = CANDIDATE.format(release=release), found["tags"].explode()
    tagged = {name: found.index.isin(tags.index[tags.eq(name).fillna(False)]) for name in (tag, REGRESSION)}
    reasons = {
        tag: tagged[tag],
        REGRESSION: tagged[REGRESSION] & (found["created_at"] >= starts),
        f"task in {release}": found["in_series"],
        "milestone": found["milestone"].isin(milestones),
    }
    return pd.DataFrame(reasons, index=found.index).astype(bool)
