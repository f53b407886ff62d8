"""A seeded, invented project whose answers are known: bugs, changes, a git history, and their truth."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from twin.bug import Bug
from twin.change import Change
from twin.people import AUTHORS, JENKINS
from twin.repository import Repository
from twin.truth import Truth

AS_OF = datetime(2015, 8, 3, 12, 0, tzinfo=UTC)  # in the middle of the Liberty cycle
EPOCH = datetime(2010, 7, 1, tzinfo=UTC)
SERIES = {"juno": datetime(2014, 10, 16), "kilo": datetime(2015, 4, 30), "liberty": datetime(2015, 10, 15)}
MILESTONES = {
    "2014.2": ("juno", "2014-10-16", False), "2015.1.0": ("kilo", "2015-04-30", False),
    "2015.1.1": ("kilo", "2015-07-30", False), "2015.1.2": ("kilo", "2015-10-13", True),
    "liberty-1": ("liberty", "2015-06-25", False), "liberty-2": ("liberty", "2015-07-30", False),
    "liberty-3": ("liberty", "2015-09-03", True), "liberty-rc1": ("liberty", "2015-09-24", True),
}  # fmt: skip
OFFICIAL_TAGS = (
    "api", "cells", "compute", "conductor", "console", "db", "doc", "ec2", "evacuate", "flavors", "glance", "ironic",
    "libvirt", "live-migration", "low-hanging-fruit", "network", "neutron", "nova-manage", "oslo", "postgresql",
    "quotas", "resource-tracker", "scheduler", "security", "testing", "upgrades", "vmware", "volumes", "xenserver",
)  # fmt: skip
BRANCHES = ("master", "stable/kilo", "stable/juno")


class Settings(TypedDict, total=False):
    """The fields of a world that its creator may choose."""

    seed: int
    launchpad_project: str
    gerrit_project: str
    as_of: datetime
    first_bug: int
    first_change: int
    is_for_show: bool


@dataclass(repr=False)
class World:
    """The project and the state of its servers. `now` is the servers' clock; only methods such as `touch` move it."""

    seed: int = 2015
    launchpad_project: str = "nova"
    gerrit_project: str = "openstack/nova"
    as_of: datetime = AS_OF
    first_bug: int = 900_000
    first_change: int = 20_000
    is_for_show: bool = False  # for the demo: no hostile titles and no title twice, as in a real project
    bugs: dict[int, Bug] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)
    repository: Repository = field(default_factory=Repository)
    truth: Truth = field(default_factory=Truth)
    theme_of: dict[int, str] = field(default_factory=dict)  # bug number to the theme from its scenario
    commented: set[tuple[int, int]] = field(default_factory=set)  # (bug, change) for each address left by the bot
    n_bugs_of: Counter[str] = field(default_factory=Counter)  # number of bugs so far for each theme
    series: dict[str, datetime] = field(default_factory=lambda: dict(SERIES))
    milestones: dict[str, tuple[str, str, bool]] = field(default_factory=lambda: dict(MILESTONES))
    official_tags: list[str] = field(default_factory=lambda: list(OFFICIAL_TAGS))
    titles: set[str] = field(default_factory=set)  # titles of bugs and changes, if none may occur twice
    lock: threading.RLock = field(default_factory=threading.RLock)  # held during an answer; shared with the server
    now: datetime = field(init=False)
    bases: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.as_of
        self.bases = self._import()

    def random(self, *what: object) -> random.Random:
        """A generator for each key, so that a new scenario does not change the others."""
        return random.Random(":".join(map(str, (self.seed, *what))))

    def bug_number(self, when: datetime) -> int:
        """A free number for a bug reported then: one for every five minutes since EPOCH, or the next free one."""
        return _free(self.bugs, self.first_bug + int((when - EPOCH).total_seconds()) // 300)

    def change_number(self, when: datetime) -> int:
        """A free number for a change uploaded then: one for every fifteen minutes since EPOCH, or the next free one."""
        return _free(self.changes, self.first_change + int((when - EPOCH).total_seconds()) // 900)

    def fresh(self, title: str, endings: Iterable[str]) -> str:
        """The title; if it exists and the world is for show, the title with the first free ending."""
        if not self.is_for_show:
            return title
        free = (one for one in (title, *(f"{title} {end}" for end in endings)) if one not in self.titles)
        chosen = next(free, f"{title} ({len(self.titles)})")
        self.titles.add(chosen)
        return chosen

    def write_git(self, path: Path) -> None:
        """Write the history as a bare repository: master and the stable branches, with the same shas every time."""
        self.repository.write(path)

    def pass_time(self, **by: float) -> datetime:
        """Advance the servers' clock, and return the new time."""
        self.now += timedelta(**by)
        return self.now

    def file_bug(self, title: str, text: str = "Filed while somebody was reading. Seen on kilo.") -> Bug:
        """Report a bug now."""
        with self.lock:
            when = self.pass_time(seconds=1)
            bug = Bug(self.bug_number(when), title, text, AUTHORS[0], when, tags=["compute"])
            bug.add_task(when, bug.reporter, self.launchpad_project)
            self.bugs[bug.number] = bug
            return bug

    def retarget(self, number: int) -> None:
        """Delete the bug's task here, because it belongs to another project. Its date_last_updated does not change."""
        with self.lock:
            del self.bugs[number].tasks[self.launchpad_project]

    def touch(self, *numbers: int, act: Callable[[Bug, datetime], None] | None = None) -> None:
        """Comment on these bugs now, or apply `act` to them, which updates their date_last_updated."""
        with self.lock:
            for number in numbers:
                bug, when = self.bugs[number], self.pass_time(seconds=1)
                if act is None:
                    bug.comment(when, bug.reporter, "Still seen today.")
                else:
                    act(bug, when)
                    bug.touch(when)

    def crowd_one_second(self, *numbers: int) -> datetime:
        """Update all these changes within one second, like a script that rechecks everything."""
        with self.lock:
            when = self.pass_time(seconds=1).replace(microsecond=0)
            for number in numbers:
                change = self.changes[number]
                change.review(when, change.owner, "recheck")
            return when

    def hide_change(self, number: int) -> None:
        """Make a change private, so that anonymous readers no longer see it."""
        with self.lock:
            change = self.changes[number]
            change.set_private(self.pass_time(seconds=1), change.owner, True)

    def hide_bug(self, number: int) -> None:
        """Make a bug private, which does not change its date_last_updated on Launchpad."""
        with self.lock:
            self.bugs[number].information_type = "Private"

    def _import(self) -> dict[str, str]:
        """The branch points: one commit that imports the project, then one for each stable branch."""
        bases: dict[str, str] = {}
        parents: tuple[str, ...] = ()
        for series, when in SERIES.items():
            files = {"README.rst": f"An invented project for tests. Series {series}.\n"}
            cut = min(when.replace(tzinfo=UTC) - timedelta(days=30), self.as_of - timedelta(days=60))
            sha = self.repository.commit(parents, f"Open {series}\n", files, author=JENKINS, authored=cut)
            bases[f"stable/{series}"], parents = sha, (sha,)
        bases["master"] = bases.pop("stable/liberty")
        return bases

    def add_comments_as_evidence(self) -> None:
        """Add the evidence of the infra bot's comments to the true links, after all comments exist."""
        secret = {number for number, bug in self.bugs.items() if bug.is_private}
        for link in self.truth["links"]:
            pair, evidence = (link["bug_id"], link["change_number"]), link["evidence"]
            if pair in self.commented and link["bug_id"] not in secret and isinstance(evidence, list):
                link["evidence"] = sorted({*evidence, "infra_comment"})

    def merge_in_order(self) -> None:
        """Merge the merged changes into their branches as the gate does: one merge commit each, oldest first."""
        heads = dict(self.bases)
        merged = [c for c in self.changes.values() if c.submitted is not None]
        for change in sorted(merged, key=lambda c: (c.submitted or c.created, c.number)):
            ours, when = self.repository.commits[change.current.sha], change.submitted or change.created
            message = f'Merge "{change.subject}"' + (f" into {change.branch}\n" if change.branch != "master" else "\n")
            parents = (heads[change.branch], change.current.sha)
            heads[change.branch] = self.repository.commit(parents, message, ours.files, author=JENKINS, authored=when)
        self.repository.heads = {branch: sha for branch, sha in heads.items() if branch in BRANCHES}


def _free(taken: Container[int], number: int) -> int:
    while number in taken:
        number += 1
    return number
