"""A release's priorities document (reStructuredText) read into a skeleton area file, for people to add rules to.

The reader uses a table of priorities and owners, by the headings of its columns, with a section of prose for each;
bullets below a section whose title says that there is no clear plan; and, without a table, the sections themselves (or
their subsections, if a section only groups them) or else the items of the first list. In text without markup, such as
an etherpad's export, it uses the bullets, and in a list of specs their names. Parts that could not be read are named,
never silently dropped; a table of dates is a schedule and is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from docutils import nodes
from docutils.core import publish_doctree

from analysis.errors import AreaFileError
from analysis.judge.areas.priorities.declared_area import DeclaredArea
from analysis.judge.areas.priorities.markup import blueprints_of, is_no_plan, prose_of, text_of, title_key, title_of
from analysis.judge.areas.priorities.plain_text import areas_of_plain_text
from analysis.judge.areas.priorities.release import release_of
from analysis.judge.areas.priorities.sections import (
    areas_of_first_list,
    areas_of_sections,
    areas_without_plan,
    is_title,
    unread_parts,
)
from analysis.judge.areas.priorities.skeleton import Skeleton, skeleton_toml
from analysis.judge.areas.priorities.tables import areas_of_table

# A document is untrusted: it may not include files or run raw blocks, and its faults are reported, not printed.
_SETTINGS = {
    "file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 6, "_disable_config": True,
    "smart_quotes": False, "line_length_limit": 1_000_000, "doctitle_xform": False,
}  # fmt: skip
MOST_LETTERS = 300_000
_SUBSTITUTION = re.compile(r"(\.\.[^\S\n]{1,40})\|")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_HTML = re.compile(r"\s*<(?:!doctype|html|\?xml)\b", re.IGNORECASE)


def import_priorities(rst: str) -> Skeleton:
    """The skeleton of a priorities document. The text is untrusted, and docutils has no limits of its own.

    Substitutions are not expanded, because a few lines of them can expand to more than fits into memory; references to
    them are reported as unread.

    Raises
    ------
    AreaFileError
        The text is longer than any such document, is nested too deeply, or makes docutils fail.
    """
    if len(rst) > MOST_LETTERS:
        raise _unreadable(f"more than {MOST_LETTERS:,} letters, and such a document has some ten thousand")
    try:
        return _skeleton(_SUBSTITUTION.sub(r"\1\\|", rst))
    except Exception as cause:  # docutils raises errors of many kinds for unexpected text
        raise _unreadable(f"{type(cause).__name__}: {cause}"[:200]) from cause


def _unreadable(problem: str) -> AreaFileError:
    return AreaFileError(
        expected="a priorities document in reStructuredText",
        found=problem,
        do="give the .rst source of such a document, not a page made from it",
    )


def _skeleton(rst: str) -> Skeleton:
    document = publish_doctree(rst, settings_overrides=_SETTINGS)
    sections = list(document.findall(nodes.section))
    has_table = next(iter(document.findall(nodes.table)), None) is not None
    areas, unread = _areas(document, sections, "" if has_table or sections else rst)
    unread = [*_faults(document), *unread, *unread_parts(sections)]
    release = release_of(document, rst)
    if not areas:
        unread.append("no area: the document has no table, section or list that declares one")
    if not release:
        unread.append("the release: no title such as 'Liberty Project Priorities'")
    unread.append("the cycle's dates, starts and ends: no priorities document has them")
    doubt = _doubt(rst, has_area=bool(areas), has_form=bool(release or has_table))
    return Skeleton(skeleton_toml(release, areas), tuple(unread), doubt)


def _areas(
    document: nodes.document, sections: list[nodes.section], plain_text: str
) -> tuple[list[DeclaredArea], list[str]]:
    """The areas that the document declares, from its most reliable part, and a sentence for each part not read.

    `plain_text` is the whole text if it has no markup.
    """
    tables = [areas_of_table(table) for table in document.findall(nodes.table)]
    areas = [area for of_table, _ in tables for area in of_table]
    unread = [sentence for _, of_table in tables for sentence in of_table]
    if areas:
        areas = [_with_prose(area, sections) for area in areas]
        unread += _undeclared(areas, sections)
    else:
        areas = [*areas_of_plain_text(plain_text)]
        if not areas:
            areas, of_sections = areas_of_sections(sections)
            unread += of_sections
        areas = areas or areas_of_first_list(document)
    return [*areas, *areas_without_plan(sections)], unread


def _doubt(rst: str, *, has_area: bool, has_form: bool) -> str:
    """Why the text is not a priorities document; "" if it is one."""
    if _BINARY.search(rst):
        return "characters that no text has"
    if _HTML.match(rst):
        return "a page in HTML"
    if not has_area:
        return "no table, section or list that declares a priority"
    return "" if has_form else "lists or sections, and neither a title that names a release nor a table"


def _faults(document: nodes.document) -> Iterator[str]:
    """The parts that docutils could not read."""
    for fault in (*document.parse_messages, *document.transform_messages):
        if fault["level"] > 1:  # 1 is information, such as a target that nothing refers to
            yield f"line {fault.get('line', '?')}: {text_of(fault)[:200]}"


def _with_prose(area: DeclaredArea, sections: list[nodes.section]) -> DeclaredArea:
    """An area of a table with the words and blueprints of the section with its title, if there is one."""
    for section in sections:
        if title_key(title_of(section)) == title_key(area.title):
            return replace(area, notes=tuple(prose_of(section)), blueprints=tuple(blueprints_of(section)))
    return area


def _undeclared(areas: list[DeclaredArea], sections: list[nodes.section]) -> Iterator[str]:
    declared = {title_key(area.title) for area in areas}
    for section in sections:
        if not is_no_plan(section) and not is_title(section) and title_key(title_of(section)) not in declared:
            yield f"section {title_of(section)!r}: the table does not declare it"
