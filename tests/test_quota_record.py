"""The record of quota bugs: labels, classes, cycles, and the comparison before and after."""

import pandas as pd
import pytest
from scipy import stats

from analysis import schema
from analysis.quota_lab.measures import record


def commits(*rows):
    """(sha, day, subject, message) each."""
    return schema.COMMITS.frame(
        {
            "sha": [row[0] for row in rows],
            "project": ["openstack/nova"] * len(rows),
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
    made = commits(
        ("a", "2015-06-01", "Fix quota", ""),
        ("b", "2016-06-01", "Fix it again", ""),
        ("c", "2015-01-01", "Test it", ""),
    )
    told = links((7, "b", True), (7, "a", True), (7, "c", False))

    found = record.fixes(commits=made, links=told)

    assert found[["bug_id", "sha", "cycle"]].values.tolist() == [[7, "a", "Liberty"]]


def test_the_day_of_release_begins_the_next_cycle():
    days = pd.Series(pd.to_datetime(["2017-08-29 23:59", "2017-08-30 00:00", "2031-01-01 00:00"], utc=True))

    found = record.cycle_of(days)

    assert found.tolist()[:2] == ["Pike", "Queens"]
    assert pd.isna(found[2])


def test_a_candidate_says_quota_or_touches_the_quota_code():
    made = commits(
        ("a", "2015-06-01", "Over limit of ports", ""), ("b", "2015-06-01", "Tidy", "the quota is wrong"),
        ("c", "2015-06-01", "Tidy", ""), ("d", "2015-06-01", "Tidy", ""),
    )  # fmt: skip
    fixed = record.fixes(commits=made, links=links((1, "a", True), (2, "b", True), (3, "c", True), (4, "d", True)))

    found = record.candidates(fixed, files(("c", "nova/quota.py"), ("d", "nova/virt/quota.py")))

    assert found["bug_id"].tolist() == [1, 2, 3]


def test_the_automatic_class_puts_a_race_before_everything_else():
    made = commits(
        ("a", "2015-06-01", "Retry quota_reserve", "a deadlock of reservations"),
        ("b", "2015-06-01", "Quota of images", "usages were never decremented"),
        ("c", "2015-06-01", "Quota update returns 500", ""),
        ("d", "2015-06-01", "Tidy", "mentions a quota"),
    )
    fixed = record.fixes(commits=made, links=links(*((n, sha, True) for n, sha in enumerate("abcd"))))

    assert record.automatic(fixed).tolist() == ["race", "leak", "api", "excluded"]


def test_a_candidate_that_nobody_has_read_stays_without_a_label():
    fixed = record.fixes(commits=commits(("a", "2015-06-01", "Quota", "")), links=links((1, "a", True)))
    nobody = record.labels().iloc[:0]

    found = record.labelled(fixed, nobody)

    assert found["label_by_message"].isna().tolist() == [True]
    assert record.per_cycle(found, fixed)[["cycle", "race", "n_bug_fixes"]].values.tolist() == [["Liberty", 0, 1]]


def test_kappa_is_one_for_equal_labels_and_nought_for_chance():
    same = pd.DataFrame({"a": ["race", "leak"], "b": ["race", "leak"]})
    chance = pd.DataFrame({"a": ["race", "race", "leak", "leak"], "b": ["race", "leak", "race", "leak"]})

    assert record.agreement(same, "a", "b")["kappa"].tolist() == [1.0]
    assert record.agreement(chance, "a", "b")["kappa"].tolist() == [0.0]


def test_before_and_after_are_compared_conditionally_on_their_sum():
    found = record.compared(12, 0, 2080, 1684)

    assert found["ratio"] == 0
    assert found["ratio_high"] == pytest.approx(0.44, abs=0.01)
    assert found["p"] == pytest.approx(stats.binomtest(0, 12, 1684 / 3764).pvalue)
    assert found["p"] == pytest.approx(0.0009, abs=0.0001)


def test_nothing_before_gives_no_ratio():
    assert record.compared(0, 0, 10, 10)["ratio"] is None


def test_the_reviewed_labels_are_whole():
    found = record.labels()

    assert found["bug_id"].is_unique
    assert set(found["label_by_subject"]) | set(found["label_by_message"]) <= set(record.CLASSES)
    assert found["source"].str.fullmatch("I[0-9a-f]{40}").all()
    assert found.notna().all().all()


def test_of_no_labels_the_agreement_is_unknown():
    none = pd.DataFrame({"a": [], "b": []}, dtype=pd.StringDtype("pyarrow", na_value=pd.NA))

    found = record.agreement(none, "a", "b")

    assert found[["n", "n_agree"]].iloc[0].tolist() == [0, 0]
    assert found[["share", "kappa"]].isna().all(axis=None)
