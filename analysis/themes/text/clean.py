"""Cleans a text: removes escapes, template headings and footers, and shortens tracebacks.

A bug description is hostile (control characters, lone surrogates, megabytes of log) and mostly not prose: a pasted
traceback of 60 lines would outweigh the sentence above it 10 to 1. Its signature is enough to distinguish it: the last
functions and the exception.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

# Characters looked at. The sentence that matters comes first; what follows is logs. The 99th percentile of Launchpad
# descriptions that are not a pasted log is below this.
LIMIT = 20_000

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
# The time and process that a log line starts with, and its request; its level and logger stay.
_LOG_TIME = re.compile(
    r"^[ \t]*(?:[A-Z][a-z]{2} +\d+ )?(?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(?:[.,]\d+)?Z?(?: +\d{1,7})?[ \t]*",
    re.MULTILINE,
)
_REQUEST = re.compile(r"\[?\breq-[0-9a-f-]{36}[^\]\n]{0,200}\]?")
_INSTANCE = re.compile(r"\[instance: [^\]\n]{0,80}\]")
_HEX = "[0-9a-fA-F]"
# never starts inside a word, and without IGNORECASE: each more than halves the time
_NUMBERED = re.compile(
    rf"(?<![0-9a-zA-Z])(?:{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"  # a UUID
    r"|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"  # an IPv4 address
    rf"|(?:{_HEX}{{2}}:){{5}}{_HEX}{{2}}\b)"  # a MAC address
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}")
_WEB = re.compile(
    r"[hH][tT][tT][pP][sS]?://(?:[\w-]{1,64}\.){0,5}"
    r"(?i:launchpad|opendev|openstack|github|pastebin|paste)[^\s<>\"')]{0,2000}"
)
# A query as a part of an address: words glued together by escapes.
_ESCAPED = re.compile(r"(?<!\S)[^\s%]{0,500}(?:%[0-9A-Fa-f]{2}[^\s%]{0,500}){2,}")
# Lines that say where a program ran, not what went wrong: one of a list of installed packages, or a field of Ubuntu's
# reporter; and what OpenStack's servers answer to any fault that they do not know.
_PACKAGE = re.compile(
    r"^[ \t|]*(?:ii[ \t]+\S+[ \t]+\S*\d[^\n]*|[a-zA-Z][\w.+-]{1,80}(?::\w+)?[-= \t|]{1,40}v?\d+[.:]\d[^\s,]{0,80}"
    r"(?:(?<=noarch)|(?<=x86_64)|(?<=i[36]86)|(?<=ubuntu\d)|(?<=\.el\d)|(?<=\.fc\d\d)"
    r"|[ \t|]+(?:all|amd64|i386|noarch|x86_64|installed)\b[^\n]*)[ \t]*)$",
    re.MULTILINE,
)
_APPORT = re.compile(
    r"^[ \t]*(?:ProblemType|DistroRelease|SourcePackage|Package|PackageArchitecture|Architecture|Uname|Tags|Date"
    r"|Proc[A-Z]\w*|Nonfree\w*|Installation\w*|Upgrade\w*|(?:modified|mtime)\.conffile\.[^:\n]*|Dependencies"
    r"|InterestingModules|ApportVersion|EcryptfsInUse|Lsusb|MachineType|Ec2\w+): [^\n]*$",
    re.MULTILINE,
)
_ANY_FAULT = re.compile(
    r"Unexpected API Error\.?\s+Please report this at \S{1,200}\s+and attach the [\w ]{1,40} log if possible\.?",
    re.IGNORECASE,
)
# each is searched only in a text that contains its mark
_MARKED = (
    ("req-", _REQUEST), ("[instance: ", _INSTANCE), ("ProblemType", _APPORT), ("eport this at", _ANY_FAULT),
)  # fmt: skip
_NOISE_MARKED = (("://", _WEB), ("%", _ESCAPED), ("@", _MAIL))
_FOOTER = re.compile(
    r"^[ \t]*(?:(?:change-id|signed-off-by|co-authored-by|reviewed-on|reviewed-by|tested-by|depends-on|needed-by"
    r"|(?:closes|partial|related|fixes|resolves)[- ](?:bug|rfe)|implements|(?:partial-)?blueprint|bp|lp|bug"
    r"|fixes|(?:doc|api|upgrade|security)impact|release|sha|source|url) ?[:#][^\n]*"
    r"|\(cherry picked from commit [0-9a-f]+\)|conflicts:[ \t]*(?:\n[ \t]+\S+)*)$",
    re.IGNORECASE | re.MULTILINE,
)
_BUG_NUMBER = re.compile(r"\(?\b(?:lp|bug|launchpad bug)[ :]*#? ?\d{5,8}\)?", re.IGNORECASE)
# Headings and questions of the bug templates of OpenStack, Ubuntu, Apache and Mozilla: they say that a template was
# used. A heading is dropped when it is all that its line holds; a question wherever it stands.
_HEADINGS = """
description/summary/step to reproduce/steps to reproduce/how to reproduce/reproducer/reproduce/reproducible
/expected result/expected results/expected behavior/expected behaviour/actual result/actual results/actual behavior
/actual behaviour/environment/logs & configs/logs and configs/additional info/additional information/version/impact
/test case/regression potential/where problems could occur/other info/pre-conditions/severity/build identifier
/user-agent
"""
_IS_HEADING = frozenset(heading.strip() for heading in _HEADINGS.split("/"))
_QUESTIONS = (
    "exact version of openstack you are running", "see the following list for all releases",
    "if this is from a distro please provide", "which hypervisor did you use", "which storage type did you use",
    "which networking type did you use", "a chronological list of steps which will bring off",
    "what's the version of that?", "after the execution of the steps above", "in a few sentences",
    "this bug tracker is for errors with the documentation", "this doc is inaccurate in this way",
    "i have a fix to the document that i can paste below", "(e.g. libvirt + kvm",
)  # fmt: skip
_AROUND_HEADING = " \t#*=:_-"
MAX_HEADING = 80


def clean(text: str) -> str:
    """The text without the parts that every report has; only its first LIMIT characters are read.

    It may be applied to a text that was already cleaned or cut, and never raises.
    """
    text = _ANSI.sub("", text[:LIMIT]).replace("\r\n", "\n").replace("\r", "\n")
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    text = _NOT_TEXT.sub(" ", text)
    text = _remove(_LOG_TIME.sub("", text), _MARKED)
    text = without_frames(text)
    text = _remove_template(text)
    text = _FOOTER.sub("", text)
    text = _PACKAGE.sub("", text)
    low = text.lower()
    text = _BUG_NUMBER.sub("", text) if "bug" in low or "lp" in low else text
    return _remove(_NUMBERED.sub("", text), _NOISE_MARKED)


def _remove(text: str, marked: Iterable[tuple[str, re.Pattern[str]]]) -> str:
    for mark, pattern in marked:
        text = pattern.sub("", text) if mark in text else text
    return text


def _remove_template(text: str) -> str:
    low = text.lower()
    asks = any(question in low for question in _QUESTIONS)
    return "\n".join(line for line in text.split("\n") if not (_is_heading(line) or (asks and _is_question(line))))


def _is_heading(line: str) -> bool:
    return len(line) <= MAX_HEADING and line.strip(_AROUND_HEADING).lower() in _IS_HEADING


def _is_question(line: str) -> bool:
    return any(question in line.lower() for question in _QUESTIONS)


# Tracebacks reduced to their signature: the innermost frames, and the exception that follows them.
FRAMES_KEPT = 3

_PYTHON_MARK, _JAVA_MARK = 'File "', "at "
_PYTHON_START = "Traceback (most recent call last)"
_PYTHON_FRAME = re.compile(r'File "([^"]{1,300})", line \d+(?:, in (\S{1,80}))?')
# The source line under a frame is indented by four; a log may put its level and logger before it.
_SOURCE_LINE = re.compile(r"^(?:[A-Z]+ [\w.]+ ?(?:\[[^\]]{0,200}\])?)? {4,}\S")
_JAVA_FRAME = re.compile(r"^\s{1,8}at ([\w.$<>]{1,200})\(")


def without_frames(text: str) -> str:
    """The text with each run of Python or Java frames replaced by its innermost three, outermost of them first."""
    if _PYTHON_MARK not in text and _JAVA_MARK not in text:
        return text
    return "\n".join(_java(_python(text.split("\n"))))


def _python(lines: Iterable[str]) -> Iterator[str]:
    frames: list[str] | None = None
    after_frame = False
    for line in lines:
        frame = _PYTHON_FRAME.search(line)
        if frame:
            frames = [*(frames or [])[1 - FRAMES_KEPT :], f"{_module(frame[1])} {frame[2] or ''}"]
        elif _PYTHON_START in line:
            frames = frames or []
        elif not (after_frame and _SOURCE_LINE.match(line)):
            yield from frames or ()
            yield line
            frames = None
        after_frame = frame is not None
    yield from frames or ()


def _module(path: str) -> str:
    """The last two names of a path: `/usr/lib/python3/site-packages/nova/virt/driver.py` is `virt/driver`."""
    return "/".join(path.removesuffix(".py").rsplit("/", 2)[-2:])


def _java(lines: Iterable[str]) -> Iterator[str]:
    n_frames = 0
    for line in lines:
        frame = _JAVA_FRAME.match(line)
        n_frames = n_frames + 1 if frame else 0
        if not frame:
            yield line
        elif n_frames <= FRAMES_KEPT:  # Java prints the innermost frame first
            yield ".".join(frame[1].rsplit(".", 2)[-2:])
