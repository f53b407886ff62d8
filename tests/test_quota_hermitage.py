"""Anomalies that isolation levels prevent on the installed servers: the results on which the model depends most."""

import pytest
from conftest import running

from quota_lab import hermitage

pytestmark = pytest.mark.database


@pytest.fixture(scope="module", params=list(hermitage.LEVELS))
def database(request):
    for server in running(request.param):
        session = server.session()
        session.run("CREATE TABLE test (id INT PRIMARY KEY, value INT)", reads=False)
        session.close()
        yield server


def anomaly(name):
    return next(anomaly for anomaly in hermitage.ANOMALIES if anomaly.name == name)


@pytest.mark.parametrize("name", ["G1a", "P4", "G2-item"])
def test_an_anomaly_happens_exactly_at_the_levels_that_are_published(name, database):
    by_name = {
        level: hermitage.shows_anomaly(anomaly(name).schedule, database, level)
        for level in hermitage.LEVELS[database.name]
    }

    expected = {level: name in hermitage.PUBLISHED[database.name, level] for level in by_name}
    assert by_name == expected
    assert len(set(by_name.values())) == 2 or (name, database.name) == ("G1a", "postgresql")


def test_mariadb_repeatable_read_prevents_read_skew_of_reads_but_not_of_a_delete(database):
    if database.name != "mariadb":
        pytest.skip("the level of another server")
    skew = anomaly("G-single")

    assert not hermitage.shows_anomaly(skew.schedule, database, "REPEATABLE READ")
    assert hermitage.shows_anomaly(skew.writing, database, "REPEATABLE READ")


def test_the_published_table_has_seventy_cells():
    cells = [(database, level, a.name) for database, levels in hermitage.LEVELS.items() for level in levels
             for a in hermitage.ANOMALIES]  # fmt: skip

    assert len(cells) == 70
    assert [hermitage.published(*cell) for cell in cells].count(hermitage.READ_ONLY) == 2
