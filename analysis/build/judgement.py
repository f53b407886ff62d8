"""The rules, areas and instant by which the tables of one project are judged."""

from dataclasses import dataclass

import pandas as pd

from analysis import themes
from analysis.judge import areas


@dataclass(frozen=True, slots=True)
class Judgement:
    """The files that people wrote, the instant to which ages are measured, and whether that instant is a replay.

    Without an area file the project has no areas.
    """

    area_file: areas.AreaFile | None
    failure_modes: tuple[themes.FailureMode, ...]
    theme_names: themes.Names
    as_of: pd.Timestamp
    replays: bool = False
    sentence_model: str = ""  # folder of a sentence model that themes also use; empty: none

    @property
    def release(self) -> str | None:
        """The release of the areas."""
        return self.area_file.release if self.area_file else None
