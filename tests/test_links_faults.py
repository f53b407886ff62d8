"""Faults of older tools that the links must not repeat."""

import pandas as pd
import pytest
from served_records import CASEY, ROBIN, ZUUL, at, change, commit, linked, rows, says, tables, votes, when

pytestmark = pytest.mark.line


def link_rows(result, *columns):
    return rows(result["links"], *columns)


def test_a_vote_of_the_ci_is_not_a_persons():
    messages = [says(5, ZUUL, "Patch Set 1: Verified-1"), says(6, ROBIN, "Patch Set 1: Code-Review-1")]

    table = tables(change(7, messages=messages))["votes"]

    assert rows(table, "account", "is_ci") == [(2, False), (9, True)]


def test_a_negative_vote_on_an_older_patch_set_is_not_the_current_one():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review-1")]

    table = tables(change(7, uploads=(0, 20), messages=messages, labels=votes("Code-Review")))["votes"]

    assert rows(table, "patch_set_number", "value", "is_standing") == [(1, -1, False)]


def test_the_owners_own_vote_is_known_as_the_owners():
    messages = [says(5, CASEY, "Patch Set 1: Code-Review+1")]
    frames = tables(change(7, messages=messages))

    votes_of_owner = frames["votes"]["account"].isin(frames["changes"]["owner"])

    assert votes_of_owner.tolist() == [True]


def test_the_last_update_is_not_the_merge_date():
    frames = tables(change(7, status="MERGED", submitted=at(60), updated=at(900)), change(8, updated=at(900)))

    assert rows(frames["changes"], "change_number", "submitted_at") == [(7, when(60)), (8, None)]


def test_any_number_of_changes_can_be_joined():
    served = [change(number, message=f"Fix {number}\n\nCloses-Bug: #{1500000 + number}\n") for number in range(1, 601)]

    assert [row[0] for row in link_rows(linked(served=served), "bug_id")] == [
        1500000 + number for number in range(1, 601)
    ]


@pytest.mark.parametrize("branch", ["stable/zed", "stable/2025.1", "unmaintained/2024.1", "stable/not-yet-named"])
def test_the_names_of_series_are_not_built_in(branch):
    fix, backport = commit(2, "Fix it\n\nCloses-Bug: #1500000\n"), commit(3, "Fix it\n\nCloses-Bug: #1500000\n")

    result = linked(history=[fix, backport | {"branch": branch}])

    assert link_rows(result, "ref", "counts_as_fix") == [(fix["sha"], True), (backport["sha"], True)]


def test_the_infra_bot_is_not_a_person():
    infra = {"_account_id": 4, "username": "hudson-openstack", "name": "OpenStack Infra"}

    accounts = tables(change(7, messages=[says(1, infra, "Hello")]))["accounts"]

    assert rows(accounts, "account", "kind") == [(1, "person"), (4, "bot")]


def test_a_duplicates_links_stay_its_own():
    # A duplicate is not closed by its master's fix: what follows from that is for whoever counts bugs.
    message = "Fix it\n\nCloses-Bug: #1500000\n"

    frames = linked(served=[change(7, message=message)])

    assert frames["links"]["bug_id"].tolist() == [1500000]
    assert frames["links"]["bug_id"].dtype == pd.Int64Dtype()
