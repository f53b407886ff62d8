"""The kept report that the news compare with: its folder, and the instant of its data."""

from pathlib import Path

import pandas as pd

from analysis.dataset.origin import Origin
from analysis.report.run_archive import RunArchive
from analysis.store import Store, is_local

Kept = tuple[Path | None, str]  # folder and instant; None and "" if no report is kept


def before(store: Store, origin: Origin, *, since: str) -> Kept:
    """The kept report of the named folder, run or day; an empty name chooses the newest report on older data.

    Raises UsageError if no kept report has this name.
    """
    if not is_local(store.data_dir):
        return None, ""
    if since and (Path(since) / "run.json").exists():
        folder = Path(since)
        return folder, RunArchive(folder.parents[2], folder.parent.name).record(folder.name).as_of
    archive = _archive(store, origin)
    if since:
        return _kept_report(archive, archive.find(since))
    own = [run for run in archive.runs() if archive.project(run) in (None, origin.project)]
    older = [run for run in own if run < f"{origin.instant:%Y%m%dT%H%M%SZ}"]  # an id begins with the data's instant
    return _kept_report(archive, older[-1]) if older else (None, "")


def of_day(store: Store, origin: Origin, *, day: str) -> Kept:
    """The newest kept report on data of a day, such as 20150701."""
    if not is_local(store.data_dir):
        return None, ""
    archive = _archive(store, origin)
    same = [run for run in archive.runs() if run[:8] == day]
    return _kept_report(archive, same[-1]) if same else (None, "")


def near(store: Store, origin: Origin, at: pd.Timestamp, *, days: float = 3) -> Kept:
    """The newest kept report on data from before an instant, by at most this many days."""
    if not is_local(store.data_dir):
        return None, ""
    archive = _archive(store, origin)
    first, last = (f"{one:%Y%m%dT%H%M%SZ}" for one in (at - pd.Timedelta(days=days), at))
    same = [run for run in archive.runs() if first <= run[: len(last)] <= last]
    own = [run for run in same if archive.project(run) in (None, origin.project)]
    return _kept_report(archive, own[-1]) if own else (None, "")


def _archive(store: Store, origin: Origin) -> RunArchive:
    return RunArchive.locate(store.processed / "reports", origin.release, origin.project)


def _kept_report(archive: RunArchive, run: str) -> Kept:
    return archive.runs_dir / run, archive.record(run).as_of
