"""A record that cannot become rows, or that is slow to read, is left out alone and named with its field.

The same check applies to a server, to saved files, and in the build to records that were stored before.
"""

import json
import re

import pytest
from lazr.restfulclient import _browser
from twin_fetches import (
    gerrit_into,
    launchpad_into,
    parsed,
    serve,
    small,
    stored_bugs,
    stored_changes,
    true_bugs,
    true_changes,
)

from analysis import cli
from analysis.build import fetch
from analysis.ingest.bug_check import check_bug
from analysis.ingest.change_check import check_change
from analysis.ingest.record_check import RecordError
from analysis.judge.links import hook_footers
from analysis.store import Scope, Store
from twin import Server, World, build_world
from twin.faults.data import field, rewritten

BUG = {
    "id": 5, "title": "Lamp", "private": False, "information_type": "Public", "heat": 2, "tags": ["a"],
    "date_created": "2026-01-02T08:00:00+00:00", "date_last_updated": "2026-01-03T08:00:00+00:00",
}  # fmt: skip
TASK = {
    "self_link": "https://api.example/devel/nova/+bug/5", "target_link": "https://api.example/devel/nova",
    "status": "New", "importance": "High", "date_created": "2026-01-02T08:00:00+00:00",
}  # fmt: skip
RECORD = {"bug": BUG, "tasks": [TASK], "messages": [], "activity": []}
CHANGE = {
    "_number": 7, "project": "openstack/nova", "branch": "master", "change_id": "I" + 40 * "0", "status": "NEW",
    "subject": "Invented", "created": "2015-05-01 10:00:00.000000000", "updated": "2015-05-02 10:00:00.000000000",
    "owner": {"_account_id": 1},
}  # fmt: skip


SLOW = re.compile(r"(?:a|aa)+$")  # exponential, as no pattern of the product is


@pytest.fixture(scope="module")
def server():
    with Server(World(seed=1)) as server:
        yield server


@pytest.fixture
def world():
    return small(build_world(n_bugs=1), bugs=8, changes=8)


@pytest.fixture
def twin(server, world, monkeypatch):
    monkeypatch.setattr(_browser, "Application", parsed)
    yield serve(server, world)
    server.faults.active.clear()


def of_change(number, **facts):
    """A fault that serves the change of that number with other facts."""

    def rewrite(request, value):
        rows = value if isinstance(value, list) else [value]
        changed = [row | facts if row.get("_number") == number else row for row in rows]
        return changed if isinstance(value, list) else changed[0]

    return rewritten("another fact", rewrite, match=r"/changes/", count=None)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("date_created", "yesterday", "bug.date_created is no time"), ("title", 5, "bug.title is no str")],
)
def test_a_served_bug_with_an_odd_field_is_pending_and_fetched_later(world, twin, tmp_path, name, value, reason):
    truth = true_bugs(world, twin)
    number = list(truth)[3]
    twin.faults.active.append(field(name, value, match=rf"/bugs/{number}\?", count=None))

    first = launchpad_into(tmp_path, twin.launchpad_root)
    stored = stored_bugs(tmp_path)
    twin.faults.active.clear()
    second = launchpad_into(tmp_path, twin.launchpad_root)

    assert list(first.pending) == [f"bug {number}"] and reason in first.pending[f"bug {number}"]
    assert stored == {other: record for other, record in truth.items() if other != number}
    assert (second.pending, stored_bugs(tmp_path)) == ({}, truth)


def test_the_stored_bug_stays_while_its_new_version_is_unusable(world, twin, tmp_path):
    truth = true_bugs(world, twin)
    number = list(truth)[3]
    launchpad_into(tmp_path, twin.launchpad_root)
    world.pass_time(hours=1)
    world.touch(number)
    twin.faults.active.append(field("date_created", "soon", match=rf"/bugs/{number}\?", count=None))

    summary = launchpad_into(tmp_path, twin.launchpad_root)

    assert list(summary.pending) == [f"bug {number}"]
    assert stored_bugs(tmp_path)[number] == truth[number]


@pytest.mark.parametrize("name", ["updated", "created"])
def test_a_served_change_with_an_odd_time_is_pending_and_fetched_later(world, twin, tmp_path, name):
    truth = true_changes(world)
    number = list(truth)[3]
    twin.faults.active.append(of_change(number, **{name: "2015-02-30 10:00:00"}))

    first = gerrit_into(tmp_path, twin.gerrit_root)
    stored = stored_changes(tmp_path)
    twin.faults.active.clear()
    second = gerrit_into(tmp_path, twin.gerrit_root)

    assert list(first.pending) == [f"change {number}"] and name in first.pending[f"change {number}"]
    assert stored == {other: change for other, change in truth.items() if other != number}
    result = stored_changes(tmp_path)
    assert second.pending == {} and result.keys() == truth.keys()


def test_a_record_that_is_too_large_is_pending_by_name(world, twin, tmp_path, monkeypatch):
    truth = true_bugs(world, twin)
    number = list(truth)[3]
    twin.faults.active.append(field("description", "x" * 3_000_000, match=rf"/bugs/{number}\?", count=None))
    monkeypatch.setattr("analysis.ingest.record_check.MOST_BYTES", 1 << 21)

    summary = launchpad_into(tmp_path, twin.launchpad_root)

    assert list(summary.pending) == [f"bug {number}"] and "larger than" in summary.pending[f"bug {number}"]
    assert len(stored_bugs(tmp_path)) == len(truth) - 1


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"bug": BUG | {"date_created": "20260102"}}, "bug 5: bug.date_created"),
        ({"bug": BUG | {"date_last_updated": 5}}, "bug 5: bug.date_last_updated"),
        ({"bug": BUG | {"heat": 2**63}}, "bug 5: bug.heat"),
        ({"bug": BUG | {"tags": [5]}}, "bug 5: bug.tags"),
        ({"bug": BUG | {"id": "5"}}, ": a bug without a number"),
        ({"tasks": [TASK | {"status": True}]}, "bug 5: tasks.status"),
        ({"tasks": [TASK | {"date_closed": "0001-01-01T00:00:00+14:00"}]}, "bug 5: tasks.date_closed"),
        ({"messages": "none"}, "bug 5: messages is no list"),
        ({"activity": [{"datechanged": "noon"}]}, "bug 5: activity.datechanged"),
    ],
)
def test_the_check_of_a_bug_names_it_and_the_field(part, message):
    with pytest.raises(RecordError) as error:
        check_bug(RECORD | part)

    assert f"{error.value.name}: {error.value}".startswith(message)


@pytest.mark.parametrize("stamp", ["2026-01-02T08:00:00.5+00:00", "2026-01-02 08:00:00Z", "2026-01-02T08:00:00"])
def test_every_time_that_tables_can_read_passes_the_check(stamp):
    check_bug(RECORD | {"bug": BUG | {"date_created": stamp}})


@pytest.mark.parametrize(
    "record", [{"project": {"name": 5}}, {"project": {"name": "nova"}, "milestones": [{"date_targeted": "spring"}]}]
)
def test_a_project_without_a_name_or_with_odd_milestones_is_refused(record):
    with pytest.raises(RecordError):
        check_bug(record)


@pytest.mark.parametrize(
    "facts", [{"project": None}, {"_number": True}, {"updated": None}, {"submitted": "2015-13-01 00:00:00"}]
)
def test_the_check_of_a_change_refuses_what_no_table_holds(facts):
    with pytest.raises(RecordError):
        check_change(CHANGE | facts)


WHERE = {"launchpad": Scope("api.launchpad.net", "nova"), "gerrit": Scope("review.opendev.org", "openstack/nova")}


PRIVATE = {"private": True, "information_type": "Private Security"}


def of_message(number, message):
    commit = {"_number": 1, "commit": {"message": message}}
    return CHANGE | {"_number": number, "current_revision": "a" * 40, "revisions": {"a" * 40: commit}}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A data directory with records in the form of an earlier version, built by the command."""
    held = Store(tmp_path_factory.mktemp("stored"))
    records = {
        "launchpad": [
            RECORD,
            RECORD | {"bug": BUG | {"id": 6, "date_created": "noon"}},
            RECORD | {"bug": BUG | {"id": 8, "date_created": "2026-01-02T08:00:00"}},
            RECORD | {"bug": BUG | PRIVATE | {"id": 9, "date_created": "noon"}},
        ],
        "gerrit": [
            CHANGE,
            CHANGE | {"_number": 8, "subject": 5},
            CHANGE | {"_number": 9, "messages": [{"date": "noon"}]},
            of_message(10, "Mend the lamp\n\nCloses-Bug: #9\n"),
            of_message(11, "a" * 30_000 + "b"),
        ],
    }
    for source, rows in records.items():
        held.write_snapshot(source, WHERE[source], rows, kind="dump", as_of="2026-02-01T00:00:00+00:00")
    read = hook_footers.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.time_limit.RECORD_SECONDS", 0.2)
        patch.setattr(hook_footers, "read", lambda message: SLOW.match(message) or read(message))
        assert cli.main(["--data-dir", str(held.data_dir), "build"]) == 0
    return held


def gaps(held, source):
    (status,) = [each for each in held.status() if each.source == source]
    return status.n_pending, " ".join(status.gaps)


@pytest.mark.line
def test_a_build_skips_a_stored_bug_that_cannot_become_rows(built):
    bugs = built.read_table("bugs", project="openstack/nova")

    n_pending, gap_text = gaps(built, "launchpad")

    assert bugs["bug_id"].tolist() == [5, 8]
    assert n_pending == 2 and "bug 6: bug.date_created is no time" in gap_text


@pytest.mark.line
def test_a_time_without_its_zone_is_read_as_utc_beside_those_with_one(built):
    created = built.read_table("bugs", project="openstack/nova").set_index("bug_id")["created_at"]

    assert str(created[8]) == str(created[5]) == "2026-01-02 08:00:00+00:00"


@pytest.mark.line
def test_a_build_skips_stored_changes_that_are_malformed_or_slow(built):
    n_pending, gap_text = gaps(built, "gerrit")

    assert built.read_table("changes", project="openstack/nova")["change_number"].tolist() == [7]
    assert n_pending == 3 and "could not read 3 records" in gap_text
    passed_over = built.read_marker(f"passed over gerrit {WHERE['gerrit']}", dict[str, str])
    assert "subject" in passed_over["change 8"]
    assert passed_over["change 9"] == "messages.date is no time: 'noon'"
    assert passed_over["change 11"] == "to read it takes more than 0.2 s of the processor"


@pytest.mark.line
def test_a_skipped_private_bug_is_not_named_and_still_hides_its_fix(built):
    assert 10 not in built.read_table("changes", project="openstack/nova")["change_number"].tolist()
    assert "bug 9" not in " ".join(path.read_text() for path in built.processed.rglob("*.json"))
    assert "bug 9" not in gaps(built, "launchpad")[1]


def saved_bugs(path, folder):
    return fetch.bugs_dump(Store(folder), [path], root="https://api.launchpad.net/", project="nova", default="nova")


def test_a_slow_saved_record_is_skipped_and_named(tmp_path, monkeypatch):
    path = tmp_path / "bugs.jsonl"
    path.write_text("\n".join(json.dumps(RECORD | {"bug": BUG | {"id": n}}) for n in (5, 6)))
    monkeypatch.setattr("analysis.time_limit.RECORD_SECONDS", 0.2)
    monkeypatch.setattr(
        "analysis.ingest.saved.bugs.check_bug",
        lambda record: SLOW.match("a" * 100 + "b") if record["bug"]["id"] == 6 else None,
    )

    result, [snapshot] = saved_bugs(path, tmp_path / "data")

    assert result.passed_over == {"bug 6": "to read it takes more than 0.2 s of the processor"}
    assert (snapshot.manifest.n_records, list(snapshot.manifest.pending)) == (1, ["bug 6"])


@pytest.mark.parametrize(
    "odd",
    ['{"bug": {"id": 6, "x": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}}",
     '{"bug": {"id": 6, "title": "' + "\\\\\\\"}" * 100_000 + '"}}',
     '{"bug": {"id": ' + "6" * 9999 + "}}"],
    ids=["nested", "long", "a number without end"],
)  # fmt: skip
def test_an_unusable_saved_record_loses_no_other_record(tmp_path, monkeypatch, odd):
    monkeypatch.setattr("analysis.ingest.saved.json_items.LONGEST", 200_000)
    monkeypatch.setattr("analysis.ingest.saved.json_items.CHUNK", 1 << 12)
    path = tmp_path / "bugs.jsonl"
    path.write_text("\n".join([json.dumps(RECORD), odd, json.dumps(RECORD | {"bug": BUG | {"id": 7}})]))

    result, [snapshot] = saved_bugs(path, tmp_path / "data")

    assert snapshot.manifest.n_records == 2
    assert list(result.passed_over) == [f"{path}, object 2"]


def test_a_bad_entry_of_a_saved_page_loses_only_its_bug(tmp_path):
    path = tmp_path / "page.json"
    entries = [BUG | {"id": n, "bug_tasks_collection_link": "x"} for n in (5, 6, 7)]
    entries[1]["date_created"] = "noon"
    path.write_text(json.dumps({"entries": entries}))

    result, [snapshot] = saved_bugs(path, tmp_path / "data")

    assert (snapshot.manifest.n_records, list(result.passed_over)) == (2, ["bug 6"])


OTHER_ID = "I" + 40 * "b"


def with_another_of(number, **facts):
    """The list has another change with that number, which is found by its Change-Id."""
    beside = []

    def rewrite(request, value):
        if not isinstance(value, list):
            return value
        if OTHER_ID in request.one("q"):
            return beside[:1]
        served = []
        for row in value:
            served.append(row)
            if row.get("_number") == number:
                beside.append(row | {"change_id": OTHER_ID, "subject": "Imported"} | facts)
                served.append(beside[-1])
        return served

    return rewritten("two changes of one number", rewrite, match=r"/changes/\?", count=None)


@pytest.mark.parametrize("page", [100, 2])
def test_one_of_two_changes_with_the_same_number_is_stored_and_the_other_named(world, twin, tmp_path, page):
    truth = true_changes(world)
    number = list(truth)[3]
    twin.faults.active.append(with_another_of(number))

    first = gerrit_into(tmp_path, twin.gerrit_root, page=page)
    second = gerrit_into(tmp_path, twin.gerrit_root, page=page)
    stored = stored_changes(tmp_path)

    named = [name for name in first.pending if f"change {number} with the Change-Id" in name and "bbbb" in name]
    assert list(first.pending) == named and len(named) == 1
    assert "another one" in first.pending[named[0]]
    assert list(second.pending) == named
    assert stored.keys() == truth.keys() and stored[number]["change_id"] == truth[number]["change_id"]


def test_an_imported_change_is_stored_under_its_own_number(world, twin, tmp_path):
    truth = true_changes(world)
    number = list(truth)[3]
    twin.faults.active.append(with_another_of(number, virtual_id_number=900_001, total_comment_count=0))

    summary = gerrit_into(tmp_path, twin.gerrit_root)

    stored = stored_changes(tmp_path)
    assert summary.pending == {}
    assert stored[900_001]["imported_number"] == number and stored[900_001]["subject"] == "Imported"
    assert stored[number] == truth[number]


def test_a_change_refused_for_its_number_is_stored_once_it_has_its_own(world, twin, tmp_path):
    number = next(number for number, change in true_changes(world).items() if change["status"] == "NEW")
    twin.faults.active.append(with_another_of(number))
    gerrit_into(tmp_path, twin.gerrit_root)
    renumbered = with_another_of(number, virtual_id_number=900_001, total_comment_count=0)
    twin.faults.active[:] = [renumbered]

    summary = gerrit_into(tmp_path, twin.gerrit_root)

    assert summary.pending == {}
    assert stored_changes(tmp_path)[900_001]["subject"] == "Imported"
