"""Whose turn it is, since when, and why."""

import pandas as pd
import pytest
from invented_reviews import (
    BOT,
    CASEY,
    GATE,
    OWNER,
    ROBIN,
    THIRD,
    WIP_UPLOAD,
    at,
    made,
    review,
    reviews,
    tables_of,
    together,
)

from analysis.errors import ProjectFileError
from analysis.judge import review_state
from analysis.tables import schema

CR, VERIFIED, WORKFLOW = "Code-Review", "Verified", "Workflow"
UPLOAD, PASS = ("upload", "1 10:00"), ("vote", "1 12:00", GATE, VERIFIED, 1)
WIP = ("upload", "3 10:00", "REWORK", WIP_UPLOAD)
# A second change shows the project's habits: it has an approval label and a gate.
HABITS = reviews(
    UPLOAD, ("vote", "1 11:00", CASEY, WORKFLOW, 1), ("vote", "1 12:00", GATE, VERIFIED, 2), number=99, status="MERGED"
)


def states(tables, **rules):
    rules = review_state.Rules(**({"core_votes": {"openstack/nova": 2}} | rules))
    return review_state.build(**together(tables, HABITS), as_of=at("11 10:00"), rules=rules)


def state(*events, **facts):
    """(state, waiting_on, since) of one change after the events."""
    (result,) = state_of_each((events, facts))
    return result


def state_of_each(*cases):
    """(state, waiting_on, since) of several changes, each given by its events and facts; as fast as that of one."""
    rows = states(tables_of(*(review(*events, number=n, **facts) for n, (events, facts) in enumerate(cases, 100))))
    assert rows["change_number"].tolist() == [*range(100, 100 + len(cases))]
    since = [None if pd.isna(each) else each.strftime("%-d %H:%M") for each in rows["since_at"]]
    return list(zip(rows["state"], rows["waiting_on"], since, strict=True))


def test_a_change_without_a_vote_waits_on_reviewers_since_the_gate_passed():
    assert state(UPLOAD, PASS) == ("never_reviewed", "reviewers", "1 12:00")


def test_waiting_days_are_counted_to_as_of():
    assert states(reviews(UPLOAD, PASS))["waiting_days"].round(3).tolist() == [9.917]


def test_without_labels_or_messages_the_state_is_unknown_and_never_unreviewed():
    rows = states(
        together(reviews(UPLOAD, PASS, has_labels=False), reviews(UPLOAD, PASS, number=8, has_messages=False))
    )

    assert rows["state"].tolist() == ["unknown", "unknown"]
    assert rows["waiting_on"].isna().all() and rows["since_at"].isna().all()
    assert rows["has_human_vote_ever"].isna().all() and rows["has_human_vote_on_current"].isna().all()
    assert rows["reason"].tolist() == [
        "fetched without votes: unknown, not unreviewed", "fetched without messages: unknown, not unreviewed"
    ]  # fmt: skip


STATES = [
    ([PASS, ("vote", "2 10:00", OWNER, WORKFLOW, -1)], {}, ("wip", "owner", "2 10:00")),
    ([PASS], {"is_wip": True}, ("wip", "owner", "1 10:00")),
    ([PASS, ("say", "3 10:00", OWNER, "Set Work In Progress")], {"is_wip": True}, ("wip", "owner", "3 10:00")),
    ([PASS, WIP, ("upload", "5 10:00", "REWORK", WIP_UPLOAD)], {"is_wip": True}, ("wip", "owner", "3 10:00")),
    (
        [PASS, WIP, ("say", "4 10:00", OWNER, "Set Ready For Review"), ("upload", "5 10:00", "REWORK", WIP_UPLOAD)],
        {"is_wip": True},
        ("wip", "owner", "5 10:00"),
    ),
    ([PASS, ("vote", "2 10:00", CASEY, CR, -2)], {}, ("blocked", "owner", "2 10:00")),
    ([("vote", "1 12:00", GATE, VERIFIED, -1)], {}, ("ci_failing", "owner", "1 12:00")),
    ([], {}, ("ci_missing", "ci", "1 10:00")),
    ([PASS], {"has_conflict": True}, ("conflict", "owner", None)),
    ([PASS, ("vote", "2 10:00", CASEY, CR, -1)], {}, ("owner_turn", "owner", "2 10:00")),
    ([PASS, ("vote", "2 10:00", CASEY, CR, 1)], {}, ("needs_core", "reviewers", "1 12:00")),
    ([PASS, ("vote", "2 10:00", CASEY, CR, 2)], {}, ("needs_second_core", "second_core", "2 10:00")),
    (
        [PASS, ("vote", "2 10:00", CASEY, CR, 2), ("vote", "3 10:00", ROBIN, CR, 2)],
        {},
        ("needs_approval", "approver", "3 10:00"),
    ),
    ([PASS, ("vote", "4 10:00", CASEY, WORKFLOW, 1)], {}, ("approved", "nobody", "4 10:00")),
]


def test_the_first_state_that_holds_decides_whose_turn_it_is():
    cases = [((UPLOAD, *events), facts) for events, facts, _ in STATES]

    assert state_of_each(*cases) == [expected for _, _, expected in STATES]


def test_a_vote_on_an_older_patch_set_does_not_count_on_the_current_one():
    tables = reviews(
        UPLOAD, ("vote", "2 10:00", CASEY, CR, -1), ("upload", "3 10:00"), ("vote", "3 12:00", GATE, VERIFIED, 1)
    )

    row = states(tables).iloc[0]

    assert (row["state"], row["waiting_on"], row["since_at"]) == ("reviewed_on_older", "reviewers", at("3 12:00"))
    assert (row["has_human_vote_ever"], row["has_human_vote_on_current"]) == (True, False)


def test_a_rebase_of_the_same_code_does_not_restart_the_wait():
    assert state(UPLOAD, PASS, ("upload", "5 10:00", "TRIVIAL_REBASE"), ("vote", "5 12:00", GATE, VERIFIED, 1)) == (
        "never_reviewed", "reviewers", "1 12:00"
    )  # fmt: skip


def test_an_upload_without_a_date_does_not_get_that_of_the_upload_before():
    tables = reviews(UPLOAD, ("upload", "5 10:00"), project="acme")
    tables["patch_sets"]["created_at"] = tables["patch_sets"]["created_at"].where([True, False])

    assert states(tables)["since_at"].tolist() == [at("5 10:00")]


def test_a_recheck_and_later_comments_do_not_restart_the_wait():
    assert state(UPLOAD, PASS, ("say", "8 10:00", OWNER, "recheck"), ("vote", "9 10:00", GATE, VERIFIED, 1)) == (
        "never_reviewed", "reviewers", "1 12:00"
    )  # fmt: skip


def test_a_pass_after_a_failure_begins_the_reviewers_turn():
    failed = ("vote", "1 12:00", GATE, VERIFIED, -1)

    assert state(UPLOAD, failed, ("vote", "4 10:00", GATE, VERIFIED, 1)) == ("never_reviewed", "reviewers", "4 10:00")


def test_a_pass_of_an_old_gate_begins_the_reviewers_turn_and_a_recheck_does_not():
    tables = reviews(UPLOAD, ("vote", "1 12:00", GATE, VERIFIED, 1), ("vote", "9 10:00", GATE, VERIFIED, 1))
    tables["change_messages"]["text"] = "Patch Set 1: Works for me\n\nBuild succeeded."

    assert states(tables)["since_at"].tolist() == [at("1 12:00")]


def test_the_owners_turn_began_with_the_first_current_negative_vote():
    later = ("vote", "5 10:00", ROBIN, CR, -1)

    assert state(UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, -1), later) == ("owner_turn", "owner", "2 10:00")


def test_inline_comments_give_the_turn_to_the_owner_until_an_answer():
    asked = ("say", "2 10:00", CASEY, "Patch Set 1:\n\n(2 comments)")

    answered = ("say", "3 10:00", OWNER, "Patch Set 1:\n\n(2 comments)")

    before, after = state_of_each(((UPLOAD, PASS, asked), {}), ((UPLOAD, PASS, asked, answered), {}))

    assert before == ("owner_turn", "owner", "2 10:00")
    assert after == ("never_reviewed", "reviewers", "3 10:00")


def test_comments_of_somebody_who_voted_for_the_change_ask_for_nothing():
    asked = ("say", "2 10:00", CASEY, "Patch Set 1: Code-Review+2\n\n(2 comments)")

    assert state(UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, 2), asked)[0] == "needs_second_core"


def test_an_unresolved_thread_of_a_person_waits_for_the_owner():
    tables = reviews(UPLOAD, PASS)
    tables["change_comments"] = made(
        schema.CHANGE_COMMENTS,
        [
            (7, "a", at("2 10:00"), CASEY, 1, "x.py", None, True),
            (7, "b", at("3 10:00"), CASEY, 1, "y.py", None, True),
            (7, "c", at("4 10:00"), OWNER, 1, "x.py", "a", False),
        ],
    )

    row = states(tables).iloc[0]

    assert (row["state"], row["since_at"]) == ("owner_turn", at("3 10:00"))


def test_an_approved_change_that_fails_the_gate_waits_on_its_owner_until_a_recheck():
    lost = [("vote", "2 10:00", CASEY, WORKFLOW, 1), ("vote", "2 12:00", GATE, VERIFIED, -2)]

    recheck = ("say", "3 10:00", CASEY, "Patch Set 1:\n\nrecheck bug 1500000")
    again = ("vote", "3 12:00", GATE, VERIFIED, -2)

    courses = [(UPLOAD, *lost), (UPLOAD, *lost, recheck), (UPLOAD, *lost, recheck, again)]

    assert state_of_each(*((events, {}) for events in courses)) == [
        ("ci_failing", "owner", "2 12:00"), ("ci_missing", "ci", "2 12:00"), ("ci_failing", "owner", "2 12:00"),
    ]  # fmt: skip


def test_a_message_without_a_vote_asks_the_owner_until_a_positive_vote():
    asked = ("say", "2 10:00", CASEY, "Patch Set 1:\n\nThe lock is taken twice.")

    voted = ("vote", "3 10:00", ROBIN, CR, 1)

    before, after = state_of_each(((UPLOAD, PASS, asked), {}), ((UPLOAD, PASS, asked, voted), {}))

    assert before == ("owner_turn", "owner", "2 10:00")
    assert after == ("needs_core", "reviewers", "3 10:00")


def test_messages_to_a_machine_or_by_gerrit_ask_the_owner_for_nothing():
    texts = ["recheck", "Patch Set 1:\n\nrecheck no bug", "Uploaded patch set 1.", "Topic set to x"]

    results = state_of_each(*((((UPLOAD, PASS, ("say", "2 10:00", CASEY, text))), {}) for text in texts))

    assert {text: result[0] for text, result in zip(texts, results, strict=True)} == dict.fromkeys(
        texts, "never_reviewed"
    )


def test_a_question_of_the_owner_settles_a_minus_one_and_an_answer_does_not():
    objected = ("vote", "2 10:00", CASEY, CR, -1)

    answer, question = state_of_each(
        ((UPLOAD, PASS, objected, ("say", "3 10:00", OWNER, "Patch Set 1:\n\nI see.")), {}),
        ((UPLOAD, PASS, objected, ("say", "3 10:00", OWNER, "Patch Set 1:\n\nWhich lock?")), {}),
    )

    assert answer == ("owner_turn", "owner", "2 10:00")
    assert question == ("answered", "reviewers", "3 10:00")


def test_a_later_plus_two_outweighs_a_minus_one_but_not_a_minus_two():
    two = ("vote", "3 10:00", ROBIN, CR, 2)

    one, minus_two, later = state_of_each(
        ((UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, -1), two), {}),
        ((UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, -2), two), {}),
        ((UPLOAD, PASS, two, ("vote", "4 10:00", CASEY, CR, -1)), {}),
    )

    assert (one[0], minus_two[0], later[0]) == ("needs_second_core", "blocked", "owner_turn")


def test_a_gate_that_runs_only_after_an_approval_is_not_awaited_before_one():
    voted = [reviews(UPLOAD, ("vote", "1 11:00", CASEY, CR, 1), number=number) for number in range(20, 25)]
    table = together(reviews(UPLOAD), *voted, HABITS)

    row = review_state.build(**table, as_of=at("11 10:00"), rules=review_state.Rules()).iloc[0]

    assert (row["state"], row["waiting_on"]) == ("never_reviewed", "reviewers")


def test_a_minus_one_does_not_stop_an_approved_change():
    assert state(UPLOAD, PASS, ("vote", "2 10:00", CASEY, WORKFLOW, 1), ("vote", "3 10:00", ROBIN, CR, -1)) == (
        "approved", "nobody", "2 10:00"
    )  # fmt: skip


TWO, APPROVED = ("vote", "2 10:00", CASEY, CR, 2), ("vote", "4 10:00", CASEY, WORKFLOW, 1)
GATED = ("vote", "5 10:00", GATE, VERIFIED, 2)
BY_CASEY = "Workflow +1 by casey-example on patch set 1"
NO_TWO = f"{BY_CASEY}, but Gerrit would not submit it: Code-Review +2 is missing"
NO_VOTE = f"{BY_CASEY}, but Gerrit would not submit it: something else than votes is missing"


APPROVALS = [
    ([PASS, APPROVED], False, ("needs_core", "reviewers", NO_TWO)),
    ([PASS, ("vote", "2 10:00", ROBIN, CR, 1), APPROVED], False, ("needs_core", "reviewers", NO_TWO)),
    ([PASS, TWO, APPROVED], False, ("approved", "nobody", BY_CASEY)),
    ([PASS, TWO, APPROVED, GATED], False, ("needs_approval", "approver", NO_VOTE)),
    ([PASS, TWO, APPROVED, GATED], True, ("approved", "nobody", BY_CASEY)),
    ([PASS, APPROVED], True, ("approved", "nobody", BY_CASEY)),
    ([PASS, APPROVED], None, ("approved", "nobody", BY_CASEY)),
    (
        [PASS, APPROVED, ("vote", "6 10:00", ROBIN, CR, -1)],
        False,
        ("owner_turn", "owner", "Code-Review -1 by robin-example on patch set 1"),
    ),
]


def test_an_approved_change_that_cannot_merge_waits_on_the_missing_vote():
    several = (
        review(UPLOAD, *events, number=number, is_submittable=submittable)
        for number, (events, submittable, _) in enumerate(APPROVALS, 100)
    )

    rows = states(tables_of(*several))

    results = list(zip(rows["state"], rows["waiting_on"], rows["reason"], strict=True))
    assert results == [expected for _, _, expected in APPROVALS]


def test_without_a_gate_an_approved_change_with_a_plus_two_lacks_something_else():
    row = states(reviews(UPLOAD, TWO, APPROVED, is_submittable=False, project="acme")).iloc[0]

    assert (row["state"], row["reason"]) == ("needs_approval", NO_VOTE)


def test_a_change_on_an_open_parent_waits_on_it_until_that_one_is_approved():
    bottom = reviews(UPLOAD, PASS, number=5)
    child = reviews(UPLOAD, PASS, parent_sha=f"{5:040x}")

    rows = states(together(bottom, child))

    assert rows["state"].tolist() == ["never_reviewed", "waits_on_parent"]
    assert rows["reason"].iloc[1] == "it stands on open change 5"
    approved = reviews(UPLOAD, PASS, ("vote", "2 10:00", CASEY, WORKFLOW, 1), number=5)
    assert states(together(approved, child))["state"].tolist() == ["approved", "never_reviewed"]


def test_an_approved_change_waits_on_its_parent_since_it_was_approved():
    bottom = reviews(UPLOAD, PASS, number=5)
    child = reviews(UPLOAD, PASS, ("vote", "4 10:00", CASEY, WORKFLOW, 1), parent_sha=f"{5:040x}")

    row = states(together(bottom, child)).iloc[1]

    assert (row["state"], row["since_at"]) == ("waits_on_parent", at("4 10:00"))


def test_only_the_vote_of_the_gate_decides_and_other_machines_advise():
    advice = ("vote", "1 13:00", THIRD, VERIFIED, -1)

    assert state(UPLOAD, PASS, advice)[0] == "never_reviewed"
    named = states(reviews(UPLOAD, PASS, advice), gate_ci=("acme-ci",))
    assert named["state"].tolist() == ["ci_failing"]


def test_votes_of_the_owner_and_of_machines_are_not_reviews():
    own = [("vote", "2 10:00", OWNER, CR, 2), ("vote", "2 10:00", BOT, CR, 2), ("vote", "2 10:00", THIRD, VERIFIED, 1)]
    row = states(reviews(UPLOAD, PASS, *own)).iloc[0]

    assert (row["state"], row["has_human_vote_ever"]) == ("never_reviewed", False)


def test_a_removed_vote_does_not_count():
    row = states(reviews(UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, -1), ("vote", "3 10:00", CASEY, CR, 0))).iloc[0]

    assert (row["state"], row["has_human_vote_on_current"]) == ("never_reviewed", False)


def test_the_number_of_needed_votes_is_inferred_unless_a_rule_gives_it():
    merged = reviews(UPLOAD, ("vote", "2 10:00", ROBIN, CR, 2), number=50, status="MERGED", project="acme/tools")
    waiting = reviews(UPLOAD, ("vote", "2 10:00", CASEY, CR, 2), project="acme/tools")

    assert states(together(merged, waiting))["state"].tolist() == ["needs_approval"]


def test_a_plus_two_counts_only_from_cores_that_the_rules_name():
    voted = reviews(UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, 2), branch="stable/kilo")

    rules = {"openstack/nova": ("casey-example",), "openstack/nova stable/kilo": ("robin-example",)}
    assert states(voted, cores=rules)["state"].tolist() == ["needs_core"]
    assert states(voted, cores={"openstack/nova": ("casey-example",)})["state"].tolist() == ["needs_second_core"]


def test_the_reason_says_that_a_vote_was_copied():
    tables = reviews(UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, -1))
    tables["votes"]["is_copied"] = True

    assert states(tables)["reason"].tolist() == ["Code-Review -1 by casey-example on patch set 1 (carried over)"]


def test_a_change_of_a_project_without_a_gate_does_not_wait_for_one():
    assert state(UPLOAD, project="acme/tools") == ("never_reviewed", "reviewers", "1 10:00")


def test_closed_changes_have_no_state():
    assert states(reviews(UPLOAD, PASS, status="ABANDONED")).empty


def test_the_reason_names_voter_value_and_patch_set():
    rows = states(reviews(UPLOAD, PASS, ("vote", "2 10:00", CASEY, CR, -1), ("vote", "3 10:00", ROBIN, CR, -1)))

    assert rows["reason"].tolist() == ["Code-Review -1 by casey-example on patch set 1 and 1 more"]


def test_the_input_tables_are_not_changed():
    tables = reviews(UPLOAD, PASS)
    before = {name: frame.copy(deep=True) for name, frame in tables.items()}

    review_state.build(**tables, as_of=at("2 10:00"), rules=review_state.Rules())

    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_a_label_whose_name_ends_like_that_of_the_gate_is_another_label():
    other, own = ("vote", "1 12:00", GATE, "Third-CI", 1), ("vote", "5 12:00", GATE, "CI", 1)

    row = states(reviews(UPLOAD, other, own), ci_label="CI").iloc[0]

    assert (row["state"], row["since_at"]) == ("never_reviewed", at("5 12:00"))


@pytest.mark.parametrize(
    "section, wrong_value",
    [
        ({"gate": []}, "'gate'"),
        ({"gate_ci": "zuul"}, "'zuul'"),
        ({"core_votes": {"a": "2"}}, "'2'"),
        ({"core_votes": {"a": True}}, "True"),
        ({"core_votes": {"a": 10**30}}, str(10**30)),
        ({"core_votes": {"a": -1}}, "-1"),
        ({"cores": {"a": [1]}}, "[1]"),
    ],
)
def test_a_misspelt_rule_is_refused(section, wrong_value):
    with pytest.raises(ProjectFileError) as raised:
        review_state.Rules.from_mapping(section)

    assert raised.value.found == wrong_value


def test_a_vote_on_a_change_with_an_unknown_owner_is_a_review():
    row = states(reviews(UPLOAD, PASS, ("vote", "1 13:00", CASEY, CR, 2), owner=pd.NA)).iloc[0]

    assert (row["has_human_vote_on_current"], row["waiting_on"]) == (True, "second_core")
