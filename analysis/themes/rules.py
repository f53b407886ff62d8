"""What a project file may say about themes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.errors import ProjectFileError


@dataclass(frozen=True, slots=True)
class Rules:
    """`messages`: how many of a bug's first comments by people are read beside its title and description."""

    messages: int = 0

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> "Rules":
        """The rules in a project file's section [themes]. Raises ProjectFileError for an unknown key or value."""
        for key, value in section.items():
            if key != "messages" or not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ProjectFileError(
                    expected="the section [themes] to hold messages, a number from 0",
                    found=f"{key} = {value!r}"[:200],
                    do="correct it; 0 or no section reads titles and descriptions alone",
                )
        return cls(**section)
