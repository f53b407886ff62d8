"""Hostile text, times and links, repaired where they enter a table."""

from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import SchemaError
from analysis.tables import records, schema

# Everything a JSON string may hold, half surrogate pairs and NUL included.
ANYTHING = st.text(st.characters())


@given(ANYTHING)
def test_any_text_can_be_stored(text):
    stored = records.text(text)

    assert "\0" not in stored
    assert stored.encode("utf-8") or stored == ""
    assert records.text(stored) == stored


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_clean_text_is_left_as_it_is(text):
    assert records.texts([text, None]).tolist() == [text, pd.NA]


@given(st.lists(st.none() | ANYTHING))
def test_a_column_of_texts_is_cleaned_as_single_texts_are(values):
    expected = [pd.NA if value is None else records.text(value) for value in values]

    assert records.texts(values).tolist() == expected


@pytest.mark.parametrize("pieces", [[["a"], ["b\0"]], [["a\0"], [None]], [["a"], [], [None], ["b"]]])
def test_texts_of_more_than_two_gigabytes_are_searched_in_each_piece(pieces, monkeypatch):
    held = pa.chunked_array(pieces, pa.string())
    arrow = SimpleNamespace(array=lambda values, kind: held, string=pa.string, ChunkedArray=pa.ChunkedArray)
    monkeypatch.setattr(records, "pa", arrow)  # so much text would take this machine's memory

    result = records.texts([])

    expected = [pd.NA if text is None else records.text(text) for piece in pieces for text in piece]
    assert result.tolist() == expected


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    assert records.text("bad \ud83d, good \U0001f600, nul \0.") == "bad \ufffd, good \U0001f600, nul ."


def test_gerrit_times_are_utc_without_an_offset():
    result = records.instants(["2013-02-01 09:59:32.126000000", None, "2013-02-01 09:59:32"])

    assert result.tolist() == [
        pd.Timestamp("2013-02-01T09:59:32.126Z"),
        pd.NaT,
        pd.Timestamp("2013-02-01T09:59:32Z"),
    ]


def test_launchpad_times_may_leave_microseconds_out():
    result = records.instants(["2024-01-01T01:02:03.456789+00:00", "2024-01-01T03:02:03+02:00", None])

    assert result.tolist() == [
        pd.Timestamp("2024-01-01T01:02:03.456789Z"),
        pd.Timestamp("2024-01-01T01:02:03Z"),
        pd.NaT,
    ]


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://api.launchpad.net/devel/~casey-example", "casey-example"),
        ("https://api.launchpad.net/devel/nova/+milestone/liberty-1", "liberty-1"),
        ("tag:launchpad.net:2008:redacted", None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_names_its_last_part(link, name):
    assert records.last_part(link) == name


def test_a_value_of_another_type_is_refused_with_its_column():
    with pytest.raises(SchemaError, match=r"commits\.subject to be served as str"):
        records.table(schema.COMMITS, ("sha", "subject"), [("a" * 40, 17)])


def test_no_rows_make_an_empty_table():
    result = records.table(schema.COMMIT_FILES, ("sha", "path"), [])

    schema.validate(result, schema.COMMIT_FILES)
    assert len(result) == 0


def test_a_pattern_is_found_in_any_case_and_never_in_an_unknown_text():
    texts = pd.Series(["It is CONFIRMED FOR: Ocata", "confirmed", None], index=[3, 5, 8], dtype="string[pyarrow]")

    holds = records.holds(texts, r"(?i)\bconfirmed for:\s*\S")

    assert holds.to_dict() == {3: True, 5: False, 8: False}
