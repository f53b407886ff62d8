"""The progress of a fetch: a bar on a terminal, elsewhere a plain line from time to time."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

EVERY = 10.0  # seconds between two plain lines


class Progress:
    """Counts items. `total` may be unknown; then there is a rate but no time left."""

    def __init__(
        self, title: str, *, unit: str, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._title, self._unit = title, unit
        self._stream = stream or sys.stderr
        self._clock = clock
        self._done = 0
        self._total: int | None = None
        self._start = self._line_at = clock()
        self._noted_at: float | None = None
        self._bar = self._new_bar(title) if self.on_terminal else None

    def _new_bar(self, title: str) -> "tqdm[NoReturn]":
        from tqdm import tqdm  # takes longer to import than a small fetch, and a log needs no bar

        return tqdm(desc=title, unit=f" {self._unit}", file=self._stream, dynamic_ncols=True)

    @property
    def on_terminal(self) -> bool:
        """Whether the output is a terminal."""
        return self._stream.isatty()

    @property
    def done(self) -> int:
        """The number of items counted so far."""
        return self._done

    def stage(self, title: str) -> None:
        """Begin a new stage: count something else from 0."""
        self._title, self._done, self._total, self._start = title, 0, None, self._clock()
        if self._bar is not None:
            self._bar.close()
            self._bar = self._new_bar(title)
        else:
            print(title, file=self._stream, flush=True)

    def say(self, text: str) -> None:
        """Print a line, such as the cost of a fetch."""
        if self._bar is not None:
            self._bar.clear()
        print(f"{self._title}: {text}", file=self._stream, flush=True)

    def note(self, text: str) -> None:
        """Show why nothing happens: beside the bar until something does; in a log from time to time."""
        if self._bar is not None:
            self._bar.set_postfix_str(text)
        elif self._noted_at is None or self._clock() - self._noted_at >= EVERY:
            self._noted_at = self._clock()
            print(f"{self._title}: {text}", file=self._stream, flush=True)

    def expect(self, total: int | None) -> None:
        """Set the expected number of items."""
        self._total = total
        if self._bar is not None:
            self._bar.total = total
            self._bar.refresh()

    def step(self, n: int = 1) -> None:
        """Count `n` more items as done."""
        self._done += n
        if self._bar is not None:
            self._bar.set_postfix_str("", refresh=False)
            self._bar.update(n)
        elif self._clock() - self._line_at >= EVERY:
            self._line_at = self._clock()
            print(self._line(), file=self._stream, flush=True)

    def _line(self) -> str:
        seconds = self._clock() - self._start
        rate = self._done / seconds if seconds else 0.0
        total = f" of {self._total}" if self._total else ""
        time_left = f", {(self._total - self._done) / rate:.0f} s left" if self._total and rate else ""
        return f"{self._title}: {self._done}{total} {self._unit}, {rate:.1f}/s{time_left}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            if kind is None:
                self._bar.total = self._bar.n  # the expected number was an estimate
            self._bar.close()
