"""Texts that programs read: a calendar of limits and dates (RFC 5545), and gauges for a monitor (OpenMetrics)."""

import re
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from analysis.report.figures.documents import Document
from analysis.report.figures.html import clean, is_unknown

OCTETS = 75  # of a line of a calendar, without its end
_FACT = re.compile(r"[^a-z0-9]+")


def calendar(dates: pd.DataFrame, *, title: str, as_of: pd.Timestamp, empty: str) -> Document:
    """A calendar of whole days, oldest first; a day keeps its identity, so that a newer calendar moves it.

    Parameters
    ----------
    dates : DataFrame with due_on (time), uid, summary (hostile text), url (NA: none)
    title : of the calendar
    empty : what it means that it holds no day, in a sentence
    """
    ordered = dates.dropna(subset=["due_on"]).sort_values(["due_on", "uid"]).to_dict("records")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bugfix-analysis//EN", f"X-WR-CALNAME:{_calendar(title)}"]
    for row in ordered:
        lines += ["BEGIN:VEVENT", f"UID:{_calendar(row['uid'])}", f"DTSTAMP:{as_of:%Y%m%dT%H%M%SZ}",
                  f"DTSTART;VALUE=DATE:{row['due_on']:%Y%m%d}", f"SUMMARY:{_calendar(row['summary'])}"]  # fmt: skip
        lines += [] if is_unknown(row["url"]) else [f"URL:{clean(row['url'], most=1000)}"]
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    text = "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line))
    preview = "\n".join(f"{row['due_on']:%a %Y-%m-%d}  {clean(row['summary'])}" for row in ordered) or empty
    return Document("dates.ics", "A calendar of limits and release dates", text, preview=preview)


def folded(line: str) -> Iterator[str]:
    """The line in pieces of at most OCTETS octets, each but the first after a blank, without splitting a letter.

    >>> [len(part.encode()) for part in folded("SUMMARY:" + "é" * 40)]
    [74, 15]
    """
    part = ""
    for letter in line:
        if len((part + letter).encode("utf-8", "replace")) > OCTETS:
            yield part
            part = " "
        part += letter
    yield part


def metrics(facts: pd.DataFrame, areas: pd.DataFrame, *, labels: Mapping[str, str], as_of: pd.Timestamp) -> Document:
    """Gauges in OpenMetrics' text format, one for each number; an unknown number has no sample, and is never 0.

    Parameters
    ----------
    facts : DataFrame of measures.totals
    areas : DataFrame of measures.areas_summary
    labels : of every sample, such as project and release
    """
    lines = [*_gauge("as_of_timestamp_seconds", "The instant of the data.", [(labels, int(as_of.timestamp()))])]
    for row in facts.to_dict("records"):
        name = _FACT.sub("_", clean(row["fact"]).lower()).strip("_")
        lines += _gauge(name, clean(row["note"]), [(labels, row["n"])])
    for column, help_text in (("n_open_fixes", "Open fixes of the area."), ("n_unreviewed", "Of these unreviewed.")):
        samples = [
            ({**labels, "area": str(area)}, n) for area, n in zip(areas["area_id"], areas[column].tolist(), strict=True)
        ]
        lines += _gauge(f"area_{column.removeprefix('n_')}", help_text, samples)
    return Document(
        "metrics.txt", "Numbers for a monitor, in OpenMetrics' text format", "\n".join([*lines, "# EOF"]) + "\n"
    )


def _gauge(name: str, help_text: str, samples: Sequence[tuple[Mapping[str, str], object]]) -> Iterator[str]:
    name = f"bugfix_{name}"
    yield f"# TYPE {name} gauge"
    yield f"# HELP {name} {_escaped(help_text)}"
    for labels, value in samples:
        if isinstance(value, int | float) and not is_unknown(value):
            named = ",".join(f'{key}="{_escaped(clean(text))}"' for key, text in labels.items())
            yield f"{name}{{{named}}} {value:g}" if isinstance(value, float) else f"{name}{{{named}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _calendar(text: object) -> str:
    return re.sub(r"([\\;,])", r"\\\1", clean(text))
