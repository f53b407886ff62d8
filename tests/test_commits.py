"""Git records -> commits, commit_files."""

from hypothesis import given
from hypothesis import strategies as st
from served import PROJECT, commit, rows, sha

from analysis import commits, schema


def tables(*history):
    found = commits.tables(history, project=PROJECT)
    return {name: schema.validate(table, schema.TABLES[name]) for name, table in found.items()}


def test_the_last_change_id_counts_for_gerrit_goes_by_that():
    message = f"Fix it\n\nChange-Id: I{'a' * 40}\nSigned-off-by: nobody\nChange-Id: I{'b' * 40}\n"

    found = tables(commit(2, message))["commits"]

    assert rows(found, "subject", "change_id") == [("Fix it", f"I{'b' * 40}")]


def test_a_quoted_change_id_is_not_the_commits_own():
    found = tables(commit(2, f"Revert it\n\n    Change-Id: I{'a' * 40}\n"))["commits"]

    assert found["change_id"].isna().tolist() == [True]


def test_the_last_cherry_pick_line_names_the_nearest_ancestor():
    message = f"Fix it\n\n(cherry picked from commit {sha(5)})\n(cherry picked from commit {sha(6)})\n"

    assert rows(tables(commit(2, message))["commits"], "cherry_picked_from") == [(sha(6),)]


def test_a_revert_names_what_it_reverts_though_the_line_wraps():
    found = tables(commit(2, f'Revert "Fix it"\n\nThis reverts commit\n{sha(5).upper()}.\n'))["commits"]

    assert rows(found, "reverts") == [(sha(5),)]


def test_a_commit_with_two_parents_is_a_merge():
    found = tables(commit(2, "Merge it", parents=[sha(1), sha(3)]), commit(3, "Fix it", parents=[]))["commits"]

    assert rows(found, "sha", "is_merge") == [(sha(2), True), (sha(3), False)]


def test_paths_are_a_row_each():
    found = tables(commit(2, "Fix it", paths=["nova/quota.py", "nova/db/api.py"]))["commit_files"]

    assert rows(found, "sha", "path") == [(sha(2), "nova/db/api.py"), (sha(2), "nova/quota.py")]


def test_no_records_make_empty_tables():
    assert [len(table) for table in tables().values()] == [0, 0]


@given(st.text(st.characters()))
def test_any_message_can_be_read(message):
    found = tables(commit(2, message))["commits"]

    assert found["message"].iloc[0].split("\n")[0] == found["subject"].iloc[0]
