"""Launchpad's tables as they were at a past instant."""

import pandas as pd
from invented_reviews import at, made

from analysis.tables import bug_history, schema

ACTIVITY = ["bug_id", "activity_id", "changed_at", "what", "old_value", "new_value"]


def rewound(instant, *activity, task=None, bug=None):
    """The tables at the instant for a bug of the 1st with a task in nova; `activity` has (when, what, old, new)."""
    bugs = {"bug_id": 1, "created_at": at("1 10:00"), "updated_at": at("20 10:00"), "tags": ["now"], "title": "now",
            "is_private": False, "heat": 6}  # fmt: skip
    tasks = {"bug_id": 1, "target": "nova", "status": "Fix Released", "importance": "High", "created_at": at("1 10:00"),
             "fix_released_at": at("9 10:00"), "closed_at": at("9 10:00"), "assignee": "casey"}  # fmt: skip
    log = [(1, number, at(when), *rest) for number, (when, *rest) in enumerate(activity)]
    body = {"bug_id": [1, 1], "message_number": [0, 1], "sent_at": [at("1 10:00"), at("8 10:00")]}
    return bug_history.as_of(
        {
            "bugs": made(schema.BUGS, pd.DataFrame([bugs | (bug or {})])),
            "bug_tasks": made(schema.BUG_TASKS, pd.DataFrame([tasks | (task or {})])),
            "bug_activity": made(schema.BUG_ACTIVITY, pd.DataFrame(log, columns=ACTIVITY)),
            "bug_messages": made(schema.BUG_MESSAGES, pd.DataFrame(body)),
        },
        at(instant),
    )


def test_a_past_value_is_the_old_value_of_the_first_later_change():
    past = rewound(
        "5 10:00",
        ("4 10:00", "nova: importance", "Undecided", "Low"),
        ("6 10:00", "nova: importance", "Low", "Medium"),
        ("8 10:00", "nova: importance", "Medium", "High"),
        ("9 10:00", "nova: status", "In Progress", "Fix Released"),
        ("7 10:00", "nova: assignee", "Robin Example (robin-example)", "Casey (casey)"),
    )

    row = past["bug_tasks"].iloc[0]
    assert (row["importance"], row["status"], row["assignee"]) == ("Low", "In Progress", "robin-example")


def test_a_change_at_the_instant_itself_has_happened():
    row = rewound("6 10:00", ("6 10:00", "nova: importance", "Low", "High"))["bug_tasks"].iloc[0]

    assert row["importance"] == "High"


def test_a_bug_that_was_open_at_the_instant_has_no_closing_date():
    row = rewound("5 10:00", ("9 10:00", "nova: status", "New", "Fix Released"))["bug_tasks"].iloc[0]

    assert row["is_open"]
    assert pd.isna(row["closed_at"]) and pd.isna(row["fix_released_at"])


def test_a_value_that_was_not_set_yet_is_unknown():
    row = rewound("5 10:00", ("6 10:00", "nova: assignee", "None", "Casey (casey)"))["bug_tasks"].iloc[0]

    assert pd.isna(row["assignee"])


def test_changes_of_another_target_are_ignored():
    row = rewound("5 10:00", ("6 10:00", "nova/kilo: importance", "Low", "High"))["bug_tasks"].iloc[0]

    assert row["importance"] == "High"


def test_tags_title_and_duplicate_are_rewound_and_other_fields_are_unknown():
    past = rewound(
        "5 10:00",
        ("6 10:00", "tags", "libvirt quotas", "now"),
        ("7 10:00", "summary", "then", "now"),
        ("8 10:00", "marked as duplicate", "", "99"),
        bug={"duplicate_of": 99},
    )

    row = past["bugs"].iloc[0]
    assert (list(row["tags"]), row["title"]) == (["libvirt", "quotas"], "then")
    assert pd.isna(row["duplicate_of"]) and pd.isna(row["heat"])
    assert (row["updated_at"], row["n_messages"]) == (at("1 10:00"), 1)


def test_a_bug_that_was_reported_later_has_no_rows():
    past = rewound("1 09:00")

    assert all(table.empty for table in past.values())


def test_nothing_is_rewound_at_the_newest_instant():
    log = [("4 10:00", "nova: importance", "Low", "High"), ("9 10:00", "nova: status", "New", "Fix Released")]

    row = rewound("30 10:00", *log)["bug_tasks"].iloc[0]

    assert (row["importance"], row["status"], row["closed_at"]) == ("High", "Fix Released", at("9 10:00"))


def test_a_later_bug_is_kept_only_if_private_as_older_changes_may_name_it():
    late = {"created_at": at("9 10:00")}

    assert rewound("5 10:00", bug=late)["bugs"].empty
    assert rewound("5 10:00", bug=late | {"is_private": True})["bugs"]["is_private"].tolist() == [True]


def test_without_a_log_only_the_dates_tell_about_the_past():
    unseen = {"bug": {"has_activity": False}}

    open_then_or_not = rewound("5 10:00", **unseen)["bug_tasks"].iloc[0]
    closed_by_then = rewound("10 10:00", **unseen)["bug_tasks"].iloc[0]
    unchanged_since = rewound("20 10:00", **unseen)["bug_tasks"].iloc[0]

    assert pd.isna(open_then_or_not["status"]) and pd.isna(open_then_or_not["is_open"])
    assert pd.isna(closed_by_then["status"]) and not closed_by_then["is_open"]
    assert (unchanged_since["status"], unchanged_since["assignee"]) == ("Fix Released", "casey")


def test_a_task_whose_status_was_not_saved_is_neither_open_nor_closed_then():
    unsaved = {"status": None, "closed_at": None, "fix_released_at": None}

    assert rewound("21 10:00", task=unsaved)["bug_tasks"]["is_open"].isna().all()
