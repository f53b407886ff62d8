"""What a report says of its own data: how old it is, what is missing, what nobody understood."""

import invented_tables
import pandas as pd

from analysis import figures, measures, schema

AS_OF = pd.Timestamp(invented_tables.AS_OF)
TOLD = [
    {"source": "gerrit", "where": "review.test/nova", "at": "2015-06-28T12:00:00+00:00", "n_records": 10,
     "n_pending": 2, "n_gone": 1, "gaps": ["2 items were listed but could not be fetched"]},
    {"source": "launchpad", "where": "", "at": "", "n_records": 0, "n_pending": 0, "n_gone": 0,
     "gaps": ["nothing was fetched"]},
]  # fmt: skip


def test_a_source_tells_its_age_and_what_is_missing_and_one_that_was_not_fetched_has_no_age():
    found = measures.sources(TOLD, as_of=AS_OF)

    assert found["behind_days"].tolist() == [2.0, pd.NA]
    assert found["n_pending"].tolist() == [2, 0]
    page = figures.table(found, name="sources", caption="Sources").html()
    assert "could not be fetched" in page and "nothing was fetched" in page and "unknown" in page


def test_a_notebook_that_is_told_of_no_source_shows_none():
    assert measures.sources([], as_of=AS_OF).empty


def test_an_area_that_is_suggested_bears_its_title_and_one_that_its_file_no_longer_declares_its_id():
    quality = schema.SUGGESTION_QUALITY.frame(
        {"release": ["liberty"] * 2, "area_id": ["quotas", "gone"], "n_taught": [60, 70], "threshold": [0.5, 0.6],
         "precision": [0.9, 0.8], "recall": [0.4, 0.3]}
    )  # fmt: skip

    found = measures.suggestions(quality, invented_tables.areas())

    assert found["title"].tolist() == ["Simplify quotas", "gone"]
    assert "area_id" not in found and found["n_taught"].tolist() == [60, 70]


def test_how_a_link_was_found_reads_as_words():
    links = schema.LINKS.frame({"bug_id": [1], "kind": ["change"], "ref": ["7"], "evidence": ["infra_comment"],
                                "relation": ["closes"]})  # fmt: skip

    assert measures.link_evidence(links)["evidence"].tolist() == ["infra comment"]


def test_lines_that_nobody_understood_come_with_those_of_open_changes_first_and_none_of_a_hidden_one():
    tables = invented_tables.tables()
    lines = schema.UNREAD_LINES.frame(
        {
            "kind": ["commit", "change", "change", "change"],
            "ref": ["ab12", "110", "104", "101"],
            "line_number": [2, 2, 2, 2],
            "line": ["bug 12345 perhaps", "bug 23456 perhaps", "of a private change", "bug 34567 perhaps"],
        }
    )

    found = measures.unread(lines, changes=tables["changes"], links=tables["links"], bugs=tables["bugs"])

    assert found["ref"].tolist() == ["101", "110", "ab12"]
    assert found["is_open"].tolist() == [True, False, pd.NA]
