"""The weights of the score: section [score] of a project file."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta, field

from analysis.tables import schema
from analysis.tables.configuration import Section

MOST_POINTS = 1_000_000_000  # infinite points would leave no order among the changes that have them
MOST_LINES = 1_000_000_000
Points = Annotated[
    float,
    Meta(
        ge=-MOST_POINTS,
        le=MOST_POINTS,
        description=f"a number from {-MOST_POINTS:,} to {MOST_POINTS:,}",
        examples=["20"],
    ),
]
Lines = Annotated[
    int, Meta(ge=0, le=MOST_LINES, description=f"a whole number from 0 to {MOST_LINES:,}", examples=["50"])
]
State = Annotated[str, Meta(extra={"among": schema.STATE_NAMES})]
Turn = Annotated[str, Meta(extra={"among": schema.WAITING_ON})]
_IMPORTANCE = {"Critical": 100.0, "High": 60.0, "Medium": 30.0, "Undecided": 15.0, "Low": 10.0, "Wishlist": 5.0}
# A change that does not wait on a reviewer stays on the list, below everything that a reviewer can act on.
_TURN = {"owner": -200.0, "ci": -200.0, "parent": -100.0, "nobody": -200.0}
_TAGS = {"gate-failure": 40.0, "*-rc-potential": 40.0, "regression": 20.0, "security": 20.0, "low-hanging-fruit": 5.0}


class Score(Section, frozen=True):
    """Points of each part; an unknown part gives no points and no text.

    `importance`, `state`, `turn` and `tags` map a value to points; `per_*` are points for each item, at most `most_*`.
    `hold` is for changes not to begin with, such as a backport before its newer branch has it. Silence counts only if
    votes are unknown. `small` is for changes of at most `small_lines` lines. `known` and `revisit` count only in one
    reviewer's list: files in folders that the reviewer knows, and a vote on an older patch set.
    """

    SECTION: ClassVar[str] = "score"

    importance: Mapping[schema.Importance, Points] = field(default_factory=lambda: dict(_IMPORTANCE))
    state: Mapping[State, Points] = field(
        default_factory=lambda: {"needs_approval": 30.0, "needs_second_core": 25.0, "needs_core": 5.0}
    )
    turn: Mapping[Turn, Points] = field(default_factory=lambda: dict(_TURN))
    tags: Mapping[str, Points] = field(default_factory=lambda: dict(_TAGS))
    never_reviewed: Points = 20.0
    reviewed_on_older: Points = 10.0
    per_waiting_day: Points = 0.5
    most_waiting_days: Points = 60.0
    per_heat: Points = 0.2
    most_heat: Points = 100.0
    per_affected: Points = 1.0
    most_affected: Points = 10.0
    per_duplicate: Points = 3.0
    most_duplicates: Points = 5.0
    small: Points = 8.0
    small_lines: Lines = 50
    hold: Points = -200.0
    per_attempt: Points = 2.0
    most_attempts: Points = 3.0
    per_silent_day: Points = -0.05
    most_silent_days: Points = 365.0
    known: Points = 60.0
    revisit: Points = 15.0
