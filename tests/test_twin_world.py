"""The invented world: every state, rule and kind of evidence occurs in it, and its truth agrees with its content."""

import json
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import twin
from analysis.judge import inconsistencies
from analysis.tables import schema
from twin import export, texts

AREAS = Path(__file__).parents[1] / "data" / "areas" / "liberty.toml"
RULES = {f"G{n}" for n in range(1, 19) if n != 16}  # G16 is about the scripts that used the rules, not about bugs
OWN_RULES = {name for name in inconsistencies.RULES if name.startswith("X")}


@pytest.fixture(scope="module")
def world():
    return twin.build_world()


@pytest.fixture(scope="module")
def clone(world, tmp_path_factory):
    path = tmp_path_factory.mktemp("git") / "nova"
    world.write_git(path)
    return path


def git(clone, *arguments):
    return subprocess.run(["git", "-C", clone, *arguments], capture_output=True, check=True).stdout


def test_every_open_public_change_has_one_true_state(world):
    result = Counter(row["change_number"] for row in world.truth["review_states"])

    waiting = {c.number for c in world.changes.values() if c.status == "NEW" and not c.is_private}
    assert result == dict.fromkeys(waiting, 1)


def test_every_state_and_every_turn_occurs(world):
    states = {row["state"] for row in world.truth["review_states"]}
    turns = {row["waiting_on"] for row in world.truth["review_states"]}

    assert states >= set(schema.STATE_NAMES) - {"unknown"}  # unknown needs a server that serves no votes
    assert turns == set(schema.WAITING_ON)


def test_every_inconsistency_rule_is_broken_by_some_bug(world):
    assert {row["rule"] for row in world.truth["hygiene"]} == RULES | OWN_RULES


def test_the_bugs_of_each_rule_break_that_rule(world):
    for row in world.truth["hygiene"]:
        task = world.bugs[row["bug_id"]].tasks["nova"]
        bug = world.bugs[row["bug_id"]]
        match row["rule"]:
            case "G1" | "G2":
                assert task.status == "In Progress"
            case "G3" | "G14":
                assert task.assignee is not None
            case "G5" | "G6" | "X6":
                assert task.status == "Incomplete"
            case "G8":
                assert bug.tags == []
            case "G12":
                assert task.status == "Fix Committed"
            case "X3" | "X4":
                assert task.status == "Fix Released"
            case "X2" | "X5":
                assert task.status in schema.OPEN_STATUSES


def test_the_quota_races_are_a_theme_of_many_words(world):
    races = [world.bugs[row["bug_id"]] for row in world.truth.rows("themes", theme="quota-race")]

    titles = {bug.title.lower() for bug in races}
    assert len(races) >= 20
    assert len(titles) == len(races)
    assert sum("quota" in title for title in titles) < len(titles)  # some never say the word in their title


def test_each_theme_has_enough_bugs_to_be_found(world):
    result = Counter(row["theme"] for row in world.truth["themes"])

    assert all(result[theme] >= 8 for theme in texts.themes())


def test_the_merged_changes_are_commits_of_the_clone(world, clone):
    for row in world.truth["change_commits"]:
        change = world.changes[row["change_number"]]

        branches = git(clone, "branch", "--contains", row["sha"]).decode()
        message = git(clone, "show", "-s", "--format=%B", row["sha"]).decode()

        assert change.branch in branches
        assert f"Change-Id: {change.change_id}" in message


def test_git_finds_nothing_wrong_with_the_history(clone):
    assert git(clone, "fsck", "--strict") == b""


def test_every_merged_backport_is_on_its_branch(world):
    for row in world.truth["backports"]:
        named = [r["change_number"] for r in world.truth.rows("links", bug_id=row["bug_id"], relation="closes")]
        there = {world.changes[n].status for n in named if world.changes[n].branch == row["branch"]}

        assert there == {"merged": {"MERGED"}, "waiting": {"NEW"}, "missing": set(), "blocked": set()}[row["state"]]


def test_no_false_link_is_among_the_true_links(world):
    true = {(row["bug_id"], row["change_number"]) for row in world.truth["links"]}
    false = {(row["bug_id"], row["change_number"]) for row in world.truth["false_links"]}

    assert len(false) >= 3
    assert not true & false


def test_the_bot_comments_only_where_a_true_link_exists(world):
    true_links = {(row["bug_id"], row["change_number"]) for row in world.truth["links"]}

    assert world.commented <= true_links


@pytest.mark.skipif(not AREAS.is_file(), reason="the areas of Liberty are not written yet")
def test_each_area_of_liberty_has_bugs_and_fixes(world):
    areas = tomllib.loads(AREAS.read_text())["areas"]
    declared = {name for name, area in areas.items() if not area.get("all_fixes")}

    for kind in ("bug", "change"):
        assert {row["area"] for row in world.truth.rows("areas", kind=kind)} == declared


def test_an_ordinary_world_of_thousands_is_made_in_seconds():
    world = twin.build_world(n_bugs=2000)

    assert len(world.bugs) == 2000
    assert len({change.current.sha for change in world.changes.values()}) == len(world.changes)


def test_a_seed_determines_the_world():
    one, same, other = (twin.build_world(seed=seed, n_bugs=330) for seed in (1, 1, 2))

    assert [bug.title for bug in one.bugs.values()] == [bug.title for bug in same.bugs.values()]
    assert one.repository.heads == same.repository.heads
    assert one.repository.heads != other.repository.heads


def test_two_projects_share_the_servers():
    first = twin.build_world(n_bugs=330)
    second = twin.build_world(
        n_bugs=330,
        launchpad_project="glance",
        gerrit_project="openstack/glance",
        first_bug=1_600_001,
        first_change=400_001,
    )

    assert not set(first.bugs) & set(second.bugs)
    assert {change.project for change in second.changes.values()} == {"openstack/glance"}
    assert {target.partition("/")[0] for bug in second.bugs.values() for target in bug.tasks} >= {"glance"}


def test_the_world_is_written_as_files(world, tmp_path):
    clone, dump, truth = export.write(world, tmp_path)

    rows = json.loads(dump.read_text().partition("\n")[2])
    assert [row["_number"] for row in rows if row["_number"] in secret_changes(world)] == []
    assert {row["_number"] for row in rows} == set(world.changes) - secret_changes(world)
    assert set(json.loads(truth.read_text())) == set(world.truth)
    assert git(clone, "rev-parse", "master").decode().strip() == world.repository.heads["master"]


def secret_changes(world):
    return {row["ref"] for row in world.truth.rows("private", kind="change")}


def test_the_world_changes_while_it_is_read():
    world = twin.build_world(n_bugs=330)
    number = next(n for n, bug in world.bugs.items() if "nova" in bug.tasks)
    before = world.now

    filed = world.file_bug("A new one")
    world.touch(number)
    world.retarget(filed.number)

    assert before < filed.created < world.bugs[number].updated <= world.now
    assert filed.tasks == {}
    assert filed.updated == filed.created  # Launchpad does not move the date when a task is deleted
