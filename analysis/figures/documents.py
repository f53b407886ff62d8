"""The report as text that people paste elsewhere: a mail, an etherpad, a feed reader."""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.figures.html import clean, safe, safe_lines

DOCUMENT = "application/vnd.bugfix-analysis.document+json"
MOST = 10  # lines of a list in a mail; the pages have all
MOST_ENTRIES = 50
Row = dict[Hashable, Any]
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|&~#])")


@dataclass(frozen=True)
class Document:
    """A text file of the report; a notebook shows it, and the reports room leaves it beside the pages."""

    name: str
    caption: str
    text: str
    is_for_people: bool = True

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        data = {"name": self.name, "caption": self.caption, "text": self.text}
        return {"text/plain": self.text, "text/html": self.html(), DOCUMENT: data}

    def html(self) -> str:
        """The text as it is, to be copied, in a box of its own height; of what only programs read, the caption."""
        heading = f"<h2>{safe(self.caption)}</h2>"
        return heading + (f'<pre tabindex="0">{safe_lines(self.text)}</pre>' if self.is_for_people else "")


def digest(
    first: pd.DataFrame,
    glance: pd.DataFrame,
    news: pd.DataFrame,
    breaches: pd.DataFrame,
    *,
    project: str,
    release: str,
    as_of: pd.Timestamp,
    no_news: str,
    no_breach: str,
    of_bugs: str = "",
    doubt: str = "",
) -> Document:
    """The week in Markdown, fit for a mail or the agenda of a meeting.

    Parameters
    ----------
    first : DataFrame of measures.do_next, with addresses
    glance : DataFrame of measures.at_a_glance
    news, breaches : DataFrame of measures.each_event_once and measures.breaches, with addresses
    no_news, no_breach : what it means when one of these is empty, in a sentence
    of_bugs : what came of the bugs, in a sentence, see measures.triage_in_words; left out where it is empty
    doubt : a sentence where the data are of another time than the release, without its stop
    """
    lines = [f"# Bug fixes of {_md(project)} {_md(release)} that wait for review, as of {as_of:%Y-%m-%d %H:%M} UTC", ""]
    lines += [f"Note: {_md(doubt)}.", ""] if doubt else []
    lines += ["## Review these first", ""]
    lines += [_first_line(row) for row in first.head(MOST).to_dict("records")] or ["No open fix waits for a review."]
    lines += ["", "## Areas", ""]
    lines += ["| area | open fixes | unreviewed | oldest wait | whose turn |", "|---|---|---|---|---|"]
    lines += [_glance_line(row) for row in glance.to_dict("records") if row["n_open_fixes"]]
    lines += ["", "## Over a limit" + (f": {len(breaches)}" if len(breaches) else ""), ""]
    lines += [_breach_line(row) for row in breaches.head(MOST).to_dict("records")] or [no_breach]
    lines += ["", "## Since the last report" + (f": {len(news)}" if len(news) else ""), ""]
    lines += [_news_line(row) for row in news.head(3 * MOST).to_dict("records")] or [no_news]
    lines += ["", "## Bugs", "", of_bugs] if of_bugs else []
    return Document("digest.md", "A digest for a mail or a meeting", "\n".join(lines).rstrip() + "\n")


def comparison(
    news: pd.DataFrame, of_bugs: pd.DataFrame, *, project: str, then: str, now: str, no_bug_news: str
) -> Document:
    """What happened between two reports, in Markdown, each event with the areas of its fix or bug.

    Parameters
    ----------
    news, of_bugs : DataFrame of measures.each_event_once and measures.bugs_since, with addresses
    no_bug_news : what it means when the second is empty, in a sentence
    then, now : the instants of the two, ISO 8601
    """
    of_time = f"of {_md(project)} from {then[:10]} to {now[:10]}"
    lines = [f"# Open fixes {of_time}: {len(news)} events", ""]
    lines += [_news_line(row) for row in news.to_dict("records")] or ["Nothing happened to any."]
    lines += ["", f"# Bugs {of_time}" + (f": {len(of_bugs)} events" if len(of_bugs) else ""), ""]
    lines += [_bug_line(row) for row in of_bugs.to_dict("records")] or [no_bug_news]
    return Document("comparison.md", "What happened between two reports", "\n".join(lines) + "\n")


def etherpad(fixes: pd.DataFrame, areas: pd.DataFrame, *, as_of: pd.Timestamp) -> Document:
    """The fixes that wait for review, per area, in the lines of Nova's status etherpad: title, tracker, Gerrit, need.

    Parameters
    ----------
    fixes : DataFrame of measures.for_review, with addresses
    areas : DataFrame of measures.at_a_glance
    """
    lines = [f"Bug fixes that wait for review, as of {as_of:%Y-%m-%d}"]
    for area_id, title in zip(areas["area_id"], areas["title"], strict=True):
        rows = fixes[fixes["area_id"] == area_id].head(MOST).to_dict("records")
        lines += ["", clean(title)] if rows else []
        lines += [line for row in rows for line in _etherpad_lines(row)]
    return Document("etherpad.txt", "Text for the status etherpad", "\n".join(lines) + "\n")


def feed(unreviewed: pd.DataFrame, *, project: str, release: str, as_of: pd.Timestamp) -> Document:
    """An Atom feed of unreviewed fixes, newest first; an entry's id is its change's address, so it is new only once.

    Parameters
    ----------
    unreviewed : DataFrame of measures.unreviewed, with addresses
    """
    newest = unreviewed.dropna(subset=["since_at"]).sort_values(["since_at", "change_number"], ascending=False)
    entries = "".join(_entry(row) for row in newest.head(MOST_ENTRIES).to_dict("records"))
    title = f"Unreviewed bug fixes of {project}, {release}"
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{safe(title)}</title>\n<id>urn:bugfix-analysis:{safe(project)}:{safe(release)}:unreviewed</id>\n"
        f"<updated>{as_of.isoformat()}</updated>\n<author><name>bugfix-analysis</name></author>\n{entries}</feed>\n"
    )
    return Document("unreviewed.atom.xml", "An Atom feed of unreviewed fixes", text, is_for_people=False)


def _entry(row: Row) -> str:
    bug: str = f" for bug {row['bug_id']}" if pd.notna(row["bug_id"]) else ""
    words = f"{safe(row['branch'])}{bug}, importance {safe(_or_unknown(row['importance']))}: {safe(row['reason'])}"
    return (
        f"<entry><title>{safe(row['subject'])}</title><id>{safe(row['change_url'])}</id>"
        f'<link href="{safe(row["change_url"])}"/><updated>{row["since_at"].isoformat()}</updated>'
        f"<summary>{words}</summary></entry>\n"
    )


def _glance_line(row: Row) -> str:
    oldest: str = f"{row['oldest_days']:.0f} days" if pd.notna(row["oldest_days"]) else "none"
    oldest = "unknown" if pd.isna(row["n_waiting"]) else oldest
    cells = (_md(row["title"]), row["n_open_fixes"], _or_unknown(row["n_unreviewed"]), oldest, _md(row["whose_turn"]))
    return f"| {' | '.join(map(str, cells))} |"


def _first_line(row: Row) -> str:
    waits: str = f", waits {row['waiting_days']:.0f} days" if pd.notna(row["waiting_days"]) else ""
    return f"- {_change(row)}: {_md(row['need'])}, importance {_or_unknown(row['importance'])}{waits}"


def _news_line(row: Row) -> str:
    detail: str = f" ({_md(row['detail'])})" if pd.notna(row["detail"]) else ""
    areas = ", ".join(row["areas"]) or "in no area"
    return f"- {_md(row['event'])}{detail}: {_change(row)} ({_md(areas)})"


def _bug_line(row: Row) -> str:
    detail: str = f" ({_md(row['detail'])})" if pd.notna(row["detail"]) else ""
    bug = f"[{row['bug_id']}]({row['bug_url']}) {_md(row['bug_title'])}"
    areas = ", ".join(map(_md, row["areas"])) or "in no area"
    return f"- {_md(row['event'])}{detail}: {bug}, importance {_or_unknown(row['importance'])} ({areas})"


def _breach_line(row: Row) -> str:
    over = f"{row['over_days']:.0f} over the limit for {_md(row['limit'])}"
    return f"- {_change(row)}: waits {row['waiting_days']:.0f} days, {over}"


def _etherpad_lines(row: Row) -> list[str]:
    waits: str = f", waits {row['waiting_days']:.0f} days" if pd.notna(row["waiting_days"]) else ""
    need = clean(row["need"])
    tracker: str = row["bug_url"] if pd.notna(row["bug_url"]) else "no bug"
    return [f"- {clean(row['subject'])}", f"  - {tracker}", f"  - {row['change_url']}", f"  - {need}{waits}"]


def _change(row: Row) -> str:
    return f"[{row['change_number']}]({row['change_url']}) {_md(row['subject'])}"


def _md(text: object) -> str:
    return _MARKDOWN.sub(r"\\\1", clean(text))


def _or_unknown(value: Any) -> object:
    return "unknown" if pd.isna(value) else value
