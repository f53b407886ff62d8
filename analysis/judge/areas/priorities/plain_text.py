"""Areas declared by text without markup: an etherpad's export, or a list of specs."""

import re
from collections.abc import Iterator

from analysis.judge.areas.priorities.declared_area import DeclaredArea
from analysis.judge.areas.priorities.markup import BLUEPRINT, SPEC
from analysis.judge.areas.priorities.owners import owners_of_line, with_owners_in_brackets

_BULLET = re.compile(r"^(?P<indent>\s*)(?:[*+•-]|\d+[.)]|#\.)\s+(?P<text>\S.*)$")


def areas_of_plain_text(text: str) -> Iterator[DeclaredArea]:
    """The areas of the outermost bullets with the lines below each; or of the specs that the text lists."""
    matches = [match for match in map(_BULLET.match, text.splitlines()) if match]
    bullets = [(len(match["indent"].expandtabs(4)), match["text"]) for match in matches]
    lines = [line for _, line in bullets] or text.splitlines()
    specs = [spec["name"] for line in lines if (spec := SPEC.search(line))]
    if specs and 2 * len(specs) >= len([line for line in lines if line.strip()]):
        yield from (DeclaredArea(name.replace("-", " ").capitalize(), blueprints=(name,)) for name in _once(specs))
        return
    outermost = min((indent for indent, _ in bullets), default=0)
    if "::" in text or not any(indent > outermost for indent, _ in bullets):
        return
    items: list[list[str]] = []
    for indent, line in bullets:
        if indent == outermost:
            items.append([line])
        elif items:
            items[-1].append(line)
    yield from (_area(item) for item in items)


def _area(lines: list[str]) -> DeclaredArea:
    """The area of an outermost bullet (the first line) and the lines below it."""
    title = re.sub(r"\s*https?://\S+", "", lines[0]).rstrip(".: ")
    owners = [owner for line in lines[1:] for owner in owners_of_line(line)]
    names = [spec["name"] for line in lines if (spec := SPEC.search(line))]
    names += [page[1] for line in lines if (page := BLUEPRINT.search(line))]
    area = DeclaredArea(title or lines[0], notes=tuple(lines[1:]), blueprints=tuple(_once(names)))
    return with_owners_in_brackets(area).with_owners(*owners)


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))
