"""The settings of themes: section [themes] of a project file, and the lists of names and failure modes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from analysis.errors import ConfigError
from analysis.tables.configuration import Section

MOST_MESSAGES = 1_000_000_000
Text = Annotated[str, Meta(pattern=r"\S", description="a text in quotes, not empty", examples=['"..."'])]
Texts = Annotated[
    tuple[Text, ...],
    Meta(min_length=1, description="a list of texts in quotes, at least one and none empty", examples=['["..."]']),
]
Messages = Annotated[int, Meta(ge=0, le=MOST_MESSAGES, description="a whole number from 0", examples=["3"])]


class Rules(Section, frozen=True):
    """`messages`: how many of a bug's first comments by people are read beside its title and description."""

    SECTION: ClassVar[str] = "themes"

    messages: Messages = 0


class NameEntry(Section, frozen=True):
    """A [[name]] of data/theme_names.toml: a label, the terms that a theme must have to bear it, and perhaps why."""

    label: Text
    terms: Texts
    why: str = ""


class NamesFile(Section, frozen=True):
    """The file data/theme_names.toml."""

    FAULT: ClassVar[type[ConfigError]] = ConfigError

    name: tuple[NameEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Names that people gave to themes, by a rule that survives a new fit: the words that a theme must have, sorted.

    No set of them, because its order, and with it what a build was made from, would differ from process to process.
    """

    rules: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def from_toml(cls, content: str) -> "Names":
        """The names in a file of `[[name]]` tables with `label` and `terms`; raises ConfigError."""
        entries = NamesFile.from_toml(content, file="data/theme_names.toml").name
        return cls(tuple((entry.label, tuple(sorted(set(entry.terms)))) for entry in entries))

    def assign(self, terms: Sequence[Sequence[str]]) -> list[str | None]:
        """For each theme, given by its terms, the name that people gave it; None if it has none.

        Each name, in the order of the file, goes to one theme: of those with all its words and no name yet, the one
        where the weakest of these words stands strongest.
        """
        assigned: list[str | None] = [None] * len(terms)
        for name, required in self.rules:
            fitting = [
                (max(map(list(words).index, required)), number)
                for number, words in enumerate(terms)
                if assigned[number] is None and set(required) <= set(words)
            ]
            if fitting:
                assigned[min(fitting)[1]] = name
        return assigned
