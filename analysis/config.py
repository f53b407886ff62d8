"""Settings: what is analysed, and where its servers and files are. Built by `cli` alone; everyone else gets values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's settings. `project` is the project file's content (data/projects/<name>.toml), as read."""

    data_dir: Path
    release: str
    launchpad_root: str
    launchpad_project: str
    gerrit_root: str
    gerrit_project: str
    project: Mapping[str, Any]
