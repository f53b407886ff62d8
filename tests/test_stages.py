"""The stages of a build: each reads and writes what it declares, and their order can run."""

import ast
import inspect
import weakref

import pandas as pd
import pytest

from analysis import cli
from analysis.build import stage_graph
from analysis.build.normalize import SERVED
from analysis.build.stage import Stage, run
from analysis.build.stages import STAGES
from analysis.tables import schema


def nothing(_, tables):
    return {}


def a_stage(name, reads=(), writes=(), **more):
    return Stage(name, more.pop("function", nothing), reads=tuple(reads), writes=tuple(writes), **more)


def strings(nodes):
    return [node.value for node in nodes if isinstance(node, ast.Constant)]


def read_in(function):
    """The names of the tables in a function's source: `tables[...]` and `context.batches(...)`."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(function))))
    asked = [n.slice for n in nodes if isinstance(n, ast.Subscript) and ast.unparse(n.value) == "tables"]
    parts = [n.args[0] for n in nodes if isinstance(n, ast.Call) and ast.unparse(n.func) == "context.batches"]
    return set(strings(asked)), set(strings(parts))


def test_the_stages_of_a_build_have_no_fault():
    assert stage_graph.faults(STAGES, SERVED) == []


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_declares_the_tables_that_its_function_reads_and_no_others(stage):
    assert read_in(stage.function) == (set(stage.reads), set(stage.streams))


def test_every_table_of_the_contract_is_served_or_saved_by_a_stage():
    saved = {name for stage in STAGES if stage.is_saved for name in stage.writes}

    assert saved | set(SERVED) == {name for name in schema.TABLES if not name.startswith("quota_")}


def test_reading_a_table_that_no_stage_writes_is_a_fault():
    assert stage_graph.faults([a_stage("roof", reads=["walls"])], served=["ground"]) == [
        "roof reads walls, which nobody writes"
    ]


def test_reading_a_table_that_is_written_later_is_a_fault():
    line = [a_stage("roof", reads=["walls"]), a_stage("bricks", reads=["ground"], writes=["walls"])]

    assert stage_graph.faults(line, served=["ground"]) == ["roof reads walls, which is written later"]
    assert stage_graph.faults(line[::-1], served=["ground"]) == []


def test_a_stage_cannot_read_its_own_table():
    assert stage_graph.faults([a_stage("walls", reads=["walls"], writes=["walls"])], served=[]) == [
        "walls reads walls, which is written later"
    ]


def test_two_stages_that_write_one_table_are_a_fault():
    twice = [a_stage("bricks", writes=["walls"]), a_stage("wood", writes=["walls"])]

    assert stage_graph.faults(twice, served=[]) == ["walls: 2 stages write it"]
    assert stage_graph.faults(twice[:1], served=["walls"]) == ["walls: served, and written by a stage"]


def test_two_stages_cannot_have_one_name():
    assert stage_graph.faults([a_stage("walls"), a_stage("walls")], served=[]) == ["walls: 2 stages have this name"]


def test_stages_that_read_hidden_rows_come_first():
    line = [a_stage("open"), a_stage("secret", reads_hidden=True)]

    assert len(stage_graph.faults(line, served=[])) == 1
    assert stage_graph.faults(line[::-1], served=[]) == []


def test_only_links_are_made_from_hidden_rows():
    assert [stage.name for stage in STAGES if stage.reads_hidden] == ["links"]


def test_only_served_tables_can_be_read_in_parts():
    line = [a_stage("walls", writes=["walls"]), a_stage("roof", streams=["walls"])]

    assert stage_graph.faults(line, served=[]) == ["roof reads in parts walls, which is not served"]
    assert stage_graph.faults(line[1:], served=["walls"]) == []


def test_a_stage_gets_only_the_tables_that_it_declares():
    inputs = []

    def keep(context, tables):
        inputs.append((context, set(tables)))
        return {}

    line = [
        a_stage("bricks", writes=["walls"], function=lambda *_: {"walls": pd.DataFrame({"height": [3]})}),
        a_stage("roof", reads=["walls"], function=keep),
    ]

    written = run(line, "context", {"ground": pd.DataFrame()})

    assert inputs == [("context", {"walls"})]
    assert list(written) == ["walls"]


def test_a_stage_that_writes_undeclared_tables_is_an_error():
    with pytest.raises(RuntimeError, match=r"stage bricks declares \['walls'\] and makes \['roof'\]"):
        run([a_stage("bricks", writes=["walls"], function=lambda *_: {"roof": pd.DataFrame()})], None, {})


def test_the_command_prints_every_stage_and_its_tables(capsys):
    assert cli.main(["stages"]) == 0

    printed = capsys.readouterr().out
    first_words = [line.split()[0] for line in printed.splitlines() if not line.startswith(" ")]
    assert first_words == ["stage", *(stage.name for stage in STAGES), "*"]
    assert {name for stage in STAGES for name in stage.writes} <= set(printed.replace(",", "").split())
    assert max(map(len, printed.splitlines())) <= 120


def test_the_graph_has_an_edge_from_writer_to_reader_of_each_table(capsys):
    assert cli.main(["stages", "--dot"]) == 0

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "digraph stages {"
    assert lines[-1] == "}"
    assert '"review_states" -> "queue" [label="review_states"];' in lines
    assert '"served change_messages" -> "turns";' in lines
    edges = [line for line in lines if "->" in line]
    assert len(edges) == sum(len(stage.reads) + len(stage.streams) for stage in STAGES)


def test_a_table_leaves_memory_after_the_last_stage_that_reads_it():
    left = []

    def look(_, tables):
        left.append(sorted(at_hand))
        return {}

    at_hand = {"ground": pd.DataFrame(), "sky": pd.DataFrame()}
    line = [
        a_stage("bricks", reads=["ground"], function=look),
        a_stage("roof", reads=["sky"], function=look),
        a_stage("smoke", reads=["sky"], function=look),
    ]

    run(line, None, at_hand, is_last_use=True)

    assert left == [["ground", "sky"], ["sky"], ["sky"]]
    assert at_hand == {}


def test_a_table_that_is_not_saved_leaves_memory_after_the_last_stage_that_reads_it():
    made = {"draft": pd.DataFrame({"a": [1]}), "house": pd.DataFrame()}
    draft, left = weakref.ref(made["draft"]), []
    line = [
        a_stage("sketch", writes=["draft"], is_saved=False, function=lambda *_: {"draft": made.pop("draft")}),
        a_stage("build", reads=["draft"], writes=["house"], function=lambda *_: {"house": made["house"]}),
        a_stage("look", function=lambda *_: left.append(draft()) or {}),
    ]

    tables = run(line, None, {}, is_last_use=True)

    assert left == [None]
    assert list(tables) == ["house"]
