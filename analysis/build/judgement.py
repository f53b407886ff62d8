"""What the tables of one project are judged by."""

from dataclasses import dataclass

import pandas as pd

from analysis import themes
from analysis.judge import areas


@dataclass(frozen=True, slots=True)
class Judgement:
    """What people wrote down, the instant that ages run to, and whether that instant is replayed from the history.

    Without an area file the project has no areas.
    """

    area_file: areas.AreaFile | None
    failure_modes: tuple[themes.FailureMode, ...]
    theme_names: themes.Names
    as_of: pd.Timestamp
    replays: bool = False
    sentence_model: str = ""  # folder of a sentence model that themes are made with too; empty: none

    @property
    def release(self) -> str | None:
        """The release whose areas these are."""
        return self.area_file.release if self.area_file else None
