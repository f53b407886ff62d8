"""A skeleton area file in TOML: declared areas, for people to add rules to."""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import NamedTuple

from analysis.judge.areas.file import Owner
from analysis.judge.areas.priorities.declared_area import DeclaredArea
from analysis.judge.areas.priorities.markup import title_key


class Skeleton(NamedTuple):
    """An area file to complete, its missing parts, and the reason if the text is no priorities document.

    Any text can have lists and sections: without the title of such a document, or a table, they are not priorities.
    """

    toml: str
    unread: tuple[str, ...]
    doubt: str = ""


def skeleton_toml(release: str, areas: list[DeclaredArea]) -> str:
    """The areas as TOML, each with the document's own words as comments and its title as its only rule.

    A priorities document does not have the dates of the cycle; people add them.
    """
    lines = [
        f"release = {_quote(release)}",
        'source  = ""                       # where the document is published',
        "# starts = YYYY-MM-DD              # the release before came out",
        "# ends   = YYYY-MM-DD              # this release came out",
    ]
    n_named: dict[str, int] = {}
    for area in areas:
        key = title_key(area.title) or "area"
        n_named[key] = n_named.get(key, 0) + 1
        lines += ["", *_table(key if n_named[key] == 1 else f"{key}-{n_named[key]}", area)]
    return "\n".join(lines) + "\n"


def _table(area_id: str, area: DeclaredArea) -> Iterator[str]:
    yield f"[areas.{area_id}]"
    for note in area.notes:
        yield from (f"# {line}" for line in wrap(_printable(note), 116))
    yield f"title = {_quote(area.title)}"
    if area.owners:
        yield f"owners = [{', '.join(_owner(owner) for owner in area.owners)}]"
    if not area.has_plan:
        yield "has_plan = false"
    if area.blueprints:
        yield f"blueprints = [{', '.join(_quote(one) for one in area.blueprints)}]"
    yield f"words = [{_quote(area.title.lower())}] # a first guess: replace it by tags, paths, topics or blueprints"


def _owner(owner: Owner) -> str:
    account = f", launchpad = {_quote(owner.launchpad)}" if owner.launchpad else ""
    return f"{{ name = {_quote(owner.name)}{account} }}"


def _quote(text: str) -> str:
    return json.dumps(_printable(text), ensure_ascii=False)


def _printable(text: str) -> str:
    """The text without characters that TOML forbids: control characters and lone surrogates."""
    return "".join(char if char.isprintable() else " " for char in text)
