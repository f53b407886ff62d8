"""The whole pipeline on the twin: the tables about the invented world equal its truth, row by row.

One world is fetched over HTTP by unmodified clients and built once; each test compares one table with the truth.
"""

import pandas as pd
import pytest

import twin
from analysis import cli, store
from analysis.tables import schema
from twin import export

pytestmark = pytest.mark.line


@pytest.fixture(scope="module")
def world():
    return twin.build_world()  # the default one, because its crowd must keep to the truth too


@pytest.fixture(scope="module")
def data(world, tmp_path_factory):
    """The data directory after fetching and building the world."""
    folder = tmp_path_factory.mktemp("twin")
    world.write_git(folder / "clone")
    with twin.Server(world) as served:
        where = ["--launchpad-root", served.launchpad_root, "--gerrit-root", served.gerrit_root]
        common = ["--data-dir", str(folder / "data"), *where]
        for command in (["fetch", "launchpad"], ["fetch", "gerrit"], ["fetch", "git", "--repo", str(folder / "clone")]):
            assert cli.main([*common, *command]) == 0
        assert cli.main([*common, "build"]) == 0
    return folder / "data"


@pytest.fixture(scope="module")
def unserved(world, tmp_path_factory):
    """The data directory after fetching the changes with their commits, but without votes and messages."""
    folder = tmp_path_factory.mktemp("unserved")
    export.write_dump(world, folder / "changes.json", options=("CURRENT_REVISION", "CURRENT_COMMIT"))
    for command in (["fetch", "gerrit", "--dump", str(folder / "changes.json")], ["build"]):
        assert cli.main(["--data-dir", str(folder / "data"), *command]) == 0
    return folder / "data"


def table(data, name):
    return store.read_table(data, name)


def secret(world, kind):
    return {row["ref"] for row in world.truth.rows("private", kind=kind)}


def test_every_public_bug_and_change_arrives_and_no_other(data, world):
    bugs, changes = table(data, "bugs"), table(data, "changes")

    assert set(bugs["bug_id"]) == {n for n, b in world.bugs.items() if not b.is_private and "nova" in b.tasks}
    assert set(changes["change_number"]) == {n for n, c in world.changes.items() if not c.is_private}


def test_no_secret_reaches_a_table(data):
    paths = [path for path in sorted((data / "processed").rglob("*.parquet")) if path.is_file()]

    assert {path.parent.name for path in paths} >= {f"{name}.parquet" for name in ("bugs", "changes", "queue")}
    for path in paths:
        text = pd.read_parquet(path).to_csv()

        assert "SECRET" not in text, path
        assert "EMBARGOED" not in text, path


def states(data, world):
    result = table(data, "review_states").set_index("change_number")
    true = pd.DataFrame(world.truth["review_states"]).set_index("change_number").sort_index()
    assert set(result.index) == set(true.index)
    return true, result.reindex(true.index)


@pytest.mark.parametrize("column", ["state", "waiting_on", "has_human_vote_ever", "has_human_vote_on_current"])
def test_every_open_change_has_its_true_review_state(data, world, column):
    true, found = states(data, world)

    assert found[column].astype(object).to_dict() == true[column].astype(object).to_dict()


def test_every_review_state_is_the_true_state_of_some_change(data, world, unserved):
    true_states = {row["state"] for row in world.truth["review_states"]}

    assert true_states | set(table(unserved, "review_states")["state"]) == set(schema.STATE_NAMES)


def test_served_without_votes_every_open_change_is_unknown_and_none_unreviewed(unserved, world):
    result = table(unserved, "review_states").set_index("change_number")

    assert set(result.index) == {row["change_number"] for row in world.truth["review_states"]}
    assert set(result["state"]) == {"unknown"}
    unknown = ["waiting_on", "since_at", "waiting_days", "has_human_vote_ever", "has_human_vote_on_current"]
    assert result[unknown].isna().all(axis=None)
    queue = table(unserved, "queue")
    assert len(queue)
    assert queue["is_unreviewed"].isna().all()


def test_every_turn_begins_at_its_true_instant(data, world):
    true, found = states(data, world)
    since_at = {number: at for number, at in found["since_at"].items() if pd.notna(at)}
    assert since_at == {number: at for number, at in true["since_at"].items() if pd.notna(at)}


def links(data):
    result = table(data, "links")
    return result[result["kind"] == "change"].assign(ref=lambda rows: rows["ref"].astype("int64"))


def test_every_change_is_linked_to_the_bugs_that_it_names_and_to_no_other(data, world):
    result = links(data)

    true = {(row["bug_id"], row["change_number"]) for row in world.truth["links"]}
    public = {(bug, change) for bug, change in true if change not in secret(world, "change")}
    assert set(zip(result["bug_id"], result["ref"], strict=True)) == public


def test_no_number_that_merely_looks_like_a_bug_makes_a_link(data, world):
    result = set(links(data).groupby(["bug_id", "ref"]).groups)

    assert not result & {(row["bug_id"], row["change_number"]) for row in world.truth["false_links"]}


def test_every_link_has_its_true_evidence(data, world):
    result = links(data)

    rows = set(zip(result["bug_id"], result["ref"], result["evidence"], strict=True))
    for row in world.truth["links"]:
        if row["change_number"] not in secret(world, "change"):
            assert {(row["bug_id"], row["change_number"], evidence) for evidence in row["evidence"]} <= rows


def test_the_relation_of_a_footer_is_the_true_one(data, world):
    footers = links(data).query("evidence == 'footer'").set_index(["bug_id", "ref"])

    for row in world.truth["links"]:
        if "footer" in row["evidence"] and row["change_number"] not in secret(world, "change"):
            result = footers.loc[(row["bug_id"], row["change_number"])]
            assert (result["relation"], result["hook_sees_it"]) == (row["relation"], row["hook_sees_it"])


def test_exactly_the_true_fixes_count_as_fixes(data, world):
    result = links(data).groupby(["bug_id", "ref"])["counts_as_fix"].any().to_dict()

    true = {(row["bug_id"], row["change_number"]): row["counts_as_fix"] for row in world.truth["links"]}
    assert result == {pair: fixes for pair, fixes in true.items() if pair in result}


def test_every_inconsistent_bug_is_found_and_no_other(data, world):
    result = table(data, "hygiene")

    assert set(zip(result["bug_id"], result["rule"], strict=True)) == {
        (row["bug_id"], row["rule"]) for row in world.truth["hygiene"]
    }


def test_every_backport_has_its_true_state(data, world):
    result = table(data, "backports").set_index(["bug_id", "branch"])["state"].to_dict()

    true = {(row["bug_id"], row["branch"]): row["state"] for row in world.truth["backports"]}
    assert {pair: result[pair] for pair in true} == true


def test_every_fix_worth_rescuing_is_found_and_no_other(data, world):
    result = table(data, "rescues")

    true = {(row["change_number"], row["bug_id"]) for row in world.truth["rescues"]}
    assert set(zip(result["change_number"], result["bug_id"], strict=True)) == true


def test_exactly_the_fixes_of_closed_bugs_are_set_apart(data, world):
    result = table(data, "superseded_fixes")

    true = {
        (row["change_number"], row["bug_id"], "status" if row["closed_by"] is None else f"change {row['closed_by']}")
        for row in world.truth["superseded"]
    }
    closed_by = result["closed_by"].fillna("status")
    assert set(zip(result["change_number"], result["bug_id"], closed_by, strict=True)) == true
    assert not table(data, "queue")["change_number"].isin(result["change_number"]).any()


def test_every_pair_of_competing_fixes_is_found_and_no_other(data, world):
    result = table(data, "competing_fixes")

    true = {row["bug_id"]: row["change_numbers"] for row in world.truth["competing"]}
    assert {bug: list(numbers) for bug, numbers in zip(result["bug_id"], result["change_numbers"], strict=True)} == true


def test_every_stack_is_found_bottom_first(data, world):
    result = table(data, "stacks").sort_values(["stack_id", "position"])

    stacks = [list(numbers) for numbers in result.groupby("stack_id")["change_number"].agg(list)]
    assert sorted(stacks) == sorted(row["change_numbers"] for row in world.truth["stacks"])


def test_every_merged_change_finds_its_commit(data, world):
    result = table(data, "change_commits")

    true = {(row["change_number"], row["sha"]) for row in world.truth["change_commits"]}
    assert set(zip(result["change_number"], result["sha"], strict=True)) == true


def test_every_bug_and_fix_is_in_the_area_that_it_was_written_for(data, world):
    result = table(data, "area_members")
    members = set(zip(result["kind"], result["ref"], result["area_id"], strict=True))

    hidden = {(row["kind"], row["ref"]) for row in world.truth["private"]}
    true = {(r["kind"], str(r["ref"]), r["area"]) for r in world.truth["areas"] if (r["kind"], r["ref"]) not in hidden}
    assert true <= members
