"""The explorer, and the replay of its findings on real servers."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from conftest import running

from quota_lab import commands, databases, designs, explorer, narrative, replay, scenarios, schedule, state
from quota_lab.designs import DESIGNS, exact_names
from quota_lab.designs.base import Design
from quota_lab.explored_case import faults as case_faults
from quota_lab.isolation import Rules, rules

SERVERS = ("postgresql", "mariadb")
WARM = ("three creates", "room to spare", "two creates, one delete", "sizes one and two, one delete",
        "sizes one, one and two")  # fmt: skip
PRICES = {"deadlock"}
NAMED = ("allocations", "reservations")


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    yield from running(request.param)


@pytest.fixture(scope="module")
def explored():
    """The exploration of every case at PostgreSQL's default level."""
    return [explorer.explore(case) for case in scenarios.every("postgresql")]


@pytest.fixture(scope="module")
def explored_on_mariadb():
    """The exploration of every case at MariaDB's default level."""
    return [explorer.explore(case) for case in scenarios.every("mariadb")]


def shortest(explorations):
    """For each design and fault the shortest counter-example, one without a crash if there is one."""
    by_name = {}
    for example in [e for exploration in explorations for e in exploration.counter_examples]:
        key = (example.case.design_name, example.fault)
        rank = (example.case.can_crash, len(example.moves))
        if key not in by_name or rank < (by_name[key].case.can_crash, len(by_name[key].moves)):
            by_name[key] = example
    return by_name


def test_every_design_class_is_listed_in_designs():
    modules = [import_module(f"{designs.__name__}.{module.name}") for module in iter_modules(designs.__path__)]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}

    written = {kind for kind in classes if issubclass(kind, Design) and kind is not Design}

    assert written == set(DESIGNS.values())


def test_exploring_one_design_names_the_faults_it_does_not_declare(monkeypatch):
    monkeypatch.setattr(DESIGNS["CountOnly"], "breaks", {"over_admission": "any two racers", "leak": "never"})
    monkeypatch.setattr(explorer, "MOST_STATES", 30)
    lines = []

    commands.explore("CountOnly", say=lines.append)

    cut = {line[:32].strip() for line in lines if "cut off" in line}
    assert "nested projects" in cut and "three creates" not in cut
    assert any(line.startswith("\nCountOnly on postgresql, READ COMMITTED: more was granted") for line in lines)
    assert lines[-2:] == [
        "\nfound, and not declared in `breaks`: rows_over",
        "declared in `breaks`, and not found on this database: leak",
    ]


@pytest.mark.long
def test_the_design_of_the_documentation_breaks_as_its_page_says(monkeypatch):
    page = (Path(__file__).parents[1] / "docs" / "howto" / "add_a_quota_design.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    schedule = re.search(r"^```text\n(RecheckAndRetry.*?)\n```", page, re.MULTILINE | re.DOTALL)[1]
    names, lines = {}, []
    exec(compile(code, "the page", "exec"), names)
    monkeypatch.setitem(DESIGNS, "RecheckAndRetry", names["RecheckAndRetry"])

    commands.explore("RecheckAndRetry", say=lines.append)

    assert "\n" + schedule in lines
    assert not any("cut off" in line for line in lines)
    assert [line.rpartition(": ")[2] for line in lines[-2:]] == ["none", "none"]


@pytest.mark.long
@pytest.mark.parametrize("database", SERVERS)
def test_every_case_is_tried_to_the_end_within_a_hundred_thousand_states(database, explored, explored_on_mariadb):
    result = explored_on_mariadb if database == "mariadb" else explored

    assert all(exploration.is_complete for exploration in result)
    assert {exploration.case.design_name for exploration in result} == set(DESIGNS)
    assert sum(exploration.n_states for exploration in result) < 100_000  # some seconds, on any machine


@pytest.mark.parametrize("scenario", [*WARM, "three creates, one crash"])
def test_every_design_is_explored_in_the_scenarios_of_all_designs(scenario, explored, explored_on_mariadb):
    for explorations in (explored, explored_on_mariadb):
        assert {e.case.design_name for e in explorations if e.case.name == scenario} == set(DESIGNS)


@pytest.mark.long
@pytest.mark.parametrize("database", SERVERS)
def test_the_reduced_search_finds_the_same_faults_by_equally_short_schedules(database, explored, explored_on_mariadb):
    result = explored_on_mariadb if database == "mariadb" else explored
    small = [e.case for e in result if e.n_states <= 150]

    assert len(small) > 140
    assert {len(case.requests) for case in small} == {2, 3}
    assert [case.name for case in small if ends(case) != ends(case, is_reduced=False)] == []


@pytest.mark.long
@pytest.mark.parametrize("level", [("postgresql", "REPEATABLE READ"), ("mariadb", "READ COMMITTED"), ("sqlite", "")])
def test_the_reduced_search_finds_the_same_faults_at_the_other_levels(level):
    pairs = [case for case in scenarios.every(*level) if len(case.requests) == 2]

    assert [case.name for case in pairs if ends(case) != ends(case, is_reduced=False)] == []


def ends(case, **settings):
    """The lengths of the shortest schedules, and every end with its faults, without distinguishing twins."""
    result = set()

    def noting(case, rows, outcomes, *rest, **more):
        table = list(case_faults(case, rows, outcomes, *rest, **more))
        who = sorted(zip([(r.kind, r.amounts, r.pools) for r in case.requests], outcomes, strict=True), key=repr)
        left = sorted((key[0], *key[2:], *value) if key[0] in NAMED else (*key, *value) for key, value in rows.items())
        result.add((tuple(who), tuple(left), frozenset(table)))
        return table

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explorer, "faults", noting)
        table = explorer.explore(case, **settings)
    assert table.is_complete
    return {e.fault: len(e.moves) for e in table.counter_examples}, result


def test_a_design_that_reads_the_number_of_a_request_has_no_twins():
    by_name = {
        name: state.twins(explorer.programs(scenarios.case("three creates", name)))
        for name in ("AdmitLast", "SlicedTally")
    }

    assert by_name == {"AdmitLast": [[0, 1, 2]], "SlicedTally": []}


@pytest.mark.parametrize("design", exact_names())
def test_no_schedule_breaks_a_clean_design(design, explored):
    own = [e for e in explored if e.case.design_name == design and e.case.name in WARM]

    assert len(own) == len(WARM)
    assert [e.case.name for e in own if e.faults - PRICES] == []


@pytest.mark.parametrize("design", ["ProjectLock", "ConditionalUpdate", "AdmitLast", "SlicedTally", "Generation"])
def test_a_crash_leaves_nothing_where_row_and_tally_change_in_one_transaction(design, explored):
    own = [e for e in explored if e.case.design_name == design and e.case.can_crash]

    assert {"one crash", "three creates, one crash", "create and delete, one crash"} <= {e.case.name for e in own}
    assert [e.case.name for e in own if e.faults] == []


def test_only_a_resize_makes_the_recheck_exceed_the_limit(explored):
    over = [e for e in explored if e.case.design_name == "CountAndRecheck" and "over_admission" in e.faults]

    assert {e.case.name for e in over} == {"resize", "resize, one crash"}


def test_a_refresh_subtracts_a_delete_twice_and_then_admits_too_much(explored_on_mariadb):
    refreshed = [e for e in explored_on_mariadb if e.case.design_name == "ReserveWithRefresh"]

    assert {e.case.name for e in refreshed if "over_admission" in e.faults} == {"sizes one and two, one delete"}


def test_a_locking_read_on_mariadb_waits_for_a_row_that_is_not_committed(explored_on_mariadb):
    (cold,) = [
        e for e in explored_on_mariadb if (e.case.design_name, e.case.name) == ("ReserveAndCommit", "no usage row")
    ]

    assert cold.faults == {"deadlock"}


def test_every_design_shows_exactly_the_faults_that_it_declares(explored, explored_on_mariadb):
    by_name = {name: set() for name in DESIGNS}
    for exploration in [*explored, *explored_on_mariadb]:
        by_name[exploration.case.design_name] |= exploration.faults

    assert by_name == {name: set(design.breaks) for name, design in DESIGNS.items()}


@pytest.mark.parametrize("design", ["ReserveWithoutLock", "ReserveRelative", "CountInTransaction", "ReadBeforeLock"])
def test_sqlite_shows_no_over_admission_where_the_servers_do(design):
    embedded, real = (
        explorer.explore(scenarios.case("one crash", design, database, can_crash=False))
        for database in ("sqlite", "mariadb")
    )

    assert embedded.is_complete
    assert "over_admission" not in embedded.faults
    assert "over_admission" in real.faults


@pytest.mark.parametrize(
    ("database", "isolation", "is_broken"),
    [
        ("mariadb", "REPEATABLE READ", True),
        ("mariadb", "READ COMMITTED", False),
        ("postgresql", "REPEATABLE READ", True),
        ("postgresql", "READ COMMITTED", False),
        ("sqlite", "SERIALIZABLE", False),
    ],
)
def test_a_plain_read_before_the_lock_breaks_it_under_a_snapshot(database, isolation, is_broken):
    result = explorer.explore(scenarios.case("three creates", "ReadBeforeLock", database, isolation))

    assert result.is_complete
    assert ("over_admission" in result.faults) == is_broken


@pytest.mark.parametrize(
    ("database", "isolation", "is_broken"),
    [
        ("postgresql", "REPEATABLE READ", True),
        ("postgresql", "READ COMMITTED", False),
        ("mariadb", "REPEATABLE READ", False),
    ],
)
def test_a_lock_that_waits_has_an_old_snapshot_only_on_postgresql_at_repeatable_read(database, isolation, is_broken):
    result = explorer.explore(scenarios.case("three creates", "ProjectLock", database, isolation))

    assert result.is_complete
    assert ("over_admission" in result.faults) == is_broken


@pytest.mark.database
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize("design", ["ReserveAndCommit", "ReadBeforeLock", "ProjectLock"])
def test_every_counter_example_of_a_snapshot_replays_on_postgresql(design, server):
    cases = [c for c in scenarios.every("postgresql", "REPEATABLE READ") if c.design_name == design]
    examples = shortest(explorer.explore(case) for case in cases)

    assert [key for key, e in examples.items() if e.fault not in replay.replay(e, server).faults] == []


@pytest.mark.database
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_the_old_snapshot_of_a_lock_that_waits_replays_on_postgresql(server):
    result = explorer.explore(scenarios.case("three creates", "ProjectLock", "postgresql", "REPEATABLE READ"))
    (example,) = [e for e in result.counter_examples if e.fault == "over_admission"]

    result = replay.replay(example, server)

    assert "over_admission" in result.faults
    assert any(step == "LockProject" for _, step in result.waits)


def test_a_counter_example_is_described_line_by_line():
    result = explorer.explore(scenarios.case("one crash", "CountAndRecheck"))
    (example,) = [e for e in result.counter_examples if e.fault == "rows_over"]

    lines = narrative.describe(example).splitlines()

    assert lines[0] == "CountAndRecheck on postgresql, READ COMMITTED: rows over the limit are left."
    assert lines[1] == "Room for one; two ask, and one of them may crash anywhere."
    assert any("CRASHES" in line for line in lines)
    assert sum("left: allocations" in line for line in lines) == 2


@pytest.mark.database
def test_every_counter_example_replays_on_the_server_it_concerns(server, explored, explored_on_mariadb):
    result = explored_on_mariadb if server.name == "mariadb" else explored
    examples = [example for exploration in result for example in exploration.counter_examples]

    assert len(examples) > 250
    assert silent(examples, server) == []


def test_every_counter_example_of_two_clients_replays_on_sqlite():
    pairs = [case for case in scenarios.every("sqlite") if len(case.requests) == 2]
    examples = [example for case in pairs for example in explorer.explore(case).counter_examples]

    assert len(examples) > 50
    with databases.named("sqlite")() as embedded:
        assert silent(examples, embedded) == []


def silent(examples, database):
    """The counter-examples whose fault does not occur on the real database."""
    return [
        (e.case.design_name, e.case.name, e.fault) for e in examples if e.fault not in replay.replay(e, database).faults
    ]


@pytest.mark.database
@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "READ COMMITTED"])
def test_the_isolation_trap_replays_on_the_servers(server, isolation):
    broken = explorer.explore(scenarios.case("three creates", "ReadBeforeLock", server.name, "REPEATABLE READ"))
    (example,) = [e for e in broken.counter_examples if e.fault == "over_admission"]
    here = schedule.Ending(
        scenarios.case("three creates", "ReadBeforeLock", server.name, isolation), example.moves, (), ()
    )

    result = replay.replay(here, server)

    assert ("over_admission" in result.faults) == (isolation == "REPEATABLE READ")


@pytest.mark.database
def test_two_first_requests_make_duplicates_on_postgresql_and_a_deadlock_on_mariadb(server):
    wanted = {"postgresql": "duplicate_usage", "mariadb": "deadlock"}[server.name]
    result = explorer.explore(scenarios.case("no usage row", "ReserveAndCommit", server.name))
    (example,) = [e for e in result.counter_examples if e.fault == wanted]

    result = replay.replay(example, server)

    assert wanted in result.faults
    assert ("duplicate_usage" in result.faults) == (server.name == "postgresql")
    assert any(step == "InsertUsage" for _, step in result.waits) == (server.name == "mariadb")


@pytest.mark.database
@pytest.mark.parametrize("design", [name for name in DESIGNS if name != "Serializable"])
def test_a_random_schedule_ends_on_the_server_as_it_ends_in_the_model(design, server):
    names = [
        name for name, (_, fits) in scenarios.SCENARIOS.items() if fits(DESIGNS[design]) and name != "no usage row"
    ]
    for seed, name in enumerate(names):
        ending = explorer.random_schedule(scenarios.case(name, design, server.name), seed)
        result = replay.replay(ending, server)

        assert result.outcomes == ending.outcomes, narrative.describe_moves(ending)
        assert without_numbers(result.rows) == without_numbers(ending.rows), narrative.describe_moves(ending)


def without_numbers(rows):
    """Rows without the automatic numbers, which a server does not reset."""
    return [row[:-1] if row[0] == "allocations" else row for row in rows if row[0] != "projects"]


def test_an_isolation_level_unknown_to_the_server_is_refused():
    assert rules("postgresql", "READ COMMITTED") == Rules("postgresql", "READ COMMITTED")
    with pytest.raises(Exception, match="READ COMMITTED"):
        rules("postgresql", "READ UNCOMMITTED")
