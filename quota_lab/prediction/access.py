"""The reads and writes of one statement: table, columns, keys, lock. Parsed from its text, without a database."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Act: TypeAlias = Literal["read", "insert", "update", "delete"]
Parameters: TypeAlias = Mapping[str, object] | Sequence[object]
ANY = "?"  # a value that the text does not state
DELETED = "deleted"  # OpenStack marks rows as deleted, and every query leaves marked rows out
WORD = r"[A-Za-z_][A-Za-z_0-9]*"
_PARAMETER = re.compile(r"%\((?P<name>\w+)\)s(?:::\w+)?|%s|\?")
_NO_ALIAS = r"(?!(?:WHERE|JOIN|LEFT|INNER|OUTER|ON|ORDER|GROUP|FOR|LIMIT|SET|AS|HAVING)\b)"
_TABLES = re.compile(rf"\b(?:FROM|JOIN)\s+(?P<table>{WORD})(?:\s+(?:AS\s+)?{_NO_ALIAS}(?P<alias>{WORD}))?", re.I)
_VALUE = r"(:\d+|-?\d+|NULL|true|false|'[^']*')"
_EQUAL = re.compile(rf"^(?:(?P<table>{WORD})\.)?(?P<column>{WORD})\s*(?:=|IS)\s*(?P<value>{_VALUE})$", re.I)
_AMONG = re.compile(rf"^(?:(?P<table>{WORD})\.)?(?P<column>{WORD})\s+IN\s*\((?P<values>[^()]*)\)$", re.I)
_COMPARES = re.compile(r"<=|>=|<|>|!=")


@dataclass(frozen=True, slots=True)
class Access:
    """One statement's use of one table.

    `keys` are the equalities that all its rows fulfil: column -> the possible values. `bounded` are columns that are
    compared in another way. `compared` are columns of both its SET and its WHERE: such an update checks and changes in
    one statement. `relative` are columns that are changed by a difference; `n_rows` is the number of rows that it met.
    """

    act: Act
    table: str
    columns: frozenset[str]
    keys: tuple[tuple[str, frozenset[str]], ...] = ()
    bounded: tuple[tuple[str, str], ...] = ()
    relative: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    swapped: frozenset[str] = frozenset()  # those of `compared` that must equal a value that was read before
    unchanged: frozenset[str] = frozenset()  # columns that were set to the value that they had
    is_locking: bool = False
    n_rows: int | None = None

    @property
    def is_write(self) -> bool:
        """Whether it changes rows."""
        return self.act != "read"

    def renamed(self, names: Mapping[str, str]) -> "Access":
        """A copy with other values in its keys and bounds."""
        keys = tuple((column, frozenset(names.get(value, value) for value in values)) for column, values in self.keys)
        return replace(self, keys=keys, bounded=tuple((c, names.get(v, v)) for c, v in self.bounded))

    def meets(self, other: "Access") -> bool:
        """Whether both can touch the same row."""
        if self.table != other.table:
            return False
        other_keys = dict(other.keys)
        return all(
            column not in other_keys or values & other_keys[column] or ANY in values | other_keys[column]
            for column, values in self.keys
        )

    def conflicts(self, other: "Access") -> bool:
        """Whether the order of the two matters: they share a row and a column, and one of them writes."""
        if not (self.is_write or other.is_write) or not self.meets(other):
            return False
        whole = {"insert", "delete"} & {self.act, other.act}
        return bool(whole or self.columns & other.columns or "*" in self.columns | other.columns)


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement with its parameters numbered."""

    text: str
    values: list[str] = field(default_factory=list)

    def value(self, token: str) -> str:
        """The value of a token of the text."""
        return self.values[int(token[1:])] if token.startswith(":") else _plain(token.strip("'"))


def _plain(value: object) -> str:
    """A value as text; a truth value becomes a number, as servers and drivers may write it."""
    return {"false": "0", "true": "1"}.get(str(value).lower(), str(value))


def of_statement(sql: str, parameters: Parameters, n_rows: int | None = None) -> Iterator[Access]:
    """The accesses of one statement: one for a write, one for each table of a read, none for any other statement.

    >>> [a.table for a in of_statement("SELECT a FROM t JOIN u ON t.x = u.x WHERE t.p = ?", [7])]
    ['t', 'u']
    """
    whole = _numbered(" ".join(re.sub(r'[`"]', "", sql).split()), parameters)
    verb = whole.text.split(" ", 1)[0].upper()
    if verb == "SELECT":
        yield from _reads(whole, n_rows)
    elif verb == "INSERT":
        yield _insert(whole, n_rows)
    elif verb == "UPDATE":
        yield _update(whole, n_rows)
    elif verb == "DELETE":
        table = re.match(rf"DELETE FROM ({WORD})", whole.text, re.I)
        name = table[1] if table else ANY
        yield Access("delete", name, frozenset({"*"}), *_where(whole, {name: name}, name), n_rows=n_rows)


def _numbered(text: str, parameters: Parameters) -> _Text:
    values: list[str] = []
    named = parameters if isinstance(parameters, Mapping) else {}
    left = [] if named else list(parameters)

    def number(match: "re.Match[str]") -> str:
        name = match["name"]
        values.append(_plain(named.get(name, ANY) if name else left.pop(0) if left else ANY))
        return f":{len(values) - 1}"

    return _Text(_PARAMETER.sub(number, text), values)


def _reads(whole: _Text, n_rows: int | None) -> Iterator[Access]:
    tables = {m["alias"] or m["table"]: m["table"] for m in _TABLES.finditer(whole.text)}
    is_locking = bool(re.search(r"\bFOR UPDATE\b", whole.text, re.I))
    # An aggregate always returns one row, so the number of rows that it met is unknown.
    n_met = None if re.search(r"\b(?:sum|count|coalesce|max|min)\s*\(", whole.text, re.I) else n_rows
    for alias, table in tables.items():
        columns = frozenset(re.findall(rf"\b{alias}\.({WORD})", whole.text)) if len(tables) > 1 else frozenset()
        columns = columns or frozenset(re.findall(WORD, whole.text)) - {table}
        keys, bounded = _where(whole, {alias: table}, alias if len(tables) > 1 else "")
        yield Access("read", table, columns, keys, bounded, is_locking=is_locking, n_rows=n_met)


def _insert(whole: _Text, n_rows: int | None) -> Access:
    match = re.match(rf"INSERT INTO ({WORD})\s*\(([^)]*)\)\s*VALUES\s*\(([^)]*)\)", whole.text, re.I)
    if not match:
        name = re.match(rf"INSERT INTO ({WORD})", whole.text, re.I)
        return Access("insert", name[1] if name else ANY, frozenset({"*"}), n_rows=n_rows)
    columns = [name.strip() for name in match[2].split(",")]
    values = [token.strip() for token in match[3].split(",")]
    keys = tuple(
        (column, frozenset({whole.value(token)}))
        for column, token in zip(columns, values, strict=False)
        if re.fullmatch(_VALUE, token) and token.upper() != "NULL"
    )
    return Access("insert", match[1], frozenset({"*"}), keys, n_rows=n_rows)


def _update(whole: _Text, n_rows: int | None) -> Access:
    match = re.match(rf"UPDATE ({WORD}) SET (.*?)(?: WHERE (.*))?$", whole.text, re.I)
    if not match:
        return Access("update", ANY, frozenset({"*"}), n_rows=n_rows)
    table, condition = match[1], match[3] or ""
    parts = dict(re.findall(rf"({WORD})\s*=\s*((?:[^,()]|\([^()]*\))+)(?:,|$)", match[2]))
    relative = frozenset(c for c, value in parts.items() if re.search(rf"\b(?:{table}\.)?{c}\b", value))
    compared = frozenset(column for column in parts if re.search(rf"\b{column}\b", condition))
    keys, bounded = _where(whole, {table: table}, "")
    swapped = frozenset(column for column, _ in keys if column in compared)
    keys = tuple((column, values) for column, values in keys if column not in compared)
    if DELETED in parts:
        return Access("delete", table, frozenset({"*"}), keys, bounded, n_rows=n_rows)
    return Access(
        "update", table, frozenset(parts), keys, bounded, relative, compared, swapped, n_rows=n_rows,
    )  # fmt: skip


def _where(
    whole: _Text, tables: Mapping[str, str], only: str
) -> tuple[tuple[tuple[str, frozenset[str]], ...], tuple[tuple[str, str], ...]]:
    """Equalities and other comparisons of columns with values; with `only` just those that name this table."""
    keys: dict[str, frozenset[str]] = {}
    bounded: list[tuple[str, str]] = []
    for part in _conjuncts(whole.text):
        if equal := _EQUAL.match(part):
            if not only or equal["table"] in (only, None):
                keys[equal["column"]] = frozenset({whole.value(equal["value"])})
        elif among := _AMONG.match(part):
            if not only or among["table"] in (only, None):
                tokens = [token.strip() for token in among["values"].split(",")]
                keys[among["column"]] = frozenset(whole.value(t) if re.fullmatch(_VALUE, t) else ANY for t in tokens)
        elif sides := re.match(rf"^(?:{WORD}\.)?({WORD})\s*(?:<=|<)\s*{_VALUE}$", part):
            bounded.append((sides[1], whole.value(sides[2])))
    return tuple(sorted(keys.items())), tuple(bounded)


def _conjuncts(text: str) -> Iterator[str]:
    """The conditions that every WHERE and ON joins by AND; those in brackets with OR are left out."""
    for condition in re.split(r"\b(?:WHERE|ON)\b", text, flags=re.I)[1:]:
        condition = re.split(r"\b(?:ORDER BY|GROUP BY|FOR UPDATE|LIMIT|RETURNING|HAVING)\b", condition, flags=re.I)[0]
        while (inner := re.search(r"\(([^()]*\bOR\b[^()]*)\)", condition, re.I)) is not None:
            condition = condition.replace(inner[0], "TRUE")
        if re.search(r"\bOR\b", condition, re.I):
            continue
        for part in re.split(r"\bAND\b", condition, flags=re.I):
            part = part.strip()
            while part.startswith("(") and part.endswith(")") and "(" not in part[1:-1]:
                part = part[1:-1].strip()
            yield part
