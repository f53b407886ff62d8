"""The catalogue: every fault by name, with the outcome that a careful client reaches.

`CATALOGUE[name](match=..., count=...)` makes the fault. `outcome` says what must hold after a fetch:
`heals` - after a retry or a correction by the client, the tables equal the world's truth;
`kept` - the table has the odd value as it was served;
`unknown` - a value that was not served is NA, and nothing else is lost;
`repaired` - the text has U+FFFD in place of broken bytes;
`reports` - the data cannot be fetched: the client must name what is pending or refuse, and never store less silently.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Unpack

from twin.exchange import Request
from twin.faults import data, wire
from twin.faults.fault import Fault, When

PAGE = "searchTasks"
BUG = r"/bugs/\d+\?"
LIST = r"/changes/\?"
DETAIL = r"/changes/[^/?]+/(detail|comments)"
WADL = r"/devel/\?$"
MESSAGES = r"/bugs/\d+/messages\?"


def _moved(request: Request) -> str:
    return f"{request.base}{request.path}?moved=1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One fault of the catalogue: its constructor, the requests that it affects by default, and its outcome."""

    make: Callable[..., Fault]
    match: str
    outcome: str = "heals"
    count: int | None = 1
    after: int = 0

    def __call__(self, **when: Unpack[When]) -> Fault:
        """Make the fault; `when` (match, count, after, probability) overrides the defaults of the entry."""
        usual: When = {"match": self.match, "count": self.count, "after": self.after}
        return self.make(**{**usual, **when})


LATER = "Mon, 03 Aug 2015 12:00:02 GMT"
HTTP: dict[str, Callable[..., Fault]] = {
    "503 with retry-after 900": partial(wire.status, 503, retry_after="900"),
    "503": partial(wire.status, 503),
    "502": partial(wire.status, 502),
    "500": partial(wire.status, 500),
    "504": partial(wire.status, 504),
    "429 with seconds": partial(wire.status, 429, retry_after="1"),
    "429 with a date": partial(wire.status, 429, retry_after=LATER),
    "429 without a word": partial(wire.status, 429),
    "429 absurd": partial(wire.status, 429, retry_after="86400"),
    "429 nonsense": partial(wire.status, 429, retry_after="soon"),
    "408": partial(wire.status, 408),
    "reset before headers": wire.reset_before_headers,
    "reset in body": wire.reset_in_body,
    "truncated body": wire.truncated_body,
    "truncated gzip": wire.truncated_gzip,
    "slow body": partial(wire.slow_body, pieces=10, pause=0.05),
    "slow headers": partial(wire.slow_headers, pause=0.5),
    "stale connection": wire.stale_connection,
    "html page": wire.page,
    "empty body": wire.empty_body,
    "wrong type": wire.wrong_type,
    "unasked 304": wire.not_modified,
    "no date": wire.without_date,
}
STUBBORN: dict[str, Callable[..., Fault]] = {
    "503 for ever": partial(wire.status, 503),
    "500 for ever": partial(wire.status, 500),
    "html page for ever": wire.page,
    "redirect loop": wire.redirect,
    "never answers": partial(wire.slow_headers, pause=30.0),
}
LAUNCHPAD: dict[str, Entry] = {
    "repeated entry": Entry(data.repeated_entry, PAGE, after=1),
    "empty page with a next link": Entry(data.empty_page, PAGE, after=1),
    "looping next link": Entry(data.looping_link, PAGE),
    "expired next link": Entry(partial(wire.status, 404), r"ws\.start=[1-9]"),
    "wrong total": Entry(data.wrong_total, PAGE, count=None),
    "no total": Entry(partial(wire.status, 503), r"ws\.show=total_size", count=None),
    "a bug that has moved": Entry(partial(wire.redirect, _moved), BUG),
    "a listed bug that a server does not know yet": Entry(partial(wire.status, 404), BUG),
    "a listed bug that a server does not show yet": Entry(partial(wire.status, 401), BUG),
    "another bug's body": Entry(data.another_bug, BUG),
    "lying tag": Entry(wire.lying_tag, BUG, count=None),
    "redacted owner": Entry(partial(data.redacted, "owner_link"), BUG, outcome="unknown", count=None),
    "unknown status": Entry(partial(data.field, "status", "Half Done"), PAGE, outcome="kept", count=None),
    "unknown importance": Entry(partial(data.field, "importance", "Urgent"), PAGE, outcome="kept", count=None),
    "null date": Entry(partial(data.field, "date_last_message", None), BUG, outcome="unknown", count=None),
    "year 1970": Entry(
        partial(data.field, "date_last_message", "1970-01-01T00:00:00+00:00"), BUG, outcome="kept", count=None
    ),
    "year 2099": Entry(
        partial(data.field, "date_last_message", "2099-01-01T00:00:00+00:00"), BUG, outcome="kept", count=None
    ),
    "no zone": Entry(data.without_zone, BUG, count=None),
    "broken utf-8": Entry(data.broken_utf8, BUG, outcome="repaired"),
}
GERRIT: dict[str, Entry] = {
    "no guard": Entry(data.without_guard, LIST),
    "an option that the server does not know": Entry(
        partial(data.refused_option, "SUBMIT_REQUIREMENTS"), LIST, outcome="unknown", count=None
    ),
    "short page": Entry(partial(data.short_page, 3), LIST),
    "nothing but more": Entry(data.bare_more, LIST),
    "beyond the last page": Entry(partial(wire.status, 400), r"[?&](S|start)=", outcome="heals", count=None),
    "deleted between list and detail": Entry(partial(wire.status, 404), DETAIL),
    "no author": Entry(partial(data.without_field, "author"), LIST, outcome="unknown", count=None),
    "no tag": Entry(partial(data.without_field, "tag"), LIST, count=None),
    "no topic": Entry(partial(data.without_field, "topic"), LIST, outcome="unknown", count=None),
    "label gone": Entry(partial(data.without_label, "Workflow"), LIST, outcome="unknown", count=None),
    "broken utf-8": Entry(data.broken_utf8, LIST, outcome="repaired"),
}
CATALOGUE: dict[str, Entry] = {
    **{f"launchpad list: {name}": Entry(make, PAGE) for name, make in HTTP.items()},
    **{f"launchpad bug: {name}": Entry(make, BUG) for name, make in HTTP.items()},
    **{f"gerrit list: {name}": Entry(make, LIST) for name, make in HTTP.items()},
    **{f"launchpad description: {name}": Entry(make, WADL) for name, make in HTTP.items()},
    **{f"launchpad messages: {name}": Entry(make, MESSAGES) for name, make in HTTP.items()},
    **{f"gerrit comments: {name}": Entry(make, DETAIL) for name, make in HTTP.items()},
    **{f"launchpad list: {name}": Entry(make, PAGE, "reports", None) for name, make in STUBBORN.items()},
    **{f"launchpad bug: {name}": Entry(make, BUG, "reports", None) for name, make in STUBBORN.items()},
    **{f"gerrit list: {name}": Entry(make, LIST, "reports", None) for name, make in STUBBORN.items()},
    **{f"launchpad: {name}": entry for name, entry in LAUNCHPAD.items()},
    **{f"gerrit: {name}": entry for name, entry in GERRIT.items()},
}
