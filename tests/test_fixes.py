"""What becomes of each bug's fixes."""

import pandas as pd
import pytest
from reviews import CASEY, OWNER, ROBIN, answered, at, made, reviews, together

from analysis import fixes, schema

NO_COMMITS = schema.COMMITS.empty()


def bugs(*rows):
    """Rows (bug_id, status, assignee) with a task in nova; bug 9 is private when listed."""
    return {
        "bugs": made(
            schema.BUGS,
            pd.DataFrame(
                [
                    {"bug_id": bug, "created_at": at("1 10:00"), "is_private": bug == 9, "tags": [], "heat": 6}
                    for bug, *_ in rows
                ]
            ),
        ),
        "bug_tasks": made(
            schema.BUG_TASKS,
            pd.DataFrame(
                [
                    {
                        "bug_id": bug,
                        "target": "nova",
                        "status": status,
                        "importance": "High",
                        "assignee": assignee,
                        "assigned_at": at("2 10:00"),
                        "is_open": status in schema.OPEN_STATUSES,
                    }
                    for bug, status, assignee in rows
                ]
            ),
        ),
    }


def changes(*rows):
    """Rows (number, status) or (number, status, branch), created in the order of the rows."""
    columns = ["change_number", "status", "branch"]
    frame = pd.DataFrame([(*row, "master")[:3] for row in rows], columns=columns)
    number = frame["change_number"].astype("str")
    day = pd.Series([at(f"{day} 10:00") for day in range(1, len(rows) + 1)])
    return made(
        schema.CHANGES,
        frame.assign(
            project="openstack/nova", change_id="I" + number, owner=OWNER, is_private=False,
            created_at=day, updated_at=day, submitted_at=day.where(frame["status"].eq("MERGED")),
        ),
    )  # fmt: skip


def links(*rows):
    """Rows (bug_id, change_number[, relation[, counts_as_fix[, evidence]]])."""
    full = [(bug, ref, *rest, *("closes", True, "footer")[len(rest) :]) for bug, ref, *rest in rows]
    frame = pd.DataFrame(full, columns=["bug_id", "ref", "relation", "counts_as_fix", "evidence"])
    return made(schema.LINKS, frame.assign(kind="change", ref=frame["ref"].astype("str")))


def unfixed(known, *, changes, links):
    found = answered(bugs=known["bugs"], changes=changes, links=links)
    return fixes.unfixed(answered=found, **known, as_of=at("11 10:00"), target="nova")


def test_an_open_bug_with_an_open_or_merged_fix_is_not_unfixed():
    known = bugs((1, "Confirmed", None), (2, "Confirmed", None), (3, "Fix Released", None), (9, "New", None))

    rows = unfixed(known, changes=changes((7, "NEW"), (8, "MERGED")), links=links((1, 7), (2, 8)))

    assert rows.empty


def test_a_bug_that_may_be_private_is_nowhere():
    known = bugs((1, "Confirmed", None))
    known["bugs"]["is_private"] = pd.array([None], "boolean")
    served = {"changes": changes((7, "NEW")), "links": links((1, 7))}

    assert unfixed(known, **served | {"links": links()}).empty
    found = answered(**served, bugs=known["bugs"])
    assert found.empty
    assert fixes.open_fixes(answered=found, **served, **known).empty


def test_each_unfixed_bug_says_what_it_lacks():
    known = bugs(
        (1, "In Progress", "casey"), (2, "In Progress", None), (3, "Confirmed", None),
        (4, "Triaged", "casey"), (5, "New", None), (6, "Confirmed", None),
    )  # fmt: skip
    rows = unfixed(
        known,
        changes=changes((7, "ABANDONED"), (8, "MERGED"), (9, "MERGED"), (10, "MERGED")),
        links=links((1, 7), (2, 8, "closes", False), (2, 9, "related", False, "revert"), (3, 10, "related", False)),
    )

    assert dict(zip(rows["bug_id"], zip(rows["lack"], rows["reason"], strict=True), strict=True)) == {
        1: ("fix_abandoned", "its fix was abandoned: change 7"),
        2: ("fix_reverted", "its fix was reverted by change 9"),
        3: ("only_related", "only related work: change 10"),
        4: ("assigned_without_change", "assigned to casey since 2015-05-02"),
        5: ("never_triaged", "still New since 2015-05-01"),
        6: ("no_change", "Confirmed, and nobody has proposed a change"),
    }
    assert rows["age_days"].tolist() == [10.0] * 6


def lacking(*given, served):
    """What each of the bugs lacks, and why, by its number; all are Confirmed."""
    known = bugs(*((bug, "Confirmed", None) for bug in sorted({row[0] for row in given})))
    rows = unfixed(known, changes=changes(*served), links=links(*given))
    return dict(zip(rows["bug_id"], zip(rows["lack"], rows["reason"], strict=True), strict=True))


def test_a_part_of_a_fix_that_merged_leaves_the_bug_without_a_whole_one():
    served = [(7, "MERGED"), (8, "ABANDONED"), (9, "MERGED")]

    assert lacking((1, 7, "partial"), (1, 8), (2, 7, "partial"), (2, 9), served=served) == {
        1: ("only_partial", "only a part of its fix merged: change 7")
    }


def test_a_fix_on_a_stable_branch_alone_leaves_the_bug_without_one_on_master():
    served = [(7, "MERGED", "stable/kilo"), (8, "MERGED"), (9, "ABANDONED")]

    assert lacking((1, 7), (1, 8, "partial"), (1, 9), (2, 7), (2, 8), served=served) == {
        1: ("not_on_master", "closed on stable/kilo alone, by change 7")
    }


def test_a_bug_with_an_open_part_of_a_fix_has_somebody_who_works_on_it():
    served = [(7, "MERGED"), (8, "NEW"), (9, "MERGED", "stable/kilo")]

    assert lacking((1, 7, "partial"), (1, 8, "partial"), (2, 9), (2, 8, "partial"), served=served) == {}


def test_what_merged_after_a_revert_says_how_a_bug_stands():
    served = [(6, "MERGED", "stable/kilo"), (7, "MERGED"), (8, "MERGED"), (9, "MERGED")]
    undone = [(1, 7, "closes", False), (1, 8, "related", False, "revert")]

    assert lacking((1, 6), *undone, served=served)[1][0] == "fix_reverted"
    assert lacking((1, 6), *undone, (1, 9, "partial"), served=served)[1][0] == "not_on_master"
    assert lacking(*undone, (1, 9, "partial"), served=served)[1][0] == "only_partial"


def test_a_stack_is_listed_from_its_bottom():
    def sha(number, patch_set=1):
        return f"{number * 10 + patch_set:040x}"

    parts = [
        reviews(("upload", "1 10:00"), number=5, current_sha=sha(5)),
        reviews(("upload", "1 10:00"), number=6, current_sha=sha(6), parent_sha=sha(5)),
        reviews(("upload", "1 10:00"), number=7, current_sha=sha(7), parent_sha=sha(6, 0)),
        reviews(("upload", "1 10:00"), number=8, current_sha=sha(8)),
    ]
    parts[1]["patch_sets"]["sha"] = pd.array([sha(6, 0)], dtype=schema.PATCH_SETS.dtypes["sha"])
    tables = together(*parts)

    rows = fixes.stacks(changes=tables["changes"], patch_sets=tables["patch_sets"])

    assert rows.to_dict("list") == {
        "change_number": [5, 6, 7],
        "stack_id": [5, 5, 5],
        "position": [1, 2, 3],
        "n_changes": [3, 3, 3],
        "is_outdated": [False, False, True],
    }


def test_changes_that_stand_on_each_other_do_not_hang():
    tables = together(
        reviews(("upload", "1 10:00"), number=5, current_sha="a5", parent_sha="a6"),
        reviews(("upload", "1 10:00"), number=6, current_sha="a6", parent_sha="a5"),
    )

    rows = fixes.stacks(changes=tables["changes"], patch_sets=tables["patch_sets"])

    assert rows["change_number"].tolist() == [5, 6]


def test_several_open_changes_that_close_a_bug_on_one_branch_compete():
    served = changes((7, "NEW"), (8, "NEW"), (9, "ABANDONED"), (10, "NEW", "stable/kilo"), (11, "NEW"), (12, "MERGED"))
    found = answered(
        bugs=bugs((1, "New", None), (2, "New", None))["bugs"],
        changes=served,
        links=links((1, 7), (1, 8), (1, 9), (1, 10), (1, 11, "partial"), (2, 11), (1, 12)),
    )

    rows = fixes.competing(answered=found, changes=served)

    assert [(row.bug_id, row.branch, list(row.change_numbers)) for row in rows.itertuples()] == [(1, "master", [7, 8])]


UPLOAD, LIKED = ("upload", "1 10:00"), ("vote", "2 10:00", CASEY, "Code-Review", 1)


def test_what_is_merged_or_abandoned_is_no_open_fix():
    known = bugs((1, "Confirmed", None), (2, "New", None))
    served = {
        "links": links((1, 7), (1, 8), (1, 9), (1, 10), (2, 9)),
        "changes": changes((7, "NEW"), (8, "NEW"), (9, "MERGED"), (10, "ABANDONED")),
    }

    rows = fixes.open_fixes(answered=answered(**served, bugs=known["bugs"]), **served, **known)

    assert rows["change_number"].tolist() == [7, 8]


def rescued(*tables, known, links, as_of="30 10:00"):
    tables = together(*tables)
    return fixes.rescues(
        answered=answered(bugs=known["bugs"], changes=tables["changes"], links=links),
        **{name: tables[name] for name in ("changes", "votes", "change_messages", "accounts")},
        bug_tasks=known["bug_tasks"], as_of=at(as_of), target="nova", silent_days=20,
    )  # fmt: skip


@pytest.mark.parametrize("old", ["", "Patch Set 1: "])
def test_an_abandoned_or_silent_change_that_people_liked_is_worth_rescuing(old):
    known = bugs((1, "Confirmed", None), (2, "Confirmed", None), (3, "Confirmed", None), (4, "Fix Released", None))
    rows = rescued(
        reviews(UPLOAD, LIKED, ("say", "4 10:00", OWNER, f"{old}Abandoned\n\nno time"), status="ABANDONED", number=5),
        reviews(UPLOAD, LIKED, ("say", "3 10:00", OWNER, "soon"), number=6),
        reviews(UPLOAD, LIKED, ("say", "28 10:00", OWNER, "soon"), number=7),
        reviews(UPLOAD, LIKED, number=8),
        known=known,
        links=links((1, 5), (2, 6), (3, 7), (4, 8)),
    )

    assert [(row.change_number, row.why, row.since_at) for row in rows.itertuples()] == [
        (5, "abandoned", at("4 10:00")), (6, "silent", at("3 10:00"))
    ]  # fmt: skip


def test_a_vetoed_change_or_one_whose_bug_has_another_fix_is_not_worth_rescuing():
    veto = ("vote", "3 10:00", ROBIN, "Code-Review", -2)
    rows = rescued(
        reviews(UPLOAD, LIKED, veto, status="ABANDONED", number=5),
        reviews(UPLOAD, LIKED, status="ABANDONED", number=6),
        reviews(("upload", "29 10:00"), number=7),
        known=bugs((1, "Confirmed", None), (2, "Confirmed", None)),
        links=links((1, 5), (2, 6), (2, 7)),
    )

    assert rows.empty


def test_a_change_is_worth_rescuing_though_a_part_or_a_backport_of_another_fix_merged():
    rows = rescued(
        reviews(UPLOAD, LIKED, status="ABANDONED", number=5),
        reviews(UPLOAD, LIKED, status="ABANDONED", number=6),
        reviews(UPLOAD, status="MERGED", number=7),
        reviews(UPLOAD, status="MERGED", number=8, branch="stable/kilo"),
        known=bugs((1, "Confirmed", None), (2, "Confirmed", None)),
        links=links((1, 5), (1, 7, "partial"), (2, 6), (2, 8)),
    )

    assert rows["change_number"].tolist() == [5, 6]


def backported(known, *, changes, links, commits=NO_COMMITS):
    found = answered(bugs=known["bugs"], changes=changes, links=links, commits=commits)
    return fixes.backports(answered=found, **known, changes=changes, commits=commits, target="nova")


def test_the_backport_matrix_says_what_each_branch_has_and_a_gap_on_a_newer_branch_blocks():
    known = bugs((1, "Fix Released", None), (2, "Fix Released", None))
    known["bug_tasks"] = pd.concat(
        [known["bug_tasks"], known["bug_tasks"].iloc[[1]].assign(target="nova/juno")], ignore_index=True
    )
    rows = backported(
        known,
        changes=changes(
            (1, "MERGED", "stable/juno"), (2, "MERGED", "stable/kilo"), (3, "MERGED"), (4, "MERGED"),
            (5, "MERGED", "stable/kilo"), (6, "NEW", "stable/juno"),
        ),
        links=links((1, 3), (2, 4), (1, 5), (1, 6)),
    )  # fmt: skip

    assert [(row.bug_id, row.branch, row.state, row.is_wanted) for row in rows.itertuples()] == [
        (1, "master", "merged", False), (1, "stable/juno", "waiting", False), (1, "stable/kilo", "merged", False),
        (2, "master", "merged", False), (2, "stable/juno", "blocked", True), (2, "stable/kilo", "missing", False),
    ]  # fmt: skip


def test_a_branch_that_was_renamed_is_one_branch_in_the_matrix_whatever_the_order_of_the_rows():
    known = bugs((1, "Fix Released", None), (2, "Fix Released", None))
    served = changes(
        (1, "MERGED", "stable/yoga"), (2, "MERGED", "stable/zed"), (3, "MERGED"), (4, "MERGED"),
        (5, "MERGED", "stable/yoga"), (6, "MERGED", "unmaintained/yoga"),
    )  # fmt: skip

    for rows in (served, served.iloc[::-1].reset_index(drop=True)):
        matrix = backported(known, changes=rows, links=links((1, 3), (1, 5), (2, 4), (2, 6)))

        assert [(row.bug_id, row.branch, row.state) for row in matrix.itertuples()] == [
            (1, "master", "merged"), (1, "stable/zed", "missing"), (1, "unmaintained/yoga", "merged"),
            (2, "master", "merged"), (2, "stable/zed", "missing"), (2, "unmaintained/yoga", "merged"),
        ]  # fmt: skip


def test_the_branch_of_a_project_may_be_main_and_have_been_master():
    known = bugs((1, "Confirmed", None), (2, "Confirmed", None))
    served = changes((1, "MERGED", "stable/kilo"), (2, "MERGED"), (3, "MERGED", "main"), (4, "MERGED", "stable/kilo"))
    given = {"changes": served, "links": links((1, 2), (2, 3), (2, 4))}

    assert unfixed(known, **given).empty
    assert [(row.bug_id, row.branch, row.state) for row in backported(known, **given).itertuples()] == [
        (1, "main", "merged"), (1, "stable/kilo", "missing"), (2, "main", "merged"), (2, "stable/kilo", "merged"),
    ]  # fmt: skip


def test_a_fix_that_master_never_needed_asks_nothing_of_other_branches():
    rows = backported(
        bugs((1, "Invalid", None)),
        changes=changes((1, "MERGED", "stable/juno"), (2, "MERGED", "stable/kilo")),
        links=links((1, 1)),
    )

    assert [(row.branch, row.state) for row in rows.itertuples()] == [("stable/juno", "merged")]


def test_a_branch_cut_after_master_had_the_fix_holds_it_from_birth():
    rows = backported(
        bugs((1, "Fix Released", None)),
        changes=changes((2, "MERGED"), (3, "MERGED", "stable/kilo")),
        links=links((1, 2)),
    )

    assert [(row.branch, row.state) for row in rows.itertuples()] == [("master", "merged")]


def test_a_branch_cut_between_the_writing_of_a_fix_and_its_merge_lacks_it():
    written = made(schema.COMMITS, pd.DataFrame([{"sha": "a" * 40, "branch": "master", "committed_at": at("1 10:00")}]))
    named = links((1, 2))
    of_commit = named.assign(kind="commit", ref="a" * 40)

    rows = backported(
        bugs((1, "Fix Released", None)),
        changes=changes((3, "MERGED", "stable/juno"), (4, "MERGED", "stable/kilo"), (2, "MERGED")),
        links=schema.LINKS.ordered(pd.concat([named, of_commit], ignore_index=True)),
        commits=written,
    )

    assert [(row.branch, row.state, row.fixed_on_master_at) for row in rows.itertuples()] == [
        ("master", "merged", at("3 10:00")), ("stable/juno", "blocked", at("3 10:00")),
        ("stable/kilo", "missing", at("3 10:00")),
    ]  # fmt: skip


def test_what_answers_which_bug_is_a_table_with_a_row_for_each_pair():
    known = bugs((1, "Confirmed", None), (2, "Confirmed", None))

    several = answered(
        bugs=known["bugs"],
        changes=changes((7, "NEW"), (8, "MERGED")),
        links=links((2, 8), (1, 8, "related", False, "revert"), (1, 7), (1, 7, "closes", True, "subject")),
    )
    none = answered(bugs=known["bugs"], changes=changes(), links=links())

    assert list(zip(several["bug_id"], several["ref"], several["status"], several["is_revert"], strict=True)) == [
        (1, "7", "NEW", False), (1, "8", "MERGED", True), (2, "8", "MERGED", False),
    ]  # fmt: skip
    assert several.dtypes.to_dict() == none.dtypes.to_dict() == schema.ANSWERS.dtypes
