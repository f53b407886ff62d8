"""The only reader of TOML files: a section becomes a typed structure, or an error in three parts.

A section is a subclass of `Section`: its fields are the keys, and their types the allowed values: a value, a list, a
table (`Mapping`), another section, or a list of sections. `msgspec.Meta` adds what a type cannot express: bounds (`ge`,
`le`, `pattern`, ...), the words of an error (`description`), a line to copy (`examples`), and the allowed keys of a
table (`extra={"among": ...}`).

Nothing here imports pandas, so that commands that only fetch start at once.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from types import UnionType
from typing import Annotated, ClassVar, NamedTuple, Self, TypeGuard, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from analysis.errors import ConfigError, ProjectFileError

Toml = Mapping[str, object]  # a table of a TOML file, as it is parsed
_LONGEST = 200  # characters of a wrong value that an error repeats
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def parse_toml(text: str, *, file: object, fault: type[ConfigError] = ConfigError) -> Toml:
    """The content of a TOML file; `file` is used in errors only. Raises `fault` for text that is not TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as cause:  # not TOML, or an endless number or nesting
        raise fault(expected=f"TOML in {file}", found=str(cause), do="correct that line; texts need quotes") from cause


class Section(Struct, frozen=True):
    """A section of a file that people write; a subclass gives its name, its keys and their types.

    SECTION is "" for a whole file, or for an entry of another section.
    """

    SECTION: ClassVar[str] = ""
    FAULT: ClassVar[type[ConfigError]] = ProjectFileError

    @classmethod
    def from_mapping(cls, section: Toml, *, file: object = "") -> Self:
        """The section from parsed TOML, checked; `file` is used in errors only.

        Raises `FAULT` for an unknown key (with the nearest valid one), a value of another type or out of its bounds, a
        missing key without a default, and anything that `check` refuses.
        """
        path = (cls.SECTION,) if cls.SECTION else ()
        return _section(section, cls, _Place(path, str(file), cls.FAULT))

    @classmethod
    def from_toml(cls, text: str, *, file: object) -> Self:
        """The section from the text of a whole file. Raises `FAULT` also for text that is not TOML."""
        return cls.from_mapping(parse_toml(text, file=file, fault=cls.FAULT), file=file)

    def check(self, where: str) -> None:
        """Raise `FAULT` if values that are valid one by one do not go together; `where` names their section."""


SectionT = TypeVar("SectionT", bound=Section)


class Sections(Mapping[str, Toml]):
    """The parsed sections of one project file; `read` returns one of them, checked."""

    def __init__(self, content: Mapping[str, Toml] | None = None, *, file: object = "") -> None:
        self._content = content or {}
        self.file = str(file)

    def read(self, kind: type[SectionT]) -> SectionT:
        """One section, with defaults for missing keys. Raises ProjectFileError, which names the file."""
        return kind.from_mapping(self.get(kind.SECTION, {}), file=self.file)

    def __getitem__(self, name: str) -> Toml:
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


class _Place(NamedTuple):
    """The place of a value in a file: the keys that lead to it (a number for an entry of a list), and its fault."""

    path: tuple[str | int, ...]
    file: str
    fault: type[ConfigError]

    def within(self, key: str | int) -> "_Place":
        return self._replace(path=(*self.path, key))

    @property
    def outside(self) -> "_Place":
        return self._replace(path=self.path[:-1])

    @property
    def key(self) -> str:
        return _key(str(self.path[-1]))

    @property
    def heading(self) -> str:
        return ".".join(_key(str(part)) for part in self.path)

    @property
    def words(self) -> str:
        """The name of the place in an error."""
        if not self.path:
            return self.file or "the file"
        if isinstance(self.path[-1], int):
            return f"entry {self.path[-1]} of {self.outside.key} in {self.outside.outside.words}"
        return f"[{self.heading}]" + (f" of {self.file}" if self.file else "")


class _Meaning(NamedTuple):
    """The description of a type for people: its words, and an example as TOML."""

    words: str
    example: str


_PLAIN = {
    str: _Meaning("a text in quotes", '"..."'),
    bool: _Meaning("true or false", "true"),
    int: _Meaning("a whole number", "1"),
    date: _Meaning("a day", "2015-04-30"),
}


def _section(table: Toml, kind: type[SectionT], place: _Place) -> SectionT:
    fields = msgspec.structs.fields(kind)
    kinds = {each.name: each.type for each in fields}
    _check_keys(table, list(kinds), place)
    values = {key: _value(value, kinds[key], place.within(key)) for key, value in table.items()}
    missing = [each.name for each in fields if each.required and each.name not in table]
    if missing:
        raise place.fault(
            expected=f"{' and '.join(missing)} in {place.words}",
            found="no such key",
            do=f"add {_key(missing[0])} = {_meaning(kinds[missing[0]]).example}",
        )
    section = kind(**values)
    section.check(place.words)
    return section


def _value(value: object, kind: object, place: _Place) -> object:
    """A value converted to its type; a table is read key by key, so that an error names the wrong one."""
    bare, inner = _bare(kind), get_args(_bare(kind))
    if get_origin(bare) is Mapping:
        return _entries(value, inner[0], inner[1], place)
    if _is_section(bare):
        return _section(_as_table(value, place), bare, place)
    if get_origin(bare) is tuple and _is_section(inner[0]):
        return _list(value, inner[0], place)
    try:
        # a text is not accepted as a date, nor is an instant without a zone, which is another day elsewhere
        return msgspec.convert(value, _without_none(kind), strict=True, builtin_types=(date,))
    except msgspec.ValidationError as cause:
        meaning = _meaning(kind)
        raise place.fault(
            expected=f"{place.key} in {place.outside.words} as {meaning.words}",
            found=_repeated(value),
            do=f"write, for instance, {place.key} = {meaning.example}",
        ) from cause


def _entries(value: object, names: object, inner: object, place: _Place) -> Mapping[str, object]:
    table = _as_table(value, place, example=f"name = {_meaning(inner).example}")
    among = [name for meta in _metas(names) for name in (meta.extra or {}).get("among", ())]
    if among:
        _check_keys(table, among, place)
    for name in table:
        _check_name(name, names, place)
    return {name: _value(one, inner, place.within(name)) for name, one in table.items()}


def _list(value: object, kind: type[SectionT], place: _Place) -> tuple[SectionT, ...]:
    if not isinstance(value, list):
        raise place.fault(
            expected=f"{place.key} in {place.outside.words} as a list of tables",
            found=_repeated(value),
            do=f"write [[{place.heading}]] on a line of its own above each",
        )
    places = [place.within(number) for number in range(1, len(value) + 1)]
    return tuple(_section(_as_table(each, where), kind, where) for each, where in zip(value, places, strict=True))


def _as_table(value: object, place: _Place, *, example: str = "its keys") -> Toml:
    if isinstance(value, Mapping):
        return value
    raise place.fault(
        expected=f"{place.words} as a table",
        found=_repeated(value),
        do='write it in braces, as in { name = "..." }'
        if isinstance(place.path[-1], int)
        else f"write [{place.heading}] on a line of its own, and {example} below",
    )


def _check_keys(table: Toml, key_names: list[str], place: _Place) -> None:
    for key in table:
        if key not in key_names:
            raise place.fault.unknown_key(key, key_names, where=place.words)


def _check_name(name: str, kind: object, place: _Place) -> None:
    try:
        msgspec.convert(name, kind, strict=True)
    except msgspec.ValidationError as cause:
        meaning = _meaning(kind)
        raise place.fault(
            expected=f"each name in {place.words} as {meaning.words}",
            found=_repeated(name),
            do=f"write, for instance, [{place.heading}.{meaning.example}]",
        ) from cause


def _without_none(kind: object) -> object:
    """The type of an optional key without None, which TOML cannot express."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    return Union[tuple(each for each in get_args(kind) if each is not type(None))]  # noqa: UP007


def _bare(kind: object) -> object:
    kind = _without_none(kind)
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _metas(kind: object) -> list[Meta]:
    return [each for each in get_args(_without_none(kind))[1:] if isinstance(each, Meta)]


def _is_section(kind: object) -> TypeGuard[type[Section]]:
    return isinstance(kind, type) and issubclass(kind, Section)


def _meaning(kind: object) -> _Meaning:
    for meta in _metas(kind):
        if meta.description and meta.examples:
            return _Meaning(meta.description, meta.examples[0])
    bare = _bare(kind)
    if isinstance(bare, type) and bare in _PLAIN:
        return _PLAIN[bare]
    if _is_section(bare):
        return _Meaning("a table", "{ ... }")
    inner = _meaning(get_args(bare)[0])
    return _Meaning(f"a list, each {inner.words}", f"[{inner.example}]")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)


def _repeated(value: object) -> str:
    try:
        return repr(value)[:_LONGEST]
    except ValueError:  # Python does not print whole numbers of more than some thousand digits
        return "a number of thousands of digits"
