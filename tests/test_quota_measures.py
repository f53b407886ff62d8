"""The content of the notebook on races: pooled verdicts in numbers and words, and pictures with descriptions."""

import pandas as pd
import pytest

from analysis.report import figures
from analysis.report.figures.html import safe
from analysis.tables import schema
from quota_lab import databases, findings, race, runs
from quota_lab.measures import claims, engines, pictures, races, schedules, summary
from quota_lab.race_config import RaceConfig


def verdicts(*rows):
    """One run for each, from the columns that matter; other counts are 0, and the columns of a tally unknown."""
    counts = {name: 0 for name, column in schema.QUOTA_RUNS.columns.items() if column.kind == "int"}
    plain = counts | {"drift_at_rest": None, "max_drift": None, "leaked_reservations": None, "n_duplicate_usages": None,
                      "scenario": "hot", "database": "postgresql", "is_default_isolation": True,
                      "is_linearisable": True, "n_requests": 10, "n_admitted": 10, "n_refused": 10}  # fmt: skip
    filled = [plain | {"run_id": f"run-{n:03}", "repetition": n} | row for n, row in enumerate(rows)]
    return schema.QUOTA_RUNS.frame({name: [row.get(name) for row in filled] for name in schema.QUOTA_RUNS.columns})


def test_counts_are_pooled_over_repetitions_and_extremes_kept():
    table = races.pooled(
        verdicts(
            {"design": "CountOnly", "n_over": 1, "max_rows_over": 3, "is_linearisable": False},
            {"design": "CountOnly", "n_over": 2, "max_rows_over": 7, "is_linearisable": False},
            {"design": "CountOnly", "scenario": "cold", "n_over": 10},
        )
    )

    row = table.iloc[0]
    assert len(table) == 1
    assert (row["n_runs"], row["n_clean_runs"], row["n_over"], row["max_rows_over"]) == (2, 0, 3, 7)
    assert row["over_share"] == pytest.approx(3 / 20)
    assert row["over_low"] < 3 / 20 < row["over_high"]


def test_the_kept_runs_are_counted():
    table = races.kept(verdicts({"design": "CountOnly"}, {"design": "ProjectLock", "n_requests": 7}))

    assert dict(zip(table["fact"], table["n"], strict=True)) == {
        "races": 2,
        "requests": 17,
        "designs": 2,
        "databases": 1,
    }


def test_designs_come_in_their_own_order_and_what_was_not_raced_is_unknown():
    table = races.held(verdicts({"design": "ProjectLock"}, {"design": "CountOnly", "database": "mariadb"}))

    assert table["design"].tolist() == ["CountOnly", "ProjectLock"]
    assert table["postgresql"].isna().tolist() == [True, False]
    assert table["postgresql"].tolist()[1] == "held in 1 run"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"n_over": 1, "max_acknowledged_over": 4, "max_rows_over": 5}, "of admissions over, by up to 4"),
        ({"max_rows_over": 5}, "rows over by up to 5 for a moment"),
        ({"n_false_refusals": 5}, "50 % (24 % to 76 %) of refusals certainly false"),
        ({"max_drift": 2}, "tally off by up to 2"),
        ({"leaked_reservations": 3}, "3 units reserved for nobody"),
        ({"leaked_reservations": 1}, "1 unit reserved for nobody"),
        ({"n_duplicate_usages": 1}, "1 duplicate usage row"),
        ({"n_deadlocks": 6}, "6 deadlocks"),
    ],
)
def test_every_fault_is_described_in_words(row, words):
    (text,) = races.held(verdicts({"design": "ReserveAndCommit", **row}))["postgresql"]

    assert words in text
    assert "held" not in text


def test_an_interval_is_unknown_without_cases_and_else_contains_its_share():
    assert races.wilson(0, 0) == (None, None)
    assert races.wilson(0, 100) == (0.0, pytest.approx(0.037, abs=0.001))
    assert races.wilson(50, 100) == (pytest.approx(0.404, abs=0.001), pytest.approx(0.596, abs=0.001))


def test_two_designs_are_compared_repetition_by_repetition():
    rates = [("AdmitLast", 0, 200.0), ("AdmitLast", 1, 600.0), ("ConditionalUpdate", 0, 100.0)]
    rates.append(("ConditionalUpdate", 1, 200.0))
    result = verdicts(
        *({"design": d, "repetition": r, "isolation": "X", "requests_per_second": v} for d, r, v in rates)
    )

    table = races.compared(result, "AdmitLast", "ConditionalUpdate")

    assert table[["n_pairs", "least", "median", "most"]].values.tolist() == [[2, 2.0, 2.5, 3.0]]


def test_pooling_does_not_change_its_argument():
    result = verdicts({"design": "CountOnly"})
    before = result.copy(deep=True)

    races.held(result)
    races.by_workers(result)
    races.prices(result, scenario="hot")

    pd.testing.assert_frame_equal(result, before)


def conclusions(*rows):
    result = claims.claims(verdicts(*rows)).set_index("claim")
    return {claim: tuple(row) for claim, row in result.iterrows() if row["n_told"]}


def test_a_conclusion_is_checked_against_the_kept_runs_of_each_database():
    result = conclusions(
        {"design": "CountOnly", "n_over": 2},
        {"design": "CountOnly", "database": "mariadb"},
        {"design": "ReserveAndCommit", "drift_at_rest": 1},
        {"design": "ReserveAndCommit", "scenario": "cold", "drift_at_rest": 5},
    )

    assert result == {
        "A tally under a lock is exact without crashes, refreshes and cold starts": (pd.NA, "postgresql", 1),
        "Counting without a lock exceeds the limit": ("postgresql", "mariadb", 2),
    }


def test_a_conclusion_needs_both_designs_or_the_default_level():
    one = {"design": "AdmitLast", "scenario": "think", "database": "mariadb", "isolation": "REPEATABLE READ",
           "requests_per_second": 90.0, "repetition": 0}  # fmt: skip
    faster = "With work between check and write, AdmitLast is faster in every repetition"

    assert faster not in conclusions(one)
    assert conclusions(one, one | {"design": "ConditionalUpdate", "requests_per_second": 50.0})[faster][0] == "mariadb"
    assert conclusions(one, one | {"design": "ConditionalUpdate", "requests_per_second": 95.0})[faster][1] == "mariadb"
    assert not conclusions({"design": "CountOnly", "is_default_isolation": False})


def test_without_races_every_conclusion_says_that_it_has_no_runs(tmp_path):
    table = claims.claims(races.read(tmp_path))

    assert len(table) == len(claims.CLAIMS) and table["n_told"].eq(0).all()
    assert table[["shown_on", "not_shown_on"]].isna().all(axis=None)


def test_without_races_pictures_say_so_and_tables_are_empty(tmp_path):
    nothing = races.read(tmp_path)

    assert nothing.empty
    assert "No run that is kept" in pictures.curves(races.by_workers(nothing)).html()
    assert (
        "No run that is kept"
        in pictures.trace(schedules.example(tmp_path, "CountOnly", "drift", "sqlite"), name="x").html()
    )
    assert schedules.finding_rows(tmp_path).empty
    assert schedules.explored(tmp_path).empty
    assert races.held(nothing).empty


def test_the_start_page_names_the_races_of_engines_where_no_design_was_raced():
    bugs = pd.DataFrame({"fact": ["open quota bugs"], "n": [3.0], "note": ["with the word"]})
    shipped, lock = engines.read(""), {"design": "ProjectLock"}

    nothing, raced = (summary.facts(runs, shipped, bugs) for runs in (verdicts(lock).head(0), verdicts(lock)))

    assert nothing["fact"].tolist() == ["open quota bugs", "real engines raced"]
    assert nothing["n"].tolist() == [3, shipped.verdicts["engine"].nunique()]
    assert nothing["fact_page"].tolist()[1] == "18_quota_engines.html"
    assert raced["fact"].tolist()[1:3] == ["designs raced", "designs that held"]


def test_findings_are_read_back_and_their_schedule_is_drawn(tmp_path):
    with databases.named("sqlite")() as database:
        records = findings.gather(database, ["CountOnly"], lambda _: None)
    findings.write(tmp_path / races.FOLDER, records)

    table = schedules.finding_rows(tmp_path)
    drawn = pictures.trace(schedules.example(tmp_path, "CountOnly", "over_admission", "sqlite"), name="trace")

    assert table["fault"].tolist() == ["over_admission", "rows_over"]
    assert table["replays"].tolist() == [True, True]
    assert drawn.caption.startswith("CountOnly on sqlite, SERIALIZABLE: more was granted")
    assert "client 2 CountAllocations" in drawn.alt
    assert "<svg" in drawn.svg()


def test_a_run_that_cannot_be_written_leaves_no_file(tmp_path, monkeypatch):
    with databases.named("sqlite")() as database:
        result = race.run(RaceConfig("ConditionalUpdate", "sqlite", requests=5, workers=2), database)
    monkeypatch.setattr(runs, "_write", full)

    with pytest.raises(OSError):
        runs.write(tmp_path, result, matrix="test")

    assert list(tmp_path.iterdir()) == []


def full(*given):
    raise OSError(28, "No space left on device")


def test_every_design_says_where_it_comes_from_and_what_it_claims():
    table = races.designs()

    assert table[["design", "source", "claim"]].notna().all().all()
    assert table["breaks"].notna().all()
    assert (table["breaks"] == "nothing that is expected").sum() >= 5


def test_every_statement_of_a_schedule_is_shown_as_sql():
    sql = races.statements().set_index("statement")["sql"]

    assert sql["LockProject"] == "SELECT generation FROM projects WHERE project_id = ? FOR UPDATE"
    assert {"CountAllocations", "InsertUsage", "AddWithinLimit", "LockSlices", "SwapTally"} <= set(sql.index)


def test_lost_attempts_are_shown_beside_the_deadlocks_that_the_server_counted():
    result = races.conflicts(
        verdicts(
            {"design": "ProjectLock"},
            {"design": "ReserveAndCommit", "scenario": "cold", "n_deadlocks": 4, "n_server_deadlocks": 5},
            {"design": "ReserveAndCommit", "scenario": "cold", "n_deadlocks": 1, "n_server_deadlocks": 1},
        )
    )

    columns = ["design", "scenario", "n_deadlocks", "n_server_deadlocks"]
    assert result[columns].values.tolist() == [["ReserveAndCommit", "cold", 5, 6]]


def test_runs_that_differ_by_more_than_chance_widen_the_interval():
    wholes = pd.Series([100, 100, 100, 100])

    alike = races.interval(pd.Series([50, 49, 51, 50]), wholes)
    apart = races.interval(pd.Series([10, 90, 20, 80]), wholes)

    assert alike == races.wilson(200, 400)
    assert apart[0] < alike[0] - 0.2
    assert apart[1] > alike[1] + 0.2
    assert races.interval(pd.Series([0, 0]), pd.Series([50, 50])) == races.wilson(0, 100)
    assert races.interval(pd.Series([0]), pd.Series([0])) == (None, None)


def test_the_schedule_that_breaks_a_design_is_shown_completely():
    designs = races.designs()

    result = figures.table(designs, name="designs", caption="The designs").html()

    assert designs["breaks"].str.len().max() > 300
    assert all(safe(text, most=1000) in result for text in designs["breaks"])
