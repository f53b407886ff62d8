"""The interface of a design: its create, delete and resize, its claims, and the faults that are expected of it."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from quota_lab.statements import (
    Backoff,
    Begin,
    ChangeAllocation,
    Commit,
    DeleteAllocations,
    InsertAllocation,
    Reply,
    Rollback,
    Step,
    Think,
)

Answer = Literal["admitted", "refused", "gave_up"]
Steps = Generator[Step, Reply, Reply]
Fault = Literal["over_admission", "false_refusal", "drift", "leak", "duplicate_usage", "deadlock", "rows_over"]


class OverQuota(Exception):
    """The request does not fit; its transaction is rolled back and the request is refused."""


class Conflict(Exception):
    """The transaction lost against another one, in the database or in a comparison.

    `reason` says how: a key of `worker.COUNTERS`, which counts lost attempts by reason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GaveUp(Exception):
    """Too many attempts lost."""


class RaceOptions(TypedDict, total=False):
    """Settings of a design's races that differ from the usual ones: fields of `race_config.RaceConfig`."""

    refresh_every: int
    expire_ms: float


@dataclass(frozen=True, slots=True)
class Pool:
    """A project and all that counts against its limits; `children` are the projects below it."""

    project: int
    limits: tuple[tuple[str, int], ...]
    children: tuple[int, ...] = ()

    def limit(self, resource: str) -> int:
        """The hard limit of one resource."""
        return dict(self.limits)[resource]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: create, delete or resize one instance.

    `amounts` are the units that a create asks for, a delete gives back, or a resize adds (all at least 0) or gives
    back (all at most 0). `pools` are the project and then its parent, if it has one.
    """

    kind: Literal["create", "delete", "resize", "sweep"]
    request: int
    instance: int
    amounts: tuple[tuple[str, int], ...]
    pools: tuple[Pool, ...]
    now: float = 0.0

    @property
    def project(self) -> int:
        """The project that owns the instance."""
        return self.pools[0].project


@dataclass(frozen=True, slots=True)
class Tuning:
    """The settings of an operator: attempts after a lost conflict, refresh and expiry of the cached tally."""

    attempts: int = 10
    refresh_every: int = 0
    expire_after: float = 0.0


class Design:
    """A quota design. Subclasses define `create` and `delete`, and `resize` if they claim to support it."""

    name: ClassVar[str]
    source: ClassVar[str]
    claim: ClassVar[str]
    breaks: ClassVar[Mapping[Fault, str]] = {}  # expected on a real server, and when
    tally: ClassVar[Literal["", "quota_usages", "tallies"]] = ""  # the table that caches the usage
    isolation: ClassVar[str] = ""  # empty: each database's default
    slices: ClassVar[int] = 1
    claims_resize: ClassVar[bool] = False
    claims_resources: ClassVar[bool] = False
    claims_nesting: ClassVar[bool] = False
    # Each design states these for itself; a subclass does not inherit them (see __init_subclass__).
    claims_exactness: ClassVar[bool] = False  # at the default level, with existing usage rows, without a crash
    raced_in: ClassVar[tuple[str, ...]] = ()  # scenarios of the matrix besides hot and think, which race every design
    depends_on_level: ClassVar[bool] = False  # another isolation level can change its results: explored there too
    race_options: ClassVar[RaceOptions] = {}  # settings of its races (`race_config.RaceConfig`)
    explored_tuning: ClassVar[Tuning | None] = None  # its tuning in the explorer; None: the short one

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in ("claims_exactness", "raced_in", "depends_on_level", "race_options", "explored_tuning"):
            if name not in cls.__dict__:
                setattr(cls, name, getattr(Design, name))

    @classmethod
    def shares(cls, limit: int) -> list[int]:
        """A hard limit divided over the slices of its tally; the first slices take the remainder, one unit each."""
        return [limit // cls.slices + (number < limit % cls.slices) for number in range(cls.slices)]

    def __init__(self, tuning: Tuning | None = None) -> None:
        self.tuning = tuning or Tuning()

    def steps(self, request: Request) -> Steps:
        """The statements of one request; the generator returns an Answer."""
        try:
            yield from getattr(self, request.kind)(request)
        except OverQuota:
            return "refused"
        except GaveUp:
            return "gave_up"
        return "admitted"

    def create(self, request: Request) -> Steps:
        """Admit and insert, or raise OverQuota."""
        raise NotImplementedError

    def delete(self, request: Request) -> Steps:
        """Give everything back."""
        raise NotImplementedError

    def resize(self, request: Request) -> Steps:
        """Add to an instance, or raise OverQuota; a negative amount gives some of it back."""
        raise NotImplementedError

    def retried(self, attempt: Callable[[], Steps]) -> Steps:
        """Run `attempt`, and run it again from the start after every conflict that it loses."""
        for number in range(self.tuning.attempts):
            try:
                return (yield from attempt())
            except Conflict as lost:
                yield Rollback()
                yield Backoff(number, lost.reason)
        raise GaveUp

    def once(self, body: Callable[[], Steps], *, writes_first: bool = False) -> Steps:
        """Run `body` in one transaction; a request that does not fit rolls it back."""
        yield Begin(writes_first, self.isolation)
        try:
            answer = yield from body()
        except OverQuota:
            yield Rollback()
            raise
        yield Commit()
        return answer

    def transaction(self, body: Callable[[], Steps], *, writes_first: bool = False) -> Steps:
        """One transaction, retried."""
        return (yield from self.retried(lambda: self.once(body, writes_first=writes_first)))


def insert(request: Request) -> Steps:
    """Insert the instance's rows, one for each resource."""
    for resource, amount in request.amounts:
        yield InsertAllocation(request.instance, request.project, resource, amount)


def remove(request: Request) -> Steps:
    """Delete the instance's rows."""
    yield DeleteAllocations(request.instance)


def change(request: Request) -> Steps:
    """Change the instance's rows by the amounts of the request."""
    for resource, delta in request.amounts:
        yield ChangeAllocation(delta, request.instance, resource)


def move(request: Request) -> Steps:
    """Insert, delete or change the instance's rows, depending on the request."""
    return {"create": insert, "delete": remove, "resize": change}[request.kind](request)


def thinking(request: Request) -> Steps:
    """Think, unless the request gives quota back: only new work takes time before its rows are written."""
    if request.kind == "create" or any(delta > 0 for _, delta in request.amounts if request.kind == "resize"):
        yield Think()
