"""Links on Nova's real history and its real changes of 2017."""

import gzip
import subprocess
from collections import Counter

import msgspec
import pandas as pd
import pytest
from served_records import read

from analysis.judge import links
from analysis.tables import accounts, changes, commits, schema

FIELDS = "%x1e%H%x1f%P%x1f%an%x1f%aI%x1f%cI%x1f%B"


@pytest.fixture(scope="module")
def history(real_data, tmp_path_factory):
    """The table commits of the history bundle."""
    clone = tmp_path_factory.mktemp("history") / "nova.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", real_data / "nova-history.bundle", clone], check=True)
    log = subprocess.run(
        ["git", "-C", clone, "log", "--no-merges", f"--format={FIELDS}", "master"], check=True, capture_output=True
    ).stdout.decode("utf-8", "replace")
    records = [dict(zip(("sha", "parents", "author", "authored_at", "committed_at", "message"), row.split("\x1f"),
                        strict=True)) for row in log.split("\x1e")[1:]]  # fmt: skip
    for record in records:
        record |= {"branch": "master", "parents": record["parents"].split()}
    return commits.tables(records, project="openstack/nova")["commits"]


@pytest.fixture(scope="module")
def reviewed(real_data):
    """The table changes of the dump of 2017."""
    records = msgspec.json.decode(gzip.decompress((real_data / "nova-reviews-2017-02-27.json.gz").read_bytes()))
    return changes.tables(read(records), accounts=accounts.Rules())["changes"]


@pytest.fixture(scope="module")
def built(history, reviewed):
    result = links.build(bug_messages=schema.BUG_MESSAGES.empty(), changes=reviewed, commits=history)
    return {name: schema.validate(table, schema.TABLES[name]) for name, table in result.items()}


def test_every_merged_change_finds_its_commit(built, reviewed):
    joined = built["change_commits"].merge(reviewed, on="change_number", validate="one_to_one")

    assert Counter(joined["status"]) == {"MERGED": 1333, "NEW": 274, "ABANDONED": 17}


def test_a_change_and_its_commit_have_the_same_subject(built, reviewed, history):
    joined = built["change_commits"].merge(reviewed, on="change_number", validate="one_to_one")
    joined = joined[joined["status"] == "MERGED"].merge(history, on="sha", validate="one_to_one", suffixes=("", "_git"))

    # One subject was reworded by hand at the merge; 1,332 of 1,333 agree to the letter.
    assert (joined["subject"] != joined["subject_git"]).sum() == 1


def test_every_topic_that_names_a_bug_is_a_link(built, reviewed):
    topical = reviewed[reviewed["topic"].str.contains(r"^bug/[0-9]+\b").fillna(False)]
    linked = built["links"][built["links"]["evidence"] == "topic"]

    # 830 topics begin with bug/; four of them go on with a word: bug/remove-cfg-unused and the like.
    assert reviewed["topic"].str.startswith("bug/").sum() == 830
    assert len(topical) == 826
    assert set(topical["change_number"].astype("str")) <= set(linked["ref"])


def test_every_standard_footer_of_the_history_is_a_link(built, history):
    footers = history.set_index("sha")["message"].str.extractall(
        r"(?im)^[ \t]*((?:closes|partial|related|fixes|resolves|closed?)-bug)\s*:\s*#?(?P<bug>\d+)"
    )
    expected = set(zip(footers.index.get_level_values(0), footers["bug"].astype(int), strict=True))
    table = built["links"][(built["links"]["kind"] == "commit") & (built["links"]["evidence"] == "footer")]

    assert len(expected) == 4933
    assert expected <= set(zip(table["ref"], table["bug_id"], strict=True))


def test_every_line_that_names_a_bug_is_a_link_or_listed(history):
    # The list was read line by line: what is left names bugs in the middle of sentences, other trackers' bugs,
    # or no bug at all.
    left = links.not_understood(history)

    assert len(left) == 143
    starts = left["line"].str.extract(r"(?i)^\W*(close[sd]?|fix(?:es|ed)?|resolve[sd]?|partial|related)-bug")[0]
    assert left.loc[starts.notna(), "line"].tolist() == []


def test_reverts_in_the_history_undo_what_they_quote(built, history):
    revert_links = built["links"][(built["links"]["evidence"] == "revert") & (built["links"]["kind"] == "commit")]

    assert revert_links["ref"].nunique() == 38
    subjects = history.set_index("sha").loc[revert_links["ref"], "subject"]
    assert subjects.str.startswith("Revert").all()


def test_the_share_of_footers_that_the_hook_misses_is_as_published(built):
    footers = built["links"].query("kind == 'commit' and evidence == 'footer' and not hook_sees_it")
    words = Counter(footers["source_text"].str.extract(r"(\w+)-", expand=False).str.lower())

    assert words["close"] == 14
    assert words["closed"] == 1


def test_topics_and_footers_disagree_where_the_message_does_not_name_the_topics_bug(built):
    topics = built["links"][built["links"]["evidence"] == "topic"]
    rows = set(built["change_commits"]["change_number"].astype("str"))
    table = topics[topics["ref"].isin(rows)]

    # 353 of 455 are fixes by their message, 64 are related; 38 messages do not name the bug, 11 of them another one.
    assert Counter(table["relation"]) == {"closes": 328, "partial": 25, "related": 102}
    assert Counter(table["conflicts_with"].dropna()) == {"change_id": 11}


def test_every_disagreement_of_the_dump_is_explained(built):
    table = links.disagreements(built["links"])
    topics = table[(table["evidence"] == "topic") & (table["kind"] == "change")]

    assert Counter(topics["meaning"].str.replace(r"[0-9]+$", "N", regex=True)) == {
        "the message names no bug": 27,
        "the message does not name the bug; it names bug N": 11,
        "the message does not name the bug; it undoes the fix of bug N": 1,
        "topic says closes, revert says related": 1,
    }


def test_building_twice_gives_the_same_bytes(built, history, reviewed):
    again = links.build(
        bug_messages=schema.BUG_MESSAGES.empty(),
        changes=reviewed.sample(frac=1, random_state=7),
        commits=history.sample(frac=1, random_state=7),
    )

    for name, table in built.items():
        pd.testing.assert_frame_equal(table, again[name])
