"""An index of events by key and time: the number of a key's events up to an instant, and the last one, in bulk."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
DAY = 86_400.0
_SPAN = 1e10  # seconds: larger than any timestamp, so that the events of each key have their own range


def seconds(times: pd.Series) -> Floats:
    """Instants as seconds since 1970; NaN where unknown."""
    span = times - pd.Timestamp(0, tz="UTC")
    return np.asarray(span.dt.total_seconds(), dtype="float64")


class EventIndex:
    """The events of each key in order of time; an event without a key or an instant is left out."""

    def __init__(self, keys: pd.Series, times: pd.Series) -> None:
        at = seconds(times)
        is_complete = keys.notna().to_numpy(bool) & ~np.isnan(at)
        codes, self._keys = pd.factorize(keys[is_complete].astype("object"))
        self._events = np.sort(codes * _SPAN + at[is_complete])

    def count(self, keys: pd.Series, until: Floats, *, days: float | None = None) -> Floats:
        """The number of events of each key up to its instant; with `days`, only of that many days before it."""
        codes = self._codes(keys)
        first = codes * _SPAN if days is None else codes * _SPAN + until - days * DAY
        n = self._place(codes * _SPAN + until) - self._place(first)
        return np.where(codes < 0, 0.0, n)

    def last(self, keys: pd.Series, until: Floats) -> Floats:
        """Seconds of the last event of each key up to its instant; NaN if there was none."""
        codes = self._codes(keys)
        place = self._place(codes * _SPAN + until)
        has_one = (codes >= 0) & (place > self._place(codes * _SPAN))
        last_events = self._events[np.maximum(place - 1, 0)] if len(self._events) else np.zeros(len(codes))
        return np.where(has_one, last_events - codes * _SPAN, np.nan)

    def _codes(self, keys: pd.Series) -> Floats:
        return np.asarray(pd.Index(self._keys).get_indexer(pd.Index(keys.astype("object"))), dtype="float64")

    def _place(self, at: Floats) -> npt.NDArray[np.int64]:
        return np.searchsorted(self._events, at, side="right")
