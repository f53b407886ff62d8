"""The rooms of the house and the doors between them. Read ALLOWED as the plan."""

import ast
from pathlib import Path

import pytest

from analysis.pipeline import stale

PACKAGE = Path(__file__).parents[1] / "analysis"

STAGES = {
    "records", "accounts", "bugs", "bug_history", "events", "changes", "commits", "links", "areas", "fixes",
    "review_state", "waiting", "queue", "todo", "hygiene", "text", "themes", "measures", "figures", "visible",
    "survival",
}  # fmt: skip
ALLOWED = {  # room: the rooms it may look into
    "__init__": set(),
    "errors": set(),
    "schema": {"errors"},
    "config": {"errors"},
    "store": {"errors", "schema"},
    "sources": {"errors"},
    **{room: {"errors", "schema"} for room in STAGES},
    "bugs": {"errors", "schema", "records"},
    "bug_history": {"errors", "schema", "visible"},
    "events": {"errors", "schema", "records"},  # once, because replay, turns, states and measures must agree
    "changes": {"errors", "schema", "records", "accounts", "events"},
    "commits": {"errors", "schema", "records"},
    "areas": {"errors", "schema", "visible"},
    "themes": {"errors", "schema", "text", "visible", "fixes"},
    "links": {"errors", "schema", "records", "text", "accounts", "commits"},  # commits: it reads what a message says
    "fixes": {"errors", "schema", "visible", "events"},
    "review_state": {"errors", "schema", "fixes", "events"},
    "queue": {"errors", "schema", "fixes"},
    "hygiene": {"errors", "schema", "fixes", "visible"},
    "waiting": {"errors", "schema", "events", "survival"},
    "measures": {
        "errors",
        "schema",
        "visible",
        "survival",
        "events",
        "fixes",
    },  # fixes: it says what answers a bug
    "reports": {"errors"},
    "engine": {"errors"},
    "pipeline": {"errors", "schema", "store", "sources", "engine"} | STAGES - {"measures", "figures"},
    "twin": {"errors"},  # never sources: a twin that shares the client's code shares its mistakes
    "quota_lab": {"errors", "schema", "figures", "engine"},  # its pictures and processes are like those of the others
    "cli": STAGES
    | {"engine", "errors", "config", "schema", "store", "sources", "pipeline", "reports", "twin", "quota_lab"},
    "__main__": {"cli"},
}
NO_IO = {"requests", "httplib2", "launchpadlib", "urllib", "socket", "sqlite3", "os", "pathlib", "time"}
PURE = "urllib.parse"  # text in, text out: the one part of those that touches nothing
NO_CALLS = {"open", "print", "now", "utcnow", "today", "read_parquet", "read_csv", "read_json", "to_parquet", "to_csv"}


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: write 'from analysis import ...', so that this test can read it"
            yield node.module
            if node.module == "analysis":
                yield from (f"analysis.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


MODULES = sorted(PACKAGE.rglob("*.py"))
by_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))


def test_every_room_is_on_the_plan():
    assert {room(m) for m in MODULES} == set(ALLOWED)


@by_module
def test_only_planned_doors_are_used(path):
    here = room(path)
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("analysis.")}
    assert not ours - ALLOWED[here] - {here}, f"{here} looks into {sorted(ours - ALLOWED[here] - {here})}"


def test_no_room_that_a_build_looks_into_is_left_out_of_what_makes_its_tables_stale():
    reached, doors = set(), {"pipeline"}
    while doors:
        reached |= doors
        doors = set().union(*(ALLOWED[here] for here in doors)) - reached

    assert not reached & stale.ROOMS_NOT_USED
    assert reached | stale.ROOMS_NOT_USED >= set(ALLOWED) - {"__init__", "__main__", "config"}


@by_module
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", [m for m in MODULES if room(m) in STAGES], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_pure_rooms_touch_no_file_no_network_no_clock(path):
    touched = {i.split(".")[0] for i in imports(path) if not f"{i}.".startswith(f"{PURE}.")} & NO_IO
    called = {
        getattr(n.func, "attr", getattr(n.func, "id", "")) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)
    } & NO_CALLS
    assert not touched | called, f"{path.name} uses {sorted(touched | called)}; let the caller pass the value in"


@pytest.mark.parametrize("path", [m for m in MODULES if room(m) in STAGES], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_rule_of_privacy_reads_whether_a_row_is_private(path):
    read = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "is_private"
    ]
    assert bool(read) == (room(path) == "visible"), f"{path.name} {read}: ask analysis.visible.is_hidden"


def test_only_rooms_that_judge_what_became_of_a_fix_read_beside_the_schema_what_counts_as_one():
    reading = {
        room(path)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == "counts_as_fix"
    }
    assert reading <= {"schema", "fixes", "hygiene"}, "ask schema.fix_links or fixes.living"


def test_only_one_place_prints_to_the_terminal():
    printing = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.glob("cli/*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    assert printing == {"cli/said.py"}
