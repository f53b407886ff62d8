"""Corrections: the entries of people who know better apply from their day on, and are counted."""

import datetime
import json
from functools import cache

import pandas as pd
import pytest
from invented_reviews import CASEY, at, made, reviews, together
from test_review_state import HABITS

import analysis
from analysis.cli import main
from analysis.errors import CorrectionsFileError
from analysis.judge import corrections, review_state
from analysis.judge.corrections import Corrections
from analysis.report import measures
from analysis.store import Scope, Store
from analysis.tables import schema

AS_OF = at("11 10:00")
SAID = {"by": "robin-example", "on": datetime.date(2015, 5, 2), "because": "It only adds logging."}
UPLOAD, PASS = ("upload", "1 10:00"), ("vote", "1 12:00", 900, "Verified", 1)


def file(**kinds):
    return Corrections.from_mapping({kind: [SAID | each for each in rows] for kind, rows in kinds.items()}, file="x")


def links(*rows):
    frame = pd.DataFrame(rows, columns=["bug_id", "kind", "ref"])
    return made(schema.LINKS, frame.assign(evidence="footer", relation="closes", strength=1.0, counts_as_fix=True))


TABLES = together(
    reviews(UPLOAD, PASS, ("vote", "2 10:00", CASEY, "Code-Review", 2), change_id="I7"),
    reviews(UPLOAD, PASS, number=8, change_id="I7", branch="stable/kilo"),
    reviews(UPLOAD, PASS, number=9, change_id="I9"),
    HABITS,
)
COMMITS = made(schema.COMMITS, pd.DataFrame({"sha": ["a" * 40, "b" * 40], "change_id": ["I7", "I9"]}))
BUGS = made(schema.BUGS, pd.DataFrame({"bug_id": [1, 2, 3], "duplicate_of": [None, 1, None], "is_private": False}))
LINKS = links(
    (1, "change", "7"), (1, "change", "8"), (1, "commit", "a" * 40), (1, "change", "9"), (2, "change", "7"),
    (3, "change", "7"), (3, "change", "555"),
)  # fmt: skip
SERVED = {"bugs": BUGS, "changes": TABLES["changes"], "commits": COMMITS}


def outcome_rows(wrong, as_of=AS_OF):
    return corrections.table(
        wrong,
        links=LINKS,
        accounts=TABLES["accounts"],
        votes=TABLES["votes"],
        review_label="Code-Review",
        as_of=as_of,
        **SERVED,
    )


def outcomes(**kinds):
    return outcome_rows(file(**kinds))[["outcome", "n_corrected"]].values.tolist()


def fixing(wrong, as_of=AS_OF):
    left = corrections.corrected_links(LINKS, wrong, as_of=as_of, **SERVED)
    return set(schema.fix_links(left)[["bug_id", "ref"]].itertuples(index=False, name=None))


def states(wrong, as_of=AS_OF):
    table = outcome_rows(wrong, as_of)
    by_rules = states_by_rules(as_of, frozenset(corrections.no_cores(table)))
    return corrections.corrected_states(by_rules.copy(), table, as_of=as_of).set_index("change_number")


@cache
def states_by_rules(as_of, no_cores):
    """The states that are corrected: the same for most tests, and a third of a second of work."""
    named = ("changes", "patch_sets", "votes", "accounts", "change_messages", "change_comments")
    served = {name: TABLES[name] for name in named}
    rules = review_state.Rules(core_votes={"openstack/nova": 2})
    accounts = pd.Series(sorted(no_cores), dtype="Int64")
    return review_state.build(**served, as_of=as_of, rules=rules, no_cores=accounts)


def test_a_corrected_change_is_no_fix_on_any_branch_or_of_a_duplicate():
    assert fixing(file(not_a_fix=[{"bug": 1, "change": 7}])) == {(1, "9"), (3, "7"), (3, "555")}


def test_a_correction_of_a_commit_also_applies_to_its_change():
    assert fixing(file(not_a_fix=[{"bug": 1, "commit": "aaaaaaaa"}])) == {(1, "9"), (3, "7"), (3, "555")}


def test_a_change_known_only_from_comments_can_be_corrected():
    assert (3, "555") not in fixing(file(not_a_fix=[{"bug": 3, "change": 555}]))


def test_a_replay_ignores_corrections_of_later_days():
    wrong = file(not_a_fix=[{"bug": 1, "change": 7}], waits_for=[{"change": 9, "turn": "owner"}])
    before, day = at("1 23:00"), at("2 01:00")

    assert outcome_rows(wrong, before).empty and len(fixing(wrong, before)) == len(LINKS)
    assert len(outcome_rows(wrong, day)) == 2 and len(fixing(wrong, day)) == 3


def test_a_corrected_turn_has_the_day_and_the_reason_of_the_correction():
    row = states(file(waits_for=[{"change": 9, "turn": "owner"}])).loc[9]

    assert row[["state", "waiting_on"]].tolist() == ["owner_turn", "owner"]
    assert row["since_at"] == pd.Timestamp("2015-05-02", tz="UTC") and round(row["waiting_days"], 2) == 9.42
    assert row["reason"] == (
        "corrected by robin-example on 2015-05-02 because It only adds logging; the rules say: no person but the owner "
        "has voted on any patch set"
    )


@pytest.mark.parametrize("turn", schema.WAITING_ON)
def test_each_turn_that_a_correction_can_give_has_a_state(turn):
    row = states(file(waits_for=[{"change": 7, "turn": turn}])).loc[7]

    assert row["waiting_on"] == turn
    assert {state.name: state.waiting_on for state in schema.STATES}[row["state"]] == turn


def test_a_correction_of_a_turn_ends_with_the_next_patch_set_or_the_next_correction():
    newer = {"change": 9, "turn": "ci", "on": datetime.date(2015, 5, 3)}
    again = [{"change": 9, "turn": "owner"}, newer]
    early = {"change": 9, "turn": "owner", "on": datetime.date(2015, 4, 30)}

    assert outcomes(waits_for=again) == [["outdated", 0], ["applied", 1]]
    assert states(file(waits_for=again)).loc[9, "waiting_on"] == "ci"
    assert outcomes(waits_for=[early]) == [["outdated", 0]]
    assert states(file(waits_for=[early])).loc[9, "waiting_on"] == "reviewers"
    assert outcomes(waits_for=[{"change": 99, "turn": "owner"}]) == [["outdated", 0]]  # it is merged


def test_a_plus_two_of_a_person_who_is_no_core_counts_as_plus_one():
    wrong = file(not_a_core=[{"account": "Casey-Example"}])

    assert states(file()).loc[7, "state"] == "needs_second_core"
    assert states(wrong).loc[7, "state"] == "needs_core"
    assert "Code-Review +2 by casey-example" in states(wrong).loc[7, "reason"]


def test_a_correction_that_matches_or_changes_nothing_is_named():
    of_fixes = [{"bug": 1, "change": 7}, {"bug": 1, "change": 44}]

    assert outcomes(not_a_fix=of_fixes) == [["applied", 4], ["matches nothing", 0]]
    people = [{"account": "casey-example"}, {"account": "robin-example"}, {"account": "nobody-example"}]
    assert outcomes(not_a_core=people) == [["applied", 1], ["changes nothing", 0], ["matches nothing", 0]]
    assert outcomes(waits_for=[{"change": 4, "turn": "ci"}]) == [["matches nothing", 0]]


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("[[not_a_fixx]]\n", "write 'not_a_fix'"),
        ("[[not_a_fix]]\nbug = 1\nchange = 7\nby = 'x'\non = 2015-05-02\n", "add because"),
        ("[[not_a_fix]]\nbug = 1\nby = 'x'\non = 2015-05-02\nbecause = 'y'\n", "name the one"),
        ("[[not_a_fix]]\nbug = '1'\nchange = 7\nby = 'x'\non = 2015-05-02\nbecause = 'y'\n", "bug = 1234567"),
        ("[[not_a_fix]]\nbug = 1\nchange = 7\nby = 'x'\non = 'May'\nbecause = 'y'\n", "on = 2015-04-30"),
        ("[[waits_for]]\nchange = 7\nturn = 'me'\nby = 'x'\non = 2015-05-02\nbecause = 'y'\n", 'turn = "owner"'),
        ("[[waits_for]]\nchange = 7\nturn = 'ci'\nby = 'x'\non = 2015-05-02\nbecause = ' '\n", 'because = "..."'),
        ("[[not_a_core]]\naccount = 'x'\nby = 'x'\non = 2015-05-02\nbecause = 'y'\n" * 2, "the one that is right"),
    ],
)
def test_a_typing_error_in_the_file_is_named_in_three_parts(text, complaint):
    with pytest.raises(CorrectionsFileError) as refused:
        Corrections.from_toml(text, file="nova.toml")

    assert complaint in refused.value.do and "nova.toml" in str(refused.value)


def test_the_page_shows_each_correction_and_the_share_of_wrong_rows():
    table = outcome_rows(
        file(
            not_a_core=[{"account": "casey-example"}],
            not_a_fix=[{"bug": 1, "commit": "aaaaaaaa"}],
            waits_for=[{"change": 9, "turn": "second_core"}],
        )
    )

    words = measures.corrections_in_words(table)
    assert words["statement"].tolist() == [
        "commit aaaaaaaa does not fix bug 1", "change 9 waits for: second core", "casey-example is no core"
    ]  # fmt: skip
    assert measures.corrected_because(table, change_number=9) == [
        "change 9 waits for: second core: corrected by robin-example on 2015-05-02 because It only adds logging"
    ]
    left = corrections.corrected_links(LINKS, file(not_a_fix=[{"bug": 1, "change": 7}]), as_of=AS_OF, **SERVED)
    rates = measures.correction_rates(
        table, links=left, review_states=states(file()).reset_index(), votes=TABLES["votes"], review_label="Code-Review"
    )
    assert rates[["n", "n_corrected"]].values.tolist() == [[7, 4], [3, 1], [1, 1]]


@pytest.mark.line
def test_a_build_applies_the_file_and_names_corrections_without_effect(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    change = {
        "_number": 7, "project": "openstack/nova", "branch": "master", "change_id": f"I{7:040d}", "status": "NEW",
        "subject": "Invented", "created": "2015-05-01 10:00:00.000000000", "updated": "2015-05-02 10:00:00.000000000",
        "owner": {"_account_id": 1}, "topic": "bug/1234567", "labels": {}, "messages": [],
    }  # fmt: skip
    store = Store(tmp_path / "data")
    where = Scope("review.opendev.org", "openstack/nova")
    store.write_snapshot("gerrit", where, [change], kind="dump", as_of="2015-05-02T10:00:00+00:00")
    path = tmp_path / "data" / "corrections" / "nova.toml"
    path.parent.mkdir()
    written = [("not_a_fix", "bug = 1234567\nchange = 7"), ("waits_for", 'change = 70\nturn = "ci"')]
    signature = "\nby = 'x'\non = 2015-05-02\nbecause = 'y'\n"

    path.write_text("".join(f"[[{kind}]]\n{text}{signature}" for kind, text in written), encoding="utf-8")
    assert main(["--data-dir", str(store.data_dir), "build"]) == 0

    assert "correction waits_for 1: matches nothing; take it out, or mend it" in capsys.readouterr().out
    nova = analysis.open(store.data_dir, project="openstack/nova")
    assert nova.fixes().empty and json.loads(nova.corrections()["n_corrected"].to_json()) == {"0": 1, "1": 0}
    assert any("does not fix bug 1234567" in value for value in nova.change(7).table["value"])

    path.write_text("[[wrong]]\n", encoding="utf-8")
    assert main(["--data-dir", str(store.data_dir), "build"]) == 3
