"""The order in which bugs are fetched: updated, open and needed ones first; then the others, newest first."""

from collections.abc import Collection, Iterable

from analysis.ingest.launchpad.bug_record import listed_tasks
from analysis.ingest.pending import PendingItem


class BugOrder:
    """The numbers of the bugs to fetch, collected while their lists are read.

    `first` is in the order of the lists. `history` are closed bugs that were never fetched, each with the date of its
    newest task.
    """

    def __init__(self, needed_numbers: Collection[int]) -> None:
        self._needed_numbers = needed_numbers
        self.first: dict[int, None] = {}
        self.history: dict[int, str] = {}

    def add(self, number: int, item: PendingItem) -> None:
        """Add a listed bug to its group; `item` is its pending item."""
        if item.get("is_first") or number in self._needed_numbers:
            self.first[number] = None
            self.history.pop(number, None)
        elif number not in self.first:
            self.history[number] = max((str(task.get("date_created")) for task in listed_tasks(item)), default="")

    def newest_first(self) -> list[int]:
        """The bugs of the history."""
        return sorted(self.history, key=lambda number: (self.history[number], number), reverse=True)

    def dates_of(self, numbers: Iterable[int]) -> list[str]:
        """The dates of those bugs that belong to the history."""
        return [self.history[number] for number in numbers if number in self.history]
