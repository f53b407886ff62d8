"""Open bugs: those without a fix, and the state of each one's fix."""

from collections.abc import Collection

import pandas as pd

from analysis.judge.privacy import visible_bugs, visible_changes
from analysis.report import page_registry
from analysis.report.measures.areas import area_page, areas_of_release, in_area, with_area_names
from analysis.report.measures.facts import WITHOUT_FIX, Fact, facts_frame
from analysis.report.measures.fixes import days_between, needs, public_fixes
from analysis.tables import schema

NO_FIX, APPROVED, MERGED = "needs a fix", "approved: on its way", "its fix is merged"
RELATED = "a related change is open"
# The open fix that is nearest to a merge shows the progress of a bug; any other state is further than all of these.
BY_NEARNESS = [
    state.name for state in sorted(schema.STATES, key=lambda state: state.nearness or 0) if state.nearness is not None
]
IMPORTANT = ("Critical", "High")
REVIEW_PROPOSED = "Review the proposed fix"  # the next step of a bug whose fix is proposed
CHANGE_NOT_FETCHED = "may need a review: its change was not fetched"


def of_project(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, *, launchpad_project: str) -> pd.DataFrame:
    """Public bugs with a task in the project itself, in the order of bug_id.

    Returns
    -------
    DataFrame
        the columns of schema.BUGS, then status, importance, assignee, is_open of that task.
    """
    tasks = _own_tasks(bug_tasks, ["status", "importance", "assignee", "is_open"], launchpad_project)
    own_bugs = visible_bugs(bugs).merge(tasks, "inner", "bug_id", validate="1:1")
    return own_bugs.sort_values("bug_id", ignore_index=True)


def with_own_task(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, *, launchpad_project: str) -> pd.DataFrame:
    """The bugs with columns of the project's own task: status, importance, assignee, milestone, is_open, closed_at.

    All of these are NA for a bug without a task in the project.
    """
    of_task = ["status", "importance", "assignee", "milestone", "is_open", "closed_at"]
    return bugs.merge(_own_tasks(bug_tasks, of_task, launchpad_project), "left", "bug_id", validate="1:1")


def _own_tasks(bug_tasks: pd.DataFrame, columns: list[str], launchpad_project: str) -> pd.DataFrame:
    return bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", *columns]]


def open_bugs(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, *, launchpad_project: str) -> pd.DataFrame:
    """The bugs of `of_project` with an open task there, without duplicates."""
    return open_among(of_project(bugs, bug_tasks, launchpad_project=launchpad_project))


def open_among(own_bugs: pd.DataFrame) -> pd.DataFrame:
    """The rows of `of_project` whose task there is open, without duplicates."""
    return own_bugs[own_bugs["is_open"].fillna(False) & own_bugs["duplicate_of"].isna()].reset_index(drop=True)


def bugs_without_fix(
    *, unfixed_bugs: pd.DataFrame, bugs: pd.DataFrame, area_members: pd.DataFrame, areas: pd.DataFrame, release: str
) -> pd.DataFrame:
    """The public bugs of `unfixed_bugs`, most important and then oldest first, with their titles and areas.

    Parameters
    ----------
    unfixed_bugs, bugs, area_members, areas : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, age_days, heat, n_users_affected, tags, lack, reason, and
        areas (their titles) and areas_page of `with_area_names`.
    """
    facts = visible_bugs(bugs)[["bug_id", "title", "created_at", "n_users_affected", "tags"]]
    unfixed = unfixed_bugs.merge(facts.rename(columns={"title": "bug_title"}), "inner", "bug_id", validate="1:1")
    unfixed = with_bug_areas(unfixed, area_members, areas, release=release)
    unfixed["place"] = schema.importance_place(unfixed["importance"])
    unfixed = unfixed.sort_values(["place", "created_at", "bug_id"], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "heat", "n_users_affected", "tags"]
    return unfixed[[*of_bug, "areas", "areas_page", "lack", "reason"]]


def with_bug_areas(
    frame: pd.DataFrame, area_members: pd.DataFrame, areas: pd.DataFrame, *, release: str
) -> pd.DataFrame:
    """The table with the areas of each bug, in the form of `with_area_names`, from rules only.

    Parameters
    ----------
    frame : DataFrame with bug_id
    area_members, areas : DataFrame, schema tables of these names
    """
    members = schema.declared_members(area_members[area_members["release"] == release], "bug")
    return with_area_names(frame, members, areas, release=release, key="bug_id", label="title")


def without_fix_by_area(
    without_fix: pd.DataFrame, *, area_members: pd.DataFrame, areas: pd.DataFrame, release: str
) -> pd.DataFrame:
    """The number of bugs without a fix in each area of the release, in the order of its file.

    A bug in two areas counts in both, so the columns do not add up to the number of bugs.

    Returns
    -------
    DataFrame
        title, n_bugs, a column for each importance that occurs, area_page: where the bugs are listed. Empty where no
        bug lacks a fix.
    """
    rows = areas_of_release(areas, release)
    parts = [
        in_area(without_fix, area_members, release=release, area_id=area_id, kind="bug") for area_id in rows["area_id"]
    ]
    importances = [part["importance"].fillna("Unknown").value_counts() for part in parts]
    by_area = pd.DataFrame({"title": rows["title"], "n_bugs": pd.array([len(part) for part in parts], "Int64")})
    for name in schema.IMPORTANCES:
        by_area[name] = pd.array([int(counts.get(name, 0)) for counts in importances], "Int64")
    occurs = [name for name in schema.IMPORTANCES if by_area[name].gt(0).any()]
    pages = [area_page(area_id, part="without_fix") for area_id in rows["area_id"]]
    by_area = by_area[["title", "n_bugs", *occurs]].assign(area_page=pages)
    return by_area if len(without_fix) else by_area.head(0)


def not_fetched(unknown: str) -> str:
    """The sentence that replaces an answer if no bug was fetched; `unknown` is the question.

    >>> not_fetched("which are open")
    'No bug was fetched from Launchpad, so it is unknown which are open.'
    """
    return f"No bug was fetched from Launchpad, so it is unknown {unknown}."


def why_no_bugs(bugs: pd.DataFrame, *, where: str = "") -> str:
    """The sentence for an empty table of bugs without a fix: there are none, or no bug was fetched.

    >>> why_no_bugs(schema.BUGS.empty())
    'No bug was fetched from Launchpad, so it is unknown which bugs have no fix.'
    """
    if bugs.empty:
        return not_fetched("which bugs have no fix")
    return f"No open bug{where and ' ' + where} is without a fix."


def nearest_fixes(fixing: pd.DataFrame, review_states: pd.DataFrame) -> pd.DataFrame:
    """For each bug the fix nearest to its merge (an open one before a merged one), and the number of its fixes.

    A merged partial fix does not count: the rest has to be fixed.

    Parameters
    ----------
    fixing : DataFrame of fixes.public_fixes
    review_states : DataFrame, schema.REVIEW_STATES

    Returns
    -------
    DataFrame in the order of bug_id
        bug_id, change_number (NA of a commit that Gerrit does not know), branch, need: in words, n_fixes.
    """
    candidates = fixing.merge(review_states[["change_number", "state"]], "left", "change_number", validate="m:1")
    candidates = candidates[candidates["status"].ne("MERGED") | candidates["relation"].eq("closes")]
    is_merged = candidates["status"].eq("MERGED")
    place = candidates["state"].map({state: place for place, state in enumerate(BY_NEARNESS)}).astype("Int64")
    need = needs(candidates["state"]).mask(candidates["state"].eq("approved"), APPROVED).mask(is_merged, MERGED)
    candidates = candidates.assign(place=place.fillna(len(BY_NEARNESS)), is_merged=is_merged, need=need)
    candidates = candidates.sort_values(["bug_id", "is_merged", "place", "change_number"])
    candidates["n_fixes"] = candidates.groupby("bug_id")["ref"].transform("size").astype("Int64")
    nearest = candidates.drop_duplicates("bug_id")[["bug_id", "change_number", "branch", "need", "n_fixes"]]
    return nearest.reset_index(drop=True)


def every_open_bug(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    unfixed_bugs: pd.DataFrame,
    fix_fates: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    links: pd.DataFrame,
    review_states: pd.DataFrame,
    area_members: pd.DataFrame,
    areas: pd.DataFrame,
    launchpad_project: str,
    release: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The public bugs with an open task in the project, without duplicates, the most important and then oldest first.

    Parameters
    ----------
    bugs, bug_tasks, unfixed_bugs, fix_fates, changes, commits, links, review_states, area_members, areas : DataFrame
        Schema tables of these names.

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, age_days, heat, tags; need: what the bug needs next, in words;
        n_fixes: how many there are on master, or where none is, on stable branches; change_number: of these the open
        one that is nearest to its merge, else a merged one, NA of none; areas and areas_page of `with_area_names`.
    """
    rows = open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project).rename(columns={"title": "bug_title"})
    fixing = public_fixes(links=links, bugs=bugs, changes=changes, commits=commits)
    # A bug without a fix in the build is one here too, for instance a bug that was fixed on stable branches only.
    nearest = _nearest_by_branch(fixing[~fixing["bug_id"].isin(unfixed_bugs["bug_id"])], review_states)
    is_fetched = fix_fates["change_number"].isin(changes["change_number"])  # private changes are not in `changes`
    unfetched = _fixes_not_fetched(fix_fates[~is_fetched & ~fix_fates["bug_id"].isin(nearest["bug_id"])])
    nearest = pd.concat([nearest, unfetched], ignore_index=True)
    rows = rows.merge(nearest, "left", "bug_id", validate="1:1").fillna({"n_fixes": 0})
    # The same count of bugs without a fix as on every page: it excludes a bug with an open change that is only related.
    visible = fix_fates[
        fix_fates["change_number"].isin(visible_changes(changes, links=links, bugs=bugs)["change_number"])
    ]
    is_related = rows["bug_id"].isin(visible["bug_id"]) & ~rows["bug_id"].isin(unfixed_bugs["bug_id"])
    nothing = pd.Series(NO_FIX, rows.index, dtype=rows["need"].dtype).mask(is_related, RELATED)
    rows = rows.assign(need=rows["need"].fillna(nothing))
    rows = rows.assign(
        age_days=days_between(rows["created_at"], as_of), place=schema.importance_place(rows["importance"])
    ).sort_values(["place", "created_at", "bug_id"], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "heat", "tags"]
    rows = rows[[*of_bug, "need", "n_fixes", "change_number"]]
    return with_bug_areas(rows, area_members, areas, release=release)


def open_bug_facts(
    every_bug: pd.DataFrame, *, bugs: pd.DataFrame, unserved: Collection[str] = frozenset()
) -> pd.DataFrame:
    """The facts at the top of the page; unknown, not 0, if no bug was fetched.

    Numbers of fixes are also unknown if their source is among the `unserved`, by the names of `completeness.WITHOUT`.

    Parameters
    ----------
    every_bug : DataFrame of `every_open_bug`
    """
    is_bare, is_merged = every_bug["need"].eq(NO_FIX), every_bug["need"].eq(MERGED)
    rows = [
        ("open bugs", len(every_bug), "with an open task in the project, without duplicates"),
        ("Critical or High", int(every_bug["importance"].isin(IMPORTANT).sum()), "of these"),
        ("without fix", int(is_bare.sum()), WITHOUT_FIX),
        (
            "fix proposed",
            int((~is_bare & ~is_merged).sum()),
            "open in review, or approved; of some a related change alone",
        ),
        ("fix merged", int(is_merged.sum()), "and the bug is still open"),
    ]
    lacks = {"without fix": "proposals", "fix proposed": "proposals", "fix merged": "merged"}
    unknown = {fact for fact, lack in lacks.items() if bugs.empty or lack in unserved}
    unknown |= {"open bugs", "Critical or High"} if bugs.empty else set()
    address = page_registry.OPEN_BUGS.address
    pages = {
        "open bugs": address(part="open_bugs"),
        "Critical or High": address(part="open_bugs", importance="|".join(IMPORTANT)),
        "without fix": page_registry.BUGS_WITHOUT_FIX.address(part="without_fix"),
        "fix proposed": page_registry.BUGS_WITHOUT_FIX.address(part="fates", act=REVIEW_PROPOSED),
        "fix merged": address(part="open_bugs", need=MERGED),
    }
    nothing = {fact for fact, n, _ in rows if n == 0} - {"open bugs", "without fix"}
    pages = {fact: page for fact, page in pages.items() if fact not in nothing}
    facts = [Fact(fact, note, n=pd.NA if fact in unknown else n) for fact, n, note in rows]
    return facts_frame(facts, pages=pages)


def why_no_open_bug(bugs: pd.DataFrame) -> str:
    """The sentence for an empty list of open bugs."""
    if bugs.empty:
        return not_fetched("which are open")
    return "No bug has an open task in the project."


def _fixes_not_fetched(fix_fates: pd.DataFrame) -> pd.DataFrame:
    """The bugs whose fix is named by a comment only, because its change was not fetched."""
    needs = fix_fates["fate"].map({"fix_in_review": CHANGE_NOT_FETCHED, "fix_merged": MERGED})
    rows = fix_fates[["bug_id", "change_number"]].assign(
        need=needs.astype(schema.TEXT), n_fixes=fix_fates["n_proposed"]
    )
    return rows[needs.notna()]


def _nearest_by_branch(fixing: pd.DataFrame, review_states: pd.DataFrame) -> pd.DataFrame:
    """The nearest fix on master, else on a stable branch, which is then named."""
    is_main = fixing["branch"].isin(schema.MAIN_BRANCHES) | fixing["branch"].isna()
    main = nearest_fixes(fixing[is_main], review_states)
    stable = nearest_fixes(fixing[~is_main & ~fixing["bug_id"].isin(main["bug_id"])], review_states)
    stable = stable.assign(need=stable["need"] + " on " + stable["branch"])
    return pd.concat([main, stable], ignore_index=True).drop(columns="branch")
