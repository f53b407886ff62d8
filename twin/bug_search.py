"""Launchpad's searchTasks: its filters, its orders, and its errors for invalid queries."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from twin.bug import STEPS, UNRESOLVED, Bug, Task
from twin.exchange import Request

Hit = tuple[Bug, Task]
IMPORTANCES = ("Unknown", "Undecided", "Wishlist", "Low", "Medium", "High", "Critical")
SEARCH_ONLY = {"Incomplete (with response)": "Incomplete", "Incomplete (without response)": "Incomplete"}
DISTANT = datetime(1970, 1, 1, tzinfo=UTC)
Rank = int | str | datetime | tuple[int, str] | list[str]  # a sort key; all keys of one order have the same type
ORDERS: dict[str, Callable[[Hit], Rank]] = {
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
# Launchpad assumes that these are unique and breaks no ties: equal rows may come in another order each time.
UNTIED = frozenset({"datecreated", "dateassigned", "date_last_updated"})


class SearchError(ValueError):
    """An invalid query: Launchpad answers 400 with this text."""


@dataclass(frozen=True, slots=True)
class Search:
    """The parameters of one searchTasks. A value may be JSON, as launchpadlib writes it, or plain and repeated."""

    request: Request

    def hits(self, tasks: Iterable[Hit], *, shuffle: Callable[[Hit], Rank] | None = None) -> list[Hit]:
        """The matching tasks in the requested order. `shuffle` is the sort key of ties."""
        tests = [test for test in self._tests() if test is not None]
        matching = [hit for hit in tasks if all(test(hit) for test in tests)]
        orders = self._list("order_by") or ["-importance"]
        tie = shuffle if shuffle and orders[-1].lstrip("-") in UNTIED else ORDERS["task"]
        matching.sort(key=tie)
        for order in reversed(orders):
            name = order.lstrip("-")
            if name not in ORDERS:
                raise SearchError(f"Unrecognized order_by: {name!r}")
            matching.sort(key=ORDERS[name], reverse=order.startswith("-"))
        return matching

    def _tests(self) -> list[Callable[[Hit], bool] | None]:
        return [
            self._status(), self._importance(), self._tags(), self._duplicates(), self._milestone(), self._text(),
            self._is_since("modified_since", lambda hit: hit[0].updated),
            self._is_since("created_since", lambda hit: hit[1].created),
            self._is_before("created_before", lambda hit: hit[1].created),
            self._flag("has_patch", lambda hit: hit[0].patch_uploaded is not None),
            self._person(), self._secrecy(),
        ]  # fmt: skip

    def _status(self) -> Callable[[Hit], bool]:
        statuses = self._list("status")
        for status in statuses:
            if status not in STEPS and status not in SEARCH_ONLY:
                raise SearchError(f'status: Invalid value "{status}". Acceptable values are: {", ".join(STEPS)}')
        stored_statuses = {SEARCH_ONLY.get(status, status) for status in statuses} or UNRESOLVED
        return lambda hit: hit[1].status in stored_statuses

    def _importance(self) -> Callable[[Hit], bool] | None:
        importances = self._list("importance")
        for importance in importances:
            if importance not in IMPORTANCES:
                raise SearchError(f'importance: Invalid value "{importance}".')
        return (lambda hit: hit[1].importance in importances) if importances else None

    def _tags(self) -> Callable[[Hit], bool] | None:
        tags = self._list("tags")
        if not tags:
            return None
        join = all if self._value("tags_combinator") == "All" else any
        return lambda hit: join(_is_tagged(hit[0].tags, tag) for tag in tags)

    def _duplicates(self) -> Callable[[Hit], bool] | None:
        omit = self._value("omit_duplicates")
        return None if omit is False or omit == "false" else lambda hit: hit[0].duplicate_of is None

    def _milestone(self) -> Callable[[Hit], bool] | None:
        milestone = self._value("milestone")
        name = str(milestone).rpartition("/")[2]
        return (lambda hit: hit[1].milestone == name) if milestone else None

    def _text(self) -> Callable[[Hit], bool] | None:
        text = str(self._value("search_text") or "").lower()
        return (lambda hit: text in f"{hit[0].title} {hit[0].description}".lower()) if text else None

    def _person(self) -> Callable[[Hit], bool] | None:
        assignee = str(self._value("assignee") or "").rpartition("~")[2]
        return (lambda hit: hit[1].assignee is not None and hit[1].assignee.name == assignee) if assignee else None

    def _secrecy(self) -> Callable[[Hit], bool] | None:
        information_types = self._list("information_type")
        return (lambda hit: hit[0].information_type in information_types) if information_types else None

    def _is_since(self, name: str, key: Callable[[Hit], datetime]) -> Callable[[Hit], bool] | None:
        """Strictly later, as Launchpad compares."""
        instant = self._instant(name)
        return None if instant is None else lambda hit: key(hit) > instant

    def _is_before(self, name: str, key: Callable[[Hit], datetime]) -> Callable[[Hit], bool] | None:
        instant = self._instant(name)
        return None if instant is None else lambda hit: key(hit) < instant

    def _flag(self, name: str, key: Callable[[Hit], bool]) -> Callable[[Hit], bool] | None:
        return key if self._value(name) in (True, "true", "True") else None

    def _instant(self, name: str) -> datetime | None:
        value = self._value(name)
        if value in (None, ""):
            return None
        try:
            instant = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError as problem:
            raise SearchError(f"{name}: Value doesn't look like a date.") from problem
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def _list(self, name: str) -> list[str]:
        texts: list[str] = []
        for value in map(_unpacked, self.request.every(name)):
            texts.extend(map(str, value) if isinstance(value, list) else [str(value)])
        return texts

    def _value(self, name: str) -> object:
        values = self.request.every(name)
        return _unpacked(values[0]) if values else None


def _unpacked(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _rank(importance: str) -> int:
    return IMPORTANCES.index(importance) if importance in IMPORTANCES else -1


def _is_tagged(tags: list[str], wanted: str) -> bool:
    """Whether tags match Launchpad's filter: `tag`, `-tag` for without it, `*` for any tag, `-*` for no tag."""
    name = wanted.removeprefix("-")
    has = bool(tags) if name == "*" else name in tags
    return not has if wanted.startswith("-") else has
