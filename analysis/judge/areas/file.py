"""An area file: the areas of one release as people declared them, read and checked key by key.

    release = "liberty"
    source  = "https://..."                 where the areas were declared
    starts  = 2015-04-30                    the cycle: the release before came out
    ends    = 2015-10-15                    the release came out

    [areas.quotas]                          the table's name is area_id
    title           = "Simplify Quotas"
    owners          = [{ name = "Casey Example", launchpad = "casey-example" }]
    has_plan        = false                 "without a clear plan" on the page
    expect_at_least = 40
    tags            = ["quotas"]            a bug's tag
    paths           = ["nova/quota.py"]     a file of a change or commit; * stays in a folder, ** does not
    topics          = ["bp/*quota*"]        a change's topic
    blueprints      = ["*-quota-*"]         a blueprint named in a topic or a commit message
    words           = ["over quota"]        whole words in a bug's title or a subject; a final * opens the end
    all_fixes       = true                  every bug, and every change and commit that counts as its fix

`expect_at_least` reveals a rule that no longer matches anything (a renamed tag, a moved file). It counts an area's
bugs, changes and commits together, and is checked only on data that covers the release: see
`analysis.judge.areas.members`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field, structs

from analysis.errors import AreaFileError
from analysis.tables.configuration import Section

# bugs, changes and commits of one area; more is a typing error, and no column could hold it
MOST_EXPECTED = 1_000_000_000
LONGEST = 1_000  # characters of a rule; the regular expression engine refuses much longer patterns
# An area's name becomes a file name in a report, and its title is on every page: neither may contain control characters
# or characters that change the direction of the text.
UNSEEN = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
AreaId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}\Z",
        description="letters, digits and - (it names the area's page; people read the title)",
        examples=["quotas"],
    ),
]
Text = Annotated[
    str,
    Meta(
        pattern=rf"^[^{UNSEEN}]*\Z",
        description="a text in quotes, without invisible characters",
        examples=['"..."'],
    ),
]
Pattern = Annotated[str, Meta(pattern=r"\S", max_length=LONGEST)]
Patterns = Annotated[
    tuple[Pattern, ...],
    Meta(description=f"a list of texts of at most {LONGEST:,} characters", examples=['["...", "..."]']),
]
Expected = Annotated[
    int, Meta(ge=0, le=MOST_EXPECTED, description=f"a whole number from 0 to {MOST_EXPECTED:,}", examples=["40"])
]
RULES = ("tags", "paths", "topics", "blueprints", "words", "all_fixes")


class Owner(Section, frozen=True):
    """A person who leads an area; `launchpad` is None where the document links no account."""

    name: Text
    launchpad: Text | None = None


class DeclaredArea(Section, frozen=True):
    """A table [areas.<id>]: the title of an area, its owners, and the rules by which bugs and changes belong to it."""

    title: Text
    owners: tuple[Owner, ...] = ()
    has_plan: bool = True
    expect_at_least: Expected = 0
    tags: Patterns = ()
    paths: Patterns = ()
    topics: Patterns = ()
    blueprints: Patterns = ()
    words: Patterns = ()
    all_fixes: bool = False

    def check(self, where: str) -> None:
        """Raise AreaFileError for an area without a rule, or one that names a tag, path or the like twice."""
        if not any(getattr(self, rule) for rule in RULES):
            raise AreaFileError(
                expected=f"at least one rule in {where}: {', '.join(RULES)}",
                found="none",
                do="write a rule by which bugs or changes belong here, or leave the area out",
            )
        for rule in RULES[:-1]:
            patterns: tuple[str, ...] = getattr(self, rule)
            if len(set(patterns)) < len(patterns):
                raise AreaFileError(
                    expected=f"each of {rule} in {where} once", found=repr(patterns)[:200], do="remove the repeated one"
                )


class Area(DeclaredArea, frozen=True, kw_only=True):
    """One area and its rules."""

    area_id: str


class _Content(Section, frozen=True):
    """An area file as TOML holds it."""

    FAULT: ClassVar[type[AreaFileError]] = AreaFileError

    release: Text
    source: Text
    starts: date
    ends: date
    areas: Mapping[AreaId, DeclaredArea] = field(default_factory=dict)

    def check(self, where: str) -> None:
        """Raise AreaFileError for a file without areas, or whose cycle ends before it starts."""
        if not self.areas:
            raise AreaFileError(
                expected=f"at least one [areas.<id>] in {where}",
                found="none",
                do='declare an area; [areas.all] with title = "All fixes" and all_fixes = true is enough to begin',
            )
        if self.starts > self.ends:
            raise AreaFileError(
                expected=f"{where} to start before it ends",
                found=f"{self.starts} to {self.ends}",
                do="correct starts or ends",
            )


class AreaFile(Struct, frozen=True):
    """The areas of one release, in the order of the file."""

    release: str
    source: str
    starts: date
    ends: date
    areas: tuple[Area, ...]


def parse(text: str, *, path: str) -> AreaFile:
    """The area file in `text`; `path` is used in errors only.

    Raises AreaFileError for text that is not TOML, an unknown key (with the nearest valid one), a value of another
    type, a missing key, or an area without a rule.
    """
    content = _Content.from_toml(text, file=path)
    areas = tuple(Area(area_id=area_id, **structs.asdict(area)) for area_id, area in content.areas.items())
    return AreaFile(content.release, content.source, content.starts, content.ends, areas)
