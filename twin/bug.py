"""A bug as Launchpad keeps it: tasks with their dates, comments and an activity log, changed by people's actions."""

from dataclasses import dataclass, field
from datetime import datetime

from twin.people import Person

# The workflow of a task, in Launchpad's order: each step sets a date, and a step back removes it.
STEPS = {
    "New": 10, "Incomplete": 15, "Opinion": 16, "Invalid": 17, "Won't Fix": 18, "Expired": 19, "Confirmed": 20,
    "Triaged": 21, "In Progress": 22, "Deferred": 23, "Fix Committed": 25, "Fix Released": 30, "Does Not Exist": 31,
    "Unknown": 999,
}  # fmt: skip
UNRESOLVED = frozenset({"New", "Incomplete", "Confirmed", "Triaged", "In Progress", "Fix Committed", "Unknown"})
DATED = {
    "date_confirmed": "Confirmed", "date_triaged": "Triaged", "date_in_progress": "In Progress",
    "date_fix_committed": "Fix Committed", "date_fix_released": "Fix Released",
}  # fmt: skip


@dataclass(slots=True)
class Task:
    """The bug in one target. `target` is the path in its link: nova, nova/kilo, ubuntu/+source/nova."""

    target: str
    created: datetime
    owner: Person
    status: str = "New"
    importance: str = "Undecided"
    assignee: Person | None = None
    milestone: str | None = None
    dates: dict[str, datetime] = field(default_factory=dict)

    def move(self, status: str, when: datetime) -> None:
        """Set the status and the dates that Launchpad derives from it."""
        before, after = STEPS[self.status], STEPS[status]
        for name, step in DATED.items():
            if before < STEPS[step] <= after and status in UNRESOLVED | {"Fix Released"}:
                self.dates[name] = when
            elif after < STEPS[step]:
                self.dates.pop(name, None)
        self._mark("date_incomplete", when, status == "Incomplete")
        if self.status == "New":
            self.dates["date_left_new"] = when
        if self.status in UNRESOLVED and status not in UNRESOLVED:
            self.dates["date_closed"] = when
        if self.status not in UNRESOLVED and status in UNRESOLVED:
            self.dates["date_left_closed"] = when
            self.dates.pop("date_closed", None)
        self.status = status

    def _mark(self, name: str, when: datetime, wanted: bool) -> None:
        if wanted:
            self.dates[name] = when
        else:
            self.dates.pop(name, None)


@dataclass(slots=True)
class Message:
    """A comment; `owner` is None if Launchpad no longer knows its author."""

    sent: datetime
    owner: Person | None
    subject: str
    content: str


@dataclass(slots=True)
class Activity:
    """One line of the activity log."""

    number: int
    when: datetime
    person: Person | None
    what: str
    old: str | None
    new: str | None
    message: str | None = None


@dataclass(slots=True)
class Bug:
    """A report. Its methods are the actions of people on its page; each is logged and updates `updated`."""

    number: int
    title: str
    description: str
    reporter: Person
    created: datetime
    tags: list[str] = field(default_factory=list)
    information_type: str = "Public"
    duplicate_of: int | None = None
    n_duplicates: int = 0
    affected: int = 1
    tasks: dict[str, Task] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    activity: list[Activity] = field(default_factory=list)
    updated: datetime = field(init=False)
    patch_uploaded: datetime | None = None
    gone: int | None = None  # the HTTP status that Launchpad answers instead of the bug

    def __post_init__(self) -> None:
        self.updated = self.created
        self.messages.append(Message(self.created, self.reporter, self.title, self.description))

    @property
    def is_private(self) -> bool:
        """Whether anonymous readers are refused: it is neither Public nor Public Security."""
        return self.information_type not in ("Public", "Public Security")

    @property
    def heat(self) -> int:
        """Heat: 150 private, 250 security, 6 per duplicate, 4 per person affected, 2 per message, max. 5."""
        secret = 150 * self.is_private + 250 * self.information_type.endswith("Security")
        return secret + 6 * self.n_duplicates + 4 * self.affected + 2 * min(len(self.messages), 5)

    def add_task(self, when: datetime, who: Person, target: str) -> Task:
        """Open a task in `target`, New and Undecided; the first one is part of the report and is not logged."""
        task = self.tasks[target] = Task(target, when, who)
        if len(self.tasks) > 1:
            self.log(when, who, "bug task added", None, target.replace("/+source/", "/"))
        return task

    def set_status(self, when: datetime, who: Person, target: str, status: str) -> None:
        """Set the status and its dates; an unchanged status is not logged. KeyError without such a task."""
        task = self.tasks[target]
        if task.status != status:
            self.log(when, who, f"{target}: status", task.status, status)
            task.move(status, when)

    def set_importance(self, when: datetime, who: Person, target: str, importance: str) -> None:
        """Set the task's importance; an unchanged importance is not logged. KeyError without such a task."""
        task = self.tasks[target]
        if task.importance != importance:
            self.log(when, who, f"{target}: importance", task.importance, importance)
            task.importance = importance

    def assign(self, when: datetime, who: Person, target: str, assignee: Person | None) -> None:
        """Assign the task, or with None unassign it; it has `date_assigned` while it has an assignee."""
        task = self.tasks[target]
        if task.assignee != assignee:
            self.log(when, who, f"{target}: assignee", _person_text(task.assignee), _person_text(assignee))
            task.assignee = assignee
            task._mark("date_assigned", when, assignee is not None)

    def set_milestone(self, when: datetime, who: Person, target: str, milestone: str | None) -> None:
        """Set the task's milestone, or with None remove it; unlike a status, it is logged every time."""
        task = self.tasks[target]
        self.log(when, who, f"{target}: milestone", task.milestone, milestone)
        task.milestone = milestone

    def set_tags(self, when: datetime, who: Person, tags: list[str]) -> None:
        """Replace all tags; this is logged every time."""
        self.log(when, who, "tags", " ".join(self.tags), " ".join(tags))
        self.tags = list(tags)

    def comment(self, when: datetime, who: Person | None, content: str, subject: str | None = None) -> None:
        """Add a message, which is not in the activity log; the default subject is `Re:` and the title."""
        self.messages.append(Message(when, who, f"Re: {self.title}" if subject is None else subject, content))
        self.touch(when)

    def mark_duplicate(self, when: datetime, who: Person, master: "Bug") -> None:
        """Mark this bug as a duplicate of `master`, whose count of duplicates grows."""
        self.log(when, who, "marked as duplicate", None, str(master.number))
        self.duplicate_of = master.number
        master.n_duplicates += 1

    def attach_patch(self, when: datetime, who: Person, name: str) -> None:
        """Note the time of an attached patch; its content is not kept."""
        self.log(when, who, "attachment added", None, name)
        self.patch_uploaded = when

    def log(self, when: datetime, who: Person | None, what: str, old: str | None, new: str | None) -> None:
        """Add a line to the activity log. Its number derives from the instant, in seconds, and the log's length."""
        number = int((when - datetime(2010, 1, 1, tzinfo=when.tzinfo)).total_seconds()) * 100 + len(self.activity) % 100
        self.activity.append(Activity(number, when, who, what, old, new))
        self.touch(when)

    def touch(self, when: datetime) -> None:
        """Set `updated` to `when` if that is later."""
        self.updated = max(self.updated, when)


def _person_text(person: Person | None) -> str | None:
    """A person in the form of the activity log."""
    return None if person is None else f"{person.display_name} ({person.name})"
