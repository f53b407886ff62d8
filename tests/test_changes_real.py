"""Gerrit's real answers: Nova's changes of 2017 without votes, and lftools' with every vote and message."""

import gzip
from collections import Counter

import msgspec
import pandas as pd
import pytest
from served_records import read, standing

from analysis.tables import accounts, changes, schema
from analysis.tables.schema.table import PANDAS

STANDING = ["change_number", "patch_set_number", "label", "account", "value", "cast_at", "is_ci", "is_copied"]


def made(path):
    records = msgspec.json.decode(gzip.decompress(path.read_bytes()))
    return {
        name: schema.validate(table, schema.TABLES[name])
        for name, table in changes.tables(read(records), accounts=accounts.Rules()).items()
    }


@pytest.fixture(scope="module")
def nova(real_data):
    return made(real_data / "nova-reviews-2017-02-27.json.gz")


@pytest.fixture(scope="module")
def lftools(real_data):
    return made(real_data / "lftools-reviews-2018-09.json.gz")


def test_all_changes_of_nova_are_read_and_their_votes_are_unknown(nova):
    table = nova["changes"]

    assert Counter(table["status"]) == {"NEW": 674, "MERGED": 1333, "ABANDONED": 823}
    assert table["updated_at"].max() == pd.Timestamp("2017-02-27T11:55:20Z")
    assert not table["has_labels"].any()
    assert not table["has_messages"].any()
    assert table["message"].isna().all()
    assert len(nova["votes"]) == 0


def test_lftools_votes_are_known_from_labels_and_messages_alike(lftools):
    votes = lftools["votes"]

    assert lftools["changes"]["has_labels"].all()
    assert Counter(votes["source"]) == {"both": 274, "messages": 322}
    assert len(standing(lftools, STANDING)) == 274


def test_the_ci_of_lftools_is_not_taken_for_a_person(lftools):
    table = lftools["accounts"]
    # Before each build it takes back whatever it said before, Code-Review included: that is no vote.
    votes = lftools["votes"][lftools["votes"]["value"] != 0]

    assert table.loc[table["kind"] != "person", "username"].tolist() == ["lf-jenkins"]
    assert votes.groupby("label")["is_ci"].unique().map(list).to_dict() == {
        "Code-Review": [False],
        "Verified": [True],
    }


def test_current_votes_are_the_same_from_messages_alone(real_data, lftools):
    # No exception: the two copied votes are a -2 over reworks and a +2 over an upload that changed nothing.
    records = msgspec.json.decode(gzip.decompress((real_data / "lftools-reviews-2018-09.json.gz").read_bytes()))
    without = [{key: value for key, value in record.items() if key != "labels"} for record in records]

    tables = changes.tables(read(without), accounts=accounts.Rules())
    tables = changes.as_of(tables, tables["changes"]["updated_at"].max())

    pd.testing.assert_frame_equal(standing(tables, STANDING), standing(lftools, STANDING))
    assert standing(tables, STANDING)["is_copied"].sum() == 2


def test_no_vote_in_a_replay_is_later_than_its_instant(lftools):
    for instant in lftools["change_messages"]["sent_at"].sort_values().iloc[::300]:
        tables = changes.as_of(lftools, instant)

        for name in ("changes", "patch_sets", "votes", "change_messages"):
            schema.validate(tables[name], schema.TABLES[name])
        assert (tables["votes"]["cast_at"] <= instant).all()
        assert (
            not tables["votes"]
            .duplicated(["change_number", "label", "account", "is_standing"])[tables["votes"]["is_standing"]]
            .any()
        )


def test_patch_sets_can_be_inferred_from_messages_alone(real_data, lftools):
    records = msgspec.json.decode(gzip.decompress((real_data / "lftools-reviews-2018-09.json.gz").read_bytes()))
    for record in records:
        current = record["current_revision"]
        record["revisions"] = {current: record["revisions"][current]}

    patch_sets = changes.tables(read(records), accounts=accounts.Rules())["patch_sets"]

    key = ["change_number", "patch_set_number"]
    pd.testing.assert_frame_equal(patch_sets[[*key, "uploader"]], lftools["patch_sets"][[*key, "uploader"]])
    assert patch_sets["sha"].dtype == PANDAS["str"]


@pytest.mark.parametrize("name", ["cinder", "swift"])
def test_votes_in_messages_equal_those_in_labels_if_both_were_served(real_data, name):
    # These files hold the messages of the last patch set alone: a vote that was copied to it is in no message.
    guarded = gzip.decompress((real_data / f"gerrit-{name}-merged-2015-02.json.gz").read_bytes())
    records = msgspec.json.decode(guarded.partition(b"\n")[2])
    without = [{key: value for key, value in record.items() if key != "labels"} for record in records]
    served, unlabelled = (changes.tables(read(some), accounts=accounts.Rules()) for some in (records, without))
    ended = changes.as_of(served, served["changes"]["updated_at"].max())
    key = ["change_number", "label", "account", "value"]

    by_labels, by_messages, at_the_end = (
        standing(tables, key).query("label != 'Verified'") for tables in (served, unlabelled, ended)
    )

    both = by_messages.merge(by_labels, on=key)
    assert len(both) / len(by_messages) > 0.999
    assert len(both) / len(by_labels) > 0.98
    # Replayed with the labels at hand, they know the others.
    pd.testing.assert_frame_equal(at_the_end, by_labels)
