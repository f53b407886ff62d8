"""The names that people gave to themes, instead of the words that set each apart."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Names:
    """Names that people gave to themes, by a rule that outlives a refit: the words a theme must have."""

    rules: tuple[tuple[str, frozenset[str]], ...] = ()

    @classmethod
    def from_toml(cls, content: str) -> "Names":
        """The names in a file of `[[name]]` tables with `label` and `terms`; raises ConfigError."""
        rules = []
        for entry in _tables(content, "name"):
            if set(entry) - {"why"} != {"label", "terms"} or not entry["terms"]:
                raise ConfigError(
                    expected="each [[name]] of the theme names to hold label and terms, and perhaps why",
                    found=str(sorted(entry)),
                    do="correct the entry in data/theme_names.toml",
                )
            rules.append((str(entry["label"]), frozenset(str(term) for term in entry["terms"])))
        return cls(tuple(rules))

    def given(self, terms: Sequence[Sequence[str]]) -> list[str | None]:
        """For each theme, given as its terms, the name that people gave it; None where nobody named it.

        Each name, in the order of the file, goes to one theme: of those with all its words and no name yet, the one
        where the weakest of these words stands strongest.
        """
        given: list[str | None] = [None] * len(terms)
        for name, required in self.rules:
            fitting = [
                (max(map(list(words).index, required)), number)
                for number, words in enumerate(terms)
                if given[number] is None and required <= set(words)
            ]
            if fitting:
                given[min(fitting)[1]] = name
        return given


def _tables(content: str, key: str) -> list[Mapping[str, Any]]:
    try:
        found = tomllib.loads(content)
    except (ValueError, RecursionError) as cause:  # no TOML, or a number or a nest without end
        raise ConfigError(expected="a TOML file", found=str(cause), do="correct it at that line") from cause
    if set(found) - {key}:
        raise ConfigError(
            expected=f"only [[{key}]] tables", found=str(sorted(set(found) - {key})), do="remove or rename them"
        )
    return list(found.get(key, []))
