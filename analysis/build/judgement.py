"""The rules, areas and instant by which the tables of one project are judged."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis import themes
from analysis.build.projects import Project
from analysis.errors import ConfigError, CorrectionsFileError
from analysis.judge import areas
from analysis.judge.corrections import Corrections

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,80}")  # a project whose name is no file's has no such file


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
    corrections: Corrections = field(default_factory=Corrections)
    sentence_model: str = ""  # folder of a sentence model that themes also use; empty: none

    @property
    def release(self) -> str | None:
        """The release of the areas."""
        return self.area_file.release if self.area_file else None


def read_text(path: Path, kind: type[ConfigError] = ConfigError) -> str:
    """The text of a file that people wrote. Raises the given kind of error if it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    except (OSError, UnicodeDecodeError) as cause:
        raise kind(
            expected=f"to read {path} as UTF-8",
            found=getattr(cause, "strerror", None) or str(cause),
            do="make it readable, or save it as UTF-8",
        ) from cause


def read_corrections(project: Project, path_of: Callable[[str], Path]) -> Corrections:
    """The corrections of a project, from the file that is called like the project on Launchpad; none without a file.

    `path_of` gives the path of a file by its name, such as nova.toml. Raises CorrectionsFileError for a file that
    cannot be read, is not TOML, or has a key or a value that nobody knows.
    """
    if not _FILE_NAME.fullmatch(project.launchpad_project):
        return Corrections()
    path = path_of(f"{project.launchpad_project}.toml")
    if not path.exists():
        return Corrections()
    return Corrections.from_toml(read_text(path, CorrectionsFileError), file=path)
