"""A build of real files as of an instant equals a build of the same files cut at it.

There are two sets of bugs and changes of the same time: reviews with messages of 2012, and the open changes of 2017.
The commits of a clone of that day cannot be found independently, because a commit keeps the time of its writing.
"""

import gzip
import json
import random
from contextlib import ExitStack
from typing import NamedTuple

import pandas as pd
import pytest
from cut_records import change_until, moment, unlogged_bug_until

from analysis.cli import main
from analysis.ingest import saved
from analysis.store import Scope, Store
from analysis.tables import schema

pytestmark = pytest.mark.real_data

LAUNCHPAD, GERRIT = Scope("api.launchpad.net", "nova"), Scope("review.opendev.org", "openstack/nova")
BUGS = "launchpad-nova-2017-10-17.jsonl.gz"


class Season(NamedTuple):
    """The period of its bugs, the file of its changes, and the release of its areas."""

    first: str
    last: str
    changes: str
    release: str


SEASONS = {
    "reviews of 2012": Season("2011-12-01", "2012-04-20", "gerrit-nova-closed-2012-04.json.gz", "kilo"),
    "open changes of 2017": Season("2017-04-01", "2017-10-17", "gerrit-nova-open-2017-10-06.json.gz", "queens"),
}


@pytest.fixture(scope="module")
def every_bug(real_data):
    with ExitStack() as stack:
        yield list(saved.read_bugs([real_data / BUGS], project="nova", default="nova", stack=stack).records("nova"))


def reported_in(season, records):
    first, last = (pd.Timestamp(day, tz="UTC") for day in (season.first, season.last))
    return [record for record in records if first <= moment(record["bug"]["date_created"]) <= last]


def changes_of(season, folder):
    text = gzip.decompress((folder / season.changes).read_bytes()).decode()
    records = json.loads(text.removeprefix(")]}'"))
    first, last = (pd.Timestamp(day, tz="UTC") for day in (season.first, season.last))
    return [record for record in records if first <= moment(record["created"]) <= last]


def is_tellable(change, instant):
    """Whether the change of that time can be restored: it has messages, or nothing has happened to it since."""
    return "messages" in change or moment(change["updated"]) <= instant or moment(change["created"]) > instant


def stored(bugs, changes, folder):
    store = Store(folder / "data")
    for source, scope, records in (("launchpad", LAUNCHPAD, bugs), ("gerrit", GERRIT, changes)):
        store.write_snapshot(source, scope, records, kind="dump", as_of="2018-01-01T00:00:00+00:00")
    return store


def built(store, instant, season):
    words = ["--data-dir", str(store.data_dir), "--release", season.release, "build"]
    assert main([*words, "--as-of", f"{instant:%Y-%m-%dT%H:%M:%SZ}"]) == 0
    return {name: store.read_table(name) for name in schema.TABLES if not name.startswith("quota_")}


@pytest.mark.parametrize("name", SEASONS)
def test_a_build_of_real_files_at_an_instant_is_the_build_of_files_of_it(real_data, every_bug, tmp_path, name):
    season = SEASONS[name]
    first, last = (pd.Timestamp(day, tz="UTC") for day in (season.first, season.last))
    instant = first + pd.Timedelta(seconds=random.Random(name).randrange(int((last - first).total_seconds())))
    bugs = [bug for bug in reported_in(season, every_bug) if moment(bug["bug"]["date_created"]) > instant
            or unlogged_bug_until(bug, instant)]  # fmt: skip
    changes = [change for change in changes_of(season, real_data) if is_tellable(change, instant)]
    past_bugs = [past for each in bugs if (past := unlogged_bug_until(each, instant))]
    past_changes = [past for each in changes if (past := change_until(each, instant))]
    whole = stored(bugs, changes, tmp_path / "whole")
    cut = stored(past_bugs, past_changes, tmp_path / "cut")

    replayed, ended = built(whole, instant, season), built(cut, instant, season)

    assert len(past_bugs) > 100 and len(past_changes) > 100 and len(past_bugs) < len(bugs)
    for table in replayed:
        pd.testing.assert_frame_equal(replayed[table], ended[table], obj=f"{table} at {instant}")
