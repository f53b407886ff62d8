"""A text as its reporter meant it: without escapes, template headings, footers and the length of its tracebacks.

A bug description is hostile (control characters, lone surrogates, megabytes of log) and mostly not prose: a pasted
traceback of 60 lines would outweigh the sentence above it 10 to 1. What sets one traceback apart from another is its
signature: the functions it went through last and the exception it ended in.
"""

import re
import unicodedata

from analysis.text import tracebacks

# Characters looked at. The sentence that matters comes first; what follows is logs. The 99th percentile of Launchpad
# descriptions that are not a pasted log is below this.
LIMIT = 20_000

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
# The time, process and request that a log line starts with; its level and logger stay.
_LOG_PREFIX = re.compile(
    r"^[ \t]*(?:[A-Z][a-z]{2} +\d+ )?(?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(?:[.,]\d+)?Z?(?: +\d{1,7})?[ \t]*"
    r"|\[?\breq-[0-9a-f-]{36}[^\]\n]{0,200}\]?|\[instance: [^\]\n]{0,80}\]",
    re.MULTILINE,
)
_NUMBERED = (
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"  # an IPv4 address
    r"|\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"  # a MAC address
)
_MAIL = r"|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
_WEB = r"|https?://(?:[\w-]{1,64}\.){0,5}(?:launchpad|opendev|openstack|github|pastebin|paste)[^\s<>\"')]{0,2000}"
_NOISE = re.compile(_NUMBERED + _MAIL + _WEB, re.IGNORECASE)
# Any word may begin a mail address, and each is read to its end to see whether it does: twice the time of all others.
_NOISE_BUT_MAIL = re.compile(_NUMBERED + _WEB, re.IGNORECASE)
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
    """The text without what every report has: at most its first LIMIT characters are looked at.

    Idempotent enough to be applied to a text that was cut; never raises, whatever the text holds.
    """
    text = _ANSI.sub("", text[:LIMIT]).replace("\r\n", "\n").replace("\r", "\n")
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    text = _NOT_TEXT.sub(" ", text)
    text = _LOG_PREFIX.sub("", text)
    text = tracebacks.reduced(text)
    text = _without_template(text)
    text = _BUG_NUMBER.sub("", _FOOTER.sub("", text))
    return (_NOISE if "@" in text else _NOISE_BUT_MAIL).sub("", text)


def _without_template(text: str) -> str:
    asks = any(question in text.lower() for question in _QUESTIONS)
    return "\n".join(line for line in text.split("\n") if not (_is_heading(line) or (asks and _is_question(line))))


def _is_heading(line: str) -> bool:
    return len(line) <= MAX_HEADING and line.strip(_AROUND_HEADING).lower() in _IS_HEADING


def _is_question(line: str) -> bool:
    return any(question in line.lower() for question in _QUESTIONS)
