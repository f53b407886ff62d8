"""The way a bug fails (race, deadlock, leak, ...): a second facet, read from a reviewed word list."""

import re
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
from pyarrow import compute

from analysis.errors import ConfigError
from analysis.themes import lists


@dataclass(frozen=True, slots=True)
class FailureMode:
    """One way to fail: its id, the name people read, and the words that say it (`*` ends a word in any way)."""

    id: str
    title: str
    words: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The words as one regular expression of RE2 and of Python, to be matched without case."""
        return r"\b(?:" + "|".join(map(_expression, self.words)) + r")\b"


def parse(content: str) -> tuple[FailureMode, ...]:
    """The failure modes of a word list, in its order; raises ConfigError where the list is not one."""
    entries = lists.entries(content, "failure_mode")
    for entry in entries:
        if not lists.has(entry, texts={"id", "title"}, lists={"words"}):
            raise ConfigError(
                expected="each [[failure_mode]] to hold an id, a title and a list of words, at least one",
                found=repr(entry)[:200],
                do="correct the entry in data/failure_modes.toml",
            )
    modes = tuple(FailureMode(entry["id"], entry["title"], tuple(entry["words"])) for entry in entries)
    if not modes or len({mode.id for mode in modes}) < len(modes):
        raise ConfigError(
            expected="at least one failure mode, each id once",
            found=str([mode.id for mode in modes]),
            do="correct data/failure_modes.toml",
        )
    return modes


def found(texts: pd.DataFrame, modes: tuple[FailureMode, ...]) -> pd.DataFrame:
    """One boolean column per failure mode: the clean title or description says one of its words."""
    # Arrow's RE2 takes time linear in the text, whatever the text; pandas falls back to Python's `re` without case.
    whole = pa.array((texts["title"] + "\n" + texts["description"]).tolist(), pa.large_string())
    matches = {mode.id: compute.match_substring_regex(whole, mode.pattern, ignore_case=True) for mode in modes}
    return pd.DataFrame({name: match.to_numpy(zero_copy_only=False) for name, match in matches.items()}, texts.index)


def _expression(word: str) -> str:
    return re.escape(word).replace(r"\ ", r"[\s_-]+").replace(r"\*", r"\w*")
