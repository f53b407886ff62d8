"""The short list of one reviewer."""

import pandas as pd
import pytest
from invented_reviews import CASEY, GATE, OWNER, ROBIN, made, reviews, together

from analysis.errors import UsageError
from analysis.judge import todo
from analysis.tables import schema

UPLOAD, PASS = ("upload", "1 10:00"), ("vote", "1 12:00", GATE, "Verified", 1)


def vote(account, value, day=2):
    return ("vote", f"{day} 10:00", account, "Code-Review", value)


def listed(*tables, queue, files=(), reviewer="casey-example", most=15):
    """The list; `queue` has rows (number, waiting_on, score), `files` (number, path)."""
    table = together(*tables)
    rows = pd.DataFrame(queue, columns=["change_number", "waiting_on", "score"])
    rows = rows.assign(area_id="api", state="never_reviewed", reasons=[["+1.0 x"]] * len(rows))
    return todo.build(
        reviewer,
        queue=made(schema.QUEUE, rows),
        **{name: table[name] for name in ("changes", "votes", "accounts")},
        change_files=made(schema.CHANGE_FILES, pd.DataFrame(files, columns=["change_number", "path"])),
        known_points=60,
        revisit_points=15,
        review_label="Code-Review",
        most=most,
    ).sort_values("rank")


def test_own_reviewed_and_blocked_changes_are_not_listed():
    rows = listed(
        reviews(UPLOAD, PASS, number=5),
        reviews(UPLOAD, PASS, number=6, owner=CASEY),
        reviews(UPLOAD, PASS, vote(CASEY, 1), number=7),
        reviews(UPLOAD, PASS, number=8),
        queue=[(5, "reviewers", 1.0), (6, "reviewers", 1.0), (7, "reviewers", 1.0), (8, "owner", 1.0)],
    )

    assert rows["change_number"].tolist() == [5]


def test_changes_in_files_that_the_reviewer_knows_come_first_and_say_so():
    rows = listed(
        reviews(UPLOAD, PASS, number=5),
        reviews(UPLOAD, PASS, number=6),
        reviews(UPLOAD, vote(CASEY, 1), number=7, status="MERGED"),
        queue=[(5, "reviewers", 30.0), (6, "reviewers", 10.0)],
        files=[(5, "nova/api/x.py"), (6, "nova/virt/a.py"), (6, "doc/b.rst"), (7, "nova/virt/c.py")],
    )

    assert rows["change_number"].tolist() == [6, 5]
    assert rows["score"].tolist() == [40.0, 30.0]
    assert list(rows["reasons"].iloc[0]) == ["+30.0 you know the folders of 50 % of its files", "+1.0 x"]


def test_changes_that_need_a_second_plus_two_are_listed_for_cores_only():
    waiting = reviews(UPLOAD, PASS, vote(ROBIN, 2), number=5)
    queue = [(5, "second_core", 1.0)]

    assert listed(waiting, queue=queue).empty
    core = reviews(UPLOAD, vote(CASEY, 2), number=9, status="MERGED")
    assert listed(waiting, core, queue=queue)["change_number"].tolist() == [5]


def test_a_vote_on_an_older_patch_set_makes_the_change_a_revisit():
    rows = listed(
        reviews(UPLOAD, vote(CASEY, -1), ("upload", "3 10:00"), number=5),
        reviews(UPLOAD, number=6),
        queue=[(5, "reviewers", 1.0), (6, "reviewers", 2.0)],
    )

    assert rows["change_number"].tolist() == [5, 6]
    assert "+15.0 you reviewed an older patch set" in list(rows["reasons"].iloc[0])


def test_a_removed_vote_makes_no_revisit():
    rows = listed(reviews(UPLOAD, vote(CASEY, -1), vote(CASEY, 0, day=3), number=5), queue=[(5, "reviewers", 1.0)])

    assert list(rows["reasons"].iloc[0]) == ["+1.0 x"]


def test_the_smallest_comes_first_among_equals_and_the_list_is_short():
    rows = listed(
        reviews(UPLOAD, number=5, insertions=90, deletions=0),
        reviews(UPLOAD, number=6, insertions=3, deletions=0),
        reviews(UPLOAD, number=7, insertions=50, deletions=0),
        queue=[(5, "reviewers", 1.0), (6, "reviewers", 1.0), (7, "reviewers", 1.0)],
        most=2,
    )

    assert rows["change_number"].tolist() == [6, 7]


@pytest.mark.parametrize("reviewer", ["CASEY-EXAMPLE", str(CASEY)])
def test_a_reviewer_is_found_by_name_or_number(reviewer):
    assert listed(reviews(UPLOAD, number=5), queue=[(5, "reviewers", 1.0)], reviewer=reviewer)["rank"].tolist() == [1]


def test_an_unknown_reviewer_is_refused_with_the_nearest_names():
    with pytest.raises(UsageError) as raised:
        listed(reviews(UPLOAD), queue=[(7, "reviewers", 1.0)], reviewer="casey-exampel")

    assert raised.value.found == "'casey-exampel', the name of 0 accounts"
    assert "casey-example" in raised.value.do


def test_a_part_of_a_name_is_answered_with_the_names_that_hold_it():
    with pytest.raises(UsageError) as raised:
        listed(reviews(UPLOAD), queue=[(7, "reviewers", 1.0)], reviewer="casey")

    assert raised.value.do.startswith("try ") and "casey-example" in raised.value.do


def test_the_owner_of_a_change_is_its_author_too():
    assert listed(reviews(UPLOAD, number=5), queue=[(5, "reviewers", 1.0)], reviewer=str(OWNER)).empty


def test_a_reviewer_is_refused_if_there_is_no_account_at_all():
    with pytest.raises(UsageError, match="the name of 0 accounts"):
        todo.who("casey-example", schema.ACCOUNTS.empty())


def test_an_account_that_was_not_served_has_a_list_by_its_number():
    assert todo.build(4242, queue=schema.QUEUE.empty(), changes=schema.CHANGES.empty(),
                      change_files=schema.CHANGE_FILES.empty(), votes=schema.VOTES.empty(),
                      accounts=schema.ACCOUNTS.empty(), known_points=1.0, revisit_points=1.0,
                      review_label="Code-Review").empty  # fmt: skip
