"""Launchpad records -> bugs, bug_tasks, bug_activity, bug_messages, milestones."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from served_records import rows

from analysis.errors import SchemaError
from analysis.tables import bugs, schema

ROOT = "http://127.0.0.1:8080/launchpad/devel/"


def bug(number=1500000, **more):
    return {
        "id": number, "title": "Quota drifts", "description": "It drifts.", "tags": ["quotas", "db"], "heat": 12,
        "duplicate_of_link": None, "number_of_duplicates": 2, "information_type": "Public", "private": False,
        "date_created": "2015-05-01T10:00:00+00:00", "date_last_updated": "2015-05-02T10:00:00.5+00:00",
        "date_last_message": None, "message_count": 3, "users_affected_count_with_dupes": 4,
        "latest_patch_uploaded": None, "owner_link": f"{ROOT}~casey-example",
    } | more  # fmt: skip


def task(target="nova", status="New", **more):
    return {
        "target_link": f"{ROOT}{target}", "status": status, "importance": "High", "assignee_link": None,
        "milestone_link": None, "date_created": "2015-05-01T10:00:00+00:00", "date_closed": None,
    } | more  # fmt: skip


def tables(*records):
    result = bugs.tables(records)
    return {name: schema.validate(table, schema.TABLES[name]) for name, table in result.items()}


def test_a_bug_keeps_its_fields_as_served():
    row = tables({"bug": bug(), "tasks": []})["bugs"].iloc[0]

    assert row["bug_id"] == 1500000
    assert list(row["tags"]) == ["quotas", "db"]
    assert (row["heat"], row["n_duplicates"], row["n_messages"], row["n_users_affected"]) == (12, 2, 3, 4)
    assert row["updated_at"] == pd.Timestamp("2015-05-02T10:00:00.5Z")
    assert row["reporter"] == "casey-example"
    assert row["last_message_at"] is pd.NaT
    assert not row["has_patch"]


def test_a_saved_bug_says_which_parts_it_lacks():
    whole = {"bug": bug(1), "tasks": [task()], "messages": [], "activity": []}
    without = {"bug": bug(2), "tasks": [task()], "tasks_of": ["nova"]}

    table = tables(whole, without, {"bug": {"id": 3}})["bugs"]

    assert rows(table, "bug_id", "has_activity", "has_all_tasks") == [
        (1, True, True),
        (2, False, False),
        (3, False, False),
    ]


def test_a_duplicate_names_its_master():
    table = tables({"bug": bug(duplicate_of_link=f"{ROOT}bugs/1400000"), "tasks": []})["bugs"]

    assert rows(table, "bug_id", "duplicate_of") == [(1500000, 1400000)]


@pytest.mark.parametrize(
    ("facts", "is_private"),
    [
        ({"information_type": "Public Security", "private": False}, False),
        ({"information_type": "Private Security", "private": True}, True),
        ({"information_type": "Proprietary", "private": False}, True),
        ({"information_type": "Public", "private": True}, True),
        ({"information_type": None, "private": False}, False),
        ({"information_type": None, "private": None}, True),
    ],
)
def test_a_bug_is_private_if_either_of_two_fields_says_so(facts, is_private):
    table = tables({"bug": bug(**facts), "tasks": []})["bugs"]

    assert table["is_private"].tolist() == [is_private]


def test_a_bug_without_either_privacy_field_is_private():
    silent = bug()
    del silent["private"], silent["information_type"]

    assert tables({"bug": silent, "tasks": []})["bugs"]["is_private"].tolist() == [True]


def test_a_redacted_reporter_is_unknown():
    table = tables({"bug": bug(owner_link="tag:launchpad.net:2008:redacted"), "tasks": []})["bugs"]

    assert table["reporter"].isna().tolist() == [True]


def test_a_bug_has_a_task_in_each_target_and_series():
    served = [task("nova/kilo"), task("nova"), task("ubuntu/+source/nova")]

    bug_tasks = tables({"bug": bug(), "tasks": served})["bug_tasks"]

    assert bug_tasks["target"].tolist() == ["nova", "nova/kilo", "ubuntu/+source/nova"]


def test_only_five_statuses_are_open_and_only_a_closed_task_has_a_closing_date():
    date = "2015-05-03T00:00:00+00:00"
    served = [task(f"nova/{status}", status, date_closed=date) for status in ("New", "Fix Committed", "Expired")]

    bug_tasks = tables({"bug": bug(), "tasks": served})["bug_tasks"]

    assert rows(bug_tasks, "status", "is_open", "closed_at") == [
        ("Expired", False, pd.Timestamp(date)),
        ("Fix Committed", False, pd.Timestamp(date)),
        ("New", True, None),
    ]


def test_an_unknown_status_is_kept():
    frames = tables({"bug": bug(), "tasks": [task(status="Deferred"), task("nova/x", status="On Holiday")]})

    assert frames["bug_tasks"]["status"].tolist() == ["Deferred", "On Holiday"]


def test_a_message_keeps_its_number_when_the_default_task_changes():
    served = [
        {"self_link": f"{ROOT}nova/+bug/1500000/comments/0", "content": "It drifts.", "subject": "Quota drifts"},
        {"self_link": f"{ROOT}cinder/+bug/1500000/comments/2", "content": "Me too.", "subject": None},
    ]

    bug_messages = tables({"bug": bug(), "tasks": [], "messages": served})["bug_messages"]

    assert rows(bug_messages, "message_number", "content") == [(0, "It drifts."), (2, "Me too.")]


def test_activity_without_numbers_in_its_links_is_numbered_by_place():
    served = [
        {"self_link": f"{ROOT}bugs/1500000/activity", "whatchanged": "bug", "newvalue": "added bug"},
        {"self_link": f"{ROOT}bugs/1500000/activity", "whatchanged": "nova: status", "oldvalue": "New"},
    ]

    bug_activity = tables({"bug": bug(), "tasks": [], "activity": served})["bug_activity"]

    assert rows(bug_activity, "activity_id", "what", "old_value") == [(0, "bug", None), (1, "nova: status", "New")]


def test_a_milestone_is_due_at_midnight_utc():
    served = {
        "project": {"name": "nova"},
        "milestones": [
            {"name": "liberty-1", "date_targeted": "2015-06-25", "is_active": False,
             "series_target_link": f"{ROOT}nova/liberty"},
            {"name": "next", "date_targeted": None, "is_active": True},
        ],
    }  # fmt: skip

    milestones = tables(served)["milestones"]

    assert rows(milestones, "launchpad_project", "milestone", "series", "targeted_on") == [
        ("nova", "liberty-1", "liberty", pd.Timestamp("2015-06-25T00:00:00Z")),
        ("nova", "next", None, None),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"bug": bug(owner_link=5)},
        {"bug": bug(duplicate_of_link=[5])},
        {"tasks": {"a": 1}},
        {"tasks": [None]},
        {"tasks": 7},
        {"tasks": [task() | {"target_link": 5}]},
        {"messages": [5]},
        {"activity": True},
    ],
)
def test_a_malformed_record_is_refused_with_its_name(odd):
    with pytest.raises(SchemaError, match="record 1500000 to be made as Launchpad makes them"):
        bugs.tables([{"bug": bug(), "tasks": []} | odd])


@pytest.mark.parametrize("odd", [{"milestones": 5}, {"milestones": [None]}, {"project": 5}])
def test_a_malformed_project_is_refused_with_its_name(odd):
    with pytest.raises(SchemaError, match="record of the project itself"):
        bugs.tables([{"project": {"name": "nova"}, "milestones": [{"name": "kilo-1"}]} | odd])


def test_no_records_make_empty_tables():
    assert {name: len(table) for name, table in tables().items()} == dict.fromkeys(
        ("bugs", "bug_tasks", "bug_activity", "bug_messages", "milestones"), 0
    )


@pytest.mark.long
@given(st.text(st.characters()), st.lists(st.text(st.characters()), max_size=3))
def test_hostile_text_is_stored_unchanged(text, tags):
    frames = tables({"bug": bug(title=text, tags=tags), "tasks": [], "messages": [{"content": text}]})

    assert frames["bugs"]["title"].iloc[0].count("\0") == 0
    assert len(frames["bugs"]["tags"].iloc[0]) == len(tags)
    assert frames["bug_messages"]["content"].iloc[0] == frames["bugs"]["title"].iloc[0]


@pytest.mark.parametrize(
    ("duplicates", "first"),
    [
        ({1: 2, 2: 3}, []),
        ({1: 2, 2: 1}, [1]),
        ({5: 6, 6: 7, 7: 5, 4: 6}, [5]),
        ({8: 8}, [8]),
        ({1: 999, 2: 1}, []),
        ({3: 4, 4: 3, 1: 2, 2: 1}, [1, 3]),
        ({}, []),
    ],
)
def test_the_first_of_bugs_that_are_duplicates_of_each_other_is_counted(duplicates, first):
    frame = schema.BUGS.frame({"bug_id": list(duplicates), "duplicate_of": list(duplicates.values())})

    assert bugs.first_of_circles(frame) == first
