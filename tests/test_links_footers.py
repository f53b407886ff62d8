"""Bug references in commit messages, in every spelling of Nova's history."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from served_records import rows

from analysis.judge.links import footers, hook_footers, lines
from analysis.tables import records, schema

BUG = 1500000
PIECES = ["Closes", "Fixes", "-", "Bug", "bug", ":", "#", " ", "1500000", "7", "LP", "\n", "see", ","]
WORDS = {
    "closes": ["Closes", "closes", "CLoses", "Close", "Closed", "Fixes", "Fix", "Fixed", "Resolves"],
    "partial": ["Partial", "partial", "Patial"],
    "related": ["Related", "related", "Relatd", "Releted", "Impacts", "Affects", "Reproduces"],
}


def commit_messages(*messages):
    return pd.DataFrame(
        {"kind": "commit", "ref": [str(place) for place in range(len(messages))], "message": list(messages)}
    ).astype("str")


def parse(messages_table):
    return footers.parse(messages_table, lines.candidate_lines(messages_table))


def read(message, *columns):
    return rows(parse(commit_messages(message)), *(columns or ("bug_id", "evidence", "relation", "hook_sees_it")))


def body(line):
    return f"Make it work\n\nIt did not.\n\n{line}\nChange-Id: I{'a' * 40}\n"


SPELLINGS = [
    ("Closes-Bug: #1500000", "closes", True),
    ("Related-Bug: #1500000", "related", True),
    ("Closes-bug: #1500000", "closes", True),
    ("Closes-Bug: 1500000", "closes", True),
    ("Partial-Bug: #1500000", "partial", True),
    ("Closes-Bug:#1500000", "closes", True),
    ("closes-bug: #1500000", "closes", True),
    ("Closes-Bug:1500000", "closes", True),
    ("Closes-bug #1500000", "closes", True),
    ("CLoses-Bug: #1500000", "closes", True),
    ("Closes-Bug:  #1500000", "closes", True),
    ("Closes-bug: # 1500000", "closes", True),
    ("Closes-bug: #1500000.", "closes", False),  # the hook wants the number to end the line
    ("Closes-Bug: #1500000 some text", "closes", False),
    ("Related-Bug: ##1500000", "related", True),
    ("Related-Bug: LP #1500000", "related", True),
    ("Related-Bug: bug/1500000", "related", False),
    ("Related--Bug: #1500000", "related", True),
    ("Partial-Bug: 1500000a", "partial", False),
    (" Closes-Bug: #1500000", "closes", True),
    ("[Ironic] Related-Bug: #1500000", "related", False),
    ("Relatd-Bug: #1500000", "related", False),
    ("Releted-Bug: #1500000", "related", False),
    ("Fixes-Bug: #1500000", "closes", True),
    ("Resolves-Bug: #1500000", "closes", True),
    ("Close-Bug: #1500000", "closes", False),
    ("Closed-Bug: #1500000", "closes", False),
    ("related-bug 1500000 , so we have to backport this", "related", False),
    ("Closes-Bug: https://bugs.launchpad.net/nova/+bug/1500000", "closes", False),
    ("Closes-Bug: 7", "closes", True),
    ("Closes-Bug: [1500000]", "closes", False),
    ("Closes\u2011Bug: #1500000", "closes", False),  # the hyphen of a word processor
    ("Closes \u2013 Bug: #1500000", "closes", False),
    ("Partially-Closes-Bug: #1500000", "partial", False),
    ("Partial-closes-Bug: #1500000", "partial", True),
]


@pytest.mark.parametrize(("line", "relation", "hook_sees_it"), SPELLINGS)
def test_a_footer_is_read_in_every_spelling(line, relation, hook_sees_it):
    bug = 7 if line.endswith(" 7") else BUG

    assert read(body(line)) == [(bug, "footer", relation, hook_sees_it)]


OTHER_FORMS = [
    ("Fixes bug 1500000", "phrase", "closes", True),
    ("fixes bug #1500000.", "phrase", "closes", False),
    ("Fixes: bug #1500000", "phrase", "closes", True),
    ("Fixes bug: 1500000", "phrase", "closes", True),
    ("Fix bug 1500000", "phrase", "closes", False),
    ("Closes bug: #1500000", "phrase", "closes", True),
    ("Fixes LP# 1500000", "phrase", "closes", True),
    ("Fixes LP Bug: #1500000", "phrase", "closes", True),
    ("Fixes: LP Bug #1500000", "phrase", "closes", True),
    ("Fix bug lp:#1500000", "phrase", "closes", False),
    ("Fixed Bug 1500000.", "phrase", "closes", False),
    ("Resolves bug 1500000.", "phrase", "closes", False),
    ("implements bug: 1500000", "phrase", "closes", False),
    ("    * Fixes bug 1500000", "phrase", "closes", False),
    ("Fixes https://bugs.launchpad.net/nova/+bug/1500000 for the", "phrase", "closes", False),
    ("This patch also fixes bug 1500000", "phrase", "closes", False),
    ("Partially fixes bug #1500000", "phrase", "partial", False),
    ("Partly fixes bug #1500000", "phrase", "partial", False),
    ("Addresses bug 1500000.", "phrase", "partial", False),
    ("Related to bug #1500000", "phrase", "related", False),
    ("References bug 1500000", "phrase", "related", False),
    ("Refs bug: 1500000", "phrase", "related", False),
    ("See bug #1500000.", "phrase", "related", False),
    ("See also https://bugs.launchpad.net/nova/+bug/1500000", "phrase", "related", False),
    ("bug 1500000", "bare", "closes", True),
    ("LP #1500000", "bare", "closes", True),
    ("https://bugs.launchpad.net/nova/+bug/1500000", "address", "related", False),
    ("[1] https://launchpad.net/bugs/1500000", "address", "related", False),
    ("This adds a functional test to recreate bug 1500000 where", "test", "related", False),
    ("so that it works. This fixes bug 1500000, in which it did not.", "sentence", "closes", False),
    ("Note that this patch only partially fixes LP #1500000 to be", "sentence", "partial", False),
    ("It makes the thing work\nand fixes bug 1500000", "sentence", "closes", False),
]


@pytest.mark.parametrize(("line", "evidence", "relation", "hook_sees_it"), OTHER_FORMS)
def test_the_forms_used_before_footers_are_read(line, evidence, relation, hook_sees_it):
    assert read(body(line)) == [(BUG, evidence, relation, hook_sees_it)]


@pytest.mark.parametrize("form", footers.FORMS, ids=lambda form: form.evidence)
def test_each_form_has_an_example_of_which_no_line_is_dropped_unread(form):
    examples = [line for written, *_ in SPELLINGS + OTHER_FORMS for line in written.split("\n")]

    matched = records.groups(pd.Series(examples, dtype="str"), form.pattern).index
    dropped = [examples[place] for place in matched if not re.search(lines.ABOUT, examples[place])]

    assert len(matched), "add a line of this form to SPELLINGS or OTHER_FORMS"
    assert dropped == [], "add the word of the form to lines.ABOUT"


def test_the_contract_of_links_knows_the_name_of_each_form():
    assert {form.evidence for form in footers.FORMS} <= set(schema.LINKS.columns["evidence"].one_of)


@pytest.mark.parametrize(
    "line",
    [
        "recheck bug 1500000",
        "As reported in bug 1500000, it did not.",
        "This was previously fixed in bug 1500000, but has since resurfaced",
        "Due to bug 1500000 Nova has forked it.",
        "1500000",
        "The table has 1500000 rows",
        "Fixes 1500000 rows",
        "Closes #1500000",
        "https://review.openstack.org/#/c/1500000/",
        "https://bugzilla.redhat.com/show_bug.cgi?id=1500000",
        "Debugging 1500000 rows",
        "Related-Bug: iothreads-for-instances",
        "Closes-Bug: TBD",
        "Fixes bug 12",
        "Change-Id: I1500000150000015000001500000150000015000",
        "Fixes bug 123456789012",
    ],
)
def test_a_number_that_merely_looks_like_a_bug_is_no_link(line):
    assert read(body(line)) == []


def test_a_sentence_that_was_wrapped_before_the_bug_is_no_link():
    assert read("Make it work\n\nWe may have to revert this once we\nfix bug 1500000 in another way.\n") == []


def test_several_bugs_of_a_line_are_all_read():
    assert read(body("Fixes: bug 1500000, bug 1500001 and #1500002"), "bug_id", "relation") == [
        (1500000, "closes"),
        (1500001, "closes"),
        (1500002, "closes"),
    ]


@pytest.mark.parametrize(
    "numbers",
    ["#1500000 #1500001", "1500000 1500001", "#1500000,#1500001", "1500000; 1500001", "LP#1500000, LP#1500001"],
)
def test_several_bugs_of_a_footer_are_all_read(numbers):
    assert read(body(f"Closes-Bug: {numbers}"), "bug_id", "relation") == [(1500000, "closes"), (1500001, "closes")]


def test_a_count_after_the_bug_of_a_footer_is_no_bug():
    assert read(body("Closes-Bug: 1500000 2000000 rows were read"), "bug_id") == [(1500000,)]


@pytest.mark.parametrize("line", ["Closes: #1500000", "Fixes #1500000", "Resolves: 1500000"])
def test_a_verb_with_a_bare_number_makes_no_link_and_is_listed(line):
    messages_table = commit_messages(body(line))

    assert read(body(line)) == []
    assert rows(footers.not_understood(messages_table), "line") == [(line,)]


@pytest.mark.parametrize(
    ("subject", "relation"),
    [
        ("Fix bug 1500000", "closes"),
        ("Add regression test for bug 1500000", "related"),
        ("libvirt: proposed fix for bug 1500000 - system hangs", "closes"),
        ("Workaround to mitigate bug #1500000", "related"),
        ('Revert "Fix bug 1500000"', "related"),
        ("Add a releasenote for bug#1500000", "related"),
    ],
)
def test_a_bug_in_the_subject_is_a_link(subject, relation):
    assert read(f"{subject}\n\nBody.\n", "bug_id", "evidence", "relation") == [(BUG, "subject", relation)]


def test_the_hook_takes_the_first_match_and_never_closes_the_bug():
    # A fix whose subject is "Fix bug N": the hook only comments, though the footer closes.
    message = "Fix bug 2114951\n\nIt did not work.\n\nCloses-Bug: #2114951\n"

    assert read(message) == [(2114951, "subject", "closes", False), (2114951, "footer", "closes", False)]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Closes-Bug: #1", {"1": "closes"}),
        ("bug 1", {"1": "closes"}),
        ("Fixes LP bug: #1", {"1": "closes"}),
        ("Fix LP bug: #1", {"1": "comment"}),
        ("Partial-Bug: 1\nCloses-Bug: 1", {"1": "partial"}),
        ("Impacts-Bug: #1\nRelated-Bug: #2", {"1": "related", "2": "related"}),
        ("Closed-Bug: 1\nCloses-Bug: 2.", {"1": "comment"}),
        ("This fixes bug 1", {}),
    ],
)
def test_a_message_is_read_as_the_hook_reads_it(message, expected):
    assert hook_footers.read(message) == expected


# An example is many messages at once, for reading is made of frames; so there are few, and each takes its time.
some = settings(max_examples=15)
FOOTERS = st.tuples(
    st.sampled_from([(word, relation) for relation, words in WORDS.items() for word in words]),
    st.sampled_from(["-Bug", "-bug", "-BUG", "--Bug", " - bug"]),
    st.sampled_from([": #", ":#", ": ", ":", " #", ":  # ", ": LP #", ": bug ", ": bug/", ": ##"]),
    st.integers(1, 99_999_999),
    st.sampled_from(["", ".", " and some words", "\t", ")"]),
)


@some
@given(st.lists(FOOTERS, min_size=20, max_size=60))
def test_every_footer_made_of_known_parts_is_read(written):
    messages = [body(f"{word}{joint}{colon}{bug}{after}") for (word, _), joint, colon, bug, after in written]

    result = parse(commit_messages(*messages))

    assert rows(result, "ref", "bug_id", "evidence", "relation") == [
        (str(place), bug, "footer", relation) for place, ((_, relation), _, _, bug, _) in enumerate(written)
    ]


@some
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), max_size=60))
def test_no_bug_is_invented(texts):
    table = parse(commit_messages(*texts))

    for place, bug in zip(table["ref"], table["bug_id"], strict=True):
        assert str(bug) in texts[int(place)]


@pytest.mark.long
@some
@given(st.lists(st.lists(st.sampled_from(PIECES)).map("".join), max_size=60))
def test_every_line_with_a_bug_is_a_link_or_not_understood(messages):
    messages_table = commit_messages(*messages)
    lines = [(str(ref), number, line) for ref, m in enumerate(messages) for number, line in enumerate(m.split("\n"))]

    linked = set(rows(parse(messages_table), "ref", "line_number"))
    left = set(rows(footers.not_understood(messages_table), "ref", "line_number"))

    assert not linked & left
    assert {line[:2] for line in lines if re.search(footers.LOOKS_LIKE_ONE, line[2])} <= linked | left


@pytest.mark.parametrize("gap", ["\n", " \n", ":\n", "\t"])
def test_a_megabyte_of_blank_lines_is_read_quickly(gap):
    message = "Fix it\n\nCloses-Bug: #1500001\n" + gap * 500_000 + "\nRelated-Bug: #1500002"

    assert hook_footers.read(message) == {"1500001": "closes", "1500002": "related"}


def test_a_line_of_a_megabyte_is_read_quickly():
    long = "Closes-Bug: " * 100_000 + "#1500000\n" + "bug " * 300_000 + "1500000\n"

    assert read(f"Fix it\n\n{long}\nCloses-Bug: #1500001\n", "bug_id") == [(1500001,)]


@pytest.mark.parametrize("quote", ["    Closes-Bug: #1400000", "> Closes-Bug: #1400000", "\tFixes: bug 1400000"])
def test_a_footer_quoted_in_a_message_with_its_own_footers_is_only_related(quote):
    message = f"Undo the shelf\n\nIt said then:\n\n{quote}\n\nRelated-Bug: #{BUG}\nChange-Id: I{'a' * 40}\n"

    by_name = {bug: (relation, strength) for bug, relation, strength in read(message, "bug_id", "relation", "strength")}

    assert by_name == {1400000: ("related", footers.QUOTED_STRENGTH), BUG: ("related", 0.98)}


def test_a_message_that_is_indented_as_a_whole_keeps_its_footers():
    message = f"    Mend the shelf\n\n    Closes-Bug: #{BUG}\n    Change-Id: I{'a' * 40}\n"

    assert read(message, "bug_id", "relation", "strength") == [(BUG, "closes", 0.98)]
