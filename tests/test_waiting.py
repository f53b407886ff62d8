"""The days of reviewers', owners' and machines' turns."""

import pandas as pd
import pytest
from invented_reviews import CASEY, GATE, OWNER, ROBIN, THIRD, WIP_UPLOAD, at, made, reviews, together, turns_of

from analysis.judge import waiting
from analysis.tables import schema

CR, VERIFIED, WORKFLOW = "Code-Review", "Verified", "Workflow"
UPLOAD, PASS = ("upload", "1 10:00"), ("vote", "1 12:00", GATE, VERIFIED, 1)


def turns(*tables, as_of="11 10:00"):
    return turns_of(together(*tables), at(as_of))


def turns_after(*events, **facts):
    """The turns of one change: (waiting_on, began, days, is_over)."""
    rows = turns(reviews(*events, **facts))
    began = rows["began_at"].dt.strftime("%-d %H:%M")
    return list(zip(rows["waiting_on"], began, rows["days"].round(2), rows["is_over"], strict=True))


def test_the_turn_goes_from_gate_to_reviewers_to_owner_and_back():
    events = [
        UPLOAD, PASS, ("vote", "3 12:00", CASEY, CR, -1), ("upload", "5 12:00"), ("vote", "5 18:00", GATE, VERIFIED, 1),
    ]  # fmt: skip

    assert turns_after(*events) == [
        ("ci", "1 10:00", 0.08, True), ("reviewers", "1 12:00", 2.0, True), ("owner", "3 12:00", 2.0, True),
        ("ci", "5 12:00", 0.25, True), ("reviewers", "5 18:00", 5.67, False),
    ]  # fmt: skip


def test_a_merge_ends_the_last_turn():
    approved = [("vote", "3 12:00", CASEY, CR, 2), ("vote", "4 12:00", ROBIN, WORKFLOW, 1)]

    assert turns_after(UPLOAD, PASS, *approved, status="MERGED", submitted_at=at("5 12:00")) == [
        ("ci", "1 10:00", 0.08, True), ("reviewers", "1 12:00", 3.0, True), ("nobody", "4 12:00", 1.0, True),
    ]  # fmt: skip


def test_an_abandoned_change_waits_on_nobody_until_it_is_restored():
    events = [UPLOAD, PASS, ("say", "3 12:00", OWNER, "Abandoned"), ("say", "6 12:00", OWNER, "Restored")]

    assert turns_after(*events)[1:] == [("reviewers", "1 12:00", 2.0, True), ("reviewers", "6 12:00", 4.92, False)]


def test_a_rebase_or_a_recheck_does_not_begin_a_turn():
    events = [
        UPLOAD, PASS, ("upload", "4 10:00", "TRIVIAL_REBASE"), ("vote", "4 12:00", GATE, VERIFIED, 1),
        ("say", "8 10:00", OWNER, "recheck"), ("vote", "9 10:00", GATE, VERIFIED, 1),
    ]  # fmt: skip

    assert turns_after(*events)[1:] == [("reviewers", "1 12:00", 9.92, False)]


def test_the_owner_keeps_the_turn_until_each_negative_vote_is_answered():
    both = [UPLOAD, PASS, ("vote", "2 12:00", CASEY, CR, -1), ("vote", "3 12:00", ROBIN, CR, -1)]
    one_left = [*both, ("vote", "4 12:00", CASEY, CR, 1)]

    assert turns_after(*one_left)[-1] == ("owner", "2 12:00", 8.92, False)
    assert turns_after(*one_left, ("vote", "6 12:00", ROBIN, CR, 1))[-1] == ("reviewers", "6 12:00", 4.92, False)


def test_a_veto_stays_on_a_new_patch_set():
    events = [UPLOAD, PASS, ("vote", "2 12:00", CASEY, CR, -2), ("upload", "5 12:00")]

    assert turns_after(*events)[-1] == ("owner", "2 12:00", 8.92, False)


def test_inline_comments_give_the_owner_the_turn_until_the_owner_answers():
    asked = ("say", "3 12:00", CASEY, "Patch Set 1:\n\n(2 comments)")

    assert turns_after(UPLOAD, PASS, asked, ("say", "5 12:00", OWNER, "Patch Set 1:\n\n(1 comment)"))[1:] == [
        ("reviewers", "1 12:00", 2.0, True), ("owner", "3 12:00", 2.0, True), ("reviewers", "5 12:00", 5.92, False),
    ]  # fmt: skip


def test_comments_with_a_plus_two_ask_nothing_and_with_a_plus_one_they_do():
    liked, agreed = ([UPLOAD, PASS, ("ask", "3 12:00", CASEY, CR, vote)] for vote in (1, 2))

    assert turns_after(*agreed)[1:] == [("reviewers", "1 12:00", 9.92, False)]
    assert turns_after(*liked)[-1] == ("owner", "3 12:00", 7.92, False)
    assert turns_after(*liked, ("vote", "5 12:00", ROBIN, CR, 1))[-1] == ("reviewers", "5 12:00", 5.92, False)


def test_comments_ask_the_owner_until_somebody_votes_for_the_change():
    asked = [UPLOAD, PASS, ("ask", "3 12:00", CASEY, CR, 0)]

    assert turns_after(*asked, ("vote", "4 12:00", ROBIN, CR, -1))[-1] == ("owner", "3 12:00", 7.92, False)
    assert turns_after(*asked, ("vote", "4 12:00", ROBIN, CR, 1))[-1] == ("reviewers", "4 12:00", 6.92, False)


def test_a_failed_gate_gives_the_owner_the_turn_until_a_recheck_or_an_upload():
    failed = [UPLOAD, ("vote", "1 12:00", GATE, VERIFIED, -1)]
    recheck = ("say", "3 12:00", CASEY, "Patch Set 1:\n\nrecheck")

    assert turns_after(*failed)[-1] == ("owner", "1 12:00", 9.92, False)
    assert turns_after(*failed, recheck)[-1] == ("ci", "3 12:00", 7.92, False)
    assert turns_after(*failed, recheck, ("vote", "4 12:00", GATE, VERIFIED, -1))[-1] == (
        "owner",
        "4 12:00",
        6.92,
        False,
    )
    assert turns_after(*failed, ("upload", "5 12:00", "TRIVIAL_REBASE"))[-1] == ("ci", "5 12:00", 5.92, False)


def test_the_owners_veto_stays_on_new_code_but_a_minus_one_does_not():
    vetoed, unsure = ([UPLOAD, PASS, ("vote", "2 12:00", OWNER, CR, vote), ("upload", "5 12:00")] for vote in (-2, -1))

    assert turns_after(*vetoed)[-1] == ("owner", "2 12:00", 8.92, False)
    assert turns_after(*unsure)[-1] == ("ci", "5 12:00", 5.92, False)


def test_an_upload_as_work_in_progress_is_the_owners_turn():
    uploads = ("upload", "3 12:00", "REWORK", WIP_UPLOAD), ("say", "5 12:00", OWNER, "Set Ready For Review")

    assert [(who, began) for who, began, *_ in turns_after(UPLOAD, PASS, *uploads)] == [
        ("ci", "1 10:00"), ("reviewers", "1 12:00"), ("owner", "3 12:00"), ("ci", "5 12:00"),
    ]  # fmt: skip


def test_work_in_progress_by_flag_is_the_owners_turn():
    set_it, ready = ("say", "3 12:00", OWNER, "Set Work In Progress"), ("say", "5 12:00", OWNER, "Set Ready For Review")

    assert turns_after(UPLOAD, PASS, set_it, ready)[1:] == [
        ("reviewers", "1 12:00", 2.0, True), ("owner", "3 12:00", 2.0, True), ("reviewers", "5 12:00", 5.92, False),
    ]  # fmt: skip


def test_a_change_that_the_gate_has_not_tested_waits_on_it_if_there_is_one():
    rows = turns(reviews(UPLOAD, number=5), reviews(UPLOAD, PASS, number=6), reviews(UPLOAD, number=7, project="acme"))

    lasting = rows[~rows["is_over"]]
    assert dict(zip(lasting["change_number"], lasting["waiting_on"], strict=True)) == {
        5: "ci", 6: "reviewers", 7: "reviewers",
    }  # fmt: skip


def test_a_machine_that_is_not_the_gate_changes_no_turn():
    advice = ("vote", "1 13:00", THIRD, VERIFIED, -1)
    habit = reviews(
        UPLOAD, ("vote", "1 12:00", GATE, VERIFIED, 2), number=9, status="MERGED", submitted_at=at("2 10:00")
    )

    rows = turns(reviews(UPLOAD, PASS, advice), habit)

    assert rows.loc[rows["change_number"].eq(7), "waiting_on"].tolist() == ["ci", "reviewers"]


def test_an_advising_machine_does_not_replace_a_silent_gate():
    one = reviews(UPLOAD, ("vote", "1 12:00", THIRD, VERIFIED, 1))
    served = {name: one[name] for name in ("changes", "patch_sets", "change_messages", "accounts")}

    rows = waiting.build(
        **served, gate=pd.Series([GATE], dtype="Int64"), gated=one["changes"]["project"], as_of=at("11 10:00")
    )

    assert rows["waiting_on"].tolist() == ["ci"]


def test_a_change_without_messages_has_no_turns():
    assert turns(reviews(UPLOAD, PASS, has_messages=False)).empty


def members(*pairs):
    frame = pd.DataFrame(pairs, columns=["area_id", "ref"])
    return made(schema.AREA_MEMBERS, frame.assign(release="liberty", kind="change", rule="x"))


def lasting(*rows):
    """Turns of reviewers: (change_number, days, is_over)."""
    frame = pd.DataFrame(rows, columns=["change_number", "days", "is_over"])
    return made(schema.TURNS, frame.assign(turn_number=1, waiting_on="reviewers"))


def test_a_turn_that_still_lasts_counts_as_at_least_that_long():
    rows = lasting((1, 2.0, True), (2, 4.0, True), (3, 30.0, False), (4, 40.0, False))

    table = waiting.durations(rows, members(("api", "1")))[1].set_index("area_id")

    assert table.loc["all", "median_days"] == pytest.approx(4.0)  # the mean over those that are over says 3.0
    assert pd.isna(table.loc["all", "median_high"])
    assert table[["n_turns", "n_lasting"]].to_dict("index") == {
        "all": {"n_turns": 4, "n_lasting": 2},
        "api": {"n_turns": 1, "n_lasting": 0},
    }


def test_a_median_is_unknown_if_more_than_half_still_last():
    _, table = waiting.durations(lasting((1, 2.0, True), (2, 4.0, False), (3, 5.0, False)), members())

    assert table["median_days"].isna().all()


def test_a_curve_falls_where_turns_end_and_lies_in_its_interval():
    table, _ = waiting.durations(lasting((1, 2.0, True), (2, 4.0, True), (3, 5.0, False)), members())

    assert table["days"].tolist() == [0.0, 2.0, 4.0, 5.0]
    assert table["share"].round(3).tolist() == [1.0, 0.667, 0.333, 0.333]
    assert (table["share_low"].le(table["share"]) & table["share"].le(table["share_high"])).all()
