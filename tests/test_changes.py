"""Gerrit records -> changes, patch_sets, change_messages, change_comments, change_files, accounts."""

import pandas as pd
import pytest
from served_records import CASEY, ROBIN, ZUUL, at, change, rows, says, sha, tables, votes, when

from analysis.errors import SchemaError
from analysis.tables import accounts, schema


def made(*served, **more):
    result = tables(*served, **more)
    return {name: schema.validate(table, schema.TABLES[name]) for name, table in result.items()}


def test_a_change_keeps_its_fields_as_served():
    served = change(7, uploads=(0, 30), message="Fix quota\n\nCloses-Bug: #1500000\n", topic="bug/1500000",
                    insertions=5, deletions=2, hashtags=["quota"])  # fmt: skip

    row = made(served)["changes"].iloc[0]

    assert (row["change_number"], row["topic"], list(row["hashtags"])) == (7, "bug/1500000", ["quota"])
    assert row["message"] == "Fix quota\n\nCloses-Bug: #1500000\n"
    assert (row["patch_set_number"], row["current_patch_set_at"]) == (2, when(30))
    assert (row["current_sha"], row["parent_sha"]) == (sha(702), sha(1))
    assert (row["insertions"], row["deletions"]) == (5, 2)


def test_a_field_that_was_not_served_is_unknown_and_not_zero():
    row = made(change(7))["changes"].iloc[0]

    unknown = ["topic", "hashtags", "message", "submitted_at", "parent_sha", "insertions", "is_wip", "has_conflict",
               "is_submittable", "n_unresolved_comments", "revert_of", "cherry_pick_of"]  # fmt: skip
    assert row[unknown].isna().all()
    assert not row["has_labels"]
    assert not row["has_messages"]


def test_the_last_update_is_not_taken_as_the_submission():
    # Any late comment moves `updated`: it is not when the change merged.
    served = change(7, status="MERGED", updated=at(900), submitted=at(60))

    assert rows(made(served)["changes"], "submitted_at", "updated_at") == [(when(60), when(900))]


@pytest.mark.parametrize(
    ("facts", "is_wip"),
    [
        ({}, None),  # a server before 2.15 does not know the flag
        ({"work_in_progress": True}, True),
        ({"has_review_started": True}, False),
        ({"meta_rev_id": "abc"}, False),
    ],
)
def test_an_absent_flag_is_false_only_if_the_server_knows_the_flag(facts, is_wip):
    assert rows(made(change(7, **facts))["changes"], "is_wip") == [(is_wip,)]


@pytest.mark.parametrize(
    ("labels", "has_labels"),
    [
        (None, False),
        ({}, True),
        (votes("Code-Review"), True),
        ({"Code-Review": {"values": {" 0": "No score"}}}, True),
        ({"Code-Review": {"approved": CASEY}}, False),  # one approver, and no votes
        ({"Code-Review": None}, False),
    ],
)
def test_votes_are_known_only_with_detailed_labels(labels, has_labels):
    assert made(change(7, labels=labels))["changes"]["has_labels"].tolist() == [has_labels]


def test_a_private_change_says_so():
    changes = made(change(7, is_private=True), change(8))["changes"]

    assert changes["is_private"].tolist() == [True, False]


def test_an_unpublished_edit_is_no_patch_set():
    served = change(7)
    served["revisions"][sha(9)] = {"_number": "edit", "created": at(5), "uploader": CASEY}

    assert made(served)["patch_sets"]["patch_set_number"].tolist() == [1]


@pytest.mark.parametrize("named", [{}, {"current_revision": sha(9)}, {"current_revision": sha(702)}])
def test_an_unpublished_edit_is_never_the_current_patch_set(named):
    served = {k: v for k, v in change(7, uploads=(0, 30)).items() if k != "current_revision"} | named
    served["revisions"][sha(9)] = {"_number": "edit", "created": at(50), "uploader": CASEY}

    assert rows(made(served)["changes"], "patch_set_number", "current_sha") == [(2, sha(702))]


def test_a_patch_set_that_was_not_served_is_known_from_its_message():
    messages = [
        says(0, CASEY, "Uploaded patch set 1."),
        says(10, ROBIN, "Uploaded patch set 2: Patch Set 1 was rebased.", 2),
        says(20, CASEY, "Patch Set 3: Published edit on patch set 2.", 3),
    ]
    served = change(7, uploads=(0, 10, 20), messages=messages)
    current = served["current_revision"]
    served["revisions"] = {current: served["revisions"][current]}

    patch_sets = made(served)["patch_sets"]

    assert rows(patch_sets, "patch_set_number", "created_at", "uploader", "sha") == [
        (1, when(0), 1, None),
        (2, when(10), 2, None),
        (3, when(20), 1, current),
    ]


def test_a_change_without_revisions_has_the_patch_set_of_its_last_upload():
    served = change(7, messages=[says(0, CASEY, "Uploaded patch set 1."), says(9, CASEY, "Uploaded patch set 2.", 2)])
    del served["revisions"], served["current_revision"]

    assert rows(made(served)["changes"], "patch_set_number", "current_patch_set_at") == [(2, when(9))]


def test_votes_without_a_known_patch_set_are_unknown():
    served = change(7, labels=votes("Code-Review", (ROBIN, 1, 5)))
    del served["revisions"], served["current_revision"]

    frames = made(served)

    assert frames["changes"]["has_labels"].tolist() == [False]
    assert len(frames["votes"]) == 0


def test_the_same_change_id_on_two_branches_is_two_changes():
    changes = made(change(8, branch="stable/kilo"), change(7))["changes"]

    assert rows(changes, "change_number", "branch") == [(7, "master"), (8, "stable/kilo")]


def test_files_are_those_of_the_current_patch_set_without_gerrits_own():
    served = change(7, uploads=(0, 10))
    first, second = served["revisions"].values()
    first["files"] = {"old.py": {"lines_inserted": 1}}
    second["files"] = {
        "/COMMIT_MSG": {"lines_inserted": 9},
        "new.py": {"lines_inserted": 4},
        "logo.png": {"binary": True},
    }

    change_files = made(served)["change_files"]

    assert rows(change_files, "path", "insertions", "deletions") == [("logo.png", None, None), ("new.py", 4, 0)]


def test_a_comment_keeps_its_place_and_its_thread():
    comment = {"id": "c2", "updated": at(8), "author": ROBIN, "patch_set": 1, "in_reply_to": "c1", "unresolved": True}

    change_comments = made(change(7, _comments={"nova/quota.py": [comment]}))["change_comments"]

    assert rows(change_comments, "comment_id", "path", "account", "in_reply_to", "is_unresolved", "sent_at") == [
        ("c2", "nova/quota.py", 2, "c1", True, when(8))
    ]


def test_a_machine_is_recognised_by_account_or_own_tag_but_not_by_gerrits_tag():
    messages = [
        says(1, ZUUL, "Patch Set 1: Verified+1"),
        says(2, ROBIN, "Patch Set 1: Verified-1", tag="autogenerated:example-ci"),
        says(3, ROBIN, "Uploaded patch set 2.", tag="autogenerated:gerrit:newPatchSet"),
        {"date": at(4), "message": "Welcome"},
    ]

    change_messages = made(change(7, messages=messages))["change_messages"]

    assert rows(change_messages, "account", "is_ci") == [(9, True), (2, True), (2, False), (None, False)]


def test_the_exceptions_of_the_project_file_are_used():
    messages = [says(1, ROBIN, "Patch Set 1: Code-Review+1")]
    rules = accounts.Rules.from_mapping({"ci": ["robin-example"]})

    frames = made(change(7, messages=messages), rules=rules)

    assert rows(frames["votes"], "account", "is_ci") == [(2, True)]
    assert rows(frames["accounts"], "account", "kind") == [(1, "person"), (2, "ci")]


def test_an_account_keeps_its_name_if_it_also_came_without_one():
    messages = [says(1, {"_account_id": 2}, "Hello"), says(2, ROBIN, "Again"), says(3, {"_account_id": 2}, "Bye")]

    table = made(change(7, messages=messages))["accounts"]

    assert rows(table, "account", "name") == [(1, "Casey Example"), (2, "Robin Example")]


def test_the_tables_of_batches_can_be_concatenated():
    records = [change(number, messages=[says(1, ROBIN, "Patch Set 1: Code-Review+1")]) for number in (7, 8, 9)]

    whole, parts = tables(*records), [tables(record) for record in records]

    for name in ("changes", "patch_sets", "votes", "change_messages"):
        pd.testing.assert_frame_equal(whole[name], pd.concat([part[name] for part in parts], ignore_index=True))


@pytest.mark.parametrize(
    "odd",
    [
        {"owner": "casey"},
        {"labels": []},
        {"revisions": {sha(1): 3}},
        {"messages": 7},
        {"revisions": {sha(1): {"_number": 1, "files": {"a.py": None}}}, "current_revision": sha(1)},
        {"hashtags": [None]},
        {"insertions": 2**63},
    ],
)
def test_a_malformed_record_is_refused_with_its_name(odd):
    with pytest.raises(SchemaError, match=r"record 7 to be read as ChangeInfo|changes\.insertions"):
        tables(change(7) | odd)


def test_no_records_make_empty_tables():
    assert {name: len(table) for name, table in made().items()} == dict.fromkeys(
        ("changes", "patch_sets", "votes", "change_messages", "change_comments", "change_files", "accounts"), 0
    )


def test_hostile_text_is_stored_unchanged():
    subject = "<script>\x1b[31m\ud83d =cmd|' /C calc'!A0"

    frames = made(change(7, message=f"{subject}\n\nbody\0", messages=[says(1, ROBIN, "\ud83d\0")]))

    assert frames["changes"]["subject"].tolist() == ["<script>\x1b[31m\ufffd =cmd|' /C calc'!A0"]
    assert frames["changes"]["message"].str.endswith("body").tolist() == [True]
    assert frames["change_messages"]["text"].tolist() == ["\ufffd"]


def test_votes_are_known_if_only_messages_name_the_patch_set():
    served = {
        "_number": 5, "project": "lamps", "updated": "2026-03-01 08:00:00.000000000",
        "labels": {"Code-Review": {"all": [{"_account_id": 8, "value": 2}]}},
        "messages": [{"id": "a", "date": "2026-03-01 08:00:00", "_revision_number": 4, "message": "Build succeeded"}],
    }  # fmt: skip

    frames = made(served)

    assert frames["votes"][["patch_set_number", "account", "value"]].to_numpy().tolist() == [[4, 8, 2]]
    assert frames["changes"]["has_labels"].tolist() == [True]
