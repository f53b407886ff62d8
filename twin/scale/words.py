"""Invented prose: pieces of one long text, cut at random."""

from functools import cache
from itertools import islice
from random import Random

from twin import texts

LENGTH = 400_000
FOLDERS = (
    "api",
    "compute",
    "scheduler",
    "network",
    "db",
    "virt",
    "conductor",
    "objects",
    "tests/unit",
    "tests/functional",
)


@cache
def prose() -> str:
    """Sentences of the twin's bugs, shuffled; without a digit, so that no number looks like a bug's."""
    rng = Random(1)
    pieces = sorted({each for theme in texts.themes().values() for each in (*theme.what, *theme.when, *theme.notes)})
    plain = ["".join(letter for letter in each if not letter.isdigit()).replace("bug", "flaw") for each in pieces]
    text = ""
    while len(text) < LENGTH:
        text += ". ".join(rng.sample(plain, len(plain))) + ".\n"
    return text


@cache
def paths() -> tuple[str, ...]:
    """File names, those of the declared areas among them."""
    theme_paths = sorted({path for theme in texts.themes().values() for path in theme.paths})
    more_paths = (f"{folder}/module_{number:02}.py" for number in range(40) for folder in FOLDERS)
    return (*theme_paths, *islice(more_paths, 400))
