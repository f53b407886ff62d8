"""The texts of the world: for each theme, bugs written by hand and pieces from which more are generated."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

VERSIONS = ("stable/kilo", "kilo (2015.1.0)", "master as of last week", "juno 2014.2.3", "2015.1.0-2", "liberty-1")
SYSTEMS = ("Ubuntu 14.04", "CentOS 7.1", "Fedora 21", "devstack on Ubuntu 14.04", "RDO on CentOS 7", "Debian jessie")


@dataclass(frozen=True, slots=True)
class Theme:
    """The subject of a group of bugs. `area` is the area of the release to which it belongs; None if there is none."""

    id: str
    area: str | None
    tags: tuple[str, ...]
    paths: tuple[str, ...]
    topic: str | None
    bugs: tuple[tuple[str, str], ...]
    what: tuple[str, ...]
    when: tuple[str, ...]
    error: tuple[str, ...]
    notes: tuple[str, ...]
    subjects: tuple[str, ...]

    def bug(self, rng: random.Random) -> tuple[str, str]:
        """A title and a description generated from the pieces, in the words of one reporter."""
        what, when, error = rng.choice(self.what), rng.choice(self.when), rng.choice(self.error)
        title = rng.choice((f"{what} {when}", f"{what}", f"[{self.tags[0]}] {what} {when}", f"{what}: {error}"))
        first, second, third = rng.sample(self.notes, 3)
        story = f"{_sentence(what)} {when}. {first}"
        place = f"Seen on {rng.choice(VERSIONS)}, {rng.choice(SYSTEMS)}."
        number = rng.randrange(3, 40)
        steps = f"Steps to reproduce:\n1. {third}\n2. wait, {when}\n3. seen {number} times"
        parts = [story, f"In the log:\n\n    {error}", second]
        parts.insert(rng.randrange(1, 4), steps)
        return title, "\n\n".join([*parts[: rng.randrange(2, 5)], place])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def themes() -> dict[str, Theme]:
    """Every theme by its id, in the order of the file names."""
    return {theme.id: theme for theme in _read()}


def _read() -> Iterator[Theme]:
    folder = resources.files("twin") / "texts"
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".toml"):
            yield msgspec.toml.decode(path.read_text(encoding="utf-8"), type=_File).theme()


class _Bug(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    text: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A theme in the form of its file."""

    id: str
    tags: tuple[str, ...]
    paths: tuple[str, ...]
    what: tuple[str, ...]
    when: tuple[str, ...]
    error: tuple[str, ...]
    notes: tuple[str, ...]
    subjects: tuple[str, ...]
    bug: list[_Bug]
    area: str | None = None
    topic: str | None = None

    def theme(self) -> Theme:
        """The theme with its bugs as title and text."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "bug"}
        return Theme(**fields, bugs=tuple((bug.title, bug.text.strip()) for bug in self.bug))
