"""The release that a command is about: its area file, and whether the tables are its own."""

from collections.abc import Iterator

import pandas as pd

from analysis import areas, config
from analysis.errors import AreaFileError, UsageError
from analysis.pipeline.projects import Project
from analysis.store import Store


def area_file(chosen: config.Settings) -> areas.AreaFile:
    """The area file of the chosen release. Raises AreaFileError when there is none."""
    path = chosen.areas_dir / f"{chosen.release}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as cause:
        raise AreaFileError(
            expected=f"the areas of {chosen.release} in {path}",
            found=f"areas of {sorted(found.stem for found in chosen.areas_dir.glob('*.toml'))}",
            do="name one of these with --release, or make a file with `areas import`",
        ) from cause
    return areas.parse(text, path=str(path))


def doubts(chosen: config.Settings, as_of: pd.Timestamp) -> Iterator[str]:
    """What to say where the data are of another time than the release: before its cycle, or after the next one."""
    file = area_file(chosen)
    day = as_of.date()
    if not file.starts <= day <= file.ends + (file.ends - file.starts):
        others = ", ".join(sorted(found.stem for found in chosen.areas_dir.glob("*.toml")))
        yield (
            f"note: the data are as of {day}, and {file.release} was made from {file.starts} to {file.ends}: its areas "
            f"may not be those of that time; --release chooses among {others}"
        )


def check_release(store: Store, chosen: config.Settings, about: Project) -> None:
    """Raise unless the release is one that has an area file, and the one that the tables were built for."""
    area_file(chosen)
    built_for = store.read_table("areas", project=about.name)["release"].unique().tolist()
    if built_for and built_for != [chosen.release]:
        raise UsageError(
            expected=f"tables that were built for {chosen.release}",
            found=f"tables of {', '.join(built_for) or 'no release'}",
            do=f"run `build --release {chosen.release}` first",
        )
