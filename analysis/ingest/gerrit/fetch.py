"""A fetch from Gerrit: all open changes in full, closed ones that changed, then older ones, newest first."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial, reduce
from itertools import islice
from urllib.parse import quote

from analysis.ingest.change_check import check_change, is_time
from analysis.ingest.gerrit.change import Comments, Selection
from analysis.ingest.gerrit.change_info import OPEN, differs, stored_changes
from analysis.ingest.gerrit.change_reader import ChangeReader
from analysis.ingest.gerrit.client import Client
from analysis.ingest.gerrit.estimate import HistoryEstimate
from analysis.ingest.gerrit.listing import PAGE, Place, pages
from analysis.ingest.gerrit.state import HISTORY, first_state
from analysis.ingest.json_body import excerpt
from analysis.ingest.pending import has_failed
from analysis.ingest.progress import Progress
from analysis.ingest.records import Reader
from analysis.ingest.response import BrokenAnswerError
from analysis.ingest.session import RESUMED, Checkpoint, Schedule, Summary, carry_out, previous_cursor, seal
from analysis.ingest.transport import Governor, Policy
from analysis.ingest.window import EVERYTHING, Extent, Start, Window, later, window_start

POLICY = Policy(rate=2.0)
SWEEP_PAGE = 500
MAX_TERMS = 50  # changes that one query asks for by number


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a fetch. `verify` lists every change, to find those that disappeared.

    `needed_numbers` are the numbers of changes that are needed now, such as those that open bugs name.
    """

    private: bool = False
    comments: Comments = "open"
    verify: bool = False
    signed_in: bool = False
    contact: str = ""
    page: int = PAGE
    extent: Extent = EVERYTHING
    needed_numbers: Collection[int] = ()


def fetch(
    root: str,
    project: str,
    checkpoint: Checkpoint,
    *,
    policy: Policy = POLICY,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Bring the checkpoint up to date with a Gerrit project, and seal it; returns a summary.

    Open and updated changes come first; then closed changes that were never fetched, newest first, sealed piece by
    piece. Changes that could not be fetched are in the summary's `pending`; the next fetch tries them again. If this is
    interrupted at any instant, the same call goes on from there.

    Raises
    ------
    ServerError
        The list itself could not be read, or the server is down. The records fetched so far are kept and sealed.
    """
    begin = partial(_Fetch, root, project, checkpoint, options or Options())
    progress = progress or Progress(f"gerrit {project}", unit="changes")
    return carry_out(begin, checkpoint, policy=policy, progress=progress)


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
        self._schedule = Schedule(options.extent)
        self._client = Client(root, governor, contact=options.contact, signed_in=options.signed_in)
        self._selection = Selection(project, self._client.version(), options.private, options.comments)
        self._summary = Summary("gerrit", project, traffic=governor.traffic)
        start = Start(previous_cursor(checkpoint), checkpoint.state, governor.traffic.first_date, options.extent)
        self._state, is_resumed = first_state(start, private=options.private)
        self._summary.notes += [RESUMED] if is_resumed else []
        self._reader = Reader(
            checkpoint,
            governor,
            self._summary,
            progress,
            commit=self._commit,
            is_over=lambda: False,  # a listed page is always read to its end: the time limit applies between pages
            check=check_change,
        )
        self._changes = ChangeReader(
            self._client,
            self._selection,
            checkpoint,
            self._reader,
            self._summary,
            self._state,
            page_size=options.page,
        )

    def close(self) -> None:
        self._reader.close()
        self._client.close()

    def run(self) -> Summary:
        self._reader.put_off_failed(self._changes.requests)
        phases: dict[str, Callable[[], None]] = {
            "open": lambda: self._list("status:open", is_open=True),
            "closed": self._list_closed,
            "missing": self._read_missing,
            "named": self._read_needed,
            "passed over": self._changes.read_passed_over,
            "window": self._end_window,
            "history": self._list_history,
            "late": self._reader.read_late,
            "sweep": self._sweep,
        }
        names = [*phases, "end"]
        for name in names[names.index(self._state["phase"]) : -1]:
            phases[name]()
            if self._schedule.is_over():
                break
            self._state["phase"] = names[names.index(name) + 1]
            self._commit()
        self._reader.read_late()
        return self._end()

    def _commit(self) -> None:
        self._checkpoint.commit(self._state)

    def _list(self, query: str, *, is_open: bool) -> None:
        """Read every change of a list, page by page, from the place in the state."""
        place = Place.from_json(self._state["place"]) if self._state["place"] else None
        for rows, next_place in self._changes.pages(query, place, is_open=is_open):
            self._changes.read_rows(rows)
            self._state["newest"] = reduce(later, (row.get("updated") for row in rows), self._state.get("newest"))
            self._state["open"] += [row["_number"] for row in rows if row.get("status") in OPEN]
            self._state["place"] = next_place.to_json() if next_place else None
            self._commit()
            if self._schedule.is_over():
                return
            if self._schedule.is_piece_due():
                self._seal(goes_on=True)
        self._state["place"] = None

    def _list_closed(self) -> None:
        if self._state["since"]:
            since = datetime.fromisoformat(self._state["since"])
            self._list(f'status:closed after:"{since:%Y-%m-%d %H:%M:%S}"', is_open=False)

    def _read_missing(self) -> None:
        if not self._summary.listed and not self._has_changes():
            self._check_project()
        self._changes.read_numbers(self._state["missing"])
        self._state["missing"] = []

    def _has_changes(self) -> bool:
        return self._client.get("changes/", [("q", f'project:"{self._project}"'), ("n", "1")], read=bool)

    def _check_project(self) -> None:
        """Raise unless the project exists: for a misspelt or hidden one Gerrit silently lists no change."""
        self._client.get(f"projects/{quote(self._project, safe='')}", read=self._expect_project)

    def _expect_project(self, answer: object) -> None:
        if not isinstance(answer, dict) or answer.get("name", self._project) != self._project:
            raise BrokenAnswerError(f"no project {self._project}: {excerpt(str(answer))}")

    def _read_needed(self) -> None:
        """Read the changes that are needed now, many with one request; those of other projects are left out."""
        if not self._options.needed_numbers:
            return
        numbers = iter(sorted(set(self._options.needed_numbers).difference(self._checkpoint.stored_keys())))
        while batch := list(islice(numbers, MAX_TERMS)):
            query = "(" + " OR ".join(f"change:{number}" for number in batch) + ")"
            for rows, _ in self._changes.pages(query, is_open=False):
                self._changes.read_rows(rows)

    def _end_window(self) -> None:
        """End the window: all open and updated records are here; later updates belong to the next window."""
        window = Window(self._state["since"], self._state["next"])
        self._state["since"] = window_start(window, self._state.get("newest"))
        self._commit()
        if self._state["history"]["left"] != 0 and self._schedule.is_piece_due():
            self._seal(goes_on=True)

    def _list_history(self) -> None:
        """Read closed changes that were never fetched, newest first, back to the wanted date."""
        history = self._state["history"]
        if history["left"] == 0 or not self._options.extent.history:
            return
        query = "status:closed" + (f' after:"{history["since"][:10]}"' if history["since"] else "")
        place = Place.from_json(history["place"]) if history["place"] else None
        estimate = HistoryEstimate(self._client, f'project:"{self._project}" {query}', self._governor, self._progress)
        estimate.announce(place, page=self._options.page)
        for rows, next_place in self._changes.pages(query, place, is_open=False):
            self._changes.read_rows(rows)
            if self._state["since"] is None:  # without open changes, the newest closed change shows that
                newest = reduce(later, (row.get("updated") for row in rows), None)
                self._state["since"] = window_start(Window(None, self._state["next"]), newest)
            history = self._state["history"] = {
                "since": history["since"],
                "place": next_place.to_json() if next_place else None,
                "left": None if next_place else 0,
                "back_to": min(
                    (str(row["updated"])[:19] for row in rows if is_time(row.get("updated"))),
                    default=history.get("back_to", ""),
                ),
            }
            self._commit()
            estimate.count(len(rows), next_place)
            if self._schedule.is_over():
                return
            if next_place and self._schedule.is_piece_due():
                self._seal(goes_on=True)

    def _sweep(self) -> None:
        """List every change briefly: read those that differ from the stored ones, and ask for those not listed."""
        if not (self._options.verify and self._options.extent.history):
            return
        stored_numbers = frozenset(map(int, self._checkpoint.stored_keys()))
        unlisted = set(stored_numbers)
        is_whole = self._state["history"]["left"] == 0 and not self._state["history"]["since"]
        self._progress.stage(f"gerrit {self._project}, listing every change again")
        self._reader.count_anew()
        self._progress.expect(len(unlisted))
        options = ["SKIP_DIFFSTAT"] if self._selection.version >= (3, 2) else []
        query = f'project:"{self._project}"'
        for rows, _ in pages(self._client, query, options, project=self._project, page=SWEEP_PAGE):
            stored_rows = stored_changes(self._checkpoint.stored_records([row["_number"] for row in rows]))
            unlisted.difference_update(row["_number"] for row in rows)
            numbers_to_read = [
                row["_number"]
                for row in rows
                if differs(row, stored_rows.get(row["_number"])) and (is_whole or row["_number"] in stored_numbers)
            ]
            self._progress.step(len(rows) - len(numbers_to_read))
            self._changes.read_numbers(numbers_to_read)
        self._summary.notes.append(f"listed again to verify: {self._progress.done:,} changes")
        pending = self._checkpoint.pending()
        self._changes.read_numbers(sorted(number for number in unlisted if str(number) not in pending))

    def seal_so_far(self) -> None:
        self._commit()
        if self._checkpoint.n_records:
            self._seal(goes_on=True)

    def _end(self) -> Summary:
        if self._client.refused_options:
            self._summary.notes.append(
                f"the server does not know, and was not asked for: {sorted(self._client.refused_options)}"
            )
        is_through = self._state["phase"] in HISTORY
        self._seal(goes_on=not is_through)  # the cursor has the place in the history
        return self._summary

    def _seal(self, *, goes_on: bool) -> None:
        is_current = self._state["phase"] in ("window", *HISTORY)
        pending = {key: item for key, item in self._checkpoint.pending().items() if has_failed(item)}
        self._summary.n_left = self._state["history"]["left"]
        was_open = [] if is_current else previous_cursor(self._checkpoint).get("open", [])
        seal(
            self._checkpoint,
            self._summary,
            unit="change",
            pending=pending,
            cursor={
                "settings": self._state["settings"],
                "since": self._state["since"],
                "open": sorted({*self._state["open"], *was_open}),
                "history": self._state["history"],
                "is_current": is_current,
            },
            goes_on=goes_on,
        )
        self._schedule.begin_piece()
