"""An area file: the areas of one release as people declared them, read and checked key by key.

    release = "liberty"
    source  = "https://..."                 where the areas were declared
    starts  = 2015-04-30                    the cycle: the release before came out
    ends    = 2015-10-15                    the release came out

    [areas.quotas]                          the table's name is area_id
    title           = "Simplify Quotas"
    owners          = [{ name = "Casey Example", launchpad = "casey-example" }]
    has_plan        = false                 "without a clear plan" on the page
    expect_at_least = 40
    tags            = ["quotas"]            a bug's tag
    paths           = ["nova/quota.py"]     a file of a change or commit; * stays in a folder, ** does not
    topics          = ["bp/*quota*"]        a change's topic
    blueprints      = ["*-quota-*"]         a blueprint named in a topic or a commit message
    words           = ["over quota"]        whole words in a bug's title or a subject; a final * opens the end
    all_fixes       = true                  every bug, and every change and commit that counts as its fix

`expect_at_least` guards a rule that has silently died (a renamed tag, a moved file). It counts an area's bugs, changes
and commits together, and is checked only on data that covers the release: see `analysis.areas.members`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from analysis.errors import AreaFileError


@dataclass(frozen=True, slots=True)
class Owner:
    """A person who leads an area; `launchpad` is NA-like None where the document links no account."""

    name: str
    launchpad: str | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """One area and its rules, in the order of the file."""

    area_id: str
    title: str
    owners: tuple[Owner, ...] = ()
    has_plan: bool = True
    expect_at_least: int = 0
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    blueprints: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    all_fixes: bool = False


@dataclass(frozen=True, slots=True)
class AreaFile:
    """The areas of one release, in the order of the file."""

    release: str
    source: str
    starts: date
    ends: date
    areas: tuple[Area, ...]


MOST_EXPECTED = 1_000_000_000  # bugs, changes and commits of one area; more is a slip, and no column could hold it
LONGEST = 1_000  # characters of a rule; a regular expression that is made of many more is refused by its engine
_TYPES: dict[str, type] = {
    "title": str,
    "owners": list,
    "has_plan": bool,
    "expect_at_least": int,
    "tags": list,
    "paths": list,
    "topics": list,
    "blueprints": list,
    "words": list,
    "all_fixes": bool,
}
# An area's name is a file's in a report, and its title stands on every page: control characters and those that turn
# the direction of what follows are in neither.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TOP: dict[str, type] = {"release": str, "source": str, "starts": date, "ends": date, "areas": dict}
_RULES = ("tags", "paths", "topics", "blueprints", "words", "all_fixes")
_OWNER: dict[str, type] = {"name": str, "launchpad": str}


def parse(text: str, *, path: str) -> AreaFile:
    """The area file in `text`; `path` is only named in errors.

    Raises AreaFileError for text that is not TOML, a key that is not known (with the nearest one that is), a value of
    another type, a missing key, or an area without a rule.
    """
    try:
        given = tomllib.loads(text)
    except (ValueError, RecursionError) as cause:  # no TOML, or a number or a nest without end
        raise AreaFileError(
            expected=f"{path} to be TOML", found=str(cause), do="correct that line; strings need quotes"
        ) from cause
    _check(given, _TOP, f"{path}", required=[key for key in _TOP if key != "areas"])
    areas = tuple(_area(area_id, value, path) for area_id, value in given.get("areas", {}).items())
    if not areas:
        raise AreaFileError(
            expected=f"at least one [areas.<id>] in {path}",
            found="none",
            do='declare an area; [areas.all] with title = "All fixes" and all_fixes = true is enough to begin',
        )
    starts, ends = (_day(key, given[key], path) for key in ("starts", "ends"))
    if starts > ends:
        raise AreaFileError(
            expected=f"{path} to start before it ends", found=f"{starts} to {ends}", do="correct starts or ends"
        )
    return AreaFile(given["release"], given["source"], starts, ends, areas)


def _area(area_id: str, given: Any, path: str) -> Area:
    where = f"[areas.{area_id}] of {path}"
    if not isinstance(given, Mapping):
        raise AreaFileError(expected=f"{where} to be a table", found=repr(given), do="write its keys below the heading")
    if not _ID.fullmatch(area_id):
        raise AreaFileError(
            expected=f"a name of letters, digits and - for an area of {path}, such as [areas.quotas]",
            found=repr(area_id)[:200],
            do="write it so: it names the area's page; what people read is its title",
        )
    _check(given, _TYPES, where, required=("title",))
    if not any(given.get(rule) for rule in _RULES):
        raise AreaFileError(
            expected=f"at least one rule in {where}: {', '.join(_RULES)}",
            found="none",
            do="say how a bug or a change is known to belong here, or leave the area out",
        )
    owners = tuple(_owner(owner, where) for owner in given.get("owners", ()))
    rules = {key: _strings(given[key], key, where) for key in _RULES[:-1] if key in given}
    plain: dict[str, Any] = {key: given[key] for key in ("has_plan", "expect_at_least", "all_fixes") if key in given}
    return Area(area_id=area_id, title=given["title"], owners=owners, **{**rules, **plain})


def _owner(given: Any, where: str) -> Owner:
    if not isinstance(given, Mapping):
        raise AreaFileError(
            expected=f'owners in {where} as {{ name = "...", launchpad = "..." }}',
            found=repr(given),
            do="write each owner as a table in braces",
        )
    _check(given, _OWNER, f"an owner in {where}", required=("name",))
    return Owner(given["name"], given.get("launchpad"))


def _check(given: Mapping[str, Any], known: Mapping[str, type], where: str, *, required: Iterable[str]) -> None:
    for key, value in given.items():
        if key not in known:
            raise AreaFileError.unknown_key(key, known, where=where)
        if not _is(value, known[key]):
            raise AreaFileError(
                expected=f"{key} in {where} as a {known[key].__name__}",
                found=repr(value),
                do="write it as in the other area files",
            )
        if isinstance(value, str) and _UNSEEN.search(value):
            raise AreaFileError(
                expected=f"{key} in {where} without characters that nobody sees",
                found=ascii(value)[:200],
                do="take them out",
            )
    for key in required:
        if key not in given:
            raise AreaFileError(expected=f"{key} in {where}", found="no such key", do=f"add {key} = ...")


def _is(value: Any, wanted: type) -> bool:
    # TOML's true is Python's bool, which is also an int; an expectation of `true` is a slip.
    return type(value) is int and 0 <= value <= MOST_EXPECTED if wanted is int else isinstance(value, wanted)


def _strings(values: list[Any], key: str, where: str) -> tuple[str, ...]:
    for value in values:
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
            raise AreaFileError(
                expected=f"{key} in {where} as a list of strings of at most {LONGEST:,} characters",
                found=repr(value)[:200],
                do='write it as ["...", "..."]',
            )
    if len(set(values)) < len(values):
        raise AreaFileError(expected=f"each of {key} in {where} once", found=repr(values), do="take the repeat out")
    return tuple(values)


def _day(key: str, value: date, path: str) -> date:
    # An instant without a zone is another day on another machine, and so is none.
    if isinstance(value, datetime):
        raise AreaFileError(expected=f"{key} in {path} as a day", found=str(value), do="write it as 2015-04-30")
    return value
