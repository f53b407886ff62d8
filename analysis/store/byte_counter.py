"""A meter of the bytes of records that were read, for a reader that must stop before there are too many."""

from collections.abc import Iterable, Iterator

from analysis.store.record import Key


class Meter:
    """Counts the bytes of the lines that pass."""

    def __init__(self) -> None:
        self.n_bytes = 0

    def count(self, lines: Iterable[tuple[Key, bytes]]) -> Iterator[tuple[Key, bytes]]:
        """The same (key, line) pairs."""
        for pair in lines:
            self.n_bytes += len(pair[1])
            yield pair
