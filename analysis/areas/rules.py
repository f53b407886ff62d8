"""One rule against one column: which of its values match, each value looked at once, without a loop over rows."""

import re
from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# Names of a blueprint in a commit message, as 'blueprint x', 'bp x', 'bp/x', 'Implements: blueprint x'.
_BLUEPRINT = r"(?im)\b(?:blueprint|bp)[:/ \t]+([a-z0-9][a-z0-9._-]*[a-z0-9])"
_MAYBE_BLUEPRINT = r"(?i)\b(?:blueprint|bp)[:/ \t]"
_TOPIC_BLUEPRINT = r"(?i)^(?:bp|blueprint)/"


def matches(values: pd.Series, patterns: Iterable[str]) -> Iterator[tuple[int, pd.Index]]:
    """For each regular expression, its position and the index labels of the values that it finds; NA never matches.

    Equal values are looked at once: a million paths of files are some thousand distinct ones.
    """
    encoded = pa.array(values).dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = pd.Series(encoded.indices.to_pandas(), index=values.index)
    for position, pattern in enumerate(patterns):
        hit = pc.match_substring_regex(encoded.dictionary, pattern)
        positions = pc.indices_nonzero(hit).to_numpy()
        yield position, values.index[codes.isin(positions)]


def glob(pattern: str, *, ignore_case: bool = False) -> str:
    """A glob as a regular expression for whole paths: `**` crosses folders, `*` and `?` do not.

    >>> glob("nova/scheduler/**")
    '^nova/scheduler/.*$'
    """
    body = "".join(_GLOB.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*|\?)", pattern))
    return f"{'(?i)' if ignore_case else ''}^{body}$"


_GLOB = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def wildcard(pattern: str) -> str:
    """A name with `*` for anything, as a regular expression; letter case does not matter.

    >>> wildcard("bp/*quota*")
    '(?i)^bp/.*quota.*$'
    """
    return f"(?i)^{'.*'.join(re.escape(part) for part in pattern.split('*'))}$"


def word(phrase: str) -> str:
    """A word or phrase as a regular expression: whole words, any case, any blanks between; a final `*` opens the end.

    >>> word("over quota")
    '(?i)(?:^|[^0-9A-Za-z])over[^0-9A-Za-z]+quota(?:[^0-9A-Za-z]|$)'
    """
    opened = phrase.endswith("*")
    body = "[^0-9A-Za-z]+".join(re.escape(part) for part in re.split(r"[\s_-]+", phrase.rstrip("*").strip()))
    return f"(?i)(?:^|[^0-9A-Za-z]){body}{'' if opened else '(?:[^0-9A-Za-z]|$)'}"


def blueprints(messages: pd.Series, topics: pd.Series | None = None) -> pd.Series:
    """The blueprint names in each message and topic, lower case; the index repeats where one names several."""
    likely = messages[messages.str.contains(_MAYBE_BLUEPRINT, regex=True).fillna(False).astype(bool)]
    found = [likely.str.extractall(_BLUEPRINT)[0].droplevel("match")] if len(likely) else []
    if topics is not None:
        named = topics[topics.str.contains(_TOPIC_BLUEPRINT, regex=True).fillna(False).astype(bool)]
        found.append(named.str.replace(_TOPIC_BLUEPRINT, "", regex=True))
    if not found:
        return messages.iloc[:0]
    names: pd.Series = pd.concat(found).astype(messages.dtype).str.lower()
    return names.loc[~(pd.Series(names.index, index=names.index).astype(str) + " " + names).duplicated()]
