"""The queue: which open fix to review first in each area, and why."""

import math

import pandas as pd
import pytest
from invented_reviews import at, linked_changes, made

from analysis.errors import ProjectFileError
from analysis.judge import fixes, queue
from analysis.tables import schema


def queued(*, states, links, bugs=(), tasks=(), members=(), changes=None, score=None, superseded=None, backports=None):
    """The queue of rows: states (number, state, waiting_on, days, ever, now), links (bug, ref, counts), bugs (bug_id,
    tags, heat, duplicate_of, is_private), tasks (bug_id, target, importance), members (area, ref)."""
    numbers = [row[0] for row in states]
    facts = {"project": "openstack/nova", "branch": "master", "status": "NEW", "is_private": False, "insertions": 100}
    rows = [{"change_number": number, "deletions": 0} | facts | (changes or {}).get(number, {}) for number in numbers]
    columns = [
        "change_number",
        "state",
        "waiting_on",
        "waiting_days",
        "has_human_vote_ever",
        "has_human_vote_on_current",
    ]
    served = {
        "changes": made(schema.CHANGES, pd.DataFrame(rows)),
        "links": made(
            schema.LINKS,
            pd.DataFrame(links, columns=["bug_id", "ref", "counts_as_fix"]).assign(kind="change", evidence="footer"),
        ),
        "bugs": made(
            schema.BUGS,
            pd.DataFrame(bugs, columns=["bug_id", "tags", "heat", "duplicate_of", "is_private"], dtype=object),
        ),
    }
    return queue.build(
        linked_changes=linked_changes(**served),
        **served,
        review_states=made(schema.REVIEW_STATES, pd.DataFrame(states, columns=columns)),
        bug_tasks=made(schema.BUG_TASKS, pd.DataFrame(tasks, columns=["bug_id", "target", "importance"])),
        area_members=made(
            schema.AREA_MEMBERS,
            pd.DataFrame(members, columns=["area_id", "ref"]).assign(
                release="liberty",
                kind="change",
                rule=["all_fixes" if area == "everything" else "tag:x" for area, _ in members],
            ),
        ),
        superseded_fixes=schema.SUPERSEDED_FIXES.empty() if superseded is None else superseded,
        backports=schema.BACKPORTS.empty() if backports is None else backports,
        as_of=at("30 10:00"),
        score=score or queue.Score(),
    )


NEVER = ("never_reviewed", "reviewers", 10.0, False, False)


def test_only_open_changes_that_count_as_a_fix_are_queued():
    rows = queued(
        states=[(7, *NEVER), (8, *NEVER), (9, *NEVER)],
        links=[(1, "7", True), (1, "8", False), (1, "9", True)],
        changes={9: {"status": "MERGED"}},
    )

    assert rows["change_number"].tolist() == [7]


def test_a_fix_is_ranked_in_each_of_its_areas_and_one_without_area_in_none():
    rows = queued(
        states=[(7, *NEVER), (8, *NEVER)],
        links=[(1, "7", True), (2, "8", True)],
        members=[("api", "7"), ("quotas", "7")],
    )

    assert list(zip(rows["change_number"], rows["area_id"], rows["rank"], strict=True)) == [
        (7, "api", 1), (7, "quotas", 1), (8, "none", 1)
    ]  # fmt: skip


def test_a_fix_that_only_a_catch_all_area_holds_is_in_no_area_too():
    rows = queued(
        states=[(7, *NEVER), (8, *NEVER)],
        links=[(1, "7", True), (2, "8", True)],
        members=[("everything", "7"), ("everything", "8"), ("api", "8")],
    )

    assert sorted(zip(rows["change_number"], rows["area_id"], strict=True)) == [
        (7, "everything"), (7, "none"), (8, "api"), (8, "everything")
    ]  # fmt: skip


def test_each_part_of_the_score_is_named_largest_first_and_they_add_up():
    rows = queued(
        states=[(7, *NEVER)],
        links=[(1, "7", True)],
        bugs=[(1, ["gate-failure", "kilo-rc-potential"], 10, None, False)],
        tasks=[(1, "nova", "High")],
        changes={7: {"insertions": 3}},
    )

    assert rows["reasons"].iloc[0] == [
        "+60.0 importance High", "+40.0 tag gate-failure", "+40.0 tag kilo-rc-potential",
        "+20.0 no person has reviewed it", "+8.0 at most 50 lines", "+5.0 days waiting: 10", "+2.0 bug heat: 10",
    ]  # fmt: skip
    assert rows["score"].tolist() == [175.0]


def test_days_of_waiting_on_the_owner_give_no_points():
    rows = queued(states=[(7, "owner_turn", "owner", 90.0, True, True)], links=[(1, "7", True)])

    assert list(rows["reasons"].iloc[0]) == ["-200.0 waits on owner"]


def test_fixes_that_wait_on_reviewers_come_before_the_others():
    rows = queued(
        states=[(7, "owner_turn", "owner", 90.0, True, True), (8, *NEVER)],
        links=[(1, "7", True), (2, "8", True)],
        bugs=[(1, [], 0, None, False), (2, [], 0, None, False)],
        tasks=[(1, "nova", "Critical"), (2, "nova", "Wishlist")],
    )

    assert rows.set_index("change_number")["rank"].to_dict() == {8: 1, 7: 2}


def test_is_unreviewed_is_unknown_if_votes_are_unknown():
    unknown = (8, "unknown", None, None, None, None)

    rows = queued(states=[(7, *NEVER), unknown], links=[(1, "7", True), (1, "8", True)])

    assert rows["is_unreviewed"].tolist()[0] is True
    assert pd.isna(rows["is_unreviewed"].iloc[1])
    assert "reviewed" not in " ".join(rows["reasons"].iloc[1])


def test_the_importance_is_that_of_the_changes_own_target():
    tasks = [(1, "cinder", "Critical"), (1, "nova", "Low"), (1, "nova/kilo", "High"), (2, "cinder", "Critical")]
    rows = queued(
        states=[(7, *NEVER), (8, *NEVER), (9, *NEVER)],
        links=[(1, "7", True), (1, "8", True), (2, "9", True)],
        bugs=[(1, [], 0, None, False), (2, [], 0, None, False)],
        tasks=tasks,
        changes={8: {"branch": "stable/kilo"}},
    )

    assert rows["importance"].fillna("unknown").tolist() == ["Low", "High", "unknown"]


def test_a_fix_of_a_duplicate_is_a_fix_of_its_master():
    rows = queued(
        states=[(7, *NEVER)],
        links=[(1, "7", True)],
        bugs=[(1, [], 0, 2, False), (2, [], 0, 3, False), (3, [], 0, None, False)],
        tasks=[(3, "nova", "High")],
    )

    assert (rows["bug_id"].tolist(), rows["importance"].tolist()) == ([3], ["High"])


def test_bugs_that_are_duplicates_of_each_other_do_not_stop_the_queue():
    bugs = made(schema.BUGS, pd.DataFrame({"bug_id": [1, 2], "duplicate_of": [2, 1]}))

    assert set(fixes.masters(bugs)) <= {1, 2}


def test_a_fix_of_several_bugs_has_the_importance_of_the_most_important():
    rows = queued(
        states=[(7, *NEVER)],
        links=[(1, "7", True), (2, "7", True), (3, "7", True)],
        bugs=[(1, [], 0, None, False), (2, [], 0, None, False)],
        tasks=[(1, "nova", "Low"), (2, "nova", "High")],
    )

    assert (rows["bug_id"].tolist(), rows["importance"].tolist()) == ([2], ["High"])


def test_private_changes_and_fixes_of_private_bugs_are_not_queued():
    rows = queued(
        states=[(7, *NEVER), (8, *NEVER)],
        links=[(1, "7", True), (2, "8", True)],
        bugs=[(1, [], 0, None, True), (2, [], 0, None, False)],
        changes={8: {"is_private": True}},
    )

    assert rows.empty


@pytest.mark.parametrize(
    "section, wrong_value",
    [
        ({"importances": {}}, "'importances'"),
        ({"importance": {"Hihg": 1}}, "'Hihg'"),
        ({"small": "8"}, "'8'"),
        ({"tags": 3}, "3"),
        ({"small": math.inf}, "inf"),
        ({"small": math.nan}, "nan"),
        ({"small": True}, "True"),
        ({"small_lines": 1.5}, "1.5"),
        ({"importance": {"High": 10**30}}, str(10**30)),
    ],
)
def test_a_misspelt_weight_is_refused(section, wrong_value):
    with pytest.raises(ProjectFileError) as raised:
        queue.Score.from_mapping(section)

    assert raised.value.found == wrong_value


UNKNOWN = (7, "unknown", None, None, None, None)


@pytest.mark.parametrize(
    ("facts", "hold"),
    [
        ({"has_conflict": True}, "merge conflict"),
        ({"subject": "[WIP] Count the cores"}, "work in progress"),
        ({"subject": "WIP: Count the cores"}, "work in progress"),
        ({"topic": "wip-quota"}, "work in progress"),
        ({"subject": "Wipe the disk", "topic": "swipes", "has_conflict": False}, None),
    ],
)
def test_with_unknown_votes_a_conflict_or_the_owners_mark_holds_a_fix_back(facts, hold):
    rows = queued(states=[UNKNOWN], links=[(1, "7", True)], changes={7: facts})

    assert rows["hold"].fillna("").tolist() == [hold or ""]
    assert rows["score"].lt(0).tolist() == [hold is not None]


def test_a_fix_is_not_ranked_by_its_size_alone():
    rows = queued(states=[UNKNOWN], links=[(1, "7", True)], changes={7: {"insertions": 3}})

    assert list(rows["reasons"].iloc[0]) == ["+8.0 at most 50 lines", "not ranked: no votes"]


def test_a_backport_is_held_back_until_the_newer_branch_has_the_fix():
    lacking = {"bug_id": [1], "branch": ["stable/juno"], "state": ["waiting"], "needs_first": ["stable/kilo"]}

    rows = queued(
        states=[(7, *NEVER)],
        links=[(1, "7", True)],
        changes={7: {"branch": "stable/juno"}},
        backports=made(schema.BACKPORTS, pd.DataFrame(lacking)),
    )

    assert rows["hold"].tolist() == ["first on stable/kilo"]
    assert rows["reasons"].iloc[0][0] == "-200.0 first on stable/kilo"


def test_a_fix_of_a_closed_bug_is_not_queued():
    closed = made(schema.SUPERSEDED_FIXES, pd.DataFrame({"change_number": [7], "bug_id": [1]}))

    assert queued(states=[(7, *NEVER)], links=[(1, "7", True)], superseded=closed).empty
