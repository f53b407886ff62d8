"""Combined evidence: the links of a bug to changes and commits, and those that count as a fix."""

import pandas as pd
import pytest
from served_records import ID, at, change, commit, linked, rows, sha

from analysis.judge import links
from analysis.judge.links import topics
from analysis.tables import schema

pytestmark = pytest.mark.long  # each test judges a set of links from the beginning

COLUMNS = ("bug_id", "kind", "ref", "evidence", "relation", "counts_as_fix")
FOOTER = f"Fix quota\n\nCloses-Bug: #1500000\nChange-Id: {ID}\n"

UNREAD = f"Tidy up\n\npreparation for bug 1500000\n\nChange-Id: {ID}\n"


def link_rows(*columns, **inputs):
    table = schema.validate(linked(**inputs)["links"], schema.LINKS)
    return rows(table, *(columns or COLUMNS))


def test_a_footer_links_change_and_commit():
    assert link_rows(served=[change(7, message=FOOTER)], history=[commit(2, FOOTER)]) == [
        (1500000, "change", "7", "footer", "closes", True),
        (1500000, "commit", sha(2), "footer", "closes", True),
    ]


def test_a_bug_that_was_not_fetched_is_linked_too():
    # linked() hands on an empty table of bugs.
    assert [row[0] for row in link_rows(served=[change(7, message=FOOTER)])] == [1500000]


def test_the_strongest_footer_of_a_bug_wins():
    message = "Fix quota\n\nRelated-Bug: #1500000\nPartial-Bug: #1500000\nCloses-Bug: #1500000\n"

    assert link_rows("relation", "source_text", served=[change(7, message=message)]) == [
        ("closes", "Closes-Bug: #1500000")
    ]


def test_forms_that_disagree_about_a_bug_name_each_other_as_conflicts():
    message = "Fix quota\n\nThis fixes bug 1500000\n\nPartial-Bug: #1500000\n"

    assert link_rows("evidence", "relation", "conflicts_with", served=[change(7, message=message)]) == [
        ("footer", "partial", "phrase"),
        ("phrase", "closes", "footer"),
    ]


def test_a_link_says_whether_the_hook_reads_the_message_the_same_way():
    message = "Fix bug 1500000\n\nCloses-Bug: #1500000\n"

    assert link_rows("evidence", "hook_sees_it", served=[change(7, message=message, topic="bug/1500000")]) == [
        ("footer", False),
        ("subject", False),
        ("topic", None),
    ]


def test_a_change_without_a_message_has_the_links_of_the_commit_it_became():
    assert link_rows(served=[change(7)], history=[commit(2, FOOTER)]) == [
        (1500000, "change", "7", "change_id", "closes", True),
        (1500000, "commit", sha(2), "footer", "closes", True),
    ]


def test_a_commit_has_the_topic_of_the_change_it_was():
    bare = f"Fix quota\n\nChange-Id: {ID}\n"

    assert link_rows(served=[change(7, topic="bug/1500000")], history=[commit(2, bare)]) == [
        (1500000, "change", "7", "topic", "related", False),
        (1500000, "commit", sha(2), "change_id", "related", False),
    ]


@pytest.mark.parametrize(
    ("topic", "bug"),
    [
        ("bug/1500000", 1500000),
        ("bug/7", 7),
        ("bug/1500000-and-more", 1500000),
        ("bug1500000", 1500000),
        ("Bug1500000", 1500000),
        ("bug_1500000", 1500000),
        ("bug-1500000", 1500000),
        ("bugs/1500000/again", 1500000),
        ("lp/1500000", 1500000),
        ("lp-bug-1500000", 1500000),
        ("BUG/3427", None),
        ("1500000", None),
        ("bug/quota", None),
        ("lm_bug1/1500000", None),
        ("debug-1500000", None),
        ("bugfix", None),
        ("bug/0", None),
    ],
)
def test_a_topic_names_a_bug_only_in_the_known_forms(topic, bug):
    changes = pd.DataFrame({"kind": ["change"], "ref": ["7"], "topic": [topic]}).astype("str")

    assert topics.parse(changes)["bug_id"].tolist() == ([] if bug is None else [bug])


def test_a_topic_alone_is_a_fix_where_no_message_is_known():
    assert link_rows(served=[change(7, topic="bug/1500000")]) == [(1500000, "change", "7", "topic", "closes", True)]


@pytest.mark.parametrize(("word", "counts"), [("Closes", True), ("Partial", True), ("Related", False)])
def test_a_topic_gets_the_relation_that_the_message_states(word, counts):
    message = f"Fix quota\n\n{word}-Bug: #1500000\n"
    relation = word.lower()

    assert link_rows("evidence", "relation", "counts_as_fix", "conflicts_with",
                 served=[change(7, topic="bug/1500000", message=message)]) == [
        ("footer", relation, counts, None),
        ("topic", relation, counts, None),
    ]  # fmt: skip


def test_a_topic_that_names_another_bug_than_the_message_conflicts_with_it():
    columns = ("bug_id", "evidence", "relation", "counts_as_fix", "conflicts_with")

    assert link_rows(*columns, served=[change(7, topic="bug/1400000", message=FOOTER)]) == [
        (1400000, "topic", "related", False, "footer"),
        (1500000, "footer", "closes", True, None),
    ]


def test_a_reproducer_is_linked_and_no_fix():
    message = "Add regression test for bug 1500000\n\nPartial-Bug: #1500000\n"

    assert link_rows(served=[change(7, message=message)]) == [
        (1500000, "change", "7", "footer", "partial", False),
        (1500000, "change", "7", "subject", "related", False),
    ]


def test_a_related_change_is_linked_and_no_fix():
    assert link_rows(
        "relation", "counts_as_fix", served=[change(7, message="Log more\n\nRelated-Bug: #1500000\n")]
    ) == [("related", False)]


def test_the_strongest_link_of_a_fix_decides_its_relation():
    message = "Fix quota\n\nPartial-Bug: #1500000\nRelated-Bug: #1400000\n"
    served = [change(8, message=message), change(7, message=message, topic="bug/1500000")]
    table = linked(served=served)["links"]

    assert rows(schema.fix_links(table, "change"), "change_number", "bug_id", "evidence", "relation") == [
        (7, 1500000, "footer", "partial"),
        (8, 1500000, "footer", "partial"),
    ]
    assert schema.fix_links(table, "commit").empty


def test_a_reverted_fix_no_longer_counts():
    history = [
        commit(2, "Fix quota\n\nCloses-Bug: #1500000\n", minute=1),
        commit(3, f'Revert "Fix quota"\n\nThis reverts commit {sha(2)}.\n', minute=2),
    ]

    assert link_rows("ref", "evidence", "relation", "counts_as_fix", history=history) == [
        (sha(2), "footer", "closes", False),
        (sha(3), "revert", "related", False),
    ]


def test_a_revert_of_a_revert_counts_again():
    history = [
        commit(2, "Fix quota\n\nCloses-Bug: #1500000\n", minute=1),
        commit(3, f'Revert "Fix quota"\n\nThis reverts commit {sha(2)}.\n', minute=2),
        commit(4, f'Revert "Revert "Fix quota""\n\nThis reverts commit {sha(3)}.\n', minute=3),
    ]

    assert link_rows("ref", "evidence", "relation", "counts_as_fix", history=history) == [
        (sha(2), "footer", "closes", True),
        (sha(3), "revert", "related", False),
        (sha(4), "revert", "closes", True),
    ]


def test_a_fix_proposed_again_after_its_revert_counts():
    history = [
        commit(2, "Fix quota\n\nCloses-Bug: #1500000\n", minute=1),
        commit(3, 'Revert "Fix quota"\n\nIt broke.\n', minute=2),
        commit(4, "Fix quota\n\nCloses-Bug: #1500000\n", minute=3),
    ]

    fixes = link_rows("ref", "counts_as_fix", history=history)

    assert fixes == [(sha(2), False), (sha(3), False), (sha(4), True)]


def test_a_revert_with_a_copied_footer_is_no_fix():
    history = [
        commit(2, "Fix quota\n\nCloses-Bug: #1500000\n", minute=1),
        commit(3, 'Revert "Fix quota"\n\nCloses-Bug: #1500000\n', minute=2),
    ]

    assert link_rows("ref", "evidence", "counts_as_fix", "conflicts_with", history=history)[1:] == [
        (sha(3), "footer", False, "revert"),
        (sha(3), "revert", False, "footer"),
    ]


def test_a_revert_that_closes_another_bug_is_a_fix_of_that_bug():
    history = [
        commit(2, "Add quota\n\nPartial-Bug: #1400000\n", minute=1),
        commit(3, 'Revert "Add quota"\n\nCloses-Bug: #1500000\n', minute=2),
    ]

    assert (1500000, sha(3), True) in link_rows("bug_id", "ref", "counts_as_fix", history=history)


def test_a_proposed_revert_undoes_nothing_yet():
    fix = change(7, message=FOOTER, status="MERGED", submitted=at(10))
    revert = change(8, uploads=(20,), message='Revert "Fix quota"\n\nIt broke.\n', change_id="I" + "b" * 40)

    assert link_rows("ref", "counts_as_fix", served=[fix, revert]) == [("7", True), ("8", False)]


def test_a_change_whose_commit_was_reverted_no_longer_counts():
    fix = change(7, message=FOOTER, status="MERGED", submitted=at(10))
    history = [commit(2, FOOTER, minute=1), commit(3, 'Revert "Fix quota"\n\nIt broke.\n', minute=2)]

    assert ("change", False) in link_rows("kind", "counts_as_fix", served=[fix], history=history)


def test_a_cherry_pick_has_the_links_of_its_origin():
    bare = f"Fix quota\n\nChange-Id: {ID}\n(cherry picked from commit {sha(2)})\n"
    history = [commit(2, FOOTER), commit(3, bare, branch="stable/kilo")]

    assert link_rows("ref", "evidence", "relation", "counts_as_fix", history=history) == [
        (sha(2), "footer", "closes", True),
        (sha(3), "cherry_pick", "closes", True),
    ]


def test_a_backport_without_a_message_is_recognised_by_its_change_id():
    served = [change(7, message=FOOTER), change(8, branch="stable/kilo")]

    assert link_rows("ref", "evidence", "relation", served=served) == [
        ("7", "footer", "closes"),
        ("8", "backport", "closes"),
    ]


def test_a_change_id_of_another_project_makes_no_link():
    served = [change(7, message=FOOTER), change(8, project="openstack/cinder", branch="stable/kilo")]

    assert link_rows("ref", served=served) == [("7",)]


def test_source_text_is_cut_and_hostile_text_is_kept():
    message = "Fix it\n\nCloses-Bug: #1500000 <script>alert(1)</script>" + "x" * 500

    ((text,),) = link_rows("source_text", served=[change(7, message=message)])

    assert text.startswith("Closes-Bug: #1500000 <script>")
    assert len(text) == 200


@pytest.mark.parametrize(("message", "listed_under"), [(None, ("commit", sha(2))), (UNREAD, ("change", "7"))])
def test_a_line_without_a_link_is_listed_once_and_under_its_change_if_served(message, listed_under):
    left = linked(served=[change(7, message=message)], history=[commit(2, UNREAD)])["unread_lines"]

    assert rows(left, "kind", "ref", "line") == [(*listed_under, "preparation for bug 1500000")]


def test_no_changes_and_no_commits_make_empty_tables():
    assert {name: len(table) for name, table in linked().items()} == {
        "links": 0,
        "unread_lines": 0,
        "change_commits": 0,
        "blueprints": 0,
    }


def test_building_links_does_not_change_the_input_tables():
    from served_records import PROJECT, tables

    from analysis.tables import commits

    inputs = {
        "bug_messages": schema.BUG_MESSAGES.empty(),
        "changes": tables(change(7, message=FOOTER, topic="bug/1400000"))["changes"],
        "commits": commits.tables([commit(2, FOOTER)], project=PROJECT)["commits"],
    }
    before = {name: table.copy(deep=True) for name, table in inputs.items()}

    links.build(**inputs)

    for name, table in inputs.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_the_order_of_the_input_rows_does_not_matter():
    served = [change(number, message=FOOTER, topic="bug/1400000") for number in (7, 8, 9)]
    history = [commit(number, f"{FOOTER}\nFixes bug 1400000\n", minute=number) for number in (2, 3, 4)]

    forward = linked(served=served, history=history)
    backward = linked(served=served[::-1], history=history[::-1])

    for name in forward:
        pd.testing.assert_frame_equal(forward[name], backward[name])


def test_each_disagreement_is_described_once_in_a_sentence():
    frames = linked(
        served=[
            change(7, topic="bug/1500000", message="Fix it\n\nCloses-Bug: #1500001\n"),
            change(8, topic="bug/1500002", message="Tidy up\n", change_id="I" + "b" * 40),
            change(9, message="Fix it\n\nRelated-Bug: #1500003\nFixes bug 1500003.\n", change_id="I" + "c" * 40),
            change(10, topic="bug/1500004", message="Fix it\n\nCloses-Bug: #1500004\n", change_id="I" + "d" * 40),
        ]
    )

    assert rows(links.disagreements(frames["links"]), "bug_id", "ref", "evidence", "meaning") == [
        (1500000, "7", "topic", "the message does not name the bug; it names bug 1500001"),
        (1500002, "8", "topic", "the message names no bug"),
        (1500003, "9", "phrase", "phrase says closes, footer says related"),
    ]
