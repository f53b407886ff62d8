"""The dataset of an earlier day, and what happened since: on the invented project, fetched over HTTP and built."""

import shutil

import pandas as pd
import pytest

import analysis
from analysis import cli
from analysis.errors import UsageError

pytestmark = pytest.mark.line
THEN = "2015-07-20T12:00"
INSTANT = pd.Timestamp(THEN, tz="UTC")
PLANNED = "milestones.targeted_on"  # the day that is planned lies ahead


@pytest.fixture(scope="module")
def data_dir(invented_project, tmp_path_factory):
    return shutil.copytree(invented_project, tmp_path_factory.mktemp("past") / "data")


@pytest.fixture(scope="module")
def nova(data_dir):
    return analysis.open(data_dir)


@pytest.fixture(scope="module")
def then(nova):
    return nova.at(THEN)


def test_nothing_of_the_past_happened_after_its_day(then):
    later = {}
    for name in then.tables.names:
        table = then.tables[name]
        for column in table.select_dtypes("datetimetz"):
            if f"{name}.{column}" != PLANNED and (table[column] > INSTANT).any():
                later[f"{name}.{column}"] = table[column].max()

    assert len(then.tables.changes) and len(then.tables.votes)
    assert later == {}


def test_the_past_holds_what_had_been_reported_and_proposed_by_then(nova, then):
    for name in ("bugs", "changes"):
        table = nova.tables[name]
        by_then = table.loc[table["created_at"] <= INSTANT, table.columns[0]]
        assert 0 < len(by_then) < len(table)
        assert set(then.tables[name].iloc[:, 0]) == set(by_then), name


def test_ages_and_weeks_of_the_past_end_on_its_day(then):
    fixes = then.fixes()

    assert then.as_of == INSTANT and (fixes["age_days"].dropna() >= 0).all()
    assert then.opened(every="week").index.max() <= INSTANT.tz_localize(None)
    assert then.by_week(weeks=4)["at"].max() <= INSTANT


def test_the_past_leaves_the_tables_of_today_as_they_were(nova, then, data_dir):
    assert analysis.open(data_dir).as_of == nova.as_of > then.as_of
    assert len(analysis.open(data_dir).fixes()) == len(nova.fixes())


def test_the_second_time_the_past_is_not_built_again(nova, then):
    written = {path: path.stat().st_mtime_ns for path in then.store.processed.rglob("*.parquet")}

    again = nova.at(THEN)

    assert written and {path: path.stat().st_mtime_ns for path in again.store.processed.rglob("*.parquet")} == written


def test_analysis_opens_the_past_itself(data_dir, then):
    assert analysis.open(data_dir, as_of=THEN).fixes().equals(then.fixes())


def test_what_is_still_to_come_is_no_past(nova):
    with pytest.raises(UsageError) as raised:
        nova.at("2035-01-01")

    assert "up to that of the data" in raised.value.expected


def test_each_event_is_a_difference_between_then_and_now(nova, then):
    events = nova.compare(THEN)
    was_open, is_open = set(then.fixes()["change_number"]), set(nova.fixes()["change_number"])
    of_fixes = events.dropna(subset=["change_number"])
    numbers = of_fixes.groupby("event")["change_number"].agg(set)

    assert numbers["entered"] == is_open - was_open
    assert set().union(*(numbers.get(event, set()) for event in ("merged", "abandoned"))) <= was_open - is_open
    reported = events.loc[events["event"].eq("reported"), "bug_id"]
    assert len(reported) and set(reported) == set(nova.reported()["bug_id"]) - set(then.reported()["bug_id"])


def test_the_commands_count_what_the_dataset_counts(nova, data_dir, capsys):
    who = nova.fixes()["owner_name"].iloc[0]
    code = cli.main(["--data-dir", str(data_dir), "limits"])
    over = capsys.readouterr().out
    assert cli.main(["--data-dir", str(data_dir), "todo", "--reviewer", who]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.lstrip()[:2].rstrip(".").isdigit()]

    assert code == (10 if len(nova.over_limit()) else 0)
    assert f": {len(nova.over_limit())} over a limit" in over
    assert len(listed) == len(nova.person(who).todo()) > 0


def test_the_past_that_is_built_and_the_report_that_was_kept_say_the_same(nova, data_dir, capsys):
    built = nova.compare(THEN)
    for words in (("build", "--as-of", THEN), ("report", "03_review_state"), ("build",), ("report", "03_review_state")):
        assert cli.main(["--data-dir", str(data_dir), *words]) == 0
    capsys.readouterr()

    kept = analysis.open(data_dir).compare(THEN)
    assert cli.main(["--data-dir", str(data_dir), "compare", "2015-07-20"]) == 0

    pd.testing.assert_frame_equal(kept, built)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("- ")]
    assert len(lines) == len(kept) > 0
