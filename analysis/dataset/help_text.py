"""The texts of `nova.help()`: the list of questions, the meaning of a question, the columns of a table."""

from collections.abc import Callable, Mapping
from inspect import cleandoc, signature

import pandas as pd

from analysis.dataset.name_lookup import resolve_name
from analysis.tables import schema

Groups = Mapping[str, Mapping[str, Callable[..., object]]]  # heading -> name -> question

# Synonyms: words that people use for questions with another name.
SYNONYMS = {
    "cycle time": ("until_merge", "review_times", "waiting"),
    "duplicate": ("likely_duplicates", "untriaged", "reported"),
    "duplicates": ("likely_duplicates", "untriaged", "reported"),
    "files": ("fixes", "change"),
    "fixed": ("merged_fixes", "closed_bugs", "similar_fixed", "possibly_fixed"),
    "lead time": ("until_merge", "review_times", "waiting"),
    "search": ("bugs", "fixes", "sql"),
    "stale": ("rescues", "over_limit", "fates", "inconsistent_bugs"),
    "tag": ("triage_proposals", "tag_checks", "untriaged_by_tag"),
    "time to fix": ("until_merge", "review_times", "fates"),
}


class Help:
    """A help text that displays as plain text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def overview(groups: Groups, table_names: list[str]) -> Help:
    """The questions, one line each, under the headings of the groups."""
    lines = []
    for heading, questions in groups.items():
        lines += [heading, *(f"  {name:<22} {first_line(one)}" for name, one in questions.items()), ""]
    return Help("\n".join([*lines, "Tables (nova.tables.<TAB>)", f"  {', '.join(table_names)}"]))


def explanation(name: str, groups: Groups, cards: Mapping[str, type]) -> Help:
    """The meaning of a question or a table; any other word finds the questions and columns that mention it.

    Raises UsageError with the nearest names if nothing mentions the word.
    """
    questions = {key: one for group in groups.values() for key, one in group.items()}
    parts = [_question_help(name, questions[name])] if name in questions else []
    if name in cards:
        parts.append(_card_help(name, cards[name]))
    if name in schema.TABLES:
        parts.append(_table_help(name))
    if not parts:
        parts = _mentioning(name, questions)
    if not parts:
        resolve_name(name, [*questions, *schema.TABLES], what="a question, a table or a word of one")
    return Help("\n\n".join(parts))


def data_dictionary() -> pd.DataFrame:
    """Every column of every table: table, column, type, meaning."""
    rows = [
        (table.name, column, contract.kind, contract.meaning)
        for table in schema.TABLES.values()
        for column, contract in table.columns.items()
    ]
    return pd.DataFrame(rows, columns=["table", "column", "type", "meaning"], dtype="string")


def first_line(question: Callable[..., object] | property | type) -> str:
    """The first line of a docstring; empty if there is none."""
    return next(iter(cleandoc(question.__doc__ or "").splitlines()), "")


def _question_help(name: str, question: Callable[..., object]) -> str:
    from analysis.report.question_tables import tables_read  # only this function reads the source

    parameters = [one for one in signature(question).parameters.values() if one.name != "self"]
    call = f"nova.{name}({', '.join(str(one).partition(':')[0] for one in parameters)})"
    reads = ", ".join(tables_read(name)) or "no table"
    return f"{call}\n\n{cleandoc(question.__doc__ or '')}\n\nReads: {reads}."


def _card_help(name: str, card: type) -> str:
    members = [key for key in dir(card) if not key.startswith("_") and key != "table"]
    lines = [f"  {key:<18} {first_line(getattr(card, key))}" for key in members]
    return "\n".join([f"Of the card: nova.{name}(...).<TAB>", *lines])


def _table_help(name: str) -> str:
    table = schema.TABLES[name]
    wide = max(map(len, table.columns))
    rows = [f"  {column:<{wide}}  {of.kind:<5}  {of.meaning}" for column, of in table.columns.items()]
    key = ", ".join(table.key)
    return "\n".join([f"nova.tables.{name}: one row is {table.row}. Key: {key}.", "", *rows])


def _mentioning(word: str, questions: Mapping[str, Callable[..., object]]) -> list[str]:
    """The questions, tables, columns and rules that mention the word, and the questions that it is a synonym of."""
    from analysis.judge import inconsistencies  # only the help on a word needs the rules

    text = word.strip().lower()
    if len(text) < 3:
        return []
    synonyms = [f"  {key:<22} {first_line(questions[key])}" for key in SYNONYMS.get(text, ()) if key in questions]
    mentions = [
        f"  {key:<22} {first_line(one)}" for key, one in questions.items() if text in f"{key} {one.__doc__}".lower()
    ]
    columns = [
        f"  {table.name}.{column:<22} {of.meaning}"
        for table in schema.TABLES.values()
        for column, of in table.columns.items()
        if text in f"{column} {of.meaning}".lower()
    ]
    tables = [
        f"  {one.name:<22} {one.row}" for one in schema.TABLES.values() if text in f"{one.name} {one.row}".lower()
    ]
    rules = [
        f"  {rule:<22} {meaning}"
        for rule, meaning in inconsistencies.meanings().items()
        if text in f"{rule} {meaning}".lower()
    ]
    headed = {
        f"Questions that answer {word!r}": synonyms,
        f"Questions that mention {word!r}": mentions,
        f"Tables that mention {word!r}": tables,
        f"Rules of inconsistent bugs that mention {word!r}": rules,
        f"Columns that mention {word!r}": columns,
    }
    return ["\n".join([heading, *lines]) for heading, lines in headed.items() if lines]
