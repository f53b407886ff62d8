"""Reads changes into a checkpoint: from the pages of a list, or by their numbers."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from analysis.errors import ServerError
from analysis.ingest.gerrit import change as changes
from analysis.ingest.gerrit.change import Selection
from analysis.ingest.gerrit.change_info import OPEN, Change, have_different_ids, stored_changes
from analysis.ingest.gerrit.client import Client
from analysis.ingest.gerrit.listing import PAGE, OnGap, Place, pages
from analysis.ingest.gerrit.state import State
from analysis.ingest.gerrit.unlisted_changes import PassedOver
from analysis.ingest.pending import PendingItem
from analysis.ingest.records import Reader, Request
from analysis.ingest.session import Checkpoint, Summary

FEW = 5  # rows around one that could not be listed


class ChangeReader:
    """Reads the changes of one fetch, and removes them from the state's list of missing ones."""

    def __init__(
        self,
        client: Client,
        selection: Selection,
        checkpoint: Checkpoint,
        reader: Reader,
        summary: Summary,
        state: State,
        *,
        page_size: int,
    ) -> None:
        self._client, self._selection, self._checkpoint = client, selection, checkpoint
        self._reader, self._summary, self._state = reader, summary, state
        self._page_size = page_size
        self._passed_over = PassedOver(checkpoint, reader, requests=self.requests, take=self.read_rows)

    def pages(
        self,
        query: str,
        place: Place | None = None,
        *,
        is_open: bool,
        page_size: int | None = None,
        on_gap: OnGap | None = None,
    ) -> Iterator[tuple[list[Change], Place | None]]:
        """The pages of a query about the project, each with the place to go on from; unlistable changes are skipped."""
        return pages(
            self._client,
            f'project:"{self._selection.project}" {query}',
            self._selection.options(is_open=is_open),
            project=self._selection.project,
            page=page_size or self._page_size,
            start=place,
            on_gap=on_gap or partial(self._pass_over, is_open),
        )

    def read_rows(self, rows: Sequence[Change]) -> None:
        """Read the changes of some rows of a list."""
        self._summary.listed += len(rows)
        numbers = {row["_number"] for row in rows}
        self._state["missing"] = [number for number in self._state["missing"] if number not in numbers]
        stored_change_by_number = stored_changes(self._checkpoint.stored_records(list(numbers)))
        change_by_number = dict(stored_change_by_number)
        rows_to_read = []
        for row in rows:
            first = change_by_number.setdefault(row["_number"], row)
            if have_different_ids(row, first):
                self._passed_over.refuse(row, first)
            else:
                rows_to_read.append(row)
        self._reader.read(
            Request(
                row["_number"],
                {},
                partial(
                    changes.complete, self._client, row, stored_change_by_number.get(row["_number"]), self._selection
                ),
            )
            for row in rows_to_read
        )

    def read_numbers(self, numbers: Sequence[int]) -> None:
        """Read changes one by one, in groups of a page; their stored records are in memory meanwhile."""
        rest = iter(numbers)
        while batch := list(islice(rest, PAGE)):
            self._reader.read(self.requests({number: {} for number in batch}))

    def requests(self, items: Mapping[int, PendingItem]) -> Iterator[Request]:
        """The requests for changes by their numbers."""
        stored_change_by_number = stored_changes(self._checkpoint.stored_records(list(items)))
        for number, item in items.items():
            read = partial(
                changes.fetch_by_number, self._client, number, stored_change_by_number.get(number), self._selection
            )
            yield Request(number, item, read)

    def read_passed_over(self) -> None:
        """Ask again for changes that could not be listed before."""
        self._passed_over.ask_again(partial(self.pages, page_size=FEW))

    def _pass_over(self, is_open: bool, row: Change | None, before: str | None, failure: ServerError) -> None:
        """Keep an unlistable change as pending, with the facts that the server gives."""
        if row is None:
            place = self._passed_over.add_unnamed(before, failure, is_open=is_open)
            self._summary.notes.append(f"{place.replace('a change', 'a change last updated')} cannot be listed at all")
            return
        self._passed_over.add_named(row, failure)
        number = row["_number"]
        self._state["missing"] = [other for other in self._state["missing"] if other != number]
        if row.get("status") in OPEN:
            self._state["open"].append(number)
