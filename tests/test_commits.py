"""Git records -> commits, commit_files."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from served_records import PROJECT, commit, rows, sha

from analysis.tables import commits, schema


def tables(*history):
    result = commits.tables(history, project=PROJECT)
    return {name: schema.validate(table, schema.TABLES[name]) for name, table in result.items()}


def test_the_last_change_id_of_a_message_counts_as_in_gerrit():
    message = f"Fix it\n\nChange-Id: I{'a' * 40}\nSigned-off-by: nobody\nChange-Id: I{'b' * 40}\n"

    table = tables(commit(2, message))["commits"]

    assert rows(table, "subject", "change_id") == [("Fix it", f"I{'b' * 40}")]


def test_a_quoted_change_id_is_not_the_commits_own():
    table = tables(commit(2, f"Revert it\n\n    Change-Id: I{'a' * 40}\n"))["commits"]

    assert table["change_id"].isna().tolist() == [True]


def test_the_last_cherry_pick_line_names_the_nearest_ancestor():
    message = f"Fix it\n\n(cherry picked from commit {sha(5)})\n(cherry picked from commit {sha(6)})\n"

    assert rows(tables(commit(2, message))["commits"], "cherry_picked_from") == [(sha(6),)]


def test_the_reverted_sha_is_read_even_if_its_line_wraps():
    table = tables(commit(2, f'Revert "Fix it"\n\nThis reverts commit\n{sha(5).upper()}.\n'))["commits"]

    assert rows(table, "reverts") == [(sha(5),)]


def test_a_commit_with_two_parents_is_a_merge():
    table = tables(commit(2, "Merge it", parents=[sha(1), sha(3)]), commit(3, "Fix it", parents=[]))["commits"]

    assert rows(table, "sha", "is_merge") == [(sha(2), True), (sha(3), False)]


def test_each_path_has_a_row():
    commit_files = tables(commit(2, "Fix it", paths=["nova/quota.py", "nova/db/api.py"]))["commit_files"]

    assert rows(commit_files, "sha", "path") == [(sha(2), "nova/db/api.py"), (sha(2), "nova/quota.py")]


def test_no_records_make_empty_tables():
    assert [len(table) for table in tables().values()] == [0, 0]


@pytest.mark.long
@given(st.text(st.characters()))
def test_any_message_can_be_read(message):
    table = tables(commit(2, message))["commits"]

    assert table["message"].iloc[0].split("\n")[0] == table["subject"].iloc[0]


def day(number):
    return f"2015-05-{number:02d}T10:00:00+00:00"


def record(sha, written, *parents, message="Add it"):
    return {"sha": sha * 40, "parents": [parent * 40 for parent in parents], "authored_at": day(written),
            "committed_at": day(written), "author": "Casey Example", "branch": "master", "message": message,
            "paths": ["nova/quota.py"]}  # fmt: skip


def there(served, number):
    instant = pd.Timestamp(day(number))
    tables = commits.tables(served, project="openstack/nova")
    past = commits.as_of(tables, instant, later=commits.merged_later(served, instant))
    assert set(past["commit_files"]["sha"]) == set(past["commits"]["sha"])
    return "".join(sorted(sha[0] for sha in past["commits"]["sha"]))


def test_a_replay_has_commits_on_the_branch_and_not_those_only_written():
    served = [record("d", 9, "c", "b"), record("c", 8, "a"), record("b", 2, "a"), record("a", 1)]

    assert [there(served, number) for number in (1, 3, 8, 9)] == ["a", "a", "ac", "abcd"]  # b came with the merge d


def test_a_commit_is_no_older_than_its_parents():
    served = [record("c", 2, "b"), record("b", 7, "a"), record("a", 1)]

    assert [there(served, number) for number in (3, 7)] == ["a", "abc"]


def test_in_a_linear_history_a_commit_on_a_later_merge_came_later():
    merged_at = {("I" + "1" * 40, "master"): pd.Timestamp(day(8))}
    served = [record("c", 3, "b"), record("b", 2, "a", message=f"Add it\n\nChange-Id: I{'1' * 40}"), record("a", 1)]

    assert commits.merged_later(served, pd.Timestamp(day(5)), merged_at) == {"b" * 40, "c" * 40}
    assert commits.merged_later(served, pd.Timestamp(day(8)), merged_at) == set()


def test_a_known_merge_date_counts_even_above_a_later_merge():
    ids = {name: "I" + name * 40 for name in "bd"}
    merged_at = {(ids["b"], "master"): pd.Timestamp(day(8)), (ids["d"], "master"): pd.Timestamp(day(4))}
    served = [
        record("e", 4, "d"),
        record("d", 4, "c", message=f"Add it\n\nChange-Id: {ids['d']}"),
        record("c", 3, "b"),
        record("b", 2, "a", message=f"Add it\n\nChange-Id: {ids['b']}"),
        record("a", 1),
    ]

    assert commits.merged_later(served, pd.Timestamp(day(5)), merged_at) == {"b" * 40, "c" * 40}


def test_a_commit_of_a_change_that_gerrit_showed_open_afterwards_came_later():
    change_id = "I" + "1" * 40
    served = [record("a", 1, message=f"Add it\n\nChange-Id: {change_id}"), record("b", 2)]
    row = {"change_id": [change_id], "project": ["openstack/nova"], "branch": ["master"], "status": ["NEW"]}
    changes = schema.CHANGES.frame({**row, "change_number": [7], "updated_at": pd.DatetimeIndex([day(5)])})

    past = commits.without_open(commits.tables(served, project="openstack/nova"), changes)

    assert [sha[0] for sha in past["commits"]["sha"]] == ["b"]
    assert len(past["commit_files"]) == 1
