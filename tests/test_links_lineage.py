"""How changes and commits descend from one another."""

import pytest
from served_records import ID, at, change, commit, linked, rows, sha

from analysis.tables import schema

pytestmark = pytest.mark.long  # each test judges a set of links from the beginning

OTHER = "I" + "b" * 40


def joined_pairs(**inputs):
    table = schema.validate(linked(**inputs)["change_commits"], schema.CHANGE_COMMITS)
    return rows(table, "change_number", "sha", "evidence")


def message(change_id=ID):
    return f"Fix it\n\nChange-Id: {change_id}\n"


def test_a_change_and_its_commit_share_change_id_project_and_branch():
    history = [commit(2, message()), commit(3, message(), branch="stable/kilo"), commit(4, message(OTHER))]

    assert joined_pairs(served=[change(7)], history=history) == [(7, sha(2), "change_id")]


def test_a_branch_that_was_renamed_is_the_same_branch():
    fix = change(7, message=FIX, status="MERGED", submitted=at(10), branch="stable/yoga")
    history = [
        commit(2, FIX, branch="unmaintained/yoga"),
        commit(3, 'Revert "Fix it"\n', minute=20, branch="unmaintained/yoga"),
    ]

    undo = change(8, message='Revert "Fix it"\n', status="MERGED", submitted=at(20), branch="unmaintained/yoga",
                  change_id=OTHER)  # fmt: skip

    assert joined_pairs(served=[fix], history=history) == [(7, sha(2), "change_id")]
    assert fixes(served=[fix], history=history) == fixes(served=[fix, undo]) == []


def test_an_equal_sha_decides_before_the_change_id():
    history = [commit(2, message()), commit(701, message(), minute=500)]

    assert joined_pairs(served=[change(7)], history=history) == [(7, sha(701), "sha")]


def test_of_commits_with_one_change_id_the_nearest_to_the_submission_is_joined():
    history = [commit(number, message(), minute=minute) for number, minute in ((2, 10), (3, 95), (4, 300))]

    assert joined_pairs(served=[change(7, status="MERGED", submitted=at(100))], history=history) == [
        (7, sha(3), "change_id")
    ]


def test_a_commit_belongs_to_the_merged_one_of_two_changes():
    # Though the abandoned one was touched nearer to it.
    served = [change(7, status="ABANDONED"), change(8, status="MERGED", submitted=at(900))]

    assert joined_pairs(served=served, history=[commit(2, message())]) == [(8, sha(2), "change_id")]


def test_an_open_change_may_have_a_commit_when_the_clone_is_newer():
    assert joined_pairs(served=[change(7)], history=[commit(2, message(), minute=900)]) == [(7, sha(2), "change_id")]


def test_a_commit_older_than_its_change_is_joined_to_it():
    # The change is created when it is pushed; the commit was made before.
    assert joined_pairs(served=[change(7, uploads=(100,))], history=[commit(2, message(), minute=1)]) == [
        (7, sha(2), "change_id")
    ]


def test_a_commit_without_a_change_id_is_joined_to_no_change():
    assert joined_pairs(served=[change(7)], history=[commit(2, "Fix it\n")]) == []


@pytest.mark.parametrize(
    "words",
    ["This reverts commit {sha}.", "this reverts commit {short}", "This reverts commit\n{sha}"],
)
def test_a_revert_is_recognised_by_the_sha_that_it_names(words):
    history = [
        commit(2, "Fix it\n\nCloses-Bug: #1500000\n", minute=1),
        commit(0xABCDEF1234567890, "Undo\n\n" + words.format(sha=sha(2), short=sha(2)[:39]), minute=2),
    ]

    links = linked(history=history)["links"]

    assert rows(links[links["evidence"] == "revert"], "ref", "relation") == [(sha(0xABCDEF1234567890), "related")]


def test_a_revert_by_subject_means_the_latest_earlier_one_on_its_branch():
    fix = "Fix it\n\nCloses-Bug: #1500000\n"
    history = [
        commit(2, fix, minute=1),
        commit(3, fix, minute=2),
        commit(4, fix, minute=2, branch="stable/kilo"),
        commit(5, 'Revert "Fix it"\n\nIt broke.\n', minute=3),
        commit(6, fix, minute=4),
    ]

    links = linked(history=history)["links"]

    assert rows(links[links["evidence"] == "footer"], "ref", "counts_as_fix") == [
        (sha(2), True),
        (sha(3), False),
        (sha(4), True),
        (sha(6), True),
    ]


FIX = f"Fix it\n\nCloses-Bug: #1500000\nChange-Id: {ID}\n"
UNDO = f'Revert "Fix it"\n\nThis reverts commit {sha(2)}.\n'


def fixes(**inputs):
    """The refs that count as a fix of the bug."""
    table = linked(**inputs)["links"]
    return sorted(set(table.loc[table["counts_as_fix"], "ref"]))


@pytest.mark.parametrize(
    "backport",
    [
        FIX,
        f"Fix it here\n\nCloses-Bug: #1500000\nChange-Id: {OTHER}\n(cherry picked from commit {sha(2)})\n",
        "Fix it\n\nCloses-Bug: #1500000\n",
    ],
    ids=["Change-Id", "pick line", "subject"],
)
def test_a_revert_that_was_picked_undoes_the_fix_of_its_own_branch(backport):
    history = [
        commit(2, FIX, minute=1),
        commit(3, backport, minute=2, branch="stable/kilo"),
        commit(4, UNDO, minute=3, branch="stable/kilo"),
    ]

    assert fixes(history=history) == [sha(2)]
    assert fixes(history=[*history, commit(5, UNDO, minute=4)]) == []


def test_a_picked_revert_of_a_change_undoes_the_change_of_its_own_branch():
    fix, backport = (
        change(number, uploads=(0,), message=FIX, status="MERGED", submitted=at(10), branch=branch)
        for number, branch in ((7, "master"), (8, "stable/kilo"))
    )
    undo = UNDO.replace(sha(2), fix["current_revision"])
    revert = change(9, message=undo, status="MERGED", submitted=at(20), branch="stable/kilo", change_id=OTHER)

    assert fixes(served=[fix, backport, revert]) == ["7"]


def test_the_revert_that_gerrit_names_decides_before_the_message():
    fix = change(7, message=FIX, status="MERGED", submitted=at(10))
    other = change(6, message=FIX, status="MERGED", submitted=at(11), change_id="I" + "c" * 40)
    words = f'Revert "Fix it"\n\nThis reverts commit {other["current_revision"]}.\n\nCloses-Bug: #1500000\n'
    for message in ("Back it out\n\nCloses-Bug: #1500000\n", words):
        revert = change(8, message=message, status="MERGED", submitted=at(30), revert_of=7, change_id=OTHER)

        assert fixes(served=[fix, other, revert]) == ["6"]


def test_the_commit_of_a_revert_that_gerrit_knows_is_no_fix_either():
    fix = change(7, message=FIX, status="MERGED", submitted=at(10))
    words = f"Back it out\n\nCloses-Bug: #1500000\nChange-Id: {OTHER}\n"
    revert = change(8, message=words, status="MERGED", submitted=at(30), revert_of=7, change_id=OTHER)

    assert fixes(served=[fix, revert], history=[commit(2, FIX), commit(3, words, minute=30)]) == []


def test_a_revert_of_a_change_that_was_not_fetched_is_recognised_by_its_subject():
    fix = change(7, message=FIX, status="MERGED", submitted=at(10))
    revert = change(9, message='Revert "Fix it"\n', status="MERGED", submitted=at(30), revert_of=6, change_id=OTHER)

    assert fixes(served=[fix, revert]) == []


def test_a_pick_that_gerrit_knows_has_the_links_of_its_origin():
    pick = change(8, message="Fix it here\n", branch="stable/kilo", cherry_pick_of_change=7, change_id=OTHER)

    links = linked(served=[change(7, message=FIX), pick])["links"]

    assert rows(links, "ref", "evidence", "relation") == [("7", "footer", "closes"), ("8", "cherry_pick", "closes")]


def test_a_revert_on_a_branch_cut_with_the_fix_leaves_the_fix_on_master():
    history = [commit(2, FIX, minute=1), commit(4, UNDO, minute=3, branch="stable/kilo")]

    links = linked(history=history)["links"]

    assert rows(links, "ref", "evidence", "relation", "counts_as_fix") == [
        (sha(2), "footer", "closes", True),
        (sha(4), "revert", "related", False),
    ]


def test_a_relanded_fix_counts_though_its_revert_was_picked_to_another_branch():
    again = f'Revert "Revert "Fix it""\n\nThis reverts commit {sha(3)}.\n'
    history = [
        commit(2, FIX, minute=1),
        commit(3, UNDO, minute=2),
        commit(4, again, minute=3),
        commit(5, UNDO, minute=4, branch="stable/kilo"),
    ]

    assert fixes(history=history) == [sha(2), sha(4)]


def test_a_fix_that_was_relanded_in_the_same_second_as_its_revert_counts():
    again = f'Revert "Revert "Fix it""\n\nThis reverts commit {sha(9)}.\n'
    history = [commit(2, FIX, minute=1), commit(9, UNDO, minute=5), commit(3, again, minute=5)]

    assert fixes(history=history) == [sha(2), sha(3)]


def test_a_revert_by_subject_means_the_change_that_merged():
    fix = change(7, message=FIX, status="MERGED", submitted=at(10))
    rival = change(8, uploads=(15,), message=FIX, change_id=OTHER)
    revert = change(9, message='Revert "Fix it"\n', status="MERGED", submitted=at(20), change_id="I" + "c" * 40)

    assert fixes(served=[fix, rival, revert]) == ["8"]


def test_a_chain_of_picks_goes_to_the_nearest_ancestor():
    history = [
        commit(0xA1A1A1A1 << 128, "Fix it\n\nCloses-Bug: #1500000\n"),
        commit(0xB2B2B2B2 << 128, "Fix it\n\nRelated-Bug: #1500000\n", branch="stable/kilo"),
        commit(3, f"Fix it\n\n(cherry picked from commit {sha(0xA1A1A1A1 << 128)})\n"
                  f"(cherry picked from commit {sha(0xB2B2B2B2 << 128)})\n", branch="stable/juno"),
    ]  # fmt: skip

    links = linked(history=history)["links"]

    assert rows(links[links["evidence"] == "cherry_pick"], "ref", "relation") == [(sha(3), "related")]
