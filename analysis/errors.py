"""Every error that is raised on purpose, as a tree.

    AnalysisError                    exit
    ├── UsageError                    2   the command line asks for something that cannot be done
    ├── ConfigError                   3   a file written by people has a fault
    │   ├── AreaFileError             3
    │   ├── CorrectionsFileError      3
    │   └── ProjectFileError          3
    ├── SourceError                   4   a server, a dump or a clone did not answer as expected
    │   ├── DumpError                 4
    │   ├── CloneError                4
    │   ├── ServerError               4
    │   └── WrongBodyError            4
    ├── StoreError                    5   the data directory cannot be used as it is
    │   ├── LockedError               5
    │   ├── CorruptSnapshotError      5
    │   └── NewerFormatError          5
    ├── SchemaError                   6   a table is not what its contract says
    ├── ReportError                   7   a notebook or its output has a fault
    │   ├── ParameterError            7
    │   └── NotebookError             7
    ├── QuotaLabError                 8   a database or a run of the laboratory is not usable
    ├── IncompleteError               9   the work ended, but something is still pending
    └── LimitBreachedError           10   the report was made; a fix is over a limit

An error says three things: what was expected, what was found, what to do. Each is a keyword, so none is forgotten.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar, Self

MOST_NAMES = 20  # names that an error lists


class AnalysisError(Exception):
    """An expected failure: `str()` is three lines, `exit_code` is the exit status of the command line."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *, expected: str, found: str, do: str) -> None:
        super().__init__(expected, found, do)
        self.expected = expected
        self.found = found
        self.do = do

    @classmethod
    def unknown_name(cls, name: str, valid: Iterable[str], *, kind: str, option: str = "", otherwise: str = "") -> Self:
        """The error for a name that does not exist, with the nearest valid name; `option` is where it was typed.

        `otherwise` is the advice if no valid name is near; empty: to name one of the list.

        >>> print(UsageError.unknown_name("nowa", ("nova", "neutron"), kind="project", option="--project"))
        expected a project among neutron, nova
           found 'nowa'
              do write --project 'nova'
        """
        names = sorted(valid)
        near = get_close_matches(name.casefold(), [each.casefold() for each in names], n=1, cutoff=0.5)
        best = next((each for each in names if near and each.casefold() == near[0]), None)
        sample = names if len(names) <= MOST_NAMES else [*names[:MOST_NAMES], f"{len(names) - MOST_NAMES} more"]
        written = f"{option} " if option else ""
        return cls(
            expected=f"a {kind} among {', '.join(sample) or 'none: there is not any'}",
            found=repr(name) if name else "no name",
            do=f"write {written}{best!r}"
            if best
            else otherwise or f"name one of these{f' with {option}' if option else ''}",
        )

    def __str__(self) -> str:
        return f"expected {self.expected}\n   found {self.found}\n      do {self.do}"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process boundaries in parallel runs; keyword-only arguments need this to be unpickled.
        return _rebuilt, (type(self), self.expected, self.found, self.do)


def _rebuilt(kind: type[AnalysisError], expected: str, found: str, do: str) -> AnalysisError:
    return kind(expected=expected, found=found, do=do)


class UsageError(AnalysisError):
    """The command line asks for something that cannot be done."""

    exit_code = 2


class ConfigError(AnalysisError):
    """A file written by people has a fault."""

    exit_code = 3

    @classmethod
    def unknown_key(cls, key: str, valid: Iterable[str], *, where: str) -> Self:
        """The error for an unknown key, with the nearest valid key; `where` names its table and file.

        >>> print(ProjectFileError.unknown_key("smal", ("small", "tags"), where="[score]"))
        expected the keys of [score] among small, tags
           found 'smal'
              do write 'small'
        """
        names = list(valid)
        near = get_close_matches(key, names, n=1)
        return cls(
            expected=f"the keys of {where} among {', '.join(names)}",
            found=repr(key),
            do=f"write {near[0]!r}" if near else "remove the key, or use one of these",
        )


class AreaFileError(ConfigError):
    """An area file has a misspelt key, a rule that matches too little, or is missing."""


class ProjectFileError(ConfigError):
    """A project file has a misspelt key, a wrong type, or is missing."""


class CorrectionsFileError(ConfigError):
    """A file of corrections has a misspelt key, a wrong type, or says one thing twice."""


class SourceError(AnalysisError):
    """A server, a dump or a clone did not answer as expected."""

    exit_code = 4


class DumpError(SourceError):
    """A saved answer is truncated, not JSON, or not what Gerrit's list serves."""


class CloneError(SourceError):
    """A path is not a git clone, or the clone lacks what was asked for."""


class ServerError(SourceError):
    """A server refused, failed for good, or served something that is not its protocol."""


class WrongBodyError(SourceError):
    """A body belongs to another resource than the one that was asked for."""


class StoreError(AnalysisError):
    """The data directory cannot be used as it is."""

    exit_code = 5


class LockedError(StoreError):
    """Another run holds the lock."""


class CorruptSnapshotError(StoreError):
    """The bytes of a snapshot do not match the checksums of its manifest."""


class NewerFormatError(StoreError):
    """A snapshot or table was written by a newer version."""


UNREADABLE = (CorruptSnapshotError, NewerFormatError)  # faults of one project's snapshots, not of the directory


class SchemaError(AnalysisError):
    """A table is not what its contract says."""

    exit_code = 6

    @classmethod
    def of_record(cls, expected: str, found: str) -> Self:
        """The error for a raw record that does not have the form that its server produces."""
        return cls(
            expected=expected,
            found=found[:200],
            do="look at the raw record: the server, or the file it came from, is not what was expected",
        )


class ReportError(AnalysisError):
    """A notebook or its output has a fault."""

    exit_code = 7


class ParameterError(ReportError):
    """A notebook was given a parameter that it does not declare."""


class NotebookError(ReportError):
    """A cell of a notebook failed; the executed notebook was kept."""


class QuotaLabError(AnalysisError):
    """A database or a run of the laboratory is not usable."""

    exit_code = 8


class IncompleteError(AnalysisError):
    """The work ended, but something is still pending."""

    exit_code = 9


class LimitBreachedError(AnalysisError):
    """The report was made; a fix is over a limit."""

    exit_code = 10
