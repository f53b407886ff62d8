"""A release: its potential blockers, and the state of its milestones."""

from collections.abc import Collection

import pandas as pd

from analysis.judge.privacy import visible_bugs
from analysis.report.measures.bugs import NO_FIX, nearest_fixes, not_fetched
from analysis.report.measures.facts import WITHOUT_FIX, Fact, facts_frame
from analysis.report.measures.fixes import days_between, public_fixes
from analysis.tables import schema

CANDIDATE = "{release}-rc-potential"  # the tag of bugs that may block a release candidate, in OpenStack's PTL guide
REGRESSION = "regression"  # the tag of bugs in features that worked in the release before


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
    """The potential blockers of a release: open public bugs.

    A bug is one if it has the tag <release>-rc-potential, an open task in the release's series, or one of its
    milestones, or is a regression reported since its cycle began. Bugs that may hold a release candidate come first,
    then regressions, then the most important, then the oldest.

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
    standing = blocking_bugs(
        bugs=bugs, bug_tasks=bug_tasks, milestones=milestones, release=release, launchpad_project=launchpad_project,
        starts=starts, as_of=as_of,
    )  # fmt: skip
    fixing = public_fixes(links=links, bugs=bugs, changes=changes, commits=commits)
    branches = (*schema.MAIN_BRANCHES, *(f"{kind}{release}" for kind in schema.STABLE_BRANCHES))
    nearest = nearest_fixes(fixing[fixing["branch"].isin(branches)], review_states)
    standing = standing.merge(nearest, "left", "bug_id", validate="1:1").fillna({"need": NO_FIX, "n_fixes": 0})
    of_task = ["importance", "status", "assignee", "milestone"]
    return standing[["bug_id", "bug_title", *of_task, "against", "need", "n_fixes", "change_number", "age_days"]]


def blocking_bugs(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    milestones: pd.DataFrame,
    release: str,
    launchpad_project: str,
    starts: pd.Timestamp,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The rows of `standing_bugs` without their fixes, which do not decide whether a bug is a potential blocker.

    Parameters
    ----------
    bugs, bug_tasks, milestones : DataFrame, schema tables of these names
    release, starts : see `standing_bugs`

    Returns
    -------
    DataFrame, in the order of `standing_bugs`
        bug_id, bug_title, importance, status, assignee, milestone, against, age_days.
    """
    visible = visible_bugs(bugs)
    visible = visible.loc[visible["duplicate_of"].isna(), ["bug_id", "title", "tags", "created_at"]]
    standing = visible.merge(_open_tasks(bug_tasks, release, launchpad_project), "inner", "bug_id", validate="1:1")
    standing = standing.rename(columns={"title": "bug_title"})
    tag = CANDIDATE.format(release=release)
    why = _against(standing, _rows_of_target(milestones, release, launchpad_project)["milestone"], release, starts)
    standing = standing.assign(
        against=pd.Series([", ".join(why.columns[row]) for row in why.to_numpy()], standing.index, dtype=schema.TEXT),
        is_candidate=why[tag],
        is_regression=why[REGRESSION],
        place=schema.importance_place(standing["importance"]),
        age_days=days_between(standing["created_at"], as_of),
    )[why.any(axis=1)]
    standing = standing.sort_values(
        ["is_candidate", "is_regression", "place", "created_at", "bug_id"],
        ascending=[False, False, True, True, True],
        ignore_index=True,
    )
    of_task = ["importance", "status", "assignee", "milestone"]
    return standing[["bug_id", "bug_title", *of_task, "against", "age_days"]]


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
    rows = _rows_of_target(milestones, release, launchpad_project).sort_values(
        ["targeted_on", "milestone"], ignore_index=True
    )
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


def release_facts(
    standing: pd.DataFrame,
    fixed: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    release: str,
    unserved: Collection[str] = frozenset(),
) -> pd.DataFrame:
    """The numbers at the top of the page of a release, as facts; unknown, not 0, if no bug was fetched.

    A number that needs a source among the `unserved` (names in `completeness.WITHOUT`) is unknown: the number of fixed
    bugs without merged changes, and a number of 0 potential blockers without the tasks of the series.

    Parameters
    ----------
    standing, fixed : DataFrame, see `standing_bugs` and `fixed_in_cycle`
    """
    tag = CANDIDATE.format(release=release)
    rows = [
        ("potential blockers", len(standing), "open bugs with its tag, series or milestone, and new regressions"),
        ("blockers by tag", n_release_blockers(standing, release=release), f"open bugs that are tagged {tag}"),
        ("need a fix", int(standing["need"].eq(NO_FIX).sum()), f"of these: {WITHOUT_FIX}"),
        ("fixed in the cycle", len(fixed), "closed bugs whose fix merged to master in it, and not before"),
    ]
    unknown = {"fixed in the cycle"} if "merged" in unserved else set[str]()
    unknown |= {"potential blockers", "need a fix"} if "tasks" in unserved and standing.empty else set()
    unknown |= {"need a fix"} if "proposals" in unserved else set()
    return facts_frame(
        [Fact(fact, note, n=n if len(bugs) and fact not in unknown else pd.NA) for fact, n, note in rows]
    )


def n_release_blockers(standing: pd.DataFrame, *, release: str) -> int:
    """How many of the bugs have the tag of a release candidate.

    Parameters
    ----------
    standing : DataFrame, see `standing_bugs`
    """
    return int(standing["against"].str.contains(CANDIDATE.format(release=release), regex=False).sum())


def why_none_stands(bugs: pd.DataFrame, *, release: str) -> str:
    """The sentence for an empty list of potential blockers."""
    if bugs.empty:
        return not_fetched(f"which bugs may block {release}")
    tag = CANDIDATE.format(release=release)
    return f"No open bug has the tag {tag}, a task or a milestone of {release}, or is a new regression."


def _open_tasks(bug_tasks: pd.DataFrame, release: str, launchpad_project: str) -> pd.DataFrame:
    """Each bug's task in the series, or else in the project, if that one is open."""
    series = f"{launchpad_project}/{release}"
    tasks = bug_tasks[bug_tasks["target"].isin((series, launchpad_project))]
    tasks = tasks.assign(in_series=tasks["target"] == series).sort_values(["bug_id", "in_series"], kind="stable")
    tasks = tasks.drop_duplicates("bug_id", keep="last")
    return tasks[tasks["is_open"].fillna(False)].drop(columns="created_at")


def _rows_of_target(milestones: pd.DataFrame, release: str, launchpad_project: str) -> pd.DataFrame:
    is_own = (milestones["launchpad_project"] == launchpad_project) & (milestones["series"] == release)
    return milestones[is_own.fillna(False)]


def _against(standing: pd.DataFrame, milestones: pd.Series, release: str, starts: pd.Timestamp) -> pd.DataFrame:
    """A column for each reason, true where it holds."""
    tag, tags = CANDIDATE.format(release=release), standing["tags"].explode()
    tagged = {name: standing.index.isin(tags.index[tags.eq(name).fillna(False)]) for name in (tag, REGRESSION)}
    reasons = {
        tag: tagged[tag],
        REGRESSION: tagged[REGRESSION] & (standing["created_at"] >= starts),
        f"task in {release}": standing["in_series"],
        "milestone": standing["milestone"].isin(milestones),
    }
    return pd.DataFrame(reasons, index=standing.index).astype(bool)
