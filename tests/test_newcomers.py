"""The questions of newcomers and stable maintainers: a first bug, its helpers, and missing backports."""

import pandas as pd

from analysis.report import measures
from analysis.tables import schema

T = pd.Timestamp("2015-06-01", tz="UTC")


def without_fix(*rows):
    frame = pd.DataFrame(rows, columns=["bug_id", "importance", "status", "assignee", "tags", "areas"])
    return frame.assign(bug_title="A bug", age_days=3.0, areas_page=None, lack="no_change").astype({"bug_id": "Int64"})


SIMILAR = schema.SIMILAR_BUGS.frame(
    {
        "bug_id": [2, 2, 3, 4],
        "other_bug_id": [90, 91, 92, 93],
        "similarity": [0.5, 0.9, 0.9, 0.9],
        "is_fixed": [True, True, True, True],
        "fixes": [["change 500"], ["commit abc", "change 501", "change 503"], ["change 502"], ["change 501"]],
    }
)
CHANGES = schema.CHANGES.frame(
    {
        "change_number": [500, 501, 502, 503],
        "owner": [1, 1, 2, 2],
        "insertions": [1, 10, 400, 1],
        "deletions": [0, 2, 50, 0],
        "status": ["MERGED", "MERGED", "MERGED", "NEW"],
    }
)
VOTES = schema.VOTES.frame(
    {"change_number": [501, 501], "patch_set_number": [1, 1], "label": ["Code-Review"] * 2, "account": [2, 9],
     "value": [2, 1], "cast_at": [T, T], "is_ci": [False, True]}
)  # fmt: skip


FILES = schema.COMMIT_FILES.frame({"sha": ["a" * 40, "a" * 40, *["b" * 40] * 3], "path": [*"ab", *"cde"]})


def first_bugs(*rows, **more):
    inputs = {"similar_bugs": SIMILAR, "changes": CHANGES, "votes": VOTES, "names": {1: "Ada", 2: "Zoe", 9: "A CI"},
             "reviewers": {"Cells": ["Kim"]}, "review_label": "Code-Review", "commit_files": FILES}  # fmt: skip
    return measures.first_bugs(without_fix(*rows), **{**inputs, **more})


def test_a_first_bug_is_free_and_tagged_as_easy_or_like_one_with_a_small_fix():
    rows = first_bugs(
        (1, "High", "Confirmed", None, ["low-hanging-fruit"], ["Cells"]),
        (2, "Low", "Confirmed", None, [], []),
        (3, "Low", "Confirmed", None, [], []),  # its like took 450 lines
        (4, "Critical", "Confirmed", None, [], []),
        (5, "Low", "In Progress", "somebody", ["low-hanging-fruit"], []),
        (6, "Low", "Incomplete", None, ["low-hanging-fruit"], []),
    )

    assert rows["bug_id"].tolist() == [1, 2]
    assert rows["fit"].tolist() == ["tagged low-hanging-fruit", "a similar bug was fixed in 12 lines"]
    assert rows["change_number"].tolist()[1] == 501  # of the most similar bug


def test_a_bug_with_any_proposed_change_is_no_first_bug():
    bugs = without_fix((1, "Low", "Confirmed", None, ["low-hanging-fruit"], []), (2, "Low", "Confirmed", None, [], []))
    inputs = {"similar_bugs": SIMILAR, "changes": CHANGES, "votes": VOTES, "names": {}, "reviewers": {},
              "commit_files": FILES}  # fmt: skip

    rows = measures.first_bugs(bugs.assign(lack=["fix_abandoned", "no_change"]), **inputs, review_label="Code-Review")

    assert rows["bug_id"].tolist() == [2]


def test_a_bug_in_progress_or_that_waits_for_a_decision_is_no_first_bug():
    fates = schema.FIX_FATES.frame({"bug_id": [1, 2, 3], "act": ["decide", "take", "take"]})
    tagged = ["low-hanging-fruit"]

    rows = first_bugs(
        (1, "Low", "Confirmed", None, tagged, []),
        (2, "Low", "In Progress", None, tagged, []),
        (3, "Low", "Confirmed", None, tagged, []),
        fix_fates=fates,
    )

    assert rows["bug_id"].tolist() == [3]


def test_the_best_first_bugs_are_three_that_somebody_confirmed_each_with_its_reasons():
    rows = first_bugs(
        *((bug_id, "Low", status, None, ["low-hanging-fruit"], [])
          for bug_id, status in enumerate(["New", "Confirmed", "Triaged", "Confirmed", "Confirmed"], start=11))
    )  # fmt: skip

    best = measures.best_first_bugs(rows)

    assert best["bug_id"].tolist() == [12, 13, 14]
    assert best["fit"][1] == "tagged low-hanging-fruit; Triaged, nobody is assigned, no fix is known"


def test_a_similar_fix_known_only_from_the_clone_is_small_by_its_files():
    alike = schema.SIMILAR_BUGS.frame(
        {
            "bug_id": [1, 2, 3],
            "other_bug_id": [90, 91, 92],
            "similarity": [0.9, 0.9, 0.2],
            "likeness": ["similar", "similar", "related"],
            "is_fixed": [True, True, True],
            "fixes": [["commit " + "a" * 12], ["commit " + "b" * 12], ["commit " + "a" * 12]],
        }
    )
    bugs = [(bug_id, "Low", "Confirmed", None, [], []) for bug_id in (1, 2, 3)]

    rows = first_bugs(*bugs, similar_bugs=alike)

    assert rows[["bug_id", "fit", "other_bug_id"]].values.tolist() == [[1, "a similar bug was fixed in 2 files", 90]]
    assert rows["change_number"].isna().all()


def test_who_wrote_a_similar_fix_in_a_clone_is_named_without_an_address():
    fixes = [["commit " + "a" * 12], ["commit " + "c" * 12]]
    alike = schema.SIMILAR_BUGS.frame(
        {"bug_id": [1, 2], "other_bug_id": [90, 91], "similarity": [0.9, 0.8], "likeness": ["similar"] * 2,
         "is_fixed": [True, True], "fixes": fixes}
    )  # fmt: skip
    files = schema.COMMIT_FILES.frame({"sha": ["a" * 40, "c" * 40], "path": ["a", "c"]})
    bugs = [(bug_id, "Low", "Confirmed", None, [], ["Cells"]) for bug_id in (1, 2)]
    authors = {"a" * 40: "Ada <b>", "c" * 40: "kim@example.org"}

    rows = first_bugs(*bugs, similar_bugs=alike, commit_files=files, authors=authors)

    assert [list(one) for one in rows["helpers"]] == [["Ada <b>"], ["Kim"]]


def test_a_bug_that_nobody_has_triaged_is_no_first_bug():
    tagged = ["low-hanging-fruit"]

    rows = first_bugs((1, "Low", "New", None, tagged, []), (2, "Low", "Confirmed", None, tagged, []))

    assert rows["bug_id"].tolist() == [2]


def test_helpers_wrote_or_reviewed_the_similar_fix_or_review_the_area():
    rows = first_bugs(
        (1, "Low", "Confirmed", None, ["low-hanging-fruit"], ["Cells"]), (2, "Low", "Confirmed", None, [], [])
    )

    assert [list(one) for one in rows["helpers"]] == [["Kim"], ["Ada", "Zoe"]]


def test_helpers_are_unknown_rather_than_none_if_merges_are_unknown():
    rows = first_bugs((1, "Low", "Confirmed", None, ["low-hanging-fruit"], []), has_merged=False)

    assert rows[["n_alike", "helpers"]].isna().all(axis=None)


def test_missing_requested_backports_are_listed_newest_branch_first():
    matrix = pd.DataFrame(
        {
            "bug_id": [1, 2, 3],
            "bug_title": ["one", "two", "three"],
            "importance": ["Low", "High", "High"],
            "fixed_on_master_at": [T, T, T],
            "is_wanted": pd.array([True, True, None], "boolean"),
            "stable/juno": ["blocked", None, "missing"],
            "stable/kilo": ["waiting 77", "missing", "missing"],
        }
    )

    rows = measures.owed_by_branch(matrix)

    assert rows[["branch", "bug_id", "on_branch"]].to_numpy().tolist() == [
        ["stable/kilo", 2, "missing"], ["stable/kilo", 1, "waiting"], ["stable/juno", 1, "blocked"],
    ]  # fmt: skip
    assert rows["change_number"].tolist()[1] == 77 and rows["n_changes"].tolist() == [0, 1, 0]
