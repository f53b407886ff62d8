"""Real races: worker processes behind a barrier, on every database that this machine has."""

import itertools
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from conftest import missing, running

from analysis.errors import QuotaLabError
from analysis.tables import schema
from quota_lab import commands, databases, race, runs, worker
from quota_lab.designs import DESIGNS, exact_names
from quota_lab.race_config import Client, RaceConfig

pytestmark = pytest.mark.database


@pytest.fixture(scope="module", params=list(databases.DATABASES))
def database(request):
    yield from running(request.param)


def raced(directory, config, database):
    verdict = runs.write(directory, race.run(config, database), matrix="test")
    return verdict.iloc[0]


@pytest.mark.parametrize("design", exact_names())
def test_a_clean_design_shows_no_fault_in_a_race(design, database, tmp_path):
    config = RaceConfig(
        design, database.name, "think", think_ms=3.0, requests=20, seconds=60.0
    )  # time for all, on any machine

    table = raced(tmp_path, config, database)

    assert table["n_requests"] == 160
    assert table["n_refused"] > 0, "nobody was refused: the limit was never reached"
    assert table["is_linearisable"]
    assert (table["n_over"], table["max_acknowledged_over"], table["max_rows_over"]) == (0, 0, 0)
    assert table["n_false_refusals"] == 0
    assert table["n_failed"] == 0
    assert pd.isna(table["drift_at_rest"]) or table["drift_at_rest"] == 0


def test_count_then_insert_admits_over_the_limit_on_every_database(database, tmp_path):
    table = raced(tmp_path, RaceConfig("CountOnly", database.name, "think", think_ms=5.0), database)

    assert table["n_over"] > 0
    assert table["max_rows_over"] >= table["max_acknowledged_over"] > 0
    assert not table["is_linearisable"]


def test_the_judge_looks_up_the_effect_of_a_request_whose_worker_was_killed(database, tmp_path):
    config = RaceConfig("ConditionalUpdate", database.name, "kill", crash_rate=0.02, is_kill=True, limit=60)

    table = raced(tmp_path, config, database)
    requests = runs.requests(tmp_path, config.run_id)

    crashed = requests[requests["outcome"] == "crashed"]
    assert len(crashed) == table["n_crashed"] > 0
    assert crashed["answered_ns"].isna().all()
    assert crashed["has_effect"].notna().all()
    assert table["is_linearisable"]
    assert table["drift_at_rest"] == 0


@pytest.mark.parametrize("name", databases.DATABASES)
def test_a_killed_command_leaves_no_worker_server_or_file(name):
    if lack := databases.missing().get(name):
        missing(lack)
    begun = subprocess.Popen([sys.executable, "-c", RACING_FOR_EVER, name], stdout=subprocess.PIPE, text=True)
    with begun:
        home, port = begun.stdout.readline().split()
        while not list(Path(home).glob("race-*/worker-*")):  # some have begun, and wait for the others
            time.sleep(0.01)
        begun.kill()
        begun.communicate(timeout=60)  # to the end: nobody is left who could write to it

    assert not Path(home).exists()
    with socket.socket() as probe:
        assert port == "0" or probe.connect_ex(("127.0.0.1", int(port)))


RACING_FOR_EVER = """
import sys
from quota_lab import databases, race
from quota_lab.race_config import RaceConfig
with databases.named(sys.argv[1])() as database:
    print(database.home, getattr(database, "port", 0), flush=True)
    race.run(RaceConfig("CountOnly", sys.argv[1], think_ms=1e9), database)
"""


def test_a_run_is_read_back_as_it_was_written(tmp_path):
    config = RaceConfig("ProjectLock", "sqlite", requests=3, workers=2)
    with databases.named("sqlite")() as database:
        result = race.run(config, database)
    verdict = runs.write(tmp_path, result, matrix="test")

    assert runs.names(tmp_path) == [config.run_id]
    assert runs.requests(tmp_path, config.run_id).equals(result.requests)
    assert runs.samples(tmp_path, config.run_id).equals(result.samples)
    assert runs.verdicts(tmp_path).equals(verdict)
    assert runs.settings(tmp_path, config.run_id)["seed"] == 1
    assert json.loads((tmp_path / config.run_id / "settings.json").read_text())["database_version"]
    assert set(result.requests["run_id"]) == {config.run_id}


def test_the_commands_run_list_and_show(tmp_path):
    lines = []

    verdicts = commands.run(
        tmp_path, matrix_name="smoke", design_names=["ProjectLock"], database_names=["sqlite"], say=lines.append
    )

    (run_id,) = verdicts["run_id"]
    schema.validate(verdicts, schema.QUOTA_RUNS)
    assert lines[0].startswith("sqlite ")
    assert lines[1].strip().startswith("1 of 1")
    assert commands.listing(tmp_path)["run_id"].tolist() == [run_id]
    text = commands.show(tmp_path, run_id)
    assert text.startswith(f"{run_id}: ") and " over, " in text.splitlines()[0]
    assert f"run_id                   {run_id}" in text


def test_the_line_of_a_race_that_was_cut_off_says_so(tmp_path):
    config = RaceConfig("ProjectLock", "sqlite", requests=1_000_000, workers=2, seconds=0.2)
    with databases.named("sqlite")() as database:
        verdict = runs.write(tmp_path, race.run(config, database), matrix="test")

    line = commands.summary(verdict, {"workers": 2, "requests": 1_000_000})
    whole = commands.summary(verdict, {"workers": 1, "requests": int(verdict["n_requests"].iloc[0])})

    assert line.endswith(f"cut: {verdict['n_requests'].iloc[0]} of 2000000 requests made")
    assert "cut" not in whole


def test_declarations_of_a_design_are_not_inherited_by_its_subclasses():
    assert DESIGNS["ReserveAndCommit"].claims_exactness
    assert not DESIGNS["ReserveWithoutLock"].claims_exactness
    assert DESIGNS["CountAndRecheck"].raced_in and not DESIGNS["CountInTransaction"].raced_in
    assert set().union(*(design.raced_in for design in DESIGNS.values())) == {
        "smoke", "cold", "crash", "kill", "workers", "spread", "isolation", "wide",
    }  # fmt: skip


def test_the_error_for_an_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(QuotaLabError, match="ProjectLock"):
        commands.run(tmp_path, design_names=["ProjectLok"])
    with pytest.raises(QuotaLabError, match="postgresql"):
        commands.run(tmp_path, database_names=["oracle"])
    with pytest.raises(QuotaLabError, match="smoke"):
        commands.run(tmp_path, matrix_name="smok")
    with pytest.raises(QuotaLabError, match="list them"):
        commands.show(tmp_path, "no-such-run")


def test_a_design_is_not_raced_in_what_it_does_not_claim():
    with pytest.raises(QuotaLabError, match="nesting"):
        RaceConfig("ReserveAndCommit", "sqlite", is_nested=True)


def test_the_same_settings_make_the_same_requests():
    def asked(config):
        client = Client(config, 1)
        results = []
        for request in itertools.islice(client.requests(), 50):
            results.append((request.kind, request.instance, request.amounts))
            client.granted(request)
        return results

    assert asked(RaceConfig("ProjectLock", "sqlite")) == asked(RaceConfig("ConditionalUpdate", "mariadb"))
    assert asked(RaceConfig("ProjectLock", "sqlite", seed=2)) != asked(RaceConfig("ProjectLock", "sqlite"))


def test_a_resumed_matrix_races_only_what_is_missing_and_explores_once(tmp_path):
    lines = []
    arguments = {"design_names": ["ProjectLock"], "database_names": ["sqlite"], "say": lines.append}
    commands.run(tmp_path, matrix_name="smoke", repetitions=1, **arguments)
    (first,) = tmp_path.glob("*/requests.parquet")
    before = first.stat().st_mtime_ns

    more = commands.run(tmp_path, matrix_name="smoke", repetitions=2, is_resumed=True, **arguments)
    none = commands.run(tmp_path, matrix_name="smoke", repetitions=2, is_resumed=True, **arguments)

    assert more["repetition"].tolist() == [1]
    assert none.empty
    assert first.stat().st_mtime_ns == before
    assert lines[-1] == "2 of 2 runs are kept already"


def test_a_request_without_an_answer_took_effect_if_its_instance_changed():
    def entry(kind, outcome, amounts):
        return {"kind": kind, "outcome": outcome, "instance_id": 7, "resources": ["cores"], "amounts": amounts}

    created, grown = entry("create", "admitted", [2]), entry("resize", "crashed", [1])
    given_up = entry("delete", "gave_up", [-2])
    answered = race.granted([created, grown])

    assert [race.has_effect(grown, answered, {7: {"cores": n}}) for n in (2, 3)] == [False, True]
    assert [race.has_effect(given_up, answered, held) for held in ({7: {"cores": 2}}, {})] == [False, True]
    assert [race.has_effect(entry("create", "crashed", [2]), {}, held) for held in ({}, {7: {"cores": 2}})] == [
        False,
        True,
    ]


@pytest.mark.parametrize("design", ["ConditionalUpdate", "AdmitLast"])
def test_a_killed_resize_is_no_fault_of_a_clean_design(design, database, tmp_path):
    config = RaceConfig(design, database.name, "kill", crash_rate=0.02, is_kill=True, limit=60, resize_share=0.4)

    table = raced(tmp_path, config, database)
    requests = runs.requests(tmp_path, config.run_id)

    assert (requests["outcome"] == "crashed").sum() > 0
    assert (table["is_linearisable"], table["drift_at_rest"], table["n_false_refusals"]) == (True, 0, 0)


def test_a_cold_start_cannot_crash_because_the_others_would_wait_for_ever():
    with pytest.raises(QuotaLabError, match="barrier"):
        RaceConfig("ConditionalUpdate", "sqlite", is_cold=True, crash_rate=0.01)


def test_another_repetition_has_other_pauses_and_crashes():
    first, again, other = (
        worker.chances(RaceConfig("CountOnly", "sqlite", repetition=n), 1).random() for n in (0, 0, 1)
    )

    assert first == again != other
