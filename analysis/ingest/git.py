"""Merged commits of a local clone, per branch, from `git log`."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypedDict

from analysis.errors import CloneError
from analysis.ingest.session import Checkpoint, Summary

CHUNK = 1 << 20
# A record begins with an empty field, so that no message or path can be mistaken for a record.
_FORMAT = "%x00%H%x00%P%x00%an%x00%at%x00%ct%x00%B%x00"
_LOG = ("log", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-mailmap", "--no-notes",
        "--no-show-signature", "--no-color", "--encoding=UTF-8", f"--format={_FORMAT}")  # fmt: skip
# The server's branches come before the clone's own, which may be old or private.
_PREFIXES = ("refs/remotes/origin/", "refs/heads/", "refs/remotes/", "refs/tags/")


class Commit(TypedDict):
    """A commit on the first branch that contains it. Times are in UTC; None if outside the calendar."""

    sha: str
    parents: list[str]
    branch: str
    author: str
    authored_at: str | None
    committed_at: str | None
    message: str
    paths: list[str]


def log(
    path: Path | str, branches: Sequence[str] = (), since_tips: Mapping[str, str] | None = None
) -> Iterator[Commit]:
    """The commits of the branches that the tips of `since_tips` (branch to sha) do not reach, newest first.

    A commit belongs to the first branch that contains it. Without `branches`: all branches of the clone's origin, or
    else its own, the default branch first.

    Raises
    ------
    CloneError
        The path is not a clone, is shallow, lacks a branch, or its history was rewritten since `since_tips`.
    """
    tips = branch_tips(path, branches)
    error = _history_error(Path(path), tips, since_tips or {})
    if error:
        raise error
    return _commits(Path(path), tips, list((since_tips or {}).values()))


def fetch(path: Path | str, checkpoint: Checkpoint, *, branches: Sequence[str] = ()) -> Summary:
    """Bring the checkpoint up to date with a clone, and seal it; returns a summary.

    If this history does not continue that of the last fetch (rewritten, another clone, a missing branch), all of it is
    read again and replaces the stored commits; the summary's notes say why. Raises CloneError.
    """
    tips = branch_tips(path, branches)
    since = _tips(checkpoint.previous)
    error = _history_error(Path(path), tips, since)
    checkpoint.restart()  # a clone is read in seconds: an interrupted fetch begins again
    summary = Summary("git", str(path), notes=[f"read anew: {error.found}"] if error else [])
    for commit in _commits(Path(path), tips, [] if error else list(since.values())):
        checkpoint.put(commit)
        summary.listed += 1
    summary.changed = summary.listed
    checkpoint.seal(kind="clone", as_of=None, cursor={"tips": tips}, base=error is not None)
    return summary


def _tips(cursor: Mapping[str, object]) -> dict[str, str]:
    tips = cursor.get("tips")
    return tips if isinstance(tips, dict) else {}


def branch_tips(path: Path | str, branches: Sequence[str] = ()) -> dict[str, str]:
    """The sha of the newest commit of each branch, in the order of the arguments."""
    clone = Path(path)
    _check(clone)
    refs = [_ref(clone, branch) for branch in branches] if branches else _default_refs(clone)
    if not refs:
        raise CloneError(expected=f"branches in {clone}", found="none", do="fetch into the clone first")
    return {_short(ref): _git(clone, "rev-parse", "--verify", f"{ref}^{{commit}}").strip() for ref in refs}


def _check(clone: Path) -> None:
    try:
        shallow = _git(clone, "rev-parse", "--is-shallow-repository").strip()
    except CloneError as cause:
        if isinstance(cause.__cause__, FileNotFoundError):  # git itself is missing; the path may still be a clone
            raise
        raise CloneError(
            expected=f"{clone} to be a git clone", found=cause.found, do="give --repo the path of a clone"
        ) from cause
    if shallow == "true":
        raise CloneError(
            expected=f"{clone} to hold the whole history",
            found="a shallow clone: older commits are missing, and bugs that they fix would look unfixed",
            do=f"run git -C {clone} fetch --unshallow",
        )


def _default_refs(clone: Path) -> list[str]:
    for head, pattern in (("refs/remotes/origin/HEAD", "refs/remotes/origin/"), ("HEAD", "refs/heads/")):
        refs = _git(clone, "for-each-ref", "--format=%(refname)", pattern).split("\n")
        branches = sorted(ref for ref in refs if ref and not ref.endswith("/HEAD"))
        if branches:
            default = _optional(clone, "symbolic-ref", "--quiet", head)
            return sorted(branches, key=lambda ref: ref != default)
    return []


def _ref(clone: Path, branch: str) -> str:
    for prefix in (*_PREFIXES, ""):
        ref = _optional(clone, "rev-parse", "--verify", "--quiet", "--symbolic-full-name", prefix + branch)
        if ref:
            return ref
    raise CloneError(
        expected=f"a branch {branch!r} in {clone}",
        found=f"{[_short(ref) for ref in _default_refs(clone)][:20]}",
        do="correct --branch, or fetch the branch into the clone",
    )


def _short(ref: str) -> str:
    return next((ref.removeprefix(prefix) for prefix in _PREFIXES if ref.startswith(prefix)), ref)


def _history_error(clone: Path, tips: Mapping[str, str], since: Mapping[str, str]) -> CloneError | None:
    """The error if the history does not continue the stored one; None if it does."""
    for branch, sha in since.items():
        if branch not in tips:
            return CloneError(
                expected=f"the branch {branch!r} in {clone}, which the last fetch read",
                found=f"{list(tips)}: it was removed or renamed",
                do="name the branches with --branch: the history is then read anew",
            )
        if not _succeeds(clone, "merge-base", "--is-ancestor", sha, tips[branch]):
            return CloneError(
                expected=f"{branch} in {clone} to go on from {sha[:12]}, where the last fetch ended",
                found=f"{tips[branch][:12]}, which does not: the history was rewritten, or this is another clone",
                do="check that it is the right clone; then read it anew",
            )
    return None


def _commits(clone: Path, tips: Mapping[str, str], since: list[str]) -> Iterator[Commit]:
    read_tips = list(since)
    for branch, tip in tips.items():
        yield from _branch_commits(clone, branch, tip, read_tips)
        read_tips.append(tip)


def _branch_commits(clone: Path, branch: str, tip: str, without: list[str]) -> Iterator[Commit]:
    arguments = [*_LOG, "--end-of-options", tip, *(f"^{sha}" for sha in without), "--"]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            _command(clone, *arguments), stdout=subprocess.PIPE, stderr=complaints, env=_environment()
        )
        try:
            yield from _parse(_fields(process.stdout), branch)  # type: ignore[arg-type]
        finally:
            process.stdout.close()  # type: ignore[union-attr]
            code = process.wait()
        if code:
            complaints.seek(0)
            raise _git_error(clone, "log", complaints.read())


def _fields(stream: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := stream.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from (field.decode("utf-8", "replace") for field in whole)


def _parse(fields: Iterable[str], branch: str) -> Iterator[Commit]:
    """Commits out of the NUL-separated fields: '', six of the format, '', then paths up to the next ''."""
    stream = iter(fields)
    field = next(stream, None)
    while field == "":
        sha, parents, author, authored, committed, message, _ = (next(stream, "") for _ in range(7))
        paths = []
        while field := next(stream, None):
            paths.append(field)
        if paths:
            paths[0] = paths[0].removeprefix("\n")  # git puts a newline between the message and the first path
        yield {
            "sha": sha,
            "parents": parents.split(),
            "branch": branch,
            "author": author,
            "authored_at": _instant(authored),
            "committed_at": _instant(committed),
            "message": message,
            "paths": paths,
        }


def _instant(seconds: str) -> str | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None  # commits with the year 0 or 10000 exist


def _git(clone: Path, *arguments: str) -> str:
    try:
        process = subprocess.run(_command(clone, *arguments), capture_output=True, env=_environment(), check=False)
    except FileNotFoundError as cause:
        raise CloneError(expected="the program git", found="none on PATH", do="install git") from cause
    if process.returncode:
        raise _git_error(clone, arguments[0], process.stderr)
    return process.stdout.decode("utf-8", "replace")


def _optional(clone: Path, *arguments: str) -> str:
    try:
        return _git(clone, *arguments).strip()
    except CloneError:
        return ""


def _succeeds(clone: Path, *arguments: str) -> bool:
    try:
        _git(clone, *arguments)
    except CloneError:
        return False
    return True


def _git_error(clone: Path, command: str, complaints: bytes) -> CloneError:
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    return CloneError(
        expected=f"git {command} to work in {clone}",
        found=ascii(lines[-1])[1:-1] if lines else "an exit code and no message",
        do="run git fsck in the clone, or clone it again",
    )


def _command(clone: Path, *arguments: str) -> list[str]:
    return ["git", "-C", str(clone), "--no-pager", "-c", "core.fsmonitor=false", *arguments]


def _environment() -> dict[str, str]:
    # A prompt of git would wait forever, and a partial clone would use the network.
    return os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
