"""Every form of saved data that is read: an example of each, and what a broken value in it costs."""

import copy

import pytest

from analysis.ingest.record_check import RecordError
from analysis.ingest.saved import gerrit_forms, launchpad_forms

API = "https://launchpad.example/devel/"
TIME = "2026-03-01T08:00:00+00:00"
BUG = {"id": 1, "title": "Lamp flickers", "tags": ["lamps"], "bug_tasks_collection_link": f"{API}bugs/1/bug_tasks"}
TASK = {"bug_link": f"{API}bugs/1", "status": "New", "importance": "High", "bug_target_name": "lamps"}
MESSAGE = {"self_link": f"{API}lamps/+bug/1/comments/0", "content": "It does.", "date_created": TIME}
ACTIVITY = {"bug_link": f"{API}bugs/1", "whatchanged": "lamps: status", "datechanged": TIME, "newvalue": "New"}
CHANGE = {"_number": 1, "updated": "2015-05-01 10:00:00.000000000", "project": "lamps/core"}
SSH = {
    "project": "lamps/core", "id": "I5a", "number": "77", "owner": {"username": "ines"}, "lastUpdated": 1772524800,
    "comments": [{"timestamp": 1772438400, "reviewer": {"username": "ines"}, "message": "Uploaded patch set 1."}],
    "patchSets": [
        {"number": "1", "revision": "a" * 40, "createdOn": 1772438400,
         "files": [{"file": "lamp.py", "type": "MODIFIED", "insertions": 5, "deletions": -3}],
         "approvals": [{"type": "Verified", "value": "2", "grantedOn": 1772450001, "by": {"username": "gate"}}]},
    ],
}  # fmt: skip

# One object of each form, by the form's name.
EXAMPLES = {
    "items of perceval": {
        "backend_name": "Launchpad", "data": TASK | {"bug_data": BUG, "messages_data": [MESSAGE]},
    },
    "bugs with their tasks, messages and activity": {
        "bug": BUG, "tasks": [TASK], "messages": [MESSAGE], "activity": [ACTIVITY],
    },
    "the project itself": {"project": {"name": "lamps"}, "milestones": [{"name": "m1"}]},
    "one file a bug (openstack-bugs-ml)": {
        "id": 1, "openned": TIME, "link": "https://bugs.example/lamps/+bug/1", "owner": "None",
        "comments": [{"date_created": TIME, "content": "It does.", "author": f"{API}~ines"}],
    },
    "bug entries of the API": BUG,
    "task entries of the API": TASK,
    "message entries of the API": MESSAGE,
    "activity entries of the API": ACTIVITY,
    "collections of the API": {"entries": [BUG, TASK, MESSAGE, ACTIVITY]},
}  # fmt: skip
CHANGE_EXAMPLES = {
    "the statistics of `gerrit query`": {"type": "stats", "rowCount": 1, "moreChanges": True},
    "the end of a page": {"_more_changes": True},
    "changes of the REST API": CHANGE | {"_more_changes": True},
    "lines of `gerrit query --format JSON`": SSH,
    "items of perceval": {"backend_name": "Gerrit", "data": SSH},
    "changes inside an object": {"changes": [CHANGE, SSH]},
}
READ = [
    *((form, EXAMPLES.get(form.name)) for form in launchpad_forms.SAVED_FORMS if form.read),
    *((form, CHANGE_EXAMPLES.get(form.name)) for form in gerrit_forms.SAVED_FORMS if form.read),
]
EVERY_FORM = pytest.mark.parametrize(("form", "example"), READ, ids=[form.name for form, _ in READ])


@EVERY_FORM
def test_a_form_recognises_its_example_and_reads_parts_from_it(form, example):
    assert example is not None, f"add an example of {form.name!r} to EXAMPLES or CHANGE_EXAMPLES in this file"
    assert form.fits(example) and list(form.read(example))


@EVERY_FORM
def test_a_broken_value_in_a_saved_record_is_a_record_error_and_nothing_else(form, example):
    for item in broken(example):
        try:
            if form.fits(item):
                list(form.read(item))
        except RecordError:
            continue


def broken(value):
    """The value with one part after the other replaced by something of another type, or of another form."""
    for wrong in (None, True, -1, 10**30, 0.5, "", "x", [], [None], {}, {"x": None}):
        yield from replaced(value, wrong)


def replaced(value, wrong):
    places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in places:
        for other in (wrong, *replaced(part, wrong)):
            changed = copy.copy(value)
            changed[place] = other
            yield changed
