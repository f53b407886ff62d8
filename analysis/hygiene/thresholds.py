"""The thresholds of the hygiene rules: section [hygiene] of a project file, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from analysis import schema
from analysis.errors import ProjectFileError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Days after which a state is stale, and the rules that are off."""

    stale_in_progress_days: float = 14
    incomplete_days: float = 30
    old_wishlist_days: float = 365
    expired_days: float = 540
    inactive_days: float = 180
    inactive_assigned_days: float = 90
    undecided_days: float = 14
    version_days: float = 7
    off: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> "Thresholds":
        """The thresholds in a project file's section [hygiene]. Raises ProjectFileError for an unknown key or type."""
        known = sorted(one.name for one in fields(cls))
        for key, value in section.items():
            if key not in known:
                raise ProjectFileError.unknown_key(key, known, where="[hygiene]")
            _check(key, value)
        given: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in section.items()}
        return cls(**given)


def _check(key: str, value: Any) -> None:
    if key == "off":
        wanted = "a list of rules"
        good = isinstance(value, list) and all(isinstance(one, str) for one in value)
    else:
        wanted = f"days, from 0 to {schema.MOST_DAYS:,}"
        good = schema.is_days(value)
    if not good:
        raise ProjectFileError(
            expected=f"{key} in [hygiene] as {wanted}", found=repr(value), do="write it as in data/projects/nova.toml"
        )
