"""Bugs grouped by their text: themes, failure modes, and bugs that resemble each other.

What needs scikit-learn is imported when it is first asked for: it takes a second, for which a command that only reads
the rules, or finds that nothing changed, need not wait.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.themes.failure_modes import FailureMode
from analysis.themes.failure_modes import parse as parse_failure_modes
from analysis.themes.names import Names
from analysis.themes.rules import Rules

if TYPE_CHECKING:
    from analysis.themes.embeddings import local_encoder
    from analysis.themes.grouping import build
    from analysis.themes.in_depth import failure_modes_of, mentioned, sub_themes
    from analysis.themes.model import ThemeModel
    from analysis.themes.pairs import similar
    from analysis.themes.resemblance import SimilarBugs
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

_HOMES = {
    "SimilarBugs": "resemblance",
    "StreamingThemes": "streaming",
    "ThemeModel": "model",
    "build": "grouping",
    "comments_of": "vectors",
    "failure_modes_of": "in_depth",
    "local_encoder": "embeddings",
    "mentioned": "in_depth",
    "public_texts": "vectors",
    "similar": "pairs",
    "sub_themes": "in_depth",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
