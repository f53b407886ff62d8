"""The files that a piece of code can reach: its imports, their imports, and the data files that these modules read.

The files are computed from the source; nothing is imported. A change in one of them makes a table or page stale, so
anything that cannot be decided from the source counts as reached.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "quota_lab", "twin")  # in an installation, other people's packages lie beside these
DYNAMIC = ("import_module", "__import__")
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # the parts of a statement that hold statements


@dataclass(frozen=True, slots=True)
class _Imports:
    """What one file imports: `at_start` at its top level, `later` inside functions; and its source."""

    at_start: frozenset[str]
    later: frozenset[str]
    source: str


def files(source: str, *, root: Path = ROOT) -> list[Path]:
    """The files of the project below `root` that this Python source reaches, sorted; no file of another package.

    Imports inside functions count. If a name of a package is used, all imports of its `__init__.py` count; if the
    package is only on the way to a module inside it, only the imports at its top level count. If a module is imported
    under a computed name, every module of the package that the name begins with counts. Data files are those beside a
    reached module, and those below `data/` whose name ends a quoted text in a reached file.
    """
    own = _imports_of(source, "")
    modules = _closure(own.at_start | own.later, root)
    sources = "\n".join([source, *(_imports(root, name).source for name in modules)])
    paths = {module_path(name, root=root) for name in modules}
    beside = {path for folder in {path.parent for path in paths} for path in _data_beside(folder)}
    return sorted(paths | beside | {path for path in _data_files(root) if _is_named(path.name, sources)})


def modules(source: str, *, root: Path = ROOT) -> list[str]:
    """The names of the modules among `files`, sorted."""
    own = _imports_of(source, "")
    return sorted(_closure(own.at_start | own.later, root))


def module_path(module: str, *, root: Path = ROOT) -> Path:
    """The file of one module below the root."""
    return _all_modules(root)[module]


def forget() -> None:
    """Forget all files that were read, for a process that changes the code and goes on."""
    for cached in (_all_modules, _resolved, _imports, _data_beside, _data_files):
        cached.cache_clear()


def _is_named(name: str, sources: str) -> bool:
    return name in sources and re.search(rf"""["'/]{re.escape(name)}["']""", sources) is not None


def _closure(names: Iterable[str], root: Path) -> set[str]:
    """The modules that these imports reach; of a package on the way only the imports at its top level count."""
    whole: set[str] = set()
    passed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        used, on_the_way = _resolved(root, name)
        for module in used - whole:
            whole.add(module)
            waiting += _imports(root, module).at_start | _imports(root, module).later
        for module in on_the_way - whole - passed:
            passed.add(module)
            waiting += _imports(root, module).at_start
    return whole | passed


@cache  # every page of a report asks for nearly the same names
def _resolved(root: Path, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The modules that an imported name uses, and the packages on the way; a name may be that of an object in a module.

    `package.*` (which is not an import statement) stands for every module of the package, and `*` for every module.
    """
    if name.endswith("*"):
        begin = name.removesuffix("*")
        return frozenset(module for module in _all_modules(root) if f"{module}.".startswith(begin)), frozenset()
    parts = name.split(".")
    existing = [".".join(parts[:n]) for n in range(1, len(parts) + 1) if ".".join(parts[:n]) in _all_modules(root)]
    return frozenset(existing[-1:]), frozenset(existing[:-1])


@cache
def _all_modules(root: Path) -> dict[str, Path]:
    """The modules of the packages in the root, by name."""
    ours = [root / name / "__init__.py" for name in PACKAGES] if root == ROOT else root.glob("*/__init__.py")
    folders = [path.parent for path in ours if path.is_file()]
    return {_name(root, path): path for folder in folders for path in folder.rglob("*.py")}


def _name(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


@cache
def _imports(root: Path, module: str) -> _Imports:
    path = module_path(module, root=root)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return _imports_of(path.read_text(encoding="utf-8"), package, module)


@cache  # cached by the text itself: an unchanged file is parsed once, even after `forget`
def _imports_of(source: str, package: str, module: str = "") -> _Imports:
    at_start: set[str] = set()
    later: set[str] = set()
    # Each node with whether it is run when the file is imported. Every build walks all of our files: expressions, nine
    # nodes of ten, are left out where the text holds no call that imports.
    is_dynamic = any(name in source for name in DYNAMIC)
    waiting: list[tuple[ast.AST, bool]] = [(ast.parse(source), True)]
    while waiting:
        node, is_at_start = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            (at_start if is_at_start else later).update(_names(node, package))
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in DYNAMIC:
            (at_start if is_at_start else later).update(_dynamic(node, module))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            is_at_start = False
        for name in node._fields if is_dynamic else BLOCKS:
            value = getattr(node, name, None)
            children = value if isinstance(value, list) else (value,)
            waiting += [(child, is_at_start) for child in children if isinstance(child, ast.AST)]
    return _Imports(frozenset(at_start), frozenset(later), source)


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    home = ".".join([*above, *filter(None, [node.module])])
    return [f"{home}.{alias.name}" for alias in node.names]


def _dynamic(call: ast.Call, module: str) -> list[str]:
    """The imports under a computed name, by the text that the name begins with; without such a text, everything."""
    match call.args:
        case [ast.Constant(value=str(name)), *_]:
            return [name]
        case [ast.JoinedStr(values=[ast.Constant(value=str(begin)), *_]), *_] if "." in begin:
            return [f"{begin.rpartition('.')[0]}.*"]
        case [ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id="__name__")), *_]), *_]:
            return [f"{module}.*"]
        case _:
            return ["*"]


@cache
def _data_beside(folder: Path) -> tuple[Path, ...]:
    """The files in a package's folder, and in its subfolders that are not packages, that are not Python."""
    inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    plain = [path for path in inside if path.is_file() and path.suffix not in {".py", ".pyc", ".typed"}]
    folders = [path for path in inside if path.is_dir() and not (path / "__init__.py").exists()]
    return (*plain, *(path for each in folders for path in each.rglob("*") if path.is_file() and path.suffix != ".pyc"))


@cache
def _data_files(root: Path) -> tuple[Path, ...]:
    """The files below data/ that people write and git holds, as opposed to fetched or computed data."""
    folders = [root / "data", *(root / "data" / name for name in ("areas", "projects"))]
    return tuple(path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file())
