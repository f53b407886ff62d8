"""What the tables are judged by."""

from dataclasses import dataclass

import pandas as pd

from analysis import areas, themes


@dataclass(frozen=True, slots=True)
class Judgement:
    """What people wrote down, the instant that ages run to, and whether that instant is replayed from the history."""

    area_file: areas.AreaFile
    failure_modes: tuple[themes.FailureMode, ...]
    theme_names: themes.Names
    as_of: pd.Timestamp
    replays: bool = False
