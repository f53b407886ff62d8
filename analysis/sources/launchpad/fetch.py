"""A fetch from Launchpad: list what changed, then get each bug, and leave nothing out that could not be got."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any, Literal

from analysis.errors import SourceError
from analysis.sources.checkpoint import Checkpoint
from analysis.sources.launchpad import bug as bugs
from analysis.sources.launchpad.bug import Found, Wanted
from analysis.sources.launchpad.client import Client
from analysis.sources.launchpad.listing import PAGE, Place, Task, bug_number, pages, total
from analysis.sources.launchpad.project import project_record
from analysis.sources.progress import Progress
from analysis.sources.session import carry_out
from analysis.sources.summary import RESUMED, Summary
from analysis.sources.transport import DownError, Governor, Policy
from analysis.sources.window import Window, later, reached

OVERLAP = timedelta(minutes=15)  # clocks of several servers, replicas, transactions that commit late
COMMIT_EVERY = 20  # bugs
PROJECT_EVERY = timedelta(days=1)
PROJECT_KEY = 0
FORM = 1  # of the cursor: another one, and everything is listed anew


@dataclass(frozen=True, slots=True)
class Options:
    """What a fetch gets. `verify` lists every bug, to find what Launchpad's modified_since does not tell."""

    private: bool = False
    tasks: Literal["shown", "always"] = "shown"
    verify: bool = False
    signed_in: bool = False
    contact: str = ""


def fetch(
    root: str,
    project: str,
    checkpoint: Checkpoint,
    *,
    policy: Policy | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Bring the checkpoint up to date with a Launchpad project, and seal it; says what was done.

    What could not be got is in the summary's `pending` and is tried again by the next fetch. Killed at any instant,
    the same call goes on where it was.

    Raises
    ------
    ServerError
        The list itself could not be read, or the server is down. Nothing is sealed; what was got is kept.
    """
    begin = partial(_Fetch, root, project, checkpoint, options or Options())
    shown = progress or Progress(f"launchpad {project}", unit="bugs")
    return carry_out(begin, checkpoint, policy=policy or Policy(), progress=shown)


class _Fetch:
    def __init__(
        self,
        root: str,
        project: str,
        checkpoint: Checkpoint,
        options: Options,
        governor: Governor,
        progress: Progress,
    ) -> None:
        self._project, self._checkpoint, self._governor = project, checkpoint, governor
        self._options, self._progress = options, progress
        self._client = Client(root, governor, contact=options.contact, signed_in=options.signed_in)
        self._wanted = Wanted(project, options.private, options.tasks)
        self._summary = Summary("launchpad", project, traffic=governor.traffic)
        self._state = self._begun()
        self._doubtful: dict[int, list[Task]] = {}  # listed a moment ago, but not there when asked for
        self._pool = ThreadPoolExecutor(governor.policy.concurrency, thread_name_prefix="launchpad")

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def run(self) -> Summary:
        self._put_project()
        self._hydrate(self._inherited())
        if self._state["phase"] == "list":
            if not self._state["is_listed"]:
                self._hydrate(self._listed(self._state["since"]))
            self._ask_again()
            self._next_phase()
        if self._state["phase"] == "sweep":
            self._sweep()
            self._ask_again()
        return self._sealed()

    def _begun(self) -> dict[str, Any]:
        settings = [FORM, self._options.private, self._options.tasks]
        state = dict(self._checkpoint.state)
        if state and state["settings"] == settings and state["verify"] >= self._options.verify:
            self._summary.notes.append(RESUMED)
            return state
        window = Window.after(self._checkpoint.previous, settings, self._governor.traffic.first_date, OVERLAP)
        return {
            "settings": settings,
            "verify": self._options.verify,
            "since": window.since,
            "next": window.following,
            "newest": None,
            "phase": "list",
            "place": None,
            "is_listed": False,
            "project_at": self._checkpoint.previous.get("project_at"),
        }

    def _put_project(self) -> None:
        """Keep the project itself, asked for once a day: its milestones move seldom, and cost as much as a bug."""
        if self._state["project_at"] and self._state["project_at"] > self._yesterday():
            return
        record = project_record(self._client, self._project)
        if self._checkpoint.known([PROJECT_KEY]).get(PROJECT_KEY) != record:
            self._checkpoint.put(record)
        now = self._governor.traffic.last_date
        self._state["project_at"] = now.isoformat() if now else None

    def _yesterday(self) -> str:
        now = self._governor.traffic.last_date
        return (now - PROJECT_EVERY).isoformat() if now else ""

    def _inherited(self) -> Iterator[dict[int, list[Task]]]:
        left = {int(key): item["tasks"] for key, item in self._checkpoint.pending().items()}
        if left:
            self._expect(len(left))
        return _in_batches(left)

    def _listed(self, since: str | None) -> Iterator[dict[int, list[Task]]]:
        kept = self._state["place"]
        start = Place.from_json(kept) if kept else None
        if self._progress.on_terminal:  # counting costs the server more than a page: only for somebody who watches
            self._expect(total(self._client, self._project, modified_since=since, start=start))
        for tasks, place in pages(self._client, self._project, modified_since=since, start=start):
            found = _by_bug(tasks)
            self._summary.listed += len(found)
            for number, listed in found.items():
                self._checkpoint.pend(number, {"tasks": listed})
            self._state |= {"place": place.to_json() if place else None, "is_listed": place is None}
            self._checkpoint.commit(self._state)
            yield found

    def _expect(self, more: int | None) -> None:
        self._progress.expect(None if more is None else self._progress.done + more)

    def _hydrate(self, batches: Iterator[dict[int, list[Task]]]) -> None:
        """Get every bug of the batches; the next page is read while the last bugs of this one are under way."""
        waiting: set[Future[Found]] = set()
        asked: dict[Future[Found], tuple[int, list[Task]]] = {}
        for batch in batches:
            known = self._checkpoint.known(list(batch))
            for number, listed in batch.items():
                while len(waiting) >= 2 * self._governor.policy.concurrency:
                    waiting = self._collect(waiting, asked)
                task = self._pool.submit(bugs.fetch, self._client, number, listed, known.get(number), self._wanted)
                asked[task] = number, listed
                waiting.add(task)
        while waiting:
            waiting = self._collect(waiting, asked)
        self._checkpoint.commit(self._state)

    def _collect(
        self, waiting: set[Future[Found]], asked: dict[Future[Found], tuple[int, list[Task]]]
    ) -> set[Future[Found]]:
        done, left = wait(waiting, return_when=FIRST_COMPLETED)
        for task in done:
            number, listed = asked.pop(task)
            try:
                self._keep(task.result(), listed)
            except DownError:
                raise
            except SourceError as failure:
                self._fail(number, listed, failure)
            self._progress.step()
        return left

    def _keep(self, found: Found, listed: list[Task]) -> None:
        if found.record is not None and self._state["phase"] == "list":
            updated = found.record["bug"].get("date_last_updated")
            self._state["newest"] = later(self._state.get("newest"), updated)
        if found.status and listed and found.number not in self._doubtful:
            self._doubtful[found.number] = listed  # stays pending until it is asked for again
        elif found.record is None:
            self._checkpoint.gone(found.number, found.gone)
            self._summary.gone += 1
        elif found.changed:
            self._checkpoint.put(found.record)
            self._summary.changed += 1
        else:
            self._checkpoint.settle(found.number)
            self._summary.unchanged += 1
        if (self._summary.changed + self._summary.gone) % COMMIT_EVERY == 0:
            self._checkpoint.commit(self._state)

    def _ask_again(self) -> None:
        """Ask once more for what the list showed and a server did not know: it may have been behind the others."""
        self._hydrate(_in_batches(dict(self._doubtful)))
        self._doubtful.clear()

    def _fail(self, number: int, listed: Sequence[Task], failure: SourceError) -> None:
        self._checkpoint.pend(number, {"tasks": list(listed), "error": failure.found, "expected": failure.expected})

    def _next_phase(self) -> None:
        self._state |= {"phase": "sweep" if self._options.verify else "end", "place": None}
        self._checkpoint.commit(self._state)

    def _sweep(self) -> None:
        """List every bug again: get those whose task is not the one that is kept, and ask after those not listed."""
        unlisted = {key for key in self._checkpoint.stored_keys() if key != PROJECT_KEY}
        self._progress.stage(f"launchpad {self._project}, listing every bug again")
        if self._progress.on_terminal:
            self._expect(total(self._client, self._project, modified_since=None, start=None))
        self._hydrate(self._strangers(unlisted))
        pending = self._checkpoint.pending()
        self._hydrate(_in_batches({number: [] for number in sorted(unlisted) if str(number) not in pending}))
        self._summary.notes.append(f"listed again to verify: {self._progress.done:,} bugs")
        self._state |= {"phase": "end"}

    def _strangers(self, unlisted: set[int]) -> Iterator[dict[int, list[Task]]]:
        for tasks, _ in pages(self._client, self._project):
            found = _by_bug(tasks)
            unlisted.difference_update(found)
            known = self._checkpoint.known(list(found))
            strangers = {number: listed for number, listed in found.items() if not _holds(known.get(number), listed)}
            self._progress.step(len(found) - len(strangers))
            yield strangers

    def _sealed(self) -> Summary:
        left = self._checkpoint.pending()
        self._summary.pending = {f"bug {number}": str(item.get("error", "not tried")) for number, item in left.items()}
        last = self._governor.traffic.last_date
        newest = self._state.get("newest")
        if newest is None and left:  # nothing of the window could be read, but all that it listed is kept as pending
            newest = self._state["next"]
        self._checkpoint.seal(
            kind="fetch",
            as_of=last.isoformat() if last else None,
            cursor={
                "settings": self._state["settings"],
                "since": reached(Window(self._state["since"], self._state["next"]), newest),
                "project_at": self._state["project_at"],
            },
        )
        return self._summary


def _in_batches(wanted: dict[int, list[Task]]) -> Iterator[dict[int, list[Task]]]:
    """At most a page of bugs at a time: what is known of each is held meanwhile."""
    numbers = iter(wanted)
    while batch := list(islice(numbers, PAGE)):
        yield {number: wanted[number] for number in batch}


def _by_bug(tasks: Sequence[Task]) -> dict[int, list[Task]]:
    found: dict[int, list[Task]] = {}
    for task in tasks:
        found.setdefault(bug_number(task), []).append(task)
    return found


def _holds(record: Mapping[str, Any] | None, listed: Sequence[Task]) -> bool:
    kept = {task["self_link"]: task for task in record["tasks"]} if record else {}
    return all(kept.get(task["self_link"]) == task for task in listed)
