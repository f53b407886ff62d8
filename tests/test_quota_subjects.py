"""Reports of a subject with their fixes: how many are races, and how many are unknown."""

import pandas as pd
import pytest

from analysis.tables import schema
from quota_lab.measures import subjects

REPORTS = [  # bug, title, duplicate of, failure modes of the report, message of the fix, class by the reader
    (1, "Quota usage drifts", None, ["leak"], "Lock the usage\n\nTwo requests race.", None),
    (2, "Quotas race", None, ["race"], "Fix a race", None),
    (3, "Quota is wrong", None, ["wrong_result"], "Trace the quota", None),
    (4, "Quota refused", None, [], "Fix concurrent requests", "check"),
    (5, "Quota refused again", None, [], "Take locks in order", "race"),
    (6, "Quota refused, too", 4, [], "Fix a race", None),
    (7, "A quota that nobody fixed", None, ["race"], None, None),
    (8, "Port quota", None, [], "Count ports", None),
    (9, "Report of nothing", None, [], "Fix a race", None),
    (10, "Stale network info_cache", None, [], "Refresh it under a lock: concurrent updates", None),
]


def joined(reports=REPORTS):
    public = pd.DataFrame(
        {
            "bug_id": [row[0] for row in reports],
            "title": pd.array([row[1] for row in reports], "string"),
            "duplicate_of": pd.array([row[2] for row in reports], "Int64"),
            "status": ["Fix Released"] * len(reports),
        }
    )
    modes = [(row[0], mode) for row in reports for mode in row[3]]
    fixed = [row for row in reports if row[4]]
    fixes = pd.DataFrame(
        {
            "bug_id": [row[0] for row in fixed],
            "subject": pd.array([row[4].split("\n")[0] for row in fixed], "string"),
            "sha": [f"{row[0]:040d}" for row in fixed],
            "message": pd.array([row[4] for row in fixed], "string"),
        }
    )
    labels = pd.DataFrame({"bug_id": [4, 5], "label_by_second_reader": pd.array(["check", "race"], "string")})
    of_reports = schema.BUG_FAILURE_MODES.frame(
        {"bug_id": [bug for bug, _ in modes], "failure_mode": [mode for _, mode in modes]}
    )
    return subjects.joined(public, of_reports, fixes, labels)


def test_a_fix_is_a_race_by_its_label_and_without_one_by_its_words():
    rows = joined().query("about == 'quota'").set_index("bug_id")["fix_says_race"]

    assert rows.drop(7).to_dict() == {1: True, 2: True, 5: True, 3: False, 4: False, 8: False}
    assert rows.index.tolist() == [1, 2, 5, 3, 4, 8, 7]  # without a fix last
    assert pd.isna(rows[7])


def test_a_race_named_by_the_report_alone_is_listed_too():
    assert subjects.racing(joined())["bug_id"].tolist() == [1, 2, 5, 7, 10]


def test_a_report_counts_in_each_of_its_subjects_and_without_one_nowhere():
    rows = joined()

    assert rows[rows["bug_id"].eq(8)]["about"].tolist() == ["quota", "port"]
    assert not rows["bug_id"].isin([6, 9]).any()
    assert rows[rows["about"].eq("info cache")]["bug_id"].tolist() == [10]


def test_the_share_of_races_has_an_interval_and_names_the_excluded_reports():
    row = subjects.counted(joined()).set_index("about").loc["quota"]

    numbers = ["n_reports", "n_said_race", "n_said_wrong", "n_with_fix", "n_fix_race", "n_unsaid"]
    assert row[numbers].tolist() == [7, 2, 1, 6, 3, 2]
    assert row["share"] == 0.5
    assert row["share_low"] == pytest.approx(0.118, abs=0.001)
    assert row["share_high"] == pytest.approx(0.882, abs=0.001)


@pytest.mark.parametrize(
    ("title", "mode", "is_counted"),
    [
        ("Quota usage is wrong after a resize", "wrong_result", 1),
        ("Deleting a server does not release its quota", "wrong_result", 1),
        ("Quota error has the wrong message", "wrong_result", 0),
        ("The account of a quota is wrong", "wrong_result", 0),
        ("Quota stays after a failed boot", "leak", 1),
        ("Quota usage refuses a negative number", "validation", 0),
    ],
)
def test_a_wrong_result_is_a_wrong_count_if_the_title_says_so(title, mode, is_counted):
    row = subjects.counted(joined([(1, title, None, [mode], "Count again", None)])).iloc[0]

    assert row["n_said_wrong"] == is_counted


def test_whether_a_wrong_result_is_a_wrong_count_is_unknown_without_its_title():
    reports = joined([(1, "Quota stays", None, ["leak"], None, None), (2, "Quota", None, ["wrong_result"], None, None)])

    def said(bug_id):
        rows = reports.assign(bug_title=reports["bug_title"].mask(reports["bug_id"].eq(bug_id)))
        return subjects.counted(rows)["n_said_wrong"].iloc[0]

    assert said(1) == 1  # a leak is one whatever its title says
    assert pd.isna(said(2))


def test_the_first_sentence_answers_whether_and_how_far_it_races():
    sentence = subjects.in_words(subjects.counted(joined()))

    assert sentence == (
        "Of 6 fixed reports with quota in the title the fix of 3 names a race (50 %, 95 % interval 12 to 88 %); "
        "2 of these reports did not say so"
    )


@pytest.mark.parametrize(
    ("n_races", "n_unsaid", "end"),
    [(3, 2, "; 2 of these reports did not say so"), (3, 0, "; so did each of these reports"), (0, 0, "")],
)
def test_the_first_sentence_names_silent_reports_only_if_there_are_some(n_races, n_unsaid, end):
    counts = {"about": ["quota"], "n_with_fix": [6], "n_fix_race": [n_races], "n_unsaid": [n_unsaid]}
    table = pd.DataFrame(counts | {"share": [0.5], "share_low": [0.1], "share_high": [0.9]})

    sentence = subjects.in_words(table)

    assert sentence.endswith(f"95 % interval 10 to 90 %){end}")


def test_failure_modes_of_races_are_words():
    rows = joined([(1, "Quota races", None, ["race", "wrong_result"], None, None)])

    assert subjects.racing(rows)["failure_modes"].tolist() == [["race", "wrong result"]]


def test_without_a_commit_how_far_a_subject_races_is_unknown():
    table = subjects.counted(joined([(*row[:4], None, None) for row in REPORTS]))

    assert table[["n_with_fix", "n_fix_race", "n_unsaid", "share", "share_low", "share_high"]].isna().all(axis=None)
    assert table["n_reports"].tolist() == [7, 1, 0, 0, 1]
    assert subjects.in_words(table).startswith("How far quota bugs race is unknown")


def test_without_a_report_there_is_no_row():
    assert subjects.counted(joined([])).empty
    assert subjects.in_words(subjects.counted(joined([]))).startswith("How far quota bugs race is unknown")


def test_only_the_designs_that_nova_ran_are_shown_from_the_laboratory():
    held = pd.DataFrame({"design": ["AdmitLast", "CountOnly", "CountAndRecheck"], "sqlite": ["held", "over", "over"]})

    assert subjects.of_nova(held)["design"].tolist() == ["CountOnly", "CountAndRecheck"]
    assert subjects.of_nova(held.iloc[:0]).empty
