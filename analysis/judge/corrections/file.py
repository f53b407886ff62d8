"""The file of corrections, which people write and review like code.

    [[not_a_fix]]                           this change, or commit, is not a fix of that bug
    bug     = 1234567
    change  = 987654                        or: commit = "0123abc"
    by      = "casey-example"               who says so, when, and why
    on      = 2015-07-01
    because = "It only adds logging."

    [[not_a_core]]                          this person is not a core
    account = "robin-example"               username, name or number of the account
    by = ...

    [[waits_for]]                           this change waits for somebody else than the rules say
    change  = 987654
    turn    = "owner"                       reviewers, second_core, approver, owner, ci, parent or nobody
    by = ...

A correction counts from its day on, so a replay of an earlier instant does not use it. A correction of a fix counts for
the change on every branch and for its commits, which have the same Change-Id. A correction of a turn counts until the
change gets another patch set.
"""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from analysis.errors import CorrectionsFileError
from analysis.judge.areas.file import UNSEEN
from analysis.tables import schema
from analysis.tables.configuration import Section

Number = Annotated[
    int, Meta(ge=1, le=2**63 - 1, description="the number of a bug or of a change", examples=["1234567"])
]
Line = Annotated[
    str,
    Meta(
        pattern=rf"^(?=.*\S)[^{UNSEEN}]{{1,500}}\Z",
        description="a text of one line, at most 500 characters",
        examples=['"..."'],
    ),
]
Sha = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{7,40}\Z", description="7 to 40 digits of a commit", examples=['"0123abc"'])
]
Turn = Annotated[
    str,
    Meta(
        pattern=rf"^(?:{'|'.join(schema.WAITING_ON)})\Z",
        description=f"one of {', '.join(schema.WAITING_ON)}",
        examples=['"owner"'],
    ),
]


class Correction(Section, frozen=True, kw_only=True):
    """The author, the day and the reason of a correction."""

    FAULT: ClassVar[type[CorrectionsFileError]] = CorrectionsFileError

    by: Line
    on: date
    because: Line


class NotAFix(Correction, frozen=True, kw_only=True):
    """A change, or a commit, is not a fix of a bug."""

    bug: Number
    change: Number | None = None
    commit: Sha | None = None

    def check(self, where: str) -> None:
        """Raise CorrectionsFileError unless it names either a change or a commit."""
        if (self.change is None) == (self.commit is None):
            raise CorrectionsFileError(
                expected=f"either change or commit in {where}",
                found="neither" if self.change is None else "both",
                do="name the one that is not a fix of the bug",
            )


class NotACore(Correction, frozen=True, kw_only=True):
    """A person is not a core, whatever votes they have cast."""

    account: Line


class WaitsFor(Correction, frozen=True, kw_only=True):
    """A change waits for the given turn."""

    change: Number
    turn: Turn


class Corrections(Section, frozen=True):
    """The corrections of one project, each kind in the order of the file."""

    FAULT: ClassVar[type[CorrectionsFileError]] = CorrectionsFileError

    not_a_fix: tuple[NotAFix, ...] = ()
    not_a_core: tuple[NotACore, ...] = ()
    waits_for: tuple[WaitsFor, ...] = ()

    def check(self, where: str) -> None:
        """Raise CorrectionsFileError for two corrections of the same thing, because only one can be right."""
        subjects: dict[str, list[tuple[object, ...]]] = {
            "not_a_fix": [(each.bug, each.change, each.commit) for each in self.not_a_fix],
            "not_a_core": [(each.account.casefold(),) for each in self.not_a_core],
            "waits_for": [(each.change, each.on) for each in self.waits_for],
        }
        for kind, keys in subjects.items():
            twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
            if twice is not None:
                raise CorrectionsFileError(
                    expected=f"each [[{kind}]] of {where} once",
                    found=f"twice {', '.join(str(part) for part in twice if part is not None)}",
                    do="keep the one that is right",
                )
