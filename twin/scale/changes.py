"""ChangeInfo records of a large world, as Gerrit's list serves them with every option, and the truth of each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from twin.scale import people, shapes, words
from twin.scale.history import STATUS, History
from twin.scale.people import Crew
from twin.scale.project import AS_OF, RELATIONS, Outline, Project, outline
from twin.scale.shapes import Floats, Integers

Record = dict[str, object]
CHUNK = 2_000  # changes whose random numbers are drawn at once
FORM = "%Y-%m-%d %H:%M:%S.000000000"
# The states of the open changes with their shares, which are assumed.
STATES = {
    "never_reviewed": 0.27, "reviewed_on_older": 0.12, "needs_core": 0.13, "needs_second_core": 0.11,
    "needs_approval": 0.05, "owner_turn": 0.15, "ci_failing": 0.08, "ci_missing": 0.03, "blocked": 0.02, "wip": 0.04,
}  # fmt: skip
FOOTERS = {"closes": "Closes-Bug", "partial": "Partial-Bug", "related": "Related-Bug"}


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one change, decided before its record is written."""

    change_number: int
    status: str
    state: str | None  # of an open change: review_states.state
    bug_id: int | None
    relation: str | None
    n_messages: int
    n_patch_sets: int


def changes(project: Project) -> Iterator[tuple[Record, Truth]]:
    """Every change of a project with its truth, in the order of the numbers; one chunk is in memory at a time."""
    whole, crew = outline(project), people.crew(project)
    for start in range(0, project.n_changes, CHUNK):
        chunk = Chunk(project, whole, crew, start, min(start + CHUNK, project.n_changes))
        yield from (chunk.change(row) for row in range(chunk.n))


class Chunk:
    """The random numbers of some changes, drawn together because that is a hundred times as fast."""

    def __init__(self, project: Project, whole: Outline, crew: Crew, start: int, stop: int) -> None:
        rng = np.random.default_rng([project.seed, project.position, 2, start])
        self.project, self.crew, self.n = project, crew, stop - start
        self.first = project.first_change + start
        part = slice(start, stop)
        self.status, self.bug, self.relation = whole.status[part], whole.bug[part], whole.relation[part]
        self.state = rng.choice(list(STATES), self.n, p=np.array(list(STATES.values())))
        self.owner = crew.owners(rng, self.n).tolist()
        size = rng.random(self.n)
        older = (self.status == 0) & (self.state == "reviewed_on_older")
        self.n_sets = np.maximum(shapes.counts(shapes.PATCH_SETS, size), np.where(older, 2, 1))
        self.n_messages = np.maximum(shapes.counts(shapes.MESSAGES, size), 2 * self.n_sets + 5)
        self.offsets = np.concatenate([[0], np.cumsum(self.n_messages)])
        self.times = _times(whole.created[part], self.n_messages, shapes.drawn(shapes.LIFE_DAYS, rng.random(self.n)))
        self.lengths = shapes.counts(shapes.MESSAGE_LENGTH, rng.random(int(self.offsets[-1]))).tolist()
        self.dice = rng.random(int(self.offsets[-1])).tolist()
        self.places = rng.integers(0, len(words.prose()) - 6_000, int(self.offsets[-1])).tolist()
        self.lines = np.stack([shapes.counts(s, rng.random(self.n)) for s in (shapes.INSERTIONS, shapes.DELETIONS)])
        self.n_files = np.minimum(shapes.counts(shapes.FILES, rng.random(self.n)), 200)
        self.commit_length = shapes.counts(shapes.COMMIT_LENGTH, rng.random(self.n))
        self.has_topic = rng.random(self.n) < shapes.TOPIC
        self.set_offsets = np.concatenate([[0], np.cumsum(self.n_sets)])
        self.hex = rng.bytes(20 * int(self.set_offsets[-1] + 2 * self.n)).hex()

    def change(self, row: int) -> tuple[Record, Truth]:
        """The record of one change, as Gerrit would serve it, and its truth; `row` counts from 0."""
        history = History(self, row)
        relation = RELATIONS[self.relation[row]]
        truth = Truth(
            change_number=self.first + row,
            status=STATUS[self.status[row]],
            state=str(self.state[row]) if self.status[row] == 0 else None,
            bug_id=int(self.bug[row]) if relation != "none" else None,
            relation=relation if relation != "none" else None,
            n_messages=len(history.messages),
            n_patch_sets=int(self.n_sets[row]),
        )
        return self._record(row, truth, history), truth

    def _record(self, row: int, truth: Truth, history: History) -> Record:
        change_id = "I" + self.sha(int(self.set_offsets[-1]) + row)
        subject, message = self._message(row, truth, change_id)
        project, owner = self.project.gerrit_project, history.owner
        times = history.times
        return {
            "id": f"{project.replace('/', '%2F')}~master~{change_id}",
            "project": project,
            "branch": "master",
            **({"topic": f"bug/{truth.bug_id}"} if truth.bug_id and self.has_topic[row] else {}),
            "hashtags": [],
            "change_id": change_id,
            "subject": subject,
            "status": truth.status,
            "created": times[0],
            "updated": times[-1],
            **({"submitted": times[-1]} if truth.status == "MERGED" else {}),
            "insertions": int(self.lines[0, row]),
            "deletions": int(self.lines[1, row]),
            "total_comment_count": 0,
            "unresolved_comment_count": 0,
            "has_review_started": True,
            **({"work_in_progress": True} if truth.state == "wip" else {}),
            **({"mergeable": True, "submittable": False} if truth.status == "NEW" else {}),
            "_number": truth.change_number,
            "owner": owner,
            "labels": {name: {"all": votes} for name, votes in history.labels.items()},
            "messages": history.messages,
            "current_revision": self.sha(int(self.set_offsets[row + 1]) - 1),
            "revisions": self._revisions(row, truth, history, subject, message),
        }

    def _message(self, row: int, truth: Truth, change_id: str) -> tuple[str, str]:
        place, text = self.places[self.offsets[row]], words.prose()
        subject = " ".join(text[place : place + 45].split())
        body = text[place + 45 : place + 45 + int(self.commit_length[row])]
        footer = f"{FOOTERS[truth.relation]}: #{truth.bug_id}\n" if truth.relation else ""
        return subject, f"{subject}\n\n{body}\n\n{footer}Change-Id: {change_id}\n"

    def _revisions(self, row: int, truth: Truth, history: History, subject: str, message: str) -> dict[str, Record]:
        first, number = int(self.set_offsets[row]), truth.change_number
        revisions: dict[str, Record] = {
            self.sha(first + k): {
                "kind": "REWORK",
                "_number": k + 1,
                "created": history.uploads[k],
                "uploader": history.owner,
                "ref": f"refs/changes/{number % 100:02}/{number}/{k + 1}",
            }
            for k in range(truth.n_patch_sets)
        }
        parent = self.sha(int(self.set_offsets[-1]) + self.n + row)
        revisions[self.sha(first + truth.n_patch_sets - 1)] |= {
            "commit": {"parents": [{"commit": parent}], "subject": subject, "message": message},
            "files": self._files(row),
        }
        return revisions

    def _files(self, row: int) -> Record:
        paths, place = words.paths(), self.places[self.offsets[row] + 1]
        names = (paths[(place + 7 * k) % len(paths)] for k in range(int(self.n_files[row])))
        return {name: {"lines_inserted": 1 + place % 40, "lines_deleted": place % 7} for name in names}

    def sha(self, position: int) -> str:
        """The sha at a position: shas of patch sets come first, then Change-Ids, then parents."""
        return self.hex[40 * position : 40 * position + 40]


def _times(created: Integers, n_messages: Integers, days: Floats) -> list[str]:
    """The instants of all messages: frequent after the upload, rare towards the end, and none after AS_OF."""
    life = np.minimum(days * 86_400, AS_OF.timestamp() - created - 1).clip(n_messages)
    place = np.concatenate([np.arange(n) / max(n - 1, 1) for n in n_messages])
    step = np.concatenate([np.arange(n) for n in n_messages])
    rest = np.repeat(life - n_messages, n_messages)
    seconds = (np.repeat(created, n_messages) + step + np.maximum(rest, 0) * place**2).astype("int64")
    texts: list[str] = pc.strftime(pa.array(seconds, pa.timestamp("s")), FORM).to_pylist()
    return texts
