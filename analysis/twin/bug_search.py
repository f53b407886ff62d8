"""Launchpad's searchTasks: its filters, its orders, and the answers it gives to a question it does not take."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from analysis.twin.bug import STEPS, UNRESOLVED, Bug, Task
from analysis.twin.exchange import Request

Hit = tuple[Bug, Task]
IMPORTANCES = ("Unknown", "Undecided", "Wishlist", "Low", "Medium", "High", "Critical")
SEARCH_ONLY = {"Incomplete (with response)": "Incomplete", "Incomplete (without response)": "Incomplete"}
DISTANT = datetime(1970, 1, 1, tzinfo=UTC)
ORDERS: dict[str, Callable[[Hit], Any]] = {
    "id": lambda hit: hit[0].number,
    "task": lambda hit: (hit[0].number, hit[1].target),
    "importance": lambda hit: _rank(hit[1].importance),
    "status": lambda hit: STEPS.get(hit[1].status, 0),
    "title": lambda hit: hit[0].title.lower(),
    "assignee": lambda hit: hit[1].assignee.name if hit[1].assignee else "",
    "targetname": lambda hit: hit[1].target,
    "milestone": lambda hit: hit[1].milestone or "",
    "information_type": lambda hit: hit[0].information_type,
    "datecreated": lambda hit: hit[1].created,
    "dateassigned": lambda hit: hit[1].dates.get("date_assigned", DISTANT),
    "date_closed": lambda hit: hit[1].dates.get("date_closed", DISTANT),
    "date_last_updated": lambda hit: hit[0].updated,
    "number_of_duplicates": lambda hit: hit[0].n_duplicates,
    "message_count": lambda hit: len(hit[0].messages),
    "users_affected_count": lambda hit: hit[0].affected,
    "heat": lambda hit: hit[0].heat,
    "latest_patch_uploaded": lambda hit: hit[0].patch_uploaded or DISTANT,
    "reporter": lambda hit: hit[0].reporter.name,
    "tag": lambda hit: hit[0].tags[:1],
}
# Launchpad believes these unique and breaks no ties after them: equal rows may come in another order each time.
UNTIED = frozenset({"datecreated", "dateassigned", "date_last_updated"})


class SearchError(ValueError):
    """The question is not one that Launchpad takes: it answers 400 with this text."""


@dataclass(frozen=True, slots=True)
class Search:
    """The words of one searchTasks. A value may be JSON, as launchpadlib writes it, or bare and repeated."""

    request: Request

    def hits(self, tasks: Iterable[Hit], *, shuffle: Callable[[Hit], Any] | None = None) -> list[Hit]:
        """The tasks that match, in the order asked for. `shuffle` orders what the server leaves tied."""
        tests = [test for test in self._tests() if test is not None]
        found = [hit for hit in tasks if all(test(hit) for test in tests)]
        orders = self._list("order_by") or ["-importance"]
        tie = shuffle if shuffle and orders[-1].lstrip("-") in UNTIED else ORDERS["task"]
        found.sort(key=tie)
        for order in reversed(orders):
            name = order.lstrip("-")
            if name not in ORDERS:
                raise SearchError(f"Unrecognized order_by: {name!r}")
            found.sort(key=ORDERS[name], reverse=order.startswith("-"))
        return found

    def _tests(self) -> list[Callable[[Hit], bool] | None]:
        return [
            self._status(), self._importance(), self._tags(), self._duplicates(), self._milestone(), self._text(),
            self._since("modified_since", lambda hit: hit[0].updated),
            self._since("created_since", lambda hit: hit[1].created),
            self._before("created_before", lambda hit: hit[1].created),
            self._flag("has_patch", lambda hit: hit[0].patch_uploaded is not None),
            self._person(), self._secrecy(),
        ]  # fmt: skip

    def _status(self) -> Callable[[Hit], bool]:
        wanted = self._list("status")
        for status in wanted:
            if status not in STEPS and status not in SEARCH_ONLY:
                raise SearchError(f'status: Invalid value "{status}". Acceptable values are: {", ".join(STEPS)}')
        named = {SEARCH_ONLY.get(status, status) for status in wanted} or UNRESOLVED
        return lambda hit: hit[1].status in named

    def _importance(self) -> Callable[[Hit], bool] | None:
        wanted = self._list("importance")
        for importance in wanted:
            if importance not in IMPORTANCES:
                raise SearchError(f'importance: Invalid value "{importance}".')
        return (lambda hit: hit[1].importance in wanted) if wanted else None

    def _tags(self) -> Callable[[Hit], bool] | None:
        wanted = self._list("tags")
        if not wanted:
            return None
        join = all if self._value("tags_combinator") == "All" else any
        return lambda hit: join(_is_tagged(hit[0].tags, tag) for tag in wanted)

    def _duplicates(self) -> Callable[[Hit], bool] | None:
        omit = self._value("omit_duplicates")
        return None if omit is False or omit == "false" else lambda hit: hit[0].duplicate_of is None

    def _milestone(self) -> Callable[[Hit], bool] | None:
        wanted = self._value("milestone")
        name = str(wanted).rpartition("/")[2]
        return (lambda hit: hit[1].milestone == name) if wanted else None

    def _text(self) -> Callable[[Hit], bool] | None:
        wanted = str(self._value("search_text") or "").lower()
        return (lambda hit: wanted in f"{hit[0].title} {hit[0].description}".lower()) if wanted else None

    def _person(self) -> Callable[[Hit], bool] | None:
        wanted = str(self._value("assignee") or "").rpartition("~")[2]
        return (lambda hit: hit[1].assignee is not None and hit[1].assignee.name == wanted) if wanted else None

    def _secrecy(self) -> Callable[[Hit], bool] | None:
        wanted = self._list("information_type")
        return (lambda hit: hit[0].information_type in wanted) if wanted else None

    def _since(self, name: str, key: Callable[[Hit], datetime]) -> Callable[[Hit], bool] | None:
        """Strictly later, as Launchpad compares."""
        instant = self._instant(name)
        return None if instant is None else lambda hit: key(hit) > instant

    def _before(self, name: str, key: Callable[[Hit], datetime]) -> Callable[[Hit], bool] | None:
        instant = self._instant(name)
        return None if instant is None else lambda hit: key(hit) < instant

    def _flag(self, name: str, key: Callable[[Hit], bool]) -> Callable[[Hit], bool] | None:
        return key if self._value(name) in (True, "true", "True") else None

    def _instant(self, name: str) -> datetime | None:
        value = self._value(name)
        if value in (None, ""):
            return None
        try:
            found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError as problem:
            raise SearchError(f"{name}: Value doesn't look like a date.") from problem
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def _list(self, name: str) -> list[str]:
        found: list[str] = []
        for value in map(_unpacked, self.request.every(name)):
            found.extend(map(str, value) if isinstance(value, list) else [str(value)])
        return found

    def _value(self, name: str) -> Any:
        held = self.request.every(name)
        return _unpacked(held[0]) if held else None


def _unpacked(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _rank(importance: str) -> int:
    return IMPORTANCES.index(importance) if importance in IMPORTANCES else -1


def _is_tagged(tags: list[str], wanted: str) -> bool:
    """Launchpad's words: `tag`, `-tag` for without it, `*` for any tag at all, `-*` for none."""
    name = wanted.removeprefix("-")
    has = bool(tags) if name == "*" else name in tags
    return not has if wanted.startswith("-") else has
