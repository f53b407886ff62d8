"""The invented people and machine accounts of the twin's world.

Every name ends in `-example`; nobody here exists. The exceptions are the machine accounts of OpenStack's real servers
(`jenkins`, `hudson-openstack`, ...), because a client must recognise them by these names.
"""

from dataclasses import dataclass

FIRST_NAMES = (
    "casey", "robin", "alex", "jordan", "morgan", "riley", "sasha", "quinn", "rowan", "skyler", "avery", "drew",
    "emery", "finley", "harper", "indigo", "jules", "kendall", "lane", "marlow", "noel", "oakley", "parker", "reese",
    "sage", "tatum", "urban", "vesper", "wren", "xen", "yael", "zephyr", "arden", "blair", "corin", "devon",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """An account on both servers: `name` is the Launchpad name and the Gerrit username, `account` Gerrit's id."""

    name: str
    display_name: str
    account: int
    kind: str = "person"  # person, ci, bot or team
    branches: tuple[str, ...] = ()  # branches on which this person may vote Code-Review +2
    gone: int | None = None  # the HTTP status of Launchpad for this person: 404 if renamed, 410 if suspended
    is_bare: bool = False  # Gerrit serves only the account id, as for a deleted account

    @property
    def email(self) -> str:
        """An address at example.org, which receives no mail."""
        return f"{self.name}@example.org"

    def is_core(self, branch: str) -> bool:
        """Whether this person may vote Code-Review +2 on that branch; `stable/*` covers all stable branches."""
        return any(branch == own or (own.endswith("/*") and branch.startswith(own[:-1])) for own in self.branches)


def _authors() -> tuple[Person, ...]:
    return tuple(
        Person(f"{first}-example", f"{first.capitalize()} Example", 5000 + number)
        for number, first in enumerate(FIRST_NAMES)
    )


AUTHORS = _authors()
CORES = tuple(
    Person(f"core-{first}-example", f"Core {first.capitalize()} Example", 300 + number, branches=("master",))
    for number, first in enumerate(("ada", "bela", "cleo", "dana", "eli", "fay"))
)
STABLE_CORES = tuple(
    Person(f"stable-{first}-example", f"Stable {first.capitalize()} Example", 350 + number, branches=("stable/*",))
    for number, first in enumerate(("gus", "hope", "ira"))
)

JENKINS = Person("jenkins", "Jenkins", 3, "ci")
VIRT_CI = Person("example-virt-ci", "Example Virt CI", 9008, "ci")
STORAGE_CI = Person("example-storage-ci", "Example Storage CI", 9009, "ci")
INFRA = Person("hudson-openstack", "OpenStack Infra", 2, "bot")
PROPOSAL_BOT = Person("proposal-bot", "OpenStack Proposal Bot", 11131, "bot")
WELCOME = Person("welcome-new-contributor", "Welcome, new contributor!", 10000, "bot")
TEAM = Person("nova-drivers-example", "Nova Drivers Example", 0, "team")
SUSPENDED = Person("left-example", "Left Example", 6001, gone=410)
RENAMED = Person("renamed-example", "Renamed Example", 6002, gone=404)
BARE = Person("bare-example", "Bare Example", 6003, is_bare=True)
MARCI = Person("marci-example", "Marci Example", 6004)  # a person whose name merely looks like a CI's

EVERYONE: tuple[Person, ...] = (
    *AUTHORS, *CORES, *STABLE_CORES, JENKINS, VIRT_CI, STORAGE_CI, INFRA, PROPOSAL_BOT, WELCOME, TEAM, SUSPENDED,
    RENAMED, BARE, MARCI,
)  # fmt: skip
BY_NAME = {person.name: person for person in EVERYONE}
BY_ACCOUNT = {person.account: person for person in EVERYONE if person.kind != "team"}
