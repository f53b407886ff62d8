"""Votes by patch set: from labels, from messages in every wording, copied, taken back, deleted."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from served_records import CASEY, ROBIN, ZUUL, change, rows, says, tables, votes, when

from analysis.errors import ProjectFileError
from analysis.tables import schema
from analysis.tables.changes import CopyRules, copying
from analysis.tables.votes_in_messages import copied_at_upload, parse_votes

COLUMNS = ("patch_set_number", "label", "account", "value", "is_standing", "is_copied", "source")


def cast(*messages, columns=COLUMNS, copy_rules=None, **facts):
    table = tables(change(7, messages=messages, **facts), copy_rules=copy_rules)["votes"]
    return rows(schema.validate(table, schema.VOTES), *columns)


def values(*messages, **facts):
    return cast(*messages, columns=("label", "account", "value"), **facts)


def votes_of_each(*several):
    """The votes of several changes, each given by its facts; the tables of many take no longer than those of one."""
    table = tables(*(change(number, **facts) for number, facts in enumerate(several)))["votes"]
    schema.validate(table, schema.VOTES)
    return [rows(table[table["change_number"].eq(number)], *COLUMNS) for number in range(len(several))]


WORDINGS = {
    "Patch Set 1: Code-Review+2 Workflow+1": [("Code-Review", 2), ("Workflow", 1)],
    "Patch Set 1: Code-Review-1\n\n(3 comments)\n\nNot yet.": [("Code-Review", -1)],
    "Patch Set 1: Verified-1 Code-Review-2": [("Code-Review", -2), ("Verified", -1)],
    "Patch Set 1: -Code-Review": [("Code-Review", 0)],
    "Patch Set 1: -Code-Review Workflow-1": [("Code-Review", 0), ("Workflow", -1)],
    "Patch Set 1: Looks good to me, approved": [("Code-Review", 2)],
    "Patch Set 1: Looks good to me (core reviewer); Approved": [("Code-Review", 2), ("Workflow", 1)],
    "Patch Set 1: Looks good to me, but someone else must approve": [("Code-Review", 1)],
    "Patch Set 1: I would prefer that you didn't merge this": [("Code-Review", -1)],
    "Patch Set 1: Do not merge": [("Code-Review", -2)],
    "Patch Set 1: Verified; Looks good to me, approved": [("Code-Review", 2), ("Verified", 2)],
    "Patch Set 1: Fails": [("Verified", -2)],
    "Patch Set 1: Doesn't seem to work\n\nBuild failed.": [("Verified", -1)],
    "Patch Set 1: Work in progress": [("Workflow", -1)],
}


def test_votes_are_read_from_messages_in_every_wording():
    results = votes_of_each(*({"messages": [says(5, ROBIN, line)]} for line in WORDINGS))

    readings = {line: [(row[1], row[3]) for row in result] for line, result in zip(WORDINGS, results, strict=True)}
    assert readings == WORDINGS
    assert {row[2] for result in results for row in result} == {ROBIN["_account_id"]}


def test_text_that_people_write_is_never_read_as_a_vote():
    lines = [
        "Patch Set 1:\n\nCode-Review+2 would be fine",
        "Patch Set 1: Published edit on patch set 1.",
        "Patch Set 1: Patch Set 2 was rebased",
        "Patch Set 1: Cherry Picked from branch master.",
        "Patch Set 1: Code-Review+2 once the nit is gone",
        "Uploaded patch set 1.",
        "Code-Review+2",
        "recheck bug 1500000",
        "> Patch Set 1: Code-Review+2",
    ]

    results = votes_of_each(*({"messages": [says(5, ROBIN, line)]} for line in lines))

    assert [line for line, result in zip(lines, results, strict=True) if result] == []


def read(*texts):
    """The votes that are parsed from these messages, each on a change of its own."""
    messages = schema.CHANGE_MESSAGES.frame(
        {
            "change_number": range(len(texts)),
            "message_id": ["m"] * len(texts),
            "account": [2] * len(texts),
            "text": texts,
        }
    )
    return rows(parse_votes(messages, schema.ACCOUNTS.empty()), "change_number", "label", "value")


@pytest.mark.long
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1))
def test_text_below_the_first_line_is_never_read_as_a_vote(texts):
    assert read(*(f"Patch Set 1:\n\n{text}" for text in texts)) == []


@pytest.mark.long
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][a-z]{0,8}(-[A-Z][a-z]{1,8})?", fullmatch=True), st.integers(-2, 2), min_size=1, max_size=4
    )
)
def test_every_vote_that_gerrit_writes_is_read(marks):
    line = " ".join(f"-{label}" if value == 0 else f"{label}{value:+d}" for label, value in marks.items())

    assert read(f"Patch Set 1: {line}") == [(0, label, value) for label, value in sorted(marks.items())]


def test_the_last_vote_on_a_patch_set_is_the_vote():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review-1"), says(9, ROBIN, "Patch Set 1: Code-Review+1")]

    assert cast(*messages, columns=("value", "cast_at")) == [(1, when(9))]


def test_a_vote_on_an_older_patch_set_is_not_current():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review-1"), says(25, CASEY, "Patch Set 2: Code-Review+1", 2)]

    assert cast(*messages, uploads=(0, 20)) == [
        (1, "Code-Review", 2, -1, False, False, "messages"),
        (2, "Code-Review", 1, 1, True, False, "messages"),
    ]


def test_a_late_vote_counts_on_the_patch_set_that_it_names():
    messages = [says(25, ROBIN, "Patch Set 1: Code-Review-1", 1)]

    assert cast(*messages, uploads=(0, 20)) == [(1, "Code-Review", 2, -1, False, False, "messages")]


def test_a_vote_on_an_unknown_patch_set_hides_no_other_vote():
    messages = [says(25, ROBIN, "Patch Set 2: Code-Review+1", 2), says(26, ROBIN, "Patch Set 5: Code-Review-1", 5)]

    result = cast(*messages, uploads=(0, 20))

    assert [row for row in result if row[4]] == [(2, "Code-Review", 2, 1, True, False, "messages")]


def test_a_vote_in_labels_and_messages_is_one_vote():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+1")]

    assert cast(*messages, labels=votes("Code-Review", (ROBIN, 1, 5))) == [
        (1, "Code-Review", 2, 1, True, False, "both"),
    ]


def test_labels_decide_if_they_disagree_with_messages():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+1")]

    assert cast(*messages, labels=votes("Code-Review", (ROBIN, -1, 5))) == [
        (1, "Code-Review", 2, -1, True, False, "labels"),
    ]


def test_a_reviewer_without_a_vote_has_no_row():
    assert cast(labels=votes("Code-Review", (ROBIN, 0, 5))) == []


@pytest.mark.parametrize("order", [(1, -1), (-1, 1)])
def test_the_later_of_two_votes_of_one_account_on_one_label_counts(order):
    twice = [(ROBIN, value, 5 + (value > 0)) for value in order]

    assert cast(labels=votes("Code-Review", *twice)) == [(1, "Code-Review", 2, 1, True, False, "labels")]


def test_a_vote_of_a_deleted_account_is_left_out_without_an_error():
    nobody = [({}, 2, 5), ({"name": "Gone"}, -1, 6), (ROBIN, 1, 7)]

    assert cast(labels=votes("Code-Review", *nobody)) == [(1, "Code-Review", 2, 1, True, False, "labels")]


def test_a_vote_that_is_missing_in_the_labels_is_not_current():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+1")]

    assert cast(*messages, labels=votes("Code-Review")) == [(1, "Code-Review", 2, 1, False, False, "messages")]


def test_a_removed_vote_is_a_row_with_value_zero_and_not_current():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+1"), says(9, ROBIN, "Patch Set 1: -Code-Review")]

    assert cast(*messages) == [(1, "Code-Review", 2, 0, False, False, "messages")]


@pytest.mark.parametrize(
    "line",
    [
        "Removed Code-Review+2 by Robin Example <robin@example.org>\n",
        "Removed Code-Review+2 by <GERRIT_ACCOUNT_2>",
        "Removed reviewer Robin Example with the following votes:\n\n* Code-Review+2 by Robin Example <r@x.org>\n",
    ],
)
def test_a_vote_that_somebody_else_deleted_is_not_current(line):
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+2"), says(9, CASEY, line)]

    assert cast(*messages, columns=("account", "value", "is_standing")) == [(2, 0, False)]


def test_a_deleted_vote_of_a_name_that_two_accounts_have_is_not_resolved():
    twin = {"_account_id": 3, "name": "Robin Example"}
    messages = [
        says(5, ROBIN, "Patch Set 1: Code-Review+2"),
        says(6, twin, "Patch Set 1: Code-Review+2"),
        says(9, CASEY, "Removed Code-Review+2 by Robin Example <robin@example.org>"),
    ]

    assert values(*messages) == [("Code-Review", 2, 2), ("Code-Review", 3, 2)]


def test_a_vote_older_than_the_current_patch_set_was_copied():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+2")]
    labels = votes("Code-Review", (ROBIN, 2, 5))

    assert cast(*messages, labels=labels, uploads=(0, 20), kinds=("REWORK", "TRIVIAL_REBASE")) == [
        (1, "Code-Review", 2, 2, False, False, "messages"),
        (2, "Code-Review", 2, 2, True, True, "both"),
    ]


def test_a_copied_vote_is_recognised_though_the_server_gave_it_a_new_date():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+2")]
    labels = votes("Code-Review", (ROBIN, 2, 21))

    result = cast(*messages, labels=labels, uploads=(0, 20), columns=("patch_set_number", "is_copied", "cast_at"))

    assert result == [(1, False, when(5)), (2, True, when(5))]


def test_a_vote_on_the_patch_set_that_its_message_names_was_not_copied():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+2")]

    result = cast(
        *messages, labels=votes("Code-Review", (ROBIN, 2, 5)), uploads=(6,), columns=("is_standing", "is_copied")
    )

    assert result == [(True, False)]


def test_without_labels_the_copy_rule_decides_which_votes_are_current():
    is_copied = {
        ("NO_CHANGE", "Workflow+1"): True,
        ("NO_CODE_CHANGE", "Verified+1"): True,
        ("NO_CODE_CHANGE", "Code-Review+1"): False,
        ("TRIVIAL_REBASE", "Code-Review+1"): True,
        ("TRIVIAL_REBASE", "Verified+1"): False,
        ("REWORK", "Code-Review+2"): False,
        ("REWORK", "Code-Review-2"): True,
        ("REWORK", "Workflow-1"): False,
        ("REWORK", "Review-Priority+1"): True,
        (None, "Code-Review+2"): False,
    }
    voted = ([says(5, ROBIN, f"Patch Set 1: {vote}")] for _, vote in is_copied)

    results = votes_of_each(
        *(
            {"messages": messages, "uploads": (0, 20), "kinds": ("REWORK", kind)}
            for messages, (kind, _) in zip(voted, is_copied, strict=True)
        )
    )

    standing = [[row for row in result if row[4]] for result in results]
    assert dict(zip(is_copied, standing, strict=True)) == {
        (kind, vote): [(2, vote[:-2], 2, int(vote[-2:]), True, True, "messages")] * copied
        for (kind, vote), copied in is_copied.items()
    }


@pytest.mark.parametrize(
    ("kind", "words", "stands"),
    [
        ("TRIVIAL_REBASE", "Looks good to me, approved", []),
        ("NO_CHANGE", "I would prefer that you didn't merge this", []),
        ("REWORK", "Do not merge", [("Code-Review", -2)]),
    ],
)
def test_a_gerrit_that_wrote_votes_in_words_copied_none_by_kind(kind, words, stands):
    result = cast(says(5, ROBIN, f"Patch Set 1: {words}"), uploads=(0, 20), kinds=("REWORK", kind))

    assert [(label, value) for _, label, _, value, is_standing, *_ in result if is_standing] == stands


def test_a_vote_is_lost_at_the_first_patch_set_that_does_not_copy_it():
    kinds = ("REWORK", "TRIVIAL_REBASE", "REWORK", "TRIVIAL_REBASE")

    result = cast(says(5, ROBIN, "Patch Set 1: Code-Review+2"), uploads=(0, 20, 30, 40), kinds=kinds)

    assert result == [(1, "Code-Review", 2, 2, False, False, "messages")]


def test_a_minus_two_stays_until_it_is_taken_back():
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review-2"), says(25, ROBIN, "Patch Set 2: -Code-Review", 2)]

    assert cast(*messages, uploads=(0, 20, 30)) == [
        (1, "Code-Review", 2, -2, False, False, "messages"),
        (2, "Code-Review", 2, 0, False, False, "messages"),
    ]


def test_the_uploads_message_overrules_the_copy_rule():
    messages = [
        says(5, ROBIN, "Patch Set 1: Code-Review+2 Verified+1"),
        says(6, ZUUL, "Patch Set 1: Verified+1"),
        says(20, CASEY, 'Uploaded patch set 2.\n\nCopied Votes:\n* Verified+1 (copy condition: "x")\n\n'
                        "Outdated Votes:\n* Code-Review+2\n", 2),
    ]  # fmt: skip

    result = cast(*messages, uploads=(0, 20), kinds=("REWORK", "TRIVIAL_REBASE"))

    assert [row for row in result if row[4]] == [
        (2, "Verified", 2, 1, True, True, "messages"),
        (2, "Verified", 9, 1, True, True, "messages"),
    ]


def test_a_project_file_can_set_the_copy_rules():
    rules = CopyRules.from_mapping({"copied_values": {"Verified": [-1]}, "copied_kinds": {"REWORK": ["Code-Review"]}})
    messages = [says(5, ROBIN, "Patch Set 1: Code-Review+1 Verified-1 Workflow+1")]

    result = cast(*messages, uploads=(0, 20), copy_rules=rules, columns=("patch_set_number", "label", "value"))

    assert [row for row in result if row[0] == 2] == [(2, "Code-Review", 1), (2, "Verified", -1)]


@pytest.mark.parametrize(
    ("section", "wrong_value"),
    [
        ({"copied": {}}, "'copied'"),
        ({"copied_kinds": {"REBASE": []}}, "'REBASE'"),
        ({"copied_kinds": {"REWORK": "Verified"}}, "'Verified'"),
        ({"copied_values": {"Verified": ["-1"]}}, "['-1']"),
        ({"copied_kinds": 5}, "5"),
        ({"copied_kinds": ["REWORK"]}, "['REWORK']"),
        ({"copied_values": [-2]}, "[-2]"),
    ],
)
def test_wrong_copy_rules_are_refused(section, wrong_value):
    with pytest.raises(ProjectFileError) as refused:
        CopyRules.from_mapping(section)

    assert refused.value.found == wrong_value


def test_the_vote_served_later_counts_if_two_are_in_one_second():
    voted, removed = says(1, CASEY, "Patch Set 1: Code-Review-1"), says(1, CASEY, "Patch Set 1: -Code-Review")

    result = values(voted | {"id": "b"}, removed | {"id": "a"})  # Gerrit's ids are random

    assert [value for _, _, value in result] == [0]


def test_a_vote_before_an_upload_that_was_not_served_is_not_known_to_be_current():
    vote = {"change_number": [7], "patch_set_number": [1], "label": ["Code-Review"], "account": [2], "value": [2]}
    candidates = pd.DataFrame(vote | {"is_in_words": [False], "current": [3]})
    result = copied_at_upload(schema.CHANGE_MESSAGES.empty())

    def carried(*served):
        kinds = ["REWORK", *["TRIVIAL_REBASE"] * (len(served) - 1)]
        uploads = {"change_number": [7] * len(served), "patch_set_number": served, "kind": kinds}
        return copying.carried(candidates, schema.PATCH_SETS.frame(uploads), result, CopyRules())

    assert len(carried(1, 2, 3)) == 1
    assert carried(1, 3).empty
