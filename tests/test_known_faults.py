"""The seventeen faults of earlier tools, each a case that must come out right here, under its number."""

import re

import pandas as pd
import pytest
import served_records
from invented_reviews import (
    BOT,
    CASEY,
    GATE,
    OWNER,
    THIRD,
    at,
    linked_changes,
    made,
    reviews,
    together,
    turns_of,
    unfixed_bugs,
)
from twin_fetches import gerrit_into, launchpad_into, small, stored_bugs, stored_changes

import twin
from analysis.judge import fixes, queue, review_state
from analysis.tables import bug_history, schema

pytestmark = pytest.mark.line

UPLOAD, PASS = ("upload", "1 10:00"), ("vote", "1 12:00", GATE, "Verified", 1)


def state(*events, **facts):
    tables = reviews(*events, **facts)
    return review_state.build(**tables, as_of=at("11 10:00"), rules=review_state.Rules()).iloc[0]


def bug_tables(*rows, **bug):
    """Bugs and tasks of rows (bug_id, target, status, importance), reported on the 1st."""
    ids = pd.DataFrame({"bug_id": sorted({row[0] for row in rows}), "created_at": at("1 10:00"), "is_private": False})
    tasks = pd.DataFrame(rows, columns=["bug_id", "target", "status", "importance"])
    tasks = tasks.assign(created_at=at("1 10:00"), is_open=tasks["status"].isin(schema.OPEN_STATUSES))
    return {
        "bugs": made(schema.BUGS, ids.assign(**bug)),
        "bug_tasks": made(schema.BUG_TASKS, tasks),
    }


def fixing(*pairs):
    """Closes-Bug links of pairs (bug_id, change_number)."""
    rows = pd.DataFrame([(bug, str(change)) for bug, change in pairs], columns=["bug_id", "ref"])
    return made(schema.LINKS, rows.assign(kind="change", evidence="footer", relation="closes", counts_as_fix=True))


def queued(tables, bugs, links):
    states = review_state.build(**tables, as_of=at("11 10:00"), rules=review_state.Rules())
    return queue.build(
        linked_changes=linked_changes(bugs=bugs["bugs"], changes=tables["changes"], links=links),
        review_states=states,
        changes=tables["changes"],
        links=links,
        **bugs,
        area_members=schema.AREA_MEMBERS.empty(),
        superseded_fixes=schema.SUPERSEDED_FIXES.empty(),
        backports=schema.BACKPORTS.empty(),
        as_of=at("11 10:00"),
        score=queue.Score(),
    )


def unfixed(bugs, changes, links):
    result = linked_changes(bugs=bugs["bugs"], changes=changes, links=links)
    return unfixed_bugs(linked_changes=result, **bugs, as_of=at("11 10:00"))


def linked(message, **more):
    """The bugs that a change with this message is linked to."""
    links = served_records.linked(served=[served_records.change(7, message=message, **more)])["links"]
    return set(links["bug_id"])


def test_every_fault_has_its_test():
    numbered = {int(found[1]) for name in globals() if (found := re.match(r"test_fault_([0-9]+)_", name))}

    assert numbered == set(range(1, 18))


@pytest.mark.parametrize("topic", [None, "quota-cleanup", "bp/quota"])
def test_fault_1_a_fix_whose_topic_is_not_bug_n_is_linked_too(topic):
    assert linked("Fix quota\n\nCloses-Bug: #1500000\n", topic=topic) == {1500000}


def test_fault_2_a_number_in_the_middle_of_a_message_is_not_a_bug():
    message = "Speed up quota\n\nReads 1500000 rows less. See https://example.org/1500000 and\nrecheck bug 1500000\n"

    assert linked(message) == set()


def test_fault_3_a_mention_of_a_bug_is_not_a_link():
    message = "Clean up\n\nThis became possible since we fixed the cause of bug 1500000 in Kilo.\n"
    messages = [served_records.says(5, served_records.CASEY, "Patch Set 1:\n\nrecheck bug 1500001"),
            served_records.says(6, served_records.ROBIN, "Closes-Bug: #1500002")]  # fmt: skip

    assert linked(message, messages=messages) == set()


def test_fault_4_only_the_gates_minus_one_is_the_authors_turn():
    passed = ("vote", "1 12:00", GATE, "Verified", 2)
    row = state(UPLOAD, passed, ("vote", "1 13:00", THIRD, "Verified", -1))

    assert (row["state"], row["waiting_on"]) == ("never_reviewed", "reviewers")


def test_fault_5_a_minus_one_on_an_older_patch_set_is_not_shown_as_current():
    row = state(UPLOAD, ("vote", "2 10:00", CASEY, "Code-Review", -1), ("upload", "3 10:00"))

    assert (row["state"], row["waiting_on"]) == ("reviewed_on_older", "reviewers")


def test_fault_6_the_authors_own_plus_one_is_no_review():
    row = state(UPLOAD, ("vote", "2 10:00", OWNER, "Code-Review", 1))

    assert (row["state"], row["has_human_vote_ever"]) == ("never_reviewed", False)


def test_fault_7_the_importance_is_not_that_of_the_first_task():
    bugs = bug_tables((1, "cinder", "New", "Critical"), (1, "nova", "New", "Low"))

    assert queued(reviews(UPLOAD), bugs, fixing((1, 7)))["importance"].tolist() == ["Low"]


def test_fault_8_the_importance_of_today_is_not_used_for_the_past():
    log = {"bug_id": 1, "activity_id": 0, "changed_at": at("9 10:00"), "what": "nova: importance", "old_value": "Low"}
    today = bug_tables((1, "nova", "New", "High")) | {
        "bug_activity": made(schema.BUG_ACTIVITY, pd.DataFrame([log])),
        "bug_messages": schema.BUG_MESSAGES.empty(),
    }

    past = bug_history.as_of(today, at("5 10:00"))

    table = queued(reviews(UPLOAD), {name: past[name] for name in ("bugs", "bug_tasks")}, fixing((1, 7)))
    assert table["importance"].tolist() == ["Low"]


def test_fault_9_a_late_comment_does_not_move_the_merge_date():
    merged = reviews(UPLOAD, ("say", "9 10:00", CASEY, "thanks"), status="MERGED", submitted_at=at("3 10:00"))
    turns = turns_of(merged, at("11 10:00"))
    table = linked_changes(
        links=fixing((1, 7)), bugs=bug_tables((1, "nova", "New", "Low"))["bugs"], changes=merged["changes"]
    )

    assert turns["ended_at"].tolist() == [at("3 10:00")]
    assert table["at"].tolist() == [at("3 10:00")]


@pytest.mark.parametrize("host", ["review.openstack.org", "review.opendev.org", "review.example.net"])
def test_fault_10_the_host_of_a_review_is_not_built_in(host):
    result = pd.DataFrame([{"bug_id": 1500000, "message_number": 1, "person": "hudson-openstack"}]).assign(
        subject="Fix proposed to nova (master)", content=f"Fix proposed to branch: master\nReview: https://{host}/12345"
    )

    links = served_records.linked(bug_messages=made(schema.BUG_MESSAGES, result))["links"]

    assert served_records.rows(links, "bug_id", "ref") == [(1500000, "12345")]


def test_fault_11_all_pages_of_a_list_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.ingest.launchpad.listing.PAGE", 7)
    world = small(twin.build_world(), bugs=30, changes=50)
    public_bugs = {n for n, bug in world.bugs.items() if not bug.is_private and not bug.gone and "nova" in bug.tasks}
    public_changes = {n for n, change in world.changes.items() if not change.is_private}

    with twin.Server(world) as server:
        launchpad_into(tmp_path, server.launchpad_root)
        gerrit_into(tmp_path, server.gerrit_root, page=7)

    assert set(stored_bugs(tmp_path)) == public_bugs
    assert set(stored_changes(tmp_path)) == public_changes
    assert min(len(public_bugs), len(public_changes)) > 21  # three pages and more


@pytest.mark.parametrize("series", ["zed", "2031.1", "not-yet-named"])
def test_fault_12_the_names_of_series_are_not_built_in(series):
    branch, task = f"stable/{series}", f"nova/{series}"
    tables = bug_tables((1, "nova", "Fix Released", "Low"), (1, task, "Confirmed", "High"))
    fixed = reviews(UPLOAD, number=7, status="MERGED", submitted_at=at("3 10:00"))
    backport = reviews(UPLOAD, number=8, branch=branch)
    changes = together(fixed, backport)["changes"]

    matrix = fixes.backports(
        linked_changes=linked_changes(bugs=tables["bugs"], changes=changes, links=fixing((1, 7), (1, 8))),
        **tables,
        changes=changes,
        commits=schema.COMMITS.empty(),
        target="nova",
    )
    ranked = queued(backport, tables, fixing((1, 8)))

    assert served_records.rows(matrix, "branch", "state", "is_wanted") == [
        ("master", "merged", False),
        (branch, "waiting", True),
    ]
    assert ranked["importance"].tolist() == ["High"]


def test_fault_13_a_queue_is_not_cut_at_fifty():
    tables = together(*(reviews(UPLOAD, number=number) for number in range(100, 160)))
    links = fixing(*((number, number) for number in range(100, 160)))

    table = queued(tables, bug_tables(*((number, "nova", "New", "Low") for number in range(100, 160))), links)

    assert table["rank"].tolist() == list(range(1, 61))


def test_fault_14_a_comment_of_a_machine_is_no_review():
    row = state(UPLOAD, PASS, ("say", "2 10:00", BOT, "Fix proposed"), ("say", "3 10:00", GATE, "Build succeeded"))

    assert (row["state"], row["has_human_vote_ever"]) == ("never_reviewed", False)
    assert row["since_at"] == at("1 12:00")


def test_fault_15_duplicates_of_an_open_bug_are_not_counted():
    bugs = bug_tables((1, "nova", "Confirmed", "Low"), (2, "nova", "Confirmed", "Low"))
    bugs["bugs"]["duplicate_of"] = pd.array([None, 1], dtype="Int64")

    assert unfixed(bugs, schema.CHANGES.empty(), schema.LINKS.empty())["bug_id"].tolist() == [1]
    assert unfixed(bugs, reviews(UPLOAD)["changes"], fixing((2, 7))).empty


def test_fault_16_an_expired_bug_is_closed():
    bugs = bug_tables((1, "nova", "Expired", "Low"), (2, "nova", "New", "Low"))

    assert unfixed(bugs, schema.CHANGES.empty(), schema.LINKS.empty())["bug_id"].tolist() == [2]


def test_fault_17_an_open_bug_has_no_closing_date():
    tables = reviews(UPLOAD, PASS, ("say", "9 10:00", OWNER, "hello"))
    turns = turns_of(tables, at("11 10:00"))

    assert turns["ended_at"].isna().tolist() == [False, True]
    assert turns["is_over"].tolist() == [True, False]
