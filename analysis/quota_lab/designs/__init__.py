"""Every design, by name, in the order in which the reports show them."""

from analysis.errors import QuotaLabError
from analysis.quota_lab.designs.base import Design
from analysis.quota_lab.designs.counting import CountAndRecheck, CountInTransaction, CountOnly, RecheckWithTieBreak
from analysis.quota_lab.designs.locking import ProjectLock, ReadBeforeLock, Serializable
from analysis.quota_lab.designs.proposed import AdmitLast, SlicedTally
from analysis.quota_lab.designs.reserving import (
    ReserveAndCommit,
    ReserveRelative,
    ReserveWithExpiry,
    ReserveWithoutLock,
    ReserveWithRefresh,
)
from analysis.quota_lab.designs.updating import (
    CompareAndSwap,
    ConditionalUpdate,
    ConditionalUpdateFirst,
    Generation,
)

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


def named(name: str) -> type[Design]:
    """The design of that name, or a QuotaLabError that lists them all."""
    if name not in DESIGNS:
        raise QuotaLabError(expected=f"a design among {list(DESIGNS)}", found=repr(name), do="correct the name")
    return DESIGNS[name]
