"""The only module that turns text into HTML. Titles, names and messages are hostile: strangers wrote them."""

import re
from collections.abc import Collection
from html import escape

import pandas as pd

from analysis.tables import schema

MOST_LETTERS = 300
SHORT_SENTENCE = 100  # letters: three lines of a cell
QUOTED = "in their words"
TREND_WIDTH, TREND_HEIGHT = 72, 18  # in the units of its own drawing
MINUS = "\u2212"
UNKNOWN = '<span class="unknown">unknown</span>'
_ANSI = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?)?")
# Control characters, bidirectional overrides and isolates, zero-width characters, byte-order marks, lone surrogates and
# the two noncharacters. They include everything that XML forbids.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_NAMED = re.compile(schema.NAMED)
_QUOTED = re.compile(r"\d{4}-\d\d-\d\d: ")  # what somebody wrote stands behind its day
# Entities hold no capital letter and none of these signs, so none is cut.
_WITHIN_NAMES = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|[_=/](?=\w)")
_COLUMNS_APART = re.compile(r"( {2,}|^ )")
# A link to a page of the report, in a page or in a script with rows of a page, which escapes quotation marks and the
# signs that begin a tag. Its words may hold the places of `breakable`.
_TO_PAGE = re.compile(
    r'(?:<|\\u003c)a href=(?P<mark>\\?")(?P<page>[a-z0-9][a-z0-9._-]{0,200}\.html)(?:[?#][^"\\]{0,500})?(?P=mark)>'
    r"(?P<words>(?:[^<\\]|(?:<|\\u003c)wbr>){0,1000})(?:<|\\u003c)/a>"
)
_ADDRESS = re.compile(
    r"https?://[^\s<>\"'\\]{1,4000}|[a-z0-9][a-z0-9._-]*\.html(\?[a-z_]+=[A-Za-z0-9%._~-]+(&[a-z_]+=[A-Za-z0-9%._~-]+){0,5})?"
    r"(#[a-z0-9_-]+)?"
)


def clean(text: object, *, most: int = MOST_LETTERS) -> str:
    """The text on one line, without invisible characters, cut to `most` letters with an ellipsis.

    >>> clean("\x1b[31mred\x1b[0m and\\n\u202egnol")
    'red and gnol'
    """
    visible = _UNSEEN.sub("", _ANSI.sub("", str(text)[: most * 20]))
    one_line = " ".join(visible.split())
    return one_line if len(one_line) <= most else one_line[: most - 1].rstrip() + "…"


def safe(text: object, *, most: int = MOST_LETTERS) -> str:
    """The text cleaned and escaped, for an element or a quoted attribute.

    >>> safe('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return escape(clean(text, most=most), quote=True)


def breakable(html: str) -> str:
    """Escaped text, with the places at which a name made of several words may go on in the next line.

    >>> breakable("ReserveAndCommit, max_age=1")
    'Reserve<wbr>And<wbr>Commit, max_<wbr>age=<wbr>1'
    """
    return _WITHIN_NAMES.sub(r"\g<0><wbr>", html)


def safe_lines(text: str) -> str:
    """Each line cleaned and escaped, with the blanks that put it in columns.

    >>> safe_lines("  fixes    7\\n<b>   1")
    '  fixes    7\\n&lt;b&gt;   1'
    """
    return "\n".join("".join(map(_safe_piece, _COLUMNS_APART.split(line[:10_000]))) for line in text.split("\n"))


def _safe_piece(piece: str) -> str:
    return piece if not piece.strip(" ") else safe(piece, most=10_000)


def is_unknown(value: object) -> bool:
    """Whether the value of a cell is unknown, as NA, NaT, NaN and None are; a list never is.

    >>> is_unknown(pd.NA), is_unknown(0), is_unknown([])
    (True, False, False)
    """
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def link(address: object, label: str) -> str:
    """A link around the label, which is already HTML; only the label if the address is unknown or not a web address.

    >>> link("javascript:alert(1)", "bug 1")
    'bug 1'
    """
    if is_unknown(address) or not _ADDRESS.fullmatch(str(address)):
        return label
    return f'<a href="{escape(str(address), quote=True)}">{label}</a>'


def links_to_pages(html: str, pages: Collection[str]) -> str:
    """The HTML, or the script with HTML, with the words alone of links to pages that are not among these.

    >>> links_to_pages('<a href="person-7.html">John_<wbr>Smith</a>', [])
    'John_<wbr>Smith'
    """
    return _TO_PAGE.sub(lambda link: link[0] if link["page"] in pages else link["words"], html)


def linked(label: str, addresses: list[str]) -> str:
    """The label, which is already HTML, with a link around each bug and change in it that has an address.

    >>> linked("as change 7, bug 8", ["https://r.example/7"])
    '<span>as <a href="https://r.example/7">change 7</a>, bug 8</span>'
    """

    def one(match: re.Match[str]) -> str:
        end = ("/bugs/" if match["kind"] == "bug" else "/") + match["number"]
        same = (to for to in addresses if to.endswith(end) and ("/bugs/" in to) == (match["kind"] == "bug"))
        return link(next(same, pd.NA), match[0])

    return together(_NAMED.sub(one, label))


def together(html: str) -> str:
    """Text and links as one element, so that the cards of a narrow window do not separate them."""
    return f"<span>{html}</span>" if "<a " in html else html


def sentence_cell(sentence: str, addresses: list[str], *, most: int = MOST_LETTERS) -> str:
    """A sentence with its links, for a cell; of a long one the words that it quotes, behind a day, unfold.

    >>> sentence_cell("change 7 was abandoned on 2015-06-01: " + "It is old. " * 9, [])[:92]
    '<div>change 7 was abandoned on 2015-06-01: <details><summary>in their words</summary><span>I'
    """
    text = clean(sentence, most=most)
    quoted = _QUOTED.search(text)
    if len(text) <= SHORT_SENTENCE or not quoted:
        return linked(safe(text, most=most), addresses)
    parts = [linked(safe(part, most=most), addresses) for part in (text[: quoted.end()], text[quoted.end() :])]
    return f"<div>{parts[0]} <details><summary>{QUOTED}</summary><span>{parts[1]}</span></details></div>"


def trend_cell(counts: list[int], kind: str, *, has_change: bool = True) -> str:
    """A small line chart in a cell, which a screen reader reads as numbers; after it the change from first to last.

    Without the change the cell sorts by the newest count.
    """
    high = max([1, *counts])
    step = TREND_WIDTH / max(len(counts) - 1, 1)
    points = " ".join(
        f"{n * step:.1f},{TREND_HEIGHT - 2 - count / high * (TREND_HEIGHT - 4):.1f}" for n, count in enumerate(counts)
    )
    change = counts[-1] - counts[0] if counts else 0
    words = f" {change:+d}".replace("-", MINUS) if change else " 0"
    order, words = (change, words) if has_change else (counts[-1] if counts else 0, "")
    return (
        f'<td {kind} data-order="{order}"><span><svg role="img" aria-label="{safe(", ".join(map(str, counts)))}" '
        f'viewBox="0 0 {TREND_WIDTH} {TREND_HEIGHT}"><polyline points="{points}"/></svg>{words}</span></td>'
    )
