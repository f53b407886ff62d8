"""The twin's changes, in a real server's words: the messages agree with the labels."""

import pandas as pd
import pytest
from served_records import read, rows, standing

import twin
from analysis.tables import accounts, changes, schema
from twin import gerrit
from twin.people import BY_ACCOUNT

pytestmark = pytest.mark.server

STANDING = ["change_number", "patch_set_number", "label", "account", "value", "is_copied"]


@pytest.fixture(scope="module")
def world():
    return twin.build_world()


def made(world, cut=lambda record: record):
    records = [cut(record) for record in gerrit.rows(world, options=frozenset(gerrit.ALL_OPTIONS))]
    return {
        name: schema.validate(table, schema.TABLES[name])
        for name, table in changes.tables(read(records), accounts=accounts.Rules()).items()
    }


@pytest.fixture(scope="module")
def tables(world):
    return made(world)


def test_people_and_machines_are_told_apart(tables):
    result = dict(rows(tables["accounts"], "account", "kind"))

    assert result == {account: BY_ACCOUNT[account].kind for account in result}


def test_replayed_to_the_end_the_votes_are_the_labels(world, tables):
    result = changes.as_of(tables, pd.Timestamp(world.now))

    assert standing(tables, STANDING)["is_copied"].any()
    pd.testing.assert_frame_equal(standing(result, STANDING), standing(tables, STANDING))


def test_without_labels_the_messages_tell_what_stands(world, tables):
    result = made(world, lambda record: {key: value for key, value in record.items() if key != "labels"})

    pd.testing.assert_frame_equal(standing(result, STANDING), standing(tables, STANDING))


def test_without_old_revisions_the_messages_tell_the_patch_sets(world, tables):
    def only_current(record):
        current = record["current_revision"]
        return record | {"revisions": {current: record["revisions"][current]}}

    key = ["change_number", "patch_set_number", "created_at", "uploader"]
    pd.testing.assert_frame_equal(made(world, only_current)["patch_sets"][key], tables["patch_sets"][key])
