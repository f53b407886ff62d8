"""The smallest real engine on a real server. CI installs it outside the checkout; elsewhere it may be missing."""

import os
from dataclasses import asdict

import pytest
from conftest import missing, running

from quota_lab import runs
from quota_lab.engines import catalogue, engine_race, environments, experiment, forced_schedules, killed_steps
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.prediction import engine_races

ENGINE = catalogue.named("placement-16.0.0")
pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def host():
    if lack := environments.missing(ENGINE):
        if not os.environ.get("ANALYSIS_REQUIRE"):
            missing(f"a real engine ({lack}; `quota-lab engines --install-only --engine {ENGINE.name}` makes it)")
        environments.install([ENGINE.name], print)
    for database in running("postgresql"):
        with engine_race.Host(ENGINE, database) as host:
            yield host


def test_every_file_of_the_engine_is_as_its_wheel_brought_it(host):
    assert environments.differences(ENGINE) == []


def test_a_correct_real_engine_shows_no_fault_in_a_race(host, tmp_path):
    config = EngineConfig(
        ENGINE.name, "postgresql", "hot", resources=("VCPU",), limit=5, sizes=(1, 2), workers=4, requests=8,
        seconds=60.0,
    )  # fmt: skip

    row = runs.write(tmp_path, engine_race.run(config, host), matrix=experiment.MATRIX).iloc[0]

    assert row["n_requests"] == 32
    assert row["n_admitted"] > 0
    assert row["n_refused"] > 0, "nobody was refused: the limit was never reached"
    assert row["is_linearisable"]
    assert (row["n_over"], row["max_rows_over"], row["n_false_refusals"]) == (0, 0, 0)


def test_the_generation_admits_only_one_of_two_concurrent_requests(host):
    (schedule,) = (s for s in forced_schedules.SCHEDULES if s.title == ENGINE.name)

    done = forced_schedules.run(schedule, host)

    assert sorted(outcome.split(" ")[0] for outcome in done["outcomes"]) == ["admitted", "refused"]
    assert done["left"]["counted"] == schedule.limit
    assert not done["happens"]


def test_a_kill_at_any_step_leaves_the_whole_allocation_or_nothing(host):
    steps = list(killed_steps.every(host))

    counted = [row["left"]["counted"] for row in steps]
    assert [row["step"] for row in steps] == list(range(1, len(steps) + 1))
    assert any(row["statement"].startswith("INSERT INTO allocations") for row in steps)
    assert counted[0] == 0, "killed before its first statement it made a row"
    assert set(counted) <= {0, 1}
    assert counted == sorted(counted), "a row was there and vanished again"


def test_the_trace_of_each_request_alone_predicts_no_race(host):
    kept = engine_race.follow(ENGINE.name, host)

    statements = [statement["sql"] for statement in kept["requests"][0]]
    assert any("UPDATE resource_providers" in sql for sql in statements), "the generation was not seen"
    assert engine_races.predicted(kept, "READ COMMITTED") == {"first": set(), "later": set()}


def test_without_its_generation_the_same_trace_would_race(host):
    kept = engine_race.follow(ENGINE.name, host)
    for statements in kept["requests"]:
        statements[:] = [s for s in statements if "UPDATE resource_providers" not in s["sql"]]

    assert "over_admission" in engine_races.predicted(kept, "READ COMMITTED")["later"]


def test_limits_are_set_in_every_project_of_a_race(host):
    config = EngineConfig(ENGINE.name, "postgresql", "hot", resources=("VCPU",), sizes=(1,), projects=3)

    host.clear()
    host.ask("prepare", settings=asdict(config))

    session = host.main.session()
    assert session.run("SELECT count(*) FROM inventories") == [(3,)]
    session.close()
