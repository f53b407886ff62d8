"""The state with which a fetch from Launchpad starts: empty, after the last fetch, or inside an interrupted one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict, cast

from analysis.ingest.window import FORM, Extent, History, Start, Window, since_last

OVERLAP = timedelta(minutes=15)  # overlap for different clocks of servers, replicas, and late transactions


class State(TypedDict):
    """The state that a checkpoint stores between two commits.

    `listings` are the lists still to read and `place` is where the first of them goes on; `since` and `next` are the
    window of updates, `newest` its newest bug; `history` is how far back closed bugs were fetched, and `project_at`
    when the project itself was.
    """

    settings: list[object]
    since: str | None
    next: str | None
    newest: str | None
    place: Mapping[str, object] | None
    is_window_open: bool
    history: History
    listings: list[str]
    project_at: str | None


def first_state(start: Start, *, private: bool, tasks: str) -> tuple[State, bool]:
    """The state to begin with, and whether it is that of an interrupted fetch."""
    settings: list[object] = [FORM, private, tasks]
    if start.unfinished.get("settings") == settings and "history" in start.unfinished:
        state = cast(State, dict(start.unfinished))
        if not state["is_window_open"]:  # all updates were fetched: ask for newer ones
            window = Window.after(state["since"], start.clock, OVERLAP)
            state |= {
                "since": window.since,
                "next": window.end,
                "newest": None,
                "is_window_open": True,
                "place": None,
                "listings": _listings(window.since, state["history"], is_listed=bool(window.since)),
            }
        return _with_more_history(state, start.extent), True
    previous = start.previous
    window = Window.after(since_last(previous, settings), start.clock, OVERLAP)
    history = previous.get("history") if window.since else None
    if window.since and history is None:  # from a version in which a fetch ended only when it was complete
        history = {"since": "", "left": 0}
    history = history or {"since": start.extent.since or "", "left": None}
    state = {
        "settings": settings,
        "since": window.since,
        "next": window.end,
        "newest": None,
        "place": None,
        "is_window_open": True,
        "history": history,
        "listings": _listings(window.since, history, is_listed=history["left"] == 0),
        "project_at": previous.get("project_at"),
    }
    return _with_more_history(state, start.extent), False


def _with_more_history(state: State, extent: Extent) -> State:
    """The state, with more of the history to fetch if more is wanted than before."""
    if extent.reaches_further(state["history"]):
        state["history"] = {"since": extent.since or "", "left": None}
        state["listings"] = _listings(state["since"], state["history"], is_listed=False)
    return state


def _listings(since: str | None, history: History, *, is_listed: bool) -> list[str]:
    """The lists to read: that of updates; and that of the history, if it was not listed yet."""
    rest = [] if is_listed else ["open", "history"] if history["since"] else ["history"]
    return (["changed"] if since else []) + rest
