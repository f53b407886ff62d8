"""Runs of a report on disk: one writer at a time, atomic publishing, and a rule that removes old runs.

data/processed/reports/<release>            a symbolic link to the site of the newest run
data/processed/reports/.runs/<release>/<run>/site       what people read
data/processed/reports/.runs/<release>/<run>/processed  the tables that the next report compares itself with
data/processed/reports/.runs/<release>/<run>/run.json   what was run, on which fingerprints, and how it ended

The runs of one release are of one project, the first that was shown for it. Those of another project are beside them,
as <release>-<project>.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from analysis.errors import LockedError, UsageError
from analysis.report.run_record import RunRecord

DAY = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")  # the whole text, because a misspelt id begins with a day, too
KEPT = 12
COMPARED = ("queue", "review_states", "open_fixes", "bug_tasks", "unfixed_bugs")  # the tables that a kept run holds
KEPT_WEEKS = 26


@dataclass(frozen=True, slots=True)
class RunArchive:
    """The kept runs of one project's report of one release, in folders with the name `release`."""

    reports_dir: Path
    release: str

    @classmethod
    def locate(cls, reports_dir: Path, release: str, project: str) -> "RunArchive":
        """The release's own archive, or if its runs belong to another project, one with both names."""
        plain = cls(reports_dir, release)
        return plain if plain.holds(project) else cls(reports_dir, f"{release}-{project.replace('/', '-')}")

    def holds(self, project: str) -> bool:
        """Whether no run here is of another project, whose name may be only the last part if it is from Launchpad."""
        runs = self.runs()
        return not runs or self.project(runs[-1]) in (None, project, project.rpartition("/")[2])

    def project(self, run: str) -> str | None:
        """The project of a run; None if the run does not name it."""
        return self.record(run).project

    def refuse_others(self, project: str) -> None:
        """Raise LockedError if another project's report was published meanwhile, or has the same file name."""
        if not self.holds(project):
            raise LockedError(
                expected=f"the runs of {project} in {self.runs_dir}",
                found=f"runs of {self.project(self.runs()[-1])}",
                do="run the same command again, or keep one of the projects in a --data-dir of its own",
            )

    @property
    def processed(self) -> Path:
        """The folder of the report's tables."""
        return self.reports_dir.parent

    @property
    def link(self) -> Path:
        """The path that readers open."""
        return self.reports_dir / self.release

    @property
    def runs_dir(self) -> Path:
        """The folder of the kept runs."""
        return self.reports_dir / ".runs" / self.release

    def runs(self) -> list[str]:
        """Ids of the kept runs, oldest data first: an id begins with the run's as_of."""
        return sorted(
            path.parent.name for path in self.runs_dir.glob("*/run.json") if not path.parent.name.startswith(".")
        )

    def current(self) -> str | None:
        """The run that readers see now."""
        return self.link.resolve().parent.name if self.link.is_symlink() and self.link.exists() else None

    def current_record(self) -> RunRecord | None:
        """The record of the published run; None before the first one."""
        run = self.current()
        return self.record(run) if run else None

    def hidden(self) -> frozenset[str]:
        """The private items at the time when the published run was made."""
        return (
            frozenset(json.loads(self._hidden_file.read_text(encoding="utf-8")))
            if self._hidden_file.exists()
            else frozenset()
        )

    def keep_hidden(self, hidden: Collection[str]) -> None:
        """Write the private items for the next run, beside the fetched records, where only their owner can read."""
        self._hidden_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._hidden_file.parent.chmod(0o700)
        self._hidden_file.unlink(missing_ok=True)
        with os.fdopen(os.open(self._hidden_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(sorted(hidden), file)

    @property
    def _hidden_file(self) -> Path:
        return self.processed.parent / "raw" / ".private" / f"report {self.release}.json"

    def record(self, run: str) -> RunRecord:
        """The record of a run."""
        text = (self.runs_dir / run / "run.json").read_text(encoding="utf-8")
        return msgspec.convert(json.loads(text), RunRecord)  # read by `json`, which takes every text that it wrote

    def find(self, wanted: str) -> str:
        """The kept run with an id, or the newest one on data of a date (2015-07-27) or before.

        Raises UsageError when none is kept.
        """
        runs = self.runs()
        day = wanted.replace("-", "") if DAY.fullmatch(wanted) else ""
        matching = [run for run in runs if run == wanted or run[:8] <= day]
        if not matching:
            raise UsageError.unknown_name(
                wanted[:100], runs, kind=f"kept run of {self.release}, by its id or a date,",
                otherwise="name one of these; `runs` lists them",
            )  # fmt: skip
        return matching[-1]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the release's lock. Raises LockedError at once if another run holds it."""
        self.runs_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.runs_dir / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as cause:
            raise LockedError(
                expected=f"no other report of {self.release} to run",
                found=f"a process that holds {lock.lock_file}",
                do="wait for it to end; a lock is freed when its process ends, however it ends",
            ) from cause
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A hidden folder for a new run, which is removed afterwards unless it was published."""
        for old_draft in self.runs_dir.glob(".draft-*"):  # of a killed run: nobody uses it, because we hold the lock
            _remove(old_draft)
        folder = Path(tempfile.mkdtemp(prefix=".draft-", dir=self.runs_dir))
        folder.chmod(0o755)
        sockets(folder).mkdir(mode=0o700)
        try:
            yield folder
        finally:
            _remove(folder)

    def publish(self, draft: Path, name: str) -> str:
        """Give the draft its name and let readers see it: first the whole folder, then one rename of the link.

        Returns the run's id: the name, with a number behind it when there is such a run already.
        """
        run_ids = set(self.runs())
        run = next(run for run in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if run not in run_ids)
        draft.rename(self.runs_dir / run)
        self._switch(self.runs_dir / run / "site")
        return run

    def _switch(self, site: Path) -> None:
        fresh = self.reports_dir / f".{self.release}.link"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.path.relpath(site, self.reports_dir))
        fresh.replace(self.link)

    def unpublish_older(self) -> None:
        """Remove the pages of every run but the current one; their tables stay, to compare with."""
        for run in set(self.runs()) - {self.current()}:
            shutil.rmtree(self.runs_dir / run / "site", ignore_errors=True)

    def prune(self) -> list[str]:
        """Remove the runs that the rule does not keep, but never the current one, and return their ids."""
        removed_runs = [run for run in to_prune(self.runs()) if run != self.current()]
        for run in removed_runs:
            shutil.rmtree(self.runs_dir / run)
        return removed_runs


def sockets(draft: Path) -> Path:
    """The folder of the sockets of a draft's kernels, which is removed with the draft.

    It is in the temporary place, because the path of a socket may be no longer than some hundred characters.
    """
    return Path(tempfile.gettempdir()) / f"kernels{draft.name}"


def _remove(draft: Path) -> None:
    shutil.rmtree(sockets(draft), ignore_errors=True)  # first: without the draft, nobody would know of it
    shutil.rmtree(draft, ignore_errors=True)


def to_prune(runs: Sequence[str]) -> list[str]:
    """The runs to remove: all but the newest KEPT, and but the last of each of the newest KEPT_WEEKS weeks with a run.

    >>> to_prune(["20170102T000000Z-a"])
    []
    """
    newest_first = sorted(runs, reverse=True)
    last_of_week = {_week(run): run for run in sorted(runs)}
    weekly = sorted(last_of_week.values(), reverse=True)[:KEPT_WEEKS]
    runs_to_keep = {*newest_first[:KEPT], *weekly}
    return [run for run in sorted(runs) if run not in runs_to_keep]


def _week(run: str) -> str:
    year, week, _ = datetime.strptime(run[:8], "%Y%m%d").isocalendar()
    return f"{year}-{week:02}"
