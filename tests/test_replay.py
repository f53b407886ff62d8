"""A build as of an instant equals a build of data that end at it, so no stage reads anything later.

`cut_records` cuts the twin's records at random instants by its own rules, git sets the clone back, and every table of
both builds must be the same.
"""

import random
from types import SimpleNamespace

import pandas as pd
import pytest
from cut_records import bug_until, change_until, cut_clone
from twin_fetches import true_bugs, true_changes

from analysis.cli import main
from analysis.store import Scope, Store
from analysis.tables import schema
from twin import build_world

pytestmark = pytest.mark.line

N_INSTANTS = 2
LAUNCHPAD, GERRIT = Scope("api.launchpad.net", "nova"), Scope("review.opendev.org", "openstack/nova")


@pytest.fixture(scope="module")
def world():
    return build_world()


@pytest.fixture(scope="module")
def served(world):
    """All records of the twin, including private ones: bugs and changes."""
    root = SimpleNamespace(launchpad_root="https://api.launchpad.example/")
    return list(true_bugs(world, root, private=True).values()), list(true_changes(world, private=True).values())


@pytest.fixture(scope="module")
def whole(world, served, tmp_path_factory):
    return stored(world, *served, tmp_path_factory.mktemp("whole"))


def stored(world, bugs, changes, folder, until=None):
    """A data directory with these records, and the world's clone, set back if an instant is given."""
    store, newest = Store(folder / "data"), max(change["updated"] for change in changes)
    as_of = f"{newest[:10]}T{newest[11:19]}+00:00"
    store.write_snapshot("launchpad", LAUNCHPAD, bugs, kind="dump", as_of=as_of)
    store.write_snapshot("gerrit", GERRIT, changes, kind="dump", as_of=as_of)
    world.write_git(folder / "clone")
    if until is not None:
        cut_clone(folder / "clone", until)
    assert main(["--data-dir", str(store.data_dir), "fetch", "git", "--repo", str(folder / "clone")]) == 0
    return store


def built(store, instant):
    """Every table of a build as of the instant."""
    words = ["--data-dir", str(store.data_dir), "build", "--as-of", f"{instant:%Y-%m-%dT%H:%M:%SZ}"]
    assert main([*words, "--release", "liberty"]) == 0
    return {name: store.read_table(name) for name in schema.TABLES if not name.startswith("quota_")}


def instants(changes):
    """Random seconds of the time in which the changes were worked on."""
    first, last = (pd.Timestamp(pick(each["updated"] for each in changes), tz="UTC") for pick in (min, max))
    seconds = int((last - first).total_seconds())
    random.seed(20_151_019)
    return [first + pd.Timedelta(seconds=random.randrange(seconds)) for _ in range(N_INSTANTS)]


@pytest.mark.parametrize("place", range(N_INSTANTS))
def test_a_build_at_an_instant_is_the_build_of_data_that_end_there(world, served, whole, tmp_path, place):
    bugs, changes = served
    instant = instants(changes)[place]
    past_bugs = [past for each in bugs if (past := bug_until(each, instant))]
    past_changes = [past for each in changes if (past := change_until(each, instant))]
    cut = stored(world, past_bugs, past_changes, tmp_path, until=instant)

    replayed, ended = built(whole, instant), built(cut, instant)

    assert replayed.keys() == ended.keys()
    for name in replayed:
        pd.testing.assert_frame_equal(replayed[name], ended[name], obj=f"{name} at {instant}")
