"""The world of the demo: like a real project, without hostile texts and without a title twice."""

from collections import Counter

import pytest

from twin import build_world
from twin.scenarios import hostile


@pytest.fixture(scope="module")
def world():
    return build_world(is_for_show=True)


def test_titles_of_the_demonstration_are_neither_hostile_nor_test_cases(world):
    titles = {bug.title for bug in world.bugs.values()} | {change.subject for change in world.changes.values()}

    assert not titles & set(hostile.TITLES.values())
    assert all(title.isprintable() and title.strip() and len(title) < 200 for title in titles)
    assert max(len(tag) for bug in world.bugs.values() for tag in bug.tags) < 40


def test_titles_of_bugs_are_unique(world):
    titles = Counter(bug.title for bug in world.bugs.values())

    assert len(titles) > 200 and max(titles.values()) == 1


def test_subjects_of_changes_are_unique_in_each_branch(world):
    subjects = Counter(
        (change.subject, change.branch) for change in world.changes.values() if change.branch == "master"
    )

    assert len(subjects) > 200 and max(subjects.values()) == 1


def test_the_demonstration_world_is_large_and_has_private_bugs(world):
    assert len(world.bugs) == len(build_world().bugs)
    assert any(bug.information_type != "Public" for bug in world.bugs.values())  # what must not be shown is there too


def test_the_worlds_of_the_tests_keep_their_hostile_texts():
    assert set(hostile.TITLES.values()) <= {bug.title for bug in build_world(n_bugs=40).bugs.values()}
