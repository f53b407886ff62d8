"""Similar bugs: known duplicates are found, nothing is shown if nothing is near, and the score is a probability."""

import numpy as np
import pandas as pd
import pytest

from analysis import themes
from analysis.judge import fixes
from analysis.tables import schema
from analysis.themes.duplicate_score import DuplicateScore, calibration_error
from analysis.themes.similar_bugs import NEAR, ROWS_KEPT

TITLES = {
    1: "Quota usage is wrong after a failed resize",
    2: "After a resize that failed the quota usage is wrong",
    3: "Console proxy drops websocket on token expiry",
    4: "Ironic node power state sync takes hours",
    5: "Secret: quota usage is wrong after a failed resize",
}


def bugs(duplicate_of=None):
    return schema.BUGS.frame(
        {
            "bug_id": list(TITLES),
            "title": list(TITLES.values()),
            "is_private": [number == 5 for number in TITLES],
            "duplicate_of": pd.array([(duplicate_of or {}).get(number) for number in TITLES], "Int64"),
            "created_at": pd.to_datetime([f"2015-05-{number:02d}" for number in TITLES], utc=True),
        }
    )


def similar(bugs, *, status=None, target="nova", more_tasks=None, links=None, changes=None, commits=None):
    statuses = [(status or {}).get(number, "New") for number in bugs["bug_id"]]
    tasks = schema.BUG_TASKS.frame(
        {
            "bug_id": bugs["bug_id"], "target": [target] * len(bugs), "status": statuses,
            "is_open": [word == "New" for word in statuses],
        }
    )  # fmt: skip
    tasks = tasks if more_tasks is None else pd.concat([tasks, more_tasks], ignore_index=True)
    links = schema.LINKS.empty() if links is None else links
    changes = schema.CHANGES.empty() if changes is None else changes
    commits = schema.COMMITS.empty() if commits is None else commits
    linked_changes = fixes.linked_changes(links=links, bugs=bugs, changes=changes, commits=commits)
    result = themes.similar(
        bugs=bugs, bug_tasks=tasks, linked_changes=linked_changes, links=links, changes=changes, target="nova"
    )
    return schema.validate(result, schema.SIMILAR_BUGS)


def fixing(*bug_ids, kind="commit", ref="a" * 40):
    n = len(bug_ids)
    return schema.LINKS.frame(
        {
            "bug_id": bug_ids, "kind": [kind] * n, "ref": [ref] * n, "evidence": ["footer"] * n,
            "relation": ["closes"] * n, "counts_as_fix": [True] * n,
        }
    )  # fmt: skip


COMMITS = schema.COMMITS.frame({"sha": ["a" * 40], "branch": ["master"]})


def test_two_reports_of_one_fault_find_each_other_and_the_others_find_nothing():
    table = similar(bugs())

    assert table[["bug_id", "other_bug_id"]].values.tolist() == [[1, 2], [2, 1]]
    assert table["likeness"].eq("very similar").all()
    assert table["score"].isna().all()


@pytest.mark.parametrize(
    ("title", "days", "likeness"),
    [
        ("Volumes extension of the compute service has no API sample in its manual", 0.1, "very similar"),
        ("Flavors extension of the compute service has no API sample in its manual", 0.1, "similar"),
        ("Flavors extension of the compute service has no API sample in its manual", 40, "similar"),
        ("In its manual the compute service has no API sample of the volumes extension", 0.1, "similar"),
        ("In its manual the compute service has no API sample of the volumes extension", 40, "very similar"),
    ],
)
def test_one_title_for_several_parts_or_two_titles_of_one_day_are_not_very_similar(title, days, likeness):
    body = "The extension lacks a sample of its request and of its answer: document both of them."
    first_title = "Volumes extension of the compute service has no API sample in its manual"
    first = pd.Timestamp("2015-01-01", tz="UTC")
    both = schema.BUGS.frame(
        {
            "bug_id": [1, 2], "title": [first_title, title], "description": [body, body],
            "is_private": [False] * 2, "created_at": [first, first + pd.Timedelta(days=days)],
        }
    )  # fmt: skip

    assert similar(both)["likeness"].tolist() == [likeness] * 2


@pytest.mark.parametrize(
    ("title", "other_title", "likeness"),
    [
        ("get_console_output fails", "The driver should own get_console_output", "similar"),
        ("get_console_output truncates", "Console truncated by get_console_output: it truncates", "very similar"),
        ("Backslash continuations (bin, etc.)", "Backslash continuations (scheduler, objects, network)", "similar"),
    ],
)
def test_titles_that_share_one_name_or_the_first_half_alone_are_not_very_similar(title, other_title, likeness):
    body = f"{title} {other_title}"
    first = pd.Timestamp("2015-01-01", tz="UTC")
    both = schema.BUGS.frame(
        {
            "bug_id": [1, 2], "title": [title, other_title], "description": [body, body],
            "is_private": [False] * 2, "created_at": [first, first + pd.Timedelta(days=40)],
        }
    )  # fmt: skip

    assert similar(both)["likeness"].tolist() == [likeness] * 2


def test_a_private_bug_is_similar_to_none():
    table = similar(bugs())

    assert 5 not in set(table["bug_id"]) | set(table["other_bug_id"])


def test_a_bug_that_is_marked_asks_no_more_but_is_found():
    table = similar(bugs({2: 1}))

    assert table[["bug_id", "other_bug_id"]].values.tolist() == [[1, 2]]
    assert table["is_known_duplicate"].tolist() == [True]


def test_a_fixed_bug_comes_with_its_fix():
    table = similar(bugs(), status={1: "Fix Released"}, links=fixing(1), commits=COMMITS)

    assert table[["bug_id", "other_bug_id"]].values.tolist() == [[2, 1]]
    assert table["is_fixed"].tolist() == [True]
    assert table["fixes"].tolist() == [["commit aaaaaaaaaaaa"]]


def test_a_fixed_duplicate_comes_with_the_fix_of_its_master():
    marked = bugs({1: 4})

    table = similar(marked, status={1: "Fix Released", 4: "Fix Released"}, links=fixing(4), commits=COMMITS)

    assert table[["bug_id", "other_bug_id"]].values.tolist() == [[2, 1]]
    assert table["fixes"].tolist() == [["commit aaaaaaaaaaaa"]]


def test_a_fix_that_tells_of_a_private_bug_too_is_not_named():
    changes = schema.CHANGES.frame({"change_number": [7], "status": ["MERGED"], "is_private": [False]})

    with_fix, hidden = (
        similar(bugs(), status={1: "Fix Released"}, changes=changes, links=fixing(*fixed, kind="change", ref="7"))
        for fixed in ((1,), (1, 5))
    )

    assert with_fix["fixes"].tolist() == [["change 7"]]
    assert hidden["fixes"].isna().all()


def test_a_bug_that_another_project_fixed_is_not_fixed_here():
    there = schema.BUG_TASKS.frame({"bug_id": [1], "target": ["cinder"], "status": ["Fix Released"]})

    assert not similar(bugs(), more_tasks=there)["is_fixed"].any()


def test_a_bug_that_is_open_in_another_project_asks_nothing_here():
    assert similar(bugs(), target="cinder").empty


def test_a_fixed_bug_is_found_behind_any_number_of_nearer_open_ones():
    title = "Quota usage is wrong after a failed resize of an instance with a volume"
    titles = [title] * 40 + ["Quota usage is wrong after a failed resize", *list(TITLES.values())[2:4] * 3]
    many = schema.BUGS.frame(
        {
            "bug_id": range(1, len(titles) + 1),
            "title": titles,
            "is_private": [False] * len(titles),
            "created_at": pd.to_datetime(["2015-05-01"] * len(titles), utc=True),
        }
    )

    table = similar(many, status={41: "Fix Released"})

    first = table[(table["bug_id"] == 1) & table["is_fixed"]]
    assert first["other_bug_id"].tolist() == [41]
    assert not (table["bug_id"] == table["other_bug_id"]).any()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_bugs_are_no_reason_to_fail(n):
    assert len(similar(bugs().head(n))) == (2 if n == 2 else 0)


def test_bugs_without_a_word_resemble_nothing():
    silent = bugs().assign(title=pd.array(["?"] * len(TITLES), schema.BUGS.dtypes["title"]))

    assert similar(silent).empty


@pytest.mark.parametrize(
    ("title", "is_found"),
    [("灯泡在夜里熄灭了没有人知道原因", True), ("Лампа гаснет ночью", True), ("", False), ("  ", False)],
)
def test_equal_titles_are_similar_in_any_letters_unless_they_are_empty(title, is_found):
    inputs = bugs().assign(title=[title, title, *list(TITLES.values())[2:]])

    result = similar(inputs.astype(bugs().dtypes))

    assert ([1, 2] in result[["bug_id", "other_bug_id"]].values.tolist()) is is_found


def test_bugs_that_a_machine_wrote_alike_to_the_letter_find_each_other():
    alike = pd.concat([bugs().head(1)] * 20, ignore_index=True).assign(bug_id=pd.array(range(1, 21), "Int64"))

    table = similar(alike)

    assert set(table["bug_id"]) == set(range(1, 21))
    assert (table["other_bug_id"] != table["bug_id"]).all()


def reports(*titles, day="2015-05-01"):
    n = len(titles)
    return schema.BUGS.frame(
        {
            "bug_id": range(1, n + 1), "title": titles, "is_private": [False] * n,
            "created_at": pd.to_datetime([day] * n, utc=True),
        }
    )  # fmt: skip


DRIVERS = [f"Spawn tests are missing for the {driver} driver" for driver in ("lxd", "zvm", "powerkvm", "fakevirt")]


def test_reports_of_one_day_that_share_a_template_alone_are_not_similar():
    table = similar(reports(*DRIVERS, *list(TITLES.values())[2:4] * 2))

    assert not table["bug_id"].isin(range(1, 5)).any()


def test_a_report_that_was_filed_twice_from_a_template_still_finds_its_double():
    table = similar(reports(*DRIVERS, DRIVERS[1], *list(TITLES.values())[2:4] * 2))

    assert table.loc[table["bug_id"].isin(range(1, 6)), ["bug_id", "other_bug_id"]].values.tolist() == [[2, 5], [5, 2]]


def test_a_bug_has_at_most_five_similar_ones_and_a_fixed_one_where_one_is_near():
    titles = [f"Quota usage is wrong after a failed resize number {n}" for n in range(12)]

    table = similar(reports(*titles, *list(TITLES.values())[2:4] * 4), status={12: "Fix Released"})

    first = table[table["bug_id"] == 1]
    assert first["rank"].tolist() == [1, 2, 3, 4, 5] == list(range(1, ROWS_KEPT + 1))
    assert first["is_fixed"].sum() == 1


def pairs_of(n, *, share):
    """n near pairs, of which a share that depends on their similarity are duplicates."""
    rng = np.random.default_rng(0)
    similarities, days = rng.uniform(NEAR, 1, n), rng.uniform(0, 400, n)
    return similarities, days, rng.random(n) < share(similarities), np.arange(n)


def test_the_score_learns_from_the_duplicates_that_people_marked():
    similarities, days, is_one, groups = pairs_of(4000, share=lambda similarity: 1 / (1 + np.exp(6 - 8 * similarity)))

    score = DuplicateScore().fit(similarities, days, is_one, weights=np.ones(4000), groups=groups)

    assert score.n_pairs_ == is_one.sum()
    assert score.is_calibrated_
    assert score.predict(np.array([0.75]), np.array([200.0]))[0] == pytest.approx(0.5, abs=0.06)


def test_bugs_without_a_duplicate_lower_the_chance_by_as_many_as_they_stand_for():
    similarities, days, is_one, groups = pairs_of(4000, share=lambda similarity: 1 / (1 + np.exp(6 - 8 * similarity)))
    weights = np.where(is_one, 1.0, 9.0)

    score = DuplicateScore().fit(similarities, days, is_one, weights=weights, groups=groups)

    assert score.predict(np.array([0.75]), np.array([200.0]))[0] == pytest.approx(0.1, abs=0.03)


def test_a_chance_that_misses_what_was_held_back_is_not_told():
    steps = pairs_of(600, share=lambda similarity: (similarity > 0.45) & (similarity < 0.8))

    score = DuplicateScore().fit(steps[0], steps[1], steps[2], weights=np.ones(600), groups=steps[3])

    assert score.error_ > 0.05
    assert np.isnan(score.predict(np.array([0.9]), np.array([0.0]))).all()


def test_with_too_few_marked_pairs_there_is_no_chance():
    few = DuplicateScore().fit(
        np.array([0.9, 0.3]), np.array([1.0, 1.0]), np.array([True, False]), weights=np.ones(2), groups=np.arange(2)
    )

    assert np.isnan(few.predict(np.array([0.9]), np.array([1.0]))).all()


def test_the_error_of_chances_is_their_mean_distance_from_what_came_true():
    chances, came_true = np.array([0.25, 0.25, 0.85, 0.85]), np.array([False, False, True, True])

    assert calibration_error(chances, came_true, np.ones(4)) == pytest.approx(0.2)
