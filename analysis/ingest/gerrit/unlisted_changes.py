"""Changes that no list can show, or that cannot be stored under their number: pending, and asked for again."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from analysis.errors import ServerError
from analysis.ingest.gerrit.change_info import Change, same_number_error
from analysis.ingest.json_body import excerpt
from analysis.ingest.pending import PendingItem, failed_item, is_due
from analysis.ingest.records import Reader, Request
from analysis.ingest.session import Checkpoint

CHANGE_ID = re.compile(r"I[0-9a-f]{4,40}")
ListPages = Callable[..., Iterator[tuple[list[Change], object]]]


class PassedOver:
    """The changes that one fetch skips.

    `requests` makes the requests for changes by their numbers; `take` gets the changes of some rows of a list.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        reader: Reader,
        *,
        requests: Callable[[Mapping[int, PendingItem]], Iterable[Request]],
        take: Callable[[Sequence[Change]], None],
    ) -> None:
        self._checkpoint, self._reader = checkpoint, reader
        self._requests, self._take = requests, take
        self._refused_keys: set[str] = set()  # changes of this run whose number another change has

    def add_unnamed(self, before: str | None, failure: ServerError, *, is_open: bool) -> str:
        """Add a change of which only an instant that it is before is known; returns its description."""
        place = f"a change before {before or 'now'}"
        item = failed_item({"before": before, "is_open": is_open}, failure, self._reader.now, is_new_run=True)
        self._checkpoint.mark_pending(place, item)
        return place

    def add_named(self, row: Change, failure: ServerError) -> None:
        """Add a change that only a list without options shows: store that much, and ask for it by its number."""
        number = row["_number"]
        if number not in self._checkpoint.stored_records([number]):
            self._checkpoint.put({name: value for name, value in row.items() if name != "_more_changes"})
        item = failed_item({}, failure, self._reader.now, is_new_run=False)  # it is requested once more, on its own
        self._checkpoint.mark_pending(number, item)
        for request in self._requests({number: item}):
            self._reader.put_off(request)

    def refuse(self, row: Change, first: Change) -> None:
        """Add a change whose number another one has: the first one stays stored under that number."""
        key = f"change {row['_number']} with the Change-Id {excerpt(str(row['change_id']))}"
        item = self._checkpoint.pending_of([key]).get(key) or {"change_id": row["change_id"]}
        is_new_run = key not in self._refused_keys
        self._refused_keys.add(key)
        self._checkpoint.mark_pending(
            key, failed_item(item, same_number_error(row, first), self._reader.now, is_new_run=is_new_run)
        )

    def ask_again(self, list_pages: ListPages) -> None:
        """Try to list due changes again; `list_pages` returns the pages of a query, and calls `on_gap` for failures."""
        for key, item in self._checkpoint.pending().items():
            if key.isdigit() or not is_due(item, self._reader.now):
                continue
            if "change_id" in item:
                self._ask_refused(key, str(item["change_id"]), list_pages)
            else:
                self._ask_unnamed(key, item, list_pages)

    def _ask_refused(self, key: str, change_id: str, list_pages: ListPages) -> None:
        """Check whether the server now has a unique number for the change, or no longer shows it."""
        if CHANGE_ID.fullmatch(change_id):
            for rows, _ in list_pages(f"change:{change_id}", is_open=True):
                self._take(rows)
            if key not in self._refused_keys:
                self._checkpoint.unmark_pending(key)

    def _ask_unnamed(self, key: str, item: PendingItem, list_pages: ListPages) -> None:
        """List the change at its old place again; if it was updated since, another list had it."""
        failures: list[ServerError] = []
        query = f"status:{'open' if item['is_open'] else 'closed'}"
        if item.get("before"):
            query += f' before:"{item["before"]}"'

        def on_gap(row: Change | None, before: str | None, failure: ServerError) -> None:
            failures.append(failure)

        rows, _ = next(list_pages(query, is_open=bool(item["is_open"]), on_gap=on_gap), ([], None))
        self._take(rows)
        if failures:
            self._checkpoint.mark_pending(key, failed_item(item, failures[0], self._reader.now, is_new_run=True))
        else:
            self._checkpoint.unmark_pending(key)
