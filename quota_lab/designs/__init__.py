"""Every design, by name, in the order in which the reports show them."""

from analysis.errors import QuotaLabError
from quota_lab.designs.base import Design
from quota_lab.designs.counting import CountAndRecheck, CountInTransaction, CountOnly, RecheckWithTieBreak
from quota_lab.designs.locking import ProjectLock, ReadBeforeLock, Serializable
from quota_lab.designs.proposed import AdmitLast, SlicedTally
from quota_lab.designs.reserving import (
    ReserveAndCommit,
    ReserveRelative,
    ReserveWithExpiry,
    ReserveWithoutLock,
    ReserveWithRefresh,
)
from quota_lab.designs.updating import CompareAndSwap, ConditionalUpdate, ConditionalUpdateFirst, Generation

DESIGNS: dict[str, type[Design]] = {
    design.name: design
    for design in (
        ReserveAndCommit, ReserveWithoutLock, ReserveRelative, ReserveWithRefresh, ReserveWithExpiry,
        CountOnly, CountInTransaction, CountAndRecheck, RecheckWithTieBreak,
        ProjectLock, ReadBeforeLock, Serializable,
        ConditionalUpdate, ConditionalUpdateFirst, CompareAndSwap, Generation,
        AdmitLast, SlicedTally,
    )
}  # fmt: skip


def raced_in(scenario: str) -> list[type[Design]]:
    """The designs that declare a scenario of the matrix in `raced_in`, in their order."""
    return [design for design in DESIGNS.values() if scenario in design.raced_in]


def named(name: str) -> type[Design]:
    """The design of that name, or a QuotaLabError that lists them all."""
    if name not in DESIGNS:
        raise QuotaLabError.unknown_name(name, DESIGNS, kind="design")
    return DESIGNS[name]


def exact_names() -> list[str]:
    """The names of the designs that claim to admit exactly what the limit allows."""
    return [name for name, design in DESIGNS.items() if design.claims_exactness]
