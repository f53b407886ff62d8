"""The record of quota bugs: labels, classes, cycles, and the comparison before and after."""

import pandas as pd
import pytest
from scipy import stats

from analysis.tables import schema
from quota_lab.measures import pictures, record


def commits(*rows, branch="master"):
    """(sha, day, subject, message) each."""
    return schema.COMMITS.frame(
        {
            "sha": [row[0] for row in rows],
            "project": ["openstack/nova"] * len(rows),
            "branch": [branch] * len(rows),
            "committed_at": pd.to_datetime([row[1] for row in rows], utc=True),
            "subject": [row[2] for row in rows],
            "message": [f"{row[2]}\n\n{row[3]}" for row in rows],
        }
    )


def links(*rows):
    """(bug_id, sha, counts_as_fix) each."""
    return schema.LINKS.frame(
        {
            "bug_id": [row[0] for row in rows],
            "kind": ["commit"] * len(rows),
            "ref": [row[1] for row in rows],
            "evidence": ["footer"] * len(rows),
            "counts_as_fix": [row[2] for row in rows],
        }
    )


def files(*rows):
    return schema.COMMIT_FILES.frame({"sha": [sha for sha, _ in rows], "path": [path for _, path in rows]})


def test_a_bug_counts_once_by_its_first_fix_and_a_mention_is_no_fix():
    result = commits(
        ("a", "2015-06-01", "Fix quota", ""),
        ("b", "2016-06-01", "Fix it again", ""),
        ("c", "2015-01-01", "Test it", ""),
    )
    table = links((7, "b", True), (7, "a", True), (7, "c", False))

    outcome = record.fixes(commits=result, links=table)

    assert outcome[["bug_id", "sha", "cycle"]].values.tolist() == [[7, "a", "Liberty"]]


def test_a_bug_that_was_fixed_on_a_stable_branch_alone_is_not_in_the_record():
    on_stable = commits(("a", "2015-06-01", "Fix quota", ""), branch="stable/kilo")
    on_master = commits(("b", "2015-12-01", "Fix quota", ""))
    result = pd.concat([on_stable, on_master], ignore_index=True)

    assert record.fixes(commits=on_stable, links=links((7, "a", True))).empty
    assert record.fixes(commits=result, links=links((7, "a", True), (7, "b", True)))["sha"].tolist() == ["b"]


def test_the_day_of_release_begins_the_next_cycle():
    days = ["2017-08-29 23:59", "2017-08-30 00:00", "2012-06-01 00:00", "2025-09-30 00:00", "2031-01-01 00:00"]

    result = record.cycle_of(pd.Series(pd.to_datetime(days, utc=True)))

    assert result.tolist()[:4] == ["Pike", "Queens", "Folsom", "2025.2"]
    assert pd.isna(result[4])


def test_a_candidate_says_quota_or_touches_the_quota_code():
    result = commits(
        ("a", "2015-06-01", "Over limit of ports", ""), ("b", "2015-06-01", "Tidy", "the quota is wrong"),
        ("c", "2015-06-01", "Tidy", ""), ("d", "2015-06-01", "Tidy", ""), ("e", "2022-06-01", "Tidy", ""),
    )  # fmt: skip
    fixed = record.fixes(commits=result, links=links(*((n, sha, True) for n, sha in enumerate("abcde", 1))))

    touched = files(("c", "nova/quota.py"), ("d", "nova/virt/quota.py"), ("e", "nova/limit/placement.py"))
    table = record.candidates(fixed, touched)

    assert table["bug_id"].tolist() == [1, 2, 3, 5]


def test_the_automatic_class_puts_a_race_before_everything_else():
    result = commits(
        ("a", "2015-06-01", "Retry quota_reserve", "a deadlock of reservations"),
        ("b", "2015-06-01", "Quota of images", "usages were never decremented"),
        ("c", "2015-06-01", "Quota update returns 500", ""),
        ("d", "2015-06-01", "Tidy", "mentions a quota"),
    )
    fixed = record.fixes(commits=result, links=links(*((n, sha, True) for n, sha in enumerate("abcd"))))

    assert record.automatic(fixed).tolist() == ["race", "leak", "api", "excluded"]


def test_a_candidate_that_nobody_has_read_stays_without_a_label():
    fixed = record.fixes(commits=commits(("a", "2015-06-01", "Quota", "")), links=links((1, "a", True)))
    nobody = record.labels().iloc[:0]

    table = record.labelled(fixed, nobody)

    assert table["label_by_message"].isna().tolist() == [True]
    assert record.unread(table)[["fact", "n"]].values.tolist() == [["candidates", 1], ["read", 0], ["unread", 1]]
    columns = ["cycle", "race", "n_unread", "n_bug_fixes"]
    counted = record.per_cycle(table, fixed)
    assert counted[columns].values.tolist() == [["Liberty", 0, 1, 1]]
    assert counted["per_1000"].isna().tolist() == [True]


def counted(**cycles):
    """A frame of record.per_cycle: for each cycle (leaks, unread, bug fixes)."""
    rows = [{"cycle": c, "leak": leak, "n_unread": u, "n_bug_fixes": n} for c, (leak, u, n) in cycles.items()]
    return pd.DataFrame([dict.fromkeys(record.CLASSES, 0) | row for row in rows])


def test_a_cycle_that_hardly_anybody_has_read_counts_neither_its_bugs_nor_its_fixes():
    few = record.before_and_after(counted(Kilo=(3, 0, 100), Queens=(1, 1, 50), Rocky=(1, 2, 900)))

    leak = few[few["class"] == "leak"].iloc[0]
    assert leak[["n_before", "fixes_before", "n_after", "fixes_after"]].tolist() == [3, 100, 1, 50]


def test_reports_are_counted_by_what_became_of_them_and_a_duplicate_is_nothing_else():
    public = pd.DataFrame(
        {
            "title": ["Quota leak", "quota wrong", "no quota", "Quota again", "disk", "over quota"],
            "created_at": pd.to_datetime(["2015-06-01"] * 5 + ["2018-01-01"], utc=True),
            "duplicate_of": pd.array([None, None, None, 1, None, None], dtype="Int64"),
            "status": ["Fix Released", "Confirmed", "Won't Fix", "Fix Released", "New", "Expired"],
        }
    )

    table = record.reported(public)

    assert table["cycle"].tolist() == ["Liberty", "Queens"]
    assert table.iloc[0, 1:].tolist() == [4, 1, 1, 1, 1]
    assert table.iloc[1, 1:].tolist() == [1, 0, 0, 1, 0]


def test_facts_of_a_report_that_were_not_served_are_not_counted():
    public = pd.DataFrame(
        {
            "title": ["Quota leak", "quota wrong"],
            "created_at": pd.to_datetime(["2015-06-01"] * 2, utc=True),
            "duplicate_of": pd.array([None, None], dtype="Int64"),
            "status": pd.array(["New", None], dtype="str"),
        }
    )

    table = record.reported(public)

    assert table.iloc[0, 1:5].tolist() == [2, 0, 1, 0]
    assert table["n_duplicates"].isna().all()


def test_kappa_is_one_for_equal_labels_and_nought_for_chance():
    same = pd.DataFrame({"a": ["race", "leak"], "b": ["race", "leak"]})
    chance = pd.DataFrame({"a": ["race", "race", "leak", "leak"], "b": ["race", "leak", "race", "leak"]})

    assert record.agreement(same, "a", "b")["kappa"].tolist() == [1.0]
    assert record.agreement(chance, "a", "b")["kappa"].tolist() == [0.0]


def test_before_and_after_are_compared_conditionally_on_their_sum():
    table = record.compared(12, 0, 2080, 1684)

    assert table["ratio"] == 0
    assert table["ratio_high"] == pytest.approx(0.44, abs=0.01)
    assert table["p"] == pytest.approx(stats.binomtest(0, 12, 1684 / 3764).pvalue)
    assert table["p"] == pytest.approx(0.0009, abs=0.0001)


def test_nothing_before_gives_no_ratio():
    assert record.compared(0, 0, 10, 10)["ratio"] is None


def test_the_reviewed_labels_are_whole():
    table = record.labels()

    assert table["bug_id"].is_unique
    assert {label for name in record.READINGS for label in table[name].dropna()} <= set(record.CLASSES)
    assert table["source"].str.fullmatch("I[0-9a-f]{40}").all()
    assert table[["bug_id", record.FULLEST, "source"]].notna().all().all()
    # The first reader read each bug both ways or not at all.
    assert (table["label_by_subject"].isna() == table["label_by_message"].isna()).all()


def test_every_bug_that_two_have_read_is_enough_to_say_how_far_they_agree():
    row = record.agreement(record.labels(), "label_by_message", "label_by_second_reader").iloc[0]

    assert row["n"] == 144
    assert row["kappa"] > 0.8


def test_the_agreement_is_unknown_without_labels():
    none = pd.DataFrame({"a": [], "b": []}, dtype=pd.StringDtype("pyarrow", na_value=pd.NA))

    result = record.agreement(none, "a", "b")

    assert result[["n", "n_agree"]].iloc[0].tolist() == [0, 0]
    assert result[["share", "kappa"]].isna().all(axis=None)


def test_without_read_candidates_there_is_a_sentence_and_no_empty_picture():
    nothing = counted(Kilo=(0, 0, 43), Liberty=(0, 0, 43)).assign(**dict.fromkeys(record.CLASSES, 0))

    assert "is unknown" in pictures.cycles(nothing).html() and "<svg" not in pictures.cycles(nothing).html()


def test_a_picture_without_bugs_counts_from_nought():
    drawn = pictures.cycles(counted(Kilo=(0, 2, 43), Liberty=(0, 3, 43)).assign(api=1))  # read, and none of the three

    assert drawn.figure.axes[0].get_ylim() == (0, 1)
