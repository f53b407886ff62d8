"""The tables that a question reads, found in its code, for `help` and for deciding whether a page is stale."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from analysis.tables import schema

DATASET = Path(__file__).parents[1] / "dataset"
EVERYTHING = {"sql"}  # questions that may read any table
HOLDERS = ("t", "tables")  # names whose attributes are tables
# Modules whose names are not questions: `measures.backports` computes the table that `nova.backports` shows.
MODULES = {
    "display", "figures", "help_text", "inconsistencies", "kept_reports", "measures", "past", "pd", "privacy", "schema",
    "themes", "todo",
}  # fmt: skip


@cache
def _functions() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Each function of the dataset by its name: the names that it mentions, and the tables that it reads itself."""
    functions: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for path in sorted(DATASET.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):  # a card is made by its class and then read by its properties
                functions[node.name] = _card_reads(node)
            if isinstance(node, ast.FunctionDef):
                names, tables = functions.get(node.name, (frozenset[str](), frozenset[str]()))
                functions[node.name] = (names | _names(node), tables | _tables([node]))
    return functions


def _card_reads(node: ast.ClassDef) -> tuple[frozenset[str], frozenset[str]]:
    """The functions that a card calls to be made and to be displayed."""
    own = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "_facts")]
    return frozenset().union(*map(_names, own)), _tables(own)


def _names(node: ast.AST) -> frozenset[str]:
    """The names in the code: attributes that are neither tables nor of a module, and functions called by name."""
    names = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and not {_holder(one), _root(one)} & {*HOLDERS, *MODULES}:
            names.add(one.attr)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            names.add(one.func.id)
    return frozenset(names)


def _holder(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")


def _root(node: ast.expr) -> str:
    """The first name of a dotted path: `measures` of `measures.removal.table`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _tables(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The tables that this code may read: `t.bugs`, `tables.bugs`, and every text that is a table's name."""
    nodes_below = [one for tree in nodes for one in ast.walk(tree)]
    attributes = {one.attr for one in nodes_below if isinstance(one, ast.Attribute) and _holder(one) in HOLDERS}
    texts = {one.value for one in nodes_below if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return frozenset(attributes | texts) & set(schema.TABLES)


def tables_read(*names: str) -> tuple[str, ...]:
    """The tables that these questions read, directly or through other questions, in the order of the contract.

    A name stands for every question of the name, of whatever card: rather one table too many than one too few.

    >>> tables_read("waiting")
    ('areas', 'waiting_medians')
    """
    functions, waiting, names_done, tables = _functions(), list(names), set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in names_done or name not in functions:
            continue
        names_done.add(name)
        tables |= set(schema.TABLES) if name in EVERYTHING else functions[name][1]
        waiting += functions[name][0]
    return tuple(name for name in schema.TABLES if name in tables)


def tables_of_code(code: str) -> tuple[str, ...]:
    """The tables that a notebook's code reads: those that it names, and those of its questions.

    A text counts where it is what a call is given or what a table is picked by: elsewhere it may be a caption.

    >>> tables_of_code("caption = {'name': 'queue'}; store.read_table(data_dir, 'commits')")
    ('commits',)
    >>> tables_of_code("measures.removal.table(result)")  # a function of a module, not the question `table`
    ()
    """
    tree = ast.parse(code)
    expressions = [word for one in ast.walk(tree) for word in _picking(one)]
    attributes = [one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and _holder(one) in HOLDERS]
    own = {one.attr for one in attributes} | {str(one.value) for one in expressions if isinstance(one, ast.Constant)}
    every = own.union(tables_read(*sorted(_names(tree))))
    return tuple(name for name in schema.TABLES if name in every)


def _picking(node: ast.AST) -> list[ast.expr]:
    """The arguments of a call, and the keys in brackets after a name."""
    if isinstance(node, ast.Call):
        return [*node.args, *(word.value for word in node.keywords)]
    return [node.slice] if isinstance(node, ast.Subscript) else []
