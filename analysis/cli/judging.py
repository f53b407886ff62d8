"""What the tables of each project are judged by, read from the files that people wrote."""

from functools import cache
from pathlib import Path

import pandas as pd

from analysis import areas, config, themes
from analysis.cli.chosen import project, projects
from analysis.cli.releases import area_file, written
from analysis.pipeline.built import built_for
from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project
from analysis.store import Store


def judgements(
    store: Store, chosen: config.Settings, *, replayed: pd.Timestamp | None = None, sentence_model: Path | None = None
) -> list[tuple[Project, Judgement | None]]:
    """Every project with what it is judged by: its own release, or the one typed for it, and its own newest instant.

    An instant that is `replayed` is one for all. None where a file that is not known here decided the last time: its
    tables stay as they are. Raises StoreError where nothing was fetched, and UsageError where the project that the
    command line names is not there.
    """
    found = projects(store, chosen)
    if not found:
        store.as_of()  # which says so
    asked = project(store, chosen).name if chosen.names_project or chosen.release else None
    modes = themes.parse_failure_modes(written(chosen.rules_dir / "failure_modes.toml"))
    names = themes.Names.from_toml(written(chosen.rules_dir / "theme_names.toml"))

    @cache
    def areas_of(release: str) -> areas.AreaFile:
        return area_file(chosen, release)

    def by(each: Project) -> Judgement | None:
        release = (chosen.release if each.name == asked else None) or each.release
        if release is None and each.name != asked and built_for(store, each):
            return None
        return Judgement(
            area_file=areas_of(release) if release else None,
            failure_modes=modes,
            theme_names=names,
            as_of=replayed or each.as_of(store),
            replays=replayed is not None,
            sentence_model=str(sentence_model.resolve()) if sentence_model else "",
        )

    return [(each, by(each)) for each in found]
