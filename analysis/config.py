"""Settings: the project, its servers and its files. Only `cli` builds them; all other code gets plain values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from msgspec import structs

from analysis import shipped
from analysis.errors import ProjectFileError, UsageError
from analysis.shipped import Folder
from analysis.tables.configuration import Section, Sections, Toml, parse_toml

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")  # the name of a file and a folder, so no path
DEFAULT = "nova"
# The lines of a faulty project file that name its project, if they can be read.
_NAMED = re.compile(
    r'^[ \t]{0,20}(launchpad_project|gerrit_project|release)[ \t]{0,20}=[ \t]{0,20}"([^"\n]{1,200})"', re.M
)
LOOPBACK = ("127.0.0.1", "localhost")
SECTIONS = ("servers", "accounts", "votes", "review", "score", "hygiene", "limits", "capacity", "themes")


class Servers(Section, frozen=True):
    """Section [servers] of a project file: where the project lives, and the release reported by default.

    The names have no default: a file without a project would silently describe another one.
    """

    SECTION: ClassVar[str] = "servers"

    launchpad_project: str
    gerrit_project: str
    release: str
    launchpad_root: str = "https://api.launchpad.net/"
    gerrit_root: str = "https://review.opendev.org/"


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One file of data/projects: the servers, and all sections. Each section is read by one module."""

    name: str
    servers: Servers
    sections: Sections


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's settings. `all_projects` begins with the chosen project file: the first file about a project is used.

    `release` is the one on the command line; None if there is none: then each project uses its own file's.
    """

    data_dir: Path
    release: str | None
    servers: Servers
    project: ProjectFile
    all_projects: tuple[ProjectFile, ...]
    names_project: bool = False  # whether the command line named a project, which must then be used
    area_files: Folder = field(default_factory=lambda: shipped.folder("data/areas"))
    correction_files: Folder = field(default_factory=lambda: shipped.folder("data/corrections"))
    word_lists: Folder = field(default_factory=lambda: shipped.folder("data"))
    notebooks: Folder = field(default_factory=lambda: shipped.folder("notebooks"))


def load(
    *,
    project: str | None,
    data_dir: Path,
    release: str | None,
    overrides: Mapping[str, str],
    allows_http: bool = False,
) -> Settings:
    """Settings from a project file and a data directory, overridden by the command line.

    `project` is a name in data/projects or the path of a TOML file; None means Nova by default. `overrides` holds
    fields of Servers. `allows_http` allows plain http to other machines, on a trusted network. Raises ProjectFileError
    for a file that is missing, is not TOML, or has an unknown key.
    """
    name_or_path = project or DEFAULT
    folder = shipped.folder("data/projects")
    path = Path(name_or_path) if name_or_path.endswith(".toml") else folder.file(f"{name_or_path}.toml")
    chosen = read_project_file(path)
    servers = structs.replace(chosen.servers, **overrides)
    for name in ("launchpad_root", "gerrit_root"):
        _check_address(name, getattr(servers, name), allows_http=allows_http)
    others = [file for file in project_files(folder) if file.name != chosen.name]
    if not NAME.fullmatch(release or servers.release):
        raise UsageError(
            expected="a release's name, such as liberty",
            found=repr(release)[:80],
            do="give the name of a file in data/areas",
        )
    return Settings(
        data_dir=data_dir,
        release=release,
        servers=servers,
        project=chosen,
        all_projects=(chosen, *others),
        names_project=project is not None or bool(overrides.keys() & {"gerrit_project", "launchpad_project"}),
    )


def _check_address(name: str, address: str, *, allows_http: bool) -> None:
    """Raise UsageError unless it is a server's address without a secret: folders and messages contain the address."""
    parts = urlsplit(address)
    has_secret = "@" in parts.netloc
    printable = f"{parts.scheme}://...@{parts.netloc.rpartition('@')[2]}" if has_secret else repr(address)[:100]
    may_be_plain = allows_http or parts.hostname in LOOPBACK
    if has_secret or not parts.netloc or not (parts.scheme == "https" or (parts.scheme == "http" and may_be_plain)):
        raise UsageError(
            expected=f"{name} to be an address such as https://review.example.org/ (plain http: this machine, or with "
            "--allow-http on a network that you trust)",
            found=f"{printable}, which holds a user or a password" if has_secret else printable,
            do="correct it" + ("; passwords come from the environment or netrc, with --sign-in" if has_secret else ""),
        )


def project_files(folder: Folder) -> list[ProjectFile]:
    """The project files of a folder, ordered by name; the fault of a file is raised only when that file is used."""
    return [_with_fault_deferred(path) for path in folder.files("*.toml")]


def _with_fault_deferred(path: Path) -> ProjectFile:
    try:
        return read_project_file(path)
    except ProjectFileError as fault:
        lines = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        names = {"launchpad_project": path.stem, **dict(_NAMED.findall(lines))}
        servers = Servers(names["launchpad_project"], names.get("gerrit_project", ""), names.get("release", ""))
        return ProjectFile(path.stem, servers, FaultySections(fault, names))


class FaultySections(Sections):
    """The sections of a faulty file: they give the file's project, and raise the fault for anything else."""

    def __init__(self, fault: ProjectFileError, names: Mapping[str, str]) -> None:
        super().__init__()
        self._fault, self._names = fault, names

    def __getitem__(self, name: str) -> Toml:
        if name == Servers.SECTION:
            return self._names
        raise self._fault

    def __iter__(self) -> Iterator[str]:
        raise self._fault

    def __len__(self) -> int:
        raise self._fault


def read_project_file(path: Path) -> ProjectFile:
    """One project file. Raises ProjectFileError if it is missing, is not TOML, or has an unknown section.

    Only [servers] is checked here. The module that reads another section checks it, and may need pandas for that.
    """
    content = parse_toml(_text(path), file=path, fault=ProjectFileError)
    for name, section in content.items():
        if name not in SECTIONS:
            raise ProjectFileError.unknown_key(name, SECTIONS, where=str(path))
        if not isinstance(section, Mapping):
            raise ProjectFileError(
                expected=f"[{name}] of {path} as a table",
                found=repr(section)[:100],
                do=f"write [{name}] on a line of its own, and its keys below",
            )
    sections = Sections({name: section for name, section in content.items() if isinstance(section, Mapping)}, file=path)
    return ProjectFile(name=path.stem, servers=sections.read(Servers), sections=sections)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    except OSError as cause:
        names = [each.stem for each in shipped.folder("data/projects").files("*.toml")]
        raise ProjectFileError(
            expected=f"a project file at {path}",
            found=cause.strerror or "no such file",
            do=f"name one of {names}, or give the path of your own file ending in .toml",
        ) from cause
    except UnicodeDecodeError as cause:
        raise ProjectFileError(expected=f"{path} as UTF-8", found=str(cause), do="save the file as UTF-8") from cause
