"""Settings: what is analysed, and where its servers and files are. Built by `cli` alone; everyone else gets values."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analysis.errors import ProjectFileError, UsageError

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")  # it names a file and a folder, so it holds no path
DEFAULT = "nova"
LOOPBACK = ("127.0.0.1", "localhost")
SECTIONS = ("servers", "accounts", "votes", "review", "score", "hygiene", "limits", "themes")


@dataclass(frozen=True, slots=True)
class Servers:
    """The section [servers] of a project file: where the project lives, and the release reported by default."""

    launchpad_project: str
    gerrit_project: str
    release: str
    launchpad_root: str = "https://api.launchpad.net/"
    gerrit_root: str = "https://review.opendev.org/"


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One file of data/projects: the servers, and the sections that other modules read, as TOML gives them."""

    name: str
    servers: Servers
    sections: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's settings; `all_projects` begins with the chosen one, because the first about a project counts.

    `release` is the one that the command line names, None where it names none: then each project has its own file's.
    """

    data_dir: Path
    release: str | None
    servers: Servers
    project: ProjectFile
    all_projects: tuple[ProjectFile, ...]
    names_project: bool = False  # whether the command line named one; then no other will do
    areas_dir: Path = ROOT / "data" / "areas"
    rules_dir: Path = ROOT / "data"
    notebooks_dir: Path = ROOT / "notebooks"


def load(*, project: str | None, data_dir: Path, release: str | None, overrides: Mapping[str, str]) -> Settings:
    """Settings from a project file, a data directory, and what the command line says otherwise.

    `project` is a name in data/projects or the path of a TOML file; None is Nova, which nobody named. `overrides`
    holds fields of Servers.
    Raises ProjectFileError for a file that is missing, not TOML, or has a key that nobody reads.
    """
    named = project or DEFAULT
    path = Path(named) if named.endswith(".toml") else ROOT / "data" / "projects" / f"{named}.toml"
    chosen = read_project_file(path)
    servers = Servers(**{**{f.name: getattr(chosen.servers, f.name) for f in fields(Servers)}, **overrides})
    for name in ("launchpad_root", "gerrit_root"):
        _check_address(name, getattr(servers, name))
    shelf = {found.stem: read_project_file(found) for found in sorted((ROOT / "data" / "projects").glob("*.toml"))}
    if not NAME.fullmatch(release or servers.release):
        raise UsageError(
            expected="a release's name, such as liberty", found=repr(release)[:80], do="name one of data/areas"
        )
    return Settings(
        data_dir=data_dir,
        release=release,
        servers=servers,
        project=chosen,
        all_projects=(chosen, *(file for name, file in shelf.items() if name != chosen.name)),
        names_project=project is not None or bool(overrides.keys() & {"gerrit_project", "launchpad_project"}),
    )


def _check_address(name: str, address: str) -> None:
    """Raise UsageError unless it is a server's address. It names a folder and is in messages: so it holds no secret."""
    parts = urlsplit(address)
    has_secret = "@" in parts.netloc
    shown = f"{parts.scheme}://...@{parts.netloc.rpartition('@')[2]}" if has_secret else repr(address)[:100]
    is_here = parts.hostname in LOOPBACK
    if has_secret or not parts.netloc or not (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        raise UsageError(
            expected=f"{name} to be an address such as https://review.example.org/ (plain http: on this machine only)",
            found=f"{shown}, which holds a user or a password" if has_secret else shown,
            do="correct it" + ("; passwords come from the environment or netrc, with --sign-in" if has_secret else ""),
        )


def read_project_file(path: Path) -> ProjectFile:
    """One project file. Raises ProjectFileError when it is missing, not TOML, or has a key that nobody reads."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except OSError as cause:
        known = sorted(found.stem for found in (ROOT / "data" / "projects").glob("*.toml"))
        raise ProjectFileError(
            expected=f"a project file at {path}",
            found=cause.strerror or "no such file",
            do=f"name one of {known}, or give the path of your own file ending in .toml",
        ) from cause
    except (ValueError, RecursionError) as cause:  # no TOML, not UTF-8, a number or a nest without end
        raise ProjectFileError(expected=f"TOML in {path}", found=str(cause), do="correct the file") from cause
    _refuse_strange(path, "sections", set(content), set(SECTIONS))
    _refuse_other_than_tables(path, content)
    return ProjectFile(name=path.stem, servers=_servers(path, content.get("servers", {})), sections=content)


def _servers(path: Path, servers: Mapping[str, Any]) -> Servers:
    _refuse_strange(path, "keys of [servers]", set(servers), {f.name for f in fields(Servers)})
    # No default here: a file that forgot its project would quietly be about another one.
    missing = sorted({f.name for f in fields(Servers) if f.default is MISSING} - set(servers))
    if missing:
        raise ProjectFileError(
            expected=f"launchpad_project, gerrit_project and release in [servers] of {path}",
            found=f"no {', '.join(missing)}",
            do="add what is missing",
        )
    wrong = [key for key, value in servers.items() if not isinstance(value, str)]
    if wrong:
        raise ProjectFileError(
            expected=f"text for every key of [servers] in {path}",
            found=f"another type for {wrong}",
            do="quote the value",
        )
    return Servers(**servers)


def _refuse_other_than_tables(path: Path, content: Mapping[str, Any]) -> None:
    for name, section in content.items():
        if not isinstance(section, Mapping):
            raise ProjectFileError(
                expected=f"[{name}] in {path} as a table",
                found=repr(section)[:100],
                do=f"write [{name}] on a line of its own, and its keys below",
            )


def _refuse_strange(path: Path, what: str, found: set[str], known: set[str]) -> None:
    strange = sorted(found - known)
    if strange:
        raise ProjectFileError(
            expected=f"{what} in {path} among {sorted(known)}", found=str(strange), do="correct the spelling"
        )
