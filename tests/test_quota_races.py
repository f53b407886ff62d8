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
from quota_lab.race_config import Cell, Client

pytestmark = pytest.mark.database


@pytest.fixture(scope="module", params=list(databases.DATABASES))
def database(request):
    yield from running(request.param)


def raced(directory, cell, database):
    verdict = runs.write(directory, race.run(cell, database), matrix="test")
    return verdict.iloc[0]


@pytest.mark.parametrize("design", exact_names())
def test_a_clean_design_is_never_accused(design, database, tmp_path):
    cell = Cell(design, database.name, "think", think_ms=3.0, requests=20, seconds=60.0)  # time for all, on any machine

    table = raced(tmp_path, cell, database)

    assert table["n_requests"] == 160
    assert table["n_refused"] > 0, "nobody was refused: the limit was never reached"
    assert table["is_linearisable"]
    assert (table["n_over"], table["max_acknowledged_over"], table["max_rows_over"]) == (0, 0, 0)
    assert table["n_false_refusals"] == 0
    assert table["n_failed"] == 0
    assert pd.isna(table["drift_at_rest"]) or table["drift_at_rest"] == 0


def test_count_then_insert_admits_over_the_limit_on_every_database(database, tmp_path):
    table = raced(tmp_path, Cell("CountOnly", database.name, "think", think_ms=5.0), database)

    assert table["n_over"] > 0
    assert table["max_rows_over"] >= table["max_acknowledged_over"] > 0
    assert not table["is_linearisable"]


def test_the_judge_looks_up_the_effect_of_a_request_whose_worker_was_killed(database, tmp_path):
    cell = Cell("ConditionalUpdate", database.name, "kill", crash_rate=0.02, is_kill=True, limit=60)

    table = raced(tmp_path, cell, database)
    requests = runs.requests(tmp_path, cell.run_id)

    crashed = requests[requests["outcome"] == "crashed"]
    assert len(crashed) == table["n_crashed"] > 0
    assert crashed["answered_ns"].isna().all()
    assert crashed["has_effect"].notna().all()
    assert table["is_linearisable"]
    assert table["drift_at_rest"] == 0


@pytest.mark.parametrize("name", databases.DATABASES)
def test_of_a_command_that_is_killed_no_worker_no_server_and_no_file_is_left(name):
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
from quota_lab.race_config import Cell
with databases.named(sys.argv[1])() as database:
    print(database.home, getattr(database, "port", 0), flush=True)
    race.run(Cell("CountOnly", sys.argv[1], think_ms=1e9), database)
"""


def test_a_run_reads_back_as_it_was_written(tmp_path):
    cell = Cell("ProjectLock", "sqlite", requests=3, workers=2)
    with databases.named("sqlite")() as database:
        result = race.run(cell, database)
    verdict = runs.write(tmp_path, result, matrix="test")

    assert runs.names(tmp_path) == [cell.run_id]
    assert runs.requests(tmp_path, cell.run_id).equals(result.requests)
    assert runs.samples(tmp_path, cell.run_id).equals(result.samples)
    assert runs.verdicts(tmp_path).equals(verdict)
    assert runs.settings(tmp_path, cell.run_id)["seed"] == 1
    assert json.loads((tmp_path / cell.run_id / "settings.json").read_text())["database_version"]
    assert set(result.requests["run_id"]) == {cell.run_id}


def test_the_commands_run_list_and_show(tmp_path):
    said = []

    verdicts = commands.run(
        tmp_path, matrix_name="smoke", design_names=["ProjectLock"], database_names=["sqlite"], say=said.append
    )

    (run_id,) = verdicts["run_id"]
    schema.validate(verdicts, schema.QUOTA_RUNS)
    assert said[0].startswith("sqlite ")
    assert said[1].strip().startswith("1 of 1")
    assert commands.listing(tmp_path)["run_id"].tolist() == [run_id]
    text = commands.show(tmp_path, run_id)
    assert text.startswith(f"{run_id}: ") and " over, " in text.splitlines()[0]
    assert f"run_id                   {run_id}" in text


def test_the_line_of_a_race_that_was_cut_says_so(tmp_path):
    cell = Cell("ProjectLock", "sqlite", requests=1_000_000, workers=2, seconds=0.2)
    with databases.named("sqlite")() as database:
        verdict = runs.write(tmp_path, race.run(cell, database), matrix="test")

    line = commands.summary(verdict, {"workers": 2, "requests": 1_000_000})
    whole = commands.summary(verdict, {"workers": 1, "requests": int(verdict["n_requests"].iloc[0])})

    assert line.endswith(f"cut: {verdict['n_requests'].iloc[0]} of 2000000 requests made")
    assert "cut" not in whole


def test_what_is_said_of_one_design_alone_is_not_said_of_those_made_from_it():
    assert DESIGNS["ReserveAndCommit"].claims_exactness
    assert not DESIGNS["ReserveWithoutLock"].claims_exactness
    assert DESIGNS["CountAndRecheck"].raced_in and not DESIGNS["CountInTransaction"].raced_in
    assert set().union(*(design.raced_in for design in DESIGNS.values())) == {
        "smoke", "cold", "crash", "kill", "workers", "spread", "isolation", "wide",
    }  # fmt: skip


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
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
        Cell("ReserveAndCommit", "sqlite", is_nested=True)


def test_the_same_cell_asks_for_the_same_requests():
    def asked(cell):
        client = Client(cell, 1)
        results = []
        for request in itertools.islice(client.requests(), 50):
            results.append((request.kind, request.instance, request.amounts))
            client.granted(request)
        return results

    assert asked(Cell("ProjectLock", "sqlite")) == asked(Cell("ConditionalUpdate", "mariadb"))
    assert asked(Cell("ProjectLock", "sqlite", seed=2)) != asked(Cell("ProjectLock", "sqlite"))


def test_a_resumed_matrix_races_only_what_is_missing_and_explores_once(tmp_path):
    said = []
    asked = {"design_names": ["ProjectLock"], "database_names": ["sqlite"], "say": said.append}
    commands.run(tmp_path, matrix_name="smoke", repetitions=1, **asked)
    (first,) = tmp_path.glob("*/requests.parquet")
    before = first.stat().st_mtime_ns

    more = commands.run(tmp_path, matrix_name="smoke", repetitions=2, is_resumed=True, **asked)
    none = commands.run(tmp_path, matrix_name="smoke", repetitions=2, is_resumed=True, **asked)

    assert more["repetition"].tolist() == [1]
    assert none.empty
    assert first.stat().st_mtime_ns == before
    assert said[-1] == "2 of 2 runs are kept already"


def test_a_request_without_an_answer_took_effect_if_its_instance_changed():
    def entry(kind, outcome, amounts):
        return {"kind": kind, "outcome": outcome, "instance_id": 7, "resources": ["cores"], "amounts": amounts}

    created, grown = entry("create", "admitted", [2]), entry("resize", "crashed", [1])
    gone = entry("delete", "gave_up", [-2])
    answered = race.granted([created, grown])

    assert [race.has_effect(grown, answered, {7: {"cores": n}}) for n in (2, 3)] == [False, True]
    assert [race.has_effect(gone, answered, held) for held in ({7: {"cores": 2}}, {})] == [False, True]
    assert [race.has_effect(entry("create", "crashed", [2]), {}, held) for held in ({}, {7: {"cores": 2}})] == [
        False,
        True,
    ]


@pytest.mark.parametrize("design", ["ConditionalUpdate", "AdmitLast"])
def test_a_killed_resize_does_not_make_the_judge_accuse_a_clean_design(design, database, tmp_path):
    cell = Cell(design, database.name, "kill", crash_rate=0.02, is_kill=True, limit=60, resize_share=0.4)

    table = raced(tmp_path, cell, database)
    requests = runs.requests(tmp_path, cell.run_id)

    assert (requests["outcome"] == "crashed").sum() > 0
    assert (table["is_linearisable"], table["drift_at_rest"], table["n_false_refusals"]) == (True, 0, 0)


def test_a_cold_start_cannot_crash_because_the_others_would_wait_for_ever():
    with pytest.raises(QuotaLabError, match="barrier"):
        Cell("ConditionalUpdate", "sqlite", is_cold=True, crash_rate=0.01)


def test_another_repetition_draws_other_pauses_and_crashes():
    first, again, other = (worker.chances(Cell("CountOnly", "sqlite", repetition=n), 1).random() for n in (0, 0, 1))

    assert first == again != other
