"""The names in a text besides words: exceptions, paths, config options and log levels."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_EXCEPTION = re.compile(
    r"\b(?:[a-z_]\w*\.){0,8}([A-Z]\w{2,60}(?:Error|Exception|NotFound|Timeout|Exists|Conflict|Invalid|Failure"
    r"|Unavailable|Unauthorized|Forbidden|Quota|Limit|Deadlock|Interrupt|Fault))\b"
)
_PATH = re.compile(
    r"(?<![\w/:.-])/?(?:[\w.-]{1,80}/){1,12}[\w-]{1,80}\.(?:py|java|xml|conf|sh|rst|ini|yaml|json|c|h)\b"
)
_OPTION = re.compile(
    # A title such as "[api] server is gone" names an area, not an option: a blank is enough before an underscore only.
    r"\[(?:DEFAULT|[a-z][a-z0-9_]{1,40})\](?:[/.]|(?= ?[a-z0-9]*_) ?)([a-z][a-z0-9_]{2,60})\b"
    r"|(?<![\w-])--([a-z][a-z0-9-]{2,60})\b"
    r"|\bCONF\.([a-z][a-z0-9_.]{2,80})\b|^[ \t]*([a-z][a-z0-9]*_[a-z0-9_]{2,60})[ \t]?=(?!=)",
    re.MULTILINE,
)
_LEVEL = re.compile(r"\b(CRITICAL|ERROR|WARNING|WARN|TRACE|AUDIT|FATAL)\b")


class Mentions(NamedTuple):
    """Each name once, in the order of the text."""

    exceptions: tuple[str, ...]
    paths: tuple[str, ...]
    options: tuple[str, ...]
    log_levels: tuple[str, ...]


def mentions(text: str) -> Mentions:
    """The exceptions, paths, config options and log levels that a clean text names.

    >>> mentions("ERROR nova.compute: OverQuota in nova/quota.py, see [DEFAULT]/quota_cores")
    Mentions(exceptions=('OverQuota',), paths=('nova/quota.py',), options=('quota_cores',), log_levels=('ERROR',))
    """
    return Mentions(
        _once(_EXCEPTION.findall(text)),
        _once(path.removeprefix("/") for path in _PATH.findall(text)),
        _once(next(filter(None, groups)) for groups in _OPTION.findall(text)),
        _once(_LEVEL.findall(text)),
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
