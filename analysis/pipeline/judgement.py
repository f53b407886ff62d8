"""What the tables are judged by."""

from dataclasses import dataclass

import pandas as pd

from analysis import areas, themes


@dataclass(frozen=True, slots=True)
class Judgement:
    """What people wrote down, the instant that ages run to, and whether that instant is replayed from the history.

    The area file was written for the projects in `areas_of`, None: for all; any other project has no areas.
    """

    area_file: areas.AreaFile
    failure_modes: tuple[themes.FailureMode, ...]
    theme_names: themes.Names
    as_of: pd.Timestamp
    replays: bool = False
    areas_of: tuple[str, ...] | None = None
    sentence_model: str = ""  # folder of a sentence model that themes are made with too; empty: none

    def has_areas(self, project: str) -> bool:
        """Whether the area file speaks of this project."""
        return self.areas_of is None or project in self.areas_of
