"""Areas declared by the sections and lists of a document without a table."""

from collections.abc import Iterator

from docutils import nodes

from analysis.judge.areas.file import Owner
from analysis.judge.areas.priorities.declared_area import DeclaredArea
from analysis.judge.areas.priorities.markup import (
    blueprints_of,
    is_inside_no_plan,
    is_list,
    is_no_plan,
    lists_of,
    prose_of,
    text_of,
    title_of,
)
from analysis.judge.areas.priorities.owners import (
    names_leaders,
    owners_in,
    owners_of_line,
    with_owners_in_brackets,
)
from analysis.judge.areas.priorities.release import is_document_title

# Other parts of a section are reported as unread. Addresses and comments do not declare anything.
_READ = (
    nodes.title, nodes.section, nodes.paragraph, nodes.bullet_list, nodes.enumerated_list, nodes.block_quote,
    nodes.table, nodes.target, nodes.comment, nodes.system_message,
)  # fmt: skip


def areas_of_sections(sections: list[nodes.section]) -> tuple[list[DeclaredArea], list[str]]:
    """An area for each outermost section, or for its subsections if it only groups them; and the unread parts."""
    plain = [section for section in sections if not is_no_plan(section) and not is_title(section)]
    top = [section for section in plain if not any(section.parent is other for other in plain)]
    grouped = any(_is_group(section) for section in top)
    areas, unread = list[DeclaredArea](), list[str]()
    for section in top:
        more, unlinked = _areas_of_group(section) if grouped else _areas_of_sections([section])
        areas += more
        unread += unlinked
    if top and not grouped:
        unread += [f"section {title_of(one)!r}: it lies below another" for one in plain if one not in top]
    if top:
        lists = [listed for section in sections if is_title(section) for listed in lists_of(section)]
        unread += [f"the list that begins with {text_of(one.children[0])[:60]!r}: it is in no section" for one in lists]
    return areas, unread


def areas_of_first_list(document: nodes.document) -> list[DeclaredArea]:
    """An area for each item of the document's first list."""
    lists = (one for one in document.findall(is_list) if not is_inside_no_plan(one))
    first = next(lists, None)
    return [*_items(first, has_plan=True)] if isinstance(first, nodes.Element) else []


def areas_without_plan(sections: list[nodes.section]) -> list[DeclaredArea]:
    """An area for each item of the lists in sections of priorities without a clear plan."""
    lists = (listed for section in sections if is_no_plan(section) for listed in lists_of(section))
    return [item for listed in lists for item in _items(listed, has_plan=False)]


def unread_parts(sections: list[nodes.section]) -> Iterator[str]:
    """The parts of sections besides paragraphs, lists and tables."""
    for section in sections:
        for child in section.children:
            if isinstance(child, nodes.Element) and not isinstance(child, _READ):
                yield f"a {child.tagname.replace('_', ' ')} in section {title_of(section)!r}"


def is_title(section: nodes.section) -> bool:
    """Whether a section is the document itself, under its title."""
    return is_document_title(title_of(section)) and not is_no_plan(section)


def _is_group(section: nodes.section) -> bool:
    """Whether a section has no text of its own, only subsections."""
    has_prose = any(isinstance(child, nodes.paragraph) for child in section.children)
    return not has_prose and any(isinstance(child, nodes.section) for child in section.children)


def _areas_of_group(section: nodes.section) -> tuple[list[DeclaredArea], list[str]]:
    """The areas of a document whose sections are groups: the subsections of a group, and the items of its lists."""
    below = [child for child in section.children if isinstance(child, nodes.section)]
    lists = [*lists_of(section)]
    areas, unread = _areas_of_sections([section] if not below and not lists else below)
    items = [item for listed in lists for item in _items(listed, has_plan=True)]
    return [*areas, *map(with_owners_in_brackets, items)], unread


def _areas_of_sections(sections: list[nodes.section]) -> tuple[list[DeclaredArea], list[str]]:
    areas, unread = list[DeclaredArea](), list[str]()
    for section in sections:
        owners, unlinked = _owners(section)
        unread += unlinked
        areas.append(
            DeclaredArea(
                title_of(section),
                tuple(owners),
                notes=tuple(prose_of(section)),
                blueprints=tuple(blueprints_of(section)),
            )
        )
    return areas, unread


def _owners(section: nodes.section) -> tuple[list[Owner], list[str]]:
    """The owners that a section's fields and lines name, such as ":Owner: Casey Example"."""
    owners, unread = list[Owner](), list[str]()
    for field in section.findall(nodes.field):
        name, body = field.children
        if names_leaders(text_of(name)) and isinstance(body, nodes.Element):
            named, unlinked = owners_in(body, title_of(section))
            owners += named
            unread += unlinked
    for line in section.findall(nodes.paragraph):
        if not isinstance(line.parent, nodes.field_body):
            owners += owners_of_line(text_of(line))
    return owners, unread


def _items(listed: nodes.Element, *, has_plan: bool) -> Iterator[DeclaredArea]:
    for item in listed.children:
        first = next(iter(item.findall(nodes.paragraph)), None)
        if first is not None and isinstance(item, nodes.Element):
            strong = next(iter(first.findall(nodes.strong)), None)
            title = text_of(first if strong is None else strong).rstrip(".:")
            nested = [text_of(one) for inner in lists_of(item) for one in inner.children]
            yield DeclaredArea(title, has_plan=has_plan, notes=tuple(nested), blueprints=tuple(blueprints_of(item)))
