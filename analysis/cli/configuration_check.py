"""Reads all configuration of a project before a fetch, so that a build does not refuse it after hours of fetching."""

from analysis import config, themes
from analysis.cli.judgements import word_lists
from analysis.cli.releases import area_file
from analysis.judge import inconsistencies, queue, review_plan, review_state
from analysis.report import measures
from analysis.tables import accounts
from analysis.tables.changes import CopyRules

# What a project file may hold beside its servers: each section by its one reader.
SECTIONS = (
    accounts.Rules, CopyRules, review_state.Rules, queue.Score, inconsistencies.Thresholds, measures.Limits,
    review_plan.Capacity, themes.Rules,
)  # fmt: skip


def check(settings: config.Settings) -> None:
    """Read the sections of the chosen project's file, the areas of the release and the word lists.

    Raises the ConfigError that a build or a report of the project would.
    """
    for section in SECTIONS:
        settings.project.sections.read(section)
    area_file(settings, settings.release or settings.servers.release)
    word_lists(settings)
