"""What the tables are judged by, read from the files that people wrote."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis import config, themes
from analysis.cli.releases import area_file, written
from analysis.pipeline.judgement import Judgement


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
        failure_modes=themes.parse_failure_modes(written(chosen.rules_dir / "failure_modes.toml")),
        theme_names=themes.Names.from_toml(written(chosen.rules_dir / "theme_names.toml")),
        as_of=as_of,
        replays=replays,
        areas_of=None if areas_of is None else tuple(sorted(areas_of)),
        sentence_model=str(sentence_model.resolve()) if sentence_model else "",
    )
