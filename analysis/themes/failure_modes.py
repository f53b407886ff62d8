"""The way a bug fails (race, deadlock, leak, ...): a second facet, read from a reviewed list of phrases with points."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
from msgspec import Meta
from pyarrow import compute

from analysis.errors import ConfigError
from analysis.tables import schema
from analysis.tables.configuration import Section
from analysis.themes import text
from analysis.themes.settings import Text, Texts

FILE = "data/failure_modes.toml"
# A report has a failure mode if the points of its evidence reach this number.
ENOUGH = 2
# Characters of the words that evidence repeats.
LONGEST = 60

Part = Annotated[
    Literal["title", "prose", "exception", "traceback", "log", "command", "configuration", "code"],
    Meta(description=f"a part of a report ({', '.join(text.PARTS)})", examples=['"title"']),
]
Points = Annotated[int, Meta(ge=-9, le=9, description="a whole number from -9 to 9", examples=["2"])]


class Evidence(Section, frozen=True):
    """Words that give a mode `points` if one of `parts` contains any of them; once, however often they occur."""

    words: Texts
    parts: tuple[Part, ...] = ("title", "prose")
    points: Points = ENOUGH

    @property
    def pattern(self) -> str:
        """The words as one regular expression of RE2 and of Python, to be matched without case."""
        longest_first = sorted(self.words, key=len, reverse=True)  # of two that match, the longer one says more
        return "|".join(map(_expression, longest_first))


class FailureMode(Section, frozen=True):
    """One way to fail: its id, the name for people, and its evidence.

    `words` are sufficient wherever people wrote them. `alone` are the points of a report without any other mode,
    `beside` the points for each other mode, by its id.
    """

    FAULT: ClassVar[type[ConfigError]] = ConfigError

    id: Text
    title: Text
    words: Texts | None = None
    evidence: tuple[Evidence, ...] = ()
    alone: Points = 0
    beside: Mapping[str, Points] = msgspec.field(default_factory=dict)

    @property
    def all_evidence(self) -> tuple[Evidence, ...]:
        """The evidence, `words` first."""
        return (Evidence(self.words), *self.evidence) if self.words else self.evidence

    @property
    def depends_on_others(self) -> bool:
        """Whether the other modes of a report must be known first."""
        return bool(self.alone or self.beside)

    def check(self, where: str) -> None:
        """Refuse a mode without evidence."""
        if not self.all_evidence:
            raise self.FAULT(expected=f"words or evidence in {where}", found="neither", do='add words = ["..."]')


class FailureModesFile(Section, frozen=True):
    """The file data/failure_modes.toml; `no_failure` is evidence for every mode, such as the words of a wish."""

    FAULT: ClassVar[type[ConfigError]] = ConfigError

    failure_mode: tuple[FailureMode, ...] = ()
    no_failure: tuple[Evidence, ...] = ()


def parse(content: str) -> tuple[FailureMode, ...]:
    """The failure modes of a word list, in its order; raises ConfigError for an invalid list."""
    file = FailureModesFile.from_toml(content, file=FILE)
    modes = file.failure_mode
    if not modes or len({mode.id for mode in modes}) < len(modes):
        raise ConfigError(
            expected=f"at least one [[failure_mode]] in {FILE}, each id once",
            found=str([mode.id for mode in modes]),
            do="correct the file",
        )
    strange = sorted({other for mode in modes for other in mode.beside} - {mode.id for mode in modes})
    if strange:
        raise ConfigError(
            expected=f"in each beside of {FILE} ids of other failure modes", found=str(strange), do="correct the ids"
        )
    return tuple(msgspec.structs.replace(mode, evidence=(*mode.evidence, *file.no_failure)) for mode in modes)


def build(bugs: pd.DataFrame, modes: tuple[FailureMode, ...], *, parts: pd.DataFrame | None = None) -> pd.DataFrame:
    """The failure modes of bugs (schema.BUGS) as schema.BUG_FAILURE_MODES; `parts` as of `find`."""
    rows = find(bugs, modes, parts=parts)
    bug_ids = bugs["bug_id"].array.take(rows.pop("position").to_numpy())
    return schema.BUG_FAILURE_MODES.ordered(
        schema.BUG_FAILURE_MODES.frame(rows.assign(bug_id=bug_ids, is_learned=False))
    )


def find(bugs: pd.DataFrame, modes: tuple[FailureMode, ...], *, parts: pd.DataFrame | None = None) -> pd.DataFrame:
    """The failure modes of each bug with their evidence: position (in `bugs`), failure_mode, evidence, points.

    `evidence` lists parts and words, as in "title: race condition". In the order of `bugs`, then of `modes`.

    Parameters
    ----------
    bugs : DataFrame, schema.BUGS, of which title and description are read
    parts : `text.report_parts` of these bugs, where they are at hand
    """
    parts = text.report_parts(bugs) if parts is None else parts
    texts = {part: _Texts.from_part(parts[part]) for part in text.PARTS}
    by_mode: dict[str, pd.DataFrame] = {}
    for mode in sorted(modes, key=lambda mode: mode.depends_on_others):
        by_mode[mode.id] = _bugs_in_mode(texts, mode, _points_of_others(by_mode, mode, len(bugs)))
    ordered = pd.concat([by_mode[mode.id].assign(failure_mode=mode.id) for mode in modes], ignore_index=True)
    columns = ["position", "failure_mode", "evidence", "points"]
    return ordered.sort_values("position", kind="stable", ignore_index=True)[columns]


def _points_of_others(by_mode: Mapping[str, pd.DataFrame], mode: FailureMode, n_bugs: int) -> np.ndarray:
    """The points that each bug has in a mode for the modes found so far."""
    points, is_alone = np.zeros(n_bugs, dtype=int), np.ones(n_bugs, dtype=bool)
    for other, bugs in by_mode.items():
        points[bugs["position"]] += mode.beside.get(other, 0)
        is_alone[bugs["position"]] = False
    return np.asarray(points + mode.alone * is_alone)


def _bugs_in_mode(texts: Mapping[str, "_Texts"], mode: FailureMode, points: np.ndarray) -> pd.DataFrame:
    """The bugs that fail in one mode: position, evidence, points; some `points` each has beforehand."""
    evidence: list[list[str]] = [[] for _ in points]
    for each in mode.all_evidence:
        holds = np.zeros(len(points), dtype=bool)
        for part in each.parts:
            positions, words = texts[part].matched(each.pattern)
            holds[positions] = True
            for position, word in zip(positions, words, strict=True):
                evidence[position] += [f"{part}: {word}"] if each.points > 0 else []
        points = points + each.points * holds
    chosen = np.flatnonzero(points >= ENOUGH)
    return pd.DataFrame({"position": chosen, "evidence": [evidence[each] for each in chosen], "points": points[chosen]})


@dataclass(frozen=True)
class _Texts:
    """The texts of one part, without those of reports that lack it."""

    positions: np.ndarray
    texts: pa.Array

    @classmethod
    def from_part(cls, part: pd.Series) -> "_Texts":
        positions = np.flatnonzero(part.to_numpy(dtype=object) != "")
        return cls(positions, pa.array(part.iloc[positions].tolist(), pa.large_string()))

    def matched(self, pattern: str) -> tuple[np.ndarray, list[str]]:
        """The positions of the reports that match, and the first words of each that do."""
        if not len(self.texts):
            return self.positions, []
        # Arrow's RE2 takes time linear in the text, whatever the text; pandas falls back to Python's `re` without case.
        matches = compute.match_substring_regex(self.texts, pattern, ignore_case=True)
        texts = self.texts.filter(matches)
        groups = compute.extract_regex(texts, f"(?is)(?P<words>{pattern})") if len(texts) else None
        words = compute.struct_field(groups, "words").to_pylist() if groups else []
        positions = self.positions[matches.to_numpy(zero_copy_only=False)]
        return positions, [" ".join(each.split())[:LONGEST] for each in words]


# Up to four words of the same sentence, or none.
_GAP = r"\s+(?:\S*[^\s.]\s+){0,4}"


def _expression(phrase: str) -> str:
    """A phrase, bounded where it begins or ends with a letter or "*"."""
    pieces = []
    for piece in phrase.split(" ... "):
        words = re.escape(piece).replace(r"\ ", r"[\s_-]+").replace(r"\*", r"\w*")
        pieces.append(_word_boundary(piece[0]) + words + _word_boundary(piece[-1]))
    return _GAP.join(pieces)


def _word_boundary(character: str) -> str:
    return r"\b" if character.isalnum() or character in "_*" else ""
