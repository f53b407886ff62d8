"""A meter: how many bytes of records were read so far, for who has to stop before they are too many."""

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
