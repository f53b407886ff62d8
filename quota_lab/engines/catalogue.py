"""The engines: one record each, with its version, environment, variants, and the design of the same family."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.errors import QuotaLabError

Options = Mapping[str, object]
WITH = "quota_lab.engines.adapters"


@dataclass(frozen=True, slots=True)
class Engine:
    """One real quota engine.

    `design` is the laboratory's design of the same family: reports show the predictions of its model beside the
    results of the engine. `variants` are settings that an operator can choose: name to options of the adapter; the
    empty name is the default. `packages` are pinned and take precedence over the environment of `era`; Placement has a
    small environment of its own, with hashes, because CI races it.
    """

    name: str
    family: str
    era: str
    packages: tuple[str, ...]
    adapter: str  # module:class
    design: str
    scenarios: tuple[str, ...] = ("hot", "cold")  # of quota_lab.engines.experiment
    sizes: tuple[int, ...] = (1, 1, 2, 4)  # amounts of a request; engines that count rows support only 1
    variants: Mapping[str, Options] = field(default_factory=lambda: {"": {}})
    only_grows: bool = False  # a resize never shrinks
    is_correct: bool = False  # no fault is known or expected at each server's default isolation, without a crash
    databases: tuple[str, ...] = ("postgresql", "mariadb")  # on which its own migrations run
    rewrites: tuple[str, ...] = ()  # modules in which the name `async`, a keyword since Python 3.7, is spelt otherwise

    @property
    def titles(self) -> list[str]:
        """The engine's name with each of its variants, as the column `design` of a race has it."""
        return [title(self.name, variant) for variant in self.variants]


def title(name: str, variant: str) -> str:
    """An engine and a variant as one name."""
    return f"{name} {variant}".strip()


REFRESHES: dict[str, Options] = {
    "": {},
    "until_refresh=1": {"until_refresh": 1},
    "until_refresh=5": {"until_refresh": 5},
    "max_age=1": {"max_age": 1},
}
RESIZED = ("hot", "cold", "resize")
EVERY = ("hot", "cold", "resize", "isolation", "cold isolation", "serializable", "kill", "expiry")
SOMETIMES = ("until_refresh=5", "max_age=1")  # only some requests do it, so the trace of one does not show it
RECHECKS: dict[str, Options] = {"": {"recheck_quota": True}, "recheck_quota=False": {"recheck_quota": False}}
DRIVERS: dict[str, Options] = {"DbQuotaDriver": {"driver": "lock"}, "DbQuotaNoLockDriver": {"driver": "no_lock"}}

_ENGINES = (
    Engine(
        "nova-15.1.5", "tally, reservations and a row lock: the family of Liberty", "wallaby",
        ("nova==15.1.5", "oslo.db==4.17.1", "oslo.context==3.3.0"), f"{WITH}.nova_reservations:NovaReservations",
        "ReserveAndCommit", EVERY, variants=REFRESHES,
        rewrites=("nova.db.sqlalchemy.api", "oslo_db.sqlalchemy.enginefacade"),
    ),
    Engine(
        "cinder-17.0.1", "tally, reservations and a row lock, without a unique key on the usage row", "wallaby",
        ("cinder==17.0.1",), f"{WITH}.cinder:Cinder", "ReserveAndCommit", RESIZED, only_grows=True,
    ),
    Engine(
        "cinder-18.2.1", "tally, reservations and a row lock, with a unique key on the usage row", "wallaby",
        ("cinder==18.2.1",), f"{WITH}.cinder:Cinder", "ReserveAndCommit", RESIZED, only_grows=True, is_correct=True,
    ),
    Engine(
        "cinder-29.0.0", "tally, reservations and a row lock, with a unique key on the usage row", "2026.2",
        ("cinder==29.0.0",), f"{WITH}.cinder:Cinder", "ReserveAndCommit",
        ("hot", "cold", "resize", "isolation", "serializable", "kill", "expiry"), only_grows=True,
        variants={name: options for name, options in REFRESHES.items() if "max_age" not in name}, is_correct=True,
    ),
    Engine(
        "nova-34.0.0", "count, insert, count again", "2026.2", ("nova==34.0.0",),
        f"{WITH}.nova_counting:NovaCounting", "CountAndRecheck", (*RESIZED, "isolation", "serializable", "kill"),
        variants=RECHECKS,
    ),
    Engine(
        "manila-23.0.1", "tally and reservations, no unique key on the usage row", "2026.2", ("manila==23.0.1",),
        f"{WITH}.manila:Manila", "ReserveAndCommit", RESIZED,
    ),
    Engine(
        "neutron-29.0.0", "reservations beside a count, with a lock or without", "2026.2", ("neutron==29.0.0",),
        f"{WITH}.neutron:Neutron", "CountOnly", sizes=(1,), variants=DRIVERS,
    ),
    Engine(
        "placement-16.0.0", "a generation that every writer must still find", "placement",
        ("openstack-placement==16.0.0",), f"{WITH}.placement:Placement", "Generation",
        (*RESIZED, "isolation", "serializable", "kill"), is_correct=True,
    ),
    Engine(
        "trove-26.0.0", "read, add in Python, save: no lock", "2026.2", ("trove==26.0.0",), f"{WITH}.trove:Trove",
        "ReserveWithoutLock", databases=("mariadb",),
    ),
)  # fmt: skip
ENGINES: dict[str, Engine] = {engine.name: engine for engine in _ENGINES}
VARIANTS: dict[str, tuple[Engine, Options]] = {
    title(engine.name, variant): (engine, options)
    for engine in _ENGINES
    for variant, options in engine.variants.items()
}


def named(name: str) -> Engine:
    """The engine of that name, or a QuotaLabError that lists them all."""
    if name not in ENGINES:
        raise QuotaLabError(expected=f"an engine among {list(ENGINES)}", found=repr(name), do="correct the name")
    return ENGINES[name]


def variant(name: str) -> tuple[Engine, Options]:
    """The engine and the options of a title such as `nova-15.1.5 until_refresh=1`."""
    if name not in VARIANTS:
        raise QuotaLabError(
            expected=f"an engine and its variant among {list(VARIANTS)}", found=repr(name), do="correct the name"
        )
    return VARIANTS[name]
