"""Respells the name `async` as `async_` while modules older than Python 3.7, where it is no keyword, are imported.

Nothing else in a module changes: all other tokens are copied. The files stay as they were in the wheel, which
`environments.differences` proves by their checksums.
"""

import importlib.machinery
import io
import sys
import tokenize
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

NAME = "async"


def respelt(source: str) -> tuple[str, list[int]]:
    """The source with the name respelt, and the numbers of the lines where it occurred.

    >>> respelt("x = manager.async\\n")
    ('x = manager.async_\\n', [1])
    """
    lines, rows = source.splitlines(keepends=True), []
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for token in reversed(tokens):
        if token.string == NAME and token.type == tokenize.NAME:
            row, column = token.start
            line = lines[row - 1]
            lines[row - 1] = f"{line[:column]}{NAME}_{line[column + len(NAME) :]}"
            rows.append(row)
    return "".join(lines), sorted(rows)


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        # There is no cache of compiled code to read: the original file does not compile.
        path = self.get_filename(fullname)
        source, _ = respelt(self.get_data(path).decode("utf-8"))
        return compile(source, path, "exec", dont_inherit=True)


class _Finder:
    def __init__(self, modules: Sequence[str]) -> None:
        self.modules = set(modules)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self.modules:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
        return spec


def install(modules: Sequence[str]) -> None:
    """Respell these modules when they are imported."""
    sys.meta_path.insert(0, _Finder(modules))
