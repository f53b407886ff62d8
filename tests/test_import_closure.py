"""The files that make a page or a table stale: those that its code reaches, computed from the imports."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import invented_tables
import pytest

from analysis import import_closure
from analysis.report.pages import fingerprint, plan

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "quota_lab", "twin")
NOTEBOOKS = plan.sources(sorted((ROOT / "notebooks").glob("*.ipynb")))


def project(root, **files):
    """A package `shop` with these files; a key `a__b` means the file a/b.py, a key with a dot is a file name."""
    for name, text in {"__init__": "", **files}.items():
        path = (
            root / "shop" / (name if "." in name else f"{name.replace('__', '/') if name != '__init__' else name}.py")
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def reached(root, source):
    return import_closure.modules(source, root=root)


def test_imports_of_imports_are_reached_and_other_modules_are_not(tmp_path):
    root = project(tmp_path, till="from shop import coin", coin="x = 1", shelf="x = 2")

    assert reached(root, "from shop import till") == ["shop", "shop.coin", "shop.till"]


def test_an_import_inside_a_function_is_reached(tmp_path):
    root = project(tmp_path, till="def pay():\n    import shop.coin", coin="")

    assert "shop.coin" in reached(root, "import shop.till")


def test_a_package_on_the_way_adds_only_its_imports_at_the_top_level(tmp_path):
    lazy = "import shop.price\ndef open():\n    from shop import coin"
    root = project(tmp_path, till="", coin="", price="")
    (root / "shop" / "__init__.py").write_text(lazy)

    assert reached(root, "from shop import till") == ["shop", "shop.price", "shop.till"]
    assert reached(root, "from shop import open") == ["shop", "shop.coin", "shop.price"]


def test_a_relative_import_is_reached(tmp_path):
    root = project(tmp_path, till="from . import coin\nfrom .price import net", coin="", price="net = 1")

    assert reached(root, "import shop.till") == ["shop", "shop.coin", "shop.price", "shop.till"]


@pytest.mark.parametrize("call", ["import_module(f'shop.{name}')", "import_module(name)", "__import__(name)"])
def test_a_computed_import_reaches_every_possible_module(tmp_path, call):
    root = project(tmp_path, till=f"from importlib import import_module\ndef any(name):\n    {call}", coin="")

    assert "shop.coin" in reached(root, "import shop.till")


def test_data_files_beside_a_module_or_named_by_it_are_reached(tmp_path):
    root = project(tmp_path, till="RATES = ROOT / 'data' / 'rates.csv'")
    for name in ("shop/templates/bill.j2", "shop/style.css", "data/rates.csv", "data/others.csv"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("")

    result = import_closure.files("import shop.till", root=root)

    assert [path.relative_to(root).as_posix() for path in result] == [
        "data/rates.csv", "shop/__init__.py", "shop/style.css", "shop/templates/bill.j2", "shop/till.py",
    ]  # fmt: skip


def import_lines(notebook):
    return "\n".join(line for line in notebook.code.splitlines() if line.startswith(("import ", "from ")))


# Runs each code of a list in a process of its own and prints our modules there. What others wrote is imported once,
# before the processes divide; none of ours is.
RUNNING = """
import json, os, sys
import IPython.display, duckdb, matplotlib.pyplot, numpy, pandas, pyarrow.parquet, scipy.sparse
packages, codes = json.load(sys.stdin)
ours = lambda: [name for name in sys.modules if name.split(".")[0] in packages]
assert ours() == []
for code in codes:
    sys.stdout.flush()
    if not (child := os.fork()):
        exec("from IPython.display import display\\n" + code, {"__name__": "__main__"})
        print("\\n" + json.dumps(ours()), flush=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    print("\\nend", flush=True)
"""


def imported(notebooks, data_dir):
    """For each notebook our modules in a Python that has run it, found without reading any source."""
    environ = os.environ | {"ANALYSIS_DATA": str(data_dir), "MPLBACKEND": "agg"}
    sources = json.dumps([PACKAGES, [notebook.code for notebook in notebooks]])
    ended = subprocess.run(
        [sys.executable, "-c", RUNNING], cwd=ROOT, env=environ, input=sources, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return [set(json.loads(text.strip().splitlines()[-1])) for text in ended.stdout.split("\nend\n")[:-1]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One notebook for each set of first imports, and the modules that Python imports to run it."""
    frames = invented_tables.with_people_and_themes(invented_tables.tables())
    data_dir = invented_tables.write(tmp_path_factory.mktemp("data"), frames)
    notebooks = list({import_lines(notebook): notebook for notebook in NOTEBOOKS}.values())
    return list(zip(notebooks, imported(notebooks, data_dir), strict=True))


@pytest.mark.line
def test_every_module_that_python_imports_for_a_page_is_reached(ran):
    assert len(ran) > 3
    for notebook, modules in ran:
        assert modules <= set(import_closure.modules(notebook.code)), notebook.name


def room(module):
    return ".".join(module.split(".")[:2])


@pytest.mark.line
def test_a_change_in_any_module_that_a_page_reaches_makes_it_stale(ran, tmp_path):
    copied = tmp_path / "copy"
    for name in (*PACKAGES, "data"):
        unused = shutil.ignore_patterns("__pycache__", "raw", "processed", "demo")
        shutil.copytree(ROOT / name, copied / name, ignore=unused)
    notebooks = [notebook for notebook, _ in ran]
    rooms = sorted({room(module) for _, modules in ran for module in modules})
    before = checksums(notebooks, copied)

    for each in rooms:
        touched = {notebook.name: {m for m in modules if room(m) == each} for notebook, modules in ran}
        module = sorted(set.union(*touched.values()))[-1]
        path = import_closure.module_path(module, root=copied)
        text = path.read_text()
        path.write_text(text + "\n# another line\n")
        stale = {page for page, checksum in checksums(notebooks, copied).items() if checksum != before[page]}
        path.write_text(text)

        assert {page for page, names in touched.items() if module in names} <= stale, module
    assert {"analysis.judge", "analysis.store", "analysis.tables", "analysis.report", "quota_lab.measures"} <= set(
        rooms
    )


def checksums(notebooks, root):
    fingerprint.of_code.cache_clear()
    import_closure.forget()
    return {notebook.name: fingerprint.of_code(notebook.code, root) for notebook in notebooks}
