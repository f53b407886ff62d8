"""Queries in SQL read the tables of a data directory and nothing else."""

import invented_tables
import pytest

from analysis.errors import StoreError
from analysis.store import query

duckdb = pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return invented_tables.write(tmp_path_factory.mktemp("asked"), invented_tables.tables())


def test_a_sql_query_over_all_projects_is_answered(data):
    table = query(data, "select count(*) as n from bugs where bug_id > ?", 0)

    assert table["n"].tolist() == [len(invented_tables.tables()["bugs"])]


@pytest.mark.parametrize(
    "question",
    [
        "select * from read_text('{file}')",
        "select * from read_csv('{file}')",
        "select * from '{file}'",
        "copy (select 1) to '{new}'",
        "attach '{new}' as other",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false; select * from read_text('{file}')",
        "select * from secret_frame",
        "export database '{new}'",
    ],
)
def test_a_sql_query_reaches_no_file_no_variable_and_no_setting(data, tmp_path, question):
    secret_frame = invented_tables.tables()["bugs"]
    file, new = tmp_path / "secret.csv", tmp_path / "written"
    file.write_text("a,b\n1,2\n")

    with pytest.raises(StoreError):
        query(data, question.format(file=file, new=new))

    assert not new.exists() and len(secret_frame)
