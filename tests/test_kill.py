"""kill -9 at any instant, then the same command: in the end the data equals that of an undisturbed run."""

import multiprocessing
import os
import random
import resource
import signal
import time

import pytest
from twin_fetches import (
    NOVA,
    OPENSTACK_NOVA,
    gerrit_into,
    launchpad_into,
    small,
    stored_bugs,
    stored_changes,
    true_bugs,
    true_changes,
)

from analysis.errors import LockedError, StoreError
from analysis.store import Store
from twin import Server, build_world

pytestmark = pytest.mark.line

KILLS = 30  # of each source; the fork server makes a new victim in some milliseconds


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["analysis.store", "analysis.ingest.gerrit", "analysis.ingest.launchpad"])
    return context


@pytest.fixture(scope="module")
def twin():
    with Server(small(build_world(n_bugs=1)), latency=0.002) as server:
        yield server


def run_to_end_under_fire(processes, target, arguments, fire, *, kills):
    """Start the fetch again and again and kill it, until it ends by itself; return the number of kills."""
    n = 0
    while True:
        victim = processes.Process(target=target, args=arguments)
        victim.start()
        if n < kills:
            victim.join(fire())
            victim.kill()
        victim.join(60)
        n += victim.exitcode == -signal.SIGKILL
        if victim.exitcode == 0:
            return n
        assert victim.exitcode == -signal.SIGKILL, "the fetch failed instead of being killed"


def survive(processes, tmp_path, target, root, is_whole):
    chance, n, runs = random.Random(2015), 0, 0
    while n < KILLS:
        data = tmp_path / f"data-{runs}"
        # The delays grow from the first import to beyond the end of a whole run, so that every phase is hit.
        n += run_to_end_under_fire(processes, target, (data, root), lambda: chance.uniform(0.05, 0.9), kills=KILLS - n)
        assert is_whole(data)
        runs += 1
    return n


def leftovers(data):
    return [p.name for p in data.rglob("*") if p.is_file() and p.name not in ("manifest.json", "records.jsonl.zst")]


def test_launchpad_survives_kill_9_at_any_instant(processes, twin, tmp_path):
    truth = true_bugs(twin.worlds[0], twin)

    killed = survive(processes, tmp_path, launchpad_into, twin.launchpad_root, lambda d: stored_bugs(d) == truth)

    assert killed == KILLS
    assert set(leftovers(tmp_path)) <= {".lock"}


def test_gerrit_survives_kill_9_at_any_instant(processes, twin, tmp_path):
    truth = true_changes(twin.worlds[0])

    killed = survive(processes, tmp_path, gerrit_slowly, twin.gerrit_root, lambda d: stored_changes(d) == truth)

    assert killed == KILLS
    assert set(leftovers(tmp_path)) <= {".lock"}


def gerrit_slowly(data, root):
    gerrit_into(data, root, page=5)


def test_a_refresh_that_is_killed_never_harms_what_was_stored(processes, tmp_path):
    world = small(build_world(n_bugs=1))
    with Server(world, latency=0.002) as twin:
        data = tmp_path / "data"
        launchpad_into(data, twin.launchpad_root)
        before = stored_bugs(data)
        world.pass_time(hours=1)
        world.touch(*[number for number in before if not world.bugs[number].is_private])
        victim = processes.Process(target=launchpad_into, args=(data, twin.launchpad_root))
        victim.start()
        victim.join(0.4)
        victim.kill()
        victim.join()
        between = stored_bugs(data)

        launchpad_into(data, twin.launchpad_root)

        assert between in (before, true_bugs(world, twin))
        assert stored_bugs(data) == true_bugs(world, twin)


def held(data, ready, done):
    with Store(data).fetch_session("gerrit", OPENSTACK_NOVA):
        ready.set()
        done.wait(30)


def test_the_second_of_two_runs_names_the_holder_of_the_lock(processes, tmp_path, twin):
    ready, done = processes.Event(), processes.Event()
    first = processes.Process(target=held, args=(tmp_path, ready, done))
    first.start()
    ready.wait(30)

    with pytest.raises(LockedError) as error:
        gerrit_into(tmp_path, twin.gerrit_root)
    done.set()
    first.join()

    assert f"process {first.pid}" in error.value.found
    gerrit_into(tmp_path, twin.gerrit_root)


def test_the_lock_of_a_killed_run_blocks_nobody(processes, tmp_path, twin):
    ready, done = processes.Event(), processes.Event()
    first = processes.Process(target=held, args=(tmp_path, ready, done))
    first.start()
    ready.wait(30)
    first.kill()
    first.join()

    summary = gerrit_into(tmp_path, twin.gerrit_root)

    assert summary.pending == {}


def on_a_full_disk(fetch, data, root, limit, errors):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        fetch(data, root)
        errors.put("")
    except StoreError as error:
        errors.put(str(error))


@pytest.mark.parametrize("limit", [2_000, 90_000])
@pytest.mark.parametrize(
    ("fetch", "root", "stored"),
    [(launchpad_into, "launchpad_root", stored_bugs), (gerrit_into, "gerrit_root", stored_changes)],
    ids=["launchpad", "gerrit"],
)
def test_a_full_disk_is_named_and_nothing_is_lost(processes, tmp_path, twin, fetch, root, stored, limit):
    result = processes.Queue()
    victim = processes.Process(target=on_a_full_disk, args=(fetch, tmp_path, getattr(twin, root), limit, result))
    victim.start()
    text = result.get(timeout=60)
    victim.join()

    assert text == "" or ("expected to write" in text and "free some space" in text)
    assert limit > 2_000 or text
    fetch(tmp_path, getattr(twin, root))
    truth = true_bugs(twin.worlds[0], twin) if stored is stored_bugs else true_changes(twin.worlds[0])
    assert stored(tmp_path) == truth
    assert Store(tmp_path).status()[0].gaps == ()


def test_ctrl_c_keeps_what_was_fetched(processes, tmp_path, twin):
    victim = processes.Process(target=launchpad_into, args=(tmp_path, twin.launchpad_root))
    victim.start()
    folder = Store(tmp_path).raw / "launchpad" / NOVA.folder
    until = time.monotonic() + 30
    while not (folder / "run.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(victim.pid, signal.SIGINT)
    victim.join(30)

    assert victim.exitcode is not None
    launchpad_into(tmp_path, twin.launchpad_root)
    assert stored_bugs(tmp_path) == true_bugs(twin.worlds[0], twin)


def killed_at_step(data, step):
    """Fetch, and die as by kill -9 when the store touches its files for the n-th time."""
    left = [step]

    def dying(does):
        def does_or_dies(*given, **more):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return does(*given, **more)

        return does_or_dies

    # Without the disk's own slowness: what kill -9 leaves is in the system's memory, synced or not.
    os.fsync = lambda descriptor: None
    os.unlink, os.rename, os.replace = map(dying, (os.unlink, os.rename, os.replace))
    fetch_and_compact(data)


def fetch_and_compact(data):
    store = Store(data)
    with store.fetch_session("gerrit", OPENSTACK_NOVA) as run:
        run.put({"_number": 3, "updated": "2015-06-02 00:00:00.000000000"})
        run.mark_gone(1, "404")
        run.commit({"page": 1})
        run.seal(kind="fetch", as_of="2015-06-03T00:00:00+00:00", cursor={"since": "x"})
    store.compact("gerrit", OPENSTACK_NOVA)


def test_a_kill_at_any_step_of_sealing_or_compacting_loses_nothing(processes, tmp_path):
    expected = [{"_number": number, "updated": f"2015-06-0{number - 1} 00:00:00.000000000"} for number in (2, 3)]
    step = died = 0
    while died == step:
        step += 1
        store = Store(tmp_path / str(step))
        first = [{"_number": n, "updated": "2015-06-01 00:00:00.000000000"} for n in (1, 2)]
        store.write_snapshot("gerrit", OPENSTACK_NOVA, first, kind="dump")
        victim = processes.Process(target=killed_at_step, args=(store.data_dir, step))
        victim.start()
        victim.join()
        died += victim.exitcode == -signal.SIGKILL
        before = list(store.records("gerrit", OPENSTACK_NOVA))

        fetch_and_compact(store.data_dir)

        assert before in (first, expected)
        assert list(store.records("gerrit", OPENSTACK_NOVA)) == expected
        assert [len(store.snapshots("gerrit", OPENSTACK_NOVA)), store.status()[0].gaps] == [1, ()]

    assert died > 5
