"""Bugs grouped by their text: themes, failure modes, and bugs that resemble each other."""

from analysis.themes.build import build
from analysis.themes.failure_modes import FailureMode
from analysis.themes.failure_modes import parse as parse_failure_modes
from analysis.themes.labels import Names
from analysis.themes.model import ThemeModel
from analysis.themes.resemblance import SimilarBugs
from analysis.themes.similar import similar

__all__ = ["FailureMode", "Names", "SimilarBugs", "ThemeModel", "build", "parse_failure_modes", "similar"]
