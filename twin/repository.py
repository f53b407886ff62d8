"""The world's git history, hashed exactly as git does, so that shas are known before git runs."""

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from analysis.errors import CloneError
from twin.people import Person

Tree = dict[str, "Tree | str"]  # a name to a sub-tree, or to a file's text


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: the files that differ from its first parent, and the bytes that git hashes."""

    sha: str
    parents: tuple[str, ...]
    files: Mapping[str, str]
    author: tuple[str, str, datetime]
    committer: tuple[str, str, datetime]
    message: bytes


@dataclass
class Repository:
    """Commits by sha and branch heads, in memory until `write`."""

    commits: dict[str, Commit] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    _trees: dict[str, Tree] = field(default_factory=dict)
    _hashes: dict[int, tuple[Tree, bytes]] = field(default_factory=dict)

    def commit(
        self,
        parents: tuple[str, ...],
        message: str,
        files: Mapping[str, str],
        *,
        author: Person,
        authored: datetime,
        committer: Person | None = None,
        committed: datetime | None = None,
    ) -> str:
        """Add a commit that writes `files` (path to text) over the first parent's tree, and return its sha."""
        tree = self._grown(self._trees[parents[0]] if parents else {}, files)
        by = (author.display_name, author.email, authored)
        with_ = committer or author
        commit = (with_.display_name, with_.email, committed or authored)
        body = encoded(message)
        sha = _object("commit", _commit_bytes(self._hash(tree).hex(), parents, by, commit, body)).hex()
        self.commits[sha] = Commit(sha, parents, dict(files), by, commit, body)
        self._trees[sha] = tree
        return sha

    def write(self, path: Path) -> None:
        """Create a bare git repository at `path` with every commit that a branch reaches."""
        _git("init", "--quiet", "--bare", "--initial-branch=master", str(path))
        stream = b"".join(self._stream())
        _git("-C", str(path), "fast-import", "--quiet", "--force", stdin=stream)

    def reachable(self) -> list[Commit]:
        """The commits that a branch reaches, parents before children."""
        shas: set[str] = set()
        waiting = list(self.heads.values())
        while waiting:
            sha = waiting.pop()
            if sha not in shas:
                shas.add(sha)
                waiting.extend(self.commits[sha].parents)
        return [commit for sha, commit in self.commits.items() if sha in shas]

    def _stream(self) -> Iterator[bytes]:
        marks: dict[str, int] = {}
        for mark, commit in enumerate(self.reachable(), start=1):
            marks[commit.sha] = mark
            yield b"reset refs/heads/master\n" if not commit.parents else b""
            yield b"commit refs/heads/master\nmark :%d\n" % mark
            yield b"author %b\ncommitter %b\n" % (_signature(commit.author), _signature(commit.committer))
            yield b"data %d\n%b\n" % (len(commit.message), commit.message)
            for command, parent in zip((b"from", *[b"merge"] * len(commit.parents)), commit.parents, strict=False):
                yield b"%b :%d\n" % (command, marks[parent])
            for path, text in commit.files.items():
                content = encoded(text)
                yield b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(content), content)
            yield b"\n"
        for branch, sha in sorted(self.heads.items()):
            yield b"reset refs/heads/%b\nfrom :%d\n\n" % (branch.encode(), marks[sha])

    def _grown(self, tree: Tree, files: Mapping[str, str]) -> Tree:
        """A tree with `files` in it, which shares unchanged parts with the old tree."""
        grown = dict(tree)
        copied = {"": grown}
        for path, text in files.items():
            *folders, name = path.split("/")
            here, walked = grown, ""
            for folder in folders:
                walked = f"{walked}/{folder}"
                if walked not in copied:
                    inner = here.get(folder, {})
                    copied[walked] = dict(inner) if isinstance(inner, dict) else {}
                    here[folder] = copied[walked]
                here = copied[walked]
            here[name] = text
        return grown

    def _hash(self, tree: Tree) -> bytes:
        cached = self._hashes.get(id(tree))
        if cached is not None:
            return cached[1]
        rows = []
        for name, entry in tree.items():
            is_folder = isinstance(entry, dict)
            digest = self._hash(entry) if isinstance(entry, dict) else _object("blob", encoded(entry))
            rows.append((name.encode() + b"/" * is_folder, b"40000" if is_folder else b"100644", name.encode(), digest))
        digest = _object("tree", b"".join(b"%b %b\0%b" % (mode, name, sha) for _, mode, name, sha in sorted(rows)))
        self._hashes[id(tree)] = (tree, digest)  # keeps the tree, so that no other tree gets its id
        return digest


def encoded(text: str) -> bytes:
    """Text as git stores it. A lone surrogate becomes the bytes of its code point, which are not valid UTF-8."""
    return text.replace("\0", "").encode("utf-8", "surrogatepass")


def _object(kind: str, body: bytes) -> bytes:
    return hashlib.sha1(b"%b %d\0%b" % (kind.encode(), len(body), body), usedforsecurity=False).digest()


def _signature(who: tuple[str, str, datetime]) -> bytes:
    name, email, when = who
    return f"{name} <{email}> {int(when.astimezone(UTC).timestamp())} +0000".encode()


def _commit_bytes(
    tree: str,
    parents: tuple[str, ...],
    author: tuple[str, str, datetime],
    committer: tuple[str, str, datetime],
    body: bytes,
) -> bytes:
    lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
    lines += [b"author " + _signature(author), b"committer " + _signature(committer), b"", body]
    return b"\n".join(lines)


def _git(*arguments: str, stdin: bytes | None = None) -> None:
    run = subprocess.run(("git", *arguments), input=stdin, capture_output=True, check=False)
    if run.returncode:
        raise CloneError(
            expected="git to write the world's history",
            found=run.stderr.decode(errors="replace").strip(),
            do="check that git is installed and that the folder can be written",
        )
