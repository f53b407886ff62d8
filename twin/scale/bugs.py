"""Launchpad records of a large world: each bug with its task, comments and activity, and the project itself first."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from twin.scale import people, shapes, words
from twin.scale.project import AS_OF, Outline, Project, outline

Record = dict[str, object]
ROOT = "https://api.launchpad.net/devel/"
IMPORTANCES = {"Critical": 0.02, "High": 0.14, "Medium": 0.26, "Low": 0.15, "Wishlist": 0.05, "Undecided": 0.38}
TAGS = ("api", "compute", "libvirt", "network", "quotas", "scheduler", "db", "cells", "low-hanging-fruit", "volumes")
OPEN, CLOSED = ("New", "Confirmed", "Triaged", "Incomplete"), ("Invalid", "Expired", "Won't Fix", "Opinion")
CHUNK = 2_000
DAY = 86_400


def bugs(project: Project) -> Iterator[Record]:
    """The project, then every bug in the order of the numbers; a bug that a merged change closes is Fix Released."""
    yield _project(project)
    answers = _answers(outline(project))
    for start in range(0, project.n_bugs, CHUNK):
        chunk = _Chunk(project, answers, start, min(start + CHUNK, project.n_bugs))
        yield from (chunk.bug(row) for row in range(chunk.n))


def _project(project: Project) -> Record:
    name = project.launchpad_project
    entry = {"name": name, "display_name": name, "self_link": ROOT + name, "official_bug_tags": sorted(TAGS)}
    return {"project": entry, "series": [], "milestones": [], "official_bug_tags": sorted(TAGS)}


def _answers(whole: Outline) -> dict[int, tuple[str, int, float]]:
    """For each bug with a change: the last change's status (NEW, MERGED, ABANDONED), its position, and its time."""
    answers = np.flatnonzero((whole.relation == 1) | (whole.relation == 2))
    status = ("NEW", "MERGED", "ABANDONED")
    return {int(whole.bug[i]): (status[whole.status[i]], int(i), float(whole.created[i])) for i in answers}


class _Chunk:
    """The random numbers of some bugs, drawn together."""

    def __init__(self, project: Project, answers: dict[int, tuple[str, int, float]], start: int, stop: int) -> None:
        rng = np.random.default_rng([project.seed, project.position, 3, start])
        self.project, self.answers, self.n, self.first = project, answers, stop - start, project.first_bug + start
        self.rng_age = rng.random(self.n)
        self.importance = rng.choice(list(IMPORTANCES), self.n, p=list(IMPORTANCES.values()))
        size = rng.random(self.n)
        self.n_comments = shapes.counts(shapes.BUG_COMMENTS, size)
        self.n_activity = shapes.counts(shapes.BUG_ACTIVITY, size)
        self.length = shapes.counts(shapes.DESCRIPTION_LENGTH, rng.random(self.n))
        self.offsets = np.concatenate([[0], np.cumsum(self.n_comments)])
        self.lengths = shapes.counts(shapes.DESCRIPTION_LENGTH, rng.random(int(self.offsets[-1])) * 0.8)
        self.places = rng.integers(0, len(words.prose()) - 8_000, int(self.offsets[-1]))
        self.who = rng.integers(0, people.N_PEOPLE, int(self.offsets[-1]))
        self.dice = rng.random((self.n, 4))
        span = AS_OF.timestamp() - datetime(2012, 1, 1, tzinfo=UTC).timestamp()
        place = (start + np.arange(self.n)) / max(project.n_bugs, 1)
        self.created = AS_OF.timestamp() - span * (1 - place) - 40 * DAY

    def bug(self, row: int) -> Record:
        number = self.first + row
        answer = self.answers.get(number)
        # A bug is older than its fix, whatever year its number suggests.
        created = min(float(self.created[row]), answer[2] - DAY) if answer else float(self.created[row])
        status = self._status(row, answer)
        comments = self._comments(row, number, created, answer)
        last = comments[-1]["date_created"]
        title = " ".join(
            words.prose()[int(self.places[self.offsets[row]]) :][: 40 + int(self.dice[row, 1] * 40)].split()
        )
        return {
            "bug": {
                "id": number,
                "self_link": f"{ROOT}bugs/{number}",
                "title": title,
                "description": comments[0]["content"],
                "tags": sorted({TAGS[int(self.dice[row, k] * len(TAGS))] for k in range(int(self.dice[row, 3] * 3))}),
                "heat": int(self.dice[row, 2] ** 6 * 300),
                "information_type": "Public",
                "private": False,
                "duplicate_of_link": None,
                "number_of_duplicates": 0,
                "date_created": _instant(created),
                "date_last_updated": last,
                "date_last_message": last,
                "message_count": len(comments),
                "users_affected_count": 1,
                "users_affected_count_with_dupes": 1 + int(self.dice[row, 2] ** 6 * 30),
                "latest_patch_uploaded": None,
                "owner_link": comments[0]["owner_link"],
            },
            "tasks": [self._task(row, number, created, status)],
            "messages": comments,
            "activity": self._activity(row, number, created, status),
        }

    def _status(self, row: int, answer: tuple[str, int, float] | None) -> str:
        if answer is None or answer[0] == "ABANDONED":
            roll = self.dice[row, 0]
            return OPEN[int(roll * 8)] if roll < 0.5 else CLOSED[int((roll - 0.5) * 8)]
        return "Fix Released" if answer[0] == "MERGED" else "In Progress"

    def _task(self, row: int, number: int, created: float, status: str) -> Record:
        name = self.project.launchpad_project
        later = _instant(min(created + 5 * DAY, AS_OF.timestamp()))
        worked = status in ("In Progress", "Fix Released")
        return {
            "self_link": f"{ROOT}{name}/+bug/{number}",
            "bug_target_name": name,
            "target_link": ROOT + name,
            "status": status,
            "importance": str(self.importance[row]),
            "assignee_link": self._person(int(self.offsets[row])) if worked else None,
            "milestone_link": None,
            "date_created": _instant(created),
            "date_assigned": later if worked else None,
            "date_confirmed": later if status in ("Confirmed", "Triaged") else None,
            "date_triaged": later if status == "Triaged" else None,
            "date_in_progress": later if worked else None,
            "date_incomplete": later if status == "Incomplete" else None,
            "date_fix_committed": None,
            "date_fix_released": later if status == "Fix Released" else None,
            "date_closed": later if status == "Fix Released" or status in CLOSED else None,
            "date_left_closed": None,
        }

    def _comments(self, row: int, number: int, created: float, answer: tuple[str, int, float] | None) -> list[Record]:
        start, stop = int(self.offsets[row]), int(self.offsets[row + 1])
        bot_comments = _bot(self.project, answer) if answer else []
        n = stop - start + len(bot_comments)
        step = max(min(20 * DAY, (AS_OF.timestamp() - created) / n), 1)
        length = [int(self.length[row]), *(int(each) for each in self.lengths[start + 1 : stop])]
        places = self.places[start:stop].tolist()
        comments = [
            (self._person(start + k), words.prose()[place : place + length[k]], "a comment")
            for k, place in enumerate(places)
        ]
        return [
            {
                "self_link": f"{ROOT}{self.project.launchpad_project}/+bug/{number}/comments/{k}",
                "date_created": _instant(created + k * step),
                "owner_link": who,
                "subject": subject,
                "content": content,
            }
            for k, (who, content, subject) in enumerate([*comments, *bot_comments])
        ]

    def _activity(self, row: int, number: int, created: float, status: str) -> list[Record]:
        name, n = self.project.launchpad_project, int(self.n_activity[row])
        step = max(min(10 * DAY, (AS_OF.timestamp() - created) / (n + 1)), 1)
        person = self._person(int(self.offsets[row]))
        return [
            {
                "self_link": f"{ROOT}bugs/{number}/activity/{k}",
                "datechanged": _instant(created + (k + 1) * step),
                "person_link": person,
                "whatchanged": f"{name}: status" if k == n - 1 else f"{name}: importance",
                "oldvalue": "New" if k == n - 1 else "Undecided",
                "newvalue": status if k == n - 1 else str(self.importance[row]),
                "message": None,
            }
            for k in range(n)
        ]

    def _person(self, position: int) -> str:
        return f"{ROOT}~dev-{int(self.who[position]):05}"


def _bot(project: Project, answer: tuple[str, int, float]) -> list[tuple[str, str, str]]:
    """The infra bot's comments on a bug."""
    status, position, _ = answer
    name, number = project.launchpad_project, project.first_change + position
    deeds = ["proposed to", "merged to"] if status == "MERGED" else ["proposed to"]
    text = f"Review: https://review.example.org/{number}\n"
    return [(f"{ROOT}~openstack-infra", text, f"Fix {deed} {name} (master)") for deed in deeds]


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
