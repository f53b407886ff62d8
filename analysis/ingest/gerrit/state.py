"""Where a fetch from Gerrit begins: at the beginning, after the last one, or where one was cut off."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NotRequired, TypedDict, cast

from analysis.ingest.window import FORM, Extent, History, Start, Window, since_last

OVERLAP = timedelta(minutes=2)  # Gerrit's index follows its changes with some delay
HISTORY = ("history", "late", "sweep", "end")  # phases after all that is open or changed is here


class State(TypedDict):
    """What a checkpoint keeps between two commits.

    `phase` is what is under way, `place` where its list goes on; `since` and `next` are the window of what changed,
    `newest` its newest change; `open` and `missing` the open changes of this fetch and those of the last one that no
    list has shown yet; `history` how far back closed changes were fetched.
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
    """The state to begin with, and whether it is that of a fetch that was cut off."""
    settings: list[object] = [FORM, private]
    previous = start.previous
    if len(previous.get("settings", ())) > len(settings):  # of a version that knew which comments were fetched
        previous = {**previous, "settings": previous["settings"][: len(settings)]}
    is_resumed = start.unfinished.get("settings") == settings and "history" in start.unfinished
    if is_resumed:
        state = cast(State, dict(start.unfinished))
        if state["phase"] not in HISTORY:
            return _with_more_history(state, start.extent), True
        # All that had changed was got: ask for what changed since, then go on.
        previous = {"settings": settings, "since": state["since"], "open": state["open"], "history": state["history"]}
    window = Window.after(since_last(previous, settings), start.clock, OVERLAP)
    history = previous.get("history") if window.since else None
    if window.since and history is None:  # of a version that ended no fetch before all of it was there
        history = {"since": "", "place": None, "left": 0}
    state = {
        "settings": settings,
        "since": window.since,
        "next": window.end,
        "newest": None,
        "phase": "open",
        "place": None,
        "open": [],
        "missing": list(previous.get("open", [])),  # open last time: what is on no list now went away
        "history": history or {"since": start.extent.since or "", "place": None, "left": None},
    }
    return _with_more_history(state, start.extent), is_resumed


def _with_more_history(state: State, extent: Extent) -> State:
    """The state, with more of the history to come where more is asked for than before."""
    if extent.reaches_further(state["history"]):
        state["history"] = {"since": extent.since or "", "place": None, "left": None}
    return state
