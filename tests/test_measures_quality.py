"""A report's statements about its own data: its age, missing parts, and lines that were not understood."""

import invented_tables
import pandas as pd

from analysis.report import figures, measures
from analysis.tables import schema

AS_OF = pd.Timestamp(invented_tables.AS_OF)
SOURCES = [
    {"source": "gerrit", "where": "review.test/nova", "at": "2015-06-28T12:00:00+00:00", "n_records": 10,
     "n_pending": 2, "n_gone": 1, "gaps": ["2 items were listed but could not be fetched"]},
    {"source": "launchpad", "where": "", "at": "", "n_records": 0, "n_pending": 0, "n_gone": 0,
     "gaps": ["nothing was fetched"]},
]  # fmt: skip


def test_a_source_has_its_age_and_gaps_and_an_unfetched_one_has_no_age():
    table = measures.sources(SOURCES, as_of=AS_OF)

    assert table["behind_days"].tolist() == [2.0, pd.NA]
    assert table["n_pending"].tolist() == [2, 0]
    page = figures.table(table, name="sources", caption="Sources").html()
    assert "could not be fetched" in page and "nothing was fetched" in page and "unknown" in page


def test_a_source_with_data_after_the_report_is_as_of_the_report_and_says_so():
    (row,) = measures.sources([SOURCES[0] | {"at": "2016-06-01T10:00:00+00:00"}], as_of=AS_OF).to_dict("records")

    assert (row["snapshot_at"], row["behind_days"]) == (AS_OF, 0)
    assert any("2016-06-01" in gap and "not used" in gap for gap in row["gaps"])


def test_no_sources_give_an_empty_table():
    assert measures.sources([], as_of=AS_OF).empty


def test_the_evidence_of_a_link_is_shown_in_words():
    links = schema.LINKS.frame({"bug_id": [1], "kind": ["change"], "ref": ["7"], "evidence": ["infra_comment"],
                                "relation": ["closes"]})  # fmt: skip

    assert measures.link_evidence(links)["evidence"].tolist() == ["infra comment"]


def test_unread_lines_of_open_changes_come_first_and_hidden_ones_are_left_out():
    tables = invented_tables.tables()
    lines = schema.UNREAD_LINES.frame(
        {
            "kind": ["commit", "change", "change", "change"],
            "ref": ["ab12", "110", "104", "101"],
            "line_number": [2, 2, 2, 2],
            "line": ["bug 12345 perhaps", "bug 23456 perhaps", "of a private change", "bug 34567 perhaps"],
        }
    )

    table = measures.unrecognised_lines(lines, changes=tables["changes"], links=tables["links"], bugs=tables["bugs"])

    assert table["ref"].tolist() == ["101", "110", "ab12"]
    assert table["is_open"].tolist() == [True, False, False]
    assert table["n_changes"].tolist() == [1, 1, 0]


def test_instants_of_sources_may_have_fractions_of_a_second_or_none():
    sources = [
        SOURCES[0] | {"at": "2015-08-01T10:00:00+00:00"},
        SOURCES[0] | {"at": "2015-08-01T10:00:00.250000+00:00"},
    ]

    assert measures.sources(sources, as_of=AS_OF)["snapshot_at"].notna().all()
