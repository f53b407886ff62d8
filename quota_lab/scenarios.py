"""The scenarios of the explorer: the cases in which each design is explored, depending on its claims."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from quota_lab import designs
from quota_lab.designs import DESIGNS
from quota_lab.designs.base import Design, Pool, Request
from quota_lab.explored_case import RESOURCE, SHORT, Case, create, delete, resize


def pool(limit: int = 2, *resources: str) -> tuple[Pool, ...]:
    """One project with a limit on each resource."""
    return (Pool(1, tuple((resource, limit) for resource in resources or (RESOURCE,))),)


def three_creates(case: Case) -> Case:
    """Room for two; three ask."""
    return replace(case, requests=tuple(create(n, pools=pool()) for n in (1, 2, 3)))


def room_to_spare(case: Case) -> Case:
    """Room for three; two ask, so any refusal is false."""
    return replace(case, requests=tuple(create(n, pools=pool(3)) for n in (1, 2)))


def creates_and_delete(case: Case) -> Case:
    """One instance exists, room for one more; two ask while the existing one is deleted."""
    requests = (create(1, pools=pool()), create(2, pools=pool()), delete(3, 9, pools=pool()))
    return replace(case, requests=requests, held=((9, 1, 1),))


def delete_of_two(case: Case) -> Case:
    """Two instances exist, room for one more; one asks for one and one for two while an existing one is deleted."""
    requests = (create(1, pools=pool(3)), create(2, 2, pools=pool(3)), delete(3, 9, pools=pool(3)))
    # A refresh at every request would repair in the next one the damage of this one.
    tuning = replace(case.tuning, refresh_every=2 * case.tuning.refresh_every)
    return replace(case, requests=requests, held=((8, 1, 1), (9, 1, 1)), tuning=tuning)


def sizes(case: Case) -> Case:
    """Room for two; two ask for one and one for two."""
    requests = (create(1, pools=pool()), create(2, pools=pool()), create(3, 2, pools=pool()))
    return replace(case, requests=requests)


def crash(case: Case) -> Case:
    """Room for one; two ask, and one of them may crash anywhere."""
    return replace(case, requests=tuple(create(n, pools=pool(1)) for n in (1, 2)), can_crash=True)


def crash_of_three(case: Case) -> Case:
    """Room for two; three ask, and one of them may crash anywhere."""
    return replace(three_creates(case), can_crash=True)


def crash_and_delete(case: Case) -> Case:
    """Room for one, which exists; one asks while the existing one is deleted, and either may crash anywhere."""
    requests = (create(1, pools=pool(1)), delete(2, 9, pools=pool(1)))
    return replace(case, requests=requests, held=((9, 1, 1),), can_crash=True)


def crash_and_resize(case: Case) -> Case:
    """One instance exists, room for one more; it grows while another is created, and either may crash anywhere."""
    return replace(resizes(case), can_crash=True)


def crash_of_resources(case: Case) -> Case:
    """Room for one of two resources; two ask for both, and one of them may crash anywhere."""
    return replace(resources(case), can_crash=True)


def crash_of_nested(case: Case) -> Case:
    """Two projects under a parent with room for two; three ask, and one of them may crash anywhere."""
    return replace(nested(case), can_crash=True)


def cold(case: Case) -> Case:
    """Room for one; two ask, and the project has no usage row yet."""
    return replace(case, requests=tuple(create(n, pools=pool(1)) for n in (1, 2)), is_cold=True)


def expiry(case: Case) -> Case:
    """Room for one; two ask while their reservations expire."""
    sweep = Request("sweep", 3, 0, (), pool(1), 10.0)
    return replace(case, requests=(*(create(n, pools=pool(1)) for n in (1, 2)), sweep))


def resources(case: Case) -> Case:
    """Room for one of two resources; two ask for both."""
    return replace(case, requests=tuple(create(n, pools=pool(1, "cores", "ram")) for n in (1, 2)))


def resizes(case: Case) -> Case:
    """One instance exists, room for one more; it grows while another is created."""
    return replace(case, requests=(create(1, pools=pool()), resize(2, 9, 1, pools=pool())), held=((9, 1, 1),))


def nested(case: Case) -> Case:
    """Two projects with room for two each under a parent with room for two; three ask."""
    parent = Pool(1001, ((RESOURCE, 2),), (1, 2))
    own = {project: (Pool(project, ((RESOURCE, 2),)), parent) for project in (1, 2)}
    return replace(case, requests=(create(1, pools=own[1]), create(2, pools=own[2]), create(3, pools=own[1])))


SCENARIOS: dict[str, tuple[Callable[[Case], Case], Callable[[type[Design]], bool]]] = {
    "three creates": (three_creates, lambda _: True),
    "room to spare": (room_to_spare, lambda _: True),
    "two creates, one delete": (creates_and_delete, lambda _: True),
    "sizes one and two, one delete": (delete_of_two, lambda _: True),
    "sizes one, one and two": (sizes, lambda _: True),
    "one crash": (crash, lambda _: True),
    "no usage row": (cold, lambda design: design.tally == "quota_usages"),
    "expiry": (expiry, lambda design: design.name == "ReserveWithExpiry"),
    "two resources": (resources, lambda design: design.claims_resources),
    "resize": (resizes, lambda design: design.claims_resize),
    "nested projects": (nested, lambda design: design.claims_nesting),
    "three creates, one crash": (crash_of_three, lambda _: True),
    "create and delete, one crash": (crash_and_delete, lambda _: True),
    "resize, one crash": (crash_and_resize, lambda design: design.claims_resize),
    "two resources, one crash": (crash_of_resources, lambda design: design.claims_resources),
    "nested projects, one crash": (crash_of_nested, lambda design: design.claims_nesting),
}


def case(
    scenario: str, design: str, database: str = "postgresql", isolation: str = "", *, can_crash: bool | None = None
) -> Case:
    """One case by name; its scenario says whether clients crash, unless `can_crash` does."""
    start = Case(scenario, design, database, (), isolation, tuning=designs.named(design).explored_tuning or SHORT)
    scenario_case = SCENARIOS[scenario][0](start)
    return scenario_case if can_crash is None else replace(scenario_case, can_crash=can_crash)


def every(database: str = "postgresql", isolation: str = "") -> Iterator[Case]:
    """Every design in every scenario that suits its claims, on one database."""
    for name, design in DESIGNS.items():
        for scenario, (_, fits) in SCENARIOS.items():
            if fits(design):
                yield case(scenario, name, database, isolation)
