"""A release's priorities document (reStructuredText) read into a skeleton area file, for people to add rules to.

Three shapes are read: a table of priorities and owners, with a section of prose for each; bullets below a section whose
title says that there is no clear plan; and, where there is no table, the sections themselves or else the items of the
first list. What could not be read is named, never dropped in silence.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any, NamedTuple

from docutils import nodes
from docutils.core import publish_doctree

from analysis.areas.file import Owner

# A document comes from outside: it may not include files or run raw blocks, and its faults are reported, not printed.
_SETTINGS = {
    "file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 6, "_disable_config": True,
    "smart_quotes": False, "line_length_limit": 1_000_000, "doctitle_xform": False,
}  # fmt: skip
_NO_PLAN = re.compile(r"without a (?:clear )?plan", re.IGNORECASE)
_LAUNCHPAD = re.compile(r"^https?://(?:www\.)?launchpad\.net/~([a-z0-9][a-z0-9+.-]*)/?$")
_TITLE = re.compile(r"\b(?:priorities|themes)$", re.IGNORECASE)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_HTML = re.compile(r"\s*<(?:!doctype|html|\?xml)\b", re.IGNORECASE)
_BLUEPRINT = re.compile(r"blueprints\.launchpad\.net/[^/]+/\+spec/([a-z0-9][a-z0-9+.-]*)")


# Other parts of a section are named as not read. Addresses and comments say nothing by themselves.
_READ = (
    nodes.title, nodes.section, nodes.paragraph, nodes.bullet_list, nodes.enumerated_list, nodes.block_quote,
    nodes.table, nodes.target, nodes.comment, nodes.system_message,
)  # fmt: skip


class Skeleton(NamedTuple):
    """An area file to be completed, what of the document it lacks, and why it is no priorities document, if it is none.

    Lists and sections are in any text: without the title of such a document, or a table, they are no priorities.
    """

    toml: str
    unread: tuple[str, ...]
    doubt: str = ""


@dataclass(frozen=True)
class _Found:
    title: str
    owners: tuple[Owner, ...] = ()
    has_plan: bool = True
    notes: tuple[str, ...] = ()
    blueprints: tuple[str, ...] = ()


def import_priorities(rst: str) -> Skeleton:
    """The areas that the document declares, as a skeleton area file, and what of it could not be read.

    Each area has its title, its owners with their Launchpad names, and the document's own words as comments; its only
    rule is its title as words, a first guess. The cycle's dates are not in such a document and are left to be written.
    """
    document = publish_doctree(rst, settings_overrides=_SETTINGS)
    unread = [*_faults(document)]
    tables = list(document.findall(nodes.table))
    declared = [found for table in tables for found in _from_table(table, unread)]
    sections = list(document.findall(nodes.section))
    if declared:
        declared = [_with_prose(found, sections) for found in declared]
        unread += _undeclared(declared, sections)
    else:
        declared = _from_sections(sections, unread) or _from_first_list(document)
    declared += [found for section in sections if _is_no_plan(section) for found in _from_lists(section)]
    unread += [sentence for section in sections for sentence in _unread_parts(section)]
    release = _release(document)
    if not declared:
        unread.append("no area: the document has no table, section or list that declares one")
    if not release:
        unread.append("the release: no title such as 'Liberty Project Priorities'")
    unread.append("the cycle's dates, starts and ends: no priorities document has them")
    doubt = _doubt(rst, has_area=bool(declared), is_told=bool(release or tables))
    return Skeleton(_toml(release, declared), tuple(unread), doubt)


def _doubt(rst: str, *, has_area: bool, is_told: bool) -> str:
    if _BINARY.search(rst):
        return "characters that no text has"
    if _HTML.match(rst):
        return "a page in HTML"
    if not has_area:
        return "no table, section or list that declares a priority"
    return "" if is_told else "lists or sections, and neither a title that names a release nor a table"


def _faults(document: nodes.document) -> Iterator[str]:
    for fault in (*document.parse_messages, *document.transform_messages):
        if fault["level"] > 1:  # 1 is information, such as a target that nothing refers to
            yield f"line {fault.get('line', '?')}: {_text(fault)[:200]}"


def _release(document: nodes.document) -> str:
    title = next((_text(one) for one in document.findall(nodes.title)), "")
    found = re.match(r"(\w[\w.]*)\s+(?:project\s+)?(?:priorities|themes)", title, re.IGNORECASE)
    return found.group(1).lower() if found else ""


def _from_table(table: nodes.table, unread: list[str]) -> Iterator[_Found]:
    for body in table.findall(nodes.tbody):
        for row in body.findall(nodes.row):
            cells = [cell for cell in row.children if isinstance(cell, nodes.entry)]
            title = _text(cells[0]) if cells else ""
            if not title or len(cells) < 2:
                unread.append(f"a row of the table: {_text(row)!r} (it needs a priority and its owners)")
            else:
                unread += [f"a further cell of {title!r}: {_text(cell)!r}" for cell in cells[2:] if _text(cell)]
                yield _Found(title, tuple(_owners(cells[1], unread, title)))


def _owners(cell: nodes.entry, unread: list[str], title: str) -> Iterator[Owner]:
    links = {_text(link): str(link.get("refuri", "")) for link in cell.findall(nodes.reference)}
    for name in filter(None, (part.strip(" `_") for part in re.split(r",|\band\b|;", _text(cell)))):
        account = _LAUNCHPAD.match(links.get(name, ""))
        if account is None:
            unread.append(f"the Launchpad name of {name!r}, owner of {title!r}: the document links none")
        yield Owner(name, account.group(1) if account else None)


def _with_prose(found: _Found, sections: list[nodes.section]) -> _Found:
    for section in sections:
        if _key(_title(section)) == _key(found.title):
            return replace(found, notes=tuple(_prose(section)), blueprints=tuple(_blueprints(section)))
    return found


def _undeclared(declared: list[_Found], sections: list[nodes.section]) -> Iterator[str]:
    known = {_key(found.title) for found in declared}
    for section in sections:
        if not _is_no_plan(section) and not _is_title(section) and _key(_title(section)) not in known:
            yield f"section {_title(section)!r}: the table does not declare it"


def _from_sections(sections: list[nodes.section], unread: list[str]) -> list[_Found]:
    plain = [section for section in sections if not _is_no_plan(section) and not _is_title(section)]
    top = [section for section in plain if not any(section.parent is other for other in plain)]
    if top:
        unread += [f"section {_title(one)!r}: it lies below another" for one in plain if one not in top]
        lists = [child for section in sections if _is_title(section) for child in _lists(section)]
        unread += [f"the list that begins with {_text(one.children[0])[:60]!r}: it is in no section" for one in lists]
    return [_Found(_title(one), notes=tuple(_prose(one)), blueprints=tuple(_blueprints(one))) for one in top]


def _from_first_list(document: nodes.document) -> list[_Found]:
    lists = (one for one in document.findall(_is_list) if not _inside_no_plan(one))
    first = next(lists, None)
    return [] if first is None else [*_items(first, has_plan=True)]


def _from_lists(section: nodes.section) -> Iterator[_Found]:
    for listed in _lists(section):
        yield from _items(listed, has_plan=False)


def _lists(node: nodes.Element) -> Iterator[nodes.Element]:
    """The lists of a section; one that is indented is a quotation to docutils, and a list to its reader."""
    for child in node.children:
        if _is_list(child):
            yield child
        elif isinstance(child, nodes.block_quote):
            yield from _lists(child)


def _unread_parts(section: nodes.section) -> Iterator[str]:
    """What a section holds besides paragraphs, lists and tables."""
    for child in section.children:
        if not isinstance(child, _READ):
            yield f"a {child.tagname.replace('_', ' ')} in section {_title(section)!r}"


def _items(listed: nodes.Node, *, has_plan: bool) -> Iterator[_Found]:
    for item in listed.children:
        first = next(iter(item.findall(nodes.paragraph)), None)
        if first is not None:
            strong = next(iter(first.findall(nodes.strong)), None)
            title = _text(first if strong is None else strong).rstrip(".:")
            nested = [_text(one) for inner in _lists(item) for one in inner.children]
            yield _Found(title, has_plan=has_plan, notes=tuple(nested), blueprints=tuple(_blueprints(item)))


def _prose(node: nodes.Element) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, nodes.paragraph):
            yield _text(child)
        elif _is_list(child):
            yield from (_text(item) for item in child.children)
        elif isinstance(child, nodes.block_quote):
            yield from _prose(child)


def _blueprints(node: nodes.Node) -> list[str]:
    links = (str(link.get("refuri", "")) for link in node.findall(nodes.reference))
    return list(dict.fromkeys(found.group(1) for link in links if (found := _BLUEPRINT.search(link))))


def _is_list(node: nodes.Node) -> bool:
    return isinstance(node, nodes.bullet_list | nodes.enumerated_list)


def _is_title(section: nodes.section) -> bool:
    return bool(_TITLE.search(_title(section))) and not _is_no_plan(section)


def _is_no_plan(section: nodes.section) -> bool:
    return bool(_NO_PLAN.search(_title(section)))


def _inside_no_plan(node: nodes.Node) -> bool:
    return node.parent is not None and (
        (isinstance(node.parent, nodes.section) and _is_no_plan(node.parent)) or _inside_no_plan(node.parent)
    )


def _title(section: nodes.section) -> str:
    return _text(section.next_node(nodes.title))


def _text(node: Any) -> str:
    return " ".join(node.astext().split()) if node is not None else ""


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _toml(release: str, declared: list[_Found]) -> str:
    lines = [
        f"release = {_quoted(release)}",
        'source  = ""                       # where the document is published',
        "# starts = YYYY-MM-DD              # the release before came out",
        "# ends   = YYYY-MM-DD              # this release came out",
    ]
    taken: dict[str, int] = {}
    for found in declared:
        key = _key(found.title) or "area"
        taken[key] = taken.get(key, 0) + 1
        lines += ["", *_table(key if taken[key] == 1 else f"{key}-{taken[key]}", found)]
    return "\n".join(lines) + "\n"


def _table(area_id: str, found: _Found) -> Iterator[str]:
    yield f"[areas.{area_id}]"
    for note in found.notes:
        yield from (f"# {line}" for line in wrap(_printable(note), 116))
    yield f"title = {_quoted(found.title)}"
    if found.owners:
        yield f"owners = [{', '.join(_owner(owner) for owner in found.owners)}]"
    if not found.has_plan:
        yield "has_plan = false"
    if found.blueprints:
        yield f"blueprints = [{', '.join(_quoted(one) for one in found.blueprints)}]"
    yield f"words = [{_quoted(found.title.lower())}] # a first guess: replace it by tags, paths, topics or blueprints"


def _owner(owner: Owner) -> str:
    account = f", launchpad = {_quoted(owner.launchpad)}" if owner.launchpad else ""
    return f"{{ name = {_quoted(owner.name)}{account} }}"


def _quoted(text: str) -> str:
    return json.dumps(_printable(text), ensure_ascii=False)


def _printable(text: str) -> str:
    """Without what TOML allows in no string and no comment: control characters and lone surrogates."""
    return "".join(char if char.isprintable() else " " for char in text)
