"""The accounts of a large world: people of each project, its core reviewers, and the machines."""

from dataclasses import dataclass

import numpy as np

from twin.scale import shapes
from twin.scale.project import Project
from twin.scale.shapes import Integers, Rng

Account = dict[str, object]
N_PEOPLE = 20_000
N_CORES = 8
FIRST = 5_000


def person(number: int) -> Account:
    """The account of one person."""
    name = f"dev-{number:05}"
    return {"_account_id": FIRST + number, "name": f"Dev {number:05}", "email": f"{name}@example.com", "username": name}


def _machine(number: int, name: str, username: str) -> Account:
    return {"_account_id": number, "name": name, "email": f"{username}@example.com", "username": username}


GATE = _machine(1, "Zuul", "zuul")
VENDORS = tuple(_machine(10 + n, f"Vendor {n} CI", f"vendor-{n}-ci") for n in range(6))


@dataclass(frozen=True, slots=True)
class Crew:
    """The people of one project."""

    people: list[Account]
    cores: list[Account]

    def owners(self, rng: Rng, n: int) -> Integers:
        """`n` owners as positions in `people`; a few own most changes."""
        skewed = rng.random(n) ** (1 / (1 - shapes.TOP_OWNERS))
        return (skewed * len(self.people)).astype(np.int64)


def crew(project: Project) -> Crew:
    """The people of a project, more for a larger project; one person may work on several projects."""
    rng = project.rng(1)
    size = max(N_CORES + 2, min(int(project.n_changes**0.75), N_PEOPLE // 2))
    people = [person(int(number)) for number in rng.choice(N_PEOPLE, size + N_CORES, replace=False)]
    return Crew(people[N_CORES:], people[:N_CORES])
