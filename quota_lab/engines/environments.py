"""The environments of the engines: one for each era, outside the checkout, from lists that pin every version.

Old releases require libraries with known vulnerabilities. These never enter the environment of this project: they have
an environment of their own, run on loopback only, and only `make quota-engines` installs them.
"""

import ast
import base64
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path

from analysis.errors import QuotaLabError
from quota_lab.engines import keyword_names
from quota_lab.engines.catalogue import ENGINES, Engine

PLACE = "BUGFIX_ANALYSIS_ENGINES"  # an environment variable that names another folder
MADE = ".made"  # a file in a finished folder, with the digest of the list that the folder was made from


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python with an engine's libraries, and the folder of the engine's own packages, which take precedence."""

    python: Path
    packages: Path


def folder() -> Path:
    """Where environments are kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get(PLACE) or cache / "bugfix-analysis" / "engines")


def pinned(era: str) -> list[str]:
    """The requirements of an era, all pinned, with hashes if the list has them."""
    text = (resources.files("quota_lab.engines") / "requirements" / f"{era}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def own_packages(engine: Engine) -> list[str]:
    """An engine's own packages, with hashes if a list of its name has them."""
    listed = resources.files("quota_lab.engines") / "requirements" / f"{engine.name}.txt"
    return pinned(engine.name) if listed.is_file() else list(engine.packages)


def interpreter(engine: Engine) -> Interpreter:
    """The engine's interpreter. Raises QuotaLabError if it is not installed, or was made from another list."""
    python = Interpreter(folder() / engine.era / "bin" / "python", folder() / engine.name)
    if lack := missing(engine):
        raise QuotaLabError(expected=f"{engine.name} under {folder()}", found=lack, do="run `make quota-engines`")
    return python


def missing(engine: Engine) -> str:
    """The part that an engine lacks here; empty when it can be raced."""
    for name, requirements in ((engine.era, pinned(engine.era)), (engine.name, own_packages(engine))):
        stamp = folder() / name / MADE
        if not stamp.is_file():
            return f"{name} is not installed"
        if stamp.read_text(encoding="utf-8") != digest(requirements):
            return f"{name} was made from another list"
    return ""


def digest(requirements: Iterable[str]) -> str:
    """A digest of a list of requirements and of the Python version that it is for."""
    text = "\n".join([f"python {sys.version_info.major}.{sys.version_info.minor}", *requirements])
    return hashlib.sha256(text.encode()).hexdigest()


def install(names: Iterable[str], say: Callable[[str], None]) -> None:
    """Install the missing parts of engines, each folder wholly or not at all: the era's environment, then packages."""
    engines = [ENGINES[name] for name in names]
    for era in dict.fromkeys(engine.era for engine in engines):
        _make(era, pinned(era), _environment, say)
    for engine in engines:
        _make(engine.name, own_packages(engine), partial(_packages, era=engine.era), say)


def _make(
    name: str, listed: Iterable[str], maker: Callable[[Path, list[str]], None], say: Callable[[str], None]
) -> None:
    at, requirements = folder() / name, list(listed)
    stamp = at / MADE
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest(requirements):
        say(f"{name} is there")
        return
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir(parents=True)
    say(f"{name}: {len(requirements)} packages ...")
    maker(at, requirements)
    stamp.write_text(digest(requirements), encoding="utf-8")
    say(f"{name}: {size(at) / 2**20:.0f} MB in {at}")


def _environment(at: Path, requirements: list[str]) -> None:
    venv.create(at, with_pip=True, symlinks=True)
    _pip(at / "bin" / "python", requirements, [])


def _packages(at: Path, requirements: list[str], *, era: str) -> None:
    _pip(folder() / era / "bin" / "python", requirements, ["--target", str(at)])


def _pip(python: Path, requirements: list[str], where: list[str]) -> None:
    # The list is complete, so pip resolves nothing: a new Python cannot meet the requirements of an old release.
    # Compiling would complain of names that are keywords now.
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", *where]
    if all("--hash=" in requirement for requirement in requirements):
        options.append("--require-hashes")
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"  # pip takes hashes from a file only
        listed.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        command = [str(python), "-m", "pip", "install", *options, "-r", str(listed)]
        done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode:
        raise QuotaLabError(
            expected=f"pip to install {len(requirements)} packages",
            found=done.stderr.strip()[-1500:],
            do="see whether this machine reaches the package index, then run `make quota-engines` again",
        )


def size(at: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in at.rglob("*"))


def differences(engine: Engine) -> list[str]:
    """Files of the engine's packages that differ from their wheels' records; empty when none does."""
    packages, names = folder() / engine.name, []
    for record in sorted(packages.glob("*.dist-info/RECORD")):
        for name, checksum, _ in csv.reader(io.StringIO(record.read_text(encoding="utf-8"))):
            algorithm, _, expected = checksum.partition("=")
            path = packages / name
            if not expected or name.startswith("..") or not path.is_file():
                continue
            actual = base64.urlsafe_b64encode(hashlib.new(algorithm, path.read_bytes()).digest()).rstrip(b"=").decode()
            if actual != expected:
                names.append(name)
    return names


def respelt(engine: Engine) -> list[str]:
    """The places where the name `async` is respelt while the engine is imported: `module, line: function` of each."""
    places = []
    for name in engine.rewrites:
        path = folder() / engine.name / f"{name.replace('.', '/')}.py"
        text, lines = keyword_names.respelt(path.read_text(encoding="utf-8"))
        blocks = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        for line in lines:
            around = [block.name for block in blocks if block.lineno <= line <= (block.end_lineno or 0)]
            places.append(f"{name}, line {line}: {'.'.join(around)}")
    return places
