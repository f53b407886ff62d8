"""The labels of columns: one label and unit beside the contract, for pages, files and the data dictionary."""

import pytest

from analysis.report.figures.columns import LOOKS, label_and_unit, look
from analysis.report.page_columns import COLUMNS
from analysis.tables import schema
from analysis.tables.schema import labels

TABLES = (*schema.TABLES.values(), schema.TODO, schema.LINKED_CHANGES)
IN_CONTRACT = {name: column for table in TABLES for name, column in table.columns.items()}


@pytest.mark.parametrize("table", schema.TABLES.values(), ids=lambda table: table.name)
def test_every_column_has_a_label_that_people_can_read(table):
    for name, column in table.columns.items():
        assert column.label[:1].isupper() and "_" not in column.label, name


@pytest.mark.parametrize("table", schema.TABLES.values(), ids=lambda table: table.name)
def test_durations_and_instants_say_their_unit(table):
    for name, column in table.columns.items():
        assert (column.unit == "UTC") == (column.kind == "time"), name
        assert name.endswith("_days") <= (column.unit == "days"), name


def test_a_label_that_is_listed_is_of_a_column_of_the_contract():
    assert {*labels.LABELS, *labels.UNITS} <= set(IN_CONTRACT)


def test_a_column_of_pages_is_none_of_the_contract_unless_it_means_something_else():
    assert all(column.meaning for column in COLUMNS.values())
    assert set(COLUMNS) & set(IN_CONTRACT) == {"title", "fixes"}


def test_the_form_of_a_column_is_given_only_where_there_is_such_a_column():
    drawn = {"least", "most", "median", "ratio", "kappa"}  # of the quota laboratory, whose names are their labels

    assert set(LOOKS) - drawn <= {*IN_CONTRACT, *COLUMNS}


def test_the_data_dictionary_tells_labels_and_units():
    assert "| `waiting_days` | Waiting | float | days |" in schema.dictionary()


def test_a_page_calls_a_column_as_the_contract_does():
    assert label_and_unit("waiting_days") == ("Waiting", "days")
    assert look("waiting_days").form == "days" and look("since_at").form == "time"


def test_a_column_that_nobody_described_is_called_by_its_name():
    assert label_and_unit("n_odd_things") == ("Odd things", "")
    assert (look("n_odd_things", is_number=True).form, look("odd").form) == ("number", "text")
