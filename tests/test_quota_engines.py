"""The races of engines, tested with an invented engine; `make quota-engines` races the real ones."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import running

from analysis.errors import QuotaLabError
from quota_lab import runs
from quota_lab.designs import DESIGNS
from quota_lab.engines import (
    catalogue,
    engine_race,
    environments,
    experiment,
    forced_schedules,
    kept_results,
    keyword_names,
    killed_steps,
)
from quota_lab.engines.adapters import Adapter
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.engines.host import load
from quota_lab.engines.kept_results import Result
from quota_lab.measures import engines as measures
from quota_lab.measures import killed_creates as measures_of_kills
from quota_lab.measures import liberty, removal

INVENTED = Path(__file__).parent / "engine"
SMALLEST = "placement-16.0.0"  # CI races it: see test_quota_real_engine.py
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def postgresql():
    yield from running("postgresql")


@pytest.fixture(scope="module")
def host(postgresql):
    sys.path.insert(0, str(INVENTED))
    try:
        import invented_engine

        interpreter = environments.Interpreter(Path(sys.executable), INVENTED)
        with engine_race.Host(invented_engine.ENGINE, postgresql, interpreter=interpreter) as host:
            yield host
    finally:
        sys.path.remove(str(INVENTED))


def config(design, scenario="hot", **settings):
    return EngineConfig(design, "postgresql", scenario, **{"limit": 5, "requests": 6, "seconds": 60.0} | settings)


def raced(config, host, tmp_path):
    return runs.write(tmp_path, engine_race.run(config, host), matrix=experiment.MATRIX).iloc[0]


@pytest.mark.database
def test_a_correct_engine_shows_no_fault(host, tmp_path):
    table = raced(config("invented-1.0"), host, tmp_path)

    assert table["n_requests"] == 48
    assert table["n_refused"] > 0, "nobody was refused: the limit was never reached"
    assert table["is_linearisable"]
    assert (table["n_over"], table["max_rows_over"], table["n_false_refusals"], table["n_failed"]) == (0, 0, 0, 0)
    assert pd.isna(table["drift_at_rest"])


@pytest.mark.database
def test_a_correct_engine_shows_no_fault_where_instances_are_resized(host, tmp_path):
    resized = config("invented-1.0", "resize", resize_share=0.5, delete_share=0.2, limit=9, requests=12)

    race = engine_race.run(resized, host)
    table = runs.write(tmp_path, race, matrix=experiment.MATRIX).iloc[0]

    resizes = race.requests[race.requests["kind"].eq("resize")]
    assert {"admitted", "refused"} <= set(resizes["outcome"])
    assert table["is_linearisable"]
    assert (table["n_over"], table["max_rows_over"], table["n_false_refusals"], table["n_failed"]) == (0, 0, 0, 0)


@pytest.mark.database
def test_a_cold_start_shows_the_fault_of_an_engine_without_a_lock(host, tmp_path):
    cold = config("invented-1.0 unlocked", "cold", is_cold=True, limit=1, sizes=(1,), projects=10, requests=10)

    table = raced(cold, host, tmp_path)

    assert table["n_over"] > 0
    assert table["rows_over_at_rest"] > 0
    assert not table["is_linearisable"]


@pytest.mark.database
def test_the_isolation_level_is_set_on_the_server_and_reset_after_the_race(host, tmp_path):
    table = raced(config("invented-1.0", isolation="SERIALIZABLE"), host, tmp_path)

    session = host.main.session()
    assert table["isolation"] == "SERIALIZABLE"
    assert not table["is_default_isolation"]
    assert session.default_isolation() == "READ COMMITTED"
    session.close()


@pytest.mark.database
def test_an_error_in_an_engine_is_raised_with_its_traceback(host):
    with pytest.raises(QuotaLabError, match="KeyError"):
        host.ask("prepare", settings={"no": "design"})


def test_only_engines_that_can_resize_are_raced_with_resizes():
    configs = {
        (name, config.scenario): config
        for name, engine in catalogue.ENGINES.items()
        for config in experiment.scenarios(engine, engine.databases[0])
    }

    can = {name for name, engine in catalogue.ENGINES.items() if "resize" in engine.scenarios}
    assert {name for name, scenario in configs if scenario == "resize"} == can
    assert all(load(catalogue.ENGINES[name].adapter).resize is not Adapter.resize for name in can)
    assert all(
        load(engine.adapter).resize is Adapter.resize for name, engine in catalogue.ENGINES.items() if name not in can
    )
    assert (configs["cinder-29.0.0", "resize"].shrink_share, configs["nova-15.1.5", "resize"].shrink_share) == (
        0.0,
        0.5,
    )
    with pytest.raises(QuotaLabError, match="without resizes"):
        EngineConfig("trove-26.0.0", "mariadb", resize_share=0.5, sizes=(1,))


@pytest.mark.parametrize("name", catalogue.ENGINES)
def test_every_engine_has_a_design_that_exists_and_pins_every_library(name):
    engine = catalogue.ENGINES[name]

    pinned = environments.pinned(engine.era)

    assert engine.design in DESIGNS
    assert engine.databases
    assert len(pinned) > (50 if engine.name == SMALLEST else 100)
    for requirement in (*pinned, *engine.packages):
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._+-]+( --hash=sha256:[0-9a-f]{64})*", requirement), (
            requirement
        )


def test_what_ci_installs_has_a_hash_for_every_package():
    smallest = catalogue.named(SMALLEST)

    requirements = [*environments.pinned(smallest.era), *environments.own_packages(smallest)]

    assert [line for line in requirements if "--hash=sha256:" not in line] == []
    assert [line.split(" ")[0] for line in environments.own_packages(smallest)] == list(smallest.packages)


@pytest.mark.parametrize("name", catalogue.ENGINES)
@pytest.mark.parametrize("database", ["postgresql", "mariadb"])
def test_the_experiment_runs_every_race_five_times_under_different_names(name, database):
    configs = experiment.configs(catalogue.ENGINES[name], database, repetitions=5, seed=1)

    names = [config.run_id for config in configs]
    assert len(set(names)) == len(names) >= 10
    assert {config.repetition for config in configs} == {0, 1, 2, 3, 4}
    assert {"hot", "cold"} <= {config.scenario for config in configs}
    assert not any(re.search(r"[ /]", name) for name in names)


def test_the_number_of_races_left_and_their_duration_are_printed_first():
    configs = experiment.configs(catalogue.named("trove-26.0.0"), "mariadb", repetitions=5, seed=1)
    kept = [config.run_id for config in configs[:6]]

    assert experiment.time_left(["trove-26.0.0"], ["postgresql", "mariadb"], kept=[]).startswith(
        "10 of 10 races are left"
    )
    assert experiment.time_left(["trove-26.0.0"], ["mariadb"], kept=kept).startswith(
        "4 of 10 races are left: about 1 min"
    )
    every = [config.run_id for config in configs]
    assert experiment.time_left(["trove-26.0.0"], ["mariadb"], kept=every) == "all 10 races are kept already"


def test_the_error_for_an_engine_that_is_not_installed_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv(environments.PLACE, str(tmp_path))

    with pytest.raises(QuotaLabError, match="make quota-engines"):
        environments.interpreter(catalogue.named("nova-15.1.5"))


def test_an_environment_made_from_another_list_counts_as_missing(tmp_path, monkeypatch):
    monkeypatch.setenv(environments.PLACE, str(tmp_path))
    for name, requirements in (("wallaby", ["six==1.0"]), ("cinder-17.0.1", ["cinder==17.0.1"])):
        (tmp_path / name).mkdir()
        (tmp_path / name / environments.MADE).write_text(environments.digest(requirements))

    assert environments.missing(catalogue.named("cinder-17.0.1")) == "wallaby was made from another list"


def test_a_file_that_differs_from_its_wheel_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(environments.PLACE, str(tmp_path))
    place = tmp_path / "cinder-17.0.1"
    (place / "cinder-17.0.1.dist-info").mkdir(parents=True)
    (place / "same.py").write_text("x = 1\n")
    (place / "other.py").write_text("x = 2\n")
    right = "same.py,sha256=3HH1C_Kdt9gY36bVFuNaCSodobHRxkIMq2KBcjuMfMY,6"
    (place / "cinder-17.0.1.dist-info" / "RECORD").write_text(f"{right}\n{right.replace('same', 'other')}\n")

    table = environments.differences(catalogue.named("cinder-17.0.1"))

    assert "other.py" in table


def test_only_the_name_async_is_respelt():
    source = 'def f(a, async=False):\n    """Not async."""\n    return a.async  # async\n'

    text, lines = keyword_names.respelt(source)

    assert text == 'def f(a, async_=False):\n    """Not async."""\n    return a.async_  # async\n'
    assert lines == [1, 3]
    compile(text, "f", "exec")


def test_a_respelt_name_is_reported_with_its_function(tmp_path, monkeypatch):
    monkeypatch.setenv(environments.PLACE, str(tmp_path))
    for name, text in (
        ("nova/db/sqlalchemy/api.py", "def pick():\n    return manager.async\n"),
        ("oslo_db/sqlalchemy/enginefacade.py", "class Manager:\n    def async(self):\n        pass\n"),
    ):
        path = tmp_path / "nova-15.1.5" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)

    assert environments.respelt(catalogue.named("nova-15.1.5")) == [
        "nova.db.sqlalchemy.api, line 2: pick",
        "oslo_db.sqlalchemy.enginefacade, line 2: Manager.async_",
    ]


def test_the_host_needs_no_library_of_ours():
    root = Path(engine_race.__file__).parents[2]
    code = (
        f"import sys; sys.path.insert(0, {str(root / 'quota_lab' / 'engines')!r}); import bootstrap\n"
        f"for name in ('analysis', 'quota_lab'): bootstrap.expose(name, {str(root)!r})\n"
        "import quota_lab.engines.host\n"
        "print(sorted({'pandas', 'pyarrow', 'twin'} & set(sys.modules)))\n"
    )

    done = subprocess.run([sys.executable, "-I", "-c", code], text=True, capture_output=True, check=True)

    assert done.stdout.strip() == "[]"


def result(*rows, forced_rows=()):
    """An invented result: (engine, variant, scenario, database, design, predicted, {column: value})."""
    zero = dict.fromkeys(
        ("n_over", "max_rows_over", "n_false_refusals", "drift_at_rest", "leaked_reservations", "n_duplicate_usages",
         "n_deadlocks", "n_failed", "n_gave_up", "n_crashed", "n_serialization", "n_swaps", "max_acknowledged_over",
         "rows_over_at_rest"), 0,
    )  # fmt: skip
    same = {"n_requests": 100, "n_creates": 80, "n_admitted": 40, "n_refused": 40, "is_linearisable": True,
            "is_default_isolation": True, "p50_ms": 10.0, "requests_per_second": 50.0, "repetition": 0}  # fmt: skip
    identities = [dict(zip(kept_results.IDENTITY, (*row[:4], "DEFAULT"), strict=True)) for row in rows]
    verdicts = pd.DataFrame([{**zero, **same, **i, **row[6]} for i, row in zip(identities, rows, strict=True)])
    predictions = pd.DataFrame(
        [{**i, "design": row[4], "predicted": row[5]} for i, row in zip(identities, rows, strict=True)]
    )
    return Result(verdicts, predictions, {}, list(forced_rows))


def forced_row(engine, fault, *, happens, impossible="", scenario="cold"):
    """A schedule that was forced in an engine, as the kept result tells it."""
    return {
        "engine": engine, "scenario": scenario, "database": "postgresql", "isolation": "DEFAULT", "fault": fault,
        "happens": happens, "impossible": impossible,
    }  # fmt: skip


def test_more_faults_than_predicted_are_reported_and_fewer_are_consistent():
    table = measures.compared(
        result(
            ("nova-15.1.5", "", "cold", "postgresql", "ReserveAndCommit", "over_admission duplicate_usage",
             {"n_over": 3, "n_duplicate_usages": 2}),
            ("cinder-18.2.1", "", "cold", "postgresql", "ReserveAndCommit", "over_admission duplicate_usage", {}),
            ("nova-34.0.0", "", "hot", "postgresql", "CountAndRecheck", "false_refusal", {"n_over": 1}),
            ("neutron-29.0.0", "DbQuotaDriver", "hot", "postgresql", "", None, {"n_over": 1}),
            forced_rows=[forced_row("cinder-18.2.1", "duplicate_usage", happens=False, impossible="the unique key")],
        )
    )  # fmt: skip

    assert table["agrees"].tolist() == ["as predicted", "less than predicted", "more than predicted", "no model"]
    assert table["explanation"].str.contains("unique key").fillna(False).tolist() == [False, True, False, False]
    assert table["did"].tolist() == ["over admission, duplicate usage", "none", "over admission", "over admission"]


def test_each_predicted_fault_that_no_race_showed_says_whether_it_was_forced():
    faults = "over_admission false_refusal drift leak"
    table = measures.compared(
        result(
            ("cinder-29.0.0", "", "kill", "postgresql", "ReserveAndCommit", faults, {}),
            forced_rows=[
                forced_row("cinder-29.0.0", "drift", happens=True, scenario="kill"),
                forced_row("cinder-29.0.0", "leak", happens=True, scenario="hot"),
                forced_row("cinder-29.0.0", "over_admission", happens=False, impossible="locked", scenario="kill"),
                forced_row("cinder-29.0.0", "false_refusal", happens=True, scenario="cold"),
            ],
        )
    )

    assert table["explanation"].item().split("; ") == [
        "over admission: locked",
        "false refusal: did not come up in these races, and no schedule was tried",
        "drift, leak: did not come up in these races, happens when it is forced",
    ]


def test_every_difference_from_liberty_says_whether_a_race_can_tell():
    functions, differences = liberty.functions(), liberty.differences()

    assert (functions["n_same"] <= functions[["n_liberty", "n_ocata"]].min(axis=1)).all()
    assert not differences.isna().any(axis=None)
    assert differences["can_tell"].str.match("(yes|no)(:|$)").all()


def test_removing_the_tally_is_counted_per_thousand_requests_beside_its_own_default():
    raced = result(
        ("nova-15.1.5", "", "hot", "postgresql", "ReserveAndCommit", "none", {}),
        ("nova-15.1.5", "until_refresh=1", "hot", "postgresql", "ReserveWithRefresh", "none",
         {"n_false_refusals": 6, "p50_ms": 15.0}),
    )  # fmt: skip
    table = removal.table(raced).set_index("variant")

    assert table.loc["default", ["over_per_1000", "false_per_1000", "latency_ratio"]].tolist() == [0.0, 0.0, 1.0]
    assert table["over_per_1000_first"].isna().all(), "no first request was raced"
    assert table.loc["until_refresh=1", ["false_per_1000", "latency_ratio"]].tolist() == [60.0, 1.5]
    assert removal.answer(raced) == (
        "Recounting at every request, and nothing else, does not help: of a thousand requests 0 go over and 60 are "
        "refused although they fit, with the cached tally 0 and 0"
    )


@pytest.mark.parametrize(
    ("cached", "recounted", "verdict"), [(6, 0, "helps"), (6, 6, "made no clear difference"), (0, 6, "does not help")]
)
def test_the_answer_follows_the_figures(cached, recounted, verdict):
    raced = result(
        ("nova-15.1.5", "", "hot", "postgresql", "ReserveAndCommit", "none", {"n_over": cached}),
        ("nova-15.1.5", "until_refresh=1", "hot", "postgresql", "ReserveWithRefresh", "none", {"n_over": recounted}),
    )

    assert removal.answer(raced).split(": ")[0] == f"Recounting at every request, and nothing else, {verdict}"


def test_the_answer_names_the_faults_of_first_requests():
    cached = ("nova-15.1.5", "", "hot", "postgresql", "ReserveAndCommit", "none", {})
    recounted = ("nova-15.1.5", "until_refresh=1", "hot", "postgresql", "ReserveWithRefresh", "none", {"n_over": 6})
    first = ("nova-15.1.5", "", "cold", "postgresql", "ReserveAndCommit", "over_admission", {"n_over": 43})

    assert removal.answer(result(cached, recounted, first)).endswith("it lets 430 over")


def test_more_than_predicted_after_errors_is_explained_by_them():
    table = measures.compared(
        result(
            ("nova-34.0.0", "", "serializable", "postgresql", "CountAndRecheck", "none", {"n_over": 1, "n_failed": 7})
        )
    )

    assert table["explanation"].item().startswith("7 requests ended in an error")


def test_there_is_no_answer_where_one_side_was_not_raced():
    assert removal.answer(result(("placement-16.0.0", "", "hot", "postgresql", "Generation", "none", {}))) == ""


@pytest.mark.parametrize("schedule", forced_schedules.SCHEDULES, ids=lambda s: f"{s.title} {s.fault}")
def test_every_forced_schedule_names_an_engine_and_clients_that_exist(schedule):
    engine, _ = catalogue.variant(schedule.title)

    assert engine.name in catalogue.ENGINES
    assert {client for client, _, _ in schedule.moves} <= set(range(len(schedule.requests)))
    assert any(until in (forced_schedules.END, forced_schedules.KILL) for _, until, _ in schedule.moves)


def test_of_two_refusals_one_is_false_only_if_no_row_is_left():
    schedule = next(s for s in forced_schedules.SCHEDULES if s.fault == "false_refusal" and s.title == "nova-34.0.0")

    assert forced_schedules.shows(schedule, ["refused", "refused"], {"counted": 0})
    assert not forced_schedules.shows(schedule, ["refused", "refused"], {"counted": 1})
    assert not forced_schedules.shows(schedule, ["refused", "admitted"], {"counted": 1})


def test_a_forced_leak_names_the_units_that_stay_reserved():
    row = {"engine": "trove-26.0.0", "fault": "leak", "story": "s", "database": "mariadb", "happens": True, "limit": 2,
           "outcomes": ["admitted"], "left": {"counted": 2, "reserved": -1, "open_reservations": 0}}  # fmt: skip

    words = measures.forced(Result(pd.DataFrame(), pd.DataFrame(), {}, [row]))["mariadb"].item()

    assert words == "happens (admitted): 2 of 2 used, -1 reserved when all have ended"


def killed(engine, statements, *left):
    """One create, killed before each of its statements: what is left each time, as (counted, tallied, reserved)."""
    names = ("counted", "tallied", "reserved")
    return [
        {"engine": engine, "database": "mariadb", "step": step, "statement": statement,
         "left": dict(zip(names, its, strict=False)) | ({"open_reservations": its[2]} if its[1:] else {})}
        for step, (statement, its) in enumerate(zip(statements, left, strict=True), 1)
    ]  # fmt: skip


def killed_table(rows):
    return measures_of_kills.table(Result(pd.DataFrame(), pd.DataFrame(), {}, killed=rows)).set_index("engine")


RESERVING = ["SELECT quota_usages.id AS id", "INSERT INTO reservations (id", "COMMIT", "INSERT INTO instances (id",
             "COMMIT", "UPDATE quota_usages SET", "COMMIT", "SELECT 1"]  # fmt: skip


def test_kills_are_counted_by_the_rows_they_leave_and_their_statements():
    none, held, unfinished, whole = (0, 0, 0), (0, 0, 1), (1, 0, 1), (1, 1, 0)
    rows = killed("nova-15.1.5", RESERVING, none, none, none, held, held, unfinished, unfinished, whole)

    row = killed_table(rows[::-1]).loc["nova-15.1.5"]

    assert row.drop(["database", "left_behind"]).to_dict() == {
        "n_steps": 8, "n_clean_steps": 3, "n_drift_steps": 2, "n_reserved_steps": 4, "n_unanswered_steps": 3
    }  # fmt: skip
    reserved, made = "3 (COMMIT after INSERT INTO reservations)", "5 (COMMIT after INSERT INTO instances)"
    counted = "7 (COMMIT after UPDATE quota_usages)"
    assert row["left_behind"].split("; ") == [
        f"drift: after {made} until {counted}",
        f"reserved for nobody: after {reserved} until {counted}",
        f"a row, and no answer: after {made} to the end",
    ]


def test_a_negative_reservation_counts_as_left_behind():
    table = killed_table(killed("trove-26.0.0", ["COMMIT", "COMMIT"], (0, 0, -1), (0, 0, 0)))

    assert table["n_reserved_steps"].item() == 1
    assert table["left_behind"].item() == "reserved for nobody: from the beginning until 1 (COMMIT)"


def test_without_a_tally_its_drift_is_unknown_and_a_clean_engine_leaves_nothing():
    table = killed_table(killed("placement-16.0.0", ["SELECT rp.id", "COMMIT"], (0,), (0,)))

    row = table.loc["placement-16.0.0"]
    assert (row["n_steps"], row["n_clean_steps"], row["n_unanswered_steps"]) == (2, 2, 0)
    assert row[["n_drift_steps", "n_reserved_steps"]].isna().all() and row["left_behind"] == "nothing"


def test_reservations_of_a_counting_engine_are_left_behind_without_a_tally():
    row = killed("neutron-29.0.0 DbQuotaDriver", ["COMMIT"], (0,))[0]

    table = killed_table([row | {"left": {"counted": 0, "open_reservations": 1}}])

    assert (table["n_reserved_steps"].item(), table["n_clean_steps"].item()) == (1, 0)
    assert table["n_drift_steps"].isna().all()


def test_without_kills_the_table_is_empty_and_typed():
    table = measures_of_kills.table(result())

    assert table.columns.tolist() == measures_of_kills.COLUMNS
    assert len(table) == 0


def test_kills_of_every_database_are_kept_and_written_with_the_result(tmp_path):
    one, other = killed("trove-26.0.0", ["COMMIT"], (0, 0, 0)), killed("cinder-29.0.0", ["COMMIT"], (0, 0, 0))
    for name, rows in (("mariadb", one), ("postgresql", other)):
        (tmp_path / f"killed-{name}.json").write_text(json.dumps(rows))

    read = kept_results.rows(tmp_path, "killed")
    kept_results.write(replace(result(), killed=read), tmp_path)

    assert read == one + other
    assert json.loads((tmp_path / "killed.json").read_text()) == read


def test_the_shipped_kills_cover_every_engine_and_each_step(tmp_path):
    rows = pd.DataFrame(measures.read(tmp_path).killed)

    steps = rows.groupby(["engine", "database"])["step"].agg(list)
    assert set(steps.index) == {
        (engine.titles[0], database) for engine in catalogue.ENGINES.values() for database in engine.databases
    }
    assert all(its == list(range(1, len(its) + 1)) and len(its) > 1 for its in steps)
    assert rows["statement"].str.len().between(1, killed_steps.SHOWN).all()


@pytest.mark.database
def test_a_client_that_has_answered_cannot_be_killed(host):
    alone = config("invented-1.0", workers=1)
    host.clear()
    host.ask("prepare", settings=asdict(alone))

    answer = host.ask(
        "schedule", settings=asdict(alone), requests=[["create", 1, 1]], moves=[[0, "end", 1], [0, "kill", 1]]
    )

    assert answer["outcomes"] == ["admitted"]


@pytest.mark.database
def test_an_engine_whose_statements_are_not_traced_has_no_steps(host):
    assert list(killed_steps.every(host)) == []


def test_one_refusal_is_false_where_the_request_would_fit():
    schedule = next(
        s for s in forced_schedules.SCHEDULES if s.fault == "false_refusal" and s.title.startswith("neutron")
    )

    assert forced_schedules.shows(schedule, ["admitted", "refused"], {"counted": 1})
    assert not forced_schedules.shows(schedule, ["admitted", "admitted"], {"counted": 2})


def test_units_reserved_after_the_end_are_a_leak_whatever_their_sign():
    schedule = next(s for s in forced_schedules.SCHEDULES if s.fault == "leak")

    assert forced_schedules.shows(schedule, ["admitted", "admitted"], {"counted": 2, "reserved": -1})
    assert forced_schedules.shows(
        schedule, ["admitted", "admitted"], {"counted": 2, "reserved": 0, "usage_rows": [[0, 1], [2, -1]]}
    )
    assert not forced_schedules.shows(
        schedule, ["admitted", "admitted"], {"counted": 2, "reserved": 0, "usage_rows": [[2, 0]]}
    )


def test_the_shipped_result_has_real_races_and_answers_the_question(tmp_path):
    table = measures.read(tmp_path)

    verdicts = table.verdicts
    cold = verdicts[verdicts["scenario"].eq("cold") & verdicts["is_default_isolation"]]
    faults = cold.groupby(["engine", "database"])[["n_over", "n_duplicate_usages"]].sum()
    assert table.provenance["n_races"] == len(verdicts)
    assert set(table.provenance["databases"]) == {"postgresql", "mariadb"}
    assert faults.loc[("cinder-17.0.1", "postgresql"), "n_duplicate_usages"] > 0
    assert faults.loc[("nova-15.1.5", "postgresql")].gt(0).all()
    assert faults.loc[("nova-15.1.5", "mariadb")].eq(0).all()
    correct = verdicts[
        verdicts["engine"].isin([name for name, engine in catalogue.ENGINES.items() if engine.is_correct])
        & verdicts["variant"].eq("")
        & verdicts["scenario"].isin(["hot", "cold"])
        & verdicts["is_default_isolation"]
    ]
    assert len(correct) >= 5
    assert correct["is_linearisable"].all()
    assert correct[["n_over", "n_false_refusals"]].sum().sum() == 0
