"""The plan of a report: each notebook once, or once per area or theme, with the parameters that it declares."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypedDict

from analysis.errors import ParameterError, UsageError
from analysis.report import question_tables
from analysis.report.page_registry import EXPLORING, PAGES, Page

PLAIN = (str, int, float, bool, list, dict, type(None))
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


class Metadata(TypedDict, total=False):
    """The fields of a cell's metadata that are read."""

    tags: list[str]


class Cell(TypedDict):
    """The fields of a cell in a notebook's file that are read; `source` is a text, or a list of its lines."""

    cell_type: str
    source: str | list[str]
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Source:
    """A notebook in git: the parameters that it declares, its code, and the tables that its code reads.

    `page` is its record; one that nobody registered is a page of its own title, for nobody in particular. Of the tables
    `of_every_project` it reads more than its own project's part.
    """

    path: Path
    page: Page
    parameters: Mapping[str, object]
    tables: tuple[str, ...]
    of_every_project: frozenset[str] = frozenset()
    code: str = ""

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class Job:
    """One page to make: a notebook with values for the parameters that it declares.

    `subject` names what the page is about when the notebook has a page for each value of a parameter.
    """

    page: str
    source: Source
    subject: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title of the page: its subject if it has one, else the notebook's title."""
        return self.subject or self.source.page.title


@dataclass(frozen=True, slots=True)
class Values:
    """Values for the parameters of notebooks, by origin.

    Those of `common` go to every notebook that declares them; those of `overrides`, which a person typed, must be
    declared by every notebook that is run. `each` has the values of the parameters that give a page each, with its
    title: `{"area_id": {"quotas": "Simplify quotas"}}`.
    """

    common: Mapping[str, object] = field(default_factory=dict)
    overrides: Mapping[str, object] = field(default_factory=dict)
    each: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def with_common(self, more: Mapping[str, object]) -> "Values":
        """The values with `more`, which overrides common values."""
        return replace(self, common={**self.common, **more})


def sources(notebooks: Sequence[Path]) -> list[Source]:
    """The notebooks that belong to a report, in the order of their records; last those without one."""
    order = {page.notebook: place for place, page in enumerate(PAGES)}
    paths = [path for path in notebooks if path.stem not in EXPLORING]
    return [read(path) for path in sorted(paths, key=lambda path: (order.get(path.stem, len(order)), path.stem))]


def read_whole(notebooks: Sequence[Path]) -> frozenset[str]:
    """The tables that some notebook of the report reads for every project."""
    return frozenset[str]().union(*(source.of_every_project for source in sources(notebooks)))


def read(path: Path) -> Source:
    """One notebook's facts. Raises ParameterError when it has no cell of parameters, or one that holds code."""
    # Read as JSON, because importing nbformat takes longer than detecting that a report has not changed.
    cells: list[Cell] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    title, lead = _opening(cells)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    parameters = [cell for cell in code if "parameters" in cell["metadata"].get("tags", ())]
    if len(parameters) != 1:
        raise ParameterError(
            expected=f"one cell of {path.name} tagged 'parameters'",
            found=f"{len(parameters)} of them",
            do="tag the cell that assigns the notebook's parameters, and no other",
        )
    values = _literals(_source(parameters[0]), path)
    whole = "\n".join(map(_source, code))
    registered = {page.notebook: page for page in PAGES}
    page = registered.get(path.stem) or Page(path.stem, title or path.stem, lead, audience="Others")
    return Source(path, page, values, _tables_read(code), _read_whole(code), whole)


def jobs(sources: Sequence[Source], values: Values, *, names: Sequence[str] = ()) -> list[Job]:
    """The pages to make, in the order of notebooks and then of `values.each`; if `names` are given, only those.

    Raises
    ------
    UsageError
        `names` holds a name that no notebook and no page has.
    ParameterError
        A given parameter is not declared, has another type than the value it replaces, or is in `values.each`: a page
        that is named after one value would be about another.
    """
    all_jobs = [job for source in sources for job in _expand(source, values)]
    chosen_jobs = [job for job in all_jobs if not names or job.page in names or job.source.name in names]
    unknown = set(names) - {job.page for job in all_jobs} - {source.name for source in sources}
    if unknown:
        names_known = {source.name for source in sources} | {job.page for job in all_jobs}
        raise UsageError.unknown_name(min(unknown), names_known, kind="notebook or page", option="report")
    if fixed := sorted(set(values.overrides) & set(values.each)):
        pages = [job.page for job in all_jobs if job.source.page.each == fixed[0]]
        raise ParameterError(
            expected=f"a page to be about the {fixed[0]} that it is named after",
            found=f"another value for {fixed[0]}",
            do=f"name the page instead, one of {', '.join(pages)}"[:500],
        )
    return [
        replace(job, parameters={**job.parameters, **_checked(job.source, values.overrides)}) for job in chosen_jobs
    ]


def _expand(source: Source, values: Values) -> Iterator[Job]:
    shared = _checked(source, {name: value for name, value in values.common.items() if name in source.parameters})
    each = source.page.each
    if each not in values.each:
        yield Job(source.page.name(), source, parameters=shared)
        return
    for value, subject in values.each[each].items():
        if not FILE_NAME.fullmatch(value):
            raise ParameterError(
                expected=f"a {each} of letters, digits, '.', '_' and '-', because a page is named after it",
                found=repr(value)[:100],
                do="give it such an id in the file or table that it comes from",
            )
        yield Job(source.page.name(value), source, subject, {**shared, each: value})


def _checked(source: Source, values: Mapping[str, object]) -> dict[str, object]:
    undeclared = sorted(set(values) - set(source.parameters))
    if undeclared:
        raise ParameterError(
            expected=f"{source.path.name} parameters among {sorted(source.parameters)}",
            found=f"{undeclared}",
            do="correct the spelling, or add the name to the cell tagged 'parameters'",
        )
    for name, value in values.items():
        default = source.parameters[name]
        fits = isinstance(value, type(default)) or (isinstance(default, float) and isinstance(value, int))
        if not (fits and _is_plain(value)):
            raise ParameterError(
                expected=f"{source.path.name} parameter {name} as {type(default).__name__}",
                found=f"{type(value).__name__} {value!r}"[:200],
                do="give a plain value of that type",
            )
    return dict(values)


def _is_plain(value: object) -> bool:
    """Accept data only, because papermill writes the str() of other objects into the notebook, which could be code."""
    if type(value) is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    return all(map(_is_plain, value)) if type(value) is list else type(value) in PLAIN


def _opening(cells: Sequence[Cell]) -> tuple[str, str]:
    first = _source(cells[0]) if cells and cells[0]["cell_type"] == "markdown" else ""
    heading, _, rest = first.partition("\n")
    return heading.lstrip("# ").strip(), rest.strip().partition("\n\n")[0].replace("\n", " ")


def _source(cell: Cell) -> str:
    return "".join(cell["source"])


def _literals(code: str, path: Path) -> dict[str, object]:
    try:
        return {
            target.id: ast.literal_eval(statement.value)
            for statement in ast.parse(code).body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
    except (SyntaxError, ValueError) as cause:
        raise ParameterError(
            expected=f"only literals in the cell of {path.name} tagged 'parameters'",
            found=str(cause)[:200],
            do="move what is computed to another cell",
        ) from cause


def _tables_read(cells: Iterable[Cell]) -> tuple[str, ...]:
    """The tables of the page: those in calls of read_table(data_dir, "name", ...), and those of its questions."""
    names = {name for name, _ in _reads(cells)}
    for cell in cells:
        names |= set(question_tables.tables_of_code(_source(cell)))
    return tuple(sorted(names))


def _read_whole(cells: Iterable[Cell]) -> frozenset[str]:
    """The tables that are read for every project: without a project, and not from an earlier report."""
    return frozenset(
        name
        for name, call in _reads(cells)
        if isinstance(call.args[0], ast.Name) and "project" not in {word.arg for word in call.keywords}
    )


def _reads(cells: Iterable[Cell]) -> Iterator[tuple[str, ast.Call]]:
    calls = [node for cell in cells for node in ast.walk(ast.parse(_source(cell))) if isinstance(node, ast.Call)]
    reads = [call for call in calls if getattr(call.func, "attr", "") == "read_table" and len(call.args) > 1]
    for call in reads:
        if isinstance(call.args[1], ast.Constant) and isinstance(call.args[1].value, str):
            yield call.args[1].value, call
