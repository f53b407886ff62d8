"""A fetch from Gerrit: every open change whole, closed ones as far as they changed, and what became of the missing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial, reduce
from itertools import islice
from typing import Any
from urllib.parse import quote

from analysis.errors import SourceError
from analysis.sources.answer import BrokenAnswerError
from analysis.sources.checkpoint import Checkpoint
from analysis.sources.gerrit import change as changes
from analysis.sources.gerrit import estimate
from analysis.sources.gerrit.change import OPEN, Comments, Found, Wanted
from analysis.sources.gerrit.client import Client
from analysis.sources.gerrit.listing import PAGE, Change, Place, pages
from analysis.sources.progress import Progress
from analysis.sources.served import excerpt
from analysis.sources.session import carry_out
from analysis.sources.summary import RESUMED, Summary
from analysis.sources.transport import DownError, Governor, Policy
from analysis.sources.window import Window, later, reached

OVERLAP = timedelta(minutes=2)  # Gerrit's index follows its changes with some delay
POLICY = Policy(rate=2.0)
SWEEP_PAGE = 500
FORM = 1  # of the cursor: another one, and everything is listed anew


@dataclass(frozen=True, slots=True)
class Options:
    """What a fetch gets. `verify` lists every change, to find those that went away unseen."""

    private: bool = False
    comments: Comments = "all"
    verify: bool = False
    signed_in: bool = False
    contact: str = ""
    page: int = PAGE


def fetch(
    root: str,
    project: str,
    checkpoint: Checkpoint,
    *,
    policy: Policy = POLICY,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Bring the checkpoint up to date with a Gerrit project, and seal it; says what was done.

    What could not be got is in the summary's `pending` and is tried again by the next fetch. Killed at any instant,
    the same call goes on where it was.

    Raises
    ------
    ServerError
        The list itself could not be read, or the server is down. Nothing is sealed; what was got is kept.
    """
    begin = partial(_Fetch, root, project, checkpoint, options or Options())
    shown = progress or Progress(f"gerrit {project}", unit="changes")
    return carry_out(begin, checkpoint, policy=policy, progress=shown)


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
        self._wanted = Wanted(project, self._client.version(), options.private, options.comments)
        self._summary = Summary("gerrit", project, traffic=governor.traffic)
        self._state = self._begun()
        self._pool = ThreadPoolExecutor(governor.policy.concurrency, thread_name_prefix="gerrit")

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def run(self) -> Summary:
        self._ask([int(key) for key in self._checkpoint.pending()])
        phases: dict[str, Callable[[], None]] = {
            "open": lambda: self._list("status:open", is_open=True),
            "closed": lambda: self._list(f"status:closed{self._after()}", is_open=False),
            "missing": self._ask_missing,
            "sweep": self._sweep,
        }
        names = [*phases, "end"]
        for name in names[names.index(self._state["phase"]) : -1]:
            if name != "sweep" or self._options.verify:
                phases[name]()
            self._state |= {"phase": names[names.index(name) + 1], "place": None}
            self._checkpoint.commit(self._state)
        return self._sealed()

    def _begun(self) -> dict[str, Any]:
        settings = [FORM, self._options.private, self._options.comments]
        state = dict(self._checkpoint.state)
        if state and state["settings"] == settings:
            self._summary.notes.append(RESUMED)
            return state
        previous = self._checkpoint.previous
        window = Window.after(previous, settings, self._governor.traffic.first_date, OVERLAP)
        return {
            "settings": settings,
            "since": window.since,
            "next": window.following,
            "newest": None,
            "phase": "open",
            "place": None,
            "open": [],
            "missing": list(previous.get("open", [])),  # open last time: what is on neither list now went away
        }

    def _after(self) -> str:
        since = self._state["since"]
        return f' after:"{datetime.fromisoformat(since):%Y-%m-%d %H:%M:%S}"' if since else ""

    def _list(self, query: str, *, is_open: bool) -> None:
        place = Place.from_json(self._state["place"]) if self._state["place"] else None
        whole = f'project:"{self._project}" {query}'
        options = self._wanted.options(is_open=is_open)
        listed = pages(self._client, whole, options, project=self._project, page=self._options.page, start=place)
        left = self._estimate(whole, place) if self._progress.on_terminal and not is_open else None
        for rows, following in listed:
            self._summary.listed += len(rows)
            self._complete(rows)
            numbers = {row["_number"] for row in rows}
            self._state["missing"] = [number for number in self._state["missing"] if number not in numbers]
            self._state["newest"] = reduce(later, (row["updated"][:26] for row in rows), self._state.get("newest"))
            self._state["open"] += [row["_number"] for row in rows if row.get("status") in OPEN]
            self._state["place"] = following.to_json() if following else None
            self._checkpoint.commit(self._state)
            if left:
                self._progress.expect(left(len(rows), following))

    def _estimate(self, query: str, place: Place | None) -> Callable[[int, Place | None], int | None]:
        """What tells how many there will be, given the rows of a page and the place after it: only for who watches."""
        now = (self._governor.traffic.last_date or datetime.now(UTC)).replace(tzinfo=None)
        since = self._state["since"]
        oldest = (
            datetime.fromisoformat(since).replace(tzinfo=None) if since else estimate.oldest(self._client, query, now)
        )
        begun = datetime.fromisoformat(place.before) if place and place.before else now
        n_read = 0

        def total(n_rows: int, following: Place | None) -> int | None:
            nonlocal n_read
            n_read += n_rows
            if following is None or following.before is None:
                return self._progress.done
            more = estimate.left(n_read, begun=begun, reached=datetime.fromisoformat(following.before), oldest=oldest)
            return None if more is None else self._progress.done + more

        return total

    def _complete(self, rows: Sequence[Change]) -> None:
        known = self._checkpoint.known([row["_number"] for row in rows])
        self._each(
            [row["_number"] for row in rows],
            [partial(changes.complete, self._client, row, known.get(row["_number"]), self._wanted) for row in rows],
            {row["_number"]: row for row in rows},
        )

    def _ask(self, numbers: Sequence[int]) -> None:
        """Get changes one by one, a page's worth at a time: what is known of each is held meanwhile."""
        left = iter(numbers)
        while batch := list(islice(left, PAGE)):
            known = self._checkpoint.known(batch)
            asks = [partial(changes.alone, self._client, number, known.get(number), self._wanted) for number in batch]
            self._each(batch, asks, known)
            self._checkpoint.commit(self._state)

    def _each(self, numbers: Iterable[int], tasks: Iterable[Callable[[], Found]], rows: Mapping[int, Change]) -> None:
        """Do the tasks side by side and keep what each finds, in the order of the numbers."""
        under_way = [self._pool.submit(task) for task in tasks]
        for number, task in zip(numbers, under_way, strict=True):
            try:
                self._keep(task.result())
            except DownError:
                raise
            except SourceError as failure:
                self._fail(number, rows.get(number), failure)
            self._progress.step()

    def _keep(self, found: Found) -> None:
        if found.record is None:
            self._checkpoint.gone(found.number, found.gone)
            self._summary.gone += 1
        elif found.changed:
            self._checkpoint.put(found.record)
            self._summary.changed += 1
        else:
            self._checkpoint.settle(found.number)
            self._summary.unchanged += 1

    def _fail(self, number: int, row: Change | None, failure: SourceError) -> None:
        if row is not None and row is not self._checkpoint.known([number]).get(number):
            # The change is known; only its comments are missing, and the record says so by having none.
            self._checkpoint.put({name: value for name, value in row.items() if name != "_more_changes"})
        self._checkpoint.pend(number, {"error": failure.found, "expected": failure.expected})

    def _ask_missing(self) -> None:
        if not self._summary.listed:
            self._check_project()
        self._ask(self._state["missing"])
        self._state["missing"] = []

    def _check_project(self) -> None:
        """Raise unless the project is there: of a misspelt or hidden one Gerrit lists no change, without a word."""
        self._client.get(f"projects/{quote(self._project, safe='')}", read=self._is_project)

    def _is_project(self, found: Any) -> None:
        if not isinstance(found, dict) or found.get("name", self._project) != self._project:
            raise BrokenAnswerError(f"no project {self._project}: {excerpt(str(found))}")

    def _sweep(self) -> None:
        """List every change, briefly: get those that differ from what is kept, and ask after those not listed."""
        unlisted = set(self._checkpoint.stored_keys())
        self._progress.stage(f"gerrit {self._project}, listing every change again")
        self._progress.expect(len(unlisted))
        options = ["SKIP_DIFFSTAT"] if self._wanted.version >= (3, 2) else []
        listed = pages(self._client, f'project:"{self._project}"', options, project=self._project, page=SWEEP_PAGE)
        for rows, _ in listed:
            known = self._checkpoint.known([row["_number"] for row in rows])
            unlisted.difference_update(row["_number"] for row in rows)
            strangers = [row["_number"] for row in rows if _differs(row, known.get(row["_number"]))]
            self._progress.step(len(rows) - len(strangers))
            self._ask(strangers)
        self._summary.notes.append(f"listed again to verify: {self._progress.done:,} changes")
        pending = self._checkpoint.pending()
        self._ask(sorted(number for number in unlisted if str(number) not in pending))

    def _sealed(self) -> Summary:
        left = self._checkpoint.pending()
        self._summary.pending = {f"change {number}": str(item["error"]) for number, item in left.items()}
        if self._client.refused:
            self._summary.notes.append(
                f"the server does not know, and was not asked for: {sorted(self._client.refused)}"
            )
        last = self._governor.traffic.last_date
        self._checkpoint.seal(
            kind="fetch",
            as_of=last.isoformat() if last else None,
            cursor={
                "settings": self._state["settings"],
                "since": reached(Window(self._state["since"], self._state["next"]), self._state.get("newest")),
                "open": sorted(set(self._state["open"])),
            },
        )
        return self._summary


def _differs(row: Change, known: Change | None) -> bool:
    # meta_rev_id moves with every write; `updated` alone misses two in one second.
    names = ("meta_rev_id",) if "meta_rev_id" in row else ("updated", "status", "total_comment_count")
    return known is None or any(row.get(name) != known.get(name) for name in names)
