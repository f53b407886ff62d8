"""The program that an engine's interpreter starts with: it finds this package and nothing else of ours.

    python -I bootstrap.py <folder of quota_lab's parent> <folder of the engine's packages> <settings as JSON>

The engine's packages come before those of its environment. From the folder of this package, the engine can import only
`quota_lab` and `analysis`: other packages there, such as newer libraries, must not reach it.
"""

import importlib.util
import json
import sys
from pathlib import Path


def expose(name: str, root: str) -> None:
    """Make one package importable without its folder on the path."""
    folder = Path(root) / name
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[name] = loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)


def main() -> None:
    """Run the host."""
    root, packages, settings = sys.argv[1:]
    sys.path.insert(0, packages)
    for name in ("analysis", "quota_lab"):
        expose(name, root)
    from quota_lab.engines import host

    host.serve(json.loads(settings))


if __name__ == "__main__":
    main()
