"""Analyses of the texts of bugs: themes, failure modes, similar bugs, commits that may have fixed a bug.

Modules that need scikit-learn are imported on first use: the import takes a second, which a command that only reads the
rules, or has nothing to do, should not have to wait for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from analysis.themes.failure_modes import FailureMode
from analysis.themes.failure_modes import build as build_failure_modes
from analysis.themes.failure_modes import find as find_failure_modes
from analysis.themes.failure_modes import parse as parse_failure_modes
from analysis.themes.settings import Names, Rules
from analysis.themes.text import report_parts

if TYPE_CHECKING:
    from analysis.themes.bug_index import SimilarBugs
    from analysis.themes.counts import public
    from analysis.themes.model import ThemeModel
    from analysis.themes.possible_fixes import find_possible_fixes
    from analysis.themes.similar_bugs import similar
    from analysis.themes.streaming import StreamingThemes
    from analysis.themes.tag_proposals import triage_proposals
    from analysis.themes.theme_parts import mentioned, sub_themes
    from analysis.themes.theme_tables import build
    from analysis.themes.vectors import comments_of, local_encoder, public_texts, texts

__all__ = [
    "FailureMode",
    "Names",
    "Rules",
    "SimilarBugs",
    "StreamingThemes",
    "ThemeModel",
    "build",
    "build_failure_modes",
    "comments_of",
    "find_failure_modes",
    "find_possible_fixes",
    "local_encoder",
    "mentioned",
    "parse_failure_modes",
    "public",
    "public_texts",
    "report_parts",
    "similar",
    "sub_themes",
    "texts",
    "triage_proposals",
]

_HOMES = {
    "bug_index": ("SimilarBugs",),
    "counts": ("public",),
    "model": ("ThemeModel",),
    "possible_fixes": ("find_possible_fixes",),
    "similar_bugs": ("similar",),
    "streaming": ("StreamingThemes",),
    "tag_proposals": ("triage_proposals",),
    "theme_parts": ("mentioned", "sub_themes"),
    "theme_tables": ("build",),
    "vectors": ("comments_of", "local_encoder", "public_texts", "texts"),
}


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
