"""A list that turns in a circle: page after page of it, and nothing on them that was not there before."""

from collections.abc import Hashable, Iterable

from analysis.errors import ServerError

BARREN = 10  # pages: a server may well repeat one, or serve an empty one, before it goes on


class Circle:
    """Watches over the pages of one list, of which `what` says whose it is.

    A server that leaves out what it was asked for, or makes a new link to the same page each time, would be read for
    ever. In memory is what was listed since the list last came to another place.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._place: str | None = None
        self._seen: set[Hashable] = set()
        self._barren = 0

    def add(self, names: Iterable[Hashable], *, place: str | None = None) -> None:
        """Take note of a page; `place` is where the list goes on. Raises ServerError after too many without a new name.

        >>> Circle("the list").add([1, 2])
        """
        listed = set(names)
        if place != self._place:
            self._place, self._seen, self._barren = place, set(), 0
        self._barren = 0 if listed - self._seen else self._barren + 1
        self._seen |= listed
        if self._barren >= BARREN:
            raise ServerError(
                expected=f"{self._what} to come to an end",
                found=f"{BARREN} pages, one after the other, with nothing new on them",
                do="run the same command again; if it stays so, report it to the server's administrators",
            )
