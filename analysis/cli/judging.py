"""What the tables are judged by, read from the files that people wrote."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis import areas, config, themes
from analysis.errors import AreaFileError, UsageError
from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project
from analysis.store import Store


def judgement(
    chosen: config.Settings,
    *,
    as_of: pd.Timestamp,
    replays: bool,
    areas_of: Iterable[str] | None = None,
    sentence_model: Path | None = None,
) -> Judgement:
    """What the tables are judged by: the files that people wrote, for which projects, and an instant."""
    return Judgement(
        area_file=area_file(chosen),
        failure_modes=themes.parse_failure_modes((chosen.rules_dir / "failure_modes.toml").read_text("utf-8")),
        theme_names=themes.Names.from_toml((chosen.rules_dir / "theme_names.toml").read_text("utf-8")),
        as_of=as_of,
        replays=replays,
        areas_of=None if areas_of is None else tuple(sorted(areas_of)),
        sentence_model=str(sentence_model.resolve()) if sentence_model else "",
    )


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
