"""Races predicted from one trace of each request, compared with the explorer, which tries every schedule."""

from types import SimpleNamespace

import pandas as pd
import pytest
from composed_designs import composed

from quota_lab import measures
from quota_lab.designs import DESIGNS
from quota_lab.engines import catalogue, forced_schedules, kept_results
from quota_lab.isolation import rules
from quota_lab.prediction import design_races, engine_races
from quota_lab.prediction.access import ANY, of_statement
from quota_lab.prediction.design_races import LEVELS, TABLES, traced
from quota_lab.prediction.races import predicted_faults

DEFAULTS = [("postgresql", "READ COMMITTED"), ("mariadb", "REPEATABLE READ")]
N_COMPOSED = 40


def shares(table):
    """(recall, share of false predictions, number of faults that the explorer finds)."""
    both = (table["by_trace"] & table["by_explorer"]).sum()
    return both / table["by_explorer"].sum(), 1 - both / table["by_trace"].sum(), table["by_explorer"].sum()


@pytest.fixture(scope="module")
def compared():
    return design_races.table(levels=DEFAULTS)


@pytest.mark.long
def test_traces_predict_nine_of_ten_faults_of_the_designs_and_one_of_ten_falsely(compared):
    recall, false, n_faults = shares(compared)

    assert set(compared["design"]) == set(DESIGNS)
    assert n_faults > 100
    assert recall >= 0.9
    assert false <= 0.1


@pytest.mark.long
def test_the_predictions_hold_for_designs_composed_at_random(monkeypatch):
    others = [composed(seed) for seed in range(N_COMPOSED)]
    for design in others:
        monkeypatch.setitem(DESIGNS, design.name, design)

    recall, false, n_faults = shares(design_races.table([design.name for design in others], DEFAULTS))

    assert n_faults > 20
    assert recall >= 0.9
    assert false <= 0.1


def test_the_shipped_comparison_equals_that_of_the_code(compared):
    shipped = kept_results.shipped_design_races()

    at_levels = [shipped[shipped["database"].eq(d) & shipped["isolation"].eq(i)] for d, i in DEFAULTS]
    computed = compared.sort_values(["database", "design"], ascending=[False, True], kind="stable")
    expected = pd.concat(at_levels).sort_values(["database", "design"], ascending=[False, True], kind="stable")
    assert computed.astype("string").fillna("").values.tolist() == expected.astype("string").fillna("").values.tolist()
    assert {tuple(level) for level in shipped[["database", "isolation"]].drop_duplicates().values} == set(LEVELS)


@pytest.mark.parametrize(
    ("design", "level", "faults"),
    [
        ("CountOnly", DEFAULTS[0], {"over_admission"}),
        ("CountAndRecheck", DEFAULTS[0], {"false_refusal"}),
        ("ReserveWithoutLock", DEFAULTS[0], {"over_admission", "drift", "leak"}),
        ("ReserveAndCommit", DEFAULTS[0], set()),
        ("ReadBeforeLock", DEFAULTS[0], set()),
        ("ReadBeforeLock", DEFAULTS[1], {"over_admission"}),  # the snapshot is older than the lock
        ("ProjectLock", ("postgresql", "REPEATABLE READ"), {"over_admission"}),  # it is taken before the wait
        ("Generation", DEFAULTS[0], set()),
    ],
)
def test_locks_and_snapshots_decide_whether_two_creates_race(design, level, faults):
    create = traced(design, "create")

    assert predicted_faults(create, create, TABLES, rules(*level)) == faults


def test_two_first_requests_make_two_rows_unless_a_gap_is_locked_or_a_key_is_unique():
    first = traced("ReserveAndCommit", "create", is_cold=True)
    unique = engine_races.replace(TABLES, unique=frozenset({"quota_usages"}))

    result = predicted_faults(first, first, TABLES, rules(*DEFAULTS[0]))
    assert {"duplicate_usage", "over_admission"} <= result
    assert predicted_faults(first, first, TABLES, rules(*DEFAULTS[1])) == set()
    assert predicted_faults(first, first, unique, rules(*DEFAULTS[0])) == set()


def accesses(sql, parameters=(), n_rows=1):
    return list(of_statement(sql, parameters, n_rows))


def test_a_statement_is_read_as_drivers_write_it():
    (named,) = accesses(
        "SELECT u.in_use AS a FROM quota_usages AS u WHERE u.project_id = %(p)s AND u.deleted = false FOR UPDATE",
        {"p": "7"},
    )
    (among,) = accesses("SELECT id FROM `t` WHERE t.resource IN (%s, %s)", ["cores", "ram"])
    (removed,) = accesses("UPDATE t SET deleted=id WHERE t.deleted = 0 AND t.uuid = %s", ["x"])
    (guard,) = accesses("UPDATE t SET used = used + ? WHERE id = ? AND used + ? <= most", [1, 2, 1])
    (swap,) = accesses("UPDATE t SET used = ? WHERE id = ? AND used = ?", [1, 2, 0])

    assert (named.act, named.is_locking, dict(named.keys)) == ("read", True, {"project_id": {"7"}, "deleted": {"0"}})
    assert dict(among.keys) == {"resource": {"cores", "ram"}}
    assert (removed.act, dict(removed.keys)) == ("delete", {"uuid": {"x"}})
    assert (guard.relative, guard.compared, guard.swapped) == ({"used"}, {"used"}, set())
    assert (swap.relative, swap.compared, swap.swapped) == (set(), {"used"}, {"used"})


def test_a_statement_whose_key_is_unknown_may_touch_any_row():
    (many,) = accesses("UPDATE t SET used=%(used)s WHERE t.id = %(t_id)s", ["{'used': 1}", "{'used': 2}"])
    (either,) = accesses("SELECT a FROM t WHERE (t.p = ? OR t.q = ?) AND t.r = ?", ["1", "2", "3"])
    (other,) = accesses("DELETE FROM t WHERE id = ?", ["5"])

    assert dict(many.keys) == {"id": {ANY}}
    assert many.meets(other)
    assert dict(either.keys) == {"r": {"3"}}


def statement(sql, parameters=(), n_rows=1):
    return {"sql": sql, "parameters": list(parameters), "n_rows": n_rows}


COMMIT = {"sql": "COMMIT", "parameters": []}
COUNT = statement("SELECT sum(instances.vcpus) AS s FROM instances WHERE instances.project_id = %s", ["1"])
LOCK = statement("SELECT quotas.id FROM quotas WHERE quotas.project_id = %s FOR UPDATE", ["1"])


def kept_trace(*create):
    one = "00000000-0000-0000-0000-00000000000"
    requests = [
        [*create, statement("INSERT INTO instances (uuid, project_id) VALUES (%s, %s)", [one + n, "1"]), COMMIT]
        for n in "12"
    ]
    delete = [statement("DELETE FROM instances WHERE instances.uuid = %s", [f"{one}1"]), COMMIT]
    return {"title": "nova-34.0.0", "database": "postgresql", "unique": [], "requests": [*requests, delete]}


def test_a_count_is_distinguished_from_a_count_under_a_lock():
    apart = engine_races.predicted(kept_trace(COUNT, COMMIT), "READ COMMITTED")
    locked = engine_races.predicted(kept_trace(LOCK, COUNT), "READ COMMITTED")

    assert apart == {"first": {"over_admission"}, "later": {"over_admission"}}
    assert locked == {"first": set(), "later": set()}


def test_a_unique_key_of_another_table_stops_no_first_request():
    find = statement("SELECT quota_usages.id FROM quota_usages WHERE quota_usages.project_id = %s FOR UPDATE", ["1"], 0)
    make = statement("INSERT INTO quota_usages (project_id, reserved) VALUES (%s, %s)", ["1", "0"])
    kept = kept_trace(find, make, COUNT, COMMIT) | {"title": "nova-15.1.5"}

    elsewhere = engine_races.predicted(kept | {"unique": ["instances"]}, "READ COMMITTED")["first"]
    on_usages = engine_races.predicted(kept | {"unique": ["quota_usages"]}, "READ COMMITTED")["first"]

    assert "duplicate_usage" in elsewhere
    assert on_usages == set()


@pytest.mark.parametrize(
    ("predicted", "agrees"),
    [("drift", "as predicted, and what follows"), ("", "more than predicted"), ("drift leak", "less than predicted")],
)
def test_a_tally_that_two_requests_leave_wrong_misleads_a_third(predicted, agrees):
    traced_rows = pd.DataFrame(
        [("nova-15.1.5", "", "postgresql", "READ COMMITTED", "later", predicted)], columns=kept_results.TRACED_COLUMNS
    )
    columns = list(kept_results.FAULTS.values())
    verdicts = pd.DataFrame(
        [("nova-15.1.5", "", "hot", "postgresql", "READ COMMITTED", True, *(0 for _ in columns))],
        columns=[*kept_results.IDENTITY, "is_default_isolation", *columns],
    ).assign(drift_at_rest=1, n_false_refusals=2)

    table = measures.traces.engines(kept_results.Result(verdicts, pd.DataFrame(), {}, traced=traced_rows))

    assert table["agrees"].item() == agrees


def test_results_of_other_levels_are_not_compared_with_the_default_level():
    traced_rows = pd.DataFrame(
        [("nova-15.1.5", "", "mariadb", "REPEATABLE READ", "first", "")], columns=kept_results.TRACED_COLUMNS
    )
    (story,) = {s.story for s in forced_schedules.SCHEDULES if s.isolation == "READ COMMITTED"}
    row = {"engine": "nova-15.1.5", "fault": "drift", "story": story, "database": "mariadb", "happens": True}
    nothing = pd.DataFrame(columns=[*kept_results.IDENTITY, "is_default_isolation", *kept_results.FAULTS.values()])

    for level, seen in (("READ COMMITTED", True), ("REPEATABLE READ", False)):
        its = kept_results.Result(nothing, pd.DataFrame(), {}, [row | {"isolation": level}], traced=traced_rows)
        assert measures.traces.engines(its)["seen"].isna().item() is seen


def test_the_shipped_traces_miss_no_fault_that_an_engine_showed(tmp_path):
    table = measures.traces.engines(measures.engines.read(tmp_path))

    raced = table[table["seen"].notna()]
    assert set(table["engine"]) == set(catalogue.ENGINES)
    assert len(raced) >= 30
    assert raced["seen"].ne("none").sum() >= 10
    assert raced.loc[raced["agrees"].eq("more than predicted"), ["engine", "predicted", "seen"]].values.tolist() == []
    assert raced.loc[raced["engine"].eq("cinder-18.2.1"), "predicted"].eq("none").all()


def test_at_most_one_in_ten_predicted_faults_of_the_engines_never_showed(tmp_path):
    table = measures.traces.engines(measures.engines.read(tmp_path))

    raced = table[table["seen"].notna() & table["predicted"].ne("none")]
    pairs = zip(raced["predicted"].str.split(", "), raced["seen"].str.split(", "), strict=True)
    is_seen = [fault in seen for predicted, seen in pairs for fault in predicted]
    assert len(is_seen) > 30
    assert is_seen.count(False) / len(is_seen) <= 0.1


def test_an_engine_that_was_not_raced_is_not_compared():
    traced_rows = pd.DataFrame(
        [("nova-34.0.0", "", "postgresql", "READ COMMITTED", when, "false_refusal") for when in ("first", "later")],
        columns=kept_results.TRACED_COLUMNS,
    )
    verdicts = pd.DataFrame(
        [{"engine": "nova-34.0.0", "variant": "", "scenario": "hot", "database": "postgresql",
          "is_default_isolation": True, **dict.fromkeys(kept_results.FAULTS.values(), 0), "n_over": 2}]
    )  # fmt: skip

    table = measures.traces.engines(SimpleNamespace(verdicts=verdicts, traced=traced_rows, forced=[]))

    assert table["requests"].tolist() == ["first", "later"]
    assert table["agrees"].fillna("unknown").tolist() == ["unknown", "more than predicted"]
    assert table["seen"].fillna("unknown").tolist() == ["unknown", "over admission"]
