"""The weights of the score: section [score] of a project file, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from analysis import schema
from analysis.errors import ProjectFileError

MOST_POINTS = 1_000_000_000  # endless points would leave no order among those that have them, and no number at all
_IMPORTANCE = {"Critical": 100.0, "High": 60.0, "Medium": 30.0, "Undecided": 15.0, "Low": 10.0, "Wishlist": 5.0}
# What waits on somebody else than a reviewer stays on the list, below everything that a reviewer can act on.
_TURN = {"owner": -200.0, "ci": -200.0, "parent": -100.0, "nobody": -200.0}
_TAGS = {"gate-failure": 40.0, "*-rc-potential": 40.0, "regression": 20.0, "security": 20.0, "low-hanging-fruit": 5.0}


@dataclass(frozen=True, slots=True)
class Score:
    """Points of each part; a part that is not known gives no points and says nothing.

    `importance`, `state`, `turn` and `tags` map a value to points; `per_*` are points for each of what they name, at
    most `most_*`; `small` is given to changes of at most `small_lines` lines. `known` and `revisit` count in one
    reviewer's list alone: files in folders that the reviewer knows, and a vote on an older patch set.
    """

    importance: Mapping[str, float] = field(default_factory=lambda: dict(_IMPORTANCE))
    state: Mapping[str, float] = field(
        default_factory=lambda: {"needs_approval": 30.0, "needs_second_core": 25.0, "needs_core": 5.0}
    )
    turn: Mapping[str, float] = field(default_factory=lambda: dict(_TURN))
    tags: Mapping[str, float] = field(default_factory=lambda: dict(_TAGS))
    never_reviewed: float = 20.0
    reviewed_on_older: float = 10.0
    per_waiting_day: float = 0.5
    most_waiting_days: float = 60.0
    per_heat: float = 0.2
    most_heat: float = 100.0
    per_affected: float = 1.0
    most_affected: float = 10.0
    per_duplicate: float = 3.0
    most_duplicates: float = 5.0
    small: float = 8.0
    small_lines: int = 50
    known: float = 60.0
    revisit: float = 15.0

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> "Score":
        """The weights in a project file's section [score]. Raises ProjectFileError for an unknown key or wrong type."""
        known = {one.name for one in fields(cls)}
        for key, value in section.items():
            if key not in known:
                raise ProjectFileError.unknown_key(key, sorted(known), where="[score]")
            _check_value(key, value)
        return cls(**section)


_KEYS = {
    "importance": schema.IMPORTANCES,
    "state": schema.REVIEW_STATES_NAMES,
    "turn": schema.WAITING_ON,
}
_MAPS = ("importance", "state", "turn", "tags")


def _is_points(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST_POINTS  # never nan


def _check_value(key: str, value: Any) -> None:
    points = value.values() if isinstance(value, Mapping) and key in _MAPS else [value]
    if not all(map(_is_points, points)):
        raise ProjectFileError(
            expected=f"{key} in [score] as "
            + ("a table of numbers" if key in _MAPS else "a number")
            + f" of at most {MOST_POINTS:,}",
            found=repr(value)[:200],
            do="write it as in data/projects/nova.toml",
        )
    if key in _MAPS and not isinstance(value, Mapping):
        raise ProjectFileError(expected=f"[score.{key}] as a table", found=repr(value), do="write name = points in it")
    for name in value if key in _KEYS else ():
        if name not in _KEYS[key]:
            raise ProjectFileError.unknown_key(name, sorted(_KEYS[key]), where=f"[score.{key}]")
