"""The main pipeline on real input, a saved answer of Gerrit and a clone, by the commands that a user types."""

import subprocess

import pytest

from analysis import store
from analysis.cli import main

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def nova(real_data, tmp_path_factory):
    """A data directory made from the dump of 2017 and the history bundle."""
    folder = tmp_path_factory.mktemp("nova")
    clone = folder / "nova.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", real_data / "nova-history.bundle", clone], check=True)
    typed(folder, "fetch", "gerrit", "--dump", str(real_data / "nova-reviews-2017-02-27.json.gz"))
    typed(folder, "fetch", "git", "--repo", str(clone))
    typed(folder, "build")
    return folder


@pytest.fixture(scope="module")
def lftools(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lftools")
    typed(folder, "fetch", "gerrit", "--dump", str(real_data / "lftools-reviews-2018-09.json.gz"))
    typed(folder, "build")
    return folder


def typed(folder, *words):
    assert main(["--data-dir", str(folder), *words]) == 0


def test_every_change_and_commit_arrives(nova):
    changes, commits = store.read_table(nova, "changes"), store.read_table(nova, "commits")

    assert changes["status"].value_counts().to_dict() == {"MERGED": 1333, "ABANDONED": 823, "NEW": 674}
    assert len(commits) == 15433


def test_merged_changes_are_joined_to_their_commits_by_change_id(nova):
    changes, joined = store.read_table(nova, "changes"), store.read_table(nova, "change_commits")
    merged = changes.loc[changes["status"] == "MERGED", "change_number"]

    assert merged.isin(joined["change_number"]).sum() == 1333
    assert set(joined["evidence"]) == {"change_id"}


def test_every_topic_that_names_a_bug_is_a_link(nova):
    changes, links = store.read_table(nova, "changes"), store.read_table(nova, "links")
    named = changes[changes["topic"].str.match(r"bug/\d").fillna(False)]

    by_topic = links[links["evidence"] == "topic"]

    assert set(named["change_number"].astype("string")) <= set(by_topic["ref"])


def test_every_bug_footer_of_the_history_is_a_link(nova):
    commits, links = store.read_table(nova, "commits"), store.read_table(nova, "links")
    footers = commits["message"].str.extractall(r"(?im)^(?:closes|partial|related)-bug: *#?(\d+) *$")[0]
    wanted = set(zip(commits["sha"].reindex(footers.index.get_level_values(0)), footers.astype(int), strict=True))

    table = links[links["kind"] == "commit"]

    assert len(wanted) > 4_000
    assert wanted <= set(zip(table["ref"], table["bug_id"], strict=True))


def test_ages_are_measured_to_the_newest_time_in_the_data(nova):
    assert str(store.Store(nova).as_of()) == "2017-02-27 11:55:20+00:00"


def test_changes_without_served_votes_are_unknown_and_not_unreviewed(nova):
    states, queue = store.read_table(nova, "review_states"), store.read_table(nova, "queue")

    assert set(states["state"]) == {"unknown"}
    assert states["waiting_on"].isna().all()
    assert states["reason"].str.contains("without votes").all()
    assert queue["is_unreviewed"].isna().all()


def test_people_and_machines_are_distinguished_in_a_dump_with_votes(lftools):
    votes, accounts = store.read_table(lftools, "votes"), store.read_table(lftools, "accounts")
    machines = accounts.loc[accounts["kind"] == "ci", "username"].tolist()

    assert machines == ["lf-jenkins"]
    assert votes.loc[votes["label"] == "Verified", "is_ci"].mean() > 0.9
    assert store.read_table(lftools, "changes")["has_labels"].all()
