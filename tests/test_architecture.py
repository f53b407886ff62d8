"""The architecture: three packages, few rooms, and the imports that PLANS allows between them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLANS = {
    "analysis": {  # room: the rooms of `analysis` that it may import
        "__init__": {"dataset"},
        "__main__": {"cli"},
        "errors": set(),
        "import_closure": set(),
        "time_limit": set(),
        "shipped": set(),
        "config": {"errors", "shipped", "tables"},  # of tables the reader of configuration, which needs no pandas
        "ingest": {"errors", "time_limit"},
        "tables": {"errors", "judge"},
        "judge": {"errors", "tables"},
        "themes": {"errors", "tables", "judge"},
        "store": {"errors", "tables"},
        "report": {"errors", "import_closure", "shipped", "tables", "judge"},  # of shipped the glossary
        # `themes` to divide a theme on demand, `build` for the past, `report` for the measures; pages ask by notebooks.
        "dataset": {"errors", "config", "shipped", "tables", "judge", "themes", "store", "build", "report"},
        "build": {"errors", "import_closure", "tables", "judge", "themes", "store", "ingest"},
        "cli": {
            "errors",
            "config",
            "shipped",
            "time_limit",
            "tables",
            "judge",
            "themes",
            "store",
            "ingest",
            "build",
            "report",
            "dataset",
        },
    },
    "quota_lab": {"*": {"errors", "tables", "report", "build"}},  # of `analysis`
    "twin": {"*": {"errors"}},  # never ingest: a twin that shares the client's code shares its mistakes
}
OTHER_PACKAGES = {"cli": {"quota_lab", "twin"}}  # only the commands know the laboratory and the twin
PURE = {"tables", "judge", "themes", "report/measures", "report/figures"}
NO_IO = {"requests", "httplib2", "launchpadlib", "urllib", "socket", "sqlite3", "os", "pathlib", "time"}
PURE_PART = "urllib.parse"  # text in, text out: the one part of those that touches nothing
NO_CALLS = {"open", "print", "now", "utcnow", "today", "read_parquet", "read_csv", "read_json", "to_parquet", "to_csv"}


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: write 'from analysis import ...', so that this test can read it"
            yield node.module
            if node.module in PLANS:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path):
    return path.relative_to(ROOT).as_posix()


def room(path):
    """The part of its package that a module is in: a folder, or the module itself."""
    return path.relative_to(ROOT).with_suffix("").parts[1]


def is_pure(path):
    inside = path.relative_to(ROOT / "analysis").as_posix() if path.is_relative_to(ROOT / "analysis") else ""
    return any(inside.startswith(f"{folder}/") for folder in PURE)


LONGEST_NAME = 80  # characters of a test's name: a longer one is no sentence that is understood at first sight

# Names that say nothing of what they hold. `found` is what an error found instead, `by` what pandas groups by.
BARE = {"its", "known", "said", "told", "given", "placed", "judged", "made", "about", "found"}
BARE_FUNCTIONS = BARE | {
    "answered",
    "asked",
    "begun",
    "seen",
    "shown",
    "spoken",
    "tried",
    "typed",
    "of",
    "with",
    "without",
}
BARE_IN_TESTS = {"said", "told", "shown"}  # a test often holds what an error `found`
OF_ERRORS = {"errors.py": {"found"}}

MODULES = [path for package in PLANS for path in sorted((ROOT / package).rglob("*.py"))]
PURE_MODULES = [path for path in MODULES if is_pure(path)]


def assert_rule(modules, faults_of, do):
    """Assert that no module has a fault; else list the faults with the names of their modules.

    A rule is one test and not one for each of the hundreds of modules, because setting up a test takes longer than
    checking a module.
    """
    faults = [f"{named(path)}: {fault}" for path in modules for fault in faults_of(path)]

    assert len(modules) > 100
    assert not faults, "\n".join([do, *faults])


def test_every_room_is_on_the_plan():
    assert {room(path) for path in MODULES if path.is_relative_to(ROOT / "analysis")} == set(PLANS["analysis"])


def test_rooms_import_only_what_the_plan_allows():
    assert_rule(MODULES, unplanned_doors, "move the code to the room that may import what it needs")


def unplanned_doors(path):
    package, here = path.relative_to(ROOT).parts[0], room(path)
    plan = PLANS[package].get(here, PLANS[package].get("*", set()))
    names = list(imports(path))
    rooms = {name.split(".")[1] for name in names if name.startswith("analysis.")}
    others = {name.split(".")[0] for name in names} & (set(PLANS) - {"analysis", package})

    if unplanned := rooms - plan - ({here} if package == "analysis" else set()):
        yield f"{here} imports {sorted(unplanned)}"
    if unplanned := others - OTHER_PACKAGES.get(here, set()):
        yield f"imports {sorted(unplanned)}"


def test_every_module_has_a_docstring_that_says_what_it_is():
    assert_rule(MODULES, missing_docstring, "open the module with a sentence that says what it is")


def missing_docstring(path):
    return [] if ast.get_docstring(tree(path)) else ["no docstring"]


def test_pure_rooms_use_no_file_no_network_and_no_clock():
    assert_rule(PURE_MODULES, impure_names, "let the caller pass the value in")


def impure_names(path):
    touched = {i.split(".")[0] for i in imports(path) if not f"{i}.".startswith(f"{PURE_PART}.")} & NO_IO
    called = {
        getattr(n.func, "attr", getattr(n.func, "id", "")) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)
    } & NO_CALLS
    return sorted(touched | called)


def test_only_the_rule_of_privacy_reads_whether_a_row_is_private():
    assert_rule(PURE_MODULES, reads_of_privacy, "ask analysis.judge.privacy.is_hidden")


def reads_of_privacy(path):
    lines = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "is_private"
    ]
    if path.name == "privacy.py":
        return [] if lines else ["does not read is_private"]
    return [f"reads is_private in line {line}" for line in lines]


def test_only_modules_that_judge_fixes_read_what_counts_as_one():
    reading = {
        path.parent.name
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == "counts_as_fix"
    }
    assert reading <= {"schema", "fixes", "inconsistencies"}, "ask schema.fix_links or fixes.not_abandoned"


def test_only_one_place_prints_to_the_terminal():
    printing = {
        path.name
        for path in (ROOT / "analysis" / "cli").glob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    assert printing == {"output.py"}


def test_only_the_one_reader_of_configuration_parses_toml():
    reading = {named(path) for path in MODULES if named(path).startswith("analysis/") and "tomllib" in imports(path)}

    assert reading == {"analysis/tables/configuration.py"}, "make it a Section, see analysis.tables.configuration"


def test_no_two_modules_import_each_other():
    doors = {name: set() for path in MODULES if (name := module_name(path))}
    for path in MODULES:
        for node in at_run_time(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                doors[module_name(path)] |= {name if name in doors else node.module for name in names}

    circles = [name for name in doors if name in reached_from(name, doors)]

    assert circles == [], "put what both need into a third module"


def module_name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def reached_from(name, doors):
    reached, waiting = set(), [*doors[name]]
    while waiting:
        if (each := waiting.pop()) not in reached and each in doors:
            reached.add(each)
            waiting += doors[each]
    return reached


def at_run_time(node):
    """The nodes of a module, except those that only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING"):
            yield child
            yield from at_run_time(child)


def test_no_name_of_a_test_is_too_long():
    names = [
        node.name
        for path in (ROOT / "tests").glob("test_*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]

    assert len(names) > 1_000
    assert [name for name in names if len(name) > LONGEST_NAME] == []


def test_local_names_say_what_they_hold():
    assert_rule(MODULES, bare_names, "name the queue, the links or the texts that it holds")


def bare_names(path, bare=BARE):
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
    stored = {
        node.id: node.lineno
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    taken = {
        node.arg: node.lineno for function in functions for node in ast.walk(function) if isinstance(node, ast.arg)
    }
    lines = stored | taken
    return [f"{name} in line {lines[name]}" for name in sorted(lines.keys() & bare - OF_ERRORS.get(path.name, set()))]


def test_local_names_of_tests_say_what_they_hold():
    tests = sorted((ROOT / "tests").glob("*.py"))

    assert {path.name: names for path in tests if (names := bare_names(path, BARE_IN_TESTS))} == {}


def test_functions_are_called_what_they_return_or_do():
    assert_rule(MODULES, bare_functions, "a noun for what comes back, or a verb for what is done")


def bare_functions(path):
    names = {node.name.strip("_") for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)}
    return sorted(names & BARE_FUNCTIONS)
