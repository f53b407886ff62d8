"""The time that people have for reviews: section [capacity] of a project file."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta, field

from analysis.tables.configuration import Section

MOST_MINUTES = 10_080  # minutes in a week
Minutes = Annotated[
    int, Meta(ge=0, le=MOST_MINUTES, description=f"a whole number from 0 to {MOST_MINUTES:,}", examples=["120"])
]


class Capacity(Section, frozen=True):
    """Minutes per week for reviews: the default, and for people with another number, by username or name."""

    SECTION: ClassVar[str] = "capacity"

    minutes_a_week: Minutes = 120
    people: Mapping[str, Minutes] = field(default_factory=dict)
