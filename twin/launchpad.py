"""The world as Launchpad serves it: a JSON entry for each bug, task, message, activity, project, series and person."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from twin.bug import STEPS, UNRESOLVED, Activity, Bug, Message, Task
from twin.people import TEAM, Person

if TYPE_CHECKING:
    from twin.world import World

Row = dict[str, object]
REDACTED = "tag:launchpad.net:2008:redacted"
TASK_DATES = (
    "date_assigned", "date_closed", "date_confirmed", "date_fix_committed", "date_fix_released", "date_in_progress",
    "date_incomplete", "date_left_closed", "date_left_new", "date_triaged",
)  # fmt: skip


def instant(when: datetime | None) -> str | None:
    """An instant in Launchpad's form, which leaves out microseconds of zero."""
    return None if when is None else when.astimezone(UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one world at one address; `root` is the service root with the version and a final slash."""

    world: "World"
    root: str

    def bug(self, bug: Bug) -> Row:
        """The entry of a bug."""
        here = f"{self.root}bugs/{bug.number}"
        collections = ("activity", "attachments", "bug_tasks", "bug_watches", "cves", "duplicates", "linked_branches",
                       "messages", "subscriptions", "users_affected", "users_affected_with_dupes",
                       "users_unaffected")  # fmt: skip
        return self._entry(here, "bug", f"bugs/{bug.number}") | {
            **{f"{name}_collection_link": f"{here}/{name}" for name in collections},
            "can_expire": any(task.status == "Incomplete" for task in bug.tasks.values()),
            "date_created": instant(bug.created),
            "date_last_message": instant(bug.messages[-1].sent),
            "date_last_updated": instant(bug.updated),
            "date_made_private": None,
            "description": bug.description,
            "duplicate_of_link": f"{self.root}bugs/{bug.duplicate_of}" if bug.duplicate_of else None,
            "heat": bug.heat,
            "id": bug.number,
            "information_type": bug.information_type,
            "latest_patch_uploaded": instant(bug.patch_uploaded),
            "message_count": len(bug.messages),
            "name": None,
            "number_of_duplicates": bug.n_duplicates,
            "other_users_affected_count_with_dupes": bug.affected,
            "owner_link": self.person_link(bug.reporter),
            "private": bug.is_private,
            "security_related": bug.information_type.endswith("Security"),
            "tags": bug.tags,
            "title": bug.title,
            "users_affected_count": bug.affected,
            "users_affected_count_with_dupes": bug.affected + bug.n_duplicates,
            "users_unaffected_count": 0,
            "who_made_private_link": None,
        }

    def task(self, bug: Bug, task: Task) -> Row:
        """The entry of a bug task."""
        here = self.task_url(bug, task)
        milestone = f"{self.root}{_pillar(task.target)}/+milestone/{task.milestone}" if task.milestone else None
        return self._entry(here, "bug_task", f"{task.target}/+bug/{bug.number}") | {
            "assignee_link": self.person_link(task.assignee),
            "bug_link": f"{self.root}bugs/{bug.number}",
            "bug_target_display_name": task.target,
            "bug_target_name": task.target,
            "bug_watch_link": None,
            "date_created": instant(task.created),
            **{name: instant(task.dates.get(name)) for name in TASK_DATES},
            "importance": task.importance,
            "is_complete": task.status not in UNRESOLVED and task.status in STEPS,
            "milestone_link": milestone,
            "owner_link": self.person_link(task.owner),
            "related_tasks_collection_link": f"{here}/related_tasks",
            "status": task.status,
            "target_link": f"{self.root}{task.target}",
            "title": f'Bug #{bug.number} in {task.target}: "{bug.title}"',
        }

    def message(self, bug: Bug, number: int, message: Message) -> Row:
        """The entry of a comment; number 0 is the description."""
        # The address contains the bug's default task, so it changes with that task.
        here = f"{self.root}{next(iter(bug.tasks), 'null')}/+bug/{bug.number}/comments/{number}"
        return self._entry(here, "message", f"bugs/{bug.number}/comments/{number}") | {
            "bug_attachments_collection_link": f"{here}/bug_attachments",
            "content": message.content,
            "date_created": instant(message.sent),
            "date_deleted": None,
            "date_last_edited": None,
            "owner_link": self.person_link(message.owner),
            "parent_link": None,
            "subject": message.subject,
        }

    def activity(self, bug: Bug, entry: Activity) -> Row:
        """The entry of one line of the activity log."""
        here = f"{self.root}bugs/{bug.number}/activity/{entry.number}"
        return self._entry(here, "bug_activity", f"bugs/{bug.number}/+activity") | {
            "bug_link": f"{self.root}bugs/{bug.number}",
            "datechanged": instant(entry.when),
            "message": entry.message,
            "newvalue": entry.new,
            "oldvalue": entry.old,
            "person_link": self.person_link(entry.person),
            "whatchanged": entry.what,
        }

    def person(self, person: Person) -> Row:
        """The entry of a person or team."""
        here = f"{self.root}~{person.name}"
        kind = "team" if person is TEAM else "person"
        return self._entry(here, kind, f"~{person.name}") | {
            "date_created": "2010-07-01T00:00:00+00:00",
            "description": "An invented account.",
            "display_name": person.display_name,
            "hide_email_addresses": True,
            "is_team": person is TEAM,
            "is_valid": True,
            "karma": 0,
            "name": person.name,
            "private": False,
            "time_zone": "UTC",
            "visibility": "Public",
        }

    def project(self) -> Row:
        """The entry of the world's project."""
        name = self.world.launchpad_project
        here = f"{self.root}{name}"
        return self._entry(here, "project", name) | {
            "active": True,
            "active_milestones_collection_link": f"{here}/active_milestones",
            "all_milestones_collection_link": f"{here}/all_milestones",
            "bug_reporting_guidelines": None,
            "bug_tracker_link": None,
            "date_created": "2010-07-01T00:00:00+00:00",
            "description": "An invented project for tests and demonstrations: no bug, change or person here is real.",
            "development_focus_link": f"{here}/liberty",
            "display_name": name,
            "information_type": "Public",
            "name": name,
            "official_bug_tags": sorted(self.world.official_tags),
            "official_bugs": True,
            "owner_link": self.person_link(TEAM),
            "private": False,
            "releases_collection_link": f"{here}/releases",
            "series_collection_link": f"{here}/series",
            "summary": "Invented. Served by a twin of Launchpad on loopback.",
            "title": f"{name} (invented)",
        }

    def series(self, name: str) -> Row:
        """The entry of a series of the project, even if the world does not have it."""
        project = self.world.launchpad_project
        here = f"{self.root}{project}/{name}"
        return self._entry(here, "project_series", f"{project}/{name}") | {
            "active": True,
            "active_milestones_collection_link": f"{here}/active_milestones",
            "all_milestones_collection_link": f"{here}/all_milestones",
            "date_created": "2010-07-01T00:00:00+00:00",
            "display_name": name,
            "name": name,
            "official_bug_tags": [],
            "project_link": f"{self.root}{project}",
            "status": "Active Development" if name == "liberty" else "Supported",
            "summary": None,
            "title": f"{project} {name} series",
        }

    def milestone(self, name: str) -> Row:
        """The entry of a milestone of the project; KeyError if the world does not have it."""
        project = self.world.launchpad_project
        series, targeted, is_active = self.world.milestones[name]
        here = f"{self.root}{project}/+milestone/{quote(name)}"
        return self._entry(here, "milestone", f"{project}/+milestone/{name}") | {
            "code_name": None,
            "date_targeted": targeted,
            "is_active": is_active,
            "name": name,
            "official_bug_tags": [],
            "release_link": None,
            "series_target_link": f"{self.root}{project}/{series}",
            "summary": None,
            "target_link": f"{self.root}{project}",
            "title": f"{project} {name}",
        }

    def task_url(self, bug: Bug, task: Task) -> str:
        """The address of a bug task."""
        return f"{self.root}{task.target}/+bug/{bug.number}"

    def person_link(self, person: Person | None) -> str | None:
        """The address of a person, None for nobody."""
        return None if person is None else f"{self.root}~{person.name}"

    def _entry(self, url: str, kind: str, page: str) -> Row:
        """The fields of every entry, except the ETag, which `tagged` adds last."""
        web = self.root.rsplit("/", 2)[0] + "-web/"
        return {"self_link": url, "web_link": web + page, "resource_type_link": f"{self.root}#{kind}", "http_etag": ""}


def tagged(row: Row, root: str) -> Row:
    """The entry with its ETag, which depends on the content and not on the address of the server."""
    content = json.dumps(row, sort_keys=True).replace(root, "/")
    return row | {"http_etag": f'"{hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()}"'}


def _pillar(target: str) -> str:
    return target.split("/", 1)[0]
