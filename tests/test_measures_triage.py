"""New bugs, untriaged bugs, and closed bugs."""

import invented_tables
import pandas as pd
import pytest

from analysis.report import figures, measures
from analysis.tables import schema

AS_OF = pd.Timestamp(invented_tables.AS_OF)
SINCE = AS_OF - pd.Timedelta(days=20)


@pytest.fixture
def tables():
    return invented_tables.tables()


def recent(tables):
    inputs = {name: tables[name] for name in ("bugs", "bug_tasks", "area_members", "areas")}
    return measures.recent_bugs(**inputs, launchpad_project="nova", release="liberty", as_of=AS_OF)


def untriaged(tables):
    return measures.untriaged_bugs(recent(tables), tables["similar_bugs"], tables["bugs"])


def with_tasks(tables, **changed):
    """The tables with other values in the tasks of nova: `status={7: "New"}`."""
    tasks = tables["bug_tasks"].copy()
    for column, values in changed.items():
        for bug_id, value in values.items():
            tasks.loc[(tasks["bug_id"] == bug_id) & (tasks["target"] == "nova"), column] = value
    return tables | {"bug_tasks": tasks}


def closed_on(tables, bug_id, days, status="Fix Released"):
    at = {bug_id: AS_OF - pd.Timedelta(days=days)}
    return with_tasks(tables, status={bug_id: status}, is_open={bug_id: False}, closed_at=at)


def alike(*rows):
    """Rows (bug_id, other_bug_id, similarity)."""
    return schema.SIMILAR_BUGS.frame(
        {
            "bug_id": [row[0] for row in rows],
            "other_bug_id": [row[1] for row in rows],
            "similarity": [row[2] for row in rows],
            "likeness": ["very similar" if row[2] >= 0.5 else "similar" for row in rows],
            "is_known_duplicate": [False for _ in rows],
        }
    )


def facts(tables):
    named = {"bugs": tables["bugs"], "bug_tasks": tables["bug_tasks"], "launchpad_project": "nova", "since": SINCE}
    return measures.triage_facts(recent(tables), untriaged(tables), **named).set_index("fact")


def test_bugs_of_unknown_status_are_named_beside_untriaged_ones(tables):
    table = facts(with_tasks(tables, status={2: None}, is_open={2: None}))

    assert table.loc["untriaged", "note"].endswith("; the status of 1 more is unknown")
    assert "unknown" not in facts(tables).loc["untriaged", "note"]


def test_untriaged_bugs_are_new_public_no_duplicates_and_newest_first(tables):
    tables = with_tasks(tables, status={2: "New", 4: "New", 6: "New", 7: "New"}, is_open={2: True, 4: True, 7: True})

    table = untriaged(tables)

    assert table["bug_id"].tolist() == [7, 2]  # 4 is private, 6 a duplicate
    assert table["age_days"].tolist() == [15.0, 90.0]
    assert table["areas"].tolist() == [[], ["Scheduler"]]


def test_a_possible_duplicate_is_named_only_if_it_is_likely_and_public(tables):
    tables = with_tasks(tables, status={2: "New", 7: "New"}, is_open={2: True, 7: True})
    tables |= {"similar_bugs": alike((7, 5, 0.6), (7, 4, 0.9), (7, 1, 0.55), (2, 5, 0.4))}

    table = untriaged(tables).set_index("bug_id")

    assert table["other_bug_id"].to_dict()[7] == 5  # 4, which is nearer, is private
    assert table["n_alike"].to_dict() == {2: 0, 7: 1}


def test_untriaged_bugs_are_counted_by_tag_and_those_without_one_too(tables):
    tables = with_tasks(tables, status={3: "New", 7: "New"}, is_open={3: True, 7: True})

    table = measures.by_tag(untriaged(tables)).set_index("tag")

    assert table["n_bugs"].to_dict() == {"=1+1": 1, "no tag": 1, "quotas": 1}
    assert table["oldest_days"].to_dict() == {"=1+1": 60.0, "no tag": 15.0, "quotas": 60.0}


def test_new_and_closed_bugs_are_counted_since_the_same_instant(tables):
    tables = closed_on(closed_on(closed_on(tables, 1, 3), 2, 4, "Invalid"), 5, 30)

    assert measures.opened_bugs(recent(tables), since=SINCE)["bug_id"].tolist() == [8, 7]
    assert measures.closed_bugs(recent(tables), since=SINCE)["bug_id"].tolist() == [1, 2]
    assert facts(tables).loc[["reported", "closed", "fixed"], "n"].tolist() == [2, 2, 1]


def test_a_reopened_bug_is_not_counted_as_closed(tables):
    tables = with_tasks(closed_on(tables, 1, 3), is_open={1: True}, status={1: "Confirmed"})

    assert measures.closed_bugs(recent(tables), since=SINCE).empty


def test_the_period_of_news_begins_with_the_last_report_or_some_days_ago():
    assert measures.period_start("2015-06-01T00:00:00+00:00", days=7, as_of=AS_OF) == pd.Timestamp(
        "2015-06-01", tz="UTC"
    )
    assert measures.period_start("", days=7, as_of=AS_OF) == AS_OF - pd.Timedelta(days=7)


def test_each_week_counts_the_bugs_reported_and_closed_in_it(tables):
    tables = closed_on(closed_on(tables, 1, 3), 2, 7)  # 7 days before, a week ends

    table = measures.open_close_counts(recent(tables), as_of=AS_OF, weeks=3)

    assert table["at"].iloc[-1] == AS_OF
    assert table["n_opened"].tolist() == [1, 0, 1]
    assert table["n_closed"].tolist() == [0, 1, 1]


def test_without_bugs_every_number_of_them_is_unknown(tables):
    nothing = tables | {"bugs": schema.BUGS.empty(), "bug_tasks": schema.BUG_TASKS.empty()}

    assert facts(nothing)["n"].isna().all() and facts(nothing)["text"].isna().all()
    assert measures.open_close_counts(recent(nothing), as_of=AS_OF)[["n_opened", "n_closed"]].isna().all(axis=None)
    assert measures.why_none_untriaged(nothing["bugs"]).startswith("No bug was fetched")
    assert measures.why_none_since(nothing["bugs"], what="closed", since=SINCE).startswith("No bug was fetched")
    assert measures.triage_in_words(recent(nothing), untriaged(nothing), bugs=nothing["bugs"], since=SINCE) == ""


def test_the_numbers_link_to_the_lists_and_an_empty_list_has_no_oldest(tables):
    none = with_tasks(tables, status=dict.fromkeys(range(1, 9), "Confirmed"))

    table = facts(none)

    assert table.loc["oldest untriaged", "text"] == "none"
    assert table.loc["untriaged", ["n", "fact_page"]].tolist() == [0, "16_triage.html#untriaged"]
    assert 'href="16_triage.html#untriaged"' in figures.fact_list(table.reset_index()).html()


def test_the_digest_ends_with_the_week_of_the_bugs(tables):
    tables = closed_on(with_tasks(tables, status={7: "New"}, is_open={7: True}), 1, 3)

    result = measures.triage_in_words(recent(tables), untriaged(tables), bugs=tables["bugs"], since=SINCE)

    assert result == "Since 2015-06-10: 2 bugs reported, 1 closed, 1 of these fixed; 1 untriaged."


def test_a_bug_whose_status_is_unknown_is_not_untriaged(tables):
    unknown = with_tasks(tables, status={5: pd.NA}, is_open={5: pd.NA})

    assert 5 not in untriaged(unknown)["bug_id"].tolist()
