"""Small pages that a notebook makes beside its own: one for each person, from tables only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.report.figures.fact_lists import FactList
from analysis.report.figures.html import clean, link, safe
from analysis.report.figures.html_table import Table
from analysis.report.output_data import PAGES, PageData
from analysis.tables.counts import counted

if TYPE_CHECKING:
    from analysis.report.figures.picture import Picture


@dataclass(frozen=True)
class SmallPage:
    """A small page: the name of its file, its heading and lead, and its content. Texts may be hostile.

    `back` are addresses of other pages with the words that lead to them, below the content.
    """

    page: str
    title: str
    lead: str
    parts: Sequence["FactList | Table | Picture"]
    notes: Sequence[str] = ()
    back: Sequence[tuple[str, str]] = ()

    def data(self) -> PageData:
        """Its texts cleaned, and its body as HTML, every text of it escaped."""
        notes = " ".join(safe(note) for note in self.notes)
        body = "\n".join(part.html() for part in self.parts) + (f"<p>{notes}</p>" if notes else "")
        body += "".join(f"<p>{link(address, safe(words))}</p>" for address, words in self.back)
        return {"page": self.page, "title": clean(self.title), "lead": clean(self.lead), "html": body}


@dataclass(frozen=True)
class PageSet:
    """The output of a notebook that carries small pages; it displays their number."""

    pages: Sequence[SmallPage]
    kind: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        words = f"{counted(len(self.pages), 'page')} beside this one."
        data = [page.data() for page in self.pages]
        return {"text/plain": words, "text/html": f"<p>{words}</p>", PAGES: {"kind": self.kind, "pages": data}}
