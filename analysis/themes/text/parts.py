"""Splits a bug report into kinds of lines: prose, log, traceback, exception, command, configuration or code.

The prose of a person says what is wrong. Pasted text says much else: a log names the locks that it took, the table of a
command has a column "locked", every second traceback has a rollback function.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from analysis.themes.text.clean import LIMIT

# The parts of a report, each a column of `report_parts`.
PARTS = ("title", "prose", "exception", "traceback", "log", "command", "configuration", "code")

# A report with one of these parts has a log.
PARTS_OF_LOG = ("log", "traceback", "exception")

# reports processed together: at most 20 MB of text, which is held several times over
CHUNK = 1_000

_LEVEL = r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|AUDIT|CRITICAL)"
_STAMP = r"(?:[A-Z][a-z]{2} +\d+ )?(?:\d{2,4}-\d\d-\d\d[ T])?\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?Z?"
# What a log puts before a line: its time and process, its level and logger, its request and instance in brackets.
_PREFIX = (
    rf"(?:{_STAMP}(?:[ |]+\d{{1,7}})?[ |]*)?"
    rf"(?:\(?[\w.]*\)?:? ?{_LEVEL}:? +(?:\[?[a-z_][\w.]+\]?)?:? *(?:\[[^\]]*\] *)*)?"
)
_NAME = r"(?:[a-z_]\w*\.)*[A-Z]\w*"
_ENDS = r"(?:Error|Exception|Timeout|Interrupt|Deadlock|NotFound|Invalid|Exceeded|Failed|Failure|Warning)(?:_Remote)?"
_CLIENTS = r"(?:nova|neutron|cinder|glance|keystone|openstack|curl|sudo|euca-[a-z-]+|virsh|nova-manage|tox|cat|grep|ls)"
_KEYWORDS = r"(?:def|class|import|return|raise|elif|else:|try:|except|finally:|with|assert|@)"
_SQL = r"(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|FROM|WHERE|PRIMARY KEY|UNIQUE KEY|CONSTRAINT)"
# What each kind of line looks like; of several kinds the first. Every other line is prose.
_LOOKS = {
    "frame": (
        r'File "[^"]+", line \d+',
        r"Traceback \(most recent call last\)",
        r"^\s+at [\w.$<>]+\([\w.]+:\d+\)",  # Java
    ),
    "exception": (rf"^\s*{_PREFIX}\s*{_NAME}{_ENDS}(?::|\s*$)",),
    "log": (
        rf"^\W{{0,3}}{_STAMP}",
        rf"^\W{{0,3}}{_LEVEL}:? +[\w.]+[. :\[]",
        rf"^\([\w.]+\): {_LEVEL}",
        rf"{_LEVEL} [a-z_]+\.[a-z_.]+ ",
        r"\breq-[0-9a-f-]{36}",
        r"\(pid=\d+\)",
        r"^==> ",
        r"^(?:Stdout|Stderr|Exit code|Command): ",
    ),
    "command": (
        r"^\s*(?:\$|#|>|>>>|~\$|mysql>|MariaDB \[\w*\]>|\w+=#)\s*\S",
        r"^\s*\[?[\w.-]+@[\w.-]+\b[^#$>]{0,80}[#$>%]\s*\S",
        r"^\S*[/:]\S*[$#] ",
        rf"^\s*{_CLIENTS} +(?:-|/|.* -|[a-z]+-[a-z-]+\b|(?:boot|list|show|delete|reboot|resize|migrate|start|stop)\b)",
        # what it printed: tables, rules, listings of files, headers, markup, JSON, packages
        r"^\s*[|+][-+| =]|^\s*\|.*\|\s*$|^\s*[-=~_*#]{4,}\s*$|^[dl-][rwxst-]{9}",
        r"^\s*(?:HTTP/1\.\d|[A-Z][A-Za-z]+(?:-[A-Za-z]+)+:) |^\s*(?:GET|POST|PUT|DELETE|HEAD|PATCH) +(?:http|/)",
        r"^\s*<[/?!a-zA-Z]|^\s*(?:[{}\"',]|[(\[][{'\"]|u['\"]|[])])",
        rf"^\s*{_SQL}\b|^(?:INSTANCE|RESERVATION|IMAGE)\s|^\s*(?:ii|rpm|dpkg) ",
    ),
    "configuration": (
        r"^\s*#? ?[\w.-]+ ?= ?[^=\s(][^()]*$",
        r"^\s*[\w.-]+ ?=\s*$",
        r"^\s*\[[\w:.-]+\]\s*$",
    ),
    "code": (
        rf"^\s*{_KEYWORDS}[ (:]?[\w.:('\"]*.*[\w)\]:'\"]\s*$|^\s*(?:if|for|while) .*:\s*$|^\s*from [\w.]+ import ",
        r"^(?:diff --git|index [0-9a-f]{7}|\+\+\+|---|@@) |^[+-]\s{2,}",
        r"^\s*self\.|^\s+[\w.\[\]'\"]+ = .*[\w)\]}'\"]\s*$|^\s*[\w.]+\(.*[),]\s*$|^\s+[\w.]+\($",
    ),
}
LINES = {kind: "|".join(looks) for kind, looks in _LOOKS.items()}
# Right below a traceback any name with a colon is its exception.
_LAST = rf"^\s*{_PREFIX}\s*{_NAME}: ?\S"


def report_parts(bugs: pd.DataFrame) -> pd.DataFrame:
    """The text of each part of each report, one column for each of PARTS, in the order of `bugs` (schema.BUGS).

    One column more, pasted, is all that is neither title nor prose, in its order. A part that a report does not have is
    "". At most the first LIMIT characters of a description are looked at.
    """
    descriptions = bugs["description"]
    chunks = [_parts_of(descriptions.iloc[start : start + CHUNK]) for start in range(0, max(len(bugs), 1), CHUNK)]
    parts = pd.concat(chunks).set_axis(bugs.index)
    parts.insert(0, "title", [_readable(each) for each in bugs["title"].fillna("")])
    return parts


def _readable(text: str) -> str:
    """The beginning of a text without half characters, which no array holds, and carriage returns."""
    text = text[:LIMIT].replace("\r", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _parts_of(descriptions: "pd.Series[str]") -> pd.DataFrame:
    lines, owner, n_texts = _lines_of([_readable(each) for each in descriptions.fillna("")])
    kinds = _kinds(lines, owner)
    columns = {part: _join(lines, owner, kinds == n, n_texts) for n, part in enumerate(PARTS[1:])}
    columns["pasted"] = _join(lines, owner, kinds != PARTS[1:].index("prose"), n_texts)
    return pd.DataFrame(columns, dtype=object)


def _lines_of(descriptions: list[str]) -> tuple[pa.Array, np.ndarray, int]:
    """The lines that hold anything, the position of the text of each, and the number of texts."""
    split = compute.split_pattern(pa.array(descriptions, pa.string()), "\n")
    lines = split.flatten()
    is_filled = _matches(lines, r"\S")
    owner = np.repeat(np.arange(len(split)), compute.list_value_length(split).to_numpy(zero_copy_only=False))[is_filled]
    return lines.filter(pa.array(is_filled)), owner, len(split)


def _kinds(lines: pa.Array, owner: np.ndarray) -> np.ndarray:
    """The number of each line's part in PARTS[1:]; `owner` is the report of each line."""
    number = {part: n for n, part in enumerate(PARTS[1:])}
    matches = {name: _matches(lines, pattern) for name, pattern in (*LINES.items(), ("last", _LAST))}
    kinds = np.zeros(len(lines), dtype=np.int8)
    for name in reversed(list(LINES)):
        kinds[matches[name]] = number.get(name, number["traceback"])
    is_source = _is_after(matches["frame"], owner) & ~matches["frame"] & ~matches["exception"]
    kinds[is_source] = number["traceback"]
    kinds[_is_after(kinds == number["traceback"], owner) & matches["last"] & ~is_source] = number["exception"]
    return kinds


def _matches(lines: pa.Array, pattern: str) -> np.ndarray:
    return np.asarray(compute.match_substring_regex(lines, pattern).to_numpy(zero_copy_only=False))


def _is_after(flags: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Whether the line before, of the same report, has the flag."""
    after = np.zeros(len(flags), dtype=bool)
    after[1:] = flags[:-1] & (owner[1:] == owner[:-1])
    return after


def _join(lines: pa.Array, owner: np.ndarray, chosen: np.ndarray, n: int) -> np.ndarray:
    """The chosen lines of each report as one text."""
    picked = lines.filter(pa.array(chosen))
    ends = np.concatenate([[0], np.cumsum(np.bincount(owner[chosen], minlength=n))])
    grouped = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), picked)
    return np.asarray(compute.binary_join(grouped, "\n").to_numpy(zero_copy_only=False))
