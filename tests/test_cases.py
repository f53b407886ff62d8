"""Faults from public bug reports of other tools, tested with invented inputs of the same kinds.

Forms of files are in test_saved_bugs and test_saved_changes; machines that write like people in test_accounts;
priorities documents in test_areas_priorities; hostile texts in test_links_faults and test_text.
"""

import subprocess

import pandas as pd
import pytest
from invented_reviews import GATE, OWNER, at, reviews, together
from served_records import CASEY, ROBIN, ZUUL, change, rows, says, sha, tables, votes
from served_records import at as minute

from analysis.ingest import git
from analysis.judge import review_state
from analysis.tables import bug_history, bugs, commits, schema

NOBODY = {"message": "Patch Set 1: Code-Review-1\n\nNo", "date": minute(5), "_revision_number": 1, "id": "x"}


def test_what_nobody_said_is_nobodys():
    labels = {"Code-Review": {"all": [{"value": 2, "date": minute(1)}, {"_account_id": 77, "value": 1}]}}
    served = change(3, labels=labels, messages=[NOBODY], owner={})
    del served["revisions"][sha(301)]["uploader"]

    frames = tables(served)

    assert rows(frames["votes"], "account", "value") == [(77, 1)]
    assert frames["changes"]["owner"].isna().all() and frames["patch_sets"]["uploader"].isna().all()
    assert frames["change_messages"]["account"].isna().all()


@pytest.mark.parametrize("own", ["owner-example", None])
def test_the_owners_own_plus_two_is_no_review(own):
    cast = [
        ("upload", "1 10:00"),
        ("vote", "1 12:00", GATE, "Verified", 1),
        ("vote", "1 13:00", OWNER, "Code-Review", 2),
    ]
    habits = reviews(*cast[:1], ("vote", "1 12:00", GATE, "Verified", 2), number=99, status="MERGED")

    row = review_state.build(
        **together(reviews(*cast[: 3 if own else 2]), habits), as_of=at("11 10:00"), rules=review_state.Rules()
    ).iloc[0]

    assert (row["waiting_on"], str(row["since_at"])) == ("reviewers", "2015-05-01 12:00:00+00:00")
    assert not row["has_human_vote_ever"]


REPORT = "Patch Set 1:\n\nBuild {end}.\n\n- job-{place} http://logs.example/{place} : {end}"
HARBOR = {"_account_id": 21, "username": "harbor-san", "name": "Harbor SAN Tester"}
QUARRY = {"_account_id": 22, "username": "quarry", "name": "Quarry Volume Driver"}
NAMED_CI = {"_account_id": 23, "username": "delta", "name": "Delta Storage CI"}
MARCI = {"_account_id": 24, "username": "marci", "name": "Marci Ci"}


def reports(who, *minutes):
    """A message of a machine that reports builds, without a tag."""
    ends = ("SUCCESS", "FAILURE")
    return [says(minute, who, REPORT.format(end=ends[minute % 2], place=minute)) for minute in minutes]


@pytest.mark.parametrize("is_reviewed", [True, False])
def test_machines_that_write_like_people_are_no_reviewers(is_reviewed):
    messages = [
        says(0, CASEY, "Uploaded patch set 1."),
        *reports(HARBOR, 10, 21, 32, 43),
        *reports(QUARRY, 11, 22, 33),
        *reports(NAMED_CI, 12, 23),
    ]
    marci = [(MARCI, -1, 300)] if is_reviewed else []
    messages += [says(300, MARCI, "Patch Set 1: Code-Review-1\n\nThe switch is upside down.")] if is_reviewed else []
    inputs = votes("Code-Review", *marci) | votes("Verified", (NAMED_CI, -1, 400))
    messages += [says(400, NAMED_CI, "Patch Set 1: Verified-1\n\nBuild failed.")]

    frames = tables(change(6, messages=messages, labels=inputs))

    kinds = dict(rows(frames["accounts"], "account", "kind"))
    assert {kinds[who["_account_id"]] for who in (HARBOR, QUARRY, NAMED_CI)} == {"ci"}
    assert kinds.get(24, "person") == "person"
    of_machines = frames["change_messages"]["account"].isin([21, 22, 23])
    assert frames["change_messages"].loc[of_machines, "is_ci"].all()
    names = ("changes", "patch_sets", "votes", "change_messages", "change_comments", "accounts")
    now = pd.Timestamp("2015-05-11", tz="UTC")
    state = review_state.build(**{name: frames[name] for name in names}, as_of=now, rules=review_state.Rules()).iloc[0]
    assert bool(state["has_human_vote_ever"]) is is_reviewed
    if is_reviewed:
        assert (state["waiting_on"], state["since_at"]) == ("owner", pd.Timestamp(minute(300), tz="UTC"))


def test_patch_sets_that_are_gone_leave_nothing_that_stands():
    messages = [
        says(0, CASEY, "Uploaded patch set 1."),
        says(10, CASEY, "Uploaded patch set 2.", 2),
        says(12, ROBIN, "Patch Set 2: Code-Review-2\n\nNever", 2),
        says(30, CASEY, "Uploaded patch set 4.", 4),
        {"id": "none", "date": minute(40), "author": ROBIN, "message": "Which one?"},
    ]
    served = change(4, uploads=(0,), messages=messages, labels=votes("Code-Review"))
    served["revisions"][sha(404)] = {"_number": 4, "created": minute(30), "uploader": CASEY, "kind": "REWORK"}
    served["revisions"]["edit"] = {"_number": "edit", "created": minute(50)}
    served["current_revision"] = sha(404)

    frames = tables(served)

    assert frames["changes"]["patch_set_number"].tolist() == [4]
    assert rows(frames["patch_sets"], "patch_set_number") == [(1,), (2,), (4,)]
    assert rows(frames["votes"], "patch_set_number", "value", "is_standing") == [(2, -2, False)]


def test_a_second_failure_after_a_recheck_keeps_the_date_of_the_first():
    messages = [
        says(0, CASEY, "Uploaded patch set 1."),
        says(10, ZUUL, "Patch Set 1: Verified-1\n\nBuild failed."),
        says(500, CASEY, "Patch Set 1:\n\nrecheck"),
        says(510, ZUUL, "Patch Set 1:\n\nBuild failed."),
    ]

    table = tables(change(5, messages=messages, labels=votes("Verified", (ZUUL, -1, 10))))["votes"]

    assert rows(table, "value", "is_ci") == [(-1, True)] and str(table["cast_at"][0]) == "2015-05-01 00:10:00+00:00"


RAW = """commit refs/heads/master
mark :{place}
author Ida Holm <ida@example.org> {authored}
committer {name}<{mail}> {committed}
{encoding}data {size}
{message}
"""


def imported(folder, *commits_of):
    """A clone of commits with these times, names and addresses, which git itself never makes."""
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "master", folder], check=True)
    stream = b""
    for place, (authored, committed, name, mail) in enumerate(commits_of, start=1):
        message = f"Mend lamp {place}\n\nCloses-Bug: #210{place:04}\n"
        text = RAW.format(
            place=place, authored=authored, committed=committed, name=name, mail=mail, encoding="",
            size=len(message), message=message,
        )  # fmt: skip
        stream += text.encode()
    subprocess.run(
        ["git", "fast-import", "--quiet", "--date-format=raw-permissive"], cwd=folder, input=stream, check=True
    )
    return folder


def test_a_commit_with_odd_times_is_read_and_what_no_calendar_has_is_unknown(tmp_path):
    clone = imported(
        tmp_path / "lamps.git",
        ("1300000000 +0518", "1300000000 +051800", "Ida Holm ", "ida@example.org"),
        ("1300000001 +0000", "1300000001 -7349423", "", "broken@@"),
        ("99999999999999 +0000", "99999999999999 +0000", "Ida ", "a"),
    )

    table = commits.tables(git.log(clone), project="lamps")["commits"]

    result = dict(zip(table["subject"], table["committed_at"], strict=True))
    assert len(table) == 3
    assert result["Mend lamp 1"] == pd.Timestamp(1300000000, unit="s", tz="UTC")
    assert pd.isna(result["Mend lamp 3"])


LAUNCHPAD = "https://api.launchpad.example/devel/"


def reported(number, *tasks, activity=(), **facts):
    bug = {"id": number, "title": "Lamp", "private": False, "information_type": "Public", "tags": ["a.b", "c++"],
           "date_created": "2026-01-02T08:00:00+00:00", "date_last_updated": "2026-05-01T08:00:00+00:00"}  # fmt: skip
    return {"bug": bug | facts, "tasks": list(tasks), "messages": [], "activity": list(activity)}


def task(target, status, **more):
    created = {"date_created": "2026-01-02T08:00:00+00:00"}
    return {"target_link": f"{LAUNCHPAD}{target}", "status": status, "importance": "Medium"} | created | more


def turned(place, day, old, new):
    return {"self_link": f"{LAUNCHPAD}bugs/1/activity/{place}", "datechanged": f"2026-{day}T04:00:00+00:00",
            "whatchanged": "lamps: status", "oldvalue": old, "newvalue": new}  # fmt: skip


def test_a_bug_that_expired_and_was_set_back_was_closed_in_between_only():
    log = [turned(0, "02-01", "New", "Incomplete"), turned(1, "04-02", "Incomplete", "Expired"),
           turned(2, "05-01", "Expired", "Incomplete")]  # fmt: skip
    frames = bugs.tables(
        [reported(1, task("lamps", "Incomplete", date_closed="2026-04-02T04:00:00+00:00"), activity=log)]
    )

    today = frames["bug_tasks"].iloc[0]
    between = bug_history.as_of(frames, pd.Timestamp("2026-04-15", tz="UTC"))["bug_tasks"].iloc[0]

    assert (today["is_open"], pd.isna(today["closed_at"])) == (True, True)
    assert (between["status"], between["is_open"]) == ("Expired", False)


def test_tasks_of_distributions_are_their_own_and_unknown_is_not_open():
    frames = bugs.tables([
        reported(
            1, task("lamps", "Fix Released"), task("lamps/spring", "In Progress"),
            task("ubuntu/+source/lamps", "Confirmed", importance="Critical"),
            task("ubuntu/noble/+source/lamps", "Triaged"), task("cloud-archive/caracal", "New"),
            task("debian/+source/lamps", "Unknown", importance="Unknown"),
        )
    ])  # fmt: skip

    table = frames["bug_tasks"].set_index("target")

    assert table["is_open"].to_dict() == {
        "cloud-archive/caracal": True, "debian/+source/lamps": False, "lamps": False, "lamps/spring": True,
        "ubuntu/+source/lamps": True, "ubuntu/noble/+source/lamps": True,
    }  # fmt: skip
    assert schema.open_tasks(frames["bug_tasks"], "lamps").empty
    assert table.loc["lamps", "importance"] == "Medium"
    assert list(frames["bugs"]["tags"][0]) == ["a.b", "c++"]
