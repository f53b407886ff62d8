"""Nudges: open fixes that one person's answer would move, the person to ask, and a sentence to paste."""

import pandas as pd
import pytest
from invented_reviews import CASEY, GATE, OWNER, ROBIN, at, made, reviews, together

from analysis.judge.waiting import events as history
from analysis.report import measures
from analysis.report.figures.nudge_texts import nudge_sentences
from analysis.tables import schema

CR, WORKFLOW = "Code-Review", "Workflow"
AS_OF = at("30 10:00")
UPLOAD = ("upload", "1 10:00")
ACTIVE = pd.Series({OWNER: at("29 10:00")})


def nudges(*several, last_acts=ACTIVE, **facts):
    """The nudges for changes 7, 8, ... after the events of each."""
    tables = together(*(reviews(*one, number=7 + place) for place, one in enumerate(several)))
    number = tables["changes"]["change_number"]
    fixes = made(
        schema.OPEN_FIXES,
        pd.DataFrame(
            {"change_number": number, "subject": "Lock it", "owner": OWNER, "owner_name": "Owen", "bug_id": 1}
            | {"importance": "High", "state": "needs_core"}
            | facts
        ),
    )
    labels = {CR: "review", WORKFLOW: "approval"}
    served = [tables[name] for name in ("changes", "patch_sets", "change_messages", "accounts")]
    return measures.nudges(
        fixes,
        events=history.build(*served, labels),
        votes=tables["votes"],
        last_acts=last_acts,
        as_of=AS_OF,
        review_label=CR,
        approval_label=WORKFLOW,
    )


def brief(rows):
    accounts = [None if pd.isna(one) else int(one) for one in rows["account"]]
    return list(zip(rows["kind"], rows["change_number"], accounts, strict=True))


def test_one_plus_two_for_two_weeks_asks_for_a_second_core():
    two = ("vote", "16 09:00", CASEY, CR, 2), ("vote", "17 10:00", CASEY, CR, 2)
    rows = nudges((UPLOAD, two[0]), (UPLOAD, two[1]), state="needs_second_core")

    assert brief(rows) == [("second_core", 7, None)]
    assert brief(nudges((UPLOAD, two[0]), state="needs_second_core", hold="first on stable/kilo")) == []
    assert brief(nudges((UPLOAD, two[0]), state="needs_approval")) == []


def test_an_approval_of_a_week_without_a_merge_asks_the_owner():
    old, new = ("vote", "3 10:00", CASEY, WORKFLOW, 1), ("vote", "26 10:00", CASEY, WORKFLOW, 1)

    assert brief(nudges((UPLOAD, old), (UPLOAD, new), state="approved")) == [("not_merged", 7, OWNER)]
    assert brief(nudges((UPLOAD, old, ("upload", "4 10:00")), state="never_reviewed")) == []


@pytest.mark.parametrize("state", ["wip", "blocked"])
def test_nobody_is_reminded_of_a_change_that_is_on_hold(state):
    approval = ("vote", "3 10:00", CASEY, WORKFLOW, 1)

    assert brief(nudges((UPLOAD, approval), state=state)) == []


@pytest.mark.parametrize(
    "later, expected",
    [
        ([], [("question", 7, CASEY)]),
        ([("say", "5 10:00", GATE, "Patch Set 1: Verified+1")], [("question", 7, CASEY)]),
        ([("say", "5 10:00", ROBIN, "Patch Set 1:\n\nYes.")], []),
        ([("upload", "5 10:00")], []),
    ],
)
def test_an_unanswered_question_of_the_owner_names_the_last_reviewer(later, expected):
    asked = ("say", "4 10:00", OWNER, "Patch Set 1:\n\nShould this be a warning?")

    assert brief(nudges((UPLOAD, ("vote", "2 10:00", CASEY, CR, -1), asked, *later))) == expected


def test_a_fix_whose_owner_left_names_its_last_positive_voter():
    left = pd.Series({OWNER: pd.Timestamp("2014-10-01", tz="UTC"), CASEY: at("29 10:00")})
    liked = (UPLOAD, ("vote", "2 10:00", ROBIN, CR, -1), ("vote", "3 10:00", CASEY, CR, 1))

    assert brief(nudges(liked, (UPLOAD,), last_acts=left)) == [("owner_left", 7, CASEY), ("owner_left", 8, None)]
    assert brief(nudges(liked, last_acts=pd.Series(dtype=ACTIVE.dtype))) == []


def test_a_nudge_without_a_person_gets_a_suitable_reviewer():
    rows = pd.DataFrame(
        {"kind": ["second_core", "owner_left", "question"], "change_number": [7, 8, 9], "account": [pd.NA, pd.NA, 5]}
    ).astype({"account": "Int64"})
    planned = pd.DataFrame({"change_number": [7, 8, 9], "core": [1, 1, 1], "other": [2, 2, 2]}, dtype="Int64")

    assert measures.with_reviewers(rows, planned)["account"].tolist() == [1, 2, 5]


def test_a_nudge_sentence_is_plain_text_on_one_line_with_the_persons_name():
    rows = pd.DataFrame(
        {
            "kind": list(measures.NUDGES),
            "subject": "Lock \x1b[31m{you}\nit",
            "owner_name": "Owen",
            "bug_id": 1,
            "since_at": at("3 10:00"),
            "account_name": ["Casey", pd.NA, "Casey", pd.NA],
            "change_url": "https://review.example/7",
        }
    )

    fix = 'https://review.example/7 ("Lock {you} it", bug 1)'
    assert nudge_sentences(rows).tolist() == [
        f"Casey: would you look at {fix}? It has had one +2 since 2015-05-03, and needs a second core alone.",
        f"{fix} was approved on 2015-05-03 and has not merged. Would somebody recheck or rebase it?",
        f"Casey: Owen asked something on 2015-05-03 about {fix}, and nobody has answered. Would you?",
        f"Would somebody take over {fix}, or abandon it? Its owner, Owen, was last seen here on 2015-05-03.",
    ]
