"""Open fixes: one row per open change that fixes a bug, with its bug, its areas, its themes and whose turn it is."""

from collections.abc import Iterable

import pandas as pd

from analysis.judge.privacy import visible_bugs, visible_changes
from analysis.tables import schema

_TEXT, _LIST = schema.AREAS.dtypes["title"], schema.AREAS.dtypes["owners"]
_OF_QUEUE = [
    "change_number", "bug_id", "importance", "state", "waiting_on", "waiting_days", "is_unreviewed", "score", "reasons",
    "hold",
]  # fmt: skip


def open_fixes(
    *,
    queue: pd.DataFrame,
    changes: pd.DataFrame,
    review_states: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    votes: pd.DataFrame,
    accounts: pd.DataFrame,
    areas: pd.DataFrame,
    themes: pd.DataFrame,
    bug_themes: pd.DataFrame,
    target: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row per public open fix, with all the columns that pages and people need.

    `subject` is the bug's title, marked, if Gerrit's was not served; `bug_title` and `bug_status` are NA if the bug
    was not fetched; `ci` is NA if votes were not served.

    Parameters
    ----------
    queue, changes, review_states, links, bugs, bug_tasks, votes, accounts, areas, themes, bug_themes : DataFrame
        schema tables of these names
    target : the Launchpad project whose task has the bug's status
    as_of : the instant to which ages are measured

    Returns
    -------
    DataFrame, schema.OPEN_FIXES
    """
    fix_facts = core(
        queue=queue,
        changes=changes,
        review_states=review_states,
        links=links,
        bugs=bugs,
        bug_tasks=bug_tasks,
        target=target,
        as_of=as_of,
    )
    owners = accounts.set_index("account")
    names = owners["name"].fillna(owners["username"])
    titles = areas.drop_duplicates("area_id").set_index("area_id")["title"]
    area_rows = queue[queue["area_id"].ne(schema.NO_AREA)].sort_values(["change_number", "area_id"])
    area_rows = area_rows.assign(title=schema.looked_up(area_rows["area_id"], titles).fillna(area_rows["area_id"]))
    rows = fix_facts.assign(
        owner_name=schema.looked_up(fix_facts["owner"], names).fillna(fix_facts["owner"].astype(_TEXT)),
        ci=ci_state(fix_facts["change_number"], changes, votes),
        area_ids=_lists(fix_facts["change_number"], area_rows["change_number"], area_rows["area_id"]),
        areas=_lists(fix_facts["change_number"], area_rows["change_number"], area_rows["title"]),
        themes=_themes(fix_facts["change_number"], links, themes, bug_themes),
    )
    table = schema.OPEN_FIXES.frame({name: rows[name] for name in schema.OPEN_FIXES.columns})
    return schema.validate(schema.OPEN_FIXES.ordered(table), schema.OPEN_FIXES)


def core(
    *,
    queue: pd.DataFrame,
    changes: pd.DataFrame,
    review_states: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    target: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The columns of schema.OPEN_FIXES that follow from a queue alone, without areas and themes.

    For a report that was kept before builds made open_fixes, these are the columns of that table.
    """
    visible = visible_changes(changes, links=links, bugs=bugs)
    facts = visible[["change_number", "subject", "branch", "owner"]].assign(
        age_days=schema.days(as_of - visible["created_at"]).astype("Float64").round(1),
        size_lines=visible["insertions"] + visible["deletions"],
    )
    turns = review_states[["change_number", "since_at", "has_human_vote_ever", "reason"]]
    tasks = bug_tasks.loc[bug_tasks["target"] == target, ["bug_id", "status"]]
    of_bugs = visible_bugs(bugs)[["bug_id", "title"]].merge(tasks, "left", "bug_id", validate="1:1")
    of_bugs = of_bugs.rename(columns={"title": "bug_title", "status": "bug_status"})
    if "hold" not in queue:  # a report that was kept before `hold` existed
        queue = queue.assign(hold=pd.Series(pd.NA, index=queue.index, dtype=_TEXT))
    rows = queue.drop_duplicates("change_number")[_OF_QUEUE].merge(facts, "inner", "change_number", validate="1:1")
    rows = rows.merge(turns, "left", "change_number", validate="1:1")
    rows = rows.merge(of_bugs, "left", "bug_id", validate="m:1")
    # A saved answer may lack subjects.
    rows["subject"] = schema.subjects_or_titles(rows, rows["bug_title"])
    return rows.sort_values("change_number", ignore_index=True)


def _lists(order: pd.Series, keys: pd.Series, values: pd.Series) -> pd.Series:
    """For each of `order` the list of its values; empty if it has none."""
    values_by_key: dict[object, list[str]] = {}
    pairs: Iterable[tuple[object, str]] = zip(keys, values, strict=True)
    for key, value in pairs:
        values_by_key.setdefault(key, []).append(value)
    lists: pd.Series = pd.Series([values_by_key.get(key, []) for key in order], index=order.index, dtype=_LIST)
    return lists


def _themes(order: pd.Series, links: pd.DataFrame, themes: pd.DataFrame, bug_themes: pd.DataFrame) -> pd.Series:
    fixed = schema.fix_links(links, "change")[["change_number", "bug_id"]].drop_duplicates()
    fixed = fixed.merge(bug_themes[["bug_id", "theme_id"]], "inner", "bug_id", validate="m:1")
    fixed = fixed.merge(themes[["theme_id", "label"]], "inner", "theme_id", validate="m:1")
    fixed = fixed.drop_duplicates(["change_number", "label"]).sort_values(["change_number", "label"])
    return _lists(order, fixed["change_number"], fixed["label"])


def ci_state(order: pd.Series, changes: pd.DataFrame, votes: pd.DataFrame) -> pd.Series:
    """The result of the machines' current votes on each change: failed outweighs passed; NA if votes are unknown."""
    cast = votes[votes["is_ci"].fillna(False) & votes["is_standing"].fillna(False) & votes["value"].ne(0)]
    least = cast.groupby("change_number")["value"].min()
    value = schema.looked_up(order, least)
    is_known = schema.looked_up(order, changes.set_index("change_number")["has_labels"]).fillna(False).astype(bool)
    verdict = pd.Series("none", index=order.index, dtype=_TEXT).mask(value.gt(0).fillna(False), "passed")
    verdict = verdict.mask(value.lt(0).fillna(False), "failed")
    state: pd.Series[str] = verdict.where(is_known | value.notna())
    return state
