"""Every pattern of the product takes time in proportion to its text, for any text."""

import itertools
import pkgutil
import random
import re
import signal
from collections import deque
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import analysis
from analysis import themes
from analysis.judge.links import hook_footers
from analysis.themes.text.parts import LINES

SIZES = {20_000: 0.5, 1_000_000: 5.0}  # characters, and the processor seconds they may take: quadratic takes minutes
KINDS = 300
SLOWEST = 3


def patterns():
    """Every compiled pattern that is an attribute of a module: its name, and its use in the module."""
    for info in pkgutil.walk_packages(analysis.__path__, "analysis."):
        if info.name.endswith("__main__"):
            continue
        module = import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                used = set(re.findall(rf"\b{name}\.(match|fullmatch)\(", Path(module.__file__).read_text()))
                other = re.search(rf"\b{name}\b(?!\.(?:match|fullmatch)\(|\s*=)", Path(module.__file__).read_text())
                yield (
                    f"{info.name.removeprefix('analysis.')}.{name}",
                    value,
                    used or {"finditer"} if not other else {"finditer"},
                )


PATTERNS = {name: (pattern, used) for name, pattern, used in patterns()}
# Linear only in the text that its module makes for it: there, the whole reading is tried.
READ = {"judge.links.hook_footers.PATTERN": hook_footers.read}


WORD_LIST = (Path(__file__).parents[1] / "data" / "failure_modes.toml").read_text(encoding="utf-8")
MODES = {mode.id: mode for mode in themes.parse_failure_modes(WORD_LIST)}


def tokens(parsed):
    """The words and characters in a pattern, from the output of Python's parser."""
    word = ""
    for code, value in [*parsed, (None, None)]:
        if code is op.LITERAL:
            word += chr(value)
            yield chr(value)
            continue
        if word:
            yield word
            word = ""
        if code is op.IN:
            yield from of_class(value)
        elif code is op.ANY or code is op.NOT_LITERAL:
            yield "x"
        elif isinstance(value, tuple | list):
            for part in flat(value):
                yield from tokens(part)


def flat(value):
    for part in value:
        if isinstance(part, _parser.SubPattern):
            yield part
        elif isinstance(part, tuple | list):
            yield from flat(part)


def of_class(items):
    named = {op.CATEGORY_DIGIT: "7", op.CATEGORY_SPACE: " \n\t", op.CATEGORY_WORD: "aZ7_", op.CATEGORY_NOT_SPACE: "a-",
             op.CATEGORY_NOT_WORD: "- ", op.CATEGORY_NOT_DIGIT: "a"}  # fmt: skip
    for code, value in items:
        if code is op.LITERAL:
            yield chr(value)
        elif code is op.RANGE:
            yield chr(value[0])
            yield chr(value[1])
        elif code is op.CATEGORY:
            yield from named.get(value, "a")
        elif code is op.NEGATE:
            yield from "x\n"


def kinds(pattern):
    """Texts of one, two or three repeated tokens; the same texts each time."""
    parsed = _parser.parse(pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1"))
    alphabet = sorted(set(tokens(parsed)) | {" ", "\n", "a"})
    rows = [*itertools.product(alphabet, repeat=1), *itertools.product(alphabet, repeat=2)]
    chance = random.Random(7)
    rows += [tuple(chance.choices(alphabet, k=3)) for _ in range(KINDS)]
    unique = sorted({"".join(row) for row in rows})
    return unique if len(unique) <= KINDS else chance.sample(unique, KINDS)


class TooSlow(Exception):
    pass


@contextmanager
def at_most(seconds):
    """Raise TooSlow after so much CPU time, even during a match."""

    def stop(number, frame):
        raise TooSlow

    handler = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
        left = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, handler)
    times.append(seconds - left)


times = []


def seconds_of(read, kind, size):
    text = (kind * (size // len(kind) + 1))[:size] + "\x00"
    with at_most(SIZES[size]):
        read(text)
    return times.pop()


def reading(pattern, used):
    """Use the pattern as the product does; `finditer` stands for search, sub, split and findall."""

    def read(text):
        inputs = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "replace")
        for method in used:
            result = getattr(pattern, method)(inputs)
            deque(result if method == "finditer" else (), maxlen=0)

    return read


@pytest.mark.long
@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_time_in_proportion_to_its_text(name):
    pattern, used = PATTERNS[name]
    check_all_kinds(pattern, READ.get(name) or reading(pattern, used))


@pytest.mark.long
@pytest.mark.parametrize("name", MODES)
def test_the_words_of_a_failure_mode_take_time_in_proportion_to_the_text(name):
    words = "|".join(each.pattern for each in MODES[name].all_evidence)

    def by_arrow(text):
        pc.match_substring_regex(pa.array([text]), words, ignore_case=True)

    check_all_kinds(re.compile(words, re.IGNORECASE), by_arrow)


@pytest.mark.long
@pytest.mark.parametrize("kind", LINES)
def test_the_look_of_a_line_takes_time_in_proportion_to_the_text(kind):
    def by_arrow(text):
        pc.match_substring_regex(pa.array(text.split("\n")), LINES[kind])

    check_all_kinds(re.compile(LINES[kind]), by_arrow)


def check_all_kinds(pattern, read):
    """Fail if `read` takes too long for some kind of text of such a length."""
    short, long = SIZES
    took = {}
    for kind in kinds(pattern):
        try:
            took[kind] = seconds_of(read, kind, short)
        except TooSlow:
            pytest.fail(f"{kind!r} repeated to {short:,} characters takes more than {SIZES[short]} s")
    for kind in sorted(took, key=took.get)[-SLOWEST:]:
        try:
            seconds_of(read, kind, long)
        except TooSlow:
            pytest.fail(f"{kind!r} repeated to {long:,} characters takes more than {SIZES[long]} s")


@pytest.mark.long
def test_the_check_sees_a_quadratic_pattern(monkeypatch):
    quadratic = re.compile(r"^[\s:]*(?:bug[\s:]*)+\d$", re.MULTILINE)
    linear = re.compile(r"^[\s:]*bug[\s:]*\d$", re.MULTILINE)
    monkeypatch.setitem(SIZES, 1_000_000, 1.0)  # minutes are as much too slow for one second as for five

    assert seconds_of(reading(linear, {"finditer"}), "bug\n", 1_000_000) < 1.0
    with pytest.raises(TooSlow):
        seconds_of(reading(quadratic, {"finditer"}), "bug\n", 1_000_000)


@pytest.mark.parametrize("text", ["bug\n", "bug ", "lp: #\n", "Closes-Bug:\nbug\n", "\n:\t", "bug\nlp #"])
@pytest.mark.parametrize("end", ["5", "-x 5", "", "\nCloses-Bug: #7"])
def test_a_long_row_of_words_for_a_bug_reads_as_a_short_one(text, end):
    assert hook_footers.read(text * 900 + end) == hook_footers.read(text * 7 + end)
