"""A sentence of a page that the data make, such as its answer."""

from dataclasses import dataclass

from analysis.report.figures.html import safe

MOST_LETTERS = 2000


@dataclass(frozen=True)
class Statement:
    """The result of `figures.statement`: sentences with names and titles in them, which may be hostile."""

    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {"text/plain": self.text, "text/html": self.html()}

    def html(self) -> str:
        """The sentences as a paragraph, escaped; nothing if there is none."""
        return f'<p class="answer">{safe(self.text, most=MOST_LETTERS)}</p>' if self.text else ""


def statement(text: str) -> Statement:
    """The sentences as a paragraph that stands out."""
    return Statement(text)
