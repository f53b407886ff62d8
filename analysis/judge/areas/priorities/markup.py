"""The parts of a reStructuredText document that priorities documents use: titles, prose, lists and links."""

import re
from collections.abc import Iterator

from docutils import nodes

SPEC = re.compile(
    r"(?:specs/(?P<release>[a-z]+|20\d\d\.\d)/)?(?:approved|implemented|backlog|abandoned|redirects)/"
    r"(?P<name>[a-z0-9][a-z0-9+.-]*?)(?:\.(?:html|rst))?(?=[\s#)>\]]|$)"
)
BLUEPRINT = re.compile(r"blueprints\.launchpad\.net/[^/]+/\+spec/([a-z0-9][a-z0-9+.-]*)")
_NO_PLAN = re.compile(r"without a (?:clear )?plan", re.IGNORECASE)


def text_of(node: nodes.Node | None) -> str:
    """The words of a node on one line; "" without a node."""
    return " ".join(node.astext().split()) if node is not None else ""


def title_of(section: nodes.section) -> str:
    """The title of a section on one line."""
    return text_of(section.next_node(nodes.title))


def title_key(title: str) -> str:
    """A title as the name of an area; different spellings of a title get the same name.

    >>> title_key("Nova-network/Neutron  Migration")
    'nova-network-neutron-migration'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def is_list(node: nodes.Node) -> bool:
    """Whether a node is a list with bullets or numbers."""
    return isinstance(node, nodes.bullet_list | nodes.enumerated_list)


def lists_of(node: nodes.Element) -> Iterator[nodes.Element]:
    """The lists of a section; docutils takes an indented list for a quotation, but a reader for a list."""
    for child in node.children:
        if isinstance(child, nodes.Element) and is_list(child):
            yield child
        elif isinstance(child, nodes.block_quote):
            yield from lists_of(child)


def prose_of(node: nodes.Element) -> Iterator[str]:
    """The paragraphs and list items of a node, each on one line."""
    for child in node.children:
        if isinstance(child, nodes.paragraph):
            yield text_of(child)
        elif is_list(child):
            yield from (text_of(item) for item in child.children)
        elif isinstance(child, nodes.block_quote):
            yield from prose_of(child)


def blueprints_of(node: nodes.Node) -> list[str]:
    """The blueprints that it links, by their own page or by their spec, which OpenStack names after its blueprint."""
    links = [str(link.get("refuri", "")) for link in node.findall(nodes.reference)]
    by_page = [page[1] for link in links if (page := BLUEPRINT.search(link))]
    by_spec = [spec["name"] for link in links if "spec" in link and (spec := SPEC.search(link))]
    return list(dict.fromkeys(by_page + by_spec))


def is_no_plan(section: nodes.section) -> bool:
    """Whether a section lists priorities without a clear plan."""
    return bool(_NO_PLAN.search(title_of(section)))


def is_inside_no_plan(node: nodes.Node) -> bool:
    """Whether a node is below such a section."""
    parent = node.parent
    return parent is not None and (
        (isinstance(parent, nodes.section) and is_no_plan(parent)) or is_inside_no_plan(parent)
    )
