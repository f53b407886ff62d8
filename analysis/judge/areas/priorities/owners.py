"""The owners of an area: the people that a cell, a field or a line of a priorities document names, one by one."""

import re
from collections.abc import Iterator
from dataclasses import replace

from docutils import nodes

from analysis.judge.areas.file import Owner
from analysis.judge.areas.priorities.declared_area import DeclaredArea
from analysis.judge.areas.priorities.markup import text_of

# The words for the owners of an area in a heading or a field, and for other people beside them.
LEADER = re.compile(
    r"(?i)\b(?:owner|champion|lead|leader|primary contact|contact|who|assignee|driver|liaison|responsible)s?\b"
)
BACKUP = re.compile(r"(?i)\b(?:backup|secondary|reviewer|core)s?\b")
# A line such as "Owner: Casey Example".
OWNER_LINE = re.compile(
    r"(?i)^(?:who|owners?|champions?|leads?|primary contacts?|contacts?|assignees?)\s*:\s*(?P<who>.+)$"
)
_LAUNCHPAD = re.compile(r"^https?://(?:www\.)?launchpad\.net/~([a-z0-9][a-z0-9+.-]*)/?$")
_NOBODY = re.compile(r"(?i)^(?:tb[dc]|n/?a|none|nobody.*|\?+|-+|unassigned|volunteers? (?:needed|wanted))$")


def names_leaders(heading: str) -> bool:
    """Whether a heading or a field names the owners of an area."""
    return bool(LEADER.search(heading)) and not BACKUP.search(heading)


def owners_in(cell: nodes.Element, title: str) -> tuple[list[Owner], list[str]]:
    """The owners that a cell or a field names, and a sentence for each whose Launchpad name is not linked."""
    links = {text_of(link): str(link.get("refuri", "")) for link in cell.findall(nodes.reference)}
    owners, unread = list[Owner](), list[str]()
    for name in _names(cell):
        account = _LAUNCHPAD.match(links.get(name, ""))
        if account is None:
            unread.append(f"the Launchpad name of {name!r}, owner of {title!r}: the document links none")
        owners.append(Owner(name, account.group(1) if account else None))
    return owners, unread


def owners_of_line(line: str) -> list[Owner]:
    """The owners that a line such as "Owner: Casey Example" names; empty for any other line."""
    named = OWNER_LINE.match(line)
    return [Owner(name) for name in split_names(named["who"])] if named else []


def _names(cell: nodes.Element) -> Iterator[str]:
    """The people in a cell, one by one: each reference is one, and so is each part of the text between them."""
    texts = [""]
    for node in cell.findall(lambda one: isinstance(one, nodes.reference | nodes.Text | nodes.paragraph)):
        if isinstance(node, nodes.reference):
            texts += [f"\0{text_of(node)}", ""]
        elif isinstance(node, nodes.paragraph):
            texts.append("")
        elif not isinstance(node.parent, nodes.reference):
            texts[-1] += node.astext()
    for text in texts:
        yield from (text[1:],) if text.startswith("\0") else split_names(text)


def split_names(text: str) -> Iterator[str]:
    """The people that a text names; a name continues in the next line only if both lines are single words.

    >>> list(split_names("Mina Okoro (mina), Tomas Vrba and tvrba / TBD"))
    ['Mina Okoro', 'Tomas Vrba', 'tvrba']
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) == 2 and all(re.fullmatch(r"[A-Z][\w'-]+", line) for line in lines):
        lines = [" ".join(lines)]
    for part in (part for line in lines for part in re.split(r"[,;/&]|\band\b", line)):
        name = re.sub(r"\([^)]*\)", "", part).strip(" `_@*")
        if name and not _NOBODY.match(name) and not _NOBODY.match(part.strip()):
            yield name


def with_owners_in_brackets(area: DeclaredArea) -> DeclaredArea:
    """An item such as "Shelves without screws (mina, tvrba)": brackets of usernames at its end are its owners."""
    named = re.fullmatch(r"(?P<title>.*\S)\s*\((?P<who>[^()]+)\)", area.title)
    if named is None:
        return area
    if _NOBODY.match(named["who"]):
        return replace(area, title=named["title"])
    names = [*split_names(named["who"])]
    if not names or not all(re.fullmatch(r"[a-z][a-z0-9_+.-]+|[A-Z]\w+ [A-Z]\w+", name) for name in names):
        return area
    return replace(area, title=named["title"], owners=tuple(Owner(name) for name in names))
