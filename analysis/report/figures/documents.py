"""The report as text to paste elsewhere: a mail, an etherpad, a feed reader."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from analysis.report.figures.columns import label_and_unit
from analysis.report.figures.fact_lists import PAST, changes_in_words
from analysis.report.figures.html import clean, is_unknown, safe, safe_lines
from analysis.report.output_data import DOCUMENT, DocumentData
from analysis.tables import schema
from analysis.tables.counts import counted

MOST = 10  # lines of a list in a mail; the pages have all of them
MOST_ENTRIES = 50
MOST_WHOLE = 60  # lines of a text that a page shows whole; a longer one scrolls in its box
IN_DIGEST = ("title", "n_open_fixes", "n_unreviewed", "oldest_days", "whose_turn")  # columns of the areas
Row = Mapping[Hashable, object]
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|&~#])")


@dataclass(frozen=True)
class Document:
    """A text file of the report; a notebook shows it, and `pages` writes it beside the pages."""

    name: str
    caption: str
    text: str
    is_for_people: bool = True
    preview: str = ""  # what its reader will see, if that is not the text itself

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        data: DocumentData = {"name": self.name, "caption": self.caption, "text": self.text}
        return {"text/plain": self.text, "text/html": self.html(), DOCUMENT: data}

    def html(self) -> str:
        """The text in a box, to be copied; for a text that only programs read, what they will show."""
        text = self.preview or (self.text if self.is_for_people else "")
        heading = f'<h2 id="{safe(self.name.partition(".")[0])}">{safe(self.caption)}</h2>'
        if not text:
            return heading
        size = " whole" if text.count("\n") <= MOST_WHOLE else ""
        to_copy = "" if self.preview else " data-copy"
        return f'{heading}<pre class="document{size}"{to_copy} tabindex="0">{safe_lines(text)}</pre>'


def digest(
    first: pd.DataFrame,
    glance: pd.DataFrame,
    news: pd.DataFrame,
    breaches: pd.DataFrame,
    *,
    project: str,
    release: str,
    as_of: pd.Timestamp,
    no_first: str,
    no_news: str,
    no_breach: str,
    facts: pd.DataFrame | None = None,
    of_bugs: str = "",
    doubt: str = "",
) -> Document:
    """The week in Markdown, for a mail or the agenda of a meeting.

    Parameters
    ----------
    first : DataFrame of measures.do_next, with addresses
    glance : DataFrame of measures.areas_summary
    news, breaches : DataFrame of measures.each_event_once and measures.breaches, with addresses
    no_first, no_news, no_breach : what it means when one of these is empty, in a sentence
    facts : DataFrame of measures.totals with the past of `measures.with_past`
    of_bugs : what came of the bugs, in a sentence, see measures.triage_in_words; left out where it is empty
    doubt : a sentence where the data are of another time than the release, without its stop
    """
    lines = [f"# Bug fixes of {_md(project)} {_md(release)} that wait for review, as of {as_of:%Y-%m-%d %H:%M} UTC", ""]
    lines += [f"Note: {_md(doubt)}.", ""] if doubt else []
    lines += ["## The week in numbers", "", *_figures(facts), ""] if facts is not None else []
    lines += ["## Review these first", ""]
    lines += [_first_line(row) for row in first.head(MOST).to_dict("records")] or [no_first]
    lines += ["", "## Areas", ""]
    heads = [f"| {' | '.join(label_and_unit(name)[0] for name in IN_DIGEST)} |", "|---|---|---|---|---|"]
    busy = glance[glance["n_open_fixes"].gt(0).fillna(False)]
    lines += [*heads, *map(_glance_line, busy.to_dict("records"))] if len(busy) else [no_first]
    lines += ["", "## Over the limit" + (f": {len(breaches)}" if len(breaches) else ""), ""]
    lines += [_breach_line(row) for row in breaches.head(MOST).to_dict("records")] or [no_breach]
    lines += ["", "## Since the last report" + (f": {len(news)}" if len(news) else ""), ""]
    lines += [_news_line(row) for row in news.head(3 * MOST).to_dict("records")] or [no_news]
    lines += ["", "## Bugs", "", of_bugs] if of_bugs else []
    return Document("digest.md", "A digest for a mail or a meeting", "\n".join(lines).rstrip() + "\n")


def comparison(
    news: pd.DataFrame, of_bugs: pd.DataFrame, *, project: str, then: str, now: str, no_bug_news: str
) -> Document:
    """The events between two reports, in Markdown, each with the areas of its fix or bug.

    Parameters
    ----------
    news, of_bugs : DataFrame of measures.each_event_once and measures.bugs_since, with addresses
    no_bug_news : what it means when the second is empty, in a sentence
    then, now : the instants of the two, ISO 8601
    """
    of_time = f"of {_md(project)} from {then[:10]} to {now[:10]}"
    lines = [f"# Open fixes {of_time}: {counted(len(news), 'event')}", ""]
    lines += [_news_line(row) for row in news.to_dict("records")] or ["Nothing happened to any."]
    lines += ["", f"# Bugs {of_time}" + (f": {counted(len(of_bugs), 'event')}" if len(of_bugs) else ""), ""]
    lines += [_bug_line(row) for row in of_bugs.to_dict("records")] or [no_bug_news]
    return Document("comparison.md", "What happened between two reports", "\n".join(lines) + "\n")


def etherpad(fixes: pd.DataFrame, areas: pd.DataFrame, *, as_of: pd.Timestamp) -> Document:
    """The fixes that wait for review, per area, in the lines of Nova's status etherpad: title, tracker, Gerrit, need.

    A fix in several areas is listed in the first of them that has room.

    Parameters
    ----------
    fixes : DataFrame of measures.for_review, with addresses
    areas : DataFrame of measures.areas_summary
    """
    lines = [f"Bug fixes that wait for review, as of {as_of:%Y-%m-%d}"]
    seen: set[object] = set()
    for area_id, title in zip(areas["area_id"], areas["title"], strict=True):
        own = fixes[(fixes["area_id"] == area_id) & ~fixes["change_number"].isin(list(seen))]
        rows = own.head(MOST).to_dict("records")
        seen.update(row["change_number"] for row in rows)
        lines += ["", clean(title)] if rows else []
        lines += [line for row in rows for line in _etherpad_lines(row)]
    return Document("etherpad.txt", "Text for the status etherpad", "\n".join(lines) + "\n")


def feed(unreviewed: pd.DataFrame, *, project: str, release: str, as_of: pd.Timestamp, no_entry: str = "") -> Document:
    """An Atom feed of unreviewed fixes, newest first; an entry's id is its change's address, so it is new only once.

    Parameters
    ----------
    unreviewed : DataFrame of measures.unreviewed_fixes, with addresses
    no_entry : what an empty feed means, in a sentence
    """
    newest = unreviewed.dropna(subset=["since_at"]).sort_values(["since_at", "change_number"], ascending=False)
    entries = "".join(_entry(row) for row in newest.head(MOST_ENTRIES).to_dict("records"))
    title = f"Unreviewed bug fixes of {project}, {release}"
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{safe(title)}</title>\n<id>urn:bugfix-analysis:{safe(project)}:{safe(release)}:unreviewed</id>\n"
        f"<updated>{as_of.isoformat()}</updated>\n<author><name>bugfix-analysis</name></author>\n{entries}</feed>\n"
    )
    lines = [
        f"{row['since_at']:%Y-%m-%d}  {clean(row['subject'])}" for row in newest.head(MOST_ENTRIES).to_dict("records")
    ]
    preview = "\n".join(lines) or no_entry
    return Document("unreviewed.atom.xml", "An Atom feed of unreviewed fixes", text, False, preview)


def _entry(row: Row) -> str:
    bug = "" if is_unknown(row["bug_id"]) else f" for bug {row['bug_id']}"
    words = f"{safe(row['branch'])}{bug}, importance {safe(_or_unknown(row['importance']))}: {safe(row['reason'])}"
    return (
        f"<entry><title>{safe(row['subject'])}</title><id>{safe(row['change_url'])}</id>"
        f'<link href="{safe(row["change_url"])}"/><updated>{_instant(row["since_at"])}</updated>'
        f"<summary>{words}</summary></entry>\n"
    )


def _figures(facts: pd.DataFrame) -> list[str]:
    """The numbers and their changes as a table in Markdown."""
    heads = ["", "now", *PAST.values()]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in facts.to_dict("records"):
        n = row["n"]
        now = f"{n:,.0f}" if isinstance(n, int | float) and not is_unknown(n) else "unknown"
        cells = [_md(row["fact"]), now, *changes_in_words(row, mark=" ✓")]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", "Changes since then; ✓: not worse; ?: unknown."]


def _glance_line(row: Row) -> str:
    oldest = "none" if is_unknown(row["oldest_days"]) else counted(row["oldest_days"], "day")
    oldest = "unknown" if is_unknown(row["n_waiting"]) else oldest
    cells = (_md(row["title"]), row["n_open_fixes"], _or_unknown(row["n_unreviewed"]), oldest, _md(row["whose_turn"]))
    return f"| {' | '.join(map(str, cells))} |"


def _first_line(row: Row) -> str:
    return f"- {_change(row)}: {_md(row['need'])}, importance {_or_unknown(row['importance'])}{_waits(row)}"


def _news_line(row: Row) -> str:
    areas = ", ".join(_texts(row["areas"])) or "in no area"
    return f"- {_md(row['event'])}{_detail(row)}: {_change(row)} ({_md(areas)})"


def _bug_line(row: Row) -> str:
    bug = f"[{row['bug_id']}]({row['bug_url']}) {_md(row['bug_title'])}"
    areas = ", ".join(map(_md, _texts(row["areas"]))) or "in no area"
    return f"- {_md(row['event'])}{_detail(row)}: {bug}, importance {_or_unknown(row['importance'])} ({areas})"


def _breach_line(row: Row) -> str:
    over = f"{_whole(row['over_days'])} over the limit for {_md(row['limit'])}"
    return f"- {_change(row)}: waits {counted(row['waiting_days'], 'day')}, {over}"


def _etherpad_lines(row: Row) -> list[str]:
    name = row.get("owner_name")
    owner = "" if is_unknown(name) else f", owner {clean(name, most=40)}"
    need = clean(row["need"]) + _waits(row) + owner
    tracker = "no bug" if is_unknown(row["bug_url"]) else row["bug_url"]
    return [f"- {clean(subject_of(row))}", f"  - {tracker}", f"  - {row['change_url']}", f"  - {need}"]


def _waits(row: Row) -> str:
    return "" if is_unknown(row["waiting_days"]) else f", waits {counted(row['waiting_days'], 'day')}"


def _detail(row: Row) -> str:
    return "" if is_unknown(row["detail"]) else f" ({_md(row['detail'])})"


def _whole(days: object) -> str:
    return f"{days:.0f}" if isinstance(days, int | float) and not is_unknown(days) else "unknown"


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else ""


def _texts(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []


def subject_of(row: Row) -> object:
    """The subject of the change; without its number, which is in the address beside it."""
    return schema.subject_alone(row["subject"], row.get("change_number"))


def _change(row: Row) -> str:
    return f"[{row['change_number']}]({row['change_url']}) {_md(subject_of(row))}"


def _md(text: object) -> str:
    return _MARKDOWN.sub(r"\\\1", clean(text))


def _or_unknown(value: object) -> object:
    return "unknown" if is_unknown(value) else value
