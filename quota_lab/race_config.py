"""The settings of one race, and the requests that follow from them."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from analysis.errors import QuotaLabError
from quota_lab import designs
from quota_lab.designs.base import Pool, Request, Tuning

PARENTS = 1000  # a parent's project id is PARENTS + its number


@dataclass(frozen=True, slots=True)
class RaceConfig:
    """The settings of one race. The same settings make the same requests; only the timing differs."""

    design: str
    database: str
    scenario: str = "hot"
    isolation: str = ""  # empty: the server's default
    workers: int = 8
    requests: int = 40  # for each worker
    seconds: float = 1.5  # no new request after this time
    projects: int = 1
    resources: tuple[str, ...] = ("cores",)
    limit: int = 20
    sizes: tuple[int, ...] = (1, 1, 2, 4)
    delete_share: float = 0.45
    resize_share: float = 0.0
    think_ms: float = 0.0  # mean of an exponential
    crash_rate: float = 0.0  # before each statement
    is_kill: bool = False  # a crash is a SIGKILL of the worker, not a dropped connection
    is_cold: bool = False  # a fresh project in each round, no usage row, all workers at a barrier
    is_nested: bool = False  # two projects share a parent, whose limit is 1.5 times theirs
    attempts: int = 10
    refresh_every: int = 0
    expire_ms: float = 0.0
    seed: int = 1
    repetition: int = 0

    def __post_init__(self) -> None:
        design = designs.named(self.design)
        asked = {"resize": self.resize_share > 0, "nesting": self.is_nested, "resources": len(self.resources) > 1}
        unclaimed = [what for what, is_asked in asked.items() if is_asked and not getattr(design, f"claims_{what}")]
        if unclaimed:
            raise QuotaLabError(
                expected=f"a race within what {self.design} claims",
                found=f"it does not claim {', '.join(unclaimed)}",
                do="choose another design or another scenario",
            )
        self.check_cold_start()

    def check_cold_start(self) -> None:
        """Raise QuotaLabError if a worker might not reach the barrier at which the others of a cold start wait."""
        if self.is_cold and (self.crash_rate or self.expire_ms):
            raise QuotaLabError(
                expected="a cold start whose workers all reach the barrier of every round",
                found="one with crashes or a sweeper, who would leave the others waiting",
                do="race the cold start without them",
            )

    @property
    def run_id(self) -> str:
        """A readable name, ending in a digest of all settings."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]
        level = "".join(word[0] for word in self.isolation.split()).lower() or "default"
        design = self.design.replace(" ", "-")
        return f"{self.scenario}-{design}-{self.database}-{level}-w{self.workers}-r{self.repetition}-{digest}"

    @property
    def shrink_share(self) -> float:
        """The share of resizes that shrink, where the instance can."""
        return 0.5

    def tuning(self) -> Tuning:
        """The settings that the design receives."""
        return Tuning(self.attempts, self.refresh_every, self.expire_ms / 1000)

    def pools(self, project: int) -> tuple[Pool, ...]:
        """The project, and its parent if projects are nested."""
        own = Pool(project, tuple((resource, self.limit) for resource in self.resources))
        if not self.is_nested:
            return (own,)
        children = tuple(p for p in range(1, self.projects + 1) if parent_of(p) == parent_of(project))
        above = tuple((resource, self.limit * 3 // 2) for resource in self.resources)
        return own, Pool(parent_of(project), above, children)

    def all_pools(self) -> dict[int, Pool]:
        """Every project and parent by id."""
        return {pool.project: pool for p in range(1, self.projects + 1) for pool in self.pools(p)}


def parent_of(project: int) -> int:
    """The parent of a nested project: two projects share one."""
    return PARENTS + (project + 1) // 2


class Client:
    """One worker's requests: the next one depends on the seed and on the requests that were granted."""

    def __init__(self, config: RaceConfig, worker: int) -> None:
        self.config = config
        self.worker = worker
        self.random = random.Random(f"{config.seed}/{config.repetition}/{worker}")
        self.owned: dict[int, tuple[int, dict[str, int]]] = {}  # instance -> (project, amounts)
        self.number = 0

    def requests(self) -> Iterator[Request]:
        """The next requests, without end."""
        while True:
            self.number += 1
            yield self._next(self.worker * 1_000_000 + self.number)

    def _next(self, request: int) -> Request:
        if self.config.is_cold:
            return self._create(request, (self.number - 1) % self.config.projects + 1)
        project = self.random.randint(1, self.config.projects)
        draw = self.random.random()
        if self.owned and draw < self.config.delete_share:
            return self._delete(request)
        if self.owned and draw < self.config.delete_share + self.config.resize_share:
            return self._resize(request)
        return self._create(request, project)

    def _create(self, request: int, project: int) -> Request:
        amounts = tuple((resource, self.random.choice(self.config.sizes)) for resource in self.config.resources)
        return Request("create", request, request, amounts, self.config.pools(project))

    def _delete(self, request: int) -> Request:
        instance = self.random.choice(list(self.owned))
        project, amounts = self.owned[instance]
        return Request("delete", request, instance, tuple(amounts.items()), self.config.pools(project))

    def _resize(self, request: int) -> Request:
        instance = self.random.choice(list(self.owned))
        project, owned = self.owned[instance]
        shrinks = all(amount > 1 for amount in owned.values()) and self.random.random() < self.config.shrink_share
        amounts = tuple((resource, -1 if shrinks else 1) for resource in owned)
        return Request("resize", request, instance, amounts, self.config.pools(project))

    def granted(self, request: Request) -> None:
        """Remember that a request was admitted."""
        if request.kind == "create":
            self.owned[request.instance] = (request.project, dict(request.amounts))
        elif request.kind == "resize":
            project, owned = self.owned[request.instance]
            self.owned[request.instance] = (project, {r: owned[r] + delta for r, delta in request.amounts})
        else:
            self.forget(request)

    def forget(self, request: Request) -> None:
        """Never touch the instance again: it is deleted, or its state is unknown."""
        self.owned.pop(request.instance, None)
