"""The state with which a fetch from Gerrit starts: empty, after the last fetch, or inside an interrupted one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NotRequired, TypedDict, cast

from analysis.ingest.window import FORM, Extent, History, Start, Window, since_last

OVERLAP = timedelta(minutes=2)  # seconds: Gerrit's index follows its changes with a delay
HISTORY = ("history", "late", "sweep", "end")  # phases after all open and updated changes were fetched


class State(TypedDict):
    """The state that a checkpoint stores between two commits.

    `phase` is the current phase, `place` where its list goes on; `since` and `next` are the window of updates, `newest`
    its newest change; `open` are the open changes of this fetch, `missing` those of the last fetch that no list has
    shown yet; `history` is how far back closed changes were fetched.
    """

    settings: list[object]
    since: str | None
    next: str | None
    newest: NotRequired[str | None]
    phase: str
    place: Mapping[str, object] | None
    open: list[int]
    missing: list[int]
    history: History


def first_state(start: Start, *, private: bool) -> tuple[State, bool]:
    """The state to begin with, and whether it is that of an interrupted fetch."""
    settings: list[object] = [FORM, private]
    previous = start.previous
    if len(previous.get("settings", ())) > len(settings):  # from a version that stored which comments were fetched
        previous = {**previous, "settings": previous["settings"][: len(settings)]}
    is_resumed = start.unfinished.get("settings") == settings and "history" in start.unfinished
    if is_resumed:
        state = cast(State, dict(start.unfinished))
        if state["phase"] not in HISTORY:
            return _with_more_history(state, start.extent), True
        # All updates were fetched: ask for newer ones, then go on.
        previous = {"settings": settings, "since": state["since"], "open": state["open"], "history": state["history"]}
    window = Window.after(since_last(previous, settings), start.clock, OVERLAP)
    history = previous.get("history") if window.since else None
    if window.since and history is None:  # from a version in which a fetch ended only when it was complete
        history = {"since": "", "place": None, "left": 0}
    state = {
        "settings": settings,
        "since": window.since,
        "next": window.end,
        "newest": None,
        "phase": "open",
        "place": None,
        "open": [],
        "missing": list(previous.get("open", [])),  # open last time: a change that is on no list now has disappeared
        "history": history or {"since": start.extent.since or "", "place": None, "left": None},
    }
    return _with_more_history(state, start.extent), is_resumed


def _with_more_history(state: State, extent: Extent) -> State:
    """The state, with more of the history to fetch if more is wanted than before."""
    if extent.reaches_further(state["history"]):
        state["history"] = {"since": extent.since or "", "place": None, "left": None}
    return state
