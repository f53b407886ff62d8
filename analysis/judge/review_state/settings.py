"""The rules of review that differ between projects: labels, deciding machines, number of cores."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta, field

from analysis.tables.configuration import Section

MOST_VOTES = 100  # the most +2 that a change can need; more is a typing error
Votes = Annotated[
    int, Meta(ge=0, le=MOST_VOTES, description=f"a whole number of votes from 0 to {MOST_VOTES}", examples=["2"])
]
Usernames = Annotated[tuple[str, ...], Meta(description="a list of usernames", examples=['["zuul", "casey"]'])]


class Rules(Section, frozen=True):
    """Section [review] of a project file; missing values are inferred from the votes (see `evidence`).

    `core_votes` maps a Gerrit project to the number of +2 that a change needs; `gate_ci` names the accounts whose votes
    decide, all other machines only advise; `cores` maps a project, or a project and a branch ("openstack/nova
    stable/kilo"), to its cores' usernames. If it names nobody, everybody who gave +2 or -2 is a core: Gerrit allows
    that to nobody else.
    """

    SECTION: ClassVar[str] = "review"

    review_label: str = "Code-Review"
    ci_label: str = "Verified"
    approval_label: str = "Workflow"
    core_votes: Mapping[str, Votes] = field(default_factory=dict)
    gate_ci: Usernames = ()
    cores: Mapping[str, Usernames] = field(default_factory=dict)
