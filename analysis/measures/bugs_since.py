"""What happened to bugs since an earlier report: which came and went, whose status or importance is another one now."""

import pandas as pd

from analysis import schema
from analysis.measures.bugs import not_fetched, with_bug_areas
from analysis.visible import visible_bugs

REPORTED, CAME, CLOSED, AGAIN = "reported", "came into the project", "closed", "open again"
STATUS, IMPORTANCE, LEFT = "another status", "another importance", "left the project"
EVENTS = (REPORTED, CAME, CLOSED, AGAIN, IMPORTANCE, STATUS, LEFT)  # in the order of the page
_OF_TASK = ["bug_id", "status", "importance", "is_open"]
_TEXT = schema.BUG_TASKS.dtypes["status"]


def bugs_since(
    bug_tasks: pd.DataFrame,
    previous: pd.DataFrame,
    *,
    bugs: pd.DataFrame,
    launchpad_project: str,
    area_members: pd.DataFrame,
    areas: pd.DataFrame,
    release: str,
    previous_as_of: str,
) -> pd.DataFrame:
    """One row per thing that happened to a public bug of the project between two reports; of duplicates none.

    Compared are the tasks of the two, so a status that came and went between them is not seen, and a bug that is
    private now has no row, whatever it was then. Where one of the two knew of no bug, nothing is known: no row.

    Parameters
    ----------
    bug_tasks, previous : DataFrame, schema.BUG_TASKS
        Of this report, and of the earlier one.
    bugs, area_members, areas : DataFrame, schema tables of these names
        As they are today.

    Returns
    -------
    DataFrame in the order of event, importance, bug
        event (EVENTS), bug_id, bug_title, importance, status, detail ("New → Triaged"; NA of a bug that came), and
        areas (their titles) and areas_page of `with_area_names`. Of a bug that left, the task is the earlier one.
    """
    then, now = (tasks.loc[tasks["target"] == launchpad_project, _OF_TASK] for tasks in (previous, bug_tasks))
    both = now.merge(then, "outer", "bug_id", suffixes=("", "_then"), indicator="where", validate="1:1")
    shown = visible_bugs(bugs)
    shown = shown.loc[shown["duplicate_of"].isna(), ["bug_id", "title", "created_at"]]
    both = both.merge(shown.rename(columns={"title": "bug_title"}), "inner", "bug_id", validate="1:1")
    if not (previous_as_of and len(then) and len(now)):
        both = both.head(0)
    happened = pd.concat([_came_or_went(both, previous_as_of), _closed(both), _changed(both)], ignore_index=True)
    placed = happened.assign(
        event=happened["event"].astype(_TEXT),
        detail=happened["detail"].astype(_TEXT),
        when=happened["event"].map({event: place for place, event in enumerate(EVENTS)}),
        place=schema.importance_place(happened["importance"]),
    ).sort_values(["when", "place", "bug_id"], ignore_index=True)
    found = placed[["event", "bug_id", "bug_title", "importance", "status", "detail"]]
    return with_bug_areas(found, area_members, areas, release=release)


def why_no_bug_news(bug_tasks: pd.DataFrame, previous: pd.DataFrame, *, previous_as_of: str) -> str:
    """What an empty table of what happened to bugs means: that nothing did, or why that is not known."""
    if not previous_as_of:
        return "This is the first report that is kept: there is none to compare it with."
    if bug_tasks.empty:
        return not_fetched("what happened to any")
    if previous.empty:
        return f"The report of {previous_as_of[:10]} kept no bug, so it is unknown what happened to any since."
    return f"No bug came, was closed, or has another status or importance since the report of {previous_as_of[:10]}."


def _came_or_went(both: pd.DataFrame, previous_as_of: str) -> pd.DataFrame:
    came = both[both["where"].eq("left_only")]
    is_new = came["created_at"].gt(pd.Timestamp(previous_as_of)).fillna(False)
    came = came.assign(event=is_new.map({True: REPORTED, False: CAME}), detail=None)
    left = both[both["where"].eq("right_only")]
    left = left.assign(status=left["status_then"], importance=left["importance_then"], event=LEFT, detail=None)
    return pd.concat([came, left])


def _closed(both: pd.DataFrame) -> pd.DataFrame:
    """The bugs that were open and are not, or the other way round."""
    turned = both[(both["is_open"] != both["is_open_then"]).fillna(False)]
    event = turned["is_open"].map({True: AGAIN, False: CLOSED})
    return turned.assign(event=event, detail=_from_to(turned, "status"))


def _changed(both: pd.DataFrame) -> pd.DataFrame:
    """The bugs that stayed open or closed with another status, and those with another importance."""
    differs = {name: (both[name] != both[f"{name}_then"]).fillna(False) for name in ("status", "importance")}
    stayed = (both["is_open"] == both["is_open_then"]).fillna(False)
    status, importance = both[differs["status"] & stayed], both[differs["importance"]]
    return pd.concat(
        [
            status.assign(event=STATUS, detail=_from_to(status, "status")),
            importance.assign(event=IMPORTANCE, detail=_from_to(importance, "importance")),
        ]
    )


def _from_to(rows: pd.DataFrame, column: str) -> pd.Series:
    changed: pd.Series = rows[f"{column}_then"] + " → " + rows[column]
    return changed
