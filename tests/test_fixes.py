"""The fates of each bug's fixes."""

import pandas as pd
import pytest
from invented_reviews import CASEY, OWNER, ROBIN, at, fix_fates, linked_changes, made, reviews, together, unfixed_bugs

from analysis.judge import fixes
from analysis.judge.fixes import claims, fix_evidence, remarks
from analysis.judge.links import build as build_links
from analysis.report import measures
from analysis.tables import schema

pytestmark = pytest.mark.long  # each test judges links and fates from the beginning

NO_COMMITS = schema.COMMITS.empty()
NONE_OPEN = "There are no currently open reviews on this bug."


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
    result = linked_changes(bugs=known["bugs"], changes=changes, links=links)
    return unfixed_bugs(linked_changes=result, **known, as_of=at("11 10:00"))


def test_an_open_bug_with_an_open_or_merged_fix_is_not_unfixed():
    table = bugs((1, "Confirmed", None), (2, "Confirmed", None), (3, "Fix Released", None), (9, "New", None))

    rows = unfixed(table, changes=changes((7, "NEW"), (8, "MERGED")), links=links((1, 7), (2, 8)))

    assert rows.empty


def test_a_bug_that_may_be_private_is_in_no_table():
    tables = bugs((1, "Confirmed", None))
    tables["bugs"]["is_private"] = pd.array([None], "boolean")
    served = {"changes": changes((7, "NEW")), "links": links((1, 7))}

    assert unfixed(tables, **served | {"links": links()}).empty
    table = linked_changes(**served, bugs=tables["bugs"])
    assert table.empty
    assert fixes.open_fixes(linked_changes=table, **served, **tables).empty


def test_each_unfixed_bug_says_what_it_lacks():
    table = bugs(
        (1, "In Progress", "casey"), (2, "In Progress", None), (3, "Confirmed", None),
        (4, "Triaged", "casey"), (5, "New", None), (6, "Confirmed", None),
    )  # fmt: skip
    rows = unfixed(
        table,
        changes=changes((7, "ABANDONED"), (8, "MERGED"), (9, "MERGED"), (10, "MERGED")),
        links=links((1, 7), (2, 8, "closes", False), (2, 9, "related", False, "revert"), (3, 10, "related", False)),
    )

    assert dict(zip(rows["bug_id"], zip(rows["lack"], rows["reason"], strict=True), strict=True)) == {
        1: ("fix_abandoned", "change 7 was abandoned on 2015-05-01"),
        2: ("fix_reverted", "its fix was reverted by change 9 on 2015-05-03"),
        3: ("only_related", "only related work merged: change 10 on 2015-05-04"),
        4: ("assigned_without_change", "assigned to casey since 2015-05-02, and no fix is known"),
        5: ("never_triaged", "New since 2015-05-01, and no fix is known"),
        6: ("no_change", "Confirmed, and no fix is known"),
    }
    assert rows["age_days"].tolist() == [10.0] * 6


def lacking(*given, served):
    """The missing fix of each bug and the reason, by number; all bugs are Confirmed."""
    table = bugs(*((bug, "Confirmed", None) for bug in sorted({row[0] for row in given})))
    rows = unfixed(table, changes=changes(*served), links=links(*given))
    return dict(zip(rows["bug_id"], zip(rows["lack"], rows["reason"], strict=True), strict=True))


def test_a_merged_partial_fix_leaves_the_bug_without_a_complete_fix():
    served = [(7, "MERGED"), (8, "ABANDONED"), (9, "MERGED")]

    assert lacking((1, 7, "partial"), (1, 8), (2, 7, "partial"), (2, 9), served=served) == {
        1: ("only_partial", "only a part of its fix merged: change 7 on 2015-05-01")
    }


def test_a_fix_on_a_stable_branch_alone_is_no_fix_on_master():
    served = [(7, "MERGED", "stable/kilo"), (8, "MERGED"), (9, "ABANDONED")]

    assert lacking((1, 7), (1, 8, "partial"), (1, 9), (2, 7), (2, 8), served=served) == {
        1: ("stable_only", "closed on stable/kilo alone, by change 7")
    }


def test_a_bug_with_an_open_partial_fix_is_worked_on():
    served = [(7, "MERGED"), (8, "NEW"), (9, "MERGED", "stable/kilo")]

    assert lacking((1, 7, "partial"), (1, 8, "partial"), (2, 9), (2, 8, "partial"), served=served) == {}


def test_a_merge_after_a_revert_decides_the_fate():
    served = [(6, "MERGED", "stable/kilo"), (7, "MERGED"), (8, "MERGED"), (9, "MERGED")]
    undone = [(1, 7, "closes", False), (1, 8, "related", False, "revert")]

    assert lacking((1, 6), *undone, served=served)[1][0] == "fix_reverted"
    assert lacking((1, 6), *undone, (1, 9, "partial"), served=served)[1][0] == "stable_only"
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


def test_changes_that_depend_on_each_other_do_not_cause_an_endless_loop():
    tables = together(
        reviews(("upload", "1 10:00"), number=5, current_sha="a5", parent_sha="a6"),
        reviews(("upload", "1 10:00"), number=6, current_sha="a6", parent_sha="a5"),
    )

    rows = fixes.stacks(changes=tables["changes"], patch_sets=tables["patch_sets"])

    assert rows["change_number"].tolist() == [5, 6]


def test_several_open_changes_that_close_a_bug_on_one_branch_compete():
    served = changes((7, "NEW"), (8, "NEW"), (9, "ABANDONED"), (10, "NEW", "stable/kilo"), (11, "NEW"), (12, "MERGED"))
    result = linked_changes(
        bugs=bugs((1, "New", None), (2, "New", None))["bugs"],
        changes=served,
        links=links((1, 7), (1, 8), (1, 9), (1, 10), (1, 11, "partial"), (2, 11), (1, 12)),
    )

    rows = fixes.competing(linked_changes=result, changes=served)

    assert [(row.bug_id, row.branch, list(row.change_numbers)) for row in rows.itertuples()] == [(1, "master", [7, 8])]


UPLOAD, LIKED = ("upload", "1 10:00"), ("vote", "2 10:00", CASEY, "Code-Review", 1)


def test_a_merged_or_abandoned_change_is_no_open_fix():
    tables = bugs((1, "Confirmed", None), (2, "New", None))
    served = {
        "links": links((1, 7), (1, 8), (1, 9), (1, 10), (2, 9)),
        "changes": changes((7, "NEW"), (8, "NEW"), (9, "MERGED"), (10, "ABANDONED")),
    }

    rows = fixes.open_fixes(linked_changes=linked_changes(**served, bugs=tables["bugs"]), **served, **tables)

    assert rows["change_number"].tolist() == [7, 8]


def rescued(*tables, known, links, as_of="30 10:00"):
    tables = together(*tables)
    return fixes.rescues(
        linked_changes=linked_changes(bugs=known["bugs"], changes=tables["changes"], links=links),
        **{name: tables[name] for name in ("changes", "votes", "change_messages", "accounts")},
        bug_tasks=known["bug_tasks"], as_of=at(as_of), target="nova", silent_days=20,
    )  # fmt: skip


@pytest.mark.parametrize("old", ["", "Patch Set 1: "])
def test_an_abandoned_or_silent_change_with_a_positive_vote_is_a_rescue(old):
    table = bugs((1, "Confirmed", None), (2, "Confirmed", None), (3, "Confirmed", None), (4, "Fix Released", None))
    rows = rescued(
        reviews(UPLOAD, LIKED, ("say", "4 10:00", OWNER, f"{old}Abandoned\n\nno time"), status="ABANDONED", number=5),
        reviews(UPLOAD, LIKED, ("say", "3 10:00", OWNER, "soon"), number=6),
        reviews(UPLOAD, LIKED, ("say", "28 10:00", OWNER, "soon"), number=7),
        reviews(UPLOAD, LIKED, number=8),
        known=table,
        links=links((1, 5), (2, 6), (3, 7), (4, 8)),
    )

    assert [(row.change_number, row.why, row.since_at) for row in rows.itertuples()] == [
        (5, "abandoned", at("4 10:00")), (6, "silent", at("3 10:00"))
    ]  # fmt: skip


def test_a_vetoed_change_or_one_with_another_fix_of_its_bug_is_no_rescue():
    veto = ("vote", "3 10:00", ROBIN, "Code-Review", -2)
    rows = rescued(
        reviews(UPLOAD, LIKED, veto, status="ABANDONED", number=5),
        reviews(UPLOAD, LIKED, status="ABANDONED", number=6),
        reviews(("upload", "29 10:00"), number=7),
        known=bugs((1, "Confirmed", None), (2, "Confirmed", None)),
        links=links((1, 5), (2, 6), (2, 7)),
    )

    assert rows.empty


def test_a_merged_partial_fix_does_not_prevent_a_rescue():
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
    result = linked_changes(bugs=known["bugs"], changes=changes, links=links, commits=commits)
    return fixes.backports(linked_changes=result, **known, changes=changes, commits=commits, target="nova")


def test_a_gap_on_a_newer_branch_blocks_a_backport_in_the_matrix():
    tables = bugs((1, "Fix Released", None), (2, "Fix Released", None))
    tables["bug_tasks"] = pd.concat(
        [tables["bug_tasks"], tables["bug_tasks"].iloc[[1]].assign(target="nova/juno")], ignore_index=True
    )
    rows = backported(
        tables,
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


def test_a_renamed_branch_is_one_branch_in_the_matrix_in_any_order_of_rows():
    table = bugs((1, "Fix Released", None), (2, "Fix Released", None))
    served = changes(
        (1, "MERGED", "stable/yoga"), (2, "MERGED", "stable/zed"), (3, "MERGED"), (4, "MERGED"),
        (5, "MERGED", "stable/yoga"), (6, "MERGED", "unmaintained/yoga"),
    )  # fmt: skip

    for rows in (served, served.iloc[::-1].reset_index(drop=True)):
        matrix = backported(table, changes=rows, links=links((1, 3), (1, 5), (2, 4), (2, 6)))

        assert [(row.bug_id, row.branch, row.state) for row in matrix.itertuples()] == [
            (1, "master", "merged"), (1, "stable/zed", "missing"), (1, "unmaintained/yoga", "merged"),
            (2, "master", "merged"), (2, "stable/zed", "missing"), (2, "unmaintained/yoga", "merged"),
        ]  # fmt: skip


def test_the_branch_of_a_project_may_be_main_and_have_been_master():
    rows = bugs((1, "Confirmed", None), (2, "Confirmed", None))
    served = changes((1, "MERGED", "stable/kilo"), (2, "MERGED"), (3, "MERGED", "main"), (4, "MERGED", "stable/kilo"))
    inputs = {"changes": served, "links": links((1, 2), (2, 3), (2, 4))}

    assert unfixed(rows, **inputs).empty
    assert [(row.bug_id, row.branch, row.state) for row in backported(rows, **inputs).itertuples()] == [
        (1, "main", "merged"), (1, "stable/kilo", "missing"), (2, "main", "merged"), (2, "stable/kilo", "merged"),
    ]  # fmt: skip


def test_a_fix_that_master_never_had_is_not_required_on_other_branches():
    rows = backported(
        bugs((1, "Invalid", None)),
        changes=changes((1, "MERGED", "stable/juno"), (2, "MERGED", "stable/kilo")),
        links=links((1, 1)),
    )

    assert [(row.branch, row.state) for row in rows.itertuples()] == [("stable/juno", "merged")]


def test_a_branch_cut_after_master_got_the_fix_contains_it():
    rows = backported(
        bugs((1, "Fix Released", None)),
        changes=changes((2, "MERGED"), (3, "MERGED", "stable/kilo")),
        links=links((1, 2)),
    )

    assert [(row.branch, row.state) for row in rows.itertuples()] == [("master", "merged")]


def test_a_backport_need_not_go_first_to_a_branch_that_was_cut_with_the_fix():
    rows = backported(
        bugs((1, "Fix Released", None)),
        changes=changes((1, "MERGED", "stable/juno"), (2, "MERGED"), (3, "MERGED", "stable/kilo"),
                        (4, "NEW", "stable/juno"), (5, "ABANDONED", "stable/kilo")),
        links=links((1, 2), (1, 4), (1, 5)),
    )  # fmt: skip

    assert [(row.branch, row.state) for row in rows.itertuples()] == [("master", "merged"), ("stable/juno", "waiting")]
    assert rows["needs_first"].isna().all()


def test_a_fix_wanted_on_a_branch_that_was_cut_with_it_is_contained_not_missing():
    tables = bugs((1, "Fix Released", None))
    wanted = tables["bug_tasks"].assign(target=["nova/kilo"])
    tables["bug_tasks"] = pd.concat([tables["bug_tasks"], wanted], ignore_index=True)
    first = pd.DataFrame([{"sha": "a" * 40, "branch": "stable/kilo", "committed_at": at("3 10:00")}])
    served = {"changes": changes((1, "MERGED", "stable/juno"), (2, "MERGED"), (3, "MERGED", "stable/kilo"))}

    in_clone = backported(tables, **served, links=links((1, 2)), commits=made(schema.COMMITS, first))
    without = backported(tables, **served, links=links((1, 2)))

    assert in_clone["branch"].tolist() == ["master", "stable/juno", "stable/kilo"]
    assert in_clone["state"].tolist() == ["merged", "missing", "contained"]
    assert without["state"].fillna("unknown").tolist() == ["merged", "missing", "unknown"]
    assert in_clone["needs_first"].isna().all() and without["needs_first"].isna().all()


def test_a_branch_of_another_project_does_not_date_the_cut():
    known, served = bugs((1, "Fix Released", None)), changes((1, "MERGED"), (2, "MERGED"), (3, "MERGED", "stable/kilo"))
    result = linked_changes(bugs=known["bugs"], changes=served, links=links((1, 2)), commits=NO_COMMITS)
    other = result.assign(
        ref="70", change_number=70, branch="stable/kilo", created_at=at("1 10:00"), project="openstack/cinder",
        is_elsewhere=True, counts_as_fix=False,
    )  # fmt: skip
    unnamed = other.assign(ref="71", change_number=71, project=pd.NA, is_elsewhere=False)
    table = schema.LINKED_CHANGES.ordered(schema.LINKED_CHANGES.frame(pd.concat([result, other, unnamed])))

    rows = fixes.backports(linked_changes=table, **known, changes=served, commits=NO_COMMITS, target="nova")

    assert rows["branch"].tolist() == ["master"]


def test_a_branch_without_a_known_time_is_not_reported_as_lacking_a_fix():
    known, served = bugs((1, "Fix Released", None)), changes((2, "MERGED"), (3, "NEW", "stable/kilo"))
    known["bugs"]["tags"] = pd.Series([["kilo-backport-potential"]], dtype=known["bugs"]["tags"].dtype)
    served["created_at"] = served["created_at"].mask(served["branch"].eq("stable/kilo"))

    rows = backported(known, changes=served, links=links((1, 2)))

    assert rows["branch"].tolist() == ["master", "stable/kilo"]
    assert rows["state"].fillna("unknown").tolist() == ["merged", "unknown"]


def test_a_branch_cut_before_a_fix_merged_lacks_it():
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


def test_linked_changes_has_a_row_for_each_bug_and_change():
    tables = bugs((1, "Confirmed", None), (2, "Confirmed", None))

    several = linked_changes(
        bugs=tables["bugs"],
        changes=changes((7, "NEW"), (8, "MERGED")),
        links=links((2, 8), (1, 8, "related", False, "revert"), (1, 7), (1, 7, "closes", True, "subject")),
    )
    none = linked_changes(bugs=tables["bugs"], changes=changes(), links=links())

    assert list(zip(several["bug_id"], several["ref"], several["status"], several["is_revert"], strict=True)) == [
        (1, "7", "NEW", False), (1, "8", "MERGED", True), (2, "8", "MERGED", False),
    ]  # fmt: skip
    assert several.dtypes.to_dict() == none.dtypes.to_dict() == schema.LINKED_CHANGES.dtypes


BOT = "hudson-openstack"


def comments(*served):
    """Rows (bug_id, person, day, content[, subject]); every bug's report is its message 0."""
    rows = [(*row, None)[:5] for row in served]
    frame = pd.DataFrame(rows, columns=["bug_id", "person", "day", "content", "subject"])
    frame = frame.assign(
        sent_at=pd.Series([at(f"{day} 10:00") for day in frame["day"]], dtype="datetime64[us, UTC]"),
        message_number=frame.groupby("bug_id").cumcount() + 1,
    )
    return made(schema.BUG_MESSAGES, frame.drop(columns="day"))


def proposed(number, branch="master", did="Fix proposed"):
    return f"{did} to branch: {branch}\nReview: https://review.example.org/{number}"


def merged(number, *, repository="openstack/nova", branch="master", footer="Closes-Bug: #1", subject="Add what lacked"):
    sha = f"{number:040x}"
    return (
        f"Reviewed:  https://review.example.org/{number}\n"
        f"Committed: https://git.example.org/cgit/{repository}/commit/?id={sha}\nSubmitter: Jenkins\n"
        f"Branch:    {branch}\n\ncommit {sha}\n\n    {subject}\n    \n    {footer}\n"
    )


def gone(number, why="", branch="master"):
    text = f"Change abandoned by Robin Example (robin@example.org) on branch: {branch}\n"
    return f"{text}Review: https://review.example.org/{number}" + (f"\nReason: {why}" if why else "")


def fates(*conversation, **facts):
    """(fate, act, evidence, basis) of bug 1 after a conversation and a fetch; see `fates_of`."""
    (result,) = fates_of(conversation, **facts)
    return result


def fates_of(*conversations, status="Confirmed", served=(), linked=(), task=None):
    """(fate, act, evidence, basis) of one bug for each conversation: bug 1 for the first, bug 2 for the second.

    Many bugs take no longer than one; no two of their conversations name the same change. `task` is the status of
    the bugs' tasks in Cinder; `status` is one of all bugs, or a list of one for each.
    """
    numbers = range(1, len(conversations) + 1)
    statuses = [status] * len(numbers) if isinstance(status, str) else status
    known = bugs(*((bug, status, None) for bug, status in zip(numbers, statuses, strict=True)))
    messages = comments(
        *((bug, *row) for bug, conversation in zip(numbers, conversations, strict=True) for row in conversation)
    )
    if task:
        there = known["bug_tasks"].assign(target="cinder", status=task)
        known["bug_tasks"] = schema.BUG_TASKS.frame(pd.concat([known["bug_tasks"], there]))
    known["bugs"]["reporter"] = pd.array(["reporter"] * len(numbers), known["bugs"]["reporter"].dtype)
    known["bugs"]["is_private"] = pd.array([False] * len(numbers), "boolean")
    served = changes(*served)
    joined = build_links(bug_messages=messages, changes=served, commits=NO_COMMITS)["links"]
    joined = pd.concat([joined, links(*linked)], ignore_index=True) if linked else joined
    result = fixes.linked_changes(
        links=joined, bugs=known["bugs"], changes=served, commits=NO_COMMITS, bug_messages=messages, target="nova"
    )
    table = fix_fates(linked_changes=result, **known, bug_messages=messages, changes=served).set_index("bug_id")
    return [tuple(table.loc[bug, ["fate", "act", "evidence", "basis"]]) for bug in numbers]


def test_a_change_known_only_from_the_bot_is_a_proposed_fix():
    assert fates((BOT, 2, proposed(70))) == (
        "fix_in_review", "review", "change 70 was proposed on 2015-05-02; no comment says that it ended", "rule",
    )  # fmt: skip


def test_the_evidence_of_an_abandoned_fix_has_person_day_and_reason():
    conversation = (BOT, 2, proposed(70)), (BOT, 4, gone(70, "No answer\nin months.\n\nMore of it."))

    assert fates(*conversation) == (
        "fix_abandoned", "revive",
        "change 70 was abandoned by Robin Example on 2015-05-04: No answer in months.", "rule",
    )  # fmt: skip


def test_a_fix_that_is_proposed_again_is_under_review():
    conversation = (BOT, 2, proposed(70)), (BOT, 4, gone(70)), (BOT, 5, proposed(71))

    assert fates(*conversation)[:2] == ("fix_in_review", "review")


def test_only_a_merge_in_the_repository_of_the_project_closes_the_bug():
    here, there, related = fates_of(
        [(BOT, 2, merged(70))],
        [(BOT, 2, merged(71, repository="openstack/cinder", footer="Closes-Bug: #2"))],
        [(BOT, 2, merged(72, repository="openstack/heat", footer="Related-Bug: #3"))],
    )

    assert here[:2] == ("fix_merged", "close")
    assert there[:3] == ("merged_elsewhere", "check", "change 71 merged on 2015-05-02 in openstack/cinder")
    assert related[0] == "no_change"


def test_a_fix_whose_quoted_message_says_partial_or_related_is_half_done():
    part, related = fates_of(
        [(BOT, 2, merged(70, footer="Partial-Bug: #1"))], [(BOT, 2, merged(71, footer="Related-Bug: #2"))]
    )

    assert part[:2] == ("only_partial", "finish")
    assert related[:2] == ("only_related", "finish")


def test_a_review_found_open_after_a_partial_merge_is_the_proposed_fix():
    half = BOT, 2, merged(70, footer="Related-Bug: #1")
    result = "Found open reviews for this bug in gerrit.\n\nreview: https://review.example.org/71 in branch: master"

    other_half = BOT, 2, merged(80, footer="Related-Bug: #2")
    later, earlier = fates_of([half, ("czar", 5, result)], [("czar", 1, result.replace("71", "81")), other_half])

    assert later[:3] == (
        "proposed_unknown", "look", "change 71 is proposed, as a comment of 2015-05-05 says",
    )  # fmt: skip
    assert earlier[0] == "only_related"


def test_a_merged_fix_that_was_reverted_later_is_no_fix():
    def revert(number, bug):
        return merged(number, subject='Revert "Add what lacked"', footer=f"Related-Bug: #{bug}")

    again = [(BOT, 2, merged(80, footer="Closes-Bug: #2")), (BOT, 3, revert(81, 2))]
    reverted, fixed_again = fates_of(
        [(BOT, 2, merged(70)), (BOT, 3, revert(71, 1))], [*again, (BOT, 4, merged(82, footer="Closes-Bug: #2"))]
    )

    assert reverted[:2] == ("fix_reverted", "finish")
    assert fixed_again[0] == "fix_merged"


def test_a_proposal_for_a_stable_branch_is_no_fix_on_the_main_branch():
    open_there, closed_there = fates_of(
        [(BOT, 2, proposed(70, "stable/kilo"))],
        [(BOT, 2, merged(71, branch="stable/kilo", footer="Closes-Bug: #2"))],
    )

    assert open_there[0] == "no_change"
    assert closed_there[:2] == ("stable_only", "finish")


@pytest.mark.parametrize(
    "comment", ["There are no currently open reviews on this bug.", "Cleanup: no open reviews for this bug report."]
)
def test_a_comment_that_no_review_is_open_ends_an_older_proposal(comment):
    before, after = fates_of(
        [(BOT, 2, proposed(70)), ("czar", 5, comment)],
        [("czar", 2, comment), (BOT, 5, proposed(71))],
    )

    assert before == (
        "fix_abandoned", "revive", "change 70 is no longer open, as a comment of 2015-05-05 says", "rule",
    )  # fmt: skip
    assert after[0] == "fix_in_review"


WORDS_ON_A_REVIEW = {
    "I have a fix up at https://review.example.org/#/c/{}/": "proposed_unknown",
    "https://review.example.org/{}": "proposed_unknown",
    "Found open reviews for this bug in gerrit.\n\nreview: https://review.example.org/{} in branch: master":
        "proposed_unknown",
    "Fixed in https://review.example.org/#/c/{}/": "merged_elsewhere",
    "This was introduced by the fix in https://review.example.org/#/c/{}/": "no_change",
    "Bug is seen at https://tracker.example.org/{}": "no_change",
}  # fmt: skip


def test_comments_on_a_review_count_only_if_no_fact_is_known():
    alone = [[("casey", 2, words.format(number))] for number, words in enumerate(WORDS_ON_A_REVIEW, 70)]
    with_a_merge = [
        [("casey", 2, words.format(bug + 70)), (BOT, 3, merged(bug + 80, footer=f"Closes-Bug: #{bug}"))]
        for bug, words in enumerate(WORDS_ON_A_REVIEW, len(alone) + 1)
    ]

    results = fates_of(*alone, *with_a_merge)

    unsure, sure = (
        dict(zip(WORDS_ON_A_REVIEW, part, strict=True)) for part in (results[: len(alone)], results[len(alone) :])
    )
    assert {words: result[0] for words, result in unsure.items()} == WORDS_ON_A_REVIEW
    assert {words: result[3] for words, result in unsure.items() if result[0] != "no_change"} == {
        words: "guess" for words, fate in WORDS_ON_A_REVIEW.items() if fate != "no_change"
    }
    assert {words: result[0] for words, result in sure.items()} == dict.fromkeys(WORDS_ON_A_REVIEW, "fix_merged")


def test_facts_from_gerrit_about_a_claimed_fix_decide_before_comments():
    address = "https://review.example.org/#/c"
    conversations = [
        [("casey", 2, f"I have a fix up at {address}/{number}/"), ("czar", 5, NONE_OPEN)] for number in (70, 71, 72)
    ]

    results = fates_of(*conversations, served=[(70, "NEW"), (71, "MERGED"), (72, "ABANDONED")])

    named = "and a comment of 2015-05-02 names it as a fix"
    assert results == [
        ("proposed_unknown", "look", f"change 70 is open, {named}; its message was not fetched", "guess"),
        ("merged_elsewhere", "check", f"change 71 merged on 2015-05-02 in openstack/nova, {named}", "guess"),
        ("fix_abandoned", "revive", f"change 72 was abandoned, {named}", "guess"),
    ]


@pytest.mark.parametrize(("message", "why"), [(None, "was not fetched"), ("Tidy", "does not name this bug as fixed")])
def test_an_open_change_that_only_a_person_names_does_not_count(message, why):
    served = changes((70, "NEW")).assign(message=pd.Series([message], dtype="str"))
    named = pd.DataFrame({"bug_id": [1], "change_number": [70], "says": ["open"], "sent_at": [at("2 10:00")]})
    named = named.astype({"bug_id": "Int64", "change_number": "Int64", "says": "str"})
    nobody = pd.DataFrame({"bug_id": [], "sent_at": [], "since_at": []}).astype(
        {"bug_id": "Int64", "sent_at": schema.TIME, "since_at": schema.TIME}
    )
    linked = schema.LINKED_CHANGES.empty()
    ends = claims.known_ends(linked, served)

    proposed = claims.claimed(named, linked, ends, nobody[["bug_id", "sent_at"]], nobody[["bug_id", "since_at"]])[0]

    assert proposed["evidence"].tolist() == [
        f"change 70 is open, and a comment of 2015-05-02 names it as a fix; its message {why}"
    ]


def test_a_long_reason_of_an_abandoned_fix_ends_after_a_whole_word():
    rows = pd.DataFrame(
        {
            "kind": ["change"] * 3,
            "ref": ["7", "8", "9"],
            "ended_by": ["casey", "casey", None],
            "why_ended": ["no more time " * 30, "no time", None],
            "at": [at("3 10:00")] * 3,
            "is_noted": [False] * 3,
        }
    ).astype({"ended_by": "str", "why_ended": "str"})

    long, short, unknown = fix_evidence.abandoned_text(rows)

    assert long.endswith(" no more time no…") and len(long) < 220
    assert short.endswith(": no time") and ":" not in unknown


def test_a_bug_with_a_proposed_fix_is_not_listed_as_without_a_fix():
    acts = {name: fate.act for name, fate in fixes.FATES.items()}

    assert "review" in acts.values()
    assert "review" not in {acts[lack] for lack in schema.UNFIXED_BUGS.columns["lack"].one_of}


@pytest.mark.parametrize(("day", "fate"), [(1, "proposed_unknown"), (4, "fix_abandoned")])
def test_a_claimed_fix_that_the_bot_reports_as_abandoned_is_over(day, fate):
    tables = bugs((1, "Confirmed", None), (2, "Confirmed", None))
    conversation = (
        (2, BOT, 1, proposed(70)),
        (1, "casey", 3, "My fix: https://review.example.org/70"),
        (2, BOT, day, gone(70)),
    )
    messages = comments(*conversation)
    joined = build_links(bug_messages=messages, changes=changes(), commits=NO_COMMITS)["links"]
    result = fixes.linked_changes(
        links=joined, bugs=tables["bugs"], changes=changes(), commits=NO_COMMITS, bug_messages=messages, target="nova"
    )

    rows = fix_fates(linked_changes=result, **tables, bug_messages=messages)

    assert rows.set_index("bug_id")["fate"][1] == fate


def test_only_comments_of_the_bot_report_events():
    assert fates(("casey", 2, proposed(70)))[3] == "guess"


def test_the_newer_of_gerrits_status_and_a_comment_of_the_bot_counts():
    by_key = {"served": [(7, "NEW")], "linked": [(1, 7)]}  # last updated on the first day

    assert fates((BOT, 3, gone(7)), **by_key)[0] == "fix_abandoned"
    assert fates(served=[(7, "NEW")], linked=[(1, 7)])[:3] == ("fix_in_review", "review", "change 7 is open")


def test_a_bug_without_any_change_says_what_it_waits_for():
    acts = {
        ("Could you attach the log of the compute service?", "New"): ("ask", "guess"),
        ("This is a feature request, please file a blueprint.", "Confirmed"): ("decide", "guess"),
        ("Seen it, too.", "Incomplete"): ("ask", "rule"),
        ("Seen it, too.", "Confirmed"): ("take", "rule"),
    }

    results = fates_of(*([("casey", 2, words)] for words, _ in acts), status=[status for _, status in acts])

    assert {case: result[1::2] for case, result in zip(acts, results, strict=True)} == acts


def test_a_merge_elsewhere_on_the_main_branch_counts_before_a_backport():
    conversation = (BOT, 2, merged(70, repository="openstack/cinder")), (
        BOT, 3, merged(71, repository="openstack/cinder", branch="stable/kilo"),
    )  # fmt: skip

    assert fates(*conversation)[:3] == (
        "merged_elsewhere",
        "check",
        "change 70 merged on 2015-05-02 in openstack/cinder",
    )


def test_a_merge_elsewhere_names_the_task_there_and_the_attempts_here():
    there = BOT, 4, merged(70, repository="openstack/cinder")

    result = fates(
        (BOT, 2, proposed(7)), (BOT, 3, gone(7)), there, ("casey", 5, "It is not fixed."), task="Fix Released"
    )

    assert result[::3] == ("merged_elsewhere", "rule") and result[1] == "check"
    assert result[2].startswith(
        "change 70 merged on 2015-05-04 in openstack/cinder; its task in cinder is Fix Released; change 7 was "
        "abandoned; a comment of 2015-05-05 says"
    )


def test_a_claimed_fix_is_not_shown_as_merged():
    tables = bugs((1, "Confirmed", None), (2, "Confirmed", None))
    fixed = "Fixed in https://review.example.org/#/c/70/"
    messages = comments((1, "casey", 2, fixed), (2, BOT, 2, merged(71, repository="openstack/cinder")))
    joined = build_links(bug_messages=messages, changes=changes(), commits=NO_COMMITS)["links"]
    result = fixes.linked_changes(
        links=joined, bugs=tables["bugs"], changes=changes(), commits=NO_COMMITS, bug_messages=messages, target="nova"
    )

    rows = measures.fates(
        fix_fates(linked_changes=result, **tables, bug_messages=messages), **tables,
        area_members=schema.AREA_MEMBERS.empty(), areas=schema.AREAS.empty(), launchpad_project="nova",
        release="liberty", as_of=at("9 10:00"),
    )  # fmt: skip

    assert dict(zip(rows["bug_id"], rows["fate"], strict=True)) == {
        1: "Somebody says that a change fixed it", 2: "A fix merged in another project",
    }  # fmt: skip


def test_a_fix_in_a_release_of_another_project_is_fixed_there():
    released = "This issue was fixed in the openstack/oslo.db 4.14.0 release."
    conversation = (("casey", 2, "https://review.example.org/70"), (BOT, 3, released), (BOT, 4, released))

    there, here = fates_of(conversation, [(BOT, 3, released.replace("oslo.db", "nova"))])

    assert there[:3] == (
        "merged_elsewhere", "check", "a fix is in openstack/oslo.db 4.14.0, as a comment of 2015-05-03 says",
    )  # fmt: skip
    assert here[0] == "no_change"


def test_an_address_after_a_few_words_is_a_proposal_unless_called_related():
    proposal, related = fates_of(
        [("casey", 2, "Here you go: https://review.example.org/#/c/70/")],
        [("casey", 2, "Related patch: https://review.example.org/#/c/71/")],
    )

    assert proposal[0] == "proposed_unknown"
    assert related[::2] == ("no_change", "Confirmed, and no fix is known; a comment of 2015-05-02 names change 71")


def test_a_conditional_request_is_no_question():
    note = "Found the version kilo in the description.\nIf this is wrong, please update the description."

    condition, question = fates_of([("casey", 2, note)], [("casey", 2, f"Can you try master?\n{note}")])

    assert (condition[1], question[1]) == ("take", "ask")


def test_a_note_of_a_script_does_not_hide_the_question_before_it():
    note = ("casey", 3, "Version kilo was found in the description.")
    conversation = [(bug, *row) for bug in range(1, 12) for row in [note]]
    messages = comments((1, "robin", 2, "Can you try master?"), *conversation)
    open_bugs = pd.DataFrame({"bug_id": range(1, 12), "status": "Confirmed", "reporter": "reporter"})
    open_bugs["incomplete_at"] = pd.Series(pd.NaT, index=open_bugs.index, dtype="datetime64[us, UTC]")

    asked = remarks.questions(open_bugs, messages, [BOT])

    assert asked[["bug_id", "basis"]].to_numpy().tolist() == [[1, "guess"]]


def test_an_answered_question_is_no_open_question():
    assert fates(("casey", 2, "Can you try master?"), ("reporter", 3, "Yes, it is there."))[1] == "take"


def test_an_incomplete_bug_whose_reporter_wrote_last_waits_for_a_decision():
    conversation = ("casey", 2, "Can you try master?"), ("reporter", 3, "Yes, it is there.")

    answered, asked = fates_of(conversation, [*conversation, ("casey", 4, "On which branch?")], status="Incomplete")

    assert answered[1:] == (
        "decide", "Incomplete, and no fix is known; its reporter wrote last, on 2015-05-03", "rule",
    )  # fmt: skip
    assert asked[1] == "ask"


def test_only_a_bug_that_somebody_calls_expected_behaviour_is_disputed():
    disputed, missed = fates_of(
        [("casey", 2, "This is the expected behavior.")], [("casey", 2, "I miss the expected behavior.")]
    )

    assert (disputed[1], missed[1]) == ("decide", "take")


def superseded(known, *, changes, links):
    result = linked_changes(bugs=known["bugs"], changes=changes, links=links)
    rows = fixes.superseded_fixes(linked_changes=result, **known, target="nova")
    return dict(zip(rows["change_number"], rows["reason"], strict=True))


def test_an_open_fix_of_a_closed_bug_is_listed_with_the_closing_change():
    rows = bugs((1, "Fix Released", None), (2, "Confirmed", None), (3, "Invalid", None))
    served = changes((7, "NEW"), (8, "MERGED"), (9, "NEW"), (10, "NEW"))

    assert superseded(rows, changes=served, links=links((1, 7), (1, 8), (2, 9), (3, 10))) == {
        7: "bug 1 was closed by change 8 on 2015-05-02, and is Fix Released",
        10: "bug 3 is Invalid",
    }


def test_a_bug_closed_with_an_unknown_status_says_when():
    tables = bugs((1, "Fix Released", None), (2, "Invalid", None))
    tables["bug_tasks"]["status"] = pd.NA  # as in a replay of saved bugs without their history
    tables["bug_tasks"]["closed_at"] = at("3 10:00")
    served = changes((7, "NEW"), (8, "MERGED"), (9, "NEW"))

    assert superseded(tables, changes=served, links=links((1, 7), (1, 8), (2, 9))) == {
        7: "bug 1 was closed by change 8 on 2015-05-02",
        9: "bug 2 was closed on 2015-05-03",
    }


def test_an_open_fix_is_wanted_while_one_of_its_bugs_is_open():
    rows = bugs((1, "Fix Released", None), (2, "Confirmed", None))

    assert superseded(rows, changes=changes((7, "NEW")), links=links((1, 7), (2, 7))) == {}


def test_a_fix_proposed_after_another_merged_is_wanted_while_the_bug_is_open():
    served = changes((7, "MERGED"), (8, "NEW"), (9, "NEW"))
    named = links((1, 7), (1, 9))

    assert superseded(bugs((1, "Confirmed", None)), changes=served, links=named) == {}
    assert list(superseded(bugs((1, "Fix Released", None)), changes=served, links=named)) == [9]


def test_a_part_that_merged_leaves_the_other_fixes_wanted():
    served = changes((7, "NEW"), (8, "MERGED"))

    assert superseded(bugs((1, "In Progress", None)), changes=served, links=links((1, 7), (1, 8, "partial"))) == {}


def test_a_backport_is_wanted_though_its_bug_is_closed_on_the_main_branch():
    rows = bugs((1, "Fix Released", None))
    served = changes((7, "NEW", "stable/kilo"), (8, "MERGED"), (9, "NEW", "stable/juno"), (10, "MERGED", "stable/juno"))
    named = links((1, 7), (1, 8), (1, 9), (1, 10))

    assert superseded(rows, changes=served, links=named) == {9: "bug 1 was closed by change 10 on 2015-05-04"}


def test_what_the_message_of_a_merged_change_says_holds_for_every_comment_on_it():
    conversation = (BOT, 2, proposed(70)), (BOT, 3, merged(70, footer="Partial-Bug: #1"))

    assert fates(*conversation)[:2] == ("only_partial", "finish")


def test_a_merge_that_the_clone_knows_by_another_sha_is_one_with_its_commit():
    known, change_id = bugs((1, "Confirmed", None)), f"I{7:040x}"
    messages = comments((1, BOT, 3, merged(70, footer=f"Closes-Bug: #1\n    Change-Id: {change_id}")))
    revert = "This reverts commit " + "a" * 40 + "."
    rows = [
        {"sha": "a" * 40, "change_id": change_id, "subject": "Add it", "message": "Add it\n\nCloses-Bug: #1"},
        {
            "sha": "b" * 40,
            "change_id": "I" + "b" * 40,
            "subject": 'Revert "Add it"',
            "message": revert,
            "reverts": "a" * 40,
        },
    ]
    facts = {"project": "openstack/nova", "branch": "master", "is_merge": False}
    dates = [{"committed_at": at(f"{day} 10:00"), "authored_at": at(f"{day} 10:00")} for day in (2, 5)]
    commits = made(schema.COMMITS, pd.DataFrame([row | facts | day for row, day in zip(rows, dates, strict=True)]))
    joined = build_links(bug_messages=messages, changes=changes(), commits=commits)["links"]

    table = fixes.linked_changes(
        links=joined, bugs=known["bugs"], changes=changes(), commits=commits, bug_messages=messages, target="nova"
    )

    assert not table.loc[table["relation"].eq("closes"), "counts_as_fix"].any()
    assert fix_fates(linked_changes=table, **known, bug_messages=messages)["fate"].tolist() == ["fix_reverted"]


def test_a_backport_says_which_newer_branch_must_have_the_fix_first():
    rows = backported(
        bugs((1, "Fix Released", None), (2, "In Progress", None)),
        changes=changes((3, "MERGED", "stable/juno"), (4, "MERGED", "stable/kilo"), (7, "MERGED"),
                        (8, "NEW", "stable/juno"), (9, "NEW"), (10, "NEW", "stable/kilo")),
        links=links((1, 7), (1, 8), (2, 9), (2, 10)),
    )  # fmt: skip

    first = {(row.bug_id, row.branch): row.needs_first for row in rows.itertuples() if isinstance(row.needs_first, str)}
    assert first == {(1, "stable/juno"): "stable/kilo", (2, "stable/kilo"): "master"}


def test_a_merged_fix_that_somebody_later_calls_not_enough_is_to_be_finished():
    after, before = fates_of(
        [(BOT, 2, merged(70)), ("casey", 5, "I still see this on master, it is not fixed.")],
        [("casey", 1, "It is not fixed."), (BOT, 2, merged(71, footer="Closes-Bug: #2"))],
    )

    assert after[:2] == ("fix_doubted", "finish")  # so that it is in the list and the count of bugs without a fix
    assert after[3] == "guess"
    assert before[1] == "close"


def test_a_bug_lacks_a_fix_unless_the_next_step_is_to_review_one_or_to_close_it():
    has_fix = {name for name, fate in fixes.FATES.items() if fate.act in ("close", "review")}

    assert has_fix == set(schema.FIX_FATES.columns["fate"].one_of) - set(schema.UNFIXED_BUGS.columns["lack"].one_of)
    assert set(fixes.FATES) == set(schema.FIX_FATES.columns["fate"].one_of)


def test_a_question_whether_a_review_fixed_the_bug_is_no_claim():
    assert fates(("casey", 2, "Isn't this fixed by https://review.example.org/#/c/70/ ?"))[0] == "no_change"


def test_an_open_fix_on_a_stable_branch_alone_is_under_review():
    tables = bugs((1, "Confirmed", None))
    result = linked_changes(bugs=tables["bugs"], changes=changes((7, "NEW", "stable/kilo")), links=links((1, 7)))

    row = fix_fates(linked_changes=result, **tables).iloc[0]

    assert (row["fate"], row["evidence"]) == ("fix_in_review", "change 7 is open on stable/kilo")


def test_an_open_fix_of_a_private_closed_bug_is_not_listed():
    rows = bugs((9, "Fix Released", None), (1, "Fix Released", None))

    assert list(superseded(rows, changes=changes((7, "NEW"), (8, "NEW")), links=links((9, 7), (1, 8)))) == [8]
