"""The library that validates notebooks, imported without a grammar that no notebook needs."""

import sys
from importlib import import_module


def load() -> None:
    """Import jsonschema, which nbformat imports, unless it is here already.

    Where JupyterLab is installed, so is a package that checks addresses with letters of every language. It compiles its
    grammar when it is imported, for longer than papermill and nbformat take together, and no schema of a notebook asks
    for such an address. Without the package jsonschema leaves that one check out.
    """
    grammar = "rfc3987_syntax"
    if "jsonschema" in sys.modules or grammar in sys.modules:
        return
    sys.modules[grammar] = None  # type: ignore[assignment]  # an import of it fails, as where it is not installed
    try:
        import_module("jsonschema")
    finally:
        del sys.modules[grammar]
