"""Invented prose: random pieces of one long text."""

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
    """Shuffled sentences of the twin's bugs, without digits, so that no number looks like a bug number."""
    rng = Random(1)
    pieces = sorted({each for theme in texts.themes().values() for each in (*theme.what, *theme.when, *theme.notes)})
    plain = ["".join(letter for letter in each if not letter.isdigit()).replace("bug", "flaw") for each in pieces]
    text = ""
    while len(text) < LENGTH:
        text += ". ".join(rng.sample(plain, len(plain))) + ".\n"
    return text


@cache
def paths() -> tuple[str, ...]:
    """File names, including those of the declared areas."""
    theme_paths = sorted({path for theme in texts.themes().values() for path in theme.paths})
    more_paths = (f"{folder}/module_{number:02}.py" for number in range(40) for folder in FOLDERS)
    return (*theme_paths, *islice(more_paths, 400))
