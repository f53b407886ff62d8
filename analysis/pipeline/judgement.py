"""What the tables are judged by."""

from dataclasses import dataclass

import pandas as pd

from analysis import areas


@dataclass(frozen=True, slots=True)
class Judgement:
    """The areas of a release, the instant that ages run to, and whether that instant is replayed from the history."""

    area_file: areas.AreaFile
    as_of: pd.Timestamp
    replays: bool = False
