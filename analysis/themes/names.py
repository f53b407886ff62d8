"""The names that people gave to themes, instead of the words that set each apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.errors import ConfigError
from analysis.themes import lists


@dataclass(frozen=True, slots=True)
class Names:
    """Names that people gave to themes, by a rule that outlives a refit: the words a theme must have, sorted.

    No set of them, because its order, and with it what a build was made from, would differ from process to process.
    """

    rules: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def from_toml(cls, content: str) -> "Names":
        """The names in a file of `[[name]]` tables with `label` and `terms`; raises ConfigError."""
        rules = []
        for entry in lists.entries(content, "name"):
            if not lists.has(entry, texts={"label"}, lists={"terms"}, beside={"why"}):
                raise ConfigError(
                    expected="each [[name]] of the theme names to hold a label, a list of terms, and perhaps why",
                    found=repr(entry)[:200],
                    do="correct the entry in data/theme_names.toml",
                )
            rules.append((entry["label"], tuple(sorted(set(entry["terms"])))))
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
                if given[number] is None and set(required) <= set(words)
            ]
            if fitting:
                given[min(fitting)[1]] = name
        return given
