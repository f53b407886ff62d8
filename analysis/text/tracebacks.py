"""Tracebacks reduced to their signature: the innermost frames, and the exception that follows them."""

import re
from collections.abc import Iterable, Iterator

FRAMES_KEPT = 3

_PYTHON_MARK, _JAVA_MARK = 'File "', "at "
_PYTHON_START = "Traceback (most recent call last)"
_PYTHON_FRAME = re.compile(r'File "([^"]{1,300})", line \d+(?:, in (\S{1,80}))?')
# The source line under a frame is indented by four; a log may put its level and logger before it.
_SOURCE_LINE = re.compile(r"^(?:[A-Z]+ [\w.]+ ?(?:\[[^\]]{0,200}\])?)? {4,}\S")
_JAVA_FRAME = re.compile(r"^\s{1,8}at ([\w.$<>]{1,200})\(")


def reduced(text: str) -> str:
    """The text with each run of Python or Java frames replaced by its innermost three, outermost of them first."""
    if _PYTHON_MARK not in text and _JAVA_MARK not in text:
        return text
    return "\n".join(_java(_python(text.split("\n"))))


def _python(lines: Iterable[str]) -> Iterator[str]:
    frames: list[str] | None = None
    after_frame = False
    for line in lines:
        found = _PYTHON_FRAME.search(line)
        if found:
            frames = [*(frames or [])[1 - FRAMES_KEPT :], f"{_module(found[1])} {found[2] or ''}"]
        elif _PYTHON_START in line:
            frames = frames or []
        elif not (after_frame and _SOURCE_LINE.match(line)):
            yield from frames or ()
            yield line
            frames = None
        after_frame = found is not None
    yield from frames or ()


def _module(path: str) -> str:
    """The last two names of a path: `/usr/lib/python3/site-packages/nova/virt/driver.py` is `virt/driver`."""
    return "/".join(path.removesuffix(".py").rsplit("/", 2)[-2:])


def _java(lines: Iterable[str]) -> Iterator[str]:
    n_frames = 0
    for line in lines:
        found = _JAVA_FRAME.match(line)
        n_frames = n_frames + 1 if found else 0
        if not found:
            yield line
        elif n_frames <= FRAMES_KEPT:  # Java prints the innermost frame first
            yield ".".join(found[1].rsplit(".", 2)[-2:])
