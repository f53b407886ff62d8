"""Lists that people write about themes: the [[tables]] of a TOML file, and what one of their values may be."""

import tomllib
from collections.abc import Mapping, Set
from typing import Any

from analysis.errors import ConfigError


def entries(content: str, key: str) -> list[Any]:
    """The [[key]] tables of a file that holds no others. Raises ConfigError; what is in an entry is the reader's."""
    try:
        found = tomllib.loads(content)
    except (ValueError, RecursionError) as cause:  # no TOML, or a number or a nest without end
        raise ConfigError(expected="a TOML file", found=str(cause), do="correct it at that line") from cause
    if set(found) - {key}:
        raise ConfigError(
            expected=f"only [[{key}]] tables", found=str(sorted(set(found) - {key})), do="remove or rename them"
        )
    given = found.get(key, [])
    return given if isinstance(given, list) else [given]


def has(entry: Any, *, texts: set[str], lists: set[str], beside: Set[str] = frozenset()) -> bool:
    """Whether an entry is a table of just these keys, of texts and of lists of texts, none of them empty.

    What is `beside` them may be there, whatever it holds. A lone text is no list: "race" would be read as its letters.
    """
    return (
        isinstance(entry, Mapping)
        and set(entry) - beside == texts | lists
        and all(_is_text(entry[key]) for key in texts)
        and all(isinstance(entry[key], list) and entry[key] and all(map(_is_text, entry[key])) for key in lists)
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
