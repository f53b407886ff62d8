"""The glossary of the pages, from GLOSSARY.md: its own page, and the explanations that the script shows."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from analysis import shipped

PAGE = "glossary"
# Words that every reader knows, or that only code uses: explaining them on every page would be clutter.
EVERYDAY = frozenset(
    {"bug", "change", "design", "fix", "link", "measure", "milestone", "owner", "page", "person", "question", "release",
     "server", "series", "stage", "status", "twin", "unknown", "vote", "label", "bot"}
)  # fmt: skip
_CODE = re.compile(r"`([^`]{1,200})`")


def source() -> Path:
    """The file that people write, in Markdown."""
    return shipped.HOME / "GLOSSARY.md"


@cache
def rows() -> tuple[tuple[str, str], ...]:
    """Each row's words, as the glossary spells them, and their meaning, in Markdown without links."""
    lines = source().read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
    return tuple((word, meaning) for word, meaning, *_ in cells[1:])


def words() -> dict[str, str]:
    """Word -> meaning as plain text, for each word that a reader may not know."""
    each = ((word, meaning) for spelling, meaning in rows() for word in spelling.split(", "))
    return {word: _CODE.sub(r"\1", meaning).replace("*", "") for word, meaning in each if word not in EVERYDAY}


def first_words() -> dict[str, str]:
    """Word -> the first word of its row, which has the anchor."""
    return {word: spelling.split(", ")[0] for spelling, _ in rows() for word in spelling.split(", ")}


def body() -> Markup:
    """The glossary as HTML; the anchor of a word is `word-` and the word, with hyphens for blanks."""
    entries = (
        Markup('<dt id="{}">{}</dt><dd>{}</dd>').format(place(spelling.split(", ")[0]), spelling, _html(meaning))
        for spelling, meaning in rows()
    )
    return Markup('<dl class="glossary">{}</dl>').format(Markup("").join(entries))


def place(word: str) -> str:
    """The anchor of a word on the page.

    >>> place("review state")
    'word-review-state'
    """
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.lower())


def _html(meaning: str) -> Markup:
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(meaning.replace("*", "")))))
