"""One page as a self-contained file for a mail, without other files and without broken links."""

import re
from pathlib import Path

from analysis.errors import UsageError
from analysis.report.pages import assets

# The frame of the page writes these exactly so; other people's text is escaped and cannot look like them.
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]{1,200})">')
_SCRIPT = re.compile(r'<script defer nonce="([0-9a-f]{1,64})" src="([^"?]{1,200})[^>]{0,300}></script>\n?')
_MENU = ("<nav", "</nav>")
_DOWNLOADS = ('<p class="downloads">', "</p>")
_BESIDE = re.compile(r'<a (?:class="[^"]{0,99}" )?href="(?!https?:|#)[^"]{0,500}"[^>]{0,99}>(.{0,999}?)</a>', re.DOTALL)


def single_file(site: Path, page: str) -> str:
    """The HTML of a page of the report with style, script and rows inside, without the menu and links to other pages.

    Raises UsageError when the report has no such page.
    """
    pages = sorted(path.stem for path in site.glob("*.html"))
    if page not in pages:
        raise UsageError.unknown_name(page, pages, kind="page of the report", option="--single-file")
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    scripts = [f'<script nonce="{nonce}">{_text(site, source)}</script>\n' for nonce, source in _SCRIPT.findall(html)]
    html = _STYLE.sub(lambda _: f"<style>{assets.style()}</style>", _SCRIPT.sub("", html))
    html = _BESIDE.sub(r"\1", _cut(_cut(html, *_MENU), *_DOWNLOADS))
    # At the end, because a script inside a page does not wait for the elements after it.
    before, end, after = html.rpartition("</body>")
    return before + "".join(scripts) + end + after


def _text(site: Path, source: str) -> str:
    return (site / source).read_text(encoding="utf-8")


def _cut(html: str, opening: str, closing: str) -> str:
    """The page without the parts from each opening to the next closing."""
    kept, at = [], 0
    while (begin := html.find(opening, at)) >= 0 and (end := html.find(closing, begin)) >= 0:
        kept.append(html[at:begin])
        at = end + len(closing)
    return "".join(kept) + html[at:]
