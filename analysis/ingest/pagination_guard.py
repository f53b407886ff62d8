"""A guard against endless lists, whose pages repeat without a new entry."""

from collections.abc import Hashable, Iterable

from analysis.errors import ServerError

MOST_REPEATED = 10  # pages: a server may repeat one, or serve an empty one, before it goes on


class PaginationGuard:
    """Watches the pages of one list; `title` describes the list in errors.

    A server that ignores a parameter, or makes a new link to the same page each time, would be read forever. Entries
    since the last new place are in memory.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._place: str | None = None
        self._names: set[Hashable] = set()
        self._n_repeated = 0

    def add(self, names: Iterable[Hashable], *, place: str | None = None) -> None:
        """Add a page; `place` is where the list goes on. Raises ServerError after too many pages without a new name.

        >>> PaginationGuard("the list").add([1, 2])
        """
        page_names = set(names)
        if place != self._place:
            self._place, self._names, self._n_repeated = place, set(), 0
        self._n_repeated = 0 if page_names - self._names else self._n_repeated + 1
        self._names |= page_names
        if self._n_repeated >= MOST_REPEATED:
            raise ServerError(
                expected=f"{self._title} to come to an end",
                found=f"{MOST_REPEATED} pages, one after the other, with nothing new on them",
                do="run the same command again; if it stays so, report it to the server's administrators",
            )
