"""The thresholds of the inconsistency rules: section [hygiene] of a project file."""

from typing import Annotated, ClassVar

from msgspec import Meta

from analysis.tables.configuration import Section
from analysis.tables.schema import Days

RuleId = Annotated[str, Meta(description="a rule's id in quotes", examples=['"G15"'])]


class Thresholds(Section, frozen=True):
    """Days after which a state is stale, and the rules that are off."""

    SECTION: ClassVar[str] = "hygiene"

    stale_in_progress_days: Days = 14
    incomplete_days: Days = 30
    old_wishlist_days: Days = 365
    expired_days: Days = 540
    inactive_days: Days = 180
    inactive_assigned_days: Days = 90
    undecided_days: Days = 14
    version_days: Days = 7
    off: tuple[RuleId, ...] = ()
