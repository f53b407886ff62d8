"""The command that updates everything: each source in turn, then the tables. A failing source stops no other."""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from analysis.build.fetch import scope
from analysis.cli.fetch import end_cleanly_when_stopped, from_clone, from_gerrit, from_launchpad, incomplete
from analysis.cli.output import say
from analysis.cli.parser import parser
from analysis.cli.selection import load_settings
from analysis.config import Settings
from analysis.errors import LockedError, SourceError
from analysis.ingest.session import Summary
from analysis.ingest.window import Extent
from analysis.store import Scope, Store

LONG = 120.0  # seconds


def refresh(arguments: argparse.Namespace) -> int:
    """Fetch what is open or changed, then the rest of the history, and build; a long fetch builds once before the rest.

    A source that fails is named, and the others go on: a report of yesterday's bugs and today's changes is better than
    none. The build is skipped only if nothing was ever fetched.
    """
    settings = load_settings(arguments)
    _check_configuration(settings)
    store = Store(settings.data_dir)
    end_cleanly_when_stopped()
    work = _Work(store, settings, arguments)
    if arguments.repo:
        work.do("git", lambda: from_clone(store, settings, arguments))
    if not work.is_whole():
        work.fetch_open()
        if work.took_long() and store.scopes():
            _build(arguments)
            say("what is open is here and built: `report` shows it already; what follows is closed")
    work.fetch(history=True)
    if not store.scopes():
        raise next(iter(work.failures.values()))
    _build(arguments)
    for source, failure in work.failures.items():
        say(f"{source} failed, and what was fetched of it before was used: {failure.found}", is_error=True)
    if arguments.strict and work.failures:
        raise next(iter(work.failures.values()))
    if arguments.strict and work.pending:
        raise incomplete(work.pending)
    return 0


def _check_configuration(settings: Settings) -> None:
    """Raise ConfigError now, not after hours of fetching, for a file with which no build or report is possible."""
    from analysis.cli import configuration_check  # imports pandas: a typing error should be reported before that

    configuration_check.check(settings)


def _build(arguments: argparse.Namespace) -> None:
    from analysis.cli.build import build  # imports pandas: not before there is something to build

    usual = parser().parse_args(["build"])  # `--workers` of a refresh are requests at a time, not projects
    build(argparse.Namespace(**{**vars(usual), **vars(arguments), "workers": usual.workers}))


@dataclass
class _Work:
    """The progress of one refresh: failed sources, pending items, time left."""

    store: Store
    settings: Settings
    arguments: argparse.Namespace
    failures: dict[str, SourceError | LockedError] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def fetch_open(self) -> None:
        """Fetch the open items of both servers and the items that they name on the other server, without history."""
        self.fetch(history=False)
        self.do("launchpad", lambda: from_launchpad(*self._fetch_arguments(), extent=self._extent(False)))

    def fetch(self, *, history: bool) -> None:
        """Fetch what changed on both servers."""
        self.do("launchpad", lambda: from_launchpad(*self._fetch_arguments(), extent=self._extent(history)))
        self.do("gerrit", lambda: from_gerrit(*self._fetch_arguments(), extent=self._extent(history)))

    def do(self, source: str, fetch: Callable[[], Summary]) -> None:
        """Run one fetch; record its failure, or the items that it could not get."""
        if source in self.failures or self.is_over():
            return
        try:
            summary = fetch()
        except (SourceError, LockedError) as failure:
            say(failure, is_error=True)
            self.failures[source] = failure
            return
        say(summary)
        for name, why in summary.pending.items():
            self.pending.setdefault(name, why)

    def is_over(self) -> bool:
        """Whether the time limit has passed."""
        left = self._seconds_left()
        return left is not None and left <= 0

    def took_long(self) -> bool:
        """Whether the fetch has taken so long that a first build is worthwhile."""
        return time.monotonic() - self.begun > LONG

    def is_whole(self) -> bool:
        """Whether the wanted history of both servers was fetched before."""
        histories = [self.store.cursor(source, where).get("history") for source, where in self._scopes().items()]
        return all(isinstance(history, dict) and history.get("left") == 0 for history in histories)

    def _scopes(self) -> dict[str, Scope]:
        servers = self.settings.servers
        return {
            "launchpad": scope(servers.launchpad_root, servers.launchpad_project),
            "gerrit": scope(servers.gerrit_root, servers.gerrit_project),
        }

    def _seconds_left(self) -> float | None:
        seconds: float | None = self.arguments.seconds
        return None if seconds is None else seconds - (time.monotonic() - self.begun)

    def _extent(self, history: bool) -> Extent:
        return Extent(since=self.arguments.since, seconds=self._seconds_left(), history=history)

    def _fetch_arguments(self) -> tuple[Store, Settings, argparse.Namespace]:
        return self.store, self.settings, self.arguments
