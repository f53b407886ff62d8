"""The rules, areas and instant by which the tables of each project are judged, read from files that people wrote."""

from functools import cache
from pathlib import Path

import pandas as pd

from analysis import config, themes
from analysis.build.build_marker import built_for
from analysis.build.judgement import Judgement, read_corrections, read_text
from analysis.build.projects import Project
from analysis.cli.releases import area_file
from analysis.cli.selection import all_projects, select_project
from analysis.errors import UNREADABLE, AnalysisError, CorrectionsFileError
from analysis.judge import areas
from analysis.store import Store


def judgements(
    store: Store, settings: config.Settings, *, replayed: pd.Timestamp | None = None, sentence_model: Path | None = None
) -> list[tuple[Project, Judgement | AnalysisError | None]]:
    """Every project with its judgement: its own release, or the one that was typed, and its own newest instant.

    `replayed` is one instant for all projects. The value is None for a project that was built with a file that this run
    does not know: its tables stay as they are. It is an error for a project whose snapshots or corrections cannot be
    read; the others are built all the same. Raises StoreError if nothing was fetched, and UsageError if the project
    that the command line names was not fetched.
    """
    projects = all_projects(store, settings)
    if not projects:
        store.as_of()  # which says so
    named = select_project(store, settings).name if settings.names_project or settings.release else None
    modes, names = word_lists(settings)

    @cache
    def areas_of(release: str) -> areas.AreaFile:
        return area_file(settings, release)

    def judgement_of(each: Project) -> Judgement | AnalysisError | None:
        release = (settings.release if each.name == named else None) or each.release
        if release is None and each.name != named and built_for(store, each):
            return None
        try:
            as_of = replayed or each.as_of(store)
            corrections = read_corrections(each, settings.correction_files.file)
        except (*UNREADABLE, CorrectionsFileError) as error:
            return error
        return Judgement(
            area_file=areas_of(release) if release else None,
            failure_modes=modes,
            theme_names=names,
            as_of=as_of,
            replays=replayed is not None,
            corrections=corrections,
            sentence_model=str(sentence_model.resolve()) if sentence_model else "",
        )

    return [(each, judgement_of(each)) for each in projects]


def word_lists(settings: config.Settings) -> tuple[tuple[themes.FailureMode, ...], themes.Names]:
    """The words of each failure mode, and the names that people gave to themes. Raises ConfigError for a fault."""
    modes = themes.parse_failure_modes(read_text(settings.word_lists.file("failure_modes.toml")))
    return modes, themes.Names.from_toml(read_text(settings.word_lists.file("theme_names.toml")))
