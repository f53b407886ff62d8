"""Bugs grouped by their text: themes, failure modes, and bugs that resemble each other."""

from analysis.themes.build import build, failure_modes_of, mentioned, sub_themes
from analysis.themes.embeddings import local_encoder
from analysis.themes.failure_modes import FailureMode
from analysis.themes.failure_modes import parse as parse_failure_modes
from analysis.themes.labels import Names
from analysis.themes.model import ThemeModel
from analysis.themes.resemblance import SimilarBugs
from analysis.themes.rules import Rules
from analysis.themes.similar import similar
from analysis.themes.streaming import StreamingThemes
from analysis.themes.vectors import comments_of, public_texts

__all__ = [
    "FailureMode",
    "Names",
    "Rules",
    "SimilarBugs",
    "StreamingThemes",
    "ThemeModel",
    "build",
    "comments_of",
    "failure_modes_of",
    "local_encoder",
    "mentioned",
    "parse_failure_modes",
    "public_texts",
    "similar",
    "sub_themes",
]
