"""A picture of a report: a drawing in the reader's colours, its alternative text, and its numbers as a table."""

import io
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.report.figures.html import safe
from analysis.report.figures.html_table import Table
from analysis.report.output_data import DATA, DRAWING

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

# Colour in the drawing -> name of the page's colour. A drawing outside a page falls back to the colour itself.
INK, QUIET, RULE, PAPER = "#1f2933", "#5b6774", "#d5dbe1", "#fefefe"
TURN_COLOURS = {
    "reviewers": "#c2410c", "second_core": "#d98a0b", "approver": "#0f766e", "owner": "#5f7186", "ci": "#7c4dbd",
    "parent": "#9fb0c1", "nobody": "#3f8f4f", "unknown": "#c9d1d9",
}  # fmt: skip
LINE = "#2563a8"
COLOURS = (LINE, *TURN_COLOURS.values())  # of lines and parts that have no colour of their own, in this order
NAMES = {INK: "ink", QUIET: "quiet", RULE: "rule", PAPER: "paper", LINE: "line"} | {
    colour: f"turn-{turn.replace('_', '-')}" for turn, colour in TURN_COLOURS.items()
}
STYLE: "dict[RcKeyType, str | float | bool]" = {
    "svg.fonttype": "none", "svg.hashsalt": "bugfix-analysis", "font.family": "sans-serif", "font.size": 10,
    "text.color": INK, "axes.labelcolor": QUIET, "xtick.color": QUIET, "ytick.color": INK, "axes.edgecolor": RULE,
    # No frame except the line at the bottom, no ticks, and the grid, if there is one, behind the drawing.
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "axes.axisbelow": True,
    "xtick.major.size": 0, "ytick.major.size": 0, "grid.color": RULE, "grid.linewidth": 0.8,
    "figure.facecolor": "none", "axes.facecolor": "none",  # the page's own colour is behind it
}  # fmt: skip
IN_PICTURE = 15  # rows of the picture's numbers in the page itself
FULL = 10.0  # inches: as wide as the page
WIDE = 5.5  # inches; a wider drawing keeps its size on a telephone and is scrolled
REM_PER_INCH = 7.3
HINT = '<span class="hint">The picture is wider than the window: scroll it sideways.</span>'
_COLOUR = re.compile(r"(?<=: )#[0-9a-f]{6}")
# Parts that a drawing inside a page does not need, about half of it. The file beside the page keeps them.
_FONT = re.compile(r" font-family: 'DejaVu Sans'[^;\"]{0,1000}sans-serif;?")
_ID = re.compile(r' id="([^"]{0,200})"')
_USED = re.compile(r'(?:url\(|href=")#([^)"]{1,200})')
_DECIMALS = re.compile(r"(?<=\d\.\d)\d{1,12}")
_METADATA = re.compile(r"<metadata>.{0,1500}?</metadata>|<!--[^>]{0,1000}-->", re.DOTALL)
_UNTURNED = re.compile(r' transform="rotate\(-?0(?:\.0)? [^"]{0,99}"')
_EMPTY = re.compile(r"<g>\s{0,99}</g>|<g\s?/>")
_STYLE = re.compile(r' style="([^"]{0,300})"')
SHARED = 3  # a style is written once if so many parts of a drawing have it


@dataclass(frozen=True)
class Picture:
    """The result of the drawing functions; `figure` is matplotlib's, `table` has the numbers that it draws."""

    name: str
    caption: str
    alt: str
    figure: Figure
    table: Table
    empty: str = ""  # a sentence in place of the drawing if there is nothing to draw

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {
            "text/plain": self.alt,
            "text/html": self.html(),
            DATA: self.table.data(),
            **({} if self.empty else {DRAWING: self.svg()}),
            **self._numbers.rows_bundle(),
        }

    @cached_property
    def _numbers(self) -> Table:
        """The table that is folded below the drawing."""
        return replace(self.table, n_inline=IN_PICTURE)

    def svg(self) -> str:
        """The drawing with its own colours: the same bytes for the same numbers."""
        return self._svg

    @cached_property
    def _svg(self) -> str:
        # Not `savefig`, which lays the figure out twice: drawing takes most of the time of a page with pictures.
        file = io.StringIO()
        with matplotlib.rc_context(STYLE):
            canvas = FigureCanvasSVG(self.figure)
            canvas.print_svg(file, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        text = file.getvalue()
        return text[text.index("<svg") :]

    def html(self) -> str:
        """The drawing in the page's colours, its caption, and the same numbers as a table to unfold."""
        if self.empty:
            sentence = f"<strong>{safe(self.caption)}.</strong> {safe(self.empty)}"
            return f'<p class="empty" id="{safe(self.name)}">{sentence}</p>'
        drawing = _with_shared_styles(_COLOUR.sub(_variable, _compress(self.svg())), self.name)
        drawing = re.sub(r' (width|height)="[\d.]+pt"', "", drawing, count=2)
        width = self.figure.get_figwidth()
        # A wide drawing keeps its size on a phone and is scrolled in its own box, from the keyboard too.
        size, focus = (" wide", ' tabindex="0"') if width > WIDE else ("", "")
        return (
            f'<figure class="picture{size}" style="max-width: {width * REM_PER_INCH:.0f}rem">'
            f'{HINT if size else ""}<div role="img"{focus} aria-label="{safe(self.alt, most=1000)}">{drawing}</div>'
            f"<figcaption>{safe(self.caption)}</figcaption>"
            f"<details><summary>The same as a table</summary>{self._numbers.html()}</details></figure>"
        )


def _compress(svg: str) -> str:
    """The drawing without metadata, names that nothing uses, decimals that nobody sees, and the font of the page."""
    used = set(_USED.findall(svg))
    svg = _ID.sub(lambda name: name[0] if name[1] in used else "", _METADATA.sub("", svg))
    svg = re.sub(r"\s{1,999}", " ", _DECIMALS.sub("", _FONT.sub("", _UNTURNED.sub("", svg)))).replace("> <", "><")
    return _EMPTY.sub("", _EMPTY.sub("", svg))


def _with_shared_styles(svg: str, name: str) -> str:
    """The drawing with each style that several parts have written once; a map of hundreds of cells is half as long."""
    counts = Counter(_STYLE.findall(svg))
    classes = {style: f"{name}-{n}" for n, style in enumerate(style for style in counts if counts[style] >= SHARED)}
    rules = "".join(f".{a_class}{{{style}}}" for style, a_class in classes.items())
    svg = _STYLE.sub(lambda style: f' class="{classes[style[1]]}"' if style[1] in classes else style[0], svg)
    return svg.replace("</style>", f"{rules}</style>", 1)


def _variable(colour: "re.Match[str]") -> str:
    name = NAMES.get(colour[0])
    return f"var(--{name}, {colour[0]})" if name else colour[0]


def canvas(width: float = 6.4, height: float = 3.0) -> Figure:
    """An empty figure of the house's style, in inches; no global state of matplotlib is used."""
    return Figure(figsize=(width, height), layout="constrained")
